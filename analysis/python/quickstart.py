#!/usr/bin/env python3
"""The best settings of a sweep: how many seeds learn to add, with 95 % Wilson intervals.

    python3 analysis/python/quickstart.py results/states-momentum.h5 [ROWS]

A results file is plain netCDF-4/HDF5, and xarray opens it without code of ours, also while it is
being written. What this script touches of it:

    test_accuracy[run]   share of wholly right sums on the test set; NaN when the run diverged
    final_loss[run]      cross entropy of the last minibatch after its update
    status[run]          0 pending, 1 done, 2 diverged, 3 failed; read it first, the data afterwards
    states[run], learning_rate[run], ..., seed[run]   the configuration: coordinates of the above

and what it leaves for you:

    loss[run, step]                                    the curves
    weights/states_3: W_rec[run_id, state_from, state], ...    xr.open_dataset(path, group=...)
"""
import sys

import numpy as np
import pandas as pd
import xarray as xr

DONE, DIVERGED = 1, 2


def run_table(path: str) -> pd.DataFrame:
    """One row per finished run: its parameters, seed, status and results."""
    with xr.open_dataset(path) as ds:
        status = ds.status.load()
        names = [name for name in ds.test_accuracy.coords if name not in ("run", "status")]
        table = ds[names + ["test_accuracy", "final_loss"]].to_dataframe()
        table["status"] = status.to_series()
        for name in names:
            meanings = ds[name].attrs.get("flag_meanings")
            if meanings is not None:
                table[name] = pd.Categorical.from_codes(table[name], meanings.split())
    table.attrs["parameters"] = [name for name in names if name != "seed"]
    return table[table.status.isin([DONE, DIVERGED])]


def wilson_interval(solved, runs, z=1.959963984540054):
    """Bounds of a share of successes (Wilson 1927); never outside 0..1, sound for shares of 0."""
    share = solved / runs
    centre = share + z**2 / (2 * runs)
    half = z * np.sqrt(z**2 + 4 * solved * (1 - share)) / (2 * runs)
    return (centre - half) / (1 + z**2 / runs), (centre + half) / (1 + z**2 / runs)


def success_rates(table: pd.DataFrame) -> pd.DataFrame:
    """One row per configuration, best first. A run solves the task when every sum is right; a run
    that diverged does not."""
    swept = [name for name in table.attrs["parameters"] if table[name].nunique() > 1]
    table = table.assign(solved=table.test_accuracy >= 1.0, diverged=table.status == DIVERGED)
    rates = table.groupby(swept or ["states"], observed=True).agg(
        runs=("solved", "size"),
        solved=("solved", "sum"),
        diverged=("diverged", "sum"),
        accuracy=("test_accuracy", "mean"),
        loss=("final_loss", "median"),
    )
    rates["rate"] = rates.solved / rates.runs
    rates["low"], rates["high"] = wilson_interval(rates.solved, rates.runs)
    rates = rates.reset_index().sort_values(["rate", "loss"], ascending=[False, True])
    columns = ["runs", "diverged", "solved", "rate", "low", "high", "accuracy", "loss"]
    return rates[(swept or ["states"]) + columns]


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: quickstart.py RESULTS.h5 [ROWS]")
    rates = success_rates(run_table(sys.argv[1]))
    rows = int(sys.argv[2]) if len(sys.argv) == 3 else 10
    print(rates.head(rows).to_string(index=False, float_format="%.4g"))


if __name__ == "__main__":
    main()
