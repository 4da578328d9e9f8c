"""The table of runs for other programs: CSV and Parquet."""
from __future__ import annotations

from pathlib import Path

from .labels import spell_none
from .outputs import TABLES, checked_output
from .results import PathLike, Results


def to_csv(results: Results, path: PathLike) -> Path:
    """One line per run: run, every parameter, seed, status and the outcomes; empty where an outcome
    is missing, "none" where a parameter has no value. Digits are the fewest that read back equal in the precision of the file. A name that
    ends in .gz, .bz2, .xz or .zip is compressed. OutputRefused (a ValueError) when the name ends in
    anything but .csv and these, or is that of a results file."""
    target = checked_output(path, TABLES, results.paths)
    spell_none(results.runs, results.parameters).to_csv(target)
    return target


def to_parquet(results: Results, path: PathLike) -> Path:
    """The same columns with their types, and names of choices as categories. Needs pyarrow or
    fastparquet, neither of which Debian 12 has: ImportError says so. Names are refused as by
    `to_csv`; they end in .parquet."""
    target = checked_output(path, (".parquet",), results.paths)
    try:
        results.runs.to_parquet(target)
    except ImportError as error:
        raise ImportError(
            "Parquet needs pyarrow or fastparquet: pip install pyarrow (CSV needs nothing)"
        ) from error
    return target


def export(results: Results, path: PathLike) -> Path:
    """`to_parquet` or `to_csv`, as the name ends."""
    checked_output(path, (*TABLES, ".parquet"), results.paths)
    return (to_parquet if str(path).lower().endswith(".parquet") else to_csv)(results, path)
