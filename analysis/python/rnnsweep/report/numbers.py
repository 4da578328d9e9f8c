"""Numbers as texts, as the page's scripts write them (`format` in assets/dom.js)."""
from __future__ import annotations

from typing import Any, List, Sequence

import numpy as np

from ..labels import NONE, digits_for, is_none

FEWEST_DIGITS = 3
SUPERSCRIPTS = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")


def level_digits(levels: Sequence[Any]) -> int:
    """Digits with which the values of a parameter read apart."""
    return digits_for([value for value in levels if isinstance(value, float)], FEWEST_DIGITS)


def level_texts(levels: Sequence[Any]) -> List[str]:
    """A text for each value of a parameter."""
    digits = level_digits(levels)
    return [level_text(value, digits) for value in levels]


def level_text(value: Any, digits: int) -> str:
    """Whole numbers whole, others with so many significant digits, very small and large ones as
    powers of ten."""
    if is_none(value):
        return NONE
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if not isinstance(value, (int, float, np.number)):
        return str(value)
    number = float(value)
    if np.isinf(number):
        return "\u221e" if number > 0 else "\u2212\u221e"
    if number == np.rint(number) and abs(number) < 1e9:
        return f"{number:,.0f}".replace("-", "\u2212")
    rounded = float(f"{number:.{digits - 1}e}")
    if 1e-4 <= abs(rounded) < 1e9:
        return np.format_float_positional(rounded, trim="-").replace("-", "\u2212")
    factor, power = np.format_float_scientific(rounded, trim="-", exp_digits=1).split("e")
    times = "10" if factor == "1" else factor.replace("-", "\u2212") + "\u00b710"
    return times + str(int(power)).translate(SUPERSCRIPTS)
