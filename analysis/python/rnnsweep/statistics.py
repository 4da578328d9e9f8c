"""Statistics over seeds.

A configuration is every parameter but the seed; its runs differ in the seed alone. A run solves
the task when its test accuracy is at or above a threshold, by default when every sum of the test
set is right. A run that diverged is finished and solves nothing; runs that are pending, or failed
their gradient check, are not counted.
"""
from __future__ import annotations

from typing import Any, Sequence, Tuple

import numpy as np
import pandas as pd
from scipy.stats import norm

from .grouping import By, Groups, group_names, repeat_key
from .results import Array, Results

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


def wilson_interval(
    successes: Any, trials: Any, confidence: float = 0.95
) -> Tuple[Array, Array]:
    """Bounds of a share of successes, elementwise (Wilson 1927, JASA 22:209; no continuity
    correction). Never outside 0..1, sound for shares of 0 and 1; (0, 1) for no trials."""
    z = norm.ppf((1 + confidence) / 2)
    k, n = np.broadcast_arrays(np.asarray(successes, float), np.asarray(trials, float))
    with np.errstate(divide="ignore", invalid="ignore"):  # no trials
        share = k / n
        centre = share + z**2 / (2 * n)
        half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        low, high = (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)
    # At 0 and n the bound is exact, which rounding would miss by a last bit.
    return (np.where((k == 0) | (n == 0), 0.0, low), np.where(k == n, 1.0, high))


def is_solved(runs: pd.DataFrame, threshold: float = 1.0) -> Array:
    """Whether test_accuracy >= threshold, [run]. In the precision in which the accuracy is stored:
    900 of 1000 right sums reach a threshold of 0.9 also in float32."""
    accuracy = runs.test_accuracy.values
    return np.asarray(accuracy >= accuracy.dtype.type(threshold))


def success_rates(
    results: Results, by: By = None, threshold: float = 1.0, confidence: float = 0.95
) -> pd.DataFrame:
    """Share of finished runs that solve the task, best first.

    by          one name or several to group by; None: all parameters that are swept
    threshold   test accuracy at and above which a run is a success
    confidence  of the Wilson interval [low, high] around `rate`

    Columns: those of `by`, then runs, diverged, solved, rate, low, high. Rows of equal rate stand
    in the order of the file. ValueError when a name of `by` is no column of the runs.
    """
    groups = Groups(results.finished, group_names(results, by))
    rates = rates_of(groups, threshold, confidence)
    return rates.sort_values("rate", ascending=False, kind="stable", ignore_index=True)


def rates_of(groups: Groups, threshold: float, confidence: float) -> pd.DataFrame:
    """The table of `success_rates` for groups of finished runs, in their order."""
    runs, solved = groups.count(groups.number >= 0), groups.count(is_solved(groups.runs, threshold))
    low, high = wilson_interval(solved, runs, confidence)
    return groups.keys.assign(
        runs=runs, diverged=groups.count(groups.runs.status == "diverged"), solved=solved,
        rate=solved / runs, low=low, high=high)


# ---- Curves --------------------------------------------------------------------------------------


def loss_bands(
    results: Results, by: By = None, quantiles: Sequence[float] = QUANTILES
) -> pd.DataFrame:
    """Quantiles over runs of the recorded losses, update by update.

    Long table with the columns of `by`, step (updates made), runs (how many recorded a loss at
    this step, or would have had they not diverged), and one column per quantile, named by its
    number: `bands[0.5]`. The loss of a run that diverged is infinite from then on, so that
    quantiles do not improve by losing runs. Linear interpolation between order statistics, as
    numpy.quantile does by default.
    """
    names = group_names(results, by)
    tables = []
    for key, members in Groups(results.finished, names):
        steps, curves = recorded_losses(results, members)
        bands = pd.DataFrame({"step": steps, "runs": np.sum(~np.isnan(curves), axis=0)})
        for share in quantiles:
            bands[share] = quantile(curves, share)
        tables.append(repeat_key(key, bands[bands.runs > 0]))
    if not tables:
        return pd.DataFrame(columns=[*names, "step", "runs", *quantiles])
    return pd.concat(tables, ignore_index=True)


def updates_of(runs: pd.DataFrame) -> Array:
    """Updates of a whole training, [run]: epochs of floor(train_samples / batch_size) each."""
    updates: Array = (runs.epochs * (runs.train_samples // runs.batch_size)).values
    return updates


def recorded_losses(results: Results, runs: pd.DataFrame) -> Tuple[Array, Array]:
    """Steps [step] and curves [run, step] in float64: infinite where a run had diverged, NaN at
    steps that its training does not have or does not record."""
    steps: Array = results.loss["step"].values
    curves = results.curves(runs.index.values).astype(float)
    updates, interval, diverged_at = (
        column[:, None] for column in (
            updates_of(runs), runs.loss_interval.values, runs.diverged_at.values))
    diverged = (diverged_at >= 0) & (steps >= diverged_at)
    curves[diverged & (steps <= updates) & (steps % interval == 0)] = np.inf
    return steps, curves


def quantile(values: Array, share: float) -> Array:
    """The quantile over the first axis without NaN, where infinite values are numbers like others
    (numpy.nanquantile makes NaN of them). NaN where there are none."""
    if len(values) == 0:
        return np.full(values.shape[1:], np.nan)
    ordered = np.sort(values, axis=0)  # NaN last
    count = np.sum(~np.isnan(values), axis=0)
    position = share * np.maximum(count - 1, 0)
    below = np.floor(position).astype(int)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low = np.take_along_axis(ordered, below[None], axis=0)[0]
    high = np.take_along_axis(ordered, above[None], axis=0)[0]
    weight = position - below
    with np.errstate(invalid="ignore"):  # inf - inf, not taken
        return np.where((low == high) | (weight == 0), low, low + weight * (high - low))
