#!/usr/bin/python3
"""test_data.py PRINT_DATA: files of sequences written by h5py and xarray, read back and refused. The
values that are expected are the arrays that were written."""

import os
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy
import xarray

from peak_memory import peak_of

PRINT_DATA = os.path.abspath(sys.argv.pop(1))
SYMBOLS, REALS = 0, 1
BITS, CLASSES, LAST_CLASSES, REAL_TARGETS = range(4)


def run(path, *arguments):
    return subprocess.run([PRINT_DATA, path, *arguments], capture_output=True, text=True, timeout=120,
                          check=False)


def read(path):
    """(kinds, hash, {set: {array: flat numpy array}}, {set: {array: bytes of a number}})"""
    result = run(path)
    assert result.returncode == 0, result.stderr
    sets, sizes, kinds, digest = {}, {}, None, None
    for line in result.stdout.splitlines():
        word, *rest = line.split()
        if word == "kinds":
            kinds = tuple(map(int, rest[:4])) + (float(rest[4]),)
        elif word == "hash":
            digest = rest[0]
        elif word == "set":
            name = rest[0]
            sets[name], sizes[name] = {"extents": (int(rest[1]), int(rest[2]))}, {}
        else:
            sets[name][word] = numpy.array(rest[1:], dtype=float)
            sizes[name][word] = int(rest[0])
    return kinds, digest, sets, sizes


def write(path, sets, attributes=None, **options):
    """sets: {name: {array: values}}; attributes: {(array, name): value}, of every set."""
    with h5py.File(path, "w") as file:
        for name, arrays in sets.items():
            group = file.create_group(name)
            for key, values in arrays.items():
                group.create_dataset(key, data=values, **options)
                for (array, attribute), value in (attributes or {}).items():
                    if array == key:
                        group[key].attrs[attribute] = value


def make_set(random, count, steps, inputs, targets):
    """One set of the kinds; an integer dtype is that of the symbols, classes or bits."""
    arrays = {}
    if inputs == "symbols":
        arrays["inputs"] = random.integers(0, 5, (count, steps))
    else:
        arrays["inputs"] = random.normal(size=(count, steps, 3))
    if targets == "classes":
        arrays["targets"] = random.integers(0, 4, (count, steps))
    elif targets == "last":
        arrays["targets"] = random.integers(0, 4, count)
    elif targets == "bits":
        arrays["targets"] = random.integers(0, 2, (count, steps, 2))
    else:
        arrays["targets"] = random.normal(size=(count, steps, 2))
    return arrays


class DataFiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rnnsweep_data_")
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "data.h5")
        self.random = numpy.random.default_rng(5)

    def sets(self, inputs="reals", targets="reals", names=("train", "test")):
        return {name: make_set(self.random, 4 + i, 6 + i, inputs, targets)
                for i, name in enumerate(names)}

    def check_equal(self, sets, found):
        self.assertEqual(sorted(sets), sorted(found))
        for name, arrays in sets.items():
            self.assertEqual(found[name].pop("extents"), arrays["inputs"].shape[:2])
            self.assertEqual(sorted(arrays), sorted(found[name]))
            for key, values in arrays.items():
                numpy.testing.assert_array_equal(found[name][key], numpy.ravel(values), key)

    def check_refused(self, *texts, status=65):
        result = run(self.path)
        self.assertEqual(result.returncode, status, result.stderr)
        for text in (self.path, *texts):
            self.assertIn(text, result.stderr)

    # ---- What is read ------------------------------------------------------------------------

    def test_kinds(self):
        kinds = {"classes": CLASSES, "last": LAST_CLASSES, "bits": BITS, "reals": REAL_TARGETS}
        for inputs, input_kind in {"symbols": SYMBOLS, "reals": REALS}.items():
            for targets, target_kind in kinds.items():
                with self.subTest(inputs=inputs, targets=targets):
                    sets = self.sets(inputs, targets, ("train", "test", "validation"))
                    write(self.path, sets)
                    found = read(self.path)
                    outputs = 4 if targets in ("classes", "last") else 2
                    self.assertEqual(found[0][:4], (input_kind, target_kind,
                                                    5 if inputs == "symbols" else 3, outputs))
                    self.check_equal(sets, found[2])

    def test_types(self):
        sets = self.sets("symbols", "classes")
        for dtype in "bBhHiIlL":
            with self.subTest(dtype=dtype):
                typed = {name: {key: values.astype(dtype) for key, values in arrays.items()}
                         for name, arrays in sets.items()}
                write(self.path, typed)
                *_, found, sizes = read(self.path)
                self.check_equal(sets, found)
                self.assertEqual(sizes["train"]["inputs"], min(numpy.dtype(dtype).itemsize, 4))
        reals = self.sets()
        for dtype, size in (("f2", 4), (">f4", 4), ("f8", 8), ("u1", 1), ("i1", 4), ("i8", 8)):
            with self.subTest(dtype=dtype):
                for arrays in reals.values():
                    arrays["inputs"] = (arrays["inputs"] * 3).clip(0, 9).astype(dtype)
                write(self.path, reals)
                *_, found, sizes = read(self.path)
                self.check_equal(reals, found)
                self.assertEqual(sizes["train"]["inputs"], size)

    def test_booleans(self):
        sets = self.sets("reals", "bits")
        for arrays in sets.values():
            arrays["inputs"] = arrays["inputs"] > 0
            arrays["targets"] = arrays["targets"] > 0
        write(self.path, sets)
        kinds, _, found, _ = read(self.path)
        self.assertEqual(kinds[:2], (REALS, BITS))
        self.check_equal(sets, found)

    def test_attributes(self):
        write(self.path, self.sets("symbols", "classes"),
              {("inputs", "symbols"): 9, ("targets", "classes"): numpy.int64([7])})
        self.assertEqual(read(self.path)[0][2:4], (9, 7))
        self.assertEqual(read(self.path)[0][4], 0.5)
        write(self.path, self.sets(), {("targets", "tolerance"): 0.04})
        self.assertEqual(read(self.path)[0][4], 0.04)

    def test_symbols_are_counted_over_all_sets(self):
        sets = self.sets("symbols", "classes")
        sets["test"]["inputs"][2, 3] = 11
        sets["test"]["targets"][1, 1] = 6
        write(self.path, sets)
        self.assertEqual(read(self.path)[0][2:4], (12, 7))

    def test_storage(self):
        sets = self.sets("symbols", "reals")
        hashes = set()
        for options in ({}, {"chunks": True}, {"compression": "gzip", "shuffle": True},
                        {"chunks": True, "fletcher32": True}):
            write(self.path, sets, **options)
            _, digest, found, _ = read(self.path)
            self.check_equal(sets, found)
            hashes.add(digest)
        with h5py.File(self.path, "w") as file:  # compact, and chunks that divide every axis
            for name, arrays in sets.items():
                group = file.create_group(name)
                group.create_dataset("inputs", data=arrays["inputs"], chunks=(2, 3))
                place = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
                place.set_layout(h5py.h5d.COMPACT)
                space = h5py.h5s.create_simple(arrays["targets"].shape)
                h5py.h5d.create(group.id, b"targets", h5py.h5t.NATIVE_DOUBLE, space, place)
                group["targets"][...] = arrays["targets"]
        _, digest, found, _ = read(self.path)
        self.check_equal(sets, found)
        self.assertEqual(hashes, {digest})

    def test_more_than_is_read_at_once(self):
        sets = {name: make_set(self.random, count, 300, "symbols", "classes")
                for name, count in (("train", 1500), ("test", 3))}
        write(self.path, sets)
        self.check_equal(sets, read(self.path)[2])
        with h5py.File(self.path, "a") as file:
            del file["train/inputs"]
            file["train"].create_dataset("inputs", data=sets["train"]["inputs"], chunks=(400, 70),
                                         compression=1)
        self.check_equal(sets, read(self.path)[2])

    def test_hash_is_of_the_values(self):
        sets = self.sets("symbols", "classes", ("train", "test", "long"))
        write(self.path, sets)
        first = read(self.path)[1]
        for change in (lambda: sets["test"]["inputs"].__setitem__((3, 2), 0 if
                                                                   sets["test"]["inputs"][3, 2] else 1),
                       lambda: sets.__setitem__("longer", sets.pop("long")),
                       lambda: sets["train"].__setitem__("weights", numpy.ones((4, 6)))):
            change()
            write(self.path, sets)
            changed = read(self.path)[1]
            self.assertNotEqual(first, changed)
            first = changed

    def test_xarray(self):
        sets = self.sets("reals", "reals", ("train", "test", "generalise"))
        for i, (name, arrays) in enumerate(sets.items()):
            dataset = xarray.Dataset({"inputs": (("sequence", "step", "input"), arrays["inputs"]),
                                      "targets": (("sequence", "step", "output"), arrays["targets"])},
                                     coords={"step": numpy.arange(6.0 + i)})
            dataset.to_netcdf(self.path, mode="a" if i else "w", group=name, engine="netcdf4")
        _, _, found, _ = read(self.path)
        self.check_equal(sets, found)
        dataset.to_netcdf(self.path, mode="a", group="packed",
                          encoding={"inputs": {"dtype": "int16", "scale_factor": 0.1, "_FillValue": -9}})
        self.check_refused("/packed/inputs", "scale_factor")

    def test_other_contents_are_left_alone(self):
        sets = self.sets()
        write(self.path, sets)
        with h5py.File(self.path, "a") as file:
            file["notes"] = numpy.arange(3)
            file.create_group("figures")["picture"] = numpy.zeros((4, 4))
            file["elsewhere"] = h5py.ExternalLink("/nonexistent.h5", "/")
            file["train/outcome"] = numpy.zeros(4)
        self.check_equal(sets, read(self.path)[2])

    # ---- What counts -------------------------------------------------------------------------

    def test_lengths_and_weights(self):
        sets = self.sets("reals", "classes")
        train = sets["train"]
        train["lengths"] = numpy.array([6, 1, 4, 2], dtype="u1")
        train["weights"] = self.random.integers(0, 3, (4, 6)) * 0.5
        train["weights"][:, 0] = 1
        inside = numpy.arange(6) < train["lengths"][:, None]
        counted = inside & (train["weights"] > 0)
        train["inputs"][~inside] = numpy.nan
        train["targets"][~counted] = -100
        train["weights"][~inside] = numpy.nan
        write(self.path, sets)
        kinds, _, found, _ = read(self.path)
        self.assertEqual(kinds[3], 4)
        train["inputs"][~inside] = 0
        train["targets"][~counted] = 0
        train["weights"][~inside] = 0
        self.check_equal(sets, found)

    def test_a_class_at_the_last_step(self):
        sets = self.sets("reals", "last")
        sets["train"]["lengths"] = numpy.array([6, 1, 4, 2])
        sets["train"]["weights"] = numpy.zeros((4, 6))
        sets["train"]["weights"][range(4), sets["train"]["lengths"] - 1] = 1
        sets["train"]["inputs"][numpy.arange(6) >= sets["train"]["lengths"][:, None]] = 0
        write(self.path, sets)
        self.check_equal(sets, read(self.path)[2])
        sets["train"]["weights"][2, 3] = 0
        write(self.path, sets)
        self.check_refused("/train/weights[2]", "last step has weight 0")

    # ---- What is refused ---------------------------------------------------------------------

    def refuse_values(self, sets, key, place, value, *texts):
        """The value at a place of /test."""
        with self.subTest(key=key, value=value):
            arrays = sets["test"]
            before = arrays[key]
            arrays[key] = before.copy()
            arrays[key][place] = value
            write(self.path, sets)
            index = ", ".join(map(str, place))
            self.check_refused(f"/test/{key}[{index}] is {value:g}", *texts)
            arrays[key] = before

    def test_bad_values(self):
        sets = self.sets("reals", "reals")
        sets["test"]["weights"] = numpy.ones((5, 7))
        sets["test"]["lengths"] = numpy.full(5, 7)
        for value in (numpy.nan, numpy.inf, -numpy.inf):
            self.refuse_values(sets, "inputs", (4, 2, 1), value, "lengths")
            self.refuse_values(sets, "targets", (0, 6, 1), value, "weight 0")
            self.refuse_values(sets, "weights", (3, 5), value)
        for value in (3.5e38, -1e300):
            self.refuse_values(sets, "inputs", (4, 2, 1), value, "float32")
            self.refuse_values(sets, "targets", (0, 6, 1), value, "float32")
        self.refuse_values(sets, "weights", (3, 5), 1e39, "float32")
        self.refuse_values(sets, "weights", (3, 5), -0.5)
        self.refuse_values(sets, "lengths", (2,), 0)
        self.refuse_values(sets, "lengths", (2,), 8)
        symbols = self.sets("symbols", "classes")
        self.refuse_values(symbols, "inputs", (1, 2), -1, "symbols")
        self.refuse_values(symbols, "inputs", (1, 2), 65536, "symbols")
        self.refuse_values(symbols, "targets", (4, 6), -1, "weight 0")
        bits = self.sets("symbols", "bits")
        self.refuse_values(bits, "targets", (4, 6, 1), 2, "reals")

    def test_bad_counts(self):
        for key, attribute, largest in (("inputs", "symbols", 4), ("targets", "classes", 3)):
            sets = self.sets("symbols", "classes")
            sets["test"][key][3, 1] = largest
            sets["train"][key].clip(0, largest - 1, out=sets["train"][key])
            sets["test"][key][:3] = 0
            write(self.path, sets, {(key, attribute): largest})
            self.check_refused(f"/test/{key}[3, 1] is {largest}", attribute)
            write(self.path, sets, {(key, attribute): 0})
            self.check_refused(f"/train/{key} has an attribute")
        sets = self.sets()
        write(self.path, sets, {("targets", "tolerance"): -1.0})
        self.check_refused("/train/targets has an attribute tolerance")
        write(self.path, sets, {("targets", "tolerance"): 1.0})
        with h5py.File(self.path, "a") as file:
            file["test/targets"].attrs["tolerance"] = 2.0
        self.check_refused("/test/targets has another tolerance")

    def test_a_sequence_that_counts_nowhere(self):
        sets = self.sets()
        sets["train"]["weights"] = numpy.ones((4, 6))
        sets["train"]["lengths"] = numpy.full(4, 3)
        sets["train"]["weights"][2, :3] = 0
        write(self.path, sets)
        self.check_refused("/train/weights[2]", "counts nowhere")

    def test_bad_shapes(self):
        for change, text in (
                (("inputs", numpy.zeros((4, 6))), "[sequence, step, 1]"),
                (("inputs", numpy.zeros((4, 6, 2, 2))), "[sequence, step, input]"),
                (("inputs", numpy.zeros((0, 6, 3))), "0 sequences of 6 steps"),
                (("inputs", numpy.zeros((4, 0, 3))), "4 sequences of 0 steps"),
                (("inputs", numpy.zeros((4, 6, 0))), "no inputs"),
                (("inputs", numpy.array(["a", "b", "c", "d"], dtype="S1")), "neither integers nor reals"),
                (("targets", numpy.zeros((4, 6))), "[sequence, step, 1]"),
                (("targets", numpy.zeros((4, 5, 2))), "4 sequences of 5 steps"),
                (("targets", numpy.zeros((3, 6, 2))), "3 sequences of 6 steps"),
                (("targets", numpy.zeros((4, 6, 0))), "no outputs"),
                (("weights", numpy.zeros((4, 6, 2))), "[sequence, step]"),
                (("weights", numpy.ones((4, 7))), "4 sequences of 7 steps"),
                (("lengths", numpy.ones((4, 1), dtype=int)), "integers [sequence]"),
                (("lengths", numpy.ones(4)), "integers [sequence]"),
                (("lengths", numpy.ones(3, dtype=int)), "3 sequences")):
            with self.subTest(change=change):
                sets = self.sets()
                sets["train"][change[0]] = change[1]
                write(self.path, sets)
                self.check_refused(f"/train/{change[0]} ", text)

    def test_sets_that_differ(self):
        for key, other in (("inputs", ("symbols", "reals")), ("targets", ("reals", "bits"))):
            sets = self.sets()
            sets["test"] = make_set(self.random, 3, 5, *other)
            write(self.path, sets)
            self.check_refused(f"/test/{key} differs from /train/{key}")

    def test_missing(self):
        for missing in ("train", "test", "train/inputs", "test/targets"):
            write(self.path, self.sets())
            with h5py.File(self.path, "a") as file:
                del file[missing]
            self.check_refused(f"/{missing}")

    def test_numbers_of_other_files(self):
        for name in ("train", "test"):
            sets = self.sets()
            other = sets[name].pop("targets")
            write(self.path, sets)
            raw = self.path + ".raw"
            other.tofile(raw)
            with h5py.File(self.path, "a") as file:
                file[name].create_dataset("targets", other.shape, "f8", external=raw)
            self.check_refused(f"/{name}/targets does not lie in this file")
            with h5py.File(self.path, "a") as file:
                del file[name]["targets"]
                layout = h5py.VirtualLayout(other.shape, "f8")
                layout[...] = h5py.VirtualSource(self.path + ".other", "x", other.shape)
                file[name].create_virtual_dataset("targets", layout)
            self.check_refused(f"/{name}/targets does not lie in this file")

    def test_no_data_file(self):
        result = run(self.path)
        self.assertEqual(result.returncode, 74)
        self.assertIn("No such file", result.stderr)
        with open(self.path, "w", encoding="ascii") as file:
            file.write("train,1,2\n" * 100)
        self.check_refused("is no data file")
        os.remove(self.path)
        os.mkdir(self.path)
        self.check_refused("folder")

    def test_damage(self):
        """Whatever bytes are wrong, an error or the values of a file; never a crash."""
        write(self.path, self.sets("symbols", "classes"), compression="gzip")
        with open(self.path, "rb") as file:
            good = bytearray(file.read())
        for i in range(60):
            bad = bytearray(good)
            if i % 6 == 0:
                del bad[self.random.integers(len(bad)):]
            else:
                for place in self.random.integers(len(bad), size=3):
                    bad[place] ^= self.random.integers(1, 256)
            with open(self.path, "wb") as file:
                file.write(bad)
            self.assertIn(run(self.path).returncode, (0, 65))

    def test_claims_of_size(self):
        """What a file only says to hold takes no memory."""
        write(self.path, self.sets())
        with h5py.File(self.path, "a") as file:
            del file["train"]
            for name, shape in (("inputs", (10**7, 10**4, 3)), ("targets", (10**7, 10**4, 2))):
                file.create_dataset(f"train/{name}", shape, "f8", chunks=(1, 100, 1))
        self.check_refused("was never filled")

    def test_memory(self):
        """A file of 96 MB is read in little more memory than that."""
        numbers = numpy.zeros((3000, 1000, 4))
        write(self.path, {name: {"inputs": numbers[:n], "targets": numbers[:n, :, :1]}
                          for name, n in (("train", 2400), ("test", 600))})
        size = os.path.getsize(self.path)
        most = peak_of(PRINT_DATA, self.path, "head", timeout=120) * 1024
        self.assertGreater(most, size)
        self.assertLess(most, 1.25 * size + 2**25)


if __name__ == "__main__":
    unittest.main()
