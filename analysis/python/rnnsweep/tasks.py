"""The built-in tasks in NumPy: how the sequences of a run are drawn, as docs/tasks.md states it.

Index letters: N sequences, T steps, I inputs, O outputs. A row is one of `Results.runs`.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

import numpy as np

from .cells import Array

Row = Mapping[str, Any]
# Inputs: symbols [T], or numbers [T,I]; targets: classes [T], or bits or numbers [T,O]; weights [T].
Sequence = Tuple[Array, Array, Array]
DRAWS_MOST = 1000  # strings until one is of the wanted class


@dataclass(frozen=True)
class Task:
    """kind: of the targets; letters: how a symbol is written, None for its number."""

    kind: str
    extents: Callable[[Row], Tuple[int, int]]
    draw: Callable[[Row, int, np.random.RandomState], Tuple[Array, Array]]
    symbols: bool = False
    last: bool = False
    tolerance: float = 0.5
    by_sign: bool = False
    step: int = 1
    letters: Optional[Callable[[Row, int], str]] = None
    second_half: bool = False  # which alone counts


def input_names(row: Row) -> List[str]:
    """What the inputs of a task are called: its symbols, or the names of its channels."""
    task, (inputs, _) = TASKS[row["task"]], TASKS[row["task"]].extents(row)
    if row["task"] in NAMED:
        return list(NAMED[row["task"]])
    if task.symbols:
        return [task.letters(row, i) if task.letters else str(i) for i in range(inputs)]
    return ["input"] if inputs == 1 else [f"input {i + 1}" for i in range(inputs)]


def output_names(row: Row) -> List[str]:
    """What the outputs of a task are called: its classes, or what a bit or number stands for."""
    task, (inputs, outputs) = TASKS[row["task"]], TASKS[row["task"]].extents(row)
    if task.kind == "bits" and task.symbols:
        return [*input_names(row), "end"]
    if task.kind == "classes":
        return [str(o) for o in range(outputs)]
    return ["output"] if outputs == 1 else [f"output {o + 1}" for o in range(outputs)]


def reads_last(row: Row) -> bool:
    """Whether only the last step of each sequence counts."""
    return bool(row["readout"] == "last" or (row["readout"] == "task" and TASKS[row["task"]].last))


def draw_sequence(row: Row, stream: np.random.RandomState, length: Optional[int] = None
                  ) -> Sequence:
    """The next sequence of a stream, of a length of its own or a given one. Weights are 0 where a
    step does not count."""
    task = TASKS[row["task"]]
    if length is None:
        length = draw_length(row, stream)
    x, t = task.draw(row, length, stream)
    w = np.ones(len(x))
    if task.second_half:
        w[:len(w) // 2] = 0
    if reads_last(row):
        w[:-1] = 0
    return x, t, w


def draw_length(row: Row, stream: np.random.RandomState) -> int:
    shortest, longest = int(row["shortest_length"]), int(row["sequence_length"])
    step = TASKS[row["task"]].step
    if row["task"] == "counting":
        return _draw_count(row, stream)
    if shortest < 0:
        return longest
    return int(step * stream.randint((shortest + step - 1) // step, longest // step + 1))


def every_sequence(row: Row) -> List[Sequence]:
    """The training set of `all_sequences`: shorter strings first, those of a length in the order of
    counting, as many as train_samples."""
    shortest, longest = int(row["shortest_length"]), int(row["sequence_length"])
    found: List[Sequence] = []
    for length in range(shortest if shortest > 0 else longest, longest + 1):
        for code in range(min(2 ** length, int(row["train_samples"]) - len(found))):
            x = code >> np.arange(length)[::-1] & 1
            w = np.ones(length)
            if reads_last(row):
                w[:-1] = 0
            found.append((x, _ANSWERS[row["task"]](x), w))
    return found


def dense(row: Row, sequences: List[Sequence]) -> Tuple[Array, Array, Array, Array]:
    """Inputs [N,T,I], targets [N,T,O], weights [N,T] and lengths [N]; symbols and classes are 1 at
    their place, and what is past a sequence's end is 0."""
    task, (inputs, outputs) = TASKS[row["task"]], TASKS[row["task"]].extents(row)
    lengths = np.array([len(x) for x, _, _ in sequences])
    steps = int(row["sequence_length"])
    x = np.zeros((len(sequences), steps, inputs))
    t = np.zeros((len(sequences), steps, outputs))
    w = np.zeros((len(sequences), steps))
    for n, (given, wanted, weights) in enumerate(sequences):
        if task.symbols:
            x[n, np.arange(len(given)), given] = 1
        else:
            x[n, :len(given)] = np.reshape(given, (len(given), inputs))
        if task.kind == "classes":
            t[n, np.arange(len(given)), wanted] = 1
        else:
            t[n, :len(given)] = np.reshape(wanted, (len(given), outputs))
        w[n, :len(given)] = weights
    return x, t, w, lengths


# ---- The tasks -----------------------------------------------------------------------------------


def _bits(row: Row, length: int, stream: np.random.RandomState) -> Tuple[Array, Array]:
    x = stream.randint(0, 2, length)
    return x, _ANSWERS[row["task"]](x)


_ANSWERS: Dict[str, Callable[[Array], Array]] = {
    "parity": lambda x: np.asarray(np.cumsum(x) % 2),
    "even_pairs": lambda x: np.asarray((x == x[0]) * 1),
}


def _cycle_navigation(row: Row, length: int, stream: np.random.RandomState) -> Tuple[Array, Array]:
    x = stream.randint(0, 3, length)
    return x, np.cumsum(np.array([0, 1, -1])[x]) % 5


def _modular_sum(row: Row, length: int, stream: np.random.RandomState) -> Tuple[Array, Array]:
    x = stream.randint(0, int(row["modulus"]), length)
    return x, np.cumsum(x) % int(row["modulus"])


def _reverse(row: Row, length: int, stream: np.random.RandomState) -> Tuple[Array, Array]:
    bits = stream.randint(0, 2, length // 2)
    return (np.concatenate([bits, np.full(length // 2, 2)]),
            np.concatenate([0 * bits, bits[::-1]]))


def _duplicate(row: Row, length: int, stream: np.random.RandomState) -> Tuple[Array, Array]:
    bits = stream.randint(0, 2, length // 2)
    return np.concatenate([bits, np.full(length // 2, 2)]), np.concatenate([0 * bits, bits])


def _copy_memory(row: Row, length: int, stream: np.random.RandomState) -> Tuple[Array, Array]:
    delay, symbols = int(row["delay"]), stream.randint(1, 9, 10)
    blanks = np.zeros(delay - 1, int)
    return (np.concatenate([symbols, blanks, [9], np.zeros(10, int)]),
            np.concatenate([np.zeros(delay + 10, int), symbols]))


def _adding(row: Row, length: int, stream: np.random.RandomState) -> Tuple[Array, Array]:
    x = np.stack([stream.random_sample(length), np.zeros(length)], axis=1)
    x[stream.randint(0, length // 2), 1] = 1
    x[stream.randint(length // 2, length), 1] = 1
    return x, np.cumsum(x[:, 0] * x[:, 1])[:, None]


def _flip_flop(row: Row, length: int, stream: np.random.RandomState) -> Tuple[Array, Array]:
    u = stream.randint(0, 2 ** 32, (length, int(row["channels"]))) / 2 ** 32
    p = np.where(np.arange(length) == 0, 1, float(row["pulse_probability"]))[:, None]
    x = np.where(u < p / 2, -1.0, np.where(u < p, 1.0, 0.0))
    last = np.maximum.accumulate(np.where(x != 0, np.arange(length)[:, None], 0))
    return x, np.take_along_axis(x, last, axis=0)


# Next states for 0 and for 1, from state 0 on, and which of them accept.
_GRAMMARS = {
    1: ([(1, 0), (1, 1)], [1, 0]),
    2: ([(2, 1), (0, 2), (2, 2)], [1, 0, 0]),
    3: ([(0, 1), (2, 0), (3, 4), (2, 3), (4, 4)], [1, 1, 0, 1, 0]),
    4: ([(1, 0), (2, 0), (3, 0), (3, 3)], [1, 1, 1, 0]),
    5: ([(1, 2), (0, 3), (3, 0), (2, 1)], [1, 0, 0, 0]),
    6: ([(1, 2), (2, 0), (0, 1)], [1, 0, 0]),
    7: ([(0, 1), (2, 1), (2, 3), (4, 3), (4, 4)], [1, 1, 1, 1, 0]),
}


def _tomita(row: Row, length: int, stream: np.random.RandomState) -> Tuple[Array, Array]:
    after, accepts = _GRAMMARS[int(row["grammar"])]
    wanted = stream.randint(0, 2)
    for _ in range(DRAWS_MOST):
        x = stream.randint(0, 2, length)
        state, t = 0, np.zeros(length, int)
        for k, symbol in enumerate(x):
            state = after[state][symbol]
            t[k] = accepts[state]
        if t[-1] == wanted:
            break
    return x, t


def _draw_count(row: Row, stream: np.random.RandomState) -> int:
    letters = int(row["letters"])
    most = int(row["sequence_length"]) // letters - 1
    k = np.arange(most)
    ratio = ((most - k) * (k + row["count_alpha"]) /
             ((k + 1) * (most - 1 - k + row["count_beta"])))
    law = np.cumsum(np.cumprod(np.concatenate([[1.0], ratio])))
    return letters * (1 + int(np.searchsorted(law, stream.random_sample() * law[-1], "right")))


def _counting(row: Row, length: int, stream: np.random.RandomState) -> Tuple[Array, Array]:
    letters = int(row["letters"])
    n, t = length // letters, np.zeros((length, letters + 1), int)
    t[:n, 0] = t[:n, 1] = 1
    t[np.arange(n, length), (np.arange(n, length) + 1) // n] = 1
    return np.repeat(np.arange(letters), n), t


def _dyck(row: Row, length: int, stream: np.random.RandomState) -> Tuple[Array, Array]:
    pairs = int(row["pairs"])
    x: Array = np.zeros(length, int)
    opened: List[int] = []
    t = np.zeros((length, 2 * pairs + 1), int)
    for k in range(length):
        if not opened or (len(opened) < length - k and stream.randint(0, 2) == 1):
            x[k] = stream.randint(0, pairs)
            opened.append(int(x[k]))
        else:
            x[k] = pairs + opened.pop()
        t[k, :pairs] = t[k, pairs + opened[-1] if opened else 2 * pairs] = 1
    return x, t


def _context_integration(row: Row, length: int, stream: np.random.RandomState
                         ) -> Tuple[Array, Array]:
    coherence = np.array([-0.2, -0.1, -0.05, 0.05, 0.1, 0.2])[stream.randint(0, 6, 2)]
    context = stream.randint(0, 2)
    noise = float(row["input_noise"]) * stream.standard_normal((length, 2))
    x = np.concatenate([coherence + noise, np.tile(np.eye(2)[context], (length, 1))], axis=1)
    return x, np.full((length, 1), np.sign(coherence[context]))


def _letters_of_dyck(row: Row, symbol: int) -> str:
    pairs = int(row["pairs"])
    return "([{<ABCD"[symbol] if symbol < pairs else ")]}>abcd"[symbol - pairs]


NAMED = {"adding": ("value", "marker"),
         "context_integration": ("stream 1", "stream 2", "ask for 1", "ask for 2")}

TASKS: Dict[str, Task] = {
    "parity": Task("bits", lambda row: (1, 1), _bits),
    "even_pairs": Task("classes", lambda row: (2, 2), _bits, symbols=True, last=True,
                       letters=lambda row, i: "ab"[i]),
    "cycle_navigation": Task("classes", lambda row: (3, 5), _cycle_navigation, symbols=True,
                             last=True, letters=lambda row, i: "0+\u2212"[i]),
    "modular_sum": Task("classes", lambda row: (int(row["modulus"]), int(row["modulus"])),
                        _modular_sum, symbols=True),
    "reverse": Task("classes", lambda row: (3, 2), _reverse, symbols=True, step=2,
                    letters=lambda row, i: "01_"[i], second_half=True),
    "duplicate": Task("classes", lambda row: (3, 2), _duplicate, symbols=True, step=2,
                      letters=lambda row, i: "01_"[i], second_half=True),
    "copy_memory": Task("classes", lambda row: (10, 10), _copy_memory, symbols=True),
    "adding": Task("reals", lambda row: (2, 1), _adding, last=True, tolerance=0.04),
    "flip_flop": Task("reals", lambda row: (int(row["channels"]), int(row["channels"])), _flip_flop),
    "tomita": Task("classes", lambda row: (2, 2), _tomita, symbols=True, last=True),
    "counting": Task("bits", lambda row: (int(row["letters"]), int(row["letters"]) + 1), _counting,
                     symbols=True, letters=lambda row, i: "abcd"[i]),
    "dyck": Task("bits", lambda row: (2 * int(row["pairs"]), 2 * int(row["pairs"]) + 1), _dyck,
                 symbols=True, step=2, letters=_letters_of_dyck),
    "context_integration": Task("reals", lambda row: (4, 1), _context_integration, last=True,
                                by_sign=True),
}
