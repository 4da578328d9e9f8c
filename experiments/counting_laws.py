"""Table and figure of docs/mechanisms.md on how reliable ten seeds are, from the results of
experiments/counting-laws.yaml:

    rnnsweep run experiments/counting-laws.yaml
    PYTHONPATH=analysis/python python3 experiments/counting_laws.py results/counting-laws.h5
"""
import sys

import numpy as np
import pandas as pd
import rnnsweep
from common import save
from matplotlib.figure import Figure
from rnnsweep import figures

# alpha and beta of each law of n, and e1 of ten networks: results/result_abc_*.npz, last epoch, of
# https://github.com/suzgunmirac/lstm-eval.
LAWS = {"uniform": (1, 1), "u-shaped": (0.25, 0.25), "right-tailed": (1, 5), "left-tailed": (5, 1)}
PUBLISHED = {"uniform": (144, 109, 113, 83, 192, 124, 135, 165, 150, 244),
             "u-shaped": (72, 170, 140, 144, 157, 12, 13, 105, 78, 170),
             "right-tailed": (80, 59, 103, 74, 88, 59, 82, 85, 94, 88),
             "left-tailed": (2, 1, 68, 1, 1, 1, 121, 1, 2, 1)}
COMPARED_LAWS = ("uniform", "u-shaped")
LONGEST_TRAINED, LONGEST_TESTED = 50, 300
GAP, GROUP = 40, 10  # networks of a group
STUDIES, RESAMPLES = 4000, 2000


def first_errors(results):
    """e1, the first n at which a network is wrong, LONGEST_TESTED + 1 where it never is, and 1 of a
    run that diverged: by law, [training set, first weights]."""
    accuracy = results.further_tests().test_accuracy_by_length
    assert (accuracy.test_length.values == 3 * np.arange(1, LONGEST_TESTED + 1)).all()
    wrong = ~(accuracy.values == 1)
    e1 = np.where(wrong.any(axis=1), wrong.argmax(axis=1), LONGEST_TESTED) + 1
    runs = results.runs.assign(e1=e1)
    assert runs.status.isin(["done", "diverged"]).all()
    return {law: runs[(runs.count_alpha == alpha) & (runs.count_beta == beta)]
            .pivot(index="data_seed", columns="seed", values="e1").to_numpy(float)
            for law, (alpha, beta) in LAWS.items()}


def studies(sets, weights, count, one_set, seed=1):
    """Two groups of networks, `count` times over: numbers of their training sets and first weights,
    each [count, 2, GROUP]. No two networks share first weights; the networks of a group share a
    training set that the other group has not (one_set), or no two networks share any."""
    random = np.random.default_rng(seed)

    def some(of, many):
        return random.permuted(np.tile(np.arange(of), (count, 1)), axis=1)[:, :many]

    first = some(weights, 2 * GROUP).reshape(count, 2, GROUP)
    if one_set:
        return np.broadcast_to(some(sets, 2)[:, :, None], first.shape), first
    return some(sets, 2 * GROUP).reshape(count, 2, GROUP), first


def gaps(e1, drawn):
    """The differences in mean e1 of the two groups of each study."""
    means = e1[drawn].mean(axis=2)
    return means[:, 0] - means[:, 1]


def gaps_between(pair, drawn):
    """The same where the first group is of one law and the second of another."""
    first, second = pair
    sets, weights = drawn
    return (first[sets[:, 0], weights[:, 0]].mean(axis=1)
            - second[sets[:, 1], weights[:, 1]].mean(axis=1))


def chance(e1s, drawn):
    """How often two groups of one law are GAP apart, the mean over the laws."""
    return np.mean([(np.abs(gaps(e1, drawn)) >= GAP).mean() for e1 in e1s])


def resampled(e1s, statistic, count=RESAMPLES, seed=2):
    """The 95 % interval of a statistic of arrays [training set, first weights]: whole training sets
    and whole first weights are drawn with replacement, the same ones for all arrays."""
    random = np.random.default_rng(seed)
    sets, weights = e1s[0].shape
    values = []
    for _ in range(count):
        rows, columns = random.integers(sets, size=sets), random.integers(weights, size=weights)
        values.append(statistic([e1[np.ix_(rows, columns)] for e1 in e1s]))
    return np.quantile(values, [0.025, 0.975], axis=0)


def components(e1):
    """Shares of the variance of e1: of the training set, of the first weights, and of what is not
    the sum of both."""
    sets, weights = e1.shape
    by_set, by_weights = e1.mean(axis=1, keepdims=True), e1.mean(axis=0, keepdims=True)
    rest = ((e1 - by_set - by_weights + e1.mean()) ** 2).sum() / ((sets - 1) * (weights - 1))
    shares = np.maximum([by_set.var(ddof=1) - rest / weights, by_weights.var(ddof=1) - rest / sets,
                         rest], 0)
    return shares / shares.sum()


def counting(path):
    e1s = first_errors(rnnsweep.open_results(path))
    sets, weights = e1s["uniform"].shape
    drawn = {name: studies(sets, weights, STUDIES, one_set)
             for name, one_set in (("one_set", True), ("own_sets", False))}
    rows = []
    for law, e1 in e1s.items():
        row = dict(law=law, published=np.mean(PUBLISHED[law]), runs=e1.size, mean=e1.mean())
        row["low"], row["high"] = resampled([e1], lambda own: own[0].mean())
        row["median"] = np.median(e1)
        row["above"] = (e1 > LONGEST_TRAINED).mean()
        row["above_low"], row["above_high"] = resampled(
            [e1], lambda own: (own[0] > LONGEST_TRAINED).mean())
        row["never_wrong"] = (e1 > LONGEST_TESTED).sum()
        row["of_set"], row["of_weights"], row["of_both"] = components(e1)
        for name, trials in drawn.items():
            row[f"gap_{name}"] = chance([e1], trials)
        means = e1[drawn["one_set"]].mean(axis=2).ravel()
        row["ten_low"], row["ten_high"] = np.quantile(means, [0.025, 0.975])
        rows.append(row)
    print(pd.DataFrame(rows).round(3).to_string(index=False))
    print(f"\n{sets} training sets, {weights} first weights; ten_low to ten_high holds 95 % of the "
          f"means of ten networks of one training set")
    pair = [e1s[law] for law in COMPARED_LAWS]
    print(f"{COMPARED_LAWS[0]} less {COMPARED_LAWS[1]}: {(pair[0] - pair[1]).mean():.1f}, 95 % "
          f"interval {resampled(pair, lambda own: (own[0] - own[1]).mean()).round(1)}")
    for name, trials in drawn.items():
        low, high = resampled(pair, lambda own: chance(own, trials))
        print(f"A gap of {GAP} between two groups of {GROUP} of one law, {name}: "
              f"{chance(pair, trials):.3f}, 95 % interval {low:.3f} to {high:.3f}")
        between = gaps_between(pair, trials)
        print(f"... of the two laws: {(np.abs(between) >= GAP).mean():.3f}; "
              f"in the other order: {(between < 0).mean():.3f}")
    draw_counting(e1s, gaps_of_both(pair, drawn["one_set"]))


def gaps_of_both(pair, drawn):
    return np.concatenate([gaps(e1, drawn) for e1 in pair])


def draw_counting(e1s, of_none):
    figure = Figure(figsize=(10.0, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for i, (law, e1) in enumerate(e1s.items()):
        colour = figures.style.COLOURS[i]
        left.step(np.sort(e1.ravel()), (np.arange(e1.size) + 1) / e1.size, where="post",
                  color=colour, label=law)
        left.plot(np.sort(PUBLISHED[law]), (np.arange(GROUP) + 0.5) / GROUP, "o", ms=4,
                  color=colour, alpha=0.7)
    left.axvline(LONGEST_TRAINED, color="0.6", lw=0.8, ls=":")
    left.set(xlabel="e1, the first n that a network gets wrong", ylabel="share of networks at or below",
             xlim=(0, LONGEST_TESTED))
    left.set_title(f"{e1s['uniform'].size} networks of each law of n (dots: the published ten)",
                   loc="left", fontsize="medium")
    left.legend(frameon=False)
    right.hist(of_none, bins=np.arange(-100, 101, 5), weights=np.full(len(of_none), 1 / len(of_none)),
               color="0.75")
    for side in (-GAP, GAP):
        right.axvline(side, color=figures.style.COLOURS[1], ls="--")
    right.set(xlabel="difference between the means of two groups", ylabel="share of pairs of groups")
    right.set_title("Ten networks against ten of the same law", loc="left", fontsize="medium")
    save(figure, "counting-laws.png")


if __name__ == "__main__":
    counting(sys.argv[1])
