"""What the commands print: the notebook's report, tables, JSON, plots, progress."""

import fnmatch
import json
import os
import pty
import subprocess
import unittest

import numpy as np

from program import EXPERIMENTS, PROGRAM, SMALL, ProgramTest, environment

# Cells 4 and 14 of the notebook, the answers y in both notations like the rest.
FIRST_SAMPLE = """\
x1:   1010010000101110   29733
x2: + 1101011100000000   235
      -------   --
t:  = 0000100010101110   29968
"""
ADDITIONS = """\
x1:   0100011100111000   7394
x2: + 1100101110110010   19923
      -------   --
t:  = 1010110101010110   27317
y:  = 1010110101010110   27317

x1:   1010101110110010   19925
x2: + 1110101101011000   6871
      -------   --
t:  = 0011010100010110   26796
y:  = 0011010100010110   26796

x1:   1111010001001100   12847
x2: + 0000000001001000   4608
      -------   --
t:  = 1111010000100010   17455
y:  = 1111010000100010   17455

x1:   1000001001101100   13889
x2: + 1111111000111010   23679
      -------   --
t:  = 0000001101001001   37568
y:  = 0000001101001001   37568

x1:   1010100011101010   22293
x2: + 1010100111000010   17301
      -------   --
t:  = 0101010101011001   39594
y:  = 0101010101011001   39594

"""


class Notebook(ProgramTest):
    def test_report(self):
        out, _ = self.call("run", str(EXPERIMENTS / "lab9.yaml"))
        self.assertTrue(out.startswith(FIRST_SAMPLE + "\nNo gradient errors found\n"), out)
        self.assertTrue(out.endswith(ADDITIONS), out)
        self.assertIn("\nloss at start: 0.716144\n", out)
        again, _ = self.call("run", str(EXPERIMENTS / "lab9.yaml"))
        self.assertEqual(again, out)

    def test_show(self):
        self.call("run", str(EXPERIMENTS / "lab9.yaml"), "-o", "a.h5")
        out, _ = self.call("show", "a.h5", "0")
        self.assertIn(FIRST_SAMPLE, out)
        self.assertTrue(out.endswith(ADDITIONS), out)
        self.assertTrue(out.isascii())
        short, _ = self.call("show", "a.h5", "0", "--samples", "1")
        self.assertTrue(short.endswith(ADDITIONS.split("\n\n")[0] + "\n\n"), short)
        self.assertIn(FIRST_SAMPLE, self.call("show", "a.h5", "0", "-n0")[0])


class Show(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SMALL)
        self.call("run", "s.yaml", "-o", "a.h5")

    def test_configuration_and_outcome(self):
        out, _ = self.call("show", "a.h5", "11")
        values = self.datasets("a.h5")
        for line in ("states             3", "learning_rate      0.05", "epochs             1 *",
                     "momentum           0.8", "seed               3", "status             done",
                     f"final_loss         {values['final_loss'][11]:.7g}",
                     f"test_accuracy      {values['test_accuracy'][11]:.7g}"):
            self.assertIn(f"  {line}\n", out)

    def test_missing_run(self):
        self.refuse(64, "a.h5 has no run 12: it holds 12 runs, from 0 to 11", "show", "a.h5", "12")

    def test_plot(self):
        curve = self.datasets("a.h5")["loss"][0]
        out, _ = self.call("show", "a.h5", "0")
        lines = out.split("after its update\n")[1].splitlines()[:14]
        self.assertEqual(float(lines[0].split("|")[0]), float(f"{curve.max():.4g}"))
        self.assertEqual(float(lines[11].split("|")[0]), float(f"{curve.min():.4g}"))
        self.assertEqual(lines[12], " " * 11 + "+" + "-" * 60)
        self.assertEqual(lines[13].split(), ["0", "update", str(len(curve) - 1)])
        for place, value in enumerate(curve):  # every point stands where it belongs
            column = round(place / (len(curve) - 1) * 59)
            height = round((value - curve.min()) / (curve.max() - curve.min()) * 11)
            self.assertEqual(lines[11 - int(height)][12 + column], "*")

    def test_plot_in_unicode(self):
        out, _ = self.call("show", "a.h5", "0", LC_ALL="C.UTF-8")
        lines = out.split("after its update\n")[1].splitlines()[:13]
        # Bits of the braille block: 1, 2, 3 and 7 down the left side, 4, 5, 6 and 8 down the right.
        bits = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
        curve = self.datasets("a.h5")["loss"][0]
        for place, value in enumerate(curve):
            column = round(place / (len(curve) - 1) * 119)
            height = round((value - curve.min()) / (curve.max() - curve.min()) * 47)
            line, down = divmod(47 - int(height), 4)
            sign = ord(lines[line].split("│")[1][column // 2]) - 0x2800
            self.assertTrue(sign & bits[down][column % 2], f"point {place} is missing\n{out}")
        self.assertEqual(lines[12], " " * 11 + "└" + "─" * 60)


class Divergence(ProgramTest):
    def test_diverged_runs_are_reported_and_not_fatal(self):
        self.write("s.yaml", SMALL.replace("[0.02, 0.05]", "[0.02, 1e300]"))
        out, err = self.call("run", "s.yaml", "-o", "a.h5")
        diverged = int(np.count_nonzero(self.datasets("a.h5")["status"] == 2))
        self.assertEqual(diverged, 6)
        self.assertIn("; 6 diverged, 0 failed\n", err)
        run = int(np.flatnonzero(self.datasets("a.h5")["status"] == 2)[0])
        shown, _ = self.call("show", "a.h5", str(run))
        self.assertIn("  status             diverged\n", shown)
        self.assertNotIn("final_loss", shown)
        summary = json.loads(self.call("summary", "a.h5", "--json")[0])
        worst = summary["groups"][-1]
        self.assertEqual((worst["diverged"], worst["solved"]), (3, 0))
        self.assertIsNone(worst["test_accuracy_mean"])


class Progress(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SMALL)

    def test_a_pipe_gets_plain_lines(self):
        for style in ("auto", "plain", "none"):
            err = self.call("run", "s.yaml", "-o", f"{style}.h5", "--progress", style,
                            TERM="xterm-256color")[1]
            self.assertNotIn("\033", err)
            self.assertNotIn("\r", err)
            self.assertEqual(len(err.splitlines()), 2)

    def test_json(self):
        err = self.call("run", "s.yaml", "-o", "a.h5", "--progress", "json", "-j2")[1]
        events = [json.loads(line) for line in err.splitlines()]
        self.assertEqual(events[0]["event"], "start")
        self.assertEqual((events[0]["total"], events[0]["threads"]), (12, 2))
        self.assertEqual({event["event"] for event in events[1:]}, {"progress"})
        self.assertEqual((events[-1]["finished"], events[-1]["work"]), (12, 1))
        finished = [event["finished"] for event in events[1:]]
        self.assertEqual(finished, sorted(finished))

    def on_terminal(self, *arguments, **settings):
        """What a terminal on standard error would receive."""
        leader, follower = pty.openpty()
        process = subprocess.Popen([PROGRAM, *arguments], cwd=self.folder, stderr=follower,
                                   stdout=subprocess.DEVNULL,
                                   env=environment(**{"TERM": "xterm", **settings}))
        os.close(follower)
        received = b""
        try:
            while piece := os.read(leader, 65536):
                received += piece
        except OSError:  # the terminal's other end is closed
            pass
        os.close(leader)
        process.wait(timeout=60)
        return received.decode()

    def test_a_terminal_gets_a_bar_within_its_width(self):
        text = self.on_terminal("run", "s.yaml", "-o", "a.h5", "seeds=400", "epochs=50",
                                LC_ALL="C.UTF-8")
        bars = [piece.split("\n")[0] for piece in text.split("\r\033[K")[1:]]
        self.assertTrue(any("█" in bar for bar in bars), text)
        self.assertTrue(all(len(bar.rstrip("\r")) < 80 for bar in bars[:-1]), text)
        self.assertNotIn("\033[K\033", text)
        self.assertTrue(bars[-1].startswith("rnnsweep: trained 1600 runs in "), text)
        plain = self.on_terminal("run", "s.yaml", "-o", "b.h5", "seeds=400", "epochs=50")
        self.assertTrue(plain.isascii())
        self.assertIn("[#", plain)

    def test_colour_only_where_wanted(self):
        self.write("bad.yaml", SMALL.replace("states", "stats"))
        self.assertIn("\033[", self.on_terminal("plan", "bad.yaml"))
        self.assertNotIn("\033[", self.on_terminal("plan", "bad.yaml", NO_COLOR="1"))
        self.assertNotIn("\033[", self.on_terminal("plan", "bad.yaml", TERM="dumb"))


if __name__ == "__main__":
    unittest.main()
