#!/usr/bin/env python3
"""Rungs and results files, by the program: of finished runs that get rungs, of runs that were stopped and
of which the sweep changes its rungs or has none any more, of compressed files, of merges; and what h5py
and xarray read.

Usage: test_stopped.py RNNSWEEP"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np
import xarray as xr

SWEEP = """\
name: rungs
method: grid
parameters:
  states: [2, 3]
  learning_rate: [0.01, 0.1, 0.3]
  sequence_length: 6
  train_samples: 60
  test_samples: 40
  batch_size: 20
  epochs: 6
seeds: 4
"""
RUNS = 24
BY_RUNG = {"final_loss_by_rung", "test_loss_by_rung", "test_accuracy_by_rung", "test_bit_accuracy_by_rung"}
DONE, STOPPED = 1, 4


def halving(rungs):
    return SWEEP + f"early_terminate: {{type: successive_halving, epochs: {rungs}, keep: 0.5}}\n"


class Rungs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.kept.cleanup)
        whole = pathlib.Path(cls.kept.name)
        for name, text in (("whole", SWEEP), ("stopped", halving([2, 4]))):
            (whole / f"{name}.yaml").write_text(text)
            subprocess.run([RNNSWEEP, "run", f"{name}.yaml", "-o", f"{name}.h5"], cwd=whole, check=True,
                           capture_output=True)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for path in pathlib.Path(self.kept.name).iterdir():
            shutil.copy(path, self.folder)

    def call(self, *arguments, code=0):
        done = subprocess.run([RNNSWEEP, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True,
                              timeout=100)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout + done.stderr

    def run_sweep(self, text, out, *arguments, code=0):
        (self.folder / "sweep.yaml").write_text(text)
        return self.call("run", "sweep.yaml", "-o", out, *arguments, code=code)

    def read(self, name):
        with h5py.File(self.folder / name) as file:
            return {key: file[key][:] for key in file if isinstance(file[key], h5py.Dataset)}

    def assert_same_runs(self, one, other, but=("wall_time", "crc32c", "crc32c_head")):
        first, second = self.read(one), self.read(other)
        self.assertEqual(set(first), set(second))
        for name in first:
            if name not in but:
                np.testing.assert_array_equal(first[name], second[name], name)

    def assert_trained_as_far(self, one, other):
        """Every run of one file is what it is in the other, or was trained further."""
        first, second = self.read(one), self.read(other)
        further = (first["status"] == DONE) & (second["status"] == STOPPED)
        same = (first["status"] == second["status"]) & (first["rungs_reached"] == second["rungs_reached"])
        self.assertTrue((further | same).all())
        for name in set(first) - {"wall_time", "crc32c", "crc32c_head", "step", "rung"}:
            np.testing.assert_array_equal(first[name][same], second[name][same], name)
        return int(further.sum())

    # ---- What is in the file -----------------------------------------------------------------------

    def test_what_a_file_says_of_rungs(self):
        columns, whole = self.read("stopped.h5"), self.read("whole.h5")
        status, reached = columns["status"], columns["rungs_reached"]
        self.assertEqual(columns["rung"].tolist(), [2, 4])
        self.assertEqual(np.unique(status).tolist(), [DONE, STOPPED])
        self.assertEqual(sorted(np.unique(reached[status == STOPPED])), [1, 2])
        self.assertTrue((reached[status == DONE] == 2).all())
        for name in BY_RUNG:
            metric, values = name[: -len("_by_rung")], columns[name]
            self.assertTrue((np.isnan(values[:, 1]) == (reached == 1)).all() or metric == "test_loss")
            last = values[np.arange(RUNS), reached - 1]
            np.testing.assert_array_equal(last[status == STOPPED], columns[metric][status == STOPPED])
            np.testing.assert_array_equal(columns[metric][status == DONE], whole[metric][status == DONE])
        self.assertEqual(set(columns) - set(whole), BY_RUNG | {"rung", "rungs_reached"})
        # A run that was stopped is the beginning of the whole one.
        made = columns["step"] <= columns["updates"][:, None]
        np.testing.assert_array_equal(columns["loss"][made], whole["loss"][made])
        self.assertTrue(np.isnan(columns["loss"][~made]).all())

    def test_xarray_reads_it(self):
        for engine in ("netcdf4", "h5netcdf"):
            with xr.open_dataset(self.folder / "stopped.h5", engine=engine) as data:
                self.assertEqual(data.rung.attrs["units"], "epochs")
                for name in BY_RUNG:
                    self.assertEqual(data[name].dims, ("run", "rung"))
                    self.assertTrue(data[name].attrs["long_name"])
                    self.assertIn("learning_rate", data[name].coords)
                best = data.test_accuracy_by_rung.sel(rung=2).where(data.rungs_reached >= 1)
                self.assertEqual(best.shape, (RUNS,))

    # ---- Rungs that come, change and go ------------------------------------------------------------

    def test_rungs_come_to_a_finished_file(self):
        said = self.run_sweep(halving([2, 4]), "whole.h5")
        self.assertIn("trained again for that, and are kept as they are", said)
        self.call("verify", "whole.h5")
        columns, stopped = self.read("whole.h5"), self.read("stopped.h5")
        self.assertTrue((columns["status"] == DONE).all() and (columns["rungs_reached"] == 2).all())
        for name in BY_RUNG:
            there = np.arange(2) < stopped["rungs_reached"][:, None]
            np.testing.assert_array_equal(columns[name][there], stopped[name][there], name)
        before = (self.folder / "whole.h5").read_bytes()
        self.assertNotIn("trained again", self.run_sweep(halving([2, 4]), "whole.h5"))
        self.assertEqual((self.folder / "whole.h5").read_bytes(), before)

    def test_rungs_change(self):
        said = self.run_sweep(halving([2, 5]), "stopped.h5")
        self.assertRegex(said, r"left out \d+ runs that were stopped at rungs which this sweep does not have")
        self.call("verify", "stopped.h5")
        self.run_sweep(halving([2, 5]), "anew.h5")
        self.assert_trained_as_far("stopped.h5", "anew.h5")

    def test_tests_and_checkpoints_come_to_stopped_runs(self):
        text = halving([2, 4]) + "test_lengths: [4, 8]\ncheckpoints: [0, 3, 9]\n"
        said = self.run_sweep(text, "stopped.h5")
        self.assertIn("made from the stored weights", said)
        self.assertIn("or without its checkpoints", said)
        self.call("verify", "stopped.h5")
        self.run_sweep(text, "anew.h5")
        self.assert_same_runs("stopped.h5", "anew.h5", ("wall_time",))
        with h5py.File(self.folder / "stopped.h5") as file, h5py.File(self.folder / "anew.h5") as anew:
            for name in ("states_2", "states_3"):
                weights = file["weights"][name]["W_rec_at"][:]
                np.testing.assert_array_equal(weights, anew["weights"][name]["W_rec_at"][:])
                self.assertTrue(np.isnan(weights).any() and not np.isnan(weights[:, :2]).any())
        self.assertNotIn("without its", self.run_sweep(text, "stopped.h5"))

    def test_a_sweep_without_rungs_trains_on(self):
        said = self.run_sweep(SWEEP, "stopped.h5")
        stopped = int((self.read("stopped.h5")["status"] == STOPPED).sum())
        self.assertEqual(stopped, 0)
        self.assertIn("trained", said)
        self.call("verify", "stopped.h5")
        columns, whole = self.read("stopped.h5"), self.read("whole.h5")
        for name in set(whole) - {"wall_time", "crc32c", "crc32c_head"}:
            np.testing.assert_array_equal(columns[name], whole[name], name)
        self.assertIn("nothing to train", self.run_sweep(SWEEP, "stopped.h5"))

    def test_a_compressed_file(self):
        self.call("merge", "packed.h5", "stopped.h5", "--compress")
        self.call("verify", "packed.h5")
        before = (self.folder / "packed.h5").read_bytes()
        self.run_sweep(halving([2, 4]), "packed.h5")
        self.assertEqual((self.folder / "packed.h5").read_bytes(), before)
        shutil.copy(self.folder / "packed.h5", self.folder / "more.h5")
        said = self.run_sweep(halving([2, 4]).replace("keep: 0.5", "keep: 0.8"), "more.h5")
        self.assertIn("the file was compressed, and is no longer", said)
        self.call("verify", "more.h5")
        self.assertGreater((self.read("more.h5")["status"] == DONE).sum(), (self.read("stopped.h5")["status"] == DONE).sum())
        for name, text, whole in (("a.h5", SWEEP, "whole.h5"), ("b.h5", halving([2, 5]), None)):
            shutil.copy(self.folder / "packed.h5", self.folder / name)
            said = self.run_sweep(text, name)
            self.call("verify", name)
            if whole is not None:
                self.assertIn("the file was compressed, and is no longer", said)
                np.testing.assert_array_equal(self.read(name)["test_accuracy"], self.read(whole)["test_accuracy"])
            else:
                self.run_sweep(text, "anew.h5")
                self.assert_trained_as_far(name, "anew.h5")

    # ---- Files that are joined ---------------------------------------------------------------------

    def test_growth_and_merge_keep_what_was_trained_further(self):
        grown = halving([2, 4]).replace("0.3]", "0.3, 0.03]")
        self.run_sweep(grown, "stopped.h5")
        self.call("verify", "stopped.h5")
        self.run_sweep(grown, "anew.h5")
        self.assert_trained_as_far("stopped.h5", "anew.h5")
        self.call("merge", "both.h5", "anew.h5", "stopped.h5")
        self.assert_same_runs("both.h5", "stopped.h5")

    def test_from_takes_what_was_trained_further(self):
        said = self.run_sweep(halving([2, 4]), "new.h5", "--from", "stopped.h5")
        self.assertRegex(said, rf"{RUNS} finished runs taken over")
        self.assert_same_runs("new.h5", "stopped.h5")
        said = self.run_sweep(SWEEP, "plain.h5", "--from", "stopped.h5")
        self.assertRegex(said, r"left out \d+ runs that were stopped")
        np.testing.assert_array_equal(self.read("plain.h5")["final_loss"], self.read("whole.h5")["final_loss"])


if __name__ == "__main__":
    RNNSWEEP = sys.argv.pop(1)
    unittest.main()
