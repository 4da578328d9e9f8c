"""A CPU, or a compiler, whose fast kernels give other bits: they are reported and not used."""

import re
import unittest

from program import SMALL, ProgramTest


class SelfCheck(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SMALL)
        states = re.findall(r"(\S+) \(([^)]*)\)", self.call("--version")[0].split("instruction sets:")[1])
        self.failing = [isa for isa, state in states if state == "fails its self-check"]
        if not self.failing:
            self.skipTest("this CPU has no vector instructions that this build knows")

    def test_reported_and_not_used(self):
        err = self.call("run", "s.yaml", "-o", "a.h5")[1]
        for isa in self.failing:
            self.assertIn(f"rnnsweep: warning: {isa} is not used, its self-check gives other bits than the "
                          "generic kernels: training with generic; please report this with the CPU's name\n", err)
        self.assertIn(", generic, into a.h5", err)

    def test_refused_by_name(self):
        self.refuse(64, f"instruction set {self.failing[0]} cannot be used here: its self-check disagrees with "
                    "generic; usable: generic", "run", "s.yaml", "-o", "a.h5", "--isa", self.failing[0])
        self.assertFalse((self.folder / "a.h5").exists())

    def test_silent_when_chosen_by_name(self):
        self.assertNotIn("warning", self.call("run", "s.yaml", "-o", "a.h5", "--isa", "generic")[1])


if __name__ == "__main__":
    unittest.main()
