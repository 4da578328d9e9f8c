#!/usr/bin/env python3
"""The default run in NumPy as an expert would write it: flat parameters, one optimiser step for all
of them, preallocated buffers, one matrix product for all steps wherever the steps are independent."""

import numpy as np

import adder


class Trainer:
    def __init__(self, states, dtype):
        self.states, self.dtype = states, np.dtype(dtype).type
        self.batches = adder.minibatches(dtype)
        empty = lambda *shape: np.empty(shape, dtype)
        self.state = empty(adder.STEPS + 1, adder.BATCH, states)
        self.drive = empty(adder.STEPS, adder.BATCH, states)
        self.delta = empty(adder.STEPS, adder.BATCH, states)
        self.flow = empty(adder.BATCH, states)
        self.theta = adder.first_parameters(states, 1, dtype)
        self.velocity, self.mean_square = np.zeros_like(self.theta), np.zeros_like(self.theta)
        self.gradient = np.empty_like(self.theta)
        self.p = {name: a[0] for name, a in adder.views(self.theta, states).items()}
        self.g = {name: a[0] for name, a in adder.views(self.gradient, states).items()}

    def flat(self, array):
        return array.reshape(-1, array.shape[-1])

    def forward(self, x):
        p, state, drive = self.p, self.state, self.drive
        np.matmul(x, p["W_in"], out=drive)
        drive += p["b_in"] + p["b_rec"]
        state[0] = p["S0"]
        for k in range(adder.STEPS):
            np.matmul(state[k], p["W_rec"], out=self.flow)
            self.flow += drive[k]
            np.tanh(self.flow, out=state[k + 1])
        return self.flat(state[1:]) @ p["W_out"] + p["b_out"]

    def backward(self, x, t):
        p, g, state, flow = self.p, self.g, self.state, self.flow
        error = 1 / (1 + np.exp(-self.forward(x)))
        error -= self.flat(t)
        error *= self.dtype(1 / error.size)
        np.matmul(self.flat(state[1:]).T, error, out=g["W_out"])
        g["b_out"][...] = error.sum()
        np.matmul(error, p["W_out"].T, out=self.flat(self.drive))
        np.multiply(state[1:], state[1:], out=self.delta)
        np.subtract(1, self.delta, out=self.delta)
        flow[...] = 0
        for k in reversed(range(adder.STEPS)):
            flow += self.drive[k]
            self.delta[k] *= flow
            np.matmul(self.delta[k], p["W_rec"].T, out=flow)
        delta = self.flat(self.delta)
        np.sum(flow, axis=0, keepdims=True, out=g["S0"])
        np.matmul(self.flat(state[:-1]).T, delta, out=g["W_rec"])
        np.matmul(self.flat(x).T, delta, out=g["W_in"])
        np.sum(delta, axis=0, keepdims=True, out=g["b_rec"])
        g["b_in"][...] = g["b_rec"]

    def loss(self, x, t):
        z = self.forward(x)
        return (np.maximum(z, 0) - z * self.flat(t) + np.log1p(np.exp(-np.abs(z)))).mean()

    def update(self, x, t):
        momentum, decay, rest, rate, epsilon = map(
            self.dtype, (adder.MOMENTUM, adder.DECAY, 1 - adder.DECAY, adder.RATE, adder.EPSILON)
        )
        self.velocity *= momentum
        self.theta += self.velocity
        self.backward(x, t)
        self.mean_square *= decay
        self.mean_square += rest * self.gradient * self.gradient
        step = rate * self.gradient / (np.sqrt(self.mean_square) + epsilon)
        self.velocity -= step
        self.theta -= step
        return self.loss(x, t)

    def epoch(self):
        return [self.update(x, t) for x, t in self.batches]


def main():
    options = adder.arguments()
    trainer = Trainer(options.states, options.precision)
    losses = [float(trainer.update(x, t)) for x, t in trainer.batches[:2]]
    description = {
        "peer": "NumPy",
        "version": np.__version__,
        "blas": adder.blas_in_use(),
        "how": "one network at a time",
        "loss": losses,
    }
    adder.serve(description, trainer.epoch, 1)


main()
