#!/usr/bin/env python3
"""`python3 -m rnnsweep`, the exported files, and the package as pip installs it."""
import gzip
import os
import re
import subprocess
import sys
import unittest

import h5py
import numpy as np
import pandas as pd

import sweeps
from program import PROGRAM
from rnnsweep import configuration_table
from sweeps import Commands, SweepTest

USAGE, BAD_DATA, CANNOT_CREATE, CANNOT_READ = 64, 65, 73, 74


class EveryCommand(Commands):
    def test_table(self):
        out, _ = self.call("table", self.path, "--by", "states,batching", "--top", 3)
        lines = out.splitlines()
        self.assertEqual(lines[-1], "The best 3 of 4.")
        self.assertEqual(lines[0].split()[:4], ["states", "batching", "score", "runs"])
        self.assertEqual(len(lines), 1 + 3 + 2)  # heading, what found no room, how many
        self.assertTrue(all(len(line) <= 80 for line in lines), out)
        wide, _ = self.call("table", self.path, "--by", "states", "--width", 250)
        program = subprocess.run([PROGRAM, "summary", self.path, "--by", "states"],
                                 capture_output=True, text=True).stdout
        self.assertEqual(wide.splitlines()[:3], program.splitlines()[:3])
        marked, _ = self.call("table", self.path, "--by", "states", "--format", "markdown")
        self.assertTrue(all(line.startswith("| ") and line.endswith(" |")
                            for line in marked.splitlines()))
        latex, _ = self.call("table", self.path, "--by", "learning_rate", "--format", "latex")
        self.assertIn(r"learning\_rate & score & runs", latex)
        self.assertIn(r"\toprule", latex)
        self.call("table", self.path, "-o", "all.csv", "--where", "batching=sliding", "--where",
                  "states=2,4", "--where", "gradient_check=false", "--threshold", 0.5)
        written = pd.read_csv(self.folder / "all.csv", float_precision="round_trip")
        table = configuration_table(self.results.where(batching="sliding"), threshold=0.5)
        self.assertEqual(written.solved.tolist(), table.solved.tolist())
        np.testing.assert_array_equal(written.test_accuracy_iqm_95_low, table.test_accuracy_iqm_95_low)

    def test_figures(self):
        out, _ = self.call("figures", self.path, "-o", "made/here", "--format", "pdf", "--only",
                           "curves,failures")
        self.assertEqual(
            out.split(), ["made/here/sweep-curves.pdf", "made/here/sweep-failures.pdf"])
        self.assertTrue(all((self.folder / path).read_bytes().startswith(b"%PDF")
                            for path in out.split()))
        out, err = self.call("figures", self.path, "--where", "states=2", "--where",
                             "learning_rate=0.02", "--where", "epochs=6", "--where",
                             "batching=sliding")
        self.assertNotIn("parallel", out)
        self.assertIn("no parallel: nothing is swept but the seed", err)

    def test_what_a_figure_advises_can_be_given(self):
        """The portrait of a part of the sweep that nothing solves."""
        runs = self.results.where(learning_rate=[0.02, 0.06], status="done").runs
        run = runs.test_accuracy.idxmin()
        self.assertLess(runs.test_accuracy[run], 1)
        only = ("figures", self.path, "--where", f"test_accuracy={runs.test_accuracy[run]!r}", "--only",
                "portrait", "--format", "pdf")
        _, err = self.call(*only, code=BAD_DATA)
        self.assertIn("lower the threshold or name a run", err)
        for option in (("--threshold", 0), ("--run", run)):
            self.assertEqual(self.call(*only, *option)[0].split(), ["sweep-portrait.pdf"])
        self.assertIn("there is no run 99999", self.call(*only, "--run", 99999, code=BAD_DATA)[1])

    def test_options_of_figures(self):
        """Each option reaches the figures that have it; the others go without."""
        self.call("figures", self.path, "-o", "options", "--only", "heatmap,states", "--x",
                  "learning_rate", "--y", "states", "--best", "--colour", "batching", "--size",
                  "3.3x2.4", "--title", "Learning to add")
        heatmap = (self.folder / "options/sweep-heatmap.svg").read_text()
        states = (self.folder / "options/sweep-states.svg").read_text()
        for text, shown in ((heatmap, ("learning rate", "states", "Learning to add")),
                            (states, ("learning rate", "sliding", "Learning to add"))):
            self.assertIn('width="237.6pt" height="172.8pt"', text)
            for word in shown:
                self.assertIn(f">{word}</text>", text)
        self.call("figures", self.path, "-o", "options", "--only", "curves", "--by",
                  "states,epochs")
        self.assertIn(">epochs 10</text>", (self.folder / "options/sweep-curves.svg").read_text())
        _, err = self.call("figures", self.path, "--only", "curves", "--run", "3", code=BAD_DATA)
        self.assertIn("--run is for other figures than curves", err)
        for size in ("wide", "3.3", "0x2"):
            _, err = self.call("figures", self.path, "--size", size, code=USAGE)
            self.assertIn("--size", err)

    def test_figures_of_nothing(self):
        path = self.folder / "pending.h5"
        path.write_bytes(self.path.read_bytes())
        with h5py.File(path, "r+") as file:
            file["status"][:] = 0
        out, err = self.call("figures", path, code=BAD_DATA)
        self.assertEqual(
            (out, err), ("", "rnnsweep: no run of sweep is finished: there is nothing to draw\n"))

    def test_csv(self):
        for name, reading in (("runs.csv", open), ("runs.csv.gz", gzip.open)):
            self.call("export", self.path, "-o", name)
            with reading(self.folder / name, "rt") as file:
                self.assertIn(",none,", file.read())
                file.seek(0)
                written = pd.read_csv(file, index_col="run", float_precision="round_trip",
                                      na_values="none")
            runs = self.results.runs
            self.assertEqual(list(written), list(runs))
            for column in runs:
                if runs[column].dtype.kind == "i":  # whole numbers, whose none is -1
                    written[column] = written[column].fillna(-1)
            for column in runs:
                if runs[column].dtype == "float32":
                    np.testing.assert_array_equal(written[column].astype("float32"), runs[column])
                elif runs[column].dtype.kind in "ifb":
                    np.testing.assert_array_equal(written[column], runs[column])
                else:
                    self.assertEqual(written[column].tolist(), runs[column].tolist())

    def test_parquet(self):
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            _, err = self.call("export", self.path, "-o", "runs.parquet", code=1)
            self.assertIn("Parquet needs pyarrow or fastparquet: pip install pyarrow", err)
            return
        self.call("export", self.path, "-o", "runs.parquet")
        pd.testing.assert_frame_equal(
            pd.read_parquet(self.folder / "runs.parquet"), self.results.runs)

    def test_redo(self):
        out, _ = self.call("redo", self.path, 0, 100)
        self.assertEqual(re.findall("^run ([0-9]+) in NumPy, float32", out, re.MULTILINE),
                         ["0", "100"])
        self.assertEqual(out.count("they agree"), 2)
        _, err = self.call("redo", self.path, 1000, code=BAD_DATA)
        self.assertIn("has no run 1000", err)

    def test_what_is_not_installed(self):
        """The message says what to install; looked for in a process that has not loaded it yet."""
        script = ("import sys\n"
                  "sys.modules[sys.argv[1]] = None\n"
                  "from rnnsweep.__main__ import main\n"
                  "sys.exit(main(sys.argv[2:]))")
        for module, advice, arguments in (
                ("matplotlib", "python3-matplotlib", ["figures", self.path]),
                ("dask", "python3-dask", ["table", self.path, self.path])):
            done = subprocess.run(
                [sys.executable, "-c", script, module, *arguments], capture_output=True, text=True,
                env={**os.environ, "PYTHONPATH": str(sweeps.PACKAGE)})
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(advice, done.stderr)
            self.assertNotIn("Traceback", done.stderr)

    def test_messages(self):
        for code, message, arguments in (
                (CANNOT_READ, "absent.h5: no such file", ["table", "absent.h5"]),
                (BAD_DATA, "'state' is no column", ["table", self.path, "--by", "state"]),
                (BAD_DATA, "NAME=VALUE expected", ["table", self.path, "--where", "states"]),
                (BAD_DATA, "--where states=x: states has numbers",
                 ["table", self.path, "--where", "states=x"]),
                (BAD_DATA, "no run has states", ["table", self.path, "--where", "states=77"]),
                (BAD_DATA, "no figure 'curvs'; there are curves,",
                 ["figures", self.path, "--only", "curvs"]),
                (CANNOT_CREATE, "no/folder", ["export", self.path, "-o", "no/folder/runs.csv"]),
                (USAGE, "invalid choice", ["figures", self.path, "--format", "gif"]),
                (USAGE, "required: COMMAND", [])):
            with self.subTest(message):
                out, err = self.call(*arguments, code=code)
                self.assertEqual(out, "")
                self.assertIn(message, err)
                self.assertNotIn("Traceback", err)


class Installed(SweepTest):
    """As pip installs it, without a network, away from the source tree."""

    PARAMETERS = {"epochs": 1, "train_samples": 100, "test_samples": 10}
    SEEDS = 2

    def test_pip(self):
        source, target = self.folder / "source", self.folder / "target"
        subprocess.run(["cp", "-r", str(sweeps.PACKAGE), str(source)], check=True)
        installed = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps",
             "--no-index", "--target", str(target), str(source)], capture_output=True, text=True)
        self.assertEqual(installed.returncode, 0, installed.stderr)
        wanted = {path.relative_to(sweeps.PACKAGE) for path in
                  (sweeps.PACKAGE / "rnnsweep").rglob("*")
                  if path.is_file() and "__pycache__" not in path.parts}
        there = {path.relative_to(target) for path in (target / "rnnsweep").rglob("*")}
        self.assertEqual(wanted - there, set())
        done = subprocess.run(
            [sys.executable, "-m", "rnnsweep", "export", str(self.path), "-o", "runs.csv"],
            capture_output=True, text=True, cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(target)})
        self.assertEqual((done.returncode, done.stdout), (0, "runs.csv\n"), done.stderr)

    def test_version_is_that_of_the_program(self):
        program = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout
        self.assertEqual(program.split()[1], sweeps.rnnsweep.__version__)
        declared = re.search('^version = "(.*)"$', (sweeps.PACKAGE / "pyproject.toml").read_text(),
                             re.MULTILINE)
        self.assertEqual(declared[1], sweeps.rnnsweep.__version__)


if __name__ == "__main__":
    unittest.main()
