#!/usr/bin/env python3
"""The decomposition of variance against an analysis of variance by least squares, and by simulation."""
import itertools
import unittest
import warnings

import numpy as np
import pandas as pd
from scipy.stats import binom

import sweeps  # noqa: F401  puts the package on the path
from rnnsweep import importance
from sweeps import SweepTest

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
