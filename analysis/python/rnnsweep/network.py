"""The network in NumPy: what a trained one answers, and what its states do meanwhile.

    s_{k+1} = tanh(x_k W_in + b_in + s_k W_rec + b_rec)      z_k = s_{k+1} W_out + b_out

or the step of another cell, see cells.py.

Index letters: N samples, T steps (bits, least significant first), I = 2 inputs, H states, O = 1
output. Weights are a mapping of names to arrays, as `Results.network` gives it, shapes as in the
results file. Arithmetic is in the precision of the weights.
"""
from __future__ import annotations

from typing import Any, Dict, List, Mapping, Tuple

import numpy as np

from .cells import GATE_LETTERS, Array, Kept, cell_forward, cell_of

Weights = Mapping[str, Array]


def predict(weights: Weights, a: Any, b: Any, bits: int = 16) -> Array:
    """The sums that the network computes for numbers or arrays of numbers a and b, of their shape.

    bits   length of the sequence; the network was trained with `sequence_length`, and one that has
           really learnt to add works with others too, 2..62

    ValueError when a number is negative or has more than bits - 1 bits.
    """
    first, second = _checked(a, bits), _checked(b, bits)
    first, second = np.broadcast_arrays(first, second)
    _, z = forward(weights, encode_inputs(first.ravel(), second.ravel(), bits, _dtype(weights)))
    ones = (z[..., 0] > 0).astype(np.int64)
    return np.reshape(ones @ (np.int64(1) << np.arange(bits, dtype=np.int64)), first.shape)


def hidden_states(weights: Weights, a: Any, b: Any, bits: int = 16) -> Array:
    """States while the network adds a and b, [..., bits + 1, H]: the trained first state, then the
    state after each bit. Shape in front, and errors, as for `predict`."""
    first, second = np.broadcast_arrays(_checked(a, bits), _checked(b, bits))
    states, _ = forward(
        weights, encode_inputs(first.ravel(), second.ravel(), bits, _dtype(weights)))
    return np.asarray(states.reshape(*first.shape, bits + 1, -1))


def carries(a: Any, b: Any, bits: int = 16) -> Array:
    """The carry that addition by hand takes into each bit, [..., bits + 1]: the first is 0, the
    last is what is left over at the end."""
    first, second = np.broadcast_arrays(_checked(a, bits), _checked(b, bits))
    low = (np.int64(1) << np.arange(bits + 1, dtype=np.int64)) - 1  # the bits below each place
    together = (first[..., None] & low) + (second[..., None] & low)
    carried: Array = (together > low).astype(np.int64)
    return carried


def to_bits(numbers: Array, bits: int) -> Array:
    """Bits of numbers [...], least significant first, [..., bits]."""
    return (numbers[..., None] >> np.arange(bits, dtype=np.int64)) & 1


def encode_inputs(a: Array, b: Array, bits: int, dtype: Any) -> Array:
    """Input sequences [N,T,2] of numbers a [N] and b [N]."""
    x: Array = np.stack([to_bits(a, bits), to_bits(b, bits)], axis=-1).astype(dtype)
    return x


def forward(weights: Weights, x: Array) -> Tuple[Array, Array]:
    """States [N,T+1,H] and logits [N,T,O] for inputs x [N,T,I]."""
    s, _, _, z = walk(weights, x)
    return s, z


def gate_values(weights: Weights, a: Any, b: Any, bits: int) -> Dict[str, Array]:
    """What each gate of a cell does at each bit of one addition, by its letter: [T,H], from 0 to 1,
    and the new state g or n from -1 to 1. Empty for a cell without gates."""
    cell, _ = cell_of(weights)
    if cell not in GATE_LETTERS:
        return {}
    x = encode_inputs(np.array([a]), np.array([b]), bits, _dtype(weights))
    kept = walk(weights, x)[2]
    return {letter: np.stack([step[i][0] for step in kept])
            for i, letter in enumerate(GATE_LETTERS[cell])}


def walk(weights: Weights, x: Array) -> Tuple[Array, Array, List[Kept], Array]:
    """States and memories [N,T+1,H], what the backward pass needs of each step, and logits [N,T,O]."""
    cell, leak = cell_of(weights)
    samples, steps, _ = x.shape
    columns = weights["b_in"].shape
    # a_k = x_k W_in + b_in, all gates side by side
    a = (x @ weights["W_in"].reshape(x.shape[2], -1)).reshape(samples, steps, *columns)
    a = a + weights["b_in"]
    recurrent = weights["W_rec"].reshape(weights["S0"].size, -1)
    s = np.empty((samples, steps + 1, weights["S0"].size), x.dtype)
    c = np.zeros_like(s)
    s[:, 0] = weights["S0"]
    if "C0" in weights:
        c[:, 0] = weights["C0"]
    kept: List[Kept] = []
    for k in range(steps):
        r = (s[:, k] @ recurrent).reshape(samples, *columns) + weights["b_rec"]
        s[:, k + 1], c[:, k + 1], keep = cell_forward(cell, leak, a[:, k], r, s[:, k], c[:, k])
        kept.append(keep)
    return s, c, kept, s[:, 1:] @ weights["W_out"] + weights["b_out"]


def _dtype(weights: Weights) -> Any:
    return weights["W_rec"].dtype


def _checked(numbers: Any, bits: int) -> Array:
    if not 2 <= bits <= 62:
        raise ValueError(f"bits must be from 2 to 62, not {bits}")
    checked = np.asarray(numbers, np.int64)
    if np.any(checked < 0) or np.any(checked >> (bits - 1)):
        raise ValueError(f"numbers must be from 0 to {2 ** (bits - 1) - 1} with {bits} bits")
    return checked
