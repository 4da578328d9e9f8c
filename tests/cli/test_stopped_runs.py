"""`rnnsweep summary` of files in which runs were stopped at rungs. The rule is written once more
here, naively: a group counts as far as all its runs came, and is compared with the best as both were
there."""

import json
import unittest

import numpy as np

from test_summary import SummaryFile, sign_flips

PENDING, DONE, DIVERGED, FAILED, STOPPED = range(5)
RUNGS = (2, 5, 8)
SWEEP = """\
name: halving
method: grid
parameters:
  states: [2, 3, 4]
  learning_rate: [0.003, 0.03, 1e300]
  epochs: 12
  train_samples: 300
  test_samples: 60
  batch_size: 50
  sequence_length: 6
seeds: {seeds}
"""
EARLY = f"early_terminate: {{type: successive_halving, epochs: {list(RUNGS)}, keep: 0.5}}\n"
BOTH = ("states", "learning_rate")


class Stopped(SummaryFile):
    seeds = 8

    def setUp(self):
        super().setUp()
        self.make()
        self.values = self.datasets("a.h5")

    def make(self):
        self.write("s.yaml", SWEEP.format(seeds=self.seeds) + EARLY)
        self.out, _ = self.call("run", "s.yaml", "-o", "a.h5")

    # ---- The rule --------------------------------------------------------------------------------

    def level(self, row):
        """The last rung of a run, len(RUNGS) for the end; None: it came nowhere."""
        status = self.values["status"][row]
        if status == STOPPED:
            return self.values["rungs_reached"][row] - 1
        return len(RUNGS) if status in (DONE, DIVERGED) else None

    def value(self, row, metric, level):
        worst = 0.0 if "accuracy" in metric else np.inf
        if level < self.values["rungs_reached"][row] and level < len(RUNGS):
            measured = self.values[f"{metric}_by_rung"][row, level]
            return worst if np.isnan(measured) else float(measured)
        return worst if self.values["status"][row] == DIVERGED else float(self.values[metric][row])

    def loss(self, row, level):
        gone = self.values["status"][row] == DIVERGED and (
            level == len(RUNGS) or self.values["rungs_reached"][row] <= level)
        return None if gone else self.value(row, "final_loss", level)

    def by_seed(self, rows, values):
        found = {}
        for row, value in zip(rows, values):
            if value is not None:
                found.setdefault(self.values["seed"][row], []).append(value)
        return {seed: np.mean(some) for seed, some in found.items()}

    def groups(self, by, metric):
        """[(key, level, score, rows)] in the order of the summary; those without runs last."""
        found = {}
        for row in range(len(self.values["run"])):
            found.setdefault(tuple(float(self.values[name][row]) for name in by), []).append(row)
        ranked = []
        for place, (key, rows) in enumerate(found.items()):
            came = [row for row in rows if self.level(row) is not None]
            if not came:
                ranked.append(((2, 0, 0, 0, place), key, None, None, came))
                continue
            level = min(self.level(row) for row in came)
            values = [self.value(row, metric, level) for row in came]
            if "accuracy" in metric:
                score = np.mean(list(self.by_seed(came, values).values()))
                better = -round(score, 12)
            else:
                better = score = np.median(values)
            losses = self.by_seed(came, [self.loss(row, level) for row in came])
            median = np.median(list(losses.values())) if losses else np.inf
            lost = not losses
            ranked.append(((int(lost), -level, better, median, place), key, level, score, came))
        return [entry[1:] for entry in sorted(ranked, key=lambda entry: entry[0])]

    def against(self, best, group, by, metric, comparisons):
        """(pairs, won, lost, p times the comparisons)"""
        level, rows = group[1], group[3]
        same = [name for name in ("states", "learning_rate", "seed") if name not in by]
        partner = {tuple(self.values[name][row] for name in same): row for row in best[3]}
        pairs = []
        for row in rows:
            other = partner.get(tuple(self.values[name][row] for name in same))
            if other is not None:
                pairs.append((self.values["seed"][row], self.value(other, metric, level),
                              self.value(row, metric, level)))
        seeds, theirs, ours = map(np.array, zip(*pairs))
        if "loss" in metric:
            theirs, ours = -theirs, -ours
        won, lost = np.sum(theirs > ours), np.sum(theirs < ours)
        if "loss" in metric:
            middle = np.median([*theirs, *ours])
            theirs, ours = ((side > middle) + 0.5 * (side == middle) for side in (theirs, ours))
        leads = [np.mean((theirs - ours)[seeds == seed]) for seed in np.unique(seeds)]
        return len(pairs), won, lost, min(1, comparisons * sign_flips(leads)), len(leads)

    def check(self, by=BOTH, metric="test_accuracy"):
        summary = self.summary("--by", ",".join(by), "--metric", metric)
        expected = self.groups(by, metric)
        counted = [group for group in expected if group[1] is not None]
        has_best = counted[0][1] == len(RUNGS) and \
            any(self.values["status"][row] == DONE for row in counted[0][3])
        comparisons = len(counted) - 1 if has_best else 0
        self.assertEqual(summary["comparisons"], comparisons)
        self.assertEqual([tuple(group["parameters"][name] for name in by)
                          for group in summary["groups"]], [group[0] for group in expected])
        for group, want in zip(summary["groups"], expected):
            key, level, score, rows = want
            with self.subTest(by=by, metric=metric, key=key, level=level):
                self.assertEqual(group["runs"], len(rows))
                if level is None:
                    self.assertEqual((group["until"], group["standing"]), (None, "none"))
                    continue
                self.assertEqual(group["until"], f"{(*RUNGS, 0)[level]} epochs" if level < len(RUNGS)
                                 else "end")
                self.assertEqual(group["seeds"], len({self.values["seed"][row] for row in rows}))
                self.assertEqual(group["stopped"], sum(self.values["status"][row] == STOPPED
                                                       for row in rows))
                if np.isfinite(score):
                    self.assertAlmostEqual(group["score"], score, 12)
                else:
                    self.assertIsNone(group["score"])
                whole = [name for name in group if name.startswith(("solved", "test_", "final_"))]
                self.assertEqual(len(whole), 11)
                if level < len(RUNGS):
                    self.assertEqual({group[name] for name in whole}, {None})
                else:
                    self.assertIsNotNone(group["solved_share"])
                if not has_best:
                    self.assertEqual((group["standing"], group["worse_p"]), ("none", None))
                elif want is counted[0]:
                    self.assertEqual((group["standing"], group["worse_p"]), ("best", None))
                else:
                    pairs, won, lost, p, seeds = self.against(counted[0], want, by, metric,
                                                              comparisons)
                    self.assertEqual((group["pairs"], group["pairs_won_by_best"],
                                      group["pairs_lost_by_best"], group["paired_seeds"]),
                                     (pairs, won, lost, seeds))
                    self.assertAlmostEqual(group["worse_p"], p, 9)
        return [group[1] for group in expected]

    def check_all(self):
        return [self.check(by, metric) for by in (BOTH, ("states",), ("learning_rate",))
                for metric in ("test_accuracy", "test_bit_accuracy", "final_loss")]


class Plain(Stopped):
    def test_groups(self):
        levels = self.check_all()
        self.assertEqual(set(levels[0]), {0, 1, 2, 3})
        self.assertEqual(levels[0].count(3), 2 + 3)  # the best, and those that diverged

    def test_whole_groups_are_those_of_a_sweep_without_rungs(self):
        self.write("whole.yaml", SWEEP.format(seeds=self.seeds))
        self.call("run", "whole.yaml", "-o", "whole.h5")
        whole = {tuple(group["parameters"].values()): group for group in
                 json.loads(self.call("summary", "whole.h5", "--json")[0])["groups"]}
        compared = 0
        for group in self.summary()["groups"]:
            if group["until"] != "end":
                continue
            same = whole[tuple(group["parameters"].values())]
            for name in same:
                if name not in ("standing", "worse_p") and not name.startswith("pair"):
                    self.assertEqual(group[name], same[name], name)
                    compared += 1
            self.assertEqual(set(group) - set(same), {"until", "stopped"})
        self.assertGreater(compared, 60)

    def test_table(self):
        out, _ = self.call("summary", "a.h5")
        self.assertTrue(self.out.startswith(out), "`run` ends with the same table")
        heading, *lines = out.splitlines()
        self.assertEqual(heading.split()[:4], ["states", "learning_rate", "score", "until"])
        cells = {tuple(line.split()[:2]): line.split() for line in lines[:9]}
        ends = [cell[3] for cell in cells.values()]
        self.assertEqual(ends[:2], ["end", "end"])
        self.assertEqual(ends[2:6], ["8", "5", "5", "2"])
        self.assertIn("until: 1 of 9 settings stopped after 2 epochs, 2 after 5 epochs, 1 after 8 "
                      "epochs.\nTheir scores are of then, and so is the best that they are compared "
                      "with.\n", out)
        csv, _ = self.call("summary", "a.h5", "--csv")
        self.assertEqual(len({line.count(",") for line in csv.splitlines()}), 1)

    def test_no_setting_at_the_end(self):
        out, _ = self.call("summary", "a.h5", "--where", "states=2")
        self.assertIn(".\nTheir scores are of then.\n", out)
        self.assertNotIn("best", out)
        self.assertEqual([line.split()[-1] for line in out.splitlines()[1:4]], ["-"] * 3)

    def test_importance_at_the_last_rung_of_all(self):
        found = self.summary("--importance")
        self.assertEqual(found["until"], "2 epochs")
        self.write("two.yaml", SWEEP.format(seeds=self.seeds).replace("epochs: 12", "epochs: 2"))
        self.call("run", "two.yaml", "-o", "two.h5")
        same = json.loads(self.call("summary", "two.h5", "--importance", "--json")[0])
        self.assertNotIn("until", same)
        self.assertEqual(found["effects"], same["effects"])
        self.assertIn("All runs as they were after 2 epochs: some were stopped then.\n",
                      self.call("summary", "a.h5", "--importance")[0])

    def test_times_are_of_whole_groups(self):
        for group in self.summary("--loss-level", "0.3")["groups"]:
            names = ("reached", "censored_share", "updates_median", "updates_expected")
            self.assertEqual(group["reached"] is None, group["until"] != "end")
            if group["until"] != "end":
                self.assertEqual({group[name] for name in names}, {None})

    def test_show_and_predict_take_stopped_runs(self):
        for rung in range(3):
            row = np.flatnonzero((self.values["status"] == STOPPED) &
                                 (self.values["rungs_reached"] == rung + 1))[0]
            out, _ = self.call("show", "a.h5", str(row))
            self.assertIn(f"stopped at rung {rung + 1} of 3, after {RUNGS[rung]} epochs\n", out)
            self.assertIn(f"final_loss         {self.values['final_loss'][row]:.7g}\n", out)
            shown = json.loads(self.call("show", "a.h5", str(row), "--json")[0])
            self.assertEqual((shown["status"], shown["rungs_reached"]), ("stopped", rung + 1))
            self.assertEqual(len(shown["curve"]["loss"]), 1 + RUNGS[rung] * 300 // 50)
            self.call("predict", "a.h5", str(row), "12", "17")

    def test_unfinished_runs_count_nowhere(self):
        rows = np.flatnonzero(self.values["status"] == STOPPED)
        done = np.flatnonzero(self.values["status"] == DONE)
        # A survivor that diverged after the first rung; its later values are of no run.
        self.change(status={rows[0]: PENDING, rows[1]: FAILED, rows[9]: PENDING, done[0]: FAILED,
                            done[1]: DIVERGED, done[2]: DIVERGED, done[9]: PENDING},
                    rungs_reached={done[1]: 1, done[2]: 3})
        self.check_all()


class Grown(Stopped):
    """What was trained further than it would be today is kept: groups whose runs came to different
    rungs."""

    def make(self):
        first = SWEEP.replace("[0.003, 0.03, 1e300]", "[0.003, 0.01, 0.03]").format(seeds=2)
        self.write("first.yaml", first + EARLY)
        self.call("run", "first.yaml", "-o", "a.h5")
        second = SWEEP.replace("[0.003, 0.03, 1e300]", "[0.003, 0.01, 0.03, 0.1]").format(seeds=5)
        self.write("second.yaml", second + EARLY)
        self.call("run", "second.yaml", "-o", "a.h5")

    def test_groups(self):
        mixed = 0
        for key, level, _, rows in self.groups(BOTH, "test_accuracy"):
            mixed += len({self.level(row) for row in rows}) > 1
        self.assertGreater(mixed, 1)
        self.check_all()


if __name__ == "__main__":
    unittest.main()
