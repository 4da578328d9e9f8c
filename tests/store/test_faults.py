#!/usr/bin/env python3
"""Every system call that writing a results file makes fails in turn: once and for ever, with a full
disk, an input/output error, a signal, a short write; in a file that is created and filled, in one
whose stopped runs are trained further, in one that is merged, in one that grows, in one that is
compressed and in one that is no longer. The program must
say so and end with an exit code of its own, and leave what was there before; once the trouble is
over, the same command must bring the file to the same bytes as if nothing had happened.

Usage: test_faults.py FAULTS_LIBRARY WRITE_SAMPLE few|many|every

says which of the calls of a kind fail: few are the calls 1, 23, 507, ..., with one
error each; many 1, 2, 3, 6, 12, ... with all errors."""

import errno
import os
import pathlib
import subprocess
import sys
import tempfile

RUNS, HALF = "60", "30"
EXIT_CODES = {65, 73, 74}
CALLS = ["open", "pread", "pwrite", "ftruncate", "fallocate", "fsync", "fdatasync", "rename", "close"]
# Without these nothing is known to be on the disk. (A rename has another way; a read may be repeated.)
MUST_SUCCEED = {"fsync", "fdatasync", "close"}
SHORT = 0
CALLS_MAX = 2000


def run(arguments, faults=None):
    environment = {**os.environ, **(faults or {})}
    return subprocess.run(
        [WRITE_SAMPLE, *arguments], env=environment, capture_output=True, text=True, timeout=600
    )


class Scenario:
    """before: files that exist at first, by name. `path` is the one that is written."""

    def __init__(self, folder, name, before, *sources, form="wide"):
        self.folder, self.name, self.before = folder, name, before
        self.path = folder / "a.h5"
        self.arguments = [self.path, RUNS, form, *(folder / source for source in sources)]

    def restore(self):
        for left in self.folder.iterdir():
            left.unlink()
        for name, content in self.before.items():
            (self.folder / name).write_bytes(content)

    def unexpected(self):
        """Names of files that should not be there, or are not as they were."""
        for path in self.folder.iterdir():
            if path != self.path and self.before.get(path.name) != path.read_bytes():
                yield path.name


def failures_of(call, extent):
    """Few: the one that is most likely, and those that are none."""
    usual = [errno.ENOSPC, errno.EIO, errno.EINTR]
    if extent == "few":
        usual = [errno.EIO if call in ("pread", "close") else errno.ENOSPC]
    more = {"pread": [SHORT], "pwrite": [SHORT], "fallocate": [errno.EOPNOTSUPP]}
    return usual + more.get(call, [])


def is_no_failure(call, number):
    """A file system need not be able to take room beforehand."""
    return (call in ("pread", "pwrite", "fallocate") and number in (SHORT, errno.EINTR)
            or (call, number) == ("fallocate", errno.EOPNOTSUPP))


def modes(at, number, extent):
    # A call that is interrupted, or writes half, for ever is no fault but a standstill.
    lasts = number not in (errno.EINTR, SHORT)
    if extent != "few" or at == 1 or not lasts:
        yield {}
    if lasts and (extent != "few" or at > 1):
        yield {"FAULT_EVER": "1"}


def strike(scenario, log, call, at, number, mode, expected):
    """One run with a fault, then one without. Returns whether the fault struck, and complaints."""
    path = scenario.path
    scenario.restore()
    log.unlink(missing_ok=True)
    faults = {
        "LD_PRELOAD": LIBRARY,
        "FAULT_CALL": call,
        "FAULT_AT": str(at),
        "FAULT_ERRNO": str(number),
        "FAULT_LOG": str(log),
        **mode,
    }
    done = run(scenario.arguments, faults)
    struck = log.exists()
    complaints = []
    if done.returncode != 0 and done.returncode not in EXIT_CODES:
        complaints.append(f"exit code {done.returncode}: {done.stderr}")
    if done.returncode != 0 and not done.stderr.strip():
        complaints.append("fails without a message")
    if done.returncode == 0 and (not path.exists() or path.read_bytes() != expected):
        complaints.append("succeeds, but the file is wrong")
    if struck and done.returncode == 0 and call in MUST_SUCCEED:
        complaints.append("takes no notice")
    if is_no_failure(call, number) and done.returncode != 0:
        complaints.append(f"gives up at what is no failure: {done.stderr}")
    if scenario.sources_only and done.returncode != 0 and path.exists():
        if path.read_bytes() not in (expected, scenario.before.get(path.name)):
            complaints.append("leaves neither the old file nor the new one")
    complaints += [f"leaves or changes {name}" for name in scenario.unexpected()]
    if struck:
        mended = run(scenario.arguments)
        if mended.returncode != 0:
            complaints.append(f"cannot go on: {mended.stderr}")
        elif path.read_bytes() != expected:
            complaints.append("goes on to a wrong file")
        complaints += [f"leaves or changes {name}" for name in scenario.unexpected()]
    return struck, complaints


def next_call(at, extent):
    if extent == "few":
        return at * 22 + 1
    return at + 1 if extent == "every" or at < 3 else at * 2


def try_all(scenario, log, expected, extent):
    count, bad = 0, 0
    for call in CALLS:
        at, struck = 1, True
        while struck and at < CALLS_MAX:
            struck = False
            for number in failures_of(call, extent):
                for mode in modes(at, number, extent):
                    hit, complaints = strike(scenario, log, call, at, number, mode, expected)
                    struck |= hit
                    count += hit
                    for complaint in complaints:
                        bad += 1
                        print(f"{scenario.name}: {call} number {at}, error {number} {mode}: {complaint}")
            at = next_call(at, extent)
        print(f"{scenario.name}: {call}: up to call {at}")
    return count, bad


def main():
    extent = sys.argv[3]
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as name:
        folder = pathlib.Path(name)
        for file, runs in (("whole.h5", RUNS), ("half.h5", HALF)):
            assert run([folder / file, runs, "wide"]).returncode == 0
        assert run([folder / "stopped.h5", RUNS, "stopped"]).returncode == 0
        stopped = (folder / "stopped.h5").read_bytes()
        assert run([folder / "packed.h5", RUNS, "packed", folder / "half.h5"]).returncode == 0
        whole, half, packed = ((folder / file).read_bytes() for file in ("whole.h5", "half.h5", "packed.h5"))
        place = folder / "place"
        place.mkdir()
        scenarios = [
            Scenario(place, "fill", {}),
            Scenario(place, "replace", {"a.h5": stopped}, form="rungs"),
            Scenario(place, "merge", {"half.h5": half, "whole.h5": whole}, "half.h5", "whole.h5"),
            Scenario(place, "grow", {"a.h5": half}, "a.h5"),
            Scenario(place, "compress", {"half.h5": half, "whole.h5": whole}, "half.h5", "whole.h5",
                     form="packed"),
            Scenario(place, "unpack", {"a.h5": packed}, "a.h5"),
        ]
        totals = []
        for scenario in scenarios:
            expected = whole
            if scenario.name not in ("fill", "merge"):  # rows are pending, or the file is compressed
                scenario.restore()
                assert run(scenario.arguments).returncode == 0
                expected = scenario.path.read_bytes()
            scenario.sources_only = scenario.name not in ("fill", "replace")
            totals.append(try_all(scenario, folder / "struck", expected, extent))
    print("faults, complaints:", totals)
    least = [10 if scenario.name == "replace" else 15 for scenario in scenarios]  # it opens no other file
    return any(bad > 0 or count < fewest for (count, bad), fewest in zip(totals, least))


if __name__ == "__main__":
    LIBRARY, WRITE_SAMPLE = sys.argv[1:3]
    sys.exit(main())
