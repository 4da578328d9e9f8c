"""Rules of early termination, simulated on curves of runs that were trained to their end.

`successive_halving` is that of this program. `Hyperband` is W&B's (github.com/wandb/sweeps at b1dfc5f,
src/sweeps/hyperband_stopping.py), `SuccessiveHalvingPruner` Optuna's (github.com/optuna/optuna at
34fa418, optuna/pruners/_successive_halving.py; the same in 3.1), both written anew from what these
files do. Values are the smaller the better; epochs count from 1.
"""
from heapq import heappop, heappush, heappushpop
from itertools import islice

import numpy as np

STATISTICS = ("mean", "median", "mean_rank")


def rising(first, eta, epochs):
    """The rungs first, first eta, first eta^2, ... below the last epoch, rounded down as W&B does."""
    rungs, band = [], float(first)
    while band < epochs:
        if int(band) not in rungs:
            rungs.append(int(band))
        band *= eta
    return rungs


# ---- All seeds of a configuration together -------------------------------------------------------


def successive_halving(values, rungs, keep, statistic, losses=None):
    """The last epoch of each configuration, [configuration].

    values     [configuration, seed, epoch]; of a run that diverged the worst value
    keep       share of the configurations at a rung that goes on, rounded up
    statistic  mean or median over seeds, or mean_rank: the mean over seeds of the rank among the
               configurations of the rung
    losses     as values: equals are ordered by their median loss, and then, or where this is None,
               by their number
    """
    last = np.full(len(values), values.shape[2])
    alive = np.arange(len(values))
    for rung in rungs:
        keys = [score(values[alive, :, rung - 1], statistic)]
        if losses is not None:
            keys.insert(0, np.median(losses[alive, :, rung - 1], axis=1))
        order = alive[np.lexsort(keys)]
        kept = int(np.ceil(keep * len(alive) * (1 - 1e-12)))
        last[order[kept:]] = rung
        alive = np.sort(order[:kept])
    return last


def score(values, statistic):
    """Of values [configuration, seed]. Means that are equal on paper are equal."""
    if statistic == "median":
        return np.median(values, axis=1)
    if statistic == "mean_rank":
        values = ranks(values)
    return np.round(values.mean(axis=1), 12)


def ranks(values):
    """Ranks from 1 within each column; equals share the mean of theirs. As scipy.stats.rankdata, but
    of all columns at once."""
    order = np.argsort(values, axis=0, kind="stable")
    rows, columns = values.shape
    places = np.arange(rows)[:, None]
    ordered = np.take_along_axis(values, order, axis=0)
    new = np.concatenate([np.ones((1, columns), bool), ordered[1:] != ordered[:-1]])
    first = np.maximum.accumulate(np.where(new, places, 0), axis=0)
    ends = np.concatenate([new[1:], np.ones((1, columns), bool)])
    last = np.minimum.accumulate(np.where(ends, places, rows)[::-1], axis=0)[::-1]
    ranked = np.empty(values.shape)
    np.put_along_axis(ranked, order, (first + last) / 2 + 1, axis=0)
    return ranked


# ---- Each run a trial ----------------------------------------------------------------------------


class Smallest:
    """The smallest of the values so far, as many as `share` makes of their number."""

    def __init__(self, share):
        self._share = share  # never falls, nor rises by more than one, from a number to the next
        self._negated, self._others = [], []  # heaps
        self.greatest = np.inf

    def add(self, value):
        heappush(self._others, -heappushpop(self._negated, -value))
        if self._share(len(self._negated) + len(self._others)) > len(self._negated):
            heappush(self._negated, -heappop(self._others))
        self.greatest = -self._negated[0]


class Hyperband:
    """W&B's rule: at the last band that it has passed, a run stops when its value is above the
    int(n / eta)-th, counted from 0, of the n values that runs have had at that band so far. strict:
    its value there; otherwise its least so far. Judged after every epoch, also between bands.

    values   [run, epoch]
    bands    rising
    """

    def __init__(self, values, bands, eta, strict=True):
        epochs = np.arange(1, values.shape[1] + 1)
        passed = np.searchsorted(bands, epochs, side="right") - 1
        judged = (values[:, np.array(bands)[passed] - 1] if strict
                  else np.minimum.accumulate(values, axis=1))
        self._values, self._judged = values.tolist(), judged.tolist()
        self._passed = [-1, *passed.tolist()]
        self._at = {band: place for place, band in enumerate(bands)}
        share = 1.0 / eta
        self._seen = [Smallest(lambda count: int(share * count) + 1) for _ in bands]

    def going_on(self, running):
        """Those of [(run, epoch)], which have just made this epoch, that do not stop."""
        for run, epoch in running:
            if epoch in self._at:
                self._seen[self._at[epoch]].add(self._values[run][epoch - 1])
        thresholds = [seen.greatest for seen in self._seen]
        return [(run, epoch) for run, epoch in running if self._passed[epoch] < 0
                or self._judged[run][epoch - 1] <= thresholds[self._passed[epoch]]]


class SuccessiveHalvingPruner:
    """Optuna's rule: at a rung, a trial goes on when its value is among the best n // eta, at least
    one, of the n values that trials have had at that rung so far, its own among them."""

    def __init__(self, values, rungs, eta):
        self._values = values.tolist()
        self._seen = {rung: Smallest(lambda count: max(count // eta, 1)) for rung in rungs}

    def going_on(self, running):
        """As Hyperband.going_on, one after the other."""
        return [(run, epoch) for run, epoch in running if epoch not in self._seen
                or self._passes(self._seen[epoch], self._values[run][epoch - 1])]

    def _passes(self, seen, value):
        seen.add(value)
        return value <= seen.greatest


def run_trials(rule, order, lengths, epochs, workers):
    """The last epoch of each run, [run]: `epochs` of those that no rule stopped.

    order     in which runs begin, as soon as one of `workers` is free; all epochs take equally long
    lengths   [run]: epochs until it diverged, when it ends by itself; `epochs` of others
    """
    last = np.full(len(lengths), epochs)
    waiting, running = iter(order), []
    while True:
        running += [(run, 0) for run in islice(waiting, workers - len(running))]
        if not running:
            return last
        running = [(run, epoch + 1) for run, epoch in running if epoch < lengths[run]]
        going_on = rule.going_on(running)
        if len(going_on) < len(running):
            for run, epoch in set(running).difference(going_on):
                last[run] = epoch
        running = [(run, epoch) for run, epoch in going_on if epoch < epochs]
