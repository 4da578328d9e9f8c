#!/usr/bin/env python3
"""A fixed run takes as many instructions as it used to, whatever the machine is doing meanwhile.

    test_instructions.py FIXED_RUNS BUILD [--refresh]

BUILD names compiler and flags. Instructions inside rs_trainer_run, counted by callgrind, must stay
within BAND of instructions.json; below it counts as well, so that a gain is written down.
--refresh writes the file anew, to be called when a change of the count is meant."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

STORED = pathlib.Path(__file__).with_name("instructions.json")
BAND = 0.10
SKIPPED = 77
ISA = "avx2"
SHAPES = [(states, precision) for states in (3, 32) for precision in ("float32", "float64")]


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def count(program, states, precision, folder):
    out = pathlib.Path(folder, "callgrind.out")
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--toggle-collect=rs_trainer_run",
               program, ISA, str(states), precision]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 64:
        skip(done.stderr.splitlines()[-1])
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE).group(1))


def main():
    program, build = sys.argv[1:3]
    refresh = sys.argv[3:] == ["--refresh"]
    stored = json.loads(STORED.read_text()) if STORED.exists() else {}
    if shutil.which("valgrind") is None:
        skip("there is no valgrind")
    if not refresh and stored["build"] != build:
        skip(f"counts are stored for {stored['build']}, this build is {build}")
    with tempfile.TemporaryDirectory() as folder:
        counts = {f"{states} {precision}": count(program, states, precision, folder) for states, precision in SHAPES}
    if refresh:
        STORED.write_text(json.dumps({"build": build, "isa": ISA, "counts": counts}, indent=2) + "\n")
        return
    wrong = False
    for shape, now in counts.items():
        change = now / stored["counts"][shape] - 1
        wrong |= abs(change) > BAND
        print(f"{shape}: {now} instructions, {100 * change:+.1f} % {'OUTSIDE the band' if abs(change) > BAND else ''}")
    if wrong:
        sys.exit("if the change is meant: cmake --build BUILD_FOLDER --target refresh_instructions")


main()
