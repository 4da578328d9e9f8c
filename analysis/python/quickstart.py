#!/usr/bin/env python3
"""The best settings of a sweep: how many seeds solve the task, with 95 % Wilson intervals.

    python3 analysis/python/quickstart.py results/states-momentum.h5 [ROWS]

A results file is plain netCDF-4/HDF5, and xarray opens it without code of ours, also while it is
being written. What this script touches of it:

    test_accuracy[run]   share of wholly right test sequences; NaN when the run diverged
    final_loss[run]      loss of the last minibatch
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
COLUMNS = ["score", "runs", "diverged", "solved", "solved_share", "low", "high", "loss"]


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
    """One row per configuration, best first: by the score, the mean test accuracy with diverged runs
    as 0, equals by the median loss. A run solves the task when every test sequence is right; a run that
    diverged does not. With one run a seed Wilson's interval is right; grouped by fewer parameters,
    the runs of a seed are no independent runs: see `rnnsweep.success_rates`."""
    swept = [name for name in table.attrs["parameters"] if table[name].nunique() > 1]
    diverged = table.status == DIVERGED
    table = table.assign(
        diverged=diverged, solved=(table.test_accuracy >= 1.0) & ~diverged,
        score=table.test_accuracy.where(~diverged, 0.0).astype(float))
    rates = table.groupby(swept or ["states"], observed=True).agg(
        score=("score", "mean"),
        runs=("solved", "size"),
        diverged=("diverged", "sum"),
        solved=("solved", "sum"),
        loss=("final_loss", "median"),
    )
    rates.insert(4, "solved_share", rates.solved / rates.runs)
    rates["low"], rates["high"] = wilson_interval(rates.solved, rates.runs)
    rates = rates.reset_index().sort_values(["score", "loss"], ascending=[False, True])
    return rates[(swept or ["states"]) + COLUMNS]


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: quickstart.py RESULTS.h5 [ROWS]")
    runs = run_table(sys.argv[1])
    if runs.empty:
        sys.exit(f"{sys.argv[1]}: no run is finished yet")
    rates = success_rates(runs)
    rows = int(sys.argv[2]) if len(sys.argv) == 3 else 10
    print(rates.head(rows).to_string(index=False, float_format="%.6g"))


if __name__ == "__main__":
    main()
