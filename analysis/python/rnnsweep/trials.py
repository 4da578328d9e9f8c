"""Configurations as the trials of an Optuna study: its dashboard, plots and importance then work."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

import numpy as np
import pandas as pd

from .configurations import Ranking
from .labels import is_none
from .results import Results

if TYPE_CHECKING:
    import optuna

SPREAD = 10  # the largest of positive values over the least, from which their scale is logarithmic
NUMBERS = ("runs", "seeds", "pending", "diverged", "failed", "solved", "solved_share",
           "solved_share_95_low", "solved_share_95_high")


def to_optuna(
    results: Results, storage: Any = None, study_name: Optional[str] = None,
    metric: Optional[str] = None,
) -> "optuna.Study":
    """Makes a study with one trial for each configuration that has a finished run.

    storage      where the study is put: a URL such as "sqlite:///study.db", a storage of Optuna, or
                 None for memory
    study_name   None: the name of the sweep
    metric       None: the metric of the sweep

    A trial's value is `score` of `configuration_table`, which counts diverged runs as failures; its
    parameters are those that are swept. Its user attributes are the numbers of `success_rates`. Real
    and whole parameters are of Optuna's float and int distributions from the least to the largest
    value, on a logarithmic scale where all are positive and the largest is at least ten times the
    least; all others, and those that may be none, are categorical.

    A configuration that was stopped at a rung is a pruned trial, with its scores at the rungs as
    intermediate values, by epochs or updates.

    Seeds are no trials: Optuna would take them for repetitions of nothing. What it computes from
    the trials (its importance, its plots) knows the scores alone, not how sure they are.

    ImportError without Optuna; ValueError when there is a study of this name already, or no run is
    finished. Nothing is changed then.
    """
    optuna = _optuna()
    ranking = Ranking(results, None, metric=metric)
    if not ranking.finished:
        raise ValueError("no run is finished: there are no trials")
    table = ranking.rates(in_order=False)
    chosen = table[ranking.tallies.total > 0]
    distributions = {name: _distribution(table[name]) for name in ranking.names}
    trials = [_trial(row, ranking.names, distributions, _course(ranking, int(group)))
              for group, row in chosen.iterrows()]
    name = results.name if study_name is None else study_name
    try:
        study = optuna.create_study(storage=storage, study_name=name,
                                    direction="maximize" if ranking.maximizes else "minimize")
    except optuna.exceptions.DuplicatedStudyError:
        raise ValueError(f"there is a study {name!r} in {storage} already: give the new one "
                         "another name, or delete that one") from None
    for key, value in (("metric", ranking.metric), ("note", ranking.note()),
                       ("configurations_without_finished_runs", len(table) - len(chosen))):
        study.set_user_attr(key, value)
    study.add_trials(trials)
    return study


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise ImportError("Optuna is missing: python3-optuna, or pip install optuna") from error
    return optuna


def _distribution(column: "pd.Series[Any]") -> Any:
    """Of all values that a parameter takes."""
    from optuna.distributions import (
        CategoricalDistribution, FloatDistribution, IntDistribution)

    values = [_value(value) for value in column.drop_duplicates()]
    if any(isinstance(value, (bool, str)) or value is None for value in values):
        return CategoricalDistribution(values)
    low, high = min(values), max(values)
    log = low > 0 and high >= SPREAD * low
    if all(isinstance(value, int) for value in values):
        return IntDistribution(low, high, log=log)
    return FloatDistribution(low, high, log=log)


def _value(value: Any) -> Any:
    """As Python's own type; None for what stands for none."""
    if is_none(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _course(ranking: Ranking, group: int) -> Dict[int, float]:
    """The scores of a configuration at the rungs that it came to, if runs were stopped at any."""
    levels = ranking.levels
    reached = min(int(ranking.level[group]) + 1, levels.end)
    return {levels.at(level): float(ranking.scores_at(level)[group]) for level in range(reached)}


def _trial(row: "pd.Series[Any]", names: List[str], distributions: Dict[str, Any],
           course: Dict[int, float]) -> Any:
    from optuna.trial import TrialState, create_trial

    stopped = row.get("until", "end") != "end"
    return create_trial(
        state=TrialState.PRUNED if stopped else TrialState.COMPLETE,
        value=None if stopped else float(row["score"]),
        intermediate_values=course,
        params={name: _value(row[name]) for name in names},
        distributions=distributions,
        user_attrs={name: None if pd.isna(row[name]) and stopped else _value(row[name])
                    for name in NUMBERS})
