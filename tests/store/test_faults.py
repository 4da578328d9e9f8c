#!/usr/bin/env python3
"""Every system call that writing a results file makes fails in turn: once and for ever, with a full
disk, an input/output error, a signal, a short write. The program must say so and end with an exit
code of its own; once the trouble is over, the same command must bring the file to the same bytes as
if nothing had happened.

Usage: test_faults.py FAULTS_LIBRARY WRITE_SAMPLE [every]"""

import errno
import os
import pathlib
import subprocess
import sys
import tempfile

RUNS = "60"
EXIT_CODES = {65, 73, 74}
CALLS = ["open", "pread", "pwrite", "ftruncate", "fsync", "fdatasync", "rename", "close"]
SHORT = 0
CALLS_MAX = 2000


def run(path, faults=None):
    environment = {**os.environ, **(faults or {})}
    return subprocess.run(
        [WRITE_SAMPLE, path, RUNS, "wide"], env=environment, capture_output=True, text=True, timeout=60
    )


def failures_of(call, at, every):
    failures = [errno.ENOSPC, errno.EIO, errno.EINTR]
    if call in ("pread", "pwrite"):
        failures.append(SHORT)
    # Later calls are much like each other: one failure each, in turn.
    return failures if at <= 6 or every else [failures[at % len(failures)]]


def modes(call, number):
    # A call that is interrupted, or writes half, for ever is no fault but a standstill.
    yield {}
    if number not in (errno.EINTR, SHORT):
        yield {"FAULT_EVER": "1"}


def strike(folder, call, at, number, mode, expected):
    """One run with a fault, then one without. Returns whether the fault struck, and complaints."""
    path, log = folder / "a.h5", folder / "struck"
    faults = {
        "LD_PRELOAD": LIBRARY,
        "FAULT_CALL": call,
        "FAULT_AT": str(at),
        "FAULT_ERRNO": str(number),
        "FAULT_LOG": str(log),
        **mode,
    }
    done = run(path, faults)
    struck = log.exists()
    complaints = []
    if done.returncode != 0 and done.returncode not in EXIT_CODES:
        complaints.append(f"exit code {done.returncode}: {done.stderr}")
    if done.returncode != 0 and not done.stderr.strip():
        complaints.append("fails without a message")
    if done.returncode == 0 and (not path.exists() or path.read_bytes() != expected):
        complaints.append("succeeds, but the file is wrong")
    if call in ("pread", "pwrite") and number in (SHORT, errno.EINTR) and done.returncode != 0:
        complaints.append(f"gives up at what is no failure: {done.stderr}")
    mended = run(path)
    if mended.returncode != 0:
        complaints.append(f"cannot go on: {mended.stderr}")
    elif path.read_bytes() != expected:
        complaints.append("goes on to a wrong file")
    for left in folder.iterdir():
        if left not in (path, log):
            complaints.append(f"leaves {left.name}")
        left.unlink()
    return struck, complaints


def main():
    every = sys.argv[3:] == ["every"]
    count, bad = 0, 0
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as name:
        folder = pathlib.Path(name)
        whole = folder / "whole.h5"
        assert run(whole).returncode == 0
        expected = whole.read_bytes()
        whole.unlink()
        for call in CALLS:
            at, struck = 1, True
            while struck and at < CALLS_MAX:
                struck = False
                for number in failures_of(call, at, every):
                    for mode in modes(call, number):
                        hit, complaints = strike(folder, call, at, number, mode, expected)
                        struck |= hit
                        count += hit
                        for complaint in complaints:
                            bad += 1
                            print(f"{call} number {at}, error {number} {mode}: {complaint}")
                # All early calls, then fewer and fewer.
                at += 1 if every else 1 + at // 4
            print(f"{call}: up to call {at}")
    print(f"{count} faults, {bad} complaints")
    return 1 if bad or count < 100 else 0


if __name__ == "__main__":
    LIBRARY, WRITE_SAMPLE = sys.argv[1:3]
    sys.exit(main())
