#!/usr/bin/env python3
"""How fast `rnnsweep plan` is, and how much memory it takes: plan_speed.py RNNSWEEP [--rounds 3]

Each sweep has one shape of network, so that its calibration is a hundredth of a second: what is left
is reading, expanding, finding equal configurations, hashing and summarising every run. Shown is the
CPU time, the least of the rounds (of 10^7 runs: of one); --list also writes every run as CSV, here
to nowhere, up to 10^6 runs. --markdown prints the rows of a Markdown table."""

import argparse
import os
import pathlib
import subprocess
import tempfile

SIZES = (10**4, 10**5, 10**6, 10**7)
GRID = "learning_rate: {min: 0.001, max: 1, num: %d, spacing: log}"
DRAWS = ("{learning_rate: {distribution: log_uniform_values, min: 0.0001, max: 1}, "
         "momentum: {min: 0.0, max: 0.99}, lambda: [0.5, 0.9]}")


def configurations(count):
    return "".join(f"\n- {{learning_rate: {0.001 * (i + 1):g}, momentum: 0.5}}" for i in range(count))


# Name: what makes the text of a sweep of so many runs.
SWEEPS = {
    "grid": lambda runs: f"method: grid\nparameters: {{{GRID % 100}, lambda: [0.5, 0.9], "
                         f"momentum: [0, 0.8]}}\nseeds: {runs // 400}",
    "grid with zip, exclude": lambda runs: f"method: grid\nparameters: {{{GRID % (runs // 10)}, epsilon: "
                                           f"{{min: 1e-8, max: 1e-6, num: {runs // 10}}}, momentum: "
                                           "{min: 0, max: 0.9, num: 10}}\nzip: [[learning_rate, epsilon]]\n"
                                           "exclude: [{momentum: 0.5, learning_rate: {min: 0.1}}]",
    "grid with when": lambda runs: f"method: grid\nparameters: {{{GRID % (runs // 50)}, lambda: {{min: 0.1, "
                                   "max: 0.9, num: 10}, epsilon_placement: [step, denominator], "
                                   "epsilon: {min: 1e-8, max: 1e-4, num: 4, spacing: log, "
                                   "when: {epsilon_placement: denominator}}}",
    "list": lambda runs: f"method: list\nseeds: {runs // 1000}\nconfigurations:{configurations(1000)}",
    "random": lambda runs: f"method: random\nrun_cap: {runs}\nparameters: {DRAWS}",
    "random, normal": lambda runs: f"method: random\nrun_cap: {runs}\nparameters: {{learning_rate: "
                                   "{distribution: log_normal, mu: -3, sigma: 1}, momentum: "
                                   "{distribution: normal, mu: 0.5, sigma: 0.2}}",
    "sobol": lambda runs: f"method: sobol\nrun_cap: {runs}\nparameters: {DRAWS}",
}


def measure(*command):
    """CPU seconds and peak megabytes."""
    with open(os.devnull, "w") as null:
        process = subprocess.Popen(command, stdout=null)
        _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{command} ended with status {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rnnsweep", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()
    program = arguments.rnnsweep.resolve()
    line = "| {:<22} | {:>8} | {:>6} | {:>4} | {:>8} |" if arguments.markdown else "{:<22} {:>9} {:>7} {:>5} {:>9}"
    print(line.format("sweep", "runs", "plan s", "MB", "--list s"))
    with tempfile.TemporaryDirectory() as folder:
        for name, text in SWEEPS.items():
            for runs in SIZES:
                sweep = pathlib.Path(folder, "sweep.yaml")
                sweep.write_text(text(runs))
                rounds = arguments.rounds if runs < SIZES[-1] else 1
                plan = [measure(program, "plan", sweep) for _ in range(rounds)]
                listing = [measure(program, "plan", sweep, "--list") for _ in range(rounds)
                           if runs < SIZES[-1]]
                print(line.format(name, runs, f"{min(plan)[0]:.2f}", f"{max(plan)[1]:.0f}",
                                  f"{min(listing)[0]:.2f}" if listing else "-"), flush=True)


main()
