#!/usr/bin/env python3
"""Data files that Python writes: h5py and xarray read them back, and the program trains on them."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import h5py
import numpy as np
import xarray

import sweeps  # which finds the package
import rnnsweep

PROGRAM = os.path.abspath(os.environ["RNNSWEEP"])
assert sweeps.PACKAGE
SWEEP = """\
method: grid
data: own.nc
parameters: {states: 2, epochs: 1, batch_size: 2}
"""


def reals(count, steps=5, inputs=3, outputs=2):
    random = np.random.RandomState(count)
    return {"inputs": random.normal(size=(count, steps, inputs)),
            "targets": random.normal(size=(count, steps, outputs))}


class Written(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path = self.folder / "own.nc"

    def plan(self):
        (self.folder / "own.yaml").write_text(SWEEP)
        done = subprocess.run([PROGRAM, "plan", "own.yaml"], cwd=self.folder, capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_numbers_come_back(self):
        train, test = reals(4), reals(3)
        train["weights"] = np.full((4, 5), 2.0)
        rnnsweep.write_sequences(self.path, train, test, tolerance=0.25)
        with h5py.File(self.path) as file:
            for name, values in train.items():
                np.testing.assert_array_equal(file["train"][name][()], values)
            self.assertEqual(file["test/targets"].attrs["tolerance"], 0.25)
        with xarray.open_dataset(self.path, group="test") as found:
            np.testing.assert_array_equal(found.inputs, test["inputs"])
            self.assertEqual(found.targets.dims, ("sequence", "step", "output"))
        self.assertIn("3 reals -> 2 reals; train 4 x 5 steps, test 3 x 5", self.plan())

    def test_every_kind_is_what_the_program_takes_it_for(self):
        symbols = np.array([[0, 2, 1], [1, 1, 0]])
        x = np.ones((2, 3, 4))
        for inputs, targets, said in (
                (symbols, symbols, "3 symbols -> 3 classes;"),
                (symbols.astype(np.uint8), np.array([0, 1]), "3 symbols -> 2 classes at the last"),
                (x > 0, x > 0, "4 reals -> 4 bits;"),
                (x.astype(np.float16), (x > 0).astype(int), "4 reals -> 4 bits;"),
                (x.astype(int), x.astype(np.float32), "4 reals -> 4 reals;")):
            made = {"inputs": inputs, "targets": targets}
            rnnsweep.write_sequences(self.path, made, made, overwrite=True)
            self.assertIn(said, self.plan())
        rnnsweep.write_sequences(self.path, {"inputs": symbols, "targets": symbols},
                                 {"inputs": symbols, "targets": symbols}, overwrite=True,
                                 symbols=5, classes=7)
        self.assertIn("5 symbols -> 7 classes;", self.plan())

    def test_lists_of_several_lengths(self):
        ragged = {"inputs": [np.ones((3, 2)), np.full((1, 2), 4.0)],
                  "targets": [np.array([0, 1, 1]), np.array([1])]}
        rnnsweep.write_sequences(self.path, ragged, ragged)
        with h5py.File(self.path) as file:
            self.assertEqual(list(file["train/lengths"]), [3, 1])
            np.testing.assert_array_equal(file["train/targets"], [[0, 1, 1], [1, 0, 0]])
            np.testing.assert_array_equal(file["train/inputs"][1], [[4, 4], [0, 0], [0, 0]])
        self.assertIn("2 reals -> 2 classes; train 2 x 3 steps", self.plan())

    def test_further_sets(self):
        rnnsweep.write_sequences(self.path, reals(4), reals(3), reals(2), longer=reals(2, steps=9))
        with h5py.File(self.path) as file:
            self.assertEqual(set(file), {"train", "test", "validation", "longer"})

    def test_what_is_wrong_is_said(self):
        broken = reals(4)
        broken["inputs"][2, 1, 0] = np.nan
        for train, text in (
                (broken, r"/train/inputs\[2,1,0\]: is nan"),
                ({"inputs": np.ones((2, 3))}, "/train: has no targets"),
                ({**reals(4), "mask": 1}, "/train: mask: a set has inputs, targets"),
                ({**reals(4), "weights": np.ones((4, 6))}, r"/train/weights: is \[4, 6\]"),
                ({**reals(4), "lengths": np.ones((4, 6))}, "/train/lengths: .* has 1 dimensions"),
                ({**reals(4), "targets": reals(3)["targets"]}, r"/train/targets: is \[3, 5, 2\]"),
                ({**reals(4), "inputs": np.full((4, 5, 1), "a")}, "not of numbers")):
            with self.assertRaisesRegex(ValueError, text):
                rnnsweep.write_sequences(self.path, train, reals(3))
            self.assertEqual(list(self.folder.iterdir()), [])

    def test_nothing_is_overwritten(self):
        self.path.write_text("mine")
        with self.assertRaises(FileExistsError):
            rnnsweep.write_sequences(self.path, reals(4), reals(3))
        self.assertEqual(self.path.read_text(), "mine")


if __name__ == "__main__":
    unittest.main()
