"""A sweep as an array of 8 tasks on 3 nodes, and what befalls such arrays, on a real Slurm."""

import pathlib
import re
import subprocess
import time

from array_test import PROGRAM, SWEEP, ArrayTest, main


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


class Array(ArrayTest):
    def test_one_command_to_a_merged_file(self):
        out = self.prepare("--shards", "8", "--submit", seeds=20)
        self.assertIn("array of 8 tasks, 1 core and 00:10:00 each", out)
        self.assertIn("array job ", out)
        watch = subprocess.Popen([PROGRAM, "watch", "slurm/small", "--every", "1", "--html", "page.html"],
                                 cwd=self.folder, stdout=subprocess.PIPE, text=True)
        self.addCleanup(watch.kill)
        self.cluster.await_idle()
        self.assertComplete()
        self.assertWatched(watch.communicate(timeout=60)[0], watch.returncode)
        self.assertIn("160 of 160 runs from 8 files", self.log("merge"))
        self.assertIn("1 thread (SLURM_CPUS_PER_TASK)", self.log("shard-8"))

    def assertWatched(self, pages, code):
        """The pages of `watch` while the array ran: they end with the sweep, and rank all shards together."""
        self.assertEqual(code, 0)
        counts = [int(count) for count in re.findall(r"(\d+) of 160 runs \(", pages)]
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(counts[-1], 160)
        ranked = self.rnnsweep("summary", "results/small.h5", "--top", "10").partition("\nscore:")[0]
        self.assertIn(ranked, pages.rpartition("every run is finished\n")[2])
        page = (self.folder / "page.html").read_text()
        self.assertIn("160 of 160 runs (100.0 %)", page)
        self.assertNotIn("http-equiv", page)

    def test_edits_after_submission_change_nothing(self):
        self.prepare("--shards", "3", "--", "--hold", seeds=5)
        array, merge = self.submit()
        with self.assertRaisesRegex(RuntimeError, f"(?s)code 75.*array job {array} wait or run"):
            self.submit()  # once is enough
        sweep = self.folder / "small.yaml"
        sweep.write_text("name: small\nparameters: {states: [5]}\n")
        self.cluster.call("scontrol", "release", array, merge)
        self.cluster.await_idle()
        sweep.write_text(SWEEP.format(seeds=5))
        self.assertComplete()
        frozen = self.folder / "slurm/small/sweep.yaml"
        frozen.unlink()  # it is read-only
        frozen.write_text(SWEEP.format(seeds=6))
        done = self.call("status", "slurm/small", code=65)
        self.assertIn("does not expand to the runs that were submitted", done[1])
        done = self.call("run", "small.yaml", "seeds=3", "--expect", "0" * 32, code=65)
        self.assertIn("as expected: it was changed", done[1])
        done = self.call("slurm", "small.yaml", "seeds=3", code=73)
        self.assertIn("slurm/small holds another sweep", done[1])


class Rungs(ArrayTest):
    """A sweep with early termination: an array for each rung, a decision after it."""

    EARLY = "early_terminate: {type: successive_halving, epochs: [2, 5, 10], keep: 0.4}\n"

    def test_one_command_makes_the_chain(self):
        self.write("small.yaml", SWEEP.format(seeds=12) + self.EARLY)
        out = self.rnnsweep("slurm", "small.yaml", "-d", "slurm/small", "-o", "results/small.h5",
                            "--shards", "5", "--submit")
        self.assertIn("array job ", out)
        self.cluster.await_idle()
        self.assertComplete()
        merges = self.log("merge")
        jobs = (self.folder / "slurm/small/log/jobs").read_text()
        # One array for 8, 4, 2 and 1 configurations each; fewer where shards that run at the same
        # time find a rung decided.
        arrays = [line.split()[1] for line in jobs.splitlines()]
        self.assertEqual(arrays, ["array", "merge"] * (len(arrays) // 2), jobs + merges)
        self.assertIn(len(arrays) // 2, range(1, 5), jobs + merges)
        self.assertIn("rung 1 of 3, at 2 epochs: 4 of 8 configurations kept", merges)
        self.assertIn("rung 3 of 3, at 10 epochs: 1 of 2 configurations kept", merges)

    def test_only_what_is_missing_is_submitted(self):
        """The file of a shard is lost: it alone comes again."""
        self.write("small.yaml", SWEEP.format(seeds=12) + self.EARLY)
        self.rnnsweep("slurm", "small.yaml", "-d", "slurm/small", "-o", "results/small.h5",
                      "--shards", "3", "--submit")
        self.cluster.await_idle()
        (self.folder / "results/small.2-of-3.h5").unlink()
        (self.folder / "results/small.h5").unlink()
        self.assertEqual(self.call("missing", "--array", "slurm/small", code=75)[0], "2\n")
        self.submit()
        self.cluster.await_idle()
        self.assertComplete()


class Trouble(ArrayTest):
    """What befalls tasks, which has to find them at work: of these arrays, for a minute of one core."""

    def test_all_that_can_happen_to_tasks(self):
        """In one array: a task cancelled, one requeued, one killed, and a node lost."""
        self.prepare("--shards", "8", seeds=self.seeds_for(core_seconds=50))
        array, _ = self.submit()
        self.await_progress(8, range(1, 7))
        self.cluster.call("scancel", f"{array}_1")
        self.cluster.call("scontrol", "requeue", f"{array}_2")
        self.cluster.call("scancel", "--batch", "--signal=KILL", f"{array}_3")
        lost = self.node_of(f"{array}_5")
        self.cluster.crash(lost)
        self.cluster.await_idle()
        ended = self.cluster.ended(array)
        self.assertIn((1, "CANCELLED"), ended)
        self.assertIn((2, "COMPLETED"), ended)
        self.assertIn((3, "FAILED"), ended)
        self.assertIn((5, "NODE_FAIL"), ended)
        self.cluster.boot(lost)
        self.assertIn("stopped by SIGTERM: ", self.log("shard-1"))
        for shard in (2, 5):
            self.assertIn(f"_{shard}, attempt 1, on ", self.log(f"shard-{shard}"))
            self.assertIn(f"_{shard}, attempt 2, on ", self.log(f"shard-{shard}"))
            self.assertIn("resuming: ", self.log(f"shard-{shard}"))
        self.assertIn("runs of the shards 1,3 are missing. To submit these again:", self.log("merge"))
        self.submit("3")  # alone
        self.cluster.await_idle()
        self.assertEqual(self.call("missing", "--array", "slurm/small", code=75)[0], "1\n")
        self.submit()
        self.cluster.await_idle()
        self.assertComplete()

    def test_two_attempts_alive_at_once(self):
        """A node that does not answer: its tasks are started elsewhere, and go on there too."""
        self.prepare("--shards", "3", seeds=self.seeds_for(core_seconds=60))
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


if __name__ == "__main__":
    main()
