"""Small sweeps for the tests of this folder, their reports, and the package under test on the path."""
import base64
import functools
import json
import re
import sys
import tempfile
import unittest
import warnings
from pathlib import Path

import numpy as np

TESTS = Path(__file__).resolve().parents[1]
PACKAGE = TESTS.parent / "analysis" / "python"
sys.path[:0] = [str(PACKAGE), str(TESTS / "numeric")]

import netCDF4  # noqa: E402, F401  warns when it is loaded, which is none of our business
import program  # noqa: E402
import rnnsweep  # noqa: E402
from rnnsweep.report import write_report  # noqa: E402

# Solved by some seeds and by none, and a learning rate that leaves the range of numbers.
STUDY = {
    "states": [2, 3, 4],
    "learning_rate": [0.02, 0.05, 1.7e308],
    "momentum": [0, 0.8],
    "sequence_length": 6,
    "train_samples": 300,
    "test_samples": 40,
    "batch_size": 30,
    "epochs": 6,
}
SWEPT = ("states", "learning_rate", "momentum")
SEEDS = 8


class Study(unittest.TestCase):
    """`results` of one sweep in `folder` and the path of its `report`, made once for all classes of
    a file that have the same sweep."""

    PARAMETERS = STUDY
    SEEDS = SEEDS
    MORE = {}  # further keys of the sweep

    @classmethod
    def setUpClass(cls):
        cls.folder, cls.results, cls.report = made(
            json.dumps([cls.PARAMETERS, cls.SEEDS, cls.MORE]))


@functools.lru_cache(maxsize=None)
def made(study: str):
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    parameters, seeds, more = json.loads(study)
    path = program.run_grid(folder.name, "study", parameters, seeds, **more)
    results = rnnsweep.open_results(path)
    unittest.addModuleCleanup(results.close)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = write_report(path, Path(folder.name) / "report.html")
    return Path(folder.name), results, report


def data_of(report) -> dict:
    """The numbers in a report."""
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>',
                     Path(report).read_text(encoding="utf-8"), re.DOTALL).group(1)
    return json.loads(text)


def decode(column: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(column["bytes"]), "<" + column["type"])
