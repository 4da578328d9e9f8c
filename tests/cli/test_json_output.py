"""What commands print with --json, against the results file."""

import json
import pathlib
import re
import unittest

import h5py
import numpy as np

from program import SMALL, ProgramTest


class Json(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SMALL)
        self.call("run", "s.yaml", "--shard", "1/2", "-o", "s.h5")
        self.shard = "s.1-of-2.h5"

    def answer(self, *arguments, code=0):
        return json.loads(self.call(*arguments, "--json", code=code)[0])

    def test_every_member_is_documented(self):
        """docs/commands.md names what is printed, and what it names is printed somewhere."""
        page = (pathlib.Path(__file__).resolve().parents[2] / "docs/commands.md").read_text()
        rows = dict(re.findall(r"(?m)^\| `(\w+)` \| (.*) \|$", page.partition("\n## JSON\n")[2]))
        self.write("more.yaml", SMALL + "early_terminate: {type: successive_halving, updates: 2}\ntest_lengths: [4]\n"
                                        "checkpoints: [1]\n")
        self.call("run", "more.yaml", "stop_loss=1e-9", "validation_samples=10", "learning_rate=0.001,0.1",
                  "-o", "more.h5")
        parameters = {each["name"] for each in self.answer("parameters")["parameters"]} | {"seed"}
        columns = {}  # of --csv, an interval as one
        for option in ("--top=99", "--further"):
            heading = self.call("summary", "more.h5", option, "--csv")[0].partition("\n")[0].split(",")
            columns[option] = {re.sub("_95_(low|high)$", "_95", name) for name in heading}
        columns["--further"] = set(self.call("summary", "more.h5", "--further", "--csv")[0].partition("\n")[0].split(","))
        for command, arguments, known in (
                ("plan", ("more.yaml",), parameters), ("show", ("more.h5", "best"), parameters),
                ("summary", ("more.h5",), columns["--top=99"] | parameters),
                ("summary", ("more.h5", "--further"), columns["--further"] | parameters),
                ("summary", ("more.h5", "--importance", "--metric", "final_loss"), parameters), ("predict", ("more.h5", "best", "1", "2"), set()),
                ("status", ("more.h5",), set()), ("missing", ("more.h5",), set()), ("verify", ("more.h5",), set()),
                ("trajectories", ("more.h5", "best", "-o", "states.nc"), set()), ("parameters", (), set()),
                ("bench", ("states=3", "--seconds", "0.01"), parameters)):
            named = set(re.findall(r"`(\w+)`", rows[command]))
            self.assertEqual(self.members(self.answer(command, *arguments)) - named - known, set(), command)

    def members(self, value):
        """Names in a document, of objects in objects too."""
        if isinstance(value, dict):
            return set(value).union(*map(self.members, value.values()))
        return set().union(*map(self.members, value)) if isinstance(value, list) else set()

    def test_show(self):
        with h5py.File(self.folder / self.shard) as file:
            for row, run in enumerate(file["run"][()]):
                shown = self.answer("show", self.shard, str(run))
                self.assertEqual(shown["run"], run)
                self.assertEqual(shown["seed"], file["seed"][row])
                self.assertEqual(shown["status"], "done")
                self.assertEqual(shown["configuration"]["states"], file["states"][row])
                self.assertEqual(shown["configuration"]["learning_rate"], file["learning_rate"][row])
                self.assertEqual(shown["configuration"]["cell"], "tanh")
                self.assertIsNone(shown["configuration"]["data_seed"])
                self.assertEqual(shown["test_accuracy"], file["test_accuracy"][row])
                self.assertEqual(shown["unknown_settings"], {})
                self.assertIsNone(shown["diverged_at"])
                np.testing.assert_array_equal(np.float32(shown["curve"]["loss"]), file["loss"][row])
                self.assertEqual(shown["curve"]["update"], [0, 1, 2, 3, 4])

    def test_show_says_how_losses_were_recorded(self):
        self.call("run", "s.yaml", "recorded_loss=before", "-o", "before.h5")
        self.assertIn("\nLoss of each minibatch before its update\n", self.call("show", "before.h5", "0")[0])
        self.assertIn("\nLoss of each minibatch after its update\n",
                      self.call("show", self.shard, "best")[0])

    def test_status(self):
        shown = self.answer("status", self.shard)
        with h5py.File(self.folder / self.shard) as file:
            done = int(np.count_nonzero(file["status"][()] == 1))
        self.assertEqual((shown["sweep"], shown["runs"], shown["done"], shown["missing"]),
                         ("small", 12, done, 12 - done))
        part, = shown["files"]
        self.assertEqual((part["file"], part["exists"], part["runs"], part["done"], part["pending"]),
                         (self.shard, True, done, done, 0))
        self.assertIsNone(part["seconds_left"])
        self.assertGreater(shown["core_seconds_left"], 0)

    def test_missing(self):
        with h5py.File(self.folder / self.shard) as file:
            there = set(file["run"][()].tolist())
        shown = self.answer("missing", self.shard, code=75)
        self.assertEqual(shown, {"total": 12, "missing": 12 - len(there),
                                 "runs": sorted(set(range(12)) - there)})
        self.call("run", "s.yaml", "-o", "all.h5")
        self.assertEqual(self.answer("missing", "all.h5"), {"total": 12, "missing": 0, "runs": []})
        self.refuse(64, "--array, --count and --json exclude each other",
                    "missing", "all.h5", "--json", "--count")

    def test_verify(self):
        self.call("run", "s.yaml", "-o", "all.h5")
        whole = {"file": "all.h5", "runs": 12, "finished": 12, "intact": 12, "damaged": 0, "differing": None,
                 "findings": []}
        self.assertEqual(self.answer("verify", "all.h5"), {"files": [whole]})
        with h5py.File(self.folder / "all.h5", "r+") as file:
            file["final_loss"][3] += 1
            file["wall_time"][5] += 1
            file["lambda"].attrs["long_name"] = b"something else"
        damaged, = self.answer("verify", "all.h5", code=65)["files"]
        self.assertEqual((damaged["intact"], damaged["damaged"]), (11, 1))
        self.assertEqual([found["run"] for found in damaged["findings"] if found["run"] is not None], [3, 5])
        self.assertTrue(any(found["run"] is None for found in damaged["findings"]))

    def test_verify_against(self):
        self.call("run", "s.yaml", "-o", "all.h5")
        self.call("run", "s.yaml", "-o", "same.h5")
        self.call("run", "s.yaml", "seeds=2", "-o", "fewer.h5")
        fewer, same = self.answer("verify", "fewer.h5", "same.h5", "--against", "all.h5", code=65)["files"]
        self.assertEqual((same["differing"], same["findings"]), (0, []))
        self.assertEqual(fewer["differing"], len(fewer["findings"]))
        self.assertIn({"attribute": "rnnsweep_runs", "finding": "differs"}, fewer["findings"])
        _, said = self.call("verify", "fewer.h5", "same.h5", "--against", "all.h5", code=65)
        self.assertIn(f"the results differ in {fewer['differing']} places", said)


if __name__ == "__main__":
    unittest.main()
