#!/usr/bin/env python3
"""Files that must not be opened: damaged, leading elsewhere, none at all; and where nothing may be
written."""
import fcntl
import os
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py
import numpy as np

from sweeps import PACKAGE, Commands, SweepTest
from rnnsweep import inspection, open_results, to_csv, to_parquet
from rnnsweep.report import write_report


class Small(SweepTest):
    PARAMETERS = {"states": [2, 3], "epochs": 1, "train_samples": 60, "test_samples": 10,
                  "batch_size": 30, "sequence_length": 6}
    SEEDS = 3

    def copy(self, name="copy.h5"):
        path = self.folder / name
        shutil.copy(self.path, path)
        return path

    def refused(self, path, pattern):
        with self.assertRaisesRegex(ValueError, pattern):
            open_results(path)


class Elsewhere(Small):
    """A file that names other files would have the reader show those."""

    def replace(self, make):
        """A copy whose /test_accuracy make(file) provides."""
        path = self.copy()
        with h5py.File(path, "r+") as file:
            del file["test_accuracy"]
            make(file)
            file["test_accuracy"].attrs["coordinates"] = "states seed"
        return path

    def test_external_storage(self):
        secret = self.folder / "secret"
        secret.write_bytes(bytes(48))
        self.refused(self.replace(lambda file: file.create_dataset(
            "test_accuracy", (6,), "f8", external=[(str(secret), 0, 48)])),
            "copy.h5: test_accuracy is stored in another file")

    def test_virtual_dataset(self):
        def make(file):
            layout = h5py.VirtualLayout((6,), "f8")
            layout[:] = h5py.VirtualSource(str(self.path), "test_accuracy", (6,))
            file.create_virtual_dataset("test_accuracy", layout)
        self.refused(self.replace(make), "copy.h5: test_accuracy is a virtual dataset")

    def test_links(self):
        for link in (h5py.ExternalLink(str(self.path), "/test_accuracy"),
                     h5py.SoftLink("/final_loss")):
            path = self.copy()
            with h5py.File(path, "r+") as file:
                del file["test_accuracy"]
                file["test_accuracy"] = link
            self.refused(path, "copy.h5: test_accuracy is a link to another place")

    def test_more_than_the_file_has(self):
        def make(file):
            file.create_dataset("test_accuracy", (1 << 40,), "f8", chunks=(1 << 20,))
        self.refused(self.replace(make), "copy.h5: is damaged: test_accuracy has no room in it")
        def make_early(file):
            file.create_dataset("test_accuracy", (6,), "f8", chunks=(1 << 26,), maxshape=(None,))
        self.refused(self.replace(make_early), "has chunks of")


class NoFiles(Small):
    def test_fifo_and_folder(self):
        fifo = self.folder / "fifo.h5"
        os.mkfifo(fifo)
        for path in (fifo, self.folder, Path("/dev/null")):
            self.refused(path, "is no results file but a folder or device")

    def test_layout_of_the_future(self):
        path = self.copy()
        with h5py.File(path, "r+") as file:
            file.attrs["rnnsweep_layout"] = np.int32(3)
        self.refused(path, "has layout 3; this package reads 1 to 2")

    def test_values_out_of_range(self):
        for name, value in (("status", 9), ("status", -1), ("batching", 7), ("precision", -1),
                            ("run", -4), ("run", 1)):
            with self.subTest(name=name, value=value):
                path = self.copy()
                with h5py.File(path, "r+") as file:
                    file[name][0] = value
                self.refused(path, "copy.h5: is damaged: ")


class Damage(Small):
    """Single flipped bits: an answer or a ValueError, never a fault of memory and never a wait."""

    FLIPS = 6  # more in the slow tier

    def setUp(self):
        super().setUp()
        self.data = self.path.read_bytes()

    def flipped(self, byte, bit):
        path = self.folder / "flipped.h5"
        data = bytearray(self.data)
        data[byte] ^= 1 << bit
        path.write_bytes(data)
        return path

    def test_flips(self):
        random = np.random.RandomState(int(os.environ.get("SEED", "1")))
        for _ in range(int(os.environ.get("FLIPS", self.FLIPS))):
            byte, bit = int(random.randint(len(self.data))), int(random.randint(8))
            with self.subTest(byte=byte, bit=bit):
                try:
                    with open_results(self.flipped(byte, bit)) as results:
                        results.curves([0])
                except (ValueError, OSError, RuntimeError):
                    pass

    def test_crash_is_damage(self):
        self.assertEqual(self.end_of("os.abort()"), "ValueError: x.h5: is damaged: the HDF5 "
                         "library crashes on it")
        self.assertEqual(self.end_of("os.kill(os.getpid(), 11)"), "ValueError: x.h5: is damaged: "
                         "the HDF5 library crashes on it")

    def test_time_is_bounded(self):
        start = time.monotonic()
        self.assertEqual(self.end_of("module._limit(resource.RLIMIT_CPU, 1)\nwhile True: pass"),
                         "ValueError: x.h5: is damaged: the HDF5 library is not done with it in "
                         "time")
        self.assertLess(time.monotonic() - start, 300)

    def test_memory_is_bounded(self):
        self.assertIn("far more memory", self.end_of(
            "module._limit(resource.RLIMIT_DATA, module._data_bytes() + (64 << 20))\n"
            "module._look_with_h5py = lambda path: bytearray(1 << 30)\n"
            "print(json.dumps(['x.h5', module._problem('x.h5')]))"))

    def test_kill_is_no_damage(self):
        self.assertIn("OSError: x.h5: cannot be read: the process that read it was killed",
                      self.end_of("os.kill(os.getpid(), 9)"))

    def end_of(self, work):
        """What the package says of a child that does this in place of reading the file."""
        script = (  # without the package, which takes long to load
            "import importlib.util, json\n"
            f"spec = importlib.util.spec_from_file_location('inspection', {inspection.__file__!r})\n"
            "inspection = importlib.util.module_from_spec(spec)\n"
            "spec.loader.exec_module(inspection)\n"
            "inspection._START = inspection._START.replace('module.inspect_all(sys.argv[3:])',\n"
            "    'import os, resource, json\\n' + " + repr(work) + ")\n"
            "try:\n"
            "    found = inspection._findings(['x.h5'], 0)\n"
            "    print(found)\n"
            "except Exception as error:\n"
            "    print(f'{type(error).__name__}: {error}')\n")
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], text=True,
                              capture_output=True, timeout=300, cwd=self.folder,
                              env={**os.environ, "PYTHONPATH": str(PACKAGE)})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_damaged_run_is_not_used(self):
        with h5py.File(self.path) as file:
            place = file["test_accuracy"].id.get_offset()
        path = self.flipped(place + 8 * 2 + 7, 1)
        with open_results(path) as results:
            self.assertFalse(results.checked)
            with self.assertRaisesRegex(ValueError, "run 2 is damaged"):
                results.network(2)
            self.assertEqual(set(results.network(1)), set(self.results.network(1)))
        with self.assertWarnsRegex(UserWarning, "1 damaged runs are left out: 2;"):
            with open_results(path, check=True) as results:
                self.assertTrue(results.checked)
                self.assertEqual(results.runs.index.tolist(), [0, 1, 3, 4, 5])

    def test_whole_file_is_sound(self):
        """Every bit of a row, in the root and in its group."""
        with h5py.File(self.path) as file:
            places = [(file[name].id.get_offset(), file[name].nbytes // 6)
                      for name in ("loss", "seed", "final_loss")]
            rec = file["weights/states_3/W_rec"]
            places.append((rec.id.get_offset(), rec.nbytes // 3))
        with open_results(self.path, check=True) as results:
            self.assertEqual(len(results), 6)
        for place, size in places:
            with self.assertWarnsRegex(UserWarning, "1 damaged runs are left out"):
                with open_results(self.flipped(place + size - 1, 0), check=True) as results:
                    self.assertEqual(len(results), 5)

    def test_lock_is_no_damage(self):
        script = "import rnnsweep, sys\n" \
                 "try: rnnsweep.open_results(sys.argv[1])\n" \
                 "except Exception as error: print(type(error).__name__, error)"
        path = self.copy()  # of its own: `results` holds HDF5's lock on the other
        with open(path, "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", script, path], text=True,
                capture_output=True, timeout=300,
                env={**os.environ, "PYTHONPATH": str(PACKAGE), "HDF5_USE_FILE_LOCKING": "TRUE"})
        self.assertRegex(done.stdout, "OSError .*another program may hold a lock on it", done.stderr)


class Outputs(Commands, Small):
    """No results file is written over, and no input."""

    def test_commands(self):
        other = self.copy("other.h5")
        named = self.copy("other.csv")  # an HDF5 file of a name that could be an output
        page = self.copy("other.html")
        before = self.path.read_bytes()
        for command, *arguments in (
                ("export", self.path, "-o", self.path), ("export", self.path, "-o", other),
                ("export", self.path, "-o", "new.h5"), ("export", self.path, "-o", "runs.xlsx"),
                ("export", self.path, "-o", named), ("export", named, "-o", named),
                ("table", self.path, "-o", self.path), ("table", self.path, "-o", named),
                ("table", self.path, "-o", "table.txt"),
                ("report", self.path, "-o", self.path), ("report", self.path, "-o", page),
                ("report", page), ("report", self.path, "-o", "report.pdf")):
            with self.subTest(command=command, arguments=arguments):
                err = self.call(command, *arguments, code=64)[1]
                self.assertRegex(err, "must end in|not written over|cannot be the output")
        self.assertIn(".csv, .csv.gz, .csv.bz2, .csv.xz, .csv.zip or .parquet",
                      self.call("export", self.path, "-o", "runs.xlsx", code=64)[1])
        for path in (self.path, other, named, page):
            self.assertEqual(path.read_bytes(), before)
        self.assertFalse((self.folder / "new.h5").exists())
        self.assertFalse((self.folder / "runs.xlsx").exists())

    def test_functions(self):
        before = self.path.read_bytes()
        for write in (to_csv, to_parquet):
            with self.assertRaisesRegex(ValueError, "must end in"):
                write(self.results, self.path)
        with self.assertRaisesRegex(ValueError, "must end in .html or .htm"):
            write_report(self.path, self.path)
        self.assertEqual(self.path.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
