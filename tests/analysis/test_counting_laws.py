"""The statistics of experiments/counting_laws.py, whose numbers docs/mechanisms.md and README.md
quote: how reliable are ten seeds? Chances are held against exact ones, e1 against a plain LSTM, intervals
against the share of simulated studies in which they hold the truth."""
import sys
import unittest

import numpy as np
from scipy.stats import hypergeom, norm

from sweeps import FolderTest, TESTS, program, rnnsweep

sys.path.insert(0, str(TESTS.parent / "experiments"))
import counting_laws as laws  # noqa: E402


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def is_right(network, n):
    """Whether a plain LSTM names the symbols that may follow in a^n b^n c^n, step by step."""
    s, c = network["S0"], network["C0"]
    for k in range(3 * n):
        letter = k // n
        a = network["W_in"][letter] + network["b_in"] + network["b_rec"] + np.tensordot(s, network["W_rec"], 1)
        c = sigmoid(a[1]) * c + sigmoid(a[0]) * np.tanh(a[2])
        s = sigmoid(a[3]) * np.tanh(c)
        legal = {0, 1} if letter == 0 else {(k + 1) // n}
        if set(np.flatnonzero(s @ network["W_out"] + network["b_out"] > 0)) != legal:
            return False
    return True


class FirstErrors(FolderTest):
    def test_of_trained_networks(self):
        sweep = (TESTS.parent / "experiments" / "counting-laws.yaml").read_text()
        for line, instead in (("{min: 1001, max: 1020}", "[1001, 1002]"), ("seeds: 20", "seeds: 3"),
                              ("epochs: 150", "epochs: 20"), ("loss_interval: 1000", "loss_interval: 100")):
            self.assertEqual(sweep.count(line), 1)
            sweep = sweep.replace(line, instead)
        path = self.folder / "laws.yaml"
        path.write_text(sweep)
        with rnnsweep.open_results(program.run(path, self.folder / "laws.h5")) as results:
            e1s = laws.first_errors(results)
            self.assertEqual(list(e1s), list(laws.LAWS))
            counts = set()
            for law, (alpha, beta) in laws.LAWS.items():
                for i, data_seed in enumerate((1001, 1002)):
                    for j, seed in enumerate((1, 2, 3)):
                        chosen = results.where(count_alpha=alpha, count_beta=beta, data_seed=data_seed, seed=seed)
                        network, e1 = results.network(chosen.runs.index[0]), e1s[law][i, j]
                        counts.add(e1)
                        for n in range(max(1, int(e1) - 2), int(e1)):
                            self.assertTrue(is_right(network, n), (law, data_seed, seed, n))
                        if e1 <= laws.LONGEST_TESTED:
                            self.assertFalse(is_right(network, int(e1)), (law, data_seed, seed, e1))
            self.assertGreater(len(counts), 4)


class Groups(unittest.TestCase):
    def test_who_shares_what(self):
        sets, weights = laws.studies(20, 24, 50, one_set=True)
        own_sets, own_weights = laws.studies(20, 24, 50, one_set=False)
        for one in range(50):
            self.assertEqual([len(set(sets[one, group])) for group in (0, 1)], [1, 1])
            self.assertNotEqual(sets[one, 0, 0], sets[one, 1, 0])
            for numbers in (weights, own_weights, own_sets):
                self.assertEqual(len(set(numbers[one].ravel())), 20)

    def test_chance_is_the_exact_one(self):
        """Half of the first weights give 100, the others 0: then the number of them in the first
        group of ten is hypergeometric. So it is with training sets, if each network has its own;
        if ten share one, the gap is 0 or 100."""
        half = np.repeat([0.0, 100.0], 10)
        exact = 1 - hypergeom(20, 10, 10).pmf(range(4, 7)).sum()  # (2 K - 10) 10 in -20..20
        bound = 5 * np.sqrt(exact * (1 - exact) / 20000)
        drawn = {one_set: laws.studies(20, 20, 20000, one_set) for one_set in (True, False)}
        by_weights, by_set = np.tile(half, (20, 1)), np.tile(half[:, None], (1, 20))
        for one_set in (True, False):
            self.assertAlmostEqual(laws.chance([by_weights], drawn[one_set]), exact, delta=bound)
        self.assertAlmostEqual(laws.chance([by_set], drawn[False]), exact, delta=bound)
        self.assertAlmostEqual(laws.chance([by_set], drawn[True]), 10 / 19, delta=0.02)
        both = laws.chance([by_set, np.zeros((20, 20))], drawn[True])
        self.assertAlmostEqual(both, laws.chance([by_set], drawn[True]) / 2)

    def test_groups_of_two_laws(self):
        zero, ten = np.zeros((20, 20)), np.full((20, 20), 10.0)
        gaps = laws.gaps_between([ten, zero], laws.studies(20, 20, 5, one_set=True))
        np.testing.assert_array_equal(gaps, 10)


class Intervals(unittest.TestCase):
    """e1 = training set + first weights + both, all normal."""

    def test_hold_the_true_chance(self):
        of_set, of_weights, of_both, simulated = 300, 900, 1200, 60
        for one_set in (True, False):
            variance = (of_set + (of_weights + of_both) / 10 if one_set
                        else (of_set + of_weights + of_both) / 10)
            truth = 2 * norm.sf(laws.GAP / np.sqrt(2 * variance))
            random = np.random.default_rng(3)
            drawn = laws.studies(20, 20, 500, one_set)
            holds, estimates = 0, []
            for one in range(simulated):
                e1 = (random.normal(0, of_set**0.5, (20, 1)) + random.normal(0, of_weights**0.5, 20)
                      + random.normal(0, of_both**0.5, (20, 20)))
                low, high = laws.resampled([e1], lambda own: laws.chance(own, drawn), 100, one)
                holds += low <= truth <= high
                estimates.append(laws.chance([e1], drawn))
            self.assertGreaterEqual(holds, 0.86 * simulated)  # 3.2 standard errors below 95 %
            error = np.std(estimates) / np.sqrt(simulated)
            self.assertLess(abs(np.mean(estimates) - truth), 4 * error)

    def test_components(self):
        random = np.random.default_rng(5)
        shares = [laws.components(random.normal(0, 20, (20, 1)) + random.normal(0, 30, 20)
                                        + random.normal(0, 40, (20, 20))) for _ in range(200)]
        np.testing.assert_allclose(np.mean(shares, axis=0), np.array([4, 9, 16]) / 29, atol=0.03)


if __name__ == "__main__":
    unittest.main()
