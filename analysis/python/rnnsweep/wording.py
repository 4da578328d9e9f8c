"""What results of one task or another are called."""
from __future__ import annotations

import pandas as pd

ADDITION = "addition"


def adds(runs: pd.DataFrame) -> bool:
    """Whether all runs learn to add, so that one can speak of sums and bits."""
    return "task" not in runs or bool((runs.task == ADDITION).all())


def sequences(runs: pd.DataFrame) -> str:
    """What a run gets right or wrong as a whole: "sums", else "sequences"."""
    return "sums" if adds(runs) else "sequences"


def outputs(runs: pd.DataFrame) -> str:
    """The parts of it: "bits", else "answers"."""
    return "bits" if adds(runs) else "answers"
