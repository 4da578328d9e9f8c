"""The checksums of a results file whose numbers a test has changed, computed anew as
docs/layouts.md says: the program takes no row that does not have its own."""

import struct

import crc32c
import h5py
import numpy as np


def seal(file):
    """file: open h5py.File of layout 2. Rows that are pending need no checksum."""
    order = file["run"].attrs["rnnsweep_row"].split()
    numbers = [name for name in order if file[name].ndim == 1]
    arrays = [name for name in order if file[name].ndim > 1]
    columns = {name: file[name][:] for name in order}
    places = {}
    for group in file["weights"].values():
        names = group["run_id"].attrs["rnnsweep_row"].split()
        rows = {name: group[name][:] for name in names}
        for at, run in enumerate(rows["run_id"]):
            places[run] = b"".join(rows[name][at].tobytes() for name in names)
    sums = {"crc32c_head": file["crc32c_head"][:], "crc32c": file["crc32c"][:]}
    for row, run in enumerate(columns["run"]):
        head = b"".join(columns[name][row].tobytes() for name in numbers)
        rest = b"".join(columns[name][row].tobytes() for name in arrays) + places[run]
        number = struct.pack("<q", row)
        sums["crc32c_head"][row] = np.uint32(crc32c.crc32c(head + number)).astype("i4")
        sums["crc32c"][row] = np.uint32(crc32c.crc32c(head + rest + number)).astype("i4")
    for name, values in sums.items():
        file[name][:] = values


def change(path, columns):
    """columns: new numbers, {name: {row: value}}."""
    with h5py.File(path, "r+") as file:
        for name, cells in columns.items():
            for row, value in cells.items():
                file[name][row] = value
        seal(file)


def seal_heads(file) -> None:
    """Sets crc32c_head of every finished run to that of its numbers. Files of layout 1 have no such
    checksum."""
    if "crc32c_head" not in file:
        return
    names = [name for name in file["run"].attrs["rnnsweep_row"].split() if file[name].ndim == 1]
    columns = [file[name][:] for name in names]
    sums = file["crc32c_head"][:]
    for row in np.flatnonzero(file["status"][:] != 0):
        text = b"".join(column[row].tobytes() for column in columns) + struct.pack("<q", row)
        sums[row] = np.uint32(crc32c.crc32c(text)).astype("i4")
    file["crc32c_head"][:] = sums
