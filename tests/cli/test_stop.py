"""Stopping and going on: signals, kill -9, threads. Whatever happens, the finished file is the same."""

import signal
import time
import unittest

from program import SMALL, ProgramTest

# Long enough to be stopped in the middle, with runs that take a few milliseconds.
LONG = SMALL.replace("epochs: 1", "epochs: 20").replace("train_samples: 200", "train_samples: 1000")
SEEDS = "seeds=400"
RUNS = 1600


class Stop(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", LONG)

    def test_while_a_large_file_is_created(self):
        """Of 600,000 runs: it is 200 MB and more. The signal comes once its temporary name is there."""
        process = self.start_at_once("run", "s.yaml", "seeds=150000", "-o", "a.h5", "-j1")
        while not list(self.folder.glob(".a.h5.tmp.*")):
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75, err)
        self.assertIn("stopped while it was created: it was removed, no run was trained", err)
        self.assertEqual(list(self.folder.glob("*.h5*")) + list(self.folder.glob(".a.h5.tmp.*")), [])

    def test_first_signal_commits_and_the_same_command_goes_on(self):
        self.call("run", "s.yaml", SEEDS, "-o", "whole.h5", "-j1")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2,
                       signal.SIGHUP):
            with self.subTest(signal=number.name):
                process = self.start("run", "s.yaml", SEEDS, "-o", "a.h5", "-j2", "--fresh")
                process.send_signal(number)
                out, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 75, err)
                self.assertEqual(out, "")
                self.assertIn('{"event":"stopping"}\n', err)
                finished = self.finished("a.h5")
                self.assertTrue(0 < finished < RUNS, finished)
                self.assertMatches(err, f"*\nrnnsweep: stopped by {number.name}: {finished} of "
                                        f"{RUNS} runs are finished and saved in a.h5. To resume:\n"
                                        f"    rnnsweep run s.yaml {SEEDS} -o a.h5 -j2 "
                                        "--progress json\n")
        err = self.call("run", "s.yaml", SEEDS, "-o", "a.h5")[1]
        self.assertIn(f"rnnsweep: resuming: {finished} of {RUNS} runs are finished\n", err)
        self.assertSameResults("whole.h5", "a.h5")

    def test_second_signal_ends_at_once(self):
        process = self.start_endless()
        process.send_signal(signal.SIGTERM)
        time.sleep(0.7)  # longer than what counts as an echo of the first
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=5)
        self.assertEqual(process.returncode, -signal.SIGTERM)

    def start_endless(self):
        """One short run, then one of many minutes: the queue takes the costly one first, so a second
        thread does the short one, which lets start() return."""
        self.write("endless.yaml", LONG.replace("states: [2, 3]", "states: 2")
                   .replace("learning_rate: [0.02, 0.05]", "epochs: [1, 1000000]\n  loss_interval: 1000000")
                   .replace("  epochs: 20\n", "").replace("seeds: 3", "seeds: 1"))
        return self.start("run", "endless.yaml", "-o", "endless.h5", "-j2")

    def test_echo_of_the_first_signal_is_no_second_one(self):
        process = self.start("run", "s.yaml", SEEDS, "-o", "a.h5", "-j2")
        for _ in range(5):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.01)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75)

    def test_kill_9_keeps_what_was_committed(self):
        """Rows are committed every two seconds or thousand runs: here are four thousand."""
        sweep = ("run", "s.yaml", "seeds=1000")
        self.call(*sweep, "-o", "whole.h5")
        process = self.start(*sweep, "-o", "a.h5", "-j2")
        deadline = time.monotonic() + 60
        while self.finished("a.h5") == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.communicate()
        finished = self.finished("a.h5")
        self.assertTrue(0 < finished < 4000, finished)
        err = self.call(*sweep, "-o", "a.h5")[1]
        self.assertIn(f"rnnsweep: resuming: {finished} of 4000 runs are finished\n", err)
        self.assertSameResults("whole.h5", "a.h5")

    def test_threads_do_not_change_the_file(self):
        for threads in (1, 2, 7):
            self.call("run", "s.yaml", "seeds=20", "-o", f"{threads}.h5", f"-j{threads}")
        self.assertSameResults("1.h5", "2.h5")
        self.assertSameResults("1.h5", "7.h5")

    def test_a_reader_that_goes_away_does_not_end_the_sweep(self):
        process = self.start("run", "s.yaml", "seeds=100", "-o", "a.h5", "-j2")
        process.stderr.close()
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(self.finished("a.h5"), 400)


if __name__ == "__main__":
    unittest.main()
