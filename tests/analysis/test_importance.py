#!/usr/bin/env python3
"""The decomposition of variance against an analysis of variance by least squares, and by simulation."""
import io
import itertools
import shutil
import subprocess
import unittest
import warnings

import h5py
import numpy as np
import pandas as pd
from scipy.stats import binom

import sweeps  # noqa: F401  puts the package on the path
import checksums
from rnnsweep import importance, open_results
from sweeps import SweepTest, program

PENDING, DIVERGED = 0, 2
LEVELS = (3, 2, 4)
NAMES = ("a", "b", "c")


class Made:
    """Runs of a full grid that never was, outcome [level of a, of b, of c, seed]."""

    metric, maximizes, parameters, swept = "test_accuracy", True, NAMES, NAMES

    def __init__(self, outcome):
        codes = [axis.ravel() for axis in np.indices(outcome.shape)]
        self.runs = self.known = pd.DataFrame({
            **dict(zip(NAMES, codes)), "seed": codes[-1], "data_seed": -1,
            "status": pd.Categorical(["done"] * outcome.size), "test_accuracy": outcome.ravel(),
            "final_loss": 0.0})


def explained(outcome):
    """Share of the variance of outcome [level, level, level] that dummies of an effect explain."""
    codes = [axis.ravel() for axis in np.indices(outcome.shape)]
    y, shares = outcome.ravel() - outcome.mean(), {}

    def fitted(*axes):
        cell = np.ravel_multi_index([codes[axis] for axis in axes], [LEVELS[axis] for axis in axes])
        dummies = np.eye(cell.max() + 1)[cell]
        return dummies @ np.linalg.lstsq(dummies, y, rcond=None)[0]

    for axis in range(3):
        shares[NAMES[axis]] = np.var(fitted(axis)) / np.var(y)
    for one, other in itertools.combinations(range(3), 2):
        both = fitted(one, other) - fitted(one) - fitted(other)
        shares[f"{NAMES[one]} x {NAMES[other]}"] = np.var(both) / np.var(y)
    shares["rest"] = 1 - sum(shares.values())
    return shares


def truth():
    stream = np.random.RandomState(1)
    return stream.normal(size=(3, 1, 1)) + 0.5 * stream.normal(size=(1, 2, 4)) + \
        0.3 * stream.normal(size=LEVELS)


class Program(SweepTest):
    """`rnnsweep summary --importance` on made outcomes: against least squares and against Python."""

    PARAMETERS = {"states": [2, 3, 4], "momentum": [0, 0.5], "learning_rate": [0.01, 0.02, 0.03, 0.04],
                  "epochs": 1, "train_samples": 20, "batch_size": 10, "test_samples": 20,
                  "sequence_length": 4}
    SEEDS = 6
    AXES = dict(zip(NAMES, ("states", "momentum", "learning_rate")))

    def fill(self, outcome, name="made.h5", **more):
        """A copy of the file, outcome [states, momentum, rate, seed] as its accuracy."""
        path = self.folder / name
        shutil.copy(self.path, path)
        with h5py.File(path, "r+") as file:
            place = tuple(np.unique(file[column][:], return_inverse=True)[1]
                          for column in (*self.AXES.values(), "seed"))
            file["test_accuracy"][:] = outcome[place]
            file["final_loss"][:] = 1 - outcome[place]
            for column, cells in more.items():
                file[column][cells[0]] = cells[1]
            checksums.seal_heads(file)
        return path

    def of_program(self, path, *options):
        text = subprocess.run([program.PROGRAM, "summary", str(path), "--importance", "--csv",
                               *options], check=True, capture_output=True, text=True).stdout
        return pd.read_csv(io.StringIO(text))

    def test_exact_without_noise(self):
        outcome = 0.5 + 0.1 * truth()[..., None] + \
            0.01 * np.random.RandomState(2).normal(size=(1, 1, 1, self.SEEDS))
        table = self.of_program(self.fill(outcome)).set_index("effect")
        # The order of the parameters is the program's: states, learning_rate, momentum.
        for effect, share in explained(truth()).items():
            name = " x ".join(sorted((self.AXES.get(part, part) for part in effect.split(" x ")),
                                     key=["states", "learning_rate", "momentum", "rest"].index))
            self.assertAlmostEqual(table.share[name], share, delta=1e-5)  # float32 in the file

    def test_same_as_python(self):
        noise = np.random.RandomState(5).normal(size=(*LEVELS, self.SEEDS))
        outcome = np.clip(0.5 + 0.1 * truth()[..., None] + 0.1 * noise, 0, 1)
        path = self.fill(outcome, status=([3, 5, 70], DIVERGED))
        pending = self.fill(outcome, "pending.h5", status=([3], PENDING))
        for file in (path, pending):
            for metric in ("test_accuracy", "final_loss"):
                ours = self.of_program(file, "--metric", metric)
                with open_results(file) as results:
                    theirs = importance(results, metric)
                self.assertEqual(ours.effect.tolist(), theirs.effect.tolist())
                np.testing.assert_allclose(ours.iloc[:, 1:].values, theirs.iloc[:, 1:].values,
                                           rtol=1e-11, atol=1e-13)

    def test_what_is_no_grid(self):
        def said(*options):
            done = subprocess.run([program.PROGRAM, "summary", str(self.path), "--importance",
                                   *options], capture_output=True, text=True)
            return done.returncode, done.stderr
        self.assertEqual(said("--where", "seed=1,2")[0], 65)
        self.assertIn("a full grid", said("--where", "seed=1,2")[1])
        self.assertIn("nothing is swept but the seed",
                      said("--where", "states=2", "--where", "momentum=0",
                           "--where", "learning_rate=0.01")[1])
        self.assertEqual(said("--by", "states")[0], 64)


class Importance(unittest.TestCase):
    def setUp(self):
        warnings.simplefilter("error")

    def test_exact_without_noise(self):
        """Seeds that only shift all outcomes change nothing."""
        outcome = truth()[..., None] + np.random.RandomState(2).normal(size=(1, 1, 1, 5))
        table = importance(Made(outcome)).set_index("effect")
        for effect, share in explained(truth()).items():
            self.assertAlmostEqual(table.share[effect], share, delta=1e-12)
            self.assertAlmostEqual(table.share_95_low[effect], share, delta=1e-6)
        self.assertEqual(table.attrs["method"], "grid")
        self.assertEqual(table.share.tolist(), sorted(table.share, reverse=True))

    def test_noise_of_seeds_is_no_effect(self):
        """Shares are right in the mean, and in their intervals, where seeds add noise of their own to
        every configuration."""
        stream, studies, seeds = np.random.RandomState(3), 200, 20
        expected = explained(truth())
        found, covered = [], {effect: 0 for effect in expected}
        for _ in range(studies):
            noise = stream.normal(size=(*LEVELS, seeds))
            table = importance(Made(truth()[..., None] + noise)).set_index("effect")
            found.append(table.share)
            for effect, share in expected.items():
                covered[effect] += table.share_95_low[effect] <= share <= table.share_95_high[effect]
        mean = pd.concat(found, axis=1).mean(axis=1)
        for effect, share in expected.items():
            self.assertAlmostEqual(mean[effect], share, delta=0.02)
            self.assertGreaterEqual(covered[effect], binom.ppf(1e-4, studies, 0.88), effect)

    def test_forest(self):
        """Where one configuration is missing, a forest comes near the exact shares."""
        outcome = np.repeat(truth()[..., None], 12, axis=-1)
        made = Made(outcome)
        made.runs = made.known = made.runs[~((made.runs.a == 0) & (made.runs.b == 1)
                                             & (made.runs.c == 2))]
        table = importance(made).set_index("effect")
        self.assertEqual(table.attrs["method"], "fANOVA")
        self.assertNotIn("share_95_low", table)
        for effect, share in explained(truth()).items():
            if effect != "rest":
                self.assertAlmostEqual(table.share[effect], share, delta=0.1)

    def test_nothing_to_say(self):
        with self.assertRaisesRegex(ValueError, "do not differ in test_accuracy"):
            importance(Made(np.ones((*LEVELS, 4))))


class OfASweep(SweepTest):
    def test_sweep(self):
        table = importance(self.results)
        self.assertEqual(table.effect[0], "learning_rate")  # one of them diverges always
        self.assertAlmostEqual(table.share.sum(), 1, delta=1e-9)
        self.assertEqual(len(table), 4 + 6 + 1)
        losses = importance(self.results, metric="final_loss")
        self.assertEqual(losses.attrs["metric"], "final_loss")
        with self.assertRaisesRegex(ValueError, "nothing is swept"):
            importance(self.results.where(states=2, learning_rate=0.02, batching="sliding",
                                          epochs=6))


if __name__ == "__main__":
    unittest.main()
