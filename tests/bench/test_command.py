#!/usr/bin/env python3
"""The reports of `rnnsweep bench` and sweep_times are consistent; how fast the machine is does not
matter."""

import json
import os
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["RNNSWEEP"]
SWEEP_TIMES = os.environ["SWEEP_TIMES"]


def bench(*arguments):
    return subprocess.run([PROGRAM, "bench", *arguments], capture_output=True, text=True)


def report(*arguments):
    done = bench("--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def sweep_times(*arguments):
    done = subprocess.run([SWEEP_TIMES, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[arguments[0]]


class Kernels(unittest.TestCase):
    def test_every_combination_is_a_row(self):
        found = report("--states", "1,2", "--isa", "generic", "--seconds", "0")
        rows = [(row["states"], row["precision"], row["isa"]) for row in found["kernels"]]
        self.assertEqual(rows, [(states, precision, "generic")
                                for precision in ("float32", "float64") for states in (1, 2)])
        for word in ("cpu", "system", "version", "commit", "compiler", "flags"):
            self.assertTrue(found["machine"][word], word)

    def test_numbers_agree_with_each_other(self):
        row, = report("--states", "3", "--precision", "float32", "--seconds", "0")["kernels"]
        flop = self.flop(3, 16 + 16 + 1400, 1 + 1500)
        self.assertEqual(row["flop_per_run"], flop)
        seconds = row["cpu_seconds"]
        self.assertLessEqual(seconds["min"], seconds["median"])
        self.assertLessEqual(seconds["median"], seconds["max"])
        self.assertAlmostEqual(row["runs_per_second"] * seconds["median"], 1)
        self.assertAlmostEqual(row["flop_per_second"] * seconds["median"] / flop, 1)
        self.assertGreater(row["fraction_of_peak"]["median"], 0)
        self.assertLess(row["fraction_of_peak"]["median"], 1)
        # 101 losses and 28 weights of 4 bytes, then a column per parameter.
        self.assertGreater(row["row_bytes"], 4 * (101 + 28))
        self.assertLess(row["row_bytes"], 1000)
        self.assertGreater(row["trainer_bytes"], 16 * 2000)

    @staticmethod
    def flop(states, forward_rows, backward_rows):
        """Of a run's 100 updates. Products have fewer rows than 16 steps of 100 samples because samples
        share their first steps: at 3 states the first two, made for 16 rows each, and in the backward pass
        the first, in one row."""
        forward = 2 * states**2 + 6 * states + 2
        return 100 * (2 * (forward_rows + backward_rows) * forward + 11 * (states**2 + 6 * states + 1))

    def test_shared_steps_are_counted_once(self):
        """At 64 states, 100 samples share their first three steps of 16: 4, 16 and 64 rows there, 1, 4
        and 16 in the backward pass."""
        row, = report("--states", "64", "--precision", "float32", "--seconds", "0")["kernels"]
        self.assertEqual(row["flop_per_run"], self.flop(64, 4 + 16 + 64 + 1300, 1 + 4 + 16 + 1300))

    def test_table(self):
        done = bench("--states", "1", "--seconds", "0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("runs/s", done.stdout)
        self.assertEqual(len(done.stdout.splitlines()), 6)

    def test_settings(self):
        """What varies has a column; the rows take turns in the order of the sweep."""
        done = bench("cell=tanh,mgu", "leak=1", "states=2,3", "precision=float64", "--seconds", "0")
        self.assertEqual(done.returncode, 0, done.stderr)
        head, *rows = [line.split() for line in done.stdout.splitlines()[3:]]
        self.assertEqual(head[:4], ["states", "precision", "cell", "isa"])
        self.assertEqual([row[:3] for row in rows],
                         [[states, "float64", cell] for states in "23" for cell in ("tanh", "mgu")])
        done = report("optimizer=adam", "--states", "2", "--precision", "float32", "--seconds", "0")
        self.assertEqual(done["kernels"][0]["settings"], {"states": 2, "optimizer": "adam"})


class Sweeps(unittest.TestCase):
    def test_overhead_leaves_no_file(self):
        with tempfile.TemporaryDirectory() as folder:
            rows = sweep_times("overhead", "2", folder, "10", "300")
            self.assertEqual(os.listdir(folder), [])
        self.assertEqual([row["runs"] for row in rows], [10, 300])
        for row in rows:
            parts = [row[part + "_seconds"] for part in ("plan", "create", "drive", "close")]
            self.assertAlmostEqual(sum(parts), row["cpu_seconds_per_run"] * row["runs"])
            self.assertEqual(row["threads"], 2)

    def test_scaling_gives_every_thread_as_much(self):
        with tempfile.TemporaryDirectory() as folder:
            rows = sweep_times("scaling", "3", folder, "1")
            self.assertEqual(os.listdir(folder), [])
        self.assertEqual([row["threads"] for row in rows], [1, 2, 3])
        self.assertEqual([row["runs"] for row in rows], [7, 14, 21])
        self.assertEqual(rows[0]["speedup"], {"median": 1, "min": 1, "max": 1})
        self.assertEqual(rows[0]["cpu_ratio"], 1)
        for row in rows:
            seconds = row["seconds"]
            self.assertTrue(0 < seconds["min"] <= seconds["median"] <= seconds["max"])
            self.assertTrue(0 <= row["idle"] < 1)
            self.assertGreater(row["serial_seconds_per_run"], 0)

    def test_refusals(self):
        for code, arguments in ((64, ()), (64, ("overhead", "1", ".", "x")), (64, ("scaling", "1")),
                                (73, ("overhead", "1", "/nowhere", "10"))):
            done = subprocess.run([SWEEP_TIMES, *arguments], capture_output=True, text=True)
            self.assertEqual(done.returncode, code, arguments)
            self.assertEqual(done.stdout, "")


class Usage(unittest.TestCase):
    def refused(self, code, text, *arguments):
        done = bench(*arguments)
        self.assertEqual(done.returncode, code)
        self.assertIn(text, done.stderr)
        self.assertEqual(done.stdout, "")

    def test_refusals_name_the_option(self):
        self.refused(65, "states=3,,8", "--states", "3,,8")
        self.refused(65, "states (width H", "--states", "0")
        self.refused(65, "precision=half", "--precision", "half")
        self.refused(65, "did you mean 'cell'", "cel=gru")
        self.refused(64, "at most 1000", "learning_rate={min: 0.1, max: 0.2, num: 1001}")
        self.refused(64, "unknown instruction set mmx", "--isa", "mmx")


unittest.main()
