"""Runs grouped by configuration."""
from __future__ import annotations

from typing import Any, Iterator, List, Sequence, Tuple, Union

import numpy as np
import pandas as pd

from .results import Array, Results, unknown_column

By = Union[None, str, Sequence[str]]


class Groups:
    """The runs of a table grouped by some of its columns, in the order of their first runs.

    keys    table of the values that the groups share, one row per group, indexed 0, 1, ...
    number  number of the group of every run, [run]
    """

    def __init__(self, runs: pd.DataFrame, names: Sequence[str]) -> None:
        self.runs = runs
        self.names = list(names)
        if self.names:
            grouped = runs.groupby(self.names, sort=False, observed=True, dropna=False)
            self.number: Array = grouped.ngroup().values
            self.keys = runs[self.names].drop_duplicates(ignore_index=True)
        else:
            self.number = np.zeros(len(runs), int)
            self.keys = pd.DataFrame(index=range(min(len(runs), 1)))

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[Tuple[pd.DataFrame, pd.DataFrame]]:
        """One row of `keys` (a table) and the runs of that group, group by group."""
        for number, members in self.runs.groupby(self.number):
            yield self.keys.loc[[number]], members

    def count(self, chosen: Any) -> Array:
        """Number of chosen runs per group; `chosen` is boolean [run]."""
        return np.bincount(self.number, np.asarray(chosen), len(self)).astype(int)

    def values(self, column: Any) -> List[Array]:
        """The values of a column group by group, NaN left out."""
        values = np.asarray(column, float)
        present = np.flatnonzero(~np.isnan(values))
        order = present[np.argsort(self.number[present], kind="stable")]
        ends = np.cumsum(np.bincount(self.number[present], minlength=len(self)))
        return np.split(values[order], ends[:-1]) if len(self) else []


def group_names(results: Results, by: By) -> List[str]:
    """The columns that `by` names; all parameters that are swept when it is None. ValueError for a
    name that is no column."""
    names = list(results.swept if by is None else [by] if isinstance(by, str) else by)
    for name in names:
        if name not in results.runs:
            raise ValueError(unknown_column(name, list(results.runs)))
    return names


def repeat_key(key: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The table with the values of a one-row key in front."""
    front = key.loc[key.index.repeat(len(table))].reset_index(drop=True)
    return pd.concat([front, table.reset_index(drop=True)], axis=1)
