"""What takes Slurm its time: signals before the limit, the limit itself, nodes thought lost."""

import pathlib
import time
import unittest

from array_test import ArrayTest


def attempts_alive(shard):
    """Processes that train this shard, on whatever node."""
    found = 0
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue  # ended meanwhile
        found += b"run" in words and b"--shard" in words and shard.encode() in words
    return found


class Sites(ArrayTest):
    def test_two_attempts_alive_at_once(self):
        """A node that does not answer: its tasks are started elsewhere, and go on there too."""
        self.prepare("--shards", "3", seeds=700, epochs=20)
        array, _ = self.submit()
        self.await_progress(3, [1])
        node = self.node_of(f"{array}_1")
        self.cluster.freeze(node)
        deadline = time.monotonic() + 60
        while attempts_alive("1/3") < 2:
            self.assertLess(time.monotonic(), deadline, self.log("shard-1"))
            time.sleep(0.1)
        self.cluster.await_idle()
        self.cluster.freeze(node, frozen=False)
        self.assertIn((1, "NODE_FAIL"), self.cluster.ended(array))
        self.assertComplete()

    def test_signal_before_the_limit(self):
        """--signal=B:USR1@60, as for sites without steps; without requeue, resubmitted by hand."""
        for requeue in ("--requeue", "--no-requeue"):
            with self.subTest(requeue):
                self.prepare("--shards", "2", "--time", "1", "--", "--signal=B:USR1@60", requeue,
                             seeds=2500, epochs=20)
                array, _ = self.submit()
                self.cluster.await_idle(300)
                self.assertIn((1, "FAILED"), self.cluster.ended(array))
                self.assertIn("stopped by SIGUSR1: ", self.log("shard-1"))
                self.assertIn("Incomplete: ", self.log("merge"))
                for _ in range(20):
                    if not self.submit()[0]:
                        break
                    self.cluster.await_idle(300)
                self.cluster.await_idle()
                self.assertComplete()
                self.clear()

    def test_the_time_limit(self):
        """The program stops by itself before it; --requeue-until-done goes on."""
        self.prepare("--shards", "2", "--time", "1", "--requeue-until-done", seeds=4500, epochs=20)
        array, _ = self.submit()
        self.cluster.await_idle(600)
        self.assertIn((1, "FAILED"), self.cluster.ended(array))
        self.assertEqual([state for _, state in self.cluster.ended(array) if state == "TIMEOUT"], [])
        self.assertIn("stopped by the end of the job (SLURM_JOB_END_TIME)", self.log("shard-1"))
        self.assertIn("Incomplete: ", self.log("merge"))
        self.assertComplete()


class RequeueExit(ArrayTest):
    """A site that puts tasks with exit code 75 back into the queue."""
    settings = {"RequeueExit": "75"}

    def test_stopped_tasks_come_back_by_themselves(self):
        self.prepare("--shards", "2", "--time", "1", "--", "--signal=B:USR1@60", seeds=2500,
                     epochs=20)
        self.submit()
        self.cluster.await_idle(600)
        self.assertIn("stopped by SIGUSR1: ", self.log("shard-1"))
        self.assertIn("_1, attempt 2, on ", self.log("shard-1"))
        self.assertNotIn("Incomplete: ", self.log("merge"))
        self.assertComplete()


if __name__ == "__main__":
    unittest.main()
