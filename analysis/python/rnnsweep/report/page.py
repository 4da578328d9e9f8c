"""The HTML of the report. Whatever comes from a results file passes `html.escape`, or travels as
JSON that cannot end its element; the page's own policy runs no script but the one written here."""
from __future__ import annotations

import base64
import datetime
import hashlib
import json
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Dict, List, NamedTuple

from ..results import Results
from ..wording import adds, sequences
from .configurations import MOST_CONFIGURATIONS, Configurations, quality_of
from .facts import failures, importances, overview, provenance, redoing

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = (
    "save.js", "dom.js", "scale.js", "data.js", "address.js", "parallel.js", "best.js", "paired.js",
    "effects.js", "heatmap.js", "outcomes.js", "lines.js", "curves.js", "further.js", "network.js",
    "gates.js", "adder.js", "player.js", "main.js")


class Section(NamedTuple):
    name: str
    title: str
    link: str
    body: str


def page_of(
    results: Results, configurations: Configurations, data: Dict[str, Any], threshold: float
) -> str:
    script = _script()
    sections = _sections(results, configurations, data, threshold)
    attributes = results.attributes
    return Template(_asset("page.html")).substitute(
        script_hash=_script_hash(script),
        generator=f"rnnsweep {escape(str(attributes.get('rnnsweep_version', '')))}",
        title=escape(results.name),
        description=escape(str(attributes.get("summary", ""))),
        origin=_origin(results),
        links="".join(f'<li><a href="#{part.name}">{part.link}</a></li>' for part in sections),
        sections="\n".join(_section(part) for part in sections),
        file_name=", ".join(f"<code>{escape(path.name)}</code>" for path in results.paths),
        made=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        style=_asset("report.css"),
        data=_json(data),
        script=script,
    )


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _script() -> str:
    parts = "\n".join(_asset(name) for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def _script_hash(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _json(data: Any) -> str:
    """JSON that means the same inside <script>: no text in it can look like markup. NaN, which JSON
    does not have, is null."""
    text = json.dumps(_without_nan(data), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _without_nan(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_nan(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_without_nan(value) for value in data]
    return None if isinstance(data, float) and data != data else data


def _section(part: Section) -> str:
    return f'<section id="{part.name}">\n<h2>{part.title}</h2>\n{part.body}\n</section>'


def _origin(results: Results) -> str:
    attributes = results.attributes
    parts = [
        ("made ", attributes.get("date_created")), ("on ", attributes.get("rnnsweep_host")),
        ("by rnnsweep ", attributes.get("rnnsweep_version")),
        ("commit ", attributes.get("rnnsweep_commit"))]
    return " · ".join(f"{word}{escape(str(value))}" for word, value in parts if value)


def _sections(
    results: Results, configurations: Configurations, data: Dict[str, Any], threshold: float
) -> List[Section]:
    swept = len(data["parameters"])
    sections = [
        Section("overview", "Overview", "Overview",
                overview(results, configurations, threshold)),
        Section("settings", "All settings at once", "Settings",
                _settings(configurations, results)) if swept else None,
        Section("best-settings", "Best settings", "Best",
                _best(configurations, results)) if swept else None,
        Section("pair", "Two settings, seed by seed", "Compare", _PAIRED) if data["paired"] else None,
        Section("parameters", "One parameter at a time", "Parameters",
                _EFFECTS + importances(results)) if swept else None,
        Section("pairs", "Two parameters", "Heat map", _HEAT) if swept > 1 else None,
        Section("loss", "Loss curves", "Curves", _curves(data, results)),
        *_further(data["further"], results),
        Section("ends", "How the runs ended", "Outcomes", _OUTCOMES),
        Section("addition", "A network adds", "Network", _ADDER) if data["networks"] else None,
        Section("work", "A network at work", "At work", _PLAYER) if data["players"] else None,
        Section("failures", "Failures", "Failures", failures(results)),
        Section("provenance", "Provenance", "Provenance", provenance(results)),
        Section("redo", "How to redo it", "Redo", redoing(results, threshold)),
    ]
    return [section for section in sections if section is not None]


def _best(configurations: Configurations, results: Results) -> str:
    tied, total = configurations.tied, configurations.total
    note = ""
    stopped = (results.runs.status == "stopped").any()
    settings = "settings trained to the end" if stopped else "settings"
    best = "the truly best one of these" if stopped else "the truly best one"
    if configurations.table.solved.any() and not configurations.undecided and total > 1:
        note = (
            f'<p>A setting marked <span class="mark">=</span> is statistically indistinguishable '
            f'from the best: no paired permutation test over the seeds tells them apart at 5 %, '
            f'corrected for {total - 1:,} comparisons. <strong>{tied:,} of {total:,}</strong> '
            f'{settings} are, and {best} is among them with 95 % confidence. The best of '
            f'many looks better than it is: only seeds that it was not picked by can tell how good '
            f'it is.</p>')
    elif total > 1 and not configurations.undecided:
        note = ("<p>No setting solves the task, so none can be called best at it: this is the order "
                "of their scores.</p>")
    note += "".join(f"<p>{escape(line)}</p>" for line in configurations.note.splitlines())
    if len(configurations) < total:
        note += (f"<p>With more than {MOST_CONFIGURATIONS:,} settings, this report holds the best "
                 f"tenth of that number and the rest evenly over the ranks.</p>")
    return (f'{note}<div id="best"></div>'
            '<p class="soft">Best by the metric of the sweep. Intervals are over seeds. Accuracy is '
            f'the mean share of test {sequences(results.runs)} that are wholly right, and loss the '
            'median of the last minibatch, of the runs that did not diverge.</p>')


def _curves(data: Dict[str, Any], results: Results) -> str:
    sampled, total = data["curves"]["sampled"], len(results.finished)
    sample = "" if sampled == total else (
        f" Pooled curves are of a random sample of {sampled:,} of the {total:,} runs.")
    return (
        '<div class="controls" id="curve-controls"></div><figure><div id="curves"></div>'
        '<div class="legend" id="curve-legend"></div>'
        '<figcaption>Lines are medians over runs, bands reach from the lower to the upper quartile. '
        'The loss is that of the minibatch of an update, after it. A run that diverged counts as '
        f'infinitely high from then on.{sample}</figcaption></figure>')


def _further(further: Dict[str, Any], results: Results) -> List[Section]:
    finished = len(results.finished)
    return [Section(f"{name}-section", title, link, _FURTHER.substitute(
        name=name, caption=caption, sample="" if further[name]["runs"] == finished else
        f" Of {further[name]['runs']:,} of the {finished:,} runs."))
            for name, (title, link, caption) in _FURTHER_TEXTS.items() if name in further]


def _settings(configurations: Configurations, results: Results) -> str:
    learn = "learn to add" if adds(results.runs) else "solve the task"
    colour = (f"the share of seeds that {learn}" if quality_of(configurations) == "success rate"
              else f"its mean accuracy, as no run gets every {sequences(results.runs)[:-1]} right")
    return (
        f"<p>Every line is one setting, its colour {colour}. Drag along an axis to keep a range, or "
        "move its two arrows with the arrow keys; all of this page follows, but histograms and what is "
        "pooled does not.</p>"
        + _PARALLEL)


_FURTHER = Template("""\
<div class="controls" id="$name-controls"></div><figure><div id="$name"></div>
<div class="legend" id="$name-legend"></div>
<figcaption>$caption$sample</figcaption></figure>""")

_FURTHER_TEXTS = {
    "validation": (
        "Checks on the validation set", "Validation",
        "Lines are medians over runs, bands reach from the lower to the upper quartile. A run that "
        "diverged has an accuracy of 0 and an infinite loss from then on. Of one that its own rule "
        "stopped, the last check stands for those that it would have had."),
    "lengths": (
        "Accuracy over length", "Lengths",
        "Trained networks on test sequences of other lengths, which decided no run: the interquartile "
        "mean of the share of right sequences over seeds, with its 95 % bootstrap interval, of the "
        "runs that did not diverge. The trained lengths are shaded."),
    "sets": (
        "Accuracy on further sets", "Sets",
        "Trained networks on the further sets of the data file, which decided no run: the "
        "interquartile mean of the share of right sequences over seeds, with its 95 % bootstrap "
        "interval, of the runs that did not diverge."),
    "weights": (
        "How far the weights move", "Weights",
        "The norm of the change of all weights and biases since they were drawn, over the norm of "
        "the drawn ones, at the checkpoints of the sweep. Lines are medians over the runs that came "
        "to a checkpoint, bands reach from the lower to the upper quartile."),
}

_PARALLEL = """\
<div class="chips" id="filter" aria-live="polite"></div>
<figure><div class="scroll"><div id="parallel"></div></div>
<figcaption>On axes with few values the lines of a value spread over a band, better ones on top.
Double-click on an axis lifts its filter. <span id="parallel-note"></span></figcaption></figure>"""

_PAIRED = """\
<p>Where task and sizes of the data are equal, a seed gives both settings the same data and, at equal
shapes, the same first weights: what differs is the setting.</p>
<div id="paired"></div>"""

_EFFECTS = """\
<p>Full line: all runs with this value pooled, whatever their other settings. Dashed: the best single
setting that has this value. Where the two part, the value works, but only in the right company.</p>
<div class="multiples" id="effects"></div>"""

_HEAT = """\
<div class="controls" id="heat-controls"></div>
<figure><div id="heat"></div>
<figcaption>Numbers are per cent. The map follows the filter above.</figcaption></figure>"""

_OUTCOMES = """\
<p>All runs that did not diverge, <span class="ok">solved</span> or
<span class="not">not solved</span>.</p>
<div class="multiples" id="outcomes"></div>"""

_ADDER = """\
<p>A trained network of the results file, run by this page. It reads two numbers bit by bit, the
lowest first (from the right), and has nowhere but in its states to keep the carry. Type two
numbers, also longer ones than it was trained on, then step through the sum.</p>
<div id="adder"></div>"""

_PLAYER = """\
<p>A trained network of the results file, run by this page. Choose a sequence of its task and step
through it, or change what the network reads: what it says and its states follow.</p>
<div id="player"></div>"""
