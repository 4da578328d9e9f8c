"""A sweep as an array of 8 tasks on 3 nodes, and what befalls such arrays, on a real Slurm."""

import unittest

from array_test import SWEEP, ArrayTest


class Array(ArrayTest):
    def test_one_command_to_a_merged_file(self):
        out = self.prepare("--shards", "8", "--submit", seeds=40, epochs=4)
        self.assertIn("array of 8 tasks, 1 core and 00:10:00 each", out)
        self.assertIn("array job ", out)
        self.cluster.await_idle()
        self.assertComplete()
        self.assertIn("320 of 320 runs from 8 files", self.log("merge"))
        self.assertIn("1 thread (SLURM_CPUS_PER_TASK)", self.log("shard-8"))

    def test_edits_after_submission_change_nothing(self):
        self.prepare("--shards", "3", "--", "--hold", seeds=10, epochs=4)
        array, merge = self.submit()
        sweep = self.folder / "small.yaml"
        sweep.write_text("name: small\nparameters: {states: [5]}\n")
        self.cluster.call("scontrol", "release", array, merge)
        self.cluster.await_idle()
        sweep.write_text(SWEEP.format(seeds=10, epochs=4))
        self.assertComplete()
        frozen = self.folder / "slurm/small/sweep.yaml"
        frozen.write_text(SWEEP.format(seeds=11, epochs=4))
        done = self.call("status", "slurm/small", code=65)
        self.assertIn("does not expand to the runs that were submitted", done[1])
        done = self.call("run", "small.yaml", "seeds=3", "--expect", "0" * 32, code=65)
        self.assertIn("as expected: it was changed", done[1])
        done = self.call("slurm", "small.yaml", "seeds=3", code=73)
        self.assertIn("slurm/small holds another sweep", done[1])

    def test_all_that_can_happen_to_tasks(self):
        """In one array: a task cancelled, one requeued, one killed, and a node lost."""
        self.prepare("--shards", "8", seeds=900, epochs=20)
        array, _ = self.submit()
        self.await_progress(8, range(1, 7))
        self.cluster.call("scancel", f"{array}_1")
        self.cluster.call("scontrol", "requeue", f"{array}_2")
        self.cluster.call("scancel", "--batch", "--signal=KILL", f"{array}_3")
        lost = self.node_of(f"{array}_5")
        if self.cluster.isolated:
            self.cluster.crash(lost)
        self.cluster.await_idle()
        ended = self.cluster.ended(array)
        self.assertIn((1, "CANCELLED"), ended)
        self.assertIn((2, "COMPLETED"), ended)
        self.assertIn((3, "FAILED"), ended)
        if self.cluster.isolated:
            self.assertIn((5, "NODE_FAIL"), ended)
            self.cluster.boot(lost)
        self.assertIn("stopped by SIGTERM: ", self.log("shard-1"))
        self.assertIn("_2, attempt 1, on ", self.log("shard-2"))
        self.assertIn("_2, attempt 2, on ", self.log("shard-2"))
        self.assertIn("resuming: ", self.log("shard-2"))
        self.assertIn("of the shards 1,3. To submit these again:", self.log("merge"))
        self.submit("3")  # alone
        self.cluster.await_idle()
        self.assertEqual(self.call("missing", "--array", "slurm/small", code=75)[0], "1\n")
        self.submit()
        self.cluster.await_idle()
        self.assertComplete()


if __name__ == "__main__":
    unittest.main()
