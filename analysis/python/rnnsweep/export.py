"""The table of runs for other programs: CSV and Parquet."""
from __future__ import annotations

from pathlib import Path

from .results import PathLike, Results


def to_csv(results: Results, path: PathLike) -> Path:
    """One line per run: run, every parameter, seed, status and the outcomes; empty where a number
    is missing. Digits are the fewest that read back equal in the precision of the file. A name that
    ends in .gz, .bz2, .xz or .zip is compressed."""
    results.runs.to_csv(path)
    return Path(path)


def to_parquet(results: Results, path: PathLike) -> Path:
    """The same columns with their types, and names of choices as categories. Needs pyarrow or
    fastparquet, neither of which Debian 12 has: ImportError says so."""
    try:
        results.runs.to_parquet(path)
    except ImportError as error:
        raise ImportError(
            "Parquet needs pyarrow or fastparquet: pip install pyarrow (CSV needs nothing)"
        ) from error
    return Path(path)
