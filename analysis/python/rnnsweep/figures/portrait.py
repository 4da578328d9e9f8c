"""What the states of a trained network do."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from ..network import Weights, carries, gate_values, hidden_states, predict, to_bits
from ..results import Array, Results
from ..statistics import is_solved
from ..wording import ADDITION
from .style import (
    COLOURS, Sheet, Size, drawing, need_finished, panels_of, points, text_width)

SAMPLES = 60  # additions of the cloud
RIDGE = 1e-6  # states are within -1..1; keeps constant ones from deciding
NO_CARRY, CARRY = COLOURS[0], COLOURS[1]
MOST_GATED = 4  # states of a picture with a row for each gate of each state
PANELS = {"carry": 1.0, "addition": 1.35}  # and their relative widths


def state_portrait(
    results: Results, run: Optional[int] = None, threshold: float = 1.0, *,
    panel: Optional[str] = None, ax: Any = None, figsize: Size = None, title: Optional[str] = None,
) -> Figure:
    """What the states of a trained network do: they hold the carry. Two panels.

    `carry`: the states after each bit of random additions, by the carry that goes into the next bit:
    along the direction that tells the two kinds apart best (Fisher's linear discriminant) and by
    the bit that the network answers. `addition`: one addition bit by bit: what goes in, every state,
    what comes out. A gated cell of up to four states also shows each gate of each, where there
    is room: r, z and the new state n, or i, f, the new memory g and o. `ax`: one axes for each panel. `run` None: of those that solve the task with the
    fewest states, the one of the least final loss. KeyError when there is no such run, ValueError
    when none solves the task.
    """
    number = _smallest_solver(results, threshold) if run is None else run
    if number not in results.runs.index:
        raise KeyError(f"there is no run {number}")
    row = results.runs.loc[number]
    if row.task != ADDITION:
        raise ValueError(f"run {number} has learnt {row.task}: the portrait is of networks that add; "
                         "the report shows the states of others")
    bits, network = int(row.sequence_length), results.network(number)
    stream = np.random.RandomState(0)
    a, b = stream.randint(0, 1 << (bits - 1), (2, SAMPLES), dtype=np.int64)
    shown = panels_of(list(PANELS), panel, ax, figsize)
    size = (10.0 if len(shown) > 1 else 5.5, 4.4)
    with drawing(ax, figsize, size, [PANELS[name] for name in shown], grid=False) as sheet:
        panels = dict(zip(shown, sheet.axes))
        if "carry" in panels:
            states = hidden_states(network, a, b, bits)[:, 1:]
            output = (states @ network["W_out"] + network["b_out"])[..., 0]
            _draw_cloud(sheet, panels["carry"], states, output, carries(a, b, bits)[:, 1:])
        if "addition" in panels:
            _draw_addition(panels["addition"], network, int(a[0]), int(b[0]), bits,
                           with_gates=not sheet.narrow)
        share = f"{100 * row.test_accuracy:.4g} %"
        sheet.title(f"{results.name}, run {number}: {row.states} states, seed {row.seed}, "
                    f"{share} of the test sums right", title)
        if "addition" in panels:
            sheet.settle()
            _fit_digits(panels["addition"])
    return sheet.figure


def _smallest_solver(results: Results, threshold: float) -> int:
    need_finished(results)
    adders = results.runs[results.runs.task == ADDITION]
    if adders.empty:
        raise ValueError("no run adds: the portrait is of networks that do; the report shows the "
                         "states of others")
    solved = adders[is_solved(adders, threshold)]
    if solved.empty:
        raise ValueError("no run solves the task; lower the threshold or name a run")
    return int(solved.sort_values(["states", "final_loss"], kind="stable").index[0])


def _draw_cloud(
    sheet: Sheet, axes: Any, states: Array, output: Array, carry: Array
) -> None:
    """states [N,T,H], logits of the output [N,T], and the carry [N,T] that they must hold."""
    points = states.reshape(-1, states.shape[-1]).astype(float)
    along = points @ _discriminant(points, carry.ravel())
    for value, colour, marker in ((0, NO_CARRY, "o"), (1, CARRY, "^")):
        chosen = carry.ravel() == value
        axes.scatter(along[chosen], output.ravel()[chosen], s=6 if sheet.narrow else 14, color=colour, alpha=0.5,
                     marker=marker, linewidths=0, label=str(value))
    axes.set(xlabel="states, across the two carries",
             ylabel="logit of the bit" if sheet.narrow else "logit of the sum's bit: above 0 a one")
    axes.grid(alpha=0.25)
    sheet.legend(axes, "carry into the next bit", above=True)


def _discriminant(points: Array, group: Array) -> Array:
    """Fisher's linear discriminant of two groups of points [n,H], a direction [H] of length 1."""
    if len(np.unique(group)) < 2:
        return np.asarray(np.eye(points.shape[1])[0])
    parts = [points[group == value] for value in (0, 1)]
    centred = np.concatenate([part - part.mean(axis=0) for part in parts])
    within = centred.T @ centred / len(centred) + RIDGE * np.eye(points.shape[1])
    direction = np.linalg.solve(within, parts[1].mean(axis=0) - parts[0].mean(axis=0))
    return np.asarray(direction / np.linalg.norm(direction))


def _draw_addition(
    axes: Any, network: Weights, a: int, b: int, bits: int, *, with_gates: bool
) -> None:
    """Rows a, b, carry, states, gates, sum; columns are bits, the least significant on the right as in
    addition by hand."""
    states = hidden_states(network, a, b, bits)[1:].T
    gates = gate_values(network, a, b, bits) \
        if with_gates and len(states) <= MOST_GATED else {}
    answer = int(predict(network, a, b, bits))
    first, second, result, wanted = to_bits(np.array([a, b, answer, a + b]), bits)
    digits = {"a": first, "b": second, "carry out": carries(a, b, bits)[1:]}
    inner = [f"state {i}" for i in range(len(states))]
    inner += [f"{letter} {i}" for letter in gates for i in range(len(states))]
    rows = [*digits, *inner, "network's sum"]
    states = np.concatenate([states, *(values.T for values in gates.values())])
    limit = max(1.0, float(np.max(np.abs(states), initial=0)))  # relu has states beyond 1
    image = axes.imshow(states, cmap="PuOr", norm=TwoSlopeNorm(0, -limit, limit), aspect="auto",
                extent=(bits - 0.5, -0.5, len(digits) + len(states) - 0.5, len(digits) - 0.5))
    axes.invert_xaxis()
    for row, values in enumerate(digits.values()):
        for bit, value in enumerate(values):
            axes.text(bit, row, str(value), ha="center", va="center",
                      color=CARRY if row == 2 and value else "black",
                      fontweight="bold" if row == 2 and value else "normal")
    for bit, value in enumerate(result):
        axes.text(bit, len(rows) - 1, str(value), ha="center", va="center", fontweight="bold",
                  color="black" if value == wanted[bit] else "#D55E00")
    axes.set(xlim=(bits - 0.5, -0.5), ylim=(len(rows) - 0.5, -0.5), xlabel="bit")
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    equals = "=" if answer == a + b else "\u2260"
    axes.set_title(f"{a} + {b} {equals} {answer}", loc="left", fontsize="medium")
    bar = axes.figure.colorbar(image, ax=axes, label="state, gate" if gates else "state", shrink=0.5,
                               ticks=(-1, 0, 1) if limit == 1 else None)
    bar.outline.set_visible(False)


def _fit_digits(axes: Any) -> None:
    """Digits as large as their columns and rows allow, up to the size of the text."""
    low, high = axes.get_xlim()
    bottom, top = axes.get_ylim()
    box = axes.get_window_extent()
    width = box.width / axes.figure.dpi / abs(high - low)
    height = box.height / axes.figure.dpi / abs(top - bottom)
    size = points("medium")
    size *= min(1.0, 0.9 * width / text_width("0", size), 0.9 * height * 72 / size)
    for text in axes.texts:
        text.set_fontsize(size)
