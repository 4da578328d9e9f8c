"""A report of a sweep: one HTML file to look at, send and keep.

    python3 -m rnnsweep report results/states-momentum.h5 -o report.html

The file holds its numbers, styles and scripts, asks no network for anything, and opens from a disk
in any browser of the last years. It holds configurations, not runs, so its size does not grow with
the number of seeds.
"""
from .write import write_report

__all__ = ["write_report"]
