"""Trained networks that the report can run."""
from __future__ import annotations

from typing import Any, Dict, List, Optional

import numpy as np
import pandas as pd

from ..results import Array, Results
from ..samples import DataFile, data_files, read_set
from ..statistics import is_solved
from ..tasks import TASKS, draw_sequence, input_names, output_names
from ..wording import ADDITION

MOST_WIDTHS = 4
WIDEST = 64  # states; a page does not show more
EXAMPLES = 12  # sequences that a page holds of each network, at most
NUMBERS = 60_000  # of those sequences, if there are several
LONGEST = 300_000  # numbers of one sequence
WORK = 50_000_000  # products of the states of all of them, which the page computes when it opens


def players_of(results: Results, threshold: float) -> List[Dict[str, Any]]:
    """Networks of other tasks than addition, of each task as `networks_of` chooses them, but fewer
    where there are several tasks; with sequences to read. Those of data files are of the test set,
    where the file is still there."""
    files = data_files(results.attributes)
    tasks = [task for task in results.finished.task.unique() if task in TASKS or task in files]
    widths = MOST_WIDTHS if len(tasks) == 1 else 1
    players = [_player(results, number, files.get(str(task))) for task in tasks
               for number in _chosen(results, str(task), threshold, widths)]
    return [player for player in players if player["examples"]]


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


def _player(results: Results, number: int, file: Optional[DataFile]) -> Dict[str, Any]:
    run = results.runs.loc[number]
    title = f"{run.task}, {_title(run, number, 'test sequences')}"
    made = _built_in(run) if file is None else _of_file(run, file)
    return {"title": title, "run": number, "task": str(run.task), **made,
            **_weights(results, number)}


def _count(run: pd.Series, steps: int, inputs: int, outputs: int) -> int:
    """Sequences of so many steps and columns that a page can hold."""
    numbers = steps * (inputs + outputs + 1)
    most = min(EXAMPLES, NUMBERS // numbers, WORK // (steps * int(run.states) ** 2))
    return max(1, most) if numbers <= LONGEST else 0


def _built_in(run: pd.Series) -> Dict[str, Any]:
    row, task, stream = run.to_dict(), TASKS[run.task], np.random.RandomState(0)
    inputs, outputs = task.extents(row)
    count = _count(run, int(run.sequence_length), 1 if task.symbols else inputs,
                   1 if task.kind == "classes" else outputs)
    examples = [draw_sequence(row, stream) for _ in range(count)]
    return {"kind": task.kind, "symbols": task.symbols, "inputs": input_names(row),
            "outputs": output_names(row), "tolerance": task.tolerance, "by_sign": task.by_sign,
            "examples": [{"x": _rows(x, not task.symbols), "t": _rows(t, task.kind != "classes"),
                          "w": w.tolist()} for x, t, w in examples]}


def _of_file(run: pd.Series, file: DataFile) -> Dict[str, Any]:
    try:
        samples = read_set(file, "test", EXAMPLES if run.test_samples > EXAMPLES
                           else int(run.test_samples))
    except (OSError, ValueError):  # it has moved, or changed
        return {"examples": []}
    if run.readout == "last":
        samples = samples.last_only()
    classes = samples.kind == "classes"
    count = _count(run, samples.inputs.shape[1], 1 if file.symbols else file.inputs,
                   1 if classes else file.outputs)
    examples = []
    for n in range(min(count, len(samples))):
        inside = slice(0, int(samples.lengths[n]))
        x, t = samples.inputs[n, inside], samples.targets[n, inside]
        examples.append({"x": _rows(x.argmax(1) if file.symbols else x, not file.symbols),
                         "t": _rows(t.argmax(1) if classes else t, not classes),
                         "w": samples.weights[n, inside].tolist()})
    return {"kind": samples.kind, "symbols": file.symbols,
            "inputs": _names("input", file.inputs, file.symbols),
            "outputs": _names("output", file.outputs, classes),
            "tolerance": samples.tolerance, "by_sign": False, "examples": examples}


def _names(word: str, count: int, numbered: bool) -> List[str]:
    if numbered:
        return [str(place) for place in range(count)]
    return [word] if count == 1 else [f"{word} {place + 1}" for place in range(count)]


def _rows(values: Array, in_rows: bool) -> List[Any]:
    """A list of numbers, or of rows of them."""
    return list(np.reshape(values, (len(values), -1)).tolist() if in_rows else values.tolist())
