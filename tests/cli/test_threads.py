"""How many threads: -j, then OMP_NUM_THREADS, then the CPUs of this process and of its Slurm job."""

import os
import unittest

from program import SMALL, ProgramTest

CPUS = len(os.sched_getaffinity(0))


class Threads(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SMALL)

    def assertThreads(self, expected, *options, **settings):
        err = self.call("run", "s.yaml", "-o", "a.h5", "--fresh", *options, **settings)[1]
        self.assertIn(f"rnnsweep: 12 runs on {expected}, ", err)

    def test_order_of_precedence(self):
        self.assertThreads("3 threads (-j)", "-j3", OMP_NUM_THREADS="2", SLURM_CPUS_PER_TASK="1")
        self.assertThreads("2 threads (OMP_NUM_THREADS)", OMP_NUM_THREADS="2",
                           SLURM_CPUS_PER_TASK="1")
        self.assertThreads("1 thread (SLURM_CPUS_PER_TASK)" if CPUS > 1 else
                           "1 thread (CPUs available)",
                           SLURM_CPUS_PER_TASK="1", SLURM_CPUS_ON_NODE="2")
        self.assertThreads(f"{CPUS} thread{'s' if CPUS > 1 else ''} (CPUs available)")

    def test_never_more_than_the_affinity_by_default(self):
        self.assertThreads(f"{CPUS} thread{'s' if CPUS > 1 else ''} (CPUs available)",
                           SLURM_CPUS_PER_TASK="4000")

    @unittest.skipIf(CPUS == 1, "one CPU")
    def test_slurm(self):
        self.assertThreads("1 thread (SLURM_CPUS_ON_NODE)", SLURM_CPUS_ON_NODE="1")
        self.assertThreads("1 thread (one Slurm task of several)", SLURM_STEP_ID="0",
                           SLURM_STEP_NUM_TASKS="2", SLURM_CPUS_ON_NODE=str(CPUS))
        self.assertThreads(f"{CPUS} threads (CPUs available)", SLURM_STEP_ID="0",
                           SLURM_STEP_NUM_TASKS="1", SLURM_CPUS_ON_NODE=str(CPUS))

    @unittest.skipIf(CPUS == 1, "one CPU")
    def test_affinity(self):
        before = os.sched_getaffinity(0)
        self.addCleanup(os.sched_setaffinity, 0, before)
        os.sched_setaffinity(0, {min(before)})
        self.assertThreads("1 thread (CPUs available)")

    def test_lists_of_openmp(self):
        """A number for each level of regions within each other; here is one level."""
        for value in ("3,2", "3,2,1", " 3 , 2", "3, 99"):
            self.assertThreads("3 threads (OMP_NUM_THREADS)", OMP_NUM_THREADS=value)
        self.assertThreads("1 thread (OMP_THREAD_LIMIT)", "-j3", OMP_THREAD_LIMIT="1")
        self.assertThreads("2 threads (-j)", "-j2", OMP_THREAD_LIMIT="2")
        for variable, value in (("OMP_NUM_THREADS", "4,"), ("OMP_NUM_THREADS", ",4"),
                                ("OMP_NUM_THREADS", "4,,2"), ("OMP_NUM_THREADS", "4,0"),
                                ("OMP_NUM_THREADS", "4 2"), ("OMP_THREAD_LIMIT", "some"),
                                ("OMP_NUM_THREADS", "two"), ("OMP_NUM_THREADS", "99999")):
            with self.subTest(variable=variable, value=value):
                self.refuse(64, f"{variable}={value}: must be a whole number from 1 to 4096, or "
                            "several with commas; mend it, or give -j N", "run", "s.yaml", "-o",
                            "b.h5", **{variable: value})

    def test_variables_that_hold_no_number(self):
        for variable in ("SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"):
            for value in ("two", "-1", "0", "2x", "1e3", "99999"):
                with self.subTest(variable=variable, value=value):
                    self.refuse(64, f"{variable}={value}: must be a whole number from 1 to 4096; "
                                "mend it, or give -j N", "run", "s.yaml", "-o", "b.h5",
                                **{variable: value})
        self.assertFalse((self.folder / "b.h5").exists())
        self.assertThreads("1 thread (-j)", "-j1", SLURM_CPUS_PER_TASK="two")


if __name__ == "__main__":
    unittest.main()
