#!/usr/bin/env python3
"""Further tests, at other lengths and on named sets: they decide no run, so that a finished file gets
them from its weights, in the same bits as if they had been asked for at first.

Usage: test_further.py RNNSWEEP"""

import pathlib
import resource
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
import checksums  # noqa: E402
from peak_memory import peak_of  # noqa: E402

SWEEP = """\
name: far
method: grid
parameters:
  states: [2, 3]
  task: [parity, counting]
  precision: [float32, float64]
  letters: 2
  sequence_length: 6
  train_samples: 60
  test_samples: 20
  batch_size: 20
  epochs: 2
  learning_rate: [0.01, 1.0e+38]
seeds: 2
"""
RUNGS = """\
name: rungs
method: grid
parameters:
  states: 2
  momentum: [0, 0.5]
  sequence_length: 6
  train_samples: 60
  test_samples: 20
  validation_samples: 10
  check_interval: 3
  stop_accuracy: 1
  batch_size: 20
  epochs: 3
seeds: 2
test_lengths: [4, 12]
checkpoints: log2
early_terminate: {type: successive_halving, epochs: [1, 2]}
"""
OWN = """\
name: own
method: grid
data: own.h5
parameters: {states: [1, 2], batch_size: 10, epochs: 1}
seeds: 2
"""
FURTHER = ("test_accuracy_by_length", "test_loss_by_length", "test_accuracy_by_set", "test_loss_by_set")


def write_sets(path, **counts):
    """A set of random bits for each name."""
    stream = np.random.RandomState(1)
    with h5py.File(path, "w") as file:
        for name, (count, steps) in counts.items():
            group = file.create_group(name)
            group["inputs"] = stream.randint(0, 3, (count, steps))
            group["targets"] = stream.randint(0, 2, (count, steps, 1))
            group["inputs"].attrs["symbols"] = 3


class Further(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "far.yaml").write_text(SWEEP)
        (self.folder / "own.yaml").write_text(OWN)

    def run_sweep(self, sweep, file, *arguments, code=0):
        done = subprocess.run([RNNSWEEP, "run", sweep, "-o", file, *arguments], cwd=self.folder,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def read(self, file):
        """All numbers but the times."""
        found = {}
        with h5py.File(self.folder / file) as root:
            root.visititems(lambda name, item: found.update(
                {name: item[()]} if isinstance(item, h5py.Dataset) and
                name not in ("wall_time", "rescue/directory") else {}))
            found["sets"] = root["test_set"].attrs["flag_meanings"] if "test_set" in root else ""
        return found

    def assertSame(self, one, other):
        self.assertEqual(set(one), set(other))
        for name in one:
            np.testing.assert_array_equal(one[name], other[name], name)

    def test_later_is_as_at_first(self):
        self.run_sweep("far.yaml", "first.h5", "test_lengths=[4, 6, 7, 30]")
        self.run_sweep("far.yaml", "later.h5")
        before = self.read("later.h5")
        self.assertNotIn("test_length", before)
        said = self.run_sweep("far.yaml", "later.h5", "test_lengths={min: 4, max: 6, step: 2}")
        self.assertIn("further tests: made from the stored weights, without training\n", said)
        self.assertIn("nothing to train", said)
        said = self.run_sweep("far.yaml", "later.h5", "test_lengths=[4, 6, 7, 30]")
        self.assertIn("further tests", said)
        self.assertSame(self.read("first.h5"), self.read("later.h5"))
        said = self.run_sweep("far.yaml", "later.h5", "test_lengths=[30, 4, 4]")  # it has them
        self.assertNotIn("further tests", said)
        self.assertSame(self.read("first.h5"), self.read("later.h5"))
        after = self.read("later.h5")
        for name in set(before) - {"crc32c", "sets"}:
            np.testing.assert_array_equal(before[name], after[name], name)

    def test_what_is_missing(self):
        """Lengths that a task does not have, and runs that diverged."""
        self.run_sweep("far.yaml", "far.h5", "test_lengths=[6, 7]")
        far = self.read("far.h5")
        counting = far["task"] == list(self.words("far.h5", "task")).index("counting")
        diverged = far["status"] == 2
        self.assertTrue(diverged.any() and not diverged.all())
        for name in FURTHER[:2]:
            np.testing.assert_array_equal(np.isnan(far[name]),
                                          np.stack([diverged, diverged | counting], axis=1))
        self.assertEqual(set(far["test_accuracy_by_length"][counting & ~diverged, 0]) - {0, 1}, set())

    def words(self, file, name):
        with h5py.File(self.folder / file) as root:
            return root[name].attrs["flag_meanings"].split()

    def test_shards_and_a_larger_sweep(self):
        lengths = "test_lengths=[4, 12]"
        self.run_sweep("far.yaml", "whole.h5", lengths)
        for shard in ("1/2", "2/2"):
            self.run_sweep("far.yaml", "cut.h5", lengths, "--shard", shard)
        subprocess.run([RNNSWEEP, "merge", "cut.h5", "cut.1-of-2.h5", "cut.2-of-2.h5"],
                       cwd=self.folder, check=True, capture_output=True, timeout=60)
        self.assertSame(self.read("whole.h5"), self.read("cut.h5"))
        self.run_sweep("far.yaml", "cut.h5", lengths, "seeds=3")
        self.run_sweep("far.yaml", "more.h5", lengths, "seeds=3")
        self.assertSame(self.read("more.h5"), self.read("cut.h5"))

    def merge(self, *words, code=0, files=None):
        """files: how many may be open."""
        (self.folder / "out.h5").unlink(missing_ok=True)
        limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))) if files else None
        done = subprocess.run([RNNSWEEP, "merge", "out.h5", *words], cwd=self.folder,
                              capture_output=True, text=True, timeout=60, preexec_fn=limit)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def test_merging_a_file_without(self):
        """Of runs that two files share, the rows with further tests and checkpoints are taken,
        whatever the order."""
        small = ("states=2", "seeds=1")
        more = ("test_lengths=[4, 12]", "checkpoints=log2")
        self.run_sweep("far.yaml", "without.h5", *small)
        self.run_sweep("far.yaml", "with.h5", *small, *more)
        for files in (("without.h5", "with.h5"), ("with.h5", "without.h5"),
                      ("without.h5", "with.h5", "without.h5")):
            self.merge(*files)
            self.assertSame(self.read("with.h5"), self.read("out.h5"))
        self.run_sweep("far.yaml", "other.h5", *small, *more)
        self.merge("with.h5", "other.h5")
        checksums.change(self.folder / "without.h5", {"final_loss": {0: 0.123}})
        self.assertIn("run 0 has other results there than in", self.merge("with.h5", "without.h5", code=65))

    def verify(self, file, other, code=0):
        done = subprocess.run([RNNSWEEP, "verify", file, "--against", other], cwd=self.folder,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def test_verify_compares_all_results(self):
        """Whatever one number of a run differs, with right checksums."""
        (self.folder / "rungs.yaml").write_text(RUNGS)
        self.run_sweep("rungs.yaml", "one.h5")
        with h5py.File(self.folder / "one.h5") as file:
            arrays = [name for name, item in file.items() if isinstance(item, h5py.Dataset) and
                      item.ndim == 2 and item.shape[0] == 4]
            tensors = [f"weights/states_2/{name}" for name in file["weights/states_2"]
                       if name.endswith("_at")]
            run = int(file["weights/states_2/run_id"][1])
        self.assertEqual(len(arrays), 9, arrays)
        self.assertEqual(len(tensors), 7, tensors)
        for name in ("updates", "solved_at", "rungs_reached", *arrays, *tensors):
            with self.subTest(name):
                (self.folder / "two.h5").write_bytes((self.folder / "one.h5").read_bytes())
                place = (1, 0) if name in arrays + tensors else 1
                other = {"rungs_reached": 0}.get(name, 7)
                checksums.change(self.folder / "two.h5", {name: {place: other}})
                self.assertIn(f"one.h5: run {run}: differs\n", self.verify("one.h5", "two.h5", code=65))

    def test_verify_says_what_one_file_alone_has(self):
        (self.folder / "rungs.yaml").write_text(RUNGS)
        self.run_sweep("rungs.yaml", "one.h5")
        (self.folder / "rungs.yaml").write_text(RUNGS.replace("log2", "[0, 3]").replace("12]", "12, 13]"))
        self.run_sweep("rungs.yaml", "two.h5")
        note = "one.h5: /{} is not the same as in two.h5: only what both have was compared\n"
        said = self.verify("one.h5", "two.h5", code=65)
        self.assertEqual(said.split("\n", 1)[1], "attribute rnnsweep_config differs\n" +
                         note.format("test_length") + note.format("checkpoint"))
        place = list(self.read("two.h5")["test_length"]).index(12)
        checksums.change(self.folder / "two.h5", {"test_loss_by_length": {(3, place): 1}})
        self.assertIn("one.h5: run 3: differs", self.verify("one.h5", "two.h5", code=65))

    def test_merging_files_that_were_tested_elsewhere(self):
        """A run has the further tests and checkpoints of all files, as if it had been asked for all of
        them; a run of one file has what was asked for there."""
        small = ("states=2", "seeds=1")
        parts = {"a.h5": ("test_lengths=[4, 12]", "checkpoints=[0, 2]"),
                 "b.h5": ("test_lengths=[12, 30]", "checkpoints=[2, 5]"),
                 "c.h5": ("test_lengths=[5]",), "d.h5": ("checkpoints=[1]",)}
        for name, more in parts.items():
            self.run_sweep("far.yaml", name, *small, *more)
        self.run_sweep("far.yaml", "whole.h5", *small, "test_lengths=[4, 5, 12, 30]",
                       "checkpoints=[0, 1, 2, 5]")
        whole, bytes_of = self.read("whole.h5"), set()
        names = list(parts)
        for names in (names, names[::-1], names[2:] + names[:2], names[1::-1] + names[:1:-1]):
            self.merge(*names, "--texts-of", "a.h5")
            self.assertSame(whole, self.read("out.h5"))
            bytes_of.add(self.rows_of("out.h5"))
        self.assertEqual(len(bytes_of), 1)
        self.merge(*parts, "--texts-of", "a.h5", files=16)  # one is open at a time
        self.assertSame(whole, self.read("out.h5"))
        times = [self.times(name) for name in parts]
        np.testing.assert_array_equal(self.times("out.h5"), np.min(times, axis=0))
        said = subprocess.run([RNNSWEEP, "verify", "out.h5"], cwd=self.folder, capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(said.returncode, 0, said.stderr)

    def test_merging_shards_that_were_tested_elsewhere(self):
        """A run has what its file has; the rest is missing until the sweep asks for it."""
        lengths = {"1/2": 4, "2/2": 9}
        for shard, length in lengths.items():
            self.run_sweep("far.yaml", "out.h5", "states=2", f"test_lengths=[{length}]", "--shard", shard)
        self.merge("out.1-of-2.h5", "out.2-of-2.h5")
        both = "test_lengths=[4, 9]"
        self.run_sweep("far.yaml", "whole.h5", "states=2", both)
        joined, whole = self.read("out.h5"), self.read("whole.h5")
        np.testing.assert_array_equal(joined["test_length"], [4, 9])
        for place, shard in enumerate(lengths):
            with h5py.File(self.folder / f"out.{shard[0]}-of-2.h5") as file:
                own = np.isin(joined["run"], file["run"][()])
            self.assertTrue(own.any() and not own.all())
            for name in FURTHER[:2]:
                np.testing.assert_array_equal(joined[name][own, place], whole[name][own, place])
                self.assertTrue(np.isnan(joined[name][~own, place]).all())
        self.assertIn("nothing to train", self.run_sweep("far.yaml", "out.h5", "states=2", both))
        self.assertSame(whole, self.read("out.h5"))

    def test_merging_other_results(self):
        """Where two files have the same further test, or checkpoint, it must be the same."""
        small = ("states=2", "seeds=1")
        self.run_sweep("far.yaml", "a.h5", *small, "test_lengths=[4, 12]", "checkpoints=[0, 2]")
        for name, row, change in (("test_accuracy_by_length", 0, 0.5),
                                  ("weights/tanh_I1_H2_O1/W_in_at", 0, 0.25)):
            self.run_sweep("far.yaml", "b.h5", *small, "test_lengths=[12, 30]", "checkpoints=[2, 5]")
            with h5py.File(self.folder / "b.h5") as file:
                self.assertFalse(np.isnan(np.ravel(file[name][row])[0]))
            checksums.change(self.folder / "b.h5", {name: {row: change}})
            for files in (("a.h5", "b.h5"), ("b.h5", "a.h5")):
                self.assertIn(f"run 0 has other results there than in {files[0]}",
                              self.merge(*files, code=65))
            (self.folder / "b.h5").unlink()

    def rows_of(self, file):
        """The bytes of all datasets."""
        with h5py.File(self.folder / file) as root:
            found = {}
            root.visititems(lambda name, item: found.update({name: item[()].tobytes()})
                            if isinstance(item, h5py.Dataset) and name != "rescue/directory" else None)
        return tuple(sorted(found.items()))

    def times(self, file):
        with h5py.File(self.folder / file) as root:
            return root["wall_time"][()]

    def test_named_sets(self):
        write_sets(self.folder / "own.h5", train=(30, 5), test=(20, 5), validation=(10, 5),
                   later=(7, 40), Early=(300, 3))
        self.run_sweep("own.yaml", "results.h5")
        own = self.read("results.h5")
        self.assertEqual(own["sets"], "Early later")
        self.assertEqual(own["test_accuracy_by_set"].shape, (4, 2))
        self.assertFalse(np.isnan(own["test_accuracy_by_set"]).any())
        for row, states in enumerate(own["states"]):
            for name, place in (("Early", 0), ("later", 1)):
                asked = subprocess.run(
                    [RNNSWEEP, "predict", "results.h5", str(row), "--set", name, "--json"],
                    cwd=self.folder, check=True, capture_output=True, text=True, timeout=60)
                accuracy, loss = (float(asked.stdout.split(f'"{what}": ')[1].split(",")[0])
                                  for what in ("accuracy", "loss"))
                self.assertEqual(accuracy, own["test_accuracy_by_set"][row, place])
                self.assertAlmostEqual(loss, own["test_loss_by_set"][row, place], 6)
        self.assertNotIn("further tests", self.run_sweep("own.yaml", "results.h5"))

    def test_checkpoints(self):
        """Later as at first; the last is what is left, the first what was drawn. Minibatches of 5 are
        trained side by side."""
        for wish, batch in (("log2", 20), ("{every: 3}", 20), ("[0, 2, 6, 100]", 20),
                            ("[0, 1, 5, 6]", 5)):
            for name in ("first.h5", "later.h5"):
                (self.folder / name).unlink(missing_ok=True)
            small = (f"batch_size={batch}", f"train_samples={3 * batch}")
            self.run_sweep("far.yaml", "first.h5", f"checkpoints={wish}", *small)
            self.run_sweep("far.yaml", "later.h5", *small)
            said = self.run_sweep("far.yaml", "later.h5", f"checkpoints={wish}", *small)
            self.assertIn("checkpoints: finished runs that lack some are trained again", said)
            self.assertNotIn("further tests", said)
            self.assertNotIn("trained", self.run_sweep("far.yaml", "later.h5", f"checkpoints={wish}",
                                                         *small))
            first, later = self.read("first.h5"), self.read("later.h5")
            self.assertSame(first, later)
            wanted = {"log2": [0, 1, 2, 4, 6], "{every: 3}": [0, 3, 6],
                      "[0, 1, 5, 6]": [0, 1, 5, 6]}.get(wish, [0, 2, 6])
            np.testing.assert_array_equal(first["checkpoint"], wanted)
            for group in {name.rsplit("/", 1)[0] for name in first if name.startswith("weights/")}:
                runs = first[f"{group}/run_id"]
                done = first["status"][runs] == 1
                self.assertTrue(done.any() and not done.all())
                for name in ("S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out"):
                    at = first[f"{group}/{name}_at"]
                    np.testing.assert_array_equal(at[done, -1], first[f"{group}/{name}"][done])
                    self.assertTrue(np.isnan(at[~done, -1]).all())
                    self.assertFalse(np.isnan(at[:, 0]).any())

    def test_checkpoints_from_other_files(self):
        """What a file of --from has is not trained again; of runs that differ, nothing is taken."""
        wish = "checkpoints=[0, 2, 6]"
        self.run_sweep("far.yaml", "first.h5", wish)
        self.run_sweep("far.yaml", "part.h5", wish, "seeds=1")
        self.run_sweep("far.yaml", "bare.h5")
        self.run_sweep("far.yaml", "odd.h5", wish)
        first = self.read("first.h5")
        runs = range(len(first["status"]))
        checksums.change(self.folder / "odd.h5", {
            name: dict.fromkeys(range(len(first[name])), 7)
            for name in first if name == "final_loss" or name.endswith("/W_out_at")})
        again = {"first.h5": None, "part.h5": len(runs) - len(self.read("part.h5")["status"]),
                 "bare.h5": len(runs), "odd.h5": len(runs)}
        for name, count in again.items():
            for start, grown in (((), ()), (("seeds=1",), ("seeds=2",))):
                if start and name == "odd.h5":  # whose own runs are taken over, being new
                    continue
                (self.folder / "later.h5").unlink(missing_ok=True)
                self.run_sweep("far.yaml", "later.h5", *start)
                with self.subTest(name, start=start):
                    said = self.run_sweep("far.yaml", "later.h5", wish, *grown, "--from", name)
                    if not start and count is not None:
                        self.assertIn(f"trained {count} finished runs again\n", said)
                    elif count is None:
                        self.assertNotIn("finished runs again", said)
                        self.assertIn("nothing to train", said)
                    self.assertSame(first, self.read("later.h5"))

    def test_long_sequences_take_little_memory(self):
        """A thousand sequences of 10,000 steps at once would take 240 MB of symbols, targets and states."""
        self.run_sweep("far.yaml", "far.h5", "task=parity", "learning_rate=0.01", "test_samples=1000")
        peak = peak_of(RNNSWEEP, "run", "far.yaml", "-o", "far.h5", "task=parity", "learning_rate=0.01",
                       "test_lengths=10000", "test_samples=1000", cwd=self.folder, timeout=60)
        self.assertLess(peak, 120e3, "kB")


if __name__ == "__main__":
    RNNSWEEP = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
