"""Figures of a sweep, one call each; matplotlib.

    from rnnsweep import figures

    figures.save(figures.loss_curves(results, by="states"), "curves.svg")

Every function takes results (or a part: `results.where(...)`) and returns a matplotlib Figure, made
without pyplot, so that nothing is left open and no display is needed. Colours are those of Okabe
and Ito (2008) and the map cividis (Nunez et al. 2018), told apart with any colour vision and in
grey. What is pooled or left out is said in the title.
"""
from typing import Any, Callable, Dict

from .style import save  # first: it says what to do when there is no matplotlib
from .curves import loss_curves, time_to_solution
from .parallel import parallel_coordinates
from .portrait import state_portrait
from .rates import failures, success_by_states, success_heatmap

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

__all__ = [
    "FIGURES",
    "failures",
    "loss_curves",
    "parallel_coordinates",
    "save",
    "state_portrait",
    "success_by_states",
    "success_heatmap",
    "time_to_solution",
]
