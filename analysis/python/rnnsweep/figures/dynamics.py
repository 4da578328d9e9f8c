"""How a network does it: its fixed points, the directions of its states, and its automaton."""
from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from ..automata import FREE, Automaton
from ..cells import Array
from ..fixed_points import FixedPoints
from ..principal import component_table, components
from .style import COLOURS, Size, drawing, panels_of, percent, series_of, words

PANELS = {"plane": 1.2, "eigenvalues": 1.0}  # and their relative widths
PATHS = 60  # sequences whose states are drawn
STABLE, UNSTABLE, PATH = COLOURS[0], COLOURS[1], "#9A9A9A"


def fixed_point_portrait(
    dataset: xr.Dataset, run: int, points: FixedPoints, *, panel: Optional[str] = None,
    ax: Any = None, figsize: Size = None, title: Optional[str] = None,
) -> Figure:
    """Fixed points of a network among its states. Two panels.

    `plane`: the states of the run in `dataset`, of `trajectories`, along their first two principal
    components, and the points: filled ones are stable, hollow ones not. `eigenvalues`: those of the
    Jacobian at each point, in the complex plane with the unit circle: inside it, what is off the point
    shrinks.
    """
    states = dataset["states"].sel(run=run).values
    shown = panels_of(list(PANELS), panel, ax, figsize)
    size = (9.0 if len(shown) > 1 else 5.5, 4.2)
    with drawing(ax, figsize, size, [PANELS[name] for name in shown]) as sheet:
        panels = dict(zip(shown, sheet.axes))
        kinds = ((points.stable, STABLE, STABLE, "o", "stable"),
                 (~points.stable, "none", UNSTABLE, "D", "not stable"))
        if "plane" in panels:
            axes = panels["plane"]
            found = components(states)
            for path in found.project(states[:PATHS, :, :len(found.mean)], 2):
                axes.plot(path[:, 0], path[:, -1], color=PATH, linewidth=0.5, alpha=0.5, zorder=1)
            for chosen, face, edge, marker, label in kinds:
                if chosen.any():
                    place = found.project(points.points[chosen], 2)
                    axes.scatter(place[:, 0], place[:, -1], s=46, marker=marker, facecolors=face,
                                 edgecolors=edge, label=label, zorder=3)
            share = found.share[:2] if len(found.share) > 1 else np.append(found.share, 0)
            axes.set(xlabel=f"component 1 ({100 * share[0]:.3g} % of the variance)",
                     ylabel=f"component 2 ({100 * share[1]:.3g} %)")
            if len(points):
                sheet.legend(axes, above=True)
        if "eigenvalues" in panels:
            _draw_eigenvalues(panels["eigenvalues"], points, kinds)
        stable = int(points.stable.sum())
        sheet.title(f"Run {run}: {len(points)} fixed points, {stable} of them stable", title)
    return sheet.figure


def _draw_eigenvalues(axes: Any, points: FixedPoints, kinds: Sequence[Tuple[Any, ...]]) -> None:
    angle = np.linspace(0, 2 * np.pi, 200)
    axes.plot(np.cos(angle), np.sin(angle), color="#555555", linewidth=0.8)
    for chosen, face, edge, marker, _ in kinds:
        values = points.eigenvalues[chosen].ravel()
        axes.scatter(values.real, values.imag, s=14, marker=marker, facecolors=face,
                     edgecolors=edge, linewidths=0.8)
    axes.set(xlabel="real part of an eigenvalue", ylabel="imaginary part")
    axes.set_aspect("equal", adjustable="datalim")


def component_shares(
    dataset: xr.Dataset, by: Optional[Any] = None, share: float = 0.95, *, ax: Any = None,
    figsize: Size = None, title: Optional[str] = None,
) -> Figure:
    """How much of the variance of the states lies in the first 1, 2, ... principal components: the
    median over runs, and the band of their quartiles.

    dataset   of `trajectories`
    by        values for the runs, such as `results.runs.cell`, a line for each
    share     a level that is drawn across
    """
    table = component_table(dataset)
    names: List[str] = []
    if by is not None:
        names = [str(getattr(by, "name", None) or "group")]
        table[names[0]] = by.loc[table.index] if hasattr(by, "loc") else list(by)
    columns = [name for name in table if str(name).startswith("pc")]
    with drawing(ax, figsize, (6.4, 4.2)) as sheet:
        axes = sheet.axes[0]
        for part in series_of(table, names):
            curves = np.cumsum(part.rows[columns].to_numpy(float), axis=1)
            curves = curves[np.isfinite(curves[:, 0])]
            if not len(curves):
                continue
            low, middle, high = np.nanquantile(curves, (0.25, 0.5, 0.75), axis=0)
            places = np.arange(1, len(middle) + 1)
            axes.fill_between(places, low, high, color=part.colour, alpha=0.2, linewidth=0)
            axes.plot(places, middle, color=part.colour, linestyle=part.line, marker="o",
                      markersize=3, label=part.label)
        axes.axhline(share, color="#555555", linewidth=0.8, linestyle=":")
        axes.set(xlabel="principal components", ylabel="share of the variance", ylim=(None, 1.01))
        axes.yaxis.set_major_formatter(percent())
        axes.xaxis.get_major_locator().set_params(integer=True)
        if names:
            sheet.legend(axes, words(names[0]))
        sheet.title(f"Directions in which the states of {len(table)} networks move", title)
    return sheet.figure


def automaton_graph(
    automaton: Automaton, symbols: Optional[Sequence[str]] = None, *, ax: Any = None,
    figsize: Size = None, title: Optional[str] = None,
) -> Figure:
    """An automaton: a circle for each state with its number and answer, an arrow for each symbol; the
    first state has an arrow from nowhere. symbols: how they are written."""
    count, letters = automaton.goes.shape
    names = [str(i) for i in range(letters)] if symbols is None else list(symbols)
    angle = np.pi - 2 * np.pi * np.arange(count) / count
    place = np.stack([np.cos(angle), np.sin(angle)], axis=1) * max(1.0, count / 5)
    with drawing(ax, figsize, (4.8, 4.6), grid=False) as sheet:
        axes = sheet.axes[0]
        for state in range(count):
            for after in np.unique(automaton.goes[state]):
                text = " ".join(name for name, to in zip(names, automaton.goes[state])
                                if to == after)
                _draw_arrow(axes, place[state], place[after], text)
        _draw_start(axes, place[0])
        kinds = sorted({int(answer) for answer in automaton.answers})
        for state, (x, y) in enumerate(place):
            answer = int(automaton.answers[state])
            colour = "white" if answer == FREE else COLOURS[kinds.index(answer) % len(COLOURS)]
            axes.scatter([x], [y], s=700, facecolors=colour, edgecolors="black", alpha=0.35,
                         zorder=2, linewidths=1)
            axes.text(x, y, f"{state}:{'-' if answer == FREE else answer}", ha="center", va="center",
                      zorder=4)
        reach = float(np.abs(place).max()) + 0.75
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[])
        axes.set_aspect("equal")
        axes.spines[:].set_visible(False)
        sheet.title(f"Automaton of {count} states (state:answer)", title)
    return sheet.figure


SHRINK = 14  # points between an arrow's end and the middle of a state


def _draw_arrow(axes: Any, start: Array, end: Array, text: str) -> None:
    """Bent, so that there and back are two arrows; of a state to itself, a loop away from the middle."""
    if np.array_equal(start, end):
        outward = start / np.linalg.norm(start)
        across = np.array([-outward[1], outward[0]])
        first, last = start - 0.12 * across, start + 0.12 * across
        tip = start + 0.5 * outward
        arrow = FancyArrowPatch(first, last, connectionstyle="arc3,rad=2.2", arrowstyle="-|>",
                                mutation_scale=11, shrinkA=10, shrinkB=10, color="#333333")
    else:
        middle, across = (start + end) / 2, np.array([start[1] - end[1], end[0] - start[0]])
        tip = middle - 0.17 * across
        arrow = FancyArrowPatch(start, end, connectionstyle="arc3,rad=0.22", arrowstyle="-|>",
                                mutation_scale=11, shrinkA=SHRINK, shrinkB=SHRINK, color="#333333")
    axes.add_patch(arrow)
    axes.text(*tip, text, ha="center", va="center", zorder=5,
              bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"})


def _draw_start(axes: Any, place: Array) -> None:
    outward = np.array([[0.5, -0.87], [0.87, 0.5]]) @ place / np.linalg.norm(place)  # beside a loop
    axes.add_patch(FancyArrowPatch(place + 0.62 * outward, place, arrowstyle="-|>",
                                   mutation_scale=11, shrinkA=0, shrinkB=SHRINK, color="#333333",
                                   linestyle="--"))
