#!/usr/bin/env python3
"""Random and Sobol sweeps against NumPy and SciPy: test_sampling.py EXPAND UNIFORMS."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import mpmath
import numpy as np
import xxhash
from scipy import stats
from scipy.stats import qmc

EXPAND, UNIFORMS = sys.argv[1:3]
COUNT = 1000  # what EXPAND prints


def numbers(*arguments, dtype=float):
    output = subprocess.run([UNIFORMS, *map(str, arguments)], check=True, capture_output=True)
    lines = output.stdout.count(b"\n")
    return np.array(output.stdout.split(), dtype=dtype).reshape(lines, -1)


def expand(text):
    """Rows {parameter: value} of the runs of a sweep file."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "sweep.yaml"
        path.write_text(text)
        result = subprocess.run([EXPAND, path], capture_output=True, text=True)
    if result.returncode != 0:
        raise AssertionError(result.stdout)
    lines = [line.partition(":")[2] for line in result.stdout.splitlines() if line[0].isdigit()]
    return [dict(word.split("=") for word in line.split()) for line in lines]


def draw(parameter, words, method="random", seed=1, count=COUNT):
    """Values of the parameter; another one that never repeats keeps all configurations apart."""
    rows = expand(f"method: {method}\nrun_cap: {count}\nsampler_seed: {seed}\nparameters:\n"
                  f"  {parameter}: {{{words}}}\n  data_seed: {{min: 0, max: 4294967295}}\n")
    return [row[parameter] for row in rows]


def draw_numbers(parameter, words, **options):
    return np.array(draw(parameter, words, **options), dtype=float)


class Streams(unittest.TestCase):
    def test_philox_is_that_of_numpy(self):
        for seed, stream in [(0, 0), (42, 2 ** 63 + 5), (2 ** 53, 7)]:
            ours = subprocess.run([UNIFORMS, "philox", str(seed), str(stream), "50"], check=True,
                                  capture_output=True, text=True).stdout.split()[::2]
            for index, word in enumerate(ours):
                # NumPy steps the counter before it computes a block.
                before = (index - 1) % 2 ** 256
                counter = [before >> 64 * k & (2 ** 64 - 1) for k in range(4)]
                theirs = np.random.Philox(key=np.array([seed, stream], dtype=np.uint64),
                                          counter=counter).random_raw()
                self.assertEqual(int(word), int(theirs))

    def test_sobol_is_that_of_scipy(self):
        count = 4096
        ours = numbers("sobol", 64, 0, count, dtype=np.uint64)
        theirs = qmc.Sobol(64, scramble=False, bits=30).random(count)
        np.testing.assert_array_equal(ours / 2.0 ** 32, theirs)
        far = 3000003
        engine = qmc.Sobol(64, scramble=False, bits=30)
        engine.fast_forward(far)
        np.testing.assert_array_equal(numbers("sobol", 64, far, 8, dtype=np.uint64) / 2.0 ** 32,
                                      engine.random(8))

    def test_scrambling_keeps_the_even_spread(self):
        """Owen: each of 2^k equal intervals still holds one of the first 2^k points, and each of
        2^k boxes of two neighbouring first dimensions as well."""
        count = 256
        for seed in (0, 1, 2 ** 40):
            points = numbers("scrambled", seed, 64, count)
            for dimension in range(64):
                for k in range(9):
                    cells = np.floor(points[:2 ** k, dimension] * 2 ** k)
                    self.assertEqual(len(np.unique(cells)), 2 ** k)
            boxes = np.floor(points[:, 0] * 16) * 16 + np.floor(points[:, 1] * 16)
            self.assertEqual(len(np.unique(boxes)), count)

    def test_scramblings_differ_and_are_uniform(self):
        points = np.array([numbers("scrambled", seed, 64, 1)[0] for seed in range(20)])
        self.assertEqual(len(np.unique(points)), points.size)
        self.assertGreater(stats.kstest(points.ravel(), "uniform").pvalue, 1e-3)


class Distributions(unittest.TestCase):
    def check(self, distribution, parameter, words, **options):
        values = draw_numbers(parameter, words, **options)
        self.assertEqual(len(values), COUNT)
        self.assertGreater(stats.kstest(values, distribution.cdf).pvalue, 1e-3)
        return values

    def test_uniform(self):
        values = self.check(stats.uniform(0.1, 0.8), "momentum", "min: 0.1, max: 0.9")
        self.assertTrue(values.min() >= 0.1 and values.max() <= 0.9)
        self.check(stats.uniform(0.1, 0.8), "momentum",
                   "distribution: uniform, min: 0.1, max: 0.9", method="sobol")

    def test_log_uniform_values(self):
        for method in ("random", "sobol"):
            self.check(stats.loguniform(1e-4, 10), "learning_rate",
                       "distribution: log_uniform_values, min: 1e-4, max: 10", method=method)

    def test_normal(self):
        self.check(stats.norm(5, 0.5), "epsilon", "distribution: normal, mu: 5, sigma: 0.5")

    def test_normal_is_cut_to_what_is_allowed(self):
        values = self.check(stats.truncnorm(-0.5 / 0.5, 0.5 / 0.5, 0.5, 0.5), "momentum",
                            "distribution: normal, mu: 0.5, sigma: 0.5")
        self.assertTrue(values.min() >= 0 and values.max() < 1)

    def test_log_normal(self):
        self.check(stats.lognorm(0.7, scale=np.exp(-3)), "learning_rate",
                   "distribution: log_normal, mu: -3, sigma: 0.7")

    def test_quantiles_are_those_of_scipy(self):
        """The same uniform numbers through SciPy's quantile functions, to the 12 digits kept."""
        uniform = draw_numbers("epsilon", "distribution: uniform, min: 0, max: 1")
        inner = (uniform > 1e-3) & (uniform < 1 - 1e-3)  # where 12 digits of it are enough
        for words, distribution in [
                ("distribution: normal, mu: 50, sigma: 2", stats.norm(50, 2)),
                ("distribution: log_normal, mu: 1, sigma: 0.5", stats.lognorm(0.5, scale=np.e)),
                ("distribution: log_uniform_values, min: 1e-3, max: 7", stats.loguniform(1e-3, 7))]:
            np.testing.assert_allclose(draw_numbers("epsilon", words)[inner],
                                       distribution.ppf(uniform)[inner], rtol=1e-8)

    def test_every_digit_is_right(self):
        """The formulas in 50 digits, rounded to 12: no shortcut of the program shows."""
        with mpmath.workdps(50):
            def even(low, high):
                return lambda uniform: low + (high - low) * uniform

            def even_logarithm(low, high):
                inner = even(mpmath.log(low), mpmath.log(high))
                return lambda uniform: mpmath.exp(inner(uniform))

            def normal(mu, sigma):
                return lambda uniform: mu + sigma * mpmath.sqrt(2) * mpmath.erfinv(2 * uniform - 1)

            def normal_logarithm(mu, sigma):
                inner = normal(mu, sigma)
                return lambda uniform: mpmath.exp(inner(uniform))

            for parameter, words, quantile in [
                    ("momentum", "distribution: uniform, min: 0.1, max: 0.9",
                     even(mpmath.mpf(0.1), mpmath.mpf(0.9))),
                    ("momentum", "distribution: uniform, min: 0, max: 1e-3",
                     even(mpmath.mpf(0), mpmath.mpf(1e-3))),
                    ("epsilon", "distribution: log_uniform_values, min: 1e-4, max: 10",
                     even_logarithm(1e-4, 10)),
                    ("epsilon", "distribution: inv_log_uniform_values, min: 1e-30, max: 1e30",
                     even_logarithm(1e-30, 1e30)),
                    ("epsilon", "distribution: log_uniform_values, min: 5e-324, max: 1e308",
                     even_logarithm(5e-324, 1e308)),
                    ("epsilon", "distribution: normal, mu: 50, sigma: 2", normal(50, 2)),
                    ("learning_rate", "distribution: log_normal, mu: -3, sigma: 0.5",
                     normal_logarithm(-3, 0.5)),
                    ("learning_rate", "distribution: log_normal, mu: -90, sigma: 3",
                     normal_logarithm(-90, 3))]:
                stream = xxhash.xxh3_128_intdigest(parameter.encode()) % 2**64
                bits = subprocess.run([UNIFORMS, "philox", "1", str(stream), str(COUNT)], check=True,
                                      capture_output=True, text=True).stdout.split()[::2]
                for word, text in zip(bits, draw(parameter, words, seed=1), strict=True):
                    value = quantile((mpmath.mpf(int(word) >> 12) + mpmath.mpf("0.5")) / 2**52)
                    self.assertEqual(float(mpmath.nstr(value, 12, strip_zeros=False)), float(text))

    def test_int_uniform(self):
        for words in ("min: 2, max: 9", "distribution: int_uniform, min: 2, max: 9",
                      "distribution: uniform, min: 2, max: 9"):
            values = draw_numbers("states", words)
            counts = [np.sum(values == k) for k in range(2, 10)]
            self.assertEqual(sum(counts), COUNT)
            self.assertGreater(stats.chisquare(counts).pvalue, 1e-3)

    def test_q_uniform(self):
        values = draw_numbers("epochs", "distribution: q_uniform, min: 10, max: 50, q: 10")
        counts = [np.sum(values == k) for k in (10, 20, 30, 40, 50)]
        self.assertEqual(sum(counts), COUNT)
        self.assertGreater(stats.chisquare(counts, np.array([1, 2, 2, 2, 1]) * COUNT / 8).pvalue,
                           1e-3)

    def test_q_log_uniform_values(self):
        values = draw_numbers("train_samples",
                              "distribution: q_log_uniform_values, min: 100, max: 10000, q: 100")
        self.assertTrue(np.all(values % 100 == 0))
        self.assertTrue(values.min() >= 100 and values.max() <= 10000)
        below = np.mean(values < 1000)
        expected = stats.loguniform(100, 10000).cdf(950)
        self.assertLess(abs(below - expected), 4 * np.sqrt(expected * (1 - expected) / COUNT))

    def test_q_normal(self):
        """Multiples of 10 with the probability of what is nearer to them than to others, of the
        distribution cut to what is allowed, 1 to 4096."""
        values = draw_numbers("states", "distribution: q_normal, mu: 30, sigma: 20, q: 10")
        self.check_multiples(values, 10, stats.norm(30, 20), 1)
        values = draw_numbers("epsilon", "distribution: q_normal, mu: 0.5, sigma: 0.25, q: 0.125")
        self.check_multiples(values, 0.125, stats.norm(0.5, 0.25), 0)

    def test_q_log_normal(self):
        values = draw_numbers("epochs", "distribution: q_log_normal, mu: 2, sigma: 0.5")
        self.check_multiples(values, 1, stats.lognorm(0.5, scale=np.exp(2)), 1)
        values = draw_numbers("test_samples", "distribution: q_log_normal, mu: 6, sigma: 1, q: 250",
                              method="sobol")
        self.check_multiples(values, 250, stats.lognorm(1, scale=np.exp(6)), 1)

    def check_multiples(self, values, q, distribution, lowest):
        found = np.round(values / q).astype(int)
        np.testing.assert_allclose(found * q, values, rtol=1e-12)
        least = int(np.ceil(lowest / q))
        self.assertGreaterEqual(found.min(), least)
        # Cells with few values are put together with the last one.
        places = np.arange(least, found.max() + 1)
        below = distribution.cdf((places + 0.5) * q) - distribution.cdf(lowest)
        share = np.diff(np.concatenate([[0], below])) / distribution.sf(lowest)
        full = np.nonzero(share * COUNT >= 10)[0]
        counts = np.array([np.sum(found == places[i]) for i in full])
        shares = share[full]
        counts, shares = np.append(counts, COUNT - counts.sum()), np.append(shares, 1 - shares.sum())
        self.assertGreater(stats.chisquare(counts, shares * COUNT).pvalue, 1e-3)

    def test_two_words_for_the_same(self):
        """The logarithm of 1/x is even where that of x is."""
        bounds = "min: 1e-3, max: 7"
        self.assertEqual(draw("epsilon", f"distribution: inv_log_uniform_values, {bounds}"),
                         draw("epsilon", f"distribution: log_uniform_values, {bounds}"))
        shares = "values: [2, 3], probabilities: [0.25, 0.75]"
        self.assertEqual(draw("states", f"distribution: categorical_w_probabilities, {shares}"),
                         draw("states", shares))

    def test_categorical(self):
        words = draw("precision", "values: [float32, float64], probabilities: [0.9, 0.1]")
        self.assertGreater(stats.binomtest(words.count("float64"), COUNT, 0.1).pvalue, 1e-3)
        values = draw_numbers("states", "values: [2, 3, 5]")
        counts = [np.sum(values == k) for k in (2, 3, 5)]
        self.assertGreater(stats.chisquare(counts).pvalue, 1e-3)
        rows = expand("method: random\nrun_cap: 100\nparameters:\n"
                      "  states: {values: [2, 3, 4], probabilities: [0, 1, 0]}\n"
                      "  momentum: {min: 0.1, max: 0.9}\n")
        self.assertEqual({row["states"] for row in rows}, {"3"})


class Sequences(unittest.TestCase):
    TWO = ("method: {}\nrun_cap: {}\nsampler_seed: {}\nparameters:\n"
           "  momentum: {{min: 0.1, max: 0.9}}\n  lambda: {{min: 0.1, max: 0.9}}\n")

    def test_a_larger_cap_only_adds(self):
        for method in ("random", "sobol"):
            self.assertEqual(expand(self.TWO.format(method, 100, 7)),
                             expand(self.TWO.format(method, 900, 7))[:100])

    def test_seeds_differ(self):
        for method in ("random", "sobol"):
            self.assertNotEqual(expand(self.TWO.format(method, 10, 7)),
                                expand(self.TWO.format(method, 10, 8)))

    def test_parameters_are_independent(self):
        rows = expand(self.TWO.format("random", COUNT, 7))
        momentum, decay = (np.array([float(row[name]) for row in rows])
                           for name in ("momentum", "lambda"))
        self.assertGreater(stats.spearmanr(momentum, decay).pvalue, 1e-3)
        self.assertGreater(stats.spearmanr(momentum[1:], momentum[:-1]).pvalue, 1e-3)

    def test_random_streams_belong_to_names(self):
        """Another parameter beside it changes nothing for a random one."""
        alone = draw("momentum", "min: 0.1, max: 0.9", seed=7, count=50)
        rows = expand(self.TWO.format("random", 50, 7))
        self.assertEqual(alone, [row["momentum"] for row in rows])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
