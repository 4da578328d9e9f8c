#!/usr/bin/env python3
"""Default runs of any cell in PyTorch on one core, with its own backpropagation.

Two arrangements; the one that is fastest for the shape is kept:
  module    one network: nn.RNN, nn.GRU or nn.LSTM with nn.Linear
  batched   many networks side by side: each product one torch.baddbmm over all of them"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

import adder

BATCH, STEPS = adder.BATCH, adder.STEPS
CELLS = ("tanh", "relu", "gru", "lstm")


def loss_of(logits, t):
    """The sum over networks, so that each has the gradient of its own mean: logits [runs,...]."""
    each = torch.nn.functional.binary_cross_entropy_with_logits(logits, t.expand_as(logits), reduction="none")
    return each.flatten(1).mean(1)


class Module:
    def __init__(self, cell, states, p):
        nn = torch.nn
        kind = {"gru": nn.GRU, "lstm": nn.LSTM}.get(cell)
        self.layer = kind(2, states) if kind else nn.RNN(2, states, nonlinearity=cell)
        self.readout, self.p, self.cell = nn.Linear(states, 1), p, cell
        dtype = p["W_in"].dtype
        self.layer.to(dtype), self.readout.to(dtype)
        self.parameters = {
            "W_in": self.layer.weight_ih_l0, "W_rec": self.layer.weight_hh_l0, "b_in": self.layer.bias_ih_l0,
            "b_rec": self.layer.bias_hh_l0, "W_out": self.readout.weight, "b_out": self.readout.bias}
        self.states = {name: p[name] for name in ("S0", "C0") if name in p}

    def losses(self, x, t):
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                value = self.p[name][0]
                parameter.copy_(value.T if name.startswith("W_") else value[0])
        first = tuple(value.expand(1, BATCH, -1).contiguous() for value in self.states.values())
        return loss_of(self.readout(self.layer(x, first if self.cell == "lstm" else first[0])[0])[None], t)

    def gradient(self, x, t, g):
        tensors = {**self.parameters, **self.states}
        for name, value in zip(tensors, torch.autograd.grad(self.losses(x, t).sum(), list(tensors.values()))):
            g[name][0].copy_(value.T if name.startswith("W_") else value.reshape(1, -1))


class Batched:
    def __init__(self, cell, states, p):
        self.cell, self.p, self.states = cell, p, states

    def step(self, given, s, c):
        p = self.p
        if self.cell == "gru":
            product = torch.baddbmm(p["b_rec"], s, p["W_rec"])
            gates = 2 * self.states
            r, z = torch.sigmoid(given[..., :gates] + product[..., :gates]).chunk(2, -1)
            n = torch.tanh(given[..., gates:] + r * product[..., gates:])
            return n + z * (s - n), c
        a = torch.baddbmm(given, s, p["W_rec"])
        if self.cell == "lstm":
            i, f, g, o = a.chunk(4, -1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            return torch.sigmoid(o) * torch.tanh(c), c
        return (torch.tanh(a) if self.cell == "tanh" else torch.relu(a)), c

    def losses(self, x, t):
        p = self.p
        runs = p["W_in"].shape[0]
        given = torch.baddbmm(p["b_in"] if self.cell == "gru" else p["b_in"] + p["b_rec"],
                              x.view(1, STEPS * BATCH, 2).expand(runs, -1, -1), p["W_in"])
        given = given.view(runs, STEPS, BATCH, -1).unbind(1)
        s = p["S0"].expand(-1, BATCH, -1)
        c = p["C0"].expand(-1, BATCH, -1) if self.cell == "lstm" else None
        states = []
        for k in range(STEPS):
            s, c = self.step(given[k], s, c)
            states.append(s)
        rows = torch.stack(states, 1).view(runs, STEPS * BATCH, -1)
        return loss_of(torch.baddbmm(p["b_out"], rows, p["W_out"]), t.reshape(1, -1, 1))

    def gradient(self, x, t, g):
        for name, value in zip(self.p, torch.autograd.grad(self.losses(x, t).sum(), list(self.p.values()))):
            g[name].copy_(value)


class Ensemble:
    def __init__(self, arrangement, cell, states, runs, precision):
        self.batches = [tuple(map(torch.from_numpy, pair)) for pair in adder.minibatches(precision)]
        self.theta = torch.from_numpy(adder.first_parameters(states, runs, precision, cell))
        self.slope = torch.zeros_like(self.theta)
        self.velocity, self.mean_square = torch.zeros_like(self.theta), torch.zeros_like(self.theta)
        p = {name: value.requires_grad_() for name, value in adder.views(self.theta, states, cell).items()}
        self.g = adder.views(self.slope, states, cell)
        self.network, self.runs = arrangement(cell, states, p), runs
        self.name = f"{arrangement.__name__.lower()}, {runs} network{'s' if runs > 1 else ''} at once"

    def update(self, x, t):
        with torch.no_grad():
            self.theta.add_(self.velocity.mul_(adder.MOMENTUM))
        self.network.gradient(x, t, self.g)
        with torch.no_grad():
            self.mean_square.mul_(adder.DECAY).addcmul_(self.slope, self.slope, value=1 - adder.DECAY)
            step = self.slope / self.mean_square.sqrt().add_(adder.EPSILON)
            self.velocity.sub_(step, alpha=adder.RATE)
            self.theta.sub_(step, alpha=adder.RATE)
            return self.network.losses(x, t)

    def epoch(self):
        return [self.update(x, t) for x, t in self.batches]


def main():
    options = adder.arguments(CELLS)
    torch.set_num_threads(1)
    best, best_seconds, losses = None, float("inf"), None
    for arrangement, runs in ((Module, 1), (Batched, 8), (Batched, 32)):
        ensemble = Ensemble(arrangement, options.cell, options.states, runs, options.precision)
        first = [ensemble.update(*batch)[0].item() for batch in ensemble.batches[:2]]
        if losses is not None and any(abs(a / b - 1) > 1e-4 for a, b in zip(first, losses)):
            raise RuntimeError(f"{ensemble.name} has the losses {first}, not {losses}")
        seconds = adder.cpu_seconds(ensemble.epoch) / runs
        if seconds < best_seconds:
            best, best_seconds, losses = ensemble, seconds, first
    description = {"peer": "PyTorch", "version": torch.__version__, "blas": adder.blas_in_use(),
                   "how": best.name, "loss": losses}
    adder.serve(description, best.epoch, best.runs)


main()
