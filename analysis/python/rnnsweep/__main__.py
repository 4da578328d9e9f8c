"""python3 -m rnnsweep: what the package does from a command line."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, NoReturn, Optional

from . import __version__
from .commands import add_commands
from .outputs import PAGES, OutputRefused, checked_output
from .streams import open_standard_streams, printable

# The exit codes of the program rnnsweep
FAILED, USAGE, BAD_DATA, CANNOT_CREATE, CANNOT_READ = 1, 64, 65, 73, 74


class Parser(argparse.ArgumentParser):
    """Usage errors end with the exit code of the program rnnsweep."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    top = Parser(prog="python3 -m rnnsweep", description="Looks at results files of rnnsweep.")
    top.add_argument("--version", action="version", version=f"rnnsweep {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_commands(commands)
    add_report(commands)
    return top


def add_report(commands: "argparse._SubParsersAction[Parser]") -> None:
    from .report.progress import STYLES

    report = commands.add_parser(
        "report", help="one HTML file with figures to look at, send and keep",
        description="Writes one HTML file with the figures, tables, a network to try and the "
        "provenance of a sweep. It opens from a disk, without a network.")
    report.add_argument("files", nargs="+", metavar="FILE",
                        help="a results file, or all shards of a sweep")
    report.add_argument("-o", "--output", metavar="HTML",
                        help="where to write; default: beside the first FILE, ending in .html")
    report.add_argument("--threshold", type=share, default=1.0, metavar="SHARE",
                        help="share of right test sequences at which a run has solved the task (1)")
    report.add_argument("--check", action="store_true",
                        help="leave out runs whose checksum shows damage (reads the whole file)")
    report.add_argument("--progress", choices=STYLES, default="auto",
                        help="on standard error (auto: a bar on a terminal, else plain lines)")
    report.set_defaults(run=run_report)


def share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return value


def run_report(options: argparse.Namespace) -> int:
    from .report import write_report
    from .report.progress import Progress

    output = Path(options.output or Path(options.files[0]).with_suffix(".html"))
    try:
        checked_output(output, PAGES, options.files)
    except OutputRefused as error:
        return fail(str(error), USAGE)
    progress = Progress(options.progress)
    try:
        written = write_report(options.files, output, options.threshold, progress, options.check)
    except ImportError as error:  # --check without the module crc32c
        progress.stop()
        return fail(str(error), FAILED)
    except (OSError, ValueError, RuntimeError) as error:
        progress.stop()
        if isinstance(error, RuntimeError):  # of netCDF4, where data are damaged
            return fail(f"{options.files[0]}: is damaged: {error}", BAD_DATA)
        if isinstance(error, ValueError):
            return fail(str(error), BAD_DATA)
        if isinstance(error, FileNotFoundError) and error.filename is None:  # a results file
            return fail(str(error), CANNOT_READ)
        if error.filename is None and error.strerror is None:
            return fail(str(error), CANNOT_READ)
        return fail(f"{output}: {error.strerror or error}", CANNOT_CREATE)
    print(f"{written}  ({written.stat().st_size / 1e6:.1f} MB)")
    return 0


def fail(message: str, code: int) -> int:
    print(printable(f"rnnsweep report: {message}"), file=sys.stderr)
    return code


def main(arguments: Optional[List[str]] = None) -> int:
    open_standard_streams()
    options = parser().parse_args(arguments)
    code: int = options.run(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
