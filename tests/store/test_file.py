#!/usr/bin/env python3
"""Results files as h5py and xarray see them, with every value computed again from sample.c's rules,
and the checksums with another CRC-32C. Usage: test_file.py WRITE_SAMPLE"""

import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import crc32c
import h5py
import numpy as np
import xarray as xr

STATES = [3, 2, 5, 1]
RUNS = 60
SEED_FROM = 4294960000
TENSORS = ["S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out"]

DEFAULTS = {"states": 3, "learning_rate": 0.05, "lambda": 0.5, "momentum": 0.8, "epsilon": 1e-6,
            "epsilon_placement": 0, "precision": 0, "sequence_length": 16, "train_samples": 2000,
            "test_samples": 1000, "batch_size": 100, "batching": 0, "epochs": 5, "loss_interval": 1,
            "gradient_check": 0, "data_seed": -1, "optimizer": 0, "nesterov": 1, "beta1": 0.9,
            "beta2": 0.999, "weight_decay": 0, "clip_norm": np.nan, "schedule": 0, "warmup": 0, "shuffle": 0,
            "recorded_loss": 0, "initial_state": 0, "biases": 0, "init": 0, "recurrent_init": 0, "gain": 1,
            "recurrent_gain": 1, "cell": 0, "leak": 1, "forget_bias": 0, "task": 0,
            "loss_function": 0, "readout": 0, "shortest_length": -1, "fresh_data": 0, "all_sequences": 0, "modulus": 5,
            "delay": 100, "channels": 3, "pulse_probability": 0.5, "grammar": 4, "letters": 3, "count_alpha": 1,
            "count_beta": 1, "pairs": 2, "input_noise": 1, "train_fraction": 1,
            "validation_samples": 0, "stop_loss": np.nan, "stop_accuracy": np.nan, "patience": -1, "check_interval": -1}


def config(row, wide):
    return {
        **DEFAULTS,
        "states": STATES[row // 3 % 4],
        "learning_rate": 0.001 * (1 + row % 7),
        "lambda": 0.5,
        "momentum": 0.8,
        "epsilon": 1e-6,
        "epsilon_placement": row % 2,
        "precision": int(wide and row % 5 == 0),
        "sequence_length": 16,
        "train_samples": 40,
        "test_samples": 1000,
        "batch_size": 10,
        "batching": row // 2 % 2,
        "epochs": 1 + row % 3,
        "loss_interval": 2 << row % 2,
        "gradient_check": int(row % 4 == 3),
        "data_seed": -1 if row % 3 == 0 else 1000 + row,
        "seed": (SEED_FROM if wide else 0) + row + 1,
    }


def results(row):
    run = 3 * row
    diverged = run % 7 == 5
    return {
        "status": 2 if diverged else 3 if run % 11 == 7 else 1,
        "initial_loss": 0.7,
        "final_loss": np.nan if diverged else 1 / (1 + run),
        "test_bit_accuracy": np.nan if diverged else 1 - 1 / (2 + run),
        "test_accuracy": np.nan if diverged else 1 - 1 / (3 + run),
        "test_loss": np.nan if diverged else 1 / (4 + run),
        "diverged_at": 2 if diverged else -1,
        "updates": 2 if diverged else 40 + run,
        "stop_reason": 4 if diverged else run % 4,
        "solved_at": np.nan if run % 5 == 0 else run - 1,
        "wall_time": 0.25 + run,
    }


def sealed(time):
    """wall_time as it is stored: its lowest 16 bits check the others."""
    bits = struct.unpack("<Q", struct.pack("<d", time))[0] >> 16 << 16
    check = crc32c.crc32c(struct.pack("<Q", bits))
    return struct.unpack("<d", struct.pack("<Q", bits | (check ^ check >> 16) & 0xFFFF))[0]


def curve(row, interval, updates):
    loss = np.full(7, np.nan)
    run = 3 * row
    for i in range(updates // interval + 1):
        loss[i * interval // 2] = np.nan if run % 7 == 5 and i > 0 else (run + 1) / 3 + i / 7
    return loss


def extents(states):
    return [(states,), (2, states), (states,), (states, states), (states,), (states, 1), (1,)]


class Narrow(unittest.TestCase):
    wide = False

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = str(pathlib.Path(cls.folder.name) / "sample.h5")
        subprocess.run([WRITE_SAMPLE, cls.path, str(RUNS), "wide" if cls.wide else "narrow"], check=True)
        cls.real = np.float64 if cls.wide else np.float32
        cls.file = h5py.File(cls.path)

    @classmethod
    def tearDownClass(cls):
        cls.file.close()
        cls.folder.cleanup()

    def test_columns_and_their_types(self):
        types = {name: np.int32 for name in self.file}
        types.update(dict.fromkeys(["learning_rate", "lambda", "momentum", "epsilon", "beta1", "beta2", "weight_decay",
                                    "clip_norm", "gain", "recurrent_gain", "leak", "forget_bias", "pulse_probability",
                                    "count_alpha", "count_beta", "input_noise", "train_fraction", "stop_loss",
                                    "stop_accuracy", "solved_at", "wall_time"], np.float64))
        types.update(dict.fromkeys(["epsilon_placement", "precision", "batching", "gradient_check", "optimizer", "nesterov",
                                    "schedule", "shuffle", "recorded_loss", "initial_state", "biases", "init", "recurrent_init", "cell",
                                    "task", "loss_function", "readout", "fresh_data", "all_sequences",
                                    "status", "stop_reason"], np.int8))
        types.update({"initial_loss": self.real, "test_loss": self.real, "final_loss": self.real, "test_bit_accuracy": np.float64,
                      "test_accuracy": np.float64})
        types["seed"] = np.float64 if self.wide else np.int32
        for row in range(RUNS):
            for name, value in {**config(row, self.wide), **results(row)}.items():
                self.assertEqual(self.file[name].dtype, types[name], name)
                if name == "wall_time":
                    value = sealed(value)
                np.testing.assert_equal(self.file[name][row], types[name](value), f"{name} of row {row}")
        np.testing.assert_equal(self.file["run"][:], 3 * np.arange(RUNS))
        np.testing.assert_equal(self.file["step"][:], [0, 2, 4, 6, 8, 10, 12])

    def test_curves(self):
        self.assertEqual(self.file["loss"].dtype, self.real)
        for row in range(RUNS):
            settings = config(row, self.wide)
            expected = curve(row, settings["loss_interval"], 4 * settings["epochs"])
            np.testing.assert_equal(self.file["loss"][row], expected.astype(self.real))
        # One NaN, whatever the training made: sample.c hands over negative ones.
        self.assertFalse(np.signbit(self.file["loss"][:]).any())

    def test_weights(self):
        place = dict.fromkeys(STATES, 0)
        self.assertEqual(set(self.file["weights"]), {f"states_{states}" for states in STATES})
        for row in range(RUNS):
            states = config(row, self.wide)["states"]
            group = self.file[f"weights/states_{states}"]
            self.assertEqual(group["run_id"][place[states]], 3 * row)
            start = 0
            for name, shape in zip(TENSORS, extents(states)):
                size = int(np.prod(shape))
                expected = np.arange(start, start + size) / 3 - 3 * row
                np.testing.assert_equal(group[name][place[states]], expected.astype(self.real).reshape(shape))
                start += size
            place[states] += 1

    def test_checksums(self):
        place = dict.fromkeys(STATES, 0)
        order = self.file["run"].attrs["rnnsweep_row"].split()
        columns = [name for name, item in self.file.items() if isinstance(item, h5py.Dataset) and
                   item.shape[0] == RUNS and name not in ("wall_time", "crc32c", "crc32c_head")]
        self.assertEqual(sorted(order), sorted(columns))
        self.assertEqual(order[-1], "loss")
        for row in range(RUNS):
            states = config(row, self.wide)["states"]
            group = self.file[f"weights/states_{states}"]
            self.assertEqual(group["run_id"].attrs["rnnsweep_row"].split(), ["run_id", *TENSORS])
            head = b"".join(self.file[name][row].tobytes() for name in order[:-1])
            rest = self.file["loss"][row].tobytes()
            rest += b"".join(group[name][place[states]].tobytes() for name in ["run_id", *TENSORS])
            number = struct.pack("<q", row)
            for name, payload in {"crc32c_head": head + number, "crc32c": head + rest + number}.items():
                self.assertEqual(np.uint32(self.file[name][row] & 0xFFFFFFFF), crc32c.crc32c(payload), name)
            place[states] += 1

    def test_directory(self):
        """The text of directory.h, read by its description."""
        text = self.file["rescue/directory"][:].tobytes()
        header, body = text[:41].split(), text[41:]
        self.assertEqual(header[:3], [b"RNNSWEEP", b"DIRECTORY", b"1"])
        self.assertEqual((int(header[3]), int(header[4], 16)), (len(body), crc32c.crc32c(body)))
        size = sum_of_structure = None
        content, start = pathlib.Path(self.path).read_bytes(), body.index(b"\n") + 1
        self.assertEqual(body[:start], b"layout 2\n")
        item, found, checked = self.file, [], 0
        while start < len(body):
            end = body.index(b"\n", start)
            word, *fields = body[start:end].decode().split(" ")
            start = end + 1
            if word == "dataset":
                kind, rank = fields[0], int(fields[1])
                extents, (offset, chunk_rows) = fields[2:2 + rank], map(int, fields[2 + rank:4 + rank])
                item = self.file[fields[-1]]
                found.append(item.name)
                self.assertEqual((kind, tuple(map(int, extents)), offset, chunk_rows),
                                 (item.dtype.name, item.shape, item.id.get_offset(), 0))
                if fields[-2] != "-":
                    checked += 1
                    self.assertEqual(int(fields[-2], 16),
                                     crc32c.crc32c(content[offset:offset + item.id.get_storage_size()]))
            elif word == "attribute":
                size = int(fields[2])
                value, start = body[start:start + size], start + size + 1
                expected = item.attrs[fields[-1]]
                self.assertEqual(value, expected.encode() if fields[0] == "text" else expected.tobytes())
            elif word == "structure":
                size, sum_of_structure = int(fields[0]), int(fields[1], 16)
            else:
                self.assertEqual(word, "dimension")
        everything = []
        self.file.visititems(lambda _, item: everything.append(item.name) if isinstance(item, h5py.Dataset) else None)
        self.assertEqual(sorted(found), sorted(set(everything) - {"/rescue/directory"}))
        self.assertEqual(size, len(content))
        of_datasets = np.zeros(size, bool)
        for name in everything:
            offset = self.file[name].id.get_offset()
            of_datasets[offset:offset + self.file[name].id.get_storage_size()] = True
        between = np.frombuffer(content, "u1")[~of_datasets]
        self.assertEqual(sum_of_structure, crc32c.crc32c(between.tobytes()))
        self.assertEqual(checked, 3 + len(DEFAULTS) + 5 * len(STATES))  # run, step, parameters, seed; scales

    def test_everything_is_described(self):
        def check(name, item):
            if isinstance(item, h5py.Dataset) and name != "rescue/directory":
                self.assertIsInstance(item.attrs["units"], str, name)
                self.assertGreater(len(item.attrs["long_name"]), 5, name)
                self.assertEqual(item.chunks, None, name)

        self.file.visititems(check)
        self.assertEqual(self.file.attrs["Conventions"], "CF-1.9, ACDD-1.3")
        self.assertEqual(self.file.attrs["rnnsweep_layout"], 2)
        for name, value in DEFAULTS.items():
            np.testing.assert_equal(self.file[name].attrs["default"], value, name)
            self.assertEqual(self.file[name].attrs["default"].dtype, self.file[name].dtype, name)

    def test_xarray_makes_the_parameters_coordinates(self):
        for engine in ("netcdf4", "h5netcdf"):
            with xr.open_dataset(self.path, engine=engine) as data:
                self.assertEqual(set(config(0, self.wide)) | {"run", "step", "status"}, set(data.coords))
                self.assertEqual(data.loss.dims, ("run", "step"))
                chosen = data.final_loss.where(data.states == 5, drop=True)
                self.assertEqual(chosen.run.values[0], 3 * 6)
                self.assertEqual(data.status.flag_meanings, "pending done diverged failed stopped")
                self.assertEqual(data.wall_time.dtype, np.float64)
            with xr.open_dataset(self.path, engine=engine, group="weights/states_5") as data:
                self.assertEqual(data.W_in.dims, ("run_id", "input", "state"))
                self.assertEqual(data.W_rec.dims, ("run_id", "state_from", "state"))
                self.assertEqual(data.W_out.dims, ("run_id", "state", "output"))
                np.testing.assert_equal(data.state.values, np.arange(5))
                self.assertEqual(data.b_out.sel(run_id=18).values[0], self.real(55 / 3 - 18))


class Wide(Narrow):
    wide = True


if __name__ == "__main__":
    WRITE_SAMPLE = sys.argv.pop(1)
    unittest.main()
