"""What the figures share: colours, fonts, labels, and how they are written."""
from __future__ import annotations

import os
import textwrap
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

import pandas as pd

try:
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter
except ImportError as error:
    raise ImportError("figures need matplotlib: python3-matplotlib, or pip install matplotlib") \
        from error

from ..grouping import group_names
from ..labels import labels
from ..results import Results

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C8C8C")
MAP = "cividis"
STYLE: Dict[str, Any] = {
    "font.size": 10, "axes.titlesize": 10, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.alpha": 0.25, "axes.axisbelow": True,
    "svg.fonttype": "none", "pdf.fonttype": 42, "savefig.dpi": 160, "svg.hashsalt": "rnnsweep",
}


def save(figure: Figure, path: Union[str, "os.PathLike[str]"]) -> Path:
    """Writes the figure; the ending of the path says how: .svg, .pdf, .png, ... The same figure
    gives the same bytes: nothing holds the time."""
    target = Path(path)
    undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    with matplotlib.rc_context(STYLE):
        figure.savefig(target, metadata=undated.get(target.suffix.lower()))
    return target


def new_figure(
    width: float = 7.0, height: float = 4.3, grid: bool = True, columns: Sequence[float] = (1,)
) -> Tuple[Figure, Any]:
    """A figure of that many inches and its axes, one for each relative width of `columns`."""
    with matplotlib.rc_context({**STYLE, "axes.grid": grid}):
        figure = Figure(figsize=(width, height), layout="constrained")
        return figure, figure.subplots(1, len(columns), width_ratios=columns)


def title(figure: Figure, text: str) -> None:
    """Above everything, flush left, broken into lines where the figure ends."""
    letters = int(figure.get_figwidth() * 12.5)
    figure.suptitle("\n".join(textwrap.wrap(text, letters)), fontsize=10, x=0.012, ha="left")


def describe(results: Results, what: str, shown: Sequence[str]) -> str:
    """Title: the sweep, what is drawn, and which swept parameters it does not tell apart."""
    pooled = [words(name) for name in results.swept if name not in shown]
    return f"{results.name}: {what}" + (f"; all values of {enumerate_words(pooled)} together"
                                        if pooled else "")


def enumerate_words(names: Sequence[str]) -> str:
    """"a", "a and b", "a, b and c"."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def legend(axes: Any, heading: Optional[str] = None, **place: Any) -> None:
    """Where `place` says, as the keywords of matplotlib; by default to the right of the axes."""
    axes.legend(title=heading, frameon=False,
                **(place or {"loc": "upper left", "bbox_to_anchor": (1, 1)}))


def percent() -> PercentFormatter:
    """Labels of an axis of shares."""
    return PercentFormatter(1, decimals=0, symbol=" %")


def words(name: str) -> str:
    return name.replace("_", " ")


def numbers(values: Sequence[Any]) -> List[str]:
    """Values of a parameter as people read them: three digits, more where it takes them to tell the
    values apart."""
    return labels(list(values), 3)


def choose_parameter(results: Results, by: Optional[str], most: int = len(COLOURS)) -> List[str]:
    """[by], or the first parameter that is swept over at most so many values, or []. ValueError
    when `by` has more."""
    few = [name for name in results.swept if results.runs[name].nunique() <= most]
    if by is None:
        return few[:1]
    group_names(results, by)
    count = results.runs[by].nunique()
    if count > most:
        raise ValueError(f"{by} has {count} values; at most {most} can be told apart: choose some "
                         f"with results.where({by}=[...])")
    return [by]


def by_value(table: pd.DataFrame, names: Sequence[str]) -> Iterator[Tuple[str, pd.DataFrame]]:
    """The parts of a table by the values of one column, rising, with the value as text; the whole
    table with no text when there is no column."""
    if not names:
        yield "", table
        return
    parts = list(table.groupby(names[0], observed=True))
    for label, (_, part) in zip(numbers([value for value, _ in parts]), parts):
        yield label, part
