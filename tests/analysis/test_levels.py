#!/usr/bin/env python3
"""Levels and coverage of every test and interval over seeds, by simulation, for groups with 1, 8 and
100 runs a seed and 10, 30 and 200 seeds. A count may be as far from what is claimed as chance brings
it in one of 10^4 cases.

    test_levels.py [--slow]     more and larger simulations
"""
import sys
import unittest

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import binom

import sweeps  # noqa: F401  puts the package on the path
from rnnsweep.comparison import paired_difference_interval
from rnnsweep.configurations import Ranking, iqm_intervals
from rnnsweep.sign_flips import sign_flip_p, two_sided_p

SLOW = "--slow" in sys.argv
CASES = [(runs, seeds) for runs in (1, 8, 100) for seeds in (10, 30, 200)
         if SLOW or (runs < 100 and seeds < 200)]
CHANCE = 1e-4


def studies(cells, slow=1000, fast=200):
    """How many simulations of so many runs."""
    return max(100, min(slow if SLOW else fast, (20_000_000 if SLOW else 2_000_000) // cells))


class Made:
    """Runs of sweeps that never were: what `Ranking` asks of results."""

    metric, maximizes, parameters = "test_accuracy", True, ("study", "setting")
    swept = ("study", "setting")

    def __init__(self, accuracy):
        """accuracy [study, setting, seed]"""
        study, setting, seed = (axis.ravel() for axis in np.indices(accuracy.shape))
        self.runs = pd.DataFrame({
            "study": study, "setting": setting, "seed": seed, "data_seed": -1,
            "status": pd.Categorical(["done"] * accuracy.size), "test_accuracy": accuracy.ravel(),
            "final_loss": 0.0})
        self.known = self.runs


def seed_effects(stream, studies, seeds):
    """Of the data and first weights that all settings of a seed share: seeds are far apart."""
    return 1.5 * stream.normal(size=(studies, 1, seeds))


def drawn(stream, chance):
    return (stream.uniform(size=chance.shape) < chance).astype(float)


def settings_of(stream, count):
    """How much harder each setting is, the same in all studies."""
    return stream.normal(size=(1, count, 1)) if count > 1 else np.zeros((1, 1, 1))


class Level(unittest.TestCase):
    def at_most(self, count, studies, share, what):
        self.assertLessEqual(count, binom.ppf(1 - CHANCE, studies, share), (what, count, studies))

    def test_whole_seeds_exchanged(self):
        """Two groups of `runs` settings a seed; which group a seed's results belong to is tossed, so
        that there is no effect."""
        for runs, seeds in CASES:
            stream = np.random.RandomState(1)
            count = studies(2 * runs * seeds)
            rejected = two_sided = 0
            for _ in range(count):
                base = seed_effects(stream, 1, seeds) + settings_of(stream, runs)
                one, other = (drawn(stream, expit(base + side)).mean(axis=1)[0] for side in (0, 0.7))
                lead = (one - other) * stream.choice([-1, 1], seeds)
                rejected += sign_flip_p(lead) <= 0.05
                two_sided += two_sided_p(lead) <= 0.05
            for what, hits in (("one-sided", rejected), ("two-sided", two_sided)):
                self.at_most(hits, count, 0.05, (what, runs, seeds))

    def test_the_best_is_not_lost(self):
        """Of six settings that are equal in truth, the first is called worse in at most 5 %; pooled
        over several runs a seed too."""
        for runs, seeds in CASES:
            stream = np.random.RandomState(2)
            count, lost = studies(12 * runs * seeds, 300, 100), 0
            for _ in range(count):
                base = seed_effects(stream, 1, seeds) + settings_of(stream, runs)
                accuracy = np.stack([drawn(stream, expit(base))[0] for _ in range(6)])
                results = Made(accuracy)  # [setting, other settings, seed]
                results.swept = ("study",)
                table = Ranking(results).standings()
                lost += table.standing[0] == "worse"
            self.at_most(lost, count, 0.05, (runs, seeds))

    def test_equal_means_of_unequal_shape(self):
        """A has always 0.6 and B 0.55 or, in 12 %, 1.0: B is better, and lost when too few seeds have
        1.0. No sampling: the shares are exact, and those of docs/statistics.md."""
        for seeds, share in ((5, 0.528), (10, 0.279), (20, 0.078), (30, 0.110), (60, 0.0601),
                             (100, 0.037), (200, 0.027)):
            ones = np.arange(seeds + 1)
            lost = [sign_flip_p(np.repeat([0.05, -0.4], [seeds - some, some])) <= 0.05
                    for some in ones]
            self.assertAlmostEqual(np.sum(binom.pmf(ones, seeds, 0.12) * lost), share,
                                   delta=5e-5 if seeds == 60 else 5e-4)

    def test_power(self):
        """A setting that solves half the seeds of another is told from it."""
        stream, told = np.random.RandomState(3), 0
        for _ in range(200):
            shared = seed_effects(stream, 1, 60)
            one, other = (drawn(stream, expit(shared + side))[0, 0] for side in (1.5, -1))
            told += sign_flip_p(one - other) <= 0.05 / 100
        self.assertGreater(told, binom.ppf(CHANCE, 200, 0.6))


class Coverage(unittest.TestCase):
    def covers(self, hits, studies, what, least=0.95):
        self.assertGreaterEqual(hits, binom.ppf(CHANCE, studies, least), (what, hits / studies))

    def test_share_solved(self):
        """Of all seeds there are. The least is what the formula has in the long run: Wilson's own
        coverage varies around 95 % with one run a seed."""
        for runs, seeds in CASES:
            for shift in (-1.5, 0, 1):
                stream = np.random.RandomState(4)
                hard = settings_of(stream, runs)
                truth = expit(1.5 * np.random.RandomState(5).normal(size=(20000, 1)) + shift
                              + hard[0, :20, 0]).mean()
                if runs > 20:
                    truth = np.mean([expit(1.5 * np.random.RandomState(5).normal(size=20000) + shift
                                           + one).mean() for one in hard[0, :, 0]])
                count, hits, done = studies(runs * seeds), 0, 0
                while done < count:
                    part = min(count - done, max(1, 1_000_000 // (runs * seeds)))
                    chance = expit(seed_effects(stream, part, seeds) + shift + hard)
                    rates = Ranking(Made(drawn(stream, chance)), "study").rates()
                    hits += int(((rates.solved_share_95_low <= truth)
                                 & (truth <= rates.solved_share_95_high)).sum())
                    done += part
                self.covers(hits, count, (runs, seeds, shift), 0.93)

    def test_runs_as_units_would_not_cover(self):
        """What this rule is for: Wilson's interval of all runs covers less than two times in three."""
        from rnnsweep import wilson_interval

        stream = np.random.RandomState(6)
        solved = drawn(stream, expit(seed_effects(stream, 400, 30) + settings_of(stream, 100)))
        truth, total = solved.mean(), 30 * 100
        low, high = wilson_interval(solved.sum(axis=(1, 2)), total)
        self.assertLess(np.mean((low <= truth) & (truth <= high)), 0.67)

    def test_differences(self):
        """Of seeds' mean accuracies; with one pair a seed of shares solved by Bonett and Price."""
        for runs, seeds in CASES:
            stream = np.random.RandomState(7)
            hard = settings_of(stream, runs)
            count, hits, priced = studies(2 * runs * seeds, 400, 200), 0, 0
            effects = np.random.RandomState(8).normal(size=200_000) * 1.5
            truth = np.mean([np.mean(expit(effects + one + 0.8) - expit(effects + one))
                             for one in hard[0, :, 0]])
            for _ in range(count):
                base = seed_effects(stream, 1, seeds) + hard
                one, other = (drawn(stream, expit(base + side)) for side in (0.8, 0))
                if runs == 1:
                    low, high = paired_difference_interval(
                        int((one > other).sum()), int((one < other).sum()), seeds)
                    priced += low <= truth <= high
                lead = (one - other).mean(axis=1)[0]
                hits += two_sided_p(lead - truth) > 0.05  # the interval is where this holds
            # Differences of 0 and +-1 have few values: shifting them is approximate.
            self.covers(hits, count, (runs, seeds), 0.93 if runs > 1 else 0.85)
            if runs == 1:
                self.covers(priced, count, ("Bonett and Price", seeds), 0.94)

    def test_interquartile_mean(self):
        """The percentile bootstrap is too narrow with few seeds, with several runs a seed no more
        than with one."""
        least = {10: 0.85, 30: 0.91, 200: 0.93}
        for runs, seeds in CASES:
            stream = np.random.RandomState(9)
            hard = settings_of(stream, runs)
            means = lambda count: expit(stream.normal(size=(count, seeds))[:, None, :] + hard).mean(1)
            large = np.sort(expit(stream.normal(size=100_000)[:, None] + hard[0, :, 0]).mean(1))
            truth = large[25_000:75_000].mean()
            count = 1000 if SLOW else 300
            low, high = iqm_intervals(list(means(count)))
            hits = np.sum((low <= truth) & (truth <= high))
            self.covers(hits, count, (runs, seeds), least[seeds])


if __name__ == "__main__":
    unittest.main(argv=[word for word in sys.argv if word != "--slow"])
