#!/usr/bin/env python3
"""Figures draw without a warning, show the numbers of the tables, and cut nothing off."""
import json
import subprocess
import sys
import unittest

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection

import sweeps
from program import run
from rnnsweep import (
    carries, figures, hidden_states, loss_bands, open_results, share_reached, success_rates)
from sweeps import SEEDS, SweepTest


def overhang(figure):
    """Inches by which labels, legends and titles stick out of the picture."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    return max(-box.x0, -box.y0, box.x1 - width, box.y1 - height)


class Figures(SweepTest):
    def draw(self, figure):
        self.assertLess(overhang(figure), 0.02)
        for axes in figure.axes:
            self.assertTrue(axes.get_xlabel() or axes.get_ylabel() or len(axes.get_xticklabels()))
        return figure

    def test_loss_curves(self):
        for part, names in ((self.results, ["states"]), (self.results, ["batching"]),
                            (self.results.where(learning_rate=0.02), ["epochs"])):
            axes = self.draw(figures.loss_curves(part, names[0])).axes[0]
            bands = loss_bands(part, names, (0.25, 0.5, 0.75)).replace(np.inf, np.nan)
            self.assertEqual(len(axes.lines), 2)
            for line, (_, band) in zip(axes.lines, bands.groupby(names[0], observed=True)):
                np.testing.assert_array_equal(line.get_ydata(), band[0.5])
            self.assertEqual(axes.get_legend().get_title().get_text(), names[0])
        default = figures.loss_curves(self.results).axes[0]
        self.assertEqual(default.get_legend().get_title().get_text(), "states")

    def test_heat_map(self):
        figure = self.draw(figures.success_heatmap(self.results, "epochs", "learning_rate"))
        rates = success_rates(self.results, ["epochs", "learning_rate"]).set_index(
            ["learning_rate", "epochs"]).solved_share
        image = figure.axes[0].images[0].get_array()
        self.assertEqual(image.shape, (3, 2))
        np.testing.assert_array_equal(image.ravel(), rates.sort_index())
        written = [text.get_text() for text in figure.axes[0].texts]
        self.assertEqual(written, [f"{100 * rate:.0f}" for rate in rates.sort_index()])
        best = figures.success_heatmap(self.results, "epochs", "learning_rate", best=True)
        most = success_rates(self.results).groupby(["learning_rate", "epochs"]).solved_share.max()
        np.testing.assert_array_equal(best.axes[0].images[0].get_array().ravel(), most)

    def test_success_by_states(self):
        axes = self.draw(figures.success_by_states(self.results)).axes[0]
        rates = success_rates(self.results)
        heights = [container.lines[0].get_ydata().tolist() for container in axes.containers]
        self.assertEqual(heights, [
            rates.groupby("states").solved_share.max().tolist(),
            success_rates(self.results, "states").sort_values("states").solved_share.tolist()])
        self.assertIn(f"best setting, {SEEDS} runs each",
                      [text.get_text() for text in axes.get_legend().get_texts()])

    def test_time_to_solution(self):
        axes = self.draw(figures.time_to_solution(self.results, 0.2, "states")).axes[0]
        shares = share_reached(self.results, 0.2, "states")
        for line, (_, curve) in zip(axes.lines, shares.groupby("states")):
            np.testing.assert_array_equal(line.get_ydata()[:-1], curve.share)
        self.assertEqual(len(axes.lines), 2)

    def test_parallel_coordinates(self):
        figure = self.draw(figures.parallel_coordinates(self.results))
        lines = figure.axes[0].findobj(LineCollection)[0].get_segments()
        self.assertEqual(len(lines), 24)
        np.testing.assert_array_max_ulp(  # the curves are interpolated
            np.sort([line[-1, 1] for line in lines]),
            np.sort(success_rates(self.results).solved_share), 2)
        self.assertEqual([label.get_text() for label in figure.axes[0].get_xticklabels()],
                         ["states", "learning rate", "batching", "epochs", "solved"])

    def test_state_portrait(self):
        """The states of solved networks tell the carry along one direction."""
        solved = self.results.runs[self.results.runs.test_accuracy == 1]
        for number in [None, *solved.index[:2]]:
            figure = self.draw(figures.state_portrait(self.results, number))
            clouds = [np.asarray(points.get_offsets()) for points in figure.axes[0].collections]
            self.assertEqual(sum(map(len, clouds)), 60 * 6)
            self.assertLess(np.quantile(clouds[0][:, 0], 0.9), np.quantile(clouds[1][:, 0], 0.1))
            if number is not None:
                self.check_cloud(clouds, self.results.network(number))
        number = solved.index[0]
        drawn = figures.state_portrait(self.results, int(number)).axes[1]
        sums = drawn.get_title(loc="left").replace("=", "+").split("+")
        a, b, total = map(int, sums)
        self.assertEqual(a + b, total)
        np.testing.assert_allclose(
            drawn.images[0].get_array(),
            hidden_states(self.results.network(number), a, b, 6)[1:].T)
        digits = [text.get_text() for text in drawn.texts]
        self.assertEqual("".join(digits[:6][::-1]), f"{a:06b}")
        self.assertEqual([int(digit) for digit in digits[12:18]], carries(a, b, 6)[1:].tolist())

    def check_cloud(self, clouds, network):
        """Heights are the logits after the bits that leave a carry of 0 and of 1."""
        a, b = np.random.RandomState(0).randint(0, 32, (2, 60))
        logits = hidden_states(network, a, b, 6)[:, 1:] @ network["W_out"][:, 0] + network["b_out"]
        carry = carries(a, b, 6)[:, 1:]
        for value, cloud in enumerate(clouds):
            np.testing.assert_allclose(
                np.sort(cloud[:, 1]), np.sort(logits[carry == value]), rtol=1e-5)

    def test_failures(self):
        figure = self.draw(figures.failures(self.results, "learning_rate"))
        bars, histogram = figure.axes
        runs = self.results.runs
        rates = runs.assign(solved=runs.test_accuracy == 1).groupby("learning_rate").solved.mean()
        np.testing.assert_allclose(
            [bar.get_height() for bar in bars.containers[0]], rates, atol=1e-12)
        self.assertEqual([text.get_text() for text in bars.get_legend().get_texts()],
                         ["solved", "not solved", "diverged"])
        unsolved = np.sum((runs.status == "done") & (runs.test_accuracy < 1))
        self.assertEqual(sum(bar.get_height() for bar in histogram.patches), unsolved)

    def test_files(self):
        """All formats; the same bytes each time; letters of an SVG are text."""
        for ending, start in (("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")):
            written = []
            for copy in "ab":
                figure = figures.success_by_states(self.results)
                written.append(figures.save(figure, self.folder / f"{copy}.{ending}").read_bytes())
            self.assertTrue(written[0].startswith(start))
            self.assertEqual(*written)
        self.assertIn("best setting", (self.folder / "a.svg").read_text())

    def test_refusals(self):
        one = self.results.where(states=2, learning_rate=0.02, batching="sliding", epochs=6)
        for pattern, call in (
                ("needs two parameters", lambda: figures.success_heatmap(one)),
                ("nothing is swept but the seed", lambda: figures.parallel_coordinates(one)),
                ("no run solves the task", lambda: figures.state_portrait(
                    self.results.where(learning_rate=1.7e308))),
                ("'stats' is no column", lambda: figures.loss_curves(one, "stats")),
                ("seed has 12 values; at most 8", lambda: figures.loss_curves(one, "seed"))):
            with self.subTest(pattern), self.assertRaisesRegex(ValueError, pattern):
                call()

    def test_without_pyplot(self):
        """Figures are not kept open behind one's back."""
        script = ("import sys, rnnsweep.figures\n"
                  "sys.exit('matplotlib.pyplot' in sys.modules)")
        subprocess.run([sys.executable, "-c", script], check=True, cwd=sweeps.PACKAGE)


class OtherSweeps(SweepTest):
    """A single configuration, and parameters drawn at random."""

    PARAMETERS = {"states": 1, "train_samples": 100, "epochs": 1, "sequence_length": 2}
    SEEDS = 3

    def test_single_configuration(self):
        for name in ("curves", "states", "time", "failures"):
            with self.subTest(name):
                self.assertLess(overhang(figures.FIGURES[name](self.results)), 0.02)
        self.assertLess(overhang(figures.state_portrait(self.results, 0)), 0.02)

    def test_random_values(self):
        sweep = self.folder / "random.yaml"
        sweep.write_text(json.dumps({
            "name": "a-long-name-of-a-sweep-over-random-values", "method": "random", "run_cap": 40,
            "sampler_seed": 1, "seeds": 1, "parameters": {
                "learning_rate": {"distribution": "log_uniform_values", "min": 1e-6, "max": 0.1},
                "momentum": {"distribution": "uniform", "min": 0, "max": 0.9},
                "lambda": {"distribution": "uniform", "min": 0, "max": 0.9},
                "epsilon": {"distribution": "log_uniform_values", "min": 1e-9, "max": 1e-3},
                "states": {"values": [1, 2]}, "batching": {"values": ["disjoint", "sliding"]},
                "train_samples": {"value": 100}, "epochs": {"value": 1}}}))
        with open_results(run(sweep, self.folder / "random.h5")) as results:
            for name, draw in figures.FIGURES.items():
                if name not in ("portrait", "heatmap"):
                    with self.subTest(name):
                        self.assertLess(overhang(draw(results)), 0.02)
            axes = figures.parallel_coordinates(results).axes[0]
            lines = axes.findobj(LineCollection)[0].get_segments()
            self.assertEqual(len(lines), 40)
            # Logarithmic for one, linear for the other, as they were drawn.
            for name, scale in (("learning_rate", np.log10), ("momentum", np.asarray)):
                values = np.sort(scale(results.runs[name].values))
                wanted = (values - values[0]) / (values[-1] - values[0])
                place = results.swept.index(name) * 25
                heights = np.sort([line[place, 1] for line in lines])
                np.testing.assert_allclose(heights, wanted, atol=0.03, err_msg=name)
            heatmap = figures.success_heatmap(results, "batching", "states")
            self.assertLess(overhang(heatmap), 0.02)


if __name__ == "__main__":
    unittest.main()
