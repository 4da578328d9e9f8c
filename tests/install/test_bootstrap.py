#!/usr/bin/env python3
"""bootstrap.sh installs only what is missing and never without being allowed to. The package tools,
cmake and ctest are stand-ins that write down how they were called.

Usage: test_bootstrap.py BOOTSTRAP"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BOOTSTRAP = pathlib.Path(sys.argv[1])
NOBODY = 65534
MISSING = "libisal-dev"

STAND_INS = {
    "dpkg-query": f'for package; do :; done\n[ "$package" = {MISSING} ] || printf installed',
    "apt-get": 'echo "apt-get $*" >>"$CALLS"',
    "sudo": 'echo sudo >>"$CALLS"\nexec "$@"',
    "cmake": 'echo "cmake $*" >>"$CALLS"',
    "ctest": 'echo "ctest $*" >>"$CALLS"\nfor report; do :; done\nprintf \'<testsuite name="x"\\n\\ttests="9"\\n\\tfailures="%s"\\n'
             '\\tdisabled="0"\\n\\tskipped="2"\\n>\\n\' "$FAILURES" >"$report"\nexit "$FAILURES"',
}


class Bootstrap(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="boot strap ")
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.calls = self.top / "calls"
        self.calls.touch()
        shutil.copy(BOOTSTRAP, self.top)
        for name, body in STAND_INS.items():
            self.write_program(self.top / "bin" / name, body)
        self.write_program(self.top / "build/release/bin/rnnsweep", 'echo "rnnsweep $*"')
        for path in [self.top, *self.top.rglob("*")]:
            path.chmod(0o777)

    def write_program(self, path, body):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")

    def run_it(self, *arguments, root=False, failures=0):
        environment = {
            **os.environ,
            "PATH": f"{self.top}/bin:/usr/bin:/bin",
            "CALLS": str(self.calls),
            "FAILURES": str(failures),
        }
        user = None if root or os.geteuid() != 0 else NOBODY
        return subprocess.run([self.top / "bootstrap.sh", *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=environment, user=user)

    def installed(self):
        return f"apt-get install --yes --no-install-recommends {MISSING}" in self.calls.read_text()

    def test_without_a_terminal_it_says_what_to_install_and_does_nothing(self):
        done = self.run_it("run")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"apt-get install --no-install-recommends {MISSING}\n", done.stderr)
        self.assertEqual(self.calls.read_text(), "")

    def test_yes_installs_with_sudo(self):
        done = self.run_it("run", "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(self.installed())
        self.assertIn("sudo", self.calls.read_text())
        self.assertEqual(self.calls.read_text().count("apt-get update"), 1)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_root_is_not_asked(self):
        self.assertEqual(self.run_it("run", root=True).returncode, 0)
        self.assertTrue(self.installed())
        self.assertNotIn("sudo", self.calls.read_text())

    def test_nothing_is_installed_when_nothing_is_missing(self):
        self.write_program(self.top / "bin" / "dpkg-query", "printf installed")
        done = self.run_it("run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("apt-get", self.calls.read_text())
        self.assertIn("rnnsweep run experiments/lab9.yaml", done.stdout)
        self.assertEqual(done.stdout.splitlines()[-1],
                         f'    export PATH="{self.top}/build/release/bin:$PATH"')

    def test_run_builds_without_the_tests_which_need_more_packages(self):
        self.run_it("run", "--yes")
        self.assertIn("-DRNNSWEEP_TESTS=OFF", self.calls.read_text())
        self.run_it("test", "--yes")
        self.assertIn("-DRNNSWEEP_TESTS=ON", self.calls.read_text().splitlines()[-3])

    def test_the_last_line_counts_the_tests(self):
        done = self.run_it("test", "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1], "7 passed, 0 failed, 2 skipped")

    def test_the_slow_tier_runs_alone(self):
        done = self.run_it("test", "--yes")
        self.assertNotIn("Slow", self.calls.read_text())
        done = self.run_it("test", "--yes", "--slow")
        self.assertEqual(done.stdout.splitlines()[-1], "7 passed, 0 failed, 2 skipped")
        self.assertRegex(self.calls.read_text(), "ctest .*--build-config Slow --label-regex")

    def test_failed_tests_fail_it(self):
        done = self.run_it("test", "--yes", failures=3)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout.splitlines()[-1], "4 passed, 3 failed, 2 skipped")

    def test_wrong_arguments_exit_with_64(self):
        for arguments in ([], ["bogus"], ["test", "--preset"]):
            self.assertEqual(self.run_it(*arguments).returncode, 64)

    def test_help(self):
        done = self.run_it("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("./bootstrap.sh test", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
