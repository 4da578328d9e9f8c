"""Calls the program in a folder of its own and looks at what it says and leaves behind.

The environment variable RNNSWEEP names the program."""

import fnmatch
import os
import pathlib
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

PROGRAM = os.path.abspath(os.environ["RNNSWEEP"])
# A sanitizer needs time and address space of its own: bounds on them say nothing about the program.
SANITIZED = any(name in pathlib.Path(PROGRAM).read_bytes() for name in (b"__asan_init", b"__tsan_init"))
EXPERIMENTS = pathlib.Path(__file__).resolve().parents[2] / "experiments"

# What a user's shell may hold and a test must not depend on.
SETTINGS = ("OMP_", "SLURM_", "NO_COLOR", "LC_", "LANG", "TERM")

SMALL = """\
name: small
method: grid
parameters:
  states: [2, 3]
  learning_rate: [0.02, 0.05]
  epochs: 1
  train_samples: 200
  test_samples: 20
  batch_size: 50
  sequence_length: 6
seeds: 3
"""


def environment(**more):
    """The caller's environment without SETTINGS, in the C locale, plus `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    return {**kept, "LC_ALL": "C", **more}


class ProgramTest(unittest.TestCase):
    """A temporary folder as working directory for each test."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return name

    def call(self, *arguments, code=0, **environment_more):
        """Runs to the end; checks the exit code; returns (stdout, stderr)."""
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True,
                              text=True, timeout=300, env=environment(**environment_more))
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done.stdout, done.stderr

    def refuse(self, code, pattern, *arguments, **environment_more):
        """The call fails with this code and a last line on stderr that matches; stdout is empty."""
        out, err = self.call(*arguments, code=code, **environment_more)
        self.assertEqual(out, "")
        self.assertMatches(err.strip().splitlines()[-1], "rnnsweep: error: " + pattern)
        return err

    def assertMatches(self, text, pattern):
        """`pattern` as in the shell: * is any text."""
        literal = pattern.replace("[", "[[]")
        self.assertTrue(fnmatch.fnmatchcase(text, literal), f"\n{text}\ndoes not match\n{pattern}")

    def start(self, *arguments, **environment_more):
        """Starts in the background, with progress as JSON on a pipe, and waits until the first
        run is finished. Returns the process."""
        process = self.start_at_once(*arguments, **environment_more)
        for line in process.stderr:
            if '"progress"' in line:
                return process
        self.fail("the program ended before its first run")

    def start_at_once(self, *arguments, **environment_more):
        """The same without waiting for anything."""
        process = subprocess.Popen([PROGRAM, *arguments, "--progress", "json"], cwd=self.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=environment(**environment_more))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def datasets(self, name):
        """Path -> array of every dataset, without the one that holds times, and without the copy of
        the texts, which tell how the file was made."""
        with h5py.File(self.folder / name, "r", locking=False) as file:
            paths = []
            file.visititems(lambda path, item: paths.append(path)
                            if isinstance(item, h5py.Dataset) and path != "wall_time"
                            and not path.startswith("rescue/") else None)
            return {path: file[path][()] for path in paths}

    def assertSameResults(self, one, other):
        first, second = self.datasets(one), self.datasets(other)
        self.assertEqual(first.keys(), second.keys())
        for path in first:
            self.assertEqual(first[path].dtype, second[path].dtype, path)
            self.assertEqual(first[path].tobytes(), second[path].tobytes(), path)

    def finished(self, name):
        """Number of runs that are not pending."""
        return int(np.count_nonzero(self.datasets(name)["status"]))
