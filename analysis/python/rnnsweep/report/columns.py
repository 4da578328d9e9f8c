"""Columns of numbers for the page's scripts: base64 of little-endian numbers."""
from __future__ import annotations

import base64
from typing import Any, Dict

import numpy as np

Column = Dict[str, str]


def encode(values: Any, kind: str) -> Column:
    """kind: u1, u2, u4, f4 or f8, the types that assets/data.js decodes."""
    little_endian = np.ascontiguousarray(values, dtype=f"<{kind}")
    return {"type": kind, "bytes": base64.b64encode(little_endian.tobytes()).decode("ascii")}


def encode_codes(codes: Any) -> Column:
    """Whole numbers from 0 in the smallest type that holds them."""
    largest = int(np.max(codes, initial=0))
    kind = "u1" if largest < 1 << 8 else "u2" if largest < 1 << 16 else "u4"
    return encode(codes, kind)
