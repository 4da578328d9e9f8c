"""Small sweeps for the tests of this folder, and the package under test on the path."""
import contextlib
import io
import os
import sys
import tempfile
import unittest
import warnings
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PACKAGE = TESTS.parent / "analysis" / "python"
sys.path[:0] = [str(PACKAGE), str(TESTS / "numeric"), str(TESTS / "cli")]

import netCDF4  # noqa: E402, F401  warns when it is loaded, which is none of our business
import program  # noqa: E402
import rnnsweep  # noqa: E402
from rnnsweep.__main__ import main  # noqa: E402

# Solved by some seeds, by none, and steps that leave the range of numbers; a choice among the
# swept; trainings of two lengths.
LOTTERY = {
    "states": [2, 4],
    "learning_rate": [0.02, 0.06, 1.7e308],
    "batching": ["disjoint", "sliding"],
    "epochs": [6, 10],
    "sequence_length": 6,
    "train_samples": 300,
    "test_samples": 40,
    "batch_size": 30,
}
SEEDS = 12
SWEPT = ("states", "learning_rate", "batching", "epochs")


class FolderTest(unittest.TestCase):
    """A `folder` for all tests of a class, in which the package must not warn."""

    @classmethod
    def setUpClass(cls):
        warnings.simplefilter("error")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)

    def setUp(self):
        # unittest resets the filters before each class.
        warnings.simplefilter("error")


class SweepTest(FolderTest):
    """`path` and `results` of one sweep, trained once for all tests of a class."""

    PARAMETERS = LOTTERY
    SEEDS = SEEDS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = program.run_grid(cls.folder, "sweep", cls.PARAMETERS, cls.SEEDS)
        cls.results = rnnsweep.open_results(cls.path)
        cls.addClassCleanup(cls.results.close)


class Commands(SweepTest):
    """Commands of the package, in the folder of the sweep."""

    def setUp(self):
        super().setUp()
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)

    def call(self, *arguments, code=0):
        """What a command prints; in this process, which saves the loading of the libraries."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                ended = main([str(argument) for argument in arguments])
            except SystemExit as usage:
                ended = usage.code
        self.assertEqual(ended, code, out.getvalue() + err.getvalue())
        return out.getvalue(), err.getvalue()
