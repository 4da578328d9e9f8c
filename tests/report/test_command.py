#!/usr/bin/env python3
"""`python3 -m rnnsweep report` from outside: files, messages, exit codes, the progress bar, size."""
import contextlib
import io
import os
import pty
import re
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py

from studies import PACKAGE, Study, program
from rnnsweep.__main__ import main  # studies puts it on the path

# A hundred thousand runs of a single update each.
MANY = {
    "states": 1,
    "sequence_length": 4,
    "train_samples": 100,
    "batch_size": 100,
    "test_samples": 10,
    "epochs": 1,
    "learning_rate": [0.001 * 1.15**k for k in range(50)],
    "momentum": [0.05 * k for k in range(20)],
    "lambda": [0, 0.2, 0.5, 0.9],
}
MANY_SEEDS = 25
LARGEST = 15e6  # bytes
LONGEST = 240  # seconds, on a machine that does other things as well


def report(*arguments):
    """The command within this process, which has loaded its libraries already."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            code = main(["report", *map(str, arguments)])
        except SystemExit as exit:
            code = exit.code
    return subprocess.CompletedProcess(arguments, code, stdout.getvalue(), stderr.getvalue())


class Command(Study):
    def test_default_output_is_beside_the_results(self):
        done = subprocess.run(
            [sys.executable, "-m", "rnnsweep", "report", "study.h5"], capture_output=True, text=True,
            cwd=self.folder, env={**os.environ, "PYTHONPATH": str(PACKAGE)})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("study.html", done.stdout)
        self.assertTrue((self.folder / "study.html").read_text().startswith("<!DOCTYPE html>"))

    def test_plain_progress_when_stderr_is_no_terminal(self):
        done = report(self.folder / "study.h5", "-o", self.folder / "plain.html")
        shares = [int(line.split()[0]) for line in done.stderr.splitlines()]
        self.assertEqual(shares, sorted(shares))
        self.assertEqual((shares[0], shares[-1]), (0, 100))
        silent = report(self.folder / "study.h5", "-o", self.folder / "plain.html",
                        "--progress", "none")
        self.assertEqual((silent.returncode, silent.stderr), (0, ""))

    def test_damaged_runs_are_left_out_on_request(self):
        damaged, page = self.folder / "damaged.h5", self.folder / "damaged.html"
        shutil.copy(self.folder / "study.h5", damaged)
        with h5py.File(damaged, "r+") as file:
            finished = int((file["status"][:] > 0).sum())
            file["test_accuracy"][0] = 0.3125
        pages = []
        for options in ([], ["--check"]):
            done = report(damaged, "-o", page, "--progress", "none", *options)
            self.assertEqual(done.returncode, 0, done.stderr)
            pages.append(page.read_text())
        self.assertIn("not compared; the option <code>--check</code> does that", pages[0])
        self.assertIn(f"<dt>runs finished</dt><dd>{finished:,}<", pages[0])
        self.assertIn("of all runs compared; damaged runs are left out", pages[1])
        self.assertIn(f"<dt>runs finished</dt><dd>{finished - 1:,}<", pages[1])
        self.assertIn("damaged.h5 --check -o report.html", pages[1])

    def test_bar_on_a_terminal(self):
        leader, follower = pty.openpty()
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "PYTHONIOENCODING": "utf-8"}
        with subprocess.Popen(
                [sys.executable, "-m", "rnnsweep", "report", "study.h5", "-o", "bar.html"],
                cwd=self.folder, stderr=follower, stdout=subprocess.DEVNULL, env=environment) as run:
            os.close(follower)
            shown = b""
            try:
                while chunk := os.read(leader, 4096):
                    shown += chunk
            except OSError:  # the other end is closed
                pass
        os.close(leader)
        self.assertEqual(run.returncode, 0)
        self.assertRegex(shown.decode(), "\r━{30} 100 %.*done")

    def test_replaces_an_older_report_and_leaves_nothing_beside(self):
        target = self.folder / "again.html"
        target.write_text("old")
        self.assertEqual(report(self.folder / "study.h5", "-o", target).returncode, 0)
        self.assertNotIn("old", target.read_text()[:10])
        self.assertEqual([path.name for path in self.folder.iterdir() if "again" in path.name],
                         ["again.html"])

    def test_exit_codes(self):
        for arguments, code, message in (
                (["absent.h5"], 74, "absent.h5: no such file"),
                ([self.folder / "study.yaml"], 65, "no results file"),
                ([self.folder / "study.h5", "-o", self.folder / "no" / "where.html"], 73, "where.html"),
                ([self.folder / "study.h5", "--threshold", "2"], 64, "threshold"),
                ([], 64, "FILE")):
            with self.subTest(arguments):
                done = report(*arguments)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(message, done.stderr)
                self.assertNotIn("Traceback", done.stderr)

    def test_threshold_counts_more_runs_as_solved(self):
        runs = self.results.finished
        done = report(self.folder / "study.h5", "-o", self.folder / "low.html", "--threshold", "0.5")
        self.assertEqual(done.returncode, 0, done.stderr)
        page = (self.folder / "low.html").read_text()
        self.assertIn(f"{(runs.test_accuracy >= 0.5).sum():,} runs", page)
        self.assertIn("--threshold 0.5", page)

    def test_sweep_that_is_not_finished(self):
        path = self.folder / "part.h5"
        path.write_bytes((self.folder / "study.h5").read_bytes())
        with h5py.File(path, "r+") as file:
            file["status"][5:] = program.PENDING
        self.assertEqual(report(path).returncode, 0)
        self.assertIn("139 of 144 runs are not finished", path.with_suffix(".html").read_text())
        with h5py.File(path, "r+") as file:
            file["status"][:] = program.PENDING
        done = report(path)
        self.assertEqual(done.returncode, 65)
        self.assertIn("no run is finished yet", done.stderr)


class Many(Study):
    PARAMETERS = MANY
    SEEDS = MANY_SEEDS

    @classmethod
    def setUpClass(cls):
        start = time.monotonic()
        super().setUpClass()
        cls.seconds = time.monotonic() - start

    def test_a_hundred_thousand_runs(self):
        self.assertEqual(len(self.results), 100_000)
        self.assertLess(self.report.stat().st_size, LARGEST)
        self.assertLess(self.seconds, LONGEST)

    def test_no_address_but_that_of_svg(self):
        addresses = set(re.findall(r"https?://[\w./-]+", self.report.read_text()))
        self.assertEqual(addresses, {"http://www.w3.org/2000/svg"})


if __name__ == "__main__":
    unittest.main(argv=[Path(__file__).name, *sys.argv[1:]])
