#!/usr/bin/env python3
"""`run --shard I/N` and `run --from`: whatever the cut, the merged file is that of one process.

Usage: test_shards.py RNNSWEEP"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

# float64 runs among float32 ones, so that some shards hold narrow numbers and the whole wide ones;
# two loss intervals and lengths, so that the shards' curves have other columns than the whole's; so do
# their checks on validation sets, at which runs stop.
SWEEP = """\
name: cut
method: grid
parameters:
  states: [1, 2, 8]
  learning_rate: [0.05, 0.2]
  train_samples: 200
  test_samples: 70
  batch_size: 50
  sequence_length: 6
  epochs: 2
  validation_samples: 30
  check_interval: 3
  patience: 1
seeds: 4
---
method: grid
parameters:
  states: [2, 5]
  precision: float64
  loss_interval: [2, 3]
  train_samples: 300
  test_samples: 30
  batch_size: 50
  sequence_length: 5
  validation_samples: 20
  stop_loss: 0.6
seeds: 2
"""
RUNS = 32
# Small batches, whose runs are trained side by side: which ones depends on the cut.
SIDE_BY_SIDE = """\
method: grid
parameters:
  states: [2, 3]
  learning_rate: [0.01, 0.1, 10]
  optimizer: [rmsprop, sgd]
  batch_size: [1, 4]
  train_samples: 40
  test_samples: 20
  sequence_length: 5
  epochs: 2
seeds: 7
---
method: grid
parameters: {task: parity, shortest_length: 2, sequence_length: 9, batch_size: 3, precision: [float32, float64],
             train_samples: 30, test_samples: 20, epochs: 2, clip_norm: [none, 1]}
seeds: 5
"""
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
CIRCUMSTANCES = {"date_created", "history", "rnnsweep_command", "rnnsweep_host", "rnnsweep_threads"}


def rnnsweep(*arguments, check=0):
    done = subprocess.run([RNNSWEEP, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    if done.returncode != check:
        raise AssertionError(f"{arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def contents(path):
    """All of a results file that must not depend on how it came about, in the order of the file: of
    each dataset its place, type and bytes, but for the bytes of wall_time, and all attributes. The
    directory repeats attributes that do depend on it."""
    parts, data = [], path.read_bytes()
    with h5py.File(path) as file:
        def add(_, item):
            parts.append((item.name, [(name, str(value)) for name, value in item.attrs.items()
                                      if name != "REFERENCE_LIST" and name != "DIMENSION_LIST"]))
            if isinstance(item, h5py.Dataset) and item.name != "/rescue/directory":
                start, size = item.id.get_offset(), item.id.get_storage_size()
                parts.append((start, size, item.dtype.str, item.shape,
                              data[start:start + size] if item.name != "/wall_time" else None))
        file.visititems(add)
        parts.append([(name, str(value)) for name, value in file.attrs.items() if name not in CIRCUMSTANCES])
    return parts


class Shards(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory(dir=MEMORY)
        cls.addClassCleanup(cls.shared.cleanup)
        cls.whole = pathlib.Path(cls.shared.name) / "whole.h5"
        sweep = pathlib.Path(cls.shared.name) / "cut.yaml"
        sweep.write_text(SWEEP)
        rnnsweep("run", sweep, "-o", cls.whole)

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.sweep = self.folder / "cut.yaml"
        self.sweep.write_text(SWEEP)
        self.out = self.folder / "cut.h5"

    def shard(self, index, count, *more):
        done = rnnsweep("run", self.sweep, "-o", self.out, "--shard", f"{index}/{count}", "-j1", *more)
        return self.folder / f"cut.{index}-of-{count}.h5", done.stderr

    def cut(self, count, *more):
        return [path for path in (self.shard(i + 1, count, *more)[0] for i in range(count)) if path.exists()]

    def runs(self, path):
        with h5py.File(path) as file:
            return file["run"][:].tolist()

    def assertSameBytes(self, one, other):
        """Not assertEqual, which would print the bytes."""
        self.assertTrue(contents(one) == contents(other), f"{one} and {other} differ")

    def test_every_run_is_in_one_shard(self):
        for count in (1, 5, 33):
            paths = self.cut(count)
            self.assertEqual(sorted(run for path in paths for run in self.runs(path)), list(range(RUNS)))
            self.assertEqual(len(paths), min(count, RUNS))
            for path in paths:
                self.assertEqual(self.runs(path), sorted(self.runs(path)))

    def test_merged_shards_are_the_file_of_one_process(self):
        for count in (2, 3):
            paths = self.cut(count)
            rnnsweep("merge", self.out, *paths[::-1])
            self.assertSameBytes(self.out, self.whole)
            rnnsweep("verify", self.out, "--against", self.whole)
            for path in paths:
                self.assertTrue(path.exists())
                rnnsweep("verify", path)
            self.out.unlink()

    def test_runs_side_by_side_are_the_same_in_every_cut(self):
        self.sweep.write_text(SIDE_BY_SIDE)
        one, grown = self.folder / "one.h5", self.folder / "grown.h5"
        rnnsweep("run", self.sweep, "-o", one, "-j1", "seeds=7")
        for threads in (2, 5):
            rnnsweep("run", self.sweep, "-o", self.out, f"-j{threads}", "--fresh", "seeds=7")
            self.assertSameBytes(self.out, one)
        self.out.unlink()
        rnnsweep("merge", self.out, *self.cut(3, "seeds=7"))
        self.assertSameBytes(self.out, one)
        for seeds in (1, 3, 7):
            rnnsweep("run", self.sweep, "-o", grown, f"seeds={seeds}")
        rnnsweep("verify", grown, "--against", one)

    def test_more_shards_than_files_may_be_open(self):
        """All of them are open together where the system allows it: here one at a time."""
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
        paths = self.cut(20)
        done = subprocess.run([RNNSWEEP, "merge", self.out, *paths], capture_output=True, text=True, timeout=60,
                              preexec_fn=limit)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertSameBytes(self.out, self.whole)

    def test_a_shard_too_many_writes_nothing(self):
        path, said = self.shard(33, 33)
        self.assertFalse(path.exists())
        self.assertIn("shard 33/33 has none of the sweep's 32 runs", said)

    def test_the_same_command_goes_on(self):
        path, _ = self.shard(2, 3)
        with h5py.File(path, "r+") as file:
            file["status"][1] = 0
            rows = len(file["status"])
        self.assertIn(f"{rows - 1} of {rows} runs are finished", self.shard(2, 3)[1])
        self.assertIn("nothing to train", self.shard(2, 3)[1])

    def test_another_cut_takes_over_what_is_finished(self):
        old = self.cut(3)
        times = {}
        for number, path in enumerate(old):
            with h5py.File(path, "r+") as file:
                file["status"][number] = 0  # not finished in time
                for run, status, time in zip(file["run"][:], file["status"][:], file["wall_time"][:]):
                    if status:
                        times[run] = time
        before = [path.read_bytes() for path in old]
        new = self.cut(4, "--from", *old)
        self.assertEqual([path.read_bytes() for path in old], before)
        for path in new:
            with h5py.File(path) as file:
                for run, time in zip(file["run"][:], file["wall_time"][:]):
                    self.assertEqual(times.get(run, time), time, "a finished run was trained again")
        rnnsweep("merge", self.out, *new)
        self.assertSameBytes(self.out, self.whole)
        rnnsweep("merge", self.out, *old, *new)
        self.assertSameBytes(self.out, self.whole)

    def test_what_is_taken_over_is_checked(self):
        path, _ = self.shard(1, 2)
        with h5py.File(path, "r+") as file:
            run, rows = int(file["run"][3]), len(file["run"])
            file["loss"][3, 1] += 1
        done = rnnsweep("run", self.sweep, "-o", self.out, "--from", path)
        self.assertIn(f"{rows - 1} finished runs taken over from 1 file", done.stderr)
        self.assertIn("1 damaged run will be trained again", done.stderr)
        rnnsweep("verify", self.out, "--against", self.whole)
        self.assertLess(run, RUNS)

    def test_files_that_cannot_be_taken_over(self):
        self.assertIn("absent.h5", rnnsweep("run", self.sweep, "-o", self.out, "--from", self.folder / "absent.h5",
                                            check=74).stderr)
        self.assertIn("cut.yaml", rnnsweep("run", self.sweep, "-o", self.out, "--from", self.sweep, check=65).stderr)
        other = self.folder / "other.h5"
        rnnsweep("run", self.sweep, "-o", other, "--shard", "1/8", "sequence_length=4")
        done = rnnsweep("run", self.sweep, "-o", self.out, "--from", self.folder / "other.1-of-8.h5")
        self.assertIn("0 finished runs taken over", done.stderr)
        self.assertSameBytes(self.out, self.whole)

    def test_a_shard_of_a_grown_sweep_does_not_replace_the_old_one(self):
        path, _ = self.shard(1, 4)
        before = path.read_bytes()
        self.sweep.write_text(SWEEP.replace("seeds: 4", "seeds: 6"))
        done = rnnsweep("run", self.sweep, "-o", self.out, "--shard", "1/4", check=65)
        self.assertIn("Nothing was changed", done.stderr)
        self.assertEqual(path.read_bytes(), before)
        done = rnnsweep("run", self.sweep, "-o", self.folder / "new.h5", "--shard", "1/1", "--from", path)
        self.assertIn("8 finished runs taken over", done.stderr)

    def test_what_a_shard_says(self):
        done = rnnsweep("run", self.sweep, "-o", self.out, "--shard", "2/4", "--progress", "json")
        start = json.loads(done.stderr.splitlines()[0])
        self.assertEqual((start["shard"], start["total"]), ("2/4", 8))
        with h5py.File(self.folder / "cut.2-of-4.h5") as file:
            self.assertEqual(file.attrs["rnnsweep_shard"], "2/4")
        for wrong in ("0/4", "5/4", "4", "/4", "1/", "1/4097", "-1/4", "1/4/2", " 1/4", "99999999999999999999/3"):
            self.assertIn("must be I/N", rnnsweep("run", self.sweep, "--shard", wrong, check=64).stderr)
        rnnsweep("run", self.sweep, "-o", self.folder / "many.h5", "--shard", "4096/4096")

    def test_status_and_missing_look_through_shards(self):
        paths = self.cut(4)
        self.assertEqual(rnnsweep("missing", *paths).stdout, "")
        self.assertIn("32 of 32 runs finished", rnnsweep("status", *paths).stdout)
        missing = rnnsweep("missing", *paths[1:], check=75).stdout
        runs = [run for part in missing.strip().split(",")
                for run in range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1)]
        self.assertEqual(runs, self.runs(paths[0]))


if __name__ == "__main__":
    RNNSWEEP = sys.argv.pop(1)
    unittest.main()
