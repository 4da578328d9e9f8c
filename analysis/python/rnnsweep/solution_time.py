"""Time to a solution: updates until the loss of a run is first at or below a level, or until what
its own stop rules ask for first holds at a check (`solved_at`).

Losses are known at recorded steps only, so times are multiples of `loss_interval`, or of the
updates between checks. A run that never gets there is censored: nobody knows what more updates
would have done.
"""
from __future__ import annotations

from typing import Optional

import numpy as np
import pandas as pd
from scipy.special import ndtri

from .grouping import By, Groups, group_names, repeat_key
from .results import Array, Results
from .statistics import left_out, quantile, recorded_losses, updates_of, whole_groups
from .units import units_of


def solution_times(results: Results, level: Optional[float] = None) -> pd.DataFrame:
    """One row per finished run, indexed by its number: `reached` says whether its loss got to the
    level, `updates` how many that took, or how many it made without getting there: those until it
    diverged or was stopped, or all.

    level   None: until stop_loss or stop_accuracy held at a check, of the runs that have one of
            them. ValueError when none has."""
    if level is None:
        return _times_of_checks(results)
    runs = results.finished
    steps, curves = recorded_losses(results, runs)
    below = curves <= level
    reached = below.any(axis=1)
    ends = np.where(runs.status == "diverged", runs.diverged_at.values, updates_of(runs))
    updates = np.where(reached, steps[below.argmax(axis=1)], ends)
    return pd.DataFrame({"reached": reached, "updates": updates}, index=runs.index)


def _times_of_checks(results: Results) -> pd.DataFrame:
    runs = results.finished[results.finished.solved_at.notna()]
    if runs.empty:
        raise ValueError("no run checks whether it is solved: give a level of the loss, or runs with "
                         "stop_loss or stop_accuracy")
    reached = (runs.solved_at >= 0).values
    ends = np.where(runs.status == "diverged", runs.diverged_at.values, updates_of(runs))
    updates = np.where(reached, runs.solved_at.values, ends).astype(int)
    return pd.DataFrame({"reached": reached, "updates": updates}, index=runs.index)


def time_to_loss(results: Results, level: Optional[float] = None, by: By = None) -> pd.DataFrame:
    """Updates to reach a loss, or with level None what the runs' stop rules ask for, configuration
    by configuration, the soonest first.

    Columns: those of `by`, runs, reached, censored_share, lower_quartile, median, upper_quartile,
    expected. Quantiles take a censored run as infinitely long, which is right as long as all runs
    of a group may make as many updates; `share_reached` needs no such condition. `expected` is the
    number of updates when one starts anew with other seeds until a run gets there: those of all
    runs over the number of runs that did (Hansen et al. 2009, INRIA RR-6828); infinite if none.
    Configurations with runs that were stopped at a rung are left out, which `attrs["note"]` says.
    """
    names = group_names(results, by)
    times = solution_times(results, level)
    times = times[whole_groups(results, names)[times.index]]
    groups = Groups(results.finished.loc[times.index], names)
    table = groups.keys.join(summarised_times(times, groups.number, len(groups)))
    table = table.sort_values("expected", kind="stable", ignore_index=True)
    table.attrs = {"note": left_out(results, names)}
    return table


def summarised_times(times: pd.DataFrame, number: Array, count: int) -> pd.DataFrame:
    """The columns of `time_to_loss`, group by group, of times [run] of which the groups are known,
    [run]. Of a group without any: no number but 0 runs reached."""
    reached, updates = times.reached.values, times.updates.values
    runs, there = np.bincount(number, minlength=count), np.bincount(number, reached, count)
    infinite = np.where(reached, updates, np.inf)
    samples = np.split(infinite[np.argsort(number, kind="stable")], np.cumsum(runs)[:-1])[:count]
    table = pd.DataFrame({"runs": runs, "reached": there.astype(int)})
    with np.errstate(divide="ignore", invalid="ignore"):
        table["censored_share"] = 1 - there / runs
        for name, share in (("lower_quartile", 0.25), ("median", 0.5), ("upper_quartile", 0.75)):
            table[name] = [float(quantile(sample, share)) for sample in samples]
        table["expected"] = np.bincount(number, updates, count) / there
    return table


def share_reached(
    results: Results, level: Optional[float] = None, by: By = None, confidence: float = 0.95
) -> pd.DataFrame:
    """Share of runs whose loss has reached a level after so many updates (with level None, of runs
    for which stop_loss or stop_accuracy has held at a check): 1 - S, where S is the Kaplan-Meier
    estimate (JASA 53:457, 1958), so that runs of different lengths count rightly.

    Long table: columns of `by`, step (updates), at_risk (runs that had not reached the level and
    had not ended before), share, low, high. The interval is Greenwood's on the scale of
    log(-log S); where a group has several runs of a seed, it is widened by how much more the share
    varies between seeds than between as many independent runs (`seed_effect`). A run that diverged
    stays at risk to the end of the training it did not complete: it will never get there, which is
    not the same as not being looked at any more. Configurations with runs that were stopped at a
    rung are left out: these were stopped for what they were.
    """
    names = group_names(results, by)
    times = solution_times(results, level)
    times = times[whole_groups(results, names)[times.index]]
    runs = results.finished.loc[times.index]
    lasts = pd.Series(updates_of(runs), runs.index)
    updates = times.updates.where(times.reached, lasts)
    units = units_of(Groups(results.runs, names), results.parameters)
    unit = pd.Series(units.number, results.runs.index)
    tables = []
    for key, members in Groups(runs, names):
        chosen = members.index
        curve = kaplan_meier(updates[chosen].values, times.reached[chosen].values, confidence,
                             unit[chosen].values)
        share = pd.DataFrame({
            "step": curve.time, "at_risk": curve.at_risk, "share": 1 - curve.survival,
            "low": 1 - curve.high, "high": 1 - curve.low})
        tables.append(repeat_key(key, share))
    if not tables:
        return pd.DataFrame(columns=[*names, "step", "at_risk", "share", "low", "high"])
    return pd.concat(tables, ignore_index=True)


def kaplan_meier(
    times: Array, happened: Array, confidence: float = 0.95, unit: Optional[Array] = None
) -> pd.DataFrame:
    """Survival curve of times [n], of which those that did not happen are censored.

    Rows at 0 and at every distinct time: time, at_risk (just before it), survival (after it), and
    the bounds [low, high] of the survival: exp(-exp(u)) with u = log(-log S) -+ z se, se^2 =
    sum d / (r (r - d)) / log(S)^2 over the times so far, d events among r at risk (Kalbfleisch and
    Prentice, The statistical analysis of failure time data, section 1.4). NaN while S is 1 and once
    it is 0, where that formula says nothing.

    unit   [n] of which seed each time is; None: all are independent. With several of one seed
           se^2 is multiplied by `seed_effect`.
    """
    grid = np.unique(np.concatenate([[0], times]))
    at_risk = np.array([np.sum(times >= time) for time in grid])
    events = np.array([np.sum((times == time) & happened) for time in grid])
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1 - events / at_risk)
        variance = np.cumsum(events / (at_risk * (at_risk - events)))
        if unit is not None:
            variance = variance * seed_effect(times, happened, grid, unit)
        half = ndtri((1 + confidence) / 2) * np.sqrt(variance) / np.abs(np.log(survival))
        low, high = survival ** np.exp(half), survival ** np.exp(-half)
    return pd.DataFrame({
        "time": grid, "at_risk": at_risk, "survival": survival, "low": low, "high": high})


def seed_effect(times: Array, happened: Array, grid: Array, unit: Array) -> Array:
    """How much more the curve varies when whole seeds are drawn than when runs are, [grid], at least
    1, and 1 with one run a seed: the sum over seeds of the squared sums of their runs' influences,
    over the sum of the runs' squared influences. The influence of a run on log S is the sum over
    event times of its event less d / r while it was at risk, over r (Williams 1995, Lifetime Data
    Analysis 1:171)."""
    _, seed = np.unique(unit, return_inverse=True)
    seeds = int(seed.max()) + 1 if len(seed) else 0
    if seeds == len(times) or seeds < 2:
        return np.ones(len(grid))
    effect, influence = np.ones(len(grid)), np.zeros(len(times))
    for place, time in enumerate(grid):
        event, risk = (times == time) & happened, times >= time
        if not event.any():
            effect[place] = effect[place - 1] if place else 1.0
            continue
        influence += (event - event.sum() / risk.sum() * risk) / risk.sum()
        together = np.bincount(seed, influence)
        apart = np.sum(influence**2)
        between = np.sum(together**2) * seeds / (seeds - 1)
        effect[place] = max(1.0, between / apart) if apart > 0 else 1.0
    return effect
