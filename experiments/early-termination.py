"""Table and figure of docs/early-termination.md: what rules of early termination would have saved and
lost in studies that were trained to their end.

    rnnsweep run experiments/early-termination.yaml
    rnnsweep run experiments/states-momentum.yaml validation_samples=500 seeds=25 -o results/states-momentum-checked.h5
    PYTHONPATH=analysis/python python3 experiments/early-termination.py results/early-termination.h5 \
        results/states-momentum-checked.h5

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

DEFAULT_ETA = 3  # of W&B
SETTINGS = ((1, 2), (1, 3), (1, 4), (2, 2), (3, 3))  # first rung, eta
METRICS = {"test_accuracy": "mean", "final_loss": "median"}  # at rungs, and its score
WORST = {"test_accuracy": 0.0, "final_loss": np.inf}  # as a value, the smaller the better
OUR_RULES = {"ours": ("score", True), "ours, equals by place": ("score", False),
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
    mean = np.where(counts, np.round(mean, 12), -1)
    first = np.flatnonzero(mean == mean.max())
    return int(first[np.argmin([np.median(study.loss[i, whole[i]]) for i in first])])


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
                if rule == "W&B, not strict" and eta != DEFAULT_ETA:
                    continue
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
          f"epochs of {study.epoch} updates, {100 * diverged:.1f} % of the runs diverged; best score "
          f"{study.score[study.best]:.4f}, {study.tied.sum()} configurations indistinguishable from it\n")


def page(table):
    """The table of the document: for each rule what is saved, how often the best configuration
    survives with its interval, the share of its runs that do where they are trials, and the accuracy
    that the pick lacks."""
    rules = ("ours", "ours, equals by place", "W&B", "Optuna")
    lines = ["| compared by | rungs | " + " | ".join(rules) + " |", "|---" * (2 + len(rules)) + "|"]
    for (metric, rungs, setting), part in table.groupby(["metric", "rungs", "setting"], sort=False):
        rows = part.set_index("rule")
        if metric:
            cells = [cell(rows.loc[rule], rule in TRIAL_RULES) for rule in rules]
            lines.append(f"| `{metric}` | {rungs}; 1/{setting[-1]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(row, trials):
    survives = (f"{100 * row.survives:.0f} % ({100 * row.survives_low:.0f} to "
                f"{100 * row.survives_high:.0f})")
    runs = f", {100 * row.best_runs:.0f} % of its runs" if trials else ""
    return f"{100 * row.saved:.0f} %; {survives}{runs}; {row.mean_lost:.3f}"


# rule, metric: marker, colour, whether it is filled
LOOKS = {("no rule", ""): ("X", 7, True), ("W&B", "test_accuracy"): ("^", 1, True),
         ("W&B", "final_loss"): ("^", 1, False), ("Optuna", "test_accuracy"): ("D", 2, True),
         ("Optuna", "final_loss"): ("D", 2, False), ("ours, equals by place", "test_accuracy"): ("s", 5, True),
         ("ours", "test_accuracy"): ("o", 0, True), ("ours", "final_loss"): ("o", 0, False)}


def draw(studies, tables, seeds):
    columns = (("survives", "share of resamples in which the best survives"),
               ("mean_lost", "accuracy that the pick lacks"))
    figure = Figure(figsize=(10.5, 4.2 * len(studies)), layout="constrained")
    grid = figure.subplots(len(studies), len(columns), squeeze=False)
    for row, study, table in zip(grid, studies, tables):
        for axes, (column, label) in zip(row, columns):
            for (rule, metric), (marker, number, filled) in LOOKS.items():
                own = table[(table.rule == rule) & (table.metric == metric)]
                colour = figures.style.COLOURS[number]
                axes.plot(own.saved, own[column], marker, color=colour, linestyle="none",
                          markerfacecolor=colour if filled else "none",
                          label=f"{rule}: by {metric}" if metric else "no rule, fewer seeds")
            axes.set(xlabel="share of updates saved", ylabel=label, xlim=(-0.03, 1))
            axes.set_ylim(-0.02 * axes.get_ylim()[1], 1.05 if column == "survives" else None)
            axes.set_title(f"{study.name}, {seeds} of {study.shape[1]} seeds", loc="left",
                           fontsize="medium")
    grid[0, 0].legend(frameon=False, fontsize="small")
    save(figure, "early-termination.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("results", nargs="+", type=Path)
    parser.add_argument("--resamples", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=5, help="of a resample (default: 5)")
    parser.add_argument("--workers", type=int, default=16,
                        help="runs at the same time, where each run is a trial (default: 16)")
    parser.add_argument("--csv", type=Path, help="the table with all columns")
    options = parser.parse_args()
    studies, tables = [read(path) for path in options.results], []
    for study in studies:
        describe(study)
        tables.append(tabulate(study, options.resamples, options.seeds, options.workers))
        print(page(tables[-1]) + "\n")
        print(tables[-1].drop(columns=["saved_least", "saved_most"]).round(3).to_string(index=False))
    if options.csv:
        pd.concat(tables, keys=[study.name for study in studies], names=["study"]).to_csv(options.csv)
    draw(studies, tables, options.seeds)


if __name__ == "__main__":
    main()
