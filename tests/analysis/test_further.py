#!/usr/bin/env python3
"""Accuracy over length, change of the weights and validation curves: their tables against NumPy and
SciPy on the columns of the file, and their figures against the tables."""
import unittest

import h5py
import numpy as np
import scipy.stats

import sweeps
from rnnsweep import (
    accuracy_by_length, accuracy_by_set, figures, open_results, validation_bands, weight_change)
from rnnsweep.network import walk
from rnnsweep.tasks import draw_sequence
from test_figures import overhang

RATES = [0.005, 0.05, 1e38]
SWEEP = {
    "task": "parity", "cell": "gru", "states": [2, 4], "learning_rate": RATES, "sequence_length": 6,
    "train_samples": 120, "test_samples": 40, "batch_size": 20, "epochs": [4, 12],
    "optimizer": "adam", "validation_samples": 30, "stop_accuracy": 0.9, "check_interval": 4,
}
LENGTHS = [3, 6, 12]
SHARES = (0.25, 0.5, 0.75)


class Further(sweeps.FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = sweeps.program.run_grid(cls.folder, "further", SWEEP, 7, checkpoints="log2",
                                           test_lengths=LENGTHS)
        cls.results = open_results(cls.path)
        cls.addClassCleanup(cls.results.close)
        with h5py.File(cls.path) as file:
            cls.column = {name: file[name][()] for name in file
                          if isinstance(file[name], h5py.Dataset)}
            cls.groups = {name: {key: item[()] for key, item in group.items()}
                          for name, group in file["weights"].items()}

    def runs_with(self, **values):
        chosen = np.ones(len(self.column["run"]), bool)
        for name, value in values.items():
            chosen &= self.column[name] == value
        return np.flatnonzero(chosen)

    def test_the_sweep_has_what_the_tests_are_about(self):
        stopped = self.column["stop_reason"] > 0
        self.assertTrue(stopped.any() and not stopped.all())
        self.assertEqual(np.count_nonzero(self.column["status"] == 2), len(stopped) // 3)

    # ---- Lengths

    def test_accuracy_by_length(self):
        """Runs of a seed are averaged first: each value of `states` has two trainings a seed."""
        table = accuracy_by_length(self.results.where(learning_rate=RATES[:2]), "states", 0.8)
        self.assertEqual(len(table), 6)
        for row in table.itertuples():
            runs = self.runs_with(states=row.states)
            runs = runs[self.column["status"][runs] == 1]
            accuracy = self.column["test_accuracy_by_length"][runs, LENGTHS.index(row.test_length)]
            seeds = self.column["seed"][runs]
            means = np.sort([accuracy[seeds == seed].mean() for seed in np.unique(seeds)])
            self.assertEqual((row.runs, row.seeds), (len(runs), 7))
            self.assertAlmostEqual(row.solved_share, np.mean(accuracy >= 0.8), 12)
            self.assertAlmostEqual(row.test_accuracy_mean, means.mean(), 12)
            middle = lambda sample, axis=-1: scipy.stats.trim_mean(sample, 0.25, axis)
            self.assertAlmostEqual(row.test_accuracy_iqm, middle(means), 12)
            interval = scipy.stats.bootstrap(
                (means,), middle, n_resamples=1000, method="percentile",
                random_state=np.random.RandomState(0)).confidence_interval
            self.assertAlmostEqual(row.test_accuracy_iqm_95_low, interval.low, 12)
            self.assertAlmostEqual(row.test_accuracy_iqm_95_high, interval.high, 12)

    def test_sequences_of_a_length_are_those_of_its_stream(self):
        """Drawn anew in NumPy, from RandomState([seed, 2, length])."""
        runs = np.flatnonzero(self.column["status"] == 1)[::5]
        for run in runs:
            row, network = self.results.runs.loc[run].to_dict(), self.results.network(run)
            for key in network:
                network[key] = network[key].astype(float)
            for place, length in enumerate(LENGTHS):
                stream = np.random.RandomState([int(row["seed"]), 2, length])
                drawn = [draw_sequence(row, stream, length) for _ in range(int(row["test_samples"]))]
                x, t = (np.array([each[part] for each in drawn], float).reshape(len(drawn), length, -1)
                        for part in (0, 1))
                right = ((walk(network, x)[3] > 0) == (t > 0.5)).all(axis=(1, 2))
                self.assertAlmostEqual(right.mean(), self.column["test_accuracy_by_length"][run, place])

    def test_runs_that_diverged_solve_no_length(self):
        row = accuracy_by_length(self.results, [], 0.0).iloc[0]
        self.assertEqual((row.runs, row.solved_share), (84, 2 / 3))

    def test_figure_of_lengths(self):
        figure = figures.accuracy_over_length(self.results, by=["states", "epochs"])
        table = accuracy_by_length(self.results, ["states", "epochs"])
        drawn = [line.get_xydata().tolist() for line in figure.axes[0].lines]
        self.assertEqual(len(drawn), 4)
        for (states, epochs), rows in table.groupby(["states", "epochs"]):
            rows = rows.sort_values("test_length")
            self.assertIn(rows[["test_length", "test_accuracy_iqm"]].values.tolist(), drawn)
        self.assertLess(overhang(figure), 0.02)

    def test_what_there_is_not(self):
        with self.assertRaisesRegex(ValueError, "no further tests: give the sweep test_lengths"):
            accuracy_by_set(self.results)
        path = sweeps.program.run_grid(self.folder, "plain", {"epochs": 1, "train_samples": 100}, 1)
        with open_results(path) as plain:
            for draw, words in ((figures.accuracy_over_length, "no further tests"),
                                (figures.weight_paths, "no checkpoint at update 0"),
                                (figures.validation_curves, "validation_samples")):
                with self.assertRaisesRegex(ValueError, words):
                    draw(plain)
        with self.assertRaisesRegex(ValueError, "accuracy or loss, not 'losses'"):
            validation_bands(self.results, what="losses")

    # ---- Weights

    def test_weight_change(self):
        """The norm over all tensors of a run's change, over that of its first weights."""
        table = weight_change(self.results, ["states", "learning_rate"])
        place = {update: k for k, update in enumerate(self.column["checkpoint"])}
        seen = 0
        for row in table.itertuples():
            changes = []
            group = self.groups[f"gru_I1_H{row.states}_O1"]
            for run in self.runs_with(states=row.states, learning_rate=row.learning_rate):
                at = list(group["run_id"]).index(run)
                parts = [group[name][at].reshape(len(place), -1).astype(float)
                         for name in group if name.endswith("_at")]
                flat = np.concatenate(parts, axis=1)
                if np.isfinite(flat[place[row.checkpoint]]).all():
                    changes.append(np.linalg.norm(flat[place[row.checkpoint]] - flat[place[0]]) /
                                   np.linalg.norm(flat[place[0]]))
            self.assertEqual(row.runs, len(changes))
            np.testing.assert_allclose([row.low, row.median, row.high],
                                       np.quantile(changes, SHARES), rtol=1e-12)
            seen += row.checkpoint > 0
        self.assertGreater(seen, 20)

    def test_figure_of_weights(self):
        figure = figures.weight_paths(self.results, "states")
        table = weight_change(self.results, "states")
        for line, (_, rows) in zip(figure.axes[0].lines, table.groupby("states")):
            np.testing.assert_array_equal(line.get_xydata(), rows[["checkpoint", "median"]].values)
        self.assertLess(overhang(figure), 0.02)

    # ---- Validation

    def checks_of(self, run, what):
        """Update -> number, to the last update that the run could have made."""
        epochs, found = self.column["epochs"][run], {}
        last = None
        for place, update in enumerate(self.column["check"]):
            if update > epochs * 6 or update % 4:
                continue
            value = self.column[f"validation_{what}"][run, place]
            if self.column["status"][run] == 2 and update >= self.column["diverged_at"][run]:
                value = {"accuracy": 0, "loss": np.inf}[what]
            elif np.isnan(value):
                value = last
            last = found[update] = value
        return found

    def test_validation_bands(self):
        for what in ("accuracy", "loss"):
            table = validation_bands(self.results, ["learning_rate", "epochs"], what, SHARES)
            self.assertEqual(len(table), 3 * (6 + 18))
            for (rate, epochs), rows in table.groupby(["learning_rate", "epochs"]):
                runs = [self.checks_of(run, what)
                        for run in self.runs_with(learning_rate=rate, epochs=epochs)]
                self.assertEqual(rows.check.tolist(), list(range(4, 6 * epochs + 1, 4)))
                for row in rows.itertuples(index=False):
                    values = np.array([found[row.check] for found in runs])
                    self.assertEqual(row.runs, 14)
                    expected = np.inf if np.isinf(values).all() else np.quantile(values, SHARES)
                    np.testing.assert_allclose(row[-3:], np.broadcast_to(expected, 3), rtol=1e-12)

    def test_trainings_of_different_lengths_are_pooled_as_long_as_they_last(self):
        rows = validation_bands(self.results, [])
        self.assertEqual(rows.runs.tolist(), [84] * 6 + [42] * 12)

    def test_figure_of_validation(self):
        figure = figures.validation_curves(self.results, "states")
        for axes, what in zip(figure.axes, ("accuracy", "loss")):
            table = validation_bands(self.results, "states", what)
            for line, (_, rows) in zip(axes.lines, table.groupby("states")):
                np.testing.assert_array_equal(line.get_xdata(), rows.check)
                np.testing.assert_array_equal(line.get_ydata(), rows[0.5].replace(np.inf, np.nan))
            self.assertIn(what, axes.get_ylabel())
        self.assertLess(overhang(figure), 0.02)
        for results in (self.results, self.results.where(learning_rate=1e38)):
            for panel in ("accuracy", "loss"):
                self.assertLess(overhang(figures.validation_curves(
                    results, "learning_rate", panel=panel, figsize=(3.3, 2.6))), 0.02)


if __name__ == "__main__":
    unittest.main()
