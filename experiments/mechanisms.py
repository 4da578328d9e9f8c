"""Tables and figures of docs/mechanisms.md, from the results of experiments/parity-phases.yaml and
experiments/flip-flop.yaml:

    PYTHONPATH=analysis/python python3 experiments/mechanisms.py parity results/parity-phases.h5
    PYTHONPATH=analysis/python python3 experiments/mechanisms.py flip-flop results/flip-flop.h5
"""
import numpy as np
import pandas as pd
import rnnsweep
from common import interval, run_command, save
from matplotlib.figure import Figure
from rnnsweep import figures
from rnnsweep.fixed_points import Map
from scipy.stats import fisher_exact

# ---- Parity: where does generalisation begin? ----------------------------------------------------

FRACTIONS = (0.10, 0.25, 0.40, 0.55, 0.70, 0.85, 1.0)
COMPARED_SEEDS = 5
# Share of five seeds that are right at length 100, in PyTorch, by gain.
COMPARED = {0.1: (0, 0.2, 0.8, 1, 1, 1, 1), 0.4: (0, 0.2, 0.2, 0.8, 1, 1, 1),
            0.7: (0, 0, 0.6, 0.8, 1, 1, 1), 1.0: (0, 0, 0.4, 0.8, 0.6, 1, 1)}
RIGHT = 0.99


def holm(p):
    """Holm's correction of p-values for how many there are."""
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(steps, 1)
    return corrected


def parity(path):
    runs = rnnsweep.open_results(path).finished
    rows = []
    for gain, shares in COMPARED.items():
        for fraction, compared in zip(FRACTIONS, shares):
            cell = runs[np.isclose(runs.gain, gain) & np.isclose(runs.train_fraction, fraction)]
            right, seeds = int((cell.test_accuracy >= RIGHT).sum()), len(cell)
            low, high = interval(right, seeds)
            theirs = round(compared * COMPARED_SEEDS)
            p = fisher_exact([[right, seeds - right], [theirs, COMPARED_SEEDS - theirs]])[1]
            rows.append(dict(gain=gain, fraction=fraction, right=right, seeds=seeds, low=low, high=high,
                             compared=compared, p=p, learnt=int((cell.solved_at >= 0).sum()),
                             least=cell.test_accuracy.min(), most=cell.test_accuracy.max()))
    table = pd.DataFrame(rows)
    table["holm"] = holm(table.p.to_numpy())
    print(table.round(3).to_string(index=False))
    print(f"\n{(table.p < 0.05).sum()} of {len(table)} cells differ at 5 % (Fisher's exact test), "
          f"{(table.holm < 0.05).sum()} after Holm's correction")
    draw_phases(table)


def draw_phases(table):
    gains = sorted(COMPARED)
    share = (table.right / table.seeds).to_numpy().reshape(len(gains), -1)
    figure = Figure(figsize=(8.0, 3.6), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(share, cmap="cividis", vmin=0, vmax=1, origin="lower", aspect="auto")
    for (i, j), value in np.ndenumerate(share):
        axes.text(j, i, f"{value:.2g}\n({COMPARED[gains[i]][j]:.1f})", ha="center", va="center",
                  color="black" if value > 0.5 else "white")
    axes.set_xticks(range(len(FRACTIONS)), [f"{f:.2f}" for f in FRACTIONS])
    axes.set_yticks(range(len(gains)), [str(gain) for gain in gains])
    axes.set(xlabel="share of all strings of up to 10 bits that is trained on", ylabel="gain")
    axes.set_title(f"Share of {table.seeds.min()} seeds that are right at length 100 "
                   "(in brackets: five seeds in PyTorch)", loc="left", fontsize="medium")
    figure.colorbar(image, ax=axes, label="share of seeds")
    save(figure, "parity-phases.png")


# ---- Flip-flop: the same solution in every cell? -------------------------------------------------

CELLS = ("tanh", "relu", "gru", "lstm")
PROBES, STEPS, STARTS, CORNERS = 64, 64, 128, 8
ALONE_STARTS, ALONE_STEPS = 256, 2000
EPOCH = 4  # updates


def pulses(count, steps, channels=3):
    """Sequences of the task, by its law but not its stream."""
    random = np.random.RandomState(1)
    x = random.choice([-1.0, 1.0], (count, steps, channels))
    x[:, 1:][random.random_sample((count, steps - 1, channels)) < 0.5] = 0
    return x.astype(np.float32)


def flip_flop(path):
    results = rnnsweep.open_results(path)
    points, rows = count_points(results), []
    for cell in CELLS:
        own = results.runs[results.runs.cell == cell]
        solved = own[own.solved_at >= 0]
        low, high = interval(len(solved), len(own))
        epochs = solved.solved_at / EPOCH
        here = points[points.cell == cell]
        quarters = epochs.quantile([0, 0.25, 0.5, 0.75, 1])
        rows.append(dict(cell=cell, runs=len(own), solved=len(solved), low=low, high=high,
                         epochs_least=quarters[0], epochs_q1=quarters[0.25],
                         epochs_median=quarters[0.5], epochs_q3=quarters[0.75],
                         epochs_most=quarters[1], stable_8=int((here.stable == CORNERS).sum()),
                         stable_least=here.stable.min(), stable_most=here.stable.max(),
                         points_median=here.points.median(), lost=here.lost.sum()))
    print(pd.DataFrame(rows).round(3).to_string(index=False))
    print(points.groupby(["cell", "stable"]).size().to_string())
    others = points[points.stable != CORNERS]
    print("\nSolved, but without 8 stable points:\n" + others.round(4).to_string(index=False))
    draw_flip_flop(results, points)


def count_points(results):
    """A row for each solved run: how many fixed points, and how many of them stable."""
    rows, x = [], pulses(PROBES, STEPS)
    for cell in CELLS:
        runs = results.runs.index[(results.runs.cell == cell) & (results.runs.solved_at >= 0)]
        states = rnnsweep.trajectories(results, runs, inputs=x)
        for run in runs:
            found = rnnsweep.fixed_points(results.network(run),
                                          rnnsweep.starts_of(states, run, STARTS, noise=0.05))
            row = dict(run=run, cell=cell, points=len(found), stable=int(found.stable.sum()),
                       lost=found.lost)
            if row["stable"] != CORNERS:
                row.update(left_alone(results.network(run), states, run))
            rows.append(row)
    return pd.DataFrame(rows)


def left_alone(network, states, run):
    """What becomes of a network without input: how many states it ends in, whether these are points
    or cycles, and after how many steps the first start says other bits than before, or none."""
    def signs(y):
        return y[:, :network["S0"].size] @ network["W_out"] + network["b_out"] > 0

    rest = Map(network)
    y = rnnsweep.starts_of(states, run, ALONE_STARTS)
    before, forgets = signs(y), np.nan
    for step in range(1, ALONE_STEPS + 1):
        y = rest.step(y)
        if np.isnan(forgets) and (signs(y) != before).any():
            forgets = step
    moves = np.abs(rest.step(y) - y).max()
    return dict(ends=len(np.unique(y.round(2), axis=0)), moves=moves, forgets=forgets)


def draw_flip_flop(results, points):
    figure = Figure(figsize=(11.0, 3.8), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.1))
    figures.time_to_solution(results, by="cell", ax=left, title="Share of seeds that have solved it")
    width = 0.8 / len(CELLS)
    for i, cell in enumerate(CELLS):
        counts = points[points.cell == cell].stable.value_counts(normalize=True)
        middle.bar(counts.index + (i - 1.5) * width, counts, width, label=cell,
                   color=figures.style.COLOURS[i])
    middle.set(xlabel="stable fixed points", ylabel="share of solved networks")
    middle.set_title("What the solved ones have", loc="left", fontsize="medium")
    middle.legend(frameon=False)
    run = int(points[(points.cell == "gru") & (points.stable == 8)].run.iloc[0])
    states = rnnsweep.trajectories(results, run, inputs=pulses(PROBES, STEPS))
    found = rnnsweep.fixed_points(results.network(run),
                                  rnnsweep.starts_of(states, run, 1024, noise=0.1))
    figures.fixed_point_portrait(states.isel(sequence=slice(12)), run, found, panel="plane", ax=right,
                                 title=f"A gru: {int(found.stable.sum())} stable fixed points")
    save(figure, "flip-flop.png")


if __name__ == "__main__":
    run_command({"parity": parity, "flip-flop": flip_flop})
