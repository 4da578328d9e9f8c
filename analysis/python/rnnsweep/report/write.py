"""From a results file to the finished page."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Sequence, Union

from ..outputs import PAGES, checked_output
from ..results import PathLike, open_results
from ..wording import adds
from .configurations import (
    configuration_columns, configurations_of, histograms, parameter_columns)
from .curves import curves_of
from .further import further_of
from .networks import networks_of, players_of
from .paired import paired_columns
from .page import page_of

Advance = Callable[[str, float], None]


def write_report(
    paths: Union[PathLike, Sequence[PathLike]], output: PathLike, threshold: float = 1.0,
    advance: Optional[Advance] = None, check: bool = False,
) -> Path:
    """Writes the report of a results file, or of the shards of a sweep, and returns its path.

    threshold   test accuracy at and above which a run has solved the task
    check       compare all runs with their checksums, and leave damaged ones out
    advance     is called with what is being done and the share of all work that is done, 0..1

    An existing page is replaced once the new one is complete. ValueError when no run is finished, or
    the name does not end in .html or .htm, or is that of a results file;
    otherwise the errors of `open_results` and of writing.
    """
    listed = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    target = checked_output(output, PAGES, listed)
    report = advance or (lambda doing, share: None)
    report("reading runs", 0.0)
    with open_results(paths, check) as results:
        if results.finished.empty:
            raise ValueError(f"{results.paths[0]}: no run is finished yet; there is nothing to report")
        report("statistics", 0.1)
        configurations = configurations_of(results, threshold)
        report("curves", 0.4)
        data: Dict[str, Any] = {
            "curves": curves_of(results, configurations, threshold,
                                lambda share: report("curves", 0.4 + 0.45 * share)),
            "configurations": configuration_columns(configurations),
            "parameters": parameter_columns(results, configurations),
            "histograms": histograms(results, threshold),
            "paired": paired_columns(configurations, threshold),
        }
        report("further tests", 0.85)
        data["further"] = further_of(results, configurations, threshold)
        report("networks", 0.88)
        data["networks"] = networks_of(results, threshold)
        data["players"] = players_of(results, threshold)
        data["sums"] = adds(results.runs)
        report("writing", 0.93)
        page = page_of(results, configurations, data, threshold)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_text(page, encoding="utf-8")
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    report("done", 1.0)
    return target
