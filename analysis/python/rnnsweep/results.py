"""Results files, one or many shards, as a table of runs and lazy arrays.

A results file is plain netCDF-4/HDF5 that xarray reads unaided. This module adds what one would
write each time: names instead of numbers for choices, several shards as one, and the order of
reading that is safe while the program is writing.
"""
from __future__ import annotations

import difflib
import os
import warnings
from html import escape
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import netCDF4
import numpy as np
import pandas as pd
import xarray as xr

from . import checksums
from .cells import Network
from .columns import (
    Value, away_from_defaults, joined, parameters_of, status_codes, table_of)
from .inspection import inspect_files
from .labels import NONE, labels
from .parameters import OF_TASK

PathLike = Union[str, "os.PathLike[str]"]
Array = np.ndarray[Any, Any]
FURTHER_TESTS = ("test_accuracy_by_length", "test_loss_by_length", "test_accuracy_by_set",
                 "test_loss_by_set")
AT_RUNGS = ("final_loss_by_rung", "test_loss_by_rung", "test_accuracy_by_rung",
            "test_bit_accuracy_by_rung")
SAME_NUMBER = 1e-4  # relative; `where` finds the 0.0168702... of a logarithmic axis as 0.01687



def worst_of(metric: str, maximizes: bool) -> float:
    """What a run that diverged has achieved."""
    if metric.endswith("accuracy"):
        return 0.0 if maximizes else 1.0
    return -np.inf if maximizes else np.inf


class Results:
    """The runs of one sweep: a table of them in memory, their curves and weights on disk.

    Made by `open_results`; `where` gives a part of it, with the same attributes.

    runs        pandas table, one row per run, indexed by the number of the run: every parameter,
                `seed`, `status` (pending, done, diverged, failed, or stopped at a rung), and the
                outcomes
                initial_loss, final_loss, test_bit_accuracy, test_accuracy (shares), diverged_at
                (update; -1 never), wall_time (s), and where the file has rungs rungs_reached (-1
                not known). NaN where there is no outcome (yet). Those of a stopped run are of its
                last rung.
                Further columns of a file of a later version follow.
    parameters  names of the parameters of the sweep file that are columns of `runs`; the seed is
                not among them. For none, real numbers are NaN and whole ones, such as `data_seed`,
                -1, as in the file; printed tables and CSV say "none". One that the file lacks has
                its default.
    foreign     numbers of the runs with a parameter that this package does not know and that is not
                at its default: they are in `runs`, and in no statistic.
    checked     whether the checksums of the runs were compared with what was read.
    """

    def __init__(self, files: "_Files", runs: pd.DataFrame, parameters: Tuple[str, ...],
                 foreign: Tuple[int, ...] = (), checked: bool = False) -> None:
        self._files = files
        self.runs = runs
        self.parameters = parameters
        self.foreign = foreign
        self.checked = checked

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
        """Parameters that take more than one value, in the order of the file; but not what only
        follows the task, nor the steps that follow the delay of copy_memory."""
        found = [name for name in self.parameters if self.runs[name].nunique(dropna=False) > 1]
        if "task" in found or "delay" in found:
            by_task = self.runs.groupby("task", observed=True)
            by_delay = self.runs.groupby(["task", "delay"], observed=True)
            found = [name for name in found if name not in OF_TASK or
                     (by_delay if name == "sequence_length" else by_task)[name].nunique().max() > 1]
        return tuple(found)

    @property
    def finished(self) -> pd.DataFrame:
        """The rows of `runs` that count in statistics: done or diverged, and not `foreign`."""
        return self.known[self.known.status.isin(["done", "diverged"])]

    @property
    def trained(self) -> pd.DataFrame:
        """The rows of `runs` that are done, diverged, or were stopped at a rung, and not
        `foreign`."""
        return self.known[self.known.status.isin(["done", "diverged", "stopped"])]

    @property
    def known(self) -> pd.DataFrame:
        """The rows of `runs` that are not `foreign`."""
        return self.runs[~self.runs.index.isin(self.foreign)] if self.foreign else self.runs

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

    def checks(self, runs: Optional[Sequence[int]] = None) -> xr.Dataset:
        """The checks of runs on their validation sets, [run, check] with `check` in updates:
        validation_loss and validation_accuracy, NaN where a run made no such check. ValueError when
        no run of the file has a validation set."""
        found = [name for name in ("validation_loss", "validation_accuracy")
                 if name in self._files.root]
        if not found:
            raise ValueError("no run of these results has a validation set: validation_samples")
        chosen = self.runs.index.values if runs is None else np.asarray(runs)
        return picked(self._files.root[found], chosen)

    def further_tests(self) -> xr.Dataset:
        """Tests beside the test set: test_accuracy_by_length and test_loss_by_length
        [run, test_length], with `test_length` in steps, and test_accuracy_by_set and
        test_loss_by_set [run, test_set], with the names of the sets. NaN where a run has no such
        test. Without variables where no run has any."""
        found = [name for name in FURTHER_TESTS if name in self._files.root]
        if not found:
            return xr.Dataset()
        made = self._files.root[found].sel(run=self.runs.index.values).load()
        if "test_set" in made:
            words = str(self._files.root["test_set"].attrs["flag_meanings"]).split()
            made = made.assign_coords(test_set=[words[int(code)] for code in made.test_set.values])
        return made

    def at_rungs(self) -> xr.Dataset:
        """What runs were at the rungs of `early_terminate`, [run, rung]: final_loss_by_rung,
        test_loss_by_rung, test_accuracy_by_rung and test_bit_accuracy_by_rung, with `rung` in
        epochs or updates, as its attribute `units` says. NaN where a run did not come to a rung.
        Without variables where the file has no rungs."""
        found = [name for name in AT_RUNGS if name in self._files.root]
        if not found:
            return xr.Dataset()
        return picked(self._files.root[found], self.runs.index.values)

    @property
    def has_rungs(self) -> bool:
        return "rungs_reached" in self._files.root

    @property
    def has_test_lengths(self) -> bool:
        return "test_accuracy_by_length" in self._files.root

    @property
    def has_checkpoints(self) -> bool:
        return "checkpoint" in self._files.root

    @property
    def has_first_checkpoint(self) -> bool:
        """Whether there is one before training, from which changes are measured."""
        return self.has_checkpoints and bool((self._files.root["checkpoint"] == 0).any())

    @property
    def has_validation(self) -> bool:
        return "validation_loss" in self._files.root

    def weights(self, states: int, cell: str = "tanh") -> xr.Dataset:
        """Trained parameters of all runs with that many states of that cell, lazy; `.sel(run=7)` is
        one network.

        S0 [run, state], W_in [run, input, state], b_in [run, state],
        W_rec [run, state_from, state], b_rec [run, state], W_out [run, state, output],
        b_out [run, output]; with gates, W_in, W_rec and the biases have an axis `gate` before
        `state`, and lstm has C0 [run, state]. Where the sweep has `checkpoints`, S0_at, W_in_at, ...
        are the same after so many updates, with a dimension `checkpoint` after `run`, NaN where a
        run did not come to it. A run that diverged has the numbers at which it did;
        NaN where a run is pending. ValueError when no run has that many states, or when their networks
        differ in inputs or outputs: `where(task="parity")` chooses some.
        """
        having = self.runs.index[(self.runs.states == states) & (self.runs.cell == cell)]
        if having.empty:
            cells = self.runs.states[self.runs.cell == cell]
            raise ValueError(f"no run of {cell} has {states} states; there are {_known(cells)}")
        groups = self._files.groups_of(having.values, states, cell)
        if len(groups) > 1:
            raise ValueError(f"networks of {cell} with {states} states differ in inputs or outputs "
                             f"({', '.join(groups)}): choose some, by where(task=...) for instance")
        weights = self._files.weights(groups[0])
        own = np.intersect1d(having.values, weights.run.values)
        return weights if len(own) == weights.sizes["run"] else weights.sel(run=own)

    def weights_of_group(self, run: int) -> xr.Dataset:
        """`weights` of all runs whose networks have the shape of this run's."""
        row = self.runs.loc[run]
        return self._files.weights(self._files.group_of(run, int(row.states), str(row.cell)))

    def network(self, run: int, checkpoint: Optional[int] = None) -> Network:
        """The trained parameters of one run by name, shaped as in `weights` but for `run`, with its
        cell and leak; with `checkpoint` those after so many updates.
        KeyError when there is no such run; ValueError when its checksum shows that it is damaged,
        which is looked at where the module crc32c is there."""
        row = self.runs.loc[run]
        weights = self.weights_of_group(run)
        has_ended = self.runs.status.loc[run] != "pending"
        if has_ended and checksums.available() and self._files.damaged([run]):
            raise ValueError(f"run {run} is damaged: `rnnsweep verify` says how to rescue the rest")
        own = weights.sel(run=run)
        tensors = {str(name): variable.values for name, variable in own.items()
                   if "checkpoint" not in variable.dims}
        if checkpoint is not None:
            if "checkpoint" not in own.dims or checkpoint not in own.checkpoint.values:
                raise ValueError(f"these results have no checkpoint at update {checkpoint}")
            tensors = {name: own[f"{name}_at"].sel(checkpoint=checkpoint).values
                       for name in tensors}
            if np.isnan(tensors["b_out"]).any():
                raise ValueError(f"run {run} did not come to update {checkpoint}")
        return Network(tensors, str(row.cell), float(row.leak))

    def files_of(self, runs: Sequence[int]) -> Dict[Path, List[int]]:
        """The files that hold these runs, and the runs in each."""
        return self._files.files_of(runs)

    def best(self) -> int:
        """The number of the best finished run, as in `rnnsweep show FILE best`: by `metric`, of
        equals by the smallest final loss, of those the first. A diverged run has an accuracy of 0
        and an infinite loss, or what is worst where the goal is the other one. `where(states=3).best()` is the best of some. ValueError when no run
        is finished."""
        finished = self.finished
        if finished.empty:
            raise ValueError("no run is finished")
        diverged = (finished.status == "diverged").to_numpy()
        score = finished[self.metric].to_numpy(float)
        score = np.where(diverged, worst_of(self.metric, self.maximizes), score)
        loss = np.where(diverged, np.inf, finished.final_loss.to_numpy(float))
        order = np.lexsort((finished.index.values, loss, -score if self.maximizes else score))
        return int(finished.index[order[0]])

    def only(self) -> int:
        """The number of the only run: `where(states=3, momentum=0, seed=7).only()`. ValueError when
        there are several."""
        if len(self) > 1:
            first = ", ".join(map(str, self.runs.index[:3]))
            raise ValueError(f"{len(self)} runs are like that, {first} for instance: "
                             "add conditions, such as seed=1")
        return int(self.runs.index[0])

    def where(self, **values: Any) -> "Results":
        """The runs with these values: `where(states=3, momentum=[0.5, 0.8], status="done")`.

        A value, or a list of values of which one must hold. An exact match wins; a number that
        matches nothing exactly means the one value within a relative 1e-4 of it, so that a number
        read from a printed table is found; None, or "none", means runs without a value, such as a
        `data_seed`. Python has a meaning of its own for `lambda`: write `lambda_`. ValueError when a name is no column of `runs`, when a value matches nothing or
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
        return self.part(self.runs[keep])

    def part(self, runs: pd.DataFrame) -> "Results":
        """The results of these rows of `runs`, which may have further columns or other numbers."""
        return Results(self._files, runs, self.parameters, self.foreign, self.checked)


def picked(data: xr.Dataset, runs: Array) -> xr.Dataset:
    """The rows of some runs in memory: the range of rows that holds them is read at once, which is
    much faster than row by row."""
    places = data.indexes["run"].get_indexer(runs)
    if len(places) == 0 or (places < 0).any():
        return data.sel(run=runs).load()
    first, last = int(places.min()), int(places.max())
    return data.isel(run=slice(first, last + 1)).load().isel(run=places - first)


def open_results(paths: Union[PathLike, Sequence[PathLike]], check: bool = False) -> Results:
    """Opens a results file, or the shards of one sweep as if they were merged.

    check   compare all finished runs with their checksums, curves and weights included: damaged
            ones are left out, with a warning. Reads the whole file, hence not by default; needs
            the module crc32c. `network` and `redo` check the run that they use in any case.

    A process of its own first makes sure that the file can be opened: it may be damaged, or lead to
    other files. Then the columns of the runs are read at once (about 120 bytes each), curves and
    weights when they are used. A file that is being written, or shards of which some are missing,
    give the runs there are; open again to see more. Several files need dask.

    FileNotFoundError; ValueError when a file is no results file or damaged, or the files are of
    different sweeps; OSError when one cannot be read; ImportError without dask or crc32c.
    """
    listed = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    if not listed:
        raise ValueError("open_results: no file given")
    files = _Files(tuple(Path(path) for path in listed))
    try:
        parameters = parameters_of(files.parts)
        runs = files.table(parameters)
        away = away_from_defaults(runs, parameters)
        if check:
            runs = _without_damage(files, runs)
    except (ValueError, KeyError, IndexError, RuntimeError, OSError) as error:
        files.close()
        raise ValueError(f"{_listed(files.paths)}: is damaged: {error}") from error
    except ImportError:
        files.close()
        raise
    foreign = _foreign(runs, away)
    if foreign:
        warnings.warn(
            f"{len(foreign)} of {len(runs)} runs are in no statistic: this version of the package "
            f"does not know {', '.join(away)}, which they set", stacklevel=2)
    return Results(files, runs, tuple(parameters), foreign, check)


def _foreign(runs: pd.DataFrame, away: Dict[str, Array]) -> Tuple[int, ...]:
    rows = np.zeros(len(runs), bool)
    for away_rows in away.values():
        rows |= away_rows
    return tuple(int(run) for run in runs.index[rows])


def _without_damage(files: "_Files", runs: pd.DataFrame) -> pd.DataFrame:
    damaged = files.damaged(runs.index[runs.status != "pending"])
    if damaged:
        shown = ", ".join(map(str, damaged[:10])) + (", ..." if len(damaged) > 10 else "")
        warnings.warn(f"{_listed(files.paths)}: {len(damaged)} damaged runs are left out: {shown}; "
                      "`rnnsweep verify` says how to rescue the rest", stacklevel=3)
    return runs[~runs.index.isin(damaged)]


def group_name(states: int, cell: str) -> str:
    """Name of the group of weights of networks that add."""
    return f"states_{states}" if cell == "tanh" else f"{cell}_I2_H{states}_O1"


def _listed(paths: Sequence[Path]) -> str:
    return str(paths[0]) + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")


# ---- Files ---------------------------------------------------------------------------------------


class _Files:
    """The open files. Of a run that several hold, that of the first file that has finished it
    counts; of one that all have stopped at a rung, that of the file in which it came furthest.

    parts     the roots of the files
    root      what they have in common, with rows in the order of the run's number
    """

    def __init__(self, paths: Tuple[Path, ...]) -> None:
        self.paths = paths
        self._groups: Dict[str, xr.Dataset] = {}
        inspect_files(paths)
        self.parts = [_open_root(path, many=len(paths) > 1) for path in paths]
        hashes = {part.attrs["rnnsweep_sweep_hash"] for part in self.parts}
        if len(hashes) > 1:
            raise ValueError("these files are of different sweeps: " + ", ".join(
                f"{path} ({part.attrs['title']})" for path, part in zip(paths, self.parts)))
        # Before anything else: a row is complete before its status says so.
        self._status = [part["status"].values for part in self.parts]
        self.root = self.parts[0]
        self._rows: Any = slice(None)
        if len(paths) > 1:
            self._join()

    def _join(self) -> None:
        shared = [name for name in self.parts[0].variables
                  if all(name in part.variables for part in self.parts)]
        # Which columns describe others may differ as well.
        whole = xr.concat(
            [part[[name for name in shared if name not in part.indexes]].reset_coords()
             for part in self.parts],
            dim="run", data_vars="minimal", coords="minimal", compat="override", join="outer",
            combine_attrs="override")
        whole = whole.set_coords([name for name in shared if name in self.parts[0].coords])
        rows = pd.DataFrame({
            "run": whole["run"].values,
            "missing": np.concatenate(
                [_missing(part, status) for part, status in zip(self.parts, self._status)]),
            "file": np.repeat(np.arange(len(self.parts)), [len(status) for status in self._status]),
        }).sort_values(["run", "missing", "file"]).drop_duplicates("run")
        self._owner = rows.set_index("run").file
        self._rows = rows.index.values
        self.root = whole.isel(run=self._rows)

    def table(self, parameters: Dict[str, Value]) -> pd.DataFrame:
        tables = [table_of(part, status, parameters)
                  for part, status in zip(self.parts, self._status)]
        return joined(tables).iloc[self._rows]

    def close(self) -> None:
        for dataset in [*self.parts, *self._groups.values()]:
            dataset.close()

    def weights(self, group: str) -> xr.Dataset:
        if group not in self._groups:
            self._groups[group] = self._open_weights(group)
        return self._groups[group]

    def group_of(self, run: int, states: int, cell: str = "tanh") -> str:
        """Name of the group with the weights of a run."""
        return self.groups_of([run], states, cell)[0]

    def groups_of(self, runs: Sequence[int], states: int, cell: str) -> List[str]:
        """Names of the groups with the weights of runs that have so many states of that cell."""
        expected = group_name(states, cell)
        names = dict.fromkeys(name for path in self.paths for name in _group_names(path))
        left, found = pd.Index(runs), []
        for name in sorted(names, key=lambda name: name != expected):
            own = left.intersection(self.weights(name).indexes["run"])
            if len(own) > 0:
                found.append(name)
                left = left.difference(own)
            if left.empty:
                return found
        raise ValueError(f"{_listed(self.paths)}: has no weights of run {left[0]}")

    def files_of(self, runs: Sequence[int]) -> Dict[Path, List[int]]:
        """The runs by the file that counts for them."""
        if len(self.paths) == 1:
            return {self.paths[0]: list(runs)}
        found: Dict[Path, List[int]] = {}
        for run in runs:
            found.setdefault(self.paths[int(self._owner.loc[run])], []).append(run)
        return found

    def damaged(self, runs: Sequence[int]) -> List[int]:
        """Those of the runs that differ from their checksums in the file that counts for them."""
        found: List[int] = []
        for number, path in enumerate(self.paths):
            own = [run for run in runs if len(self.paths) == 1 or self._owner.loc[run] == number]
            with netCDF4.Dataset(path) as file:
                found += checksums.damaged_runs(file, np.array(own, int))
        return sorted(found)

    def _open_weights(self, group: str) -> xr.Dataset:
        if len(self.paths) == 1:
            return self._with_updates(_open_group(self.paths[0], group, many=False), 0)
        parts = []
        for file, path in enumerate(self.paths):
            if group not in _group_names(path):
                continue
            part = self._with_updates(_open_group(path, group, many=True), file)
            parts.append(part.isel(run=self._owner.loc[part.run.values].values == file))
        return xr.concat(parts, dim="run", data_vars="minimal", coords="minimal").sortby("run")

    def _with_updates(self, weights: xr.Dataset, file: int) -> xr.Dataset:
        """The updates of the checkpoints as a coordinate."""
        root = self.parts[file]
        return weights.assign_coords(checkpoint=root["checkpoint"].values) \
            if "checkpoint" in weights.dims and "checkpoint" in root else weights


def _missing(part: xr.Dataset, status: Array) -> Array:
    """How much a row lacks, for comparison: nothing of a run that has ended, 1 of one that is
    pending, and less than that the more rungs it came to."""
    codes = status_codes(part["status"])
    missing: Array = (status == codes.get("pending", 0)).astype(float)
    reached = part["rungs_reached"].values if "rungs_reached" in part else np.zeros(len(status))
    stopped = status == codes.get("stopped", -1)
    missing[stopped] = 1 / (2 + np.maximum(reached[stopped], 0))
    return missing


def _group_names(path: Path) -> List[str]:
    with netCDF4.Dataset(path) as file:
        return list(file["weights"].groups) if "weights" in file.groups else []


def _open(path: Path, many: bool, group: Optional[str] = None) -> xr.Dataset:
    try:
        return xr.open_dataset(path, engine="netcdf4", group=group, chunks={} if many else None)
    except ImportError as error:
        raise ImportError("several files as one need dask: python3-dask, or pip install dask; "
                          "or merge them first: rnnsweep merge") from error


def _open_root(path: Path, many: bool) -> xr.Dataset:
    try:
        root = _open(path, many)
    except OSError as error:
        raise OSError(
            f"{path}: cannot be opened, though it can be read: another program may hold a lock on "
            f"it, which HDF5_USE_FILE_LOCKING=FALSE in the environment passes over ({error})"
        ) from error
    if any(name not in root for name in ("run", "status", "seed", "test_accuracy", "loss")):
        root.close()
        raise ValueError(f"{path} is no results file of rnnsweep")
    return root


def _open_group(path: Path, group: str, many: bool) -> xr.Dataset:
    return _open(path, many, f"weights/{group}").rename(run_id="run")


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
    if column.dtype.kind in "if" and (option is None or option == NONE):
        option = np.nan if column.dtype.kind == "f" else -1
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
    raise ValueError(
        f"no run has {column.name} {labels([option])[0]}; there are {_known(column)}")


def _known(column: pd.Series) -> str:
    values = labels(sorted(column.unique()))
    return ", ".join(values[:20]) + (", ..." if len(values) > 20 else "")
