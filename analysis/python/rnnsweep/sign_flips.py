"""The exact paired test: could these differences be luck of the seeds?

Each seed has one difference between two settings. If the settings are the same in truth, either
could have had either result, so every difference could as well have the other sign (R. A. Fisher,
The Design of Experiments, 1935, section 21; E. J. G. Pitman, JRSS Supplement 4, 1937). The numbers
are those of the program, digit for digit.
"""
from __future__ import annotations

from typing import Callable, Tuple

import numpy as np
from scipy.special import erfc

from .results import Array

QUANTUM = 1e6  # differences are counted in millionths: float32 holds six digits
COUNTED_MAX = 20  # differences whose signs are all tried
SHIFTED_MAX = 512
GRID = 8192  # steps that the sum of all differences is divided into


def sign_flip_p(differences: Array) -> float:
    """One-sided p: the share of all choices of signs whose sum is at least that of the differences.

    Up to 20 differences that are not 0 all choices are counted; up to 512 with the shift algorithm
    (Pagano and Tritchler, JASA 78:435, 1983) on a grid of their common step, or of 1/8192 of their
    sum; beyond by the normal distribution. 1 for no differences. Of differences that are all 0 or
    +-1 it is the sign test: McNemar's exact test when they are of successes and failures.
    """
    steps = np.rint(QUANTUM * np.asarray(differences, float))
    steps = steps[steps != 0]
    steps = steps[np.lexsort((steps, np.abs(steps)))]
    sizes, total = np.abs(steps), float(np.sum(np.abs(steps)))
    if len(steps) <= COUNTED_MAX:
        return _count(sizes, (total - float(steps.sum())) / 2 + 0.5 * len(steps))
    if len(steps) > SHIFTED_MAX:
        lead = float(steps.sum()) - _common_step(sizes)
        return float(0.5 * erfc(lead / np.sqrt(2 * np.sum(steps * steps))))
    step = _common_step(sizes)
    if step > 0 and total / step <= GRID:
        sizes = np.rint(sizes / step)
    else:
        sizes = np.floor(sizes * (GRID / total) + 0.5)
    return _shift(sizes.astype(int), int(sizes[steps < 0].sum()))


def two_sided_p(differences: Array) -> float:
    """Twice the smaller of the two one-sided p, at most 1."""
    values = np.asarray(differences, float)
    return min(1.0, 2 * min(sign_flip_p(values), sign_flip_p(-values)))


def sign_flip_interval(
    differences: Array, confidence: float = 0.95, bound: float = 1.0
) -> Tuple[float, float]:
    """The shifts of the differences that the test does not reject, within -bound..bound: an
    interval of their mean that leaves out 0 exactly when p is at most 1 - confidence. All of the
    range when there are too few seeds for any p so small."""
    values, tail = np.asarray(differences, float), (1 - confidence) / 2

    def edge(rejected: Callable[[float], bool], inside: float, outside: float) -> float:
        if not rejected(outside):
            return outside
        for _ in range(40):
            middle = (inside + outside) / 2
            inside, outside = (inside, middle) if rejected(middle) else (middle, outside)
        return inside

    mean = float(np.mean(values))
    low = edge(lambda shift: sign_flip_p(values - shift) <= tail, mean, -bound)
    high = edge(lambda shift: sign_flip_p(shift - values) <= tail, mean, bound)
    return low, high


def _common_step(sizes: Array) -> float:
    """The smallest size when all are multiples of it, otherwise 0. They rise."""
    step = sizes[0]
    times = np.rint(sizes / step)
    return float(step) if np.all(np.abs(sizes - times * step) <= 0.5 * (times + 1)) else 0.0


def _subset_sums(sizes: Array) -> Array:
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums, sums + size])
    return sums


def _count(sizes: Array, limit: float) -> float:
    """Share of the subsets whose sum is at most the limit, half against half."""
    half = len(sizes) // 2
    first, second = _subset_sums(sizes[:half]), np.sort(_subset_sums(sizes[half:]))
    return float(np.searchsorted(second, limit - first, side="right").sum() / 2.0 ** len(sizes))


def _shift(sizes: Array, limit: int) -> float:
    """The same for whole sizes: `ways` holds the share of the subsets of each sum."""
    ways = np.zeros(limit + 1)
    ways[0], largest = 1.0, 0
    for size in sizes:
        largest = min(limit, largest + int(size))
        shorter = ways[:largest + 1]
        moved = np.zeros(largest + 1)
        if size <= largest:
            moved[size:] = shorter[:largest + 1 - size]
        ways[:largest + 1] = 0.5 * (shorter + moved)
    return float(min(ways.sum(), 1.0))
