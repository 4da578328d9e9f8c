"""Statistics over seeds.

The seed is the unit: runs of one seed share data and first weights, so where a group has several of
them they are averaged, and each seed counts once. A run solves the task when its test accuracy is
at or above a threshold, by default when every sum of the test set is right. A run that diverged is
finished and solves nothing; runs that are pending, or failed their gradient check, are not counted.
"""
from __future__ import annotations

from typing import Any, Sequence, Tuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from .grouping import By, Groups, group_names, repeat_key
from .results import Array, Results
from .units import Tallies, units_of

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
STOP_RULES = ("stop_loss", "stop_accuracy", "patience")  # words of stop_reason


def wilson_interval(
    successes: Any, trials: Any, confidence: float = 0.95
) -> Tuple[Array, Array]:
    """Bounds of a share of successes, elementwise (Wilson 1927, JASA 22:209; no continuity
    correction). Never outside 0..1, sound for shares of 0 and 1; (0, 1) for no trials."""
    k, n = np.broadcast_arrays(np.asarray(successes, float), np.asarray(trials, float))
    with np.errstate(divide="ignore", invalid="ignore"):  # no trials
        low, high = _wilson(k / n, n, confidence)
    return (np.where((k == 0) | (n == 0), 0.0, low), np.where((k == n) | (n == 0), 1.0, high))


def _wilson(share: Array, trials: Array, confidence: float) -> Tuple[Array, Array]:
    z = _z(confidence)
    centre = share + z * z / (2 * trials)
    half = z * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # At 0 and 1 the bound is exact, which rounding would miss by a last bit.
    return (np.where(share <= 0, 0.0, (centre - half) / scale),
            np.where(share >= 1, 1.0, (centre + half) / scale))


def _z(confidence: float) -> float:
    return 1.959963984540054 if confidence == 0.95 else float(ndtri((1 + confidence) / 2))


def student_quantile(freedom: Array, confidence: float) -> Array:
    """Quantile of Student's distribution by the expansion of Cornish and Fisher (Abramowitz and
    Stegun, 26.7.5), as the program has it."""
    z = _z(confidence)
    z2 = z * z
    g1 = z * (z2 + 1) / 4
    g2 = z * ((5 * z2 + 16) * z2 + 3) / 96
    g3 = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384
    g4 = z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160
    return np.asarray(z + (g1 + (g2 + (g3 + g4 / freedom) / freedom) / freedom) / freedom)


def wilson_of_seeds(tallies: Tallies, confidence: float = 0.95) -> Tuple[Array, Array]:
    """Intervals of the share of solved runs, group by group.

    With one run a seed Wilson's. Where seeds have several, Wilson's for the number of independent
    runs that would tell as much (Korn and Graubard, Survey Methodology 24:193, 1998): p (1 - p) / V
    times (z / t)^2, at least the seeds and at most the runs. V is the variance of the share between
    seeds, t Student's quantile with as many degrees of freedom as seeds have the rarer of solved
    and not solved, at most seeds - 1. Where nothing or all is solved each seed counts once.
    """
    seeds, runs = tallies.total.astype(float), tallies.by_group(tallies.finished)
    solved = tallies.by_group(tallies.solved)
    with np.errstate(divide="ignore", invalid="ignore"):  # groups without finished runs
        share = solved / runs
        spread = tallies.by_group((tallies.solved - share[tallies.group] * tallies.finished) ** 2)
        some = tallies.by_group((tallies.solved > 0).astype(float))
        lacking = tallies.by_group((tallies.solved < tallies.finished).astype(float))
        rarer = np.where(2 * solved <= runs, some, lacking)
        freedom = np.minimum(seeds - 1, np.maximum(1, rarer))
        ratio = _z(confidence) / student_quantile(freedom, confidence)
        worth = share * (1 - share) * runs * runs * (seeds - 1) / (seeds * spread) * ratio * ratio
        effective = np.minimum(np.maximum(np.where(spread > 0, worth, runs), seeds), runs)
        plain = (seeds < 2) | (solved == 0) | (solved == runs)
        effective = np.where(plain, seeds, effective)
        effective = np.where(runs == seeds, runs, effective)
        low, high = _wilson(share, effective, confidence)
    return np.where(runs == 0, 0.0, low), np.where(runs == 0, 1.0, high)


def is_solved(runs: pd.DataFrame, threshold: float = 1.0) -> Array:
    """Whether a run is done with test_accuracy >= threshold, [run]. In the precision in which the
    accuracy is stored: 900 of 1000 right sums reach a threshold of 0.9 also in float32."""
    accuracy = runs.test_accuracy.values
    return np.asarray((accuracy >= accuracy.dtype.type(threshold)) & (runs.status == "done").values)


def rates_of(groups: Groups, tallies: Tallies, confidence: float) -> pd.DataFrame:
    """Counts and shares for groups in their order."""
    status = groups.runs.status
    finished = tallies.by_group(tallies.finished).astype(int)
    solved = tallies.by_group(tallies.solved).astype(int)
    low, high = wilson_of_seeds(tallies, confidence)
    level = f"solved_share_{100 * confidence:g}"
    with np.errstate(invalid="ignore"):
        share = np.where(finished > 0, solved / np.maximum(finished, 1), np.nan)
    return groups.keys.assign(
        runs=finished, seeds=tallies.total, pending=groups.count(status == "pending"),
        diverged=groups.count(status == "diverged"), failed=groups.count(status == "failed"),
        solved=solved, solved_share=share, **{f"{level}_low": low, f"{level}_high": high})


# ---- Curves --------------------------------------------------------------------------------------


def loss_bands(
    results: Results, by: By = None, quantiles: Sequence[float] = QUANTILES
) -> pd.DataFrame:
    """Quantiles over runs of the recorded losses, update by update.

    Long table with the columns of `by`, step (updates made), runs (how many recorded a loss at
    this step, or would have had they not diverged), and one column per quantile, named by its
    number: `bands[0.5]`. The loss of a run that diverged is infinite from then on, so that
    quantiles do not improve by losing runs. That of a run which its own rule stopped stays what it
    was in the end, so that they do not worsen by losing those that were done. Where runs of a group
    were stopped at rungs, its rows end at the first of these: they are of all its runs. Linear
    interpolation
    between order statistics, as numpy.quantile does by default.
    """
    names = group_names(results, by)
    tables = []
    for key, members in Groups(results.trained, names):
        steps, curves = recorded_losses(results, members)
        curves = carried_on(members, steps, curves)
        tables.append(_bands(key, members, "step", steps, curves, quantiles))
    if not tables:
        return pd.DataFrame(columns=[*names, "step", "runs", *quantiles])
    return pd.concat(tables, ignore_index=True)


def _bands(key: pd.DataFrame, members: pd.DataFrame, name: str, updates: Array, curves: Array,
           quantiles: Sequence[float]) -> pd.DataFrame:
    """Quantiles over the curves [run, update] of a group, as far as all its runs came; `name` is the
    column of the updates."""
    curves = np.where(updates <= last_update(members), curves, np.nan)
    bands = pd.DataFrame({name: updates, "runs": np.sum(~np.isnan(curves), axis=0)})
    for share in quantiles:
        bands[share] = quantile(curves, share)
    return repeat_key(key, bands[bands.runs > 0])


def validation_bands(
    results: Results, by: By = None, what: str = "accuracy", quantiles: Sequence[float] = QUANTILES
) -> pd.DataFrame:
    """Quantiles over runs of what the checks on validation sets found, check by check; what:
    "accuracy", the share of right sequences, or "loss".

    Long table with the columns of `by`, check (updates made), runs, and one column per quantile, as
    of `loss_bands`. A run that diverged has an accuracy of 0 and an infinite loss from then on; of
    one that its own rule stopped, the last check stands for those that it would have had. ValueError
    when no run has a validation set.
    """
    names = group_names(results, by)
    groups, tables = Groups(results.trained, names), []
    updates, found = validation_checks(results, results.trained, what)
    for key, members in groups:
        curves = found[groups.number == key.index[0]]
        tables.append(_bands(key, members, "check", updates, curves, quantiles))
    if not tables:
        return pd.DataFrame(columns=[*names, "check", "runs", *quantiles])
    return pd.concat(tables, ignore_index=True)


def validation_checks(results: Results, runs: pd.DataFrame, what: str) -> Tuple[Array, Array]:
    """Updates [check] and numbers [run, check] of the checks on validation sets, to the last update
    that a run could have made; NaN at checks that its training does not have."""
    if what not in ("accuracy", "loss"):
        raise ValueError(f"what: accuracy or loss, not {what!r}")
    checks = results.checks(runs.index.values)
    updates: Array = checks["check"].values
    found: Array = checks[f"validation_{what}"].values.astype(float)
    made = ~np.isnan(found)
    epoch = _updates_of_epoch(runs).values
    interval = np.where(runs.check_interval > 0, runs.check_interval, epoch)
    interval = np.where(made.any(axis=1), updates[np.argmax(made, axis=1)], interval)
    epoch = np.where(runs.check_interval > 0, epoch, interval)
    due = (updates % interval[:, None] == 0) & (updates <= (runs.epochs.values * epoch)[:, None])
    due &= (runs.validation_samples > 0).values[:, None]
    gone = due & (runs.status == "diverged").values[:, None]
    gone &= updates >= runs.diverged_at.values[:, None]
    found = np.where(gone, np.inf if what == "loss" else 0.0, found)
    stopped = due & runs.stop_reason.isin(STOP_RULES).values[:, None] & ~made
    last = found[np.arange(len(found)), made.shape[1] - 1 - np.argmax(made[:, ::-1], axis=1)]
    return updates, np.where(stopped & ~gone, last[:, None], found)


def last_update(members: pd.DataFrame) -> float:
    """The update to which all runs of a group came: that at which the first of them was stopped at a
    rung, infinite where none was."""
    stopped = members.updates[members.status == "stopped"]
    return float(stopped.min()) if len(stopped) else np.inf


def whole_groups(results: Results, names: Sequence[str]) -> pd.Series:
    """Whether no run of a run's group was stopped at a rung, [run of `known`]."""
    groups = Groups(results.known, names)
    stopped = groups.count(results.known.status == "stopped")
    return pd.Series((stopped == 0)[groups.number], results.known.index)


def left_out(results: Results, names: Sequence[str]) -> str:
    """"3 of 9 settings were stopped at a rung, and are left out.", or nothing."""
    groups = Groups(results.known, names)
    stopped = int(np.sum(groups.count(results.known.status == "stopped") > 0))
    if not stopped:
        return ""
    return f"{stopped} of {len(groups)} settings were stopped at a rung, and are left out."


def updates_of(runs: pd.DataFrame) -> Array:
    """Updates of a whole training, [run]: as the file says, else epochs of whole minibatches. One
    that its own rule stopped is whole."""
    computed: Array = (runs.epochs * _updates_of_epoch(runs)).values.astype(int)
    if "updates" not in runs:
        return computed
    made = (runs.updates >= 0) & (runs.status != "diverged")
    updates: Array = np.where(made, runs.updates, computed)
    return updates


def _updates_of_epoch(runs: pd.DataFrame) -> pd.Series:
    used = np.ceil(runs.get("train_fraction", 1.0) * runs.train_samples * (1 - 1e-12))
    return used // runs.batch_size


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


def carried_on(runs: pd.DataFrame, steps: Array, curves: Array) -> Array:
    """Curves [run, step] in which the last loss of a run that its own rule stopped is kept to the
    last update that it could have made."""
    stopped = runs.stop_reason.isin(STOP_RULES).values[:, None]
    made, interval = runs.updates.values[:, None], runs.loss_interval.values[:, None]
    most = (runs.epochs * _updates_of_epoch(runs)).values[:, None]
    kept = stopped & (steps > made) & (steps <= most) & (steps % interval == 0)
    return np.where(kept, runs.final_loss.values[:, None], curves)


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
