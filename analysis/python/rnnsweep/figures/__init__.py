"""Figures of a sweep, one call each; matplotlib.

    from rnnsweep import figures

    figures.save(figures.loss_curves(results, by="states"), "curves.svg")

Every function takes results (or a part: `results.where(...)`) and returns a matplotlib Figure, made
without pyplot, so that nothing is left open and no display is needed. By keyword all take

    ax        axes to draw in, of a figure of yours; one for each panel. It keeps its size and gets
              no title but yours
    figsize   width and height in inches; below 5 inches of width letters are smaller, legends stand
              above the axes, and of two panels the first is drawn where both have no room
    title     in place of the one that says what is drawn and what is pooled; "" for none
    panel     of figures with two panels: which to draw

Fonts and lines follow matplotlib's rcParams and style sheets. Colours are those of Okabe and Ito
(2008) and the map cividis (Nunez et al. 2018), told apart with any colour vision. Curves differ in
their kinds of lines or markers too, where a second parameter is shown.
"""
from typing import Any, Callable, Dict

from .style import save  # first: it says what to do when there is no matplotlib
from .curves import (
    accuracy_over_length, loss_curves, time_to_solution, validation_curves, weight_paths)
from .dynamics import automaton_graph, component_shares, fixed_point_portrait
from .parallel import parallel_coordinates
from .portrait import state_portrait
from .rates import failures, success_by_states, success_heatmap
from .rungs import rung_scores

# By the names that `python3 -m rnnsweep figures` has for them
FIGURES: Dict[str, Callable[..., Any]] = {
    "curves": loss_curves,
    "heatmap": success_heatmap,
    "states": success_by_states,
    "time": time_to_solution,
    "parallel": parallel_coordinates,
    "portrait": state_portrait,
    "failures": failures,
}

# The same of what only some results have
FURTHER: Dict[str, Callable[..., Any]] = {
    "lengths": accuracy_over_length,
    "weights": weight_paths,
    "validation": validation_curves,
    "rungs": rung_scores,
}

__all__ = [
    "FIGURES",
    "FURTHER",
    "accuracy_over_length",
    "automaton_graph",
    "component_shares",
    "failures",
    "fixed_point_portrait",
    "loss_curves",
    "parallel_coordinates",
    "rung_scores",
    "save",
    "state_portrait",
    "success_by_states",
    "success_heatmap",
    "time_to_solution",
    "validation_curves",
    "weight_paths",
]
