"""`rnnsweep predict` and what `show` says of the same networks, against a forward pass in NumPy."""

import json
import unittest

import h5py
import numpy as np

import checksums
from program import SMALL, ProgramTest

SWEEP = SMALL.replace("[0.02, 0.05]", "[0.05, 1e300]").replace("epochs: 1", "epochs: 30")
BITS = 6


def bits(number):
    return [number >> k & 1 for k in range(BITS)]


class Predict(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SWEEP)
        self.call("run", "s.yaml", "-o", "a.h5")

    def outputs(self, run, a, b):
        """Probability of a 1 in each bit of the answer."""
        with h5py.File(self.folder / "a.h5") as file:
            group = file[f"weights/states_{file['states'][run]}"]
            row = list(group["run_id"]).index(run)
            weight = {name: group[name][row].astype(float) for name in
                      ("S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out")}
        state, outputs = weight["S0"], []
        for x in zip(bits(a), bits(b)):
            state = np.tanh(np.array(x) @ weight["W_in"] + weight["b_in"] +
                            state @ weight["W_rec"] + weight["b_rec"])
            outputs.append(1 / (1 + np.exp(-(state @ weight["W_out"] + weight["b_out"])[0])))
        return np.array(outputs)

    def test_json(self):
        seen = set()
        for run in (0, 7):
            for a, b in ((31, 31), (12, 17), (1, 30)):
                found = json.loads(self.call("predict", "a.h5", str(run), str(a), str(b),
                                             "--json")[0])
                expected = self.outputs(run, a, b)
                np.testing.assert_allclose(found.pop("outputs"), expected, atol=2e-6)
                answer = sum(int(bit > 0.5) << k for k, bit in enumerate(expected))
                self.assertEqual(found, {"run": run, "a": a, "b": b, "sum": a + b,
                                         "answer": answer, "right": answer == a + b})
                seen.add(answer == a + b)
        self.assertEqual(seen, {True, False})

    def test_text(self):
        for run, a, b in ((6, 12, 17), (0, 31, 30), (1, 3, 5)):
            out, _ = self.call("predict", "a.h5", str(run), str(a), str(b))
            addition, table = out.split("\n\n")
            expected = self.outputs(run, a, b)
            answer = (expected > 0.5).astype(int)
            write = lambda digits: "".join(map(str, digits))
            number = sum(int(bit) << k for k, bit in enumerate(answer))
            marks = "".join("^" if bit != right else " " for bit, right in zip(answer, bits(a + b)))
            self.assertEqual(addition.splitlines(), [
                f"x1:   {write(bits(a))}   {a:2}", f"x2: + {write(bits(b))}   {b:2}",
                "      -------   --", f"t:  = {write(bits(a + b))}   {a + b:2}",
                f"y:  = {write(answer)}   {number:2}"] +
                ([f"      {marks}   wrong"] if "^" in marks else []))
            for k, line in enumerate(table.splitlines()[1:]):
                right = bits(a + b)[k]
                words = [str(k), str(bits(a)[k]), str(bits(b)[k]), str(right),
                         f"{expected[k]:.4f}", str(answer[k])]
                self.assertEqual(line.split(), words + ["wrong"] * int(answer[k] != right))

    def test_show_marks_wrong_bits_and_counts_the_right_sums(self):
        accuracy = self.datasets("a.h5")["test_accuracy"]
        run = int(np.nanargmin(accuracy))
        self.assertLess(accuracy[run], 1)
        out, _ = self.call("show", "a.h5", str(run), "-n", "20")
        self.assertIn(f"answers y ({round(20 * accuracy[run])} of 20 are right)\n", out)
        self.assertEqual(out.count(" wrong\n"), 20 - round(20 * accuracy[run]))

    def test_logarithmic_plot(self):
        curve = self.datasets("a.h5")["loss"][0]
        lines = self.call("show", "a.h5", "0", "--log")[0].split("logarithmic scale\n")[1]
        lines = lines.splitlines()[:12]
        self.assertEqual(float(lines[0].split("|")[0]), float(f"{curve.max():.4g}"))
        self.assertEqual(float(lines[11].split("|")[0]), float(f"{curve.min():.4g}"))
        height = np.log(curve / curve.min()) / np.log(curve.max() / curve.min())
        for place, share in enumerate(height):
            column = round(place / (len(curve) - 1) * 59)
            self.assertEqual(lines[11 - round(share * 11)][12 + column], "*")

    def test_what_cannot_be_done(self):
        for arguments, message in (
                ("0 32 1", "'32' cannot be added: run 0 adds whole numbers from 0 to 31, in sums of "
                           "6 bits"),
                ("0 1 1.5", "'1.5' cannot be added: *"),
                ("12 1 1", "a.h5 has no run 12: it holds 12 runs, from 0 to 11"),
                ("first 1 1", "'first' is no run: give a run's number (0, 1, 2, ...), `best`, or *"),
                ("3 1 1", "run 3 diverged at update *: its network cannot be used"),
                ("0 1", "run 0 adds two numbers, not 1"),
                ("0", "nothing is asked: *")):
            self.refuse(64, message, "predict", "a.h5", *arguments.split())
        checksums.change(self.folder / "a.h5", {"status": {0: 0, 1: 3}})
        self.refuse(64, "run 0 is not trained yet", "predict", "a.h5", "0", "1", "1")
        self.refuse(64, "run 1 failed its gradient check and was not trained",
                    "predict", "a.h5", "1", "1", "1")


if __name__ == "__main__":
    unittest.main()
