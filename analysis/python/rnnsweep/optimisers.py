"""One update of a training: clipping, weight decay, then the optimiser's step.

r is the scheduled rate, d the step, V the velocity; `nesterov` takes the gradient where the velocity
alone leads.

    rmsprop   Q = lambda Q + (1 - lambda) g^2          d = r g / (sqrt(Q) + epsilon)
    sgd       d = r g
              nesterov: V = momentum V; theta += V; g there; V -= d; theta -= d
              else:     V = momentum V - d; theta += V
    adam      V = beta1 V + (1 - beta1) g              Q = beta2 Q + (1 - beta2) g^2
              theta -= r V / (1 - beta1^t) / (sqrt(Q / (1 - beta2^t)) + epsilon)
"""
from __future__ import annotations

from typing import Any, Dict

import numpy as np

from .cells import Array
from .first_weights import untrained


class Optimiser:
    """Changes the tensors of `net`, whose precision it works in."""

    def __init__(self, row: Dict[str, Any], net: Dict[str, Array], updates: int) -> None:
        self._row, self._net, self._updates, self._update = row, net, updates, 0
        self._number = net["S0"].dtype.type
        self._square = {name: np.zeros_like(value) for name, value in net.items()}
        self._velocity = {name: np.zeros_like(value) for name, value in net.items()}
        self._ahead = bool(row["nesterov"]) and row["optimizer"] != "adam"

    def look_ahead(self) -> None:
        """Begins an update: moves the tensors to where its gradient is taken."""
        self._update += 1
        for name in self._net if self._ahead else ():
            self._velocity[name] = self._value("momentum") * self._velocity[name]
            self._net[name] = self._net[name] + self._velocity[name]

    def step(self, gradient: Dict[str, Array]) -> None:
        row, rate = self._row, self._number(self._rate())
        shrinks = self._number(self._rate() * row["weight_decay"])
        trained = {name: g for name, g in gradient.items() if name not in untrained(row)}
        for name, g in self._clipped(trained).items():
            if name.startswith("W_") and row["weight_decay"] > 0:
                self._net[name] = self._net[name] - shrinks * self._net[name]
            if row["optimizer"] == "adam":
                self._net[name] = self._net[name] - self._adam(name, g, rate)
                continue
            change = self._rmsprop(name, g, rate) if row["optimizer"] == "rmsprop" else rate * g
            if self._ahead:
                self._velocity[name] = self._velocity[name] - change
                self._net[name] = self._net[name] - change
            else:
                self._velocity[name] = self._value("momentum") * self._velocity[name] - change
                self._net[name] = self._net[name] + self._velocity[name]

    def _value(self, name: str) -> Any:
        return self._number(self._row[name])

    def _rest(self, name: str) -> Any:
        """1 - a value, rounded once, as the program does: the difference of rounded numbers would be
        off by up to 1e-5 of 1 - beta2 in float32, at every update alike."""
        return self._number(1 - self._row[name])

    def _rate(self) -> float:
        row, done = self._row, (self._update - 1) / self._updates
        rate = float(row["learning_rate"])
        if row["schedule"] == "linear":
            rate *= 1 - done
        elif row["schedule"] == "cosine":
            rate *= float(1 + np.cos(np.pi * done)) / 2
        warmup = float(row["warmup"])
        return rate * min(1.0, self._update / warmup) if warmup > 0 else rate

    def _clipped(self, gradient: Dict[str, Array]) -> Dict[str, Array]:
        """No longer than clip_norm, over all trained tensors."""
        if np.isnan(self._row["clip_norm"]):
            return gradient
        most = self._value("clip_norm")
        norm = np.sqrt(sum(np.sum(g**2) for g in gradient.values()))
        if not norm > most:
            return gradient
        return {name: g * (most / norm) for name, g in gradient.items()}

    def _rmsprop(self, name: str, g: Array, rate: Any) -> Array:
        self._square[name] = self._value("lambda") * self._square[name] \
            + self._rest("lambda") * g**2
        root = np.sqrt(self._square[name])
        if self._row["epsilon_placement"] == "denominator":
            return np.asarray(rate * g / (root + self._value("epsilon")))
        return np.asarray(rate * g / root + self._value("epsilon"))

    def _adam(self, name: str, g: Array, rate: Any) -> Array:
        self._velocity[name] = self._value("beta1") * self._velocity[name] + self._rest("beta1") * g
        self._square[name] = self._value("beta2") * self._square[name] + self._rest("beta2") * g**2
        mean = self._velocity[name] / self._number(1 - self._row["beta1"] ** self._update)
        square = self._square[name] / self._number(1 - self._row["beta2"] ** self._update)
        return np.asarray(rate * mean / (np.sqrt(square) + self._value("epsilon")))
