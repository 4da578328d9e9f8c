#!/usr/bin/env python3
"""A results file of layout 2 as a later version could write it, made with h5py alone, after
docs/layouts.md. Usage: layout2_file.py FILE

Eight runs of `unit: [tanh, ugrnn]`: 0 to 3 are networks of today, of which 3 was stopped at a rung; 4 to
7 are gated, and 7 is not trained. Two parameters of today have no column, the words of choices have
other numbers than today, and there are parameters, results, scales, arrays, checkpoints and a group
of weights that no version before knew."""

import pathlib
import struct
import sys

import crc32c
import h5py
import numpy as np

RUNS, STEPS, STATES = 8, 7, 3
TANH, GRU = range(4), range(4, 8)
SWEEP = """\
name: later
method: grid
parameters:
  unit: [tanh, ugrnn]
  states: 3
  sequence_length: 4
  train_samples: 60
  test_samples: 20
  batch_size: 10
  epochs: 1
seeds: 4
"""
# The tanh half, as today's version reads it.
SWEEP_TODAY = SWEEP.replace("  unit: [tanh, ugrnn]\n", "")
HASH = "0123456789abcdef0123456789abcdef"
COUNTS = {"states": (3, 3), "sequence_length": (16, 4), "train_samples": (2000, 60), "test_samples": (1000, 20),
          "batch_size": (100, 10), "epochs": (5, 1), "loss_interval": (1, 1)}
REALS = {"learning_rate": 0.05, "lambda": 0.5, "momentum": 0.8, "epsilon": 1e-6}
# Words by their numbers here; the first of `order` is the default.
CHOICES = {"epsilon_placement": {3: "step", 4: "denominator"}, "precision": {0: "float64", 2: "float32", 5: "float16"},
           "batching": {0: "disjoint", 1: "by_length", 2: "sliding"}, "unit": {7: "ugrnn", 9: "tanh"}}
DEFAULTS = {"epsilon_placement": "denominator", "precision": "float32", "batching": "disjoint", "unit": "tanh"}
STATUSES = {0: "pending", 1: "stopped", 2: "done", 3: "diverged", 4: "failed"}
STATUS_OF_RUN = ["done", "done", "done", "stopped", "done", "diverged", "done", "pending"]
TENSORS = {"S0": ("state",), "W_in": ("input", "gate", "state"), "b_in": ("gate", "state"),
           "W_rec": ("state_from", "gate", "state"), "b_rec": ("gate", "state"), "W_out": ("state", "output"),
           "b_out": ("output",)}


def sealed(time):
    bits = struct.unpack("<Q", struct.pack("<d", time))[0] >> 16 << 16
    check = crc32c.crc32c(struct.pack("<Q", bits))
    return struct.unpack("<d", struct.pack("<Q", bits | (check ^ check >> 16) & 0xFFFF))[0]


def number_of(words, word):
    return next(number for number, text in words.items() if text == word)


class Writer:
    def __init__(self, path):
        self.file = h5py.File(path, "w", libver=("v108", "v110"), track_order=True)

    def dataset(self, path, values, dimensions, fill=None, **attributes):
        values = np.asarray(values)
        space = h5py.h5s.create_simple(values.shape)
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_layout(h5py.h5d.CONTIGUOUS)
        properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        if fill is not None:
            properties.set_fill_value(np.array(fill, values.dtype))
        links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
        links.set_create_intermediate_group(True)
        h5py.h5d.create(self.file.id, path.encode(), h5py.h5t.py_create(values.dtype), space, properties, links)
        item = self.file[path]
        item[...] = values
        folder, name = path.rsplit("/", 1)
        if dimensions == (name,):
            item.make_scale(name)
        for axis, dimension in enumerate(dimensions):
            if dimensions != (name,):
                scale = f"{folder}/{dimension}" if f"{folder}/{dimension}" in self.file else f"/{dimension}"
                item.dims[axis].attach_scale(self.file[scale])
        for key, value in attributes.items():
            item.attrs[key] = value
        return item

    def scale(self, path, values, **attributes):
        return self.dataset(path, np.asarray(values, "<i4"), (path.rsplit("/", 1)[1],), **attributes)

    def choice(self, name, words, chosen, **attributes):
        numbers = np.array([number_of(words, word) for word in chosen], "i1")
        return self.dataset(f"/{name}", numbers, ("run",), flag_values=np.array(list(words), "i1"),
                            flag_meanings=" ".join(words.values()), **attributes)


def write_root(to):
    to.scale("/run", np.arange(RUNS))
    to.scale("/step", np.arange(STEPS))
    for name, (fallback, value) in COUNTS.items():
        to.dataset(f"/{name}", np.full(RUNS, value, "<i4"), ("run",), default=np.int32(fallback))
    for name, value in REALS.items():
        to.dataset(f"/{name}", np.full(RUNS, value), ("run",), default=value)
    for name, words in CHOICES.items():
        chosen = ["tanh" if run in TANH else "ugrnn" for run in range(RUNS)] if name == "unit" else [DEFAULTS[name]] * RUNS
        to.choice(name, words, chosen, default=np.int8(number_of(words, DEFAULTS[name])), note=f"of {name}")
    to.dataset("/clip_norm", np.full(RUNS, np.nan), ("run",), default=np.nan, long_name="largest norm, NaN for none")
    to.dataset("/seed", np.array([1 + run % 4 for run in range(RUNS)], "<i4"), ("run",))
    to.choice("status", STATUSES, STATUS_OF_RUN, fill=0)
    finished = np.array([status != "pending" for status in STATUS_OF_RUN])

    def result(name, values, kind="<f8", fill=np.nan, dimensions=("run",), **attributes):
        shape = (RUNS, *([1] * (len(dimensions) - 1)))
        values = np.where(finished.reshape(shape), np.asarray(values), fill).astype(kind)
        return to.dataset(f"/{name}", values, dimensions, fill=fill, **attributes)

    runs = np.arange(RUNS)
    result("initial_loss", 0.7 + runs / 100, "<f4")
    result("final_loss", 0.1 + runs / 100, "<f4")
    result("test_bit_accuracy", 1 - runs / 100)
    result("test_accuracy", 1 - runs / 50)
    result("diverged_at", np.where(runs == 5, 3, -1), "<i4", -1)
    result("test_margin", runs / 7, note="a result of later", units="1")
    result("updates", np.full(RUNS, 6), "<i4", -1)
    result("passes", np.full(RUNS, 6), "<i8", -1)
    result("loss", 1 / (1 + runs[:, None] + np.arange(STEPS)), "<f4", dimensions=("run", "step"))
    to.scale("/test_length", [4, 8, 16], long_name="steps")
    result("test_accuracy_by_length", runs[:, None] / [4, 8, 16], dimensions=("run", "test_length"))
    to.dataset("/test_set", np.array([0, 1], "i1"), ("test_set",), flag_values=np.array([0, 1], "i1"), flag_meanings="early late")
    result("test_accuracy_by_set", runs[:, None] / [2, 3], dimensions=("run", "test_set"))
    to.scale("/checkpoint", [0, 1, 4], long_name="updates")
    to.scale("/check", [3, 6], long_name="updates")
    result("validation_loss", runs[:, None] / [3, 6], dimensions=("run", "check"))
    to.scale("/rung", [2, 4])
    result("accuracy_at_rung", runs[:, None] / [2, 4], dimensions=("run", "rung"))
    result("wall_time", [sealed(0.5 + run) for run in range(RUNS)])


def write_group(to, path, runs, gates):
    extents = {"state": STATES, "state_from": STATES, "input": 2, "output": 1, "gate": gates}
    to.scale(f"{path}/run_id", list(runs))
    for name, extent in extents.items():
        if name != "gate" or gates > 1:
            to.scale(f"{path}/{name}", np.arange(extent))
    order = ["run_id"]
    for number, (name, axes) in enumerate(TENSORS.items()):
        axes = tuple(axis for axis in axes if axis != "gate" or gates > 1)
        shape = [extents[axis] for axis in axes]
        values = np.arange(len(runs) * np.prod(shape)).reshape(len(runs), *shape) / 10 + number
        values[[STATUS_OF_RUN[run] == "pending" for run in runs]] = np.nan
        to.dataset(f"{path}/{name}", values.astype("<f4"), ("run_id", *axes), fill=np.nan)
        at = np.stack([values * share for share in (0.1, 0.5, 1)], 1)
        to.dataset(f"{path}/{name}_at", at.astype("<f4"), ("run_id", "checkpoint", *axes), fill=np.nan)
        order += [name, f"{name}_at"]
    to.file[f"{path}/run_id"].attrs["rnnsweep_row"] = " ".join(order)


def write_checksums(file):
    columns = [name for name, item in file.items() if isinstance(item, h5py.Dataset) and item.shape[0] == RUNS
               and name not in ("wall_time", "crc32c", "crc32c_head")]
    numbers = [name for name in columns if file[name].ndim == 1]
    arrays = [name for name in columns if file[name].ndim > 1]
    file["run"].attrs["rnnsweep_row"] = " ".join(numbers + arrays)
    for row in range(RUNS):
        if file["status"][row] == 0:
            continue
        group = file["weights/states_3" if row in TANH else "weights/ugrnn_I2_H3_O1"]
        head = b"".join(file[name][row].tobytes() for name in numbers)
        rest = b"".join(file[name][row].tobytes() for name in arrays)
        at = list(group["run_id"]).index(row)
        rest += b"".join(group[name][at].tobytes() for name in group["run_id"].attrs["rnnsweep_row"].split())
        place = struct.pack("<q", row)
        file["crc32c_head"][row] = np.uint32(crc32c.crc32c(head + place)).astype("i4")
        file["crc32c"][row] = np.uint32(crc32c.crc32c(head + rest + place)).astype("i4")


def directory(file):
    """The text of /rescue/directory."""
    lines = [b"layout 2"]

    def attributes(item):
        for name, value in item.attrs.items():
            if name in ("CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST") or name == "rnnsweep_layout":
                continue
            if isinstance(value, str):
                kind, count, data = "text", 1, value.encode()
            else:
                value = np.asarray(value)
                kind, count, data = value.dtype.name, value.size, value.tobytes()
            lines.append(f"attribute {kind} {count} {len(data)} {name}\n".encode() + data)

    def dataset(_, item):
        if not isinstance(item, h5py.Dataset):
            return
        properties = item.id.get_create_plist()
        has_fill = properties.fill_value_defined() == h5py.h5d.FILL_VALUE_USER_DEFINED
        fill = float(item.fillvalue).hex() if has_fill else "-"
        own = item.name.rsplit("/", 1)[1]
        names = [own] if h5py.h5ds.is_scale(item.id) else [dim[0].name.rsplit("/", 1)[1] for dim in item.dims]
        fixed = not has_fill and (names[0] not in ("run", "run_id") or h5py.h5ds.is_scale(item.id) or own == "seed" or "default" in item.attrs)
        data = pathlib.Path(file.filename).read_bytes()[item.id.get_offset():][:item.id.get_storage_size()]
        check = f"{crc32c.crc32c(data):08x}" if fixed else "-"
        lines.append(f"dataset {item.dtype.name} {item.ndim} {' '.join(map(str, item.shape))} "
                     f"{item.id.get_offset()} 0 {fill} {check} {item.name}".encode())
        lines.extend(f"dimension {axis} {name}".encode() for axis, name in enumerate(names))
        attributes(item)

    attributes(file)
    file.visititems(dataset)
    lines.append(b"later 1 2 3 of a later version")
    body = b"\n".join(lines) + b"\n"
    return f"RNNSWEEP DIRECTORY 1 {len(body):010d} {crc32c.crc32c(body):08x}\n".encode() + body


def set_text(path, name, value):
    """Another text of the root, also in the directory; of the same length."""
    with h5py.File(path, "r+") as file:
        old = file.attrs[name]
        assert len(old) == len(value)
        file.attrs[name] = value
        text = file["rescue/directory"][:].tobytes()
        body = text[text.index(b"\n") + 1:]
        line = f"attribute text 1 {len(value)} {name}\n"
        assert (line + old + "\n").encode() in body
        body = body.replace((line + old).encode(), (line + value).encode())
        body = body.replace(b"\nstructure ", b"\nelsewhere ")  # whose checksum is not that of the new text
        head = f"RNNSWEEP DIRECTORY 1 {len(body):010d} {crc32c.crc32c(body):08x}\n"
        file["rescue/directory"][:] = np.frombuffer(head.encode() + body, "u1")


def make(path):
    to = Writer(path)
    write_root(to)
    to.dataset("/crc32c_head", np.zeros(RUNS, "<i4"), ("run",), fill=0)
    to.dataset("/crc32c", np.zeros(RUNS, "<i4"), ("run",), fill=0)
    write_group(to, "/weights/states_3", TANH, 1)
    write_group(to, "/weights/ugrnn_I2_H3_O1", GRU, 3)
    write_checksums(to.file)
    for name in ("initial_loss", "final_loss", "test_bit_accuracy", "test_accuracy", "diverged_at", "wall_time", "loss",
                 "test_margin", "updates", "passes"):
        to.file[name].attrs["coordinates"] = " ".join([*COUNTS, *REALS, *CHOICES, "clip_norm", "seed", "status"])
    attributes = {"Conventions": "CF-1.9, ACDD-1.3", "rnnsweep_sweep_hash": HASH, "rnnsweep_runs": str(RUNS),
                  "rnnsweep_kernels": "7", "title": "later", "rnnsweep_config": SWEEP, "rnnsweep_overrides": "",
                  "rnnsweep_metric": "test_accuracy", "rnnsweep_goal": "maximize", "rnnsweep_version": "9.9",
                  "rnnsweep_data_trials": "xxh3 00112233445566778899aabbccddeeff /data/trials.h5"}
    for name, value in attributes.items():
        to.file.attrs[name] = value
    to.file.attrs["rnnsweep_layout"] = np.int32(2)
    to.file.flush()
    text = np.frombuffer(directory(to.file), "u1")
    to.dataset("/rescue/directory", text, (), long_name="the list of datasets once more")
    to.file.close()


if __name__ == "__main__":
    make(sys.argv[1])
