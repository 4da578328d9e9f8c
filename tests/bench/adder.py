"""What the peer programs share: the problem of rnnsweep's default run, and the way they are timed.

A peer is a program called with --states H --precision float32|float64 --cell CELL. It prints one line of JSON
that describes it; then, for each line on its standard input, it trains for one epoch and answers
with the seconds of CPU time that one run's share of that took."""

import argparse
import json
import sys
import time

import numpy as np

SAMPLES, STEPS, BATCH, EPOCHS = 2000, 16, 100, 5
RATE, DECAY, MOMENTUM, EPSILON = 0.05, 0.5, 0.8, 1e-6
TENSORS = ("S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out")


GATES = {"tanh": 1, "relu": 1, "gru": 3, "lstm": 4}


def shapes(states, cell="tanh"):
    """Of one network. The gates of a matrix stand side by side in its columns."""
    h, columns = states, GATES[cell] * states
    found = dict(zip(TENSORS, ((1, h), (2, columns), (1, columns), (h, columns), (1, columns), (h, 1), (1, 1))))
    return {**found, "C0": (1, h)} if cell == "lstm" else found


def parameter_count(states, cell="tanh"):
    return sum(rows * columns for rows, columns in shapes(states, cell).values())


def views(flat, states, cell="tanh"):
    """The tensors [runs, rows, columns] inside flat parameters [runs, count]."""
    found, start = {}, 0
    for name, (rows, columns) in shapes(states, cell).items():
        found[name] = flat[:, start : start + rows * columns].reshape(-1, rows, columns)
        start += rows * columns
    return found


def minibatches(dtype):
    """[(x, t)] with x [steps, batch, 2] and t [steps, batch, 1], least significant bit first."""
    random = np.random.RandomState(1)
    pairs = random.randint(0, 1 << (STEPS - 1), (SAMPLES, 2))
    bits = lambda numbers: (numbers[None] >> np.arange(STEPS)[:, None, None]) & 1
    x, t = bits(pairs).astype(dtype), bits(pairs.sum(axis=1, keepdims=True)).astype(dtype)
    starts = range(0, SAMPLES, BATCH)
    return [tuple(np.ascontiguousarray(a[:, s : s + BATCH]) for a in (x, t)) for s in starts]


def first_parameters(states, runs, dtype, cell="tanh"):
    flat = np.zeros((runs, parameter_count(states, cell)))
    for run in range(runs):
        random = np.random.RandomState(run + 1)
        tensors = views(flat[run : run + 1], states, cell)
        for name in ("W_in", "W_rec", "W_out"):
            rows = tensors[name].shape[1]
            bound = np.sqrt(6 / (rows + (1 if name == "W_out" else states)))
            tensors[name][0] = random.uniform(-bound, bound, tensors[name].shape[1:])
    return flat.astype(dtype)


def cpu_seconds(epoch):
    start = time.process_time()
    epoch()
    return time.process_time() - start


def blas_in_use():
    """Names of the BLAS libraries that this process has loaded."""
    with open("/proc/self/maps") as maps:
        files = {line.split()[-1].rpartition("/")[2] for line in maps}
    return ", ".join(sorted(name for name in files if "blas" in name))


def arguments(cells=("tanh",)):
    parser = argparse.ArgumentParser()
    parser.add_argument("--states", type=int, required=True)
    parser.add_argument("--precision", choices=("float32", "float64"), required=True)
    parser.add_argument("--cell", choices=cells, default="tanh")
    return parser.parse_args()


def serve(description, epoch, runs):
    """Answers until the input ends. epoch() trains `runs` networks for one epoch."""
    print(json.dumps(description), flush=True)
    for _ in sys.stdin:
        print(json.dumps(cpu_seconds(epoch) * EPOCHS / runs), flush=True)
