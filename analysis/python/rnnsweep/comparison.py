"""Configurations against each other, paired by seed.

A seed has the same data and the same first network in all configurations of equal width, so the
runs of one seed are compared with each other. Where other parameters are swept too, a seed gives
several pairs that are not independent; the unit of every test and interval is the seed.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Sequence, Tuple

import numpy as np
import pandas as pd
from scipy.stats import binomtest, norm, rankdata, wilcoxon

from .results import Array, Results
from .statistics import is_solved

RESAMPLES = 2000
DIGITS = 6  # after the point of a share: float32 holds that many


@dataclass(frozen=True)
class Comparison:
    """Configuration a against b, seed by seed; a run that diverged solves nothing and has an
    accuracy of 0. Intervals are at the confidence asked for, p-values two-sided.

    pairs, seeds            pairs of runs that differ in nothing but a and b; their distinct seeds
    both, only_a, only_b, neither     pairs by which of the two solves the task
    difference, low, high   share of solved runs, a minus b
    p_solved                McNemar's exact test (Psychometrika 12:153, 1947) when each seed has one
                            pair, otherwise Wilcoxon's signed-rank test of the seeds' differences
    accuracy_difference, accuracy_low, accuracy_high   mean test accuracy, a minus b; bootstrap
    p_accuracy              Wilcoxon's signed-rank test (Biometrics 1:80, 1945) of the seeds' means
    effect                  matched-pairs rank-biserial correlation (Kerby 2014): share of the rank
                            sum in favour of a minus that in favour of b, -1..1
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
    sides = [results.where(**dict(side)).finished for side in (a, b)]
    pairs = _pair(results, sides[0], sides[1], list(a), threshold)
    if pairs.empty:
        raise ValueError(f"no finished run with {dict(a)} has a partner with {dict(b)}")
    means = pairs.astype({"solved_a": float, "solved_b": float}).groupby("seed").mean()
    solved = (means.solved_a - means.solved_b).values
    accuracy = (means.accuracy_a - means.accuracy_b).values
    only_a = int(np.sum(pairs.solved_a & ~pairs.solved_b))
    only_b = int(np.sum(~pairs.solved_a & pairs.solved_b))
    both = int(np.sum(pairs.solved_a & pairs.solved_b))
    if len(means) == len(pairs):
        low, high = paired_difference_interval(only_a, only_b, len(pairs), confidence)
        p_solved = mcnemar_p(only_a, only_b)
    else:
        low, high = _bootstrap_mean(solved, confidence)
        p_solved = signed_rank_p(solved)
    accuracy_low, accuracy_high = _bootstrap_mean(accuracy, confidence)
    return Comparison(
        a=dict(a), b=dict(b), pairs=len(pairs), seeds=len(means), both=both, only_a=only_a,
        only_b=only_b, neither=len(pairs) - both - only_a - only_b,
        difference=float(solved.mean()), low=low, high=high, p_solved=p_solved,
        accuracy_difference=float(accuracy.mean()), accuracy_low=accuracy_low,
        accuracy_high=accuracy_high, p_accuracy=signed_rank_p(accuracy),
        effect=rank_biserial(accuracy))


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


def _pair(results: Results, a: pd.DataFrame, b: pd.DataFrame, apart: Sequence[str],
          threshold: float) -> pd.DataFrame:
    """Columns seed, solved_a, solved_b, accuracy_a, accuracy_b; one row per pair."""
    same = [name for name in (*results.parameters, "seed") if name not in apart]
    sides = []
    for side in (a, b):
        diverged = side.status == "diverged"
        sides.append(side[same].assign(
            solved=is_solved(side, threshold),
            accuracy=np.where(diverged, 0.0, side.test_accuracy.values)))
    pairs = sides[0].merge(sides[1], on=same, suffixes=("_a", "_b"))
    if pairs.duplicated(same).any():
        raise ValueError(f"several values of {', '.join(apart)} match: give one value for each")
    return pairs[["seed", "solved_a", "solved_b", "accuracy_a", "accuracy_b"]]


def _bootstrap_mean(values: Array, confidence: float) -> Tuple[float, float]:
    """Percentile bootstrap interval of a mean, the same on each call."""
    picks = np.random.RandomState(0).randint(0, len(values), (RESAMPLES, len(values)))
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(values[picks].mean(axis=1), tails)
    return float(low), float(high)


# ---- Tests and intervals -------------------------------------------------------------------------


def mcnemar_p(only_a: int, only_b: int) -> float:
    """Exact two-sided test that discordant pairs go either way alike; 1 when there are none."""
    discordant = only_a + only_b
    return float(binomtest(only_a, discordant).pvalue) if discordant else 1.0


def paired_difference_interval(
    only_a: int, only_b: int, pairs: int, confidence: float = 0.95
) -> Tuple[float, float]:
    """Interval of a difference of two paired shares, (only_a - only_b) / pairs: Wald's with one
    pair added to each kind of discordance (Bonett and Price 2012, Journal of Educational and
    Behavioral Statistics 37:479, which Fagerland et al. 2014 recommend), cut to -1..1."""
    z = norm.ppf((1 + confidence) / 2)
    p, q = (only_a + 1) / (pairs + 2), (only_b + 1) / (pairs + 2)
    half = z * np.sqrt((p + q - (p - q) ** 2) / (pairs + 2))
    return max(p - q - half, -1.0), min(p - q + half, 1.0)


def signed_rank_p(differences: Array) -> float:
    """Two-sided p of Wilcoxon's signed-rank test, zeros left out; 1 when all are zero. Exact, also
    with ties, up to 200 differences, then the normal approximation."""
    apart = _apart(differences)
    if len(apart) == 0:
        return 1.0
    if len(apart) > 200:
        return float(wilcoxon(apart, method="approx").pvalue)
    ranks = np.rint(2 * rankdata(np.abs(apart))).astype(int)  # doubled: ties have halves
    ways = np.ones(1)  # in which the signs make each rank sum, as a share
    for rank in ranks:
        ways = 0.5 * (np.pad(ways, (0, rank)) + np.pad(ways, (rank, 0)))
    middle = ranks.sum() / 2
    as_far = np.abs(np.arange(len(ways)) - middle) >= abs(ranks[apart > 0].sum() - middle)
    return float(min(ways[as_far].sum(), 1.0))


def rank_biserial(differences: Array) -> float:
    """(W+ - W-) / (W+ + W-) of the ranks of the absolute differences that are not zero."""
    apart = _apart(differences)
    ranks = rankdata(np.abs(apart))
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
