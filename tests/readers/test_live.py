#!/usr/bin/env python3
"""A results file that is being written opens in every reader, and what it calls done is complete.

A reader takes the status first and the data afterwards: a row is written before its status.
"""
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import h5py
import numpy as np
import xarray as xr

import mixed_sweep  # noqa: F401  puts numeric/ on the path
import program
from program import DONE, PENDING, WEIGHTS

# Runs of different lengths, so that rows are finished in another order than they stand.
PARAMETERS = {"states": [2, 3], "epochs": [40, 100], "loss_interval": 10, "test_samples": 100}
RSCRIPT = os.environ.get("RSCRIPT", "Rscript")
SEEDS = 2000  # more than anybody waits for: the test stops the program
PARTIAL_STATES = 3
OPENS = 12
PATIENCE = 120  # seconds
STOPPED_EARLY = 75


def read_with_xarray(path, engine):
    with xr.open_dataset(path, engine=engine) as ds:
        status = ds.status.values
        root = {name: ds[name].values for name in ("loss", "test_accuracy", "final_loss", "epochs")}
    weights = {}
    for states in (2, 3):
        with xr.open_dataset(path, engine=engine, group=f"weights/states_{states}") as group:
            flat = [group[name].values.reshape(group.sizes["run_id"], -1) for name in WEIGHTS]
            weights.update(zip(group.run_id.values.tolist(), np.concatenate(flat, axis=1)))
    return status, root, weights


def read_with_h5py(path):
    with h5py.File(path) as file:
        status = file["status"][:]
        root = {name: file[name][:] for name in ("loss", "test_accuracy", "final_loss", "epochs")}
        weights = {}
        for group in file["weights"].values():
            flat = [group[name][:].reshape(group["run_id"].size, -1) for name in WEIGHTS]
            weights.update(zip(group["run_id"][:].tolist(), np.concatenate(flat, axis=1)))
    return status, root, weights


def check_with_r(path) -> str:
    """ncdf4 and rhdf5 look at what they call done; "incomplete 0" is the answer wanted."""
    script = """
        path <- commandArgs(trailingOnly = TRUE)
        nc <- ncdf4::nc_open(path)
        done <- which(ncdf4::ncvar_get(nc, "status") == 1)
        losses <- list(ncdf4::ncvar_get(nc, "final_loss"), rhdf5::h5read(path, "final_loss"))
        cat("incomplete", sum(sapply(losses, function(loss) sum(is.na(loss[done])))))
        """
    done = subprocess.run(
        [RSCRIPT, "--vanilla", "-e", script, str(path)], capture_output=True, text=True)
    return done.stdout + done.stderr


READERS = {
    "xarray netcdf4": lambda path: read_with_xarray(path, "netcdf4"),
    "xarray h5netcdf": lambda path: read_with_xarray(path, "h5netcdf"),
    "h5py": read_with_h5py,
}


class Live(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.path = Path(temporary.name) / "live.h5"
        sweep = program.write_sweep(temporary.name, "live", PARAMETERS, SEEDS)
        self.writer = subprocess.Popen(
            program.command(sweep, self.path), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        self.addCleanup(self.end_writer)

    def end_writer(self):
        if self.writer.poll() is None:
            self.writer.kill()
        self.writer.communicate()

    def check_done_rows(self, status, root, weights):
        self.assertTrue(set(np.unique(status)) <= {PENDING, DONE})
        rows = np.flatnonzero(status == DONE)
        points = 1 + root["epochs"][rows] * 20 // PARAMETERS["loss_interval"]
        wanted = np.arange(root["loss"].shape[1]) < points[:, None]
        np.testing.assert_array_equal(np.isfinite(root["loss"][rows]), wanted)
        self.assertTrue(np.all(np.isfinite(root["final_loss"][rows])))
        self.assertTrue(np.all(np.isfinite(root["test_accuracy"][rows])))
        self.assertTrue(all(np.all(np.isfinite(weights[row])) for row in rows))
        return rows

    def test_reading_while_writing(self):
        seen, partial, opens = {}, set(), 0
        end = time.monotonic() + PATIENCE
        while opens < OPENS or len(partial) < PARTIAL_STATES:
            self.assertIsNone(self.writer.poll(), "the program ended before it was read enough")
            self.assertLess(time.monotonic(), end, f"saw {sorted(partial)} runs done")
            if not self.path.exists():
                time.sleep(0.01)
                continue
            name = list(READERS)[opens % len(READERS)]
            with self.subTest(reader=name, opens=opens):
                status, root, weights = READERS[name](self.path)
                rows = self.check_done_rows(status, root, weights)
                self.assertTrue(set(seen) <= set(rows), "a run that was done is pending again")
                seen.update({row: (root["loss"][row], weights[row]) for row in rows})
                if len(rows) > 0:
                    partial.add(len(rows))
            opens += 1
        self.assertIn("incomplete 0", check_with_r(self.path))
        self.assertIsNone(self.writer.poll(), "the program ended before R looked")
        self.check_end(seen)

    def check_end(self, seen):
        """What was read early is what stands there at the end."""
        self.writer.send_signal(signal.SIGTERM)
        _, messages = self.writer.communicate(timeout=PATIENCE)
        self.assertEqual(self.writer.returncode, STOPPED_EARLY, messages)
        status, root, weights = read_with_h5py(self.path)
        rows = self.check_done_rows(status, root, weights)
        self.assertGreaterEqual(len(rows), len(seen))
        for row, (loss, flat) in seen.items():
            np.testing.assert_array_equal(root["loss"][row], loss)
            np.testing.assert_array_equal(weights[row], flat)


if __name__ == "__main__":
    unittest.main()
