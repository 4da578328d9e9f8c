"""Further figures of the report, each where the results have its numbers: checks on validation sets,
accuracy over length and on further sets, change of the weights."""
from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

import numpy as np
import pandas as pd

from ..further_tests import accuracy_by_length, accuracy_by_set, change_table, changes_of
from ..grouping import Groups
from ..results import Array, Results
from ..statistics import validation_bands
from .columns import encode
from .configurations import Configurations, levels_of
from .curves import MOST_STEPS, QUARTILES, ranges_of, sample, sampled_runs, thinned

MOST_BEST = 40  # configurations
MOST_WEIGHTS = 50_000_000  # numbers at checkpoints that are read
PART = "_part"  # a column for the groups of a part
Group = Dict[str, Any]
Tables = Callable[[Results, List[str]], Dict[str, pd.DataFrame]]


def further_of(
    results: Results, configurations: Configurations, threshold: float
) -> Dict[str, Dict[str, Any]]:
    """By the name of the figure: its groups, of all runs, pooled by the name of a parameter, and
    perhaps of the best configurations; and what is particular to its chart."""
    found: Dict[str, Dict[str, Any]] = {}
    if results.has_validation and (results.finished.validation_samples > 0).any():
        found["validation"] = _figure(results.part(sampled_runs(results)), configurations, _of_checks, "check")
    tests = results.further_tests()
    if "test_accuracy_by_length" in tests:
        found["lengths"] = _figure(results, configurations, _of_lengths(threshold), "test_length",
                                   best=True)
        found["lengths"]["chart"] = _chart_of_lengths(results, tests["test_length"].values)
    if "test_accuracy_by_set" in tests:
        words = [str(word) for word in tests["test_set"].values]
        found["sets"] = _figure(results, configurations, _of_sets(threshold, words), "test_set",
                                best=True)
        found["sets"].update(words=words, chart={"words": words})
    if results.has_first_checkpoint:
        some = _light(results)
        found["weights"] = _figure(some, configurations, _of_weights(changes_of(some)),
                                   "checkpoint")
    return {name: figure for name, figure in found.items() if figure["all"]}


def _chart_of_lengths(results: Results, lengths: Array) -> Dict[str, Any]:
    trained = results.finished.sequence_length
    along = "log" if lengths.max() > 8 * lengths.min() else "linear"
    low = min(int(lengths.min()), int(trained.min()))
    return {"along": along, "shaded": [low, int(trained.max())]}


def _light(results: Results) -> Results:
    """So many runs that their weights at all checkpoints are read in a moment."""
    runs = sampled_runs(results)
    widest = results.weights_of_group(int(runs.index[np.argmax(runs.states)]))
    numbers = sum(int(np.prod(value.shape[1:])) for name, value in widest.items()
                  if str(name).endswith("_at"))
    return results.part(sample(runs, max(100, MOST_WEIGHTS // numbers)))


# ---- Tables of the package, measure by measure ---------------------------------------------------


def _of_checks(results: Results, by: List[str]) -> Dict[str, pd.DataFrame]:
    return {what: validation_bands(results, by, what, QUARTILES).rename(
        columns=dict(zip(QUARTILES, ("low", "middle", "high")))) for what in ("accuracy", "loss")}


def _of_weights(changes: pd.DataFrame) -> Tables:
    return lambda results, by: {"change": change_table(results, by, changes).rename(
        columns={"median": "middle"})}


def _of_lengths(threshold: float) -> Tables:
    return lambda results, by: {"accuracy": _named(accuracy_by_length(results, by, threshold))}


def _of_sets(threshold: float, words: Sequence[str]) -> Tables:
    def tables(results: Results, by: List[str]) -> Dict[str, pd.DataFrame]:
        table = accuracy_by_set(results, by, threshold)
        return {"accuracy": _named(table.assign(test_set=table.test_set.map(words.index)))}
    return tables


def _named(table: pd.DataFrame) -> pd.DataFrame:
    return table.rename(columns={
        "test_accuracy_iqm": "middle", "test_accuracy_iqm_95_low": "low",
        "test_accuracy_iqm_95_high": "high"})


# ---- Parts ---------------------------------------------------------------------------------------


def _figure(
    results: Results, configurations: Configurations, tables: Tables, scale: str,
    best: bool = False,
) -> Dict[str, Any]:
    whole = [{"label": "all runs", **group} for _, group in _groups(results, tables, [], scale)]
    pooled: Dict[str, List[Group]] = {}
    for name in configurations.names:
        codes, levels = levels_of(results.runs[name])
        ranges = ranges_of(levels)
        part = np.full(len(levels), -1)
        for number, members in enumerate(ranges.values()):
            part[members] = number
        labelled = results.part(results.runs.assign(**{PART: part[codes]}))
        labels = list(ranges)
        groups = sorted(_groups(labelled, tables, [PART], scale), key=lambda found: found[0])
        pooled[name] = [{"label": labels[int(number)], **group} for number, group in groups]
    figure = {"all": whole, "pooled": pooled, "runs": len(results.finished)}
    if best and configurations.names:
        figure["best"] = _best(results, configurations, tables, scale)
    return figure


def _best(
    results: Results, configurations: Configurations, tables: Tables, scale: str
) -> List[Group]:
    """Those of the best configurations, by their place among all."""
    groups: Groups = configurations.groups
    count = min(MOST_BEST, len(configurations))
    place = np.full(int(groups.number.max()) + 1, -1)
    place[configurations.group[:count]] = np.arange(count)
    runs = groups.runs.assign(**{PART: place[groups.number]})
    chosen = results.part(runs[runs[PART] >= 0])
    found = sorted(_groups(chosen, tables, [PART], scale), key=lambda group: group[0])
    return [{"config": int(number), **group} for number, group in found]


def _groups(
    results: Results, tables: Tables, by: List[str], scale: str
) -> Iterator[Tuple[float, Group]]:
    """The value of the part's column, and the group: runs, places and a band of each measure."""
    found = tables(results, by)
    first = next(iter(found.values()))
    if first.empty:
        return
    for key, rows in (first.groupby(by[0]) if by else [(0, first)]):
        group: Group = {"runs": int(rows.runs.max())}
        for measure, table in found.items():
            own = table[table[by[0]] == key] if by else table
            own = own.sort_values(scale).iloc[thinned(len(own), MOST_STEPS)]
            group["places"] = [int(place) for place in own[scale]]
            group[measure] = encode(own[["low", "middle", "high"]].values.T.ravel(), "f8")
        yield float(key), group
