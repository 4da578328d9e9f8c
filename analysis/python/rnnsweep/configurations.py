"""The table of configurations that `rnnsweep summary` prints, number for number."""
from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np
import pandas as pd
from scipy.stats import binom

from .grouping import By, Groups, group_names
from .results import Array, Results
from .statistics import quantile, rates_of

ERROR = 0.05  # of calling a configuration worse that is not


def configuration_table(
    results: Results, by: By = None, threshold: float = 1.0, confidence: float = 0.95
) -> pd.DataFrame:
    """Everything about each configuration, best first.

    Columns: those of `by`, then

    runs, diverged, solved, rate, low, high     as in `success_rates`
    accuracy_mean, accuracy_median, accuracy_iqm, accuracy_iqm_low, accuracy_iqm_high
                test_accuracy of the runs that did not diverge; the interquartile mean (IQM) with
                its bootstrap interval. NaN where all diverged
    loss_mean, ...      the same for final_loss
    pairs, pairs_won_by_best, pairs_lost_by_best, worse_p, standing      see `against_best`

    Best by the metric of the sweep: an accuracy by its mean with diverged runs as 0, a loss by its
    median with diverged runs as infinite; equals by their median loss.
    """
    groups = Groups(results.finished, group_names(results, by))
    table = rates_of(groups, threshold, confidence)
    for name, column in (("accuracy", "test_accuracy"), ("loss", "final_loss")):
        samples = groups.values(groups.runs[column].where(groups.runs.status == "done"))
        table[f"{name}_mean"] = [np.mean(sample) if len(sample) else np.nan for sample in samples]
        table[f"{name}_median"] = [float(quantile(sample, 0.5)) for sample in samples]
        table[f"{name}_iqm"] = [interquartile_mean(sample) for sample in samples]
        table[f"{name}_iqm_low"], table[f"{name}_iqm_high"] = iqm_intervals(samples, confidence)
    values = metric_values(results, groups.runs)
    order = best_first(results, groups.values(values), table.loss_median)
    if len(order):
        table = table.join(against_best(results, groups, values, int(order[0])))
    return table.loc[order].reset_index(drop=True)


def metric_values(results: Results, runs: pd.DataFrame) -> Array:
    """The metric of the sweep for finished runs, [run]; of a run that diverged the worst there is:
    an accuracy of 0, an infinite loss. Its sign is such that more is better."""
    sign = 1.0 if results.maximizes else -1.0
    worst = -np.inf
    if _is_accuracy(results):
        worst = 0.0 if results.maximizes else -1.0
    return np.where(runs.status == "diverged", worst, sign * runs[results.metric].values)


def _is_accuracy(results: Results) -> bool:
    return results.metric.endswith("accuracy")


def best_first(results: Results, samples: Sequence[Array], loss_median: pd.Series) -> Array:
    """Numbers of the groups, the best one first; `samples` are their metric values."""
    if _is_accuracy(results):
        scores = [float(np.mean(sample)) for sample in samples]
    else:
        scores = [float(quantile(sample, 0.5)) for sample in samples]
    table = pd.DataFrame({"score": scores, "loss": loss_median})
    order = table.sort_values(["score", "loss"], ascending=[False, True], kind="stable").index
    return np.asarray(order.values)


def against_best(results: Results, groups: Groups, values: Array, best: int) -> pd.DataFrame:
    """Which groups may be the best, one row per group.

    values   metric of each run, more is better
    best     number of the group that looks best

    pairs                   pairs of runs, one in this group and one in the best, that agree in all
                            columns that are not grouped by, the seed among them
    pairs_won_by_best, pairs_lost_by_best     the others are equal
    worse_p                 one-sided sign test of these, times the number of comparisons
                            (Bonferroni), at most 1; NaN without pairs and for the best
    standing                best; worse when worse_p <= 0.05; tied; unpaired

    However the best was picked from the same data, the truly best group is then among the best and
    the tied with 95 % confidence (subset selection: Gupta 1965, Technometrics 7:225).
    """
    rest = [name for name in (*results.parameters, "seed") if name not in groups.names]
    partner = Groups(groups.runs, rest).number
    best_value = np.full(partner.max() + 1, np.nan)
    in_best = groups.number == best
    best_value[partner[in_best]] = values[in_best]
    theirs = best_value[partner]
    table = pd.DataFrame({
        "pairs": groups.count(~np.isnan(theirs)),
        "pairs_won_by_best": groups.count(theirs > values),
        "pairs_lost_by_best": groups.count(theirs < values),
    })
    table.loc[best] = 0
    won, lost = table.pairs_won_by_best, table.pairs_lost_by_best
    p = np.minimum(1.0, binom.sf(won - 1, won + lost, 0.5) * (len(groups) - 1))
    table["worse_p"] = np.where(table.pairs > 0, p, np.nan)
    table["standing"] = np.select(
        [groups.keys.index == best, table.pairs == 0, p <= ERROR], ["best", "unpaired", "worse"],
        "tied")
    return table


def interquartile_mean(sample: Array) -> float:
    """Mean without the floor(n/4) smallest and largest values: scipy.stats.trim_mean(sample, 0.25).
    NaN for no values."""
    cut = len(sample) // 4
    return float(np.mean(np.sort(sample)[cut:len(sample) - cut])) if len(sample) else np.nan


def iqm_intervals(samples: Sequence[Array], confidence: float = 0.95) -> Tuple[Array, Array]:
    """Percentile bootstrap intervals of the interquartile means of many samples (Efron 1979, Annals
    of Statistics 7:1; recommended for few runs by Agarwal et al., NeurIPS 2021).

    Each is that of scipy.stats.bootstrap on the sorted sample, method "percentile", random_state
    numpy.random.RandomState(0), and so the same on each call, in `rnnsweep summary` and for all
    samples of the same size. 1000 resamples up to 2000 values, then falling to 200 from 10000 on,
    as intervals get narrow. NaN for an empty sample.
    """
    low, high = np.full(len(samples), np.nan), np.full(len(samples), np.nan)
    sizes = np.array([len(sample) for sample in samples], int)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    for size in np.unique(sizes[sizes > 0]):
        places = np.flatnonzero(sizes == size)
        ordered = np.sort(np.stack([samples[place] for place in places]), axis=1)
        replicates = ordered @ _resampled_middles(int(size)).T / (size - 2 * (size // 4))
        low[places], high[places] = np.quantile(replicates, tails, axis=1)
    return low, high


def _resampled_middles(size: int) -> Array:
    """How often each sorted value is among the middle ones of a resample, [resample, value]."""
    resamples = min(max(2_000_000 // size, 200), 1000)
    picks = np.random.RandomState(0).randint(0, size, (resamples, size))
    flat = picks + size * np.arange(resamples)[:, None]
    copies = np.bincount(flat.ravel(), minlength=resamples * size).reshape(resamples, size)
    ends = np.cumsum(copies, axis=1)  # of the places that a value takes in the sorted resample
    cut = size // 4
    middle = np.clip(ends, cut, size - cut) - np.clip(ends - copies, cut, size - cut)
    return np.asarray(middle, float)
