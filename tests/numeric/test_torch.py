#!/usr/bin/env python3
"""PyTorch's own cells and optimisers against the program in float64, and trained networks that leave for
PyTorch. Skipped where torch is not installed."""

import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

import program
import reference_rnn as reference
from reference_rnn import Config

try:
    import torch
except ImportError:
    print("skipped: needs torch")
    sys.exit(77)

sys.path.insert(0, str(Path(__file__).parents[2] / "analysis/python"))
import rnnsweep  # noqa: E402
from rnnsweep import open_results, pytorch, to_torch  # noqa: E402
from rnnsweep.cells import Network  # noqa: E402
from rnnsweep.network import forward  # noqa: E402

BASE = dict(precision="float64", train_samples=60, test_samples=20, batch_size=20, epochs=3, sequence_length=9,
            learning_rate=0.01)
CELLS = ("tanh", "relu", "gru", "lstm")
OPTIMIZERS = {
    "adam": (dict(optimizer="adam", epsilon=1e-8), lambda p: torch.optim.Adam(p, lr=0.01, eps=1e-8)),
    "adamw": (dict(optimizer="adam", epsilon=1e-8, weight_decay=0.1, biases="both"),
              lambda p: torch.optim.AdamW(decayed(p), lr=0.01, eps=1e-8)),
    "sgd": (dict(optimizer="sgd", momentum=0, learning_rate=0.3), lambda p: torch.optim.SGD(p, lr=0.3)),
    "sgd with momentum": (dict(optimizer="sgd", nesterov=False, momentum=0.5, learning_rate=0.1),
                          lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5)),
}
CLOSE = 1e-8
torch.set_num_threads(1)


def decayed(parameters):
    parameters = list(parameters)
    return [{"params": [p for p in parameters if p.ndim == 2], "weight_decay": 0.1},
            {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0}]


def trained(config, optimizer):
    """Losses of all updates and the trained module, in PyTorch."""
    draws = reference.draw_run(config)
    network = Network(draws.network, config.cell, config.leak)
    module = to_torch(network)
    x, t = (torch.from_numpy(array) for array in reference.encode(draws.train_pairs, config.sequence_length, np.float64))
    rule, loss_of = optimizer(module.parameters()), torch.nn.BCEWithLogitsLoss()
    losses = []
    for batch in reference.minibatches(config):
        rule.zero_grad()
        loss_of(module(x[batch]), t[batch]).backward()
        rule.step()
        with torch.no_grad():
            losses.append(float(loss_of(module(x[batch]), t[batch])))
    return losses, module


class Torch(unittest.TestCase):
    def test_cells_and_optimisers(self):
        cases = [(cell, states, name) for cell in CELLS for states in (3, 32) for name in OPTIMIZERS]
        settings = [{"cell": cell, "states": states, **OPTIMIZERS[name][0]} for cell, states, name in cases]
        with tempfile.TemporaryDirectory() as folder:
            import test_options
            test_options.BASE = BASE
            path = test_options.run_list(folder, "torch", settings, 5)
            with open_results(path) as results:
                for run, (cell, states, name) in enumerate(cases):
                    with self.subTest(cell=cell, states=states, optimizer=name):
                        self.check(results, run, settings[run], OPTIMIZERS[name][1])

    def check(self, results, run, setting, optimizer):
        losses, module = trained(Config.from_sweep({**BASE, **setting, "seed": 5}), optimizer)
        np.testing.assert_allclose(results.curves([run])[0][1:], losses, rtol=CLOSE)
        network = results.network(run)
        ours = dict(pytorch.state_arrays(network), S0=network["S0"])
        for name, theirs in module.state_dict().items():
            if name in ours:
                np.testing.assert_allclose(ours[name], theirs.numpy(), atol=CLOSE, err_msg=name)

    def test_networks_leave(self):
        """The same logits, in both precisions; a leak cannot leave."""
        for precision, apart in (("float32", 2e-5), ("float64", 1e-12)):
            settings = [{"cell": cell, "states": 5, "precision": precision} for cell in CELLS] + [{"leak": 0.5, "precision": precision}]
            with tempfile.TemporaryDirectory() as folder:
                import test_options
                test_options.BASE = {**BASE, "epochs": 20}
                path = test_options.run_list(folder, "leave", settings, 2)
                x = np.random.RandomState(1).randint(0, 2, (50, 12, 2)).astype(precision)
                with open_results(path) as results:
                    for run, cell in enumerate(CELLS):
                        network = results.network(run)
                        with torch.no_grad():
                            theirs = to_torch(network)(torch.from_numpy(x)).numpy()
                        self.assertEqual(theirs.dtype, x.dtype)
                        np.testing.assert_allclose(theirs, forward(network, x)[1], atol=apart, err_msg=cell)
                    with self.assertRaisesRegex(ValueError, "leak"):
                        to_torch(results.network(len(CELLS)))


class OwnData(unittest.TestCase):
    """PyTorch's losses and gradients on sequences of every kind, weighted and of several lengths."""

    TRAIN, STEPS, INPUTS, OUTPUTS, BATCH, EPOCHS, RATE = 20, 6, 3, 4, 5, 3, 0.2

    def make(self, kind):
        random = np.random.RandomState(6)
        count = self.TRAIN
        made = {"inputs": random.normal(size=(count, self.STEPS, self.INPUTS)),
                "targets": {"bits": lambda: random.randint(0, 2, (count, self.STEPS, self.OUTPUTS)),
                            "classes": lambda: random.randint(0, self.OUTPUTS, (count, self.STEPS)),
                            "reals": lambda: random.normal(size=(count, self.STEPS, self.OUTPUTS))}[kind](),
                "weights": random.choice([0.0, 1, 2, 5], (count, self.STEPS)),
                "lengths": random.randint(2, self.STEPS + 1, count)}
        made["weights"][:, 0] = 1  # counts somewhere
        return made

    def loss(self, z, t, w, kind, squared):
        """Weighted mean over steps, and over outputs but for the cross entropy of classes."""
        losses = torch.nn.functional
        if kind == "classes" and not squared:
            each = losses.cross_entropy(z.transpose(1, 2), t, reduction="none")
            return (w * each).sum() / w.sum()
        wide = w[:, :, None].expand_as(z)
        if kind == "bits" and not squared:
            each = losses.binary_cross_entropy_with_logits(z, t, reduction="none")
        else:
            y = {"bits": torch.sigmoid, "classes": lambda z: torch.softmax(z, 2), "reals": lambda z: z}[kind](z)
            t = losses.one_hot(t, self.OUTPUTS).to(z.dtype) if kind == "classes" else t
            each = losses.mse_loss(y, t, reduction="none")
        return (wide * each).sum() / wide.sum()

    def train(self, row, made, kind, squared):
        from rnnsweep.first_weights import draw_network
        network = draw_network(np.random.RandomState(row["seed"]), row, self.INPUTS, self.OUTPUTS)
        module = to_torch(network)
        inside = np.arange(self.STEPS) < made["lengths"][:, None]
        x, w = torch.from_numpy(made["inputs"]), torch.from_numpy(made["weights"] * inside)
        t = torch.from_numpy(made["targets"] if kind == "classes" else made["targets"].astype(float))
        rule, found = torch.optim.SGD(module.parameters(), lr=self.RATE), []
        for _ in range(self.EPOCHS):
            for first in range(0, self.TRAIN, self.BATCH):
                batch = slice(first, first + self.BATCH)
                rule.zero_grad()
                self.loss(module(x[batch]), t[batch], w[batch], kind, squared).backward()
                rule.step()
                with torch.no_grad():
                    found.append(float(self.loss(module(x[batch]), t[batch], w[batch], kind, squared)))
        return found, module

    def test_every_loss(self):
        with tempfile.TemporaryDirectory() as folder:
            for kind, losses in (("bits", ("task", "squared_error")), ("classes", ("task", "squared_error")),
                                 ("reals", ("task",))):
                made = self.make(kind)
                rnnsweep.write_sequences(Path(folder, f"{kind}.nc"), train=made, test=made)
                for loss in losses:
                    path = Path(folder, f"{kind}-{loss}.yaml")
                    path.write_text(
                        f"method: grid\ndata: {kind}.nc\nseeds: [3]\nparameters: {{cell: [tanh, gru, lstm], states: 5, "
                        f"precision: float64, optimizer: sgd, momentum: 0, learning_rate: {self.RATE}, loss_function: {loss}, "
                        f"batch_size: {self.BATCH}, epochs: {self.EPOCHS}}}\n")
                    with open_results(program.run(path, path.with_suffix(".h5"))) as results:
                        for run, row in results.runs.iterrows():
                            with self.subTest(kind=kind, loss=loss, cell=row.cell):
                                found, module = self.train(row.to_dict(), made, kind, kind == "reals" or loss != "task")
                                np.testing.assert_allclose(results.curves([run])[0][1:], found, rtol=CLOSE)
                                ours = pytorch.state_arrays(results.network(run))
                                for name, values in ours.items():
                                    np.testing.assert_allclose(values, module.state_dict()[name].numpy(), atol=CLOSE)


if __name__ == "__main__":
    unittest.main()
