"""Any run trained anew in NumPy from its seed, and compared with what the file says.

The program and NumPy add in different orders, so their last bits differ, and training amplifies
that: a little at some settings, without limit at others. How much is measured, not guessed: NumPy
trains four times more with the last bit of every parameter moved at random after every update, and
in every gradient that of the values from which the slopes of tanh and sigmoids are made: of a unit
that is nearly 1, the last bit is much of its slope. What that does to losses and weights is the
noise; another correct program differs by a small multiple of it.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Container, Dict, List, Optional, Tuple, Union

import numpy as np

from .cells import Kept, Network, cell_backward, cell_of
from .first_weights import draw_network
from .heads import loss_slopes, mean_loss, right
from .network import forward, walk
from .optimisers import Optimiser
from .parameters import DEFAULTS, OF_TASK
from .results import Array, PathLike, Results
from .samples import (
    Samples, additions, data_files, draw_task, minibatches, read_set, task_samples)
from .tasks import TASKS, draw_sequence, every_sequence
from .wording import ADDITION

MARGIN = 20  # times the noise: what a correct program may differ by
COMPARABLE = 0.01  # of the loss; beyond, amplification is no longer proportional to its cause
TWINS = 4  # trainings with moved last bits: by chance one or two of them may move very little
SUPPORTED = ("states", "learning_rate", "lambda", "momentum", "epsilon", "epsilon_placement",
             "precision", "sequence_length", "train_samples", "test_samples", "batch_size",
             "batching", "epochs", "loss_interval", "gradient_check", "data_seed", "optimizer",
             "nesterov", "beta1", "beta2", "weight_decay", "clip_norm", "schedule", "warmup",
             "shuffle", "recorded_loss", "initial_state", "biases", "init", "recurrent_init", "gain",
             "recurrent_gain", "cell", "leak", "forget_bias", "task", "loss_function", "readout",
             "train_fraction", "stop_loss", "stop_accuracy", "patience", "check_interval", *OF_TASK)


@dataclass(frozen=True)
class Redone:
    """A run trained anew in NumPy, in the precision of the run.

    step        [points] updates made when a loss was recorded
    loss, stored_loss           [points] of NumPy and of the file
    loss_difference             [points] relative to the larger
    noise                       [points] the same between NumPy and NumPy with last bits moved, the
                                largest so far and at least one unit roundoff
    comparable                  [points] where MARGIN times the noise is below 1 %
    weights, stored_weights     of NumPy and of the file, by name
    weight_difference           largest difference, relative to the largest number of its tensor;
                                NaN when the run diverged
    weight_noise                the same between NumPy and NumPy with last bits moved
    test_bit_accuracy, test_accuracy                NumPy's shares
    stored_test_bit_accuracy, stored_test_accuracy  the file's
    test_loss, stored_test_loss                     NaN of the addition task
    diverged_at, stored_diverged_at                 update, -1 never
    stop, stored_stop           why the run ended, after how many updates, and when it was solved
    validation_loss, validation_accuracy            [checks] NumPy's, of runs with a validation set
    stored_validation_loss, stored_validation_accuracy  [checks] the file's
    stop_is_firm                NumPy with last bits moved stops alike
    checkpoint_difference   largest difference of a tensor at a checkpoint that the file has, as
                weight_difference; 0 without checkpoints
    further     [test] of each test at another length or on a further set that the file has of this
                run: NumPy's accuracy and loss, and the file's; by length or name of the set
    """

    run: int
    step: Array
    loss: Array
    stored_loss: Array
    loss_difference: Array
    noise: Array
    comparable: Array
    weights: Dict[str, Array]
    stored_weights: Dict[str, Array]
    weight_difference: float
    weight_noise: float
    test_bit_accuracy: float
    stored_test_bit_accuracy: float
    test_accuracy: float
    stored_test_accuracy: float
    test_loss: float
    stored_test_loss: float
    diverged_at: int
    stored_diverged_at: int
    stop: "Stop"
    stored_stop: "Stop"
    validation_loss: Array
    stored_validation_loss: Array
    validation_accuracy: Array
    stored_validation_accuracy: Array
    stop_is_firm: bool
    checkpoint_difference: float
    further: Dict[Union[int, str], Tuple[float, float, float, float]]

    @property
    def agrees(self) -> bool:
        """Whether file and NumPy differ by no more than rounding explains: every comparable loss
        within MARGIN times the noise, and so the weights if all losses are comparable."""
        within = self.loss_difference <= MARGIN * self.noise
        if not np.all(within[self.comparable]):
            return False
        if not np.all(self.comparable):
            return True
        if self.stop_is_firm and not self.stop.equals(self.stored_stop):
            return False
        return self.diverged_at == self.stored_diverged_at and (
            self.diverged_at >= 0 or self.weight_difference <= MARGIN * self.weight_noise)

    def __str__(self) -> str:
        points = int(np.sum(self.comparable))
        lines = [
            f"run {self.run} in NumPy, {self.weights['W_rec'].dtype}, against the file:",
            f"  losses    {np.max(self.loss_difference[self.comparable], initial=0):.1e} apart over"
            f" {points} of {len(self.step)} recorded points"
            f" (rounding alone: {np.max(self.noise[self.comparable], initial=0):.1e})",
            f"  weights   {self.weight_difference:.1e} apart (rounding alone:"
            f" {self.weight_noise:.1e})",
            f"  accuracy  {self.test_accuracy:.6g} against {self.stored_test_accuracy:.6g} of the"
            f" sequences, {self.test_bit_accuracy:.6g} against"
            f" {self.stored_test_bit_accuracy:.6g} of the outputs",
        ]
        if not np.isnan(self.stored_test_loss):
            lines.append(
                f"  test loss {self.test_loss:.6g} against {self.stored_test_loss:.6g}")
        if self.stored_stop.reason not in ("end", "diverged"):
            lines.append(f"  stopped   {self.stop} against {self.stored_stop}")
        if points < len(self.step):
            lines.append(
                f"  from update {self.step[~self.comparable][0]} on, this run amplifies rounding"
                " beyond comparison")
        lines.append("  they agree" if self.agrees else "  they DISAGREE")
        return "\n".join(lines)


@dataclass(frozen=True)
class Stop:
    """How a run ended: the word of the column stop_reason, updates made, and solved_at, NaN where
    nothing was checked."""

    reason: str
    updates: int
    solved_at: float

    def equals(self, other: "Stop") -> bool:
        same_time = self.solved_at == other.solved_at or (
            self.solved_at != self.solved_at and other.solved_at != other.solved_at)
        return self.reason == other.reason and self.updates == other.updates and same_time

    def __str__(self) -> str:
        return f"{self.reason} after {self.updates} updates"


def redo(results: Results, run: int, data: Optional[PathLike] = None) -> Redone:
    """Trains one run anew in NumPy from its seed and compares it with the file. A gradient check is
    drawn but not made. Seconds for the default sizes.

    data   the run's data file, where it is no longer at the path that the results have

    A run that was stopped at a rung is trained until there.

    KeyError when there is no such run, ValueError when it was not trained, or sets a parameter that this package does not know; FileNotFoundError without its data file."""
    row: Dict[str, Any] = {**results.runs.loc[run].to_dict(), "run": run}
    if row["status"] not in ("done", "diverged", "failed", "stopped"):
        raise ValueError(f"run {run} is not finished")
    if run in results.foreign:
        raise ValueError(f"run {run} sets a parameter that this version does not know")
    for name, default in DEFAULTS.items():
        same = row[name] == default or (row[name] != row[name] and default != default)
        if name not in SUPPORTED and not same:
            raise ValueError(f"run {run} has {name} {row[name]}, which is not trained in NumPy")
    if row["task"] not in (ADDITION, *TASKS, *data_files(results.attributes)):
        raise ValueError(f"run {run} has task {row['task']}, which is not trained in NumPy")
    stored = results.network(run)
    kept = _checkpoints(results, run)
    until = int(row["updates"]) if row["status"] == "stopped" else None
    with np.errstate(all="ignore"):
        draws = _draw(row, results, data)
        own = _train(row, draws, None, kept, until)
        twins = [_train(row, draws, np.random.RandomState(twin), (), until)
                 for twin in range(TWINS)]
        bits, sums, test_loss = _test(own.weights, draws)
        further = _further(own.weights, row, draws, results, data)
        weight_difference = _weights_apart(own.weights, stored)
        weight_noise = max(_weights_apart(own.weights, twin.weights) for twin in twins)
    step = results.loss["step"].values
    mine = np.isin(step, own.step)
    stored_loss: Array = results.curves([run])[0][mine].astype(float)
    roundoff = float(np.finfo(own.weights["S0"].dtype).eps)
    noise = np.maximum.accumulate(np.max([_apart(own.loss, twin.loss) for twin in twins], axis=0))
    noise = np.maximum(noise, roundoff)
    lost = own.diverged_at >= 0
    stored_loss_of_checks, stored_accuracy_of_checks = _stored_checks(row, results)
    return Redone(
        run=run, step=own.step, loss=own.loss, stored_loss=stored_loss,
        loss_difference=_apart(own.loss, stored_loss), noise=noise,
        comparable=MARGIN * noise < COMPARABLE, weights=own.weights, stored_weights=stored,
        weight_difference=np.nan if lost else weight_difference,
        weight_noise=np.nan if lost else max(weight_noise, roundoff),
        test_bit_accuracy=np.nan if lost else bits,
        stored_test_bit_accuracy=row["test_bit_accuracy"],
        test_accuracy=np.nan if lost else sums, stored_test_accuracy=row["test_accuracy"],
        test_loss=np.nan if lost else test_loss,
        stored_test_loss=row.get("test_loss", np.nan),
        diverged_at=own.diverged_at, stored_diverged_at=int(row["diverged_at"]),
        stop=own.stop, stored_stop=_stored_stop(row, own.stop),
        validation_loss=np.array([loss for loss, _ in own.checks]),
        validation_accuracy=np.array([accuracy for _, accuracy in own.checks]),
        stored_validation_loss=stored_loss_of_checks,
        stored_validation_accuracy=stored_accuracy_of_checks,
        stop_is_firm=all(twin.stop.equals(own.stop) for twin in twins), further=further,
        checkpoint_difference=max((_weights_apart(own.kept[update], tensors) if update in own.kept
                                   else np.inf for update, tensors in kept.items()), default=0.0))


def _checkpoints(results: Results, run: int) -> Dict[int, Dict[str, Array]]:
    """The weights of a run during its training, as far as the file has them, by updates."""
    weights = results.weights_of_group(run)
    if "checkpoint" not in weights.dims:
        return {}
    own = weights.sel(run=run)
    made = [int(update) for update in own.checkpoint.values
            if not np.isnan(own.b_out_at.sel(checkpoint=update).values).any()]
    return {update: {str(name)[:-3]: own[name].sel(checkpoint=update).values
                     for name in own.variables if str(name).endswith("_at")} for update in made}


def _further(net: Network, row: Dict[str, Any], draws: _Draws, results: Results,
             path: Optional[PathLike]) -> Dict[Union[int, str], Tuple[float, float, float, float]]:
    """The tests that the file has of this run, made anew."""
    found: Dict[Union[int, str], Tuple[float, float, float, float]] = {}
    stored = results.further_tests()
    if not stored.variables:
        return found
    stored = stored.sel(run=row["run"])
    for scale, prefix in (("test_length", "length"), ("test_set", "set")):
        for place in stored[scale].values if scale in stored else ():
            accuracy, loss = (float(stored[f"test_{what}_by_{prefix}"].sel({scale: place}))
                              for what in ("accuracy", "loss"))
            if np.isnan(accuracy):
                continue
            if scale == "test_set":
                file = data_files(results.attributes)[row["task"]]
                test = read_set(file, str(place), None, path)
                test = test.last_only() if row["readout"] == "last" else test
            else:
                test = _of_length(row, int(place))
            made = _test(net, replace(draws, test=test))
            found[place.item()] = (made[1], made[2], accuracy, loss)
    return found


def _of_length(row: Dict[str, Any], steps: int) -> Samples:
    """The sequences of a test at another length, from a stream of its own."""
    seed = int(row["data_seed"] if row["data_seed"] >= 0 else row["seed"])
    stream = np.random.RandomState([seed, 2, steps])
    if row["task"] == ADDITION:
        return _draw_additions(stream, row["test_samples"], steps)
    delay = row["delay"] + steps - row["sequence_length"] if row["task"] == "copy_memory" \
        else row["delay"]
    other = {**row, "sequence_length": steps, "shortest_length": -1, "delay": delay}
    one = row["task"] == "counting" or (row["task"] == "dyck" and row["pairs"] == 1 and steps == 2)
    count = 1 if one else row["test_samples"]
    return task_samples(other, [draw_sequence(other, stream, steps) for _ in range(count)])


def _stored_checks(row: Dict[str, Any], results: Results) -> Tuple[Array, Array]:
    """Loss and accuracy of the checks that were made on a validation set, in their order."""
    if row["validation_samples"] == 0:
        return np.empty(0), np.empty(0)
    checks = results.checks([row["run"]])
    loss, accuracy = (checks[name].values[0] for name in ("validation_loss", "validation_accuracy"))
    return loss[~np.isnan(loss)].astype(float), accuracy[~np.isnan(accuracy)].astype(float)


def _stored_stop(row: Dict[str, Any], own: Stop) -> Stop:
    """The file's; a file that does not say agrees with anything."""
    if row["stop_reason"] != row["stop_reason"]:
        return own
    return Stop(str(row["stop_reason"]), int(row["updates"]), float(row["solved_at"]))


def _apart(a: Array, b: Array) -> Array:
    """|a - b| relative to the larger; 0 where both are NaN, infinite where one is."""
    difference = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), np.finfo(float).tiny)
    one_missing = np.isnan(a) != np.isnan(b)
    return np.where(one_missing, np.inf, np.where(np.isnan(a), 0.0, difference))


def _weights_apart(a: Dict[str, Array], b: Dict[str, Array]) -> float:
    largest = 0.0
    for name in a:
        scale = max(float(np.max(np.abs(a[name]))), float(np.finfo(float).tiny))
        largest = max(largest, float(np.max(np.abs(a[name].astype(float) - b[name]))) / scale)
    return largest


# ---- What the seed decides -----------------------------------------------------------------------


@dataclass
class _Draws:
    train: Samples
    test: Samples
    validation: Optional[Samples]
    weights: Network
    squared: bool  # squared error, not cross entropy


def _draw(row: Dict[str, Any], results: Results, path: Optional[PathLike]) -> _Draws:
    """Training pairs, network of the gradient check, network, test and validation pairs, in this
    order; with data_seed the pairs come from a stream of their own. Files draw no sets."""
    stream = np.random.RandomState(row["seed"])
    if row["task"] in TASKS:
        return _draw_task(row, stream)
    if row["task"] != ADDITION:
        file = data_files(results.attributes)[row["task"]]
        train = read_set(file, "train", row["train_samples"], path)
        test = read_set(file, "test", row["test_samples"], path)
        count = row["validation_samples"]
        validation = read_set(file, "validation", count, path) if count > 0 else None
        if row["readout"] == "last":
            train, test = train.last_only(), test.last_only()
            validation = validation.last_only() if validation is not None else None
        squared = train.kind == "reals" or row["loss_function"] == "squared_error"
        weights = _draw_networks(stream, row, file.inputs, file.outputs)
        return _Draws(train, test, validation, weights, squared)
    data = stream if row["data_seed"] < 0 else np.random.RandomState(row["data_seed"])
    bits = row["sequence_length"]
    if row["fresh_data"]:
        train = _draw_additions(_fresh_stream(row), _fresh_samples(row), bits)
    else:
        train = _draw_additions(data, row["train_samples"], bits)
    weights = _draw_networks(stream, row, 2, 1)
    test = _draw_additions(data, row["test_samples"], bits)
    count = row["validation_samples"]
    validation = _draw_additions(data, count, bits) if count > 0 else None
    return _Draws(train, test, validation, weights, squared=False)


def _draw_task(row: Dict[str, Any], stream: np.random.RandomState) -> _Draws:
    """The same of a built-in task."""
    data = stream if row["data_seed"] < 0 else np.random.RandomState(row["data_seed"])
    alike = int(row["batch_size"]) if row["batching"] == "by_length" else 1
    if row["all_sequences"]:
        train = task_samples(row, every_sequence(row))
    elif row["fresh_data"]:
        train = draw_task(row, _fresh_samples(row), _fresh_stream(row), alike)
    else:
        train = draw_task(row, row["train_samples"], data, alike)
    task = TASKS[row["task"]]
    weights = _draw_networks(stream, row, *task.extents(row))
    squared = task.kind == "reals" or row["loss_function"] == "squared_error"
    test, count = draw_task(row, row["test_samples"], data), row["validation_samples"]
    validation = draw_task(row, count, data) if count > 0 else None
    return _Draws(train, test, validation, weights, squared)


def _fresh_stream(row: Dict[str, Any]) -> np.random.RandomState:
    return np.random.RandomState([int(row["data_seed"] if row["data_seed"] >= 0 else row["seed"]), 3])


def _fresh_samples(row: Dict[str, Any]) -> int:
    """Sequences of all updates, each with a minibatch of its own."""
    size = int(row["batch_size"])
    return int(row["epochs"]) * (int(row["train_samples"]) // size) * size


def _draw_networks(stream: np.random.RandomState, row: Dict[str, Any], inputs: int,
                   outputs: int) -> Network:
    if row["gradient_check"]:
        draw_network(stream, row, inputs, outputs)
    return draw_network(stream, row, inputs, outputs)


def _draw_additions(stream: np.random.RandomState, samples: int, bits: int) -> Samples:
    pairs = stream.randint(0, 1 << (bits - 1), (samples, 2), dtype=np.int64)
    return additions(pairs[:, 0], pairs[:, 1], bits)


# ---- Training ------------------------------------------------------------------------------------


@dataclass
class _Trained:
    step: Array
    loss: Array  # float64, whatever the precision of the training
    weights: Network
    diverged_at: int
    stop: Stop
    checks: List[Tuple[float, float]]  # loss and accuracy on the validation set
    kept: Dict[int, Network]  # weights at checkpoints


class _Stopping:
    """The checks of a run: on its validation set, or over its minibatches since the last one, as
    their gradients were taken."""

    def __init__(self, row: Dict[str, Any], draws: _Draws, per_epoch: int, updates: int) -> None:
        self.row, self.squared = row, draws.squared
        self.validation = draws.validation
        self.loss_level, self.accuracy_level = row["stop_loss"], row["stop_accuracy"]
        self.patience = row["patience"]
        criterion = not (np.isnan(self.loss_level) and np.isnan(self.accuracy_level))
        checked = self.validation is not None or criterion or self.patience >= 0
        interval = row["check_interval"] if row["check_interval"] > 0 else per_epoch
        self.interval = int(interval) if checked else 0
        self.solved_at = -1.0 if criterion and self.interval <= updates else np.nan
        self.best, self.worse = np.inf, 0
        self.checks: List[Tuple[float, float]] = []
        self.watched: List[Tuple[float, float, float, int]] = []

    def watch(self, net: Network, batch: Samples) -> None:
        """Notes a minibatch before its update."""
        if self.interval and self.validation is None:
            _, z = forward(net, batch.inputs)
            self.watched.append((mean_loss(z, batch, self.squared), float(np.sum(batch.weights)),
                                 right(z, batch)[1], len(batch)))

    def reason(self, net: Network, update: int) -> Optional[str]:
        """The stop rule that ends the run at this update, "diverged" where a loss is not finite, or
        None."""
        if not self.interval or update % self.interval:
            return None
        loss, accuracy = self._look(net)
        if not np.isfinite(loss):
            return "diverged"
        if self.validation is not None:
            self.checks.append((loss, accuracy))
        self.worse = 0 if loss < self.best else self.worse + 1
        self.best = min(self.best, loss)
        if accuracy >= self.accuracy_level or loss <= self.loss_level:
            self.solved_at = float(update)
            return "stop_accuracy" if accuracy >= self.accuracy_level else "stop_loss"
        return "patience" if 0 <= self.patience <= self.worse else None

    def _look(self, net: Network) -> Tuple[float, float]:
        dtype = net["S0"].dtype
        if self.validation is not None:
            data = self.validation.rounded(dtype)
            _, z = forward(net, data.inputs)
            return float(dtype.type(mean_loss(z, data, self.squared))), right(z, data)[1]
        noted = np.array(self.watched, float)
        losses, weights, shares, counts = noted.T
        self.watched = []
        loss = np.sum(losses * weights) / np.sum(weights) if np.sum(weights) > 0 else 0.0
        return float(dtype.type(loss)), float(np.sum(shares * counts) / np.sum(counts))


def _train(
    row: Dict[str, Any], draws: _Draws, disturbance: Optional[np.random.RandomState],
    keep: Container[int] = (), until: Optional[int] = None,
) -> _Trained:
    """keep: updates after which the weights are kept; until: the update of the rung at which the run
    was stopped. A disturbance moves the last bit of every parameter, before the first update and
    after each, and of what slopes are made from."""
    dtype = np.dtype(row["precision"]).type
    train, squared = draws.train.rounded(dtype), draws.squared
    net = Network({name: value.astype(dtype) for name, value in draws.weights.items()},
                  draws.weights.cell, draws.weights.leak)
    _disturb(net, disturbance)
    batches = minibatches(row, train.lengths)
    updates, interval = len(batches), row["loss_interval"]
    step = np.arange(0, updates + 1, interval)
    loss = np.full(len(step), np.nan)
    loss[0] = _loss(net, train.pick(batches[0]), squared)
    stopping = _Stopping(row, draws, updates // int(row["epochs"]), updates)
    kept: Dict[int, Network] = {0: _copy(net)} if 0 in keep else {}

    def ended(reason: str, update: int) -> _Trained:
        lost = reason == "diverged"
        solved_at = stopping.solved_at if not lost or np.isnan(stopping.solved_at) else -1.0
        return _Trained(step, loss, net, update if lost else -1, Stop(reason, update, solved_at),
                        stopping.checks, kept)

    if not np.isfinite(loss[0]):
        return ended("diverged", 0)
    optimiser = Optimiser(row, net, updates)
    for update, sequences in enumerate(batches, 1):
        batch = train.pick(sequences)
        optimiser.look_ahead()
        gradient = _gradient(net, batch, squared, disturbance)
        stopping.watch(net, batch)
        before = _loss(net, batch, squared) if row["recorded_loss"] == "before" else None
        optimiser.step(gradient)
        now = _loss(net, batch, squared) if before is None else before
        looked_at = update % interval == 0 or update == updates  # as the program looks at losses
        if not (_is_finite(net) and _is_finite(gradient) and (np.isfinite(now) or not looked_at)):
            return ended("diverged", update)
        if update % interval == 0:
            loss[update // interval] = now
        if update in keep:
            kept[update] = _copy(net)
        reason = stopping.reason(net, update)
        if reason is not None and not np.isfinite(now):
            reason = "diverged"
        if reason is not None or update == until:
            return ended(reason or "rung", update)
        _disturb(net, disturbance)
    return ended("end", updates)


def _copy(net: Network) -> Network:
    return Network({name: value.copy() for name, value in net.items()}, net.cell, net.leak)


def _is_finite(tensors: Dict[str, Array]) -> bool:
    return all(bool(np.all(np.isfinite(value))) for value in tensors.values())


def _disturb(net: Dict[str, Array], disturbance: Optional[np.random.RandomState]) -> None:
    if disturbance is None:
        return
    for name in net:
        up = disturbance.randint(0, 2, net[name].shape).astype(bool)
        infinity = net[name].dtype.type(np.inf)
        net[name] = np.nextafter(net[name], np.where(up, infinity, -infinity))


def _disturb_kept(kept: Kept, disturbance: Optional[np.random.RandomState]) -> Kept:
    """Towards 0, so that what is 0 or at most 1 stays so."""
    if disturbance is None:
        return kept
    return tuple(np.where(disturbance.randint(0, 2, value.shape).astype(bool),
                          np.nextafter(value, value.dtype.type(0)), value) for value in kept)


def _loss(net: Network, batch: Samples, squared: bool) -> float:
    return mean_loss(forward(net, batch.inputs)[1], batch, squared)


def _gradient(net: Network, batch: Samples, squared: bool,
              disturbance: Optional[np.random.RandomState]) -> Dict[str, Array]:
    """Backpropagation through time; d_ stands for the derivative of the loss by."""
    cell, leak = cell_of(net)
    x = batch.inputs
    samples, steps, _ = x.shape
    s, c, kept, z = walk(net, x)
    d_z = loss_slopes(z, batch, squared)
    d_x = np.empty((samples, steps, *net["b_in"].shape), x.dtype)
    d_r = np.empty_like(d_x)
    d_s, d_c = np.zeros_like(s[:, 0]), np.zeros_like(s[:, 0])
    recurrent = net["W_rec"].reshape(net["S0"].size, -1)
    for k in reversed(range(steps)):
        d_x[:, k], d_r[:, k], d_s, d_c = cell_backward(
            cell, leak, _disturb_kept(kept[k], disturbance), s[:, k], c[:, k],
            d_s + d_z[:, k] @ net["W_out"].T, d_c)
        d_s = d_s + d_r[:, k].reshape(samples, -1) @ recurrent.T
    gradient = {
        "S0": d_s.sum(axis=0),
        "W_in": np.tensordot(x, d_x, axes=((0, 1), (0, 1))),
        "b_in": d_x.sum(axis=(0, 1)),
        "W_rec": np.tensordot(s[:, :-1], d_r, axes=((0, 1), (0, 1))),
        "b_rec": d_r.sum(axis=(0, 1)),
        "W_out": np.tensordot(s[:, 1:], d_z, axes=((0, 1), (0, 1))),
        "b_out": d_z.sum(axis=(0, 1)),
    }
    if "C0" in net:
        gradient["C0"] = d_c.sum(axis=0)
    return gradient


def _test(net: Network, draws: _Draws) -> Tuple[float, float, float]:
    """On the test set, shares of right outputs and of wholly right sequences, and the loss."""
    test = draws.test.rounded(net["S0"].dtype)
    _, z = forward(net, test.inputs)
    return (*right(z, test), mean_loss(z, test, draws.squared))
