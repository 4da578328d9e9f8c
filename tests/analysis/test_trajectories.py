"""Trajectories of states: `rnnsweep trajectories` and the function of the package, against a forward
pass in NumPy over sequences that NumPy draws."""
import json
import os
import subprocess
import unittest

import numpy as np
import xarray as xr

from sweeps import FolderTest, rnnsweep
import program
from rnnsweep.network import walk
from rnnsweep.retraining import _draw

TASKS = {
    "task": ["addition", "flip_flop", "tomita", "dyck", "adding", "reverse"],
    "cell": ["tanh", "relu", "gru", "lstm", "mgu"],
    "precision": ["float32", "float64"],
    "states": 3,
    "leak": 0.75,
    "sequence_length": 10,
    "shortest_length": 4,
    "train_samples": 40,
    "test_samples": 30,
    "batch_size": 20,
    "epochs": 4,
}
# Many steps of rounding, of states that are at most about 1
CLOSE = {"float32": 3e-6, "float64": 1e-13}


def rows_of(results, run):
    return {**results.runs.loc[run].to_dict(), "seed": int(results.runs.seed[run])}


class AllTasks(FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = program.run_grid(cls.folder, "tasks", TASKS, 1)
        cls.results = rnnsweep.open_results(cls.path)
        cls.addClassCleanup(cls.results.close)

    def part(self, **values):
        return self.results.where(**values)

    def test_states_are_those_of_the_network_on_the_sets_of_the_run(self):
        for task in TASKS["task"]:
            for name, values in (("test", {}), ("train", {"precision": "float64"})):
                found = rnnsweep.trajectories(self.part(task=task, **values), set=name)
                for run in found.run.values:
                    with self.subTest(run=int(run), set=name, **self.results.runs.loc[run][
                            ["task", "cell", "precision"]].to_dict()):
                        self.compare(found.sel(run=run), int(run), name)

    def compare(self, found, run, name):
        row, network = rows_of(self.results, run), self.results.network(run)
        draws = _draw(row, self.results, None)
        samples = getattr(draws, name)
        close = CLOSE[row["precision"]]
        for key in network:
            network[key] = network[key].astype(float)
        s, c, _, z = walk(network, samples.inputs.astype(float))
        inside = np.arange(s.shape[1] - 1) < samples.lengths[:, None]
        self.assertEqual(found.length.values.tolist(), samples.lengths.tolist())
        np.testing.assert_array_equal(found.first_states, network["S0"])
        scale = max(1, np.abs(s).max(), np.abs(c).max())  # relu has no bound
        np.testing.assert_allclose(found.states.values[inside], s[:, 1:][inside],
                                   atol=close * scale)
        self.assertTrue(np.isnan(found.states.values[~inside]).all())
        if row["cell"] == "lstm":
            np.testing.assert_allclose(found.memories.values[inside], c[:, 1:][inside],
                                       atol=close * scale)
            np.testing.assert_array_equal(found.first_memories, network["C0"])
        elif "memories" in found:
            self.assertTrue(np.isnan(found.memories.values).all())
        self.compare_outputs(found, samples, z, inside, 30 * close * scale)

    def compare_outputs(self, found, samples, z, inside, close):
        expected = z
        if samples.kind == "bits":
            expected = 1 / (1 + np.exp(-z))
        elif samples.kind == "classes":
            expected = np.exp(z - z.max(-1, keepdims=True))
            expected /= expected.sum(-1, keepdims=True)
        np.testing.assert_allclose(found.outputs.values[inside], expected[inside], atol=close)
        if found.inputs.ndim == 2:  # symbols
            np.testing.assert_array_equal(found.inputs.values[inside],
                                          samples.inputs.argmax(-1)[inside])
        else:
            np.testing.assert_allclose(found.inputs.values[inside], samples.inputs[inside],
                                       rtol=1e-6)

    def test_checkpoints(self):
        """The first is the network as it was drawn, the last that of the end."""
        path = program.run_grid(self.folder, "kept", {**TASKS, "task": "tomita", "states": [2, 3]}, 1,
                                checkpoints=[0, 3, 8])
        with rnnsweep.open_results(path) as kept:
            updates = int(kept.runs.updates.iloc[0])
            self.assertEqual(updates, 8)
            end = rnnsweep.trajectories(kept)
            for update in (0, 3, 8):
                found = rnnsweep.trajectories(kept, checkpoint=update)
                self.assertEqual(found.identical(end.assign_attrs(found.attrs)), update == 8)
                for run in found.run.values:
                    network = kept.network(run, checkpoint=update)
                    np.testing.assert_array_equal(
                        found.first_states.sel(run=run)[:len(network["S0"])], network["S0"])
                    self.compare_network(found.sel(run=run), network)
            with self.assertRaisesRegex(ValueError, "no checkpoint at update 4; it has 0, 3, 8"):
                rnnsweep.trajectories(kept, checkpoint=4)

    def compare_network(self, found, network):
        inputs = np.eye(2)[found.inputs.values.astype(int)]
        inside = np.arange(inputs.shape[1]) < found.length.values[:, None]
        for key in network:
            network[key] = network[key].astype(float)
        s = walk(network, inputs)[0][:, 1:]
        np.testing.assert_allclose(found.states.values[inside][:, :s.shape[2]], s[inside],
                                   atol=3e-6 * max(1, np.abs(s).max()))

    def test_float64_is_exact(self):
        """A run in float64 has doubles, with all their bits: the step from each state to the next
        needs no allowance for another precision."""
        found = rnnsweep.trajectories(self.part(precision="float64", task="adding"))
        self.assertEqual(found.states.dtype, np.float64)
        self.assertEqual(rnnsweep.trajectories(self.part(precision="float32")
                                               .where(task="adding")).states.dtype, np.float32)

    def test_given_inputs_are_the_same_for_all(self):
        runs = self.part(task="tomita")
        strings = [np.array([0, 1, 1, 0]), np.array([1]), np.array([1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0])]
        found = rnnsweep.trajectories(runs, inputs=strings)
        self.assertEqual(found.inputs.dims, ("sequence", "step"))
        self.assertEqual(found.length.values.tolist(), [4, 1, 12])
        self.assertNotIn("targets", found)
        for run in runs.runs.index:
            network = runs.network(run)
            for n, string in enumerate(strings):
                s = walk(network, np.eye(2, dtype=network["W_in"].dtype)[string][None])[0][0, 1:]
                np.testing.assert_allclose(found.states.sel(run=run)[n, :len(string)], s, atol=3e-6)
                self.assertTrue(np.isnan(found.states.sel(run=run)[n, len(string):]).all())

    def test_words_are_the_sequence_that_predict_answers(self):
        for task, words in (("addition", ["5", "11"]), ("tomita", ["01101"]), ("dyck", ["([])("]),
                            ("flip_flop", ["+..-", "+.-.", "-..+"])):
            run = str(self.part(task=task, cell="lstm", precision="float64").only())
            self.call("trajectories", self.path, run, "-o", f"{task}.nc", "--", *words)
            asked = json.loads(self.call("predict", self.path, run, "--json", "--", *words))
            with xr.open_dataset(self.folder / f"{task}.nc") as found:
                np.testing.assert_allclose(
                    np.squeeze(np.array(asked["outputs"])), found.outputs.values[0, 0].squeeze(),
                    rtol=1e-12)

    def test_additions_given(self):
        runs = self.part(task="addition", cell="gru")
        x = np.array([[[0, 1], [1, 1], [1, 0]]], np.int8)
        found = rnnsweep.trajectories(runs, inputs=x)
        network = runs.network(found.run.values[1])
        s = walk(network, x.astype(network["W_in"].dtype))[0]
        np.testing.assert_allclose(found.states[1, 0], s[0, 1:], atol=1e-13)
        with self.assertRaisesRegex(ValueError, r"/test/inputs\[0,0,1\] is 2, but a network that "
                                                "adds reads 0 and 1"):
            rnnsweep.trajectories(runs, inputs=x + x * [0, 1])

    def test_output_file_and_its_words(self):
        out = self.call("trajectories", self.path, "task=flip_flop", "cell=tanh", "-o", "kept.nc")
        self.assertEqual(out, "kept.nc: 2 runs on set test of flip_flop, 30 sequences of 10 steps\n")
        before = (self.folder / "kept.nc").read_bytes()
        self.refuse(73, "kept.nc: exists, and is not written over", "trajectories", self.path, "0",
                    "-o", "kept.nc")
        self.assertEqual((self.folder / "kept.nc").read_bytes(), before)
        with xr.open_dataset(self.folder / "kept.nc") as found:
            self.assertEqual(found.attrs["title"], "states of networks on set test of flip_flop")
            self.assertEqual(found.run.values.tolist(),
                             self.part(task="flip_flop", cell="tanh").runs.index.tolist())

    def test_what_cannot_be_done(self):
        adder, other = (self.part(task=task, cell="tanh", precision="float32").only()
                        for task in ("addition", "flip_flop"))
        for words, message in (
                (["0"], "-o FILE is missing"),
                (["0", "-o", "x.nc", "--set", "train", "--", "1"], "a sequence is given, so --set"),
                (["0", "-o", "x.nc", "--set", "late"], "run 0 has the sets train and test"),
                (["1000", "-o", "x.nc"], "has no run 1000"),
                (["2000..2003", "-o", "x.nc"], "no finished run of the file is like that"),
                (["0", "best", "-o", "x.nc"], "'best': numbers of runs"),
                (["first", "-o", "x.nc"], "'first' is no run"),
                ([str(adder), str(other), "-o", "x.nc"],
                 f"run {other} has other inputs or outputs than run {adder}")):
            self.refuse(64, message, "trajectories", self.path, *words)
            self.assertFalse((self.folder / "x.nc").exists(), words)

    def call(self, *arguments, code=0):
        done = subprocess.run([program.PROGRAM, *map(str, arguments)], cwd=self.folder, text=True,
                              capture_output=True)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def refuse(self, code, message, *arguments):
        self.assertIn(message, self.call(*arguments, code=code))


class OtherRuns(FolderTest):
    def test_runs_of_several_widths_and_what_is_not_trained(self):
        path = program.run_grid(self.folder, "widths", {
            "task": "parity", "states": [2, 5], "learning_rate": [0.01, 1e300],
            "train_samples": 50, "test_samples": 20, "batch_size": 10, "sequence_length": 6}, 2)
        results = rnnsweep.open_results(path)
        self.addCleanup(results.close)
        done = results.runs.index[results.runs.status == "done"]
        self.assertLess(len(done), len(results))
        found = rnnsweep.trajectories(results)
        self.assertEqual(found.run.values.tolist(), done.tolist())
        self.assertEqual(found.sizes["state"], 5)
        for run in done:
            isnan = np.isnan(found.states.sel(run=run).values).all((0, 1))
            self.assertEqual(isnan.tolist(), [False] * results.runs.states[run] +
                             [True] * (5 - results.runs.states[run]))
        diverged = results.runs.index[results.runs.status == "diverged"][0]
        with self.assertRaisesRegex(ValueError, f"run {diverged} diverged at update"):
            rnnsweep.trajectories(results, diverged)
        with self.assertRaisesRegex(ValueError, "there is no run 99"):
            rnnsweep.trajectories(results, [0, 99])

    def test_fresh_data(self):
        """The training set is the first of what the minibatches draw; the test set comes first in its
        stream."""
        path = program.run_grid(self.folder, "fresh", {
            "task": ["addition", "flip_flop"], "fresh_data": True, "states": 2, "data_seed": [None, 5],
            "train_samples": 30, "test_samples": 12, "batch_size": 10, "sequence_length": 6}, 2)
        results = rnnsweep.open_results(path)
        self.addCleanup(results.close)
        for task in ("addition", "flip_flop"):
            for name in ("train", "test"):
                found = rnnsweep.trajectories(results.where(task=task), set=name)
                for run in found.run.values:
                    samples = getattr(_draw(rows_of(results, run), results, None), name)
                    count = found.sizes["sequence"]
                    self.assertEqual(count, {"train": 30, "test": 12}[name])
                    np.testing.assert_array_equal(found.inputs.sel(run=run), samples.inputs[:count])

    def test_shards_as_one(self):
        sweep = ("method: grid\nseeds: 4\nparameters: {task: parity, states: 3, train_samples: 50, "
                 "test_samples: 20, batch_size: 10, sequence_length: 6}\n")
        (self.folder / "parts.yaml").write_text(sweep)
        for part in ([], ["--shard", "1/2"], ["--shard", "2/2"]):
            subprocess.run([program.PROGRAM, "run", "parts.yaml", "-o", "parts.h5", *part],
                           cwd=self.folder, check=True, capture_output=True)
        shards = sorted(self.folder.glob("parts.*-of-2.h5"))
        self.assertEqual(len(shards), 2)
        one, many = (rnnsweep.open_results(files) for files in (self.folder / "parts.h5", shards))
        self.addCleanup(one.close)
        self.addCleanup(many.close)
        xr.testing.assert_equal(rnnsweep.trajectories(one), rnnsweep.trajectories(many))

    def test_data_files(self):
        random = np.random.RandomState(0)
        def made(count, steps):
            x = random.normal(size=(count, steps, 2)).astype(np.float32)
            return {"inputs": x, "targets": x.cumsum(1)[..., :1],
                    "lengths": random.randint(1, steps + 1, count)}
        rnnsweep.write_sequences(self.folder / "own.nc", made(30, 5), made(20, 5), late=made(300, 9))
        (self.folder / "own.yaml").write_text(
            "method: grid\ndata: own.nc\nparameters: {states: [3, 70], epochs: 2, batch_size: 10}\n"
            "seeds: 2\n")
        subprocess.run([program.PROGRAM, "run", "own.yaml", "-o", "own.h5"], cwd=self.folder,
                       check=True, capture_output=True)
        results = rnnsweep.open_results(self.folder / "own.h5")
        self.addCleanup(results.close)
        found = rnnsweep.trajectories(results, set="late")
        self.assertEqual(found.inputs.dims, ("sequence", "step", "input"))
        for run in results.runs.index:
            network = results.network(run)
            states = results.runs.states[run]
            s = walk(network, found.inputs.values)[0][:, 1:]
            inside = np.arange(9) < found.length.values[:, None]
            np.testing.assert_allclose(found.states.sel(run=run).values[..., :states][inside],
                                       s[inside], atol=3e-5)
        subprocess.run([program.PROGRAM, "predict", "own.h5", "0", "--set", "late", "-o", "p.nc"],
                       cwd=self.folder, check=True, capture_output=True)
        with xr.open_dataset(self.folder / "p.nc") as asked:
            np.testing.assert_array_equal(asked.outputs, found.outputs.sel(run=0))
        os.rename(self.folder / "own.nc", self.folder / "moved.nc")
        with self.assertRaisesRegex(ValueError, "own.nc"):
            rnnsweep.trajectories(results, set="late")
        again = rnnsweep.trajectories(results, set="late", data=self.folder / "moved.nc")
        xr.testing.assert_equal(again, found)


if __name__ == "__main__":
    unittest.main()
