#!/usr/bin/env python3
"""The program against the NumPy reference: golden/*.json, and the notebook's golden/lab9.json.

The bounds follow from a measurement. `noise` in a golden file is what moving the last bit of every
parameter after every update does to losses and parameters (make_golden.py); another correct
program differs by a small multiple of it, MARGIN. In float32 a last bit is 2^29 times as large, and
as long as its effect stays small (LINEAR) it is 2^29 times that in float64; NumPy's own float32
stays below 0.7 times this in every golden setting.
"""
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

import program
from make_golden import GOLDEN, NOISE_LIMIT, SETTINGS
from program import DIVERGED, DONE, WEIGHTS
from reference_rnn import Config

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
BEFORE_TRAINING = 1e-12  # drawing, one forward and one backward pass in float64
MARGIN = 20
FLOAT32 = 2.0**29  # of the unit roundoffs, 2^-24 / 2^-53
LINEAR = 0.01
REALLY_FLOAT32 = 2.0**-30  # a curve nearer to float64 than this has not been rounded
SAFE_DECISION = 1e-6  # no logit of the test set is nearer to zero: its bits are certain
LEAST_P = 1e-3


def load(name: str) -> dict:
    return json.loads((GOLDEN / f"{name}.json").read_text())


class ProgramTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name
        self.runs = 0

    def run_one(self, config: dict, **changes) -> dict:
        """The row of a single run: a golden configuration with changes."""
        parameters = {**config, **changes}
        seed = parameters.pop("seed")
        self.runs += 1  # a results file takes the runs of one sweep only
        return program.read_row(
            program.run_grid(self.folder, f"run-{self.runs}", parameters, [seed]))

    def assert_weights(self, actual, expected, bound):
        """Every number within bound, relative to the largest of its tensor."""
        for name in WEIGHTS:
            wanted = np.array(expected[name])
            self.assertEqual(actual[name].shape, wanted.shape, name)
            np.testing.assert_allclose(
                actual[name], wanted, rtol=0, atol=bound * np.max(np.abs(wanted)), err_msg=name)


def initial_network_probe(config: dict) -> dict:
    """Steps too short to change any weight: what is stored is what was drawn."""
    return dict(
        learning_rate=1e-300, momentum=0, epsilon=1, epsilon_placement="denominator", epochs=1,
        batch_size=config["train_samples"], loss_interval=1, precision="float64")


def gradient_probe(config: dict) -> dict:
    """One update over the whole training set with d = g / (1 + |g| / scale), all but the gradient:
    learning_rate and epsilon are `scale`, lambda is 0."""
    return dict(initial_network_probe(config), learning_rate=1e12, epsilon=1e12, **{"lambda": 0})


class BeforeTraining(ProgramTest):
    def check_initial_network(self, config, network):
        drawn = self.run_one(config, **initial_network_probe(config))["weights"]
        for name in WEIGHTS:  # to the bit; the zeros have moved by 1e-300
            np.testing.assert_allclose(
                drawn[name], network[name], rtol=0, atol=1e-290, err_msg=name)

    def test_initial_networks(self):
        for name in SETTINGS:
            golden = load(name)
            with self.subTest(name):
                self.check_initial_network(golden["config"], golden["initial"])
            if golden["check_network"] is not None:
                # Without the check the first network drawn is the one that trains.
                with self.subTest(name + ", network of the gradient check"):
                    config = dict(golden["config"], gradient_check=False)
                    self.check_initial_network(config, golden["check_network"])

    def test_gradients_over_the_whole_training_set(self):
        for name in SETTINGS:
            golden = load(name)
            with self.subTest(name):
                row = self.run_one(golden["config"], **gradient_probe(golden["config"]))
                self.assertLess(
                    abs(row["initial_loss"] / golden["whole_loss"] - 1), BEFORE_TRAINING)
                gradient = {
                    key: np.array(golden["initial"][key]) - row["weights"][key] for key in WEIGHTS}
                self.assert_weights(gradient, golden["whole_gradient"], BEFORE_TRAINING)


class Trajectories(ProgramTest):
    def check_losses(self, row, golden, scale, updates):
        """Recorded losses of the first `updates` updates, within the measured noise."""
        interval = golden["config"]["loss_interval"]
        noise = scale * np.array(golden["noise"])
        bound = MARGIN * np.append(noise[0], noise[interval - 1::interval])
        points = 1 + updates // interval
        np.testing.assert_array_equal(
            row["step"][:points], interval * np.arange(points))
        wanted = np.array(golden["loss"])[:points]
        difference = np.abs(row["loss"][:points] / wanted - 1)
        worst = int(np.argmax(difference / bound[:points]))
        self.assertLess(
            difference[worst], bound[worst], f"loss of update {worst * interval}")
        self.assertEqual(row["initial_loss"], row["loss"][0])

    def test_float64(self):
        self.assertLessEqual(MARGIN * NOISE_LIMIT, 1e-8)
        for name in SETTINGS:
            golden = load(name)
            with self.subTest(name):
                row = self.run_one(golden["config"])
                self.assertEqual((row["status"], row["diverged_at"]), (DONE, -1))
                self.check_losses(row, golden, 1, golden["comparable_updates"])
                if golden["comparable_updates"] == len(golden["noise"]):
                    self.check_outcome(row, golden)

    def check_outcome(self, row, golden):
        bound = MARGIN * golden["noise"][-1]
        self.assert_weights(row["weights"], golden["final"], bound)
        if golden["config"]["loss_interval"] == 1:
            self.assertEqual(row["final_loss"], row["loss"][-1])
        self.assertGreater(golden["decision_margin"], SAFE_DECISION)
        self.assertEqual(row["test_bit_accuracy"], golden["test_bit_accuracy"])
        self.assertEqual(row["test_accuracy"], golden["test_accuracy"])

    def test_float32_over_the_first_updates(self):
        for name in SETTINGS:
            golden = load(name)
            with self.subTest(name):
                row = self.run_one(golden["config"], precision="float32")
                self.assertEqual(row["loss"].dtype, np.float32)
                noise = FLOAT32 * np.array(golden["noise"])
                updates = int(np.sum(MARGIN * noise < LINEAR))
                self.assertGreater(updates, 0)
                self.check_losses(row, golden, FLOAT32, updates)
                wide = np.array(golden["loss"])
                self.assertGreater(
                    np.max(np.abs(row["loss"] / wide - 1)), REALLY_FLOAT32, "is it float32 at all?")

    def test_data_seed_is_shared_by_configurations(self):
        parameters = dict(
            data_seed=99, precision="float64", train_samples=50, test_samples=50, batch_size=50,
            epochs=1, learning_rate=1e-300, momentum=0, states=[1, 4])
        path = program.run_grid(self.folder, "shared", parameters, [3, 4])
        alone = program.run_grid(self.folder, "alone", dict(parameters, states=4), [4])
        together = program.read_row(path, 3)
        self.assertEqual((together["states"], together["seed"]), (4, 4))
        self.assertEqual(together["initial_loss"], program.read_row(alone)["initial_loss"])


class Notebook(ProgramTest):
    """experiments/lab9.yaml against what the notebook published, to 1e-8."""

    def test_lab9(self):
        published = load("lab9")
        row = program.read_row(
            program.run(EXPERIMENTS / "lab9.yaml", Path(self.folder) / "lab9.h5"))
        self.assertEqual(row["status"], DONE)
        np.testing.assert_allclose(row["loss"], published["losses"], rtol=1e-8)
        self.assertLess(abs(row["loss"][0] / published["losses"][0] - 1), BEFORE_TRAINING)
        self.assert_weights(row["weights"], published["final_params"], 1e-8)
        self.assertEqual((row["test_bit_accuracy"], row["test_accuracy"]), (1.0, 1.0))

    def test_networks_before_training(self):
        published = load("lab9")
        config = Config(precision="float64", batching="sliding", test_samples=5).as_sweep()
        for checked, network in (
                (False, published["gradient_check"]["params"]),
                (True, published["initial_params"])):
            probe = dict(initial_network_probe(config), batch_size=100, gradient_check=checked)
            row = self.run_one(config, **probe)
            for name in WEIGHTS:
                np.testing.assert_allclose(
                    row["weights"][name], network[name], rtol=0, atol=1e-290, err_msg=name)
            if not checked:  # the network of the check, on its first 100 samples
                self.assertAlmostEqual(
                    row["initial_loss"], published["gradient_check"]["loss"], delta=1e-12)

    def test_pairs_and_gradients_before_training(self):
        published = load("lab9")
        check = published["gradient_check"]
        for isa in ("generic", "avx2", "avx512", "neon"):
            done = subprocess.run([os.environ["LAB9_START"], isa], capture_output=True, text=True)
            if done.returncode and isa != "generic":
                continue  # not of this machine
            start = json.loads(done.stdout)
            with self.subTest(isa):
                self.assertEqual(start["pairs"], published["train_pairs_first5"])
                self.assertEqual(start["sum"], published["train_pairs_sum"])
                self.assertLess(abs(start["loss"] / check["loss"] - 1), BEFORE_TRAINING)
                for name in WEIGHTS:
                    np.testing.assert_array_equal(start["params"][name], np.ravel(check["params"][name]))
                    np.testing.assert_allclose(
                        start["grads"][name], np.ravel(check["grads"][name]), rtol=BEFORE_TRAINING, err_msg=name)


class Divergence(ProgramTest):
    def test_infinite_step(self):
        """A step beyond the largest number: the first loss stands, the rest is NaN."""
        for precision in ("float32", "float64"):
            config = Config(
                precision=precision, learning_rate=1.7e308, train_samples=300).as_sweep()
            with self.subTest(precision):
                row = self.run_one(config)
                self.assertEqual((row["status"], row["diverged_at"]), (DIVERGED, 1))
                self.assertTrue(np.isfinite(row["loss"][0]) and np.isfinite(row["initial_loss"]))
                self.assertTrue(np.all(np.isnan(row["loss"][1:])))
                for name in ("final_loss", "test_bit_accuracy", "test_accuracy"):
                    self.assertTrue(np.isnan(row[name]), name)

    def test_others_go_on(self):
        path = program.run_grid(
            self.folder, "mixed",
            dict(learning_rate=[1.7e308, 0.05], train_samples=300, epochs=1), 3)
        status = [program.read_row(path, row)["status"] for row in range(6)]
        self.assertEqual(status, 3 * [DIVERGED] + 3 * [DONE])


class SolvedSeeds(ProgramTest):
    """Chaotic runs agree in distribution: as many seeds learn to add."""

    def check_same_share(self, a, b):
        """McNemar's exact test: of the seeds that one solves and the other does not, either is
        as likely to be the better one."""
        only_a, only_b = int(np.sum(a & ~b)), int(np.sum(b & ~a))
        if only_a + only_b > 0:
            p = binomtest(only_a, only_a + only_b).pvalue
            self.assertGreater(p, LEAST_P, f"solved {np.sum(a)} against {np.sum(b)} seeds")

    def test_share(self):
        golden = load("solved-seeds")
        seeds = golden["seeds"]
        path = program.run_grid(
            self.folder, "share", dict(precision=["float64", "float32"]), seeds)
        with program.h5py.File(path) as file:
            solved = file["test_accuracy"][:].reshape(2, seeds) == 1.0
            self.assertEqual(file["seed"][:].tolist(), 2 * list(range(1, seeds + 1)))
        numpy = np.isin(np.arange(1, seeds + 1), golden["solved"])
        self.check_same_share(solved[0], numpy)
        self.check_same_share(solved[1], solved[0])


if __name__ == "__main__":
    unittest.main()
