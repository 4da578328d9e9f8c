#!/usr/bin/env python3
"""Every statistic against SciPy and statsmodels, or a slow and obvious way, on the same data."""
import itertools
import unittest

import h5py
import numpy as np
import pandas as pd
import scipy.stats
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

import sweeps
from rnnsweep import (
    configuration_table, loss_bands, share_reached, solution_times, success_rates, time_to_loss,
    wilson_interval)
from rnnsweep import figures
from rnnsweep.configurations import interquartile_mean, iqm_intervals
from rnnsweep.solution_time import kaplan_meier
from rnnsweep.statistics import quantile
from sweeps import SWEPT, SweepTest

EXACT = 1e-12


class Formulas(unittest.TestCase):
    def test_wilson_interval(self):
        k, n = np.array([(k, n) for n in range(1, 60) for k in range(n + 1)]).T
        for confidence in (0.9, 0.95, 0.99):
            low, high = wilson_interval(k, n, confidence)
            theirs = proportion_confint(k, n, alpha=1 - confidence, method="wilson")
            np.testing.assert_allclose([low, high], theirs, atol=EXACT)
        for k, n in ((0, 20), (3, 20), (20, 20), (424, 1000)):
            theirs = scipy.stats.binomtest(k, n).proportion_ci(method="wilson")
            np.testing.assert_allclose(wilson_interval(k, n), theirs, atol=EXACT)
        self.assertEqual(wilson_interval(0, 0), (0, 1))

    def test_quantile(self):
        stream = np.random.RandomState(1)
        values = stream.normal(size=(17, 5))
        values[stream.uniform(size=values.shape) < 0.3] = np.nan
        values[:, 4] = np.nan
        for share in (0, 0.1, 0.25, 0.5, 0.9, 1):
            np.testing.assert_allclose(
                quantile(values, share)[:4], np.nanquantile(values[:, :4], share, axis=0),
                rtol=EXACT)
            self.assertTrue(np.isnan(quantile(values, share)[4]))
        self.assertEqual(quantile(np.array([1.0, 2, 3, np.inf, np.inf]), 0.5), 3)
        self.assertEqual(quantile(np.array([1.0, 2, 3, np.inf, np.inf]), 0.7), np.inf)
        self.assertEqual(quantile(np.array([1.0, np.inf, np.inf]), 0.9), np.inf)
        self.assertTrue(np.isnan(quantile(np.array([]), 0.5)))

    def test_interquartile_mean(self):
        stream = np.random.RandomState(2)
        for size in range(1, 30):
            sample = stream.gamma(0.3, size=size)
            self.assertAlmostEqual(
                interquartile_mean(sample), scipy.stats.trim_mean(sample, 0.25), delta=EXACT)
        self.assertTrue(np.isnan(interquartile_mean(np.array([]))))

    def test_bootstrap(self):
        stream = np.random.RandomState(3)
        samples = [stream.gamma(0.3, size=size) for size in (2, 3, 20, 20, 101, 2500)]
        samples.append(np.array([]))
        for confidence in (0.8, 0.95):
            low, high = iqm_intervals(samples, confidence)
            for i, sample in enumerate(samples[:-1]):
                theirs = scipy.stats.bootstrap(
                    (np.sort(sample),), lambda x, axis: scipy.stats.trim_mean(x, 0.25, axis=axis),
                    n_resamples=800 if len(sample) == 2500 else 1000, method="percentile",
                    confidence_level=confidence, random_state=np.random.RandomState(0),
                ).confidence_interval
                np.testing.assert_allclose((low[i], high[i]), theirs, rtol=EXACT)
            self.assertTrue(np.isnan(low[-1]) and np.isnan(high[-1]))

    def test_kaplan_meier(self):
        stream = np.random.RandomState(4)
        for size in (1, 2, 30, 200):
            times, happened = stream.randint(1, 40, size), stream.uniform(size=size) < 0.6
            theirs = SurvfuncRight(times, happened.astype(int))
            ours = kaplan_meier(times, happened).set_index("time")
            at_events = ours.loc[theirs.surv_times]
            np.testing.assert_allclose(at_events.survival, theirs.surv_prob, atol=EXACT)
            np.testing.assert_array_equal(at_events.at_risk, theirs.n_risk)
            inside = (theirs.surv_prob > 0) & (theirs.surv_prob < 1)
            # The delta method on log(-log S), from the standard error of S.
            share, error = theirs.surv_prob[inside], theirs.surv_prob_se[inside]
            half = 1.959963984540054 * error / np.abs(share * np.log(share))
            centre = np.log(-np.log(share))
            np.testing.assert_allclose(
                at_events.low[inside], np.exp(-np.exp(centre + half)), rtol=1e-10)
            np.testing.assert_allclose(
                at_events.high[inside], np.exp(-np.exp(centre - half)), rtol=1e-10)


class Statistics(SweepTest):
    """Tables of a sweep against loops over its columns as h5py reads them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with h5py.File(cls.path) as file:
            names = (*SWEPT, "seed", "status", "test_accuracy", "final_loss")
            cls.runs = pd.DataFrame({name: file[name][:] for name in names})
            cls.curves, cls.step = file["loss"][:].astype(float), file["step"][:]
        cls.runs["batching"] = np.array(["disjoint", "sliding"])[cls.runs.batching]
        cls.runs["solved"] = cls.runs.test_accuracy == 1
        cls.runs["length"] = cls.runs.epochs * 10

    def members(self, row, names):
        keep = np.ones(len(self.runs), bool)
        for name in names:
            keep &= (self.runs[name] == row[name]).values
        return np.flatnonzero(keep)

    def test_sweep_is_worth_testing_with(self):
        self.assertTrue(20 < self.runs.solved.sum() < 150)
        self.assertEqual((self.runs.status == 2).sum(), 96)

    def test_success_rates(self):
        for by, names in ((None, SWEPT), ("states", ["states"]), (["batching", "epochs"],) * 2,
                          ((), ())):
            rates = success_rates(self.results, by)
            self.assertEqual(list(rates), [
                *names, "score", "runs", "seeds", "pending", "diverged", "failed", "solved",
                "solved_share", "solved_share_95_low", "solved_share_95_high"])
            self.assertEqual(rates.runs.sum(), len(self.runs))
            self.assertEqual(rates.score.tolist(), sorted(rates.score, reverse=True))
            for _, row in rates.iterrows():
                group = self.runs.iloc[self.members(row, names)]
                self.assertEqual((row.runs, row.seeds), (len(group), sweeps.SEEDS))
                self.assertEqual(row.diverged, (group.status == 2).sum())
                self.assertEqual(row.solved, group.solved.sum())
                self.assertAlmostEqual(row.score, group.test_accuracy.fillna(0).mean(), delta=EXACT)
                interval = scipy.stats.binomtest(int(row.solved), int(row.runs)).proportion_ci(
                    method="wilson")
                own = (row.solved_share_95_low, row.solved_share_95_high)
                if row.runs == row.seeds:
                    np.testing.assert_allclose(own, interval, atol=EXACT)
                else:  # never more than independent runs would tell
                    self.assertTrue(own[0] <= interval.low + EXACT and interval.high <= own[1] + EXACT)
        with self.assertRaisesRegex(ValueError, "'state' is no column of the runs; did you mean"):
            success_rates(self.results, "state")

    def test_threshold_of_a_share_that_float32_cannot_hold(self):
        """Some k/40 are a little less in float32; k right sums reach the threshold all the same."""
        right = np.round(40 * self.runs.test_accuracy.astype(float))
        shares = np.unique(right.dropna()) / 40
        self.assertTrue(np.any(shares.astype(np.float32).astype(float) < shares))
        for share in shares:
            solved = success_rates(self.results, (), threshold=share).solved[0]
            self.assertEqual(solved, np.sum(right >= round(40 * share)))

    def test_loss_bands(self):
        """A run that diverged has an infinite loss from then on, to its last recorded step."""
        curves = self.curves.copy()
        for run in np.flatnonzero(self.runs.status == 2):
            curves[run, (self.step >= 1) & (self.step <= self.runs.length[run])] = np.inf
        for by in (["learning_rate"], ["states", "epochs"], []):
            bands = loss_bands(self.results, by, (0.25, 0.5))
            for _, row in bands.iterrows():
                losses = curves[self.members(row, by), list(self.step).index(row.step)]
                losses = np.sort(losses[~np.isnan(losses)])
                self.assertEqual(row.runs, len(losses))
                place = 0.5 * (len(losses) - 1)
                low, high = losses[int(np.floor(place))], losses[int(np.ceil(place))]
                self.assertEqual(row[0.5], low if low == high else (low + high) / 2)
            self.assertEqual(set(bands.step), set(self.step))
        stable = loss_bands(self.results.where(learning_rate=0.02, epochs=10), "states", [0.1])
        for states, band in stable.groupby("states"):
            members = self.members({"states": states, "learning_rate": 0.02, "epochs": 10},
                                   ["states", "learning_rate", "epochs"])
            np.testing.assert_allclose(
                band[0.1], np.quantile(curves[members], 0.1, axis=0), rtol=EXACT)

    def test_time_to_loss(self):
        level = 0.2
        times = solution_times(self.results, level)
        for run, (curve, length, status) in enumerate(
                zip(self.curves, self.runs.length, self.runs.status)):
            below = [step for step, loss in zip(self.step, curve) if loss <= level]
            self.assertEqual(bool(times.reached[run]), bool(below))
            wanted = below[0] if below else 1 if status == 2 else length
            self.assertEqual(times.updates[run], wanted)
        table = time_to_loss(self.results, level, "epochs")
        self.assertEqual(table.expected.tolist(), sorted(table.expected))
        for _, row in table.iterrows():
            members = self.members(row, ["epochs"])
            reached = times.reached.values[members]
            self.assertEqual((row.runs, row.reached), (len(members), reached.sum()))
            self.assertAlmostEqual(row.censored_share, np.mean(~reached), delta=EXACT)
            self.assertAlmostEqual(
                row.expected, times.updates.values[members].sum() / reached.sum(), delta=EXACT)
            infinite = np.sort(np.where(reached, times.updates.values[members], np.inf))
            for name, share in (("lower_quartile", 0.25), ("median", 0.5), ("upper_quartile", .75)):
                place = share * (len(members) - 1)
                ends = infinite[int(np.floor(place))], infinite[int(np.ceil(place))]
                if np.isfinite(ends[1]):
                    np.testing.assert_allclose(row[name], np.interp(place % 1, [0, 1], ends))
                else:
                    self.assertEqual(row[name], np.inf if place % 1 else ends[0])
        self.assertTrue(np.all(np.isinf(time_to_loss(self.results, 0, "states").expected)))

    def test_share_reached(self):
        """Runs of 60 and of 100 updates in one curve; those that diverged never get there."""
        shares = share_reached(self.results, 0.2, "states")
        times = solution_times(self.results, 0.2)
        updates = np.where(times.reached, times.updates, self.runs.length)
        for states, curve in shares.groupby("states"):
            members = self.members({"states": states}, ["states"])
            theirs = SurvfuncRight(updates[members], times.reached.values[members].astype(int))
            ours = curve.set_index("step").loc[theirs.surv_times]
            np.testing.assert_allclose(1 - ours.share, theirs.surv_prob, atol=EXACT)
            self.assertTrue(np.all(ours.low < ours.share) and np.all(ours.share < ours.high))

    def test_configuration_table(self):
        for by in (SWEPT, ["states", "batching"]):
            table = configuration_table(self.results, by)
            self.assertEqual(len(table), len(self.runs.drop_duplicates(list(by))))
            for _, row in table.iterrows():
                group = self.runs.iloc[self.members(row, by)]
                done = group[group.status == 1].astype({"final_loss": float}).groupby("seed").mean(numeric_only=True)
                self.assertEqual((row.runs, row.solved), (len(group), group.solved.sum()))
                for name in ("test_accuracy", "final_loss"):
                    column = name
                    sample = np.sort(done[column].values.astype(float))
                    if len(sample) == 0:
                        self.assertTrue(row[[f"{name}_mean", f"{name}_median", f"{name}_iqm",
                                             f"{name}_iqm_95_low", f"{name}_iqm_95_high"]].isna().all())
                        continue
                    bootstrap = scipy.stats.bootstrap(
                        (sample,), lambda x, axis: scipy.stats.trim_mean(x, 0.25, axis=axis),
                        n_resamples=1000, method="percentile",
                        random_state=np.random.RandomState(0)).confidence_interval
                    np.testing.assert_allclose(
                        row[[f"{name}_mean", f"{name}_median", f"{name}_iqm", f"{name}_iqm_95_low",
                             f"{name}_iqm_95_high"]].astype(float),
                        [sample.mean(), np.median(sample), scipy.stats.trim_mean(sample, 0.25),
                         *bootstrap], rtol=1e-9)

    def test_order_and_standing(self):
        table = configuration_table(self.results)
        score = [
            np.mean(np.nan_to_num(self.runs.test_accuracy.values[self.members(row, SWEPT)]
                                  .astype(float)))
            for _, row in table.iterrows()]
        self.assertEqual(score, sorted(score, reverse=True))
        self.assertEqual(table.standing[0], "best")
        best = self.runs.iloc[self.members(table.loc[0], SWEPT)].set_index("seed").test_accuracy
        for _, row in table[1:].iterrows():
            other = self.runs.iloc[self.members(row, SWEPT)].set_index("seed").test_accuracy
            other = other.fillna(0)
            won, lost = np.sum(best > other), np.sum(best < other)
            self.assertEqual((row.pairs, row.pairs_won_by_best, row.pairs_lost_by_best),
                             (sweeps.SEEDS, won, lost))
            apart = np.array(best - other)[np.array(best != other)]
            signs = np.array(list(itertools.product((-1, 1), repeat=len(apart))))
            p = np.mean(signs @ np.abs(apart) >= apart.sum() - 1e-6)
            self.assertAlmostEqual(row.worse_p, min(1, 23 * p), delta=1e-9)
            self.assertEqual(row.standing, "worse" if row.worse_p <= 0.05 else "tied")
        self.assertEqual(set(table.standing), {"best", "tied", "worse"})

    def test_seeds_that_do_not_pair(self):
        """Seeds have no seeds in common; nor have groups of other seeds."""
        self.assertEqual(
            set(configuration_table(self.results.where(states=4, epochs=10, batching="sliding"),
                                    "seed").standing[1:]), {"unpaired"})
        part = self.results.where(seed=[1, 2])
        part.runs = part.runs[(part.runs.seed == 1) == (part.runs.states == 2)]
        table = configuration_table(part, "states")
        self.assertEqual(table.standing.tolist(), ["best", "unpaired"])
        self.assertTrue(np.isnan(table.worse_p[1]))

    def test_too_few_seeds_for_any_standing(self):
        """24 settings need 9 seeds: 23 / 2^9 is 0.045."""
        for seeds, said in ((8, True), (9, False)):
            table = configuration_table(self.results.where(seed=list(range(1, seeds + 1))))
            self.assertEqual(set(table.standing[1:]) == {"undecided"}, said)
            note = "8 seeds cannot tell these 24 settings apart; 9 would, if the best won with each."
            self.assertEqual(table.attrs["note"], note if said else "")

    def test_share_reached_is_wider_where_seeds_have_several_runs(self):
        """Runs repeated within a seed tell no more than one of them."""
        stream = np.random.RandomState(5)
        times, happened = stream.randint(1, 40, 60), stream.uniform(size=60) < 0.6
        once = kaplan_meier(times, happened, unit=np.arange(60))
        pd.testing.assert_frame_equal(once, kaplan_meier(times, happened))
        many = kaplan_meier(np.repeat(times, 8), np.repeat(happened, 8),
                            unit=np.repeat(np.arange(60), 8))
        inside = ((once.survival > 0.05) & (once.survival < 1)).values
        np.testing.assert_allclose((many.high - many.low)[inside], (once.high - once.low)[inside],
                                   rtol=0.05)


class NothingFinished(SweepTest):
    SEEDS = 1

    def test_empty_tables(self):
        self.results.close()
        with h5py.File(self.path, "r+") as file:
            file["status"][:] = 0
        with sweeps.rnnsweep.open_results(self.path) as results:
            rates = success_rates(results)
            self.assertEqual((rates.runs.sum(), rates.pending.sum()), (0, len(results)))
            table = configuration_table(results, "states")
            self.assertEqual(table.standing.tolist(), ["none", "none"])
            self.assertTrue(table.test_accuracy_mean.isna().all())
            for table in (
                    loss_bands(results), time_to_loss(results, 0.1), share_reached(results, 0.1)):
                self.assertEqual(len(table), 0)
                self.assertIn("states", table)
            for draw in (figures.loss_curves, figures.success_heatmap, figures.success_by_states,
                         figures.time_to_solution, figures.parallel_coordinates, figures.failures):
                with self.assertRaisesRegex(ValueError, "no run is finished"):
                    draw(results)
            self.assertTrue(results.runs[["final_loss", "test_accuracy"]].isna().all(axis=None))


if __name__ == "__main__":
    unittest.main()
