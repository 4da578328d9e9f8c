"""Loss curves of the report: medians and quartiles over seeds."""
from __future__ import annotations

from typing import Any, Callable, Dict, List

import numpy as np
import pandas as pd

from ..results import Array, Results
from ..statistics import carried_on, is_solved, quantile, recorded_losses
from .columns import encode
from .configurations import Configurations, levels_of
from .numbers import level_texts

MOST_STEPS = 41
MOST_NUMBERS = 800_000  # of the curves of a whole grid: 3.2 MB
MOST_BEST = 500  # curves when it does not fit, or is no grid
MOST_POOLED_RUNS = 20_000
MOST_GROUPS = 10
READ_AT_ONCE = 20_000  # runs
QUARTILES = (0.25, 0.5, 0.75)


def curves_of(
    results: Results, configurations: Configurations, threshold: float,
    advance: Callable[[float], None],
) -> Dict[str, Any]:
    """Curves pooled over many settings, and those of single configurations as far as they fit:
    all of them or the best. `advance` is told the share that is done."""
    steps = thinned(results.loss.sizes["step"], MOST_STEPS)
    pooled = _pooled(results, configurations, threshold, steps)
    advance(0.2)
    count = len(configurations)
    if not configurations.grid or count * len(QUARTILES) * len(steps) > MOST_NUMBERS:
        count = min(count, MOST_BEST)
    single = _single(results, configurations, count, steps, advance)
    return {
        "steps": results.loss["step"].values[steps].tolist(),
        "pooled": pooled,
        "sampled": min(len(results.finished), MOST_POOLED_RUNS),
        "configurations": encode(single, "f4"),
    }


def thinned(count: int, most: int) -> Array:
    """At most so many of `count` places, with the first and the last."""
    places: Array = np.unique(np.linspace(0, count - 1, most).round().astype(int))
    return places


def sampled_runs(results: Results) -> pd.DataFrame:
    """The finished runs, or a sample of them."""
    return sample(results.finished, MOST_POOLED_RUNS)


def sample(runs: pd.DataFrame, most: int) -> pd.DataFrame:
    """Of more runs than that a random sample, the same for each call."""
    if len(runs) <= most:
        return runs
    picked = np.random.RandomState(0).choice(len(runs), most, replace=False)
    return runs.iloc[np.sort(picked)]


def _pooled(
    results: Results, configurations: Configurations, threshold: float, steps: Array
) -> Dict[str, List[Dict[str, Any]]]:
    """Quartiles by outcome, and by the levels of each swept parameter, over `sampled_runs`."""
    runs = sampled_runs(results)
    losses = carried_on(runs, *recorded_losses(results, runs))[:, steps]

    def group(label: str, chosen: Array) -> Dict[str, Any]:
        quartiles = np.stack([quantile(losses[chosen], share) for share in QUARTILES])
        return {"label": label, "runs": int(chosen.sum()), "curve": encode(quartiles, "f4")}

    solved = is_solved(runs, threshold)
    groups = {"outcome": [group(label, chosen) for label, chosen
                          in (("solved", solved), ("not solved", ~solved)) if chosen.any()]}
    for name in configurations.groups.names:
        codes, levels = levels_of(runs[name])
        groups[name] = [group(label, np.isin(codes, members))
                        for label, members in ranges_of(levels).items()]
    return groups


def ranges_of(levels: List[Any]) -> Dict[str, Array]:
    """Codes by label: every level for itself, or ranges, of words lists, with
    about as many levels each."""
    codes, texts = np.arange(len(levels)), level_texts(levels)
    if len(levels) <= MOST_GROUPS:
        return {texts[code]: codes[code:code + 1] for code in codes}
    words = isinstance(levels[0], str)
    return {", ".join(texts[code] for code in part) if words or len(part) == 1
            else f"{texts[part[0]]} to {texts[part[-1]]}": part
            for part in np.array_split(codes, MOST_GROUPS - 2)}


def _single(
    results: Results, configurations: Configurations, count: int, steps: Array,
    advance: Callable[[float], None],
) -> Array:
    """Quartiles [count, 3, step] of the best configurations."""
    found = np.full((count, len(QUARTILES), len(steps)), np.nan, np.float32)
    if count == 0:
        return found
    rank = np.full(len(configurations.groups), -1)
    rank[configurations.group[:count]] = np.arange(count)
    runs = configurations.groups.runs
    wanted = pd.Series(rank[configurations.groups.number], index=runs.index)
    wanted = wanted[wanted >= 0].sort_values(kind="stable")
    # Neighbours in the file are read together: configurations by their first run.
    first = configurations.table["first"].values[:count]
    order = np.argsort(first, kind="stable")
    members = np.split(wanted.index.values, np.cumsum(np.bincount(wanted, minlength=count))[:-1])
    together = max(1, READ_AT_ONCE * count // len(wanted))
    for start in range(0, count, together):
        part = order[start:start + together]
        found[part] = _quartiles(results, runs, [members[place] for place in part], steps)
        advance(0.2 + 0.8 * (start + len(part)) / count)
    return found


def _quartiles(
    results: Results, runs: pd.DataFrame, members: List[Array], steps: Array
) -> Array:
    """Quartiles [configuration, 3, step] of the curves of several configurations at once."""
    sizes = [len(some) for some in members]
    chosen = runs.loc[np.concatenate(members)]
    losses = carried_on(chosen, *recorded_losses(results, chosen))[:, steps]
    number = np.repeat(np.arange(len(members)), sizes)
    place = np.concatenate([np.arange(size) for size in sizes])
    stacked = np.full((max(sizes), len(members), len(steps)), np.nan)
    stacked[place, number] = losses
    return np.stack([quantile(stacked, share) for share in QUARTILES], axis=1)
