#!/usr/bin/env python3
"""What training on a user's own sequences costs: against the addition task for each multiply-add, and
against PyTorch.

    data_speed.py RNNSWEEP [--states 3,8,16] [--precision float32] [--data reals:10:10,reals:85:33]
                  [--seconds 0.2] [--rounds 5]

Data are KIND:INPUTS:OUTPUTS: KIND (reals, bits, classes) of the targets, inputs are reals; shuffled-reals, ...
take a new order each epoch. `rnnsweep bench` times them and addition in turns. `per multiply-add` is CPU
time against that of addition, counting H^2 + I H + O H for a step of a sequence. `x torch` is how many
runs it trains while PyTorch trains one, on one core: 2000 sequences of 16 steps in minibatches of
100, 100 updates by RMSprop with Nesterov momentum and the loss after each. PyTorch trains several
networks at once, with gradients written out and all tensors made beforehand; of several
arrangements the fastest counts. Skipped without torch."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "analysis/python"))
import rnnsweep

os.environ.setdefault("OMP_NUM_THREADS", "1")

try:
    import torch
except ImportError:
    torch = None

SEQUENCES, BATCH, STEPS, UPDATES = 2000, 100, 16, 100
RATE, MOMENTUM, DECAY, EPSILON = 0.05, 0.8, 0.5, 1e-6


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rnnsweep", help="the program to time")
    parser.add_argument("--states", default="3,8,16")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--data", default="reals:10:10,reals:85:33,bits:10:10,classes:10:10")
    parser.add_argument("--seconds", default="0.2")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


class Networks:
    """`runs` networks that see the same minibatches, gradients by hand. joint: products with inputs are one for
    all networks, which costs a copy into another order; else one for each."""

    def __init__(self, runs, states, inputs, outputs, kind, dtype, joint):
        self.kind, self.joint, self.sizes = kind, joint, (runs, states, inputs, outputs)
        empty = lambda *shape: torch.empty(*shape, dtype=dtype)
        self.shapes = {"W_in": (inputs, states), "b": (1, states), "W_rec": (states, states), "S0": (1, states),
                       "W_out": (states, outputs), "b_out": (1, outputs)}
        count = sum(rows * columns for rows, columns in self.shapes.values())
        self.theta = 0.1 * torch.randn(runs, count, dtype=dtype)
        self.velocity, self.squares = torch.zeros_like(self.theta), torch.zeros_like(self.theta)
        self.gradient = torch.zeros_like(self.theta)
        self.p, self.g = self.views(self.theta), self.views(self.gradient)
        self.state, self.drive = empty(runs, STEPS + 1, BATCH, states), empty(runs, STEPS, BATCH, states)
        self.delta, self.flow = empty(runs, STEPS, BATCH, states), empty(runs, BATCH, states)
        self.z = empty(runs, STEPS * BATCH, outputs)

    def views(self, block):
        views, start = {}, 0
        for name, (rows, columns) in self.shapes.items():
            views[name] = block[:, start:start + rows * columns].view(-1, rows, columns)
            start += rows * columns
        return views

    def forward(self, x):
        runs, states, inputs, outputs = self.sizes
        p, flat = self.p, self.drive.view(runs, STEPS * BATCH, states)
        if self.joint:
            joined = x @ p["W_in"].permute(1, 0, 2).reshape(inputs, runs * states)
            torch.add(joined.view(STEPS * BATCH, runs, states).transpose(0, 1), p["b"], out=flat)
        else:
            torch.baddbmm(p["b"], x.expand(runs, -1, -1), p["W_in"], out=flat)
        self.state[:, 0] = p["S0"]
        for k in range(STEPS):
            torch.baddbmm(self.drive[:, k], self.state[:, k], p["W_rec"], out=self.flow)
            torch.tanh(self.flow, out=self.state[:, k + 1])
        after = self.state[:, 1:].reshape(runs, STEPS * BATCH, states)
        return torch.baddbmm(p["b_out"], after, p["W_out"], out=self.z), after

    def loss(self, x, t):
        z, _ = self.forward(x)
        if self.kind == "reals":
            return z.sub_(t).square_().mean((1, 2))
        if self.kind == "bits":
            return torch.nn.functional.logsigmoid(z.mul_(2 * t - 1)).mean((1, 2)).neg_()
        return torch.log_softmax(z, 2).gather(2, t.expand(len(z), -1, -1)).mean((1, 2)).neg_()

    def errors(self, z, t):
        if self.kind == "reals":
            return z.sub_(t).mul_(2 / z[0].numel())
        if self.kind == "bits":
            return z.sigmoid_().sub_(t).mul_(1 / z[0].numel())
        y = torch.softmax(z, 2)
        y.scatter_add_(2, t.expand(len(z), -1, -1), torch.full_like(y[:, :, :1], -1))
        return y.mul_(1 / z.shape[1])

    def backward(self, x, t):
        runs, states, inputs, outputs = self.sizes
        p, g = self.p, self.g
        z, after = self.forward(x)
        error = self.errors(z, t)
        g["W_out"].copy_(torch.bmm(after.transpose(1, 2), error))
        g["b_out"].copy_(error.sum(1, keepdim=True))
        torch.bmm(error, p["W_out"].transpose(1, 2), out=self.drive.view(runs, STEPS * BATCH, states))
        torch.mul(self.state[:, 1:], self.state[:, 1:], out=self.delta)
        self.delta.neg_().add_(1)
        back = p["W_rec"].transpose(1, 2)
        self.delta[:, -1] *= self.drive[:, -1]
        for k in range(STEPS - 2, -1, -1):
            self.delta[:, k] *= torch.baddbmm(self.drive[:, k], self.delta[:, k + 1], back, out=self.flow)
        g["S0"].copy_(torch.bmm(self.delta[:, 0], back).sum(1, keepdim=True))
        flat = self.delta.view(runs, STEPS * BATCH, states)
        g["W_rec"].copy_(torch.bmm(self.state[:, :-1].reshape(runs, STEPS * BATCH, states).transpose(1, 2), flat))
        g["b"].copy_(flat.sum(1, keepdim=True))
        if self.joint:
            joined = x.t() @ flat.transpose(0, 1).reshape(STEPS * BATCH, runs * states)
            g["W_in"].copy_(joined.view(inputs, runs, states).permute(1, 0, 2))
        else:
            g["W_in"].copy_(torch.bmm(x.t().expand(runs, -1, -1), flat))

    def update(self, x, t):
        self.theta.add_(self.velocity.mul_(MOMENTUM))
        self.backward(x, t)
        self.squares.mul_(DECAY).addcmul_(self.gradient, self.gradient, value=1 - DECAY)
        step = self.gradient / self.squares.sqrt().add_(EPSILON)
        self.velocity.sub_(step, alpha=RATE)
        self.theta.sub_(step, alpha=RATE)
        return self.loss(x, t)


def minibatches(kind, inputs, outputs, dtype):
    rows = STEPS * BATCH
    for _ in range(SEQUENCES // BATCH):
        x = torch.rand(rows, inputs, dtype=dtype) * 2 - 1
        if kind == "classes":
            yield x, torch.randint(0, outputs, (rows, 1))
        else:
            t = torch.rand(rows, outputs, dtype=dtype)
            yield x, (t > 0.5).to(dtype) if kind == "bits" else t * 2 - 1


def torch_seconds(states, precision, kind, inputs, outputs, rounds):
    """CPU seconds of a run in the fastest arrangement."""
    dtype, best = getattr(torch, precision), float("inf")
    batches = list(minibatches(kind, inputs, outputs, dtype))
    for runs in (1, 8, 32):
        for joint in (False, True):
            networks = Networks(runs, states, inputs, outputs, kind, dtype, joint)
            networks.update(*batches[0])
            for _ in range(rounds):
                start = time.process_time()
                for x, t in batches[:5]:
                    networks.update(x, t)
                best = min(best, (time.process_time() - start) / 5 / runs * UPDATES)
    return best


def parse(row):
    """(kind, inputs, outputs, shuffled) of KIND:INPUTS:OUTPUTS."""
    kind, inputs, outputs = row.split(":")
    return kind.removeprefix("shuffled-"), int(inputs), int(outputs), kind.startswith("shuffled-")


def write_data(path, kind, inputs, outputs):
    random = np.random.RandomState(1)

    def draw_set(sequences):
        shape = (sequences, STEPS)
        targets = {"reals": lambda: random.uniform(-1, 1, (*shape, outputs)).astype(np.float32),
                   "bits": lambda: random.randint(0, 2, (*shape, outputs)),
                   "classes": lambda: random.randint(0, outputs, shape)}[kind]()
        return {"inputs": random.uniform(-1, 1, (*shape, inputs)).astype(np.float32), "targets": targets}

    rnnsweep.write_sequences(path, draw_set(SEQUENCES), draw_set(1),
                             **({"classes": outputs} if kind == "classes" else {}))


def bench(chosen, states, rows, folder):
    """CPU seconds of a run of addition and of each row, which take turns in one process."""
    files = {}
    for row in rows:
        kind, inputs, outputs, _ = parse(row)
        files[f"{kind}_{inputs}_{outputs}"] = path = pathlib.Path(folder, f"{kind}_{inputs}_{outputs}.nc")
        if not path.exists():
            write_data(path, kind, inputs, outputs)
    named = ", ".join(f"{name}: {path}" for name, path in files.items())
    done = subprocess.run(
        [chosen.rnnsweep, "bench", "--json", "--updates-only", "--seconds", chosen.seconds, f"states={states}",
         f"precision={chosen.precision}", f"data={{{named}}}", f"task={','.join(['addition', *files])}",
         "shuffle=false,true"], check=True, capture_output=True, text=True)
    seconds = {(row["settings"].get("task", "addition"), row["settings"].get("shuffle", False)):
               row["cpu_seconds"]["median"] for row in json.loads(done.stdout)["kernels"]}
    found = [("addition", seconds["addition", False])]
    for row in rows:
        kind, inputs, outputs, shuffled = parse(row)
        found.append((row, seconds[f"{kind}_{inputs}_{outputs}", shuffled]))
    return found


def multiply_adds(states, row):
    _, inputs, outputs, _ = parse("bits:2:1" if row == "addition" else row)
    return states * (states + inputs + outputs)


def main():
    chosen = options()
    rows = chosen.data.split(",")
    print(f"{'states':>6}  {'data':<16} {'runs/s':>8}  {'per multiply-add':>16}  {'x torch':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for states in map(int, chosen.states.split(",")):
            found = bench(chosen, states, rows, folder)
            addition = found[0][1] / multiply_adds(states, "addition")
            for row, seconds in found:
                ratio = "-"
                if torch is not None and row != "addition" and not row.startswith("shuffled"):
                    torch.set_num_threads(1)
                    with torch.no_grad():
                        theirs = torch_seconds(states, chosen.precision, *parse(row)[:3], chosen.rounds)
                    ratio = f"{theirs / seconds:.1f}"
                print(f"{states:>6}  {row:<16} {1 / seconds:>8.1f}  "
                      f"{seconds / multiply_adds(states, row) / addition:>16.2f}  {ratio:>7}")


if __name__ == "__main__":
    main()
