"""`rnnsweep summary` against SciPy and NumPy on the same results file."""

import collections
import csv
import json
import math
import os
import pty
import subprocess
import unittest
import warnings

import h5py
import numpy as np
from scipy import stats

from checksums import seal_heads
from program import PROGRAM, SMALL, ProgramTest, environment

PENDING, DONE, DIVERGED, FAILED = range(4)
# 23 is no multiple of 4, and large enough for some to solve the task and some not.
SWEEP = SMALL.replace("epochs: 1", "epochs: 10").replace("seeds: 3", "seeds: 23")
EXACT = {"rtol": 1e-12, "atol": 1e-14}
Z = stats.norm.ppf(0.975)


def sign_flips(differences):
    """Share of all choices of signs with a sum at least as large: sums and their numbers of ways, in
    millionths."""
    steps = [round(1e6 * difference) for difference in differences]
    ways = {0: 1}
    for step in steps:
        longer = collections.defaultdict(int)
        for total, count in ways.items():
            longer[total + step] += count
            longer[total - step] += count
        ways = longer
    slack = len(steps)  # of what was rounded
    return sum(count for total, count in ways.items() if total >= sum(steps) - slack) / \
        2 ** len(steps)


def wilson_of_seeds(solved, runs):
    """Of shares that runs of equal seeds have in common."""
    solved, runs = np.array(solved, float), np.array(runs, float)
    trials, seeds, share = runs.sum(), len(runs), solved.sum() / runs.sum()
    effective = seeds
    if 0 < share < 1 and seeds > 1:
        variance = seeds / (seeds - 1) * np.sum((solved - share * runs) ** 2) / trials**2
        carriers = np.sum(solved > 0) if share <= 0.5 else np.sum(solved < runs)
        wide = stats.t.ppf(0.975, min(carriers, seeds - 1)) / Z
        effective = np.clip(share * (1 - share) / variance / wide**2, seeds, trials)
    centre, scale = share + Z**2 / 2 / effective, 1 + Z**2 / effective
    half = Z * math.sqrt(share * (1 - share) / effective + (Z / 2 / effective) ** 2)
    return max(0, (centre - half) / scale), min(1, (centre + half) / scale)


def resampled(values):
    """Interquartile means of 1000 resamples of the sorted values, by sorting each of them."""
    draws = np.random.RandomState(0).randint(0, len(values), size=(1000, len(values)))
    return stats.trim_mean(np.sort(values)[draws], 0.25, axis=1)


class SummaryFile(ProgramTest):
    """The file a.h5, and `values`, its datasets."""

    def change(self, **columns):
        """Overwrites cells of the file: name={row: value}."""
        with h5py.File(self.folder / "a.h5", "r+") as file:
            for name, cells in columns.items():
                for row, value in cells.items():
                    file[name][row] = value
            seal_heads(file)
        self.values = self.datasets("a.h5")

    def summary(self, *arguments):
        return json.loads(self.call("summary", "a.h5", "--json", *arguments)[0])


class SummaryTest(SummaryFile):
    sweep = SWEEP
    overrides = ()

    def setUp(self):
        super().setUp()
        self.write("s.yaml", self.sweep)
        self.out, _ = self.call("run", "s.yaml", "-o", "a.h5", *self.overrides)
        self.values = self.datasets("a.h5")

    def members(self, group):
        chosen = np.full(len(self.values["run"]), True)
        for name, value in group["parameters"].items():
            chosen &= self.values[name] == value
        return np.flatnonzero(chosen)

    def check_sample(self, group, name, values):
        if len(values) == 0:
            self.assertEqual([group[f"{name}_{what}"] for what in
                              ("mean", "median", "iqm", "iqm_95")], [None] * 3 + [[None, None]])
            return
        np.testing.assert_allclose(group[f"{name}_mean"], np.mean(values), **EXACT)
        np.testing.assert_allclose(group[f"{name}_median"], np.median(values), **EXACT)
        np.testing.assert_allclose(group[f"{name}_iqm"], stats.trim_mean(values, 0.25), **EXACT)
        np.testing.assert_allclose(group[f"{name}_iqm_95"],
                                   np.percentile(resampled(values), [2.5, 97.5]), **EXACT)

    def check_group(self, group, threshold=1.0, rows=None):
        rows = self.members(group) if rows is None else rows
        status = self.values["status"][rows]
        done = rows[status == DONE]
        solved = int(np.count_nonzero(self.values["test_accuracy"][done] >= threshold))
        finished = len(done) + int(np.count_nonzero(status == DIVERGED))
        counts = {"runs": finished, "pending": int(np.count_nonzero(status == PENDING)),
                  "diverged": finished - len(done), "solved": solved,
                  "failed": int(np.count_nonzero(status == FAILED))}
        self.assertEqual({name: group[name] for name in counts}, counts)
        self.assertEqual(group["solved_share"], solved / finished)
        seeds = self.values["seed"][rows]
        ended = np.isin(status, (DONE, DIVERGED))
        units = np.unique(seeds[ended])
        self.assertEqual(group["seeds"], len(units))
        if len(units) == finished:
            interval = stats.binomtest(solved, finished).proportion_ci(0.95, "wilson")
            np.testing.assert_allclose(group["solved_share_95"], interval, **EXACT)
        else:
            right = (status == DONE) & (self.values["test_accuracy"][rows] >= threshold)
            interval = wilson_of_seeds([np.sum(right & (seeds == unit)) for unit in units],
                                       [np.sum(ended & (seeds == unit)) for unit in units])
            np.testing.assert_allclose(group["solved_share_95"], interval, rtol=0.02, atol=1e-3)
        for name in "test_accuracy", "final_loss":
            values = self.values[name][rows].astype(float)
            self.check_sample(group, name, np.array([
                np.mean(values[(status == DONE) & (seeds == unit)]) for unit in units
                if np.any((status == DONE) & (seeds == unit))]))
        worth = np.where(status == DONE, self.values["test_accuracy"][rows], 0)
        np.testing.assert_allclose(group["score"], np.mean(
            [np.mean(worth[ended & (seeds == unit)]) for unit in units]), **EXACT)


class Statistics(SummaryTest):
    def test_every_group(self):
        summary = self.summary("--threshold", "0.5")
        self.assertEqual((summary["metric"], summary["goal"]), ("test_accuracy", "maximize"))
        self.assertEqual((summary["threshold"], summary["loss_level"]), (0.5, None))
        self.assertEqual(len(summary["groups"]), 4)
        for group in summary["groups"]:
            self.assertEqual(set(group["parameters"]), {"states", "learning_rate"})
            self.check_group(group, 0.5)
        means = [group["test_accuracy_mean"] for group in summary["groups"]]
        self.assertEqual(means, sorted(means, reverse=True))

    def test_the_sweep_is_worth_testing_with(self):
        solved = [group["solved"] for group in self.summary("--threshold", "0.5")["groups"]]
        self.assertTrue(0 < max(solved) and min(solved) < 23, solved)

    def test_runs_that_are_not_done(self):
        self.change(status={0: PENDING, 1: FAILED, 2: DIVERGED, 23: DIVERGED, 24: DIVERGED})
        for group in self.summary()["groups"]:
            self.check_group(group)
        out, _ = self.call("summary", "a.h5")
        self.assertIn("1 run is not finished and not counted.\n", out)
        self.assertIn("1 run is not counted: the gradient check failed.\n", out)

    def test_by(self):
        groups = self.summary("--by", "states")["groups"]
        self.assertEqual({group["parameters"]["states"] for group in groups}, {2, 3})
        for group in groups:
            self.check_group(group)
        groups = self.summary("--by", "seed")["groups"]
        self.assertEqual(sorted(group["parameters"]["seed"] for group in groups),
                         list(range(1, 24)))
        for group in groups:
            self.check_group(group)

    def test_where(self):
        states, rate, seed = (self.values[name] for name in ("states", "learning_rate", "seed"))
        for conditions, chosen in (
                (["states=3"], states == 3),
                (["states=2,3", "learning_rate=0.02"], rate == 0.02),
                (["learning_rate={min: 0.03, max: 0.05}"], rate == 0.05),
                (["learning_rate=interval(0.02, 0.04)", "states=range(3,9)"],
                 (rate == 0.02) & (states == 3)),
                (["seed={max: 7}"], seed <= 7),
                (["seed=1,5,9", "states=[2]"], np.isin(seed, (1, 5, 9)) & (states == 2))):
            arguments = [word for text in conditions for word in ("--where", text)]
            group, = self.summary("--by", "epochs", *arguments)["groups"]
            self.check_group(group, rows=np.flatnonzero(chosen))
        # What a condition fixes does not vary any more.
        for group in self.summary("--where", "states=3")["groups"]:
            self.assertEqual(list(group["parameters"]), ["learning_rate"])

    def test_where_is_checked(self):
        err = self.refuse(64, "--where: a condition cannot be used, see above", "summary", "a.h5",
                          "--where", "states=3", "--where", "momentun=0")
        self.assertIn("condition 2:1: error: unknown parameter 'momentun' in a condition\n", err)
        self.assertIn("did you mean 'momentum'?\n", err)
        self.refuse(64, "--where: no run has states 4; there are 2, 3", "summary", "a.h5",
                    "--where", "states=2,4")
        self.refuse(64, "--where: no run of the file is like that", "summary", "a.h5",
                    "--where", "seed={min: 90}")

    def test_where_is_exact_first(self):
        """0.9999 is not 0.99999, and what the table shows can be typed back."""
        self.call("run", "s.yaml", "-o", "a.h5", "--fresh", "states=2", "epochs=1",
                  "learning_rate=0.004641588833612779", "lambda=0.99,0.999,0.9999,0.99999")
        for condition in ("lambda=0.9999", "lambda=0.99999"):
            group, = self.summary("--by", "states", "--where", condition)["groups"]
            self.assertEqual(group["runs"], 23)
        out, _ = self.call("summary", "a.h5", "--by", "lambda,learning_rate")
        shown = [line.split()[:2] for line in out.splitlines()[1:5]]
        self.assertEqual(sorted(shown), [["0.00464159", value] for value in
                                         ("0.99", "0.999", "0.9999", "0.99999")])
        group, = self.summary("--by", "states", "--where", "learning_rate=0.00464159")["groups"]
        self.assertEqual(group["runs"], 92)
        self.refuse(64, "--where: no run has exactly lambda 0.99994: it could be 0.9999 or 0.99999",
                    "summary", "a.h5", "--where", "lambda=0.99994")

    def test_top_and_csv(self):
        groups = self.summary("--loss-level", "0.3", "--top", "3")["groups"]
        self.assertEqual(groups, self.summary("--loss-level", "0.3")["groups"][:3])
        out, _ = self.call("summary", "a.h5", "--csv", "--loss-level", "0.3", "--top", "3")
        rows = list(csv.DictReader(out.splitlines()))
        self.assertEqual(len(rows), 3)
        for row, group in zip(rows, groups):
            flat = {**group.pop("parameters")}
            for name, value in group.items():
                if isinstance(value, list):
                    flat[f"{name}_low"], flat[f"{name}_high"] = value
                else:
                    flat[name] = value
            self.assertEqual(list(row), list(flat))
            self.assertEqual(row, {name: "" if value is None else str(value)
                                   for name, value in flat.items()})
        self.refuse(64, "--json and --csv exclude each other", "summary", "a.h5", "--csv", "--json")


class Ties(SummaryTest):
    overrides = ("learning_rate=0.002,0.02,0.05", "states=1,2,4")

    def achieved(self, row, metric="test_accuracy"):
        """What the metric is of the row; None when it is not finished."""
        status = self.values["status"][row]
        worst = 0 if metric == "test_accuracy" else math.inf
        return {DONE: self.values[metric][row], DIVERGED: worst}.get(status)

    def pairs(self, one, other, by, metric="test_accuracy"):
        """(achieved, achieved, seed) of the runs that agree in all that `by` does not name."""
        others = [name for name in ("states", "learning_rate", "seed") if name not in by]
        key = lambda row: tuple(self.values[name][row] for name in others)
        partners = {key(row): row for row in other}
        found = [(self.achieved(row, metric), self.achieved(partners[key(row)], metric),
                  self.values["seed"][row]) for row in one if key(row) in partners]
        return [pair for pair in found if None not in pair]

    def lead(self, pairs, metric, larger_wins):
        """Mean lead of the first in each seed, in what the groups are ranked by."""
        a, b, seeds = (np.array(column, float) for column in zip(*pairs))
        if metric == "final_loss":
            middle = np.median(np.r_[a, b])
            a, b = (np.sign(side - middle) / 2 for side in (a, b))
        apart = (a - b) if larger_wins else (b - a)
        return [apart[seeds == seed].mean() for seed in np.unique(seeds)]

    def check_standings(self, summary, by, larger_wins=True, metric="test_accuracy"):
        best, *others = summary["groups"]
        self.assertEqual(best["standing"], "best")
        self.assertEqual(summary["comparisons"], len(others))
        for group in others:
            pairs = self.pairs(self.members(best), self.members(group), by, metric)
            more = sum(a > b for a, b, _ in pairs)
            less = sum(a < b for a, b, _ in pairs)
            wins, losses = (more, less) if larger_wins else (less, more)
            self.assertEqual([group["pairs"], group["pairs_won_by_best"],
                              group["pairs_lost_by_best"]], [len(pairs), wins, losses])
            self.assertEqual(group["paired_seeds"], len({seed for _, _, seed in pairs}))
            p = min(1, sign_flips(self.lead(pairs, metric, larger_wins)) * len(others))
            np.testing.assert_allclose(group["worse_p"], p, rtol=1e-9)
            self.assertEqual(group["standing"], "worse" if p <= 0.05 else "tied")

    def test_paired_over_seeds(self):
        summary = self.summary()
        self.check_standings(summary, ["states", "learning_rate"])
        standings = {group["standing"] for group in summary["groups"]}
        self.assertEqual(standings, {"best", "tied", "worse"})

    def test_seeds_count_once(self):
        self.check_standings(self.summary("--by", "states"), ["states"])
        self.check_standings(self.summary("--by", "learning_rate"), ["learning_rate"])

    def test_seeds_have_no_seeds_in_common(self):
        groups = self.summary("--by", "seed")["groups"]
        self.assertEqual({group["standing"] for group in groups}, {"best", "unpaired"})
        self.assertEqual({group["seeds"] for group in groups}, {1})

    def test_runs_that_are_not_done(self):
        best = self.members(self.summary()["groups"][0])
        self.change(status={best[0]: PENDING, best[1]: DIVERGED, best[2]: FAILED, 3: DIVERGED})
        self.check_standings(self.summary(), ["states", "learning_rate"])
        self.check_standings(self.summary("--by", "states"), ["states"])

    def test_a_loss_decides(self):
        self.write("s.yaml", self.sweep + "metric: {name: final_loss, goal: minimize}\n")
        self.call("run", "s.yaml", "-o", "a.h5", "--fresh", *self.overrides)
        self.values = self.datasets("a.h5")
        self.change(status={row: DIVERGED for row in range(12)})
        summary = self.summary()
        self.assertEqual((summary["metric"], summary["goal"]), ("final_loss", "minimize"))
        self.check_standings(summary, ["states", "learning_rate"], False, "final_loss")
        medians = [np.median([self.achieved(row, "final_loss") for row in self.members(group)])
                   for group in summary["groups"]]
        self.assertEqual(medians, sorted(medians))

    def test_without_pairs(self):
        """Each number of states has learning rates of its own."""
        self.write("s.yaml", self.sweep.split("method:")[0] + "method: list\nconfigurations:\n" +
                   "".join(f"  - {{states: {states}, learning_rate: {rate}, epochs: 1}}\n"
                           for states, rate in ((2, 0.1), (2, 0.2), (4, 0.3), (4, 0.4))) +
                   "seeds: 6\n")
        self.call("run", "s.yaml", "-o", "a.h5", "--fresh")
        groups = self.summary("--by", "states")["groups"]
        self.assertEqual([group["standing"] for group in groups], ["best", "unpaired"])
        self.assertIsNone(groups[1]["worse_p"])
        out, _ = self.call("summary", "a.h5", "--by", "states")
        self.assertEqual(out.splitlines()[-1], "?: has no run that agrees with one of the best in "
                         "learning_rate, seed.")
        self.assertEqual(out.splitlines()[2].split()[-1], "?")

    def test_what_varies_along_is_no_part_of_a_pair(self):
        """A zip: the groups differ in the learning rate too, and share all seeds."""
        self.write("s.yaml", self.sweep + "zip: [[states, learning_rate]]\n")
        self.call("run", "s.yaml", "-o", "a.h5", "--fresh")
        best, other = self.summary("--by", "states")["groups"]
        self.assertIn(other["standing"], ("tied", "worse"))
        self.assertEqual(other["paired_seeds"], best["seeds"])
        out, _ = self.call("summary", "a.h5", "--by", "states")
        self.assertEqual(out.splitlines()[-1], "learning_rate varies along with states: their "
                         "effects cannot be told apart.")

    def test_too_few_seeds_are_said(self):
        # p = 8 / 2^n is at most 0.05 from n = 8 on.
        for seeds, said in ((7, True), (8, False)):
            out, _ = self.call("summary", "a.h5", "--where", f"seed={{max: {seeds}}}")
            self.assertEqual("?: 7 seeds cannot tell these 9 settings apart; 8 would, if the best "
                             "won with each.\n" in out, said, out)
            summary = self.summary("--where", f"seed={{max: {seeds}}}")
            self.assertEqual(summary["seeds_needed"], 8)
            standings = {group["standing"] for group in summary["groups"][1:]}
            self.assertEqual(standings == {"undecided"}, said)


class SolutionTime(SummaryTest):
    overrides = ("learning_rate=0.02,0.05,1e300", "loss_interval=3")

    def test_against_the_curves(self):
        level = 0.3
        summary = self.summary("--loss-level", str(level))
        self.assertEqual(summary["loss_level"], level)
        reached = [group["reached"] for group in summary["groups"]]
        self.assertTrue(min(reached) == 0 and any(0 < count < 23 for count in reached), reached)
        updates = 10 * (200 // 50)
        by_states = self.summary("--loss-level", str(level), "--by", "states")
        for group in summary["groups"] + by_states["groups"]:
            times, spent = [], 0
            for row in self.members(group):
                low = np.flatnonzero(self.values["loss"][row] <= level)
                times.append(self.values["step"][low[0]] if len(low) else np.inf)
                diverged = self.values["status"][row] == DIVERGED
                ended = self.values["diverged_at"][row] if diverged else updates
                spent += times[-1] if len(low) else ended
            finite = int(np.isfinite(times).sum())
            self.assertEqual((group["reached"], group["censored_share"]),
                             (finite, 1 - finite / len(times)))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # infinity minus infinity
                quartiles = np.nan_to_num(np.percentile(times, [25, 50, 75]), nan=np.inf)
            self.assertEqual([group[f"updates_{name}"] for name in
                              ("lower_quartile", "median", "upper_quartile")],
                             [value if np.isfinite(value) else None for value in quartiles])
            self.assertEqual(group["updates_expected"], spent / finite if finite else None)

    def test_table(self):
        out, _ = self.call("summary", "a.h5", "--loss-level", "0.3")
        self.assertIn("reached  censored  med. updates  expected", out.splitlines()[0])
        self.assertIn("never", out)
        self.assertNotIn("censored", self.call("summary", "a.h5")[0])


class Table(SummaryTest):
    def test_is_aligned(self):
        out, _ = self.call("summary", "a.h5")
        lines = out.splitlines()
        self.assertEqual(len(lines), 6)  # heading, groups, what `score` means
        self.assertEqual(len({len(line) for line in lines[:5]}), 1, out)
        self.assertTrue(self.out.startswith(out))  # `run` ends with the same table
        self.assertIn('xarray.open_dataset("a.h5")\n', self.out)

    def test_best_ten_of_many(self):
        out, _ = self.call("run", "s.yaml", "-o", "b.h5", "momentum=0,0.2,0.5", "epochs=1")
        self.assertTrue(out.startswith("The best 10 of 12 configurations by test_accuracy "
                                       "(`rnnsweep summary b.h5` shows all):\n"))
        self.assertEqual(len(out.split("score:")[0].splitlines()), 12)

    def on_terminal(self, width):
        """The lines that a terminal of this width would receive."""
        leader, follower = pty.openpty()
        subprocess.run(["stty", "columns", str(width)], stdin=follower, check=True)
        process = subprocess.Popen([PROGRAM, "summary", "a.h5"], cwd=self.folder, stdout=follower,
                                   env=environment(TERM="xterm"))
        os.close(follower)
        received = b""
        try:
            while piece := os.read(leader, 65536):
                received += piece
        except OSError:  # the terminal's other end is closed
            pass
        os.close(leader)
        process.wait(timeout=60)
        return received.decode().splitlines()

    def test_fits_a_terminal(self):
        everything = self.call("summary", "a.h5")[0].splitlines()
        self.assertEqual(self.on_terminal(len(everything[0])), everything)
        for width in (len(everything[0]) - 1, 120, 80):
            lines = self.on_terminal(width)
            self.assertTrue(all(len(line) <= width for line in lines[:5]), lines)
            self.assertIn("do not fit here", lines[-1])
            for heading in ("states", "learning_rate", "runs", "solved", "standing"):
                self.assertIn(heading, lines[0])
        self.assertNotIn("mean loss", lines[0])


if __name__ == "__main__":
    unittest.main()
