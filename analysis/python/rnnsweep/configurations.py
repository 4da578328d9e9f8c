"""The table of configurations that `rnnsweep summary` prints, number for number."""
from __future__ import annotations

import difflib
from typing import Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from .grouping import By, Groups, group_names
from .results import Array, Results, worst_of
from .rungs import Levels
from .sign_flips import sign_flip_p
from .solution_time import solution_times, summarised_times
from .statistics import quantile, rates_of
from .units import Tallies, units_of

ERROR = 0.05  # of calling a configuration worse that is not
METRICS = ("test_accuracy", "test_bit_accuracy", "final_loss", "test_loss", "initial_loss")
CHECKED = ("reached: of the runs with stop_loss or stop_accuracy, those that got there at a check; "
           "updates until then, others as infinite.")


def success_rates(
    results: Results, by: By = None, threshold: float = 1.0, confidence: float = 0.95
) -> pd.DataFrame:
    """Share of finished runs that solve the task: the first columns of `configuration_table`, in its
    order, without what takes long.

    by          one name or several to group by; None: all parameters that are swept
    threshold   test accuracy at and above which a run is a success
    confidence  of the interval of `solved_share`: Wilson's, or its counterpart for several runs a
                seed (`wilson_of_seeds`)

    Columns: those of `by`, then score, runs, seeds, pending, diverged, failed, solved,
    solved_share, solved_share_95_low, solved_share_95_high. ValueError when a name of `by` is no
    column of the runs.
    """
    return Ranking(results, by, threshold, confidence).rates()


def configuration_table(
    results: Results, by: By = None, threshold: float = 1.0, confidence: float = 0.95,
    metric: Optional[str] = None, loss_level: Optional[float] = None,
) -> pd.DataFrame:
    """Everything about each configuration, best first: the columns of `rnnsweep summary --csv`.

    Columns: those of `by`, then

    until       only where runs were stopped at a rung: how far all runs of the group came, "end" or
                such as "10 epochs". Groups at the end come first, then later rungs before earlier
                ones, then groups of which all runs diverged. Score and runs are those at the rung;
                what is of whole runs is missing
    score       what orders the rows: of an accuracy the mean over seeds with diverged runs as 0, of
                a loss the median over runs with diverged runs as infinite; equals by their median
                final loss, then in the order of the file
    runs, seeds, pending, diverged, failed, solved, solved_share, solved_share_95_low, ..._high
                as in `success_rates`
    test_accuracy_mean, test_accuracy_median, test_accuracy_iqm, test_accuracy_iqm_95_low, ..._high
                over the seeds' means of the runs that did not diverge; the interquartile mean (IQM)
                with its bootstrap interval. NaN where all diverged
    final_loss_mean, ...      the same
    reached, censored_share, updates_lower_quartile, updates_median, updates_upper_quartile,
    updates_expected          only with a `loss_level`, or where runs have stop_loss or
                stop_accuracy: updates until then, see `time_to_loss`
    standing, paired_seeds, pairs, pairs_won_by_best, pairs_lost_by_best, worse_p     see
                `against_best`

    metric       what ranks: None for the metric of the sweep. ValueError when it is none.
    loss_level   the loss to which `reached` and the updates are

    `attrs` of the table hold what the numbers rest on: metric, maximizes, unit, held, note.
    """
    ranking = Ranking(results, by, threshold, confidence, metric)
    table = ranking.rates(in_order=False)
    level = f"{100 * confidence:g}"
    for name in ("test_accuracy", "final_loss"):
        samples = ranking.tallies.done_means(ranking.runs[name].values)
        table[f"{name}_mean"] = [np.mean(sample) if len(sample) else np.nan for sample in samples]
        table[f"{name}_median"] = [float(quantile(sample, 0.5)) for sample in samples]
        table[f"{name}_iqm"] = [interquartile_mean(sample) for sample in samples]
        low, high = iqm_intervals(samples, confidence)
        table[f"{name}_iqm_{level}_low"], table[f"{name}_iqm_{level}_high"] = low, high
        made = [column for column in table if column.startswith(f"{name}_")]
        table.loc[~ranking.whole, made] = np.nan
    table = table.join(_times(results, ranking, loss_level))
    table = ranking.ordered(table.join(ranking.standings()))
    if loss_level is None and "reached" in table:
        table.attrs["note"] = "\n".join(filter(None, (CHECKED, table.attrs["note"])))
    return table


def _times(results: Results, ranking: Ranking, loss_level: Optional[float]) -> pd.DataFrame:
    """Updates until a loss is reached, or a stop rule held, [group]; no columns where no run checks
    that, and no numbers where runs were stopped at a rung."""
    if loss_level is None and results.finished.solved_at.isna().all():
        return pd.DataFrame(index=ranking.groups.keys.index)
    times = solution_times(results, loss_level)
    number = pd.Series(ranking.groups.number, ranking.runs.index)[times.index].values
    found = summarised_times(times, number, len(ranking.groups)).drop(columns="runs")
    found.columns = ["reached", "censored_share", *(f"updates_{name}" for name in found.columns[2:])]
    return found if ranking.whole.all() else found.astype({"reached": "Int64"}).where(
        pd.Series(ranking.whole), other=pd.NA)


class Ranking:
    """The runs of results in groups, and the groups best first.

    runs, groups, units, tallies    all runs; who belongs together
    values    [run] the metric, more is better, of a diverged run the worst there is; NaN when it is
              not finished
    score     [group] in the units of the metric; NaN without finished runs
    order     numbers of the groups, the best one first, those without finished runs last
    finished  number of the groups that have finished runs, or such as were stopped at a rung
    levels    how far the runs came: `level` [group] is the last rung that all of a group came to,
              at which it has its values and score
    whole     [group] whether none of its runs was stopped
    lost      [group] whether, where runs were stopped, all that it has had diverged
    """

    def __init__(self, results: Results, by: By = None, threshold: float = 1.0,
                 confidence: float = 0.95, metric: Optional[str] = None) -> None:
        self.metric = _known_metric(results, metric)
        self.accuracy = self.metric.endswith("accuracy")
        self.maximizes = results.maximizes if self.metric == results.metric else self.accuracy
        self.confidence = confidence
        self.parameters = results.parameters
        self.runs = results.known
        self.names = group_names(results, by)
        self.groups = Groups(self.runs, self.names)
        self.units = units_of(self.groups, self.parameters)
        self.levels = Levels(results, self.runs)
        self.level = self.levels.of_groups(self.groups.number, len(self.groups))
        self.whole = self.level >= self.levels.end
        self.run_level = self.level[self.groups.number]
        member = self.levels.reached >= 0
        self.tallies = Tallies(self.groups, self.units, threshold, member,
                               member & ~self.levels.is_lost(self.run_level))
        self.values = self.values_at(self.run_level)
        self.score = self._scores(self.values)
        losses = self.tallies.done_means(
            self.levels.values("final_loss", self.run_level, np.inf))
        median = [float(quantile(sample, 0.5)) if len(sample) else np.inf for sample in losses]
        rank = np.rint(self.score * 1e12) if self.accuracy else self.score
        self.finished = int(np.sum(self.tallies.total > 0))
        self.lost = (self.tallies.by_group(self.tallies.done) == 0) & (self.levels.end > 0)
        self.order: Array = np.lexsort((
            np.arange(len(rank)), median, -rank if self.maximizes else rank, -self.level, self.lost,
            self.tallies.total == 0))
        self.comparisons = self.finished - 1 if self.has_best else 0

    @property
    def has_best(self) -> bool:
        """Whether the first group was trained to its end."""
        return bool(self.finished and self.whole[self.order[0]])

    def values_at(self, level: Array, rows: Optional[Array] = None) -> Array:
        """The metric of runs, or of those at these places, as they were at a level of each."""
        return self.levels.values(self.metric, level, worst_of(self.metric, self.maximizes), rows)

    def scores_at(self, level: int) -> Array:
        """[group] the score at a level; NaN where not all runs of the group came there."""
        score = self._scores(self.values_at(np.full(len(self.runs), level)))
        return np.where(self.level >= level, score, np.nan)

    def _scores(self, values: Array) -> Array:
        if not self.accuracy:
            return np.array([float(quantile(sample, 0.5))
                             for sample in self.groups.values(values)])
        means = self.tallies.means(values)
        return np.asarray(self.tallies.by_group(means) / np.where(
            self.tallies.total > 0, self.tallies.total, np.nan))

    def rates(self, in_order: bool = True) -> pd.DataFrame:
        table = rates_of(self.groups, self.tallies, self.confidence)
        table.insert(len(self.names), "score", self.score)
        if self.levels.end:
            self._say_levels(table)
        return self.ordered(table) if in_order else table

    def _say_levels(self, table: pd.DataFrame) -> None:
        """Columns that are there where runs were stopped; what is of whole runs becomes missing in
        groups that were."""
        counted = self.tallies.total > 0
        until = [self.levels.name(level) if some else "" for level, some in zip(self.level, counted)]
        table.insert(len(self.names) + 1, "until", until)
        stopped = self.groups.count(self.runs.status == "stopped")
        table.insert(list(table).index("failed") + 1, "stopped", stopped)
        table["solved"] = table.solved.astype("Int64").where(self.whole)
        for name in [name for name in table if name.startswith("solved_share")]:
            table[name] = table[name].where(self.whole)

    def ordered(self, table: pd.DataFrame) -> pd.DataFrame:
        table = table.loc[self.order].reset_index(drop=True)
        lines = (self.note(table.get("standing"), table.get("paired_seeds")), self.uncounted())
        table.attrs = {
            "metric": self.metric, "maximizes": self.maximizes, "unit": self.units.name,
            "held": self.units.held, "note": "\n".join(line for line in lines if line)}
        return table

    def standings(self) -> pd.DataFrame:
        if not len(self.order):
            return pd.DataFrame(columns=["standing", "paired_seeds", "pairs", "pairs_won_by_best",
                                         "pairs_lost_by_best", "worse_p"])
        return against_best(self, int(self.order[0]))

    def note(self, standing: Optional[pd.Series] = None, paired: Optional[pd.Series] = None) -> str:
        """What readers should know of the numbers, or nothing.

        standing, paired    [group] with them, of the seeds that groups share with the best; without,
                            of those that they have
        """
        few = too_few(self) if standing is None or paired is None else \
            undecided(self, standing, paired)
        none = "" if self.finished else "No run is finished."
        lines = (none, self.levels_note(), few, str(self.units))
        return "\n".join(line for line in lines if line)

    def uncounted(self) -> str:
        """How many runs are in no number, or nothing."""
        pending, failed = (int((self.runs.status == status).sum()) for status in ("pending", "failed"))
        lines = (f"{_runs_are(pending)} not finished and not counted." if pending else "",
                 f"{_runs_are(failed)} not counted: the gradient check failed." if failed else "")
        return "\n".join(line for line in lines if line)

    def levels_note(self) -> str:
        """How many groups were stopped at which rung, or nothing."""
        said = self.levels.sentence(self.level[self.tallies.total > 0])
        best = ", and so is the best that they are compared with" if self.comparisons else ""
        return f"until: {said}. Their scores are of then{best}." if said else ""


def too_few(ranking: Ranking) -> str:
    """"10 seeds cannot tell these 2160 settings apart; 16 would, ..." where it is so."""
    if not ranking.comparisons:
        return ""
    seeds = int(ranking.tallies.total.max())
    if ranking.units.name in ranking.names or seeds >= units_needed(ranking.comparisons):
        return ""
    return _cannot_tell(ranking, seeds)


def _cannot_tell(ranking: Ranking, seeds: int) -> str:
    return (f"{_counted(seeds, ranking.units.name)} cannot tell these {ranking.finished} settings "
            f"apart; {units_needed(ranking.comparisons)} would, if the best won with each.")


def _runs_are(count: int) -> str:
    return f"{count} run{' is' if count == 1 else 's are'}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def undecided(ranking: Ranking, standing: pd.Series, paired: pd.Series) -> str:
    """Why some groups have no standing, or nothing."""
    lines, unit = [], ranking.units.name
    open_ones = standing == "undecided"
    if open_ones.any():
        seeds = int(paired[open_ones].max())
        lines.append(
            f"Some settings share at most {_counted(seeds, unit)} with the best, too few to tell; "
            f"{units_needed(ranking.comparisons)} would, if the best won with each."
            if standing.isin(["tied", "worse"]).any() else _cannot_tell(ranking, seeds))
    if (standing == "unpaired").any():
        agree = [name for name in ranking.units.pairs_by(ranking.parameters)
                 if name == unit or ranking.runs[name].nunique(dropna=False) > 1]
        lines.append(f"Some settings share no {unit}s with the best." if unit not in agree else
                     f"Some settings have no run that agrees with one of the best in "
                     f"{', '.join(agree)}.")
    return "\n".join(lines)


def units_needed(comparisons: int) -> int:
    """Seeds with which one of so many comparisons with the best could come out at all."""
    units = 1
    while comparisons * 2.0**-units > ERROR:
        units += 1
    return units


def _known_metric(results: Results, metric: Optional[str]) -> str:
    name = results.metric if metric is None else metric
    if name in METRICS and name in results.runs:
        return name
    near = difflib.get_close_matches(name, METRICS, 1)
    hint = f"; did you mean {near[0]}?" if near else f": {', '.join(METRICS)}"
    raise ValueError(f"the metric {name!r} is no column to rank by{hint}")


# ---- Against the best ----------------------------------------------------------------------------


def against_best(ranking: Ranking, best: int) -> pd.DataFrame:
    """Which groups may be the best, one row per group, in their order.

    paired_seeds, pairs     seeds and pairs of runs, one in this group and one in the best, that agree
                            in all columns that are not grouped by, the seed among them
    pairs_won_by_best, pairs_lost_by_best     the others are equal
    worse_p                 exact paired permutation test of the seeds' mean differences, one-sided,
                            times the number of comparisons (Bonferroni), at most 1; NaN without
                            pairs and for the best. Of accuracies the differences themselves; of
                            losses 1, 1/2 or 0 for above, on or below the median of both groups
    standing                best; worse when worse_p <= 0.05; tied; undecided when there are too few
                            seeds for any difference to show; unpaired; none without finished runs,
                            or where no group at the end is best. A group that was stopped at a rung
                            is compared with the best as both were there

    However the best was picked from the same data, the truly best group is then among the best and
    the tied with 95 % confidence (subset selection: Gupta 1965, Technometrics 7:225).
    """
    groups, units, values = ranking.groups, ranking.units, ranking.values
    partner = _partners(ranking, best)
    paired = np.flatnonzero(~np.isnan(partner) & ~np.isnan(values))
    paired = paired[np.argsort(groups.number[paired], kind="stable")]
    ends = np.searchsorted(groups.number[paired], np.arange(1, len(groups) + 1))
    comparisons = ranking.comparisons
    needed = units_needed(comparisons) if comparisons else 0
    rows = []
    for group, members in enumerate(np.split(paired, ends[:-1])):
        rows.append(_standing(ranking, group, best, partner[members], values[members],
                              units.number[members], comparisons, needed))
    return pd.DataFrame(rows, columns=["standing", "paired_seeds", "pairs", "pairs_won_by_best",
                                       "pairs_lost_by_best", "worse_p"])


def _partners(ranking: Ranking, best: int) -> Array:
    """The value of each run's partner in the best group, as it was at the level of the run's group;
    NaN where it has none, [run]."""
    if ranking.units.name in ranking.names:
        return np.full(len(ranking.runs), np.nan)
    pair = Groups(ranking.runs, ranking.units.pairs_by(ranking.parameters)).number
    place = np.full(pair.max() + 1, -1)
    members = np.flatnonzero((ranking.groups.number == best) & ~np.isnan(ranking.values))
    place[pair[members]] = members
    partner = place[pair]
    return np.where(partner >= 0, ranking.values_at(ranking.run_level, partner), np.nan)


def _standing(
    ranking: Ranking, group: int, best: int, theirs: Array, ours: Array, unit: Array,
    comparisons: int, needed: int,
) -> Tuple[str, int, int, int, int, float]:
    if ranking.tallies.total[group] == 0 or not ranking.has_best:
        return "none", 0, 0, 0, 0, np.nan
    if group == best or len(ours) == 0:
        return "best" if group == best else "unpaired", 0, 0, 0, 0, np.nan
    won, lost = theirs > ours, theirs < ours
    if not ranking.maximizes:
        won, lost = lost, won
    if not ranking.accuracy:
        theirs, ours = _sides(theirs, ours)
    lead = mean_by_unit(theirs - ours if ranking.maximizes else ours - theirs, unit)
    p = min(1.0, sign_flip_p(lead) * comparisons)
    standing = "worse" if p <= ERROR else "tied"
    return ("undecided" if len(lead) < needed else standing, len(lead), len(ours), int(won.sum()),
            int(lost.sum()), p)


def _sides(theirs: Array, ours: Array) -> Tuple[Array, Array]:
    """1 above the median of both together, 0 below, 1/2 on it."""
    middle = float(quantile(np.concatenate([theirs, ours]), 0.5))
    return ((theirs > middle) + 0.5 * (theirs == middle), (ours > middle) + 0.5 * (ours == middle))


def mean_by_unit(values: Array, unit: Array) -> Array:
    _, cell = np.unique(unit, return_inverse=True)
    return np.asarray(np.bincount(cell, values) / np.bincount(cell))


# ---- Interquartile means -------------------------------------------------------------------------


def interquartile_mean(sample: Array) -> float:
    """Mean without the floor(n/4) smallest and largest values: scipy.stats.trim_mean(sample, 0.25).
    NaN for no values."""
    cut = len(sample) // 4
    return float(np.mean(np.sort(sample)[cut:len(sample) - cut])) if len(sample) else np.nan


def iqm_intervals(samples: Sequence[Array], confidence: float = 0.95) -> Tuple[Array, Array]:
    """Percentile bootstrap intervals of the interquartile means of many samples (Efron 1979, Annals
    of Statistics 7:1; recommended for few runs by Agarwal et al., NeurIPS 2021).

    Each is that of scipy.stats.bootstrap on the sorted sample, method "percentile", random_state
    numpy.random.RandomState(0), and so the same on each call, in `rnnsweep summary` and for all
    samples of the same size. 1000 resamples up to 2000 values, then falling to 200 from 10000 on,
    as intervals get narrow. NaN for an empty sample.
    """
    low, high = np.full(len(samples), np.nan), np.full(len(samples), np.nan)
    sizes = np.array([len(sample) for sample in samples], int)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    for size in np.unique(sizes[sizes > 0]):
        places = np.flatnonzero(sizes == size)
        ordered = np.sort(np.stack([samples[place] for place in places]), axis=1)
        replicates = ordered @ _resampled_middles(int(size)).T / (size - 2 * (size // 4))
        low[places], high[places] = np.quantile(replicates, tails, axis=1)
    return low, high


def _resampled_middles(size: int) -> Array:
    """How often each sorted value is among the middle ones of a resample, [resample, value]."""
    resamples = min(max(2_000_000 // size, 200), 1000)
    picks = np.random.RandomState(0).randint(0, size, (resamples, size))
    flat = picks + size * np.arange(resamples)[:, None]
    copies = np.bincount(flat.ravel(), minlength=resamples * size).reshape(resamples, size)
    ends = np.cumsum(copies, axis=1)  # of the places that a value takes in the sorted resample
    cut = size // 4
    middle = np.clip(ends, cut, size - cut) - np.clip(ends - copies, cut, size - cut)
    return np.asarray(middle, float)
