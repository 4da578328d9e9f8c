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


if __name__ == "__main__":
    unittest.main()
