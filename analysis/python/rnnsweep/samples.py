"""The sequences that runs train and are tested on, as arrays of numbers, and how a run goes through
them.

Index letters: N sequences, T steps, I inputs, O outputs.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import netCDF4
import numpy as np

from .cells import Array
from .network import encode_inputs, to_bits
from .tasks import TASKS, Sequence, dense, draw_length, draw_sequence

_LINE = re.compile(r"name=(?P<name>\S+) hash=(?P<hash>\S+) inputs=(?P<inputs>\d+) (?P<given>\w+) "
                   r"outputs=(?P<outputs>\d+) (?P<kind>\w+) .*train=(?P<train>\d+)x(?P<steps>\d+) "
                   r"test=(?P<test>\d+)x\d+ (validation=\d+x\d+ )?path=(?P<path>.*)")


@dataclass(frozen=True)
class Samples:
    """inputs [N,T,I], targets [N,T,O] (of classes 1 at the class, else 0), weights [N,T], 0 where a
    step does not count, and lengths [N]. kind: bits, classes or reals."""

    inputs: Array
    targets: Array
    weights: Array
    lengths: Array
    kind: str
    tolerance: float = 0.5
    by_sign: bool = False  # a sequence is right when its last counted output has the right sign

    def __len__(self) -> int:
        return len(self.inputs)

    def pick(self, sequences: Any) -> "Samples":
        """Some of the sequences."""
        return Samples(self.inputs[sequences], self.targets[sequences], self.weights[sequences],
                       self.lengths[sequences], self.kind, self.tolerance, self.by_sign)

    def rounded(self, dtype: Any) -> "Samples":
        """With all numbers in a precision."""
        return Samples(self.inputs.astype(dtype), self.targets.astype(dtype),
                       self.weights.astype(dtype), self.lengths, self.kind, self.tolerance,
                       self.by_sign)

    def last_only(self) -> "Samples":
        """Of each sequence, only its last step counts, with its weight."""
        is_last = np.arange(self.weights.shape[1]) == self.lengths[:, None] - 1
        return Samples(self.inputs, self.targets, np.where(is_last, self.weights, 0), self.lengths,
                       self.kind, self.tolerance, self.by_sign)


def additions(a: Array, b: Array, bits: int) -> Samples:
    """The sequences of pairs of numbers."""
    return Samples(encode_inputs(a, b, bits, float), to_bits(a + b, bits)[..., None].astype(float),
                   np.ones((len(a), bits)), np.full(len(a), bits), "bits")


# ---- Built-in tasks ------------------------------------------------------------------------------


def draw_task(row: Dict[str, Any], count: int, stream: np.random.RandomState, alike: int = 1
              ) -> Samples:
    """The next `count` sequences of a run's task; `alike` of them each have one length."""
    sequences: List[Sequence] = []
    for n in range(count):
        if n % alike == 0:
            length = draw_length(row, stream)
        sequences.append(draw_sequence(row, stream, length))
    return task_samples(row, sequences)


def task_samples(row: Dict[str, Any], sequences: List[Sequence]) -> Samples:
    task = TASKS[row["task"]]
    return Samples(*dense(row, sequences), task.kind, task.tolerance, task.by_sign)


# ---- Data files ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class DataFile:
    """What a results file says of a data file: name, hash, path, inputs I, outputs O, kind of
    targets, and whether the inputs are symbols."""

    name: str
    hash: str
    path: str
    inputs: int
    outputs: int
    kind: str
    symbols: bool = False


def data_files(attributes: Dict[str, Any]) -> Dict[str, DataFile]:
    """The data files of a results file with these attributes, by name."""
    found: Dict[str, DataFile] = {}
    for line in str(attributes.get("rnnsweep_data", "")).splitlines():
        told = _LINE.fullmatch(line)
        if told is not None:
            found[told["name"]] = DataFile(told["name"], told["hash"], told["path"],
                                           int(told["inputs"]), int(told["outputs"]), told["kind"],
                                           told["given"] == "symbols")
    return found


def read_set(file: DataFile, name: str, count: Optional[int], path: Optional[Any] = None
             ) -> Samples:
    """The first `count` sequences, or all, of a set of a data file, from its recorded path or another
    one. FileNotFoundError; ValueError when it is not the file that the results are of, as far as
    its extents show."""
    where = Path(path if path is not None else file.path)
    if not where.is_file():
        raise FileNotFoundError(f"{where}: the data file of task {file.name} is not there; give its "
                                "path")
    with netCDF4.Dataset(where) as root:
        root.set_auto_maskandscale(False)
        if name not in root.groups:
            raise ValueError(f"{where}: has no set /{name}; it has {', '.join(root.groups)}")
        group = root[name]
        made = {part: np.asarray(group[part][:count]) for part in group.variables}
        tolerance = float(getattr(group["targets"], "tolerance", 0.5))
    if count is not None and len(made["inputs"]) < count:
        raise ValueError(f"{where}: /{name} has {len(made['inputs'])} sequences, not {count}: it is "
                         "not the file of these results")
    return _dense(file, made, tolerance, f"{where}: /{name}")


def _dense(file: DataFile, made: Dict[str, Array], tolerance: float, where: str) -> Samples:
    x, t = made["inputs"], made["targets"]
    count, steps = x.shape[:2]
    lengths = np.asarray(made.get("lengths", np.full(count, steps)), np.int64)
    inside = np.arange(steps) < lengths[:, None]
    weights = np.where(inside, made.get("weights", np.ones((count, steps))), 0).astype(float)
    if x.ndim == 2:
        x = _one_hot(np.where(inside, x, 0), file.inputs)
    if file.kind == "last_classes":
        t = np.repeat(t[:, None], steps, axis=1)
    if "classes" in file.kind:
        t = _one_hot(np.where(weights > 0, t, 0), file.outputs)
    if x.shape[2] != file.inputs or t.shape[2] != file.outputs:
        raise ValueError(f"{where} has {x.shape[2]} inputs and {t.shape[2]} outputs, not "
                         f"{file.inputs} and {file.outputs}: it is not the file of these results")
    x = np.where(inside[..., None], x, 0).astype(float)
    t = np.where((weights > 0)[..., None], t, 0).astype(float)
    kind = "classes" if "classes" in file.kind else file.kind
    samples = Samples(x, t, weights, lengths, kind, tolerance)
    return samples.last_only() if file.kind == "last_classes" else samples


def _one_hot(numbers: Array, count: int) -> Array:
    hot: Array = (numbers[..., None] == np.arange(max(count, int(numbers.max()) + 1))).astype(float)
    return hot


# ---- Order ---------------------------------------------------------------------------------------


def minibatches(row: Dict[str, Any], lengths: Array) -> List[Array]:
    """The sequences of each update of a run, for training sequences of these lengths."""
    if row["fresh_data"]:
        return list(np.arange(len(lengths)).reshape(-1, int(row["batch_size"])))
    return [batch for epoch in _epochs(row, lengths) for batch in epoch]


def _epochs(row: Dict[str, Any], lengths: Array) -> Iterator[List[Array]]:
    size = int(row["batch_size"])
    used = _part(row, lengths)
    shuffles = np.random.RandomState([int(row["seed"]), 1])
    for _ in range(int(row["epochs"])):
        order = used[shuffles.permutation(len(used))] if row["shuffle"] else used
        if row["batching"] == "by_length" and not _is_drawn_by_length(row):
            groups = [order[lengths[order] == length] for length in np.unique(lengths[order])]
            yield [group[at:at + size] for group in groups for at in range(0, len(group), size)]
        else:
            stride = 1 if row["batching"] == "sliding" else size
            yield [order[k * stride:k * stride + size] for k in range(len(used) // size)]


def _is_drawn_by_length(row: Dict[str, Any]) -> bool:
    """Whether the sequences of each minibatch were drawn with one length."""
    return row["task"] in TASKS and not row["all_sequences"]


def _part(row: Dict[str, Any], lengths: Array) -> Array:
    """train_fraction: of each length, ascending, a random part of its sequences."""
    fraction = float(row["train_fraction"])
    if fraction == 1:
        return np.arange(len(lengths))
    seed = int(row["data_seed"] if row["data_seed"] >= 0 else row["seed"])
    stream = np.random.RandomState([seed, 4])
    chosen: List[int] = []
    for length in np.unique(lengths):
        members = np.flatnonzero(lengths == length)
        count = min(int(np.ceil(fraction * len(members) * (1 - 1e-12))), len(members))
        chosen += list(members[stream.permutation(len(members))[:count]])
    return np.sort(np.array(chosen))
