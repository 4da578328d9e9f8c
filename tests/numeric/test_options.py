#!/usr/bin/env python3
"""Parameters other than those of the notebook: the program in float64 against the NumPy reference.

Each case is one run of a few updates. That it is not chaotic is measured here and not assumed: the
reference trains a second time with every first weight moved by 2^-52 of itself, and what that
changes stays below NOISE."""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

import program
import reference_rnn as reference
from reference_rnn import Config

BASE = dict(precision="float64", states=4, train_samples=60, test_samples=40, batch_size=20, epochs=4,
            sequence_length=9, learning_rate=0.01)
CLOSE = 1e-8
NOISE = 1e-9
REASONS = ["end", "stop_loss", "stop_accuracy", "patience"]

OPTIMIZERS = {
    "sgd": dict(optimizer="sgd", learning_rate=0.5),
    "sgd without momentum": dict(optimizer="sgd", learning_rate=0.5, momentum=0),
    "sgd, classical momentum": dict(optimizer="sgd", learning_rate=0.2, nesterov=False),
    "rmsprop, classical momentum": dict(nesterov=False),
    "rmsprop, epsilon in the step": dict(epsilon_placement="step", epsilon=1e-4, nesterov=False),
    "adam": dict(optimizer="adam", epsilon=1e-8),
    "adam without averages": dict(optimizer="adam", beta1=0, beta2=0, epsilon=0.1),
    "adam, other decays": dict(optimizer="adam", beta1=0.5, beta2=0.7, epsilon=1e-3),
    "weight decay": dict(weight_decay=0.3, learning_rate=0.02),
    "weight decay, adam": dict(optimizer="adam", weight_decay=0.1),
    "clipping": dict(optimizer="sgd", learning_rate=0.5, clip_norm=0.05),
    "clipping that rarely happens": dict(optimizer="adam", clip_norm=0.2),
    "linear schedule": dict(schedule="linear"),
    "cosine schedule": dict(schedule="cosine", optimizer="adam"),
    "warmup": dict(warmup=7),
    "warmup longer than the run": dict(warmup=50, schedule="cosine"),
    "shuffled": dict(shuffle=True),
    "shuffled windows": dict(shuffle=True, batching="sliding"),
    "shuffled, shared data": dict(shuffle=True, data_seed=9),
    "loss before": dict(recorded_loss="before"),
    "loss before, thinned": dict(recorded_loss="before", loss_interval=5, optimizer="adam"),
    "all at once": dict(optimizer="adam", weight_decay=0.2, clip_norm=0.1, schedule="linear", warmup=3,
                        shuffle=True, recorded_loss="before"),
}


FIRST_WEIGHTS = {
    "state of zeros": dict(initial_state="zero"),
    "state of ones": dict(initial_state="one", clip_norm=0.05),
    "one bias": dict(biases="one", optimizer="adam"),
    "no bias": dict(biases="none", initial_state="zero", epsilon_placement="step", epsilon=1e-4),
    "normal": dict(init="glorot_normal"),
    "torch": dict(init="torch"),
    "torch, one bias": dict(init="torch", biases="one"),
    "torch, checked": dict(init="torch", gradient_check=True, biases="none"),
    "orthogonal": dict(recurrent_init="orthogonal"),
    "orthogonal, checked": dict(recurrent_init="orthogonal", init="glorot_normal", gradient_check=True),
    "identity": dict(recurrent_init="identity", recurrent_gain=0.5),
    "normal recurrent weights": dict(recurrent_init="normal", init="torch", initial_state="zero"),
    "gains": dict(gain=0.3, recurrent_gain=2.5),
    "shared data": dict(init="glorot_normal", data_seed=5),
}

CELLS = {
    "relu": dict(cell="relu"),
    "relu, checked": dict(cell="relu", gradient_check=True),
    "leaky relu, checked": dict(cell="relu", leak=0.6, gradient_check=True, initial_state="zero"),
    "relu, adam, clipping": dict(cell="relu", optimizer="adam", clip_norm=0.05, init="torch"),
    "gru": dict(cell="gru"),
    "gru, orthogonal": dict(cell="gru", recurrent_init="orthogonal", init="torch", optimizer="adam"),
    "gru, one bias": dict(cell="gru", biases="one", initial_state="one", recurrent_init="identity"),
    "gru, no bias, checked": dict(cell="gru", biases="none", init="glorot_normal", gradient_check=True),
    "lstm": dict(cell="lstm"),
    "lstm, forget bias": dict(cell="lstm", forget_bias=1, init="torch", optimizer="sgd", learning_rate=0.3),
    "lstm, states of ones": dict(cell="lstm", initial_state="one", weight_decay=0.1, recurrent_init="normal"),
    "lstm, one bias": dict(cell="lstm", biases="one", forget_bias=-1, clip_norm=0.05, optimizer="adam"),
    "lstm, checked": dict(cell="lstm", gradient_check=True),
    "mgu": dict(cell="mgu"),
    "mgu, orthogonal": dict(cell="mgu", recurrent_init="orthogonal", init="torch", optimizer="adam", gain=1.5),
    "mgu, one bias": dict(cell="mgu", biases="one", initial_state="one", optimizer="sgd", learning_rate=0.3),
    "mgu, checked": dict(cell="mgu", biases="none", gradient_check=True),
    "leaky tanh": dict(leak=0.3),
    "leaky tanh, checked": dict(leak=0.7, gradient_check=True, initial_state="one"),
    "leaky relu": dict(cell="relu", leak=0.5, init="torch"),
}
# Levels that about half of these runs meet, and a rate at which the loss of some rises again.
STOPPING = {
    "validation": dict(validation_samples=30),
    "validation, every second update": dict(validation_samples=30, check_interval=2, data_seed=4),
    "stop at a loss": dict(stop_loss=0.67, validation_samples=25),
    "stop at a loss of minibatches": dict(stop_loss=0.67, check_interval=2, recorded_loss="before"),
    "stop at an accuracy": dict(stop_accuracy=0.02, check_interval=1, sequence_length=3),
    "stop at an accuracy, validated": dict(stop_accuracy=0.3, validation_samples=40, sequence_length=3, loss_interval=5),
    "patience": dict(patience=1, check_interval=1, optimizer="sgd", learning_rate=2, loss_interval=3),
    "patience, validated": dict(patience=2, check_interval=1, validation_samples=20, optimizer="sgd", learning_rate=2),
    "never": dict(stop_loss=0.001, stop_accuracy=1, patience=1000, check_interval=3),
    "no check": dict(stop_loss=0.9, check_interval=13),
}
STATES = (4, 64)  # lanes are samples, lanes are states


def moved(draws):
    for value in draws.network.values():
        value *= 1 + 2.0**-52
    return draws


def run_list(folder, name, configurations, seed):
    """Results file of these runs, in their order."""
    sweep = {"name": name, "method": "list", "parameters": BASE, "seeds": [seed], "configurations": configurations}
    path = Path(folder) / f"{name}.yaml"
    path.write_text(json.dumps(sweep))
    return program.run(path, path.with_suffix(".h5"))


class Options(unittest.TestCase):
    def check(self, options, seed, row):
        config = Config.from_sweep({**BASE, **options, "seed": seed})
        expected = reference.run(config)
        again = reference.train(config, moved(reference.draw_run(config)))
        noise = np.nanmax(np.abs(np.array(again.loss) / np.array(expected.loss) - 1))
        self.assertLess(noise, NOISE, "the setting is chaotic")
        self.assertEqual(row["diverged_at"], -1)
        recorded = (row["step"] % config.loss_interval == 0) & (row["step"] <= config.updates)
        np.testing.assert_allclose(row["loss"][recorded], expected.loss, rtol=CLOSE)
        np.testing.assert_allclose(row["final_loss"], expected.final_loss, rtol=CLOSE)
        self.assertEqual(set(row["weights"]), set(expected.network))
        for name, wanted in expected.network.items():
            np.testing.assert_allclose(row["weights"][name], wanted, rtol=0,
                                       atol=CLOSE * max(np.max(np.abs(wanted)), 1e-3), err_msg=name)
        self.assertEqual((row["updates"], row["stop_reason"]), (expected.updates, REASONS.index(expected.stop_reason)))
        np.testing.assert_equal(row["solved_at"], expected.solved_at)
        if expected.validation:
            for name, wanted in zip(("validation_loss", "validation_accuracy"), zip(*expected.validation)):
                made = row[name][~np.isnan(row[name])]
                np.testing.assert_allclose(made, wanted, rtol=CLOSE, err_msg=name)
        self.assertAlmostEqual(row["test_accuracy"], expected.test_accuracy)
        self.assertAlmostEqual(row["test_bit_accuracy"], expected.test_bit_accuracy)

    def check_all(self, cases, seed):
        every = [(name, states, options) for name, options in cases.items() for states in STATES
                 if states < 10 or not options.get("gradient_check")]  # which takes long in NumPy
        configurations = [{"states": states, **options} for _, states, options in every]
        names = [f"{name}, {states} states" for name, states, _ in every]
        with tempfile.TemporaryDirectory() as folder:
            path = run_list(folder, "options", configurations, seed)
            for i, (name, options) in enumerate(zip(names, configurations)):
                with self.subTest(name):
                    self.check(options, seed, program.read_row(path, i))

    def test_optimizers(self):
        self.check_all(OPTIMIZERS, 1)

    def test_first_weights(self):
        self.check_all(FIRST_WEIGHTS, 3)

    def test_cells(self):
        self.check_all(CELLS, 7)

    def test_stopping(self):
        self.check_all(STOPPING, 2)

    def test_shuffles_of_the_largest_seed(self):
        self.check_all({"shuffled": dict(shuffle=True), "of one update": dict(shuffle=True, batch_size=60)}, 2**32 - 1)


if __name__ == "__main__":
    unittest.main()
