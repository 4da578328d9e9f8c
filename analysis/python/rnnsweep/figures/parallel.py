"""Parallel coordinates over all swept parameters."""
from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any, List, Optional, Tuple

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ..configurations import success_rates
from ..results import Array, Results
from .style import (
    LINE, MAP, Size, drawing, need_finished, numbers, points, sorted_values, words)

MOST_LINES = 3000
MOST_LEVELS = 12  # values of an axis that get equal distances and a label each
SPREAD = 0.025  # of the height of an axis: lines through one value side by side, the better higher


@dataclass(frozen=True)
class _Scale:
    """Where the values of a parameter stand on its axis, 0 at the bottom and 1 at the top."""

    ticks: List[Tuple[float, str]]
    places: Array  # [configuration]


def parallel_coordinates(
    results: Results, threshold: float = 1.0, *, ax: Any = None, figsize: Size = None,
    title: Optional[str] = None,
) -> Figure:
    """Every configuration with finished runs as a line through its swept parameters to its share of
    solved runs, the best on top; without those that were stopped at a rung. Up to twelve values of a parameter stand at equal distances; more
    on a linear or a logarithmic axis, whichever spreads them more evenly. ValueError when nothing
    is swept.
    """
    need_finished(results)
    names = list(results.swept)
    if not names:
        raise ValueError("nothing is swept but the seed: there are no parameters to draw")
    rates = success_rates(results, names, threshold)
    rates = rates[rates.solved_share.notna()]
    count = len(rates)
    if count > MOST_LINES:
        rates = rates.sample(MOST_LINES, random_state=0)
    rates = rates.sort_values("solved_share", kind="stable", ignore_index=True)
    scales = [_scale(rates[name]) for name in names]
    spread = SPREAD * (2 * rates.solved_share.values - 1)
    heights = np.column_stack([*(scale.places + spread for scale in scales), rates.solved_share.values])
    with drawing(ax, figsize, (max(7.0, 1.7 * (len(names) + 1)), 4.3), grid=False) as sheet:
        axes = sheet.axes[0]
        axes.grid(False)
        _draw_lines(axes, heights, rates.solved_share.values)
        sheet.categories(axes, "x", [*map(words, names), "solved"])
        axes.tick_params(axis="x", length=0)
        axes.set(yticks=[], xlim=(-0.1, len(names) + (0.45 if sheet.narrow else 0.3)),
                 ylim=(-0.06, 1.06))
        axes.spines[:].set_visible(False)
        drawn = f", {MOST_LINES} of them drawn" if count > MOST_LINES else ""
        sheet.title(f"{results.name}: {count} configurations{drawn}, coloured by the share of seeds "
                    "that solve the task", title)
        sheet.settle()
        for place, scale in enumerate(scales):
            _draw_axis(axes, place, scale.ticks)
        _draw_axis(axes, len(names), [(share / 4, f"{25 * share} %") for share in range(5)])
    return sheet.figure


def _scale(column: pd.Series) -> _Scale:
    levels = np.asarray(sorted_values(column))
    if len(levels) <= MOST_LEVELS or levels.dtype.kind not in "if":
        heights = np.linspace(0, 1, len(levels)) if len(levels) > 1 else np.array([0.5])
        order = {value: place for place, value in enumerate(levels.tolist())}
        places = heights[[order[value] for value in column]]
        return _Scale(list(zip(heights, numbers(levels.tolist()))), places)
    values = column.values.astype(float)
    logarithmic = levels[0] > 0 and _evenness(np.log10(values)) > _evenness(values)
    if logarithmic:
        values = np.log10(values)
    low, high = values.min(), values.max()
    marks = np.linspace(low, high, 5)
    texts = numbers([10.0**mark if logarithmic else float(mark) for mark in marks])
    ticks = list(zip((marks - low) / (high - low), texts))
    return _Scale(ticks, (values - low) / (high - low))


def _evenness(values: Array) -> float:
    """How near the median is to the middle of the range: 1 in the middle, 0 at an end."""
    place = (np.median(values) - values.min()) / (values.max() - values.min())
    return float(1 - 2 * abs(place - 0.5))


def _draw_lines(axes: Any, heights: Array, rates: Array) -> None:
    """Smooth steps between the axes, which keep lines apart better than straight ones."""
    t = np.linspace(0, 1, 25)
    ease = t * t * (3 - 2 * t)
    x = np.concatenate([place + t for place in range(heights.shape[1] - 1)])
    colours = matplotlib.colormaps[MAP](rates)
    few = min(1.0, 60 / len(rates))  # fainter, the more there are
    colours[:, 3] = 0.1 + 0.6 * np.maximum(rates, few)
    y = np.concatenate([
        heights[:, [place]] + (heights[:, [place + 1]] - heights[:, [place]]) * ease
        for place in range(heights.shape[1] - 1)], axis=1)
    lines = [np.column_stack([x, line]) for line in y]
    axes.add_collection(LineCollection(
        lines, colors=colours, linewidths=0.7 + 0.8 * few, rasterized=True))


def _draw_axis(axes: Any, place: int, ticks: List[Tuple[float, str]]) -> None:
    """A line with its labels, of many only as many as have room."""
    axes.axvline(place, 0.04, 0.96, color="black", linewidth=0.8)
    size = points("small")
    room = axes.get_window_extent().height / axes.figure.dpi / 1.12  # between 0 and 1
    step = max(1, ceil(LINE * size / 72 * (len(ticks) - 1) / room))
    for height, label in ticks[::step]:
        axes.annotate(label, (place, height), (3, 0), textcoords="offset points", fontsize=size,
                      va="center", bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none",
                                         "alpha": 0.75})
