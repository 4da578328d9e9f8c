"""The commands of `python3 -m rnnsweep` besides the report: table, figures, export, redo."""
from __future__ import annotations

import argparse
import inspect
import shutil
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Tuple

import pandas as pd

from .configurations import configuration_table
from .export import export
from .outputs import TABLES, OutputRefused, checked_output
from .importance import importance, percent_of
from .labels import NONE, spell_none
from .results import Results, open_results, unknown_column
from .retraining import redo
from .streams import printable
from .tables import FORMATS, WRITERS, table_text
from .trials import to_optuna

# The exit codes of the program rnnsweep
FAILED, USAGE, BAD_DATA, CANNOT_CREATE, CANNOT_READ = 1, 64, 65, 73, 74

Command = Callable[[argparse.Namespace], int]


def add_commands(commands: Any) -> None:
    """Adds the parsers of all commands of this module."""
    _add_table(commands)
    _add_importance(commands)
    _add_figures(commands)
    _add_export(commands)
    _add_optuna(commands)
    _add_redo(commands)


def _add(commands: Any, name: str, run: Command, meaning: str, description: str) -> Any:
    parser = commands.add_parser(name, help=meaning, description=description)
    parser.set_defaults(run=lambda options: _guarded(run, options))
    return parser


def _guarded(run: Command, options: argparse.Namespace) -> int:
    """Runs a command; what users can mend is a message and an exit code."""
    try:
        return run(options)
    except FileNotFoundError as error:
        # A results file that is missing; otherwise the system names what it cannot write.
        return _fail(error, CANNOT_READ if error.filename is None else CANNOT_CREATE)
    except OutputRefused as error:
        return _fail(error, USAGE)
    except (ValueError, KeyError) as error:
        return _fail(error, BAD_DATA)
    except RuntimeError as error:  # of netCDF4, where data are damaged
        if "NetCDF" not in str(error):
            raise
        return _fail(ValueError(f"{options_files(options)}: is damaged: {error}"), BAD_DATA)
    except OSError as error:
        return _fail(error, CANNOT_CREATE)
    except ImportError as error:
        return _fail(error, FAILED)


def options_files(options: argparse.Namespace) -> str:
    return ", ".join(options.files if "files" in options else [options.file])


def _fail(error: Exception, code: int) -> int:
    print(printable(f"rnnsweep: {error}"), file=sys.stderr)
    return code


# ---- Which runs ----------------------------------------------------------------------------------


def _add_files(parser: Any) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE",
                        help="a results file, or all shards of a sweep")
    parser.add_argument("--where", action="append", default=[], metavar="NAME=VALUE,...",
                        help="look only at these runs; may be given several times")
    parser.add_argument("--check", action="store_true",
                        help="leave out runs whose checksum shows damage (reads the whole file)")


def _open(options: argparse.Namespace) -> Results:
    results = open_results(options.files, options.check)
    wanted: Dict[str, List[Any]] = {}
    for condition in options.where:
        name, equals, values = condition.partition("=")
        if not equals:
            raise ValueError(f"--where {condition}: NAME=VALUE expected")
        if name not in results.runs:
            raise ValueError(f"--where: {unknown_column(name, list(results.runs))}")
        try:
            wanted[name] = [_value(results.runs[name], text) for text in values.split(",")]
        except ValueError:
            raise ValueError(f"--where {condition}: {name} has numbers") from None
    return results.where(**wanted) if wanted else results


def _value(column: pd.Series, text: str) -> Any:
    """The text as a value of the column's type."""
    if column.dtype == bool:
        return {"true": True, "false": False}.get(text, text)
    if column.dtype.kind in "if" and text != NONE:
        return float(text)
    return text


def _add_threshold(parser: Any) -> None:
    parser.add_argument("--threshold", type=float, default=1.0, metavar="SHARE",
                        help="share of right test sequences from which a run has solved the task (1)")


# ---- Commands ------------------------------------------------------------------------------------


def _add_table(commands: Any) -> None:
    parser = _add(commands, "table", _run_table, "the best configurations as a table or CSV",
                  "Statistics over seeds of each configuration, best first: those of "
                  "`rnnsweep summary`.")
    _add_files(parser)
    _add_threshold(parser)
    parser.add_argument("--by", metavar="NAME,...", help="group by these (all that are swept)")
    parser.add_argument("--metric", metavar="NAME", help="rank by this result (the sweep's metric)")
    parser.add_argument("--top", type=int, default=20, metavar="N", help="so many rows (20)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="(text)")
    parser.add_argument("--width", type=int, metavar="LETTERS",
                        help="of the lines (the terminal's, or 80)")
    parser.add_argument("-o", "--output", metavar="CSV", help="write all rows to this file")


def _run_table(options: argparse.Namespace) -> int:
    if options.output:
        checked_output(options.output, TABLES, options.files)
    results = _open(options)
    by = options.by.split(",") if options.by else None
    table = configuration_table(results, by, options.threshold, metric=options.metric)
    names = list(table)[:list(table).index("score")]
    if options.output:
        spell_none(table, names).to_csv(options.output, index=False)
        print(options.output)
        return 0
    shown = table.head(options.top)
    if options.format != "text":
        print(printable(WRITERS[options.format](shown, names)))
        return 0
    print(printable(table_text(shown, names,
                               options.width or shutil.get_terminal_size().columns)))
    for line in (f"The best {len(shown)} of {len(table)}." if len(shown) < len(table) else "",
                 table.attrs["note"]):
        if line:
            print(line)
    return 0


def _add_importance(commands: Any) -> None:
    parser = _add(commands, "importance", _run_importance, "how much each swept parameter matters",
                  "Shares of the variance between configurations by parameter and by pair of them: "
                  "exact on a full grid, with intervals over seeds, otherwise of a random forest.")
    _add_files(parser)
    parser.add_argument("--metric", metavar="NAME", help="of this result (the sweep's metric)")


def _run_importance(options: argparse.Namespace) -> int:
    table = importance(_open(options), options.metric)
    width = max(map(len, table.effect))
    for _, row in table.iterrows():
        between = "" if "share_95_low" not in row else \
            f"   {100 * row.share_95_low:.1f} to {100 * row.share_95_high:.1f} %"
        print(f"{row.effect:<{width}}  {percent_of(row.share):>7}{between}")
    grid = table.attrs["method"] == "grid"
    what = "95 % intervals over {seeds} seeds".format(**table.attrs) if grid else "a random forest"
    metric = table.attrs["metric"]
    of = metric if metric.endswith("accuracy") else f"the ranks of {metric}"
    print(f"Shares of the variance of {of} between configurations; {what}.")
    if table.attrs["note"]:
        print(table.attrs["note"])
    return 0


def _add_figures(commands: Any) -> None:
    parser = _add(commands, "figures", _run_figures, "pictures of a sweep: SVG, PDF or PNG",
                  "Draws curves, heatmap, states, time, parallel, portrait and failures, and lengths, "
                  "weights and validation where there are tests at other lengths, checkpoints and "
                  "validation sets, each as a file NAME-FIGURE.FORMAT. An option that some of them lack is for the others.")
    _add_files(parser)
    parser.add_argument("--only", metavar="FIGURE,...", help="draw only these")
    parser.add_argument("-o", "--output", default=".", metavar="FOLDER", help="where to (here)")
    parser.add_argument("--format", default="svg", choices=("svg", "pdf", "png"), help="(svg)")
    parser.add_argument("--size", type=_size, metavar="WxH", dest="figsize",
                        help="inches, such as 3.3x2.4 for a column of a journal")
    parser.add_argument("--title", metavar="TEXT", help="in place of the one that says what is "
                        "drawn; '' for none")
    parser.add_argument("--x", metavar="NAME", help="parameter along the axis of heatmap and states")
    parser.add_argument("--y", metavar="NAME", help="parameter along the other axis of heatmap")
    parser.add_argument("--by", metavar="NAME[,NAME]", help="parameter of curves, time, failures, "
                        "lengths, weights and validation: a colour for each value; but for failures "
                        "another: a kind of line")
    parser.add_argument("--colour", metavar="NAME", help="parameter of states: a line for each value")
    parser.add_argument("--best", action="store_true", default=None,
                        help="heatmap of the best settings of the other parameters")
    parser.add_argument("--threshold", type=float, metavar="SHARE",
                        help="share of right test sequences from which a run has solved the task (1)")
    parser.add_argument("--level", type=float, metavar="LOSS", help="of time (0.05)")
    parser.add_argument("--run", type=int, metavar="RUN", dest="number",
                        help="of portrait (the one of fewest states that solves the task)")
    parser.add_argument("--panel", metavar="PANEL", help="outcomes or bits of failures; carry or "
                        "addition of portrait; accuracy or loss of validation")


def _size(text: str) -> Tuple[float, float]:
    """"3.3x2.4" as inches."""
    width, _, height = text.lower().partition("x")
    size = float(width), float(height)  # argparse says what a ValueError is about
    if not all(1 <= side <= 100 for side in size):
        raise argparse.ArgumentTypeError(f"{text}: WIDTHxHEIGHT in inches, 1 to 100, expected")
    return size


def _run_figures(options: argparse.Namespace) -> int:
    from . import figures

    results = _open(options)
    known_figures = {**figures.FIGURES, **figures.FURTHER}
    usual = [*figures.FIGURES, *(["lengths"] if results.has_test_lengths else []),
             *(["weights"] if results.has_checkpoints else []),
             *(["validation"] if results.has_validation else []),
             *(["rungs"] if (results.runs.status == "stopped").any() else [])]
    chosen = options.only.split(",") if options.only else usual
    unknown = [name for name in chosen if name not in known_figures]
    if unknown:
        raise ValueError(f"no figure {unknown[0]!r}; there are {', '.join(known_figures)}")
    wanted = _wanted(options, [known_figures[name] for name in chosen])
    if (results.runs.status == "pending").all():
        raise ValueError(f"no run of {results.name} is finished: there is nothing to draw")
    Path(options.output).mkdir(parents=True, exist_ok=True)
    refused = 0
    for name in chosen:
        draw = known_figures[name]
        known = inspect.signature(draw).parameters
        try:
            figure = draw(results, **{key: wanted[key] for key in wanted if key in known})
        except ValueError as error:
            if options.only:
                raise
            refused += 1
            print(f"rnnsweep: no {name}: {error}", file=sys.stderr)
            continue
        stem = results.name.replace("/", "_")
        target = checked_output(Path(options.output) / f"{stem}-{name}.{options.format}",
                                (f".{options.format}",), options.files)
        print(printable(figures.save(figure, target)))
    return 0 if refused < len(chosen) else BAD_DATA


def _wanted(options: argparse.Namespace, figures: Sequence[Callable[..., Any]]) -> Dict[str, Any]:
    """What the options ask of the figures. ValueError for one that none of them knows."""
    wanted: Dict[str, Any] = {}
    for option in ("figsize", "title", "x", "y", "by", "colour", "best", "threshold", "level",
                   "number", "panel"):
        value = getattr(options, option)
        if value is None:
            continue
        name = {"number": "run"}.get(option, option)
        if option == "by" and "," in value:
            value = value.split(",")
        if not any(name in inspect.signature(draw).parameters for draw in figures):
            raise ValueError(f"--{name} is for other figures than {options.only}")
        wanted[name] = value
    return wanted


def _add_export(commands: Any) -> None:
    parser = _add(commands, "export", _run_export, "the table of runs as CSV or Parquet",
                  "One row per run: every parameter, the seed, the status and the outcomes.")
    _add_files(parser)
    parser.add_argument("-o", "--output", required=True, metavar="FILE",
                        help="ends in .csv, .csv.gz (.bz2, .xz, .zip) or .parquet")


def _run_export(options: argparse.Namespace) -> int:
    checked_output(options.output, (*TABLES, ".parquet"), options.files)
    print(export(_open(options), options.output))
    return 0


def _add_optuna(commands: Any) -> None:
    parser = _add(commands, "optuna", _run_optuna, "configurations as the trials of an Optuna study",
                  "Puts a study into a storage of Optuna, whose dashboard, plots and importance then "
                  "show the sweep: a trial for each configuration, its value the score over seeds.")
    _add_files(parser)
    parser.add_argument("--storage", required=True, metavar="URL",
                        help="such as sqlite:///study.db; it is made if it does not exist")
    parser.add_argument("--name", metavar="STUDY", help="of the study (the sweep's)")
    parser.add_argument("--metric", metavar="NAME", help="the trials' value (the sweep's metric)")


def _run_optuna(options: argparse.Namespace) -> int:
    study = to_optuna(_open(options), options.storage, options.name, options.metric)
    count = len(study.get_trials(deepcopy=False))
    print(printable(f"{options.storage}: study {study.study_name}: {count} trials, "
                    f"{study.user_attrs['metric']}"))
    return 0


def _add_redo(commands: Any) -> None:
    parser = _add(commands, "redo", _run_redo, "train runs anew in NumPy and compare",
                  "Trains runs anew in NumPy from their seeds and compares losses, weights and "
                  "accuracies with the file. Exit code 1 when they differ by more than rounding "
                  "explains.")
    parser.add_argument("file", metavar="FILE", help="a results file")
    parser.add_argument("runs", nargs="+", type=int, metavar="RUN", help="numbers of runs")
    parser.add_argument("--data", metavar="FILE", help="the runs' data file, where it has moved")


def _run_redo(options: argparse.Namespace) -> int:
    agree = True
    with open_results(options.file) as results:
        for run in options.runs:
            if run not in results.runs.index:
                raise ValueError(f"{options.file} has no run {run}")
            redone = redo(results, run, options.data)
            agree &= redone.agrees
            print(printable(redone))
    return 0 if agree else FAILED
