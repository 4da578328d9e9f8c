#!/usr/bin/env python3
"""Results files of other versions: columns by name, choices by the file's words, what is missing,
what is unknown. Made from a file of this version with h5py."""
import re
import shutil
import sys
import unittest

import h5py
import numpy as np

import sweeps
from sweeps import SweepTest
from rnnsweep import configuration_table, open_results, success_rates
from rnnsweep.parameters import DEFAULTS

RUNS = 12
STORE = sweeps.TESTS / "store"
sys.path.insert(0, str(STORE))
import layout2_file  # noqa: E402


class Kept(unittest.TestCase):
    """The files that the tests of the program keep or make (tests/store)."""

    def test_layout_1(self):
        for path in sorted((STORE / "layout1").glob("*.h5")):
            with self.subTest(path.name), open_results(path, check=True) as results:
                self.assertEqual(len(results), 12 if "shard" in path.name else 24)
                self.assertEqual(len(results.finished),
                                 12 if path.stem in ("partial", "shard.1-of-2") else 24)
                self.assertEqual((results.foreign, results.swept), ((), ("states", "learning_rate")))
                for name, default in DEFAULTS.items():
                    self.assertIn(name, results.runs)
                    if name not in ("states", "learning_rate") and default == default:
                        self.assertEqual(results.runs[name].nunique(), 1)
                self.assertEqual(set(results.network(0)), {
                    "S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out"})

    def test_layout_1_in_parts(self):
        kept = STORE / "layout1"
        with open_results([kept / "partial.h5", kept / "shard.1-of-2.h5", kept / "grown.h5"]) as all_, \
                open_results(kept / "plain.h5") as plain:
            self.assertEqual(all_.runs.final_loss.tolist(), plain.runs.final_loss.tolist())

    def test_a_later_file_of_layout_2(self):
        """Four networks of today, of which one was stopped at a rung; four gated ones."""
        with sweeps.tempfile.TemporaryDirectory() as folder:
            path = sweeps.Path(folder) / "later.h5"
            layout2_file.make(path)
            with self.assertWarnsRegex(UserWarning, "4 of 8 runs are in no statistic: .* unit,"):
                results = open_results(path, check=True)
            with results:
                self.assertEqual(results.foreign, (4, 5, 6, 7))
                self.assertEqual(results.finished.index.tolist(), [0, 1, 2])
                self.assertEqual(results.runs.status.astype(str).tolist(),
                                 layout2_file.STATUS_OF_RUN)
                self.assertEqual(results.runs.unit.astype(str).tolist(), ["tanh"] * 4 + ["ugrnn"] * 4)
                self.assertEqual(set(results.runs.precision.astype(str)), {"float32"})
                self.assertEqual(set(results.runs.gradient_check), {False})
                for run in range(8):
                    tensors = results.network(run)
                    self.assertEqual(tensors["W_rec"].shape, (3, 3) if run < 4 else (3, 3, 3))
                self.assertEqual(int(success_rates(results).runs.sum()), 3)


class OtherVersions(SweepTest):
    PARAMETERS = {"states": [2, 3], "batching": ["disjoint", "sliding"], "epochs": 2,
                  "train_samples": 60, "test_samples": 10, "batch_size": 30, "sequence_length": 6}
    SEEDS = 3

    def changed(self, change, name="changed.h5"):
        path = self.folder / name
        shutil.copy(self.path, path)
        with h5py.File(path, "r+") as file:
            change(file)
        return path

    @staticmethod
    def add(file, name, values, default=None, words=None):
        column = file.create_dataset(name, data=values)
        column.dims[0].attach_scale(file["run"])
        if default is not None:
            column.attrs["default"] = column.dtype.type(default)
        if words:
            column.attrs["flag_values"] = np.arange(len(words.split()), dtype=column.dtype)
            column.attrs["flag_meanings"] = words

    def test_defaults_are_those_of_the_program(self):
        listed = sweeps.TESTS.parent / "include" / "rnnsweep" / "parameters.def"
        self.assertEqual(list(DEFAULTS), re.findall(
            r"^RS_[A-Z]+\((\w+),", listed.read_text(), re.MULTILINE),
            "name the parameter in rnnsweep/parameters.py, and in DEFAULTS of the R package")
        r_package = (sweeps.TESTS.parent / "analysis" / "R" / "R" / "results.R").read_text()
        listed_r = r_package.split("DEFAULTS <- list(")[1].split(")\n")[0]
        self.assertEqual(list(DEFAULTS), re.findall(r"(\w+) = ", listed_r))
        with h5py.File(sweeps.program.run_grid(self.folder, "plain", {}, 1)) as file:
            for name, default in DEFAULTS.items():
                words = file[name].attrs.get("flag_meanings")
                value = file[name][0]
                if words is not None:
                    value = str(words).split()[value]
                    value = {"true": True, "false": False}.get(value, value)
                if default == default:
                    self.assertEqual(value, default, name)
                else:
                    self.assertTrue(np.isnan(value), name)

    def test_missing_parameters_have_their_defaults(self):
        def change(file):
            for name in ("momentum", "precision", "data_seed", "gradient_check"):
                del file[name]
            coordinates = file["test_accuracy"].attrs["coordinates"].split()
            for item in file.values():
                if "coordinates" in item.attrs:
                    item.attrs["coordinates"] = " ".join(
                        name for name in coordinates if name in file)
        with open_results(self.changed(change)) as results:
            self.assertEqual(set(results.parameters), set(self.results.parameters))
            for name in ("momentum", "precision", "data_seed", "gradient_check"):
                self.assertEqual(set(results.runs[name]), {DEFAULTS[name]})
            self.assertEqual(results.swept, self.results.swept)
            self.assertTrue(success_rates(results).equals(success_rates(self.results)))

    def test_missing_results_are_missing(self):
        def change(file):
            del file["initial_loss"], file["wall_time"]
        with open_results(self.changed(change)) as results:
            self.assertTrue(results.runs.initial_loss.isna().all())
            self.assertTrue(results.runs.wall_time.isna().all())

    def test_choices_are_read_by_the_words_of_the_file(self):
        def change(file):
            column = file["batching"]
            column[:] = 5 - 2 * column[:]  # disjoint 5, sliding 3
            del column.attrs["flag_values"], column.attrs["flag_meanings"]
            column.attrs["flag_values"] = np.array([3, 4, 5], "i1")
            column.attrs["flag_meanings"] = "sliding by_length disjoint"
            status = file["status"]
            status[:] = 3 - status[:]
            status.attrs["flag_meanings"] = "stopped failed done pending"
            status.attrs["flag_values"] = np.arange(4, dtype="i1")
        with open_results(self.changed(change)) as results:
            self.assertEqual(results.runs.batching.astype(str).tolist(),
                             self.results.runs.batching.astype(str).tolist())
            self.assertEqual(results.runs.status.astype(str).tolist(), ["done"] * RUNS)
            self.assertEqual(len(results.finished), RUNS)

    def test_runs_stopped_at_a_rung_are_in_no_statistic(self):
        def change(file):
            file["status"].attrs["flag_meanings"] = "pending done diverged failed stopped"
            file["status"].attrs["flag_values"] = np.arange(5, dtype="i1")
            file["status"][4] = 4
        with open_results(self.changed(change)) as results:
            self.assertEqual(results.runs.status[4], "stopped")
            self.assertEqual(len(results.finished), RUNS - 1)

    def test_unknown_parameters(self):
        """Kept; a run that sets one is none of ours, and averaged with none."""
        def change(file):
            self.add(file, "speed", np.array([1.0] * 10 + [0.5] * 2), default=1)
            self.add(file, "waiting", np.full(RUNS, np.nan), default=np.nan)
            self.add(file, "kind", np.array([0] * 11 + [1], "i1"), default=0, words="plain other")
            self.add(file, "noise", np.arange(RUNS) / 10.0)  # a result of a later version
        path = self.changed(change)
        with self.assertWarnsRegex(UserWarning, "2 of 12 runs are in no statistic: .* does not know "
                                                "speed, kind"):
            results = open_results(path)
        with results:
            self.assertEqual(results.foreign, (10, 11))
            self.assertEqual(len(results.runs), RUNS)
            self.assertEqual(results.finished.index.tolist(), list(range(10)))
            self.assertEqual(results.runs.kind.astype(str).tolist(), ["plain"] * 11 + ["other"])
            self.assertEqual(results.runs.noise.tolist(), (np.arange(RUNS) / 10).tolist())
            self.assertEqual(int(success_rates(results).runs.sum()), 10)
            self.assertEqual(int(configuration_table(results).runs.sum()), 10)
            self.assertEqual(results.where(states=3).foreign, (10, 11))

    def test_unknown_parameter_without_default(self):
        """Nothing says that a run does not set it."""
        def change(file):
            self.add(file, "speed", np.ones(RUNS))
            file["test_accuracy"].attrs["coordinates"] = \
                file["test_accuracy"].attrs["coordinates"] + " speed"
        with self.assertWarnsRegex(UserWarning, "12 of 12 runs are in no statistic"):
            open_results(self.changed(change)).close()

    def test_shards_of_two_versions(self):
        """The words of a choice may have other numbers in each file."""
        def change(file):
            file["status"][:6] = 0
            file["batching"][:] = 1 - file["batching"][:]
            file["batching"].attrs["flag_meanings"] = "sliding disjoint by_length"
            del file["momentum"]
            self.add(file, "speed", np.ones(RUNS), default=1)
        with open_results([self.changed(change), self.path]) as results:
            self.assertEqual(results.runs.batching.astype(str).tolist(),
                             self.results.runs.batching.astype(str).tolist())
            self.assertEqual(results.runs.final_loss.tolist(),
                             self.results.runs.final_loss.tolist())
            self.assertEqual(set(results.runs.momentum), {DEFAULTS["momentum"]})
            self.assertEqual(results.foreign, ())

    def test_networks_of_other_kinds(self):
        def change(file):
            group = file["weights"].create_group("ugrnn_I2_H3_O1")
            moved = file["weights/states_3"]
            rows = moved["run_id"][:]
            scale = group.create_dataset("run_id", data=rows[-2:])
            scale.make_scale("run_id")
            gate = group.create_dataset("gate", data=np.arange(3, dtype="i4"))
            gate.make_scale("gate")
            points = group.create_dataset("checkpoint", data=np.arange(4, dtype="i4"))
            points.make_scale("checkpoint")
            for name, shape, scales in (("b_in", (2, 3), [gate]),
                                        ("b_in_at", (2, 4, 3), [points, gate])):
                tensor = group.create_dataset(name, data=np.ones(shape))
                tensor.dims[0].attach_scale(scale)
                for axis, other in enumerate(scales):
                    tensor.dims[axis + 1].attach_scale(other)
            kept = {name: moved[name][:-2] for name in moved if moved[name].shape[0] == len(rows)
                    and name != "run_id"}
            moved["run_id"][-2:] = rows[-2:] + 1000
            self.gone, self.kept = [int(run) for run in rows[-2:]], kept
        path = self.changed(change)
        with open_results(path) as results:
            run = self.gone[0]
            groups = results._files
            self.assertEqual(groups.group_of(run, 3), "ugrnn_I2_H3_O1")
            self.assertEqual(groups.group_of(run - 1, 3), "states_3")
            weights = groups.weights("ugrnn_I2_H3_O1").sel(run=run)
            self.assertEqual(weights.b_in.values.tolist(), [1, 1, 1])


if __name__ == "__main__":
    unittest.main()
