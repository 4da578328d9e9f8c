#!/usr/bin/env python3
"""Runs that were stopped at rungs, in the package's statistics. The oracle of what they were there is
a sweep whose runs end at the rung."""
import unittest
import warnings

import numpy as np
import pandas as pd

from sweeps import FolderTest  # puts the package on the path

import program
import rnnsweep
from rnnsweep import figures
from rnnsweep.report.write import write_report

PARAMETERS = {"states": [2, 3, 4], "learning_rate": [0.003, 0.03, 1e300], "epochs": 12,
              "train_samples": 300, "test_samples": 60, "batch_size": 50, "sequence_length": 6}
RUNGS = [2, 5, 8]
EARLY = {"type": "successive_halving", "epochs": RUNGS, "keep": 0.5}
SEEDS = 8
UPDATES = 300 // 50  # of an epoch


class StoppedRuns(FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.results = cls.open("halving", PARAMETERS, early_terminate=EARLY)
        cls.at = {epochs: cls.open(f"at{epochs}", {**PARAMETERS, "epochs": epochs})
                  for epochs in (*RUNGS, PARAMETERS["epochs"])}

    @classmethod
    def open(cls, name, parameters, **more):
        results = rnnsweep.open_results(program.run_grid(cls.folder, name, parameters, SEEDS, **more))
        cls.addClassCleanup(results.close)
        return results

    def ends(self):
        """{(states, learning rate): epochs} by the stop of the runs themselves."""
        found = {}
        for key, runs in self.results.runs.groupby(["states", "learning_rate"]):
            stopped = runs[runs.status == "stopped"]
            self.assertIn(len(stopped), (0, SEEDS))
            found[key] = int(stopped.updates.iloc[0]) // UPDATES if len(stopped) else 12
        self.assertEqual(set(found.values()), {2, 5, 8, 12})
        return found

    def test_table(self):
        table = rnnsweep.configuration_table(self.results)
        ends = self.ends()
        for _, row in table.iterrows():
            end = ends[row.states, row.learning_rate]
            same = rnnsweep.configuration_table(
                self.at[end].where(states=row.states, learning_rate=row.learning_rate))
            self.assertEqual(row.until, f"{end} epochs" if end < 12 else "end")
            self.assertEqual(row.score, same.score[0])
            self.assertEqual(row.stopped, SEEDS if end < 12 else 0)
            for name in ("solved", "solved_share", "solved_share_95_low", "test_accuracy_mean",
                         "test_accuracy_iqm_95_high", "final_loss_median"):
                if end == 12:
                    np.testing.assert_equal(row[name], same[name][0])
                else:
                    self.assertTrue(pd.isna(row[name]), name)
        self.assertIn("until: 1 of 9 settings stopped after 2 epochs", table.attrs["note"])

    def test_rungs(self):
        table = rnnsweep.rungs(self.results)
        self.assertEqual(table["at"].tolist(), ["2 epochs", "5 epochs", "8 epochs", "end"])
        ends = np.array(list(self.ends().values()))
        for row, epochs in zip(table.itertuples(), (*RUNGS, 12)):
            self.assertEqual(row.configurations, np.sum(ends >= epochs))
            self.assertEqual(row.stopped, np.sum(ends == epochs) if epochs < 12 else 0)
            whole = rnnsweep.success_rates(self.at[epochs])
            came = [self.ends()[key] >= epochs for key in zip(whole.states, whole.learning_rate)]
            self.assertEqual((row.best, row.worst),
                             (whole.score[came].max(), whole.score[came].min()))
        scores = rnnsweep.scores_at_rungs(self.results)
        self.assertEqual(len(scores), sum(table.configurations))
        with self.assertRaisesRegex(ValueError, "no run .* was stopped"):
            rnnsweep.rungs(self.at[2])
        self.assertTrue(rnnsweep.scores_at_rungs(self.at[2]).empty)

    def test_comparison_at_the_last_rung_of_both(self):
        two = {"states": 2}, {"states": 4}
        first = min(end for (states, _), end in self.ends().items() if states != 3)
        ours = rnnsweep.compare(self.results, *two)
        self.assertEqual(ours.until, f"{first} epochs")
        self.assertIn(f"All runs as they were after {first} epochs", str(ours))
        theirs = rnnsweep.compare(self.at[first], *two)
        for name in ("pairs", "seeds", "both", "only_a", "only_b", "neither", "low", "high",
                     "accuracy_difference", "accuracy_low", "p_accuracy", "p_solved", "effect"):
            self.assertEqual(getattr(ours, name), getattr(theirs, name), name)
        part = self.results.where(learning_rate=0.03)
        late = rnnsweep.compare(part, *two)
        self.assertEqual(late.until, "8 epochs")
        same = rnnsweep.compare(self.at[8].where(learning_rate=0.03), *two)
        self.assertEqual((late.accuracy_difference, late.both, late.only_b),
                         (same.accuracy_difference, same.both, same.only_b))
        whole = rnnsweep.compare(part, {"states": 3}, {"states": 4})
        self.assertEqual((whole.until, whole.note), ("end", ""))

    def test_importance(self):
        ours, same = rnnsweep.importance(self.results), rnnsweep.importance(self.at[2])
        pd.testing.assert_frame_equal(ours, same)
        self.assertEqual(ours.attrs["until"], "2 epochs")
        self.assertNotIn("until", same.attrs)

    def test_curves_end_where_the_first_runs_were_stopped(self):
        for by in (["states", "learning_rate"], ["states"]):
            bands = rnnsweep.loss_bands(self.results, by)
            whole = rnnsweep.loss_bands(self.at[12], by)
            ends = {}
            for key, end in self.ends().items():
                short = key[:len(by)]
                ends[short] = min(end, ends.get(short, 12))
            self.assertEqual(len(bands), sum(1 + UPDATES * end for end in ends.values()))
            keys = [*by, "step"]
            both = bands.merge(whole, on=keys, suffixes=("", "_whole"))
            self.assertEqual(len(both), len(bands))
            for share in ("0.1", "0.5", "0.9"):
                np.testing.assert_array_equal(both[share], both[f"{share}_whole"])
            np.testing.assert_array_equal(both["runs"], both["runs_whole"])

    def test_times_are_of_settings_at_the_end(self):
        times = rnnsweep.time_to_loss(self.results, 0.4)
        self.assertEqual(len(times), 5)
        self.assertEqual(times.attrs["note"],
                         "4 of 9 settings were stopped at a rung, and are left out.")
        self.assertEqual(len(rnnsweep.time_to_loss(self.results, 0.4, "states")), 0)
        shares = rnnsweep.share_reached(self.results, 0.4)
        self.assertEqual(len(shares.drop_duplicates(["states", "learning_rate"])), 5)

    def test_redo(self):
        for status in ("stopped", "done"):
            run = int(self.results.runs.index[self.results.runs.status == status][0])
            redone = rnnsweep.redo(self.results, run)
            self.assertEqual(redone.stop.reason, "rung" if status == "stopped" else "end")
            self.assertTrue(redone.agrees, redone)

    def test_figure_of_who_went_on(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            axes = figures.rung_scores(self.results).axes[0]
        scores = rnnsweep.scores_at_rungs(self.results)
        ends = self.ends()
        lines = [line for line in axes.lines if line.get_marker() == "."]
        crosses = [line for line in axes.lines if line.get_marker() == "x"]
        self.assertEqual(len(lines), 9)
        self.assertEqual(sorted(len(line.get_xdata()) for line in lines),
                         sorted([*RUNGS, 12].index(end) + 1 for end in ends.values()))
        self.assertEqual(sorted(np.concatenate([line.get_ydata() for line in lines])),
                         sorted(scores.score))
        self.assertEqual(sorted(line.get_xdata()[0] for line in crosses),
                         sorted([*RUNGS].index(end) for end in ends.values() if end < 12))
        texts = [text.get_text() for text in axes.get_legend().get_texts()]
        self.assertEqual(texts, ["2 to the end", "4 stopped", "3 diverged"])
        with self.assertRaisesRegex(ValueError, "no run .* was stopped"):
            figures.rung_scores(self.at[2])

    def test_best(self):
        self.assertEqual(self.results.runs.status[self.results.best()], "done")

    def test_report(self):
        path = self.folder / "report.html"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            write_report(self.results.paths, path)
            page = path.read_text()
            self.assertIn("1 of 9 settings stopped after 2 epochs, 2 after 5 epochs, 1 after 8 "
                          "epochs. What follows is of those that were trained to the end.", page)
            self.assertNotIn("are not finished", page)
            table = rnnsweep.rungs(self.results)
            for row in table.itertuples():
                self.assertIn(f"<tr><td>{row.at}</td><td>{row.configurations}</td>"
                              f"<td>{row.stopped}</td><td>{row.best:.4g}</td>", page)
            # A cross for each setting that was stopped.
            self.assertEqual(page.count('l6 6m0 -6l-6 6"'), table.stopped.sum())


if __name__ == "__main__":
    unittest.main()
