#!/usr/bin/env python3
"""The package and `rnnsweep summary --json` give the same numbers."""
import json
import subprocess
import unittest

import numpy as np

import sweeps  # noqa: F401  puts the package on the path
from program import PROGRAM
from rnnsweep import accuracy_by_length, configuration_table, open_results, time_to_loss
from sweeps import SweepTest

SAME = 1e-12
TIMES = {
    "reached": "reached",
    "censored_share": "censored_share",
    "updates_lower_quartile": "lower_quartile",
    "updates_median": "median",
    "updates_upper_quartile": "upper_quartile",
    "updates_expected": "expected",
}


class Summary(SweepTest):
    def groups(self, *options, path=None):
        done = subprocess.run([PROGRAM, "summary", str(path or self.path), "--json", *options], check=True,
                              capture_output=True, text=True)
        return json.loads(done.stdout)["groups"]

    def assert_number(self, printed, ours):
        """JSON has null for what is no number and for what is infinite."""
        if printed is None:
            self.assertFalse(np.isfinite(ours))
        else:
            np.testing.assert_allclose(printed, ours, rtol=SAME)

    def check_table(self, table, groups, names):
        self.assertEqual(len(table), len(groups))
        for group, (_, row) in zip(groups, table.iterrows()):
            with self.subTest(**group["parameters"]):
                self.assertEqual(group["parameters"], row[list(names)].to_dict())
                for name, printed in group.items():
                    if name in ("parameters", "standing"):
                        continue
                    if isinstance(printed, list):
                        self.assert_number(printed[0], row[f"{name}_low"])
                        self.assert_number(printed[1], row[f"{name}_high"])
                    else:
                        self.assert_number(printed, row[name])
                self.assertEqual(group["standing"], row.standing)

    def test_configurations(self):
        self.check_table(configuration_table(self.results), self.groups(), self.results.swept)

    def test_grouped(self):
        for by in (["states"], ["batching", "epochs"]):
            self.check_table(
                configuration_table(self.results, by), self.groups("--by", ",".join(by)), by)

    def test_part_and_threshold(self):
        part = self.results.where(states=4, learning_rate=[0.02, 0.06])
        self.check_table(
            configuration_table(part, threshold=0.5),
            self.groups("--where", "states=4", "--where", "learning_rate=0.02,0.06",
                        "--threshold", "0.5", "--by", ",".join(part.swept)), part.swept)

    def test_time_to_a_loss(self):
        ours = time_to_loss(self.results, 0.2).set_index(list(self.results.swept))
        groups = self.groups("--loss-level", "0.2")
        self.assertEqual(len(groups), len(ours))
        for group in groups:
            row = ours.loc[tuple(group["parameters"].values())]
            for printed, name in TIMES.items():
                with self.subTest(printed, **group["parameters"]):
                    self.assert_number(group[printed], row[name])


class Checked(Summary):
    """Runs that stop by their own rules, and are tested at other lengths."""

    PARAMETERS = {"states": [2, 4], "task": ["parity", "reverse"], "sequence_length": 6,
                  "optimizer": "adam", "learning_rate": 0.02, "train_samples": 200,
                  "test_samples": 30, "batch_size": 50, "epochs": 6, "stop_loss": 0.55}
    SEEDS = 6

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run([PROGRAM, "run", str(cls.path.with_suffix(".yaml")), "-o", str(cls.path),
                        "test_lengths=[1, 4, 12]"], check=True, capture_output=True)
        cls.results = open_results(cls.path)
        cls.addClassCleanup(cls.results.close)

    def test_time_to_a_loss(self):
        ours = time_to_loss(self.results).set_index(list(self.results.swept))
        self.assertGreater(ours.reached.max(), 0)
        for group in self.groups():
            row = ours.loc[tuple(group["parameters"].values())]
            for printed, name in TIMES.items():
                with self.subTest(printed, **group["parameters"]):
                    self.assert_number(group[printed], row[name])

    def test_times_of_some(self):
        """Only where runs that are looked at check whether they are solved."""
        self.assertIn("reached", configuration_table(self.results))
        both = self.path.with_name("both.h5")
        subprocess.run([PROGRAM, "run", str(self.path.with_suffix(".yaml")), "-o", str(both),
                        "stop_loss=none,0.55", "epochs=1"], check=True, capture_output=True)
        with open_results(both) as results:
            for value, there in ((0.55, True), ("none", False)):
                part = results.where(stop_loss=value)
                self.assertEqual("reached" in configuration_table(part), there)
                self.assertEqual("reached" in self.groups("--where", f"stop_loss={value}",
                                                          path=both)[0], there)

    def test_part_and_threshold(self):
        """Of further tests."""
        for by in (["states"], ["task", "states"]):
            done = subprocess.run(
                [PROGRAM, "summary", str(self.path), "--json", "--further", "--by", ",".join(by),
                 "--threshold", "0.3"], check=True, capture_output=True, text=True)
            theirs = json.loads(done.stdout)["tests"]
            ours = accuracy_by_length(self.results, by, threshold=0.3)
            self.assertEqual(len(theirs), len(ours))
            self.assertEqual(len(ours), 2 * 3 if by == ["states"] else 2 * 3 + 2 * 2)
            for line, (_, row) in zip(theirs, ours.iterrows()):
                self.assertEqual([line[name] for name in (*by, "test_length")],
                                 [row[name] for name in (*by, "test_length")])
                for name in ("runs", "seeds", "solved_share", "solved_share_95_low",
                             "solved_share_95_high", "test_accuracy_mean", "test_accuracy_iqm",
                             "test_accuracy_iqm_95_low", "test_accuracy_iqm_95_high"):
                    self.assert_number(line[name], row[name])


if __name__ == "__main__":
    unittest.main()
