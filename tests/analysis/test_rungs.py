#!/usr/bin/env python3
"""Runs that were stopped at rungs, in the Python package: against the columns of the file."""
import shutil
import unittest

import h5py
import numpy as np

import sweeps
from rnnsweep import open_results

SWEEP = {"states": [2, 3], "learning_rate": [0.01, 0.1, 0.3], "sequence_length": 6,
         "train_samples": 60, "test_samples": 40, "batch_size": 20, "epochs": 6}
HALVING = {"type": "successive_halving", "epochs": [2, 4], "keep": 0.5}
ARRAYS = {"final_loss_by_rung", "test_loss_by_rung", "test_accuracy_by_rung",
          "test_bit_accuracy_by_rung"}
PENDING, STOPPED = 0, 4


class Rungs(sweeps.FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = sweeps.program.run_grid(cls.folder, "halving", SWEEP, 4, early_terminate=HALVING)
        with h5py.File(cls.path) as file:
            cls.column = {name: item[:] for name, item in file.items()
                          if isinstance(item, h5py.Dataset)}

    def test_the_table_of_runs(self):
        with open_results(self.path, check=True) as results:
            stopped = self.column["status"] == STOPPED
            self.assertTrue(stopped.any() and not stopped.all())
            self.assertEqual((results.runs.status == "stopped").tolist(), stopped.tolist())
            self.assertEqual((results.runs.stop_reason == "rung").tolist(), stopped.tolist())
            self.assertEqual(results.runs.rungs_reached.tolist(), self.column["rungs_reached"].tolist())
            self.assertEqual(results.finished.index.tolist(), np.flatnonzero(~stopped).tolist())
            self.assertIn("stopped", repr(results))

    def test_what_runs_were_at_rungs(self):
        with open_results(self.path) as results:
            self.assertTrue(results.has_rungs)
            for part in (results, results.where(states=3), results.where(status="stopped")):
                data = part.at_rungs()
                self.assertEqual(set(data.data_vars), ARRAYS)
                self.assertEqual((data.rung.values.tolist(), data.rung.attrs["units"]),
                                 ([2, 4], "epochs"))
                for name in ARRAYS:
                    self.assertEqual(data[name].dims, ("run", "rung"))
                    np.testing.assert_array_equal(data[name], self.column[name][part.runs.index])

    def test_a_file_without_rungs(self):
        path = sweeps.program.run_grid(self.folder, "whole", SWEEP, 1)
        with open_results(path) as results:
            self.assertFalse(results.has_rungs)
            self.assertEqual(len(results.at_rungs()), 0)
            self.assertNotIn("rungs_reached", results.runs)

    def test_of_several_files_the_run_that_was_trained_further_counts(self):
        """Rows 0 to 7 are pending in the second, and stopped earlier than in the first from 8 on;
        some that are whole in the first are stopped in the second."""
        other = self.folder / "other.h5"
        shutil.copy(self.path, other)
        with h5py.File(other, "r+") as file:
            file["status"][:8] = PENDING
            file["status"][8:] = STOPPED
            file["rungs_reached"][8:] = 1
            file["test_accuracy"][8:] = -1
        for paths in ([self.path, other], [other, self.path]):
            with open_results(paths) as results:
                equal = (self.column["rungs_reached"] == 1) & (np.arange(len(results)) >= 8)
                further = ~(equal & (self.column["status"] == STOPPED))
                self.assertTrue(further.any() and not further.all())
                np.testing.assert_array_equal(results.runs.test_accuracy[further],
                                              self.column["test_accuracy"][further])
                np.testing.assert_array_equal(results.runs.rungs_reached,
                                              self.column["rungs_reached"])


if __name__ == "__main__":
    unittest.main()
