#!/usr/bin/env python3
"""Runs trained anew in NumPy are the runs of the file, over random draws of all settings."""
import dataclasses
import json
import unittest
from unittest import mock

import h5py
import numpy as np

from sweeps import FolderTest, SweepTest  # first: it finds what follows
import reference_rnn as reference
from program import run
import rnnsweep
from rnnsweep import open_results, redo
from rnnsweep.optimisers import Optimiser
from rnnsweep.parameters import OF_TASK
from rnnsweep.retraining import SUPPORTED
from rnnsweep.tasks import TASKS

# Few updates, so that nothing gets far enough to be chaotic; every parameter is drawn.
SETTINGS = {
    "states": {"values": [1, 2, 3, 5, 8, 17]},
    "learning_rate": {"distribution": "log_uniform_values", "min": 1e-4, "max": 0.03},
    "lambda": {"distribution": "uniform", "min": 0.3, "max": 0.99},
    "momentum": {"distribution": "uniform", "min": 0, "max": 0.9},
    "epsilon": {"distribution": "log_uniform_values", "min": 1e-7, "max": 1e-4},
    "epsilon_placement": {"values": ["denominator", "step"]},
    "sequence_length": {"values": [2, 7, 16, 33, 62]},
    "train_samples": {"values": [40, 75, 128]},
    "test_samples": {"values": [1, 30]},
    "batch_size": {"values": [20, 33]},
    "batching": {"values": ["disjoint", "sliding"]},
    "epochs": {"values": [1, 2, 4]},
    "loss_interval": {"values": [1, 2, 3]},
    "gradient_check": {"values": [False, True]},
    "data_seed": {"values": [7, 4294967295]},
}
# What came later than those above: drawn together with some of them.
LATER = {
    "cell": {"values": ["tanh", "relu", "gru", "lstm", "mgu"]},
    "leak": {"distribution": "uniform", "min": 0.3, "max": 1},
    "forget_bias": {"values": [0, 1]},
    "optimizer": {"values": ["rmsprop", "sgd", "adam"]},
    "nesterov": {"values": [True, False]},
    "beta1": {"distribution": "uniform", "min": 0.5, "max": 0.95},
    "beta2": {"distribution": "uniform", "min": 0.9, "max": 0.999},
    "weight_decay": {"values": [0, 0.1]},
    "clip_norm": {"values": ["none", 0.05, 1]},
    "schedule": {"values": ["constant", "linear", "cosine"]},
    "warmup": {"values": [0, 3]},
    "shuffle": {"values": [False, True]},
    "train_fraction": {"values": [1, 0.55]},
    "recorded_loss": {"values": ["after", "before"]},
    "initial_state": {"values": ["trained", "zero", "one"]},
    "biases": {"values": ["both", "one", "none"]},
    "init": {"values": ["glorot_uniform", "glorot_normal", "torch"]},
    "recurrent_init": {"values": ["same", "orthogonal", "identity", "normal"]},
    "gain": {"values": [1, 0.5]},
    "recurrent_gain": {"values": [1, 0.9]},
    "momentum": SETTINGS["momentum"], "data_seed": SETTINGS["data_seed"],
    "gradient_check": {"values": [False, True]},
    "states": {"values": [1, 3, 8, 17]},
    "learning_rate": {"distribution": "log_uniform_values", "min": 1e-4, "max": 0.01},
    "train_samples": {"value": 60}, "batch_size": {"value": 20}, "epochs": {"value": 2},
    "sequence_length": {"value": 7}, "test_samples": {"value": 30},
}
OF_DATA = {"task", "loss_function", "readout"}  # see OwnData
CONFIGURATIONS, SEEDS = 10, [1, 4000000000]
FLOAT64_BOUND = 1e-9
UNIT_ROUNDOFF = 2.0**-24


class RedoTest(FolderTest):
    def assertRedone(self, redone):
        """As close as two trainings in float64 are that are not chaotic."""
        self.assertLess(np.max(redone.loss_difference), FLOAT64_BOUND)
        self.assertLess(redone.weight_difference, FLOAT64_BOUND)
        self.assertTrue(redone.agrees, str(redone))


class Random(RedoTest):
    def draw(self, precision, sampler_seed, without=(), settings=SETTINGS, runs=CONFIGURATIONS):
        drawn = {name: values for name, values in settings.items() if name not in without}
        parameters = {**drawn, "precision": {"value": precision}}
        name = f"{precision}-{sampler_seed}"
        sweep = self.folder / f"{name}.yaml"
        sweep.write_text(json.dumps({
            "name": name, "method": "random", "sampler_seed": sampler_seed,
            "run_cap": runs, "parameters": parameters, "seeds": SEEDS}).replace('"none"', "none"))
        return open_results(run(sweep, self.folder / f"{name}.h5"))

    def test_float64(self):
        for sampler_seed, without in ((1, []), (2, ["data_seed"])):
            with self.draw("float64", sampler_seed, without) as results:
                for number, row in results.runs.iterrows():
                    with self.subTest(run=number, **row[["states", "sequence_length"]]):
                        redone = redo(results, number)
                        self.assertRedone(redone)
                        self.assertEqual(redone.test_accuracy, row.test_accuracy)
                        self.assertEqual(redone.test_bit_accuracy, row.test_bit_accuracy)
                        self.assertTrue(np.all(redone.comparable))
                        self.assertEqual(len(redone.step), len(redone.loss))

    def test_later_parameters(self):
        """Every cell, optimiser, schedule and kind of first weights, as runs of float64."""
        self.assertEqual(set(SETTINGS) | set(LATER) | {"precision"} | OF_DATA | set(OF_TASK) |
                         set(Stopping.RULES), set(SUPPORTED))
        with self.draw("float64", 5, settings=LATER, runs=20) as results:
            for number, row in results.runs.iterrows():
                with self.subTest(run=number, **{name: row[name] for name in LATER}):
                    redone = redo(results, number)
                    self.assertRedone(redone)
                    self.assertEqual(redone.test_bit_accuracy, row.test_bit_accuracy)
        with self.draw("float32", 6, settings=LATER, runs=4) as results:
            for number in results.runs.index:
                self.assertTrue(redo(results, number).agrees)

    def test_float32(self):
        """Within 20 times what moving last bits does, and that is float32's kind of difference."""
        with self.draw("float32", 3) as results:
            for number in results.runs.index:
                with self.subTest(run=number):
                    redone = redo(results, number)
                    self.assertEqual(redone.weights["W_rec"].dtype, np.float32)
                    self.assertTrue(redone.agrees, str(redone))
                    self.assertGreater(np.sum(redone.comparable), 0)
                    self.assertGreaterEqual(np.min(redone.noise), UNIT_ROUNDOFF)
                    self.assertLess(np.max(redone.noise[:3]), 1e-3)


class Stopping(RedoTest):
    """Runs with validation sets and stop rules: NumPy stops where the program does, for the same
    reason."""

    RULES = ("stop_loss", "stop_accuracy", "patience", "check_interval", "validation_samples")
    # Losses and accuracies of few updates; a level is met by about half of the runs.
    SWEEP = """
name: stopping
method: grid
parameters:
  task: [addition, parity, tomita, context_integration]
  validation_samples: [0, 40]
  check_interval: [none, 3]
  recorded_loss: [after, before]
  precision: float64
  sequence_length: 6
  train_samples: 100
  test_samples: 20
  batch_size: 20
  epochs: 6
  learning_rate: 0.02
  loss_interval: 4
  {rule}
seeds: 2
"""
    LEVELS = {"stop_loss": "stop_loss: 0.66", "stop_accuracy": "stop_accuracy: 0.4",
              "patience": "patience: 2"}

    def train(self, name, text):
        sweep = self.folder / f"{name}.yaml"
        sweep.write_text(text)
        return open_results(run(sweep, self.folder / f"{name}.h5"))

    def test_every_rule(self):
        for reason, rule in self.LEVELS.items():
            with self.train(reason, self.SWEEP.format(rule=rule)) as results:
                stops = {"end": 0, reason: 0}
                for number, row in results.runs.iterrows():
                    stops[row.stop_reason] += 1
                    with self.subTest(run=number, **row[["task", "validation_samples"]]):
                        redone = redo(results, number)
                        self.assertRedone(redone)
                        self.assertTrue(redone.stop.equals(redone.stored_stop),
                                        f"{redone.stop}, not {redone.stored_stop}")
                        self.assertEqual(len(redone.stored_validation_loss),
                                         len(redone.validation_loss))
                        np.testing.assert_allclose(redone.stored_validation_loss,
                                                   redone.validation_loss, rtol=FLOAT64_BOUND)
                        np.testing.assert_array_equal(redone.stored_validation_accuracy,
                                                      redone.validation_accuracy)
                        self.assertEqual(redone.test_accuracy, row.test_accuracy)
                self.assertGreater(min(stops.values()), 0, stops)

    DIVERGING = """
name: diverging
method: grid
parameters:
  task: adding
  cell: relu
  states: 4
  precision: [float32, float64]
  optimizer: sgd
  momentum: 0
  learning_rate: [1.0e+3, 1.0e+10, 1.0e+30, 1.0e+38, 1.0e+308]
  sequence_length: 12
  train_samples: 60
  test_samples: 16
  batch_size: 20
  epochs: 3
  validation_samples: [0, 40]
  check_interval: 1
  stop_loss: 1.0e-9
  loss_interval: 50
seeds: 1
"""

    def test_what_diverges_at_a_check(self):
        """Or at an update between two recorded losses, of which only the parameters tell."""
        with self.train("diverging", self.DIVERGING) as results:
            seen = set()
            for number, row in results.runs.iterrows():
                with self.subTest(**row[["precision", "learning_rate", "validation_samples"]]):
                    redone = redo(results, number)
                    self.assertTrue(redone.stop.equals(redone.stored_stop),
                                    f"{redone.stop}, not {redone.stored_stop}")
                    self.assertEqual(redone.diverged_at, redone.stored_diverged_at)
                    self.assertEqual(len(redone.stored_validation_loss), len(redone.validation_loss))
                    seen.add((row.status, row.diverged_at))
            self.assertGreaterEqual(seen, {("done", -1), ("diverged", 1), ("diverged", 2)})

    def test_another_stop_is_noticed(self):
        with self.train("moved", self.SWEEP.format(rule="stop_loss: 0.66")) as results:
            number = results.runs.index[results.runs.stop_reason == "stop_loss"][0]
            results.runs.loc[number, "stop_loss"] = 0.6
            self.assertFalse(redo(results, number).agrees)


class FurtherTests(RedoTest):
    """Tests at other lengths than the trained one, drawn and made anew; weights at checkpoints."""

    SWEEP = """
name: further
method: grid
test_lengths: [1, 4, 6, 16, 25, 60]
checkpoints: log2
parameters:
  task: [addition, parity, even_pairs, reverse, copy_memory, adding, flip_flop, tomita, counting,
         dyck, context_integration]
  data_seed: [none, 8]
  precision: float64
  sequence_length: 8
  delay: 5
  letters: 2
  train_samples: 40
  test_samples: 37
  batch_size: 20
  epochs: 1
seeds: [5]
"""

    def test_every_length(self):
        sweep = self.folder / "further.yaml"
        sweep.write_text(self.SWEEP)
        with open_results(run(sweep, self.folder / "further.h5")) as results:
            made = 0
            for number, row in results.runs.iterrows():
                redone = redo(results, number)
                self.assertLess(redone.checkpoint_difference, FLOAT64_BOUND)
                first = results.network(number, checkpoint=0)
                self.assertGreater(np.max(np.abs(first["W_rec"] - redone.weights["W_rec"])), 0)
                for length, (mine, my_loss, accuracy, loss) in redone.further.items():
                    with self.subTest(task=row.task, length=length, data_seed=row.data_seed):
                        self.assertEqual(mine, accuracy)
                        self.assertAlmostEqual(my_loss, loss, delta=1e-9 * abs(loss))
                        made += 1
        # all but 1 and 25 where lengths are even, 1 of addition and adding, 1, 4, 6, 16 of
        # copy_memory, and 1 and 25 of counting
        self.assertEqual(made, 2 * (11 * 6 - 2 * 2 - 2 - 4 - 2))


class OwnData(RedoTest):
    """Runs on data files of every kind of inputs and targets, weighted and ragged."""

    COUNTS = {"train": 45, "test": 20, "validation": 15}
    STEPS = 6
    SETTINGS = {
        "states": {"values": [1, 3, 8]},
        "learning_rate": {"distribution": "log_uniform_values", "min": 1e-3, "max": 0.03},
        "optimizer": {"values": ["rmsprop", "sgd", "adam"]},
        "cell": {"values": ["tanh", "gru", "lstm"]},
        "batching": {"values": ["disjoint", "sliding", "by_length"]},
        "train_fraction": {"values": [1, 0.6]},
        "shuffle": {"values": [False, True]},
        "readout": {"values": ["task", "last"]},
        "recorded_loss": {"values": ["after", "before"]},
        "gradient_check": {"values": [False, True]},
        "batch_size": {"value": 10}, "epochs": {"value": 2}, "check_interval": {"value": 3},
    }
    INPUTS, TARGETS = ("symbols", "reals"), ("bits", "classes", "last_classes", "reals")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for inputs in cls.INPUTS:
            for targets in cls.TARGETS:
                random = np.random.RandomState(4)
                sets = {name: cls.make_set(random, count, inputs, targets)
                        for name, count in cls.COUNTS.items()}
                rnnsweep.write_sequences(cls.folder / f"{inputs}-{targets}.nc", **sets,
                                         tolerance=1.0 if targets == "reals" else None)

    @classmethod
    def make_set(cls, random, count, inputs, targets):
        steps = cls.STEPS
        made = {
            "inputs": random.randint(0, 4, (count, steps)) if inputs == "symbols"
            else random.normal(size=(count, steps, 3)),
            "targets": {"bits": lambda: random.randint(0, 2, (count, steps, 3)),
                        "classes": lambda: random.randint(0, 3, (count, steps)),
                        "last_classes": lambda: random.randint(0, 3, count),
                        "reals": lambda: random.normal(size=(count, steps, 2))}[targets](),
            "weights": random.choice([0.0, 1, 2, 5], (count, steps)),
            "lengths": random.randint(2, steps + 1, count)}
        made["weights"][np.arange(count), made["lengths"] - 1] = 1  # what the last step needs
        return made

    def draw(self, precision, sampler_seed, loss, runs):
        files = [f"{inputs}-{targets}" for inputs in self.INPUTS for targets in self.TARGETS]
        settings = dict(self.SETTINGS, precision={"value": precision}, loss_function={"value": loss})
        name = f"{precision}-{loss}-{runs}"
        sweep = self.folder / f"{name}.yaml"
        sweep.write_text(json.dumps({
            "name": name, "method": "random", "sampler_seed": sampler_seed, "run_cap": runs,
            "data": {file: f"{file}.nc" for file in files},
            "parameters": {**settings, "task": {"values": files}}, "seeds": [2]}))
        return open_results(run(sweep, self.folder / f"{name}.h5"))

    def test_float64(self):
        seen = set()
        for loss in ("task", "squared_error"):
            with self.draw("float64", 2, loss, 30) as results:
                for number, row in results.runs.iterrows():
                    names = ["task", "loss_function", *self.SETTINGS]
                    with self.subTest(run=number, **row[names]):
                        seen.add((row.task, row.loss_function))
                        redone = redo(results, number)
                        self.assertEqual(len(redone.loss), row.updates + 1)
                        self.assertRedone(redone)
                        self.assertEqual(redone.test_accuracy, row.test_accuracy)
                        self.assertEqual(redone.test_bit_accuracy, row.test_bit_accuracy)
                        self.assertAlmostEqual(redone.test_loss / row.test_loss, 1, 9)
                        self.assertEqual(row.validation_samples, self.COUNTS["validation"])
                        self.assertEqual(len(redone.validation_loss), row.updates // 3)
                        np.testing.assert_allclose(redone.stored_validation_loss,
                                                   redone.validation_loss, rtol=FLOAT64_BOUND)
        self.assertEqual(len(seen), 2 * 8 - 2)  # reals have one loss

    def test_float32(self):
        with self.draw("float32", 3, "task", 6) as results:
            for number in results.runs.index:
                redone = redo(results, number)
                self.assertTrue(redone.agrees, str(redone))
                self.assertIn("test loss", str(redone))

    def test_file_elsewhere(self):
        with self.draw("float64", 1, "task", 2) as results:
            task = results.runs.task.iloc[0]
            moved = self.folder / "moved.nc"
            (self.folder / f"{task}.nc").rename(moved)
            try:
                with self.assertRaisesRegex(FileNotFoundError, "give its path"):
                    redo(results, 0)
                self.assertTrue(redo(results, 0, data=moved).agrees)
                others = self.folder / "others.nc"
                few = {name: {"inputs": np.zeros((30, 6, 7)), "targets": np.zeros((30, 6, 7))}
                       for name in self.COUNTS}
                rnnsweep.write_sequences(others, **few)
                with self.assertRaisesRegex(ValueError, "not the file of these results"):
                    redo(results, 0, data=others)
            finally:
                moved.rename(self.folder / f"{task}.nc")


class Tasks(FolderTest):
    """Runs of every built-in task, and of what belongs to tasks."""

    COMMON = {"states": 4, "precision": "float64", "optimizer": "adam", "learning_rate": 0.003,
              "epochs": 2, "batch_size": 20, "train_samples": 60, "test_samples": 30, "delay": 5}

    def made(self, name, seeds=(3,), **parameters):
        sweep = self.folder / f"{name}.yaml"
        axes = {key: {"values": value} if isinstance(value, list) else {"value": value}
                for key, value in {**self.COMMON, **parameters}.items()}
        sweep.write_text(json.dumps({"method": "grid", "parameters": axes, "seeds": list(seeds)})
                         .replace('"none"', "none"))
        return open_results(run(sweep, self.folder / f"{name}.h5"))

    def check(self, name, **parameters):
        with self.made(name, **parameters) as results:
            for number in results.runs.index:
                with self.subTest(**{key: results.runs[key][number] for key in parameters}):
                    redone = redo(results, number)
                    self.assertTrue(redone.agrees, str(redone))
                    self.assertLess(np.max(redone.loss_difference), FLOAT64_BOUND)
                    for mine, stored in ((redone.test_accuracy, redone.stored_test_accuracy),
                                         (redone.test_bit_accuracy,
                                          redone.stored_test_bit_accuracy)):
                        self.assertAlmostEqual(mine, stored, delta=1e-6)
                    if not np.isnan(redone.stored_test_loss):
                        self.assertAlmostEqual(redone.test_loss, redone.stored_test_loss,
                                               delta=1e-8)

    def test_every_task(self):
        self.check("tasks", task=["addition", *TASKS])

    def test_a_constant_that_is_rounded_twice(self):
        """1 - lambda in float32 is off by up to 3e-4 of itself where lambda is rounded first: that
        is found, and without it there is nothing to find."""
        with self.made("constants", seeds=(1, 3), task="tomita", optimizer="rmsprop",
                       precision="float32", epochs=10, **{"lambda": 0.9999}) as results:
            for number in results.runs.index:
                redone = redo(results, number)
                self.assertTrue(redone.agrees, str(redone))
                self.assertLess(np.max(redone.loss_difference / redone.noise), 5)
                with mock.patch.object(Optimiser, "_rest", lambda self, name:
                                       self._number(1) - self._value(name)):
                    self.assertFalse(redo(results, number).agrees)

    def test_units_that_are_nearly_1(self):
        """Their slopes are all last bits, which no parameter's last bit moves."""
        with self.made("nearly", seeds=(2,), task="parity", optimizer="rmsprop",
                       precision="float32", states=3, learning_rate=0.05, batch_size=100,
                       train_samples=1000, test_samples=100, epochs=4) as results:
            redone = redo(results, 0)
            self.assertTrue(redone.agrees, str(redone))
            self.assertLess(redone.weight_noise, 1e-3)

    def test_lengths_and_streams(self):
        self.check("lengths", task=["parity", "dyck", "context_integration"], shortest_length=3,
                   sequence_length=10, fresh_data=[False, True],
                   batching=["disjoint", "by_length"], data_seed=["none", 5])
        self.check("fresh", task="addition", fresh_data=True, gradient_check=True)

    def test_all_sequences(self):
        self.check("all", task=["parity", "even_pairs"], all_sequences=True, shortest_length=2,
                   sequence_length=6, train_samples=100, readout=["last", "all"],
                   train_fraction=[0.4, 1], batching=["disjoint", "by_length"],
                   loss_function=["task", "squared_error"])


class Long(SweepTest):
    """Whole trainings, of which some become chaotic, and some diverge."""

    SEEDS = 1
    PARAMETERS = {"precision": ["float32", "float64"], "states": [3, 8],
                  "learning_rate": [0.05, 1.7e308], "train_samples": 1000, "test_samples": 200}

    def test_agreement(self):
        for number, row in self.results.runs.iterrows():
            with self.subTest(run=number):
                redone = redo(self.results, number)
                self.assertTrue(redone.agrees, str(redone))
                self.assertEqual(redone.diverged_at, 1 if row.status == "diverged" else -1)
                self.assertIn("they agree", str(redone))
                if row.status == "diverged":
                    self.assertTrue(np.isnan(redone.test_accuracy))
                else:
                    self.assertGreater(np.sum(redone.comparable), 5)

    def test_same_as_the_reference(self):
        """Two trainings in NumPy, written apart: this package's and that of tests/numeric."""
        redone = redo(self.results, 4)
        config = reference.Config(
            precision="float64", states=3, train_samples=1000, test_samples=200)
        theirs = reference.run(config)
        self.assertEqual(self.results.runs.loc[4, ["precision", "states"]].tolist(), ["float64", 3])
        np.testing.assert_allclose(
            redone.loss[redone.comparable], np.array(theirs.loss)[redone.comparable],
            rtol=20 * redone.noise[redone.comparable].max())

    def test_what_differs_is_noticed(self):
        """A curve or a weight that rounding does not explain."""
        redone = redo(self.results, 4)
        self.assertTrue(np.all(redone.comparable))
        off = redone.loss_difference.copy()
        off[7] = 30 * redone.noise[7]
        for change in (dict(loss_difference=off),
                       dict(weight_difference=30 * redone.weight_noise),
                       dict(stored_diverged_at=3)):
            changed = dataclasses.replace(redone, **change)
            self.assertFalse(changed.agrees)
            self.assertIn("DISAGREE", str(changed))

    def test_wrong_file_is_noticed(self):
        path = self.folder / "wrong.h5"
        path.write_bytes(self.path.read_bytes())
        with h5py.File(path, "r+") as file:
            file["seed"][:] = 2
        with open_results(path) as results:
            for number in results.runs.index[results.runs.status == "done"]:
                with self.assertRaisesRegex(ValueError, "is damaged"):
                    redo(results, number)

    def test_refusals(self):
        with self.assertRaises(KeyError):
            redo(self.results, 100)
        pending = self.results.where(precision="float64")
        pending.runs = pending.runs.assign(status="pending")
        with self.assertRaisesRegex(ValueError, "run 4 is not finished"):
            redo(pending, 4)


if __name__ == "__main__":
    unittest.main()
