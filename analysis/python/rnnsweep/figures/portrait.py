"""What the states of a trained network do."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from ..network import Weights, carries, hidden_states, predict, to_bits
from ..results import Array, Results
from ..statistics import is_solved
from .style import COLOURS, legend, new_figure, title

SAMPLES = 60  # additions of the cloud
RIDGE = 1e-6  # states are within -1..1; keeps constant ones from deciding
NO_CARRY, CARRY = COLOURS[0], COLOURS[1]


def state_portrait(
    results: Results, run: Optional[int] = None, threshold: float = 1.0
) -> Figure:
    """What the states of a trained network do: they hold the carry.

    Left, the states after each bit of random additions, by the carry that goes into the next bit:
    along the direction that tells the two kinds apart best (Fisher's linear discriminant) and by
    the bit that the network answers. Right, one addition bit by bit: what goes in, every state,
    what comes out. `run` None: of those that solve the task with the fewest states, the one of the
    least final loss. KeyError when there is no such run, ValueError when none solves the task.
    """
    number = _smallest_solver(results, threshold) if run is None else run
    if number not in results.runs.index:
        raise KeyError(f"there is no run {number}")
    row = results.runs.loc[number]
    bits, network = int(row.sequence_length), results.network(number)
    stream = np.random.RandomState(0)
    a, b = stream.randint(0, 1 << (bits - 1), (2, SAMPLES), dtype=np.int64)
    states = hidden_states(network, a, b, bits)[:, 1:]
    output = (states @ network["W_out"] + network["b_out"])[..., 0]
    figure, (cloud, worked) = new_figure(width=10, height=4.4, columns=(1, 1.35), grid=False)
    _draw_cloud(cloud, states, output, carries(a, b, bits)[:, 1:])
    _draw_addition(worked, network, int(a[0]), int(b[0]), bits)
    share = f"{100 * row.test_accuracy:.4g} %"
    title(figure, f"{results.name}, run {number}: {row.states} states, seed {row.seed}, "
          f"{share} of the test sums right")
    return figure


def _smallest_solver(results: Results, threshold: float) -> int:
    solved = results.runs[is_solved(results.runs, threshold)]
    if solved.empty:
        raise ValueError("no run solves the task; lower the threshold or name a run")
    return int(solved.sort_values(["states", "final_loss"], kind="stable").index[0])


def _draw_cloud(axes: Any, states: Array, output: Array, carry: Array) -> None:
    """states [N,T,H], logits of the output [N,T], and the carry [N,T] that they must hold."""
    points = states.reshape(-1, states.shape[-1]).astype(float)
    along = points @ _discriminant(points, carry.ravel())
    for value, colour, marker in ((0, NO_CARRY, "o"), (1, CARRY, "^")):
        chosen = carry.ravel() == value
        axes.scatter(along[chosen], output.ravel()[chosen], s=14, color=colour, alpha=0.5,
                     marker=marker, linewidths=0, label=f"carry {value} into the next bit")
    axes.set(xlabel="states, across the two carries",
             ylabel="logit of the sum's bit: above 0 a one")
    axes.grid(alpha=0.25)
    legend(axes, loc="lower left", bbox_to_anchor=(-0.05, 1), ncols=2, handletextpad=0.1,
           columnspacing=1)


def _discriminant(points: Array, group: Array) -> Array:
    """Fisher's linear discriminant of two groups of points [n,H], a direction [H] of length 1."""
    if len(np.unique(group)) < 2:
        return np.asarray(np.eye(points.shape[1])[0])
    parts = [points[group == value] for value in (0, 1)]
    centred = np.concatenate([part - part.mean(axis=0) for part in parts])
    within = centred.T @ centred / len(centred) + RIDGE * np.eye(points.shape[1])
    direction = np.linalg.solve(within, parts[1].mean(axis=0) - parts[0].mean(axis=0))
    return np.asarray(direction / np.linalg.norm(direction))


def _draw_addition(axes: Any, network: Weights, a: int, b: int, bits: int) -> None:
    """Rows a, b, carry, states, sum; columns are bits, the least significant on the right as in
    addition by hand."""
    states = hidden_states(network, a, b, bits)[1:].T
    answer = int(predict(network, a, b, bits))
    first, second, result, wanted = to_bits(np.array([a, b, answer, a + b]), bits)
    digits = {"a": first, "b": second, "carry out": carries(a, b, bits)[1:]}
    rows = [*digits, *(f"state {i}" for i in range(len(states))), "network's sum"]
    image = axes.imshow(states, cmap="PuOr", norm=TwoSlopeNorm(0, -1, 1), aspect="auto",
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
    axes.set_title(f"{a} + {b} {equals} {answer}", loc="left", fontsize=10)
    bar = axes.figure.colorbar(image, ax=axes, label="state", shrink=0.5, ticks=(-1, 0, 1))
    bar.outline.set_visible(False)
