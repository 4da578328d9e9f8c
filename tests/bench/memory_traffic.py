#!/usr/bin/env python3
"""Bytes that a run of the default size moves between memory and a core with a cache of its own of
1 MB: the misses that cachegrind counts, in lines of 64 bytes. Six runs less two
leave out the start of the program.

Usage: memory_traffic.py PROGRAM [STATES ...]"""

import os
import re
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
LINE = 64
CACHE = f"{1 << 20},16,{LINE}"


def misses(folder, states, seeds):
    """Last-level misses, reading and writing, of a sweep of so many runs."""
    with open(os.path.join(folder, "s.yaml"), "w") as file:
        file.write(f"name: s\nmethod: grid\nparameters: {{states: {states}}}\nseeds: {seeds}\n")
    done = subprocess.run(
        ["valgrind", "--tool=cachegrind", "--cache-sim=yes", f"--LL={CACHE}",
         "--cachegrind-out-file=/dev/null", PROGRAM, "run", "s.yaml", "-j1", "--fresh", "--isa",
         "avx2"], cwd=folder, capture_output=True, text=True)
    found = re.search(r"LLd misses:\s+([\d,]+)", done.stderr)
    assert done.returncode == 0 and found, done.stderr
    return int(found[1].replace(",", ""))


def main():
    print("states  kB of memory traffic a run")
    for states in map(int, sys.argv[2:] or ("3", "32")):
        with tempfile.TemporaryDirectory() as folder:
            few, many = (misses(folder, states, seeds) for seeds in (2, 6))
            print(f"{states:6}{(many - few) / 4 * LINE / 1000:12.0f}")


main()
