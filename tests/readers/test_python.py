#!/usr/bin/env python3
"""A results file in h5py, xarray (both engines), netCDF4 and pandas, with its values checked."""
import os
import tempfile
import unittest

import h5py
import netCDF4
import numpy as np
import pandas as pd
import xarray as xr

import mixed_sweep
from mixed_sweep import COLUMNS, POINTS, RUNS, WEIGHT_DIMENSIONS, config_of
import program
from program import DIVERGED, DONE
import reference_rnn as reference

ENGINES = ("netcdf4", "h5netcdf")


class ReaderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = mixed_sweep.make(cls.folder.name)
        with h5py.File(cls.path) as file:
            cls.columns = {name: file[name][:] for name in COLUMNS}
            cls.loss = file["loss"][:]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()


class H5py(ReaderTest):
    def test_columns(self):
        with h5py.File(self.path) as file:
            self.assertEqual(file["run"][:].tolist(), list(range(RUNS)))
            self.assertEqual(file["step"][:].tolist(), list(range(0, 2 * POINTS, 2)))
            self.assertEqual(file["loss"].shape, (RUNS, POINTS))
            compression = "gzip" if os.environ.get("COMPRESSED") else None
            self.assertEqual(file["loss"].compression, compression)
            self.assertEqual(file["loss"].shuffle, compression is not None)
            for name in COLUMNS:
                self.assertEqual(file[name].shape, (RUNS,), name)
                self.assertEqual(file[name].dims[0].values()[0].name, "/run", name)
                self.assertTrue(file[name].attrs["long_name"], name)
                self.assertTrue(file[name].attrs["units"], name)
            self.assertEqual(
                [file["loss"].dims[axis].values()[0].name for axis in (0, 1)], ["/run", "/step"])

    def test_swept_and_fixed_values(self):
        """Run numbers count configurations first, the last axis fastest, seeds within them."""
        seeds, runs = mixed_sweep.SEEDS, np.arange(RUNS)
        expected = {
            "seed": np.array(seeds)[runs % 2],
            "learning_rate": np.array([0.05, 1.7e308])[runs // 2 % 2],
            "epochs": np.array([2, 3])[runs // 4 % 2],
            "precision": runs // 8 % 2,
            "states": np.array([1, 3, 5])[runs // 16],
            "momentum": np.full(RUNS, 0.8),
            "batching": np.full(RUNS, 1),
            "data_seed": np.full(RUNS, -1),
        }
        for name, values in expected.items():
            np.testing.assert_array_equal(self.columns[name], values, name)

    def test_outcomes(self):
        columns, loss = self.columns, self.loss
        diverges = columns["learning_rate"] > 1
        np.testing.assert_array_equal(columns["status"], np.where(diverges, DIVERGED, DONE))
        np.testing.assert_array_equal(columns["diverged_at"], np.where(diverges, 1, -1))
        np.testing.assert_array_equal(np.isnan(columns["test_accuracy"]), diverges)
        np.testing.assert_array_equal(columns["initial_loss"], loss[:, 0])
        self.assertTrue(np.all(columns["wall_time"] > 0))
        points = np.where(diverges, 1, 1 + columns["epochs"] * 10 // 2)
        np.testing.assert_array_equal(np.isnan(loss), np.arange(POINTS) >= points[:, None])
        np.testing.assert_array_equal(
            columns["final_loss"][~diverges],
            loss[~diverges, (columns["epochs"] * 10 // 2)[~diverges]])

    def test_names_of_choices(self):
        with h5py.File(self.path) as file:
            for name, meanings in {
                    "status": "pending done diverged failed stopped",
                    "precision": "float32 float64",
                    "batching": "disjoint sliding by_length",
                    "epsilon_placement": "denominator step"}.items():
                self.assertEqual(file[name].attrs["flag_meanings"], meanings)
                self.assertEqual(
                    file[name].attrs["flag_values"].tolist(), list(range(len(meanings.split()))))

    def test_text_of_the_sweep_is_inside(self):
        text = (self.path.parent / "mixed.yaml").read_text()
        with h5py.File(self.path) as file:
            self.assertIn(text, [str(value) for value in file.attrs.values()])


class Xarray(ReaderTest):
    def test_root(self):
        for engine in ENGINES:
            with self.subTest(engine), xr.open_dataset(self.path, engine=engine) as ds:
                self.assertEqual(dict(ds.sizes), {"run": RUNS, "step": POINTS})
                self.assertEqual(ds.loss.dims, ("run", "step"))
                np.testing.assert_array_equal(ds.loss.values, self.loss)
                for name in COLUMNS:
                    self.assertEqual(ds[name].dims, ("run",), name)
                    self.assertEqual(ds[name].dtype, self.columns[name].dtype, name)
                    np.testing.assert_array_equal(ds[name].values, self.columns[name], name)

    def test_weights_join_with_results(self):
        for engine in ENGINES:
            for states in (1, 3, 5):
                with self.subTest(engine=engine, states=states), \
                        xr.open_dataset(self.path, engine=engine) as ds, \
                        xr.open_dataset(
                            self.path, engine=engine, group=f"weights/states_{states}") as w:
                    for name, dimensions in WEIGHT_DIMENSIONS.items():
                        self.assertEqual(w[name].dims, ("run_id",) + dimensions, name)
                    np.testing.assert_array_equal(
                        w.run_id.values, ds.run.values[ds.states == states])
                    joined = ds.sel(run=w.run_id)
                    self.assertTrue(bool((joined.states == states).all()))

    def test_questions(self):
        """Selections a user writes first."""
        for engine in ENGINES:
            with self.subTest(engine), xr.open_dataset(self.path, engine=engine) as ds:
                best = ds.test_accuracy.where(ds.status == DONE).groupby("states").max()
                wanted = pd.DataFrame(self.columns).groupby("states").test_accuracy.max()
                np.testing.assert_array_equal(best.values, wanted.values)
                curve = ds.loss.sel(run=8).dropna("step")
                np.testing.assert_array_equal(curve.step, range(0, 21, 2))

    def test_netcdf4_without_xarray(self):
        with netCDF4.Dataset(self.path) as file:
            file.set_auto_mask(False)
            self.assertEqual(file["loss"].dimensions, ("run", "step"))
            np.testing.assert_array_equal(file["loss"][:], self.loss)
            self.assertEqual(file["weights/states_3/W_rec"].shape[1:], (3, 3))


class Pandas(ReaderTest):
    def test_run_table(self):
        with xr.open_dataset(self.path) as ds:
            table = ds.drop_dims("step").to_dataframe()
            table["precision"] = pd.Categorical.from_codes(
                table.precision, ds.precision.flag_meanings.split())
        self.assertEqual(len(table), RUNS)
        self.assertEqual(table.index.name, "run")
        self.assertEqual(table.precision.value_counts().to_dict(),
                         {"float32": RUNS // 2, "float64": RUNS // 2})
        self.assertEqual(int((table.status == DONE).sum()), RUNS // 2)

    def test_long_table_of_curves(self):
        with xr.open_dataset(self.path) as ds:
            long = ds.loss.to_dataframe().reset_index()
        self.assertEqual(len(long), RUNS * POINTS)
        np.testing.assert_array_equal(
            long.pivot(index="run", columns="step", values="loss").values, self.loss)


class StoredNetworks(ReaderTest):
    """The stored weights are the trained network: they give the stored loss and accuracies."""

    def test_float32_runs_are_widened_exactly(self):
        for place in np.flatnonzero(self.columns["precision"] == 0):
            row = program.read_row(self.path, place)
            for name, value in {"loss": row["loss"], **row["weights"]}.items():
                self.assertEqual(value.dtype, np.float64, name)
                with np.errstate(over="ignore"):
                    narrow = value.astype(np.float32)
                np.testing.assert_array_equal(value, narrow, name)

    def test_loss_and_accuracies(self):
        for place in np.flatnonzero(self.columns["status"] == DONE):
            row = program.read_row(self.path, place)
            config = config_of(row)
            with self.subTest(run=row["run"], states=config.states, precision=config.precision):
                net = {name: value.astype(np.float64) for name, value in row["weights"].items()}
                draws = reference.draw_run(config)
                x, t = reference.encode(draws.train_pairs, config.sequence_length, np.float64)
                batch = reference.minibatch(config, config.updates - 1)
                # float32: 160 000 roundings of 2^-24 in its forward pass, most of them cancelling
                bound = {"float32": 1e-5, "float64": 1e-12}[config.precision]
                loss = reference.loss_of(net, x[batch], t[batch])
                self.assertLess(abs(row["final_loss"] / loss - 1), bound)
                bits, sums = reference.test_accuracies(
                    net, draws.test_pairs, config.sequence_length)
                self.assertAlmostEqual(row["test_bit_accuracy"], bits, delta=1e-12)
                self.assertAlmostEqual(row["test_accuracy"], sums, delta=1e-12)


if __name__ == "__main__":
    unittest.main()
