"""Where commands may write: never over a results file, or over what they read."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Sequence

from .results import PathLike

_HDF5 = b"\x89HDF\r\n\x1a\n"
TABLES = (".csv", ".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zip")
PAGES = (".html", ".htm")


class OutputRefused(ValueError):
    """A name that nothing is written to. The message says which names are possible."""


def checked_output(path: PathLike, endings: Sequence[str], inputs: Sequence[PathLike]) -> Path:
    """The path, if it has one of the endings and is neither one of the inputs nor an HDF5 file.
    OutputRefused otherwise."""
    target = Path(path)
    if not target.name.lower().endswith(tuple(endings)):
        raise OutputRefused(f"{target}: the name of the output must end in "
                            f"{', '.join(endings[:-1])}{' or ' if endings[:-1] else ''}"
                            f"{endings[-1]}")
    if target.is_file():
        if any(os.path.samefile(target, other) for other in inputs if os.path.exists(other)):
            raise OutputRefused(f"{target}: is read, and cannot be the output as well")
        with open(target, "rb") as file:
            if file.read(len(_HDF5)) == _HDF5:
                raise OutputRefused(f"{target}: is a results file, or another HDF5 file, and is "
                                    "not written over")
    return target
