#!/usr/bin/env python3
"""Paired comparisons against statsmodels, exact enumeration and published numbers."""
import itertools
import unittest

import numpy as np
import scipy.stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

import sweeps
from rnnsweep import compare, compare_many
from rnnsweep.comparison import holm, paired_difference_interval, rank_biserial
from rnnsweep.sign_flips import sign_flip_interval, sign_flip_p, two_sided_p
from sweeps import SweepTest


class Formulas(unittest.TestCase):
    def test_mcnemar(self):
        for only_a, only_b in itertools.product(range(12), range(12)):
            theirs = mcnemar([[3, only_a], [only_b, 5]], exact=True).pvalue
            ours = two_sided_p(np.repeat([0.0, 1, -1], [8, only_a, only_b]))
            self.assertAlmostEqual(ours, min(theirs, 1), delta=1e-12)

    def test_sign_flips_by_enumeration(self):
        """All 2^n signs; sums of rounded numbers that are equal on paper are equal."""
        stream = np.random.RandomState(1)
        cases = [np.array(case) for case in (
            [0.3, -0.1, 0.5, 0.7], [1.0, 2, 3, 4, -5, 6, 7, 0, 8], [-1.0, -2, -3],
            [0.1 + 0.2, 0.3, -0.3, 0.5], [0.25, 0.5, 0.75, -0.25, 0.5])]
        cases += [stream.normal(0.3, 1, size) for size in range(1, 15)]
        for differences in cases:
            signs = np.array(list(itertools.product((-1, 1), repeat=len(differences))))
            sums = signs @ np.abs(differences)
            self.assertEqual(sign_flip_p(differences), np.mean(sums >= differences.sum() - 1e-6))
        self.assertEqual(sign_flip_p(np.zeros(5)), 1)
        self.assertEqual(sign_flip_p(np.array([])), 1)

    def test_sign_flips_of_many_by_chance(self):
        """Against 10^5 choices of signs, and the normal distribution beyond 512."""
        stream = np.random.RandomState(2)
        for size in (40, 200, 500, 700):
            differences = stream.gamma(0.5, size=size) * np.where(
                stream.uniform(size=size) < 0.45, -1, 1)
            sums = (stream.randint(0, 2, (20000, size)) * 2 - 1) @ np.abs(differences)
            p = np.mean(sums >= differences.sum())
            self.assertAlmostEqual(sign_flip_p(differences), p, delta=4 * np.sqrt(0.25 / 20000))

    def test_interval_is_what_the_test_does_not_reject(self):
        stream = np.random.RandomState(3)
        for size in (8, 19, 40):
            values = stream.normal(0.1, 0.3, size)
            low, high = sign_flip_interval(values)
            for bound, outwards in ((low, -1e-3), (high, 1e-3)):
                self.assertLessEqual(two_sided_p(values - bound - outwards), 0.05)
                self.assertGreater(two_sided_p(values - bound + outwards), 0.05)
        self.assertEqual(sign_flip_interval(np.array([0.1, 0.2, 0.3])), (-1, 1))

    def test_holm(self):
        stream = np.random.RandomState(1)
        for size in (1, 2, 10, 100):
            p = stream.uniform(size=size) ** 3
            p[: size // 3] = p[0]  # ties
            np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], rtol=1e-12)

    def test_rank_biserial(self):
        for differences in ([0.3, -0.1, 0.5, 0.7], [1.0, 1, -1, 2, 3, 0, 3], [-1.0, -2, -3]):
            apart = np.array([d for d in differences if d])
            ranks = scipy.stats.rankdata(np.abs(apart))
            self.assertAlmostEqual(rank_biserial(np.array(differences)),
                                   2 * ranks[apart > 0].sum() / ranks.sum() - 1, delta=1e-12)
        self.assertEqual(rank_biserial(np.zeros(5)), 0)

    def test_interval_of_a_published_example(self):
        """Airway hyper-responsiveness of 21 children before and after a transplantation: 1 and 7
        discordant pairs; by hand, -6/23 -+ 1.96 sqrt((10/23 - 36/529) / 23)."""
        low, high = paired_difference_interval(1, 7, 21)
        self.assertAlmostEqual(low, -0.5083, delta=1e-4)
        self.assertAlmostEqual(high, -0.0134, delta=1e-4)
        self.assertEqual(paired_difference_interval(0, 2, 2)[0], -1)

    def test_coverage_of_the_interval(self):
        """Every outcome of 30 pairs, weighted with its probability."""
        pairs = 30
        outcomes = [(a, b) for a in range(pairs + 1) for b in range(pairs + 1 - a)]
        bounds = np.array([paired_difference_interval(a, b, pairs) for a, b in outcomes])
        counts = np.array([(a, b, pairs - a - b) for a, b in outcomes])
        for p, q in ((0.3, 0.1), (0.1, 0.1), (0.4, 0.05), (0.25, 0.3), (0.5, 0.3)):
            weight = scipy.stats.multinomial.pmf(counts, pairs, [p, q, 1 - p - q])
            covered = np.sum(weight[(bounds[:, 0] <= p - q) & (p - q <= bounds[:, 1])])
            self.assertTrue(0.935 < covered < 0.985, (p, q, covered))


class Comparisons(SweepTest):
    A, B = {"learning_rate": 0.06}, {"learning_rate": 0.02}

    def sides(self, **fixed):
        runs = self.results.runs
        for name, value in fixed.items():
            runs = runs[runs[name] == value]
        by = ["states", "batching", "epochs", "seed"]
        return [runs[runs.learning_rate == rate].sort_values(by) for rate in (0.06, 0.02)]

    def test_one_pair_for_each_seed(self):
        fixed = dict(states=4, batching="disjoint", epochs=10)
        got = compare(self.results.where(**fixed), self.A, self.B)
        a, b = self.sides(**fixed)
        solved_a, solved_b = (side.test_accuracy.values == 1 for side in (a, b))
        self.assertEqual((got.pairs, got.seeds), (sweeps.SEEDS, sweeps.SEEDS))
        table = [[got.both, got.only_a], [got.only_b, got.neither]]
        self.assertEqual(table, [
            [np.sum(solved_a & solved_b), np.sum(solved_a & ~solved_b)],
            [np.sum(~solved_a & solved_b), np.sum(~solved_a & ~solved_b)]])
        self.assertAlmostEqual(got.p_solved, mcnemar(table, exact=True).pvalue, delta=1e-12)
        self.assertAlmostEqual(got.difference, solved_a.mean() - solved_b.mean(), delta=1e-12)
        self.assertTrue(got.low < got.difference < got.high)
        apart = a.test_accuracy.values.astype(float) - b.test_accuracy.values
        self.assertAlmostEqual(got.accuracy_difference, apart.mean(), delta=1e-6)
        self.assertEqual(got.p_accuracy, two_sided_p(apart))
        self.assertEqual((got.accuracy_low, got.accuracy_high), sign_flip_interval(apart))

    def test_seed_is_the_unit(self):
        """Eight pairs for each seed count as one: its mean."""
        got = compare(self.results, self.A, self.B)
        self.assertEqual((got.pairs, got.seeds), (8 * sweeps.SEEDS, sweeps.SEEDS))
        a, b = self.sides()
        apart = (a.test_accuracy.values == 1).astype(float) - (b.test_accuracy.values == 1)
        by_seed = [apart[a.seed.values == seed].mean() for seed in range(1, sweeps.SEEDS + 1)]
        self.assertAlmostEqual(got.difference, np.mean(by_seed), delta=1e-12)
        self.assertAlmostEqual(got.p_solved, two_sided_p(np.array(by_seed)), delta=1e-12)
        self.assertTrue(got.low < got.difference < got.high)

    def test_diverged_runs_have_solved_nothing(self):
        got = compare(self.results, {"learning_rate": 1.7e308}, self.B)
        self.assertEqual((got.both, got.only_a), (0, 0))
        b = self.sides()[1]
        self.assertEqual(got.only_b, np.sum(b.test_accuracy == 1))
        self.assertAlmostEqual(got.accuracy_difference, -b.test_accuracy.astype(float).mean(),
                               delta=1e-6)

    def test_sides_are_symmetric(self):
        there = compare(self.results, self.A, self.B)
        back = compare(self.results, self.B, self.A)
        self.assertAlmostEqual(there.difference, -back.difference, delta=1e-12)
        self.assertAlmostEqual(there.effect, -back.effect, delta=1e-12)
        self.assertEqual(there.p_accuracy, back.p_accuracy)

    def test_many(self):
        pairs = [({"states": 4, "epochs": epochs}, {"states": 2, "epochs": epochs})
                 for epochs in (6, 10)]
        pairs.append(({"states": 2, "epochs": 6}, {"states": 2, "epochs": 10}))
        table = compare_many(self.results, pairs)
        self.assertEqual(table.pairs.tolist(), 3 * [6 * sweeps.SEEDS])
        np.testing.assert_allclose(
            table.p_solved_holm, multipletests(table.p_solved, method="holm")[1])
        self.assertEqual(table.difference[0], compare(self.results, *pairs[0]).difference)

    def test_reads_as_a_sentence_and_a_small_table(self):
        got = compare(self.results, {"states": 4}, {"states": 2})
        lines = str(got).splitlines()
        self.assertTrue(all(len(line) <= 80 for line in lines), lines)
        self.assertIn("over 12 seeds (144 pairs of runs).", lines[0])
        self.assertEqual(lines[1].split(), ["a", "-", "b", "95", "%", "interval", "p"])
        self.assertEqual([line.split()[0] for line in lines[2:4]], ["solved", "accuracy"])
        self.assertIn("<table", got._repr_html_())
        few = compare(self.results.where(seed=[1, 2]), {"states": 4}, {"states": 2})
        self.assertEqual(str(few).splitlines()[0],
                         "states 4 against states 2: 2 seeds cannot tell them apart.")

    def test_refusals(self):
        for pattern, a, b in (
                ("same parameters", {"states": 2}, {"epochs": 6}),
                ("no run has states 3", {"states": 3}, {"states": 2}),
                ("several values of learning_rate", {"learning_rate": [0.02, 0.06]},
                 {"learning_rate": 1.7e308})):
            with self.subTest(pattern), self.assertRaisesRegex(ValueError, pattern):
                compare(self.results, a, b)
        part = self.results.where(seed=[1, 2])
        part.runs = part.runs[(part.runs.seed == 1) == (part.runs.states == 2)]
        with self.assertRaisesRegex(ValueError, "no finished run .* has a partner"):
            compare(part, {"states": 2}, {"states": 4})


if __name__ == "__main__":
    unittest.main()
