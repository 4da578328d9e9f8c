"""A site with tight limits: short jobs in a partition, small arrays."""

import re

from array_test import ArrayTest, main


class Site(ArrayTest):
    settings = {"MaxArraySize": "4"}  # so indices up to 3
    partitions = ["PartitionName=debug Nodes=node1,node2 MaxTime=5 MaxCPUsPerNode=1",
                  "PartitionName=closed Nodes=node3 State=DOWN"]


class SmallSite(Site):
    def test_the_merge_fits_the_partition(self):
        out = self.prepare("--time", "4", "--shards", "2", "-p", "debug", "--submit", seeds=5)
        self.assertIn("  merge job of 00:05:00\n", out)
        self.assertIn("  limits    00:05:00 a job (partition debug)\n", out)
        self.cluster.await_idle()  # it would wait for ever with half an hour
        self.assertComplete()

    def test_more_shards_than_an_array_has(self):
        out = self.prepare("--shards", "8", seeds=10)
        self.assertIn("  in 3 arrays, as one has 3 tasks at most here\n", out)
        self.cluster.call("scontrol", "update", "PartitionName=test", "State=DOWN")  # tasks wait in it
        out = self.cluster.call(self.folder / "slurm/small/submit.sh", cwd="/")
        self.assertEqual(re.findall(r"shards (\S+)", out), ["1-3", "4-6", "7-8"])
        with self.assertRaisesRegex(RuntimeError, "(?s)code 75.*wait or run"):
            self.submit()
        self.cluster.call("scontrol", "update", "PartitionName=test", "State=UP")
        self.cluster.await_idle()
        self.assertIn(": shard 5/8, ", self.log("shard-3+2"))
        self.assertIn("80 of 80 runs from 8 files", self.log("merge"))
        self.assertComplete()

    def test_what_the_site_would_refuse(self):
        for arguments, message in (
                (["-p", "debug", "--time", "6"], "--time is longer than the 5:00 that partition debug allows"),
                (["--merge-time", "6", "--", "-pdebug"], "--merge-time is longer than the 00:05:00 that "
                 "partition debug allows"),
                (["-p", "debug", "-c", "2"], "--cpus-per-task 2: partition debug allows 1"),
                (["-c", "3"], "--cpus-per-task 3: the nodes of partition test allow 2"),
                (["-p", "nowhere"], "--partition nowhere: this Slurm has the partitions test, debug, "
                 "closed")):
            with self.assertRaisesRegex(RuntimeError, f"(?s)code 64.*{re.escape(message)}"):
                self.prepare(*arguments, seeds=1)
        self.prepare("-p", "debug", "--", "--partition", "test", "--time-min=1", seeds=1)


class AcrossArrays(Site):
    def test_a_limit_on_tasks_holds_across_arrays(self):
        self.prepare("--shards", "5", "--concurrent", "1", "--", "--partition=test",
                     seeds=self.seeds_for(core_seconds=8))
        self.submit("1,3-5")
        most = 0
        while queue := self.cluster.queue():
            most = max(most, sum(state == "RUNNING" for _, state, _ in queue))
        self.assertEqual(most, 1)
        self.assertEqual(self.call("missing", "--array", "slurm/small", code=75)[0], "2\n")


if __name__ == "__main__":
    main()
