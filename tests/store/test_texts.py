#!/usr/bin/env python3
"""What a file says of itself: texts of one of the merged files as a whole, metrics that differ, long
lists of machines, references that lead elsewhere. The argument names the program."""
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py

PROGRAM = os.path.abspath(sys.argv.pop(1))
SANITIZED = b"__asan_init" in Path(PROGRAM).read_bytes()
SWEEP = """\
name: {name}
method: grid
metric: {{name: {metric}, goal: {goal}}}
parameters:
  states: [2, 3]
  epochs: 1
  train_samples: 60
  test_samples: 10
  batch_size: 30
  sequence_length: 6
seeds: {seeds}
"""
BEST = ("test_accuracy", "maximize")


class Texts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def call(self, *arguments, code=0):
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True,
                              text=True, timeout=300)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def shard(self, index, name="sweep", metric=BEST, seeds=6, date=None, overrides=(), **more):
        """Shard `index` of 2, of a sweep file of its own; returns its name."""
        sweep = self.folder / f"{name}{index}.yaml"
        sweep.write_text(SWEEP.format(name=name, metric=metric[0], goal=metric[1], seeds=seeds))
        self.call("run", sweep.name, *overrides, "-o", "x.h5", "--shard", f"{index}/2")
        path = self.folder / f"x.{index}-of-2.h5"
        with h5py.File(path, "r+") as file:
            if "rescue" in file:
                del file["rescue"]  # whose copy of the texts would count
            for key, value in {"date_created": date, **more}.items():
                if value is not None:
                    del file.attrs[key]
                    file.attrs[key] = value
        return path.name

    def texts(self, name="m.h5"):
        with h5py.File(self.folder / name, "r") as file:
            return dict(file.attrs)

    def test_texts_are_those_of_one_file(self):
        """Six seeds by the sweep file of one, by an override of the other: never six times two."""
        early = self.shard(1, name="zeta", seeds=6, date="2026-01-01T00:00:00Z")
        late = self.shard(2, name="alpha", seeds=3, overrides=["seeds=6"],
                          date="2026-01-02T00:00:00Z")
        for order in ((early, late), (late, early)):
            self.call("merge", "m.h5", *order)
            self.assertTexts("alpha", "seeds: 3", "seeds=6")
            (self.folder / "m.h5").unlink()
        self.call("merge", "m.h5", early, late, "--texts-of", early)
        self.assertTexts("zeta", "seeds: 6", "")
        with h5py.File(self.folder / "m.h5") as file:
            self.assertEqual(file["run"].shape, (12,))

    def assertTexts(self, title, line, overrides):
        texts = self.texts()
        self.assertEqual(texts["title"], title)
        self.assertIn(f"name: {title}", texts["rnnsweep_config"])
        self.assertIn(line, texts["rnnsweep_config"].splitlines())
        self.assertEqual(texts["rnnsweep_overrides"].strip(), overrides)

    def test_same_second(self):
        date = "2026-01-01T00:00:00Z"
        shards = [self.shard(1, name="b", date=date), self.shard(2, name="a", date=date)]
        for order in (shards, shards[::-1]):
            self.call("merge", "m.h5", *order)
            self.assertTexts("a", "name: a", "")
            (self.folder / "m.h5").unlink()

    def test_metrics_that_differ_are_a_choice(self):
        """final_loss with the goal of an accuracy would put the worst setting first."""
        shards = [self.shard(1), self.shard(2, metric=("final_loss", "minimize"))]
        err = self.call("merge", "m.h5", *shards, code=65)
        self.assertIn("x.1-of-2.h5 wants to maximize test_accuracy, x.2-of-2.h5 to minimize "
                      "final_loss: say which is right with --texts-of FILE", err)
        self.assertFalse((self.folder / "m.h5").exists())
        for chosen, metric in zip(shards, (BEST, ("final_loss", "minimize"))):
            self.call("merge", "m.h5", *shards, "--texts-of", chosen)
            texts = self.texts()
            self.assertEqual((texts["rnnsweep_metric"], texts["rnnsweep_goal"]), metric)
            (self.folder / "m.h5").unlink()
        self.call("merge", "m.h5", *shards, "--texts-of", "other.h5", code=64)

    def test_machines_are_listed(self):
        shards = [self.shard(1, rnnsweep_host="node2; node1"), self.shard(2, rnnsweep_host="node3")]
        self.call("merge", "m.h5", *shards)
        self.assertEqual(self.texts()["rnnsweep_host"], "node1; node2; node3")
        shutil.copy(self.folder / "m.h5", self.folder / "again.h5")
        self.call("merge", "m.h5", "again.h5", *shards)
        self.assertEqual(self.texts()["rnnsweep_host"], "node1; node2; node3")

    def test_long_lists(self):
        """A list of many words is joined in a time in proportion to it: CPU time, generously."""
        words = [f"h{(i * 7919) % 60000}" for i in range(60000)]
        shards = [self.shard(i + 1, rnnsweep_host="; ".join(words[i::2])) for i in range(2)]
        before = os.times()
        self.call("merge", "m.h5", *shards)
        after = os.times()
        self.assertEqual(self.texts()["rnnsweep_host"].count("; "), 59999)
        self.assertLess(after.children_user - before.children_user, 30 if SANITIZED else 5)

    def places(self, content, length):
        """Where a reference to a text of this length stands: its length, its heap's place, its number."""
        found, heap = [], -1
        while (heap := content.find(b"GCOL", heap + 1)) >= 0:
            reference, at = struct.pack("<IQ", length, heap), -1
            while (at := content.find(reference, at + 1)) >= 0:
                found.append(at)
        return found

    def test_texts_that_share_their_bytes(self):
        """Many attributes may refer to one text; what is read of a file is in proportion to its size."""
        path = self.folder / self.shard(1)
        with h5py.File(path, "r+") as file:
            attributes = file.create_dataset("extra", data=[1.0, 2.0]).attrs
            attributes["long"] = 2000000 * "x"
            for i in range(900):
                attributes[f"short{i}"] = "1234567"
        content = bytearray(path.read_bytes())
        (long,), short = self.places(content, 2000000), self.places(content, 7)
        self.assertEqual(len(short), 900)
        self.call("status", path.name)
        for at in short:
            content[at:at + 16] = content[long:long + 16]
        path.write_bytes(content)
        for command in (["status", path.name], ["verify", path.name], ["merge", "m.h5", path.name]):
            self.call(*command, code=65)
        if not SANITIZED:
            self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, 150 << 10)  # in kB

    def references(self, content):
        """Where the numbers of the references stand that name the scales of datasets' dimensions."""
        heap = -1
        while (heap := content.find(b"GCOL", heap + 1)) >= 0:
            at = heap + 16
            while at < heap + 4096 and content[at] != 0:
                size, = struct.unpack_from("<Q", content, at + 8)
                if size == 8:
                    yield at
                at += 16 + (size + 7) // 8 * 8

    def test_scales_of_dimensions(self):
        """A dimension that one bit has given another scale, or none, hides no dataset."""
        sweep = self.folder / "sweep.yaml"
        sweep.write_text(SWEEP.format(name="good", metric=BEST[0], goal=BEST[1], seeds=6))
        self.call("run", sweep.name, "-o", "good.h5")
        content = bytearray((self.folder / "good.h5").read_bytes())
        references = list(self.references(content))
        self.assertGreater(len(references), 60)
        for at in references[2::4]:
            content[at] ^= 1
            (self.folder / "bad.h5").write_bytes(content)
            content[at] ^= 1
            said = self.call("verify", "bad.h5", code=65)
            self.assertIn("all finished rows are intact", said)


if __name__ == "__main__":
    unittest.main()
