"""Trained networks that the report can run."""
from __future__ import annotations

from typing import Any, Dict, List

import numpy as np
import pandas as pd

from ..results import Array, Results
from ..statistics import is_solved

MOST_WIDTHS = 4
WIDEST = 64  # states; a page does not show more


def networks_of(results: Results, threshold: float) -> List[Dict[str, Any]]:
    """For several widths the solved network with the lowest final loss, the narrowest first, and
    one that does not solve the task, for contrast."""
    runs = results.finished
    runs = runs[(runs.status == "done") & (runs.states <= WIDEST)]
    solved = is_solved(runs, threshold)
    best = runs[solved].sort_values("final_loss", kind="stable").groupby("states").head(1)
    best = best.sort_values("states")
    if len(best) > MOST_WIDTHS:
        best = best.iloc[np.linspace(0, len(best) - 1, MOST_WIDTHS).round().astype(int)]
    numbers = [*best.index, *_typical(runs[~solved], preferred=best.states)]
    return [_network(results, int(number)) for number in numbers]


def _typical(unsolved: pd.DataFrame, preferred: pd.Series) -> Array:
    """The run of middling loss among those that do not solve the task, of a width that the page
    shows already if there is one."""
    known = unsolved[unsolved.states.isin(preferred)]
    ordered = (known if len(known) else unsolved).sort_values("final_loss", kind="stable")
    return np.asarray(ordered.index.values[len(ordered) // 2:][:1])


def _network(results: Results, number: int) -> Dict[str, Any]:
    run = results.runs.loc[number]
    states = "1 state" if run.states == 1 else f"{run.states} states"
    title = f"{states}, run {number}: {100 * run.test_accuracy:.4g} % of test sums right"
    network = results.network(number)
    weights = {name: values.astype(float).tolist() for name, values in network.items()}
    return {"title": title, "run": number, "sequence_length": int(run.sequence_length),
            "cell": network.cell, "leak": network.leak, **weights}
