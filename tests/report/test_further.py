#!/usr/bin/env python3
"""Validation curves, accuracy over length and on further sets, and change of the weights in the report:
their numbers are those of the Python package, and the page draws and says them."""
import functools
import tempfile
import unittest
import warnings
from pathlib import Path

import h5py
import numpy as np

from browser import NARROW, WIDE, Page
from studies import Study, data_of, decode, program, rnnsweep, write_report

RATES = [0.005, 0.05, 1e38]
FURTHER = {
    "task": "parity", "cell": "gru", "states": [2, 4], "learning_rate": RATES, "sequence_length": 6,
    "train_samples": 120, "test_samples": 40, "batch_size": 20, "epochs": 12, "optimizer": "adam",
    "validation_samples": 30, "stop_accuracy": 0.9,
}
LENGTHS = [3, 6, 12, 48]
SECTIONS = ("validation", "lengths", "weights")
BAND = ("test_accuracy_iqm_95_low", "test_accuracy_iqm", "test_accuracy_iqm_95_high")


def percent(share) -> str:
    value = 100 * share
    if value in (0, 100):
        return f"{value:.0f}\u202f%"
    return f"{value:.{2 if value < 1 or value > 99 else 1 if value < 10 or value > 90 else 0}f}\u202f%"


class FurtherStudy(Study):
    PARAMETERS = FURTHER
    SEEDS = 6
    MORE = {"checkpoints": "log2", "test_lengths": LENGTHS}


class Numbers(FurtherStudy):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.further = data_of(cls.report)["further"]

    def compare(self, group, measure, rows, scale, columns):
        rows = rows.sort_values(scale)
        self.assertEqual(group["places"], rows[scale].tolist())
        self.assertEqual(group["runs"], rows.runs.max())
        np.testing.assert_array_equal(decode(group[measure]).reshape(3, -1),
                                      rows[list(columns)].values.T)

    def compare_pooled(self, figure, measure, table, scale, columns, levels):
        """table: what the package says by the names of columns."""
        figure = self.further[figure]
        self.assertEqual(list(figure["pooled"]), ["states", "learning_rate"])
        self.compare(figure["all"][0], measure, table([]), scale, columns)
        for name, groups in figure["pooled"].items():
            rows = table([name])
            self.assertEqual(len(groups), levels[name])
            for group, (_, own) in zip(groups, rows.groupby(name)):
                self.compare(group, measure, own, scale, columns)

    def test_sections(self):
        self.assertEqual(tuple(self.further), SECTIONS)

    def test_validation(self):
        for what in ("accuracy", "loss"):
            self.compare_pooled(
                "validation", what, lambda by: rnnsweep.validation_bands(self.results, by, what),
                "check", (0.25, 0.5, 0.75), {"states": 2, "learning_rate": 3})

    def test_weights(self):
        self.compare_pooled("weights", "change", lambda by: rnnsweep.weight_change(self.results, by),
                            "checkpoint", ("low", "median", "high"),
                            {"states": 2, "learning_rate": 3})

    def test_lengths(self):
        self.compare_pooled("lengths", "accuracy",
                            lambda by: rnnsweep.accuracy_by_length(self.results, by), "test_length",
                            BAND, {"states": 2, "learning_rate": 3})

    def test_lengths_of_the_best_settings(self):
        order = rnnsweep.configuration_table(self.results)[["states", "learning_rate"]]
        table = rnnsweep.accuracy_by_length(self.results)
        best = self.further["lengths"]["best"]
        self.assertEqual([group["config"] for group in best], list(range(6)))
        for group, (states, rate) in zip(best, order.values):
            rows = table[(table.states == states) & (table.learning_rate == rate)]
            self.compare(group, "accuracy", rows, "test_length", BAND)

    def test_without_them_there_are_no_such_sections(self):
        with tempfile.TemporaryDirectory() as folder:
            path = program.run_grid(folder, "plain", {"epochs": 1, "train_samples": 100}, 2,
                                    checkpoints=[1])
            report = write_report(path, Path(folder) / "plain.html")
            self.assertEqual(data_of(report)["further"], {})
            self.assertNotIn("-section", report.read_text().split("<script")[0])

    def test_many_values_are_ranges(self):
        """Of more than ten values of a parameter about as many are pooled in each range."""
        with tempfile.TemporaryDirectory() as folder:
            path = program.run_grid(
                folder, "many", {"epochs": 1, "train_samples": 20, "batch_size": 10,
                                 "learning_rate": [round(0.001 * k, 4) for k in range(1, 17)]}, 3,
                test_lengths=[4])
            groups = data_of(write_report(path, Path(folder) / "many.html"))["further"]["lengths"]
            groups = groups["pooled"]["learning_rate"]
            self.assertEqual([group["label"] for group in groups][:2],
                             ["0.001 to 0.002", "0.003 to 0.004"])
            with rnnsweep.open_results(path) as results:
                for place, group in enumerate(groups):
                    part = results.where(learning_rate=[round(0.001 * k, 4)
                                                        for k in (2 * place + 1, 2 * place + 2)])
                    row = rnnsweep.accuracy_by_length(part, []).iloc[0]
                    self.assertEqual(decode(group["accuracy"]).tolist(), row[list(BAND)].tolist())


@functools.lru_cache(maxsize=None)
def browser() -> Page:
    """One for all tests of this file."""
    page = Page()
    unittest.addModuleCleanup(page.close)
    return page


class InBrowser(FurtherStudy):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page = browser()

    def tearDown(self):
        self.assertEqual(self.page.complaints(), [])

    def lines(self, name) -> int:
        return self.page.count(f"#{name} path.line[d^='M']")

    def test_every_choice_draws_on_a_desk_and_on_a_phone(self):
        for size in (WIDE, NARROW):
            self.page.open(self.report, size)
            self.assertEqual(*self.page.script(
                "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"))
            for name in SECTIONS:
                choices = self.page.script(
                    f"return [...document.querySelectorAll('#{name}-controls select')]"
                    ".map((list) => list.options.length)")
                self.assertEqual(choices, {"validation": [2, 3], "lengths": [4], "weights": [3]}[name])
                for place, count in enumerate(choices):
                    for option in range(count):
                        self.pick(name, place, option)
                        self.assertGreater(self.lines(name), 0)
                        self.assertEqual(self.page.count(f"#{name} [d*=NaN], #{name} [cx=NaN]"), 0)

    def pick(self, name, place, option):
        self.page.script(
            f"const list = document.querySelectorAll('#{name}-controls select')[{place}];"
            "list.selectedIndex = [...list.options].findIndex((each, i) => i === arguments[0] || "
            "each.text.startsWith(arguments[0])); list.dispatchEvent(new Event('change'));", option)
        self.page.settle()

    def test_what_is_said_of_a_length(self):
        self.page.open(self.report)
        self.pick("lengths", 0, "learning_rate")
        said = self.page.point_at(self.page.one("#lengths svg"), 0.99).split("\n")
        table = rnnsweep.accuracy_by_length(self.results, "learning_rate")
        rows = table[table.test_length == 48].sort_values("learning_rate")
        self.assertEqual(said[0], "48 steps: interquartile mean over seeds (95 % interval)")
        wanted = []
        for row in rows[:2].itertuples():
            low, middle, high = (percent(getattr(row, name)) for name in BAND)
            wanted.append(f"{row.learning_rate:g}: {middle} ({low} \u2013 {high})")
        self.assertEqual(said[1:3], wanted)
        self.assertIn(": \u2013 (\u2013 \u2013 \u2013)", said[3])  # all diverged

    def test_what_is_said_of_checkpoints_and_checks(self):
        self.page.open(self.report)
        self.pick("weights", 0, "all")
        self.assertEqual(self.page.point_at(self.page.one("#weights svg"), 0.01).split("\n"), [
            "after 0 updates: median over runs (quartiles)", "all runs: 0 (0 \u2013 0)"])
        self.pick("validation", 0, "loss")
        self.pick("validation", 1, "learning_rate")
        said = self.page.point_at(self.page.one("#validation svg"), 0.99).split("\n")
        self.assertEqual(said[0], "check after 72 updates: median over runs (quartiles)")
        self.assertIn(": \u221e (\u221e \u2013 \u221e)", said[3])

    def test_points_lie_at_their_numbers(self):
        self.page.open(self.report)
        self.pick("lengths", 0, "all")
        table = rnnsweep.accuracy_by_length(self.results, []).sort_values("test_length")
        places = np.array(self.page.script(
            "return [...document.querySelectorAll('#lengths circle')]"
            ".map((dot) => [dot.cx.baseVal.value, dot.cy.baseVal.value])"))
        across, up = places.T
        steps = np.log(table.test_length.values)  # more than eightfold
        np.testing.assert_allclose((across - across[0]) / np.ptp(across),
                                   (steps - steps[0]) / np.ptp(steps), atol=1e-3)
        accuracy = table.test_accuracy_iqm.values
        np.testing.assert_allclose((up - up[0]) / (400 - 46 - 14), accuracy[0] - accuracy, atol=1e-3)

    def test_the_best_settings_follow_the_filter(self):
        self.page.open(self.report)
        self.pick("lengths", 0, "the best")
        before = self.page.count("#lengths-legend button")
        self.page.script("location.hash = '#lengths-section?states=2..2'")
        self.page.settle()
        self.assertEqual((before, self.page.count("#lengths-legend button")), (6, 3))

    def test_lines_are_hidden_by_their_buttons(self):
        self.page.open(self.report)
        self.pick("weights", 0, "states")
        self.assertEqual(self.lines("weights"), 2)
        self.page.one("#weights-legend button").click()
        self.page.settle()
        self.assertEqual(self.lines("weights"), 1)

    def test_further_sets_of_a_data_file(self):
        with tempfile.TemporaryDirectory() as folder:
            stream = np.random.RandomState(1)
            with h5py.File(Path(folder) / "given.h5", "w") as file:
                for name, count in (("train", 60), ("test", 20), ("easy", 30), ("long", 20)):
                    file[f"{name}/inputs"] = stream.randint(0, 2, (count, 5))
                    file[f"{name}/targets"] = np.zeros((count, 5, 1), int) + (name == "long")
            path = program.run_grid(folder, "own", {"states": [1, 2], "batch_size": 10, "epochs": 30}, 4,
                                    data=str(Path(folder) / "given.h5"))
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                report = write_report(path, Path(folder) / "own.html")
            for size in (WIDE, NARROW):
                self.page.open(report, size)
                texts = self.page.script("return [...document.querySelectorAll('#sets text')]"
                                         ".map((text) => text.textContent)")
                self.assertLessEqual({"easy", "long"}, set(texts))
            said = self.page.point_at(self.page.one("#sets svg"), 0.35).split("\n")
            self.assertEqual(said, ["set easy: interquartile mean over seeds (95 % interval)",
                                    *(f"{states}: {percent(1)} ({percent(1)} \u2013 {percent(1)})"
                                      for states in (1, 2))])


if __name__ == "__main__":
    unittest.main()
