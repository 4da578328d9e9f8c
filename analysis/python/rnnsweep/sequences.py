"""Files of your own sequences, which `data: FILE` of a sweep trains on.

Index letters: N sequences, T steps, I inputs, O outputs.
"""
from __future__ import annotations

import os
import tempfile
from typing import Any, Dict, List, Mapping, Optional

import netCDF4
import numpy as np

from .cells import Array

Set = Mapping[str, Any]
PARTS = ("inputs", "targets", "weights", "lengths")
DIMENSIONS = {"inputs": ("sequence", "step", "input"), "targets": ("sequence", "step", "output"),
              "weights": ("sequence", "step"), "lengths": ("sequence",)}
RANKS = {"inputs": (2, 3), "targets": (1, 2, 3), "weights": (2,), "lengths": (1,)}


def write_sequences(path: Any, train: Set, test: Set, validation: Optional[Set] = None, *,
                    symbols: Optional[int] = None, classes: Optional[int] = None,
                    tolerance: Optional[float] = None, overwrite: bool = False,
                    **sets: Set) -> None:
    """Writes a data file (netCDF-4, which is HDF5 too) of arrays.

    train, test, validation, further sets by name   mappings with

        inputs    integers [N,T], symbols from 0; or numbers [N,T,I]
        targets   integers [N,T], classes from 0; integers [N], the class of a whole sequence, said
                  at its last step; integers or booleans [N,T,O], bits; reals [N,T,O]
        weights   [N,T], optional: how much a step counts, 0 for not at all
        lengths   [N], optional: steps of each sequence; without them, T

    or with lists of N arrays of different lengths, of which the lengths are taken.

    symbols, classes   how many there are, where the sets do not have them all
    tolerance          a real output counts as right within it (0.5)
    overwrite          whether an existing file may be replaced

    FileExistsError, and ValueError that names set, array and index of what is wrong. The program
    checks the rest when it reads the file.
    """
    if os.path.lexists(path) and not overwrite:
        raise FileExistsError(f"{path}: exists; overwrite=True replaces it")
    named: Dict[str, Set] = {"train": train, "test": test}
    if validation is not None:
        named["validation"] = validation
    named.update(sets)
    arrays = {name: _arrays(name, made) for name, made in named.items()}
    folder = os.path.dirname(os.path.abspath(path))
    handle, beside = tempfile.mkstemp(dir=folder, prefix=".sequences-")
    os.close(handle)
    try:
        with netCDF4.Dataset(beside, "w") as file:
            for name, parts in arrays.items():
                _write_set(file.createGroup(name), parts, symbols, classes, tolerance)
        os.chmod(beside, 0o666 & ~_umask())
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_set(group: Any, parts: Dict[str, Array], symbols: Optional[int],
               classes: Optional[int], tolerance: Optional[float]) -> None:
    for part, values in parts.items():
        dimensions = DIMENSIONS[part][:values.ndim]
        for dimension, extent in zip(dimensions, values.shape):
            if dimension not in group.dimensions:
                group.createDimension(dimension, extent)
        variable = group.createVariable(part, values.dtype, dimensions, fill_value=False)
        variable[...] = values
    if symbols is not None:
        group["inputs"].symbols = np.int64(symbols)
    if classes is not None:
        group["targets"].classes = np.int64(classes)
    if tolerance is not None:
        group["targets"].tolerance = float(tolerance)


def _arrays(name: str, made: Set) -> Dict[str, Array]:
    unknown = set(made) - set(PARTS)
    if unknown:
        raise ValueError(f"/{name}: {', '.join(sorted(unknown))}: a set has {', '.join(PARTS)}")
    for part in PARTS[:2]:
        if part not in made:
            raise ValueError(f"/{name}: has no {part}")
    found: Dict[str, Array] = {}
    for part in PARTS:
        if made.get(part) is None:
            continue
        values = made[part]
        if part != "lengths" and _is_ragged(values):
            lengths = np.array([len(each) for each in values])
            if not np.array_equal(found.setdefault("lengths", lengths), lengths):
                raise ValueError(f"/{name}/{part}: has other lengths than inputs")
            values = _pad(values)
        found[part] = _checked(name, part, np.asarray(values))
    count, steps = found["inputs"].shape[:2]
    for part, values in found.items():
        expected = (count, steps)[:min(values.ndim, 2)]
        if values.shape[:2] != expected:
            raise ValueError(f"/{name}/{part}: is {list(values.shape)}, but inputs are "
                             f"{list(found['inputs'].shape)}")
    return found


def _is_ragged(values: Any) -> bool:
    if isinstance(values, np.ndarray) and values.dtype != object:
        return False
    return all(np.ndim(each) > 0 for each in values) and len({len(each) for each in values}) > 1


def _pad(values: Any) -> Array:
    each: List[Array] = [np.asarray(one) for one in values]
    longest = max(len(one) for one in each)
    padded = np.zeros((len(each), longest, *each[0].shape[1:]), np.result_type(*each))
    for i, one in enumerate(each):
        padded[i, :len(one)] = one
    return padded


def _checked(name: str, part: str, values: Array) -> Array:
    where = f"/{name}/{part}"
    if values.ndim not in RANKS[part] or values.size == 0:
        raise ValueError(f"{where}: is {list(values.shape)}, but has "
                         f"{' or '.join(str(rank) for rank in RANKS[part])} dimensions")
    if values.dtype.kind not in "biuf":
        raise ValueError(f"{where}: is of {values.dtype}, not of numbers")
    if values.dtype.kind == "f":
        wrong = np.argwhere(~(np.abs(values) <= np.finfo(np.float32).max))
        if len(wrong):
            index = ",".join(str(i) for i in wrong[0])
            raise ValueError(f"{where}[{index}]: is {values[tuple(wrong[0])]}, no finite number of "
                             "float32")
    if values.dtype.kind == "b":
        return values.astype(np.int8 if part == "targets" else np.float32)
    if values.dtype.kind == "f" and values.dtype not in (np.float32, np.float64):
        return values.astype(np.float32 if values.dtype.itemsize < 4 else np.float64)
    return values
