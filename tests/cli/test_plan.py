"""What a plan says, and that it is true: counts, list of runs, cost, size; the schema command."""

import csv
import fnmatch
import io
import json
import os
import resource
import subprocess
import unittest

import h5py
import xxhash

from program import PROGRAM, SANITIZED, SMALL, ProgramTest, environment

SEVERAL = """\
method: grid
parameters: {states: [2, 3, 4], momentum: [0.1, 0]}
exclude: [{states: 4, momentum: {max: 0.05}}]
seeds: 3
---
method: list
configurations:
- {states: 3, momentum: 0.1}
- {states: 2, momentum: 0}
- {learning_rate: 0.1, data_seed: 7, gradient_check: true}
seeds: 5
"""
# So unlike that no noise of the machine makes the wide runs look cheaper.
UNLIKE = SMALL.replace("[2, 3]", "[2, 40]")


class Plan(ProgramTest):
    def test_text(self):
        self.write("s.yaml", "description: A small one\n" + UNLIKE)
        out, err = self.call("plan", "s.yaml", "-j", "3")
        self.assertEqual(err, "")
        for pattern in ("small: A small one", "  runs  *12", "  configurations *4",
                        "  seeds *3 for each configuration, 1..3", "    states *2 40",
                        "    learning_rate *0.02 0.05", "    epochs *1",
                        "  results file *B", "  predicted time * on one core; * on 3 threads (-j)",
                        "  first *run 0: states=2 learning_rate=0.02 seed=1",
                        "  last *run 11: states=40 learning_rate=0.05 seed=3",
                        "  cheapest *run *: states=2 * s)", "  costliest *run *: states=40 * s)"):
            self.assertTrue(any(fnmatch.fnmatchcase(line, pattern)
                                for line in out.splitlines()), f"{pattern}\n{out}")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["s.yaml"])

    def test_json_and_size(self):
        self.write("s.yaml", UNLIKE)
        plan = json.loads(self.call("plan", "s.yaml", "--json", "-j2", "seeds=5")[0])
        self.assertEqual((plan["runs"], plan["configurations"], plan["duplicates"]), (20, 4, 0))
        self.assertEqual(plan["varying"], {
            "states": {"values": [2, 40], "more": False},
            "learning_rate": {"values": [0.02, 0.05], "more": False}})
        self.assertEqual(plan["costliest"]["run"]["states"], 40)
        self.assertEqual(plan["last"]["seed"], 5)
        self.assertGreater(plan["core_seconds"], 0)
        self.assertGreaterEqual(plan["wall_seconds"], plan["core_seconds"] / 2)
        self.call("run", "s.yaml", "seeds=5", "-o", "a.h5")
        size = (self.folder / "a.h5").stat().st_size
        self.assertTrue(size <= plan["bytes"] <= size * 1.05, (size, plan["bytes"]))

    def test_duplicates(self):
        self.write("s.yaml", SMALL.replace("[0.02, 0.05]", "[0.02, 0.02]"))
        plan = json.loads(self.call("plan", "s.yaml", "--json")[0])
        self.assertEqual((plan["runs"], plan["duplicates"]), (6, 6))

    def test_several_sweeps(self):
        self.write("s.yaml", SEVERAL)
        plan = json.loads(self.call("plan", "s.yaml", "--json")[0])
        found = {key: plan[key] for key in ("runs", "configurations", "duplicates", "excluded", "sweeps")}
        self.assertEqual(found, {"runs": 24, "configurations": 6, "duplicates": 6, "excluded": 3,
                                 "sweeps": 2})
        out, _ = self.call("plan", "s.yaml")
        for line in ("  sweeps in the file   2, one after the other", "  seeds                1..5",
                     "  duplicates           6 runs equal to earlier ones, left out",
                     "  excluded             3 runs, left out",
                     f"  identity             {plan['hash']}"):
            self.assertIn(line + "\n", out)

    def test_the_calibration_finds_the_right_size(self):
        # A third or three times is far from the 15 % that tests/bench/prediction.py finds on a quiet
        # machine: this is to be true on any.
        self.write("s.yaml", "{method: grid, parameters: {states: [4, 16]}, seeds: 40}")
        plan = json.loads(self.call("plan", "s.yaml", "--json", "-j1")[0])
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        self.call("run", "s.yaml", "-j1", "-o", "a.h5")
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        self.assertTrue(1 / 3 < plan["core_seconds"] / seconds < 3, (plan["core_seconds"], seconds))
        self.assertEqual(plan["wall_seconds"], plan["core_seconds"])

    def test_many_shapes_take_bounded_time(self):
        self.write("s.yaml", "{method: random, run_cap: 20000, parameters: {states: {min: 1, max: 4000},"
                             " sequence_length: {min: 2, max: 62}, batch_size: {min: 1, max: 2000}}}")
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        self.call("plan", "s.yaml")
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before,
                        120 if SANITIZED else 20)


MILLIONS = {
    "grid": "method: grid\nparameters: {learning_rate: {min: 0.001, max: 1, num: 1000, spacing: log}}\n"
            "seeds: 1000\n",
    "list": "method: list\nseeds: 500000\nconfigurations: [{momentum: 0.5}, {momentum: 0.6}]\n",
    "random": "method: random\nrun_cap: 1000000\nparameters: {momentum: {min: 0.0, max: 0.99}, learning_rate: "
              "{distribution: log_normal, mu: -3, sigma: 1}}\n",
    "sobol": "method: sobol\nrun_cap: 1000000\nparameters: {momentum: {min: 0.0, max: 0.99}, learning_rate: "
             "{distribution: log_uniform_values, min: 0.0001, max: 1}}\n",
}


class Millions(ProgramTest):
    """A plan of 10^6 runs takes less than a second and 40 MB (tests/bench/plan_speed.py), and is not
    to take many times that."""

    def test_time_and_memory(self):
        for method, text in MILLIONS.items():
            with self.subTest(method):
                self.write("s.yaml", text)
                with open(self.folder / "plan.json", "w") as out:
                    process = subprocess.Popen([PROGRAM, "plan", "s.yaml", "--json"], cwd=self.folder,
                                               stdout=out, env=environment())
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                self.assertEqual(process.returncode, 0)
                self.assertEqual(json.loads((self.folder / "plan.json").read_text())["runs"], 1000000)
                self.assertLess(usage.ru_utime, 60 if SANITIZED else 10)
                if not SANITIZED:
                    self.assertLess(usage.ru_maxrss, 100 * 1024)


    @unittest.skipIf(SANITIZED, "a sanitizer takes memory of its own")
    def test_memory_does_not_grow_with_the_seeds(self):
        self.write("s.yaml", "{method: grid, parameters: {epochs: 1}, seeds: 10000000}")
        with open(os.devnull, "w") as out:
            process = subprocess.Popen([PROGRAM, "plan", "s.yaml"], cwd=self.folder, stdout=out,
                                       env=environment())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        # 22 MB, or this test's own 50, which count until the program starts; 8 bytes a run are 80.
        self.assertLess(usage.ru_maxrss, 70 * 1024)


SIZE = "epochs: 1, train_samples: 40, batch_size: 20, test_samples: 8, sequence_length: 5"
EVERY_METHOD = f"""\
method: random
run_cap: 9
sampler_seed: 4
parameters: {{states: {{min: 1, max: 6}}, learning_rate: {{min: 0.01, max: 0.1}}, {SIZE}}}
seeds: 2
---
method: sobol
run_cap: 8
parameters: {{momentum: {{min: 0.0, max: 0.9}}, states: [2, 3], {SIZE}}}
seeds: [7, 1]
---
method: grid
parameters: {{states: [1, 2, 3], momentum: [0.1, 0], {SIZE}}}
exclude: [{{states: 2, momentum: 0}}]
seeds: 3
"""


class Invariance(ProgramTest):
    """Runs, their order, their identities and the hash of all do not depend on who computes them."""

    def setUp(self):
        super().setUp()
        self.write("s.yaml", EVERY_METHOD)
        self.listed = self.call("plan", "s.yaml", "--list", "-j", "1")[0]
        self.hash = json.loads(self.call("plan", "s.yaml", "--json", "-j", "1")[0])["hash"]

    def test_threads(self):
        for count in ("2", "5"):
            for options, settings in ((("-j", count), {}), ((), {"OMP_NUM_THREADS": count})):
                listed, _ = self.call("plan", "s.yaml", "--list", *options, **settings)
                self.assertEqual(listed, self.listed)
                plan = json.loads(self.call("plan", "s.yaml", "--json", *options, **settings)[0])
                self.assertEqual(plan["hash"], self.hash)

    def test_shards(self):
        rows = list(csv.DictReader(io.StringIO(self.listed)))
        for shards in (1, 3, 7):
            found = []
            for shard in range(1, shards + 1):
                name = f"of{shards}.h5"
                self.call("run", "s.yaml", "--shard", f"{shard}/{shards}", "-o", name)
                with h5py.File(self.folder / f"of{shards}.{shard}-of-{shards}.h5", "r") as file:
                    self.assertEqual(file.attrs["rnnsweep_sweep_hash"], self.hash)
                    own = file["run"][:].tolist()
                    self.assertEqual(own, sorted(own))
                    for i, run in enumerate(own):
                        for name in ("states", "learning_rate", "momentum", "seed"):
                            self.assertEqual(file[name][i], float(rows[run][name]))
                    found += own
            self.assertEqual(sorted(found), list(range(len(rows))))


class List(ProgramTest):
    def test_rows(self):
        self.write("s.yaml", SEVERAL)
        out, _ = self.call("plan", "s.yaml", "--list")
        rows = list(csv.DictReader(io.StringIO(out)))
        self.assertEqual([int(row["run"]) for row in rows], list(range(24)))
        found = [(int(row["states"]), row["momentum"], int(row["seed"])) for row in rows]
        self.assertEqual(found, [(states, momentum, seed) for states in (2, 3, 4)
                                 for momentum in ("0.1", "0") for seed in (1, 2, 3)
                                 if (states, momentum) != (4, "0")]
                         + [(3, "0.1", 4), (3, "0.1", 5), (2, "0", 4), (2, "0", 5)]
                         + [(3, "0.8", seed) for seed in (1, 2, 3, 4, 5)])
        self.assertEqual({row["epsilon"] for row in rows}, {"1e-06"})
        self.assertEqual(rows[0]["data_seed"], "none")
        last = rows[-1]
        self.assertEqual([last[name] for name in ("learning_rate", "data_seed", "gradient_check",
                                                  "precision", "batching")],
                         ["0.1", "7", "true", "float32", "disjoint"])
        self.assertEqual(len({row["identity"] for row in rows}), 24)

    def test_identity_depends_on_the_run_alone(self):
        self.write("a.yaml", "{method: grid, parameters: {states: [2, 3], momentum: 0.8}, seeds: 2}")
        self.write("b.yaml", "seeds: [2]\nparameters: {momentum: 8e-1, epochs: 5, states: 0x3}\nmethod: grid")
        first, second = ([*csv.DictReader(io.StringIO(self.call("plan", name, "--list")[0]))]
                         for name in ("a.yaml", "b.yaml"))
        self.assertEqual(second[0]["identity"], first[3]["identity"])
        self.assertEqual(second[0]["identity"], xxhash.xxh3_128_hexdigest(b"rnnsweep run 1\nseed=2\n"))
        self.assertEqual(first[0]["identity"],
                         xxhash.xxh3_128_hexdigest(b"rnnsweep run 1\nstates=2\nseed=1\n"))

    def test_a_closed_pipe_ends_it(self):
        self.write("s.yaml", "{method: grid, parameters: {states: [2, 3]}, seeds: 100000000}")
        for ignore, code, message in ((False, -13, b""), (True, 74, b"standard output: Broken pipe\n")):
            process = subprocess.Popen([PROGRAM, "plan", "s.yaml", "--list"], cwd=self.folder,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       env=environment(), restore_signals=not ignore)
            self.assertEqual(process.stdout.readline()[:11], b"run,states,")
            process.stdout.close()
            error = process.stderr.read()
            process.stderr.close()
            self.assertEqual(process.wait(timeout=60), code)
            self.assertTrue(error.endswith(message), error)

    def test_a_full_disk_is_noticed(self):
        self.write("s.yaml", SMALL)
        with open("/dev/full", "w") as full:
            done = subprocess.run([PROGRAM, "plan", "s.yaml", "--list"], cwd=self.folder, stdout=full,
                                  stderr=subprocess.PIPE, text=True, env=environment())
        self.assertEqual(done.returncode, 74)
        self.assertMatches(done.stderr, "rnnsweep: error: cannot write to standard output: No space*\n")

    def test_a_full_disk_is_noticed_after_many_lines(self):
        """The write that failed was one of many, and nothing is left for the last."""
        self.write("s.yaml", SMALL)
        for seeds in range(30, 90):
            with open("/dev/full", "w") as full:
                done = subprocess.run([PROGRAM, "plan", "s.yaml", "--list", f"seeds={seeds}"],
                                      cwd=self.folder, stdout=full, stderr=subprocess.PIPE, text=True,
                                      env=environment())
            self.assertEqual(done.returncode, 74)
            self.assertMatches(done.stderr,
                               "rnnsweep: error: cannot write to standard output: No space*\n")

    def test_data_seeds_that_are_seeds_are_warned_of(self):
        warning = ("rnnsweep: warning: in {} of {} runs data_seed is also the seed: their data and their "
                   "first weights begin with *, such as 1000000\n*")
        for seeds, data_seed, equal, runs in ((3, "7", 0, 0), (3, "none", 0, 0), (3, "2", 1, 3),
                                              (3, "1,2,9", 2, 9)):
            self.write("s.yaml", "{method: grid, parameters: {epochs: 1, train_samples: 100}}")
            for command in ("plan", "run"):
                _, err = self.call(command, "s.yaml", f"seeds={seeds}", f"data_seed={data_seed}",
                                   *(("--fresh",) if command == "run" else ()))
                if equal:
                    self.assertMatches(err, warning.format(equal, runs))
                else:
                    self.assertNotIn("warning", err)

    @unittest.skipIf(SANITIZED, "a sanitizer reserves more address space than the limit below")
    def test_memory(self):
        """The training set of a hundred million sums of 62 bits is 6.2 GB, and each thread has one."""
        self.write("s.yaml", SMALL.replace("seeds: 3", "seeds: 1"))
        small = json.loads(self.call("plan", "s.yaml", "--json")[0])["memory_bytes"]
        self.assertLess(small, 40e6)
        self.assertMatches(self.call("plan", "s.yaml")[0], "*\n  memory               about * MB\n*")
        self.write("s.yaml", "{method: grid, parameters: {train_samples: 100000000, sequence_length: 62, "
                             "momentum: [0.1, 0.2]}}")
        done = subprocess.run([PROGRAM, "run", "s.yaml", "-j", "2"], cwd=self.folder, env=environment(),
                              capture_output=True, text=True, timeout=60,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31)))
        self.assertEqual(done.returncode, 1)
        self.assertMatches(done.stderr, "rnnsweep: error: 2 runs on 2 threads need about 12.* GB of memory, and "
                                        "`ulimit -v` has 2.15 GB: *(-j)*--shard*\n")
        self.assertFalse((self.folder / "results").exists())
        # So many runs that they are not looked at first, nor the disk.
        self.write("s.yaml", "{method: grid, parameters: {}, seeds: 1000000000}")
        _, err = self.call("run", "s.yaml", code=1)
        self.assertMatches(err, "rnnsweep: 1000000000 runs: looking at each takes a while\n"
                                "rnnsweep: error: 1000000000 runs on * need about 192 GB of memory, and *\n")
        self.assertFalse((self.folder / "results").exists())

    def test_what_run_refuses_is_refused(self):
        self.write("s.yaml", "{method: grid, parameters: {epochs: 1000000, train_samples: 100000, "
                             "batch_size: 1, loss_interval: 1000000000}}")
        message = "run 0 has 100000000000 updates and *"
        self.refuse(65, message, "run", "s.yaml")
        self.refuse(65, message, "plan", "s.yaml")
        self.refuse(65, message, "plan", "s.yaml", "--json")
        # The losses of these runs would also need more memory than there is.
        self.write("s.yaml", "{method: grid, parameters: {epochs: 1000000, train_samples: 100000, "
                             "batch_size: 1, loss_interval: 1}}")
        self.refuse(65, message, "run", "s.yaml")

    def test_list_and_json_exclude_each_other(self):
        self.write("s.yaml", SMALL)
        self.refuse(64, "--list and --json: give one of them", "plan", "s.yaml", "--list", "--json")


class Overrides(ProgramTest):
    def configurations(self, *overrides):
        out, _ = self.call("plan", "s.yaml", "--list", *overrides)
        return list(csv.DictReader(io.StringIO(out)))

    def test_the_words_of_hydra(self):
        self.write("s.yaml", "{method: grid, parameters: {states: 3}}")
        self.assertEqual([row["learning_rate"] for row in self.configurations("learning_rate=0.1,0.01")],
                         ["0.1", "0.01"])
        self.assertEqual([int(row["states"]) for row in self.configurations("states=range(4,65,4)")],
                         list(range(4, 65, 4)))
        self.assertEqual([int(row["seed"]) for row in self.configurations("seeds=10")],
                         list(range(1, 11)))
        drawn = self.configurations("method=random", "run_cap=50", "lambda=interval(0.8,0.99)")
        values = [float(row["lambda"]) for row in drawn]
        self.assertEqual(len(set(values)), 50)
        self.assertTrue(0.8 <= min(values) < 0.83 and 0.96 < max(values) <= 0.99, values)


class Schema(ProgramTest):
    def test_it_is_json_and_nothing_else(self):
        out, err = self.call("schema")
        self.assertEqual(err, "")
        schema = json.loads(out)
        self.assertIn("states", schema["definitions"]["parameters"]["properties"])
        self.refuse(64, "unexpected argument 'x'*", "schema", "x")


if __name__ == "__main__":
    unittest.main()
