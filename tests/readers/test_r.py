#!/usr/bin/env python3
"""A results file in R: the values that Python read, handed to test_readers.R as CSV files."""
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

import mixed_sweep
from mixed_sweep import COLUMNS, config_of
import program
from program import DONE, WEIGHTS
import reference_rnn as reference

RSCRIPT = os.environ.get("RSCRIPT", "Rscript")
EXACT = "%.17g"


class R(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.path = mixed_sweep.make(self.folder)
        with h5py.File(self.path) as file:
            self.columns = {name: file[name][:] for name in ("run",) + COLUMNS}
            self.loss = file["loss"][:]

    def write(self, name: str, table) -> None:
        pd.DataFrame(table).to_csv(self.folder / name, index=False, float_format=EXACT)

    def best_run(self) -> dict:
        """The finished run of several states that is right most often: no matrix is 1 by 1."""
        eligible = (self.columns["status"] == DONE) & (self.columns["states"] > 1)
        return program.read_row(
            self.path, int(np.argmax(np.where(eligible, self.columns["test_accuracy"], -1))))

    def write_run(self, row: dict) -> None:
        config = config_of(row)
        self.write("one.csv", {name: [row[name]] for name in ("run", "states", "test_accuracy")})
        for name in WEIGHTS:
            self.write(f"{name}.csv", {"value": row["weights"][name].ravel()})
        pairs = reference.draw_run(config).test_pairs
        x, t = reference.encode(pairs, config.sequence_length, np.int64)
        sample, step = np.indices(t.shape[:2])
        self.write("test_set.csv", {
            "sample": sample.ravel(), "step": step.ravel(), "a": x[:, :, 0].ravel(),
            "b": x[:, :, 1].ravel(), "target": t.ravel()})

    def test_readers(self):
        self.write("columns.csv", self.columns)
        self.write("loss.csv", self.loss)
        row = self.best_run()
        self.assertGreater(row["test_accuracy"], 0, "no run is right often enough to tell")
        self.write_run(row)
        script = Path(__file__).with_name("test_readers.R")
        done = subprocess.run(
            [RSCRIPT, "--vanilla", str(script), str(self.path), str(self.folder)],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("agree with Python", done.stdout)


if __name__ == "__main__":
    unittest.main()
