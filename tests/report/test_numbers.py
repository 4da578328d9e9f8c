#!/usr/bin/env python3
"""The numbers in a report against pandas, NumPy and SciPy on the results file."""
import unittest

import numpy as np
from scipy.stats import binomtest

from studies import SEEDS, SWEPT, Study, data_of, decode, rnnsweep
from rnnsweep.report.numbers import level_texts  # noqa: E402


class Texts(unittest.TestCase):
    def test_values_of_parameters(self):
        """What `format` of the scripts makes of them."""
        for levels, texts in (
                ([0.02, 0.05, 1.7e308], ["0.02", "0.05", "1.7\u00b710\u00b3\u2070\u2078"]),
                ([1e-5, 1.5e-5], ["10\u207b\u2075", "1.5\u00b710\u207b\u2075"]),
                ([0.99999, 1.0], ["0.99999", "1"]), ([100000, 100050], ["100,000", "100,050"]),
                ([-1, 3], ["none", "3"]), ([0.5, np.nan], ["0.5", "none"]),
                (["a", "b"], ["a", "b"]), ([1234567.5], ["1234567.5"])):
            self.assertEqual(level_texts(levels), texts)


class Numbers(Study):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = data_of(cls.report)
        cls.columns = {name: decode(column)
                       for name, column in cls.data["configurations"]["columns"].items()}
        runs = cls.results.runs.assign(
            solved=cls.results.runs.test_accuracy >= 1, diverged=cls.results.runs.status == "diverged")
        cls.runs = runs
        cls.groups = runs.groupby(list(SWEPT))

    def configuration(self, place) -> tuple:
        """Its values in the order of SWEPT."""
        values = {parameter["name"]: parameter["levels"][decode(parameter["codes"])[place]]
                  for parameter in self.data["parameters"]}
        return tuple(values[name] for name in SWEPT)

    def test_the_study_has_what_the_tests_are_about(self):
        self.assertTrue(0 < self.runs.solved.sum() < len(self.runs))
        self.assertTrue(self.runs.diverged.any())

    def test_outcomes_of_every_configuration(self):
        seen = set()
        for place in range(len(self.columns["runs"])):
            key = self.configuration(place)
            seen.add(key)
            members = self.groups.get_group(key)
            done = members[~members.diverged]
            self.assertEqual(self.columns["runs"][place], SEEDS)
            self.assertEqual(self.columns["solved"][place], members.solved.sum())
            self.assertEqual(self.columns["diverged"][place], members.diverged.sum())
            self.assertEqual(self.columns["first"][place], members.index[0])
            np.testing.assert_allclose(self.columns["accuracy"][place],
                                       done.test_accuracy.mean() if len(done) else np.nan, rtol=1e-6)
            np.testing.assert_allclose(self.columns["loss"][place],
                                       done.final_loss.median() if len(done) else np.nan, rtol=1e-6)
        self.assertEqual(len(seen), 18)

    def test_order_and_ties_are_those_of_the_configuration_table(self):
        table = rnnsweep.configuration_table(self.results)
        order = [self.configuration(place) for place in range(len(table))]
        self.assertEqual(order, [tuple(row) for row in table[list(SWEPT)].values.tolist()])
        np.testing.assert_array_equal(
            self.columns["tied"], table.standing.isin(["best", "tied"]).astype(int))

    def test_curves_of_configurations(self):
        curves = decode(self.data["curves"]["configurations"])
        steps = self.data["curves"]["steps"]
        curves = curves.reshape(len(self.columns["runs"]), 3, len(steps))
        loss = self.results.loss.sel(step=steps)
        for place in range(len(curves)):
            members = self.groups.get_group(self.configuration(place))
            if members.diverged.any():
                continue
            expected = np.quantile(loss.sel(run=members.index.values), [0.25, 0.5, 0.75], axis=0)
            np.testing.assert_allclose(curves[place], expected, rtol=1e-6)

    def test_curves_of_runs_that_diverged_are_infinite(self):
        curves = decode(self.data["curves"]["configurations"]).reshape(18, 3, -1)
        gone = self.columns["diverged"] == SEEDS
        self.assertTrue(gone.any())
        self.assertTrue(np.all(np.isinf(curves[gone][:, :, -1])))

    def test_pooled_curves(self):
        steps = self.data["curves"]["steps"]
        loss = self.results.loss.sel(step=steps)
        for label, solved in (("solved", True), ("not solved", False)):
            members = self.runs[(self.runs.solved == solved)]
            values = loss.sel(run=members.index.values).values
            values[np.isnan(values)] = np.inf  # only runs that diverged have gaps here
            group = next(group for group in self.data["curves"]["pooled"]["outcome"]
                         if group["label"] == label)
            self.assertEqual(group["runs"], len(members))
            median = np.sort(values, axis=0)[[(len(members) - 1) // 2, len(members) // 2]].mean(axis=0)
            np.testing.assert_allclose(decode(group["curve"]).reshape(3, -1)[1], median, rtol=1e-6)

    def test_histograms_count_every_run_that_did_not_diverge(self):
        for histogram in self.data["histograms"]:
            done = self.runs[~self.runs.diverged]
            self.assertEqual(sum(histogram["solved"]), done.solved.sum())
            self.assertEqual(sum(histogram["unsolved"]), (~done.solved).sum())
        accuracy = self.data["histograms"][0]
        self.assertEqual(accuracy["solved"][-1], self.runs.solved.sum())

    def test_overview(self):
        page = self.report.read_text()
        solved, best = self.runs.solved.sum(), self.columns["solved"][0]
        self.assertIn(f"<dd>{len(self.runs)}<small>all of them</small>", page)
        self.assertIn(f"<small>{solved} runs</small>", page)
        low = binomtest(int(best), SEEDS).proportion_ci(method="wilson").low
        self.assertIn(f"{100 * low:.0f} % to", page)


class OneConfiguration(Study):
    PARAMETERS = {**Study.PARAMETERS, "states": 3, "learning_rate": 0.05, "momentum": 0.8}

    def test_nothing_swept(self):
        data = data_of(self.report)
        self.assertEqual(data["parameters"], [])
        self.assertEqual(decode(data["configurations"]["columns"]["runs"]).tolist(), [SEEDS])
        self.assertNotIn('id="best-settings"', self.report.read_text())


class Axes(Study):
    PARAMETERS = {**Study.PARAMETERS, "states": 1, "epochs": 1,
                  "learning_rate": [0.01, 0.05, 1e308, 1.7e308],
                  "lambda": [0.001, 0.01, 0.1], "momentum": [0.02, 0.3, 0.6, 0.9]}
    SEEDS = 1

    def test_wide_ranges_are_logarithmic_when_their_values_are_spread_so(self):
        logarithmic = {parameter["name"]: parameter["log"]
                       for parameter in data_of(self.report)["parameters"]}
        self.assertEqual(logarithmic, {"learning_rate": False, "lambda": True, "momentum": False})


class NothingSolved(Study):
    PARAMETERS = {**Study.PARAMETERS, "learning_rate": 1e-9, "epochs": 1}

    def test_figures_show_accuracy(self):
        self.assertEqual(data_of(self.report)["configurations"]["quality"], "mean accuracy")
        self.assertIn("No run does", self.report.read_text())


if __name__ == "__main__":
    unittest.main()
