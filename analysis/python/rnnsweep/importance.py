"""How much each swept parameter matters: the decomposition of variance on a full grid.

The variance of the mean outcome over the grid is split exactly into main effects and interactions
(the functional ANOVA: W. Hoeffding, Annals of Mathematical Statistics 19:293, 1948; F. Hutter et al.,
ICML 2014), with the seeds as replicates. Where the runs are no full grid, a random forest stands in
for the outcome (fANOVA, as in Hutter et al.); that needs scikit-learn.
"""
from __future__ import annotations

from itertools import combinations
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from .configurations import Ranking
from .results import Array, Results
from .statistics import student_quantile

FEWEST_SEEDS = 3
TREES = 64


def percent_of(share: float) -> str:
    """A share of the variance, which may come out a little below 0: never "-0.0 %"."""
    return f"{round(100 * share, 1) + 0.0:.1f} %"


def importance(
    results: Results, metric: Optional[str] = None, confidence: float = 0.95, pairs: bool = True
) -> pd.DataFrame:
    """Shares of the variance of the metric between configurations, the largest first.

    Columns: effect ("states", "states x momentum", ..., "rest": of three and more parameters), share,
    and with a full grid share_95_low, share_95_high. A diverged run counts as in `score`. `attrs`:
    method ("grid" or "fANOVA"), metric, seeds, and note; where runs were stopped at rungs, until: the
    last rung to which all runs came, at which they are taken.

    On a full grid (every combination of the levels with the same seeds) the shares are exact for
    these levels. Each variance is estimated without the noise of the seeds, by products of effects of
    different seeds, so that a share may come out below 0 where there is nothing; the interval is that
    of the jackknife over seeds (B. Efron and C. Stein, Annals of Statistics 9:586, 1981) with
    Student's quantile; it covers in 90 to 95 % of studies, the less the nearer a share is to 0. For
    losses, which may be infinite, the ranks of the runs are decomposed.

    ValueError when nothing is swept, nothing is finished, or every configuration has the same value.
    """
    if not results.swept:
        raise ValueError("nothing is swept but the seed: no parameter can matter")
    ranking = Ranking(results, None, metric=metric)
    if not ranking.finished:
        raise ValueError("no run is finished")
    level = int(ranking.level[ranking.tallies.total > 0].min())
    values = ranking.values_at(np.full(len(ranking.runs), level))
    values = values if ranking.accuracy else _ranks(values)
    grid = _grid(ranking, values)
    if grid is None:
        table = _forest_shares(ranking, values, pairs)
    else:
        table = _shares(_effects(grid, ranking.names, pairs), grid, ranking, confidence)
    if level < ranking.levels.end:
        until = ranking.levels.name(level)
        said = f"All runs as they were after {until}: some were stopped then."
        table.attrs.update(until=until, note="\n".join(
            line for line in (said, table.attrs["note"]) if line))
    return table


def _ranks(values: Array) -> Array:
    return np.asarray(pd.Series(values).rank(pct=True).values, float)


# ---- The full grid -------------------------------------------------------------------------------


def _grid(ranking: Ranking, values: Array) -> Optional[Array]:
    """values[level of the first parameter, of the second, ..., seed] over the seeds that have
    finished runs in every configuration; None when it is no full grid, or has too few such seeds."""
    codes = [pd.factorize(ranking.runs[name], sort=True)[0] for name in ranking.names]
    shape = tuple(int(code.max()) + 1 for code in codes)
    if np.prod(shape, dtype=float) != len(ranking.groups):
        return None
    place = np.ravel_multi_index(codes, shape)
    table = np.full((len(ranking.groups), ranking.units.count), np.nan)
    table[place, ranking.units.number] = values
    if len(values) > table.size:
        return None
    whole = ~np.isnan(table).any(axis=0)
    if whole.sum() < FEWEST_SEEDS:
        return None
    return table[:, whole].reshape(*shape, -1)


def _effects(grid: Array, names: Sequence[str], pairs: bool) -> Dict[str, Array]:
    """Of each seed: the effects of every level, [level, seed], and of every pair of levels beyond
    them, [pair of levels, seed]."""
    axes = range(len(names))
    centred = grid - grid.mean(axis=tuple(axes), keepdims=True)

    def margin(*kept: int) -> Array:
        return np.asarray(centred.mean(axis=tuple(axis for axis in axes if axis not in kept),
                                       keepdims=True))

    effects = {names[axis]: margin(axis) for axis in axes}
    if pairs:
        for one, other in combinations(axes, 2):
            both = margin(one, other) - margin(one) - margin(other)
            effects[f"{names[one]} x {names[other]}"] = both
    return {name: effect.reshape(-1, grid.shape[-1]) for name, effect in effects.items()}


def _variances(effects: Array) -> Tuple[float, Array]:
    """The mean square of effects [element, seed] without the noise of the seeds, and the same
    without each seed: sums over pairs of different seeds."""
    seeds, total = effects.shape[1], effects.sum(axis=1)
    products = total @ total - np.sum(effects**2)
    own = effects.T @ total
    squares = np.sum(effects**2, axis=0)
    left = products - 2 * own + 2 * squares
    return (products / (seeds * (seeds - 1) * len(effects)),
            np.asarray(left / ((seeds - 1) * (seeds - 2) * len(effects))))


def _shares(
    effects: Dict[str, Array], grid: Array, ranking: Ranking, confidence: float
) -> pd.DataFrame:
    seeds = grid.shape[-1]
    axes = tuple(range(grid.ndim - 1))
    whole, whole_left = _variances(
        (grid - grid.mean(axis=axes, keepdims=True)).reshape(-1, seeds))
    if whole <= 0 or np.any(whole_left <= 0):
        raise ValueError(f"the configurations do not differ in {ranking.metric}: nothing matters")
    wide = float(student_quantile(np.array(seeds - 1.0), confidence))
    rows, rest, rest_left = [], 1.0, np.ones(seeds)
    for name, effect in effects.items():
        variance, left = _variances(effect)
        rows.append(_row(name, variance / whole, left / whole_left, wide))
        rest, rest_left = rest - variance / whole, rest_left - left / whole_left
    if len(effects) > 1 and (grid.ndim > 3 or len(effects) < grid.ndim):
        rows.append(_row("rest", rest, rest_left, wide))
    level = f"{100 * confidence:g}"
    table = pd.DataFrame(rows, columns=["effect", "share", f"share_{level}_low",
                                        f"share_{level}_high"])
    table = table.sort_values("share", ascending=False, kind="stable", ignore_index=True)
    table.attrs = {"method": "grid", "metric": ranking.metric, "seeds": seeds,
                   "note": str(ranking.units)}
    return table


def _row(name: str, share: float, left: Array, wide: float) -> Tuple[str, float, float, float]:
    seeds = len(left)
    error = float(np.sqrt((seeds - 1) / seeds * np.sum((left - left.mean()) ** 2)))
    centre = max(0.0, float(share))  # a share below 0 says that it is small, not how small
    return name, float(share), max(0.0, centre - wide * error), min(1.0, centre + wide * error)


# ---- No grid: a forest in its place --------------------------------------------------------------


def _forest_shares(ranking: Ranking, values: Array, pairs: bool) -> pd.DataFrame:
    try:
        from sklearn.ensemble import RandomForestRegressor  # type: ignore[import]
    except ImportError as error:
        raise ImportError("the runs are no full grid: importance then needs scikit-learn "
                          "(python3-sklearn, or pip install scikit-learn)") from error
    present = ~np.isnan(values)
    inputs = np.column_stack([_numbers(ranking.runs[name]) for name in ranking.names])[present]
    forest = RandomForestRegressor(TREES, min_samples_leaf=2, random_state=0)
    forest.fit(inputs, values[present])
    samples = [np.unique(column) for column in inputs.T]
    shares = [_tree_shares(tree.tree_, samples, pairs) for tree in forest.estimators_]
    names: List[str] = list(ranking.names)
    effects: List[Tuple[int, ...]] = [(axis,) for axis in range(len(names))]
    effects += list(combinations(range(len(names)), 2)) if pairs else []
    if np.isnan(shares).all():
        raise ValueError(f"the configurations do not differ in {ranking.metric}: nothing matters")
    mean = np.nanmean(np.array(shares), axis=0)
    table = pd.DataFrame({"effect": [" x ".join(names[axis] for axis in effect)
                                     for effect in effects], "share": mean})
    table = table.sort_values("share", ascending=False, kind="stable", ignore_index=True)
    table.attrs = {
        "method": "fANOVA", "metric": ranking.metric, "seeds": ranking.units.count,
        "note": "The runs are no full grid: shares of a random forest's prediction, without "
                "intervals."}
    return table


def _numbers(column: pd.Series) -> Array:
    """Places of the values in their order: all that a tree looks at, and in its range, float32."""
    return np.asarray(pd.factorize(column, sort=True)[0], float)


def _tree_shares(tree: Any, samples: Sequence[Array], pairs: bool) -> Array:
    """Main effects, then pairs, of one tree's prediction where every parameter is drawn from its
    values alike; NaN when it predicts one value."""
    inside, leaf = _leaves(tree, samples)
    weight = [part.mean(axis=1) for part in inside]
    share = np.prod(weight, axis=0)
    mean = share @ leaf
    total = share @ (leaf - mean) ** 2
    count = len(samples)
    if total <= 0:
        return np.full(count + (count * (count - 1) // 2 if pairs else 0), np.nan)

    def others(*kept: int) -> Array:
        rest = [weight[axis] for axis in range(count) if axis not in kept]
        product = np.ones(len(leaf))
        for one in rest:
            product = product * one
        return product

    single = [(others(axis) * leaf) @ inside[axis] - mean for axis in range(count)]
    found = [float(np.mean(effect**2)) for effect in single]
    for one, other in combinations(range(count), 2) if pairs else ():
        both = (inside[one] * (others(one, other) * leaf)[:, None]).T @ inside[other]
        both = both - mean - single[one][:, None] - single[other][None, :]
        found.append(float(np.mean(both**2)))
    return np.asarray(np.array(found) / total)


def _leaves(tree: Any, samples: Sequence[Array]) -> Tuple[List[Array], Array]:
    """Which values of each parameter reach each leaf, [parameter][leaf, value], and its value."""
    found: List[Tuple[List[Array], float]] = []
    stack = [(0, [np.ones(len(values), bool) for values in samples])]
    while stack:
        node, region = stack.pop()
        if tree.children_left[node] < 0:
            found.append((region, float(tree.value[node].ravel()[0])))
            continue
        axis, left = tree.feature[node], samples[tree.feature[node]] <= tree.threshold[node]
        for child, side in ((tree.children_left[node], left), (tree.children_right[node], ~left)):
            part = list(region)
            part[axis] = region[axis] & side
            if part[axis].any():
                stack.append((child, part))
    return ([np.array([region[axis] for region, _ in found], float)
             for axis in range(len(samples))], np.array([value for _, value in found]))
