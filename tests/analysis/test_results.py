#!/usr/bin/env python3
"""Results files as a table and lazy arrays: one file, shards, files that are not finished."""
import json
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import xarray as xr

import sweeps
from program import command, run, run_grid, write_sweep
from rnnsweep import open_results
from sweeps import SWEPT, SweepTest

STOPPED_EARLY = 75
ENDLESS = 20000  # seeds: more than anybody waits for


class OneFile(SweepTest):
    def test_table(self):
        runs = self.results.runs
        with h5py.File(self.path) as file:
            self.assertEqual(runs.index.tolist(), file["run"][:].tolist())
            for name in ("states", "learning_rate", "momentum", "seed", "diverged_at", "epochs"):
                np.testing.assert_array_equal(runs[name], file[name][:], name)
            for name in ("initial_loss", "final_loss", "test_accuracy", "wall_time"):
                self.assertEqual(runs[name].dtype, file[name].dtype, name)
                np.testing.assert_array_equal(runs[name], file[name][:], name)
            status = np.array(["pending", "done", "diverged", "failed"])[file["status"][:]]
            batching = np.array(["disjoint", "sliding"])[file["batching"][:]]
        self.assertEqual(runs.status.tolist(), status.tolist())
        self.assertEqual(runs.batching.tolist(), batching.tolist())
        self.assertEqual(runs.gradient_check.dtype, bool)
        self.assertEqual(set(runs.status), {"done", "diverged"})

    def test_names(self):
        self.assertEqual(set(self.results.swept), set(SWEPT))
        listed = sweeps.TESTS.parent / "include" / "rnnsweep" / "parameters.def"
        self.assertEqual(
            list(self.results.parameters),
            re.findall(r"^RS_[A-Z]+\((\w+),", listed.read_text(), re.MULTILINE))
        self.assertEqual((self.results.name, self.results.metric), ("sweep", "test_accuracy"))
        self.assertTrue(self.results.maximizes)
        self.assertEqual(
            repr(self.results), "<rnnsweep.Results 'sweep': 192 done, 96 diverged; swept: "
            "states, learning_rate, batching, epochs>")

    def test_curves(self):
        with h5py.File(self.path) as file:
            loss, step = file["loss"][:], file["step"][:]
        self.assertEqual(self.results.loss.dims, ("run", "step"))
        self.assertFalse(self.results.loss.variable._in_memory)
        np.testing.assert_array_equal(self.results.loss.step, step)
        np.testing.assert_array_equal(self.results.loss, loss)
        np.testing.assert_array_equal(self.results.curves([70, 5, 200]), loss[[70, 5, 200]])
        self.assertEqual(self.results.curves([]).shape, (0, len(step)))

    def test_weights(self):
        with h5py.File(self.path) as file:
            group = file["weights/states_4"]
            kept = {name: group[name][:] for name in ("W_in", "W_rec", "b_out")}
            runs = group["run_id"][:]
        weights = self.results.weights(4)
        self.assertEqual(weights.run.values.tolist(), runs.tolist())
        self.assertEqual(weights.W_rec.dims, ("run", "state_from", "state"))
        for name, values in kept.items():
            np.testing.assert_array_equal(weights[name], values)
        network = self.results.network(int(runs[3]))
        np.testing.assert_array_equal(network["W_in"], kept["W_in"][3])
        self.assertEqual(set(network), {"S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out"})
        with self.assertRaisesRegex(ValueError, "no run of tanh has 3 states; there are 2, 4"):
            self.results.weights(3)
        with self.assertRaises(KeyError):
            self.results.network(1000)

    def test_where(self):
        part = self.results.where(states=4, learning_rate=[0.02, 0.06], batching="sliding")
        runs = self.results.runs
        keep = (runs.states == 4) & (runs.learning_rate < 1) & (runs.batching == "sliding")
        self.assertEqual(part.runs.index.tolist(), runs.index[keep].tolist())
        self.assertEqual(part.swept, ("learning_rate", "epochs"))
        np.testing.assert_array_equal(part.loss, self.results.loss.values[keep])
        np.testing.assert_array_equal(
            part.weights(4).run, part.runs.index.values)
        self.assertEqual(len(self.results.where(lambda_=0.5)), len(runs))
        self.assertEqual(len(self.results.where(learning_rate=0.0600001)), len(runs) // 3)
        self.assertEqual(len(self.results.where(seed=[1, 2])), len(runs) // 6)

    def test_where_that_finds_nothing(self):
        for pattern, values in {
                "'stats' is no column of the runs; did you mean": {"stats": 3},
                "'colour' is no column of the runs: states,": {"colour": 3},
                "no run has states 3; there are 2, 4": {"states": 3},
                "no run has learning_rate 0.061": {"learning_rate": 0.061},
                "no run has states 3; there": {"states": [2, 3]},
                "no run has all of": {"status": "diverged", "learning_rate": 0.02}}.items():
            with self.subTest(pattern), self.assertRaisesRegex(ValueError, pattern):
                self.results.where(**values)

    def test_one_run_by_its_configuration(self):
        runs = self.results.runs
        for run in runs.index[::7]:
            values = {name: runs[name][run] for name in (*self.results.swept, "seed")}
            values = {f"{name}_" if name == "lambda" else name: value for name, value in values.items()}
            self.assertEqual(self.results.where(**values).only(), run)
        with self.assertRaisesRegex(ValueError, r"\d+ runs are like that, 0, 1, 2 for instance"):
            self.results.only()

    def test_best_is_that_of_the_program(self):
        for words, part in (([], self.results), (["states=2"], self.results.where(states=2))):
            shown = subprocess.run([os.environ["RNNSWEEP"], "show", str(self.results.paths[0]), "best", *words,
                                    "--json"], check=True, capture_output=True, text=True).stdout
            self.assertEqual(part.best(), json.loads(shown)["run"])

    def test_exact_first(self):
        """0.9999 is not 0.99999; what stands in a table is found; what could be two is asked for."""
        rates = [0.99, 0.999, 0.9999, 0.99999, 0.004641588833612779]
        path = run_grid(self.folder, "near", {"epochs": 1, "lambda": rates}, 2)
        with open_results(path) as results:
            for text, value in ((0.9999, 0.9999), (0.00464159, rates[4]), (0.999, 0.999)):
                self.assertEqual(set(results.where(lambda_=text).runs["lambda"]), {value})
            with self.assertRaisesRegex(ValueError, "exactly lambda 0.99994: it could be 0.9999 or"):
                results.where(lambda_=0.99994)
            with self.assertRaisesRegex(ValueError, "there are 0.00464159, 0.99, 0.999, 0.9999, 0"):
                results.where(lambda_=0.5)

    def test_seeds_beyond_31_bits(self):
        path = run_grid(self.folder, "wide", {"epochs": 1, "data_seed": 4294967295}, [4294967295])
        with open_results(path) as results:
            self.assertEqual(results.runs.seed.tolist(), [4294967295])
            self.assertEqual(results.runs.data_seed.tolist(), [4294967295])
            self.assertEqual(results.swept, ())

    def test_files_that_are_none(self):
        text = self.folder / "text.h5"
        text.write_text("not HDF5")
        with h5py.File(self.folder / "other.h5", "w") as file:
            file["test_accuracy"] = np.zeros(3)
        for name, error, pattern in (
                ("absent.h5", FileNotFoundError, "absent.h5: no such file"),
                ("text.h5", ValueError, "text.h5: is no results file"),
                ("other.h5", ValueError, "other.h5: is no results file")):
            with self.subTest(name), self.assertRaisesRegex(error, pattern):
                open_results(self.folder / name)
        with self.assertRaisesRegex(ValueError, "no file given"):
            open_results([])


class Shards(SweepTest):
    """Shards as one sweep: the same as the file of a single call."""

    PARAMETERS = {"states": [2, 3], "learning_rate": [0.02, 0.05], "epochs": [1, 2],
                  "train_samples": 600, "test_samples": 20, "sequence_length": 6}
    SEEDS = 5

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Runs in no order, and shard 1 has those with few epochs, whose curves are shorter.
        number = cls.results.runs.index
        short = cls.results.runs.epochs.values == 1
        picks = [number[~short & (number % 2 == 0)], number[short][::-1],
                 number[~short & (number % 2 == 1)]]
        cls.shards = [
            cls.write_shard(cls.folder / f"shard-{i}.h5", pick) for i, pick in enumerate(picks)]

    @classmethod
    def write_shard(cls, path, runs):
        """A file of the same sweep that has some of its runs only."""
        with xr.open_dataset(cls.path) as root:
            part = root.sel(run=runs)
            part.sel(step=slice(0, 6 * int(part.epochs.max()))).to_netcdf(path)
        for states in np.unique(part.states):
            group = f"weights/states_{states}"
            with xr.open_dataset(cls.path, group=group) as weights:
                own = [run for run in runs if run in weights.run_id]
                weights.sel(run_id=own).to_netcdf(path, group=group, mode="a")
        return path

    def assert_same(self, results, whole):
        pd.testing.assert_frame_equal(results.runs.drop(columns="wall_time"), whole.runs.drop(columns="wall_time"))
        np.testing.assert_array_equal(results.loss, whole.loss)
        np.testing.assert_array_equal(results.curves([3, 1]), whole.curves([3, 1]))
        for states in whole.runs.states.unique():
            weights, wanted = results.weights(states), whole.weights(states)
            self.assertEqual(weights.sizes, wanted.sizes)
            for name in wanted.data_vars:
                np.testing.assert_array_equal(weights[name], wanted[name], name)
        self.assertEqual(results.swept, whole.swept)

    def test_all_shards_in_any_order(self):
        for order in ([0, 1, 2], [2, 0, 1]):
            with open_results([self.shards[i] for i in order]) as results:
                self.assert_same(results, self.results)
                self.assertEqual(len(results.where(states=3, epochs=2).weights(3).run), 10)

    def test_some_shards(self):
        with open_results(self.shards[1:]) as results:
            runs = results.runs.index
            self.assertTrue(0 < len(runs) < len(self.results))
            np.testing.assert_array_equal(
                results.loss.reindex(step=self.results.loss.step), self.results.curves(runs))

    def test_a_run_in_two_files_counts_once_and_finished(self):
        unfinished = self.folder / "unfinished.h5"
        shutil.copy(self.path, unfinished)
        with h5py.File(unfinished, "r+") as file:
            file["status"][:] = 0
        for files in ([unfinished, self.path], [unfinished, *self.shards], [self.path, unfinished]):
            with open_results(files) as results:
                self.assert_same(results, self.results)

    def test_files_of_different_sweeps(self):
        other = run_grid(self.folder, "other", {"epochs": 1, "train_samples": 200}, 2)
        with self.assertRaisesRegex(ValueError, "of different sweeps: .*sweep.h5.*other.h5"):
            open_results([self.path, other])


class Unfinished(unittest.TestCase):
    def test_file_that_is_being_written(self):
        """Pending runs have no outcome, and are in no statistic."""
        with sweeps.tempfile.TemporaryDirectory() as folder:
            sweep = write_sweep(folder, "long", {"epochs": 100, "loss_interval": 10}, ENDLESS)
            path = Path(folder) / "long.h5"
            writer = subprocess.Popen(command(sweep, path), stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
            try:
                while not path.exists():
                    self.assertIsNone(writer.poll())
                finished = 0
                while finished < 4:
                    self.assertIsNone(writer.poll())
                    with open_results(path) as results:
                        finished = len(results.finished)
                        runs = results.runs
                        self.assertEqual(len(runs), ENDLESS)
                        self.assertTrue(runs.final_loss.notna().equals(runs.status == "done"))
                        self.assertTrue(
                            np.all(np.isfinite(results.curves(results.finished.index))))
                        if finished:
                            rates = sweeps.rnnsweep.success_rates(results)
                            self.assertEqual(rates.runs.tolist(), [finished])
                writer.terminate()
                writer.communicate(timeout=60)
                self.assertEqual(writer.returncode, STOPPED_EARLY)
            finally:
                writer.kill()
                writer.communicate()


class WeightsOfTasks(sweeps.FolderTest):
    """Networks of every shape: by cell, states, inputs and outputs."""

    def test_groups(self):
        sweep = self.folder / "tasks.yaml"
        sweep.write_text("{method: grid, seeds: 2, parameters: {task: [addition, parity, tomita, even_pairs],"
                         " cell: [tanh, gru], states: 3, sequence_length: 4, train_samples: 20,"
                         " test_samples: 5, batch_size: 10, epochs: 1}}")
        extents = {"addition": (2, 1), "parity": (1, 1), "tomita": (2, 2), "even_pairs": (2, 2)}
        with open_results(run(sweep, self.folder / "tasks.h5")) as results:
            for task, (inputs, outputs) in extents.items():
                for cell, gates in (("tanh", ()), ("gru", (3,))):
                    part = results.where(task=task, cell=cell)
                    weights = part.weights(3, cell)
                    self.assertEqual(weights.run.values.tolist(), part.runs.index.tolist())
                    self.assertEqual(weights.W_in.shape, (2, inputs, *gates, 3))
                    self.assertEqual(weights.W_out.shape, (2, 3, outputs))
                    for number in part.runs.index:
                        np.testing.assert_array_equal(weights.W_in.sel(run=number),
                                                      results.network(number)["W_in"])
            both = results.where(task=["tomita", "even_pairs"])
            self.assertEqual(both.weights(3).run.values.tolist(),
                             both.runs.index[both.runs.cell == "tanh"].tolist())
            with self.assertRaisesRegex(ValueError, r"differ in inputs or outputs \(states_3, tanh_I"):
                results.weights(3)


if __name__ == "__main__":
    unittest.main()
