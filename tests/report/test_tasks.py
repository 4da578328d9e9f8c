#!/usr/bin/env python3
"""The report of other tasks than addition: its networks say what the program's say, and nothing
speaks of sums or bits."""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "numeric"), str(Path(__file__).parents[2] / "analysis/python")]

import h5py
import numpy as np
from selenium.webdriver.support.ui import Select

import rnnsweep.report
from browser import NARROW, WIDE, By, Page
from program import PROGRAM, run_grid

TASKS = ["parity", "even_pairs", "cycle_navigation", "modular_sum", "reverse", "copy_memory", "adding",
         "flip_flop", "tomita", "counting", "dyck", "context_integration", "duplicate"]


class Tasks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.file = run_grid(folder.name, "tasks", {
            "task": TASKS, "states": 5, "delay": 3, "input_noise": 0.0, "epochs": 1,
            "train_samples": 200, "test_samples": 50, "batch_size": 50}, [1, 2])
        cls.report = Path(folder.name) / "report.html"
        rnnsweep.report.write_report(cls.file, cls.report)
        cls.page = Page()
        cls.addClassCleanup(cls.page.close)

    def choose(self, place, number):
        Select(self.page.driver.find_elements(By.CSS_SELECTOR, "#work select")[place]
               ).select_by_index(number)
        self.page.settle()

    def cells(self, name):
        return self.page.script(
            f"return [...document.querySelectorAll('#work td[data-{name}]')].map((cell) => "
            f"cell.dataset.{name})")

    def words(self, task, inputs):
        """The displayed inputs as `rnnsweep predict` takes them."""
        inputs = [value.replace("\u2212", "-") for value in inputs]
        steps = len(inputs) // {"adding": 2, "flip_flop": 3, "context_integration": 4}.get(task, 1)
        if task in ("reverse", "duplicate"):
            inputs = inputs[:steps // 2]
        elif task == "copy_memory":
            inputs = inputs[:10]
        elif task == "flip_flop":
            signs = {"1": "+", "-1": "-", "0": "."}
            return ["".join(signs[value] for value in inputs[at:at + steps])
                    for at in range(0, len(inputs), steps)]
        elif task == "context_integration":
            return [inputs[0], inputs[steps], "1" if inputs[2 * steps] == "1" else "2"]
        return ["".join(inputs)]

    def test_networks_say_what_the_program_says(self):
        self.page.open(self.report)
        titles = [option.text for option in Select(
            self.page.driver.find_elements(By.CSS_SELECTOR, "#work select")[0]).options]
        self.assertEqual({title.split(",")[0] for title in titles}, set(TASKS))
        for number, title in enumerate(titles):
            task, run = title.split(",")[0], title.split("run ")[1].split(":")[0]
            self.choose(0, number)
            self.choose(1, 3)
            if task == "adding":  # its numbers are shown with two digits
                continue
            with self.subTest(task=task):
                found = json.loads(subprocess.run(
                    [PROGRAM, "predict", self.file, run, "--json", "--",
                     *self.words(task, self.cells("input"))],
                    check=True, capture_output=True, text=True).stdout)
                says = [float(value) for value in self.cells("says")]
                answers = found["answers"]
                if isinstance(answers[0], list):
                    answers = [row[o] for o in range(len(answers[0])) for row in answers]
                self.assertEqual(len(says), len(answers))
                for mine, its in zip(says, answers):
                    self.assertAlmostEqual(mine, its, delta=1e-4)
                misses = self.page.count("#work td.miss")
                wrong = sum(1 for k, weight in enumerate(found["weights"]) if weight)
                self.assertLessEqual(misses, wrong * len(says) // len(found["weights"]))
        self.assertEqual(self.page.complaints(), [])

    def test_inputs_can_be_changed(self):
        self.page.open(self.report)
        before = self.cells("input")
        self.assertGreater(self.page.count("#work tr:nth-child(2) td"), 0)
        self.page.script("document.querySelector('#work button.cell').click()")
        self.page.settle()
        after = self.cells("input")
        self.assertNotEqual(before[0], after[0])
        self.assertEqual(before[1:], after[1:])
        self.assertEqual(self.page.script("return document.getElementById('verdict').textContent"),
                         "A sequence of your own")
        self.assertEqual(self.page.count("#work td.miss"), 0)

    def test_a_wrong_answer_of_the_present_step_is_marked(self):
        self.page.open(self.report)
        frames = self.page.script("""
            const [wrong, right] = ["miss", "other"].map((name) => {
                const cell = document.querySelector("#work td.now");
                cell.className = `now ${name}`;
                return getComputedStyle(cell).boxShadow;
            });
            return [wrong, right];""")
        self.assertNotEqual(*frames)

    def test_wide_and_narrow(self):
        for size in (WIDE, NARROW):
            self.page.open(self.report, size)
            for number in range(len(TASKS)):
                self.choose(0, number)
                width = self.page.script("return document.documentElement.scrollWidth")
                self.assertLessEqual(width, size[0])
            self.assertEqual(self.page.complaints(), [])

    def test_no_sums_and_bits(self):
        self.page.open(self.report)
        text = self.page.script("return document.querySelector('main').innerText").lower()
        for word in ("sums?", "bits?", "additions?", "learn to add", "cross entropy"):
            self.assertNotRegex(text.replace("the same bits", ""), rf"\b{word}\b")


class LongAndOwn(unittest.TestCase):
    """Sequences of which a table shows a part, and those of data files."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        stream = np.random.RandomState(1)
        made = {"signs": lambda count: (stream.randint(0, 3, (count, 9)),
                                        stream.randint(0, 4, (count, 9))),
                "numbers": lambda count: (stream.normal(size=(count, 300, 20)).astype("f4"),
                                          stream.normal(size=(count, 300, 2)).astype("f4"))}
        for name, draw in made.items():
            with h5py.File(cls.folder / f"{name}.nc", "w") as file:
                for part in ("train", "test"):
                    file[f"{part}/inputs"], file[f"{part}/targets"] = draw(40)
                    file[f"{part}/lengths"] = stream.randint(5, 9, 40)
        cls.file = run_grid(folder.name, "tasks", {
            "task": ["parity", "signs", "numbers"], "states": 4, "sequence_length": 400, "epochs": 1,
            "train_samples": 40, "test_samples": 40, "batch_size": 10}, 1,
            data={name: str(cls.folder / f"{name}.nc") for name in made})
        cls.report = rnnsweep.report.write_report(cls.file, cls.folder / "report.html")
        cls.page = Page()
        cls.addClassCleanup(cls.page.close)

    def setUp(self):
        self.page.open(self.report)
        self.titles = {option.text.split(",")[0]: (place, option.text.split("run ")[1].split(":")[0])
                       for place, option in enumerate(Select(self.page.driver.find_elements(
                           By.CSS_SELECTOR, "#work select")[0]).options)}

    def tearDown(self):
        self.assertEqual(self.page.complaints(), [])

    cells, choose = Tasks.cells, Tasks.choose

    def move_to(self, step):
        self.page.script("const slider = document.getElementById('work-step');"
                         "slider.value = arguments[0]; slider.dispatchEvent(new Event('input'));", step)
        self.page.settle()

    def test_a_long_sequence_is_shown_in_parts(self):
        place, run = self.titles["parity"]
        self.choose(0, place)
        shown = {}
        for step, first in ((400, 280), (1, 0), (60, 0), (120, 0), (121, 61), (200, 140),
                            (300, 240)):
            self.move_to(step)
            self.assertIn(f"Steps {first + 1} to {first + 120} of 400", self.page.text("#work .hint"))
            inputs, says = self.cells("input"), self.cells("says")
            self.assertEqual((len(inputs), len(says)), (120, 120))
            self.assertEqual(self.page.count("#work td.now"), self.page.count("#work tr:not(.rule)"))
            for k in range(120):
                self.assertIn(shown.setdefault(first + k, (inputs[k], says[k])), [(inputs[k], says[k])])
        self.assertEqual(sorted(shown), list(range(400)))
        found = json.loads(subprocess.run(
            [PROGRAM, "predict", self.file, run, "--json", "".join(shown[k][0] for k in range(400))],
            check=True, capture_output=True, text=True).stdout)
        self.assertEqual([float(shown[k][1]) for k in range(400)],
                         [answer[0] for answer in found["answers"]])
        self.assertLessEqual(self.page.count("#work circle"), 2001)

    def test_what_is_changed_stays_in_view(self):
        self.choose(0, self.titles["parity"][0])
        self.move_to(3)
        self.page.script("document.querySelectorAll('#work button.cell')[1].click()")
        self.page.settle()
        self.assertIn("Steps 1 to 120 of 400", self.page.text("#work .hint"))
        self.assertTrue(self.page.text("#work-words").startswith("Step 3 of 400"))

    def test_networks_of_own_data(self):
        """On their test set, as `predict --set test` has them."""
        for task, inputs in (("signs", 1), ("numbers", 12)):
            place, run = self.titles[task]
            self.choose(0, place)
            output = self.folder / f"{task}-outputs.nc"
            subprocess.run([PROGRAM, "predict", self.file, run, "--set", "test", "-o", output],
                           check=True, capture_output=True)
            with h5py.File(output) as file, h5py.File(self.folder / f"{task}.nc") as given:
                outputs, x = file["outputs"][()], given["test/inputs"][()]
                lengths = given["test/lengths"][()]
            for sequence in (0, 3):
                self.choose(1, sequence)
                steps = lengths[sequence]
                says = np.array(self.cells("says"), float).reshape(-1, steps)
                mine = outputs[sequence, :steps]
                if task == "signs":
                    self.assertEqual(self.cells("input"), [str(each) for each in x[sequence, :steps]])
                    np.testing.assert_array_equal(says[0], mine.argmax(1))
                else:
                    np.testing.assert_allclose(says, mine.T, atol=1e-5)
                self.assertEqual(len(self.cells("input")), inputs * steps)
        self.assertIn("The first 12 of 20 inputs.", self.page.text("#work .hint"))

    def test_narrow(self):
        self.page.open(self.report, NARROW)
        for place, _ in self.titles.values():
            self.choose(0, place)
            self.assertLessEqual(self.page.script("return document.documentElement.scrollWidth"),
                                 NARROW[0])

    def test_without_the_file_there_is_no_such_network(self):
        moved = self.folder / "numbers.nc"
        moved.rename(self.folder / "elsewhere.nc")
        try:
            report = rnnsweep.report.write_report(self.file, self.folder / "without.html")
        finally:
            (self.folder / "elsewhere.nc").rename(moved)
        titles = report.read_text().split('"players":')[1]
        self.assertIn('"task":"signs"', titles)
        self.assertNotIn('"task":"numbers"', titles)


if __name__ == "__main__":
    unittest.main()
