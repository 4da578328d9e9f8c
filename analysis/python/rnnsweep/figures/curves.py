"""Curves against updates."""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ..grouping import By
from ..results import Results
from ..further_tests import accuracy_by_length, weight_change
from ..solution_time import share_reached
from ..statistics import loss_bands, updates_of, validation_bands
from ..wording import adds, sequences
from .style import (
    Series, Size, choose_parameters, describe, drawing, need_finished, panels_of, percent, remark,
    series_legend, series_of, words)

PANELS = ("accuracy", "loss")


def loss_curves(
    results: Results, by: By = None, quantiles: Tuple[float, float] = (0.25, 0.75), *,
    ax: Any = None, figsize: Size = None, title: Optional[str] = None,
) -> Figure:
    """Loss against updates: median over runs, and a band between two quantiles, for each value of
    one parameter by colour, and of a second by the kind of line. `by` None: the first parameter
    swept over at most eight values.

    The loss of a run that diverged is infinite: a band that leaves the axes at the top has an
    infinite upper quantile, and a curve ends where more than half of its runs have diverged, which
    the legend says.
    """
    need_finished(results)
    names = choose_parameters(results, by)
    bands = loss_bands(results, names, (*quantiles, 0.5))
    parts = series_of(bands, names)
    with drawing(ax, figsize) as sheet:
        axes = sheet.axes[0]
        axes.set(yscale="log", xlabel="updates", ylabel="cross entropy per bit (nats)" if adds(results.runs) else "loss",
                 xlim=(0, updates_of(results.runs).max()))
        for part in parts:
            axes.plot(part.rows.step, part.rows[0.5].replace(np.inf, np.nan), color=part.colour,
                      linestyle=part.line)
        _fill(axes, parts, "step", quantiles)
        if sum(np.isfinite(bands[0.5])) == sum(np.isfinite(bands[0.5]) & (bands.step == 0)):
            axes.set(yticks=[], ylim=(0.1, 1))
            remark(axes, "More than half of the runs diverged: the median of their loss is not "
                   "finite.")
        else:
            _label_decades(axes)
        ends = _diverged(results, names, parts)
        series_legend(sheet, axes, names, parts, ends)
        low, high = (f"{100 * share:g}" for share in quantiles)
        what = "loss"
        if bands.runs.max() > 1:
            what = f"median loss, band from {low} to {high} % of the runs"
        sheet.title(describe(results, what, names), title)
    return sheet.figure


def _fill(axes: Any, parts: Sequence[Series], x: str, quantiles: Tuple[float, float]) -> None:
    """The bands over a column; where an upper bound is infinite, up to the top of the axes."""
    bands = [(*(part.rows[name].values for name in (x, *quantiles)),
              {"color": part.colour, "alpha": 0.2, "linewidth": 0}) for part in parts]
    for step, low, high, shade in bands:
        axes.fill_between(step, low, np.where(np.isfinite(high), high, np.nan), **shade)
        seen = np.isfinite(low)
        axes.update_datalim(np.column_stack([step[seen], low[seen]]))
    axes.autoscale_view()
    bottom, top = axes.get_ylim()
    for step, low, high, shade in bands:
        finite = np.isfinite(high)
        if np.any(~finite & np.isfinite(low)):
            edge = finite & np.append(~finite[1:], False)  # the last finite point joins the two
            axes.fill_between(step, low, np.where(finite, high, top),
                              where=np.isfinite(low) & (~finite | edge), **shade)
    axes.set_ylim(bottom, top)


def _diverged(results: Results, names: List[str], parts: List[Series]) -> Dict[str, str]:
    """What the legend adds for curves that end early: ", 13 of 20 diverged"."""
    runs = results.finished
    ends: Dict[str, str] = {}
    for part in parts:
        if np.isinf(part.rows[0.5].iloc[-1]):
            own = runs
            for name, value in zip(names[:1], part.key):
                own = own[own[name] == value]
            lost = f"{int(np.sum(own.status == 'diverged'))} of {len(own)} diverged"
            ends[part.label] = f": {lost}" if names else lost
    return ends


def _label_decades(axes: Any) -> None:
    """Powers of ten are too few labels on an axis of less than two decades."""
    low, high = axes.get_ylim()
    if high / low < 100:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())


def time_to_solution(
    results: Results, level: Optional[float] = None, by: By = None, *, ax: Any = None,
    figsize: Size = None, title: Optional[str] = None,
) -> Figure:
    """Share of runs whose loss has reached a level (None: for which stop_loss or stop_accuracy has
    held at a check, or, where no run has these, a loss of 0.05), against updates (Kaplan-Meier,
    95 % bands), for each value of one parameter by colour, and of a second by the kind of line.
    `by` None: the first parameter swept over at most eight values."""
    need_finished(results)
    names = choose_parameters(results, by)
    if level is None and results.finished.solved_at.isna().all():
        level = 0.05
    shares, last = share_reached(results, level, names), updates_of(results.runs).max()
    goal = "their stop rule" if level is None else f"a loss of {level:g}"
    parts = series_of(shares, names)
    with drawing(ax, figsize) as sheet:
        axes = sheet.axes[0]
        for part in parts:
            _stairs(axes, part, last)
        reached = float(shares.share.max())
        axes.set(xlabel="updates", ylabel=f"runs that reached {goal}",
                 xlim=(0, 1.02 * last), ylim=(0, None if reached > 0 else 1))
        axes.yaxis.set_major_formatter(percent())
        if reached == 0:
            remark(axes, f"No run reached {goal}.")
        ends = _ends(parts) if len(names) < 2 else None
        series_legend(sheet, axes, names, parts, ends,
                      f"{words(names[0])}: in the end" if len(names) == 1 else None)
        sheet.title(describe(results, "time to solution, 95 % bands", names), title)
    return sheet.figure


def _stairs(axes: Any, part: Series, last: float) -> None:
    curve: pd.DataFrame = part.rows
    step = [*curve.step, 1.02 * last]  # the last stair has a tread too
    share, low, high = (
        [*curve[name], curve[name].iloc[-1]] for name in ("share", "low", "high"))
    axes.step(step, share, where="post", color=part.colour, linestyle=part.line, clip_on=False)
    axes.fill_between(step, low, high, step="post", color=part.colour, alpha=0.2, linewidth=0)


def _ends(parts: List[Series]) -> Dict[str, str]:
    shares = {part.label: f"{100 * part.rows.share.iloc[-1]:.3g} %" for part in parts}
    return {label: f": {share}" if label else f"{share} in the end"
            for label, share in shares.items()}


def accuracy_over_length(
    results: Results, by: By = None, *, ax: Any = None, figsize: Size = None,
    title: Optional[str] = None,
) -> Figure:
    """Accuracy of tests at `test_lengths` against their steps: the interquartile mean over seeds with
    its 95 % bootstrap band, for each value of one parameter by colour, and of a second by the kind of
    line. The trained lengths are shaded. `by` None: the first parameter swept over at most eight
    values."""
    need_finished(results)
    names = choose_parameters(results, by)
    table = accuracy_by_length(results, names).sort_values("test_length", kind="stable")
    parts = series_of(table, names)
    with drawing(ax, figsize) as sheet:
        axes = sheet.axes[0]
        trained = results.finished.sequence_length
        lengths = table.test_length
        if lengths.max() > 8 * lengths.min():
            axes.set_xscale("log")
        axes.axvspan(min(lengths.min(), trained.min()), trained.max(), color="0.9", linewidth=0)
        for part in parts:
            steps, rows = part.rows.test_length, part.rows
            axes.plot(steps, rows.test_accuracy_iqm, marker="o", color=part.colour,
                      linestyle=part.line)
            axes.fill_between(steps, rows.test_accuracy_iqm_95_low, rows.test_accuracy_iqm_95_high,
                              color=part.colour, alpha=0.2, linewidth=0)
        axes.set(xlabel="steps of the tested sequences", ylabel="share of right sequences",
                 ylim=(-0.02, 1.02))
        axes.yaxis.set_major_formatter(percent())
        series_legend(sheet, axes, names, parts, None)
        sheet.title(describe(results, "accuracy over length, interquartile mean over seeds", names),
                    title)
    return sheet.figure


def weight_paths(
    results: Results, by: By = None, *, ax: Any = None, figsize: Size = None,
    title: Optional[str] = None,
) -> Figure:
    """How far the weights have moved from where they were drawn, against updates: the median over
    runs with a band between the quartiles, at the `checkpoints` of the sweep, for each value of one
    parameter by colour, and of a second by the kind of line. `by` None: the first parameter swept
    over at most eight values."""
    need_finished(results)
    names = choose_parameters(results, by)
    parts = series_of(weight_change(results, names), names)
    with drawing(ax, figsize) as sheet:
        axes = sheet.axes[0]
        axes.set_xscale("symlog", linthresh=1)
        for part in parts:
            rows = part.rows
            axes.plot(rows.checkpoint, rows["median"], marker="o", markersize=3, color=part.colour,
                      linestyle=part.line)
            axes.fill_between(rows.checkpoint, rows.low, rows.high, color=part.colour, alpha=0.2,
                              linewidth=0)
        axes.set(xlabel="updates", ylabel="change of the weights, relative to the first ones",
                 ylim=(0, None))
        series_legend(sheet, axes, names, parts, None)
        sheet.title(describe(results, "change of the weights, median and quartiles", names), title)
    return sheet.figure


def validation_curves(
    results: Results, by: By = None, quantiles: Tuple[float, float] = (0.25, 0.75), *,
    panel: Optional[str] = None, ax: Any = None, figsize: Size = None, title: Optional[str] = None,
) -> Figure:
    """What the checks on validation sets found, against updates, in two panels: `accuracy`, the share
    of right sequences, and `loss`. The median over runs and a band between two quantiles, for each
    value of one parameter by colour, and of a second by the kind of line. `by` None: the first
    parameter swept over at most eight values. `ax`: one axes for each panel.

    A run that diverged has an accuracy of 0 and an infinite loss from then on. Of one that its own
    rule stopped, the last check stands for those that it would have had.
    """
    need_finished(results)
    names = choose_parameters(results, by)
    shown = panels_of(PANELS, panel, ax, figsize)
    size = (9.5 if len(shown) > 1 else 7.0, 4.3)
    with drawing(ax, figsize, size, [1] * len(shown)) as sheet:
        for axes, what in zip(sheet.axes, shown):
            bands = validation_bands(results, names, what, (*quantiles, 0.5))
            _draw_checks(axes, bands, names, what, quantiles)
            axes.set(xlabel="updates", ylabel=f"{what} on the validation set")
        low, high = (f"{100 * share:g}" for share in quantiles)
        series_legend(sheet, sheet.axes[0 if sheet.narrow else -1], names,
                      series_of(bands, names))
        text = f"checks on {sequences(results.runs)} held out, median"
        if bands.runs.max() > 1:
            text += f", band from {low} to {high} % of the runs"
        sheet.title(describe(results, text, names), title)
    return sheet.figure


def _draw_checks(axes: Any, bands: pd.DataFrame, names: List[str], what: str,
                 quantiles: Tuple[float, float]) -> None:
    parts = series_of(bands, names)
    axes.set(yscale="log" if what == "loss" else "linear")
    for part in parts:
        axes.plot(part.rows.check, part.rows[0.5].replace(np.inf, np.nan), color=part.colour,
                  linestyle=part.line, marker="o", markersize=3)
    _fill(axes, parts, "check", quantiles)
    if what == "accuracy":
        axes.set(ylim=(-0.02, 1.02))
        axes.yaxis.set_major_formatter(percent())
    elif np.isfinite(bands[0.5]).any():
        _label_decades(axes)
    else:
        axes.set(yticks=[], ylim=(0.1, 1))
        remark(axes, "More than half of the runs diverged: the median of their loss is not finite.")
