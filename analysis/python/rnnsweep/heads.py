"""Losses of outputs of every kind, their gradients, and what is right.

z are outputs before the logistic function (bits) or the softmax (classes); reals are z itself. The
loss of sequences is the mean over their counted steps, weighted, and over outputs; of classes by
cross entropy over counted steps alone.
"""
from __future__ import annotations

from typing import Tuple

import numpy as np

from .cells import Array
from .samples import Samples


def losses(z: Array, t: Array, kind: str, squared: bool) -> Array:
    """The loss of each step, [N,T]."""
    if kind == "bits" and not squared:
        each = np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))
        return np.asarray(np.mean(each, axis=-1))
    if kind == "classes" and not squared:
        below = z - np.max(z, axis=-1, keepdims=True)
        return np.asarray(np.log(np.sum(np.exp(below), axis=-1)) - np.sum(below * t, axis=-1))
    return np.asarray(np.mean((answers(z, kind) - t) ** 2, axis=-1))


def slopes(z: Array, t: Array, kind: str, squared: bool) -> Array:
    """Derivatives of `losses` by z, [N,T,O]."""
    outputs = z.dtype.type(z.shape[-1])
    y = answers(z, kind)
    if kind == "reals":
        return np.asarray(2 * (y - t) / outputs)
    if not squared:
        return np.asarray((y - t) / outputs if kind == "bits" else y - t)
    by_y = 2 * (y - t) / outputs
    if kind == "bits":
        return np.asarray(by_y * y * (1 - y))
    return np.asarray(y * (by_y - np.sum(by_y * y, axis=-1, keepdims=True)))


def answers(z: Array, kind: str) -> Array:
    """What the network says: probabilities of bits and of classes, or the numbers."""
    if kind == "bits":
        with np.errstate(over="ignore"):
            return np.asarray(1 / (1 + np.exp(-z)))
    if kind == "classes":
        e = np.exp(z - np.max(z, axis=-1, keepdims=True))
        return np.asarray(e / np.sum(e, axis=-1, keepdims=True))
    return z


def mean_loss(z: Array, samples: Samples, squared: bool) -> float:
    """Of whole sequences; 0 where nothing counts."""
    counts, total = samples.weights > 0, np.sum(samples.weights)
    each = losses(z, samples.targets, samples.kind, squared)
    return float(np.sum(np.where(counts, samples.weights * each, 0)) / total) if total > 0 else 0.0


def loss_slopes(z: Array, samples: Samples, squared: bool) -> Array:
    """Derivatives of `mean_loss` by z."""
    counts, total = samples.weights > 0, np.sum(samples.weights)
    by_z = slopes(z, samples.targets, samples.kind, squared) * samples.weights[..., None]
    by_z = np.where(counts[..., None], by_z, 0)
    return np.asarray(by_z / total if total > 0 else by_z)


def right(z: Array, samples: Samples) -> Tuple[float, float]:
    """Shares of right counted outputs and of sequences whose counted outputs are all right."""
    t, counts = samples.targets, samples.weights > 0
    if samples.kind == "classes":
        good = (np.argmax(z, axis=-1) == np.argmax(t, axis=-1))[..., None]
    elif samples.kind == "bits":
        good = (z > 0) == (t > 0.5)
    else:
        good = np.abs(z - t) <= samples.tolerance
    if samples.by_sign:
        good = (z > 0) == (t > 0)
        steps = np.arange(counts.shape[1])
        last = np.max(np.where(counts, steps, 0), axis=1)
        whole = good[np.arange(len(good)), last, 0]
        return float(np.mean(good[counts])), float(np.mean(whole))
    whole = np.all(good | ~counts[..., None], axis=(1, 2))
    return float(np.mean(good[counts])), float(np.mean(whole))
