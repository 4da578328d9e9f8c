"""The program as the tests of this folder and of readers/ use it: a sweep in, a results file out.

The environment variable RNNSWEEP names the program; ctest sets it.
"""
import json
import os
import subprocess
from pathlib import Path

import h5py
import numpy as np

PROGRAM = os.environ.get("RNNSWEEP", "rnnsweep")
PENDING, DONE, DIVERGED, FAILED = range(4)
WEIGHTS = ("S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out")


def write_sweep(folder, name: str, parameters: dict, seeds, **more) -> Path:
    """A grid sweep; a list is an axis, None means the default. `more` are keys of the file. JSON is
    YAML."""
    values = {
        key: {"values": value} if isinstance(value, list) else {"value": value}
        for key, value in parameters.items() if value is not None}
    path = Path(folder) / f"{name}.yaml"
    text = json.dumps(
        {"name": name, "method": "grid", "parameters": values, "seeds": seeds, **more}, indent=1)
    path.write_text(text.replace('"none"', "none"))  # a word, not a text
    return path


def command(sweep, results, *options) -> list:
    return [PROGRAM, "run", str(sweep), "-o", str(results), "--progress", "none", *options]


def run(sweep, results, *options) -> Path:
    """Runs the sweep to its end; the message of the program is that of the exception."""
    done = subprocess.run(command(sweep, results, *options), capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(
            f"{' '.join(done.args)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return Path(results)


def run_grid(folder, name: str, parameters: dict, seeds, **more) -> Path:
    """Results file of a grid sweep written to the folder and run to its end; compressed when the
    environment says COMPRESSED."""
    path = run(write_sweep(folder, name, parameters, seeds, **more), Path(folder) / f"{name}.h5")
    if os.environ.get("COMPRESSED"):
        subprocess.run([PROGRAM, "merge", path, path, "--compress"], check=True, capture_output=True)
    return path


def weights_group(states, cell: str) -> str:
    return f"weights/states_{states}" if cell == "tanh" else f"weights/{cell}_I2_H{states}_O1"


def read_row(path, row: int = 0) -> dict:
    """All columns of one run, its curve and its weights."""
    with h5py.File(path) as file:
        runs = file["run"].shape
        values = {
            name: data[row] for name, data in file.items()
            if isinstance(data, h5py.Dataset) and data.shape[:1] == runs}
        group = file[weights_group(values["states"], file["cell"].attrs["flag_meanings"].split()[values["cell"]])
                     if "cell" in file else f"weights/states_{values['states']}"]
        place = list(group["run_id"][:]).index(values["run"])
        values["weights"] = {name: group[name][place] for name in ("S0", "C0", *WEIGHTS[1:]) if name in group}
        values["step"] = file["step"][:]
    return values
