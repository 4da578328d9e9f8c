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


KEPT = """\
name: kept
method: grid
data: own.h5
parameters:
  task: [addition, parity, own]
  cell: [tanh, lstm]
  learning_rate: [0.05, 1e38]
  states: 3
  sequence_length: 6
  train_samples: 60
  test_samples: 20
  batch_size: 20
  epochs: 2
seeds: 1
checkpoints: [0, 3, 6]
"""


class Checkpoints(ProgramTest):
    """The networks of a run during its training."""

    def setUp(self):
        super().setUp()
        stream = np.random.RandomState(1)
        with h5py.File(self.folder / "own.h5", "w") as file:
            for name, count in (("train", 60), ("test", 20)):
                file[f"{name}/inputs"] = stream.randint(0, 2, (count, 6))
                file[f"{name}/targets"] = stream.randint(0, 2, (count, 6, 1))
        self.write("kept.yaml", KEPT)
        self.call("run", "kept.yaml", "-o", "a.h5", code=0)
        data = self.datasets("a.h5")
        with h5py.File(self.folder / "a.h5") as file:
            word = {name: file[name].attrs["flag_meanings"].split() for name in ("task", "cell")}
        self.runs = {(word["task"][task], word["cell"][cell], bool(rate > 1)): run
                     for run, (task, cell, rate) in enumerate(zip(data["task"], data["cell"],
                                                                  data["learning_rate"]))}

    def logits(self, run, cell, inputs, update):
        """[step], with the weights of a checkpoint, in double precision."""
        with h5py.File(self.folder / "a.h5") as file:
            group = next(group for group in file["weights"].values() if run in group["run_id"][()])
            row = list(group["run_id"]).index(run)
            place = list(file["checkpoint"]).index(update)
            weight = {name[:-3]: group[name][row, place].astype(float)
                      for name in group if name.endswith("_at")}
        state, memory, found = weight["S0"], weight.get("C0"), []
        sigmoid = lambda a: 1 / (1 + np.exp(-a))
        for x in inputs:
            a = (np.tensordot(x, weight["W_in"], 1) + weight["b_in"] +
                 np.tensordot(state, weight["W_rec"], 1) + weight["b_rec"])
            if cell == "tanh":
                state = np.tanh(a)
            else:
                memory = sigmoid(a[1]) * memory + sigmoid(a[0]) * np.tanh(a[2])
                state = sigmoid(a[3]) * np.tanh(memory)
            found.append((state @ weight["W_out"] + weight["b_out"])[0])
        return np.array(found)

    def test_predict_and_show(self):
        probability = lambda z: 1 / (1 + np.exp(-z))
        seen = set()
        for cell in ("tanh", "lstm"):
            for update in (0, 3, 6):
                run = self.runs["addition", cell, False]
                found = json.loads(self.call("predict", "a.h5", str(run), "12", "17", "--json",
                                             "--checkpoint", str(update))[0])
                expected = self.logits(run, cell, list(zip(bits(12), bits(17))), update)
                np.testing.assert_allclose(found["outputs"], probability(expected), atol=2e-6)
                run = self.runs["parity", cell, False]
                string = np.eye(2)[[0, 1, 1, 0, 1]]
                found = json.loads(self.call("predict", "a.h5", str(run), "01101", "--json",
                                             "--checkpoint", str(update))[0])
                inputs = string if self.inputs_of(run) == 2 else string[:, 1:]
                expected = self.logits(run, cell, inputs, update)
                np.testing.assert_allclose(np.ravel(found["outputs"]), probability(expected), atol=2e-6)
                seen.add(tuple(np.round(expected, 3)))
                shown = json.loads(self.call("show", "a.h5", str(run), "--json", "-n", "1",
                                             "--checkpoint", str(update))[0])
                self.assertEqual((shown["checkpoints"], shown["checkpoint"]), ([0, 3, 6], update))
                first = shown["sequences"]["test"][0]
                words = "".join(map(str, np.ravel(first["inputs"])))
                again = json.loads(self.call("predict", "a.h5", str(run), words, "--json",
                                             "--checkpoint", str(update))[0])
                np.testing.assert_allclose(np.ravel(first["outputs"]), np.ravel(again["outputs"]),
                                           atol=1e-6)
        self.assertEqual(len(seen), 6)
        for task in ("addition", "parity"):
            run = str(self.runs[task, "tanh", False])
            out = self.call("show", "a.h5", run, "--checkpoint", "3")[0]
            self.assertIn("(--checkpoint U)\n  0, 3, 6\n", out)
            self.assertIn("answers y of the network as it was after 3 updates\n", out)
            self.assertEqual(self.call("show", "a.h5", run, "--checkpoint", "6")[0].split(" y ")[1]
                             .split("\n", 1)[1],
                             self.call("show", "a.h5", run)[0].split(" y ")[1].split("\n", 1)[1])

    def inputs_of(self, run):
        with h5py.File(self.folder / "a.h5") as file:
            return next(group["W_in"].shape[1] for group in file["weights"].values()
                        if run in group["run_id"][()])

    def test_sets_of_data_files(self):
        """The accuracy at a checkpoint is that of the outputs, and the last one that of the run."""
        run = str(self.runs["own", "lstm", False])
        losses = []
        for update in ("0", "3", "6"):
            found = json.loads(self.call("predict", "a.h5", run, "--set", "test", "--json",
                                         "--checkpoint", update, "-o", f"{update}.nc")[0])
            with h5py.File(self.folder / f"{update}.nc") as file:
                outputs = file["outputs"][()][..., 0]
                self.assertIn(f"run {run}, after {update} updates", file.attrs["source"])
            with h5py.File(self.folder / "own.h5") as file:
                string, targets = file["test/inputs"][()], file["test/targets"][()][..., 0]
            expected = self.logits(int(run), "lstm", np.eye(2)[string[0]], int(update))
            np.testing.assert_allclose(outputs[0], 1 / (1 + np.exp(-expected)), atol=2e-6)
            self.assertAlmostEqual(found["bit_accuracy"], np.mean((outputs > 0.5) == targets), 12)
            losses.append(found["loss"])
        self.assertEqual(len(set(losses)), 3)
        self.assertAlmostEqual(losses[2], self.datasets("a.h5")["test_loss"][int(run)], 7)

    def test_a_run_that_diverged(self):
        run = str(self.runs["parity", "tanh", True])
        self.refuse(64, f"run {run} diverged at update *: its network cannot be used", "predict",
                    "a.h5", run, "01")
        self.call("predict", "a.h5", run, "01", "--checkpoint", "0")
        self.assertIn("after 0 updates\n", self.call("show", "a.h5", run, "--checkpoint", "0")[0])
        self.refuse(64, f"run {run} has no checkpoint at update 6; it has 0. *", "predict", "a.h5", run,
                    "01", "--checkpoint", "6")

    def test_what_is_not_there(self):
        run = str(self.runs["parity", "tanh", False])
        missing = f"run {run} has no checkpoint at update 4; it has 0, 3, 6. `checkpoints` in its *"
        self.refuse(64, missing, "show", "a.h5", run, "--checkpoint", "4")
        self.refuse(64, missing, "predict", "a.h5", run, "01", "--checkpoint", "4")
        self.refuse(64, missing, "trajectories", "a.h5", run, "--checkpoint", "4", "-o", "s.nc")
        own = self.runs["own", "tanh", False]
        self.refuse(64, f"run {own} has learnt a data file, of which no sequences are shown: `rnnsweep "
                    f"predict FILE {own} --set test --checkpoint 3` asks its network", "show", "a.h5",
                    str(own), "--checkpoint", "3")
        self.write("none.yaml", SMALL)
        self.call("run", "none.yaml", "-o", "none.h5")
        self.refuse(64, "run 0 has no checkpoints: give its sweep `checkpoints: log2`, or *", "predict",
                    "none.h5", "0", "1", "1", "--checkpoint", "4")
        self.call("run", "none.yaml", "seeds=1", "states=2", "learning_rate=0.05", "epochs=20",
                  "checkpoints={every: 1}", "-o", "many.h5")
        self.refuse(64, "run 0 has no checkpoint at update 99; it has 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, "
                    "10, 11, ..., 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80. *", "predict",
                    "many.h5", "0", "1", "1", "--checkpoint", "99")


if __name__ == "__main__":
    unittest.main()
