#!/usr/bin/env python3
"""Power cuts. The writes and syncs of a process that fills a results file are recorded; the file is
then made again as a power cut at a random moment could leave it: all that was synced, and of each
4 kB page any number of the writes since, in their order, but the last perhaps torn. Each image must
open, its finished rows be whole, nothing be lost that a later sync acknowledged, and the same
program must bring it to the same bytes as without a cut.
Some images are those of a kill, which loses nothing that was written.

Of runs that are stopped at rungs and trained further, whose rows are written several times (KIND rungs;
else wide), those that are whole are not lost; a stopped one may be pending.

Usage: test_power_loss.py RECORDER_LIBRARY WRITE_SAMPLE RNNSWEEP [IMAGES] [KIND] [SEED]"""

import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

import h5py
import numpy as np

PAGE = 4096
RUNS = "400"
SYNC = -1
STOPPED = 4


def read_record(path):
    data, at, events = path.read_bytes(), 0, []
    while at < len(data):
        offset, size = struct.unpack_from("<qq", data, at)
        events.append((offset, data[at + 16 : at + 16 + size]))
        at += 16 + size
    return events


def apply(image, offset, data):
    if len(image) < offset + len(data):
        image.extend(bytes(offset + len(data) - len(image)))
    image[offset : offset + len(data)] = data


def split_into_pages(offset, data):
    while data:
        here = PAGE - offset % PAGE
        yield offset, data[:here]
        offset, data = offset + here, data[here:]


def lose_power(image, unsynced, chance):
    """Each page takes a prefix of the writes that touch it, and perhaps a part of the next one."""
    pages = {}
    for offset, data in unsynced:
        for start, part in split_into_pages(offset, data):
            pages.setdefault(start // PAGE, []).append((start, part))
    for writes in pages.values():
        kept = chance.randint(0, len(writes))
        for start, part in writes[:kept]:
            apply(image, start, part)
        if kept < len(writes) and chance.random() < 0.3:
            start, part = writes[kept]
            apply(image, start, part[: chance.randint(0, len(part))])


def finished_rows(path):
    with h5py.File(path) as file:
        return set(np.flatnonzero((file["status"][:] > 0) & (file["status"][:] != STOPPED)))


def check(done, what):
    if done.returncode != 0:
        raise SystemExit(f"{what}: exit code {done.returncode}\n{done.stdout}{done.stderr}")


def write(path, environment=None):
    return subprocess.run([WRITE_SAMPLE, path, RUNS, KIND], env=environment, capture_output=True, text=True)


def main():
    images = int(sys.argv[4]) if len(sys.argv) > 4 else 500
    seed = int(sys.argv[6]) if len(sys.argv) > 6 else random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as name:
        folder = pathlib.Path(name)
        path, record = folder / "a.h5", folder / "record"
        check(write(path, {**os.environ, "LD_PRELOAD": RECORDER, "RECORD_TO": str(record)}), "recording")
        whole = path.read_bytes()
        events = read_record(record)
        syncs = [i for i, (offset, _) in enumerate(events) if offset == SYNC]
        assert len(syncs) > 10, syncs
        synced = bytearray()
        for offset, data in events[: syncs[0]]:
            apply(synced, offset, data)
        reached = syncs[0]
        cuts = sorted(chance.randrange(syncs[0] + 1, len(events) + 1) for _ in range(images))

        for cut in cuts:
            last = max(i for i in syncs if i < cut)
            for offset, data in events[reached:last]:
                if offset != SYNC:
                    apply(synced, offset, data)
            reached = last
            path.write_bytes(synced)
            acknowledged = finished_rows(path)
            image = bytearray(synced)
            unsynced = [event for event in events[last:cut] if event[0] != SYNC]
            if chance.random() < 0.3:
                for offset, data in unsynced:
                    apply(image, offset, data)
            else:
                lose_power(image, unsynced, chance)
            path.write_bytes(image)
            check(subprocess.run([RNNSWEEP, "verify", path], capture_output=True, text=True), f"cut at {cut}")
            assert acknowledged <= finished_rows(path), f"cut at {cut} loses rows"
            check(write(path), f"going on after a cut at {cut}")
            assert path.read_bytes() == whole, f"cut at {cut} ends otherwise"
        print(f"{images} images, {len(events)} events, {len(syncs)} syncs")


if __name__ == "__main__":
    RECORDER, WRITE_SAMPLE, RNNSWEEP = sys.argv[1:4]
    KIND = sys.argv[5] if len(sys.argv) > 5 else "wide"
    main()
