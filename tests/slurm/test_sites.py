"""Time limits, and signals before them, which Slurm looks at every half minute. Tasks are stopped
after a minute at the latest, so whole sites are tried at once: each of these tests submits several
sweeps that do not end within it."""

from array_test import ArrayTest, main

# Of one core, for each sweep; with two of them for three sweeps, each takes longer than a minute.
CORE_SECONDS = 90


class Limits(ArrayTest):
    def test_stopped_by_signal_or_by_the_limit(self):
        """--signal=B:USR1@60 as for sites without steps, with and without --requeue, submitted
        again by hand; and the limit itself, with --requeue-until-done."""
        by_hand = ("--requeue", "--no-requeue")
        seeds, arrays = self.seeds_for(CORE_SECONDS), {}
        for requeue in by_hand:
            name = requeue.strip("-")
            self.prepare("--shards", "1", "--time", "1", "--", "--signal=B:USR1@60", requeue,
                         name=name, seeds=seeds)
            arrays[name], _ = self.submit(name=name)
        self.prepare("--shards", "1", "--time", "1", "--requeue-until-done", seeds=seeds)
        arrays["small"], _ = self.submit()
        self.cluster.await_idle(600)
        for name, array in arrays.items():
            self.assertEqual(self.cluster.ended(array), [(1, "FAILED")])
            self.assertIn("Incomplete: ", self.log("merge", name))
        for requeue in by_hand:
            self.assertIn("stopped by SIGUSR1: ", self.log("shard-1", requeue.strip("-")))
        self.assertIn("stopped by the end of the job (SLURM_JOB_END_TIME)", self.log("shard-1"))
        self.assertComplete()  # by itself
        for _ in range(20):
            if not any([self.submit(name=requeue.strip("-"))[0] for requeue in by_hand]):
                break
            self.cluster.await_idle(300)
        self.cluster.await_idle()
        for requeue in by_hand:
            self.assertComplete(requeue.strip("-"))


class RequeueExit(ArrayTest):
    """A site that puts tasks with exit code 75 back into the queue."""
    settings = {"RequeueExit": "75"}

    def test_stopped_tasks_come_back_by_themselves(self):
        self.prepare("--shards", "2", "--time", "1", "--", "--signal=B:USR1@60",
                     seeds=self.seeds_for(2 * CORE_SECONDS))
        self.submit()
        self.cluster.await_idle(600)
        self.assertIn("stopped by SIGUSR1: ", self.log("shard-1"))
        self.assertIn("_1, attempt 2, on ", self.log("shard-1"))
        self.assertNotIn("Incomplete: ", self.log("merge"))
        self.assertComplete()


if __name__ == "__main__":
    main()
