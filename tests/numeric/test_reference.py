#!/usr/bin/env python3
"""The NumPy reference against the notebook: its published numbers and what it prints."""
import json
import unittest
from dataclasses import replace
from pathlib import Path

import numpy as np

import reference_rnn as reference
from make_golden import GOLDEN
from reference_rnn import PARAMETERS, Config

LAB9 = json.loads((GOLDEN / "lab9.json").read_text())
NOTEBOOK = Config(
    precision="float64", batching="sliding", epsilon_placement="step", gradient_check=True,
    test_samples=5)
# The last bit of a parameter grows to 1e-10 over the notebook's hundred updates.
TRAJECTORY = 1e-8
BEFORE_TRAINING = 1e-12


def assert_networks_close(actual, expected, bound):
    """Every number within bound, relative to the largest of its tensor."""
    for name in PARAMETERS:
        wanted = np.array(expected[name])
        np.testing.assert_allclose(
            actual[name], wanted, rtol=0, atol=bound * np.max(np.abs(wanted)), err_msg=name)


class Lab9(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = reference.run(NOTEBOOK)

    def test_training_pairs(self):
        pairs = self.run_.draws.train_pairs
        self.assertEqual(pairs[0], (29733, 235), "the notebook's first sample")
        self.assertEqual(pairs[:5], [tuple(pair) for pair in LAB9["train_pairs_first5"]])
        self.assertEqual(sum(a + b for a, b in pairs), LAB9["train_pairs_sum"])

    def test_first_sample_as_printed(self):
        (x,), (t,) = reference.encode([(29733, 235)], 16, np.float64)
        as_text = ["".join(str(int(bit)) for bit in bits) for bits in (x[:, 0], x[:, 1], t[:, 0])]
        self.assertEqual(as_text, ["1010010000101110", "1101011100000000", "0000100010101110"])

    def test_networks_as_drawn(self):
        for drawn, published in (
                (self.run_.draws.check_network, LAB9["gradient_check"]["params"]),
                (self.run_.draws.network, LAB9["initial_params"])):
            assert_networks_close(drawn, published, 0)

    def test_gradient_check(self):
        self.assertTrue(self.run_.gradient_check)
        x, t = reference.encode(self.run_.draws.train_pairs[:100], 16, np.float64)
        net = self.run_.draws.check_network
        self.assertAlmostEqual(
            reference.loss_of(net, x, t), LAB9["gradient_check"]["loss"], delta=BEFORE_TRAINING)
        assert_networks_close(
            reference.gradient(net, x, t), LAB9["gradient_check"]["grads"], BEFORE_TRAINING)

    def test_losses(self):
        self.assertEqual(len(self.run_.loss), 101)
        np.testing.assert_allclose(self.run_.loss, LAB9["losses"], rtol=TRAJECTORY)

    def test_final_parameters(self):
        assert_networks_close(self.run_.network, LAB9["final_params"], TRAJECTORY)

    def test_sums_as_printed(self):
        pairs = self.run_.draws.test_pairs
        self.assertEqual([list(pair) for pair in pairs], LAB9["test"]["pairs"])
        self.assertEqual([a + b for a, b in pairs], [27317, 26796, 17455, 37568, 39594])
        self.assertEqual(LAB9["test"]["predicted_sums"], [a + b for a, b in pairs])
        self.assertEqual((self.run_.test_bit_accuracy, self.run_.test_accuracy), (1.0, 1.0))


class OwnRules(unittest.TestCase):
    """What the notebook does not have."""

    def test_data_seed_replaces_only_the_sets(self):
        config = Config(data_seed=5, seed=9, train_samples=30, test_samples=10)
        draws = reference.draw_run(config)
        alone = np.random.RandomState(5)
        self.assertEqual(draws.train_pairs, reference.draw_pairs(alone, 30, 16))
        self.assertEqual(draws.test_pairs, reference.draw_pairs(alone, 10, 16))
        assert_networks_close(
            draws.network, reference.draw_network(np.random.RandomState(9), 3), 0)

    def test_longest_numbers_fit(self):
        x, t = reference.encode([(2**61 - 1, 2**61 - 1), (2**61 - 1, 0)], 62, np.float64)
        self.assertEqual(t[0, :, 0].tolist(), [0] + 61 * [1])
        self.assertEqual(x[1, :, 0].tolist(), 61 * [1] + [0])

    def test_disjoint_and_sliding_minibatches(self):
        config = Config(train_samples=25, batch_size=10)
        starts = [reference.minibatch(config, update).start for update in range(4)]
        self.assertEqual(starts, [0, 10, 0, 10])
        config = replace(config, batching="sliding")
        starts = [reference.minibatch(config, update).start for update in range(4)]
        self.assertEqual(starts, [0, 1, 0, 1])

    def test_infinite_step_diverges(self):
        result = reference.run(Config(learning_rate=1.7e308, precision="float64", epochs=1))
        self.assertEqual(result.diverged_at, 1)
        self.assertTrue(np.isfinite(result.loss[0]) and np.all(np.isnan(result.loss[1:])))
        self.assertTrue(np.isnan(result.test_accuracy))

    def test_wrong_gradient_is_noticed(self):
        draws = reference.draw_run(Config(train_samples=20, gradient_check=True))
        x, t = reference.encode(draws.train_pairs, 16, np.float64)
        right = reference.gradient

        def wrong(*arguments):
            g = right(*arguments)
            g["S0"][1] += 1e-6
            return g

        reference.gradient = wrong
        try:
            self.assertFalse(reference.gradient_agrees(draws.check_network, x, t))
        finally:
            reference.gradient = right


class GoldenFiles(unittest.TestCase):
    def test_golden_files_are_small_and_complete(self):
        for path in sorted(Path(GOLDEN).glob("*.json")):
            self.assertLess(path.stat().st_size, 200_000, path.name)

    def test_reference_still_gives_them(self):
        """One that is quick; make_golden.py redoes all."""
        golden = json.loads((GOLDEN / "one-state.json").read_text())
        result = reference.run(Config.from_sweep(golden["config"]))
        np.testing.assert_allclose(result.loss, golden["loss"], rtol=1e-12)
        assert_networks_close(result.network, golden["final"], 1e-12)


if __name__ == "__main__":
    unittest.main()
