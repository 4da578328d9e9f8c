"""The automaton that a network on symbols is: its states, merged by distance, and then minimised.

A network that reads symbols goes from state to state; where these lie in a few clouds, the clouds are
the states of a finite automaton. It is found from the first state on: each symbol leads from the middle
of a cloud, its first state, to a state that belongs to a cloud that is near, or begins one (after Giles
et al. 1992, Weiss et al. 2018). Merged too coarsely, the automaton says other things than the network; so
it is held against the network's own answers, and the largest distance that agrees is taken.

What a network would say before the first symbol was never asked, so the answer of the first state is
free where nothing leads back to it.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from .cells import Array
from .fixed_points import Map
from .network import Weights

FREE = -1  # the answer of a first state to which nothing leads back
STATES_MOST = 1000
DISTANCES = tuple(2.0**-k for k in range(0, 13))  # of the largest distance between two states
EXHAUSTIVE = 2000  # strings of each length up to which all are asked
SHORT, LONG = 12, 60  # lengths of strings that are asked


@dataclass(frozen=True)
class Automaton:
    """A complete deterministic automaton; state 0 is the first.

    goes      [S,A]: the state after each symbol
    answers   [S]: the class that is said in each state; FREE of a first state that is never come back to
    """

    goes: Array
    answers: Array

    def __len__(self) -> int:
        return len(self.goes)

    def walk(self, symbols: Sequence[int]) -> List[int]:
        """The states after each symbol."""
        state, seen = 0, []
        for symbol in symbols:
            state = int(self.goes[state, symbol])
            seen.append(state)
        return seen

    def answer(self, symbols: Sequence[int]) -> int:
        """What it says after the string."""
        return int(self.answers[([0] + self.walk(symbols))[-1]])

    def minimal(self) -> "Automaton":
        """The smallest automaton that says the same after every string but the empty one, its states
        numbered as they are first reached. Two automata that say the same have equal ones."""
        # A first state of its own, to which nothing leads back
        begun = Automaton(np.concatenate([self.goes[:1], self.goes]) + 1,
                          np.concatenate([[FREE], self.answers]))
        goes, answers = begun._reachable()
        classes = _equivalent(goes, answers)
        count = int(classes.max()) + 1
        merged = np.zeros((count, goes.shape[1]), int)
        said = np.full(count, FREE)
        for state in range(len(goes)):
            merged[classes[state]] = classes[goes[state]]
            if answers[state] != FREE:
                said[classes[state]] = answers[state]
        first = int(classes[0])
        order = [first, *(state for state in range(count) if state != first)]
        place = np.argsort(order)
        numbered = Automaton(place[merged[order]], said[order])
        return Automaton(*numbered._reachable())

    def _reachable(self) -> Tuple[Array, Array]:
        """Tables of the states that can be reached, in the order in which they are."""
        order, place = [0], {0: 0}
        for state in order:
            for after in self.goes[state]:
                if int(after) not in place:
                    place[int(after)] = len(order)
                    order.append(int(after))
        goes = np.array([[place[int(after)] for after in self.goes[state]] for state in order])
        return goes, np.asarray(self.answers)[order]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Automaton) and np.array_equal(self.goes, other.goes) \
            and np.array_equal(self.answers, other.answers)


def _equivalent(goes: Array, answers: Array) -> Array:
    """[S]: the class of each state (Moore 1956). State 0, to which nothing leads, may join any class
    whose symbols lead where its own lead; of several, that of the smallest answer."""
    classes = np.unique(answers, return_inverse=True)[1]
    while True:
        key = np.concatenate([classes[:, None], classes[goes]], axis=1)
        finer = np.unique(key, axis=0, return_inverse=True)[1].reshape(-1)
        if finer.max() == classes.max():
            break
        classes = finer
    alike = 1 + np.flatnonzero((classes[goes[1:]] == classes[goes[0]]).all(axis=1))
    if len(alike):
        classes[0] = classes[alike[answers[alike].argmin()]]
    return np.unique(classes, return_inverse=True)[1].reshape(-1)


@dataclass(frozen=True)
class Extracted:
    """What was found in a network.

    automaton   before it was minimised: a state for each cloud
    minimal     the smallest that says the same
    middles     [S,D]: what the network carries in each state of `automaton`
    distance    below which states were merged, as a share of the largest between two
    agreement   share of the asked strings to which it says what the network says
    asked       how many strings were asked
    """

    automaton: Automaton
    minimal: Automaton
    middles: Array
    distance: float
    agreement: float
    asked: int


def extract_automaton(
    weights: Weights, *, inputs: Any = None, bits: Optional[bool] = None,
    distance: Optional[float] = None, strings: Optional[List[Any]] = None,
    states_most: int = STATES_MOST, seed: int = 0,
) -> Extracted:
    """The automaton of a network that reads symbols.

    weights      `results.network(run)`
    inputs       [A,I], what the network reads for each symbol; without it, one of its inputs is 1, or
                 a single input 0 or 1
    bits         whether outputs are bits, so that an answer is a number whose binary digits they are,
                 the first the least; else the largest output is the class. Without it, bits where
                 there is one output
    distance     below which states are one, as a share of the largest distance between states of the
                 strings; without it, the largest of 1, 1/2, 1/4, ... with which the automaton says
                 what the network says to every string, or, if there is none, the one that agrees most
    strings      lists of symbols that are asked; without them, all of each length up to 12 while there
                 are at most 2000, else 2000 random ones, and 2000 of lengths up to 60
    states_most  more clouds than that are no finite automaton
    seed         of the random strings

    ValueError when there is none with so few states.
    """
    network = _Reader(weights, inputs, bits)
    if strings is None:
        strings = asked_strings(len(network.maps), seed)
    seen, said = network.read(strings)
    spread = float(np.linalg.norm(np.ptp(seen, axis=0)))
    if spread == 0:
        spread = 1.0
    best: Optional[Extracted] = None
    for share in DISTANCES if distance is None else (distance,):
        found = _merge(network, share * spread, states_most)
        if found is None:  # smaller distances give more
            break
        automaton, middles = found
        right = [automaton.answer(string) == answer for string, answer in zip(strings, said)]
        agreement = float(np.mean(right))
        if best is None or agreement > best.agreement:
            best = Extracted(automaton, automaton.minimal(), middles, share, agreement, len(said))
        if agreement == 1:
            break
    if best is None:
        raise ValueError(f"the network's states are more than {states_most} clouds: it is no finite "
                         "automaton at this distance")
    return best


def asked_strings(symbols: int, seed: int = 0) -> List[Array]:
    """The strings that `extract_automaton` asks, none empty."""
    stream = np.random.RandomState(seed)
    found: List[Array] = []
    for length in range(1, SHORT + 1):
        if symbols**length <= EXHAUSTIVE:
            codes = np.arange(symbols**length)
            digits = codes[:, None] // symbols**np.arange(length)[::-1] % symbols
            found += list(digits)
        else:
            found += list(stream.randint(0, symbols, (EXHAUSTIVE, length)))
    return found + [stream.randint(0, symbols, length)
                    for length in stream.randint(SHORT + 1, LONG + 1, EXHAUSTIVE)]


class _Reader:
    """A network with a map for each symbol, and what it says."""

    def __init__(self, weights: Weights, inputs: Any, bits: Optional[bool]) -> None:
        count, outputs = weights["W_in"].shape[0], weights["W_out"].shape[1]
        if inputs is None:
            inputs = np.eye(count) if count > 1 else np.array([[0.0], [1.0]])
        self.maps = [Map(weights, symbol) for symbol in np.asarray(inputs, float)]
        self.bits = outputs == 1 if bits is None else bits
        self._states = weights["S0"].size
        self._w_out = np.asarray(weights["W_out"], float)
        self._b_out = np.asarray(weights["b_out"], float)
        carried = [np.asarray(weights[name], float) for name in ("S0", "C0") if name in weights]
        self.first = np.concatenate(carried)

    def answers(self, y: Array) -> Array:
        """What it says in each of y [N,D]."""
        z = y[:, :self._states] @ self._w_out + self._b_out
        if self.bits:
            return np.asarray((z > 0) @ (1 << np.arange(z.shape[1])))
        return np.asarray(z.argmax(axis=1))

    def read(self, strings: List[Any]) -> Tuple[Array, Array]:
        """The states after all strings, and what it says there."""
        y = np.tile(self.first, (len(strings), 1))
        lengths = np.array([len(string) for string in strings])
        padded = np.full((len(strings), int(lengths.max())), -1)
        for n, string in enumerate(strings):
            padded[n, :len(string)] = string
        for symbols in padded.T:
            for symbol, step in enumerate(self.maps):
                rows = symbols == symbol
                if rows.any():
                    y[rows] = step.step(y[rows])
        return y, self.answers(y)


def _merge(network: _Reader, distance: float, most: int) -> Optional[Tuple[Automaton, Array]]:
    """The automaton of clouds, and their middles; None when there are too many. States of one cloud
    say the same."""
    middles, answers = [network.first], [FREE]
    goes: List[List[int]] = []
    while len(goes) < len(middles):
        if len(middles) > most:
            return None
        after = np.concatenate([step.step(middles[len(goes)][None]) for step in network.maps])
        said = network.answers(after)
        goes.append([_cloud(middles, answers, state, int(answer), distance)
                     for state, answer in zip(after, said)])
    if answers[0] == FREE:
        answers[0] = int(network.answers(network.first[None])[0])
    return Automaton(np.array(goes), np.array(answers)), np.array(middles)


def _cloud(middles: List[Array], answers: List[int], state: Array, said: int, distance: float
           ) -> int:
    """Number of the nearest cloud that says the same, or of a new one."""
    apart = np.linalg.norm(np.array(middles) - state, axis=1)
    apart[[answer not in (said, FREE) for answer in answers]] = np.inf
    nearest = int(apart.argmin())
    if apart[nearest] < distance:
        answers[nearest] = said
        return nearest
    middles.append(state)
    answers.append(said)
    return len(middles) - 1
