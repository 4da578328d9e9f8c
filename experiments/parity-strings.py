"""Writes the sequences of experiments/parity-phases.yaml: every string of 1 to 10 bits, and 30 random ones
of 100 for the test, with their parity as one of two classes at the last step.

    PYTHONPATH=analysis/python python3 experiments/parity-strings.py
"""
from pathlib import Path

import numpy as np
import rnnsweep

LONGEST, TESTED, TESTED_LENGTH = 10, 30, 100


def of(strings):
    return {"inputs": strings, "targets": np.array([string.sum() % 2 for string in strings])}


strings = [code >> np.arange(length)[::-1] & 1
           for length in range(1, LONGEST + 1) for code in range(2**length)]
tested = list(np.random.RandomState(0).randint(0, 2, (TESTED, TESTED_LENGTH)))
path = Path(__file__).parent.parent / "results" / "parity-strings.nc"
path.parent.mkdir(exist_ok=True)
rnnsweep.write_sequences(path, train=of(strings), test=of(tested), overwrite=True)
