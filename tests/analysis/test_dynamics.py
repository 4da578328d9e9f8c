"""Principal components, fixed points and automata, on networks whose answer is known by construction,
and automata of trained networks against the grammars that they have learnt."""
import itertools
import re
import unittest

import numpy as np
import xarray as xr
from scipy.optimize import brentq

from sweeps import FolderTest, rnnsweep
import program
from rnnsweep import figures
from rnnsweep.automata import FREE, Automaton, asked_strings, extract_automaton
from rnnsweep.cells import GATES, Network
from rnnsweep.fixed_points import Map, fixed_points, starts_of
from rnnsweep.principal import component_table, components


def random_network(cell, states, inputs, outputs, seed, scale=0.6, leak=1.0):
    stream = np.random.RandomState(seed)
    gates = () if GATES[cell] == 1 else (GATES[cell],)
    shapes = {"S0": (states,), "W_in": (inputs, *gates, states), "b_in": (*gates, states),
              "W_rec": (states, *gates, states), "b_rec": (*gates, states),
              "W_out": (states, outputs), "b_out": (outputs,)}
    if cell == "lstm":
        shapes["C0"] = (states,)
    return Network({name: stream.normal(0, scale, shape) for name, shape in shapes.items()}, cell,
                   leak)


def diagonal(slopes):
    """States that do not know of each other: s' = tanh(w s)."""
    count = len(slopes)
    return Network({"S0": np.zeros(count), "W_in": np.ones((1, count)), "b_in": np.zeros(count),
                    "W_rec": np.diag(slopes).astype(float), "b_rec": np.zeros(count),
                    "W_out": np.eye(count), "b_out": np.zeros(count)}, "tanh")


class Points(unittest.TestCase):
    def test_jacobian_is_that_of_differences(self):
        for cell in GATES:
            for leak in (1.0, 0.3) if cell in ("tanh", "relu") else (1.0,):
                network = random_network(cell, 4, 2, 1, 7, leak=leak)
                step = Map(network, [0.3, -0.8])
                y = np.random.RandomState(1).normal(size=(5, step.carried))
                after, slope = step.jacobian(y)
                np.testing.assert_array_equal(after, step.step(y))
                for j in range(step.carried):
                    h = 1e-6 * np.eye(step.carried)[j]
                    expected = (step.step(y + h) - step.step(y - h)) / 2e-6
                    np.testing.assert_allclose(slope[..., j], expected, atol=2e-9)

    def test_step_is_that_of_the_network(self):
        for cell in GATES:
            network = random_network(cell, 3, 2, 1, 3)
            x = np.array([0.4, -1.0])
            s, c, _, _ = rnnsweep.network.walk(network, x[None, None])
            y = np.concatenate([network["S0"], network["C0"]]) if cell == "lstm" else network["S0"]
            expected = np.concatenate([s[0, 1], c[0, 1]]) if cell == "lstm" else s[0, 1]
            np.testing.assert_allclose(Map(network, x).step(y[None])[0], expected, rtol=1e-14)

    def test_two_bistable_states_have_nine_points(self):
        slopes = (2.0, 1.5)
        roots = [brentq(lambda s, w=w: np.tanh(w * s) - s, 0.1, 1) for w in slopes]
        starts = np.random.RandomState(0).uniform(-1, 1, (300, 2))
        found = fixed_points(diagonal(slopes), starts)
        expected = {tuple(np.round([i * roots[0], j * roots[1]], 6)): (i, j)
                    for i in (-1, 0, 1) for j in (-1, 0, 1)}
        self.assertEqual({tuple(np.round(point, 6) + 0.0) for point in found.points},
                         {tuple(np.array(point) + 0.0) for point in expected})
        for point, values, stable, outside in zip(found.points, found.eigenvalues, found.stable,
                                                  found.unstable_directions):
            i, j = expected[tuple(np.round(point, 6) + 0.0)]
            slope = [w * (1 - s**2) for w, s in zip(slopes, point)]
            np.testing.assert_allclose(sorted(np.abs(values)), sorted(slope), atol=1e-6)
            self.assertEqual(stable, bool(i and j))
            self.assertEqual(outside, (i == 0) + (j == 0))
        self.assertEqual(found.starts.sum() + found.lost, 600)
        self.assertTrue((found.distance < 1e-8).all())
        self.assertEqual(found.stable.tolist(), [True] * 4 + [False] * 5)

    def test_a_linear_map_has_one_point_under_its_input(self):
        """relu within its linear part: s = A s + B x + b."""
        stream = np.random.RandomState(5)
        network = random_network("relu", 4, 2, 1, 5)
        network["W_rec"] = np.abs(network["W_rec"]) / 4
        network["b_in"], network["b_rec"] = np.full(4, 1.0), np.full(4, 0.5)
        network["W_in"] = np.abs(network["W_in"])
        x = np.array([0.5, 0.25])
        found = fixed_points(network, stream.uniform(0, 3, (50, 4)), x)
        expected = np.linalg.solve((np.eye(4) - network["W_rec"]).T,
                                   x @ network["W_in"] + network["b_in"] + network["b_rec"])
        self.assertEqual(len(found), 1)
        np.testing.assert_allclose(found.points[0], expected, rtol=1e-7)
        np.testing.assert_allclose(
            np.sort(np.abs(found.eigenvalues[0])),
            np.sort(np.abs(np.linalg.eigvals(network["W_rec"]))), rtol=1e-9)
        self.assertEqual(found.inputs.tolist(), x.tolist())

    def test_a_rotation_has_complex_eigenvalues(self):
        angle, size = 0.7, 1.2
        network = diagonal((1, 1))
        network["W_rec"] = size * np.array([[np.cos(angle), np.sin(angle)],
                                            [-np.sin(angle), np.cos(angle)]])
        found = fixed_points(network, np.random.RandomState(0).normal(0, 0.2, (40, 2)))
        self.assertEqual(len(found), 1)
        np.testing.assert_allclose(np.abs(found.eigenvalues[0]), size, rtol=1e-9)
        np.testing.assert_allclose(np.sort(np.angle(found.eigenvalues[0])), [-angle, angle])
        self.assertFalse(found.stable[0])

    def test_a_latch_of_lstm_holds_its_memory(self):
        """f = 1/2, i g = g/2 of the state's sign: c' = c/2 + tanh(k h)/2, h' = tanh(c')."""
        zero = random_network("lstm", 1, 1, 1, 0, scale=0)
        zero["W_rec"][0, 2, 0] = 6  # gate g
        zero["b_in"][3] = 50  # o = 1
        found = fixed_points(zero, np.random.RandomState(0).uniform(-1, 1, (60, 2)))
        root = brentq(lambda c: np.tanh(6 * np.tanh(c)) - c, 0.5, 1.5)
        self.assertEqual(found.stable.tolist(), [True, True, False])
        np.testing.assert_allclose(np.sort(found.memories[:, 0]), [-root, 0, root], atol=1e-6)
        np.testing.assert_allclose(np.sort(found.points[:, 0]),
                                   [-np.tanh(root), 0, np.tanh(root)], atol=1e-6)

    def test_what_cannot_be_done(self):
        network = diagonal((2, 2))
        for starts, message in ((np.zeros((3, 5)), r"starts: are \[3, 5\], but the network has 2"),
                                (np.full((3, 2), np.nan), "starts: there are none")):
            with self.assertRaisesRegex(ValueError, message):
                fixed_points(network, starts)
        with self.assertRaisesRegex(ValueError, r"inputs: are \[3\], but the network reads 1"):
            fixed_points(network, np.zeros((3, 2)), np.zeros(3))

    def test_no_point(self):
        """relu that grows for ever."""
        network = diagonal((1.0,))
        network = Network({**network, "b_in": np.ones(1)}, "relu")
        found = fixed_points(network, np.linspace(0, 3, 7)[:, None])
        self.assertEqual((len(found), found.lost, found.stable.tolist()), (0, 14, []))

    def test_no_stable_point_is_missed(self):
        """Both attractors are found from starts that descend to the saddle alone."""
        network = diagonal((3.0,))
        starts = np.full((20, 1), 0.05) * np.tile([1, -1], 10)[:, None]
        self.assertEqual(fixed_points(network, starts, follow=0).stable.tolist(), [False])
        self.assertEqual(fixed_points(network, starts).stable.tolist(), [True, True, False])


class Principal(unittest.TestCase):
    def test_a_plane(self):
        stream = np.random.RandomState(2)
        axes = np.linalg.qr(stream.normal(size=(5, 5)))[0][:2]
        along = stream.normal(size=(40, 30, 2)) * [3, 1]
        states = along @ axes + np.arange(5)
        states[3, 20:] = np.nan
        found = components(np.concatenate([states, np.full((40, 30, 2), np.nan)], axis=2))
        inside = states[np.isfinite(states).all(-1)]
        covariance = np.cov(inside.T)
        np.testing.assert_allclose(found.variance, np.linalg.eigvalsh(covariance)[::-1], atol=1e-12)
        self.assertEqual(found.dimensions(0.999), 2)
        self.assertEqual(found.dimensions(0.5), 1)
        v = np.linalg.eigvalsh(covariance)
        self.assertAlmostEqual(found.participation, v.sum()**2 / (v**2).sum())
        np.testing.assert_allclose(found.project(inside, 2) @ found.axes[:2] + found.mean, inside,
                                   atol=1e-12)
        np.testing.assert_allclose(np.abs(found.axes[:2] @ axes.T) > 0.9, np.eye(2))

    def test_table(self):
        stream = np.random.RandomState(3)
        line = stream.normal(size=(6, 7, 1)) * np.array([1.0, 2, 2])
        flat = np.zeros((6, 7, 3))
        ball = stream.normal(size=(6, 7, 3))
        narrow = ball.copy()
        narrow[..., 2] = np.nan
        dataset = xr.Dataset({"states": (("run", "sequence", "step", "state"),
                                         np.stack([line, flat, ball, narrow]))},
                             coords={"run": [3, 4, 8, 9]})
        table = component_table(dataset)
        self.assertEqual(table.index.tolist(), [3, 4, 8, 9])
        self.assertEqual(table.states.tolist(), [3, 3, 3, 2])
        self.assertAlmostEqual(table.pc1[3], 1)
        self.assertAlmostEqual(table.participation[3], 1)
        self.assertTrue(np.isnan(table.participation[4]))
        self.assertGreater(table.dimensions[8], 1)
        self.assertEqual(component_table(dataset, 8).index.tolist(), [8])
        with self.assertRaisesRegex(ValueError, "do not move"):
            components(flat)


# ---- Automata ------------------------------------------------------------------------------------


def minimal_of(says, symbols, depth):
    """The minimal automaton of what `says(string)` answers to strings but the empty one, by the
    endings that tell prefixes apart (Myhill and Nerode), endings of up to `depth` symbols."""
    endings = [e for n in range(1, depth + 1) for e in itertools.product(range(symbols), repeat=n)]

    def kind(prefix):
        own = (says(prefix),) if prefix else (None,)
        return own + tuple(says(prefix + ending) for ending in endings)

    def find(prefix):
        mine = kind(prefix)
        for number, other in enumerate(kinds):
            if mine[1:] == other[1:] and (None in (mine[0], other[0]) or mine[0] == other[0]):
                if number == 0 and kinds[0][0] is None:
                    kinds[0] = mine
                return number
        kinds.append(mine)
        prefixes.append(prefix)
        return len(kinds) - 1

    kinds, prefixes, goes = [kind(())], [()], []
    for prefix in prefixes:
        goes.append([find(prefix + (symbol,)) for symbol in range(symbols)])
    return Automaton(np.array(goes), np.array([FREE if k[0] is None else k[0] for k in kinds]))


def network_of(automaton, classes, gain=6.0):
    """A network of tanh with a state for each pair of a state of the automaton and a symbol, one of
    which is near 1 and all others near -1."""
    count, symbols = automaton.goes.shape
    pairs = [(q, a) for q in range(count) for a in range(symbols)]
    size = len(pairs)
    w_rec, w_in, bias = np.zeros((size, size)), np.zeros((symbols, size)), np.zeros(size)
    w_out = np.zeros((size, classes))
    for to, (q, a) in enumerate(pairs):
        for one, (q_before, a_before) in enumerate(pairs):
            if automaton.goes[q_before, a_before] == q:
                w_rec[one, to] = gain
                bias[to] += gain
        w_in[a, to] = 2 * gain
        bias[to] -= 3 * gain
        w_out[to, automaton.answers[automaton.goes[q, a]]] = 1
    start = -np.ones(size)
    start[[automaton.goes[q, a] == 0 for q, a in pairs].index(True)] = 1
    return Network({"S0": start, "W_in": w_in, "b_in": bias, "W_rec": w_rec,
                    "b_rec": np.zeros(size), "W_out": w_out, "b_out": w_out.sum(axis=0)}, "tanh")


def random_automaton(stream, states, symbols, classes):
    """Complete, all states reached and the first come back to."""
    while True:
        goes = stream.randint(0, states, (states, symbols))
        automaton = Automaton(goes, stream.randint(0, classes, states))
        reached = set(automaton._reachable()[0].ravel().tolist())
        if len(automaton._reachable()[0]) == states and 0 in reached:
            return automaton


class Automata(unittest.TestCase):
    def test_minimal_is_that_of_myhill_and_nerode(self):
        stream = np.random.RandomState(1)
        for _ in range(60):
            states, symbols = stream.randint(1, 7), stream.randint(1, 4)
            automaton = Automaton(stream.randint(0, states, (states, symbols)),
                                  stream.randint(0, 2, states))
            small = automaton.minimal()
            expected = minimal_of(lambda s: automaton.answer(s), symbols, states)
            self.assertEqual(len(small), len(expected), (automaton, small, expected))
            self.assertEqual(small, expected.minimal())
            for string in asked_strings(symbols)[:200]:
                self.assertEqual(small.answer(string), automaton.answer(string))
            self.assertEqual(small.minimal(), small)

    def test_a_network_made_of_an_automaton_is_that_automaton(self):
        stream = np.random.RandomState(4)
        for _ in range(12):
            automaton = random_automaton(stream, stream.randint(2, 6), stream.randint(2, 4), 3)
            found = extract_automaton(network_of(automaton, 3))
            self.assertEqual(found.agreement, 1)
            self.assertEqual(found.minimal, automaton.minimal())
            self.assertGreaterEqual(len(found.automaton), len(found.minimal))
            self.assertEqual(found.middles.shape[0], len(found.automaton))

    def test_a_counter_is_no_finite_automaton(self):
        """relu that adds up its input: a new state for each string of ones."""
        network = diagonal((1.0,))
        counter = Network({**network, "W_out": np.ones((1, 1))}, "relu")
        with self.assertRaisesRegex(ValueError, "more than 50 clouds"):
            extract_automaton(counter, distance=1e-6, states_most=50)

    def test_bits_and_inputs(self):
        """s' = [x is not s]: parity of one input, in two states of relu."""
        parity = Network({
            "S0": np.zeros(2), "W_in": np.array([[1.0, 1]]), "b_in": np.array([0.0, -1]),
            "W_rec": np.array([[1.0, 1], [-2, -2]]), "b_rec": np.zeros(2),
            "W_out": np.array([[1.0], [-2]]), "b_out": np.array([-0.5])}, "relu")
        found = extract_automaton(parity)
        self.assertEqual(found.minimal, Automaton(np.array([[0, 1], [1, 0]]), np.array([0, 1])))
        twice = extract_automaton(parity, inputs=[[1.0], [0.0], [0.0]])
        self.assertEqual(twice.minimal,
                         Automaton(np.array([[1, 0, 0], [0, 1, 1]]), np.array([0, 1])))


def accepts(grammar, string):
    """Tomita's languages by their definitions."""
    if grammar == 3:
        return re.fullmatch("(.*0)?1(11)*(0.*1)?0(00)*(1.*)?", string) is None
    if grammar == 5:
        return string.count("0") % 2 == 0 and string.count("1") % 2 == 0
    if grammar == 6:
        return (string.count("0") - string.count("1")) % 3 == 0
    pattern = {1: "1*", 2: "(10)*", 4: "(?!.*000).*", 7: "0*1*0*1*"}[grammar]
    return re.fullmatch(pattern, string) is not None


GRAMMAR_STATES = {1: 2, 2: 3, 3: 5, 4: 4, 5: 4, 6: 3, 7: 5}


class Drawn(unittest.TestCase):
    """What the figures show."""

    def test_fixed_points(self):
        network = diagonal((2.0, 1.5))
        stream = np.random.RandomState(0)
        states = np.tanh(stream.normal(size=(1, 20, 9, 2)))
        dataset = xr.Dataset({"states": (("run", "sequence", "step", "state"), states)},
                             coords={"run": [7]})
        found = fixed_points(network, starts_of(dataset, 7, noise=0.3))
        figure = figures.fixed_point_portrait(dataset, 7, found)
        plane, eigenvalues = figure.axes
        stable, others = plane.collections
        self.assertEqual((len(stable.get_offsets()), len(others.get_offsets())), (4, 5))
        expected = components(states[0]).project(found.points, 2)
        np.testing.assert_allclose(np.concatenate([stable.get_offsets(), others.get_offsets()]),
                                   expected)
        drawn = np.concatenate([part.get_offsets() for part in eigenvalues.collections])
        np.testing.assert_allclose(drawn, np.stack([found.eigenvalues.real.ravel(),
                                                    found.eigenvalues.imag.ravel()], axis=1))
        self.assertEqual(figure.get_suptitle() if hasattr(figure, "get_suptitle")
                         else figure._suptitle.get_text(),
                         "Run 7: 9 fixed points, 4 of them stable")
        self.assertEqual(len(figures.fixed_point_portrait(dataset, 7, found, panel="plane").axes), 1)

    def test_components(self):
        stream = np.random.RandomState(1)
        states = stream.normal(size=(4, 6, 7, 3)) * [3, 1, 0.1]
        dataset = xr.Dataset({"states": (("run", "sequence", "step", "state"), states)},
                             coords={"run": [0, 1, 2, 3]})
        figure = figures.component_shares(dataset, by=["gru", "gru", "tanh", "tanh"])
        lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 3]
        table = component_table(dataset)[["pc1", "pc2", "pc3"]].cumsum(axis=1)
        for line, runs in zip(lines, ([0, 1], [2, 3])):
            np.testing.assert_allclose(line.get_ydata(), table.loc[runs].median())
        self.assertEqual([text.get_text() for text in figure.axes[0].get_legend().get_texts()],
                         ["gru", "tanh"])

    def test_automaton(self):
        automaton = Automaton(np.array([[1, 1], [0, 1]]), np.array([FREE, 1]))
        figure = figures.automaton_graph(automaton, "ab")
        texts = sorted(text.get_text() for text in figure.axes[0].texts)
        self.assertEqual(texts, ["0:-", "1:1", "a", "a b", "b"])
        self.assertEqual(len(figure.axes[0].patches), 4)  # three arrows and the first one


class Tomita(FolderTest):
    """Networks that are right at every tested length are the grammar's minimal automaton."""

    SWEEP = {"task": "tomita", "grammar": [1, 2, 3, 4, 5, 6, 7], "cell": "lstm", "states": 16,
             "shortest_length": 1, "sequence_length": 16, "train_samples": 1000,
             "test_samples": 500, "batch_size": 25, "epochs": 40, "optimizer": "adam",
             "learning_rate": 0.01, "epsilon": 1e-8, "clip_norm": 1}
    SEEDS = 2

    def test_grammars(self):
        path = program.run_grid(self.folder, "tomita", self.SWEEP, self.SEEDS)
        results = rnnsweep.open_results(path)
        self.addCleanup(results.close)
        strings = asked_strings(2)
        for grammar in self.SWEEP["grammar"]:
            says = lambda s: int(accepts(grammar, "".join(map(str, s))))
            expected = minimal_of(says, 2, 5).minimal()
            self.assertEqual(len(expected), GRAMMAR_STATES[grammar])
            right = [says(string) for string in strings]
            whole = 0
            for run in results.where(grammar=grammar).runs.index:
                found = extract_automaton(results.network(run))
                said = [found.minimal.answer(string) for string in strings]
                if found.agreement == 1 and said == right:
                    whole += 1
                    self.assertEqual(found.minimal, expected)
            self.assertGreater(whole, 0, grammar)


if __name__ == "__main__":
    unittest.main()
