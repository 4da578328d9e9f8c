"""Configurations against each other, paired by seed.

A seed has the same training data and the same first network in configurations that agree in states,
sequence_length, train_samples, gradient_check and data_seed, so the runs of one seed are compared
with each other. Where other parameters are swept too, a seed gives several pairs that are not
independent: they are averaged, and each seed counts once.
"""
from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Dict, Mapping, Sequence, Tuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from .configurations import mean_by_unit
from .grouping import Groups
from .labels import describe_values
from .results import Array, Results
from .rungs import Levels
from .sign_flips import sign_flip_interval, two_sided_p
from .units import Units, units_of

DIGITS = 6  # after the point of a share: float32 holds that many


@dataclass(frozen=True)
class Comparison:
    """Configuration a against b, seed by seed; a run that diverged solves nothing and has an
    accuracy of 0. `print` gives a sentence and a table. Intervals are at the confidence asked for,
    p-values two-sided.

    pairs, seeds            pairs of runs that differ in nothing but a and b; their distinct seeds
    both, only_a, only_b, neither     pairs by which of the two solves the task
    difference, low, high   share of solved runs, a minus b, mean over seeds. With one pair a seed
                            the interval of Bonett and Price, otherwise that of the test
    p_solved                exact paired permutation test of the seeds' differences (`sign_flip_p`);
                            with one pair a seed McNemar's exact test (Psychometrika 12:153, 1947)
    accuracy_difference, accuracy_low, accuracy_high   mean test accuracy, a minus b; the shifts that
                            the test does not reject
    p_accuracy              the same test of the seeds' mean accuracies
    effect                  matched-pairs rank-biserial correlation (Kerby 2014): share of the rank
                            sum in favour of a minus that in favour of b, -1..1
    confidence, unit, note  of the intervals; what counts once; what the numbers say nothing about
    until                   "end"; where runs of a or b were stopped, the last rung that all of both
                            came to, such as "10 epochs": all are compared as they were there
    """

    a: Dict[str, Any]
    b: Dict[str, Any]
    pairs: int
    seeds: int
    both: int
    only_a: int
    only_b: int
    neither: int
    difference: float
    low: float
    high: float
    p_solved: float
    accuracy_difference: float
    accuracy_low: float
    accuracy_high: float
    p_accuracy: float
    effect: float
    confidence: float = 0.95
    unit: str = "seed"
    note: str = ""
    until: str = "end"

    def sentence(self) -> str:
        a, b = describe_values(self.a), describe_values(self.b)
        over = f"over {_counted(self.seeds, self.unit)} ({_counted(self.pairs, 'pair')} of runs)"
        if self.smallest_p > 1 - self.confidence:
            return f"{a} against {b}: {_counted(self.seeds, self.unit)} cannot tell them apart."
        if self.p_solved <= 1 - self.confidence:
            more = "more" if self.difference > 0 else "less"
            return f"{a} solves {more} than {b}, {over}."
        if self.p_accuracy <= 1 - self.confidence:
            more = "higher" if self.accuracy_difference > 0 else "lower"
            return f"{a} has a {more} accuracy than {b}, {over}."
        return f"{a} and {b} are statistically indistinguishable, {over}."

    @property
    def smallest_p(self) -> float:
        """The smallest p that so many seeds can have."""
        return min(1.0, 2.0 ** (1 - self.seeds))

    def table(self) -> pd.DataFrame:
        """Rows solved and accuracy: a minus b, with its interval and p."""
        level = f"{100 * self.confidence:g} % interval"
        rows = ((self.difference, self.low, self.high, self.p_solved),
                (self.accuracy_difference, self.accuracy_low, self.accuracy_high, self.p_accuracy))
        return pd.DataFrame(
            {"a - b": [f"{100 * row[0]:+.1f} %" for row in rows],
             level: [f"{100 * row[1]:+.1f} to {100 * row[2]:+.1f} %" for row in rows],
             "p": [f"{row[3]:.2g}" for row in rows]}, index=["solved", "accuracy"])

    def counts(self) -> str:
        return (f"pairs solved by both {self.both}, by a only {self.only_a}, by b only "
                f"{self.only_b}, by neither {self.neither}")

    def __str__(self) -> str:
        return "\n".join(part for part in (
            self.sentence(), self.table().to_string(), self.counts(), self.note) if part)

    def _repr_html_(self) -> str:
        text = "".join(f"<p>{escape(part)}</p>" for part in (self.counts(), self.note) if part)
        return f"<p>{escape(self.sentence())}</p>{self.table().to_html()}{text}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" + ("" if count == 1 else "s")


def compare(
    results: Results, a: Mapping[str, Any], b: Mapping[str, Any], threshold: float = 1.0,
    confidence: float = 0.95,
) -> Comparison:
    """Compares two configurations, or one setting of a parameter with another over all the rest:
    `compare(results, {"momentum": 0.8}, {"momentum": 0.0})`.

    a, b   values of the same parameters, as for `Results.where`. Runs are paired that agree in
           everything else, the seed included. ValueError when nothing matches or pairs up, or a
           and b name different parameters.
    """
    if set(a) != set(b):
        raise ValueError(f"a and b must name the same parameters, not {set(a)} and {set(b)}")
    sides = [results.where(**dict(side)).trained for side in (a, b)]
    levels = Levels(results, results.trained)
    level = min((levels.level_of(side) for side in sides if len(side)), default=levels.end)
    groups = Groups(pd.concat(sides), list(a))
    groups.number = np.repeat([0, 1], [len(side) for side in sides])
    units = units_of(groups, results.parameters)
    pairs = _pair([_outcomes(side, levels, level, threshold) for side in sides], units,
                  units.pairs_by(results.parameters))
    if pairs.empty:
        raise ValueError(f"no finished run with {dict(a)} has a partner with {dict(b)}")
    unit = pairs[units.name].values
    solved = mean_by_unit(pairs.solved_a.values.astype(float) - pairs.solved_b.values, unit)
    accuracy = mean_by_unit(pairs.accuracy_a.values - pairs.accuracy_b.values, unit)
    only_a = int(np.sum(pairs.solved_a & ~pairs.solved_b))
    only_b = int(np.sum(~pairs.solved_a & pairs.solved_b))
    both = int(np.sum(pairs.solved_a & pairs.solved_b))
    if len(solved) == len(pairs):
        low, high = paired_difference_interval(only_a, only_b, len(pairs), confidence)
    else:
        low, high = sign_flip_interval(solved, confidence)
    accuracy_low, accuracy_high = sign_flip_interval(accuracy, confidence)
    return Comparison(
        a=dict(a), b=dict(b), pairs=len(pairs), seeds=len(solved), both=both, only_a=only_a,
        only_b=only_b, neither=len(pairs) - both - only_a - only_b,
        difference=float(solved.mean()), low=low, high=high, p_solved=two_sided_p(solved),
        accuracy_difference=float(accuracy.mean()), accuracy_low=accuracy_low,
        accuracy_high=accuracy_high, p_accuracy=two_sided_p(accuracy),
        effect=rank_biserial(accuracy), confidence=confidence, unit=units.name,
        note="\n".join(line for line in (levels.both(level), str(units)) if line),
        until=levels.name(level))


def compare_many(
    results: Results, pairs: Sequence[Tuple[Mapping[str, Any], Mapping[str, Any]]],
    threshold: float = 1.0, confidence: float = 0.95,
) -> pd.DataFrame:
    """`compare` for several pairs (a, b): one row each with the fields of Comparison, and
    p_solved_holm and p_accuracy_holm, corrected for their number (Holm)."""
    rows = [vars(compare(results, a, b, threshold, confidence)) for a, b in pairs]
    table = pd.DataFrame(rows)
    for name in ("p_solved", "p_accuracy"):
        table[f"{name}_holm"] = holm(table[name].values)
    return table


# ---- Pairs ---------------------------------------------------------------------------------------


def _outcomes(runs: pd.DataFrame, levels: Levels, level: int, threshold: float) -> pd.DataFrame:
    """The runs as they were at a level: with `solved` and `accuracy`, of one that had diverged 0. The
    threshold is met in the precision in which accuracies are stored, as in `is_solved`."""
    places = levels.places(runs)
    accuracy = levels.values("test_accuracy", np.full(len(runs), level), 0.0, places)
    stored = runs.test_accuracy.dtype.type
    lost = levels.is_lost(np.full(len(levels.runs), level))[places]
    return runs.assign(solved=(accuracy.astype(stored) >= stored(threshold)) & ~lost,
                       accuracy=accuracy)


def _pair(outcomes: Sequence[pd.DataFrame], units: Units, same: Sequence[str]) -> pd.DataFrame:
    """Columns of the unit, solved_a, solved_b, accuracy_a, accuracy_b; one row per pair of runs that
    agree in `same`."""
    sides = [side[[*same, "solved", "accuracy"]] for side in outcomes]
    pairs = sides[0].merge(sides[1], on=list(same), suffixes=("_a", "_b"))
    if pairs.duplicated(same).any():
        raise ValueError(f"several values of {', '.join(units.by)} match: give one value for each")
    return pairs.drop(columns=[name for name in same if name != units.name])


# ---- Tests and intervals -------------------------------------------------------------------------


def paired_difference_interval(
    only_a: int, only_b: int, pairs: int, confidence: float = 0.95
) -> Tuple[float, float]:
    """Interval of a difference of two paired shares, (only_a - only_b) / pairs: Wald's with one
    pair added to each kind of discordance (Bonett and Price 2012, Journal of Educational and
    Behavioral Statistics 37:479, which Fagerland et al. 2014 recommend), cut to -1..1."""
    z = ndtri((1 + confidence) / 2)
    p, q = (only_a + 1) / (pairs + 2), (only_b + 1) / (pairs + 2)
    half = z * np.sqrt((p + q - (p - q) ** 2) / (pairs + 2))
    return max(p - q - half, -1.0), min(p - q + half, 1.0)


def rank_biserial(differences: Array) -> float:
    """(W+ - W-) / (W+ + W-) of the ranks of the absolute differences that are not zero."""
    apart = _apart(differences)
    ranks = pd.Series(np.abs(apart)).rank().to_numpy()
    return float(np.sum(np.sign(apart) * ranks) / np.sum(ranks)) if len(apart) else 0.0


def _apart(differences: Array) -> Array:
    """Without zeros; rounded, so that differences which are equal on paper are ties."""
    rounded = np.round(differences, DIGITS)
    return np.asarray(rounded[rounded != 0])


def holm(p: Array) -> Array:
    """p-values that hold for all together (Holm 1979, Scandinavian Journal of Statistics 6:65)."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
