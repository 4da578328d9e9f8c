#!/usr/bin/env python3
"""One rnnsweep run redone in NumPy: obvious rather than fast, the definition of correct.

Written independently of the C sources, after the notebook: numpy.random.RandomState for every
draw, tensordot for every product. As a program it prints the recorded losses of one run,

    python3 tests/numeric/reference_rnn.py --seed 7 --states 4 --precision float64

and takes every parameter of a sweep file as an option of the same name.

Index letters: N samples, T steps (bits, least significant first), I = 2 inputs, H states,
O = 1 output. `dtype` is float64, or float32 for statistics: a float32 trajectory depends on the
order of every sum, so it is compared in distribution and over the first updates only.
"""
import argparse
import json
from dataclasses import asdict, dataclass, field, fields
from typing import Dict, List, Optional, Tuple

import numpy as np

INPUTS, OUTPUTS = 2, 1
CHECK_SAMPLES, CHECK_STEP = 100, 1e-7
PARAMETERS = ("S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out")
Network = Dict[str, np.ndarray]

# The axis of gates of each cell: r, z, n; i, f, g, o; and f, n.
GATES = {"tanh": (), "relu": (), "gru": (3,), "lstm": (4,), "mgu": (2,)}


@dataclass(frozen=True)
class Config:
    """Everything that decides a run, with the defaults of a sweep file."""

    states: int = 3
    learning_rate: float = 0.05
    lambda_: float = 0.5  # `lambda` in a sweep file
    momentum: float = 0.8
    epsilon: float = 1e-6
    epsilon_placement: str = "denominator"  # or step
    precision: str = "float32"  # or float64
    sequence_length: int = 16
    train_samples: int = 2000
    test_samples: int = 1000
    batch_size: int = 100
    batching: str = "disjoint"  # or sliding
    epochs: int = 5
    loss_interval: int = 1
    gradient_check: bool = False
    data_seed: Optional[int] = None
    optimizer: str = "rmsprop"  # or sgd, adam
    nesterov: bool = True
    beta1: float = 0.9
    beta2: float = 0.999
    weight_decay: float = 0.0
    clip_norm: Optional[float] = None
    schedule: str = "constant"  # or linear, cosine
    warmup: int = 0
    shuffle: bool = False
    recorded_loss: str = "after"  # or before
    initial_state: str = "trained"  # or zero, one
    biases: str = "both"  # or one, none
    init: str = "glorot_uniform"  # or glorot_normal, torch
    recurrent_init: str = "same"  # or orthogonal, identity, normal
    gain: float = 1.0
    recurrent_gain: float = 1.0
    cell: str = "tanh"  # or relu, gru, lstm, mgu
    leak: float = 1.0
    forget_bias: float = 0.0
    validation_samples: int = 0
    stop_loss: Optional[float] = None
    stop_accuracy: Optional[float] = None
    patience: Optional[int] = None
    check_interval: Optional[int] = None  # updates; None: an epoch
    seed: int = 1

    @property
    def updates_per_epoch(self) -> int:
        return self.train_samples // self.batch_size

    @property
    def updates(self) -> int:
        return self.epochs * self.updates_per_epoch

    @property
    def dtype(self):
        return {"float32": np.float32, "float64": np.float64}[self.precision]

    def as_sweep(self) -> dict:
        """The configuration in the words of a sweep file, its seed included."""
        return {sweep_name(name): value for name, value in asdict(self).items()}

    @staticmethod
    def from_sweep(values: dict) -> "Config":
        return Config(**{"lambda_" if k == "lambda" else k: v for k, v in values.items()})


def sweep_name(field_name: str) -> str:
    return field_name.rstrip("_")


# ---- Data and first network, all from the run's random stream ------------------------------------


def draw_pairs(stream, count: int, sequence_length: int) -> List[Tuple[int, int]]:
    """`count` pairs of numbers below 2^(T-1), so that every sum has at most T bits."""
    limit = 2 ** (sequence_length - 1)
    return [(int(stream.randint(0, limit)), int(stream.randint(0, limit))) for _ in range(count)]


def to_bits(number: int, sequence_length: int) -> List[int]:
    """The bits of a number, least significant first."""
    return [int(bit) for bit in reversed(format(number, f"0{sequence_length}b"))]


def encode(pairs, sequence_length: int, dtype) -> Tuple[np.ndarray, np.ndarray]:
    """Inputs [N,T,2] and targets [N,T,1] of the addition task."""
    x = [list(zip(to_bits(a, sequence_length), to_bits(b, sequence_length))) for a, b in pairs]
    t = [[[bit] for bit in to_bits(a + b, sequence_length)] for a, b in pairs]
    return np.array(x, dtype), np.array(t, dtype)


def draw_weights(stream, config: Config, fan_in: int, fan_out: int, *gates: int) -> np.ndarray:
    """[fan_in, gates, fan_out], without the axis of gates where there is one."""
    shape = (fan_in, *gates, fan_out)
    if config.init == "glorot_normal":
        return stream.normal(0, np.sqrt(2.0 / (fan_in + fan_out)), shape)
    a = 1 / np.sqrt(config.states) if config.init == "torch" else np.sqrt(6.0 / (fan_in + fan_out))
    return stream.uniform(-a, a, shape)


def draw_recurrent(stream, config: Config) -> np.ndarray:
    size, gates = config.states, GATES[config.cell]
    if config.recurrent_init == "same":
        return draw_weights(stream, config, size, size, *gates)
    drawn = [draw_gate(stream, config) for _ in range(int(np.prod(gates)))]
    return np.stack(drawn, axis=1) if gates else drawn[0]


def draw_gate(stream, config: Config) -> np.ndarray:
    size = config.states
    if config.recurrent_init == "identity":
        return np.eye(size)
    if config.recurrent_init == "normal":
        return stream.normal(0, 1 / np.sqrt(size), (size, size))
    q, r = np.linalg.qr(stream.normal(size=(size, size)))
    return q * np.sign(np.diag(r))


def draw_network(stream, config) -> Network:
    """Weights uniform in (-a, a), a = sqrt(6 / (fan_in + fan_out)), in the notebook's order, or as the configuration
    has it. A number stands for a configuration with so many states."""
    config = Config(states=config) if isinstance(config, int) else config
    states, gates = config.states, GATES[config.cell]
    w_in = draw_weights(stream, config, INPUTS, states, *gates)
    w_rec = draw_recurrent(stream, config)
    w_out = draw_weights(stream, config, states, OUTPUTS)
    net = {
        "S0": np.full(states, 1.0 if config.initial_state == "one" else 0.0),
        "W_in": config.gain * w_in,
        "b_in": np.zeros((*gates, states)),
        "W_rec": config.recurrent_gain * (config.gain * w_rec),
        "b_rec": np.zeros((*gates, states)),
        "W_out": config.gain * w_out,
        "b_out": np.zeros(OUTPUTS),
    }
    if config.init == "torch":
        a = 1 / np.sqrt(states)
        for name in ("b_in", "b_rec", "b_out"):
            drawn = stream.uniform(-a, a, net[name].shape)
            net[name] = np.zeros_like(drawn) if name in untrained(config) else drawn
    if config.cell == "lstm":
        net["C0"] = np.zeros(states)
        if config.biases != "none":
            net["b_in"][1] += config.forget_bias
    return net


def untrained(config: Config) -> Tuple[str, ...]:
    """The tensors that stay as they are first."""
    biases = {"both": (), "one": ("b_rec",), "none": ("b_in", "b_rec")}[config.biases]
    return biases if config.initial_state == "trained" else ("S0", "C0", *biases)


@dataclass
class Draws:
    """All that a run takes from its streams."""

    train_pairs: List[Tuple[int, int]]
    test_pairs: List[Tuple[int, int]]
    network: Network
    check_network: Optional[Network]  # only with gradient_check
    validation_pairs: List[Tuple[int, int]]


def draw_run(config: Config) -> Draws:
    """Training pairs, gradient-check network, network, test pairs, validation pairs: in this order from
    one stream.

    With data_seed the sets come from a stream of their own and the networks keep theirs.
    """
    stream = np.random.RandomState(config.seed)
    data = stream if config.data_seed is None else np.random.RandomState(config.data_seed)
    train = draw_pairs(data, config.train_samples, config.sequence_length)
    check = draw_network(stream, config) if config.gradient_check else None
    network = draw_network(stream, config)
    test = draw_pairs(data, config.test_samples, config.sequence_length)
    validation = draw_pairs(data, config.validation_samples, config.sequence_length)
    return Draws(train, test, network, check, validation)


# ---- The network ---------------------------------------------------------------------------------


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def cell_forward(config, given, recurrent, s, c):
    """From x W_in + b_in and s W_rec + b_rec, both [N,H] or [N,G,H], to s', c' and what the backward pass
    needs."""
    if config.cell in ("tanh", "relu"):
        u = given + recurrent
        f = np.tanh(u) if config.cell == "tanh" else np.maximum(u, 0)
        leak = u.dtype.type(config.leak)
        return (1 - leak) * s + leak * f, c, (f,)
    if config.cell == "gru":
        r, z = sigmoid(given[:, 0] + recurrent[:, 0]), sigmoid(given[:, 1] + recurrent[:, 1])
        n = np.tanh(given[:, 2] + r * recurrent[:, 2])
        return (1 - z) * n + z * s, c, (r, z, n, recurrent[:, 2])
    if config.cell == "mgu":
        f = sigmoid(given[:, 0] + recurrent[:, 0])
        n = np.tanh(given[:, 1] + f * recurrent[:, 1])
        return (1 - f) * s + f * n, c, (f, n, recurrent[:, 1])
    a = given + recurrent
    i, f, g, o = sigmoid(a[:, 0]), sigmoid(a[:, 1]), np.tanh(a[:, 2]), sigmoid(a[:, 3])
    c_next = f * c + i * g
    return o * np.tanh(c_next), c_next, (i, f, g, o, c_next)


def cell_backward(config, kept, s, c, g_s, g_c):
    """The gradients by x W_in + b_in and by s W_rec + b_rec, and those by s and c that do not pass through them."""
    if config.cell in ("tanh", "relu"):
        (f,) = kept
        leak = f.dtype.type(config.leak)
        # d tanh(u)/du = 1 - tanh(u)^2
        slope = 1 - f**2 if config.cell == "tanh" else f > 0
        g_u = slope * (leak * g_s)
        return g_u, g_u, (1 - leak) * g_s, g_c
    if config.cell == "gru":
        r, z, n, product = kept
        g_n = (1 - z) * g_s * (1 - n**2)
        g_z = (s - n) * g_s * z * (1 - z)
        g_r = g_n * product * r * (1 - r)
        return np.stack([g_r, g_z, g_n], 1), np.stack([g_r, g_z, g_n * r], 1), z * g_s, g_c
    if config.cell == "mgu":
        f, n, product = kept
        g_n = f * g_s * (1 - n**2)
        g_f = ((n - s) * g_s + g_n * product) * f * (1 - f)
        return np.stack([g_f, g_n], 1), np.stack([g_f, g_n * f], 1), (1 - f) * g_s, g_c
    i, f, g, o, c_next = kept
    t = np.tanh(c_next)
    g_c = g_c + g_s * o * (1 - t**2)
    g_a = np.stack([g_c * g * i * (1 - i), g_c * c * f * (1 - f), g_c * i * (1 - g**2), g_s * t * o * (1 - o)], 1)
    return g_a, g_a, np.zeros_like(g_s), g_c * f


def walk(net: Network, x: np.ndarray, config):
    """States s and c [N,T+1,H] for inputs x [N,T,I], logits z [N,T,O], and what each step keeps."""
    samples, steps, _ = x.shape
    # a_k = x_k W_in + b_in
    a = np.tensordot(x, net["W_in"], axes=((-1), (0))) + net["b_in"]
    s = np.zeros((samples, steps + 1, net["S0"].size), x.dtype)
    c = np.zeros_like(s)
    s[:, 0], c[:, 0] = net["S0"], net.get("C0", 0)
    kept = []
    for k in range(steps):
        recurrent = np.tensordot(s[:, k], net["W_rec"], axes=((-1), (0))) + net["b_rec"]
        s[:, k + 1], c[:, k + 1], keep = cell_forward(config, a[:, k], recurrent, s[:, k], c[:, k])
        kept.append(keep)
    # z_k = s_{k+1} W_out + b_out
    z = np.tensordot(s[:, 1:], net["W_out"], axes=((-1), (0))) + net["b_out"]
    return s, c, z, kept


def forward(net: Network, x: np.ndarray, config=Config()) -> Tuple[np.ndarray, np.ndarray]:
    """States s [N,T+1,H] and logits z [N,T,O] for inputs x [N,T,I]. Of the configuration, cell and leak count."""
    s, _, z, _ = walk(net, x, config)
    return s, z


def probability(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def cross_entropy(z: np.ndarray, t: np.ndarray) -> float:
    """Mean over samples and steps of max(z,0) - z t + log(1 + exp(-|z|))."""
    return np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z))))


def loss_of(net: Network, x: np.ndarray, t: np.ndarray, config=Config()) -> float:
    return cross_entropy(forward(net, x, config)[1], t)


def gradient(net: Network, x: np.ndarray, t: np.ndarray, config=Config()) -> Network:
    """Backpropagation through time; a gradient is named as its parameter."""
    samples, steps, _ = x.shape
    s, c, z, kept = walk(net, x, config)
    g = {name: np.zeros_like(value) for name, value in net.items()}
    g_z = (probability(z) - t) / x.dtype.type(samples * steps)
    g["W_out"] = np.tensordot(s[:, 1:], g_z, axes=((0, 1), (0, 1)))
    g["b_out"] = np.sum(g_z, axis=(0, 1))
    g_output = np.tensordot(g_z, net["W_out"].T, axes=((-1), (0)))
    g_given = np.zeros((samples, steps, *net["b_in"].shape), x.dtype)
    g_s, g_c = np.zeros_like(s[:, 0]), np.zeros_like(s[:, 0])
    columns = tuple(range(1, net["W_rec"].ndim))
    for k in range(steps - 1, -1, -1):
        g_s = g_s + g_output[:, k]
        g_given[:, k], g_a, g_s, g_c = cell_backward(config, kept[k], s[:, k], c[:, k], g_s, g_c)
        g["W_rec"] += np.tensordot(s[:, k], g_a, axes=((0), (0)))
        g["b_rec"] += np.sum(g_a, axis=0)
        g_s = g_s + np.tensordot(g_a, net["W_rec"], axes=(columns, columns))
    g["S0"] = np.sum(g_s, axis=0)
    if "C0" in net:
        g["C0"] = np.sum(g_c, axis=0)
    g["W_in"] = np.tensordot(x, g_given, axes=((0, 1), (0, 1)))
    g["b_in"] = np.sum(g_given, axis=(0, 1))
    return g


def gradient_agrees(net: Network, x: np.ndarray, t: np.ndarray, config=Config()) -> bool:
    """Central differences against backpropagation on the first samples, numpy.isclose bounds; of relu
    with b_in raised, away from the kink."""
    net = {name: value + (0.1 if config.cell == "relu" and name == "b_in" else 0) for name, value in net.items()}
    x, t = x[:CHECK_SAMPLES], t[:CHECK_SAMPLES]
    backpropagated = gradient(net, x, t, config)
    for name, value in net.items():
        for index in np.ndindex(value.shape):
            kept = value[index]
            value[index] = kept + CHECK_STEP
            plus = loss_of(net, x, t, config)
            value[index] = kept - CHECK_STEP
            minus = loss_of(net, x, t, config)
            value[index] = kept
            if not np.isclose((plus - minus) / (2 * CHECK_STEP), backpropagated[name][index]):
                return False
    return True


# ---- Training ------------------------------------------------------------------------------------


class Optimiser:
    """Clipping, decoupled weight decay and the step of one update; `net` is changed in place."""

    def __init__(self, config: Config, net: Network):
        number = config.dtype
        self.config, self.net, self.update = config, net, 0
        self.decay, self.momentum = number(config.lambda_), number(config.momentum)
        self.epsilon = number(config.epsilon)
        self.square = {name: np.zeros_like(value) for name, value in net.items()}
        self.velocity = {name: np.zeros_like(value) for name, value in net.items()}

    @property
    def looks_ahead(self) -> bool:
        return self.config.nesterov and self.config.optimizer in ("rmsprop", "sgd")

    def look_ahead(self) -> None:
        """To where the gradient of this update is taken."""
        self.update += 1
        for name, value in self.net.items():
            if self.looks_ahead:
                self.velocity[name] = self.momentum * self.velocity[name]
                value += self.velocity[name]

    def rate(self) -> float:
        done = (self.update - 1) / self.config.updates
        rate = self.config.learning_rate
        rate *= {"constant": 1, "linear": 1 - done, "cosine": (1 + np.cos(np.pi * done)) / 2}[
            self.config.schedule]
        return rate * min(1, self.update / self.config.warmup) if self.config.warmup else rate

    def step(self, g: Network) -> None:
        config, rate = self.config, self.config.dtype(self.rate())
        g = {name: value for name, value in g.items() if name not in untrained(config)}
        if config.clip_norm is not None:
            norm = np.sqrt(sum(np.sum(value**2) for value in g.values()))
            if norm > config.clip_norm:
                g = {name: value * (config.clip_norm / norm) for name, value in g.items()}
        for name in g:
            value = self.net[name]
            if name.startswith("W_"):
                value -= rate * config.weight_decay * value
            if config.optimizer == "adam":
                value -= self.adam(name, g[name], rate)
                continue
            d = self.rmsprop(name, g[name], rate) if config.optimizer == "rmsprop" else rate * g[name]
            if self.looks_ahead:
                self.velocity[name] = self.velocity[name] - d
                value -= d
            else:
                self.velocity[name] = self.momentum * self.velocity[name] - d
                value += self.velocity[name]

    def rmsprop(self, name, g, rate):
        one = type(self.decay)(1)
        self.square[name] = self.decay * self.square[name] + (one - self.decay) * g**2
        root = np.sqrt(self.square[name])
        if self.config.epsilon_placement == "denominator":
            return rate * g / (root + self.epsilon)
        return rate * g / root + self.epsilon

    def adam(self, name, g, rate):
        beta1, beta2 = self.config.beta1, self.config.beta2
        self.velocity[name] = beta1 * self.velocity[name] + (1 - beta1) * g
        self.square[name] = beta2 * self.square[name] + (1 - beta2) * g**2
        mean = self.velocity[name] / (1 - beta1**self.update)
        square = self.square[name] / (1 - beta2**self.update)
        return rate * mean / (np.sqrt(square) + self.epsilon)


@dataclass
class Result:
    """What a run leaves; loss[i] is that of update i * loss_interval, loss[0] before training."""

    config: Config
    draws: Draws
    gradient_check: Optional[bool] = None
    diverged_at: int = -1  # update, 0 = before training, -1 = never
    loss: List[float] = field(default_factory=list)
    final_loss: float = np.nan
    updates: int = 0
    stop_reason: str = "end"
    solved_at: float = np.nan
    validation: List[Tuple[float, float]] = field(default_factory=list)  # loss, accuracy of each check
    network: Optional[Network] = None
    test_bit_accuracy: float = np.nan
    test_accuracy: float = np.nan


def minibatch(config: Config, update: int) -> slice:
    """Samples of update 0, 1, ...: disjoint [kB, (k+1)B), sliding [k, k+B)."""
    k = update % config.updates_per_epoch
    start = k * config.batch_size if config.batching == "disjoint" else k
    return slice(start, start + config.batch_size)


def minibatches(config: Config):
    """The samples' indices for each update in turn."""
    shuffles = np.random.RandomState([config.seed, 1])
    order = np.arange(config.train_samples)
    for update in range(config.updates):
        if config.shuffle and update % config.updates_per_epoch == 0:
            order = shuffles.permutation(config.train_samples)
        yield order[minibatch(config, update)]


def is_finite(*networks: Network) -> bool:
    return all(np.all(np.isfinite(value)) for net in networks for value in net.values())


class Checks:
    """Looks at a run after every check_interval updates, and says whether it stops. `seen` holds what
    it looks at without a validation set: (loss, share of right sums) of each minibatch."""

    def __init__(self, config: Config, draws: Draws, result: Result):
        self.config, self.result, self.pairs, self.seen = config, result, draws.validation_pairs, []
        self.interval = config.check_interval or config.updates_per_epoch
        self.has_goal = config.stop_loss is not None or config.stop_accuracy is not None
        if self.has_goal and self.interval <= config.updates:
            result.solved_at = -1
        self.history: List[float] = []

    @property
    def watches(self) -> bool:
        return not self.pairs and (self.has_goal or self.config.patience is not None)

    def watch(self, net: Network, x: np.ndarray, t: np.ndarray) -> None:
        if self.watches:
            right = np.all(np.around(probability(forward(net, x, self.config)[1])) == t, axis=(1, 2))
            self.seen.append((float(loss_of(net, x, t, self.config)), float(np.mean(right))))

    def stops(self, update: int, net: Network) -> bool:
        config, result = self.config, self.result
        if update % self.interval != 0 or not (self.pairs or self.watches):
            return False
        if self.pairs:
            x, t = encode(self.pairs, config.sequence_length, config.dtype)
            loss = float(loss_of(net, x, t, config))
            accuracy = test_accuracies(net, self.pairs, config.sequence_length, config)[1]
            result.validation.append((loss, accuracy))
        else:
            loss, accuracy = np.mean(self.seen, axis=0)
            self.seen = []
        self.history.append(loss)
        solved = {"stop_accuracy": config.stop_accuracy is not None and accuracy >= config.stop_accuracy,
                  "stop_loss": config.stop_loss is not None and loss <= config.stop_loss}
        best = int(np.argmin(self.history))  # the first of equal ones
        tired = config.patience is not None and len(self.history) - 1 - best >= config.patience
        reasons = [name for name, holds in {**solved, "patience": tired}.items() if holds]
        if any(solved.values()):
            result.solved_at = update
        if reasons:
            result.stop_reason = reasons[0]
        return bool(reasons)


def train(config: Config, draws: Draws, observe=None) -> Result:
    """Trains from the drawn network; observe(update, net, loss) is called after every update."""
    result = Result(config, draws)
    x, t = encode(draws.train_pairs, config.sequence_length, config.dtype)
    net = {name: value.astype(config.dtype) for name, value in draws.network.items()}
    result.network = net
    result.loss = [np.nan] * (1 + config.updates // config.loss_interval)
    batches = list(minibatches(config))
    result.loss[0] = float(loss_of(net, x[batches[0]], t[batches[0]], config))
    if not np.isfinite(result.loss[0]):
        result.diverged_at = 0
        return result
    optimiser, checks = Optimiser(config, net), Checks(config, draws, result)
    for update, batch in enumerate(batches, 1):
        optimiser.look_ahead()
        g = gradient(net, x[batch], t[batch], config)
        checks.watch(net, x[batch], t[batch])
        before = float(loss_of(net, x[batch], t[batch], config)) if config.recorded_loss == "before" else None
        optimiser.step(g)
        loss = float(loss_of(net, x[batch], t[batch], config)) if before is None else before
        if not (np.isfinite(loss) and is_finite(net, g)):
            result.diverged_at = update
            return result
        if observe is not None:
            observe(update, net, loss)
        if update % config.loss_interval == 0:
            result.loss[update // config.loss_interval] = loss
        result.updates = update
        if checks.stops(update, net):
            break
    result.final_loss = loss
    return result


def test_accuracies(net: Network, pairs, sequence_length: int, config=Config()) -> Tuple[float, float]:
    """Share of right bits and of wholly right sums."""
    x, t = encode(pairs, sequence_length, net["S0"].dtype)
    right = np.around(probability(forward(net, x, config)[1])) == t
    return float(np.mean(right)), float(np.mean(np.all(right, axis=(1, 2))))


def run(config: Config) -> Result:
    """One run from its seed to its test accuracies."""
    with np.errstate(all="ignore"):
        draws = draw_run(config)
        agrees = None
        if config.gradient_check:
            x, t = encode(draws.train_pairs, config.sequence_length, np.float64)
            agrees = gradient_agrees(draws.check_network, x, t, config)
        result = train(config, draws)
        result.gradient_check = agrees
        if result.diverged_at < 0:
            result.test_bit_accuracy, result.test_accuracy = test_accuracies(
                result.network, draws.test_pairs, config.sequence_length, config
            )
    return result


# ---- Command line --------------------------------------------------------------------------------


def parse_command_line(arguments=None) -> Tuple[Config, bool]:
    parser = argparse.ArgumentParser(description="Redo one rnnsweep run in NumPy.")
    parser.add_argument("--json", action="store_true", help="print everything, weights included")
    for item in fields(Config):
        name = "--" + sweep_name(item.name)
        names = [name] if "_" not in name else [name, name.replace("_", "-")]
        if item.type is bool:
            parser.add_argument(*names, dest=item.name, default=item.default,
                                action=argparse.BooleanOptionalAction)
        else:
            kind = {"data_seed": int, "clip_norm": float, "stop_loss": float, "stop_accuracy": float,
                    "patience": int, "check_interval": int}.get(item.name, item.type)
            parser.add_argument(
                *names, dest=item.name, type=kind, default=item.default,
                help=f"default {item.default}",
            )
    values = vars(parser.parse_args(arguments))
    as_json = values.pop("json")
    return Config(**values), as_json


def main() -> None:
    config, as_json = parse_command_line()
    result = run(config)
    if as_json:
        print(json.dumps({
            "config": config.as_sweep(),
            "loss": result.loss,
            "diverged_at": result.diverged_at,
            "weights": {name: value.tolist() for name, value in result.network.items()},
            "test_bit_accuracy": result.test_bit_accuracy,
            "test_accuracy": result.test_accuracy,
        }))
        return
    for index, loss in enumerate(result.loss):
        print(f"{index * config.loss_interval}\t{loss:.17g}")
    print(f"# diverged at update {result.diverged_at}" if result.diverged_at >= 0 else
          f"# right bits {result.test_bit_accuracy:.6g}, right sums {result.test_accuracy:.6g}")


if __name__ == "__main__":
    main()
