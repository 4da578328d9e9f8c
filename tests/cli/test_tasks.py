"""Built-in tasks from outside: what is asked and shown in the words of each task, against a forward
pass in NumPy, and what is refused."""

import json
import unittest

import h5py
import numpy as np

from program import ProgramTest

SWEEP = """\
name: tasks
method: grid
parameters:
  task: [parity, even_pairs, cycle_navigation, modular_sum, reverse, copy_memory, adding, flip_flop,
         tomita, counting, dyck, context_integration, duplicate]
  states: 3
  delay: 2
  epochs: 1
  train_samples: 40
  test_samples: 20
  batch_size: 20
seeds: 1
"""
ASKED = {
    "parity": (["0110"], [0, 1, 1, 0], [[0], [1], [0], [0]], "x:    0110", "t:    0100"),
    "even_pairs": (["abba"], [0, 1, 1, 0], [1, 0, 0, 1], "x:    abba", "t:       1"),
    "cycle_navigation": (["0++-"], [0, 1, 1, 2], [0, 1, 2, 1], "x:    0++-", "t:       1"),
    "modular_sum": (["3014"], [3, 0, 1, 4], [3, 3, 4, 3], "x:    3014", "t:    3343"),
    "reverse": (["011"], [0, 1, 1, 2, 2, 2], [0, 0, 0, 1, 1, 0], "x:    011___", "t:       110"),
    "copy_memory": (["1234567812"], [*range(1, 9), 1, 2, 0, 9] + 10 * [0],
                    12 * [0] + [*range(1, 9), 1, 2], "x:    1234567812090000000000",
                    "t:    0000000000001234567812"),
    "adding": (["0.5", "0.25*", "1*"], [[0.5, 0], [0.25, 1], [1, 1]], [[0], [0.25], [1.25]],
               "x 1:   0.50 0.25 1.00", "t:               1.25"),
    "flip_flop": (["--", "+.-", "-..", "+++"], [[1, -1, 1], [0, 0, 1], [-1, 0, 1]],
                  [[1, -1, 1], [1, -1, 1], [-1, -1, 1]], "x 1:    1.00  0.00 -1.00",
                  "t 1:    1.00  1.00 -1.00"),
    "tomita": (["0001"], [0, 0, 0, 1], [1, 1, 0, 0], "x:    0001", "t:       0"),
    "counting": (["aabbc"], [0, 0, 1, 1, 2], [[1, 1, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0],
                                              [0, 0, 1, 0], [0, 0, 1, 0]],
                 "x:    aabbc", "t a:  11000"),
    "dyck": (["([]"], [0, 1, 3], [[1, 1, 1, 0, 0], [1, 1, 0, 1, 0], [1, 1, 1, 0, 0]],
             "x:    ([]", "t (:  111"),
    "context_integration": (["--", "0.2", "-0.1", "2"], 16 * [[0.2, -0.1, 0, 1]], 16 * [[-1]],
                            "x 1:    0.20  0.20  0.20  0.20  0.20  0.20  0.20  0.20  0.20  0.20  0.20",
                            None),
    "duplicate": (["011"], [0, 1, 1, 2, 2, 2], [0, 0, 0, 0, 1, 1], "x:    011___", "t:       011"),
}
WRONG = {
    "parity": ("012", "it wants a word of 0 and 1, such as 0110"),
    "even_pairs": ("abc", "it wants a word of a and b, such as abba"),
    "modular_sum": ("35", "it wants symbols below the modulus: *"),
    "reverse": ("01_", "it wants a word of 0 and 1, *"),
    "duplicate": ("01_", "it wants a word of 0 and 1, *"),
    "copy_memory": ("123", "it wants a word of ten digits from 1 to 8, *"),
    "adding": ("0.5* 1 2", "it wants numbers, of which two are marked, *"),
    "flip_flop": ("+. +.", "it wants a word of +, - and . for each channel, *"),
    "counting": ("aabc", "it wants a string such as aaabbbccc, or the beginning of one"),
    "dyck": ("([)", "it wants balanced brackets *"),
    "context_integration": ("1 1 3", "it wants two coherences and which of them counts, *"),
}


class Tasks(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("t.yaml", SWEEP)
        self.call("run", "t.yaml", "-o", "t.h5")

    def outputs(self, run, x):
        """Logits of one sequence [T,I]."""
        with h5py.File(self.folder / "t.h5") as file:
            for group in file["weights"].values():
                if run in group["run_id"]:
                    row = list(group["run_id"]).index(run)
                    w = {name: group[name][row].astype(float) for name in
                         ("S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out")}
        state, found = w["S0"], []
        x = np.eye(w["W_in"].shape[0])[x] if np.ndim(x) == 1 and len(w["W_in"]) > 1 else x
        for step in np.reshape(x, (len(x), -1)):
            state = np.tanh(step @ w["W_in"] + w["b_in"] + state @ w["W_rec"] + w["b_rec"])
            found.append(state @ w["W_out"] + w["b_out"])
        return np.array(found)

    def test_asked(self):
        for run, (task, (words, inputs, targets, x_line, t_line)) in enumerate(ASKED.items()):
            with self.subTest(task=task):
                found = json.loads(self.call("predict", "t.h5", str(run), "--json", *words)[0])
                np.testing.assert_allclose(np.squeeze(found["inputs"]), np.squeeze(inputs))
                np.testing.assert_allclose(found["targets"], targets)
                z = self.outputs(run, np.array(inputs))
                kind = {"parity": "bits", "counting": "bits", "dyck": "bits", "adding": "reals",
                        "flip_flop": "reals", "context_integration": "reals"}.get(task, "classes")
                expected = {"bits": 1 / (1 + np.exp(-z)), "reals": z,
                            "classes": np.exp(z) / np.exp(z).sum(1, keepdims=True)}[kind]
                np.testing.assert_allclose(found["outputs"], expected, atol=2e-6)
                answer = {"bits": z > 0, "reals": z, "classes": z.argmax(1)}[kind]
                np.testing.assert_allclose(np.array(found["answers"], float), answer, atol=2e-6)
                shown = self.call("predict", "t.h5", f"task={task}", *words)[0].splitlines()
                self.assertEqual(shown[0], x_line)
                if t_line is not None:
                    self.assertIn(t_line, shown)

    def test_marks_and_counts(self):
        for run, task in enumerate(ASKED):
            with self.subTest(task=task):
                shown = json.loads(self.call("show", "t.h5", str(run), "-n", "20", "--json")[0])
                right = sum(example["right"] for example in shown["sequences"]["test"])
                self.assertEqual(right, round(20 * shown["test_accuracy"]))
                text = self.call("show", "t.h5", str(run), "-n", "20")[0]
                self.assertIn(f"answers y ({right} of 20 are right)\n", text)
                if right == 20:
                    self.assertNotIn("wrong", text)
                elif right == 0:
                    self.assertGreaterEqual(text.count("wrong"), 20)

    def test_refused(self):
        for task, (words, message) in WRONG.items():
            run = list(ASKED).index(task)
            self.refuse(64, f"run {run}: {message}", "predict", "t.h5", str(run), "--",
                        *words.split())

    def test_what_does_not_fit(self):
        for task, more, message in (
                ("reverse", "sequence_length: 15", "sequence_length must be an even number from 2 to "
                                                   "100000 in task reverse, not 15"),
                ("adding", "sequence_length: 1", "sequence_length must be a whole number from 2 *"),
                ("parity", "shortest_length: 17", "shortest_length 17 is more than sequence_length 16"),
                ("parity", "all_sequences: true, shortest_length: 1, sequence_length: 40",
                 "all_sequences: there are more than 100000000 strings of 1 to 40 symbols"),
                ("flip_flop", "loss_function: cross_entropy", "loss_function cross_entropy needs bits "
                                                             "or classes, but the targets of flip_flop "
                                                             "are reals"),
                ("tomita", "grammar: 8", "grammar (number of the language (tomita)) must be a whole "
                                         "number from 1 to 7, not '8'")):
            with self.subTest(task=task, more=more):
                self.write("w.yaml", f"method: grid\nparameters: {{task: {task}, {more}}}\nseeds: 1\n")
                err = self.call("plan", "w.yaml", code=65)[1]
                self.assertMatches(err.splitlines()[0], f"w.yaml:2:*: error: {message}")

    def test_what_a_task_has_no_use_for_makes_no_runs(self):
        self.write("u.yaml", "method: grid\nparameters: {task: [parity, tomita], grammar: [1, 4], "
                             "modulus: [3, 7]}\nseeds: 1\n")
        out, err = self.call("plan", "u.yaml")
        self.assertIn("  runs                 3\n", out)  # parity, and tomita with each grammar
        self.assertIn("modulus decides nothing here: it belongs to task modular_sum", err)
        self.call("run", "u.yaml", "-o", "u.h5")
        self.assertEqual(list(self.datasets("u.h5")["grammar"]), [4, 1, 4])
        self.write("all.yaml", "method: grid\nparameters: {task: even_pairs, all_sequences: true, "
                               "shortest_length: 2, sequence_length: 6}\nseeds: 1\n")
        self.call("run", "all.yaml", "-o", "all.h5")
        self.assertEqual(self.datasets("all.h5")["train_samples"][0], 4 + 8 + 16 + 32 + 64)

    def test_statistics_by_task(self):
        out, _ = self.call("summary", "t.h5", "--by", "task", "--csv")
        self.assertEqual({line.split(",")[0] for line in out.splitlines()[1:]}, set(ASKED))


if __name__ == "__main__":
    unittest.main()
