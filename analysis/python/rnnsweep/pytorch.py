"""Trained networks for PyTorch: `nn.RNN`, `nn.GRU` or `nn.LSTM` with a linear layer for the outputs.

PyTorch has the same equations and orders of gates, but for mgu and a leak; only the axes of its matrices are the other way
round. Needs torch.
"""
from __future__ import annotations

from typing import Any, Dict, Mapping

import numpy as np

from .cells import GATES, Array, cell_of


def state_arrays(weights: Mapping[str, Array]) -> Dict[str, Array]:
    """The network as a state_dict of arrays: `recurrent.weight_ih_l0` [G H, I], `weight_hh_l0`
    [G H, H], `bias_ih_l0` and `bias_hh_l0` [G H], `readout.weight` [O, H] and `readout.bias` [O].
    ValueError for a leak below 1 and for mgu, which PyTorch does not have."""
    cell, leak = cell_of(weights)
    if cell == "mgu":
        raise ValueError("PyTorch has no minimal gated unit, and this network is one (cell: mgu)")
    if leak != 1:
        raise ValueError(f"PyTorch's cells have no leak, and this network has leak {leak:g}")
    columns = GATES[cell] * weights["S0"].size

    def turned(tensor: Array, columns: int) -> Array:
        return np.ascontiguousarray(tensor.reshape(-1, columns).T)

    return {
        "recurrent.weight_ih_l0": turned(weights["W_in"], columns),
        "recurrent.weight_hh_l0": turned(weights["W_rec"], columns),
        "recurrent.bias_ih_l0": weights["b_in"].reshape(-1).copy(),
        "recurrent.bias_hh_l0": weights["b_rec"].reshape(-1).copy(),
        "readout.weight": turned(weights["W_out"], weights["b_out"].size),
        "readout.bias": weights["b_out"].copy(),
    }


def to_torch(weights: Mapping[str, Array]) -> Any:
    """A `torch.nn.Module` with the network, as `Results.network` gives it, in its precision:
    `module(x)` takes inputs [N,T,I] and gives logits [N,T,O], from the trained first state. Its
    parts are `recurrent` (`nn.RNN`, `nn.GRU` or `nn.LSTM`), `readout` (`nn.Linear`), and the
    parameters `S0` and, of lstm, `C0`. ImportError without torch; ValueError as in `state_arrays`."""
    import torch

    arrays = state_arrays(weights)
    cell, _ = cell_of(weights)
    states, inputs = arrays["recurrent.weight_hh_l0"].shape[1], weights["W_in"].shape[0]
    nn: Any = torch.nn
    dtype = getattr(torch, weights["W_rec"].dtype.name)

    class Module(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            if cell in ("tanh", "relu"):
                self.recurrent = nn.RNN(inputs, states, nonlinearity=cell, batch_first=True)
            else:
                kind = {"gru": nn.GRU, "lstm": nn.LSTM}[cell]
                self.recurrent = kind(inputs, states, batch_first=True)
            self.readout = nn.Linear(states, weights["b_out"].size)
            for name in ("S0", "C0"):
                if name in weights:
                    setattr(self, name, nn.Parameter(torch.zeros(states)))

        def forward(self, x: Any) -> Any:
            first = self.S0.expand(1, len(x), -1).contiguous()
            if cell == "lstm":
                first = (first, self.C0.expand(1, len(x), -1).contiguous())
            return self.readout(self.recurrent(x, first)[0])

    module = Module().to(dtype)
    arrays.update({name: weights[name] for name in ("S0", "C0") if name in weights})
    module.load_state_dict({name: torch.from_numpy(np.array(value))
                            for name, value in arrays.items()})
    return module
