#!/usr/bin/env python3
"""What a second thread is worth: `rnnsweep run`, from its start to its end, on one thread, on two,
on two bound to cores, and, as what the machine allows, as two processes of one thread that know
nothing of each other. Wall and CPU seconds; the ways take turns.

Usage: scaling.py PROGRAM [ROUNDS]"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
SWEEP = """\
name: mixed
method: grid
parameters: {states: [1, 3, 8, 16, 32, 64, 128]}
seeds: 16
"""
BOUND = {"OMP_PLACES": "cores", "OMP_PROC_BIND": "spread"}
# Name -> the processes: options of `run`, and settings of OpenMP.
WAYS = {
    "one thread": [(["-j1"], {})],
    "two threads": [(["-j2"], {})],
    "two threads, bound": [(["-j2"], BOUND)],
    "two processes": [(["-j1", "--shard", f"{shard}/2"], {}) for shard in (1, 2)],
}


def run(folder, processes):
    """Wall and CPU seconds until the last of these processes has ended."""
    before, start = os.times(), time.monotonic()
    running = [subprocess.Popen([PROGRAM, "run", "mixed.yaml", "--fresh", "--progress", "none", *options],
                                cwd=folder, env={**os.environ, **settings},
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for options, settings in processes]
    codes = [process.wait() for process in running]
    wall, after = time.monotonic() - start, os.times()
    assert not any(codes), codes
    return wall, sum(after[2:4]) - sum(before[2:4])


def main():
    found = {name: [] for name in WAYS}
    with tempfile.TemporaryDirectory(dir=".") as folder:
        with open(os.path.join(folder, "mixed.yaml"), "w") as file:
            file.write(SWEEP)
        for _ in range(ROUNDS):
            for name, processes in WAYS.items():
                found[name].append(run(folder, processes))
    alone = found["one thread"]
    print(f"{'':20}{'wall s':>8}{'CPU s':>8}{'times one':>11}{'least':>8}{'most':>8}")
    for name, times in found.items():
        faster = [one[0] / each[0] for one, each in zip(alone, times)]
        print(f"{name:20}{statistics.median(wall for wall, _ in times):8.2f}"
              f"{statistics.median(cpu for _, cpu in times):8.2f}"
              f"{statistics.median(faster):11.2f}{min(faster):8.2f}{max(faster):8.2f}")


main()
