"""Fixed points of a trained network: states that a constant input leaves where they are.

A network with an input held constant is a map F of what it carries, y = s, or y = (s, c) of lstm.
A fixed point, F(y) = y, is stable when all eigenvalues of F's Jacobian there lie inside the unit
circle: states nearby fall into it. They are where a network keeps what it remembers (Sussillo and
Barak 2013; Golub and Sussillo 2018).

Index letters: N points, D numbers that are carried (H states, or 2 H), H states.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Tuple

import numpy as np
import pandas as pd

from .cells import Array, cell_backward, cell_forward, cell_of
from .network import Weights

ITERATIONS = 200
FOLLOW = 300
DAMPING, LEAST_DAMPING, MOST_DAMPING = 1e-3, 1e-12, 1e8
AT_ONCE = 1 << 24  # bytes of Jacobians


class Map:
    """What one step makes of the states under a constant input: F(y) and its Jacobian, in float64.

    inputs   [I], 0 without it
    """

    def __init__(self, weights: Weights, inputs: Any = None) -> None:
        self.cell, self.leak = cell_of(weights)
        self.states = weights["S0"].size
        self.carried = self.states * (2 if "C0" in weights else 1)
        w = {name: np.asarray(tensor, float) for name, tensor in weights.items()}
        count = w["W_in"].shape[0]
        x = np.zeros(count) if inputs is None else np.asarray(inputs, float)
        if x.shape != (count,):
            raise ValueError(f"inputs: are {list(x.shape)}, but the network reads {count} numbers")
        self._gates = w["b_in"].shape
        self._x = np.tensordot(x, w["W_in"], 1) + w["b_in"]
        self._w_rec = w["W_rec"].reshape(self.states, -1)
        self._b_rec = w["b_rec"]

    def step(self, y: Array) -> Array:
        """F(y) [N,D] of y [N,D]."""
        return self._forward(y)[0]

    def _forward(self, y: Array) -> Tuple[Array, Any]:
        s, c = y[:, :self.states], y[:, self.states:]
        r = (s @ self._w_rec).reshape(len(y), *self._gates) + self._b_rec
        x = np.broadcast_to(self._x, r.shape)
        after, memory, kept = cell_forward(self.cell, self.leak, x, r, s, c)
        return np.concatenate([after, memory], axis=1), kept

    def jacobian(self, y: Array) -> Tuple[Array, Array]:
        """F(y) [N,D], and dF_i/dy_j [N,D,D]."""
        n, d, h = len(y), self.carried, self.states
        after, kept = self._forward(y)
        # A row for each point and number of F: the backward pass of each by itself.
        repeated = tuple(np.repeat(part, d, axis=0) for part in kept)
        s, c = np.repeat(y[:, :h], d, axis=0), np.repeat(y[:, h:], d, axis=0)
        unit = np.tile(np.eye(d), (n, 1))
        d_c = unit[:, h:] if d > h else np.zeros_like(unit[:, :0])
        _, d_r, d_s, d_c = cell_backward(self.cell, self.leak, repeated, s, c, unit[:, :h], d_c)
        d_s = d_s + d_r.reshape(n * d, -1) @ self._w_rec.T
        return after, np.concatenate([d_s, d_c], axis=1).reshape(n, d, d)


@dataclass(frozen=True)
class FixedPoints:
    """Fixed points of one network, the stable ones first, then by the largest eigenvalue.

    points        [P,H]: the states
    memories      [P,H] of lstm; [P,0] of other cells
    eigenvalues   [P,D], complex, the largest first
    distance      [P]: how far F takes each point, |F(y) - y|
    starts        [P]: how many starts led to each; each counts twice, as it is and as it is left alone
    lost          starts that led to none
    inputs        [I]: the input that was held
    """

    points: Array
    memories: Array
    eigenvalues: Array
    distance: Array
    starts: Array
    lost: int
    inputs: Array

    def __len__(self) -> int:
        return len(self.points)

    @property
    def stable(self) -> Array:
        """[P]: whether all eigenvalues lie inside the unit circle."""
        inside: Array = np.abs(self.eigenvalues[:, 0]) < 1
        return inside

    @property
    def unstable_directions(self) -> Array:
        """[P]: how many eigenvalues lie on or outside the unit circle; 1 is a saddle between two
        attractors."""
        outside: Array = (np.abs(self.eigenvalues) >= 1).sum(axis=1)
        return outside

    def table(self) -> pd.DataFrame:
        """A row for each point."""
        return pd.DataFrame({
            "stable": self.stable, "unstable_directions": self.unstable_directions,
            "largest_eigenvalue": np.abs(self.eigenvalues[:, 0]), "distance": self.distance,
            "starts": self.starts})


def fixed_points(
    weights: Weights, starts: Any, inputs: Any = None, *, tolerance: float = 1e-8,
    same: float = 1e-3, follow: int = FOLLOW, iterations: int = ITERATIONS,
) -> FixedPoints:
    """Fixed points of a network from many starts, by the method of Levenberg and Marquardt on
    |F(y) - y|^2, in float64.

    weights     `results.network(run)`
    starts      [...,H], or [...,D] with the memories of lstm: states of `trajectories` for instance,
                perhaps with noise. NaN, as past a sequence's end, is left out. Memories that are not
                given begin at 0
    inputs      [I], held constant; 0 without it
    tolerance   |F(y) - y| below which a point is one
    same        distance, largest of all numbers, below which two are the same point
    follow      steps for which the network is left alone from every start: where it is then is a start
                too, so that no stable point is missed that it falls into

    It finds unstable points as well as stable ones. A start in a valley that is slow but holds no
    fixed point ends nowhere, and is counted as lost.
    """
    network = Map(weights, inputs)
    y = _starts(network, starts)
    left = y
    with np.errstate(over="ignore", invalid="ignore"):  # relu may run off
        for _ in range(follow):
            left = network.step(left)
    if follow > 0:
        y = np.concatenate([y, left[np.isfinite(left).all(axis=1)]])
    found = np.empty_like(y)
    distance = np.empty(len(y))
    part = max(1, AT_ONCE // (8 * network.carried**2))
    for first in range(0, len(y), part):
        here = slice(first, first + part)
        found[here], distance[here] = _descend(network, y[here], tolerance, iterations)
    good = distance < tolerance
    points, leads, nearest = _distinct(found[good], distance[good], same)
    eigenvalues = _eigenvalues(network, points)
    order = np.argsort(np.abs(eigenvalues[:, 0]), kind="stable") if len(points) else leads
    h = network.states
    held = np.zeros(weights["W_in"].shape[0]) if inputs is None else np.asarray(inputs, float)
    return FixedPoints(points[order, :h], points[order, h:], eigenvalues[order], nearest[order],
                       leads[order], int((~good).sum()), held)


def _starts(network: Map, starts: Any) -> Array:
    y = np.asarray(starts, float)
    if y.ndim < 1 or y.shape[-1] not in (network.states, network.carried):
        raise ValueError(f"starts: are {list(y.shape)}, but the network has {network.states} states"
                         + (f", {network.carried} with its memories"
                            if network.carried > network.states else ""))
    y = y.reshape(-1, y.shape[-1])
    y = y[np.isfinite(y).all(axis=1)]
    if not len(y):
        raise ValueError("starts: there are none")
    lacking = network.carried - y.shape[1]
    return np.concatenate([y, np.zeros((len(y), lacking))], axis=1)


def _descend(network: Map, y: Array, tolerance: float, iterations: int) -> Tuple[Array, Array]:
    """Where each start leads, and how far F takes it from there. Points go on beyond the tolerance
    while they gain, so that one point is found as one."""
    d = network.carried
    y = y.copy()
    after, slope = network.jacobian(y)
    miss = after - y
    size = np.linalg.norm(miss, axis=1)
    damping = np.full(len(y), DAMPING)
    active = np.ones(len(y), bool)
    for _ in range(iterations):
        rows = np.flatnonzero(active)
        if not len(rows):
            break
        a = slope[rows] - np.eye(d)
        normal = np.einsum("nki,nkj->nij", a, a) + damping[rows, None, None] * np.eye(d)
        downhill = np.einsum("nki,nk->ni", a, miss[rows])
        tried = y[rows] - np.linalg.solve(normal, downhill[..., None])[..., 0]
        after, new_slope = network.jacobian(tried)
        new_miss = after - tried
        new_size = np.linalg.norm(new_miss, axis=1)
        gains = new_size < size[rows]
        ended = gains & (new_size < tolerance / 100) | (damping[rows] > MOST_DAMPING)
        took = rows[gains]
        y[took], miss[took] = tried[gains], new_miss[gains]
        size[took], slope[took] = new_size[gains], new_slope[gains]
        damping[rows] = np.where(gains, np.maximum(damping[rows] / 10, LEAST_DAMPING),
                                 damping[rows] * 10)
        active[rows[ended]] = False
    return y, size


def _distinct(points: Array, distance: Array, same: float) -> Tuple[Array, Array, Array]:
    """One of each group of points that are the same, the best of it; how many there are in each, and
    how far F takes it."""
    order = np.argsort(distance, kind="stable")
    kept: list[int] = []
    counts: list[int] = []
    for i in order:
        apart = np.abs(points[kept] - points[i]).max(axis=1) if kept else np.empty(0)
        if len(apart) and apart.min() < same:
            counts[int(apart.argmin())] += 1
        else:
            kept.append(int(i))
            counts.append(1)
    return points[kept], np.array(counts, int), distance[kept]


def _eigenvalues(network: Map, points: Array) -> Array:
    """[P,D], the largest first."""
    if not len(points):
        return np.empty((0, network.carried), complex)
    values = np.linalg.eigvals(network.jacobian(points)[1]).astype(complex)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    return np.asarray(np.take_along_axis(values, order, axis=1))


def starts_of(dataset: Any, run: int, count: int = 256, noise: float = 0.0, seed: int = 0) -> Array:
    """Random states of a run in the dataset of `trajectories`, [count,D], as starts; with the memories
    of lstm. noise: standard deviation of what is added to each number. seed: of the choice."""
    part = dataset.sel(run=run)
    y = np.asarray(part["states"].values, float).reshape(-1, part.sizes["state"])
    if "memories" in part and np.isfinite(part["memories"].values).any():
        c = np.asarray(part["memories"].values, float)
        y = np.concatenate([y, c.reshape(len(y), -1)], axis=1)
    y = y[:, np.isfinite(y).any(axis=0)]  # states of wider networks
    y = y[np.isfinite(y).all(axis=1)]
    stream = np.random.RandomState(seed)
    chosen = y[stream.randint(0, len(y), count)]
    return np.asarray(chosen + (stream.normal(0, noise, chosen.shape) if noise > 0 else 0))
