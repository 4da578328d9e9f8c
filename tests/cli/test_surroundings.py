"""What the process that starts the program leaves unfit: closed streams, limits, locks."""

import fcntl
import itertools
import os
import resource
import shutil
import signal
import subprocess
import sys
import unittest

from program import PROGRAM, SANITIZED, SMALL, ProgramTest, environment

PACKAGE = os.path.join(os.path.dirname(__file__), "..", "..", "analysis", "python")


class Surroundings(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SMALL)
        self.call("run", "s.yaml", "-o", "a.h5")
        self.whole = (self.folder / "a.h5").read_bytes()

    def limited(self, *arguments, before, code=0, **environment_more):
        """The call in a process in which before() was called; returns (stdout, stderr)."""
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True,
                              text=True, timeout=300, env=environment(**environment_more),
                              preexec_fn=before)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done.stdout, done.stderr

    def assertUnharmed(self):
        self.assertEqual((self.folder / "a.h5").read_bytes(), self.whole)

    def tree(self):
        return sorted(path.name for path in self.folder.iterdir())


# Every command, with the file a.h5 wherever it takes one.
COMMANDS = [
    ["run", "s.yaml", "-o", "a.h5"],
    ["run", "s.yaml", "-o", "new.h5"],
    ["run", "s.yaml", "-o", "new.h5", "--from", "a.h5"],
    ["plan", "s.yaml"],
    ["show", "a.h5", "0"],
    ["summary", "a.h5"],
    ["status", "a.h5"],
    ["watch", "a.h5"],
    ["missing", "a.h5"],
    ["verify", "a.h5"],
    ["predict", "a.h5", "0", "3", "4"],
    ["trajectories", "a.h5", "0", "-o", "states.nc"],
    ["merge", "merged.h5", "a.h5"],
    ["merge", "small.h5", "a.h5", "--compress"],
    ["slurm", "s.yaml", "--shards", "2"],
    ["bench", "--seconds", "0.01", "--states", "3"],
    ["schema"],
    ["completion", "bash"],
    ["parameters"],
    ["help", "run"],
    ["--version"],
    ["--help"],
]
# In the slow tier all combinations; each stream alone, those that harmed files, and all at once.
STREAMS = ([closed for count in (1, 2, 3) for closed in itertools.combinations((0, 1, 2), count)]
           if os.environ.get("SLOW") else [(1,), (0, 2), (0, 1, 2)])
PYTHON_COMMANDS = [["table", "a.h5"], ["export", "a.h5", "-o", "a.csv"], ["redo", "a.h5", "0"],
                   ["figures", "a.h5", "--only", "heatmap"], ["report", "a.h5", "-o", "a.html"]]


class ClosedStreams(Surroundings):
    """A file that the program opens must not get the number of a closed stream: what is printed
    would go into it."""

    def starting_without(self, closed, *command):
        """Exit code of a process that is started with some of its streams closed."""
        shell = " ".join(["exec", '"$@"', *(f"{stream}>&-" for stream in closed)])
        return subprocess.run(["sh", "-c", shell, "sh", *command], cwd=self.folder,
                              capture_output=True, timeout=300,
                              env=environment(PYTHONPATH=PACKAGE, PYTHONDONTWRITEBYTECODE="1")
                              ).returncode

    def test_every_command(self):
        listed = self.call("--help")[0].split("Commands:\n")[1].split("\n\n")[0].splitlines()
        self.assertEqual({line.split()[0] for line in listed},
                         {command[0] for command in COMMANDS if not command[0].startswith("-")})
        for closed in STREAMS:
            for command in COMMANDS:
                with self.subTest(closed=closed, command=command):
                    self.assertEqual(self.starting_without(closed, PROGRAM, *command), 0)
                    self.assertUnharmed()
                    self.assertSound()

    def assertSound(self):
        """New files are those of open streams; then they are removed."""
        for name in ("new.h5", "merged.h5", "small.h5"):
            if (self.folder / name).exists():
                self.assertSameResults(name, "a.h5")
                (self.folder / name).unlink()
        (self.folder / "states.nc").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "slurm", ignore_errors=True)

    def test_a_child_of_the_program(self):
        """The process that reads a file has the streams that were opened for its parent."""
        for closed in STREAMS:
            self.write("cut.h5", "\x89HDF\r\n\x1a\n damaged")
            self.assertEqual(self.starting_without(closed, PROGRAM, "status", "cut.h5"), 65)

    def test_python(self):
        for closed in STREAMS if os.environ.get("SLOW") else [(0, 1, 2)]:
            for command in PYTHON_COMMANDS if os.environ.get("SLOW") else PYTHON_COMMANDS[:2]:
                with self.subTest(closed=closed, command=command):
                    self.assertEqual(self.starting_without(
                        closed, sys.executable, "-m", "rnnsweep", *command), 0)
                    self.assertUnharmed()


class Limits(Surroundings):
    def test_size_of_files(self):
        """SIGXFSZ would end the process without a word."""
        size = len(self.whole)

        def little():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

        _, err = self.limited("run", "s.yaml", "-o", "new.h5", before=little, code=73)
        self.assertIn("File too large", err)
        _, err = self.limited("merge", "new.h5", "a.h5", before=little, code=73)
        self.assertIn("File too large", err)
        self.assertEqual(self.tree(), ["a.h5", "s.yaml"])
        self.assertUnharmed()
        with open(self.folder / "list.csv", "w") as out:
            done = subprocess.run([PROGRAM, "plan", "s.yaml", "seeds=3000", "--list"], stdout=out,
                                  stderr=subprocess.PIPE, text=True, cwd=self.folder,
                                  preexec_fn=little, env=environment())
        self.assertEqual(done.returncode, 74)
        self.assertIn("cannot write to standard output: File too large", done.stderr)

    def test_small_stack(self):
        def little(hard=64 << 10):
            resource.setrlimit(resource.RLIMIT_STACK, (64 << 10, hard))

        for before in (little, lambda: little(resource.RLIM_INFINITY)):
            self.limited("run", "s.yaml", "-o", "new.h5", "-j2", before=before)
            self.assertSameResults("new.h5", "a.h5")
            (self.folder / "new.h5").unlink()
            for command in COMMANDS:
                with self.subTest(command=command):
                    self.limited(*command, before=before)
            for name in ("new.h5", "merged.h5", "small.h5", "states.nc"):
                (self.folder / name).unlink()
            shutil.rmtree(self.folder / "slurm")
            self.assertUnharmed()

    def test_stack_of_threads(self):
        for value in ("16k", "16", "100000B", "0.1", " 255 K", "0"):
            if value == "0.1":  # no size for OpenMP, which ignores it
                self.call("run", "s.yaml", "-o", "a.h5", OMP_STACKSIZE=value)
                continue
            self.refuse(64, f"OMP_STACKSIZE={value}: a thread needs a stack of 256 kB; *",
                        "run", "s.yaml", "-o", "new.h5", OMP_STACKSIZE=value)
        for value in ("256k", "256", "1M", "1 g", "many", ""):
            self.call("run", "s.yaml", "-o", "new.h5", "--fresh", "-j2", OMP_STACKSIZE=value)
            self.assertSameResults("new.h5", "a.h5")

    @unittest.skipIf(SANITIZED, "the sanitizer itself ends a program that has too little memory")
    def test_memory_of_the_process_that_reads(self):
        """Too little memory is no damage of the file, and no reason to move it aside."""
        seen = set()
        for kilobytes in [*range(100, 4000, 300), 60000]:
            def little():
                resource.setrlimit(resource.RLIMIT_DATA, (kilobytes << 10, kilobytes << 10))
            done = subprocess.run([PROGRAM, "run", "s.yaml", "-o", "a.h5", "-j1"],
                                  cwd=self.folder, capture_output=True, text=True,
                                  preexec_fn=little, env=environment())
            self.assertIn(done.returncode, (0, 1, 73, 74, 127, -11), done.stderr)
            self.assertNotIn("damaged", done.stderr)
            self.assertNotIn("--fresh", done.stderr)
            seen.add(done.returncode)
            self.assertUnharmed()
        self.assertTrue({0, 1} <= seen, seen)


class Fifos(Surroundings):
    """A FIFO without a writer would be waited for, for ever."""

    def setUp(self):
        super().setUp()
        os.mkfifo(self.folder / "fifo")

    def test_results(self):
        for command in (["status", "fifo"], ["missing", "fifo"], ["summary", "fifo"],
                        ["verify", "fifo"], ["show", "fifo", "0"], ["predict", "fifo", "0", "1", "2"],
                        ["merge", "new.h5", "fifo"], ["run", "s.yaml", "-o", "fifo"],
                        ["run", "s.yaml", "-o", "new.h5", "--from", "fifo"]):
            with self.subTest(command=command):
                _, err = self.call(*command, code=65)
                self.assertIn("fifo: is no results file but a folder or device", err)

    def test_sweep_without_writer(self):
        for command in (["plan", "fifo"], ["run", "fifo", "-o", "new.h5"], ["slurm", "fifo"]):
            self.refuse(74, "the sweep file fifo is a FIFO that nothing writes to", *command)

    def test_sweep_from_a_pipe(self):
        plain = self.call("plan", "s.yaml", "--list")[0]
        for shell in ('cat s.yaml | "$0" plan /dev/stdin --list',
                      '(sleep 0.3; cat s.yaml) | "$0" plan /dev/stdin --list',
                      '"$0" plan /dev/stdin --list < s.yaml',
                      '"$0" plan <(sleep 0.3; cat s.yaml) --list'):
            with self.subTest(shell):
                done = subprocess.run(["bash", "-c", shell, PROGRAM], cwd=self.folder, text=True,
                                      capture_output=True, timeout=300, env=environment())
                self.assertEqual((done.returncode, done.stdout), (0, plain), done.stderr)


class Escapes(Surroundings):
    """What a file says cannot control the terminal that shows it."""

    TEXT = "a\x1b[2Jb\x07c\x9bd"

    def assertHarmless(self, text):
        controls = [c for c in text if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160]
        self.assertEqual(controls, [])

    def test_sweep(self):
        quoted = self.TEXT.replace("\x1b", "\\e").replace("\x07", "\\a").replace("\x9b", "\\u009b")
        self.write("bad.yaml", SMALL.replace("method:", f'description: "{quoted}"\nmethod:'))
        out, err = self.call("plan", "bad.yaml", PYTHONIOENCODING="utf-8")
        self.assertHarmless(out + err)
        self.assertTrue(out.startswith("small: a?[2Jb?c?d\n"), out)

    def test_results(self):
        import h5py
        with h5py.File(self.folder / "a.h5", "r+") as file:
            if "rescue" in file:
                del file["rescue"]
            for name in ("title", "rnnsweep_metric", "rnnsweep_goal", "rnnsweep_overrides"):
                del file.attrs[name]
                file.attrs[name] = self.TEXT if name != "title" else "t\x1b[31m"
            file.attrs["x\x1b[31m"] = "y"
        self.call("run", "s.yaml", "-o", "b.h5")
        for command in (["status", "a.h5"], ["summary", "a.h5"], ["show", "a.h5", "0"],
                        ["missing", "a.h5"], ["verify", "a.h5"], ["verify", "a.h5", "--against",
                        "b.h5"], ["merge", "m.h5", "a.h5", "b.h5"]):
            done = subprocess.run([PROGRAM, *command], cwd=self.folder, capture_output=True,
                                  timeout=300, env=environment())
            with self.subTest(command=command):
                self.assertIn(done.returncode, (0, 1, 65))
                self.assertHarmless((done.stdout + done.stderr).decode("utf-8"))


class Locks(Surroundings):
    def test_lock_of_another_program(self):
        """HDF5 would refuse a file that another process has locked, and call it damaged."""
        with open(self.folder / "a.h5", "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            for command in (["status", "a.h5"], ["verify", "a.h5"], ["show", "a.h5", "0"],
                            ["run", "s.yaml", "-o", "a.h5"], ["merge", "m.h5", "a.h5"],
                            ["merge", "m.h5", "a.h5", "--compress"],
                            ["run", "s.yaml", "seeds=60", "-o", "a.h5"]):
                for choice in ("TRUE", "BEST_EFFORT", "nonsense"):
                    with self.subTest(command=command, choice=choice):
                        self.call(*command, HDF5_USE_FILE_LOCKING=choice)


class Hangup(Surroundings):
    SWEEP = ("s.yaml", "epochs=20", "train_samples=1000", "seeds=400", "-o", "long.h5", "-j1")

    def test_terminal_that_is_closed(self):
        process = self.start("run", *self.SWEEP)
        process.send_signal(signal.SIGHUP)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75, err)
        self.assertIn("rnnsweep: stopped by SIGHUP: ", err)
        self.assertTrue(0 < self.finished("long.h5") < 1600)

    def test_nohup(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            process = self.start("run", *self.SWEEP[:-1], "-j2")
        finally:
            signal.signal(signal.SIGHUP, before)
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.finished("long.h5"), 1600)


if __name__ == "__main__":
    unittest.main()
