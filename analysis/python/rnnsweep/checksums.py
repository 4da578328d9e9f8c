"""Checksums of runs: CRC-32C over all that a file holds of a run, as `rnnsweep verify` checks them.

Needs the module crc32c (Debian: python3-crc32c), which this package does without otherwise.
"""
from __future__ import annotations

from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np

Array = np.ndarray[Any, Any]

# The order of a row of layout 1; later files say theirs in the attribute rnnsweep_row.
_FIRST_ROOT = ("run", "states", "learning_rate", "lambda", "momentum", "epsilon",
               "epsilon_placement", "precision", "sequence_length", "train_samples",
               "test_samples", "batch_size", "batching", "epochs", "loss_interval",
               "gradient_check", "data_seed", "seed", "status", "initial_loss", "final_loss",
               "test_bit_accuracy", "test_accuracy", "diverged_at", "loss")
_FIRST_GROUP = ("run_id", "S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out")
_AT_ONCE = 1 << 24  # bytes


def available() -> bool:
    try:
        import crc32c  # noqa: F401
    except ImportError:
        return False
    return True


def damaged_runs(file: Any, finished: Array) -> List[int]:
    """Numbers of the runs among `finished` (numbers of runs) whose bytes differ from their
    checksum. `file` is an open netCDF4.Dataset of a layout that this package reads. ImportError
    without the module crc32c."""
    import crc32c

    run = _raw(file["run"], slice(None))
    place = {int(number): row for row, number in enumerate(run)}
    later = int(file.rnnsweep_layout) > 1
    damaged = set(int(number) for number in finished)  # until a group has vouched for it
    for group in file["weights"].groups.values() if "weights" in file.groups else ():
        numbers = _raw(group["run_id"], slice(None))
        wanted = [(i, place[int(number)]) for i, number in enumerate(numbers)
                  if int(number) in damaged and int(number) in place]
        for row, head, whole, stored in _rows(file, group, wanted, later):
            end = np.uint64(row).tobytes() if later else b""
            good = _signed(crc32c.crc32c(whole + end)) == stored["crc32c"]
            if later and "crc32c_head" in stored:
                good &= _signed(crc32c.crc32c(head + end)) == stored["crc32c_head"]
            if good:
                damaged.discard(int(run[row]))
    return sorted(damaged)


def _rows(file: Any, group: Any, wanted: Sequence[Tuple[int, int]],
          later: bool) -> Iterator[Tuple[int, bytes, bytes, Dict[str, int]]]:
    """(row, bytes of its numbers, all its bytes, its checksums) for rows (in the group, in the
    root), read in pieces of the file."""
    root = _named(file, _order(file["run"], _FIRST_ROOT))
    if later:  # numbers first, then arrays
        root.sort(key=lambda variable: len(variable.dimensions) > 1)
    numbers = sum(_row_bytes(variable) for variable in root if len(variable.dimensions) == 1)
    parts = root + _named(group, _order(group["run_id"], _FIRST_GROUP))
    sums = [name for name in ("crc32c", "crc32c_head") if name in file.variables]
    step = max(1, _AT_ONCE // max(1, sum(map(_row_bytes, parts))))
    for first in range(0, len(wanted), step):
        piece = np.array(wanted[first:first + step])
        joined = np.concatenate(
            [_bytes_of(variable, piece[:, int(i < len(root))]) for i, variable in enumerate(parts)],
            axis=1)
        stored = {name: _pick(file[name], piece[:, 1]) for name in sums}
        for i, (_, row) in enumerate(piece):
            whole = joined[i].tobytes()
            yield int(row), whole[:numbers], whole, {name: int(v[i]) for name, v in stored.items()}


def _named(group: Any, names: Sequence[str]) -> List[Any]:
    missing = [name for name in names if name not in group.variables]
    if missing:
        raise ValueError(f"{missing[0]} is missing, which the checksums cover")
    return [group[name] for name in names]


def _order(scale: Any, first: Sequence[str]) -> Sequence[str]:
    return str(scale.rnnsweep_row).split() if "rnnsweep_row" in scale.ncattrs() else first


def _row_bytes(variable: Any) -> int:
    return int(variable.dtype.itemsize * np.prod(variable.shape[1:], dtype=np.int64))


def _raw(variable: Any, rows: Any) -> Array:
    variable.set_auto_maskandscale(False)
    values: Array = np.asarray(variable[rows])
    return values


def _pick(variable: Any, rows: Array) -> Array:
    """The rows, by one read of the range that holds them."""
    first, last = int(rows.min()), int(rows.max())
    picked: Array = _raw(variable, slice(first, last + 1))[rows - first]
    return picked


def _bytes_of(variable: Any, rows: Array) -> Array:
    values = np.ascontiguousarray(_pick(variable, rows).astype(variable.dtype.newbyteorder("<")))
    return values.reshape(len(rows), -1).view(np.uint8)


def _signed(checksum: int) -> int:
    return int(np.uint32(checksum).astype(np.int32))
