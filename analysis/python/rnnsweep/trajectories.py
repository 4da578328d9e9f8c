"""Hidden states of trained networks while they read sequences, by the program `rnnsweep`: the same
numbers, to the bit, as in the forward pass of training."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Union

import numpy as np
import xarray as xr

from .results import Results
from .sequences import write_sequences

PathLike = Union[str, "os.PathLike[str]"]
RUNS_AT_ONCE = 2000  # numbers of runs on one command line


def trajectories(
    results: Results, runs: Union[None, int, Sequence[int]] = None, *, set: Optional[str] = None,
    data: Optional[PathLike] = None, inputs: Any = None, lengths: Any = None,
    checkpoint: Optional[int] = None,
    output: Optional[PathLike] = None, program: Optional[PathLike] = None,
) -> xr.Dataset:
    """What is in the states of the networks of many runs while they read the same or their own
    sequences.

    runs      number or numbers of runs; without them, all of `results` that are done, such as
              `results.where(cell="gru", states=8)`
    set       which set they read: "test" (without a word), "train", or another of a data file
    data      data file to take the set from, the same for all runs
    inputs    sequences given, in place of a set: symbols [N,T], numbers [N,T,I], or a list of N
              arrays of different lengths
    lengths   [N], steps of each of the inputs
    checkpoint  the networks as they were after so many updates, one of the sweep's `checkpoints`
    output    netCDF file to write, and to read from as numbers are used; without it, everything is
              in memory
    program   the program; without it, $RNNSWEEP, or `rnnsweep` on the PATH

    A dataset with

        states [run, sequence, step, state]     after each step; NaN past a sequence's end, and past
                                                the states of a run with fewer than others
        first_states [run, state]               before the first step
        memories, first_memories                c of lstm, alike; NaN of other cells
        outputs [run, sequence, step, output]   probabilities of bits and classes, or numbers
        inputs, targets, weights, length        what the networks read and what is right; without the
                                                axis of runs where all read the same

    ValueError with what the program says: runs that are not trained, or whose sequences have
    different extents. FileNotFoundError when there is no program.
    """
    chosen = _chosen(results, runs)
    if inputs is not None and (data is not None or set is not None):
        raise ValueError("inputs are sequences in place of a set: give no set or data with them")
    with tempfile.TemporaryDirectory(prefix="rnnsweep-") as folder:
        options = ["--set", set] if set is not None else []
        if inputs is not None:
            options = ["--data", str(_write_inputs(Path(folder), inputs, lengths))]
        elif data is not None:
            options += ["--data", os.fspath(data)]
        if checkpoint is not None:
            options += ["--checkpoint", str(checkpoint)]
        parts = results.files_of(chosen)
        if output is not None and len(parts) > 1:
            raise ValueError("output: the runs are in several files; merge them first: rnnsweep "
                             "merge")
        found: List[xr.Dataset] = []
        for number, (path, own) in enumerate(parts.items()):
            for first in range(0, len(own), RUNS_AT_ONCE):
                name = Path(output) if output is not None \
                    else Path(folder) / f"{number}-{first}.nc"
                some = own if output is not None else own[first:first + RUNS_AT_ONCE]
                _call(program, path, some, [*options, "-o", str(name)])
                if output is not None:
                    return xr.open_dataset(name, engine="netcdf4")
                with xr.open_dataset(name, engine="netcdf4") as part:
                    found.append(part.load())
    whole = found[0] if len(found) == 1 else _joined(found)
    if inputs is not None and "targets" in whole:
        whole = whole.drop_vars("targets")
    return whole


def _joined(parts: List[xr.Dataset]) -> xr.Dataset:
    """Parts may have different numbers of states, and memories or none."""
    whole = xr.concat(parts, dim="run", data_vars="minimal", join="outer")
    return whole.sortby("run")


def _chosen(results: Results, runs: Union[None, int, Sequence[int]]) -> List[int]:
    if runs is None:
        chosen = [int(run) for run in results.runs.index[results.runs.status == "done"]
                  if run not in results.foreign]
    else:
        chosen = [int(run) for run in np.atleast_1d(np.asarray(runs))]
    unknown = [run for run in chosen if run not in results.runs.index]
    if unknown:
        raise ValueError(f"there is no run {unknown[0]}")
    if not chosen:
        raise ValueError("no run is done")
    return chosen


def _write_inputs(folder: Path, inputs: Any, lengths: Any) -> Path:
    """A data file of the inputs. Targets must be there, but nothing looks at them."""
    path = folder / "inputs.nc"
    made: Dict[str, Any] = {"inputs": inputs, "targets": np.zeros(len(inputs), np.int32)}
    if lengths is not None:
        made["lengths"] = lengths
    write_sequences(path, made, made)
    return path


def _call(program: Optional[PathLike], path: Path, runs: Sequence[int], options: List[str]) -> None:
    command = [_program(program), "trajectories", str(path), *map(str, _ranges(runs)), *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise ValueError(said[0].replace("rnnsweep: error: ", ""))


def _ranges(runs: Sequence[int]) -> List[str]:
    """Runs as the command line takes them: "3..17"."""
    ordered = np.unique(np.asarray(runs))
    parts = np.split(ordered, np.flatnonzero(np.diff(ordered) > 1) + 1)
    return [f"{part[0]}..{part[-1]}" if len(part) > 1 else f"{part[0]}" for part in parts]


def _program(program: Optional[PathLike]) -> str:
    wanted = os.fspath(program) if program is not None else os.environ.get("RNNSWEEP", "rnnsweep")
    found = shutil.which(wanted)
    if found is None:
        raise FileNotFoundError(f"{wanted}: there is no such program; put rnnsweep on the PATH, or "
                                "name it: program=, or RNNSWEEP in the environment")
    return found
