"""What the figures share: sheets to draw on, colours, fonts, labels, and how they are written."""
from __future__ import annotations

import os
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import pandas as pd

try:
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.lines import Line2D
    from matplotlib.textpath import text_to_path
    from matplotlib.ticker import FuncFormatter
except ImportError as error:
    raise ImportError("figures need matplotlib: python3-matplotlib, or pip install matplotlib") \
        from error

from ..grouping import By, group_names
from ..labels import labels
from ..results import Results

Size = Optional[Tuple[float, float]]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#606060")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", ":", "-.")
MAP = "cividis"
MISSING = "#D9D9D9"  # a cell of a map without finished runs
NARROW = 5.0  # inches; narrower figures have smaller letters and their legend above the axes
STACKED = 4.0  # inches of height that two panels one above the other need at least
LINE = 1.25  # distance of lines of text, in letters' sizes

# Settings of matplotlib that the figures have; those that differ from matplotlib's own defaults
# already, by a style sheet or by rcParams, stay.
STYLE: Dict[str, Any] = {
    "axes.titlesize": "medium", "figure.titlesize": "medium",
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.alpha": 0.25, "axes.axisbelow": True,
    "svg.fonttype": "none", "pdf.fonttype": 42, "savefig.dpi": 160, "svg.hashsalt": "rnnsweep",
}
NARROW_STYLE: Dict[str, Any] = {
    "font.size": 8, "legend.fontsize": "small", "xtick.labelsize": "small",
    "ytick.labelsize": "small", "lines.markersize": 4,
}


def save(figure: Figure, path: Union[str, "os.PathLike[str]"]) -> Path:
    """Writes the figure; the ending of the path says how: .svg, .pdf, .png, ... The same figure
    gives the same bytes: nothing holds the time."""
    target = Path(path)
    undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    with matplotlib.rc_context(_settings(figure.get_figwidth())):
        figure.savefig(target, metadata=undated.get(target.suffix.lower()))
    return target


def _settings(width: float) -> Dict[str, Any]:
    wanted = {**STYLE, **(NARROW_STYLE if width < NARROW else {})}
    return {name: value for name, value in wanted.items()
            if matplotlib.rcParams[name] == matplotlib.rcParamsDefault[name]}


# ---- Sheets --------------------------------------------------------------------------------------


class Sheet:
    """A figure and the axes to draw in: new ones, or those of the caller.

    own      whether the figure is ours, with its layout, title and legends outside the axes
    narrow   whether it is ours and less than NARROW inches wide
    """

    def __init__(self, figure: Any, axes: List[Any], own: bool) -> None:
        self.figure, self.axes, self.own = figure, axes, own
        self.narrow = own and figure.get_figwidth() < NARROW
        self._categories: List[Tuple[Any, str, List[str]]] = []

    def title(self, text: str, wanted: Optional[str], axes: Any = None) -> None:
        """Above everything, flush left, broken into lines where the figure ends. `wanted` in place of
        `text`; axes of the caller get a title only when one is wanted. What a low figure has no
        room for is left out from the last semicolon on."""
        if not self.own:
            if wanted:
                (axes or self.axes[0]).set_title(wanted, loc="left")
            return
        size = points(matplotlib.rcParams["figure.titlesize"])
        room = self.figure.get_figwidth() - 0.15
        most = max(1, int(0.15 * self.figure.get_figheight() * 72 / (LINE * size)))
        lines = wrap(text if wanted is None else wanted, room, size)
        while wanted is None and len(lines) > most and ";" in text:
            text = text.rpartition(";")[0]
            lines = wrap(text, room, size)
        if lines:
            self.figure.suptitle("\n".join(lines), fontsize=size, x=0.07 / self.figure.get_figwidth(),
                                 ha="left")

    def legend(self, axes: Any, heading: Optional[str] = None, handles: Any = None,
               above: bool = False) -> None:
        """To the right of the axes; above them when asked for, and in a narrow figure; within them
        where the figure is the caller's."""
        if handles is None:
            handles = axes.get_legend_handles_labels()[0]
        place: Dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1, 1)}
        if not self.own:
            place = {"loc": "best"}
        elif above or self.narrow:
            place = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1), "borderaxespad": 0.2,
                     "ncols": self._columns(handles, len(self.axes)), "handlelength": 1.4,
                     "handletextpad": 0.5, "columnspacing": 1.0}
        found = axes.legend(handles=handles, title=heading, frameon=not self.own, **place,
                            title_fontsize=matplotlib.rcParams["legend.fontsize"])
        found._legend_box.align = "left"

    def _columns(self, handles: Any, panels: int) -> int:
        size = points(matplotlib.rcParams["legend.fontsize"])
        widest = max(text_width(str(handle.get_label()), size) for handle in handles)
        stacked = panels == 1 or self.narrow
        room = self.figure.get_figwidth() / (1 if stacked else panels) - 0.8
        return min(len(handles), max(1, int((room + size / 72) / (widest + 3.0 * size / 72))))

    def categories(self, axes: Any, axis: str, texts: Sequence[str]) -> None:
        """Labels the places 0, 1, ... of an axis, "x" or "y", so that none overlap."""
        self._categories.append((axes, axis, list(texts)))
        getattr(axes, f"set_{axis}ticks")(range(len(texts)), texts)

    def settle(self) -> None:
        """Lays out what is there, so that the sizes of the axes are known, and makes labels fit."""
        root = self.figure.canvas.figure
        root.draw_without_rendering()
        for axes, axis, texts in self._categories:
            _fit_labels(axes, axis, texts)
        if self.own:
            for axes in self.figure.axes:
                _wrap_names(axes)
        root.draw_without_rendering()


@contextmanager
def drawing(
    ax: Any, figsize: Size, size: Tuple[float, float] = (7.0, 4.3), panels: Sequence[float] = (1,),
    grid: bool = True,
) -> Iterator[Sheet]:
    """A sheet with axes for each relative width of `panels`: `ax`, one or a sequence, or those of a
    new figure of `figsize` inches, else of `size`. Panels of a narrow figure stand one above the
    other. Within the context the settings of matplotlib are those of the figures, and labels fit
    at its end. ValueError for another number of axes than panels."""
    if ax is not None:
        axes = list(np.ravel(np.asarray(ax, dtype=object)))
        if len(axes) != len(panels):
            raise ValueError(f"ax: this figure has {len(panels)} panels and needs as many axes, "
                             f"not {len(axes)}; panel= chooses one")
        if figsize is not None:
            raise ValueError("figsize: the figure of ax has its size already")
        sheet = Sheet(axes[0].figure, axes, own=False)
        yield sheet
        sheet.settle()
        return
    with matplotlib.rc_context(_settings((figsize or size)[0])):
        figure = Figure(figsize=figsize or size, layout="constrained")
        if figure.get_figwidth() < NARROW:
            found = figure.subplots(len(panels), 1, squeeze=False)
        else:
            found = figure.subplots(1, len(panels), width_ratios=panels, squeeze=False)
        sheet = Sheet(figure, list(found.ravel()), own=True)
        for axes in sheet.axes:
            _keep_settings(axes, grid)
        yield sheet
        sheet.settle()


def _keep_settings(axes: Any, grid: bool) -> None:
    """Ticks are made when they are drawn; they are to look as now."""
    grid = grid and matplotlib.rcParams["axes.grid"]
    axes.grid(False)
    if grid:
        axes.grid(True, alpha=matplotlib.rcParams["grid.alpha"])
    for axis in "xy":
        axes.tick_params(axis=axis, labelsize=matplotlib.rcParams[f"{axis}tick.labelsize"])


def _fit_labels(axes: Any, axis: str, texts: List[str]) -> None:
    """Labels one below the other word by word, turned, or of many only some, where it takes that."""
    side = getattr(axes, f"{axis}axis")
    size = side.get_ticklabels()[0].get_size() if texts else 10.0
    low, high = getattr(axes, f"get_{axis}lim")()
    room, line = _extent(axes, axis) / max(abs(high - low), 1e-9), 1.1 * size / 72
    step = 1
    if axis == "y":
        step = ceil(line / room)
    elif _widest(texts, size) > room:
        stacked = [text.replace(" ", "\n") for text in texts]
        if stacked != texts and _widest(stacked, size) <= room:
            texts = stacked
        else:
            axes.tick_params(axis="x", labelrotation=45 if room > 1.4 * line else 90)
            step = ceil(line / room)
    side.set_ticks(range(0, len(texts), step), texts[::step])


def _widest(texts: Sequence[str], size: float) -> float:
    """Inches of the longest line, with a gap to the next label."""
    lines = [line for text in texts for line in text.split("\n")]
    return max((text_width(line, size) for line in lines), default=0.0) + 0.4 * size / 72


def _wrap_names(axes: Any) -> None:
    """Names of axes in several lines where one is longer than its axis."""
    for axis in "xy":
        name = getattr(axes, f"{axis}axis").label
        text = name.get_text().replace("\n", " ")
        name.set_text("\n".join(wrap(text, _extent(axes, axis), name.get_size())))


def _extent(axes: Any, axis: str) -> float:
    """Length of an axis in inches."""
    box = axes.get_window_extent()
    return float(box.width if axis == "x" else box.height) / float(axes.figure.dpi)


def panels_of(names: Sequence[str], panel: Optional[str], ax: Any, figsize: Size) -> List[str]:
    """Which of the panels to draw: the one that is asked for, else all, but the first alone in a
    figure that is too small to hold one above the other. ValueError when there is no such panel."""
    if panel is not None:
        if panel not in names:
            raise ValueError(f"no panel {panel!r}; there are {', '.join(names)}")
        return [panel]
    small = ax is None and figsize is not None and figsize[0] < NARROW and figsize[1] < STACKED
    return list(names[:1] if small else names)


# ---- Text ----------------------------------------------------------------------------------------


def points(size: Union[str, float]) -> float:
    """A size of letters, "small" or a number, in points, by the settings as they are."""
    return float(FontProperties(size=size).get_size_in_points())


def text_width(text: str, size: float) -> float:
    """Inches that one line takes in the font of the settings, at so many points."""
    width, _, _ = text_to_path.get_text_width_height_descent(
        text, FontProperties(size=size), ismath=False)
    return float(width) / 72


def wrap(text: str, room: float, size: float) -> List[str]:
    """Lines of at most so many inches, broken between words."""
    lines: List[str] = []
    for part in text.split("\n") if text else []:
        line = ""
        for word in part.split(" "):
            longer = f"{line} {word}" if line else word
            if line and text_width(longer, size) > room:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def describe(results: Results, what: str, shown: Sequence[str]) -> str:
    """Title: the sweep, what is drawn, and which swept parameters it does not tell apart."""
    pooled = [words(name) for name in results.swept if name not in shown]
    return f"{results.name}: {what}" + (f"; all values of {enumerate_words(pooled)} together"
                                        if pooled else "")


def enumerate_words(names: Sequence[str]) -> str:
    """"a", "a and b", "a, b and c"."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def percent() -> FuncFormatter:
    """Labels of an axis of shares, with the digits that small shares need."""
    return FuncFormatter(lambda share, _: f"{100 * share:.4g} %")


def words(name: str) -> str:
    return name.replace("_", " ")


def numbers(values: Sequence[Any]) -> List[str]:
    """Values of a parameter as people read them: three digits, more where it takes them to tell the
    values apart."""
    return labels(list(values), 3)


def remark(axes: Any, text: str) -> None:
    """A sentence in the middle of axes that have nothing else to show."""
    figure = axes.figure
    room = 0.8 * axes.get_window_extent().width / figure.dpi
    size = points(matplotlib.rcParams["font.size"])
    axes.text(0.5, 0.5, "\n".join(wrap(text, room, size)), transform=axes.transAxes, ha="center",
              va="center", color="#444444")


# ---- Groups --------------------------------------------------------------------------------------


def need_finished(results: Results) -> None:
    """ValueError when no run is finished."""
    if results.finished.empty:
        counts = ", ".join(f"{count} {name}" for name, count
                           in results.runs.status.value_counts().items() if count)
        raise ValueError(f"no run is finished ({counts}): there is nothing to draw")


def choose_parameter(results: Results, by: Optional[str], most: int = len(COLOURS)) -> List[str]:
    """[by], or the first parameter that is swept over at most so many values, or []. ValueError
    when `by` has more."""
    few = [name for name in results.swept if results.runs[name].nunique() <= most]
    if by is None:
        return few[:1]
    if not isinstance(by, str):
        raise ValueError(f"by: one parameter, not {len(by)}")
    group_names(results, by)
    count = results.runs[by].nunique()
    if count > most:
        raise ValueError(f"{by} has {count} values; at most {most} can be told apart: choose some "
                         f"with results.where({by}=[...])")
    return [by]


def choose_parameters(results: Results, by: By) -> List[str]:
    """One parameter for the colour and perhaps another for the kind of line."""
    if by is None or isinstance(by, str):
        return choose_parameter(results, by)
    if len(by) > 2:
        raise ValueError(f"by: at most two parameters, not {len(by)}")
    return [name for place, each in enumerate(by)
            for name in choose_parameter(results, each, (len(COLOURS), len(LINES))[place])]


class Series(NamedTuple):
    """The rows of one curve, and how it is drawn. `label` is the value of the first parameter,
    "" without one."""

    label: str
    key: Tuple[Any, ...]
    rows: pd.DataFrame
    colour: str
    line: str


def series_of(table: pd.DataFrame, names: Sequence[str]) -> List[Series]:
    """The parts of a table by the values of up to two columns, rising."""
    if not names:
        return [Series("", (), table, COLOURS[0], LINES[0])]
    values = [sorted_values(table[name]) for name in names]
    texts = numbers(values[0])
    found = []
    for key, rows in table.groupby(names[0] if len(names) == 1 else list(names), observed=True):
        key = key if isinstance(key, tuple) else (key,)
        places = [each.index(value) for each, value in zip(values, key)]
        found.append(Series(texts[places[0]], key, rows, COLOURS[places[0]],
                            LINES[places[1]] if len(places) > 1 else LINES[0]))
    return found


def sorted_values(column: pd.Series) -> List[Any]:
    """Distinct values, rising; of a choice in the order of its list."""
    return list(pd.Series(column.unique()).sort_values())


def series_legend(sheet: Sheet, axes: Any, names: Sequence[str], parts: Sequence[Series],
                  ends: Optional[Dict[str, str]] = None, heading: Optional[str] = None) -> None:
    """Colours by the first parameter; kinds of lines, in grey, by the second. `ends` are added to
    labels."""
    ends = ends or {}
    if not names:
        if ends.get(""):
            sheet.legend(axes, None, [Line2D([], [], color=COLOURS[0], label=ends[""])])
        return
    colours = {part.label: part.colour for part in parts}
    handles = [Line2D([], [], color=colour, label=f"{label}{ends.get(label, '')}")
               for label, colour in colours.items()]
    if len(names) > 1:
        values = sorted({part.key[1]: part.line for part in parts}.items(),
                        key=lambda item: LINES.index(item[1]))
        texts = numbers([value for value, _ in values])
        handles += [Line2D([], [], color="#555555", linestyle=line, label=f"{words(names[1])} {text}")
                    for (_, line), text in zip(values, texts)]
    sheet.legend(axes, heading or words(names[0]), handles)
