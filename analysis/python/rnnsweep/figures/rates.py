"""Shares of solved runs, and how the others failed."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..grouping import group_names
from ..results import Array, Results
from ..statistics import is_solved, success_rates
from .style import (
    COLOURS, MAP, choose_parameter, describe, enumerate_words, legend, new_figure, numbers, percent,
    title, words)

MOST_NUMBERS = 150  # cells of a heat map that have their number written in
MOST_BARS = 24
OUTCOMES = ("solved", "not solved", "diverged", "failed its check")
OUTCOME_COLOURS = ("#0072B2", "#E69F00", "#000000", "#CC79A7")


def solved_label(threshold: float) -> str:
    if threshold == 1:
        return "runs with all sums right"
    return f"runs with {100 * threshold:g} % of the sums right"


def success_heatmap(
    results: Results, x: Optional[str] = None, y: Optional[str] = None, threshold: float = 1.0,
    best: bool = False,
) -> Figure:
    """Share of solved runs over two parameters, by default the first two that are swept.

    best   what a cell shows when more than two are swept: False, the share of all runs there; True,
           that of the best setting of the others (picked by the same data, so it flatters)

    ValueError when fewer than two parameters are swept.
    """
    names = group_names(results, [name for name in (x, y) if name is not None])
    names += [name for name in results.swept if name not in names][:2 - len(names)]
    if len(names) < 2:
        raise ValueError("a heat map needs two parameters, but this is all that is swept: "
                         + (", ".join(results.swept) or "nothing but the seed"))
    others = [name for name in results.swept if name not in names]
    rates = success_rates(results, [*names, *others] if best else names, threshold)
    cells = rates.groupby(names, observed=True).solved_share.max().unstack(names[0]).sort_index()
    figure, axes = new_figure(height=1.6 + 0.4 * max(len(cells), 6), grid=False)
    image = axes.imshow(cells.values, origin="lower", aspect="auto", cmap=MAP, vmin=0, vmax=1)
    axes.set(xlabel=words(names[0]), ylabel=words(names[1]))
    axes.set_xticks(range(cells.shape[1]), numbers(cells.columns))
    axes.set_yticks(range(cells.shape[0]), numbers(cells.index))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    if cells.size <= MOST_NUMBERS:
        _write_numbers(axes, cells.values)
    bar = figure.colorbar(image, ax=axes, label=solved_label(threshold), format=percent())
    bar.outline.set_visible(False)
    if best and others:
        what = f"with the best {enumerate_words([words(name) for name in others])} of each cell"
        title(figure, f"{results.name}: share of solved runs in %, {what}")
    else:
        title(figure, describe(results, "share of solved runs in %", names))
    return figure


def _write_numbers(axes: Any, rates: Array) -> None:
    for (row, column), rate in np.ndenumerate(rates):
        if np.isfinite(rate):
            axes.text(column, row, f"{100 * rate:.0f}", ha="center", va="center", fontsize=8,
                      color="black" if rate > 0.55 else "white")


def success_by_states(results: Results, x: str = "states", threshold: float = 1.0) -> Figure:
    """Share of solved runs against the number of states, or another parameter, with 95 %
    intervals over seeds: over all settings, and for the best setting of the other parameters at each value
    (picked by the same data, so it flatters)."""
    others = [name for name in results.swept if name != x]
    pooled = success_rates(results, x, threshold).sort_values(x, ignore_index=True)
    series = [("all settings", pooled)]
    if others:
        rates = success_rates(results, [x, *others], threshold)
        series.insert(0, ("best setting", rates.drop_duplicates(x).sort_values(x)))
    figure, axes = new_figure()
    places = np.arange(len(pooled))
    for (label, rates), colour, shift in zip(series, COLOURS, (-0.06, 0.06)):
        errors = np.maximum([rates.solved_share - rates.solved_share_95_low,
                             rates.solved_share_95_high - rates.solved_share], 0)
        axes.errorbar(places + shift, rates.solved_share, errors, fmt="o-", capsize=3, color=colour,
                      label=f"{label}, {_range(rates.runs)} runs each", clip_on=False)
    axes.set(xlabel=words(x), ylabel=solved_label(threshold), ylim=(0, 1))
    axes.set_xticks(places, numbers(pooled[x]))
    axes.set_xlim(-0.5, len(places) - 0.5)
    axes.yaxis.set_major_formatter(percent())
    legend(axes, loc="upper left", bbox_to_anchor=(0, -0.16), ncols=2)
    title(figure, f"{results.name}: share of solved runs, 95 % intervals over seeds")
    return figure


def _range(counts: pd.Series) -> str:
    low, high = counts.min(), counts.max()
    return str(low) if low == high else f"{low} to {high}"


def failures(results: Results, by: Optional[str] = None, threshold: float = 1.0) -> Figure:
    """How runs fail. Left, the share of runs that solved the task, did not, diverged, or failed
    their gradient check, by the values of a parameter. Right, the share of right bits of the runs
    that did not solve it: 50 % is guessing."""
    names = choose_parameter(results, by, MOST_BARS)
    runs = results.runs[results.runs.status != "pending"]
    outcome = np.select(
        [runs.status == "failed", runs.status == "diverged", is_solved(runs, threshold)],
        ["failed its check", "diverged", "solved"], "not solved")
    values = runs[names[0]] if names else pd.Series("all", runs.index)
    figure, (bars, histogram) = new_figure(width=9.5, height=4.2, columns=(1, 1))
    shares = pd.crosstab(values, outcome, normalize="index")
    base = np.zeros(len(shares))
    for name, colour in zip(OUTCOMES, OUTCOME_COLOURS):
        if name in shares:
            bars.bar(range(len(shares)), shares[name], bottom=base, color=colour, width=0.75,
                     label=name)
            base = base + shares[name].values
    bars.set_xlim(-max(1.0, len(shares) / 8), len(shares) - 1 + max(1.0, len(shares) / 8))
    bars.set_xticks(range(len(shares)), numbers(shares.index),
                    rotation=45 if len(shares) > 8 else 0)
    bars.set(xlabel=words(names[0]) if names else "runs", ylabel="runs", ylim=(0, 1))
    bars.yaxis.set_major_formatter(percent())
    bars.grid(axis="x", visible=False)
    legend(bars, loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=4)
    unsolved = runs.test_bit_accuracy[outcome == "not solved"]
    histogram.hist(unsolved, bins=np.linspace(0, 1, 51), color=OUTCOME_COLOURS[1])
    histogram.set(xlabel="right bits on the test set", ylabel="runs not solved", xlim=(0, 1))
    histogram.xaxis.set_major_formatter(percent())
    histogram.grid(axis="x", visible=False)
    lost = int(np.sum(outcome != "solved"))
    title(figure, f"{results.name}: {lost} of {len(runs)} runs did not solve the task")
    return figure
