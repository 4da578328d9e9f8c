"""Values of parameters as short texts that tell them apart."""
from __future__ import annotations

from typing import Any, List, Mapping, Sequence

import numpy as np

WHOLE_MAX = 1e15  # below it, whole numbers are written in full


def labels(values: Sequence[Any], fewest: int = 6) -> List[str]:
    """One text for each value, different texts for different values: whole numbers in full, other
    reals with the fewest digits, at least so many, with which no two read alike and no fraction
    reads as a whole number. Six is what `rnnsweep summary` prints."""
    reals = [float(value) for value in values if _is_real(value)]
    digits = digits_for(reals, fewest)
    return [_real(float(value), digits) if _is_real(value) else str(value) for value in values]


def digits_for(values: Sequence[float], fewest: int = 6) -> int:
    distinct = sorted(set(values))
    for digits in range(fewest, 17):
        texts = [_real(value, digits) for value in distinct]
        if len(set(texts)) == len(distinct) and all(
                _is_whole(float(text)) == _is_whole(value)
                for text, value in zip(texts, distinct)):
            return digits
    return 17


def describe_values(values: Mapping[str, Any]) -> str:
    """"states 3, momentum 0.8"."""
    parts = []
    for name, value in values.items():
        many = isinstance(value, (list, tuple, set, np.ndarray))
        parts.append(f"{name} {' or '.join(labels(list(value) if many else [value]))}")
    return ", ".join(parts)


def _is_real(value: Any) -> bool:
    return isinstance(value, (float, np.floating))


def _is_whole(value: float) -> bool:
    return bool(np.rint(value) == value and abs(value) < WHOLE_MAX)


def _real(value: float, digits: int) -> str:
    return f"{value:.0f}" if _is_whole(value) else f"{value:.{digits}g}"
