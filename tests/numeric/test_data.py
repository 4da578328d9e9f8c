#!/usr/bin/env python3
"""Runs on data files, trained once more in NumPy: every kind of inputs and targets, both losses,
weights, lengths and readouts, in float64 to 1e-8; and when they stop. Written from the documents alone, with no line
of the program's or the package's.

Usage: RNNSWEEP=PROGRAM test_data.py"""

import os
import pathlib
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

PROGRAM = os.path.abspath(os.environ["RNNSWEEP"])
TRAIN, TEST, STEPS, BATCH, EPOCHS, STATES = 24, 16, 6, 8, 3, 5
RATE, SEED = 0.3, 11

SWEEP = """\
name: redone
method: grid
data: own.h5
parameters: {{states: {states}, precision: float64, optimizer: sgd, momentum: 0,
  learning_rate: {rate}, batch_size: {batch}, epochs: {epochs}{more}}}
seeds: [{seed}]
"""


# ---- Data: sets of inputs [N,T,I], targets, weights [N,T] and lengths [N] ----------------------

def make_set(random, count, inputs, targets, weighted, ragged):
    made = {}
    if inputs == "symbols":
        made["inputs"] = random.randint(0, 4, (count, STEPS)).astype("i2")
    else:
        made["inputs"] = random.normal(size=(count, STEPS, 3))
    made["targets"] = {"bits": lambda: random.randint(0, 2, (count, STEPS, 3)).astype("i1"),
                       "classes": lambda: random.randint(0, 3, (count, STEPS)),
                       "last_classes": lambda: random.randint(0, 3, count),
                       "reals": lambda: random.normal(size=(count, STEPS, 2))}[targets]()
    if weighted:
        made["weights"] = random.choice([0.0, 1.0, 2.0, 5.0], (count, STEPS))
    if ragged:
        made["lengths"] = random.randint(1, STEPS + 1, count)
    if weighted:  # what reads the last step alone needs it
        last = made.get("lengths", np.full(count, STEPS)) - 1
        made["weights"][np.arange(count), last] = 3
    return made


def dense(made, kind, outputs):
    """x [N,T,I], t [N,T,O], one-hot for classes, and w [N,T], 0 past the end of a sequence."""
    count = len(made["inputs"])
    lengths = np.asarray(made.get("lengths", np.full(count, STEPS)))
    inside = np.arange(STEPS) < lengths[:, None]
    x = made["inputs"]
    x = np.eye(4)[x] if x.ndim == 2 else x
    w = np.where(inside, made.get("weights", np.ones((count, STEPS))), 0.0)
    if kind == "last_classes":
        t = np.repeat(np.eye(outputs)[made["targets"]][:, None], STEPS, axis=1)
    else:
        t = np.eye(outputs)[made["targets"]] if kind == "classes" else made["targets"] * 1.0
    return x * inside[:, :, None], t, w, lengths


def only_last(w, lengths):
    kept = np.zeros_like(w)
    rows = np.arange(len(w))
    kept[rows, lengths - 1] = w[rows, lengths - 1]
    return kept


# ---- The network -------------------------------------------------------------------------------

def first_network(inputs, outputs):
    random = np.random.RandomState(SEED)

    def glorot(rows, columns):
        bound = np.sqrt(6 / (rows + columns))
        return random.uniform(-bound, bound, (rows, columns))

    return {"W_in": glorot(inputs, STATES), "W_rec": glorot(STATES, STATES),
            "W_out": glorot(STATES, outputs), "S0": np.zeros(STATES), "b_in": np.zeros(STATES),
            "b_rec": np.zeros(STATES), "b_out": np.zeros(outputs)}


def walk(p, x):
    s = [np.repeat(p["S0"][None], len(x), axis=0)]
    for k in range(STEPS):
        s.append(np.tanh(x[:, k] @ p["W_in"] + p["b_in"] + s[-1] @ p["W_rec"] + p["b_rec"]))
    return np.stack(s, axis=1)


def losses_of(z, t, kind, squared):
    """Loss of each step, a mean over outputs but for softmax's cross entropy, and its gradient with
    respect to z."""
    outputs = z.shape[-1]
    if kind == "bits":
        y = 1 / (1 + np.exp(-z))
        if squared:
            return np.mean((y - t) ** 2, -1), 2 * (y - t) * y * (1 - y) / outputs
        return np.mean(np.logaddexp(0, z) - t * z, -1), (y - t) / outputs
    if kind == "reals":
        return np.mean((z - t) ** 2, -1), 2 * (z - t) / outputs
    e = np.exp(z - z.max(-1, keepdims=True))
    y = e / e.sum(-1, keepdims=True)
    if not squared:
        return -np.log(np.sum(y * t, -1)), y - t
    g = 2 * (y - t) / outputs
    return np.mean((y - t) ** 2, -1), y * (g - np.sum(g * y, -1, keepdims=True))


def evaluate(p, data, kind, squared):
    x, t, w, _ = data
    z = walk(p, x)[:, 1:] @ p["W_out"] + p["b_out"]
    loss, _ = losses_of(z, t, kind, squared)
    counted = w > 0
    if kind in ("bits", "reals"):
        right = (z > 0) == (t > 0.5) if kind == "bits" else np.abs(z - t) <= 0.5
        share = np.mean(right[counted])
        whole = np.all(np.all(right, -1) | ~counted, -1)
    else:
        right = np.argmax(z, -1) == np.argmax(t, -1)
        share = np.mean(right[counted])
        whole = np.all(right | ~counted, -1)
    return np.sum(w * loss) / np.sum(w), share, np.mean(whole)


def gradient(p, data, kind, squared):
    x, t, w, _ = data
    s = walk(p, x)
    z = s[:, 1:] @ p["W_out"] + p["b_out"]
    _, dz = losses_of(z, t, kind, squared)
    dz = dz * w[:, :, None] / np.sum(w)
    g = {name: np.zeros_like(values) for name, values in p.items()}
    ds = np.zeros((len(x), STATES))
    for k in reversed(range(STEPS)):
        g["W_out"] += s[:, k + 1].T @ dz[:, k]
        g["b_out"] += dz[:, k].sum(0)
        da = (ds + dz[:, k] @ p["W_out"].T) * (1 - s[:, k + 1] ** 2)
        g["W_in"] += x[:, k].T @ da
        g["b_in"] += da.sum(0)
        g["W_rec"] += s[:, k].T @ da
        g["b_rec"] += da.sum(0)
        ds = da @ p["W_rec"].T
    g["S0"] = ds.sum(0)
    return g


# ---- Which sequences, in which order ------------------------------------------------------------

def part_of(lengths, fraction):
    """Of each length, ascending, the first ceil(fraction n) of a permutation of its n sequences."""
    random, chosen = np.random.RandomState([SEED, 4]), []
    for length in sorted(set(lengths)):
        members = np.flatnonzero(lengths == length)
        count = int(np.ceil(fraction * len(members)))
        chosen += list(members[random.permutation(len(members))[:count]])
    return np.sort(chosen)


def epochs_of(lengths, fraction=1, by_length=False, shuffle=False, size=BATCH):
    """Minibatches of every epoch, as indices."""
    used = np.arange(len(lengths)) if fraction == 1 else part_of(lengths, fraction)
    random = np.random.RandomState([SEED, 1])
    for _ in range(EPOCHS):
        order = used[random.permutation(len(used))] if shuffle else used
        if not by_length:
            yield [order[first:first + size] for first in range(0, len(used) - size + 1, size)]
            continue
        groups = [order[lengths[order] == length] for length in sorted(set(lengths[order]))]
        yield [group[first:first + size] for group in groups for first in range(0, len(group), size)]


def train(data, kind, squared, **order):
    p = first_network(data[0].shape[2], data[1].shape[2])
    loss = []
    for epoch in epochs_of(data[3], **order):
        for indices in epoch:
            batch = [part[indices] for part in data]
            if not loss:
                loss.append(evaluate(p, batch, kind, squared)[0])
            g = gradient(p, batch, kind, squared)
            p = {name: values - RATE * g[name] for name, values in p.items()}
            loss.append(evaluate(p, batch, kind, squared)[0])
    return p, loss


def watch(data, kind, squared, **order):
    """Of every epoch the mean loss and the share of right sequences of its minibatches, as their
    gradients were taken; its updates; and what they leave."""
    p = first_network(data[0].shape[2], data[1].shape[2])
    for epoch in epochs_of(data[3], **order):
        loss = weight = right = count = 0
        for indices in epoch:
            batch = [part[indices] for part in data]
            own, _, whole = evaluate(p, batch, kind, squared)
            loss, weight = loss + own * np.sum(batch[2]), weight + np.sum(batch[2])
            right, count = right + whole * len(indices), count + len(indices)
            g = gradient(p, batch, kind, squared)
            p = {name: values - RATE * g[name] for name, values in p.items()}
        yield loss / weight, right / count, len(epoch), p


# ---- Both --------------------------------------------------------------------------------------

def write_file(folder, sets, inputs, kind):
    with h5py.File(f"{folder}/own.h5", "w") as file:
        for name, made in sets.items():
            for part, values in made.items():
                file[f"{name}/{part}"] = values
            if inputs == "symbols":
                file[f"{name}/inputs"].attrs["symbols"] = 4
            if "classes" in kind:
                file[f"{name}/targets"].attrs["classes"] = 3


def run(folder, more, batch=BATCH):
    pathlib.Path(f"{folder}/redone.yaml").write_text(SWEEP.format(
        states=STATES, rate=RATE, batch=batch, epochs=EPOCHS, seed=SEED, more=more))
    subprocess.run([PROGRAM, "run", "redone.yaml"], cwd=folder, check=True, capture_output=True)


class Redone(unittest.TestCase):
    def check(self, inputs, kind, loss, readout, weighted, ragged, **order):
        random = np.random.RandomState(3)
        sets = {name: make_set(random, count, inputs, kind, weighted, ragged)
                for name, count in (("train", TRAIN), ("test", TEST))}
        squared = loss == "squared_error" or kind == "reals"
        outputs = {"bits": 3, "reals": 2}.get(kind, 3)
        own = {name: dense(made, kind, outputs) for name, made in sets.items()}
        if readout == "last" or kind == "last_classes":
            own = {name: (x, t, only_last(w, lengths), lengths)
                   for name, (x, t, w, lengths) in own.items()}
        with tempfile.TemporaryDirectory() as folder:
            write_file(folder, sets, inputs, kind)
            more = f", loss_function: {loss}, readout: {readout}"
            more += f", train_fraction: {order.get('fraction', 1)}"
            more += f", batching: {'by_length' if order.get('by_length') else 'disjoint'}"
            more += f", shuffle: {str(order.get('shuffle', False)).lower()}"
            run(folder, more)
            p, losses = train(own["train"], kind, squared, **order)
            with h5py.File(f"{folder}/results/redone.h5") as file:
                found = file["loss"][0]
                self.assertEqual(file["updates"][0], len(losses) - 1)
                np.testing.assert_allclose(found[:len(losses)], losses, rtol=1e-8, atol=1e-10)
                self.assertTrue(np.all(np.isnan(found[len(losses):])))
                group = next(iter(file["weights"].values()))
                for name, values in p.items():
                    np.testing.assert_allclose(group[name][0], values, rtol=1e-8, atol=1e-9)
                found = [file[name][0] for name in
                         ("test_loss", "test_bit_accuracy", "test_accuracy")]
            np.testing.assert_allclose(found, evaluate(p, own["test"], kind, squared), rtol=1e-8)

    def test_every_combination(self):
        for inputs in ("symbols", "reals"):
            for kind in ("bits", "classes", "last_classes", "reals"):
                for loss in ("task", "squared_error"):
                    for readout in ("task", "last"):
                        for weighted, ragged in ((False, False), (True, False), (True, True)):
                            case = inputs, kind, loss, readout, weighted, ragged
                            with self.subTest(case):
                                self.check(*case)

    def test_every_order(self):
        """A minibatch of one length may weigh nothing, so steps are not weighted here."""
        for ragged in (False, True):
            for fraction in (1, 0.7, 0.35):
                for by_length in (False, True):
                    for shuffle in (False, True):
                        order = dict(fraction=fraction, by_length=by_length, shuffle=shuffle)
                        with self.subTest(ragged=ragged, **order):
                            self.check("reals", "reals", "task", "task", False, ragged, **order)


class Stopped(unittest.TestCase):
    """Minibatches of one length, the last of which are smaller: with 8 sequences runs are trained
    one by one, with 3 side by side."""

    def check(self, kind, rule, reason):
        made = {name: make_set(np.random.RandomState(5), count, "reals", kind, False, True)
                for name, count in (("train", TRAIN), ("test", TEST))}
        own = dense(made["train"], kind, 3)
        if kind == "last_classes":
            own = own[0], own[1], only_last(own[2], own[3]), own[3]
        for size in (8, 3):
            seen = list(watch(own, kind, False, by_length=True, size=size))
            self.assertGreater(len({len(part) for part in next(epochs_of(own[3], by_length=True, size=size))}), 1)
            values = np.array([epoch[reason - 1] for epoch in seen])
            limits = np.sort(np.concatenate([values * (1 - 1e-7), values * (1 + 1e-7)]))
            with tempfile.TemporaryDirectory() as folder:
                write_file(folder, made, "reals", kind)
                run(folder, f", batching: by_length, {rule}: [{', '.join(map(repr, limits.tolist()))}]", size)
                with h5py.File(f"{folder}/results/redone.h5") as file:
                    for row, limit in enumerate(file[rule][:]):
                        met = np.flatnonzero(values <= limit if reason == 1 else values >= limit)
                        stops = len(met) > 0
                        at = met[0] if stops else EPOCHS - 1
                        self.assertEqual(file["updates"][row], (at + 1) * seen[0][2], (size, limit, values))
                        self.assertEqual(file["stop_reason"][row], reason if stops else 0)

    def test_loss(self):
        self.check("bits", "stop_loss", 1)

    def test_accuracy(self):
        self.check("last_classes", "stop_accuracy", 2)


class Parted(unittest.TestCase):
    def test_sets_that_are_tested_in_unequal_parts(self):
        """They are tested 256 sequences at a time."""
        for kind in ("bits", "classes"):
            random = np.random.RandomState(4)
            made = {name: make_set(random, count, "reals", kind, True, True)
                    for name, count in (("train", TRAIN), ("test", 300), ("validation", 270))}
            own = {name: dense(part, kind, 3) for name, part in made.items()}
            with tempfile.TemporaryDirectory() as folder:
                write_file(folder, made, "reals", kind)
                run(folder, ", validation_samples: 270, check_interval: 1")
                p, _ = train(own["train"], kind, False)
                with h5py.File(f"{folder}/results/redone.h5") as file:
                    found = [file[name][0] for name in ("test_loss", "test_bit_accuracy", "test_accuracy")]
                    np.testing.assert_allclose(found, evaluate(p, own["test"], kind, False), rtol=1e-8)
                    found = [file[f"validation_{name}"][0][-1] for name in ("loss", "accuracy")]
                    loss, _, accuracy = evaluate(p, own["validation"], kind, False)
                    np.testing.assert_allclose(found, (loss, accuracy), rtol=1e-8)


if __name__ == "__main__":
    unittest.main()
