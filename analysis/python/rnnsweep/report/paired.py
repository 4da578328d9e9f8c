"""The accuracy of every seed in the best configurations, for comparisons of two of them."""
from __future__ import annotations

from typing import Any, Dict, Optional

import numpy as np

from .columns import encode
from .configurations import Configurations

MOST_RUNS = 300_000
MOST_SETTINGS = 500


def paired_columns(configurations: Configurations, threshold: float) -> Optional[Dict[str, Any]]:
    """Seeds in rising order and accuracy[setting][seed], with 0 for a run that diverged and NaN for
    one that is not there. None where there is nothing to compare: one setting or one seed, or
    several runs of a seed in a setting."""
    runs, groups = configurations.groups.runs, configurations.groups
    seeds = np.unique(runs.seed.values)
    count = min(len(configurations), MOST_SETTINGS, MOST_RUNS // max(1, len(seeds)))
    if count < 2 or len(seeds) < 2:
        return None
    place = np.full(int(groups.number.max()) + 1, -1)
    place[configurations.group[:count]] = np.arange(count)
    setting, seed = place[groups.number], np.searchsorted(seeds, runs.seed.values)
    chosen = setting >= 0
    cells = setting[chosen] * len(seeds) + seed[chosen]
    if len(np.unique(cells)) < len(cells):
        return None
    accuracy = np.full(count * len(seeds), np.nan)
    accuracy[cells] = np.where(runs.status == "diverged", 0, runs.test_accuracy)[chosen]
    return {"seeds": seeds.tolist(), "settings": count, "threshold": threshold,
            "accuracy": encode(accuracy, "f4")}
