#!/usr/bin/env python3
"""Many default runs at once in PyTorch on one core, backpropagation by hand, all tensors preallocated.

Two arrangements, each with two ways to take tanh; the one that is fastest for the shape is kept:
  elementwise   the run is the innermost dimension and every product a torch.addcmul (few states)
  batched       the run is the outermost dimension and every product a torch.baddbmm"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

import adder

BATCH, STEPS = adder.BATCH, adder.STEPS
ELEMENTWISE_MOST = 16  # states; beyond, H^2 calls for each step take far too long


def tanh_direct(x):
    x.tanh_()


def tanh_by_sigmoid(x):
    """2 sigmoid(2x) - 1, which some builds vectorise better."""
    x.mul_(2).sigmoid_().mul_(2).sub_(1)


class Batched:
    def __init__(self, states, runs, dtype, tanh):
        self.tanh, self.states = tanh, states
        empty = lambda *shape: torch.empty(*shape, dtype=dtype)
        rows = STEPS * BATCH
        self.state, self.drive = empty(runs, STEPS + 1, BATCH, states), empty(runs, STEPS, BATCH, states)
        self.delta, self.flow = empty(runs, STEPS, BATCH, states), empty(runs, BATCH, states)
        self.z = empty(runs, rows, 1)
        self.gradient = empty(runs, adder.parameter_count(states))
        self.g = adder.views(self.gradient, states)
        self.states_k, self.drives, self.deltas = (a.unbind(1) for a in (self.state, self.drive, self.delta))
        self.before = self.state[:, :-1].view(runs, rows, states)
        self.after = self.state[:, 1:].view(runs, rows, states)
        self.flat_drive, self.flat_delta = self.drive.view(runs, rows, states), self.delta.view(runs, rows, states)
        self.runs, self.rows = runs, rows

    def forward(self, p, x):
        torch.baddbmm(p["b_in"] + p["b_rec"], x.view(1, self.rows, 2).expand(self.runs, -1, -1), p["W_in"],
                      out=self.flat_drive)
        self.states_k[0].copy_(p["S0"].expand(-1, BATCH, -1))
        for k in range(STEPS):
            torch.baddbmm(self.drives[k], self.states_k[k], p["W_rec"], out=self.flow)
            self.tanh(self.flow)
            self.states_k[k + 1].copy_(self.flow)
        return torch.baddbmm(p["b_out"], self.after, p["W_out"], out=self.z)

    def backward(self, theta, x, t):
        p, g = adder.views(theta, self.states), self.g
        error = self.forward(p, x).sigmoid_().sub_(t.view(1, self.rows, 1)).mul_(1 / self.rows)
        g["W_out"].copy_(torch.bmm(self.after.transpose(1, 2), error))
        g["b_out"].copy_(error.sum(1, keepdim=True))
        torch.mul(error, p["W_out"].transpose(1, 2), out=self.flat_drive)
        torch.mul(self.after, self.after, out=self.flat_delta)
        self.delta.neg_().add_(1)
        transposed = p["W_rec"].transpose(1, 2)
        self.deltas[-1].mul_(self.drives[-1])
        for k in range(STEPS - 2, -1, -1):
            self.deltas[k].mul_(torch.baddbmm(self.drives[k], self.deltas[k + 1], transposed, out=self.flow))
        torch.bmm(self.deltas[0], transposed, out=self.flow)
        g["S0"].copy_(self.flow.sum(1, keepdim=True))
        g["W_rec"].copy_(torch.bmm(self.before.transpose(1, 2), self.flat_delta))
        inputs = x.view(1, self.rows, 2).transpose(1, 2).expand(self.runs, -1, -1)
        g["W_in"].copy_(torch.bmm(inputs, self.flat_delta))
        g["b_rec"].copy_(self.flat_delta.sum(1, keepdim=True))
        g["b_in"].copy_(g["b_rec"])
        return self.gradient

    def loss(self, theta, x, t):
        z = self.forward(adder.views(theta, self.states), x)
        return torch.nn.functional.logsigmoid(z.mul_(t.view(1, self.rows, 1) * 2 - 1)).mean((1, 2)).neg_()


class Elementwise:
    def __init__(self, states, runs, dtype, tanh):
        self.tanh, self.states = tanh, states
        empty = lambda *shape: torch.empty(*shape, dtype=dtype)
        count = adder.parameter_count(states)
        self.state, self.drive = empty(STEPS + 1, states, BATCH, runs), empty(STEPS, states, BATCH, runs)
        self.delta, self.z = empty(STEPS, states, BATCH, runs), empty(STEPS, BATCH, runs)
        self.flow, self.product = empty(states, BATCH, runs), empty(STEPS, BATCH, runs)
        self.gradient = empty(runs, count)
        self.p_flat, self.g_flat = empty(count, runs), empty(count, runs)
        # Every view that the loops touch is made once.
        grid = lambda a: [step.unbind(0) for step in a.unbind(0)]
        self.s, self.a, self.d = grid(self.state), grid(self.drive), grid(self.delta)
        self.f = self.flow.unbind(0)
        self.after, self.before = self.state[1:].unbind(1), self.state[:-1].unbind(1)
        self.a_all, self.d_all = self.drive.unbind(1), self.delta.unbind(1)
        self.p, self.g, self.p_tensor, self.g_tensor, start = {}, {}, {}, {}, 0
        for name, (rows, columns) in adder.shapes(states).items():
            part = slice(start, start + rows * columns)
            self.p_tensor[name], self.g_tensor[name] = self.p_flat[part], self.g_flat[part]
            self.p[name], self.g[name] = self.p_flat[part].unbind(0), self.g_flat[part].unbind(0)
            start += rows * columns

    def forward(self, theta, x):
        p, states = self.p, self.states
        self.p_flat.copy_(theta.t())
        x0, x1 = x[:, :, 0:1], x[:, :, 1:2]
        for j in range(states):
            torch.addcmul(p["b_in"][j] + p["b_rec"][j], x0, p["W_in"][j], out=self.a_all[j])
            self.a_all[j].addcmul_(x1, p["W_in"][states + j])
        self.state[0].copy_(self.p_tensor["S0"].unsqueeze(1).expand(-1, BATCH, -1))
        for k in range(STEPS):
            for j in range(states):
                target = torch.addcmul(self.a[k][j], self.s[k][0], p["W_rec"][j], out=self.s[k + 1][j])
                for i in range(1, states):
                    target.addcmul_(self.s[k][i], p["W_rec"][i * states + j])
            self.tanh(self.state[k + 1])
        torch.addcmul(p["b_out"][0], self.after[0], p["W_out"][0], out=self.z)
        for i in range(1, states):
            self.z.addcmul_(self.after[i], p["W_out"][i])
        return self.z

    def backward_step(self, k):
        """The flow into step k, from the deltas after it."""
        d, weights, states = self.d[k + 1], self.p["W_rec"], self.states
        for i in range(states):
            if k >= 0:
                torch.addcmul(self.a[k][i], d[0], weights[i * states], out=self.f[i])
            else:
                torch.mul(d[0], weights[i * states], out=self.f[i])
            for j in range(1, states):
                self.f[i].addcmul_(d[j], weights[i * states + j])
        if k >= 0:
            self.delta[k].mul_(self.flow)

    def backward(self, theta, x, t):
        g, p, states = self.g, self.p, self.states
        error = self.forward(theta, x).sigmoid_().sub_(t).mul_(1 / (STEPS * BATCH))
        total = lambda a, out: torch.sum(a, (0, 1), out=out)
        total(error, g["b_out"][0])
        for i in range(states):
            total(torch.mul(error, self.after[i], out=self.product), g["W_out"][i])
            torch.mul(error, p["W_out"][i], out=self.a_all[i])
        torch.mul(self.state[1:], self.state[1:], out=self.delta)
        self.delta.neg_().add_(1)
        self.delta[STEPS - 1].mul_(self.drive[STEPS - 1])
        for k in range(STEPS - 2, -2, -1):
            self.backward_step(k)
        torch.sum(self.flow, 1, out=self.g_tensor["S0"])
        for j in range(states):
            for i in range(states):
                total(torch.mul(self.before[i], self.d_all[j], out=self.product), g["W_rec"][i * states + j])
            for c in range(2):
                total(torch.mul(self.d_all[j], x[:, :, c : c + 1], out=self.product), g["W_in"][c * states + j])
            total(self.d_all[j], g["b_rec"][j])
        self.g_tensor["b_in"].copy_(self.g_tensor["b_rec"])
        return self.gradient.copy_(self.g_flat.t())

    def loss(self, theta, x, t):
        z = self.forward(theta, x)
        return torch.nn.functional.logsigmoid(z.mul_(t * 2 - 1)).mean((0, 1)).neg_()


class Ensemble:
    def __init__(self, arrangement, states, runs, precision, tanh):
        self.dtype = getattr(torch, precision)
        self.batches = [tuple(map(torch.from_numpy, pair)) for pair in adder.minibatches(precision)]
        self.network = arrangement(states, runs, self.dtype, tanh)
        self.theta = torch.from_numpy(adder.first_parameters(states, runs, precision))
        self.velocity, self.mean_square = torch.zeros_like(self.theta), torch.zeros_like(self.theta)
        self.runs = runs
        self.name = f"{arrangement.__name__.lower()}, {runs} networks at once, {tanh.__name__}"

    def update(self, x, t):
        self.theta.add_(self.velocity.mul_(adder.MOMENTUM))
        gradient = self.network.backward(self.theta, x, t)
        self.mean_square.mul_(adder.DECAY).addcmul_(gradient, gradient, value=1 - adder.DECAY)
        step = gradient / self.mean_square.sqrt().add_(adder.EPSILON)
        self.velocity.sub_(step, alpha=adder.RATE)
        self.theta.sub_(step, alpha=adder.RATE)
        return self.network.loss(self.theta, x, t)

    def epoch(self):
        return [self.update(x, t) for x, t in self.batches]


def variants(states):
    if states <= ELEMENTWISE_MOST:
        yield from ((Elementwise, runs) for runs in ((128, 256) if states <= 4 else (128,)))
    yield from ((Batched, runs) for runs in ((8, 32) if states <= 32 else (8,)))


@torch.no_grad()
def main():
    options = adder.arguments()
    torch.set_num_threads(1)
    best, best_seconds, losses = None, float("inf"), None
    for arrangement, runs in variants(options.states):
        for tanh in (tanh_direct, tanh_by_sigmoid):
            ensemble = Ensemble(arrangement, options.states, runs, options.precision, tanh)
            first = [ensemble.update(*batch)[0].item() for batch in ensemble.batches[:2]]
            seconds = adder.cpu_seconds(ensemble.epoch) / runs
            if seconds < best_seconds:
                best, best_seconds, losses = ensemble, seconds, first
    description = {
        "peer": "PyTorch",
        "version": torch.__version__,
        "blas": adder.blas_in_use(),
        "how": best.name,
        "loss": losses,
    }
    adder.serve(description, best.epoch, best.runs)


main()
