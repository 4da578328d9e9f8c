#!/usr/bin/env python3
"""`merge --compress`: every command says the same of a compressed file as of a plain one, `run` goes
on from it, and files that were made to do harm do none.

Usage: test_compressed.py RNNSWEEP"""

import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest
import zlib

import h5py
import numpy as np

# Every kind of dataset is large enough to be compressed, but for the short scales.
SWEEP = """\
name: packed
method: grid
parameters:
  states: [1, 3]
  learning_rate: [0.05, 0.2]
  loss_interval: 2
  train_samples: 60
  test_samples: 20
  batch_size: 20
  sequence_length: 4
seeds: 300
"""
RUNS = 1200
CHANGES = int(os.environ.get("CHANGES", "20"))  # files with some bytes changed
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
LIMIT = 1 << 30


def memory_limit():
    """How to call the program with so much memory at most; the sanitizers' own address space is
    larger by far, so that they bound single allocations instead."""
    if b"__asan_init" not in pathlib.Path(RNNSWEEP).read_bytes():
        return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))}
    bound = f"max_allocation_size_mb={LIMIT >> 20}:allocator_may_return_null=1"
    return {"env": {**os.environ, "ASAN_OPTIONS": bound}}


def rnnsweep(*arguments, check=0, limited=False):
    done = subprocess.run([RNNSWEEP, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          errors="backslashreplace",  # a message may name what is damaged
                          **(memory_limit() if limited else {}))
    if check is not None and done.returncode != check:
        raise AssertionError(f"{arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory(dir=MEMORY)
        cls.addClassCleanup(cls.shared.cleanup)
        folder = pathlib.Path(cls.shared.name)
        cls.sweep, cls.plain, cls.packed = folder / "s.yaml", folder / "plain.h5", folder / "packed.h5"
        cls.sweep.write_text(SWEEP)
        rnnsweep("run", cls.sweep, "-o", cls.plain)
        cls.said = rnnsweep("merge", cls.packed, cls.plain, "--compress").stdout

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path = self.folder / "a.h5"

    def copy(self, source=None):
        shutil.copy(source or self.packed, self.path)
        return self.path


class Compressed(Files):
    def test_readers_of_hdf5_1_8_open_it(self):
        """The version of the superblock is the byte after the signature: 3 is that of 1.10."""
        for path in (self.plain, self.packed):
            self.assertEqual(path.read_bytes()[8], 2)

    def test_every_dataset_is_the_same(self):
        """Read by HDF5's own filters, not ours."""
        with h5py.File(self.plain) as plain, h5py.File(self.packed) as packed:
            names, compressed = [], 0
            plain.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            names.remove("rescue/directory")  # it has places and chunks
            for name in names:
                np.testing.assert_array_equal(plain[name][:], packed[name][:], name)
                self.assertEqual(plain[name].dtype, packed[name].dtype)
                if packed[name].chunks is not None:
                    compressed += 1
                    self.assertEqual((packed[name].compression, packed[name].shuffle), ("gzip", True))
                    self.assertTrue(all(c <= s for c, s in zip(packed[name].chunks, packed[name].shape)), name)
            self.assertGreater(compressed, 20)
            self.assertEqual(list(plain), list(packed))
        self.assertLess(self.packed.stat().st_size, 0.7 * self.plain.stat().st_size)
        self.assertEqual(self.said, f"{self.packed}: {RUNS} of {RUNS} runs from 1 file: {RUNS} done, 0 diverged, 0 failed\n")

    def test_every_command_says_the_same(self):
        rnnsweep("verify", self.packed, "--against", self.plain)
        for command in (["summary"], ["summary", "--loss-level", "0.3"], ["summary", "--csv"], ["show", "17"],
                        ["show", "1100"], ["predict", "3", "5", "6"], ["missing"]):
            name, *more = command
            said = [rnnsweep(name, path, *more).stdout for path in (self.plain, self.packed)]
            self.assertEqual(said[1].replace(str(self.packed), str(self.plain)), said[0])
        self.assertIn(f"{RUNS} of {RUNS} runs finished", rnnsweep("status", self.packed).stdout)

    def test_any_order_and_any_form_of_input(self):
        outs = []
        for number, files in enumerate(([self.plain, self.packed], [self.packed, self.plain, self.packed], [self.packed])):
            outs.append(self.folder / f"{number}.h5")
            rnnsweep("merge", outs[-1], *files, "--compress")
        with h5py.File(outs[0]) as first:
            for out in outs[1:]:
                rnnsweep("verify", out, "--against", outs[0])
                with h5py.File(out) as file:
                    for name in ("loss", "weights/states_3/W_rec", "seed"):
                        for i in range(first[name].id.get_num_chunks()):
                            self.assertEqual(file[name].id.read_direct_chunk(first[name].id.get_chunk_info(i).chunk_offset),
                                             first[name].id.read_direct_chunk(first[name].id.get_chunk_info(i).chunk_offset))
        rnnsweep("merge", self.path, self.packed)
        rnnsweep("verify", self.path, "--against", self.plain)
        with h5py.File(self.path) as file:
            self.assertIsNone(file["loss"].chunks)

    def test_nothing_is_left_beside(self):
        rnnsweep("merge", self.path, self.plain, "--compress")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["a.h5"])

    def test_run_on_a_complete_file_leaves_it(self):
        before = self.copy().read_bytes()
        self.assertIn("nothing to train", rnnsweep("run", self.sweep, "-o", self.path).stderr)
        self.assertEqual(self.path.read_bytes(), before)

    def part(self):
        part = self.folder / "part.h5"
        shutil.copy(self.plain, part)
        with h5py.File(part, "r+") as file:
            file["status"][100:] = 0
            times = file["wall_time"][:100]
        self.assertIn("missing: 100-", rnnsweep("merge", self.path, part, "--compress", check=75).stdout)
        return times

    def test_run_goes_on_from_a_file_with_missing_runs(self):
        times = self.part()
        done = rnnsweep("run", self.sweep, "-o", self.path)
        self.assertIn("the file was compressed, and is no longer: 100 finished runs carried over", done.stderr)
        self.assertIn(f"resuming: 100 of {RUNS} runs are finished", done.stderr)
        rnnsweep("verify", self.path, "--against", self.plain)
        with h5py.File(self.path) as file:
            np.testing.assert_array_equal(file["wall_time"][:100], times)

    def test_run_takes_over_and_grows(self):
        self.part()
        done = rnnsweep("run", self.sweep, "-o", self.folder / "b.h5", "--shard", "1/2", "--from", self.path)
        self.assertRegex(done.stderr, "[1-9]\\d* finished runs taken over from 1 file")
        self.copy()
        done = rnnsweep("run", self.sweep, "-o", self.path, "seeds=301")
        self.assertIn(f"the sweep has grown: {RUNS} finished runs carried over", done.stderr)

    def test_another_sweep_is_refused(self):
        before = self.copy().read_bytes()
        self.assertIn("another sweep", rnnsweep("run", self.sweep, "-o", self.path, "momentum=0.5", check=65).stderr)
        self.assertEqual(self.path.read_bytes(), before)

    def test_a_damaged_part_costs_only_its_rows(self):
        self.copy()
        with h5py.File(self.path) as file:
            place = {name: file[name].id.get_chunk_info(0) for name in ("loss", "final_loss", "seed")}
            rows = min(file["loss"].chunks[0], RUNS)

        def damage(name):
            content = bytearray(self.packed.read_bytes())
            content[place[name].byte_offset + place[name].size // 2] ^= 1
            self.path.write_bytes(content)

        for name in ("loss", "final_loss"):
            damage(name)
            said = rnnsweep("verify", self.path, check=65)
            self.assertIn(f"{RUNS - rows} intact, {rows} damaged", said.stdout)
            out = self.folder / f"{name}.h5"
            self.assertIn(f"left out {rows} damaged", rnnsweep("merge", out, self.path, check=75 if rows else 0).stderr)
            rnnsweep("run", self.sweep, "-o", out)
            rnnsweep("verify", out, "--against", self.plain)
        # What cannot be read is no number.
        self.assertIn("/final_loss cannot be decompressed", rnnsweep("summary", self.path, check=65).stderr)
        damage("seed")
        self.assertIn("/seed cannot be decompressed", rnnsweep("summary", self.path, check=65).stderr)
        with h5py.File(self.path) as file:
            rows = min(file["seed"].chunks[0], RUNS)
        self.assertIn(f"left out {rows} damaged", rnnsweep("merge", self.folder / "c.h5", self.path, check=75).stderr)

    def test_a_changed_bit_in_a_list_of_chunks(self):
        """What HDF5 then takes for a dataset that is stored in another way is read where it was written."""
        content, out = bytearray(self.packed.read_bytes()), self.folder / "out.h5"
        content[content.index(b"TREE\x01") + 24 + 4] ^= 2  # the filter mask of its first chunk
        self.path.write_bytes(content)
        self.assertIn("/run is missing", rnnsweep("status", self.path, check=65).stderr)
        self.assertIn("one bit of HDF5's list of datasets has changed",
                      rnnsweep("verify", self.path, check=65).stdout)
        rnnsweep("merge", out, self.path)
        rnnsweep("verify", out, "--against", self.plain)


class Hostile(Files):
    """Made by h5py out of a good file: datasets are replaced under their names."""

    def replace(self, name, **how):
        """A dataset of the same contents, stored otherwise; returns the open file for more."""
        file = h5py.File(self.copy(), "r+")
        self.addCleanup(file.close)
        values = file[name][:]
        del file[name]
        file.create_dataset(name, data=how.pop("data", values), **how)
        return file

    def refused(self, says=None, rescued=False):
        """rescued: what the directory leads to is there, for those commands that save it."""
        before = self.path.read_bytes()
        (self.folder / "out.h5").unlink(missing_ok=True)
        for command in (["status"], ["verify"], ["summary"], ["show", "0"], ["missing"],
                        ["merge", self.folder / "out.h5"], ["merge", self.folder / "out.h5", "--compress"]):
            arguments = [*command[:2], self.path, *command[2:]] if command[0] == "merge" else \
                [command[0], self.path, *command[1:]]
            done = rnnsweep(*arguments, check=None, limited=True)
            if rescued and command[0] in ("merge", "verify"):
                self.assertIn(done.returncode, (65,) if command[0] == "verify" else (0, 65, 75), done)
                continue
            self.assertIn(done.returncode, (1, 65, 75) if says is None else (65,), f"{arguments}: {done}")
            if says is not None:
                self.assertIn(says, done.stderr)
        self.assertEqual(self.path.read_bytes(), before)
        self.assertLessEqual({path.name for path in self.folder.iterdir()}, {"a.h5", "out.h5"})

    def test_other_ways_of_storing(self):
        for name, how in {
            "loss": {"compression": "gzip", "chunks": (RUNS, 2), "shuffle": True},
            "final_loss": {"compression": "gzip"},
            "test_accuracy": {"compression": "lzf", "shuffle": True},
            "seed": {"compression": "gzip", "shuffle": True, "fletcher32": True},
            "status": {"chunks": (100,)},
            "run": {"compression": "gzip", "shuffle": True, "chunks": (1,)},
        }.items():
            with self.subTest(name=name):
                if name == "run":
                    how["data"] = np.arange(5000, dtype="<i4")
                self.replace(name, **how).close()
                self.refused(f"/{name}", rescued=name == "run")  # where the old one was, others may be

    def write_chunk(self, name, packed, shape=None, mask=0, dtype=None):
        file = h5py.File(self.copy(), "r+")
        old = file[name]
        shape, dtype = shape or old.shape, dtype or old.dtype
        del file[name]
        data = file.create_dataset(name, shape, dtype, chunks=shape, compression="gzip", shuffle=True)
        data.id.write_direct_chunk((0,) * len(shape), packed, mask)
        file.close()

    def test_bombs(self):
        """Streams that stand for far more than the chunk, or a chunk far larger than the stream."""
        bomb = zlib.compress(bytes(1 << 28), 9)
        self.assertLess(len(bomb), 1 << 19)
        self.write_chunk("final_loss", bomb[: 4 * RUNS])
        done = rnnsweep("verify", self.path, check=65, limited=True)
        self.assertIn(f"0 intact, {RUNS} damaged", done.stdout)
        for command in ("status", "summary", "missing"):
            self.assertIn("/final_loss", rnnsweep(command, self.path, check=65, limited=True).stderr)
        self.write_chunk("loss", bomb)
        self.refused("do not lie within it", rescued=True)
        for name in ("seed", "run", "status"):
            self.write_chunk(name, zlib.compress(bytes(1 << 20), 9))
            self.refused("/" + name, rescued=True)
        # All columns of a hundred million runs in a small file.
        self.write_chunk("run", zlib.compress(bytes(4 * 10**7), 9), (10**8,))
        self.refused(rescued=True)

    def test_chunks_that_are_not_there(self):
        file = h5py.File(self.copy(), "r+")
        values = file["seed"][:]
        del file["seed"]
        data = file.create_dataset("seed", (RUNS,), values.dtype, chunks=(100,), compression="gzip", shuffle=True)
        data[:500] = values[:500]
        file.close()
        self.refused("/seed")

    def test_chunks_that_were_not_filtered(self):
        with h5py.File(self.packed) as file:
            raw = file["seed"][:].tobytes()
        self.write_chunk("seed", raw, mask=3)
        self.refused("/seed is missing, or stored in another way")

    def test_absurd_extents_and_chunks(self):
        for shape, chunks in (((2**31 - 1,), (2**20,)), ((2**31 - 1,), (2**30 - 1,)), ((2**40,), (2**29,))):
            with self.subTest(shape=shape, chunks=chunks):
                file = h5py.File(self.copy(), "r+")
                del file["run"]
                data = file.create_dataset("run", shape, "<i4", chunks=chunks, compression="gzip", shuffle=True)
                data.id.write_direct_chunk((0,), zlib.compress(bytes(1 << 20)))
                file.close()
                self.refused()

    def test_cut_short(self):
        content = self.packed.read_bytes()
        for size in (0, 1, 100, len(content) // 3, len(content) // 2, len(content) - 1):
            self.path.write_bytes(content[:size])
            self.refused(rescued=True)

    def test_changed_bytes(self):
        """No crash, and whatever is taken for intact is right."""
        content, chance = self.packed.read_bytes(), np.random.RandomState(1)
        for _ in range(CHANGES):
            changed = bytearray(content)
            for at in chance.randint(0, len(content), chance.randint(1, 20)):
                changed[at] = chance.randint(256)
            self.path.write_bytes(changed)
            out = self.folder / "out.h5"
            done = rnnsweep("merge", out, self.path, check=None, limited=True)
            self.assertIn(done.returncode, (0, 65, 75), done.stderr)
            if done.returncode in (0, 75):
                rnnsweep("verify", out)
                with h5py.File(out) as file, h5py.File(self.plain) as plain:
                    rows = np.flatnonzero(file["status"][:])
                    np.testing.assert_array_equal(file["crc32c"][:][rows], plain["crc32c"][:][rows])
                out.unlink()


if __name__ == "__main__":
    RNNSWEEP = sys.argv.pop(1)
    unittest.main()
