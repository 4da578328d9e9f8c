#!/usr/bin/env python3
"""Own data from outside: a sweep names files, and plan, run, summary and the others know them."""

import json
import shutil
import unittest

import h5py
import numpy as np
import xarray

import program

SWEEP = """\
method: grid
data: {files}
parameters:
  states: 3
  epochs: 2
  batch_size: 10
seeds: 2
"""


def sequences(random, count, steps, kind):
    """Inputs and targets of one set."""
    if kind == "reals":
        inputs = random.normal(size=(count, steps, 4))
        return {"inputs": inputs, "targets": np.cumsum(inputs[:, :, :3], axis=1) / 10}
    symbols = random.randint(0, 3, (count, steps)).astype("i4")
    return {"inputs": symbols, "targets": (symbols + 1) % 3}


class DataTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.write_data("waves.h5", "reals", steps=7)
        self.write_data("letters.h5", "classes", steps=100)

    def write_data(self, name, kind, steps, seed=1):
        random = np.random.RandomState(seed)
        with h5py.File(self.folder / name, "w") as file:
            for group, count in (("train", 40), ("test", 30)):
                arrays = sequences(random, count, steps, kind)
                arrays["weights"] = random.choice([0.0, 1, 5], (count, steps), p=[0.2, 0.5, 0.3])
                arrays["weights"][:, -1] = 1
                for part, values in arrays.items():
                    file.create_dataset(f"{group}/{part}", data=values)

    def sweep(self, files, name="own.yaml", **more):
        text = SWEEP.format(files=files)
        for key, value in more.items():
            text = text.replace("epochs: 2\n", f"epochs: 2\n  {key}: {value}\n")
        return self.write(name, text)

    def attributes(self, name):
        with h5py.File(self.folder / name, "r", locking=False) as file:
            return dict(file.attrs)


class OneFile(DataTest):
    def test_the_folder_of_a_job_array_finds_the_file(self):
        """Its sweep is a copy in another folder, from where the file has another path."""
        self.call("run", self.sweep("waves.h5"), "-o", "here.h5")
        self.call("slurm", "own.yaml", "--shards", "2", "-d", "arrays/own", "-o", "own.h5")
        for shard in ("1/2", "2/2"):
            self.call("run", "arrays/own/sweep.yaml", "--shard", shard, "-o", "own.h5")
        self.call("merge", "own.h5", "own.1-of-2.h5", "own.2-of-2.h5")
        np.testing.assert_array_equal(self.datasets("own.h5")["loss"], self.datasets("here.h5")["loss"])
        self.write_data("waves.h5", "reals", steps=7, seed=2)
        _, err = self.call("run", "arrays/own/sweep.yaml", "--shard", "1/2", "-o", "own.h5", code=65)
        self.assertIn("waves", err)

    def test_from_the_sweep_to_the_results(self):
        out, _ = self.call("plan", self.sweep("waves.h5"))
        self.assertIn("waves", out)
        self.assertIn("4 reals -> 3 reals; train 40 x 7 steps, test 30 x 7", out)
        self.call("run", "own.yaml")
        found = self.datasets("results/own.h5")
        self.assertEqual(found["weights/tanh_I4_H3_O3/W_in"].shape, (2, 4, 3))
        self.assertEqual(found["weights/tanh_I4_H3_O3/W_out"].shape, (2, 3, 3))
        self.assertEqual(list(found["train_samples"]), [40, 40])
        self.assertEqual(list(found["test_samples"]), [30, 30])
        self.assertEqual(list(found["sequence_length"]), [7, 7])
        self.assertTrue(np.all(np.isfinite(found["test_loss"])))
        line = self.attributes("results/own.h5")["rnnsweep_data"]
        self.assertIn(f"path={self.folder}/waves.h5".replace("//", "/"), str(line))
        with h5py.File(self.folder / "results/own.h5") as file:
            words = file["task"].attrs["flag_meanings"].split()
            self.assertEqual(words[file["task"][0]], "waves")

    def test_the_results_need_no_data_file(self):
        self.call("run", self.sweep("waves.h5"))
        (self.folder / "waves.h5").unlink()
        for command in (["summary"], ["status"], ["verify"], ["missing"]):
            self.call(*command, "results/own.h5")
        out, _ = self.call("show", "results/own.h5", "1")
        self.assertIn("task               waves *", out)
        self.assertIn("test_loss", out)
        self.assertIn("4 reals -> 3 reals", out)
        self.refuse(64, "run 0 has learnt the data file waves: --set test *", "predict",
                    "results/own.h5", "0", "1", "2")
        self.refuse(74, "*waves.h5: cannot open this data file*", "predict", "results/own.h5", "0",
                    "--set", "test")

    def test_resumed_from_another_folder(self):
        self.call("run", self.sweep("waves.h5"))
        first = self.datasets("results/own.h5")
        (self.folder / "deep").mkdir()
        shutil.move(self.folder / "waves.h5", self.folder / "deep/waves.h5")
        self.sweep("waves.h5", name="deep/own.yaml")
        _, err = self.call("run", "deep/own.yaml", "-o", "results/own.h5")
        self.assertIn("nothing to train: all 2 runs are finished", err)
        self.assertEqual(first.keys(), self.datasets("results/own.h5").keys())

    def test_changed_data_are_not_mixed(self):
        self.call("run", self.sweep("waves.h5"))
        before = (self.folder / "results/own.h5").read_bytes()
        self.write_data("waves.h5", "reals", steps=7, seed=2)
        _, err = self.call("run", "own.yaml", code=65)
        self.assertIn("waves", err)
        self.assertEqual(before, (self.folder / "results/own.h5").read_bytes())

    def test_a_compressed_copy_is_the_same_data(self):
        self.call("run", self.sweep("waves.h5"))
        with h5py.File(self.folder / "waves.h5", "r+") as file:
            for part in ("train/inputs", "train/targets"):
                values = file[part][()]
                del file[part]
                file.create_dataset(part, data=values, compression="gzip")
        self.assertIn("nothing to train", self.call("run", "own.yaml")[1])

    def test_shards_are_merged(self):
        self.call("run", self.sweep("waves.h5"))
        for shard in ("1/2", "2/2"):
            self.call("run", "own.yaml", "--shard", shard, "-o", "part.h5")
        self.call("merge", "whole.h5", "part.1-of-2.h5", "part.2-of-2.h5")
        self.assertSameResults("results/own.h5", "whole.h5")

    def test_samples(self):
        self.call("run", self.sweep("waves.h5", train_samples=20, test_samples=5))
        found = self.datasets("results/own.h5")
        self.assertEqual(list(found["train_samples"]), [20, 20])
        self.assertTrue(np.all(found["test_accuracy"] * 5 % 1 == 0))
        _, err = self.call("plan", self.sweep("waves.h5", train_samples=41), code=65)
        self.assertIn("train_samples 41 is more than the 40 sequences of /train in waves", err)
        self.assertIn("own.yaml:6:3: error", err)


class SeveralFiles(DataTest):
    def test_each_file_is_a_task(self):
        self.call("run", self.sweep("{big: waves.h5, small: letters.h5}"))
        out, _ = self.call("summary", "results/own.h5", "--by", "task")
        self.assertIn("big", out)
        self.assertIn("small", out)
        out, _ = self.call("summary", "results/own.h5", "--where", "task=small")
        self.assertNotIn("big", out)
        found = self.datasets("results/own.h5")
        self.assertEqual(list(found["sequence_length"]), [7, 7, 100, 100])
        self.assertIn("weights/tanh_I3_H3_O3/W_in", found)

    def test_a_task_is_chosen(self):
        self.call("run", self.sweep("{big: waves.h5, small: letters.h5}", task="[small, addition]"))
        found = self.datasets("results/own.h5")
        self.assertEqual(list(found["sequence_length"]), [100, 100, 16, 16])
        self.assertEqual(list(np.isnan(found["test_loss"])), [False, False, True, True])

    def test_names_do_not_change_a_run(self):
        self.call("run", self.sweep("{a: waves.h5}"), "-o", "a.h5")
        self.call("run", self.sweep("{b: waves.h5}"), "-o", "b.h5")
        one, other = self.datasets("a.h5"), self.datasets("b.h5")
        self.assertTrue(np.array_equal(one["loss"], other["loss"]))
        (self.folder / "waves.h5").rename(self.folder / "moved.h5")
        self.assertIn("nothing to train", self.call("run", self.sweep("{a: moved.h5}"), "-o",
                                                     "a.h5")[1])
        (self.folder / "moved.h5").rename(self.folder / "waves.h5")
        identity = [self.call("plan", self.sweep(f"{{{name}: waves.h5}}"))[0].split("identity")[1]
                    .split()[0] for name in "ab"]
        self.assertEqual(*identity)


class Settings(DataTest):
    def test_loss_and_readout_change_the_run(self):
        losses = []
        for name, more in (("plain", {}), ("squared", {"loss_function": "squared_error"}),
                           ("last", {"readout": "last"})):
            self.call("run", self.sweep("letters.h5", **more), "-o", f"{name}.h5")
            losses.append(self.datasets(f"{name}.h5")["test_loss"][0])
        self.assertEqual(len(set(losses)), 3)

    def test_what_says_the_same_is_the_same_run(self):
        for more in ({"loss_function": "[task, cross_entropy]"}, {"readout": "[task, all]"}):
            out, _ = self.call("plan", self.sweep("letters.h5", **more))
            self.assertIn("runs                 2\n", out)

    def test_what_does_not_fit(self):
        for more, text in (({"loss_function": "cross_entropy"}, "needs bits or classes"),
                           ({"sequence_length": 5}, "sequence_length decides nothing here"),
                           ({"data_seed": 5}, "data_seed decides nothing here")):
            code = 65 if "loss_function" in more else 0
            _, err = self.call("plan", self.sweep("waves.h5", **more), code=code)
            self.assertIn(text, err)
        _, err = self.call("plan", self.write("add.yaml", program.SMALL.replace(
            "sequence_length: 6", "sequence_length: 63")), code=65)
        self.assertIn("add.yaml:10:3: error: sequence_length must be a whole number from 2 to 62",
                      err)


class Trouble(DataTest):
    def test_what_is_wrong_with_the_key(self):
        for files, text in (("none.h5", "none.h5: cannot open this data file"),
                            ("[waves.h5]", "must be a file, or a mapping"),
                            ("{addition: waves.h5}", "is the name of a built-in task"),
                            ("'a b.h5'", "'a b' cannot be a name"),
                            ("own.yaml", "own.yaml: is no")):
            _, err = self.call("plan", self.sweep(files), code=65)
            self.assertIn("own.yaml:2:", err)
            self.assertIn(text, err)

    def test_a_wrong_value_is_named(self):
        with h5py.File(self.folder / "waves.h5", "r+") as file:
            file["test/inputs"][3, 2, 1] = np.nan
        _, err = self.call("plan", self.sweep("waves.h5"), code=65)
        self.assertIn("/test/inputs[3,2,1]", err.replace(", ", ","))

    def test_a_copy_of_the_sweep_finds_its_file(self):
        """What a results file or a Slurm folder holds names the file absolutely."""
        self.call("run", self.sweep("waves.h5"))
        (self.folder / "elsewhere").mkdir()
        text = self.attributes("results/own.h5")["rnnsweep_config"]
        self.write("elsewhere/own.yaml", str(text))
        out, _ = self.call("plan", "elsewhere/own.yaml")
        self.assertIn("4 reals -> 3 reals", out)


class Predict(DataTest):
    """What a network answers to a set, against NumPy and the run's own test."""

    def ask(self, *arguments, **more):
        return json.loads(self.call("predict", "results/own.h5", "0", "--json", *arguments, **more)[0])

    def check(self, name, inputs_of, answer_of):
        self.call("run", self.sweep(name, precision="float64"))
        found = self.datasets("results/own.h5")
        said = self.ask("--set", "test", "-o", "out.nc")
        self.assertEqual((said["run"], said["set"], said["sequences"], said["data_of_run"]),
                         (0, "test", 30, True))
        self.assertAlmostEqual(said["loss"], found["test_loss"][0], 12)
        self.assertEqual(said["accuracy"], found["test_accuracy"][0])
        self.assertEqual(said["bit_accuracy"], found["test_bit_accuracy"][0])
        weights = {key.split("/")[-1]: values[0] for key, values in found.items() if key.startswith("weights/")}
        with h5py.File(self.folder / name) as data, xarray.open_dataset(self.folder / "out.nc") as out:
            x = inputs_of(data["test/inputs"][()])
            s, expected = np.tile(weights["S0"], (len(x), 1)), []
            for k in range(x.shape[1]):
                s = np.tanh(x[:, k] @ weights["W_in"] + weights["b_in"] + s @ weights["W_rec"] + weights["b_rec"])
                expected.append(answer_of(s @ weights["W_out"] + weights["b_out"]))
            self.assertEqual(out.outputs.dims, ("sequence", "step", "output"))
            self.assertEqual(out.outputs.dtype, np.float64)
            self.assertEqual(list(out.length), [x.shape[1]] * 30)
            np.testing.assert_allclose(out.outputs, np.stack(expected, axis=1), atol=1e-10)
            self.assertIn("run 0", out.attrs["source"])

    def test_reals(self):
        self.check("waves.h5", lambda x: x, lambda z: z)

    def test_classes(self):
        def softmax(z):
            e = np.exp(z - z.max(1, keepdims=True))
            return e / e.sum(1, keepdims=True)
        self.check("letters.h5", lambda x: np.eye(3)[x], softmax)

    def test_lengths_and_a_further_set(self):
        """Past the end of a sequence stands NaN."""
        with h5py.File(self.folder / "waves.h5", "r+") as file:
            group = file.create_group("late")
            group["inputs"], group["targets"] = np.ones((5, 9, 4)), np.zeros((5, 9, 3), "f4")
            group["lengths"] = [9, 1, 4, 9, 2]
        self.call("run", self.sweep("waves.h5"))
        self.assertEqual(self.ask("--set", "late", "--output", "out.nc")["sequences"], 5)
        with h5py.File(self.folder / "out.nc") as file:
            self.assertEqual(file["outputs"].dtype, np.float32)
            self.assertEqual(list((~np.isnan(file["outputs"][:, :, 0])).sum(1)), [9, 1, 4, 9, 2])
        out, _ = self.call("predict", "results/own.h5", "0", "--set", "late")
        self.assertMatches(out, "run 0 on set late of waves\n  sequences          5\n  loss *")

    def test_what_is_refused(self):
        self.call("run", self.sweep("waves.h5"))
        ask = ["predict", "results/own.h5", "0"]
        self.write("out.nc", "mine")
        self.refuse(73, "out.nc: exists, and is not written over*", *ask, "--set", "test", "-o", "out.nc")
        self.assertEqual((self.folder / "out.nc").read_text(), "mine")
        self.refuse(73, "none/out.nc: cannot create*", *ask, "--set", "test", "-o", "none/out.nc")
        self.refuse(64, "*waves.h5: has no set late; it has train, test", *ask, "--set", "late")
        self.refuse(64, "nothing is asked*", *ask)
        self.refuse(64, "--data goes with --set NAME", *ask, "--data", "waves.h5")
        self.refuse(64, "--set asks for a whole set*", *ask, "1", "--set", "test")
        self.refuse(65, "letters.h5: its 3 inputs and 3 outputs, or their kinds, are not those*4 and 3", *ask,
                    "--set", "test", "--data", "letters.h5")
        shutil.move(self.folder / "waves.h5", self.folder / "moved.h5")
        self.assertTrue(self.ask("--set", "test", "--data", "moved.h5")["data_of_run"])
        self.write_data("waves.h5", "reals", steps=7, seed=2)
        self.refuse(65, "*waves.h5: has other contents than when the runs were trained*", *ask, "--set", "test")
        self.assertFalse(self.ask("--set", "test", "--data", "waves.h5")["data_of_run"])
        self.call("run", self.write("add.yaml", program.SMALL))
        self.refuse(64, "run 0 has learnt no data file*", "predict", "results/small.h5", "0", "--set", "test")


if __name__ == "__main__":
    unittest.main()
