#!/usr/bin/env python3
"""The R package on files of other versions, and on files that must not be opened. Arguments: Rscript.
RNNSWEEP names the program, R_LIBS the library with the package."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

RSCRIPT = sys.argv.pop(1)
STORE = Path(__file__).resolve().parent.parent / "store"
sys.path.insert(0, str(STORE))
import layout2_file  # noqa: E402

SWEEP = """\
name: small
method: grid
parameters:
  states: [2, 3]
  batching: [disjoint, sliding]
  epochs: 1
  train_samples: 60
  test_samples: 10
  batch_size: 30
  sequence_length: 6
seeds: 3
"""
RUNS = 12


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        (cls.folder / "s.yaml").write_text(SWEEP)
        subprocess.run([os.environ["RNNSWEEP"], "run", "s.yaml", "-o", "s.h5"], cwd=cls.folder,
                       check=True, capture_output=True)

    def changed(self, change):
        path = self.folder / "changed.h5"
        shutil.copy(self.folder / "s.h5", path)
        with h5py.File(path, "r+") as file:
            change(file)
        return path

    def ask(self, path, *questions):
        """What R prints for questions about `results`, a line each; or its error."""
        script = ["options(warn = 1); library(rnnsweep)",
                  "results <- open_results(commandArgs(TRUE)[1])",
                  *(f"cat(as.character({question}), '\\n')" for question in questions)]
        done = subprocess.run([RSCRIPT, "--vanilla", "-e", "; ".join(script), path], text=True,
                              capture_output=True, timeout=300, cwd=self.folder)
        self.assertGreaterEqual(done.returncode, 0, done.stderr)
        self.warned = done.stderr
        return [line.strip() for line in done.stdout.splitlines()] \
            if done.returncode == 0 else done.stderr

    def refused(self, path, words):
        found = self.ask(path)
        self.assertIsInstance(found, str, words)
        self.assertIn(words, found)

    def test_elsewhere(self):
        def external(file):
            del file["test_accuracy"]
            file.create_dataset("test_accuracy", (RUNS,), "f8", external=[("/etc/passwd", 0, 96)])

        def virtual(file):
            del file["test_accuracy"]
            layout = h5py.VirtualLayout((RUNS,), "f8")
            layout[:] = h5py.VirtualSource(str(self.folder / "s.h5"), "test_accuracy", (RUNS,))
            file.create_virtual_dataset("test_accuracy", layout)

        def link(file):
            del file["test_accuracy"]
            file["test_accuracy"] = h5py.ExternalLink(str(self.folder / "s.h5"), "/test_accuracy")

        self.refused(self.changed(external), "test_accuracy is stored in another file")
        self.refused(self.changed(virtual), "test_accuracy is a virtual dataset")
        self.refused(self.changed(link), "test_accuracy is a link to another place")

    def test_no_files(self):
        fifo = self.folder / "fifo.h5"
        os.mkfifo(fifo)
        self.refused(fifo, "is no results file but a folder or device")
        text = self.folder / "text.h5"
        text.write_text("text")
        self.refused(text, "is no results file of rnnsweep, or is damaged")

    def test_cut_short(self):
        whole = (self.folder / "s.h5").read_bytes()
        path = self.folder / "cut.h5"
        for size in (len(whole) // 2, 2000):
            path.write_bytes(whole[:size])
            self.refused(path, "damaged")

    def test_layout_1(self):
        for path in sorted((STORE / "layout1").glob("*.h5")):
            with self.subTest(path.name), h5py.File(path) as file:
                finished = file["status"][:] != 0
                *counts, losses = self.ask(
                    path, "nrow(run_table(results, finished = FALSE))", "nrow(run_table(results))",
                    "sum(success_rates(results)$runs)", "unique(run_table(results)$cell)",
                    "sprintf('%.7g', run_table(results)$final_loss)")
                self.assertEqual(counts, [str(len(finished)), *2 * [str(finished.sum())], "tanh"])
                np.testing.assert_allclose([float(loss) for loss in losses.split()],
                                           file["final_loss"][finished], rtol=1e-6)

    def test_a_later_file_of_layout_2(self):
        """Four networks of today, of which one was stopped at a rung; four gated ones."""
        path = self.folder / "later.h5"
        layout2_file.make(path)
        self.assertEqual(self.ask(path, "nrow(run_table(results, finished = FALSE))", "nrow(run_table(results))"),
                         ["8", "3"])
        self.assertIn("3 of 6 runs are in no statistic", self.warned)  # of those that are finished

    def test_other_versions(self):
        def change(file):
            column = file["batching"]
            column[:] = 5 - 2 * column[:]
            del column.attrs["flag_values"], column.attrs["flag_meanings"]
            column.attrs["flag_values"] = np.array([3, 4, 5], "i1")
            column.attrs["flag_meanings"] = "sliding by_length disjoint"
            del file["momentum"]
            for item in file.values():
                if "coordinates" in item.attrs:
                    item.attrs["coordinates"] = item.attrs["coordinates"].replace("momentum ", "")
            for name, values, default in (("speed", [1.0] * 10 + [0.5] * 2, 1.0),
                                          ("waiting", np.full(RUNS, np.nan), np.nan)):
                more = file.create_dataset(name, data=np.array(values))
                more.dims[0].attach_scale(file["run"])
                more.attrs["default"] = default
        questions = ("run_table(results, finished = FALSE)$batching",
                     "unique(run_table(results, finished = FALSE)$momentum)",
                     "nrow(run_table(results, finished = FALSE))",
                     "nrow(run_table(results))", "sum(success_rates(results)$runs)")
        plain = self.ask(self.folder / "s.h5", *questions)
        self.assertEqual(plain[1:], ["0.8", "12", "12", "12"])
        found = self.ask(self.changed(change), *questions)
        self.assertEqual(found, [plain[0], "0.8", "12", "10", "10"])
        self.assertIn("2 of 12 runs are in no statistic", self.warned)


if __name__ == "__main__":
    unittest.main()
