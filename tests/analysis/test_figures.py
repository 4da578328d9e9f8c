#!/usr/bin/env python3
"""Figures draw without a warning, show the numbers of the tables, and cut nothing off."""
import itertools
import json
import subprocess
import sys
import unittest

import h5py
import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import sweeps
from program import run
from rnnsweep import (
    carries, figures, hidden_states, loss_bands, open_results, share_reached, success_rates)
from rnnsweep.figures.style import COLOURS
from sweeps import SEEDS, SweepTest


def overhang(figure):
    """Inches by which labels, legends and titles stick out of the picture."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    return max(-box.x0, -box.y0, box.x1 - width, box.y1 - height)


# How light of linear red, green and blue is seen: Machado, Oliveira and Fernandes (2009), IEEE TVCG
# 15:1291, severity 1.
VISION = {
    "full": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]]}


def linear(colour):
    value = np.array(colour)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def to_lab(light):
    """CIE 1976 L*a*b* of linear sRGB."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722],
                    [0.0193, 0.1192, 0.9505]]) @ light / [0.9505, 1.0, 1.089]
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def overlaps(texts, renderer):
    """Pairs of visible texts whose boxes share more than a point in both directions."""
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts
             if text.get_visible() and text.get_text()]
    point = renderer.dpi / 72
    return [(a, b) for (a, one), (b, two) in itertools.combinations(boxes, 2)
            if min(one.x1, two.x1) - max(one.x0, two.x0) > point
            and min(one.y1, two.y1) - max(one.y0, two.y0) > point]


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

    CALLS = {
        "curves": {}, "curves of two": {"by": ["states", "epochs"]}, "time": {"level": 0.2},
        "heatmap": {"x": "learning_rate", "y": "states"}, "states": {},
        "states by colour": {"x": "learning_rate", "colour": "batching"}, "parallel": {},
        "portrait": {"panel": "carry"}, "portrait, addition": {"panel": "addition"},
        "failures": {"by": "learning_rate"}, "failures, bits": {"panel": "bits"}}

    def each(self, names=None, **more):
        for name in names or self.CALLS:
            draw = figures.FIGURES[name.split(" ")[0].rstrip(",")]
            yield name, draw(self.results, **self.CALLS[name], **more)

    def test_width_of_a_column(self):
        """At 3.3 x 2.4 inches and on slides: nothing cut off, no label on another, letters of at
        least 5.8 points, and axes that keep a good part of the picture."""
        on_slides = ("curves of two", "heatmap", "portrait", "failures")
        for size, letters, names in (((3.3, 2.4), 10, None), ((10, 5.6), 18, on_slides)):
            with matplotlib.rc_context({"font.size": letters}):
                for name, figure in self.each(names, figsize=size):
                    with self.subTest(name, size=size):
                        self.check_size(figure, size)

    def check_size(self, figure, size):
        self.assertEqual(tuple(figure.get_size_inches()), size)
        self.assertLess(overhang(figure), 0.02)
        self.check_letters(figure)
        box = figure.axes[0].get_position()
        side_by_side = 2 if len(figure.axes) > 1 and size[0] > 5 else 1
        self.assertGreater(box.width * side_by_side, 0.4)
        self.assertGreater(box.height, 0.3)

    def check_letters(self, figure):
        renderer = FigureCanvasAgg(figure).get_renderer()
        for axes in figure.axes:
            for side in (axes.xaxis, axes.yaxis):
                low, high = sorted(side.get_view_interval())
                labels = [tick.label1 for tick in side.get_major_ticks()
                          if low <= tick.get_loc() <= high]
                self.assertEqual(overlaps(labels, renderer), [])
            legend = axes.get_legend()
            shown = [axes.xaxis.label, axes.yaxis.label, axes.title, axes.title]
            if legend:
                self.assertEqual(overlaps(legend.get_texts(), renderer), [])
                shown += legend.get_texts()
            for text in shown:
                self.assertGreaterEqual(text.get_fontsize(), 5.8)

    def test_fonts_of_the_settings(self):
        """Sizes and family follow rcParams, also those of ticks that are drawn later."""
        with matplotlib.rc_context({"font.size": 7, "font.family": "monospace",
                                    "xtick.labelsize": 6, "axes.grid": True, "grid.alpha": 0.6}):
            figure = figures.loss_curves(self.results, figsize=(3.3, 2.4))
        FigureCanvasAgg(figure).draw()
        axes = figure.axes[0]
        self.assertEqual(axes.xaxis.label.get_fontsize(), 7)
        self.assertEqual(axes.xaxis.label.get_family(), ["monospace"])
        self.assertEqual({label.get_fontsize() for label in axes.get_xticklabels()}, {6})
        self.assertEqual(axes.get_xgridlines()[0].get_alpha(), 0.6)
        wide = figures.loss_curves(self.results).axes[0]
        self.assertEqual(wide.xaxis.label.get_fontsize(), 10)
        self.assertEqual(wide.get_xgridlines()[0].get_alpha(), 0.25)
        self.assertFalse(wide.spines["top"].get_visible())

    def test_axes_of_the_caller(self):
        """`ax` is drawn in and nothing else is touched; two panels take two."""
        for name in ("curves", "time", "heatmap", "states", "parallel"):
            with self.subTest(name):
                figure = Figure(figsize=(7, 3), layout="constrained")
                other, own = figure.subplots(1, 2)
                self.assertIs(figures.FIGURES[name](self.results, ax=own, title="(b)"), figure)
                self.assertTrue(own.has_data() and not other.has_data())
                self.assertEqual((own.get_title(loc="left"), figure._suptitle), ("(b)", None))
                self.assertLess(overhang(figure), 0.02)
        for draw in (figures.failures, figures.state_portrait):
            figure = Figure(figsize=(8, 4), layout="constrained")
            draw(self.results, ax=figure.subplots(1, 2))
            self.assertTrue(all(axes.has_data() for axes in figure.axes))
            with self.assertRaisesRegex(ValueError, "2 panels and needs as many axes, not 1"):
                draw(self.results, ax=figure.axes[0])
            with self.assertRaisesRegex(ValueError, "no panel 'left'"):
                draw(self.results, panel="left")
        self.assertEqual(len(figures.failures(self.results, panel="bits").axes), 1)

    def test_titles(self):
        for title in ("A title of mine", ""):
            for _, figure in self.each(("curves", "heatmap", "failures"), title=title):
                self.assertEqual(figure._suptitle.get_text() if figure._suptitle else "", title)

    def test_second_parameter(self):
        """By colour the first, by the kind of line the second."""
        names = ["states", "epochs"]
        axes = self.draw(figures.loss_curves(self.results, names)).axes[0]
        bands = loss_bands(self.results, names, (0.5,)).replace(np.inf, np.nan)
        for line, (_, band) in zip(axes.lines, bands.groupby(names)):
            np.testing.assert_array_equal(line.get_ydata(), band[0.5])
        looks = [(line.get_color(), line.get_linestyle()) for line in axes.lines]
        self.assertEqual(len(set(looks)), 4)
        self.assertEqual((looks[0][0], looks[0][1]), (looks[1][0], looks[2][1]))
        self.assertEqual([text.get_text() for text in axes.get_legend().get_texts()],
                         ["2", "4", "epochs 6", "epochs 10"])
        axes = self.draw(figures.success_by_states(
            self.results, "learning_rate", colour="states")).axes[0]
        rates = success_rates(self.results, ["states", "learning_rate"]).sort_values(
            ["states", "learning_rate"])
        for container, (_, wanted) in zip(axes.containers, rates.groupby("states")):
            line, _, (bars,) = container
            np.testing.assert_array_equal(line.get_ydata(), wanted.solved_share)
            bounds = np.array([bar[:, 1] for bar in bars.get_segments()])
            np.testing.assert_allclose(bounds[:, 0], wanted.solved_share_95_low, atol=1e-12)
            np.testing.assert_allclose(bounds[:, 1], wanted.solved_share_95_high, atol=1e-12)
        self.assertEqual([text.get_text() for text in axes.get_legend().get_texts()], ["2", "4"])

    def test_where_most_diverged(self):
        """A curve without a finite median says so; one of which some diverged has a band that is
        open at the top."""
        lost = self.results.where(learning_rate=1.7e308)
        axes = self.draw(figures.loss_curves(lost, "epochs")).axes[0]
        self.assertIn("More than half of the runs diverged", axes.texts[0].get_text().replace("\n", " "))
        self.assertEqual([text.get_text() for text in axes.get_legend().get_texts()],
                         ["6: 48 of 48 diverged", "10: 48 of 48 diverged"])
        axes = self.draw(figures.loss_curves(self.results, "learning_rate")).axes[0]
        self.assertEqual(axes.get_legend().get_texts()[2].get_text().split(": ")[1],
                         "96 of 96 diverged")
        self.assertEqual(axes.texts[:], [])
        some = figures.loss_curves(self.results, "states").axes[0]  # a third diverged
        top = max(path.vertices[:, 1].max() for band in some.collections
                  for path in band.get_paths())
        self.assertEqual(top, some.get_ylim()[1])
        for name in ("heatmap", "states", "time", "parallel", "failures"):
            with self.subTest(name):
                self.draw(figures.FIGURES[name](lost))
        axes = figures.time_to_solution(lost).axes[0]
        self.assertIn("No run reached", axes.texts[0].get_text())
        self.assertIn("No run came to its end", figures.failures(lost).axes[1].texts[0].get_text())

    def test_partly_finished(self):
        """Runs that are pending are in no figure; cells without others are grey; a file of pending
        runs alone says what it holds."""
        path = self.folder / "part.h5"
        path.write_bytes(self.path.read_bytes())
        with h5py.File(path, "r+") as file:
            pending = (file["states"][:] == 4) & (file["learning_rate"][:] == 0.06)
            file["status"][:] = np.where(pending, 0, file["status"][:])
        with open_results(path) as part:
            heatmap = self.draw(figures.success_heatmap(part, "states", "learning_rate"))
            cells = heatmap.axes[0].images[0].get_array()
            self.assertEqual(np.ma.getmaskarray(cells).sum(), 1)
            self.assertTrue(np.ma.getmaskarray(cells)[1, 1])
            self.assertEqual(len(heatmap.axes[0].texts), 5)
            self.assertIn("grey: no finished run",
                          heatmap._suptitle.get_text().replace("\n", " "))
            lines = figures.parallel_coordinates(part).axes[0].findobj(LineCollection)[0]
            self.assertEqual(len(lines.get_segments()), 20)
            shown = figures.success_by_states(part, "learning_rate", colour="states").axes[0]
            self.assertEqual([len(each.lines[0].get_xdata()) for each in shown.containers], [3, 2])
        with h5py.File(path, "r+") as file:
            file["status"][:] = 0
        with open_results(path) as nothing:
            for name, draw in figures.FIGURES.items():
                with self.subTest(name), self.assertRaisesRegex(
                        ValueError, r"no run is finished \(288 pending\)"):
                    draw(nothing)

    def test_colours_for_all_eyes(self):
        """Colours of curves differ for the commonest kinds of colour vision (Machado et al. 2009)
        and on white paper."""
        for matrix in VISION.values():
            seen = [to_lab(np.clip(np.array(matrix) @ linear(to_rgb(colour)), 0, 1))
                    for colour in (*COLOURS, "white")]
            for one, two in itertools.combinations(seen, 2):
                self.assertGreater(np.linalg.norm(one - two), 15)

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
