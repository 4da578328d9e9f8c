#!/usr/bin/env python3
"""What the program draws for its tasks is what the lines of NumPy in docs/tasks.md draw: training
and test set of every task and parameter, with lengths, streams and networks between them.

Usage: RNNSWEEP=PROGRAM test_tasks.py"""

import itertools
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import numpy as np

from program import PROGRAM, run_grid

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/tasks.md"
EVEN = ("reverse", "duplicate", "dyck")
OWN_LENGTH = ("counting", "copy_memory")
TRAIN, TEST, BATCH, STATES, SEED = 40, 30, 20, 3, 7
DEFAULTS = {"sequence_length": 16, "modulus": 5, "delay": 100, "channels": 3,
            "pulse_probability": 0.5, "grammar": 4, "letters": 3, "count_alpha": 1.0,
            "count_beta": 1.0, "pairs": 2, "input_noise": 1.0}


def read_document():
    """The code of each section, the blocks of one joined: helpers stand after the lines."""
    code = {}
    for section in DOCUMENT.read_text().split("\n## ")[1:]:
        name, text = section.split("\n", 1)
        blocks = re.findall(r"```py\n(.*?)```", text, re.DOTALL)
        if blocks:
            code[name.strip()] = "\n".join(blocks[1:] + blocks[:1])
    return code


LINES = {name: compile(text, f"{DOCUMENT.name} {name}", "exec")
         for name, text in read_document().items()}


def draw(task, settings, random, length=None):
    """One sequence: inputs, targets, weights."""
    names = {"np": np, "random": random, **DEFAULTS, **settings}
    shortest, longest = names.get("shortest_length"), names["sequence_length"]
    if length is None and shortest is not None and task in EVEN:
        length = 2 * random.randint((shortest + 1) // 2, longest // 2 + 1)
    elif length is None:
        length = longest if shortest is None else random.randint(shortest, longest + 1)
    names["T"] = length
    names["N"] = longest // names["letters"]
    exec(LINES[task], names)
    weights = names.get("w", np.ones(len(names["x"])))
    return np.array(names["x"]), np.array(names["t"]), np.array(weights) * 1


def bound(rows, columns):
    return np.sqrt(6 / (rows + columns))


def draw_network(random, inputs, outputs):
    for shape in ((inputs, STATES), (STATES, STATES), (STATES, outputs)):
        random.uniform(-bound(*shape), bound(*shape), shape)


def expected(task, settings):
    seed = settings.get("data_seed", SEED)
    random, networks = np.random.RandomState(seed), np.random.RandomState(SEED)
    networks = random if "data_seed" not in settings else networks
    if settings.get("all_sequences"):
        lengths = range(settings["shortest_length"], settings["sequence_length"] + 1)
        strings = [np.array(x) for n in lengths for x in itertools.product((0, 1), repeat=n)]
        train = []
        for x in strings:
            class Given:  # in place of the stream
                randint = staticmethod(lambda *_, x=x: x)
            train.append(draw(task, settings, Given, len(x)))
        train = train[:settings.get("train_samples", TRAIN)][:TRAIN]
    elif settings.get("fresh_data"):
        fresh = np.random.RandomState([seed, 3])
        train = [draw(task, settings, fresh) for _ in range(TRAIN)]
    else:
        train = [draw(task, settings, random) for _ in range(TRAIN)]
    inputs = {"parity": 1, "even_pairs": 2, "cycle_navigation": 3, "reverse": 3, "duplicate": 3,
              "copy_memory": 10, "adding": 2, "tomita": 2, "context_integration": 4}
    names = {**DEFAULTS, **settings}
    inputs.update(modular_sum=names["modulus"], flip_flop=names["channels"],
                  counting=names["letters"], dyck=2 * names["pairs"])
    outputs = {"parity": 1, "even_pairs": 2, "cycle_navigation": 5, "reverse": 2, "duplicate": 2,
               "copy_memory": 10, "adding": 1, "tomita": 2, "context_integration": 1, "modular_sum": names["modulus"],
               "flip_flop": names["channels"], "counting": names["letters"] + 1,
               "dyck": 2 * names["pairs"] + 1}
    for _ in range(1 + bool(settings.get("gradient_check"))):
        draw_network(networks, inputs[task], outputs[task])
    return train, [draw(task, settings, random) for _ in range(TEST)]


class Tasks(unittest.TestCase):
    def compare(self, task, found, wanted, last):
        self.assertEqual(len(found), len(wanted))
        for given, (x, t, w) in zip(found, wanted):
            given_x = np.array(given["inputs"])
            if given_x.ndim > x.ndim:  # bits
                given_x = given_x[..., 0]
            given_t = np.array(given["targets"])
            given_t = given_t[..., 0] if given_t.ndim > t.ndim else given_t
            if task == "context_integration":  # normals come of a logarithm of our own
                np.testing.assert_allclose(given_x, x, rtol=1e-13, atol=1e-15)
            else:
                np.testing.assert_array_equal(given_x, x)
            np.testing.assert_array_equal(given_t, t)
            if last:
                w = np.where(np.arange(len(w)) == len(w) - 1, w, 0)
            np.testing.assert_array_equal(given["weights"], w)

    def check(self, task, **settings):
        last = task in ("even_pairs", "cycle_navigation", "adding", "tomita", "context_integration")
        last = settings.get("readout", "last" if last else "all") == "last"
        with self.subTest(task=task, **settings), tempfile.TemporaryDirectory() as folder:
            samples = {} if settings.get("all_sequences") else {"train_samples": TRAIN}
            path = run_grid(folder, "t", {"task": task, "states": STATES, "test_samples": TEST,
                                          "batch_size": BATCH, "epochs": 1, **samples,
                                          **settings}, [SEED])
            shown = subprocess.run([PROGRAM, "show", path, "0", "--json", "--samples", str(TRAIN)],
                                   check=True, capture_output=True, text=True).stdout
            found = json.loads(shown)["sequences"]
            train, test = expected(task, settings)
            self.compare(task, found["train"], train, last)
            self.compare(task, found["test"], test, last)

    def test_defaults(self):
        for task in LINES:
            if task != "addition":
                self.check(task)

    def test_lengths(self):
        for task in LINES:
            if task not in ("addition", *OWN_LENGTH):
                self.check(task, shortest_length=3, sequence_length=10)

    def test_streams(self):
        for task in ("parity", "counting", "context_integration"):
            self.check(task, data_seed=5)
            self.check(task, gradient_check=True)
            self.check(task, fresh_data=True)
        self.check("dyck", fresh_data=True, data_seed=9, shortest_length=2)

    def test_all_sequences(self):
        self.check("parity", all_sequences=True, shortest_length=1, sequence_length=6)
        self.check("even_pairs", all_sequences=True, shortest_length=3, sequence_length=5)
        self.check("parity", all_sequences=True, shortest_length=2, sequence_length=9,
                   train_samples=25)

    def test_parameters(self):
        self.check("modular_sum", modulus=2)
        self.check("modular_sum", modulus=64)
        self.check("copy_memory", delay=1)
        self.check("flip_flop", channels=1, pulse_probability=1.0)
        self.check("flip_flop", channels=16, pulse_probability=0.1)
        self.check("flip_flop", channels=1, sequence_length=2)
        for length in (2, 15, 32):
            self.check("adding", sequence_length=length)
        for length in (57, 58):
            self.check("tomita", sequence_length=length)
        self.check("tomita", grammar=5, sequence_length=7)
        for grammar in range(1, 8):
            self.check("tomita", grammar=grammar, sequence_length=5, shortest_length=1)
        for letters, alpha, beta in ((2, 0.25, 0.25), (4, 1.0, 5.0), (3, 5.0, 1.0), (2, 30.0, 0.1)):
            self.check("counting", letters=letters, count_alpha=alpha, count_beta=beta,
                       sequence_length=60)
        self.check("dyck", pairs=1)
        self.check("dyck", pairs=8)
        self.check("context_integration", input_noise=0.0)
        self.check("reverse", readout="last")
        self.check("adding", readout="all")

    def test_the_document_has_every_task(self):
        listed = subprocess.run([PROGRAM, "parameters", "task", "--json"], check=True,
                                capture_output=True, text=True).stdout
        self.assertEqual(sorted(LINES), sorted(json.loads(listed)["parameters"][0]["choices"]))


if __name__ == "__main__":
    unittest.main()
