"""Who went on: the section of the report about early termination."""
from __future__ import annotations

from html import escape
from typing import List, Tuple

import numpy as np
import pandas as pd

from ..configurations import Ranking
from ..results import Array, Results
from ..rungs import courses_of, rungs_of, scores_of

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 70, 30, 14, 34
MOST_LINES = 400


def who_went_on(results: Results) -> str:
    """A figure of the scores at the rungs, and the numbers in a table; nothing where no run was
    stopped."""
    if not (results.known.status == "stopped").any():
        return ""
    ranking = Ranking(results)
    table, scores = rungs_of(ranking), scores_of(ranking)
    head = "".join(f"<th scope=\"col\">{name}</th>" for name in
                   ("after", "settings that came", "stopped there", "best score", "worst score"))
    body = "".join(
        f"<tr><td>{escape(row.at)}</td><td>{row.configurations:,}</td><td>{row.stopped:,}</td>"
        f"<td>{row.best:.4g}</td><td>{row.worst:.4g}</td></tr>"
        for row in table.itertuples(index=False))
    return (f"<figure>{_figure(scores, table)}<figcaption>Score of each setting "
            f"({escape(results.metric)}) at the rungs: <span class=\"ok\">trained to the end</span>, "
            f"or stopped at a cross.{_sampled(scores)}</figcaption></figure>"
            f'<div class="scroll"><table class="list"><thead><tr>{head}</tr></thead><tbody>{body}'
            f"</tbody></table></div>")


def _sampled(scores: pd.DataFrame) -> str:
    count = int((scores.rung == 1).sum())
    return f" {MOST_LINES} of {count:,} settings are drawn." if count > MOST_LINES else ""


def _figure(scores: pd.DataFrame, table: pd.DataFrame) -> str:
    courses = courses_of(scores)
    chosen = np.unique(np.linspace(0, len(courses) - 1, min(len(courses), MOST_LINES)).astype(int))
    heights, ticks = _scale(scores.score.values, str(scores.attrs["metric"]).endswith("accuracy"))
    place = pd.Series(heights, scores.index)
    step = (WIDTH - LEFT - RIGHT) / (len(table) - 1)
    parts = [_text(LEFT + step * number, HEIGHT - 12, at, "middle")
             for number, at in enumerate(table["at"])]
    parts += [_text(LEFT - 8, y + 4, text, "end") + f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" '
              'stroke="var(--line)"/>' for y, text in ticks]
    for course in (courses[number] for number in chosen[::-1]):  # the best on top
        through = course.until.iloc[0] == "end"
        points = [(LEFT + step * (rung - 1), place[row])
                  for row, rung in course.rung.items() if np.isfinite(place[row])]
        if not points:
            continue
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        colour, opacity = ("solved", 0.8) if through else ("ink", 0.4)
        parts.append(f'<path d="M{path}" fill="none" stroke="var(--{colour})" '
                     f'stroke-opacity="{opacity}"/>')
        if not through:
            x, y = points[-1]
            parts.append(f'<path d="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6" stroke="var(--ink)"/>')
    return (f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Scores of the settings at the '
            f'rungs, which the table below sums up">{"".join(parts)}</svg>')


def _scale(values: Array, accuracy: bool) -> Tuple[Array, List[Tuple[float, str]]]:
    """Heights of scores, not finite where a score has none, and of ticks: shares from 0 to 1,
    losses on a logarithmic axis."""
    with np.errstate(divide="ignore", invalid="ignore"):
        own = values.astype(float) if accuracy else np.log10(values.astype(float))
    finite = own[np.isfinite(own)]
    low, high = (0.0, 1.0) if accuracy else (
        (finite.min(), finite.max()) if len(finite) else (0.0, 1.0))
    span = max(high - low, 1e-9)

    def height(share: Array) -> Array:
        return np.asarray(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share))

    marks = np.array([0.0, 0.5, 1.0])
    texts = [f"{100 * mark:.0f} %" if accuracy else f"{10 ** (low + mark * span):.2g}"
             for mark in marks]
    return height((own - low) / span), list(zip(height(marks).tolist(), texts))


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12" '
            f'fill="var(--ink)">{escape(text)}</text>')
