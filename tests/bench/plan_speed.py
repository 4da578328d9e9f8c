#!/usr/bin/env python3
"""How fast `rnnsweep plan` is, and how much memory it takes: plan_speed.py RNNSWEEP [--rounds 3]

Each sweep has one shape of network, so that its calibration is a hundredth of a second: what is left
is reading, expanding, finding equal configurations, hashing and summarising every run. Shown is the
CPU time, the least of the rounds; --list also writes every run as CSV, here to nowhere."""

import argparse
import os
import pathlib
import subprocess
import tempfile

SIZES = (10**4, 10**5, 10**6, 10**7)
DRAWS = ("{learning_rate: {distribution: log_uniform_values, min: 0.0001, max: 1}, "
         "momentum: {min: 0.0, max: 0.99}, lambda: [0.5, 0.9]}")
SWEEPS = {
    "grid": "method: grid\nparameters: {learning_rate: {min: 0.001, max: 1, num: 100, spacing: log}, "
            "lambda: [0.5, 0.9], momentum: [0, 0.8]}\nseeds: %d",
    "random": "method: random\nrun_cap: %d\nparameters: " + DRAWS,
    "sobol": "method: sobol\nrun_cap: %d\nparameters: " + DRAWS,
}


def measure(*command):
    """CPU seconds and peak megabytes."""
    with open(os.devnull, "w") as null:
        process = subprocess.Popen(command, stdout=null)
        _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{command} ended with status {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rnnsweep", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    program = arguments.rnnsweep.resolve()
    print(f"{'method':<7} {'runs':>9} {'plan s':>8} {'MB':>6} {'--list s':>9} {'MB':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for method, text in SWEEPS.items():
            for runs in SIZES:
                sweep = pathlib.Path(folder, "sweep.yaml")
                sweep.write_text(text % (runs // 400 if method == "grid" else runs))
                plan = [measure(program, "plan", sweep) for _ in range(arguments.rounds)]
                listing = [measure(program, "plan", sweep, "--list") for _ in range(arguments.rounds)]
                print(f"{method:<7} {runs:>9} {min(plan)[0]:>8.2f} {max(plan)[1]:>6.0f} "
                      f"{min(listing)[0]:>9.2f} {max(listing)[1]:>6.0f}", flush=True)


main()
