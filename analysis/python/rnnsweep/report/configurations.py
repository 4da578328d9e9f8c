"""What the report says about configurations: their outcomes, and the parameters that are swept."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List

import numpy as np
import pandas as pd

from ..configurations import Ranking
from ..grouping import Groups
from ..results import Array, Results
from ..labels import is_none
from ..statistics import is_solved, quantile
from .columns import encode, encode_codes
from .numbers import level_digits, level_texts

MOST_CONFIGURATIONS = 50_000
LOGARITHMIC = 30  # ratio of the ends of a range from which its axis is logarithmic


@dataclass(frozen=True)
class Configurations:
    """The configurations in the report, best first: those of which no run was stopped at a rung.

    table   outcomes and standing as in `rnnsweep.configuration_table`; `first`, the number of the
            first run
    groups  all finished runs by configuration
    group   number in `groups` of every row of the table
    total   configurations of the sweep; more than rows when there were too many
    tied    those of them that are statistically tied with the best, the best itself included
    note    what the standings do not say: too few seeds, seeds that are held
    undecided   whether there are too few seeds for any standing
    stopped     how many configurations were stopped at which rung, or nothing
    """

    table: pd.DataFrame
    groups: Groups
    group: Array
    total: int
    tied: int
    note: str
    undecided: bool
    stopped: str

    def __len__(self) -> int:
        return len(self.table)

    @property
    def names(self) -> List[str]:
        """The swept parameters."""
        return list(self.groups.names)

    @property
    def grid(self) -> bool:
        """Whether every combination of levels is there."""
        levels = [self.table[name].nunique() for name in self.groups.names]
        return len(self) == self.total == int(np.prod(levels, dtype=float))


def configurations_of(results: Results, threshold: float) -> Configurations:
    ranking = Ranking(results, None, threshold)
    table = _outcomes(ranking).join(ranking.standings())
    order = ranking.order[:ranking.finished]
    order = order[ranking.whole[order]]
    table = table.assign(solved=table.solved.fillna(0).astype(int))
    if not len(order):
        raise ValueError("no setting was trained to its end with all its runs: there is nothing to "
                         "report")
    total, tied = len(order), int(np.sum(table.standing[order].isin(["best", "tied"])))
    group = order[_chosen(total)]
    undecided = total > 1 and not table.standing.isin(["tied", "worse"]).any()
    return Configurations(table.loc[group].reset_index(drop=True), _finished(ranking, results),
                          group, total, tied, ranking.note(table.standing, table.paired_seeds), undecided,
                          _stopped(ranking))


def _stopped(ranking: Ranking) -> str:
    said = ranking.levels.sentence(ranking.level[ranking.tallies.total > 0])
    return f"{said}. What follows is of those that were trained to the end." if said else ""


def _finished(ranking: Ranking, results: Results) -> Groups:
    """The groups of the finished runs, with the numbers that they have among all."""
    groups = Groups(results.finished, ranking.names)
    groups.keys = ranking.groups.keys
    groups.number = ranking.groups.number[ranking.runs.index.isin(results.finished.index)]
    return groups


def _outcomes(ranking: Ranking) -> pd.DataFrame:
    """The columns of `rnnsweep.configuration_table` that the report shows, and `first`, for all
    groups in their order: that table has bootstrap intervals as well, which take a minute for
    100,000 configurations."""
    samples = {name: ranking.tallies.done_means(ranking.runs[name].values)
               for name in ("test_accuracy", "final_loss")}
    first = np.unique(ranking.groups.number, return_index=True)[1]
    return ranking.rates(in_order=False).assign(
        accuracy_mean=[np.mean(sample) if len(sample) else np.nan
                       for sample in samples["test_accuracy"]],
        loss_median=[float(quantile(sample, 0.5)) for sample in samples["final_loss"]],
        first=ranking.runs.index.values[first])


def _chosen(total: int) -> Array:
    """Places of the configurations that go into the report: when there are too many, the best tenth
    of them, and the rest evenly over the ranks."""
    if total <= MOST_CONFIGURATIONS:
        return np.arange(total)
    whole = MOST_CONFIGURATIONS // 10
    rest = np.linspace(whole, total - 1, MOST_CONFIGURATIONS - whole)
    return np.concatenate([np.arange(whole), rest.astype(int)])


def configuration_columns(configurations: Configurations) -> Dict[str, Any]:
    table = configurations.table
    return {
        "total": configurations.total,
        "grid": configurations.grid,
        "quality": quality_of(configurations),
        "columns": {
            "runs": encode(table.runs, "u4"),
            "solved": encode(table.solved, "u4"),
            "diverged": encode(table.diverged, "u4"),
            "accuracy": encode(table.accuracy_mean, "f4"),
            "loss": encode(table.loss_median, "f4"),
            "tied": encode(table.standing.isin(["best", "tied"]), "u1"),
            "first": encode(table["first"], "u4"),
        },
    }


def quality_of(configurations: Configurations) -> str:
    """What the figures show of a configuration: its success rate or, where no run at all succeeds,
    its mean accuracy."""
    return "success rate" if configurations.table.solved.any() else "mean accuracy"


def parameter_columns(results: Results, configurations: Configurations) -> List[Dict[str, Any]]:
    """Swept parameters, the one that matters most first: the one whose values differ most in
    their pooled quality."""
    parameters = []
    for name in configurations.groups.names:
        codes, levels = levels_of(configurations.table[name])
        parameters.append({
            "name": name,
            "meaning": str(results.loss[name].attrs.get("long_name", "")),
            "levels": levels,
            "digits": level_digits(levels),
            "log": _is_logarithmic(levels),
            "codes": encode_codes(codes),
            "effect": _effect(codes, configurations),
        })
    return sorted(parameters, key=lambda parameter: -float(parameter["effect"]))


def levels_of(column: pd.Series) -> "tuple[Array, List[Any]]":
    """Codes [row] and the distinct values in order that they stand for. Integers stay integers, so
    that seeds and counts are exact; text stays text. Where one is none, all are texts."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.remove_unused_categories()
        return np.asarray(column.cat.codes, int), [str(value) for value in column.cat.categories]
    if column.dtype == bool:
        column = column.map({False: "false", True: "true"})
    levels, codes = np.unique(column.values, return_inverse=True)
    values = levels.tolist()
    return codes, level_texts(values) if any(is_none(value) for value in values) else values


def _is_logarithmic(levels: List[Any]) -> bool:
    """Whether positive numbers span a wide range, and evenly so on a logarithmic axis."""
    if isinstance(levels[0], str) or levels[0] <= 0 or levels[-1] / levels[0] < LOGARITHMIC:
        return False
    low, middle, high = levels[0], float(np.median(levels)), levels[-1]
    linear = (middle - low) / (high - low)
    logarithmic = (np.log(middle) - np.log(low)) / (np.log(high) - np.log(low))
    return bool(abs(logarithmic - 0.5) < abs(linear - 0.5))


def _effect(codes: Array, configurations: Configurations) -> float:
    """Standard deviation of the pooled qualities of up to 12 neighbouring ranges of levels."""
    table = configurations.table
    quality = table.solved_share
    if quality_of(configurations) == "mean accuracy":
        quality = table.accuracy_mean.fillna(0) * (1 - table.diverged / table.runs)
    part = codes * 12 // (int(codes.max()) + 1) if codes.max() >= 12 else codes
    runs = np.bincount(part, table.runs)
    pooled = np.bincount(part, table.runs * quality)[runs > 0] / runs[runs > 0]
    return float(np.std(pooled))


def histograms(results: Results, threshold: float) -> List[Dict[str, Any]]:
    """How test accuracy and final loss are spread over all runs that did not diverge."""
    runs = results.finished
    runs = runs[runs.status == "done"]
    solved = is_solved(runs, threshold)
    loss = runs.final_loss.values.astype(float)
    positive = loss[(loss > 0) & np.isfinite(loss)]
    found = [_histogram("accuracy", "Test accuracy", "share", runs.test_accuracy.values, solved,
                        np.linspace(0, 1, 21), log=False)]
    if len(positive):
        low, high = positive.min(), max(positive.max(), positive.min() * 1.01)
        found.append(_histogram("loss", "Final loss", "loss", np.clip(loss, low, high), solved,
                                np.geomspace(low, high, 31), log=True))
    return found


def _histogram(
    name: str, title: str, unit: str, values: Array, solved: Array, edges: Array, log: bool
) -> Dict[str, Any]:
    counts = {
        which: np.histogram(np.clip(values[chosen].astype(float), edges[0], edges[-1]), edges)[0]
        for which, chosen in (("solved", solved), ("unsolved", ~solved))}
    return {"name": name, "title": title, "unit": unit, "log": log, "edges": edges.tolist(),
            "solved": counts["solved"].tolist(), "unsolved": counts["unsolved"].tolist()}
