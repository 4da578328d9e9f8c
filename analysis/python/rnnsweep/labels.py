"""Values of parameters as short texts that tell them apart."""
from __future__ import annotations

from typing import Any, List, Mapping, Sequence

import numpy as np
import pandas as pd

WHOLE_MAX = 1e15  # below it, whole numbers are written in full
NONE = "none"


def labels(values: Sequence[Any], fewest: int = 6) -> List[str]:
    """One text for each value, different texts for different values: whole numbers in full, other
    reals with the fewest digits, at least so many, with which no two read alike and no fraction
    reads as a whole number. Six is what `rnnsweep summary` prints. What stands for none is "none",
    as in a sweep file."""
    digits = digits_for([float(value) for value in values if _is_real(value)], fewest)
    return [_text(value, digits) for value in values]


def is_none(value: Any) -> bool:
    """Whether the value of a parameter stands for none: NaN of a real number, -1 of a whole one."""
    if value is None:
        return True
    if isinstance(value, (bool, np.bool_)):
        return False
    if isinstance(value, (int, np.integer)):
        return bool(value == -1)
    return _is_real(value) and bool(np.isnan(value))


def spell_none(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The table for a text file, in which parameters that have no value say "none"."""
    spelt = table.copy(deep=False)
    for name in names:
        none = [is_none(value) for value in table[name].tolist()]
        if any(none):
            spelt[name] = table[name].astype(object).mask(none, NONE)
    return spelt


def _text(value: Any, digits: int) -> str:
    if is_none(value):
        return NONE
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    return _real(float(value), digits) if _is_real(value) else str(value)


def digits_for(values: Sequence[float], fewest: int = 6) -> int:
    distinct = sorted({value for value in values if not np.isnan(value)})
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
