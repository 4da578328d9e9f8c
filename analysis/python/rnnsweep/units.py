"""What is independent of what: the unit of every interval, test and standing.

Runs of one seed share data and first weights, so in a group that has several of them, of other
settings, they are no replicates: they are averaged, and the seed counts once.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence

import numpy as np
import pandas as pd

from .grouping import Groups
from .parameters import OF_TASK
from .results import Array

DECIDE_DRAWS = ("task", "gradient_check", "data_seed",
                *(name for name in OF_TASK if name != "test_samples"))


@dataclass(frozen=True)
class Units:
    """name     the column whose values are the replicates: seed, or data_seed
    held     the other seed where it is not drawn anew with each unit: what is said then holds for
             its values alone
    number   of the unit of every run, [run]
    count    distinct units
    by       the columns that are grouped by
    along    parameters that vary along with them: they differ between groups and never within one
    unlike   those of `by` and `along` that change which data or first weights a seed draws: groups
             that differ in them share no more than the number of the seed
    """

    name: str
    held: Optional[str]
    number: Array
    count: int
    by: List[str]
    along: List[str]
    unlike: List[str]

    def pairs_by(self, parameters: Sequence[str]) -> List[str]:
        """What the two runs of a pair agree in: all that does not tell groups apart."""
        return [name for name in (*parameters, "seed") if name not in (*self.by, *self.along)]

    def __str__(self) -> str:
        """What the numbers say nothing about, or nothing."""
        lines = []
        if self.held:
            lines.append(f"Replicates are {self.name}s; {self.held} is held: this says nothing "
                         f"about other values of it.")
        follow = OF_TASK if "task" in self.by else ()
        unlike = [name for name in self.unlike if name in self.by or name not in follow]
        along = [name for name in self.along if name not in follow]
        if unlike:
            lines.append(f"Runs that differ in {', '.join(unlike)} have other data: they are "
                         f"matched by the number of their {self.name} only.")
        if along:
            lines.append(f"{', '.join(along)} {'varies' if len(along) == 1 else 'vary'} "
                         f"along with {', '.join(self.by)}: their effects cannot be told apart.")
        return "\n".join(lines)


def units_of(groups: Groups, parameters: Sequence[str]) -> Units:
    """The units of grouped runs."""
    runs, names = groups.runs, groups.names
    seeds = "seed" not in names and runs.seed.nunique() > 1
    data_sets = "data_seed" not in names and runs.data_seed.nunique() > 1
    name, held = "seed", "data_seed" if (runs.data_seed >= 0).any() else None
    if data_sets and not seeds:
        name, held = "data_seed", "seed"
    number, values = pd.factorize(runs[name])
    along = [column for column in parameters if column not in (*names, name)
             and _varies_along(runs[column], groups)]
    unlike = [column for column in parameters
              if column in DECIDE_DRAWS and column in (*names, *along)]
    return Units(name, held, number, len(values), names, along, unlike)


def _varies_along(column: pd.Series, groups: Groups) -> bool:
    """Whether a column differs between groups, and never within one."""
    if len(column) and (column == column.iloc[0]).all():
        return False
    code = pd.factorize(column)[0]
    if (code == code[:1]).all():
        return False
    first = np.unique(groups.number, return_index=True)[1]
    return bool(np.all(code == code[first][groups.number]))


class Tallies:
    """What groups have of each unit; arrays over the pairs (group, unit) that have finished runs,
    by group, then by the unit's first run. member, done: [run] which are finished, and which of them
    did not diverge.

    group, finished, done, solved   number of the group, and runs
    first, total                    [group] where its units begin; units of each group
    """

    def __init__(self, groups: Groups, units: Units, threshold: float, member: Array,
                 done: Array) -> None:
        runs = groups.runs
        self.member = member  # [run]
        code = groups.number[self.member] * max(units.count, 1) + units.number[self.member]
        cells, self._cell = np.unique(code, return_inverse=True)
        self.group: Array = cells // max(units.count, 1)
        self.unit: Array = cells % max(units.count, 1)
        self.finished = self._sum(np.ones(len(self._cell)))
        self.done = self._sum(done[self.member])
        solved = done & np.asarray(runs.status.values == "done") & (runs.test_accuracy.values >= threshold)
        self.solved = self._sum(solved[self.member])
        self.total: Array = np.bincount(self.group, minlength=len(groups))
        self._done = done

    def _sum(self, values: Array) -> Array:
        return np.bincount(self._cell, values, minlength=len(np.unique(self._cell)))

    def means(self, values: Array) -> Array:
        """Of values over finished runs, [run]."""
        return self._sum(np.asarray(values, float)[self.member]) / self.finished

    def done_means(self, values: Array) -> List[Array]:
        """Group by group, the units' means over runs that are done."""
        kept = np.where(self._done, np.asarray(values, float), 0.0)[self.member]
        having = self.done > 0
        means = self._sum(kept)[having] / self.done[having]
        ends = np.cumsum(np.bincount(self.group[having], minlength=len(self.total)))
        return np.split(means, ends[:-1]) if len(ends) else []

    def by_group(self, values: Array) -> Array:
        """Sums over the units of each group."""
        return np.bincount(self.group, values, minlength=len(self.total))
