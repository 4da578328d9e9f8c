"""Runs that early termination stopped at rungs, and the last point that several runs have in common.

A level is a rung, 0 the first, or the number of rungs: the end. A group of runs counts as far as all
of them came; what its runs achieved is what they had achieved there.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

import numpy as np
import pandas as pd
import xarray as xr

from .grouping import By
from .results import Array, Results, worst_of

if TYPE_CHECKING:
    from .configurations import Ranking

STOPPED = "stopped"


class Levels:
    """How far the runs of a table came.

    end      the level of runs that are done or diverged; 0 where no run was stopped: then there are
             no other levels
    reached  [run] the last level of each run, -1 for one that is pending or failed, or was stopped
             at a rung that its file does not tell
    """

    def __init__(self, results: Results, runs: pd.DataFrame) -> None:
        status = runs.status.values
        stopped = np.asarray(status == STOPPED)
        self.runs = runs
        self._measurements = results.at_rungs() if stopped.any() else xr.Dataset()
        self._places = results.runs.index.get_indexer(runs.index)
        self.end = self._measurements.sizes.get("rung", 0)
        self._diverged = np.asarray(status == "diverged")
        ended = self._diverged | np.asarray(status == "done")
        self._measured = runs.rungs_reached.to_numpy(int) if self.end else np.zeros(len(runs), int)
        self.reached: Array = np.where(
            ended, self.end, np.where(stopped, self._measured - 1, -1))

    def places(self, runs: pd.DataFrame) -> Array:
        """Of some of the runs in the table."""
        return np.asarray(self.runs.index.get_indexer(runs.index))

    def level_of(self, runs: pd.DataFrame) -> int:
        """The last level that all of some of the runs came to."""
        return int(self.reached[self.places(runs)].min())

    def both(self, level: int) -> str:
        """What is said of a comparison at a level; nothing of one at the end."""
        if level >= self.end:
            return ""
        return f"All runs as they were after {self.name(level)}: some were stopped then."

    def of_groups(self, number: Array, groups: int) -> Array:
        """The last level that all runs of each group came to, [group]; the end where none came
        anywhere."""
        least: Array = np.full(groups, self.end)
        came = self.reached >= 0
        np.minimum.at(least, number[came], self.reached[came])
        return least

    def is_lost(self, level: Array) -> Array:
        """Which runs had diverged when they were to come to a level, [run]."""
        return np.asarray(self._diverged & ((level >= self.end) | (self._measured <= level)))

    def values(self, metric: str, level: Array, worst: float,
               rows: Optional[Array] = None) -> Array:
        """What runs had achieved at a level of each; a run that ended before, in the end, and one
        that had diverged the worst there is. NaN of one that did not come there.

        rows   places of the runs in the table; None: all of them
        """
        rows = np.arange(len(self.runs)) if rows is None else rows
        diverged, reached = self._diverged[rows], self.reached[rows]
        value = np.where(diverged, worst, self.runs[metric].values[rows].astype(float))
        value = np.where(reached >= self.end, value, np.nan)
        came = (level < self.end) & (self._measured[rows] > level) & (reached >= 0)
        if not came.any():
            return value
        measured = self._at_rungs(metric, rows, np.minimum(level, self.end - 1))
        measured = np.where(np.isnan(measured) & diverged, worst, measured)
        return np.where(came, measured, value)

    def _at_rungs(self, metric: str, rows: Array, level: Array) -> Array:
        """A metric that no rung measures is what it was at the beginning."""
        name = f"{metric}_by_rung"
        if name not in self._measurements:
            return np.asarray(self.runs[metric].values[rows], float)
        return np.asarray(self._measurements[name].values[self._places[rows], level], float)

    def name(self, level: int) -> str:
        """"end", "1 epoch", "200 updates" """
        if level >= self.end:
            return "end"
        at, unit = self.at(level), str(self._measurements["rung"].attrs["units"])
        return f"{at} {unit[:-1] if at == 1 else unit}"

    def at(self, level: int) -> int:
        """The epochs or updates of a rung."""
        return int(self._measurements["rung"].values[level])

    def sentence(self, levels: Array) -> str:
        """"3 of 9 settings stopped after 2 epochs, 1 after 8 epochs", of the levels of settings, or
        nothing."""
        parts: List[str] = []
        for level in range(self.end):
            stopped = int(np.sum(levels == level))
            if not stopped:
                continue
            of = "" if parts else f" of {len(levels)} setting{'' if len(levels) == 1 else 's'} stopped"
            parts.append(f"{stopped}{of} after {self.name(level)}")
        return ", ".join(parts)


def rungs(results: Results, metric: Optional[str] = None) -> pd.DataFrame:
    """What became of the configurations at each rung of a sweep with early termination, and at the
    end.

    Columns: rung (1 the first), at ("2 epochs", "end"), configurations (that came there with all
    their runs), stopped (there), best, worst (score of those that came, as in
    `configuration_table`). ValueError when no run was stopped.
    """
    from .configurations import Ranking
    ranking = Ranking(results, None, metric=metric)
    if not ranking.levels.end:
        raise ValueError("no run of these results was stopped at a rung")
    return rungs_of(ranking)


def rungs_of(ranking: Ranking) -> pd.DataFrame:
    """`rungs` of a ranking of configurations of which some were stopped."""
    levels = ranking.levels
    counted = ranking.tallies.total > 0
    rows = []
    for level in range(levels.end + 1):
        came = counted & (ranking.level >= level)
        score = ranking.scores_at(level)[came]
        order = np.sort(score if ranking.maximizes else -score)
        best, worst = (order[-1], order[0]) if len(order) else (np.nan, np.nan)
        sign = 1 if ranking.maximizes else -1
        stopped = int(np.sum(counted & (ranking.level == level))) if level < levels.end else 0
        rows.append((level + 1, levels.name(level), int(came.sum()), stopped, sign * best,
                     sign * worst))
    table = pd.DataFrame(
        rows, columns=["rung", "at", "configurations", "stopped", "best", "worst"])
    table.attrs = {"metric": ranking.metric, "note": ranking.levels_note()}
    return table


def scores_at_rungs(results: Results, by: By = None, metric: Optional[str] = None) -> pd.DataFrame:
    """The score of every setting at each rung that it came to, and at the end: a row for each.

    Columns: those of `by`, until (how far the setting came), rung, at, score. The best settings first,
    as in `configuration_table`; without rows where no run was stopped.
    """
    from .configurations import Ranking
    return scores_of(Ranking(results, by, metric=metric))


def scores_of(ranking: Ranking) -> pd.DataFrame:
    """`scores_at_rungs` of a ranking."""
    levels = ranking.levels
    until = [levels.name(level) for level in ranking.level]
    at = [ranking.scores_at(level) for level in range(levels.end + 1)] if levels.end else []
    tables = []
    for group in ranking.order[:ranking.finished if levels.end else 0]:
        reached = range(int(ranking.level[group]) + 1)
        key = ranking.groups.keys.loc[[group] * len(reached)].reset_index(drop=True)
        tables.append(key.assign(
            until=until[group], rung=[level + 1 for level in reached],
            at=[levels.name(level) for level in reached],
            score=[float(at[level][group]) for level in reached]))
    columns = [*ranking.names, "until", "rung", "at", "score"]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    table.attrs = {"metric": ranking.metric, "maximizes": ranking.maximizes}
    return table


def courses_of(scores: pd.DataFrame) -> List[pd.DataFrame]:
    """The rows of `scores_at_rungs` of each setting: a new one begins at the first rung."""
    return [rows for _, rows in scores.groupby((scores.rung == 1).cumsum())]
