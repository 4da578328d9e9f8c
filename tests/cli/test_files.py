"""Which files the program reads, writes, keeps and refuses."""

import os
import pathlib
import shutil
import subprocess
import unittest

import h5py

from program import PROGRAM, SMALL, ProgramTest, environment


class Files(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SMALL)

    def tree(self):
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*")
                      if path.is_file())

    def test_default_place(self):
        self.call("run", "s.yaml")
        self.assertEqual(self.tree(), ["results/small.h5", "s.yaml"])
        self.assertEqual(self.finished("results/small.h5"), 12)

    def test_a_name_that_is_no_file_name(self):
        for name, taken in (("../small", "_.-small"), ("a/b", "a-b"), (".hidden", "_hidden")):
            self.write("s.yaml", SMALL.replace("name: small", f"name: {name}"))
            self.assertIn(f"note: the name becomes a file name: it is taken as '{taken}'",
                          self.call("run", "s.yaml", "seeds=1")[1])
            self.assertEqual(self.tree(), [f"results/{taken}.h5", "s.yaml"])
            shutil.rmtree(self.folder / "results")

    def test_the_default_name_keeps_the_letters_of_every_language(self):
        for sweep, results in (("学习.yml", "学习"), ("Überlänge é.yaml", "Überlänge-é"),
                               ("é" * 70 + ".yaml", "é" * 50), ("a\u0085b.yaml", "a-b"),
                               (os.fsdecode(b"a\xffb.yaml"), "a-b"), ("a'b$c.yaml", "a-b-c")):
            self.write(sweep, SMALL.replace("name: small\n", ""))
            _, err = self.call("run", sweep, "seeds=1")
            self.assertIn(f"into results/{results}.h5\n", err)
            self.assertEqual(self.tree(), sorted([f"results/{results}.h5", "s.yaml", sweep]))
            (self.folder / sweep).unlink()
            shutil.rmtree(self.folder / "results")

    def test_names_as_long_as_the_file_system_takes(self):
        name = "é" * 126 + ".h5"
        self.assertEqual(len(os.fsencode(name)), 255)
        self.call("run", "s.yaml", "seeds=2", "-o", name)
        self.call("run", "s.yaml", "-o", name)
        self.call("merge", "b" * 252 + ".h5", name, "--compress")
        self.assertEqual(self.tree(), sorted([name, "b" * 252 + ".h5", "s.yaml"]))
        self.assertEqual(self.finished(name), 12)
        self.refuse(73, "*: File name too long", "run", "s.yaml", "-o", "c" * 256)

    def test_results_in_place_of_a_sweep(self):
        self.call("run", "s.yaml", "seeds=1")
        for command in ("run", "plan", "slurm"):
            self.refuse(65, "results/small.h5 is an HDF5 file, not a sweep file: *", command,
                        "results/small.h5")

    def test_a_folder_of_results_in_place_of_a_file(self):
        self.call("run", "s.yaml", "seeds=1")
        for command in ("status", "missing"):
            self.refuse(65, "results/plan.json is missing: *, as in results/*.h5", command, "results")

    def test_missing_folders_are_made(self):
        self.call("run", "s.yaml", "-o", "a/b/c.h5")
        self.assertEqual(self.finished("a/b/c.h5"), 12)

    def test_run_again_changes_nothing(self):
        self.call("run", "s.yaml", "-o", "a.h5")
        before = (self.folder / "a.h5").read_bytes()
        out, err = self.call("run", "s.yaml", "-o", "a.h5")
        self.assertEqual(err, "rnnsweep: nothing to train: all 12 runs are finished in a.h5\n")
        self.assertIn("Results: a.h5\n", out)
        self.assertEqual((self.folder / "a.h5").read_bytes(), before)

    def test_another_sweep_is_refused_and_untouched(self):
        self.call("run", "s.yaml", "-o", "a.h5")
        before = (self.folder / "a.h5").read_bytes()
        stamp = (self.folder / "a.h5").stat().st_mtime_ns
        out, err = self.call("run", "s.yaml", "-o", "a.h5", "learning_rate=0.03", code=65)
        self.assertEqual(out, "")
        self.assertMatches(err, "rnnsweep: error: a.h5: *another sweep*learning_rate*\nNothing was "
                                "changed. Give another file with -o FILE, or move this one aside "
                                "with --fresh.\n")
        self.assertEqual((self.folder / "a.h5").read_bytes(), before)
        self.assertEqual((self.folder / "a.h5").stat().st_mtime_ns, stamp)
        self.assertEqual(self.tree(), ["a.h5", "s.yaml"])

    def test_fresh_moves_aside_and_never_deletes(self):
        self.call("run", "s.yaml", "-o", "a.h5")
        first = (self.folder / "a.h5").read_bytes()
        self.write("a.h5.2", "not ours")
        err = self.call("run", "s.yaml", "-o", "a.h5", "--fresh", "seeds=2")[1]
        self.assertIn("rnnsweep: moved the old file to a.h5.1\n", err)
        second = (self.folder / "a.h5").read_bytes()
        err = self.call("run", "s.yaml", "-o", "a.h5", "--fresh", "seeds=1")[1]
        self.assertIn("rnnsweep: moved the old file to a.h5.3\n", err)
        self.assertEqual((self.folder / "a.h5.1").read_bytes(), first)
        self.assertEqual((self.folder / "a.h5.2").read_text(), "not ours")
        self.assertEqual((self.folder / "a.h5.3").read_bytes(), second)
        self.assertEqual(self.finished("a.h5"), 4)

    def test_fresh_without_a_file(self):
        err = self.call("run", "s.yaml", "-o", "a.h5", "--fresh")[1]
        self.assertNotIn("moved", err)

    def test_a_bad_sweep_moves_nothing_aside(self):
        self.call("run", "s.yaml", "-o", "a.h5")
        self.call("run", "s.yaml", "-o", "a.h5", "--fresh", "stats=3", code=65)
        self.call("run", "s.yaml", "-o", "a.h5", "--fresh", "--isa", "none", code=64)
        self.call("run", "s.yaml", "-o", "a.h5", "--fresh", code=64, OMP_NUM_THREADS="many")
        self.assertEqual(self.tree(), ["a.h5", "s.yaml"])

    def test_missing_sweep_file(self):
        for command in ("run", "plan"):
            self.refuse(74, "*no.yaml*No such file*", command, "no.yaml")
            self.refuse(74, "*", command, ".")

    def test_bad_sweep_file(self):
        self.write("bad.yaml", SMALL.replace("states", "stats").replace("seeds: 3", "seeds: none"))
        for command in ("run", "plan"):
            out, err = self.call(command, "bad.yaml", code=65)
            self.assertEqual(out, "")
            self.assertIn("bad.yaml:4:3: error:", err)
            self.assertIn("bad.yaml:11:8: error:", err)
            self.assertNotIn("\033", err)
        self.assertEqual(self.tree(), ["bad.yaml", "s.yaml"])

    def test_bad_override(self):
        out, err = self.call("run", "s.yaml", "momentun=0.5", code=65)
        self.assertEqual(out, "")
        self.assertIn("momentum", err)
        self.assertEqual(self.tree(), ["s.yaml"])

    def test_what_is_no_results_file(self):
        self.write("text.h5", "just text\n")
        with h5py.File(self.folder / "other.h5", "w") as file:
            file["x"] = [1, 2, 3]
        for name in ("text.h5", "other.h5", "s.yaml"):
            before = (self.folder / name).read_bytes()
            self.refuse(65, f"{name}*", "summary", name)
            self.refuse(65, f"{name}*", "show", name, "0")
            if name != "s.yaml":
                self.call("run", "s.yaml", "-o", name, code=65)
            self.assertEqual((self.folder / name).read_bytes(), before)
        self.refuse(74, "no.h5*No such file*", "summary", "no.h5")
        self.refuse(74, "no.h5*No such file*", "show", "no.h5", "0")

    def test_truncated_results_file(self):
        self.call("run", "s.yaml", "-o", "a.h5")
        whole = (self.folder / "a.h5").read_bytes()
        for size in (0, 8, 100, len(whole) // 2, len(whole) - 1):
            (self.folder / "cut.h5").write_bytes(whole[:size])
            self.call("summary", "cut.h5", code=65)
            self.call("run", "s.yaml", "-o", "cut.h5", code=65)
            self.assertEqual((self.folder / "cut.h5").read_bytes(), whole[:size])

    def test_folder_that_is_a_file(self):
        self.write("plain", "text")
        self.refuse(73, "plain/*", "run", "s.yaml", "-o", "plain/a.h5")

    def test_output_that_is_a_folder(self):
        (self.folder / "folder").mkdir()
        self.assertIn("folder", self.call("run", "s.yaml", "-o", "folder", code=65)[1])

    def as_nobody(self, *arguments):
        """The call as an ordinary user, whom the rights on a folder bind."""
        identity = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        try:
            return subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True,
                                  text=True, env=environment(), **identity)
        except PermissionError:
            self.skipTest("the build folder is closed to ordinary users")

    def test_folder_without_the_right_to_write(self):
        self.folder.chmod(0o755)
        closed = self.folder / "closed"
        closed.mkdir(mode=0o555)
        done = self.as_nobody("run", "s.yaml", "-o", "closed/a.h5")
        self.assertEqual(done.returncode, 73, done.stderr)
        self.assertMatches(done.stderr, "*closed*Permission denied*")
        self.assertEqual(list(closed.iterdir()), [])

    def test_full_disk(self):
        """A file system of 16 kB, in a mount namespace of its own."""
        unshare = shutil.which("unshare")
        script = 'mount -t tmpfs -o size=16k none small && "$0" run s.yaml -o small/a.h5; ' \
                 'code=$?; ls -A small; exit $code'
        (self.folder / "small").mkdir()
        probe = [unshare, "-rm", "sh", "-c", "mount -t tmpfs none small"]
        if unshare is None or subprocess.run(probe, cwd=self.folder,
                                             capture_output=True).returncode != 0:
            self.skipTest("no right to mount a small file system")
        done = subprocess.run([unshare, "-rm", "sh", "-c", script, PROGRAM], cwd=self.folder,
                              capture_output=True, text=True, env=environment())
        self.assertEqual(done.returncode, 73, done.stderr)
        self.assertMatches(done.stderr, "*small/a.h5*full*")
        self.assertEqual(done.stdout, "", "something was left behind")


class Provenance(ProgramTest):
    def test_attributes(self):
        self.write("s.yaml", SMALL)
        self.call("run", "s.yaml", "-o", "it's.h5", "seeds=2", "-j", "1",
                  SLURM_JOB_ID="7", SLURM_ARRAY_JOB_ID="6", SLURM_ARRAY_TASK_ID="3")
        with h5py.File(self.folder / "it's.h5", "r") as file:
            attributes = dict(file.attrs)
        self.assertEqual(attributes["rnnsweep_config"], SMALL)
        self.assertEqual(attributes["rnnsweep_overrides"].strip(), "seeds=2")
        self.assertEqual(attributes["rnnsweep_command"],
                         "rnnsweep run s.yaml -o 'it'\\''s.h5' seeds=2 -j 1")
        self.assertEqual(attributes["rnnsweep_threads"], "1")
        self.assertEqual(attributes["rnnsweep_slurm_job"], "6_3")
        self.assertEqual(attributes["rnnsweep_host"], os.uname().nodename)
        self.assertEqual(attributes["title"], "small")
        self.assertEqual(attributes["rnnsweep_metric"], "test_accuracy")
        self.assertTrue(attributes["history"].endswith(attributes["rnnsweep_command"]))
        version = self.call("--version")[0]
        for name in ("version", "commit", "compiler", "flags", "isa"):
            self.assertIn(attributes[f"rnnsweep_{name}"], version)


if __name__ == "__main__":
    unittest.main()
