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


if __name__ == "__main__":
    unittest.main()
