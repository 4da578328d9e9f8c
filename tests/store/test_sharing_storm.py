#!/usr/bin/env python3
"""Two to four processes of run, growth, merge, --fresh and readers on one path at once, killed with
SIGKILL at random. After each round every results file of the folder must open, every finished row in it
be whole, and every run that was finished before stand in one of them as it was trained then (a run that is
trained again has another wall_time; its place and so its checksum change as the sweep grows). At the end the path holds what an undisturbed sweep gives. In every other round there are no
locks, as on some network file systems: then a run may lose its name, end with exit code 74 and leave
its rows under another one.

Usage: test_sharing_storm.py RNNSWEEP [ROUNDS] [SEED]"""

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
  sequence_length: 2
  train_samples: 40
  test_samples: 4
  batch_size: 20
  epochs: 12
seeds: 20
"""
MOST_SEEDS = 5000
KEYS = ("states", "learning_rate", "seed")
# Complete; stopped, in use or incomplete; another sweep; cannot create; lost its file.
CODES = {0, 75, 65, 73, 74}
READERS = ("status", "summary", "verify", "missing")


class Storm:
    def __init__(self, folder, chance):
        self.folder, self.chance = folder, chance
        self.path, self.sweep = folder / "a.h5", folder / "sweep.yaml"
        self.sweep.write_text(SWEEP)
        self.seeds = 200
        self.kills, self.lost_names, self.known = 0, 0, {}

    def command(self):
        kind = self.chance.choice(["run", "grow", "grow", "grow", "merge", "merge", "fresh", "reader"])
        if kind == "merge":
            options = ["--compress"] if self.chance.random() < 0.2 else []
            return ["merge", self.path, self.path, *options]
        if kind == "reader":
            return [self.chance.choice(READERS), self.path]
        if kind == "grow":
            self.seeds += self.chance.choice([1, 20, 100, 400])
        seeds = min(self.seeds, MOST_SEEDS)
        fresh = ["--fresh"] if kind == "fresh" and self.chance.random() < 0.3 else []
        return ["run", self.sweep, f"seeds={seeds}", "-o", self.path, f"-j{self.chance.randint(1, 2)}", *fresh]

    def start(self, command):
        return subprocess.Popen([RNNSWEEP, *map(str, command)], stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)

    def files(self):
        return sorted(path for path in self.folder.glob("a.h5*"))

    def finished(self, path):
        with h5py.File(path, "r") as file:
            columns = [file[name][:] for name in (*KEYS, "status", "wall_time")]
        rows = np.flatnonzero(columns[3])
        return {tuple(column[row] for column in columns[:3]): columns[4][row] for row in rows}

    def look(self):
        """Nothing that was ever seen finished is gone from the folder."""
        now = {}
        for path in self.files():
            done = subprocess.run([RNNSWEEP, "verify", path], capture_output=True, text=True, timeout=300)
            if done.returncode != 0:
                raise SystemExit(f"{path}: {done.stdout}{done.stderr}")
            for run, taken in self.finished(path).items():
                now.setdefault(run, set()).add(taken)
        for run, taken in self.known.items():
            if not taken & now.get(run, set()):
                raise SystemExit(f"the finished run {run} was lost: {taken}, {now.get(run)}")
        self.known = now

    def take_locks_away(self, away):
        place = self.folder / ".a.h5.lock"
        if place.is_dir():
            place.rmdir()
        if away:
            place.unlink(missing_ok=True)
            place.mkdir()  # what cannot be locked

    def start_over(self):
        """A sweep that has grown to its end leaves nothing to train, and so nothing to disturb."""
        for path in self.files():
            path.unlink()
        self.seeds, self.known = 200, {}

    def round(self, locks):
        if self.seeds >= MOST_SEEDS:
            self.start_over()
        self.take_locks_away(not locks)
        commands = []
        if not locks:  # a run that lasts, so that it is there when the others come, which may grow the sweep
            self.seeds += 1500
            commands.append(["run", self.sweep, f"seeds={min(self.seeds, MOST_SEEDS)}", "-o", self.path, "-j1"])
        count = self.chance.randint(2, 4)
        while len(commands) < count:
            commands.append(self.command())
        processes = []
        for command in commands:
            processes.append(self.start(command))
            time.sleep(self.chance.uniform(0, 0.4))
        end = time.monotonic() + self.chance.uniform(0, 1)
        doomed = [self.chance.random() < 0.5 and (locks or number > 0) for number in range(len(processes))]
        for process, dies in zip(processes, doomed):
            if dies:
                time.sleep(max(0, self.chance.uniform(0, end - time.monotonic()) if end > time.monotonic() else 0))
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)
                    self.kills += 1
        for command, process, dies in zip(commands, processes, doomed):
            text = process.communicate(timeout=120)[1]
            code = process.returncode
            if code == -signal.SIGKILL and dies:
                continue
            if "No such file" in text and command[0] != "run":
                continue  # it came before there was one
            if code not in CODES or (code == 74 and locks):
                raise SystemExit(f"{command}: exit code {code}\n{text}")
            self.lost_names += code == 74 and "another program" in text
            if "is damaged" in text:
                raise SystemExit(f"{command}: {text}")
        self.look()
        self.tidy()

    def tidy(self):
        """Files aside are given to --from now and then, so that they do not become many."""
        aside = [path for path in self.files() if path != self.path]
        if len(aside) < 4:
            return
        command = ["run", self.sweep, f"seeds={min(self.seeds, MOST_SEEDS)}", "-o", self.path, "--from", *aside]
        text = subprocess.run([RNNSWEEP, *map(str, command)], capture_output=True, text=True, timeout=300)
        if text.returncode != 0:
            raise SystemExit(f"{command}: {text.stderr}")
        for path in aside:
            path.unlink()
        self.known = {}
        self.look()

    def end(self):
        self.take_locks_away(False)
        seeds = f"seeds={min(self.seeds, MOST_SEEDS)}"
        whole = self.folder / "whole.h5"
        for path in (self.path, whole):
            done = subprocess.run([RNNSWEEP, "run", self.sweep, seeds, "-o", path], capture_output=True, text=True,
                                  timeout=600)
            if done.returncode != 0:
                raise SystemExit(done.stderr)
        self.look()
        done = subprocess.run([RNNSWEEP, "verify", self.path, "--against", whole], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stdout + done.stderr)
        left = [path.name for path in self.folder.glob(".*.lock")]
        if left:
            raise SystemExit(f"locks are left: {left}")


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 25
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**32)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as name:
        storm = Storm(pathlib.Path(name), random.Random(seed))
        for number in range(rounds):
            storm.round(locks=number % 2 == 0)
            if number % 25 == 24:
                print(f"{number + 1} rounds", flush=True)
        storm.end()
        print(f"{storm.kills} kills, {storm.lost_names} files lost their names")


if __name__ == "__main__":
    RNNSWEEP = os.path.abspath(sys.argv[1])
    main()
