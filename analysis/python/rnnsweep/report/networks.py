"""Trained networks that the report can run."""
from __future__ import annotations

from typing import Any, Dict, List

import numpy as np
import pandas as pd

from ..results import Array, Results
from ..statistics import is_solved
from ..tasks import TASKS, draw_sequence, input_names, output_names
from ..wording import ADDITION

MOST_WIDTHS = 4
WIDEST = 64  # states; a page does not show more
LONGEST = 150  # steps
EXAMPLES = 12  # sequences that a page holds of each network


def players_of(results: Results, threshold: float) -> List[Dict[str, Any]]:
    """Networks of other built-in tasks than addition, of each task as `networks_of` chooses them,
    but fewer where there are several tasks; with sequences to read."""
    tasks = [task for task in results.finished.task.unique() if task in TASKS]
    widths = MOST_WIDTHS if len(tasks) == 1 else 1
    return [_player(results, number) for task in tasks
            for number in _chosen(results, str(task), threshold, widths)
            if _steps(results.runs.loc[number]) <= LONGEST]


def networks_of(results: Results, threshold: float) -> List[Dict[str, Any]]:
    """Of the addition task, for several widths the solved network with the lowest final loss, the
    narrowest first, and one that does not solve the task, for contrast."""
    return [_network(results, number)
            for number in _chosen(results, ADDITION, threshold, MOST_WIDTHS)]


def _chosen(results: Results, task: str, threshold: float, widths: int) -> List[int]:
    runs = results.finished
    runs = runs[(runs.task == task) & (runs.status == "done") & (runs.states <= WIDEST)]
    solved = is_solved(runs, threshold)
    best = runs[solved].sort_values("final_loss", kind="stable").groupby("states").head(1)
    best = best.sort_values("states")
    if len(best) > widths:
        best = best.iloc[np.linspace(0, len(best) - 1, widths).round().astype(int)]
    return [int(number) for number in
            [*best.index, *_typical(runs[~solved], preferred=best.states)]]


def _typical(unsolved: pd.DataFrame, preferred: pd.Series) -> Array:
    """The run of middling loss among those that do not solve the task, of a width that the page
    shows already if there is one."""
    known = unsolved[unsolved.states.isin(preferred)]
    ordered = (known if len(known) else unsolved).sort_values("final_loss", kind="stable")
    return np.asarray(ordered.index.values[len(ordered) // 2:][:1])


def _network(results: Results, number: int) -> Dict[str, Any]:
    run = results.runs.loc[number]
    return {"title": _title(run, number, "test sums"), "run": number,
            "sequence_length": int(run.sequence_length), **_weights(results, number)}


def _title(run: pd.Series, number: int, what: str) -> str:
    states = "1 state" if run.states == 1 else f"{run.states} states"
    return f"{states}, run {number}: {100 * run.test_accuracy:.4g} % of {what} right"


def _weights(results: Results, number: int) -> Dict[str, Any]:
    network = results.network(number)
    weights = {name: values.astype(float).tolist() for name, values in network.items()}
    return {"cell": network.cell, "leak": network.leak, **weights}


# ---- Other tasks ---------------------------------------------------------------------------------


def _steps(run: pd.Series) -> int:
    return int(run.sequence_length)


def _player(results: Results, number: int) -> Dict[str, Any]:
    run = results.runs.loc[number]
    row, task = run.to_dict(), TASKS[run.task]
    stream = np.random.RandomState(0)
    examples = [draw_sequence(row, stream) for _ in range(EXAMPLES)]
    title = f"{run.task}, {_title(run, number, 'test sequences')}"
    return {"title": title, "run": number, "task": str(run.task), "kind": task.kind,
            "symbols": task.symbols, "inputs": input_names(row), "outputs": output_names(row),
            "tolerance": task.tolerance, "by_sign": task.by_sign,
            "examples": [{"x": _rows(x, not task.symbols), "t": _rows(t, task.kind != "classes"),
                          "w": w.tolist()} for x, t, w in examples],
            **_weights(results, number)}


def _rows(values: Array, in_rows: bool) -> List[Any]:
    """A list of numbers, or of rows of them."""
    return list(np.reshape(values, (len(values), -1)).tolist() if in_rows else values.tolist())
