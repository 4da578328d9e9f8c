"""Tables of configurations as text, Markdown and LaTeX: the columns of `rnnsweep summary`."""
from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Sequence

import numpy as np
import pandas as pd

from .labels import labels

GAP = 2  # blanks between columns
FORMATS = ("text", "markdown", "latex")


class Column(NamedTuple):
    """Cells under one heading. Those of the highest `spare` are the first to go where there is no
    room; 0 stays."""

    heading: str
    cells: List[str]
    spare: int


def table_text(table: pd.DataFrame, names: Sequence[str], width: int) -> str:
    """Columns side by side in lines of at most so many letters, and how many found no room."""
    columns = _columns(table, names)
    count = len(columns)
    while _width(columns) > width and max(column.spare for column in columns) > 0:
        most = max(column.spare for column in columns)
        columns.remove(next(column for column in columns if column.spare == most))
    lines = []
    for row in range(-1, len(table)):
        cells = (column.heading if row < 0 else column.cells[row] for column in columns)
        lines.append((" " * GAP).join(
            cell.rjust(_column_width(column)) for cell, column in zip(cells, columns)))
    hidden = count - len(columns)
    if hidden:
        lines.append(f"{hidden} columns do not fit here: see --width and --output.")
    return "\n".join(lines)


def table_markdown(table: pd.DataFrame, names: Sequence[str]) -> str:
    columns = _columns(table, names)
    rows = [[column.heading for column in columns], ["---:"] * len(columns)]
    rows += [[column.cells[row] for column in columns] for row in range(len(table))]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
                     for row in rows)


def table_latex(table: pd.DataFrame, names: Sequence[str]) -> str:
    """A tabular with the rules of booktabs."""
    columns = _columns(table, names)
    rows = [" & ".join(_latex(column.cells[row]) for column in columns) + r" \\"
            for row in range(len(table))]
    heading = " & ".join(_latex(column.heading) for column in columns) + r" \\"
    return "\n".join([
        rf"\begin{{tabular}}{{{'r' * len(columns)}}}", r"\toprule", heading, r"\midrule", *rows,
        r"\bottomrule", r"\end{tabular}"])


def _latex(text: str) -> str:
    text = text.replace(" %", r"\,\%").replace("..", "--")
    return text.replace("_", r"\_").replace("&", r"\&").replace("#", r"\#")


def _width(columns: Sequence[Column]) -> int:
    return sum(_column_width(column) + GAP for column in columns) - GAP


def _column_width(column: Column) -> int:
    return max(map(len, (column.heading, *column.cells)))


def _columns(table: pd.DataFrame, names: Sequence[str]) -> List[Column]:
    pooled = bool((table.seeds < table.runs).any())
    found = [Column(name, labels(table[name].tolist()), 0) for name in names]
    found.append(Column("score", _each(table.score, _real), 0))
    if "until" in table:
        found.append(Column("until", _each(table.until, lambda text: text or "-"), 0))
    found.append(Column("runs", _each(table.runs, str), 0))
    if pooled:
        found.append(Column("seeds", _each(table.seeds, str), 0))
    found.append(Column("diverged", _each(table.diverged, str), 3))
    found.append(Column("solved", _each(table.solved_share, _percent), 0))
    found.append(Column("95 % interval", _intervals(table, "solved_share", _percents), 0))
    for name, short, spares in (("test_accuracy", "acc.", (6, 5, 3, 4)),
                                ("final_loss", "loss", (8, 3, 6, 7))):
        for what, heading, spare in zip(("mean", "median", "iqm"), ("mean", "med.", "IQM"), spares):
            found.append(Column(f"{heading} {short}", _each(table[f"{name}_{what}"], _real), spare))
        found.append(Column("95 % interval", _intervals(table, f"{name}_iqm", _reals), spares[3]))
    if "reached" in table:
        found.append(Column("reached", _each(table.reached, _count), 0))
        found.append(Column("censored", _each(table.censored_share, _percent), 5))
        found.append(Column("med. updates", _each(table.updates_median, _updates), 0))
        found.append(Column("expected", _each(table.updates_expected, _updates), 2))
    standing = table.standing.map(
        {"best": "best", "tied": "tied", "undecided": "?", "unpaired": "?"}).fillna("-")
    found.append(Column("standing", standing.tolist(), 0))
    return found


def _each(values: pd.Series, text: Callable[[Any], str]) -> List[str]:
    return [text(value) for value in values.tolist()]


def _intervals(
    table: pd.DataFrame, name: str, text: Callable[[float, float], str]
) -> List[str]:
    low, high = (next(column for column in table if column.startswith(f"{name}_")
                      and column.endswith(end)) for end in ("_low", "_high"))
    return ["-" if np.isnan(a) else text(a, b) for a, b in zip(table[low], table[high])]


def _real(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.4g}"


def _count(value: Any) -> str:
    return "-" if pd.isna(value) else str(value)


def _updates(value: float) -> str:
    return "never" if value == np.inf else _real(value)


def _percent(value: float) -> str:
    return "-" if np.isnan(value) else f"{100 * value:.1f} %"


def _percents(low: float, high: float) -> str:
    return f"{100 * low:.1f}..{100 * high:.1f} %"


def _reals(low: float, high: float) -> str:
    return f"{low:.3g}..{high:.3g}"


WRITERS: Dict[str, Callable[[pd.DataFrame, Sequence[str]], str]] = {
    "markdown": table_markdown, "latex": table_latex}
