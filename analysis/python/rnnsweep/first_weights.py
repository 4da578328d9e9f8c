"""The network that a run starts from, drawn as the program draws it."""
from __future__ import annotations

from typing import Any, Dict, Tuple

import numpy as np

from .cells import GATES, Array, Network


def draw_network(stream: np.random.RandomState, row: Dict[str, Any], inputs: int,
                 outputs: int) -> Network:
    """W_in, W_rec and W_out, then with init torch the biases, in this order from the stream."""
    states, cell = int(row["states"]), str(row["cell"])
    gates = (GATES[cell],) if GATES[cell] > 1 else ()
    gain = float(row["gain"])
    w_in = gain * _draw(stream, row, inputs, *gates, states)
    w_rec = row["recurrent_gain"] * (gain * _draw_recurrent(stream, row, *gates))
    w_out = gain * _draw(stream, row, states, outputs)
    first = 1.0 if row["initial_state"] == "one" else 0.0
    weights = {
        "S0": np.full(states, first), "C0": np.zeros(states), "W_in": w_in,
        "b_in": np.zeros((*gates, states)), "W_rec": w_rec, "b_rec": np.zeros((*gates, states)),
        "W_out": w_out, "b_out": np.zeros(outputs)}
    if row["init"] == "torch":
        for name in ("b_in", "b_rec", "b_out"):
            drawn = _draw_torch(stream, states, weights[name].shape)
            if name not in untrained(row):
                weights[name] = drawn
    if cell != "lstm":
        del weights["C0"]
    elif row["biases"] != "none":
        weights["b_in"][1] += row["forget_bias"]
    return Network(weights, cell, float(row["leak"]))


def untrained(row: Dict[str, Any]) -> Tuple[str, ...]:
    """The tensors that stay as they are at first."""
    biases = {"both": (), "one": ("b_rec",), "none": ("b_in", "b_rec")}[row["biases"]]
    return biases if row["initial_state"] == "trained" else ("S0", "C0", *biases)


def _draw(stream: np.random.RandomState, row: Dict[str, Any], *shape: int) -> Array:
    """A matrix [from, gates, to], by the fans of its first and last axis."""
    fans = shape[0] + shape[-1]
    if row["init"] == "torch":
        return _draw_torch(stream, int(row["states"]), shape)
    if row["init"] == "glorot_normal":
        return np.asarray(stream.normal(0, np.sqrt(2 / fans), shape))
    limit = np.sqrt(6 / fans)  # Glorot and Bengio 2010
    return np.asarray(stream.uniform(-limit, limit, shape))


def _draw_torch(stream: np.random.RandomState, states: int, shape: Tuple[int, ...]) -> Array:
    limit = 1 / np.sqrt(states)
    return np.asarray(stream.uniform(-limit, limit, shape))


def _draw_recurrent(stream: np.random.RandomState, row: Dict[str, Any], *gates: int) -> Array:
    states, way = int(row["states"]), row["recurrent_init"]
    if way == "same":
        return _draw(stream, row, states, *gates, states)

    def draw_gate() -> Array:
        if way == "identity":
            return np.eye(states)
        if way == "normal":
            return np.asarray(stream.normal(0, 1 / np.sqrt(states), (states, states)))
        q, r = np.linalg.qr(stream.normal(size=(states, states)))
        return np.asarray(q * np.sign(np.diag(r)))

    drawn = [draw_gate() for _ in range(gates[0] if gates else 1)]
    return np.stack(drawn, axis=1) if gates else drawn[0]
