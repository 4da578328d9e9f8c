#!/usr/bin/env python3
"""Files of other versions: those of layout 1 that were kept (layout1/), one of layout 2 as a later
version could write it (layout2_file.py), and, with LATER, a program whose table has three more
parameters and a choice with two more words.

Usage: test_layouts.py RNNSWEEP [LATER]"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import layout2_file  # noqa: E402

KEPT = HERE / "layout1"
SWEEP = KEPT / "sweep.yaml"
WHOLE = ["plain", "compressed", "grown"]  # all 24 runs
PARTS = {"partial": 24, "shard.1-of-2": 12}  # runs 0, 2, 4, ...


def rnnsweep(*arguments, check=0):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    if check is not None and done.returncode != check:
        raise AssertionError(f"{arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def rows(path):
    """What a run has, whatever the file around it: by run number."""
    found = {}
    with h5py.File(path) as file:
        status = file["status"][:]
        for row, run in enumerate(file["run"][:]):
            if status[row] == 0:
                continue
            group = next(group for group in file["weights"].values() if run in group["run_id"][:])
            at = list(group["run_id"][:]).index(run)
            parts = {name: file[name][row].tobytes() for name in ("states", "learning_rate", "seed", "final_loss",
                                                                 "test_accuracy", "loss")}
            parts.update({name: group[name][at].tobytes() for name in ("S0", "W_in", "W_rec", "b_out")})
            found[int(run)] = parts
    return found


def layout(path):
    with h5py.File(path) as file:
        return int(file.attrs["rnnsweep_layout"])


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def copy(self, name):
        path = self.folder / f"{name}.h5"
        shutil.copy(KEPT / f"{name}.h5", path)
        return path

    @property
    def truth(self):
        return rows(KEPT / "plain.h5")


class Layout1(Case):
    def test_every_command_reads_them(self):
        for name in [*WHOLE, *PARTS]:
            path, finished = KEPT / f"{name}.h5", 24 if name in WHOLE else 12
            with self.subTest(name):
                self.assertIn(f"{finished} intact, 0 damaged", rnnsweep("verify", path).stdout)
                self.assertIn(f"{finished} of 24 runs finished", rnnsweep("status", path).stdout)
                self.assertIn("0.2", rnnsweep("summary", path).stdout)
                self.assertIn("not checked", rnnsweep("summary", path).stderr)
                self.assertEqual(rnnsweep("summary", path, "--check").stderr, "")
                self.assertIn("states             2", rnnsweep("show", path, "0").stdout)
                rnnsweep("predict", path, "0", "1", "2")
                done = rnnsweep("missing", path, check=0 if name in WHOLE else 75)
                self.assertEqual(done.stdout, "" if name in WHOLE else ",".join(map(str, range(1, 24, 2))) + "\n")

    def test_they_are_resumed_as_they_are(self):
        for name in ("partial", "shard.1-of-2"):
            path = self.copy(name)
            shard = ["--shard", "1/2"] if name != "partial" else []
            out = self.folder / ("shard.h5" if shard else "partial.h5")
            done = rnnsweep("run", SWEEP, "-o", out, *shard)
            self.assertIn("12 of 24 runs are finished" if name == "partial" else "nothing to train", done.stderr)
            self.assertEqual(layout(path), 1)
            rnnsweep("verify", path)
            self.assertEqual(rows(path), {run: parts for run, parts in self.truth.items() if not shard or run % 2 == 0})

    def test_they_grow(self):
        for name in WHOLE:
            path = self.copy(name)
            done = rnnsweep("run", SWEEP, "-o", path, "seeds=7")
            self.assertIn("24 finished runs carried over", done.stderr)
            self.assertEqual(layout(path), 2)
            self.assertIn("28 intact, 0 damaged", rnnsweep("verify", path).stdout)
            with h5py.File(path) as file, h5py.File(KEPT / "plain.h5") as old:
                old_times = {(s, r, k): t for s, r, k, t in zip(*(old[n][:] for n in ("states", "learning_rate", "seed", "wall_time")))}
                for s, r, k, t in zip(*(file[n][:] for n in ("states", "learning_rate", "seed", "wall_time"))):
                    if name == "plain" and k <= 6:
                        self.assertAlmostEqual(t, old_times[s, r, k], delta=1e-9 * t)

    def test_they_merge_with_each_other_and_with_new_ones(self):
        new = self.folder / "new.2-of-2.h5"
        rnnsweep("run", SWEEP, "-o", self.folder / "new.h5", "--shard", "2/2")
        self.assertEqual(layout(new), 2)
        for form in ([], ["--compress"]):
            for number, files in enumerate(([KEPT / "shard.1-of-2.h5", new], [new, KEPT / "partial.h5"],
                                            [KEPT / f"{name}.h5" for name in (*WHOLE, *PARTS)])):
                out = self.folder / f"out{number}{len(form)}.h5"
                self.assertIn("24 of 24 runs", rnnsweep("merge", out, *files, *form).stdout)
                self.assertEqual(layout(out), 2)
                rnnsweep("verify", out)
                self.assertEqual(rows(out), self.truth)
                self.assertIn("the same results as" if number == 2 else "", rnnsweep(
                    "verify", out, "--against", KEPT / "plain.h5", check=None).stdout)

    def test_rows_are_taken_over(self):
        for name in [*WHOLE, *PARTS]:
            done = rnnsweep("run", SWEEP, "-o", self.folder / f"{name}.h5", "--from", KEPT / f"{name}.h5")
            self.assertIn(f"{24 if name in WHOLE else 12} finished runs taken over", done.stderr)
            self.assertEqual(rows(self.folder / f"{name}.h5"), self.truth)

    def test_other_words_for_the_same_numbers(self):
        """A choice is what its word says."""
        path = self.copy("plain")
        with h5py.File(path, "r+") as file:
            file["epsilon_placement"].attrs["flag_meanings"] = "step denominator"
        self.assertIn("epsilon_placement  step *", rnnsweep("show", path, "3").stdout)


class Layout2(Case):
    """What this program does not know is kept, counted, and taken for nothing that it is not."""

    def setUp(self):
        super().setUp()
        self.path = self.folder / "later.h5"
        layout2_file.make(self.path)

    def test_every_command_reads_it(self):
        self.assertEqual(rnnsweep("verify", self.path).stdout,
                         f"{self.path}: 7 of 8 runs finished, 7 intact, 0 damaged\n")
        said = rnnsweep("status", self.path).stdout
        self.assertIn("7 of 8 runs finished (5 done, 1 diverged, 0 failed, 1 stopped at a rung), 1 missing", said)
        self.assertRegex(said, r"(?m)^runs +done +diverged +failed +stopped +pending .*\n +8 +5 +1 +0 +1 +1 ")
        self.assertIn("3 of the finished runs have settings that this version does not know", said)
        said = rnnsweep("summary", self.path).stdout
        # One of the setting's four runs was stopped at a rung that the file does not tell.
        self.assertRegex(said, r"0.98 +end +3 +0 ")
        self.assertIn("4 runs have settings that this version does not know and are not counted: unit", said)
        self.assertEqual(rnnsweep("missing", self.path, check=75).stdout, "7\n")
        self.assertIn("precision          float32\n", rnnsweep("show", self.path, "1").stdout)
        self.assertIn("unit               ugrnn\n", rnnsweep("show", self.path, "4").stdout)
        self.assertIn("diverged_at        3\n", rnnsweep("show", self.path, "5").stdout)
        rnnsweep("predict", self.path, "0", "1", "2")
        self.assertIn("unit", rnnsweep("predict", self.path, "4", "1", "2", check=64).stderr)

    def same(self, out):
        """Everything is there: names, values, attributes, dimensions."""
        with h5py.File(self.path) as one, h5py.File(out) as other:
            names = []
            one.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            for name in names:
                if name in ("rescue/directory", "crc32c", "crc32c_head"):
                    continue
                with self.subTest(name):
                    words = {}
                    for file in (one, other):
                        item = file[name]
                        meanings = item.attrs.get("flag_meanings", "").split()
                        words[file] = [dict(zip(item.attrs["flag_values"], meanings))[value] for value in item[:]] \
                            if meanings and name != "test_set" else None
                    if words[one] is not None:
                        self.assertEqual(words[one], words[other])
                    else:
                        self.assertEqual(one[name].dtype, other[name].dtype)
                        np.testing.assert_array_equal(one[name][:], other[name][:])
                    for attribute in ("note", "default", "long_name"):
                        if attribute in one[name].attrs and attribute != "long_name" and words[one] is None:
                            np.testing.assert_equal(other[name].attrs.get(attribute), one[name].attrs[attribute])
                    self.assertEqual([[scale.name for scale in axis.values()] for axis in one[name].dims],
                                     [[scale.name for scale in axis.values()] for axis in other[name].dims])
            for name, value in one.attrs.items():
                self.assertEqual(other.attrs[name], value, name)

    def test_merging_keeps_everything(self):
        for form in ([], ["--compress"]):
            out = self.folder / f"out{len(form)}.h5"
            done = rnnsweep("merge", out, self.path, *form, check=75)
            self.assertIn("7 of 8 runs from 1 file", done.stdout)
            self.assertIn("missing: 7", done.stdout)
            self.assertIn("7 intact, 0 damaged", rnnsweep("verify", out).stdout)
            self.same(out)
            again = self.folder / f"again{len(form)}.h5"
            rnnsweep("merge", again, out, check=75)
            self.same(again)

    def test_its_known_runs_are_taken_over(self):
        sweep = self.folder / "today.yaml"
        sweep.write_text(layout2_file.SWEEP_TODAY)
        out = self.folder / "today.h5"
        refused = rnnsweep("run", sweep, "-o", out, "--from", self.path, check=65)
        self.assertIn("kernel generation 7, and this version is of 4", refused.stderr)
        self.assertIn("--mix-kernels", refused.stderr)
        self.assertFalse(out.exists())
        done = rnnsweep("run", sweep, "-o", out, "--from", self.path, "--mix-kernels")
        self.assertIn("3 finished runs taken over from 1 file", done.stderr)
        with h5py.File(out) as file, h5py.File(self.path) as later:
            np.testing.assert_array_equal(file["loss"][:3], later["loss"][:3])
            self.assertTrue((file["status"][:] == 1).all())
            self.assertEqual(file.attrs["rnnsweep_kernels"], "4; 7")
        rnnsweep("verify", out)
        self.assertNotIn("warning", rnnsweep("run", sweep, "-o", out).stderr)

    def test_axes_that_lost_their_scales_are_noticed(self):
        path = self.folder / "a.h5"
        rnnsweep("run", SWEEP, "-o", path, "seeds=2")
        with h5py.File(path, "r+") as file:
            file["loss"].dims[0].detach_scale(file["run"])
        done = rnnsweep("verify", path, check=65)
        self.assertIn("attribute DIMENSION_LIST of /loss is not what was written", done.stdout)

    def test_kernels_of_another_generation_are_said(self):
        """A resume, a growth and a merge of a file whose runs another generation of kernels trained."""
        path, other, out = (self.folder / name for name in ("a.h5", "b.h5", "out.h5"))
        for file in (path, other):
            rnnsweep("run", SWEEP, "-o", file, "seeds=2")
        layout2_file.set_text(path, "rnnsweep_kernels", "7")
        rnnsweep("verify", path)
        self.assertNotIn("generation", rnnsweep("run", SWEEP, "-o", path, "seeds=2").stderr)
        before = path.read_bytes()
        refused = rnnsweep("merge", out, path, other, check=65)
        self.assertIn(f"{path} has runs of kernel generation 7, {other} of 4", refused.stderr)
        self.assertFalse(out.exists())
        self.assertEqual(path.read_bytes(), before)
        rnnsweep("merge", out, path, other, "--mix-kernels")
        grown = rnnsweep("run", SWEEP, "-o", path, "seeds=3")
        self.assertIn(f"{path} has runs of kernel generation 7, and this version trains those of 4", grown.stderr)
        for file in (out, path):
            with h5py.File(file) as opened:
                self.assertEqual(opened.attrs["rnnsweep_kernels"], "4; 7" if file == out else "7; 4")
            rnnsweep("verify", file)

    def test_it_is_not_trained_over(self):
        sweep = self.folder / "today.yaml"
        sweep.write_text(layout2_file.SWEEP_TODAY)
        before = self.path.read_bytes()
        self.assertIn("unit", rnnsweep("run", sweep, "-o", self.path, check=65).stderr)
        self.assertEqual(self.path.read_bytes(), before)

    def test_a_column_of_ones_own_is_kept(self):
        path = self.copy("plain")
        with h5py.File(path, "r+") as file:
            file["mark"] = np.arange(24, dtype="<i8")
            file["mark"].attrs["by"] = "me"
        rnnsweep("verify", path)
        rnnsweep("run", SWEEP, "-o", path, "seeds=7")
        rnnsweep("verify", path)
        with h5py.File(path) as file:
            self.assertEqual(file["mark"].attrs["by"], "me")
            self.assertEqual(sorted(file["mark"][:]), [0] * 4 + list(range(24)))


class Later(Case):
    """Between this program and a later one, both ways."""

    def setUp(self):
        if LATER is None:
            self.skipTest("needs a later program")
        super().setUp()

    def later(self, *arguments, check=0):
        done = subprocess.run([LATER, *map(str, arguments)], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, check, done)
        return done

    def test_a_file_without_the_new_settings_goes_both_ways(self):
        path = self.folder / "a.h5"
        self.later("run", SWEEP, "-o", path, "seeds=4")
        with h5py.File(path) as file:
            self.assertTrue({"later_rate", "later_count", "later_flag"} <= set(file))
        rnnsweep("verify", path)
        self.assertIn("16 finished runs carried over", rnnsweep("run", SWEEP, "-o", path).stderr)
        with h5py.File(path) as file:
            self.assertTrue({"later_rate", "later_count", "later_flag"} <= set(file))
            self.assertEqual(file["later_count"].attrs["default"], 4)
            self.assertTrue((file["later_count"][:] == 4).all())
        self.later("verify", path)
        self.assertIn("nothing to train", self.later("run", SWEEP, "-o", path).stderr)
        self.assertEqual(rows(path), self.truth)

    def test_a_file_with_them_is_kept(self):
        path, out = self.folder / "a.h5", self.folder / "out.h5"
        self.later("run", SWEEP, "-o", path, "later_count=[4, 5]", "seeds=2", "batching=[disjoint, later_a]")
        rnnsweep("verify", path)
        self.assertIn("24 runs have settings that this version does not know",
                      rnnsweep("summary", path).stdout)
        rnnsweep("merge", out, path)
        self.later("verify", out, "--against", path)
        self.assertIn("8 finished runs taken over", rnnsweep(
            "run", SWEEP, "-o", self.folder / "c.h5", "seeds=2", "--from", path).stderr)


if __name__ == "__main__":
    LATER = sys.argv.pop(2) if len(sys.argv) > 2 and not sys.argv[2].startswith(("-", "L")) else None
    PROGRAM = sys.argv.pop(1)
    unittest.main()
