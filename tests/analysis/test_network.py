#!/usr/bin/env python3
"""Stored networks adding numbers, against the reference of tests/numeric and the program."""
import dataclasses
import json
import subprocess
import unittest

import numpy as np

import sweeps
import reference_rnn as reference
from program import PROGRAM
from rnnsweep import carries, hidden_states, predict
from rnnsweep.cells import Network as Tensors
from rnnsweep.network import gate_values
from sweeps import SweepTest

BITS = sweeps.LOTTERY["sequence_length"]


class Network(SweepTest):
    def done(self):
        runs = self.results.runs
        return runs[runs.status == "done"]

    def test_against_the_reference(self):
        stream = np.random.RandomState(1)
        pairs = stream.randint(0, 2 ** (BITS - 1), (50, 2))
        for run in self.done().index[::11]:
            network = self.results.network(run)
            x, _ = reference.encode(pairs, BITS, np.float32)
            s, z = reference.forward(network, x)
            if np.min(np.abs(z)) > 1e-5:
                sums = (z[:, :, 0] > 0) @ 2 ** np.arange(BITS)
                np.testing.assert_array_equal(predict(network, *pairs.T, bits=BITS), sums)
            states = hidden_states(network, *pairs.T, bits=BITS)
            self.assertEqual(states.shape, (50, BITS + 1, network["S0"].size))
            np.testing.assert_allclose(states, s, atol=1e-5)

    def test_solved_networks_add(self):
        solved = self.done().index[self.done().test_accuracy == 1]
        self.assertTrue(len(solved) > 20)
        a, b = np.array(np.meshgrid(range(32), range(32)))  # every sum there is
        right = [np.mean(predict(self.results.network(run), a, b, bits=BITS) == a + b)
                 for run in solved]
        self.assertTrue(np.median(right) == 1 and np.min(right) > 0.95)

    def test_accuracies_of_the_program(self):
        """The test set of each run, drawn by the reference, gives the accuracy in the file."""
        for run, row in self.done()[::7].iterrows():
            known = {field.name for field in dataclasses.fields(reference.Config)}
            row = row.rename({"lambda": "lambda_"})
            config = reference.Config(**{
                name: None if name == "data_seed" else row[name] for name in known})
            a, b = np.array(reference.draw_run(config).test_pairs).T
            with self.subTest(run=run):
                sums = predict(self.results.network(run), a, b, bits=BITS)
                self.assertAlmostEqual(np.mean(sums == a + b), row.test_accuracy, delta=1e-6)

    def test_predict_of_the_program(self):
        for run in self.done().index[::29]:
            for a, b in ((0, 0), (13, 29), (31, 31)):
                said = json.loads(subprocess.run(
                    [PROGRAM, "predict", str(self.path), str(run), str(a), str(b), "--json"],
                    check=True, capture_output=True, text=True).stdout)
                if min(abs(output - 0.5) for output in said["outputs"]) > 1e-4:
                    self.assertEqual(
                        predict(self.results.network(run), a, b, bits=BITS), said["answer"])

    def test_gates(self):
        """The equations of the cells lead from the gates to the states."""
        stream = np.random.RandomState(2)
        for cell in ("tanh", "gru", "lstm", "mgu"):
            drawn = reference.draw_network(stream, reference.Config(states=3, cell=cell))
            network = Tensors({name: value + 0.3 for name, value in drawn.items()}, cell)
            gates = gate_values(network, 13, 22, BITS)
            states = hidden_states(network, 13, 22, bits=BITS)
            self.assertEqual("".join(gates),
                             {"tanh": "", "gru": "rzn", "lstm": "ifgo", "mgu": "fn"}[cell])
            if cell == "gru":
                z, n = gates["z"], gates["n"]
                np.testing.assert_allclose(states[1:], (1 - z) * n + z * states[:-1], atol=1e-12)
                self.assertTrue(np.all((gates["r"] > 0) & (gates["r"] < 1)))
            if cell == "mgu":
                f, n = gates["f"], gates["n"]
                np.testing.assert_allclose(states[1:], (1 - f) * states[:-1] + f * n, atol=1e-12)
            if cell == "lstm":
                memory = network["C0"]
                for i, f, g, o, state in zip(*gates.values(), states[1:]):
                    memory = f * memory + i * g
                    np.testing.assert_allclose(state, o * np.tanh(memory), atol=1e-12)

    def test_shapes_and_numbers(self):
        network = self.results.network(self.done().index[0])
        self.assertEqual(predict(network, 3, 4, bits=BITS).shape, ())
        self.assertEqual(predict(network, [[1], [2]], [3, 4, 5], bits=BITS).shape, (2, 3))
        self.assertEqual(predict(network, 2**60, 2**60, bits=62).shape, ())
        for a, b, bits in ((-1, 3, 6), (32, 0, 6), (0, 32, 6), (0, 0, 1), (0, 0, 63)):
            with self.assertRaises(ValueError):
                predict(network, a, b, bits=bits)

    def test_carries(self):
        stream = np.random.RandomState(2)
        for a, b in stream.randint(0, 2**15, (20, 2)):
            carry, expected = 0, [0]
            for k in range(16):
                carry = int((a >> k & 1) + (b >> k & 1) + carry >= 2)
                expected.append(carry)
            self.assertEqual(carries(a, b, 16).tolist(), expected)
        self.assertEqual(carries([1, 3], [1, 1], 3).tolist(), [[0, 1, 0, 0], [0, 1, 1, 0]])


if __name__ == "__main__":
    unittest.main()
