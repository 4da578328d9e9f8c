#!/usr/bin/env python3
"""kill -9 at random moments: of runs with one and two threads, of shards that another cut takes over, of
the growth of a file, of merges, of two processes on one file and on one shard, and of sweeps whose runs
stop at rungs and go on. After each kill the file must open, every finished row be whole and no finished run be trained again; the end must be what an
undisturbed sweep gives.

Usage: test_kill_storm.py RNNSWEEP [KILLS] [SEED]"""

import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

# Runs of some ten microseconds, so that every kill hits something new.
SWEEP = """\
name: storm
method: grid
parameters:
  states: [1, 2, 4]
  learning_rate: [0.01, 0.1]
  loss_interval: [1, 2]
  sequence_length: 2
  train_samples: 40
  test_samples: 4
  batch_size: 20
  epochs: 2
seeds: 600
"""
HALVING = SWEEP.replace("epochs: 2", "epochs: 4") + """\
early_terminate: {type: successive_halving, epochs: [1, 2, 3], keep: 0.6}
"""


def rnnsweep(*arguments):
    done = subprocess.run([RNNSWEEP, *map(str, arguments)], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise SystemExit(f"{arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")


class Storm:
    def __init__(self, folder, chance):
        self.folder, self.chance, self.kills = folder, chance, 0
        self.times = {}
        self.sweep = folder / "sweep.yaml"
        self.sweep.write_text(SWEEP)
        self.halving_sweep = folder / "halving.yaml"
        self.halving_sweep.write_text(HALVING)

    def start(self, *arguments):
        return subprocess.Popen(
            [RNNSWEEP, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill_soon(self, process, longest):
        """Whether the process came to its end before it was killed."""
        time.sleep(self.chance.uniform(0, longest))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            self.kills += 1
        return process.wait() == 0

    def look(self, path):
        """Finished rows are whole, and stay: a run that is trained again has another wall_time."""
        if not path.exists():
            return
        rnnsweep("verify", path)
        with h5py.File(path) as file:
            names = ("states", "learning_rate", "loss_interval", "seed", "status", "wall_time")
            columns = [file[name][:] for name in names]
        rows = np.flatnonzero(columns[4])
        now = {tuple(column[row] for column in columns[:4]): columns[5][row] for row in rows}
        for run, taken in self.times.items():
            if now.get(run) != taken:
                raise SystemExit(f"{path}: the finished run {run} was lost or trained again")
        self.times = now

    def run_until_done(self, path, *arguments, out=None):
        """`out` is what -o says where that is not the file itself."""
        self.times = {}
        longest = 0.02
        while not self.kill_soon(self.start("run", self.sweep, "-o", out or path, *arguments), longest):
            self.look(path)
            longest *= 1.2
        self.look(path)

    def threads(self, whole, count):
        path = self.folder / "a.h5"
        self.run_until_done(path, "-j", count)
        rnnsweep("verify", path, "--against", whole)
        path.unlink()

    def growth(self, whole):
        path = self.folder / "grown.h5"
        self.times = {}
        for seeds in (50, 200, 400):
            for _ in range(4):
                self.kill_soon(self.start("run", self.sweep, "-o", path, f"seeds={seeds}"), 0.15)
                self.look(path)
        times = self.times
        self.run_until_done(path)
        assert all(self.times[run] == taken for run, taken in times.items())
        with h5py.File(path) as file, h5py.File(whole) as other:
            assert (file["crc32c"][:] == other["crc32c"][:]).all()
        path.unlink()

    def merge(self, whole, *options):
        self.times = {}
        parts, out = [], self.folder / "merged.h5"
        outcomes = h5py.File(whole)["status"][:]
        for part in range(3):
            parts.append(self.folder / f"part{part}.h5")
            parts[-1].write_bytes(whole.read_bytes())
            with h5py.File(parts[-1], "r+") as file:
                file["status"][:] = np.where(np.arange(len(outcomes)) % 3 == part, outcomes, 0)
        longest = 0.02
        while not self.kill_soon(self.start("merge", out, *self.chance.sample(parts, 3), *options), longest):
            self.look(out)
            longest *= 1.2  # a merge that is killed starts anew
        rnnsweep("verify", out, "--against", whole)
        assert not list(self.folder.glob(f".{out.name}.tmp.*")), "a killed merge's leftovers stay"
        for path in [out, *parts]:
            path.unlink()

    def shards(self, whole):
        """Three shards, killed and left at some point; four others go on from them and are merged."""
        out, old, new = self.folder / "cut.h5", [], []
        for index in range(1, 4):
            old.append(self.folder / f"cut.{index}-of-3.h5")
            self.times = {}
            while not old[-1].exists() or self.chance.random() < 0.5:
                self.kill_soon(self.start("run", self.sweep, "-o", out, "--shard", f"{index}/3"), 0.3)
                self.look(old[-1])
        finished = {}
        for path in old:
            self.times = {}
            self.look(path)
            finished.update(self.times)
        for index in range(1, 5):
            new.append(self.folder / f"cut.{index}-of-4.h5")
            self.run_until_done(new[-1], "--shard", f"{index}/4", "--from", *old, out=out)
            for run, taken in self.times.items():
                assert finished.get(run, taken) == taken, f"{run} was trained again by another shard"
        rnnsweep("merge", out, *new)
        rnnsweep("verify", out, "--against", whole)
        for path in [out, *old, *new]:
            path.unlink()

    def two_at_once(self, whole, path, *arguments, out=None):
        longest = 0.2
        while True:
            longest *= 1.2
            first = self.start("run", self.sweep, "-o", out or path, "-j1", *arguments)
            second = self.start("run", self.sweep, "-o", out or path, "-j1", *arguments)
            self.kill_soon(first, longest)
            if second.wait() == 0:
                break
        rnnsweep("verify", path)
        with h5py.File(path) as file, h5py.File(whole) as other:
            assert (file["status"][:] > 0).all()
            # Checksums cover a row's place, which is another one in the whole file.
            runs = file["run"][:]
            for name in ("initial_loss", "final_loss", "test_accuracy", "diverged_at", "loss"):
                np.testing.assert_array_equal(file[name][:], other[name][:][runs])
            for name, group in file["weights"].items():
                rows = np.searchsorted(other["weights"][name]["run_id"][:], group["run_id"][:])
                for tensor in ("S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out"):
                    np.testing.assert_array_equal(group[tensor][:], other["weights"][name][tensor][:][rows])
        path.unlink()

    def halving(self, stopped):
        """Rows of runs that stopped are written again: each is the old one, pending, or the new one."""
        path, longest, done = self.folder / "halved.h5", 0.05, False
        while not done:
            processes = [self.start("run", self.halving_sweep, "-o", path, "-j", self.chance.choice([1, 2]))
                         for _ in range(self.chance.choice([1, 1, 2]))]
            done = self.kill_soon(processes[0], longest)
            done = [process.wait() == 0 for process in processes[1:]] == [True] or done
            if path.exists():
                rnnsweep("verify", path)
            longest *= 1.2
        with h5py.File(path) as file, h5py.File(stopped) as other:
            assert (file["status"][:] == other["status"][:]).all() and (file["status"][:] == 4).any()
            assert (file["crc32c"][:] == other["crc32c"][:]).all()
        path.unlink()

    def round(self, whole, stopped):
        self.threads(whole, 1)
        self.threads(whole, 2)
        self.shards(whole)
        self.growth(whole)
        self.merge(whole)
        self.merge(whole, "--compress")
        self.halving(stopped)
        self.two_at_once(whole, self.folder / "twice.h5")
        self.two_at_once(whole, self.folder / "twice.2-of-3.h5", "--shard", "2/3", out=self.folder / "twice.h5")
        for left in self.folder.glob(".*.tmp.*"):
            left.unlink()


def main():
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**32)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as name:
        storm = Storm(pathlib.Path(name), random.Random(seed))
        whole = storm.folder / "whole.h5"
        stopped = storm.folder / "stopped.h5"
        rnnsweep("run", storm.sweep, "-o", whole)
        rnnsweep("run", storm.halving_sweep, "-o", stopped)
        while storm.kills < kills:
            storm.round(whole, stopped)
            print(f"{storm.kills} kills", flush=True)


if __name__ == "__main__":
    RNNSWEEP = sys.argv[1]
    main()
