#!/usr/bin/env python3
"""The package and `rnnsweep summary --json` give the same numbers."""
import json
import subprocess
import unittest

import numpy as np

import sweeps  # noqa: F401  puts the package on the path
from program import PROGRAM
from rnnsweep import configuration_table, time_to_loss
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
    def groups(self, *options):
        done = subprocess.run([PROGRAM, "summary", str(self.path), "--json", *options], check=True,
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
                    if name in ("parameters", "standing", *TIMES):
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


if __name__ == "__main__":
    unittest.main()
