#!/usr/bin/env python3
"""merge, missing, status, verify and the growth of a file, from outside.

Usage: test_commands.py RNNSWEEP"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import h5py
import numpy as np

SWEEP = """\
name: files
method: grid
parameters:
  states: [2, 3]
  learning_rate: [0.01, 0.1]
  train_samples: 200
  test_samples: 50
seeds: 10
"""
RUNS = 40


def rnnsweep(*arguments, check=None):
    done = subprocess.run([RNNSWEEP, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    if check is not None and done.returncode != check:
        raise AssertionError(f"{arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.sweep = self.folder / "sweep.yaml"
        self.sweep.write_text(SWEEP)

    def train(self, name, *overrides):
        path = self.folder / name
        rnnsweep("run", self.sweep, "-o", path, *overrides, check=0)
        return path

    def part(self, name, whole, keep):
        """A file in which only the rows that keep(row) chooses are finished."""
        path = self.folder / name
        shutil.copy(whole, path)
        with h5py.File(path, "r+") as file:
            file["status"][:] = [outcome if keep(row) else 0 for row, outcome in enumerate(file["status"][:])]
        return path

    def test_merge_of_parts_is_the_whole(self):
        whole = self.train("whole.h5")
        first = self.part("first.h5", whole, lambda row: row < 25)
        second = self.part("second.h5", whole, lambda row: row >= 20)
        out = self.folder / "out.h5"
        done = rnnsweep("merge", out, second, first, check=0)
        self.assertIn("40 of 40 runs from 2 files", done.stdout)
        rnnsweep("verify", out, "--against", whole, check=0)
        rnnsweep("merge", out, first, check=0)  # what OUT has is kept
        rnnsweep("verify", out, "--against", whole, check=0)
        self.assertEqual({path.name for path in self.folder.iterdir()},
                         {"sweep.yaml", "whole.h5", "first.h5", "second.h5", "out.h5"})

    def test_what_is_missing_is_listed_and_trained(self):
        whole = self.train("whole.h5")
        part = self.part("part.h5", whole, lambda row: row % 10 < 7)
        done = rnnsweep("missing", part, check=75)
        self.assertEqual(done.stdout, "7-9,17-19,27-29,37-39\n")
        self.assertIn("12 of 40 runs are missing", done.stderr)
        self.assertEqual(rnnsweep("missing", part, whole, check=0).stdout, "")
        out = self.folder / "out.h5"
        done = rnnsweep("merge", out, part, check=75)
        self.assertIn("missing: 7-9,17-19,27-29,37-39", done.stdout)
        done = rnnsweep("run", self.sweep, "-o", out, check=0)
        self.assertIn("28 of 40 runs are finished", done.stderr)
        rnnsweep("verify", out, "--against", whole, check=0)

    def test_status_counts(self):
        whole = self.train("whole.h5")
        part = self.part("part.h5", whole, lambda row: row < 10)
        done = rnnsweep("status", part, whole, check=0)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[1].split()[:5], ["40", "10", "0", "0", "30"])
        self.assertEqual(lines[2].split()[:5], ["40", "40", "0", "0", "0"])
        self.assertIn("40 of 40 runs finished", lines[3])
        self.assertIn("10 of 40 runs finished", rnnsweep("status", part, check=0).stdout)

    def test_a_grown_sweep_keeps_its_runs(self):
        path = self.train("a.h5", "seeds=4")
        with h5py.File(path) as file:
            times = {(s, r, k): t for s, r, k, t in zip(*(file[n][:] for n in
                     ("states", "learning_rate", "seed", "wall_time")))}
        done = rnnsweep("run", self.sweep, "-o", path, check=0)
        self.assertIn("16 finished runs carried over", done.stderr)
        whole = self.train("whole.h5")
        rnnsweep("verify", path, "--against", whole, check=0)
        with h5py.File(path) as file:
            for s, r, k, t in zip(*(file[n][:] for n in ("states", "learning_rate", "seed", "wall_time"))):
                self.assertEqual(times.get((s, r, k), t), t, "a carried run was trained again")
        before = path.read_bytes()
        done = rnnsweep("run", self.sweep, "-o", path, "seeds=4", check=0)
        self.assertIn("nothing to train", done.stderr)
        self.assertEqual(path.read_bytes(), before)

    def test_damage_and_differences_are_found(self):
        whole, other = self.train("whole.h5"), self.folder / "other.h5"
        shutil.copy(whole, other)
        with h5py.File(other, "r+") as file:
            file["loss"][17, 3] += 1
        done = rnnsweep("verify", other, check=65)
        self.assertIn("other.h5: run 17: damaged", done.stdout)
        done = rnnsweep("verify", other, "--against", whole, check=65)
        self.assertRegex(done.stdout, "other.h5: run 17: differs")
        done = rnnsweep("merge", self.folder / "out.h5", other, check=75)
        self.assertIn("left out 1 damaged", done.stderr)
        self.assertIn("missing: 17", done.stdout)
        rnnsweep("merge", self.folder / "out.h5", other, whole, check=0)

    def test_a_falsified_number_is_in_no_table(self):
        path = self.train("a.h5")
        with h5py.File(path, "r+") as file:
            file["test_accuracy"][17] = 0.75  # allowed, but not what was written
        for command in (["summary", path], ["run", self.sweep, "-o", path]):
            done = rnnsweep(*command, check=0)
            self.assertIn("1 row is damaged and not counted", done.stdout)
        self.assertIn("nothing to train", done.stderr)
        one = ("states=2", "learning_rate=0.1", "seeds=1")
        path = self.train("one.h5", *one)
        with h5py.File(path, "r+") as file:
            file["weights/states_2/W_in"][0] += 1
        done = rnnsweep("run", self.sweep, *one, "-o", path, check=65)
        self.assertIn("run 0 is damaged: its checksum is wrong", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_a_value_out_of_range_costs_its_run(self):
        whole, other = self.train("whole.h5"), self.folder / "other.h5"
        wrong = {"epochs": 0, "lambda": 1.5, "batching": 7, "states": -1, "loss_interval": 0, "seed": -5,
                 "learning_rate": np.nan, "status": 7, "run": -1}
        for name, value in wrong.items():
            shutil.copy(whole, other)
            with h5py.File(other, "r+") as file:
                file[name][11] = value
            done = rnnsweep("verify", other, check=65)
            self.assertIn(f"run {-1 if name == 'run' else 11}: damaged", done.stdout, name)
            self.assertIn("39 intact, 1 damaged", done.stdout)
            self.assertEqual(rnnsweep("missing", other, check=75).stdout, "11\n")
            self.assertIn("1 row is damaged and counts as missing", rnnsweep("status", other, check=0).stdout)
            self.assertIn("1 row is damaged and not counted", rnnsweep("summary", other, check=0).stdout)
            out = self.folder / f"{name}.h5"
            self.assertIn("left out 1 damaged", rnnsweep("merge", out, other, check=75).stderr)
            done = rnnsweep("run", self.sweep, "-o", other, check=0)
            self.assertIn("1 damaged run will be trained again", done.stderr)
            rnnsweep("verify", other, "--against", whole, check=0)

    def test_times_do_not_count_as_differences(self):
        whole, other = self.train("whole.h5"), self.train("other.h5")
        with h5py.File(whole) as one, h5py.File(other) as two:
            self.assertFalse(np.array_equal(one["wall_time"][:], two["wall_time"][:]))
        rnnsweep("verify", other, "--against", whole, check=0)
        with h5py.File(other, "r+") as file:
            file["wall_time"][3] += 1
        done = rnnsweep("verify", other, "--against", whole, check=65)
        self.assertIn("run 3: its wall_time is damaged, and nothing else", done.stdout)
        self.assertIn("40 intact, 0 damaged", done.stdout)
        self.assertIn("the same results as", done.stdout)

    def test_changed_texts_and_scales_are_seen(self):
        whole, other = self.train("whole.h5"), self.folder / "other.h5"

        def changed(change):
            shutil.copy(whole, other)
            with h5py.File(other, "r+") as file:
                change(file)
            return rnnsweep("verify", other, check=65).stdout

        self.assertIn("attribute rnnsweep_goal of / is not what was written",
                      changed(lambda file: file.attrs.__setitem__("rnnsweep_goal", "minimize")))
        self.assertIn("attribute flag_meanings of /status is not what was written",
                      changed(lambda file: file["status"].attrs.__setitem__("flag_meanings", "a b c d e")))
        for name in ("step", "weights/states_3/state_from", "states", "run"):
            self.assertIn(f"/{name} is not what was written", changed(lambda file: file[name].__setitem__(0, 9)))

    def test_a_row_in_the_place_of_another_is_seen(self):
        """With everything that belongs to it, so that nothing in the row contradicts the rest."""
        whole, other = self.train("whole.h5"), self.folder / "other.h5"
        shutil.copy(whole, other)
        with h5py.File(other, "r+") as file:
            runs = len(file["run"])
            for item in file.values():
                if isinstance(item, h5py.Dataset) and item.shape[0] == runs and item.name != "/step":
                    item[4] = item[5]
            group = file["weights/states_2"]
            for item in group.values():
                if item.shape[0] == len(group["run_id"]):
                    item[4] = item[5]
        done = rnnsweep("verify", other, check=65)
        self.assertIn("run 5: damaged", done.stdout)

    def test_other_sweeps_and_other_files_are_refused(self):
        whole = self.train("whole.h5")
        other = self.train("other.h5", "learning_rate=0.2")
        out = self.folder / "out.h5"
        for command in (["merge", out], ["missing"], ["status"]):
            done = rnnsweep(*command, whole, other, check=65)
            self.assertIn("are of different sweeps", done.stderr)
            for path in (self.sweep, self.folder):
                self.assertIn(str(path), rnnsweep(*command, path, check=65).stderr)
            rnnsweep(*command, self.folder / "absent.h5", check=74)
        rnnsweep("verify", self.sweep, check=65)
        self.assertFalse(out.exists())

    def test_a_file_is_readable_while_it_is_written(self):
        path = self.folder / "live.h5"
        running = subprocess.Popen([RNNSWEEP, "run", self.sweep, "-o", path, "seeds=400", "--progress", "none"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        looks, seen = 0, 0
        while running.poll() is None:
            if path.exists():
                with h5py.File(path) as file:
                    done = np.flatnonzero(file["status"][:] > 0)
                    self.assertFalse(np.isnan(file["final_loss"][:][done]).any())
                    self.assertFalse(np.isnan(file["loss"][:][done]).any())
                    self.assertGreaterEqual(len(done), seen)
                    seen = len(done)
                looks += 1
                rnnsweep("verify", path, check=0)
                rnnsweep("status", path, check=0)
            time.sleep(0.02)
        self.assertEqual(running.returncode, 0)
        self.assertGreater(looks, 0)


if __name__ == "__main__":
    RNNSWEEP = sys.argv.pop(1)
    unittest.main()
