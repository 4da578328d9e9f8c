#!/usr/bin/env python3
"""How fast results files are: store_speed.py RNNSWEEP [--runs 1000000] [--folder .]

A sweep of so many tiny runs, each with a curve of 101 losses, is trained in two shards, and then
gone on with, verified, merged and compressed. Beside each step stands what a plain copy of as many
bytes takes on the same disk: written with large writes and synced. The first line is the overhead
of `sweep_times overhead`, a program of this folder beside rnnsweep, training left out."""

import argparse
import os
import pathlib
import subprocess
import tempfile
import time

# 100 updates of one sample of two steps each.
SWEEP = """\
name: speed
method: grid
parameters: {{states: 3, sequence_length: 2, train_samples: 20, test_samples: 1, batch_size: 1, epochs: 5}}
seeds: {}
"""
BLOCK = 1 << 22


def disk_seconds(folder, size):
    """Time to write that many bytes and sync them."""
    block, path, start = os.urandom(BLOCK), pathlib.Path(folder, "plain"), time.monotonic()
    with open(path, "wb", buffering=0) as file:
        for _ in range(-(-size // BLOCK)):
            file.write(block)
        os.fsync(file.fileno())
    seconds = time.monotonic() - start
    path.unlink()
    return seconds


class Speed:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def measure(self, what, *arguments, until=None, size=None):
        """Prints wall and CPU seconds, peak memory and, next to the disk, the rate of a file."""
        subprocess.run(["sync"], check=True)
        start = time.monotonic()
        process = subprocess.Popen([self.program, *map(str, arguments)], cwd=self.folder, text=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = process.stderr.readline()
        reached = time.monotonic() - start
        said += process.stderr.read()
        process.stderr.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        if process.returncode != 0 or (until is not None and until not in said):
            raise SystemExit(f"{arguments} ended with status {process.returncode}:\n{said}")
        line = f"{what:<34} {reached if until else seconds:>7.2f} {usage.ru_utime + usage.ru_stime:>7.2f} " \
               f"{usage.ru_maxrss / 1024:>6.0f}"
        if size is not None:
            bytes_written = pathlib.Path(self.folder, size).stat().st_size
            disk = disk_seconds(self.folder, bytes_written)
            line += f" {bytes_written / 1e6:>7.0f} {bytes_written / 1e6 / seconds:>7.0f} {bytes_written / 1e6 / disk:>7.0f}"
        print(line, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rnnsweep", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=10**6)
    parser.add_argument("--folder", default=".")
    arguments = parser.parse_args()
    program = arguments.rnnsweep.resolve()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        subprocess.run([program.with_name("sweep_times"), "overhead", "0", folder, str(arguments.runs)],
                       check=True)
        pathlib.Path(folder, "s.yaml").write_text(SWEEP.format(arguments.runs))
        speed = Speed(program, folder)
        print(f"\n{arguments.runs} runs of 101 losses\n{'':<34} {'wall s':>7} {'CPU s':>7} {'MB':>6} "
              f"{'file MB':>7} {'MB/s':>7} {'disk':>7}")
        run = ("run", "s.yaml", "--progress", "none")
        parts = [f"a.{i}-of-2.h5" for i in (1, 2)]
        for index in (1, 2):
            speed.measure(f"train shard {index} of 2", *run, "-o", "a.h5", "--shard", f"{index}/2",
                          size=parts[index - 1])
        speed.measure("merge two shards", "merge", "a.h5", *parts, size="a.h5")
        speed.measure("go on: nothing to train", *run, "-o", "a.h5", until="nothing to train")
        speed.measure("status", "status", "a.h5")
        speed.measure("verify", "verify", "a.h5")
        speed.measure("merge --compress", "merge", "small.h5", "a.h5", "--compress", size="small.h5")
        speed.measure("go on with the compressed file", *run, "-o", "small.h5", until="nothing to train")
        speed.measure("verify the compressed file", "verify", "small.h5")


if __name__ == "__main__":
    main()
