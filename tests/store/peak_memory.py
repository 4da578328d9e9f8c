"""The peak of the memory of a command. Its parent is small: a process inherits the peak of the one
that begins it, by fork or vfork."""

import subprocess
import sys

PARENT = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_of(*command, **options):
    """In kB. `options` are those of subprocess.run."""
    done = subprocess.run([sys.executable, "-c", PARENT, *command], check=True, capture_output=True, text=True,
                          **options)
    return int(done.stdout)
