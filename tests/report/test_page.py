#!/usr/bin/env python3
"""The report in a real Chromium: figures are drawn, say what the results file says, and react."""
import base64
import functools
import re
import unittest
from xml.etree import ElementTree

import numpy as np
from scipy.stats import binomtest
from selenium.webdriver.common.keys import Keys

from browser import NARROW, WIDE, Page
from studies import SEEDS, SWEPT, Study, data_of, rnnsweep

LEVELS = {"states": 3, "learning_rate": 3, "momentum": 2}
CONFIGURATIONS = 18


def percent(share) -> str:
    """As the page writes it."""
    value = 100 * share
    if value in (0, 100):
        return f"{value:.0f}\u202f%"
    return f"{value:.{2 if value < 1 or value > 99 else 1 if value < 10 or value > 90 else 0}f}\u202f%"


@functools.lru_cache(maxsize=None)
def browser() -> Page:
    """One for all tests of this file."""
    page = Page()
    unittest.addModuleCleanup(page.close)
    return page


class InBrowser(Study):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page = browser()
        cls.runs = cls.results.runs.assign(solved=cls.results.runs.test_accuracy >= 1)

    def setUp(self):
        self.page.open(self.report)

    def tearDown(self):
        self.assertEqual(self.page.complaints(), [])


class Everywhere(InBrowser):
    def setUp(self):
        pass

    def test_light_and_dark_wide_and_narrow(self):
        grounds = set()
        for size in (WIDE, NARROW):
            for dark in (False, True):
                with self.subTest(size=size, dark=dark):
                    self.page.open(self.report, size, dark)
                    self.assertEqual(self.page.complaints(), [])
                    self.assertEqual(*self.page.script(
                        "const page = document.documentElement;"
                        "return [page.scrollWidth, page.clientWidth]"))
                    grounds.add(self.page.script(
                        "return getComputedStyle(document.body).backgroundColor"))
        self.assertEqual(len(grounds), 2)

    def test_prints_on_white_whatever_the_theme(self):
        self.page.open(self.report, dark=True)
        self.page.media(dark=True, kind="print")
        self.assertEqual(self.page.script("return getComputedStyle(document.body).backgroundColor"),
                         "rgb(255, 255, 255)")
        self.page.media(dark=True)
        pdf = base64.b64decode(self.page.command("Page.printToPDF")["data"])
        self.assertGreater(len(re.findall(rb"/Type\s*/Page\b", pdf)), 2)

    def test_asks_no_network_for_anything(self):
        self.page.open(self.report)
        self.assertEqual(self.page.script("return performance.getEntriesByType('resource').length"), 0)

    def test_without_a_pointer_every_control_is_reached(self):
        self.page.open(self.report)
        unreachable = self.page.script("""
            return [...document.querySelectorAll("button, select, input, [role=slider]")]
              .filter((control) => control.tabIndex < 0 && !control.disabled).length""")
        self.assertEqual(unreachable, 0)
        nameless = self.page.script("""
            return [...document.querySelectorAll("select, input")]
              .filter((control) => control.labels.length === 0).length""")
        self.assertEqual(nameless, 0)


    def test_scroll_areas_are_reached_by_the_keyboard(self):
        self.page.open(self.report, NARROW)
        unreachable = self.page.script("""
            return [...document.querySelectorAll("main *")].filter((node) => {
              const style = getComputedStyle(node);
              return node.scrollWidth > node.clientWidth + 1 && /auto|scroll/.test(style.overflowX)
                && (node.tabIndex < 0 || !node.getAttribute("aria-label"));
            }).map((node) => node.outerHTML.slice(0, 80))""")
        self.assertEqual(unreachable, [])

    def test_nothing_is_off_a_narrow_screen(self):
        self.page.open(self.report, NARROW)
        outside = self.page.script("""
            const scrolls = (node) => node.closest(".scroll, nav, pre");
            return [...document.querySelectorAll("body *")].filter((node) => {
              const { left, right, width } = node.getBoundingClientRect();
              return width > 0 && !scrolls(node) && (right > innerWidth + 1 || left < -1);
            }).map((node) => `${node.closest("section")?.id} ${node.outerHTML.slice(0, 80)}`)""")
        self.assertEqual(outside, [])

    def test_contrast_of_text(self):
        """WCAG 2.1, AA: 4.5 for text, 3 for large text."""
        for dark in (False, True):
            with self.subTest(dark=dark):
                self.page.open(self.report, dark=dark)
                self.assertEqual(self.page.script(CONTRAST), [])


# Text whose contrast with what lies below it is too low. Colours go through a canvas, which knows
# every notation; text of a drawing lies on the last filled shape under its middle.
CONTRAST = """
    const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const parse = (colour) => {
      pixel.clearRect(0, 0, 1, 1);
      pixel.fillStyle = colour;
      pixel.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
      return { rgb: [r, g, b], alpha: a / 255 };
    };
    const light = (rgb) => rgb.map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (node) => {
      for (let at = node; at; at = at.parentElement) {
        const { rgb, alpha } = parse(getComputedStyle(at).backgroundColor);
        if (alpha === 1) return rgb;
      }
      return [255, 255, 255];
    };
    const cellBelow = (text) => {
      const cell = text.parentNode.querySelector(":scope > rect.cell");
      return cell ? parse(getComputedStyle(cell).fill).rgb : ground(text);
    };
    const found = [];
    for (const node of document.querySelectorAll("body *:not(script):not(style)")) {
      const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
      if (!own || node.getClientRects().length === 0 || node.closest(".later, [disabled]")) continue;
      const style = getComputedStyle(node);
      const drawn = node instanceof SVGElement;
      const [above, below] = [light(parse(drawn ? style.fill : style.color).rgb), light(drawn ? cellBelow(node) : ground(node))];
      const ratio = (Math.max(above, below) + 0.05) / (Math.min(above, below) + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${node.closest("section")?.id} ${node.outerHTML.slice(0, 100)}`);
    }
    return found.slice(0, 20);
"""


class Figures(InBrowser):
    def test_all_are_drawn(self):
        self.assertEqual(self.page.count("#parallel .wire"), CONFIGURATIONS)
        self.assertEqual(self.page.count("#parallel .handle"), 2 * (len(SWEPT) + 1))
        self.assertEqual(self.page.count("#best tbody tr"), 15)
        self.assertEqual(self.page.count("#effects svg"), len(SWEPT))
        self.assertGreaterEqual(self.page.count("#curves path.line"), 2)
        self.assertEqual(self.page.count("#outcomes svg"), 2)
        self.assertEqual(self.page.count("#adder .portrait"), 1)
        self.assertEqual(self.page.count("svg path:not([d])"), 0)
        broken = self.page.script("""
            return [...document.querySelectorAll("svg *")].flatMap((shape) => [...shape.attributes])
              .filter(({ value }) => /NaN|undefined|Infinity/.test(value)).map(({ value }) => value)""")
        self.assertEqual(broken, [])

    def test_values_read_alike_in_figures_and_text(self):
        """Axes and sortable tables are of the scripts, tables of failures of Python."""
        drawn = {cell.get_attribute("textContent") for cell in self.page.all("#best tbody td")}
        rows = [[cell.get_attribute("textContent") for cell in row.find_elements("css selector", "td")]
                for row in self.page.all("#failures table:first-of-type tbody tr")]
        rates = {row[1] for row in rows if row[0] == "learning_rate"}
        self.assertEqual(rates, {"1.7\u00b710\u00b3\u2070\u2078"})
        self.assertLessEqual(rates, drawn)

    def test_table_of_the_best(self):
        table = rnnsweep.configuration_table(self.results)
        for place, row in enumerate(self.page.all("#best tbody tr")):
            shown = row.get_attribute("textContent")
            best = table.iloc[place]
            self.assertIn(f"{best.solved:.0f}\u2009/\u2009{SEEDS}", shown)
            self.assertEqual("=" in shown, best.standing in ("best", "tied"))
            interval = binomtest(int(best.solved), SEEDS).proportion_ci(method="wilson")
            self.assertIn(f"{percent(interval.low)} to {percent(interval.high)}", shown)

    def test_table_sorts_by_every_column(self):
        def shown():
            return [float(row.get_attribute("data-config")) for row in self.page.all("#best tbody tr")]
        table = rnnsweep.configuration_table(self.results)
        self.assertEqual(shown(), list(range(15)))
        for title, column, falling in (("median loss", "final_loss_median", False), ("accuracy", "test_accuracy_mean", True),
                                       ("solved", "solved", True), ("states", "states", False)):
            button = next(button for button in self.page.all("#best th button") if button.text == title)
            for reverse in (falling, not falling):
                button.click()
                self.page.settle()
                sign = -1 if reverse else 1
                values = table[column].astype(np.float32)  # as the page has them
                expected = sorted(range(len(table)), key=lambda i: (
                    np.isnan(values[i]), 0 if np.isnan(values[i]) else sign * values[i], i))[:15]
                self.assertEqual(shown(), expected, (title, reverse))
                self.assertEqual(button.find_element("xpath", "..").get_attribute("aria-sort"),
                                 "descending" if reverse else "ascending")

    def test_figures_are_saved_as_drawings_of_their_own(self):
        self.page.script("""
            window.saved = [];
            const really = URL.createObjectURL;
            URL.createObjectURL = (blob) => { window.saved.push(blob); return really(blob); };
            HTMLAnchorElement.prototype.click = () => {};""")
        buttons = self.page.all("button.save")
        self.assertGreaterEqual(len(buttons), 8)
        for button in buttons:
            self.page.script("arguments[0].click()", button)
        texts = self.page.driver.execute_async_script(
            "const done = arguments[0]; Promise.all(window.saved.map((blob) => blob.text())).then(done);")
        self.assertEqual(len(texts), len(buttons))
        for text in texts:
            root = ElementTree.fromstring(text)
            self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
            self.assertNotRegex(text, r"var\(|<script")
            self.assertRegex(text, r"font-size:\s*12px")

    def test_two_settings_seed_by_seed(self):
        table = rnnsweep.configuration_table(self.results)
        runs = self.runs.assign(accuracy=self.runs.test_accuracy.where(~(self.runs.status == "diverged"), 0))
        for first, second in ((0, 1), (0, 17), (3, 9)):
            self.page.script("""
                const [one, other] = document.querySelectorAll("#paired select");
                for (const [list, value] of [[one, arguments[0]], [other, arguments[1]]]) {
                  list.value = value;
                  list.dispatchEvent(new Event("change"));
                }""", first, second)
            self.page.settle()
            a, b = (self.members(runs, table.iloc[place]) for place in (first, second))
            one, other = int((a.solved & ~b.solved).sum()), int((b.solved & ~a.solved).sum())
            shown = [int(cell.text) for cell in self.page.all("#paired td")]
            self.assertEqual(shown, [int((a.solved & b.solved).sum()), one, other,
                                     int((~a.solved & ~b.solved).sum())])
            self.assertEqual(self.page.count("#paired circle"), SEEDS)
            verdict = self.page.text("#paired-verdict")
            if one + other:
                self.assertIn(percent(binomtest(one, one + other).pvalue), verdict)
            words = self.page.text("#paired p")
            self.assertIn(f"{SEEDS} seeds in both settings", words)
            difference = (a.accuracy - b.accuracy).mean()
            self.assertIn("is the same" if difference == 0 else
                          f"{'first' if difference > 0 else 'second'} is higher by {percent(abs(difference))}", words)

    @staticmethod
    def members(runs, setting):
        chosen = (runs[list(SWEPT)] == setting[list(SWEPT)].values).all(axis=1)
        return runs[chosen].set_index("seed").sort_index()

    def test_heat_map(self):
        for across, upwards in (("states", "momentum"), ("momentum", "learning_rate")):
            self.page.choose("across", across)
            self.page.choose("upwards", upwards)
            self.page.choose("colour", "success rate, all settings pooled")
            groups = self.runs.groupby([upwards, across]).solved
            self.assert_cells(groups.mean())
            self.page.choose("colour", "success rate of the best setting")
            best = self.runs.groupby(list(SWEPT)).solved.mean().groupby([upwards, across]).max()
            self.assert_cells(best)

    def assert_cells(self, expected):
        shown = [float(cell.get_attribute("data-value")) for cell in self.page.all("#heat .cell")]
        np.testing.assert_allclose(shown, expected.values)

    def test_heat_map_under_the_pointer_and_keys(self):
        self.page.choose("across", "states")
        self.page.choose("upwards", "momentum")
        members = self.runs[(self.runs.states == 2) & (self.runs.momentum == 0)]
        expected = f"{percent(members.solved.mean())} of {len(members)} runs solved"
        heat = self.page.one("#heat svg")
        heat.send_keys(Keys.ARROW_RIGHT)
        self.assertIn(expected, self.page.tooltip())
        heat.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_UP)
        self.assertIn("states 3, momentum 0.8", self.page.tooltip())
        self.assertIn(expected, self.page.point_at(self.page.all("#heat .cell")[0]))
        self.page.mouse("mouseMoved", 2, 2)
        self.page.settle()
        self.assertIsNone(self.page.tooltip())

    def test_parallel_coordinates_under_the_pointer(self):
        wires = self.page.one("#parallel [data-layer=wires]")
        said = [self.page.point_at(wires, x, y) for x in (0.1, 0.4, 0.9) for y in (0.05, 0.5, 0.95)]
        self.assertTrue(any(said))
        self.assertRegex(next(text for text in said if text), r"% of 8 runs solved\n")
        self.assertLessEqual(self.page.count("#parallel .wire.lit"), 1)

    def test_curves(self):
        self.page.choose("compare", "solved or not, all settings pooled")
        self.assertEqual(self.page.count("#curves path.line"), 2)
        self.assertIn("median (quartiles)", self.page.point_at(self.page.one("#curves svg")))
        buttons = self.page.all("#curve-legend button")
        buttons[0].click()
        self.page.settle()
        self.assertEqual(self.page.count("#curves path.line"), 1)
        self.page.choose("compare", "momentum, the others fixed")
        self.page.choose("states", "3")
        self.page.choose("learning_rate", "0.05")
        self.page.one("#curves svg").send_keys(Keys.ARROW_RIGHT)
        last = self.page.tooltip()
        members = self.runs[(self.runs.states == 3) & (self.runs.learning_rate == 0.05)
                            & (self.runs.momentum == 0.8)]
        median = self.results.loss.sel(run=members.index.values).isel(step=-1).median().item()
        said = re.search(r"^0\.8: (\S+) ", last, re.MULTILINE).group(1)
        self.assertAlmostEqual(float(said), median, delta=0.01 * median)

    def test_every_choice_of_curves_draws_something(self):
        label = self.page.one("#curve-controls select")
        for option in [option.text for option in label.find_elements("tag name", "option")]:
            self.page.choose("compare", option)
            self.assertGreater(self.page.count("#curves path.line"), 0, option)


class Filter(InBrowser):
    def kept(self) -> int:
        return int(self.page.one("#filter [data-kept]").get_attribute("data-kept"))

    def handle(self, name, end):
        return self.page.one(f"#parallel .handle[aria-label='{name}, {end} bound']")

    def test_by_keyboard(self):
        self.handle("states", "lower").send_keys(Keys.ARROW_UP)
        self.page.settle()
        self.assertEqual(self.kept(), 12)
        self.assertIn("states: 3 to 4", self.page.text("#filter"))
        self.assertEqual(self.page.count("#parallel .wire:not(.out)"), 12)
        self.assertEqual(self.page.count("#best tbody tr"), 12)
        self.page.choose("across", "states")
        self.page.choose("upwards", "learning_rate")
        self.assertEqual(self.page.count("#heat .cell"), 2 * 3)
        self.handle("momentum", "upper").send_keys(Keys.ARROW_DOWN)
        self.page.settle()
        self.assertEqual(self.kept(), 6)
        self.handle("states", "lower").send_keys(Keys.ESCAPE)
        self.page.settle()
        self.assertEqual(self.kept(), 9)

    def test_by_dragging_along_an_axis_and_lifting_it_again(self):
        axis = [parameter["name"] for parameter in data_of(self.report)["parameters"]].index("states")
        self.page.drag(self.page.all("#parallel .track")[axis], 0.9, 0.5)
        self.assertEqual(self.kept(), 12)
        self.assertIn("states: 2 to 3", self.page.text("#filter"))
        self.assertIn("12 of 18", self.page.text("#nav-filter"))
        self.page.one("#nav-filter button").click()
        self.page.settle()
        self.assertEqual(self.kept(), CONFIGURATIONS)
        self.assertEqual(self.page.count("#parallel .wire.out"), 0)

    def test_by_dragging_a_handle(self):
        handle = self.handle("success rate", "lower")
        height = self.page.script("return document.querySelector('#parallel .track').getBBox().height")
        box = self.page.script("return arguments[0].getBoundingClientRect().height", handle)
        self.page.drag(handle, 0.5, 0.5 - 0.5 * height / box)
        expected = self.runs.groupby(list(SWEPT)).solved.mean()
        shown = float(self.handle("success rate", "lower").get_attribute("aria-valuenow"))
        self.assertAlmostEqual(shown, 0.5, delta=0.03)
        self.assertEqual(self.kept(), (expected >= shown).sum())

    def test_the_address_shares_the_view(self):
        self.handle("states", "lower").send_keys(Keys.ARROW_UP)
        self.page.settle()
        address = self.page.script("return location.hash")
        self.assertEqual(address, "#?states=3..4")
        self.page.script("document.querySelector('nav a[href=\"#loss\"]').click()")
        self.page.driver.execute_async_script("setTimeout(arguments[0], 50)")
        self.assertEqual(self.page.script("return location.hash"), "#loss?states=3..4")
        self.assertEqual(self.kept(), 12)
        self.page.script("location.hash = '#best-settings?states=2..3&momentum=0..0'")
        self.page.driver.execute_async_script("setTimeout(arguments[0], 50)")
        self.page.settle()
        self.assertEqual(self.kept(), 6)
        self.assertTrue(self.page.script(
            "const { top } = document.getElementById('best-settings').getBoundingClientRect();"
            "return Math.abs(top) < 200"))
        self.page.script("location.hash = '#?nonsense=1..2&states=7..9&states=a..b&states'")
        self.page.driver.execute_async_script("setTimeout(arguments[0], 50)")
        self.page.settle()
        self.assertEqual(self.kept(), CONFIGURATIONS)
        self.page.script("document.querySelector('#filter button.plain')?.click()")
        self.assertNotIn("=", self.page.script("return location.hash"))

    def test_nothing_left(self):
        self.handle("success rate", "lower").send_keys(Keys.END)
        self.handle("learning_rate", "lower").send_keys(Keys.END)
        self.page.settle()
        self.assertEqual(self.kept(), 0)
        self.assertIn("No setting passes the filter", self.page.text("#best"))


class Addition(InBrowser):
    def machine(self):
        """Output and hidden states as the page shows them, [step] and [step, state]."""
        outputs, states = self.page.script("""
            const cells = (name) => [...document.querySelectorAll(`#adder td[data-${name}]`)];
            return [cells("output").map(({ dataset }) => [Number(dataset.step), Number(dataset.output)]),
                    cells("state").map(({ dataset }) => [Number(dataset.step), Number(dataset.state), Number(dataset.value)])]""")
        steps, width = len(outputs), 1 + max(state for _, state, _ in states)
        y, s = np.empty(steps), np.empty((steps, width))
        for step, value in outputs:
            y[step] = value
        for step, state, value in states:
            s[step, state] = value
        return y, s

    def test_sums_and_states_are_those_of_numpy(self):
        networks = data_of(self.report)["networks"]
        self.assertGreater(len(networks), 1)
        for network in networks:
            weights = {name: value.astype(float)
                       for name, value in self.results.network(network["run"]).items()}
            self.page.choose("network", network["title"])
            for a, b, bits in ((0, 0, 6), (31, 31, 6), (13, 25, 6), (1000, 3000, 13)):
                self.page.type("#number-a", str(a))
                self.page.type("#number-b", str(b))
                answer = int(rnnsweep.predict(weights, a, b, bits))
                shown = self.page.text("#sum")
                self.assertIn(f"{a} + {b} = {answer} ", shown)
                self.assertEqual("\u2713" in shown, answer == a + b)
                _, states = self.machine()
                np.testing.assert_allclose(
                    states, rnnsweep.hidden_states(weights, a, b, bits)[1:], atol=1e-12)

    def test_one_network_that_solves_it_comes_first(self):
        self.assertIn("100 %", data_of(self.report)["networks"][0]["title"])
        self.assertIn("\u2713", self.page.text("#sum"))

    def test_step_by_step(self):
        self.page.type("#number-a", "3")
        self.page.type("#number-b", "1")
        slider = self.page.one("#step")
        slider.send_keys(Keys.HOME)
        self.page.settle()
        self.assertIn("Step 1 of 6, from the right: reads 1 and 1, true carry 0", self.page.text("#step-words"))
        self.assertIn("carry to keep: 1", self.page.text("#step-words"))
        self.assertEqual(self.page.count("#adder td.later[data-bit]"), 5)
        slider.send_keys(Keys.ARROW_RIGHT)
        self.page.settle()
        self.assertIn("reads 1 and 0, true carry 1", self.page.text("#step-words"))

    def test_what_is_no_number_is_refused(self):
        for text in ("", "-1", "1.5", "1e3", "x", str(2**61)):
            self.page.type("#number-a", text)
            self.assertEqual(self.page.one("#number-a").get_attribute("aria-invalid"), "true", text)
        self.page.type("#number-a", str(2**61 - 1))
        self.assertEqual(self.page.one("#number-a").get_attribute("aria-invalid"), "false")
        self.assertIn("of 62", self.page.text("#step-words"))


def gates_of_numpy(weights, a, b, bits):
    """{gate: [step, state]} of a gru or lstm, from its own states."""
    logistic = lambda z: 1 / (1 + np.exp(-z))
    names = {3: {"reset": 0, "update": 1}, 4: {"input": 0, "forget": 1, "output": 3}}
    states = rnnsweep.hidden_states(weights, a, b, bits)
    given = np.array([[a >> k & 1, b >> k & 1] for k in range(bits)], float)
    z = np.einsum("ti,igh->tgh", given, weights["W_in"]) + weights["b_in"] \
        + np.einsum("th,hgj->tgj", states[:-1], weights["W_rec"]) + weights["b_rec"]
    return {name: logistic(z[:, place]) for name, place in names[z.shape[1]].items()}


class Gates(InBrowser):
    PARAMETERS = {**Study.PARAMETERS, "cell": ["tanh", "gru", "lstm"], "states": 4, "learning_rate": 0.05,
                  "momentum": 0.8}

    def rows(self):
        """{gate and state: values by step} of the rows that the page shows."""
        return self.page.script("""
            const cells = [...document.querySelectorAll("#adder td[data-gate]")], found = {};
            for (const cell of cells) {
              const name = cell.closest("tr").firstChild.textContent;
              (found[name] = found[name] ?? [])[Number(cell.dataset.step)] = Number(cell.dataset.value);
            }
            return found;""")

    def test_gates_are_those_of_numpy(self):
        seen = set()
        for network in data_of(self.report)["networks"]:
            weights = {name: value.astype(float)
                       for name, value in self.results.network(network["run"]).items()}
            self.page.choose("network", network["title"])
            self.assertEqual(self.rows(), {})
            cell = network["cell"]
            seen.add(cell)
            if cell == "tanh":
                self.assertEqual(self.page.script("return document.querySelector('#adder').textContent.includes('gate')"), False)
                continue
            self.page.type("#number-a", "13")
            self.page.type("#number-b", "25")
            for gate, values in gates_of_numpy(weights, 13, 25, 6).items():
                self.page.choose("gate", gate)
                shown = self.rows()
                self.assertEqual(set(shown), {f"{gate} {state}" for state in range(4)})
                for state in range(4):
                    np.testing.assert_allclose(shown[f"{gate} {state}"], values[:, state], atol=1e-12)
            self.page.choose("gate", "none")
        self.assertTrue({"gru", "lstm"} & seen, seen)


class NothingSwept(InBrowser):
    PARAMETERS = {**Study.PARAMETERS, "states": 3, "learning_rate": 0.05, "momentum": 0.8}
    SEEDS = 40

    def test_has_what_there_is_to_show(self):
        self.assertEqual(self.page.count("#parallel, #heat, #best"), 0)
        self.assertEqual(self.page.count("#curves path.line"), 2)
        self.assertEqual(self.page.count("#outcomes svg"), 2)


class RandomSearch(InBrowser):
    """Continuous axes; no two settings share a value."""

    PARAMETERS = {**Study.PARAMETERS,
                  "learning_rate": [0.01 * 1.06**k for k in range(40)], "momentum": [0.02 * k for k in range(45)],
                  "states": 3, "epochs": 2}
    SEEDS = 1

    def test_axes_in_ranges(self):
        self.assertEqual(self.page.count("#parallel .wire"), 1800)
        self.assertEqual(self.page.count("#heat .cell") + self.page.count("#heat .empty"), 144)
        self.page.drag(self.page.all("#parallel .track")[0], 0.9, 0.5)
        self.assertNotEqual(self.page.count("#parallel .wire.out"), 0)


if __name__ == "__main__":
    unittest.main()
