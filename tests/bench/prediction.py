#!/usr/bin/env python3
"""How honest `rnnsweep plan` is: predicted against actual core seconds and wall time.

    prediction.py RNNSWEEP [--threads 1,2] [--isa avx2,avx512] [--rounds 5] [--only NAME,...]

Plans and runs every sweep below, one after the other in each round, so that a machine that is shared
or changes its speed changes it for both. Actual core seconds are the CPU time of the whole run, with storing and syncing,
less that of a sweep of one short run: making the file takes a tenth of a second, which is not
predicted. The wall time counts where the run had the cores that it asked for: where others took too many of the
machine's, as /proc/stat says, the round is repeated, up to three times as many rounds in all. A ratio is
predicted over actual, of one round; shown is the median over the rounds, and at the end the median
distance from 1 over all rows."""

import argparse
import itertools
import json
import operator
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

GRID = "method: grid\nparameters: "
SWEEPS = {
    "narrow": GRID + "{states: [1, 2, 3, 4, 6, 8], momentum: [0, 0.8]}\nseeds: 120",
    "medium": GRID + "{states: [12, 16, 24, 32], learning_rate: 0.01}\nseeds: 36",
    "wide": GRID + "{states: [48, 64], learning_rate: 0.001}\nseeds: 24",
    "narrow, float64": GRID + "{states: [1, 2, 4, 8], precision: float64}\nseeds: 90",
    "wide, float64": GRID + "{states: [16, 32, 64], precision: float64, learning_rate: 0.001}\nseeds: 12",
    "large test set": GRID + "{states: [2, 8, 32], test_samples: 40000, epochs: 2}\nseeds: 45",
    "sparse curve": GRID + "{states: [3, 20], loss_interval: 50, epochs: 50, train_samples: 1000}\nseeds: 45",
    "large batches": GRID + "{states: [4, 16], batch_size: 5000, train_samples: 10000, epochs: 10}\nseeds: 24",
    "small batches": GRID + "{states: [4, 16], batch_size: 4, train_samples: 1000}\nseeds: 120",
    "long numbers": GRID + "{states: [5, 10], sequence_length: 62}\nseeds: 75",
    "notebook": GRID + "{states: [3, 5], batching: sliding, epsilon_placement: step}\nseeds: 300",
    "gradient check": GRID + "{states: [2, 4, 8], gradient_check: true}\nseeds: 120",
    "gates": GRID + "{cell: [gru, lstm, mgu], states: [2, 4, 8]}\nseeds: 30",
    "gates, wide": GRID + "{cell: [gru, lstm], states: [16, 32, 64], learning_rate: 0.001}\nseeds: 5",
    "gates, float64": GRID + "{cell: [gru, lstm, mgu], states: [3, 16], precision: float64}\nseeds: 8",
    "relu and leak": GRID + "{cell: [tanh, relu], leak: [1, 0.5], states: [3, 8, 16]}\nseeds: 40",
    "optimisers": GRID + "{optimizer: [adam, sgd], recorded_loss: [after, before], shuffle: true, "
                  "states: [3, 8]}\nseeds: 120",
    "batches of 1": GRID + "{batch_size: 1, cell: [tanh, lstm], states: [3, 8, 16], train_samples: 500}\nseeds: 64",
    "batches of 5": GRID + "{batch_size: [5, 6], states: [3, 8, 16], train_samples: 1000}\nseeds: 64",
    "symbols": GRID + "{task: [parity, dyck, modular_sum], states: [4, 16], sequence_length: 20}\nseeds: 15",
    "symbols, wide": GRID + "{task: parity, cell: [tanh, lstm], states: [48, 96], sequence_length: 16, "
                     "train_samples: 500}\nseeds: 6",
    "reals": GRID + "{task: flip_flop, states: [3, 16, 32], sequence_length: 20, train_samples: 1000}\nseeds: 20",
    "reals, wide": GRID + "{task: flip_flop, states: [64, 128], sequence_length: 20, train_samples: 400}\nseeds: 5",
    "reals, drawn long": GRID + "{task: context_integration, states: [8, 32], sequence_length: 20}\nseeds: 10",
    "many shapes": "method: random\nrun_cap: 60\nparameters: {states: {min: 1, max: 64}, "
                   "precision: [float32, float64], batch_size: [20, 100, 500], "
                   "learning_rate: {distribution: log_uniform_values, min: 0.0001, max: 0.01}}",
}

SHORT = GRID + "{states: 1, epochs: 1, train_samples: 10, batch_size: 10, test_samples: 1}\nseeds: 1\n"


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rnnsweep", type=pathlib.Path, help="the program")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--isa", default="", help="instruction sets, separated by commas; default: "
                                                  "the fastest usable")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="names of sweeps, separated by commas")
    return parser.parse_args()


def plan(program, sweep, options):
    text = subprocess.run([program, "plan", sweep, "--json", *options], check=True,
                          capture_output=True).stdout
    found = json.loads(text)
    return found["core_seconds"], found["wall_seconds"], found["bytes"]


def busy_seconds():
    """CPU time that the machine has given, or that its host has taken."""
    fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _waiting, interrupt, soft, stolen = map(int, fields[:8])
    return (user + nice + system + interrupt + soft + stolen) / os.sysconf("SC_CLK_TCK")


def run(program, sweep, options, results):
    """CPU seconds, wall seconds, bytes of the file, and the cores that others used meanwhile."""
    before, started = busy_seconds(), time.monotonic()
    with open(os.devnull, "w") as null:
        process = subprocess.Popen([program, "run", sweep, "-o", results, *options,
                                    "--progress", "none"], stdout=null, stderr=null)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{sweep} ended with status {status}")
    size = results.stat().st_size
    results.unlink()
    own = usage.ru_utime + usage.ru_stime
    return own, seconds, size, (busy_seconds() - before - own) / seconds


def run_more_than_short(program, sweep, short, options, results):
    """What `run` says, less the CPU and wall seconds of the short sweep."""
    own, seconds, size, others = run(program, sweep, options, results)
    start = run(program, short, options, results)
    return own - start[0], seconds - start[1], size, others


def measure(program, sweep, threads, isa, rounds, results):
    """All rounds, and those in which the run had its cores: pairs of what was predicted and what
    was found."""
    options = ["-j", threads] + (["--isa", isa] if isa else [])
    short = sweep.with_name("short.yaml")
    short.write_text(SHORT)
    spare = len(os.sched_getaffinity(0)) - int(threads)
    pairs, calm = [], []
    while len(calm) < rounds and len(pairs) < 3 * rounds:
        pairs.append((plan(program, sweep, options),
                      run_more_than_short(program, sweep, short, options, results)))
        if pairs[-1][1][3] <= spare + 0.1:
            calm.append(pairs[-1])
    return pairs, calm, pairs


PARTS = ("core seconds", "wall time", "bytes")


def middles(pairs, part):
    """Medians of what was predicted, of what was found, and of their ratio."""
    if not pairs:
        return (float("nan"),) * 3
    predicted = [pair[0][part] for pair in pairs]
    actual = [pair[1][part] for pair in pairs]
    return (statistics.median(predicted), statistics.median(actual),
            statistics.median(map(operator.truediv, predicted, actual)))


def row(name, isa, threads, found):
    cells = ["{:>9.3f} {:>7.3f} {:>6.2f}".format(*middles(found[part], part)) for part in range(2)]
    sizes = middles(found[2], 2)
    return (f"{name:<16} {isa:<7} {threads:>7} {' '.join(cells)} {len(found[1]):>5} "
            f"{sizes[0]:>9.0f} {sizes[1]:>9.0f}")


def main():
    arguments = options()
    program = arguments.rnnsweep.resolve()
    found = []
    print(f"{'sweep':<16} {'isa':<7} {'threads':>7} {'core s':>9} {'actual':>7} {'ratio':>6} "
          f"{'wall s':>9} {'actual':>7} {'ratio':>6} {'calm':>5} {'bytes':>9} {'actual':>9}")
    with tempfile.TemporaryDirectory() as folder:
        sweep, results = pathlib.Path(folder, "sweep.yaml"), pathlib.Path(folder, "results.h5")
        for name in arguments.only.split(",") if arguments.only else SWEEPS:
            sweep.write_text(SWEEPS[name] + "\n")
            for isa, threads in itertools.product(arguments.isa.split(","),
                                                  arguments.threads.split(",")):
                found.append(measure(program, sweep, threads, isa, arguments.rounds, results))
                print(row(name, isa or "fastest", threads, found[-1]), flush=True)
    for part, word in enumerate(PARTS):
        errors = [abs(middles(pairs[part], part)[2] - 1) for pairs in found if pairs[part]]
        if errors:
            print(f"{word}: median error {100 * statistics.median(errors):.1f} %, "
                  f"greatest {100 * max(errors):.1f} % of {len(errors)} rows")


main()
