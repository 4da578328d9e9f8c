"""A run by its configuration, or the best one, in `show` and `predict`. The oracle is h5py."""

import json
import unittest

import h5py
import numpy as np

from program import SMALL, ProgramTest


class Choice(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SMALL.replace("epochs: 1", "epochs: 20"))
        self.call("run", "s.yaml", "-o", "s.h5")
        with h5py.File(self.folder / "s.h5", "r") as file:
            self.columns = {name: file[name][()] for name in (
                "run", "states", "learning_rate", "seed", "test_accuracy", "final_loss", "status")}

    def expected_best(self, rows):
        order = sorted(rows, key=lambda row: (-self.columns["test_accuracy"][row],
                                              self.columns["final_loss"][row], row))
        return int(self.columns["run"][order[0]])

    def shown(self, *words):
        return self.call("show", "s.h5", *words)[0]

    def test_the_only_run_that_fulfils_the_conditions(self):
        for row in range(0, self.columns["run"].size, 5):
            words = [f"{name}={self.columns[name][row]}" for name in ("states", "learning_rate", "seed")]
            run = int(self.columns["run"][row])
            self.assertEqual(self.shown(*words), f"Run {run}\n\n" + self.shown(str(run)))

    def test_the_best_of_all_and_of_some(self):
        every = range(self.columns["run"].size)
        run = self.expected_best(every)
        self.assertEqual(self.shown("best"),
                         f"Run {run}, the best of {len(every)} by test_accuracy\n\n" + self.shown(str(run)))
        narrow = np.flatnonzero(self.columns["states"] == 2)
        run = self.expected_best(narrow)
        for words in (["best", "states=2"], ["states=2", "best"]):
            self.assertTrue(self.shown(*words).startswith(
                f"Run {run}, the best of {narrow.size} by test_accuracy\n"))

    def test_the_metric_is_that_of_the_sweep(self):
        self.write("loss.yaml", SMALL + "metric: {name: final_loss, goal: minimize}\n")
        self.call("run", "loss.yaml", "-o", "loss.h5")
        with h5py.File(self.folder / "loss.h5", "r") as file:
            run = int(np.argmin(file["final_loss"][()]))
        self.assertIn(f"Run {run}, the best of 12 by final_loss\n", self.call("show", "loss.h5", "best")[0])

    def test_predict(self):
        run = self.expected_best(np.flatnonzero(self.columns["states"] == 3))
        out, _ = self.call("predict", "s.h5", "best", "states=3", "3", "4", "--json")
        self.assertEqual(json.loads(out)["run"], run)
        self.assertEqual(out, self.call("predict", "s.h5", str(run), "3", "4", "--json")[0])

    def test_pending_and_damaged_runs_are_not_the_best(self):
        best = self.expected_best(range(self.columns["run"].size))
        with h5py.File(self.folder / "s.h5", "r+") as file:
            row = int(np.flatnonzero(file["run"][()] == best)[0])
            file["test_accuracy"][row] = 0.75  # its checksum is wrong now
        self.assertFalse(self.shown("best").startswith(f"Run {best},"))
        self.refuse(65, f"s.h5: run {best} is damaged*", "show", "s.h5", str(best))

    def test_refusals(self):
        for pattern, *words in (
            ("'one' is no run: give a run's number (0, 1, 2, ...), `best`, or conditions such as "
             "states=3 seed=1", "one"),
            ("run 1: a run's number stands alone", "1", "2"),
            ("run 1: a run's number stands alone", "best", "1"),
            ("s.h5 has no run 99: it holds 12 runs, from 0 to 11", "99"),
            ("6 runs are like that, 0 and 1 for instance: add conditions, such as seed=1, or `best`",
             "states=2"),
            ("RUN: no run has states 9; there are 2, 3", "states=9"),
            ("RUN: a condition cannot be used, see above", "stats=2"),
        ):
            with self.subTest(words=words):
                self.refuse(64, pattern, "show", "s.h5", *words)


if __name__ == "__main__":
    unittest.main()
