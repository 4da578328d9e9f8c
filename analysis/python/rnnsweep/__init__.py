"""Results files of rnnsweep in Python: tables, statistics over seeds, figures, networks.

    import rnnsweep

    results = rnnsweep.open_results("results/states-momentum.h5")
    results.runs                                          one row per run
    rnnsweep.success_rates(results)                       best settings first, with intervals
    rnnsweep.loss_bands(results, by="states")             quantiles of the curves over seeds

Everything takes the results of `open_results`, or a part of them: `results.where(states=3)`.
Pictures are in `rnnsweep.figures`; the report, and all of this without Python, in
`python3 -m rnnsweep --help`.
"""
from .automata import Automaton, Extracted, extract_automaton
from .comparison import Comparison, compare, compare_many
from .configurations import configuration_table, success_rates
from .export import to_csv, to_parquet
from .fixed_points import FixedPoints, fixed_points, starts_of
from .importance import importance
from .cells import Network
from .network import carries, hidden_states, predict, to_bits
from .principal import Components, component_table, components
from .pytorch import to_torch
from .results import Results, open_results
from .retraining import Redone, redo
from .sequences import write_sequences
from .further_tests import accuracy_by_length, accuracy_by_set, weight_change
from .rungs import rungs, scores_at_rungs
from .solution_time import share_reached, solution_times, time_to_loss
from .statistics import loss_bands, validation_bands, wilson_interval
from .trajectories import trajectories
from .trials import to_optuna

__all__ = [
    "Automaton",
    "Comparison",
    "Components",
    "Extracted",
    "FixedPoints",
    "Network",
    "Redone",
    "Results",
    "carries",
    "compare",
    "compare_many",
    "component_table",
    "components",
    "configuration_table",
    "extract_automaton",
    "fixed_points",
    "hidden_states",
    "importance",
    "loss_bands",
    "open_results",
    "predict",
    "redo",
    "rungs",
    "scores_at_rungs",
    "accuracy_by_length",
    "accuracy_by_set",
    "share_reached",
    "solution_times",
    "starts_of",
    "success_rates",
    "time_to_loss",
    "weight_change",
    "to_bits",
    "to_csv",
    "to_optuna",
    "to_parquet",
    "to_torch",
    "trajectories",
    "validation_bands",
    "wilson_interval",
    "write_sequences",
]
__version__ = "0.1.0"
