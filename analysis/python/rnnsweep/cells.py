"""Recurrent cells in NumPy, and the tensors of a network that say which it is.

    tanh, relu   s' = (1 - leak) s + leak f(x + r)
    gru          r, z = sigmoid, n = tanh(x_n + r r_n),  s' = (1 - z) n + z s
    lstm         i, f, o = sigmoid, g = tanh,  c' = f c + i g,  s' = o tanh(c')
    mgu          f = sigmoid, n = tanh(x_n + f r_n),  s' = (1 - f) s + f n

where x = x W_in + b_in and r = s W_rec + b_rec, with an axis of gates before that of states: r, z, n
and i, f, g, o, the orders of PyTorch, and f, n. Index letters: N samples, G gates, H states.
"""
from __future__ import annotations

from typing import Any, Dict, Mapping, Tuple

import numpy as np

Array = np.ndarray[Any, Any]
Kept = Tuple[Array, ...]

# In the order of what `cell_forward` keeps.
GATE_LETTERS = {"gru": "rzn", "lstm": "ifgo", "mgu": "fn"}
GATES = {"tanh": 1, "relu": 1, **{cell: len(letters) for cell, letters in GATE_LETTERS.items()}}


class Network(Dict[str, Array]):
    """Tensors of one network by name, with its `cell` and `leak`."""

    def __init__(self, tensors: Mapping[str, Array], cell: str = "tanh", leak: float = 1.0) -> None:
        super().__init__(tensors)
        self.cell = cell
        self.leak = leak


def cell_of(weights: Mapping[str, Array]) -> Tuple[str, float]:
    """Cell and leak of a network. Plain mappings tell by their shapes; of one gate, it is tanh."""
    if isinstance(weights, Network):
        return weights.cell, weights.leak
    if weights["W_rec"].ndim == 2:
        return "tanh", 1.0
    gates = weights["W_rec"].shape[1]
    return next(cell for cell, letters in GATE_LETTERS.items() if len(letters) == gates), 1.0


def sigmoid(a: Array) -> Array:
    with np.errstate(over="ignore"):
        result: Array = 1 / (1 + np.exp(-a))
    return result


def cell_forward(cell: str, leak: float, x: Array, r: Array, s: Array, c: Array
                 ) -> Tuple[Array, Array, Kept]:
    """s' and c' of a step, and what `cell_backward` needs."""
    if cell in ("tanh", "relu"):
        f = np.tanh(x + r) if cell == "tanh" else np.maximum(x + r, 0)
        share = f.dtype.type(leak)
        return f if leak == 1 else (1 - share) * s + share * f, c, (f,)
    if cell == "gru":
        reset, update = sigmoid(x[:, 0] + r[:, 0]), sigmoid(x[:, 1] + r[:, 1])
        new = np.tanh(x[:, 2] + reset * r[:, 2])
        return (1 - update) * new + update * s, c, (reset, update, new, r[:, 2])
    if cell == "mgu":
        forget = sigmoid(x[:, 0] + r[:, 0])
        new = np.tanh(x[:, 1] + forget * r[:, 1])
        return (1 - forget) * s + forget * new, c, (forget, new, r[:, 1])
    a = x + r
    into, keep, out = sigmoid(a[:, 0]), sigmoid(a[:, 1]), sigmoid(a[:, 3])
    new = np.tanh(a[:, 2])
    c_next = keep * c + into * new
    return out * np.tanh(c_next), c_next, (into, keep, new, out, np.tanh(c_next))


def cell_backward(cell: str, leak: float, kept: Kept, s: Array, c: Array, d_s: Array, d_c: Array
                  ) -> Tuple[Array, Array, Array, Array]:
    """From the derivatives of the loss by s' and c' to those by x, by r, and by s and c but for what
    passes through r."""
    if cell in ("tanh", "relu"):
        share = d_s.dtype.type(leak)
        slope = 1 - kept[0] ** 2 if cell == "tanh" else (kept[0] > 0).astype(d_s.dtype)
        d_a = slope * (share * d_s)
        return d_a, d_a, (1 - share) * d_s, d_c
    if cell == "gru":
        reset, update, new, product = kept
        d_new = d_s * (1 - update) * (1 - new**2)
        d_reset = d_new * product * reset * (1 - reset)
        d_update = d_s * (s - new) * update * (1 - update)
        return (np.stack([d_reset, d_update, d_new], axis=1),
                np.stack([d_reset, d_update, d_new * reset], axis=1), d_s * update, d_c)
    if cell == "mgu":
        forget, new, product = kept
        d_new = d_s * forget * (1 - new**2)
        d_forget = (d_s * (new - s) + d_new * product) * forget * (1 - forget)
        return (np.stack([d_forget, d_new], axis=1), np.stack([d_forget, d_new * forget], axis=1),
                d_s * (1 - forget), d_c)
    into, keep, new, out, squashed = kept
    d_c = d_c + d_s * out * (1 - squashed**2)
    d_a = np.stack([d_c * new * into * (1 - into), d_c * c * keep * (1 - keep),
                    d_c * into * (1 - new**2), d_s * squashed * out * (1 - out)], axis=1)
    return d_a, d_a, np.zeros_like(d_s), d_c * keep
