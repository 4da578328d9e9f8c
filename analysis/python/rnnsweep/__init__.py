"""Results files of rnnsweep in Python: tables, statistics over seeds, figures, networks.

    import rnnsweep

    results = rnnsweep.open_results("results/states-momentum.h5")
    results.runs                                          one row per run
    rnnsweep.success_rates(results)                       best settings first, with intervals
    rnnsweep.loss_bands(results, by="states")             quantiles of the curves over seeds

Everything takes the results of `open_results`, or a part of them: `results.where(states=3)`.
"""
from .results import Results, open_results
from .statistics import configuration_table, loss_bands, success_rates, wilson_interval

__all__ = [
    "Results",
    "configuration_table",
    "loss_bands",
    "open_results",
    "success_rates",
    "wilson_interval",
]
__version__ = "0.1.0"
