"""Curves against updates."""
from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ..results import Results
from ..solution_time import share_reached
from ..statistics import loss_bands, updates_of
from .style import (
    COLOURS, by_value, choose_parameter, describe, legend, new_figure, percent, title, words)


def loss_curves(
    results: Results, by: Optional[str] = None, quantiles: Tuple[float, float] = (0.25, 0.75)
) -> Figure:
    """Loss against updates: median over runs, and a band between two quantiles, for each value of
    a parameter. `by` None: the first parameter swept over at most eight values."""
    names = choose_parameter(results, by)
    bands = loss_bands(results, names, (*quantiles, 0.5)).replace(np.inf, np.nan)
    figure, axes = new_figure()
    for (label, band), colour in zip(by_value(bands, names), COLOURS):
        axes.plot(band.step, band[0.5], color=colour, label=label)
        axes.fill_between(band.step, band[quantiles[0]], band[quantiles[1]], color=colour,
                          alpha=0.2, linewidth=0)
    axes.set(yscale="log", xlabel="updates", ylabel="cross entropy per bit (nats)",
             xlim=(0, updates_of(results.runs).max()))
    if names:
        legend(axes, words(names[0]))
    _label_decades(axes)
    low, high = (f"{100 * share:g}" for share in quantiles)
    what = "loss"
    if bands.runs.max() > 1:
        what = f"median loss, band from {low} to {high} % of the runs"
    title(figure, describe(results, what, names))
    return figure


def _label_decades(axes: Any) -> None:
    """Powers of ten are too few labels on an axis of less than two decades."""
    low, high = axes.get_ylim()
    if high / low < 100:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())


def time_to_solution(
    results: Results, level: float = 0.05, by: Optional[str] = None
) -> Figure:
    """Share of runs whose loss has reached a level, against updates (Kaplan-Meier, 95 % bands), for
    each value of a parameter. `by` None: the first parameter swept over at most eight values."""
    names = choose_parameter(results, by)
    shares, last = share_reached(results, level, names), updates_of(results.runs).max()
    figure, axes = new_figure()
    for (label, curve), colour in zip(by_value(shares, names), COLOURS):
        end = f"{100 * curve.share.iloc[-1]:.3g} %"
        step = [*curve.step, 1.02 * last]  # the last stair has a tread too
        share, low, high = (
            [*curve[name], curve[name].iloc[-1]] for name in ("share", "low", "high"))
        axes.step(step, share, where="post", color=colour, clip_on=False,
                  label=f"{label}: {end}" if label else f"{end} in the end")
        axes.fill_between(step, low, high, step="post", color=colour, alpha=0.2, linewidth=0)
    axes.set(xlabel="updates", ylabel=f"runs that reached a loss of {level:g}",
             xlim=(0, 1.02 * last), ylim=(0, None))
    axes.yaxis.set_major_formatter(percent())
    legend(axes, f"{words(names[0])}: in the end" if names else None)
    title(figure, describe(results, "time to solution, 95 % bands", names))
    return figure
