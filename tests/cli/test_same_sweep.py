"""A results file and a sweep whose runs are the same, or some of them, in whatever order and under
whatever words: what is trained, kept, refused and said."""

import unittest

import h5py
import numpy as np

from program import SMALL, ProgramTest

OTHER_ORDER = SMALL.replace("[2, 3]", "[3, 2]").replace("seeds: 3", "seeds: [3, 1, 2]")


class SameSweep(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SMALL)
        self.write("other.yaml", OTHER_ORDER)

    def run_sweep(self, *arguments, sweep="s.yaml", code=0):
        return self.call("run", sweep, "-o", "a.h5", *arguments, code=code)[1]

    def bytes(self):
        return (self.folder / "a.h5").read_bytes()

    def attributes(self):
        with h5py.File(self.folder / "a.h5") as file:
            return dict(file.attrs)

    def unfinish(self, *runs):
        with h5py.File(self.folder / "a.h5", "r+") as file:
            for run in runs:
                file["status"][run] = 0

    def test_a_file_with_more_runs(self):
        self.run_sweep("seeds=5")
        before = self.bytes()
        self.assertEqual(self.run_sweep(), "rnnsweep: nothing to train: all 12 runs are finished in a.h5; "
                                           "the file has 8 more\n")
        self.assertEqual(self.bytes(), before)

    def test_only_missing_runs_of_the_sweep_are_trained(self):
        """Run = configuration x 5 + seed - 1: runs 0 and 12 are of the smaller sweep, 3 and 14 not."""
        self.run_sweep("seeds=5")
        whole = self.datasets("a.h5")
        self.unfinish(0, 3, 12, 14)
        err = self.run_sweep()
        self.assertIn("resuming: 10 of 12 runs are finished; the file has 8 more\n", err)
        self.assertIn("trained 2 runs", err)
        status = self.datasets("a.h5")["status"]
        self.assertEqual(np.flatnonzero(status == 0).tolist(), [3, 14])
        self.assertIn("trained 2 runs", self.run_sweep("seeds=5"))
        for path, values in self.datasets("a.h5").items():
            np.testing.assert_array_equal(values, whole[path], path)
        self.call("verify", "a.h5")

    def test_another_order_is_kept(self):
        self.run_sweep()
        before = self.bytes()
        err = self.run_sweep(sweep="other.yaml")
        self.assertEqual(err, "rnnsweep: a.h5 has the runs in another order, and keeps it\n"
                              "rnnsweep: nothing to train: all 12 runs are finished in a.h5\n")
        self.assertEqual(self.bytes(), before)
        whole = self.datasets("a.h5")
        self.unfinish(1, 7)
        err = self.run_sweep(sweep="other.yaml")
        self.assertIn("resuming: 10 of 12 runs are finished\n", err)
        self.assertIn("trained 2 runs", err)
        for path, values in self.datasets("a.h5").items():
            np.testing.assert_array_equal(values, whole[path], path)
        self.assertIn("12 of 12 runs finished", self.call("status", "a.h5")[0])

    def test_a_compressed_file_in_another_order(self):
        self.run_sweep("seeds=300")  # so many that something is compressed
        self.call("merge", "b.h5", "a.h5", "--compress")
        (self.folder / "b.h5").rename(self.folder / "a.h5")
        before = self.bytes()
        self.assertIn("; the file has 1188 more", self.run_sweep(sweep="other.yaml"))
        self.assertEqual(self.bytes(), before)
        with h5py.File(self.folder / "a.h5", "r+") as file:
            file["status"][2] = 0
        err = self.run_sweep(sweep="other.yaml")
        self.assertIn("the file was compressed, and is no longer\n", err)
        self.assertIn("trained 1 run", err)
        self.assertEqual(self.finished("a.h5"), 1200)
        self.call("verify", "a.h5")

    def test_growth_in_another_order(self):
        self.run_sweep()
        err = self.run_sweep("seeds=5", sweep="other.yaml")
        self.assertIn("the sweep has grown: 12 finished runs carried over\n", err)
        self.assertIn("trained 8 runs", err)

    def test_values_that_went(self):
        self.run_sweep()
        before = self.bytes()
        err = self.run_sweep("states=3,4", code=65)
        self.assertMatches(
            err, "rnnsweep: error: a.h5: has 6 runs that this sweep does not have, and 6 of its 12 runs: "
                 "states (2 only in the file; 4 only in the sweep)\nNothing was changed. To keep them all "
                 "in one file, let the sweep have the values of both. To leave out *:\n"
                 "    rnnsweep run ... -o NEW.h5 --from a.h5\n")
        self.assertEqual(self.bytes(), before)
        # What it advises works: both, and the others left out.
        self.assertIn("trained 6 runs", self.run_sweep("states=2,3,4"))
        _, err = self.call("run", "s.yaml", "states=3,4", "-o", "new.h5", "--from", "a.h5")
        self.assertIn("12 finished runs taken over from 1 file", err)

    def test_many_values_and_none_shared(self):
        self.run_sweep()
        err = self.run_sweep("seeds={first: 10, count: 9}", "momentum=0.1", code=65)
        self.assertIn("another sweep: momentum (0.8 only in the file; 0.1 only in the sweep), seed (1, 2, 3 "
                      "only in the file; 10, 11, 12, 13, ... only in the sweep)\n", err)

    def test_the_same_values_combined_otherwise(self):
        self.write("list.yaml", "{method: list, seeds: 3, configurations: [{states: 2, momentum: 0.1}, "
                                "{states: 3, momentum: 0.2}], parameters: {epochs: 1, train_samples: 100}}")
        self.write("list2.yaml", "{method: list, seeds: 3, configurations: [{states: 2, momentum: 0.2}, "
                                 "{states: 3, momentum: 0.1}], parameters: {epochs: 1, train_samples: 100}}")
        self.run_sweep(sweep="list.yaml")
        self.assertIn("they combine the same values otherwise",
                      self.run_sweep(sweep="list2.yaml", code=65))

    def test_words_of_a_finished_sweep_are_taken_over(self):
        self.run_sweep()
        first = self.attributes()
        self.write("s.yaml", SMALL + "description: In other words\nmetric: {name: final_loss, goal: minimize}\n")
        err = self.run_sweep()
        self.assertEqual(err, "rnnsweep: description, metric, goal changed: written into a.h5\n"
                              "rnnsweep: nothing to train: all 12 runs are finished in a.h5\n")
        second = self.attributes()
        self.assertEqual([second[name] for name in ("summary", "rnnsweep_metric", "rnnsweep_goal")],
                         ["In other words", "final_loss", "minimize"])
        self.assertEqual(second["rnnsweep_config"], (self.folder / "s.yaml").read_text())
        self.assertEqual(second["history"].splitlines()[0], first["history"])
        self.assertEqual(len(second["history"].splitlines()), 2)
        changed = {name for name in second if second[name] != first.get(name)}
        self.assertEqual(changed, {"summary", "rnnsweep_metric", "rnnsweep_goal", "rnnsweep_config",
                                   "history"})
        before = self.bytes()
        self.assertNotIn("changed", self.run_sweep())
        self.assertEqual(self.bytes(), before)
        self.assertIn("score: median final_loss", self.call("summary", "a.h5")[0])
        self.write("s.yaml", SMALL.replace("name: small", "name: large"))
        self.assertIn("name, description, metric, goal changed", self.run_sweep())
        self.assertEqual(self.attributes()["title"], "large")

    def test_words_of_a_file_with_other_runs_too(self):
        """Its sweep file stays the one that makes its runs."""
        self.run_sweep("seeds=5")
        first = self.attributes()
        self.write("s.yaml", SMALL + "metric: {name: final_loss}\n")
        self.assertIn("metric, goal changed: written into a.h5\n", self.run_sweep())
        second = self.attributes()
        self.assertEqual(second["rnnsweep_metric"], "final_loss")
        for name in ("rnnsweep_config", "rnnsweep_overrides", "rnnsweep_sweep_hash"):
            self.assertEqual(second[name], first[name])
        self.assertIn("20 of 20 runs finished", self.call("status", "a.h5")[0])

    def test_the_name_of_the_sweep_file_is_no_name(self):
        self.write("first.yaml", SMALL.replace("name: small\n", ""))
        self.write("second.yaml", SMALL.replace("name: small\n", ""))
        self.run_sweep(sweep="first.yaml")
        before = self.bytes()
        self.run_sweep(sweep="second.yaml")
        self.assertEqual(self.bytes(), before)

    def test_words_of_a_compressed_file(self):
        self.write("s.yaml", SMALL.replace("seeds: 3", "seeds: 300"))
        self.run_sweep()
        self.call("merge", "b.h5", "a.h5", "--compress")
        (self.folder / "b.h5").rename(self.folder / "a.h5")
        self.write("s.yaml", SMALL.replace("seeds: 3", "seeds: 300") + "description: More\n")
        self.assertIn("description changed", self.run_sweep())
        with h5py.File(self.folder / "a.h5") as file:
            self.assertEqual(file.attrs["summary"], "More")
            self.assertTrue(any(file[name].chunks for name in file if isinstance(file[name], h5py.Dataset)))

    def test_a_shard_of_a_sweep_that_has_changed(self):
        self.call("run", "s.yaml", "--shard", "1/2")
        _, err = self.call("run", "s.yaml", "--shard", "1/2", "states=3,4", code=65)
        self.assertIn("only in the sweep", err)
        _, err = self.call("run", "s.yaml", "--shard", "1/2")
        self.assertIn("nothing to train: all 6 runs", err)


if __name__ == "__main__":
    unittest.main()
