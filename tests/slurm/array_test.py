"""What the tests on a real Slurm share: a cluster for each class, submissions, what comes out."""

import json
import re
import subprocess
import sys
import time
import unittest

from cluster import Cluster, missing_programs
from program import PROGRAM, ProgramTest

# Runs of some tens of milliseconds.
SWEEP = """\
name: small
method: grid
parameters:
  states: [2, 3, 8, 16]
  learning_rate: [0.02, 0.05]
  epochs: 20
  sequence_length: 8
  loss_interval: 10
seeds: {seeds}
"""


def main():
    """unittest.main(), or exit code 77, which ctest knows, where there is no Slurm."""
    if missing_programs():
        print("skipped: Slurm is not installed: no", ", ".join(missing_programs()))
        sys.exit(77)
    unittest.main()


class ArrayTest(ProgramTest):
    settings = {}  # of slurm.conf
    partitions = ()  # lines of slurm.conf

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(nodes=3, cpus=2, settings=cls.settings,
                              partitions=cls.partitions).__enter__()
        cls.addClassCleanup(cls.cluster.__exit__)

    def tearDown(self):
        self.cluster.clear_queue()

    def rnnsweep(self, *arguments):
        return self.cluster.call(PROGRAM, *arguments, cwd=self.folder)

    def prepare(self, *options, name="small", seeds):
        """Writes the sweep, and the folder to submit it from."""
        self.write("small.yaml", SWEEP.format(seeds=seeds))
        return self.rnnsweep("slurm", "small.yaml", "-d", f"slurm/{name}", "-o",
                             f"results/{name}.h5", *options)

    def seeds_for(self, core_seconds):
        """As many seeds as take so long on one core: what befalls the tasks has to find them at
        work, on machines ten times as fast too."""
        self.write("one.yaml", SWEEP.format(seeds=1))
        one = json.loads(self.rnnsweep("plan", "one.yaml", "--json"))["core_seconds"]
        return round(core_seconds / one)

    def submit(self, *tasks, name="small"):
        """Returns the numbers of the array job (None without one) and of the merge job."""
        text = self.cluster.call(self.folder / f"slurm/{name}/submit.sh", *tasks, cwd="/")
        array, merge = re.search(r"array job (\d+)", text), re.search(r"merge job (\d+)", text)
        return array and array[1], merge[1]

    def log(self, log, name="small"):
        path = self.folder / f"slurm/{name}/log/{log}.log"
        return path.read_text() if path.exists() else ""

    def shard_progress(self, shards):
        """Finished runs of each shard, as `status` on the folder tells."""
        lines = self.rnnsweep("status", "slurm/small").splitlines()[1:shards + 1]
        return [int(fields[0]) - int(fields[4]) for fields in map(str.split, lines)]

    def await_progress(self, shards, wanted, seconds=60):
        """Waits until each of these shards has committed runs."""
        deadline = time.monotonic() + seconds
        while not all(self.shard_progress(shards)[shard - 1] for shard in wanted):
            self.assertLess(time.monotonic(), deadline, self.cluster.queue())
            time.sleep(0.2)

    def node_of(self, job):
        return next(node for name, _, node in self.cluster.queue() if name == job)

    def assertComplete(self, name="small"):
        """The merged file is that of a single process, byte for byte but for times and places."""
        left = subprocess.run([PROGRAM, "missing", "--array", f"slurm/{name}"], cwd=self.folder,
                              capture_output=True, text=True)
        self.assertEqual((left.returncode, left.stdout), (0, ""), left.stderr + self.log("merge", name))
        self.rnnsweep("run", "small.yaml", "-o", "single.h5", "-j2")
        self.rnnsweep("verify", f"results/{name}.h5", "--against", "single.h5")
        self.assertSameResults(f"results/{name}.h5", "single.h5")
