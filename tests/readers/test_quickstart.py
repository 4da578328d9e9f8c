#!/usr/bin/env python3
"""The two quickstarts print the same table, and its numbers are right."""
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from scipy.stats import binomtest

import mixed_sweep  # noqa: F401  puts numeric/ on the path
import program
from program import DIVERGED, DONE

ANALYSIS = Path(__file__).resolve().parents[2] / "analysis"
PYTHON = [sys.executable, str(ANALYSIS / "python" / "quickstart.py")]
R = [os.environ.get("RSCRIPT", "Rscript"), "--vanilla", str(ANALYSIS / "R" / "quickstart.R")]
# Solved by some seeds, by none, and one that diverges; a choice among the swept.
PARAMETERS = {
    "states": [2, 4],
    "learning_rate": [0.02, 0.06, 1.7e308],
    "batching": ["disjoint", "sliding"],
    "sequence_length": 6,
    "train_samples": 300,
    "test_samples": 40,
    "batch_size": 30,
    "epochs": 10,
}
SEEDS = 12
SWEPT = ["states", "learning_rate", "batching"]
MEASURES = ["score", "runs", "diverged", "solved", "solved_share", "low", "high", "loss"]
PRINTED = 6e-4  # four digits are printed


class Quickstart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = program.run_grid(cls.folder.name, "quick", PARAMETERS, SEEDS)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def table(self, command, *arguments) -> pd.DataFrame:
        done = subprocess.run(
            [*command, str(self.path), *arguments], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return pd.read_csv(io.StringIO(done.stdout), sep=r"\s+")

    def expected(self) -> pd.DataFrame:
        with h5py.File(self.path) as file:
            runs = pd.DataFrame({
                name: file[name][:]
                for name in SWEPT + ["status", "test_accuracy", "final_loss"]})
        runs["batching"] = np.array(["disjoint", "sliding"])[runs.batching]
        rows = []
        for values, group in runs.groupby(SWEPT):
            done = group[group.status == DONE]
            solved = int((done.test_accuracy == 1).sum())
            interval = binomtest(solved, len(group)).proportion_ci(method="wilson")
            rows.append([
                *values, done.test_accuracy.sum() / len(group), len(group),
                int((group.status == DIVERGED).sum()), solved, solved / len(group), interval.low,
                interval.high, done.final_loss.median()])
        table = pd.DataFrame(rows, columns=SWEPT + MEASURES)
        return table.sort_values(["score", "loss"], ascending=[False, True])

    def assert_same(self, printed, expected):
        self.assertEqual(list(printed.columns), SWEPT + MEASURES)
        self.assertEqual(len(printed), len(expected))
        key = ["score", *SWEPT]  # the order of equals is free
        printed, expected = printed.sort_values(key), expected.sort_values(key)
        for name in printed.columns:
            if name == "batching":
                self.assertEqual(printed[name].tolist(), expected[name].tolist())
            else:
                np.testing.assert_allclose(
                    printed[name], expected[name], rtol=PRINTED, err_msg=name)

    def test_sweep_is_worth_testing_with(self):
        solved = self.expected().solved
        self.assertTrue(0 in solved.values and np.any((solved > 0) & (solved < SEEDS)))

    def test_python(self):
        self.assert_same(self.table(PYTHON, "100"), self.expected())

    def test_r(self):
        self.assert_same(self.table(R, "100"), self.expected())

    def test_summary_of_the_program(self):
        done = subprocess.run(
            [program.PROGRAM, "summary", "--json", str(self.path)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [
            [*(group["parameters"][name] for name in SWEPT),
             group["score"], group["runs"], group["diverged"], group["solved"],
             group["solved_share"], *group["solved_share_95"], group["final_loss_median"]]
            for group in json.loads(done.stdout)["groups"]]
        self.assert_same(
            pd.DataFrame(rows, columns=SWEPT + MEASURES).astype({"loss": float}),
            self.expected())

    def test_best_come_first(self):
        for command in (PYTHON, R):
            rates = self.table(command, "3")
            self.assertEqual(len(rates), 3)
            np.testing.assert_allclose(
                rates.score, self.expected().score[:3], rtol=PRINTED)

    def test_single_configuration(self):
        with tempfile.TemporaryDirectory() as folder:
            self_path, path = self.path, program.run_grid(
                folder, "single", {"train_samples": 100, "epochs": 1}, 3)
            try:
                self.path = path
                tables = [self.table(PYTHON), self.table(R)]
            finally:
                self.path = self_path
        for table in tables:
            self.assertEqual(list(table.columns), ["states"] + MEASURES)
            self.assertEqual(table.runs.tolist(), [3])


if __name__ == "__main__":
    unittest.main()
