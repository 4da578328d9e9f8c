#!/usr/bin/env python3
"""Own data from outside: a sweep names files, and plan, run, summary and the others know them."""

import shutil
import unittest

import h5py
import numpy as np

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
        self.refuse(64, "run 0 has learnt the data file waves: in Python, *", "predict",
                    "results/own.h5", "0", "1", "2")

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


if __name__ == "__main__":
    unittest.main()
