"""Results files, one or many shards, as a table of runs and lazy arrays.

A results file is plain netCDF-4/HDF5 that xarray reads unaided. This module adds what one would
write each time: names instead of numbers for choices, several shards as one, and the order of
reading that is safe while the program is writing.
"""
from __future__ import annotations

import difflib
import os
from html import escape
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import pandas as pd
import xarray as xr

from .labels import labels

PathLike = Union[str, "os.PathLike[str]"]
Array = np.ndarray[Any, Any]

OUTCOMES = (
    "initial_loss",
    "final_loss",
    "test_bit_accuracy",
    "test_accuracy",
    "diverged_at",
    "wall_time",
)
STATUSES = ("pending", "done", "diverged", "failed")
SAME_NUMBER = 1e-4  # relative; `where` finds the 0.0168702... of a logarithmic axis as 0.01687


class Results:
    """The runs of one sweep: a table of them in memory, their curves and weights on disk.

    Made by `open_results`; `where` gives a part of it, with the same attributes.

    runs        pandas table, one row per run, indexed by the number of the run: every parameter,
                `seed`, `status` (pending, done, diverged or failed), and the outcomes
                initial_loss, final_loss, test_bit_accuracy, test_accuracy (shares), diverged_at
                (update; -1 never), wall_time (s). NaN where there is no outcome (yet).
    parameters  names of the parameters of the sweep file that are columns of `runs`; the seed is
                not among them. `data_seed` is -1 for none.
    """

    def __init__(self, files: "_Files", runs: pd.DataFrame, parameters: Tuple[str, ...]) -> None:
        self._files = files
        self.runs = runs
        self.parameters = parameters

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{count} {name}" for name, count in self.runs.status.value_counts().items() if count)
        swept = ", ".join(self.swept) or "nothing but the seed"
        return f"<rnnsweep.Results {self.name!r}: {counts}; swept: {swept}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{self.runs.head(10).to_html()}"

    def __len__(self) -> int:
        return len(self.runs)

    def __enter__(self) -> "Results":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the files; the table stays usable, curves and weights do not."""
        self._files.close()

    @property
    def paths(self) -> Tuple[Path, ...]:
        return self._files.paths

    @property
    def attributes(self) -> Dict[str, Any]:
        """What the file says about itself: title, version, commit, the sweep file verbatim, ..."""
        return {str(name): value for name, value in self._files.root.attrs.items()}

    @property
    def name(self) -> str:
        """Name of the sweep."""
        return str(self.attributes["title"])

    @property
    def metric(self) -> str:
        """The outcome that the sweep wants best: `test_accuracy` unless its file says otherwise."""
        return str(self.attributes["rnnsweep_metric"])

    @property
    def maximizes(self) -> bool:
        return str(self.attributes["rnnsweep_goal"]) == "maximize"

    @property
    def swept(self) -> Tuple[str, ...]:
        """Parameters that take more than one value, in the order of the file."""
        return tuple(name for name in self.parameters if self.runs[name].nunique() > 1)

    @property
    def finished(self) -> pd.DataFrame:
        """The rows of `runs` that count in statistics: done or diverged."""
        return self.runs[self.runs.status.isin(["done", "diverged"])]

    @property
    def loss(self) -> xr.DataArray:
        """Curves [run, step], lazy: cross entropy of the minibatch of update `step` after the
        update; at step 0 that of the first minibatch before training. NaN where a run recorded
        none: after its end, after it diverged, or not yet."""
        loss = self._files.root["loss"]
        return loss if len(self) == loss.sizes["run"] else loss.sel(run=self.runs.index.values)

    def curves(self, runs: Sequence[int]) -> Array:
        """The curves of some runs in memory, [len(runs), step]: faster than `loss` when many runs
        are picked, because it reads the range of rows that holds them and picks afterwards."""
        loss = self._files.root["loss"]
        places = loss.indexes["run"].get_indexer(runs)
        if len(places) == 0:
            return np.empty((0, loss.sizes["step"]), loss.dtype)
        first, last = int(places.min()), int(places.max())
        block: Array = loss.isel(run=slice(first, last + 1)).values
        picked: Array = block[places - first]
        return picked

    def weights(self, states: int) -> xr.Dataset:
        """Trained parameters of all runs with that many states, lazy; `.sel(run=7)` is one network.

        S0 [run, state], W_in [run, input, state], b_in [run, state],
        W_rec [run, state_from, state], b_rec [run, state], W_out [run, state, output],
        b_out [run, output]. A run that diverged has the numbers at which it did; NaN where a run
        is pending. ValueError when no run has that many states.
        """
        having = self.runs.index[self.runs.states == states]
        if having.empty:
            raise ValueError(f"no run has {states} states; there are {_known(self.runs.states)}")
        weights = self._files.weights(states)
        return weights if len(having) == weights.sizes["run"] else weights.sel(run=having.values)

    def network(self, run: int) -> Dict[str, Array]:
        """The trained parameters of one run by name, shaped as in `weights` but for `run`.
        KeyError when there is no such run."""
        weights = self._files.weights(int(self.runs.states.loc[run])).sel(run=run)
        return {str(name): weights[name].values for name in weights.data_vars}

    def where(self, **values: Any) -> "Results":
        """The runs with these values: `where(states=3, momentum=[0.5, 0.8], status="done")`.

        A value, or a list of values of which one must hold. An exact match wins; a number that
        matches nothing exactly means the one value within a relative 1e-4 of it, so that a number
        read from a printed table is found. Python has a meaning of its own for `lambda`: write
        `lambda_`. ValueError when a name is no column of `runs`, when a value matches nothing or
        could mean several, or when no run has all of them.
        """
        keep = np.ones(len(self), bool)
        for key, wanted in values.items():
            name = key.rstrip("_")
            if name not in self.runs:
                raise ValueError(unknown_column(name, list(self.runs)))
            matches = _matches(self.runs[name], wanted)
            keep &= matches
        if not keep.any():
            raise ValueError(f"no run has all of {values}")
        return Results(self._files, self.runs[keep], self.parameters)


def open_results(paths: Union[PathLike, Sequence[PathLike]]) -> Results:
    """Opens a results file, or the shards of one sweep as if they were merged.

    Reads the columns of the runs at once (about 120 bytes each), curves and weights when they are
    used. A file that is being written, or shards of which some are missing, give the runs there
    are; open again to see more. Several files need dask.

    FileNotFoundError; ValueError when a file is no results file or the files are of different
    sweeps; ImportError without dask.
    """
    listed = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    if not listed:
        raise ValueError("open_results: no file given")
    files = _Files(tuple(Path(path) for path in listed))
    names = tuple(
        str(name) for name in files.root["test_accuracy"].coords if name not in ("run", "status"))
    return Results(files, _table(files, names), tuple(name for name in names if name != "seed"))


# ---- Files ---------------------------------------------------------------------------------------


class _Files:
    """The open files. Of a run that several hold, that of the first file that has finished it
    counts.

    root      everything with dimension run, rows in the order of the run's number
    status    [run], read before anything else: a row is complete before its status says so
    """

    def __init__(self, paths: Tuple[Path, ...]) -> None:
        self.paths = paths
        self._groups: Dict[int, xr.Dataset] = {}
        self._parts = [_open_root(path, many=len(paths) > 1) for path in paths]
        hashes = {part.attrs["rnnsweep_sweep_hash"] for part in self._parts}
        if len(hashes) > 1:
            raise ValueError("these files are of different sweeps: " + ", ".join(
                f"{path} ({part.attrs['title']})" for path, part in zip(paths, self._parts)))
        status = np.concatenate([part["status"].values for part in self._parts])
        if len(paths) == 1:
            self.root, self.status = self._parts[0], status
            return
        joined = xr.concat(
            self._parts, dim="run", data_vars="minimal", coords="minimal", compat="override",
            join="outer", combine_attrs="override")
        rows = pd.DataFrame({
            "run": joined["run"].values,
            "pending": status == STATUSES.index("pending"),
            "file": np.repeat(np.arange(len(paths)), [part.sizes["run"] for part in self._parts]),
        }).sort_values(["run", "pending", "file"]).drop_duplicates("run")
        self._owner = rows.set_index("run").file
        self.root, self.status = joined.isel(run=rows.index.values), status[rows.index]

    def close(self) -> None:
        for dataset in [*self._parts, *self._groups.values()]:
            dataset.close()

    def weights(self, states: int) -> xr.Dataset:
        if states not in self._groups:
            self._groups[states] = self._open_weights(states)
        return self._groups[states]

    def _open_weights(self, states: int) -> xr.Dataset:
        if len(self.paths) == 1:
            return _open_group(self.paths[0], states, many=False)
        parts = []
        for file, (path, root) in enumerate(zip(self.paths, self._parts)):
            if not np.any(root["states"].values == states):
                continue
            part = _open_group(path, states, many=True)
            parts.append(part.isel(run=self._owner.loc[part.run.values].values == file))
        return xr.concat(parts, dim="run", data_vars="minimal", coords="minimal").sortby("run")


def _open(path: Path, many: bool, group: Optional[str] = None) -> xr.Dataset:
    try:
        return xr.open_dataset(path, engine="netcdf4", group=group, chunks={} if many else None)
    except ImportError as error:
        raise ImportError("several files as one need dask: python3-dask, or pip install dask; "
                          "or merge them first: rnnsweep merge") from error


def _open_root(path: Path, many: bool) -> xr.Dataset:
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        root = _open(path, many)
    except OSError as error:
        raise ValueError(f"{path} is no results file of rnnsweep: {error}") from error
    if "rnnsweep_sweep_hash" not in root.attrs or "test_accuracy" not in root:
        root.close()
        raise ValueError(f"{path} is no results file of rnnsweep")
    return root


def _open_group(path: Path, states: int, many: bool) -> xr.Dataset:
    return _open(path, many, f"weights/states_{states}").rename(run_id="run")


# ---- The table of runs ---------------------------------------------------------------------------


def _table(files: _Files, parameters: Sequence[str]) -> pd.DataFrame:
    """Columns in the order parameters, seed, status, outcomes; choices by name, flags as bool."""
    root = files.root
    columns: Dict[str, Any] = {name: _column(root[name]) for name in parameters}
    columns["status"] = pd.Categorical.from_codes(files.status, STATUSES)
    pending = files.status == STATUSES.index("pending")
    for name in OUTCOMES:
        values: Array = root[name].values
        if values.dtype.kind == "f":
            values = np.where(pending, np.nan, values)
        columns[name] = values
    return pd.DataFrame(columns, index=pd.Index(root["run"].values, name="run"))


def _column(column: xr.DataArray) -> Any:
    values: Array = column.values
    meanings = str(column.attrs.get("flag_meanings", "")).split()
    if meanings == ["false", "true"]:
        return values.astype(bool)
    if meanings:
        return pd.Categorical.from_codes(values, meanings)
    if column.name in ("seed", "data_seed"):  # float64 when seeds need more than 31 bits
        return values.astype(np.int64)
    return values


def unknown_column(name: str, names: Sequence[str]) -> str:
    """What to say of a name that is no column."""
    near = difflib.get_close_matches(name, names, 1)
    hint = f"; did you mean {near[0]}?" if near else f": {', '.join(names)}"
    return f"{name!r} is no column of the runs{hint}"


def _matches(column: pd.Series, wanted: Any) -> Array:
    """Which values are wanted; ValueError for a value that matches nothing, or could be several."""
    options: List[Any] = list(wanted) if isinstance(wanted, (list, tuple, set, np.ndarray)) \
        else [wanted]
    matches = np.zeros(len(column), bool)
    for option in options:
        matches |= _equals(column, option)
    return matches


def _equals(column: pd.Series, option: Any) -> Array:
    number = column.dtype.kind == "f" and isinstance(option, (int, float, np.number))
    if number and np.isnan(option):
        exact = np.asarray(np.isnan(column.values))
    else:
        exact = np.asarray(column.isin([option]))
    if exact.any():
        return np.asarray(exact)
    near = np.unique(column.values[np.isclose(column.values, option, rtol=SAME_NUMBER, atol=0)]) \
        if number else []
    if len(near) == 1:
        return np.asarray(column.values == near[0])
    if len(near) > 1:
        could = " or ".join(labels(near.tolist()))
        raise ValueError(f"no run has exactly {column.name} {option}: it could be {could}")
    raise ValueError(f"no run has {column.name} {option}; there are {_known(column)}")


def _known(column: pd.Series) -> str:
    values = labels(sorted(column.unique()))
    return ", ".join(values[:20]) + (", ..." if len(values) > 20 else "")
