"""Shares of solved runs, and how the others failed."""
from __future__ import annotations

from typing import Any, List, Optional, Tuple

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..configurations import success_rates
from ..grouping import group_names
from ..results import Array, Results
from ..statistics import is_solved
from ..wording import outputs, sequences
from .style import (
    COLOURS, MAP, MARKERS, MISSING, Sheet, Size, choose_parameter, describe, drawing,
    enumerate_words, need_finished, numbers, panels_of, percent, points, remark, sorted_values,
    text_width, words)

MOST_NUMBERS = 150  # cells of a heat map that have their number written in
MOST_CELLS = 100  # values along one side of a heat map
LEAST_POINTS = 4.5  # size of the smallest numbers in a heat map
MOST_BARS = 24
OUTCOMES = ("solved", "not solved", "stopped at a rung", "diverged", "failed its check")
OUTCOME_COLOURS = ("#0072B2", "#E69F00", "#909090", "#000000", "#CC79A7")
PANELS = ("outcomes", "bits")


def solved_label(results: Results, threshold: float) -> str:
    if threshold == 1:
        return f"runs with all {sequences(results.runs)} right"
    return f"runs with {100 * threshold:g} % of the {sequences(results.runs)} right"


# ---- Over two parameters -------------------------------------------------------------------------


def success_heatmap(
    results: Results, x: Optional[str] = None, y: Optional[str] = None, threshold: float = 1.0,
    best: bool = False, *, ax: Any = None, figsize: Size = None, title: Optional[str] = None,
) -> Figure:
    """Share of solved runs over two parameters, by default the first two that are swept over at
    most 100 values. Cells without finished runs are grey.

    best   what a cell shows when more than two are swept: False, the share of all runs there; True,
           that of the best setting of the others (picked by the same data, so it flatters)

    ValueError when there are no two parameters to draw, or one has too many values.
    """
    need_finished(results)
    names = _sides(results, x, y)
    others = [name for name in results.swept if name not in names]
    rates = success_rates(results, [*names, *others] if best else names, threshold)
    cells = rates.groupby(names, observed=True).solved_share.max().unstack(names[0]).sort_index()
    with drawing(ax, figsize, (7.0, 1.6 + 0.4 * max(len(cells), 6)), grid=False) as sheet:
        axes = sheet.axes[0]
        image = axes.imshow(cells.values, origin="lower", aspect="auto", vmin=0, vmax=1,
                            cmap=matplotlib.colormaps[MAP].with_extremes(bad=MISSING))
        axes.grid(False)
        axes.set(xlabel=words(names[0]), ylabel=words(names[1]))
        sheet.categories(axes, "x", numbers(cells.columns))
        sheet.categories(axes, "y", numbers(cells.index))
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        bar = axes.figure.colorbar(image, ax=axes, label=solved_label(results, threshold),
                                   format=percent())
        bar.outline.set_visible(False)
        stopped = " or stopped at a rung" if (results.runs.status == "stopped").any() else ""
        missing = f"; grey: no finished run{stopped}" if np.isnan(cells.values).any() else ""
        if best and others:
            what = f"with the best {enumerate_words([words(name) for name in others])} of each cell"
            text = f"{results.name}: share of solved runs in %, {what}"
        else:
            text = describe(results, "share of solved runs in %", names)
        sheet.title(text + missing, title)
        if cells.size <= MOST_NUMBERS:
            sheet.settle()
            _write_numbers(axes, cells.values)
    return sheet.figure


def _sides(results: Results, x: Optional[str], y: Optional[str]) -> List[str]:
    """The parameters of a heat map, the one along the bottom first."""
    group_names(results, [name for name in (x, y) if name is not None])
    for name in (x, y):
        if name is not None and results.runs[name].nunique() > MOST_CELLS:
            raise ValueError(
                f"{name} has {results.runs[name].nunique()} values, more than the {MOST_CELLS} that a "
                f"heat map can hold: choose some with results.where({name}=[...])")
    few = [name for name in results.swept
           if name not in (x, y) and results.runs[name].nunique() <= MOST_CELLS]
    chosen = [name if name is not None else few.pop(0) if few else None for name in (x, y)]
    names = [name for name in chosen if name is not None]
    if len(set(names)) < 2:
        swept = ", ".join(f"{name} ({results.runs[name].nunique()} values)" for name in results.swept)
        raise ValueError(f"a heat map needs two parameters of at most {MOST_CELLS} values, but this "
                         f"is all that is swept: {swept or 'nothing but the seed'}")
    return names


def _write_numbers(axes: Any, rates: Array) -> None:
    """As large as the cells allow, up to what ticks have; none when they would be too small."""
    box = axes.get_window_extent()
    width, height = box.width / axes.figure.dpi, box.height / axes.figure.dpi
    texts = [f"{100 * rate:.0f}" for rate in rates[np.isfinite(rates)]]
    size = points("small")
    widest = max((text_width(text, size) for text in texts), default=0.0)
    size *= min(1.0, 0.86 * width / rates.shape[1] / max(widest, 1e-9),
                0.86 * height / rates.shape[0] / (size / 72))
    if size < LEAST_POINTS:
        return
    for (row, column), rate in np.ndenumerate(rates):
        if np.isfinite(rate):
            axes.text(column, row, f"{100 * rate:.0f}", ha="center", va="center", fontsize=size,
                      color="black" if rate > 0.55 else "white")


# ---- Over one parameter --------------------------------------------------------------------------


def success_by_states(
    results: Results, x: str = "states", threshold: float = 1.0, colour: Optional[str] = None, *,
    ax: Any = None, figsize: Size = None, title: Optional[str] = None,
) -> Figure:
    """Share of solved runs against the number of states, or another parameter, with 95 % intervals
    over seeds.

    colour   name of another parameter: a line for each of its values, over all values of the
             others. None: one line over all settings, and one of the best setting of the other
             parameters at each value (picked by the same data, so it flatters)
    """
    need_finished(results)
    group_names(results, [x])
    if colour == x:
        raise ValueError(f"colour: {x} is along the axis already")
    series = _by_colour(results, x, colour, threshold) if colour else _pooled(results, x, threshold)
    levels = sorted_values(pd.concat([rates[x] for _, rates in series]))
    with drawing(ax, figsize) as sheet:
        axes = sheet.axes[0]
        shifts = (np.arange(len(series)) - (len(series) - 1) / 2) * min(0.12, 0.6 / len(series))
        for (label, rates), shade, marker, shift in zip(series, COLOURS, MARKERS, shifts):
            errors = np.maximum([rates.solved_share - rates.solved_share_95_low,
                                 rates.solved_share_95_high - rates.solved_share], 0)
            places = np.array([levels.index(value) for value in rates[x]])
            axes.errorbar(places + shift, rates.solved_share, errors, fmt=f"{marker}-",
                          capsize=0 if sheet.narrow else 3, color=shade, label=label, clip_on=False)
        axes.set(xlabel=words(x), ylabel=solved_label(results, threshold), ylim=(0, 1))
        sheet.categories(axes, "x", numbers(levels))
        axes.set_xlim(-0.5, len(levels) - 0.5)
        axes.yaxis.set_major_formatter(percent())
        sheet.legend(axes, words(colour) if colour else None, above=not colour)
        what = "share of solved runs, 95 % intervals over seeds"
        sheet.title(describe(results, what, [x, colour]) if colour else f"{results.name}: {what}",
                    title)
    return sheet.figure


def _pooled(results: Results, x: str, threshold: float) -> List[Tuple[str, pd.DataFrame]]:
    pooled = _finished_rates(results, [x], threshold).sort_values(x)
    series = [("all settings", pooled)]
    others = [name for name in results.swept if name != x]
    if others:
        rates = _finished_rates(results, [x, *others], threshold)
        rates = rates.sort_values("solved_share", ascending=False, kind="stable")
        series.insert(0, ("best setting", rates.drop_duplicates(x).sort_values(x)))
    return [(f"{label}, {_range(rates.runs)} runs each", rates) for label, rates in series]


def _by_colour(
    results: Results, x: str, colour: str, threshold: float
) -> List[Tuple[str, pd.DataFrame]]:
    choose_parameter(results, colour)
    rates = _finished_rates(results, [x, colour], threshold).sort_values(x, kind="stable")
    levels = sorted_values(rates[colour])
    return [(text, rates[rates[colour] == level]) for text, level in zip(numbers(levels), levels)]


def _finished_rates(results: Results, names: List[str], threshold: float) -> pd.DataFrame:
    rates = success_rates(results, names, threshold)
    if rates.solved_share.isna().all():
        raise ValueError("runs of every setting were stopped at a rung, or none is finished: there is "
                         "no share to draw; choose settings at the end with results.where(...)")
    return rates[rates.solved_share.notna()]


def _range(counts: pd.Series) -> str:
    low, high = counts.min(), counts.max()
    return str(low) if low == high else f"{low} to {high}"


# ---- Failures ------------------------------------------------------------------------------------


def failures(
    results: Results, by: Optional[str] = None, threshold: float = 1.0, *,
    panel: Optional[str] = None, ax: Any = None, figsize: Size = None, title: Optional[str] = None,
) -> Figure:
    """How runs fail, in two panels. `outcomes`: the share of runs that solved the task, did not,
    were stopped at a rung, diverged, or failed their gradient check, by the values of a parameter. `bits`: the share of
    right bits of the runs that did not solve it: 50 % is guessing. `ax`: one axes for each panel."""
    if (results.runs.status == "pending").all():
        need_finished(results)
    names = choose_parameter(results, by, MOST_BARS)
    runs = results.runs[results.runs.status != "pending"]
    outcome = np.select(
        [runs.status == "failed", runs.status == "diverged", runs.status == "stopped",
         is_solved(runs, threshold)],
        ["failed its check", "diverged", "stopped at a rung", "solved"], "not solved")
    shown = panels_of(PANELS, panel, ax, figsize)
    with drawing(ax, figsize, (9.5 if len(shown) > 1 else 5.0, 4.2), [1] * len(shown)) as sheet:
        panels = dict(zip(shown, sheet.axes))
        if "outcomes" in panels:
            values = runs[names[0]] if names else pd.Series("all", runs.index)
            _draw_outcomes(sheet, panels["outcomes"], values, outcome, names)
        if "bits" in panels:
            _draw_bits(panels["bits"], runs.test_bit_accuracy[outcome == "not solved"],
                       f"right {outputs(results.runs)} on the test set")
        lost = int(np.sum(outcome != "solved"))
        sheet.title(f"{results.name}: {lost} of {len(runs)} runs did not solve the task", title)
    return sheet.figure


def _draw_outcomes(
    sheet: Sheet, axes: Any, values: pd.Series, outcome: Array, names: List[str]
) -> None:
    shares = pd.crosstab(values, outcome, normalize="index")
    base = np.zeros(len(shares))
    for name, colour in zip(OUTCOMES, OUTCOME_COLOURS):
        if name in shares:
            axes.bar(range(len(shares)), shares[name], bottom=base, color=colour, width=0.75,
                     label=name)
            base = base + shares[name].values
    axes.set_xlim(-max(1.0, len(shares) / 8), len(shares) - 1 + max(1.0, len(shares) / 8))
    sheet.categories(axes, "x", numbers(shares.index))
    axes.set(xlabel=words(names[0]) if names else "runs", ylabel="runs", ylim=(0, 1))
    axes.yaxis.set_major_formatter(percent())
    axes.grid(axis="x", visible=False)
    sheet.legend(axes, handles=axes.containers, above=True)


def _draw_bits(axes: Any, unsolved: pd.Series, label: str) -> None:
    axes.set(xlabel=label, ylabel="runs not solved", xlim=(0, 1))
    axes.xaxis.set_major_formatter(percent())
    axes.grid(axis="x", visible=False)
    if len(unsolved):
        axes.hist(unsolved, bins=np.linspace(0, 1, 51), color=OUTCOME_COLOURS[1])
    else:
        axes.set(yticks=[], ylim=(0, 1))
        remark(axes, "No run came to its end without solving the task.")
