"""What the tables and figures of the studies share."""
import sys
from pathlib import Path

import rnnsweep
from rnnsweep import figures

HERE = Path(__file__).parent


def interval(successes, trials):
    """Wilson's 95 % interval of a share."""
    return tuple(map(float, rnnsweep.wilson_interval(successes, trials)))


def save(figure, name):
    """Beside the studies, where the documents look for it."""
    figures.save(figure, HERE / name)


def run_command(commands):
    """What the first argument names, with the others."""
    commands[sys.argv[1]](*sys.argv[2:])
