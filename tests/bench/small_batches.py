#!/usr/bin/env python3
"""How many runs with a batch of one sequence rnnsweep trains while PyTorch trains one.

    small_batches.py RNNSWEEP [--rounds 5] [--seconds 0.3] [--isa NAME] [--cpu N]

The runs are those of experiments/counting-laws.yaml: an lstm of 3 states on strings a^n b^n c^n up to
150 symbols long. PyTorch trains them as its users do, an nn.LSTM, a sequence and a step of the
optimiser at a time. Both take turns on one core, and what counts is CPU time. Of rnnsweep it is that
of a group of runs over their number."""

import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import time

LENGTHS = range(3, 151, 3)  # each once: the mean of what the task draws
SETTINGS = ("task=counting letters=3 sequence_length=150 cell=lstm states=3 batch_size=1 train_samples=1000 epochs=1 "
            "loss_function=squared_error init=torch initial_state=zero optimizer=rmsprop learning_rate=0.01 lambda=0.99 "
            "momentum=0 recorded_loss=before precision=float32").split()


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rnnsweep")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="of rnnsweep in each round")
    parser.add_argument("--isa", help="as `rnnsweep bench --isa`; else the best one")
    parser.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)), help="the core to use")
    return parser.parse_args()


def make_torch():
    """A function that trains every length once."""
    import torch

    layer, readout = torch.nn.LSTM(3, 3), torch.nn.Linear(3, 4)
    parameters = [*layer.parameters(), *readout.parameters()]
    optimizer = torch.optim.RMSprop(parameters, lr=0.01, alpha=0.99)
    one_hot = torch.nn.functional.one_hot

    def train():
        for length in LENGTHS:
            symbols = torch.arange(3).repeat_interleave(length // 3)
            x, t = one_hot(symbols, 3)[:, None].float(), one_hot(symbols, 4)[:, None].float()
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(torch.sigmoid(readout(layer(x)[0])), t).backward()
            optimizer.step()

    return train, torch.__version__


def torch_nanoseconds(train):
    """Of a step of a sequence."""
    begin = time.process_time()
    train()
    return 1e9 * (time.process_time() - begin) / sum(LENGTHS)


def bench(chosen):
    isa = ["--isa", chosen.isa] if chosen.isa else []
    done = subprocess.run([chosen.rnnsweep, "bench", "--json", "--updates-only", "--seconds", str(chosen.seconds), *isa,
                           *SETTINGS], check=True, capture_output=True, text=True)
    report = json.loads(done.stdout)
    return report["machine"], report["kernels"][0]


def spread(values, form):
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def main():
    chosen = options()
    os.sched_setaffinity(0, {chosen.cpu})
    os.environ["OMP_NUM_THREADS"] = "1"
    train, version = make_torch()
    train()
    ours, theirs, shares = [], [], []
    for _ in range(chosen.rounds):
        machine, row = bench(chosen)
        steps = 1000 * sum(LENGTHS) / len(LENGTHS)  # of a run
        ours.append(1e9 / row["runs_per_second"] / steps)
        shares.append(row["fraction_of_peak"]["median"])
        theirs.append(torch_nanoseconds(train))
    print(f"rnnsweep: {spread(ours, '.1f')} ns a run and step, {100 * statistics.median(shares):.0f} % of peak, {row['isa']}")
    print(f"PyTorch:  {spread(theirs, '.0f')} ns")
    print(f"times:    {spread([b / a for a, b in zip(ours, theirs)], '.0f')}")
    print(f"\n{machine['cpu']}, {machine['system']}, Python {platform.python_version()}, PyTorch {version}")
    print(f"rnnsweep {machine['version']} ({machine['commit']}), {machine['compiler']} {machine['flags']}")
    print(f"command: {shlex.join(sys.argv)}")


main()
