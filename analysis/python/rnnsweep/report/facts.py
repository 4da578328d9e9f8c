"""The parts of the page that are text and tables: overview, failures, provenance, commands."""
from __future__ import annotations

import shlex
from html import escape
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
import pandas as pd

from ..importance import importance, percent_of
from ..results import Results
from ..statistics import is_solved, wilson_interval
from ..wording import adds, sequences
from .configurations import Configurations
from .numbers import level_texts
from .rungs import who_went_on

SHOWN_FAILURES = 12
MOST_FOREST_RUNS = 20_000  # a forest of more takes long
ATTRIBUTES = (
    ("title", "sweep"), ("date_created", "created"), ("history", "history"),
    ("rnnsweep_version", "version"), ("rnnsweep_commit", "commit"),
    ("rnnsweep_compiler", "compiler"), ("rnnsweep_flags", "flags"),
    ("rnnsweep_isa", "instruction set"), ("rnnsweep_threads", "threads"),
    ("rnnsweep_host", "host"), ("rnnsweep_slurm_job", "Slurm job"),
    ("rnnsweep_sweep_hash", "hash of the sweep"), ("rnnsweep_overrides", "overrides"))


def overview(results: Results, configurations: Configurations, threshold: float) -> str:
    runs, finished = results.runs, results.finished
    solved = int(np.sum(is_solved(finished, threshold)))
    diverged = int(np.sum(finished.status == "diverged"))
    best = configurations.table.iloc[0]
    seeds = configurations.table.runs
    tiles = [
        ("runs finished", f"{len(finished):,}", _of_all(len(finished), len(runs))),
        ("settings", f"{configurations.total:,}", f"{_span(seeds)} each"),
        ("runs that solve it", _percent(solved / len(finished)), f"{solved:,} runs"),
        ("diverged", f"{diverged:,}", _percent(diverged / len(finished)) + " of the runs"),
        ("training", _duration(float(np.nansum(finished.wall_time))), "of one core, in all"),
    ]
    if configurations.total > 1 and solved == 0:
        tiles.insert(3, ("best setting", _percent(best.accuracy_mean), "mean accuracy"))
    elif configurations.total > 1:
        tiles.insert(3, ("best setting", _percent(best.solved_share),
                         f"{_percent(best.solved_share_95_low)} to "
                         f"{_percent(best.solved_share_95_high)} (95 %)"))
    else:
        low, high = wilson_interval(solved, len(finished))
        tiles[2] = (*tiles[2][:2], f"{_percent(float(low))} to {_percent(float(high))} (95 %)")
    return (_tiles(tiles) + _words(results, configurations, threshold))


def _words(results: Results, configurations: Configurations, threshold: float) -> str:
    what = sequences(results.runs)
    means = (f"gets every {what[:-1]} of its test set right" if threshold == 1
             else f"gets at least {100 * threshold:.4g} % of its test {what} right")
    text = f"<p>A run solves the task when it {means}; one that diverged does not."
    if not configurations.table.solved.any():
        text += (" <strong>No run does.</strong> Figures show the mean accuracy instead; "
                 "<code>--threshold</code> sets a lower bar.")
    names, best = configurations.groups.names, configurations.table.iloc[0]
    if names:
        setting = ", ".join(
            f"{escape(name)} {escape(_texts(results.runs[name])[best[name]])}" for name in names)
        text += (f" The best setting by <code>{escape(results.metric)}</code>, the metric of the "
                 f"sweep, is <strong>{setting}</strong>: {best.solved} of "
                 f"{_counted(int(best.runs), 'run')} solved.")
    text += "</p>"
    if configurations.stopped:
        text += f'<p class="note warning">{escape(configurations.stopped)}</p>'
        text += who_went_on(results)
    left = len(results.known) - len(results.trained)
    if left:
        text += (f'<p class="note warning">{left:,} of {len(results.runs):,} runs are not finished. '
                 f'This is a look at those that are.</p>')
    if results.foreign:
        text += (f'<p class="note warning">{len(results.foreign):,} runs set a parameter that this '
                 f'version does not know; they are left out.</p>')
    return text


def importances(results: Results) -> str:
    """How much each parameter matters; nothing where that cannot be said."""
    if len(results.finished) > MOST_FOREST_RUNS and not _is_grid(results):
        return ""
    try:
        table = importance(results)
    except (ValueError, ImportError):
        return ""
    rows = [(row.effect, percent_of(row.share), _between(row)) for _, row in table.iterrows()]
    grid = table.attrs["method"] == "grid"
    metric = table.attrs["metric"]
    of = metric if metric.endswith("accuracy") else f"the ranks of {metric}"
    note = (f"Shares of the variance of {of} between settings, "
            + (f"exact on this grid, with 95 % intervals over {table.attrs['seeds']} seeds." if grid
               else "of a random forest's prediction (fANOVA): the runs are no full grid."))
    heads = ("effect", "share", "95 % interval") if grid else ("effect", "share")
    return ("<h3>How much each parameter matters</h3>"
            + _table(heads, [row[:len(heads)] for row in rows[:SHOWN_FAILURES]])
            + f'<p class="soft">{escape(note)}</p>')


def _is_grid(results: Results) -> bool:
    levels = [results.known[name].nunique(dropna=False) for name in results.swept]
    names = list(results.swept)
    return len(results.known[names].drop_duplicates()) == int(np.prod(levels, dtype=float))


def _between(row: pd.Series) -> str:
    if "share_95_low" not in row:
        return ""
    return f"{100 * row.share_95_low:.1f} to {100 * row.share_95_high:.1f} %"


def failures(results: Results) -> str:
    counts = results.runs.status.value_counts()
    failed, diverged = int(counts.get("failed", 0)), int(counts.get("diverged", 0))
    if not failed and not diverged:
        return ('<p class="note">None: every finished run ended with finite numbers, and no '
                "gradient check failed.</p>")
    text = ""
    if failed:
        text += (f"<p>{_counted(failed, 'run')} failed the gradient check: backpropagation and "
                 f"central differences disagree. {_run_list(results.runs, 'failed')}</p>")
    if diverged:
        text += (f"<p>{_counted(diverged, 'run')} diverged: a parameter or the loss was no longer a "
                 f"finite number. They count as not solved.</p>")
        text += _where_diverged(results) + _first_diverged(results)
    return text


def _where_diverged(results: Results) -> str:
    finished = results.finished.assign(diverged=results.finished.status == "diverged")
    rows: List[Tuple[Any, ...]] = []
    for name in results.swept:
        if finished[name].nunique() > 24:
            continue
        texts = _texts(finished[name])
        groups = finished.groupby(name, observed=True).diverged.agg(["sum", "size"])
        rows += [(name, texts[value], row["sum"], row["size"], row["sum"] / row["size"])
                 for value, row in groups.iterrows() if row["sum"]]
    if not rows:
        return ""
    rows = sorted(rows, key=lambda row: -float(row[4]))[:SHOWN_FAILURES]
    return "<h3>Where runs diverge most</h3>" + _table(
        ("parameter", "value", "diverged", "runs", "share"),
        [(name, value, f"{count:,}", f"{size:,}", _percent(share))
         for name, value, count, size, share in rows])


def _first_diverged(results: Results) -> str:
    rows = results.runs[results.runs.status == "diverged"]
    shown = rows.head(SHOWN_FAILURES)
    names = list(results.swept)
    texts = {name: _texts(results.runs[name]) for name in names}
    text = _table(("run", *names, "seed", "diverged at update"), [
        (str(number), *(texts[name][row[name]] for name in names), str(row.seed), str(row.diverged_at))
        for number, row in shown.iterrows()])
    return f"<h3>The first {len(shown)} of them</h3>{text}" if len(rows) > len(shown) else text


def _run_list(runs: pd.DataFrame, status: str) -> str:
    numbers = runs.index[runs.status == status]
    more = ", …" if len(numbers) > SHOWN_FAILURES else ""
    return "Runs " + ", ".join(str(number) for number in numbers[:SHOWN_FAILURES]) + more + "."


def provenance(results: Results) -> str:
    attributes = results.attributes
    rows = [(title, escape(str(attributes[name])).replace("\n", "<br>"))
            for name, title in ATTRIBUTES if str(attributes.get(name, ""))]
    rows.append(("results", "<br>".join(
        f"{escape(path.name)}, {_bytes(path.stat().st_size)}" for path in results.paths)))
    rows.append(("checksums", "of all runs compared; damaged runs are left out" if results.checked
                 else "not compared; the option <code>--check</code> does that"))
    facts = "".join(f'<tr><th scope="row">{title}</th><td>{value}</td></tr>'
                    for title, value in rows)
    sweep = escape(str(attributes.get("rnnsweep_config", "")))
    return (f'<table class="facts"><tbody>{facts}</tbody></table>'
            f"<h3>The sweep file</h3><pre><code>{sweep}</code></pre>")


def redoing(results: Results, threshold: float) -> str:
    attributes = results.attributes
    names = [path.name for path in results.paths]
    sweep = f"{results.name}.yaml"
    overrides = str(attributes.get("rnnsweep_overrides", "")).splitlines()
    run = _command("rnnsweep run", sweep, *overrides)
    example = str(results.finished.index[0])
    options = [] if threshold == 1 else ["--threshold", f"{threshold:g}"]
    options += ["--check"] if results.checked else []
    own = str(attributes.get("rnnsweep_command", ""))
    steps = [("The command that made these results:", own)] if own else []
    steps += [
        ("The same sweep again, on any machine and with any number of threads, gives the same bits. "
         "Save the sweep file above, then:",
         f"{run} -o again.h5\n" + _command("rnnsweep verify again.h5 --against", names[0])),
        ("One run in detail: its configuration, curve and worked "
         f"{'additions' if adds(results.runs) else 'sequences'}.",
         _command("rnnsweep show", names[0], example)),
        ("One run retrained in NumPy from its seed, with the difference:",
         _command("python3 -m rnnsweep redo", names[0], example)),
        ("This report:", _command("python3 -m rnnsweep report", *names, *options)
         + " -o report.html"),
    ]
    return "".join(f"<p>{escape(words)}</p><pre><code>{escape(command)}</code></pre>"
                   for words, command in steps)


def _command(program: str, *arguments: str) -> str:
    return " ".join([program, *(shlex.quote(argument) for argument in arguments)])


# ---- Numbers as text -----------------------------------------------------------------------------


def _tiles(tiles: Sequence[Tuple[str, str, str]]) -> str:
    inner = "".join(f"<div><dt>{name}</dt><dd>{value}<small>{more}</small></dd></div>"
                    for name, value, more in tiles)
    return f'<dl class="tiles">{inner}</dl>'


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>"
                   for row in rows)
    return (f'<div class="scroll"><table class="list"><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
            "</table></div>")


def _of_all(finished: int, total: int) -> str:
    return "all of them" if finished == total else f"of {total:,}"


def _span(runs: pd.Series) -> str:
    low, high = int(runs.min()), int(runs.max())
    return _counted(low, "run") if low == high else f"{low:,} to {high:,} runs"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _texts(column: pd.Series) -> Dict[Any, str]:
    """A text for each of its values."""
    values = column.unique().tolist()
    return dict(zip(values, level_texts(values)))


def _percent(share: float) -> str:
    value = 100 * share
    if value in (0, 100):
        return f"{value:.0f} %"
    digits = 2 if value < 1 or value > 99 else 1 if value < 10 or value > 90 else 0
    return f"{value:.{digits}f} %"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.2g} s"
    if seconds < 3600:
        return f"{seconds / 60:.3g} min"
    return f"{seconds / 3600:.3g} h"


def _bytes(size: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
