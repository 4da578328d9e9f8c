"""Table and figure of docs/early-termination.md: what rules of early termination would have saved and
lost in studies that were trained to their end.

    rnnsweep run experiments/states-momentum.yaml validation_samples=500 seeds=100 -o results/states-momentum-checked.h5
    rnnsweep run experiments/early-termination.yaml
    PYTHONPATH=analysis/python python3 experiments/early-termination.py results/states-momentum-checked.h5 \
        results/early-termination.h5

A study needs a check after each epoch, a loss at its end, and the same seeds in every configuration.
Each resample draws some of the seeds without replacement and plays every rule on the curves of these.
The best configuration is that of all seeds, trained to the end, by the metric of the study.
"""
import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import rnnsweep
from common import interval, save
from matplotlib.figure import Figure
from rnnsweep import figures
from rnnsweep.configurations import Ranking
from stopping_rules import (
    Hyperband, SuccessiveHalvingPruner, rising, run_trials, successive_halving)

SETTINGS = ((1, 2), (1, 3), (1, 4), (2, 2), (3, 3))  # first rung, eta
METRICS = {"test_accuracy": "mean", "final_loss": "median"}  # at rungs, and its score
WORST = {"test_accuracy": 0.0, "final_loss": np.inf}  # as a value, the smaller the better
OUR_RULES = {"ours": ("score", True), "ours, ties by number": ("score", False),
             "ours, mean rank": ("mean_rank", True)}  # statistic, and whether losses order equals
TRIAL_RULES = ("W&B", "W&B, not strict", "Optuna")
FEWER = (0.2, 0.3, 0.5)  # of the seeds, trained to the end without a rule


@dataclass
class Study:
    """values   metric: [configuration, seed, epoch], the smaller the better, the worst after a run
                diverged
    lengths     [configuration, seed] epochs until it diverged, or all
    updates     [configuration, seed]; each epoch has `epoch` of them
    accuracy, loss   [configuration, seed] at the end; 0 and infinite where a run diverged
    score, tied, best   [configuration] by all seeds; which are indistinguishable from the best
    """

    name: str
    values: dict
    lengths: np.ndarray
    updates: np.ndarray
    epoch: int
    accuracy: np.ndarray
    loss: np.ndarray
    score: np.ndarray
    tied: np.ndarray
    best: int

    @property
    def epochs(self):
        return self.values["final_loss"].shape[2]

    @property
    def shape(self):
        return self.lengths.shape

    def some_seeds(self, seeds):
        return replace(self, values={name: all_[:, seeds] for name, all_ in self.values.items()},
                       lengths=self.lengths[:, seeds], updates=self.updates[:, seeds],
                       accuracy=self.accuracy[:, seeds], loss=self.loss[:, seeds])

    def saved(self, last):
        """Share of updates that are not made when runs end after epoch `last`, [configuration, seed]."""
        return 1 - np.minimum(last * self.epoch, self.updates).sum() / self.updates.sum()


def read(path):
    results = rnnsweep.open_results(path)
    runs, ranking = results.runs, Ranking(results)
    order = np.lexsort((runs.seed, ranking.groups.number))
    shape = (len(ranking.groups), runs.seed.nunique())
    if len(runs) != shape[0] * shape[1] or len(results.finished) != len(runs):
        raise ValueError(f"{path}: not all configurations have all seeds")

    def table(values):
        return np.asarray(values)[order].reshape(*shape, *np.shape(values)[1:])

    checks = results.checks()
    epoch = int(checks.check[0])
    diverged = runs.status == "diverged"
    loss = results.loss.reindex(step=checks.check.values).values.astype(float)
    values = {"test_accuracy": table(-checks.validation_accuracy.values.astype(float)),
              "final_loss": table(loss)}
    lengths = np.where(diverged, (runs.diverged_at - 1) // epoch, len(checks.check))
    for name, worst in WORST.items():
        ended = np.arange(len(checks.check)) >= table(lengths)[..., None]
        if np.isnan(values[name][~ended]).any():
            raise ValueError(f"{path}: {name} is not known at the end of each epoch")
        values[name][ended] = worst
    standings = ranking.standings().standing
    return Study(results.name, values, table(lengths),
                 table(np.where(diverged, runs.diverged_at, runs.updates)), epoch,
                 table(np.where(diverged, 0.0, runs.test_accuracy)),
                 table(np.where(diverged, np.inf, runs.final_loss)),
                 ranking.score, standings.isin(["best", "tied"]).to_numpy(), int(ranking.order[0]))


# ---- Rules on some seeds of a study --------------------------------------------------------------


def play(study, metric, rule, first, eta, random, workers):
    """The last epoch of each run, [configuration, seed]."""
    values, rungs = study.values[metric], rising(first, eta, study.epochs)
    if rule in OUR_RULES:
        statistic, by_loss = OUR_RULES[rule]
        last = successive_halving(
            values, rungs, 1 / eta, METRICS[metric] if statistic == "score" else statistic,
            study.values["final_loss"] if by_loss else None)
        return np.broadcast_to(last[:, None], study.shape)
    trials = values.reshape(-1, study.epochs)
    judge = (SuccessiveHalvingPruner(trials, rungs, eta) if rule == "Optuna" else
             Hyperband(trials, rungs, eta, strict=rule == "W&B"))
    order = random.permutation(len(trials)).tolist()
    last = run_trials(judge, order, study.lengths.ravel().tolist(), study.epochs, workers)
    return last.reshape(study.shape)


def outcome(study, last):
    """What one gets from the runs that were trained to their end."""
    whole = last == study.epochs
    ended = whole & (study.lengths == study.epochs)
    run = pick_run(study, ended)
    mean = pick_mean(study, whole)
    return dict(saved=study.saved(last), best_runs=whole[study.best].mean(),
                survives=whole[study.best].any(),
                run_tied=study.tied[run], run_lost=study.score[study.best] - study.score[run],
                mean_best=mean == study.best, mean_tied=study.tied[mean],
                mean_lost=study.score[study.best] - study.score[mean])


def pick_run(study, ended):
    """The configuration of the best single run, of equals of the least loss."""
    key = np.lexsort((study.loss.ravel(), -study.accuracy.ravel(), ~ended.ravel()))
    return int(key[0] // study.shape[1])


def pick_mean(study, whole):
    """The configuration of the best mean over its runs that were not stopped, of equals that of the
    least median loss."""
    counts = whole.sum(axis=1)
    mean = np.where(whole, study.accuracy, 0).sum(axis=1) / np.maximum(counts, 1)
    some = np.flatnonzero(counts)
    median = [np.median(study.loss[i, whole[i]]) for i in some]
    return int(some[np.lexsort((median, -np.round(mean[some], 12)))[0]])


def resample(study, seeds, workers, random):
    """A row for each metric, rule and setting."""
    part = study.some_seeds(random.permutation(study.shape[1])[:seeds])
    rows = []
    for count in sorted({max(round(fraction * seeds), 1) for fraction in (*FEWER, 1.0)}):
        fewer = np.zeros(part.shape, int)
        fewer[:, :count] = part.epochs
        rows.append(dict(metric="", rule="no rule", setting=f"{count} seeds", rungs="",
                         **outcome(part, fewer)))
    for metric in METRICS:
        for first, eta in SETTINGS:
            rungs = rising(first, eta, part.epochs)
            if len(rungs) < 2:
                continue
            for rule in (*OUR_RULES, *TRIAL_RULES):
                last = play(part, metric, rule, first, eta, random, workers)
                rows.append(dict(metric=metric, rule=rule, setting=f"{first}, eta {eta}",
                                 rungs=" ".join(map(str, rungs)), **outcome(part, last)))
    return rows


def tabulate(study, resamples, seeds, workers):
    random = np.random.RandomState(0)
    rows = [row for _ in range(resamples) for row in resample(study, seeds, workers, random)]
    table = pd.DataFrame(rows)
    groups = table.groupby(["metric", "rule", "setting", "rungs"], sort=False)
    means = groups.mean()
    for name in ("survives", "mean_tied"):
        bounds = [interval(hits, resamples) for hits in groups[name].sum()]
        means[f"{name}_low"], means[f"{name}_high"] = np.transpose(bounds)
    means["saved_least"], means["saved_most"] = groups.saved.min(), groups.saved.max()
    return means.reset_index()


# ---- Output --------------------------------------------------------------------------------------


def describe(study):
    diverged = (study.lengths < study.epochs).mean()
    print(f"\n{study.name}: {study.shape[0]} configurations, {study.shape[1]} seeds, {study.epochs} "
          f"epochs of {study.epoch} updates, {100 * diverged:.1f} % diverged; best score "
          f"{study.score[study.best]:.4f}, {study.tied.sum()} configurations indistinguishable from it")


def draw(studies, tables, seeds):
    looks = {"ours": ("o", 0), "ours, mean rank": ("s", 5), "W&B": ("^", 1), "Optuna": ("D", 2),
             "no rule": ("X", 7)}
    columns = (("survives", "share of resamples in which the best survives"),
               ("mean_lost", "accuracy lost by the pick"))
    figure = Figure(figsize=(10.5, 4.2 * len(studies)), layout="constrained")
    grid = figure.subplots(len(studies), len(columns), squeeze=False)
    for row, study, table in zip(grid, studies, tables):
        for axes, (column, label) in zip(row, columns):
            for rule, (marker, colour) in looks.items():
                for metric, filled in (("test_accuracy", True), ("final_loss", False), ("", True)):
                    own = table[(table.rule == rule) & (table.metric == metric)]
                    if own.empty:
                        continue
                    colour_ = figures.style.COLOURS[colour]
                    axes.plot(own.saved, own[column], marker, color=colour_, linestyle="none",
                              markerfacecolor=colour_ if filled else "none",
                              label=rule + (f" by {metric}" if metric else ", fewer seeds"))
            axes.set(xlabel="share of updates saved", ylabel=label)
            axes.set_title(f"{study.name}, {seeds} seeds", loc="left", fontsize="medium")
    grid[0, 0].legend(frameon=False, fontsize="small")
    save(figure, "early-termination.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("results", nargs="+", type=Path)
    parser.add_argument("--resamples", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=10, help="of a resample (default: 10)")
    parser.add_argument("--workers", type=int, default=16,
                        help="runs at the same time, where each run is a trial (default: 16)")
    parser.add_argument("--csv", type=Path, help="the table with all columns")
    options = parser.parse_args()
    studies, tables = [read(path) for path in options.results], []
    for study in studies:
        describe(study)
        tables.append(tabulate(study, options.resamples, options.seeds, options.workers))
        print(tables[-1].round(4).to_string(index=False))
    if options.csv:
        pd.concat(tables, keys=[study.name for study in studies], names=["study"]).to_csv(options.csv)
    draw(studies, tables, options.seeds)


if __name__ == "__main__":
    main()
