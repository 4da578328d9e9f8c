"""Who went on: the scores of configurations at the rungs of early termination."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..configurations import Ranking
from ..results import Results
from ..rungs import courses_of, scores_of
from .style import COLOURS, Size, drawing, percent, words

WENT_ON, WAS_STOPPED, LOST, CROSS = COLOURS[0], "#909090", "#000000", "#444444"


def rung_scores(
    results: Results, metric: Optional[str] = None, *, ax: Any = None, figsize: Size = None,
    title: Optional[str] = None,
) -> Figure:
    """The score of every configuration at each rung that it came to, and in the end: those that were
    trained to the end are drawn through, and a cross marks where the others were stopped. Those of
    which all runs diverged are dotted. Losses are on a logarithmic axis; a score that is infinite, as
    most runs diverged, has no place there.
    ValueError when no run was stopped at a rung.

    metric   None: that of the sweep
    """
    ranking = Ranking(results, metric=metric)
    table = scores_of(ranking)
    if table.empty:
        raise ValueError("no run of these results was stopped at a rung")
    places = [ranking.levels.name(level) for level in range(ranking.levels.end + 1)]
    courses = courses_of(table)
    lost = [course for course, group in zip(courses, ranking.order) if ranking.lost[group]]
    alive = [course for course, group in zip(courses, ranking.order) if not ranking.lost[group]]
    stopped = [course for course in alive if course.until.iloc[0] != "end"]
    through = [course for course in alive if course.until.iloc[0] == "end"]
    kinds = (("diverged", lost, LOST, ":", 1.0), ("stopped", stopped, WAS_STOPPED, "-", 1.0),
             ("to the end", through, WENT_ON, "-", 1.4))
    with drawing(ax, figsize) as sheet:
        axes = sheet.axes[0]
        faint = float(np.clip(30 / max(len(courses), 1), 0.15, 0.8))
        for _, some, colour, line, width in kinds:
            for course in some:
                axes.plot(course.rung - 1, _finite(course.score), color=colour, marker=".",
                          alpha=max(faint, 0.5) if some is through else faint, markersize=4,
                          linestyle=line, linewidth=width)
        for course in stopped:
            last = course.tail(1)
            axes.plot(last.rung - 1, _finite(last.score), "x", color=CROSS, markersize=5,
                      clip_on=False)
        axes.set(ylabel=f"score: {words(ranking.metric)}", xlim=(-0.3, len(places) - 0.7))
        if ranking.accuracy:
            axes.set_ylim(-0.02, 1.02)
            axes.yaxis.set_major_formatter(percent())
        else:
            axes.set_yscale("log")
        sheet.categories(axes, "x", [f"after {place}" if place != "end" else place
                                     for place in places])
        sheet.legend(axes, None, [
            Line2D([], [], color=colour, linestyle=line, marker="x" if some is stopped else ".",
                   markeredgecolor=CROSS if some is stopped else colour,
                   label=f"{len(some)} {label}")
            for label, some, colour, line, _ in reversed(kinds) if some])
        sheet.title(f"{results.name}: scores of {len(courses)} configurations at the rungs", title)
    return sheet.figure


def _finite(scores: "pd.Series[float]") -> "pd.Series[float]":
    return scores.where(np.isfinite(scores))

