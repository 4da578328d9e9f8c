#!/usr/bin/env python3
"""Several programs on one results file, and what other programs do to it while it is written: nothing
that was trained is lost, the exit code says what happened, and no reader is kept out.

Usage: test_sharing.py RNNSWEEP"""

import os
import pathlib
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

import h5py
import numpy as np

SWEEP = """\
name: shared
method: grid
parameters:
  states: [3, 8]
  learning_rate: [0.01, 0.1]
  epochs: 20
seeds: 4000
"""
SMALL = """\
name: small
method: grid
parameters:
  states: [1, 2]
  learning_rate: [0.01, 0.1]
  sequence_length: 2
  train_samples: 40
  test_samples: 4
  batch_size: 20
  epochs: 1
seeds: 10
"""
BUSY, IO, CANNOT_CREATE = 75, 74, 73


class Sharing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path = self.folder / "a.h5"
        (self.folder / "sweep.yaml").write_text(SWEEP)
        (self.folder / "small.yaml").write_text(SMALL)

    def call(self, *arguments, code=0):
        done = subprocess.run([RNNSWEEP, *map(str, arguments)], cwd=self.folder, capture_output=True,
                              text=True, timeout=120)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout + done.stderr

    def start(self, *arguments):
        """A run of the sweep into a.h5, after its first commit."""
        process = subprocess.Popen([RNNSWEEP, "run", "sweep.yaml", "-o", "a.h5", "-j1", *arguments],
                                   cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for _ in range(600):
            if self.path.exists() and self.finished(self.path) > 0:
                return process
            time.sleep(0.1)
        self.fail("no run was finished")

    def finished(self, path):
        with h5py.File(path, "r") as file:  # with HDF5's lock: a run keeps no reader out
            return int(np.count_nonzero(file["status"][:]))

    def end(self, process, code):
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, err)
        return err

    def trained(self, text):
        return int(text.split("trained ")[1].split()[0])

    def assert_whole(self, path, runs):
        self.assertEqual(self.finished(path), runs)
        self.call("verify", path)

    # ---- What others do to the file of a run -----------------------------------------------------

    def test_a_file_that_is_moved_keeps_all(self):
        process = self.start()
        self.path.rename(self.folder / "b.h5")
        text = self.end(process, IO)
        self.assertIn("moved or removed by another program", text)
        self.assertIn("b.h5", text)
        self.assert_whole(self.folder / "b.h5", self.trained(text))

    def test_a_file_that_is_removed_is_given_a_name_again(self):
        process = self.start()
        self.path.unlink()
        text = self.end(process, IO)
        self.assertIn("a.h5.rescued", text)
        self.assert_whole(self.folder / "a.h5.rescued", self.trained(text))
        self.assertFalse(self.path.exists())
        before = self.trained(text)
        text = self.call("run", "sweep.yaml", "seeds=1", "-o", "new.h5", "--from", "a.h5.rescued", "-j2")
        self.assertIn("finished runs taken over", text)
        self.assertGreater(before, 0)

    def test_a_folder_that_is_removed_is_made_again(self):
        (self.folder / "results").mkdir()
        self.path = self.folder / "results/a.h5"
        process = self.start("-o", "results/a.h5")
        shutil.rmtree(self.folder / "results")
        text = self.end(process, IO)
        self.assert_whole(self.folder / "results/a.h5.rescued", self.trained(text))

    def test_a_file_that_is_replaced_is_given_another_name(self):
        self.call("run", "small.yaml", "-o", "other.h5")
        other = (self.folder / "other.h5").read_bytes()
        (self.folder / "a.h5.rescued").write_bytes(b"occupied")
        process = self.start()
        (self.folder / "other.h5").rename(self.path)
        text = self.end(process, IO)
        self.assertIn("was replaced by another program", text)
        self.assert_whole(self.folder / "a.h5.rescued.1", self.trained(text))
        self.assertEqual(self.path.read_bytes(), other)
        self.assertEqual((self.folder / "a.h5.rescued").read_bytes(), b"occupied")

    def test_a_file_that_is_overwritten_is_left_as_it_is(self):
        self.call("run", "small.yaml", "-o", "other.h5")
        process = self.start()
        shutil.copyfile(self.folder / "other.h5", self.path)
        text = self.end(process, IO)
        self.assertIn("was overwritten by another program", text)
        self.assertEqual(self.path.read_bytes(), (self.folder / "other.h5").read_bytes())
        rescued = self.folder / "a.h5.rescued"
        if "still in memory are saved" in text:
            self.assert_whole(rescued, int(text.split("The ")[1].split()[0]))

    def test_an_older_copy_put_over_the_file_is_noticed(self):
        process = self.start()
        shutil.copyfile(self.path, self.folder / "old.h5")
        before = self.finished(self.path)
        while self.finished(self.path) == before:
            time.sleep(0.1)
        shutil.copyfile(self.folder / "old.h5", self.path)
        text = self.end(process, IO)
        self.assertIn("was overwritten by another program", text)

    # ---- Two of ours -----------------------------------------------------------------------------

    def test_others_that_would_write_wait_and_give_way(self):
        process = self.start()
        others = [subprocess.Popen([RNNSWEEP, *command], cwd=self.folder, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
                  for command in (["run", "sweep.yaml", "-o", "a.h5"],
                                  ["run", "sweep.yaml", "seeds=4001", "-o", "a.h5"],
                                  ["run", "sweep.yaml", "-o", "a.h5", "--fresh"], ["merge", "a.h5", "a.h5"])]
        for other in others:
            self.assertIn(f"another rnnsweep (process {process.pid} on ", self.end(other, BUSY))
        for command in ("status", "summary", "verify", "missing"):
            done = subprocess.run([RNNSWEEP, command, "a.h5"], cwd=self.folder, capture_output=True)
            self.assertIn(done.returncode, (0, BUSY))
        process.send_signal(signal.SIGINT)
        text = self.end(process, BUSY)
        self.assert_whole(self.path, self.trained(text))
        self.assertEqual([path.name for path in self.folder.glob(".*")], [])

    def test_who_waits_long_enough_resumes(self):
        process = self.start()
        second = subprocess.Popen([RNNSWEEP, "run", "sweep.yaml", "seeds=1", "-o", "a.h5"], cwd=self.folder,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.assertIn("waiting for process", second.stderr.readline())
        process.kill()  # no lock outlives its process
        self.assertEqual(second.wait(timeout=60), 0)  # a smaller sweep, whose runs are in the file
        second.stderr.close()
        self.assertFalse((self.folder / ".a.h5.lock").exists())

    def test_a_task_of_slurm_waits_as_long_as_it_may_run(self):
        """Longer than the ten seconds that others wait."""
        process = self.start()
        ends = {**os.environ, "SLURM_JOB_END_TIME": str(int(time.time()) + 3600)}
        second = subprocess.Popen([RNNSWEEP, "run", "sweep.yaml", "seeds=1", "-o", "a.h5"], cwd=self.folder,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ends)
        self.assertIn("waiting for process", second.stderr.readline())
        with self.assertRaises(subprocess.TimeoutExpired):
            second.wait(timeout=13)
        process.kill()
        self.assertEqual(second.wait(timeout=60), 0)
        second.stderr.close()

    def test_two_slurm_folders_share_their_shards(self):
        """Tasks of the second folder wait, and give way with the code that has Slurm try again."""
        for folder in ("first", "second"):
            text = self.call("slurm", "sweep.yaml", "--shards", 2, "-d", folder, "-o", "a.h5")
            self.assertNotIn("warning", text)
        shard = self.folder / "a.1-of-2.h5"
        task = {**os.environ, "SLURM_ARRAY_JOB_ID": "1", "SLURM_ARRAY_TASK_ID": "1"}
        first = subprocess.Popen(["bash", "first/array.sh"], cwd=self.folder, env=task, text=True,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(first.wait)
        self.addCleanup(first.kill)
        for _ in range(600):
            if shard.exists() and self.finished(shard) > 0:
                break
            time.sleep(0.1)
        second = subprocess.run(["bash", "second/array.sh"], cwd=self.folder, env=task, text=True,
                                capture_output=True, timeout=120)
        self.assertEqual(second.returncode, BUSY, second.stderr)
        self.assertIn("another rnnsweep (process ", second.stderr)
        self.assertIn("writes " + str(shard), second.stderr)
        before = self.finished(shard)
        first.send_signal(signal.SIGINT)
        first.wait(timeout=60)
        self.assertGreaterEqual(self.finished(shard), before)
        self.call("verify", shard)
        self.assertIn("warning: 1 of the 2 shard files of ",
                      self.call("slurm", "sweep.yaml", "--shards", 2, "-d", "third", "-o", "a.h5"))
        self.assertNotIn("warning", self.call("slurm", "sweep.yaml", "--shards", 2, "-d", "third", "-o", "a.h5"))

    def test_two_that_create_one_file(self):
        processes = [subprocess.Popen([RNNSWEEP, "run", "small.yaml", "-o", "a.h5"], cwd=self.folder,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(4)]
        self.assertEqual([process.wait(timeout=60) for process in processes], [0] * 4)
        self.assert_whole(self.path, 40)

    def test_no_locks_are_a_warning(self):
        (self.folder / ".a.h5.lock").mkdir()  # what cannot be locked
        text = self.call("run", "small.yaml", "-o", "a.h5")
        self.assertIn("warning: no file lock for a.h5", text)
        self.assert_whole(self.path, 40)

    # ---- What is replaced ------------------------------------------------------------------------

    def replacing(self):
        yield "grow", ["run", "small.yaml", "seeds=20", "-o", "a.h5"]
        yield "merge", ["merge", "a.h5", "a.h5"]
        yield "fresh", ["run", "small.yaml", "-o", "a.h5", "--fresh"]

    def test_mode_and_group_are_kept(self):
        for mode in (0o600, 0o664):
            self.path.unlink(missing_ok=True)
            self.call("run", "small.yaml", "-o", "a.h5")
            self.path.chmod(mode)
            if os.getuid() == 0:
                os.chown(self.path, 12345, 23456)
            before = self.path.stat()
            for name, command in self.replacing():
                self.call(*command)
                after = self.path.stat()
                self.assertEqual((stat.S_IMODE(after.st_mode), after.st_uid, after.st_gid),
                                 (mode, before.st_uid, before.st_gid), name)

    def test_a_write_protected_file_is_not_replaced(self):
        self.call("run", "small.yaml", "-o", "a.h5")
        self.path.chmod(0o444)
        before = self.path.read_bytes()
        for name, command in self.replacing():
            text = self.call(*command, code=CANNOT_CREATE)
            self.assertIn("is write-protected", text, name)
        self.assertEqual(self.path.read_bytes(), before)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["a.h5", "small.yaml", "sweep.yaml"])
        self.assertIn("nothing to train", self.call("run", "small.yaml", "-o", "a.h5"))

    def test_symbolic_links_stay(self):
        disk = self.folder / "disk"
        disk.mkdir()
        self.path.symlink_to("disk/target.h5")
        self.call("run", "small.yaml", "-o", "a.h5")
        for name, command in self.replacing():
            self.call(*command)
            self.assertTrue(self.path.is_symlink(), name)
        self.assert_whole(disk / "target.h5", 40)
        self.assert_whole(disk / "target.h5.1", 80)
        self.assertEqual(sorted(path.name for path in disk.iterdir()), ["target.h5", "target.h5.1"])

    # ---- Creating with the rows of others --------------------------------------------------------

    def test_nothing_is_created_when_a_source_is_missing(self):
        self.call("run", "small.yaml", "-o", "new.h5", "--from", "typo.h5", code=IO)
        self.assertFalse((self.folder / "new.h5").exists())
        self.call("run", "small.yaml", "-o", "a.h5")
        before = self.path.read_bytes()
        self.call("run", "small.yaml", "-o", "a.h5", "--fresh", "--from", "typo.h5", code=IO)
        self.assertEqual(self.path.read_bytes(), before)
        self.assertFalse((self.folder / "a.h5.1").exists())
        text = self.call("run", "small.yaml", "seeds=5", "-o", "new.h5", "--from", "a.h5")
        self.assertIn("20 finished runs taken over from 1 file", text)


if __name__ == "__main__":
    RNNSWEEP = os.path.abspath(sys.argv.pop(1))
    unittest.main()
