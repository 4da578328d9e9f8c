"""Accuracy over length, and on further sets: tests that decided no run, over seeds."""
from __future__ import annotations

from typing import List, Union

import numpy as np
import pandas as pd
import xarray as xr

from .configurations import Ranking, interquartile_mean, iqm_intervals
from .grouping import By, Groups, group_names, repeat_key
from .results import Results, picked
from .statistics import last_update, quantile

NUMBERS = ("runs", "seeds", "solved_share", "solved_share_95_low", "solved_share_95_high",
           "test_accuracy_mean", "test_accuracy_iqm", "test_accuracy_iqm_95_low",
           "test_accuracy_iqm_95_high")
READ_AT_ONCE = 1 << 23  # numbers


def accuracy_by_length(results: Results, by: By = None, threshold: float = 1.0) -> pd.DataFrame:
    """The tests at `test_lengths`, setting by setting: the lines of `rnnsweep summary --further`.

    Columns: those of `by`, test_length (steps), runs, seeds, solved_share (of runs whose accuracy
    at this length is at or above the threshold) with its interval, and mean and interquartile mean
    of the accuracy over seeds, with its bootstrap interval, of the runs that did not diverge. The
    best settings of the sweep come first. Runs whose task has no sequences of a length do not count
    there. ValueError when the results have no such tests.
    """
    return _by_test(results, "test_length", "test_accuracy_by_length", by, threshold)


def accuracy_by_set(results: Results, by: By = None, threshold: float = 1.0) -> pd.DataFrame:
    """The same on further sets of data files, with a column test_set of their names."""
    return _by_test(results, "test_set", "test_accuracy_by_set", by, threshold)


def _by_test(results: Results, scale: str, variable: str, by: By, threshold: float
             ) -> pd.DataFrame:
    tests = results.further_tests()
    if variable not in tests:
        raise ValueError("these results have no further tests: give the sweep test_lengths, or its "
                         "data file more sets, and run it again")
    names = group_names(results, by)
    order = Ranking(results, names).rates()[names]
    parts: List[pd.DataFrame] = []
    for place, label in enumerate(tests[scale].values):
        accuracy = pd.Series(tests[variable].values[:, place], results.runs.index)
        runs = results.runs.assign(test_accuracy=accuracy)
        runs = runs[accuracy.notna() | (runs.status != "done")]
        if not (runs.status == "done").any():
            continue
        table = _table(results.part(runs), names, threshold)
        table = table[(table.runs > 0) & table["whole"]]
        parts.append(table[[*names, *NUMBERS]].assign(**{scale: _plain(label), "_place": place}))
    columns = [*names, scale, *NUMBERS]
    if not parts:
        return pd.DataFrame(columns=columns)
    joined = pd.concat(parts, ignore_index=True)
    if names:
        rank = order.assign(_rank=np.arange(len(order)))
        joined = joined.merge(rank, on=names, how="left").sort_values(["_rank", "_place"])
    return joined[columns].reset_index(drop=True)


def _table(results: Results, names: List[str], threshold: float) -> pd.DataFrame:
    """The columns of `configuration_table` that are wanted, without what takes long."""
    ranking = Ranking(results, names, threshold, metric="test_accuracy")
    samples = ranking.tallies.done_means(ranking.runs.test_accuracy.values)
    low, high = iqm_intervals(samples)
    return ranking.rates(in_order=False).assign(
        whole=ranking.whole,
        test_accuracy_mean=[np.mean(sample) if len(sample) else np.nan for sample in samples],
        test_accuracy_iqm=[interquartile_mean(sample) for sample in samples],
        test_accuracy_iqm_95_low=low, test_accuracy_iqm_95_high=high)


def _plain(label: object) -> Union[int, str]:
    return int(label) if isinstance(label, (int, np.integer)) else str(label)


def weight_change(results: Results, by: By = None) -> pd.DataFrame:
    """How far the weights have moved at each checkpoint: the norm of all parameters' change since
    they were drawn, over the norm of the drawn ones.

    Long table: columns of `by`, checkpoint (updates), runs, and median, low and high, the median and
    the quartiles over the runs that came to it. ValueError when the results have no checkpoint at
    update 0.
    """
    return change_table(results, group_names(results, by), changes_of(results))


def change_table(results: Results, names: List[str], changes: pd.DataFrame) -> pd.DataFrame:
    """`weight_change` out of the changes of the runs, [run, checkpoint]."""
    parts = []
    for key, members in Groups(results.trained, names):
        chosen = changes.loc[changes.index.intersection(members.index)]
        table = pd.DataFrame({"checkpoint": changes.columns, "runs": chosen.notna().sum().values})
        for name, share in (("median", 0.5), ("low", 0.25), ("high", 0.75)):
            table[name] = quantile(chosen.values, share)
        kept = (table.runs > 0) & (table.checkpoint <= last_update(members))
        parts.append(repeat_key(key, table[kept]))
    return pd.concat(parts, ignore_index=True)


def changes_of(results: Results) -> pd.DataFrame:
    """[run, checkpoint]"""
    if not results.has_first_checkpoint:
        raise ValueError("these results have no checkpoint at update 0: give the sweep "
                         "checkpoints: log2, and run it again")
    left = results.trained.index.values
    parts: List[pd.DataFrame] = []
    while len(left):
        weights = results.weights_of_group(int(left[0]))
        is_own = np.isin(left, weights.run.values)
        tensors = weights[[name for name in weights.variables if str(name).endswith("_at")]]
        numbers = sum(int(np.prod(value.shape[1:])) for value in tensors.values())
        own, at_once = left[is_own], 1 + READ_AT_ONCE // numbers
        for first in range(0, len(own), at_once):
            parts.append(_changes_of(picked(tensors, own[first:first + at_once])))
        left = left[~is_own]
    return pd.concat(parts)


def _changes_of(tensors: xr.Dataset) -> pd.DataFrame:
    flat = np.concatenate([value.values.reshape(*value.shape[:2], -1).astype(float)
                           for value in tensors.values()], axis=2)
    start = flat[:, [list(tensors.checkpoint.values).index(0)]]
    change = np.linalg.norm(flat - start, axis=2) / np.linalg.norm(start, axis=2)
    return pd.DataFrame(change, index=tensors.run.values, columns=tensors.checkpoint.values)
