#!/usr/bin/env python3
"""The rules of early termination that experiments/early-termination.py compares, on curves made by
hand, and its reading of results."""
import importlib.util
import sys
import unittest

import numpy as np
from scipy.stats import rankdata

from sweeps import TESTS, FolderTest  # noqa: E402  puts the package on the path

import program
import rnnsweep

EXPERIMENTS = TESTS.parent / "experiments"
sys.path.insert(0, str(EXPERIMENTS))
import stopping_rules as rules  # noqa: E402


def experiment():
    """The module of early-termination.py, whose name is no name of Python."""
    spec = importlib.util.spec_from_file_location(
        "early_termination", EXPERIMENTS / "early-termination.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def column(*values, epochs=3):
    """Runs that have one value each, at every epoch."""
    return np.repeat(np.array(values, float)[:, None], epochs, axis=1)


class Rungs(unittest.TestCase):
    def test_rising(self):
        # min_iter: 3 in the manual of W&B, and fractions, rounded down and each once.
        self.assertEqual(rules.rising(3, 3, 100), [3, 9, 27, 81])
        self.assertEqual(rules.rising(1, 1.5, 8), [1, 2, 3, 5, 7])
        self.assertEqual(rules.rising(1, 3, 27), [1, 3, 9])
        self.assertEqual(rules.rising(5, 2, 5), [])


class Halving(unittest.TestCase):
    """Values [configuration, seed] at the only rung."""

    VALUES = np.array([[1, 1, 9], [2, 2, 2], [3, 3, 3], [0, np.inf, np.inf]])

    def last(self, values, statistic="mean", keep=0.5, rungs=(1,), **options):
        values = np.array(values, float)
        if values.ndim == 2:
            values = np.repeat(values[..., None], 3, axis=2)
        return rules.successive_halving(values, rungs, keep, statistic, **options).tolist()

    def test_statistics(self):
        self.assertEqual(rules.score(self.VALUES, "median").tolist(), [1, 2, 3, np.inf])
        self.assertEqual(rules.score(self.VALUES, "mean_rank").tolist(), [2, 2, 3, 3])
        self.assertEqual(self.last(self.VALUES, "mean"), [1, 3, 3, 1])
        self.assertEqual(self.last(self.VALUES, "median"), [3, 3, 1, 1])
        self.assertEqual(self.last(self.VALUES, "mean_rank", keep=0.75), [3, 3, 3, 1])

    def test_ranks_are_those_of_scipy(self):
        values = np.random.RandomState(1).randint(0, 5, (20, 7)).astype(float)
        values[3] = np.inf
        np.testing.assert_array_equal(rules.ranks(values), rankdata(values, axis=0))

    def test_share_is_rounded_up(self):
        self.assertEqual(self.last([[5], [4], [3], [2], [1]], keep=1 / 3), [1, 1, 1, 3, 3])
        # 0.07 times 100 is a little above 7 in binary.
        self.assertEqual(self.last(np.arange(100)[:, None], keep=0.07).count(3), 7)

    def test_equals(self):
        values = [[0], [0], [0], [0]]
        self.assertEqual(self.last(values), [3, 3, 1, 1])
        losses = np.repeat([[[4.0]], [[1.0]], [[3.0]], [[2.0]]], 3, axis=2)
        self.assertEqual(self.last(values, losses=losses), [1, 3, 1, 3])
        # Losses order equals alone.
        self.assertEqual(self.last([[1], [2], [2], [2]], losses=losses), [3, 3, 1, 1])
        # 0.1 + 0.2 and 0.3 are one number.
        self.assertEqual(self.last([[0.1, 0.2], [0.3, 0]]), [3, 1])

    def test_only_survivors_compete(self):
        # At the second rung the first configuration would win, but it is no longer there.
        values = np.array([[[9, 0, 0]], [[1, 5, 0]], [[2, 4, 0]], [[8, 9, 9]]])
        self.assertEqual(self.last(values, rungs=(1, 2)), [1, 2, 3, 1])


class Trials(unittest.TestCase):
    """Each run a trial."""

    def last(self, rule, values, workers=1, lengths=None):
        epochs = values.shape[1]
        lengths = [epochs] * len(values) if lengths is None else lengths
        return rules.run_trials(rule, range(len(values)), lengths, epochs, workers).tolist()

    def test_hyperband_one_by_one(self):
        # The best int(n / 2) + 1 of n go on: a first and a second run always do.
        values = column(5, 7, 4, 6, 6.5)
        self.assertEqual(self.last(rules.Hyperband(values, [2], 2), values), [3, 3, 3, 3, 2])

    def test_hyperband_of_the_manual(self):
        # The histories in the documentation of W&B's hyperband_stop_runs, all at the same time: the
        # values at the second band are 9, 10, 8, 7, 6, and the third of them is the threshold.
        values = np.array([[10, 9, 9], [10, 10, 9], [10, 8, 8], [10, 7, 7], [10, 6, 6]], float)
        self.assertEqual(self.last(rules.Hyperband(values, [1, 2], 2), values, 5), [2, 2, 3, 3, 3])

    def test_hyperband_judges_between_bands(self):
        # Of two workers, the first has one long run, the second runs that diverge after an epoch.
        # When three values lie below that of the long run, it stops, long after its band.
        values = column(5, 9, 1, 2, 3, epochs=9)
        lengths = [9, 1, 1, 1, 1]
        self.assertEqual(self.last(rules.Hyperband(values, [1], 2), values, 2, lengths)[0], 7)
        values[0, 5:] = 0.5
        self.assertEqual(self.last(rules.Hyperband(values, [1], 2), values, 2, lengths)[0], 7)
        relaxed = rules.Hyperband(values, [1], 2, strict=False)
        self.assertEqual(self.last(relaxed, values, 2, lengths)[0], 9)

    def test_pruner(self):
        # The best n // 3 of n, at least one: the first trial goes on, then whoever is the best so
        # far, an equal too; of six trials the best two.
        values = column(5, 6, 4, 4.5, 4, 4.2, 4.1)
        pruner = rules.SuccessiveHalvingPruner(values, [1], 3)
        self.assertEqual(self.last(pruner, values), [3, 1, 3, 1, 3, 1, 1])

    def test_diverged_runs_end_by_themselves(self):
        values = column(1, 2, 3)
        pruner = rules.SuccessiveHalvingPruner(values, [2], 2)
        # The first never comes to the rung: the second is the best there.
        self.assertEqual(self.last(pruner, values, 1, [1, 3, 3]), [3, 3, 2])


class Study(unittest.TestCase):
    """Two seeds of three configurations, four epochs of ten updates."""

    def setUp(self):
        self.module = experiment()
        accuracy = np.array([[0.9, 0.2], [0.8, 0.8], [0.0, 0.7]])
        loss = np.array([[0.1, 0.9], [0.2, 0.2], [np.inf, 0.3]])
        self.study = self.module.Study(
            "by hand", {"final_loss": np.repeat(loss[..., None], 4, axis=2),
                        "test_accuracy": np.repeat(-accuracy[..., None], 4, axis=2)},
            lengths=np.array([[4, 4], [4, 4], [2, 4]]), updates=np.array([[40, 40], [40, 40], [25, 40]]),
            epoch=10, accuracy=accuracy, loss=loss, score=accuracy.mean(axis=1),
            tied=np.array([False, True, False]), best=1)

    def test_saved(self):
        last = np.array([[4, 4], [1, 1], [3, 1]])
        # Of 225 updates 80 + 20 + 25 + 10 are made: the diverged run ends before its third epoch does.
        self.assertAlmostEqual(self.study.saved(last), 1 - 135 / 225)
        self.assertEqual(self.study.saved(np.full((3, 2), 4)), 0)

    def test_outcome(self):
        whole = self.module.outcome(self.study, np.full((3, 2), 4))
        self.assertEqual((whole["survives"], whole["best_runs"], whole["mean_best"]), (True, 1, True))
        # The best single run is of the first configuration, whose mean is 0.25 lower.
        self.assertFalse(whole["run_tied"])
        self.assertAlmostEqual(whole["run_lost"], 0.25)
        self.assertAlmostEqual(whole["mean_lost"], 0)
        # Without one of its bad runs, the first looks best.
        part = self.module.outcome(self.study, np.array([[4, 1], [4, 1], [4, 4]]))
        self.assertEqual((part["survives"], part["best_runs"], part["mean_best"]), (True, 0.5, False))
        # A stopped run is not picked, however good it would have been.
        stopped = self.module.outcome(self.study, np.array([[1, 1], [4, 4], [4, 4]]))
        self.assertEqual((stopped["run_lost"], stopped["run_tied"]), (0, True))
        gone = self.module.outcome(self.study, np.array([[4, 4], [1, 1], [4, 4]]))
        self.assertEqual((gone["survives"], gone["mean_tied"]), (False, False))
        self.assertAlmostEqual(gone["mean_lost"], 0.25)

    def test_rules_on_it(self):
        def played(rule, metric="test_accuracy"):
            random = np.random.RandomState(0)
            return self.module.play(self.study, metric, rule, 1, 2, random, 1)[:, 0].tolist()

        self.assertEqual(played("ours"), [2, 4, 1])
        # Of the two that are left, each is the better one with one seed; the second has the smaller
        # median loss.
        self.assertEqual(played("ours, mean rank", "final_loss"), [2, 4, 1])
        self.assertEqual(set(played("Optuna")) - {1, 2, 4}, set())
        self.study.values["test_accuracy"][:] = 0
        self.assertEqual(played("ours, equals by place"), [4, 2, 1])
        self.assertEqual(played("ours"), [2, 4, 1])

    def test_table(self):
        table = self.module.tabulate(self.study, 5, 2, 1)
        ours = table[(table.rule == "ours") & (table.setting == "1, eta 2")]
        self.assertEqual(ours.rungs.tolist(), ["1 2", "1 2"])
        self.assertEqual(ours.survives.tolist(), [1, 1])
        self.assertEqual(ours.saved.round(12).tolist(), [round(1 - 140 / 225, 12)] * 2)
        low = float(rnnsweep.wilson_interval(5, 5)[0])
        self.assertEqual(ours.survives_low.tolist(), [low, low])


    def test_page(self):
        lines = self.module.page(self.module.tabulate(self.study, 5, 2, 1)).splitlines()
        self.assertEqual(lines[0], "| compared by | rungs | ours | ours, equals by place | W&B | Optuna |")
        self.assertTrue(lines[2].startswith(
            "| `test_accuracy` | 1 2; 1/2 | 38 %; 100 % (57 to 100); 0.000 | "), lines[2])


class Reading(FolderTest):
    def test_results(self):
        path = program.run_grid(self.folder, "checked", {
            "states": [2, 4], "learning_rate": [0.02, 1.7e308], "epochs": 3, "sequence_length": 6,
            "train_samples": 100, "test_samples": 40, "batch_size": 20, "validation_samples": 30}, 4)
        study = experiment().read(path)
        self.assertEqual((study.shape, study.epoch, study.epochs), ((4, 4), 5, 3))
        with rnnsweep.open_results(path) as results:
            for place, (_, own) in enumerate(results.runs.groupby(
                    ["states", "learning_rate"], sort=False)):
                self.assertEqual(own.seed.tolist(), [1, 2, 3, 4])
                if (own.status == "diverged").all():
                    self.assertTrue((study.lengths[place] == 0).all())
                    self.assertTrue((study.values["final_loss"][place] == np.inf).all())
                    self.assertTrue((study.values["test_accuracy"][place] == 0).all())
                    np.testing.assert_array_equal(study.updates[place], own.diverged_at)
                else:
                    np.testing.assert_array_equal(study.values["final_loss"][place, :, -1],
                                                  own.final_loss)
                    np.testing.assert_array_equal(
                        study.values["test_accuracy"][place],
                        -results.checks(own.index).validation_accuracy.values.astype(float))
                    np.testing.assert_array_equal(study.updates[place], 15)
            table = rnnsweep.success_rates(results)
            self.assertEqual(study.score[study.best], table.score.iloc[0])

    def test_the_program_decides_likewise(self):
        """Survivors of a sweep that stops at rungs, against the rule on the curves of the whole."""
        parameters = {"states": [2, 3, 4, 8], "learning_rate": [0.01, 0.03, 0.1, 1.7e308],
                      "epochs": 5, "sequence_length": 6, "train_samples": 100, "test_samples": 50,
                      "batch_size": 20, "validation_samples": 30}
        study = experiment().read(program.run_grid(self.folder, "whole", parameters, 5))
        for statistic in rules.STATISTICS:
            path = program.run_grid(
                self.folder, f"halved-{statistic}", parameters, 5,
                metric={"name": "final_loss", "goal": "minimize"},
                early_terminate={"type": "successive_halving", "epochs": [1, 2, 4], "keep": 0.4,
                                 "statistic": statistic})
            losses = study.values["final_loss"]
            last = rules.successive_halving(losses, [1, 2, 4], 0.4, statistic, losses)
            with rnnsweep.open_results(path) as results:
                reached = results.runs.groupby(
                    ["states", "learning_rate"], sort=False).rungs_reached.max()
                whole = results.runs.groupby(["states", "learning_rate"], sort=False).status.agg(
                    lambda status: (status != "stopped").all())
            diverged = (study.lengths < 5).all(axis=1)
            np.testing.assert_array_equal(whole.to_numpy()[~diverged], (last == 5)[~diverged])
            np.testing.assert_array_equal(
                reached.to_numpy()[~diverged],
                np.searchsorted([1, 2, 4], last, side="right")[~diverged], statistic)

    def test_refused(self):
        path = program.run_grid(self.folder, "coarse", {
            "states": [2, 3], "epochs": 2, "sequence_length": 6, "train_samples": 100,
            "test_samples": 40, "batch_size": 20, "validation_samples": 30, "loss_interval": 3}, 2)
        with self.assertRaisesRegex(ValueError, "final_loss is not known"):
            experiment().read(path)


if __name__ == "__main__":
    unittest.main()
