#!/usr/bin/env python3
"""The commit in the program is that of the build, also after the sources were committed again without
configuring anew, and a build of the same commit compiles nothing.

Usage: test_commit.py CMAKE SCRIPT, the script that writes the header in every build"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

CMAKE, SCRIPT = sys.argv[1:]
PROJECT = """cmake_minimum_required(VERSION 3.23)
project(small LANGUAGES C)
add_subdirectory(base)
"""
# The real folder's target, with a program in place of the library.
BASE = """set(commit_folder ${{CMAKE_CURRENT_BINARY_DIR}}/generated)
{target}
add_executable(version version.c)
add_dependencies(version rs_commit)
target_include_directories(version PRIVATE ${{commit_folder}})
"""
PROGRAM = """#include <stdio.h>
#include "commit.h"
int main(void) { puts(RNNSWEEP_COMMIT); return 0; }
"""


def run(*command, cwd=None):
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    if done.returncode != 0:
        raise AssertionError(f"{command}\n{done.stdout}{done.stderr}")
    return done.stdout


class Commit(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rnnsweep commit ")
        self.addCleanup(folder.cleanup)
        self.source = pathlib.Path(folder.name) / "source"
        self.build = pathlib.Path(folder.name) / "build"
        base = self.source / "base"
        base.mkdir(parents=True)
        lists = pathlib.Path(SCRIPT).with_name("CMakeLists.txt").read_text()
        target = lists[lists.index("add_custom_target(rs_commit"):]
        (self.source / "CMakeLists.txt").write_text(PROJECT)
        (base / "CMakeLists.txt").write_text(BASE.format(target=target[:target.index("VERBATIM)") + 9]))
        (base / "version.c").write_text(PROGRAM)
        shutil.copy(SCRIPT, base)

    def configure(self):
        run(CMAKE, "-G", "Ninja", "-S", self.source, "-B", self.build)

    def git(self, *arguments):
        return run("git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments,
                   cwd=self.source).strip()

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "--short=12", "HEAD")

    def built(self):
        """What the program says after a build, and the build's steps."""
        log = run(CMAKE, "--build", self.build, "--verbose")
        return run(self.build / "base" / "version").strip(), log

    def test_a_commit_after_configuring_is_the_one_recorded(self):
        self.git("init", "-q")
        first = self.commit()
        self.configure()
        self.assertEqual(self.built()[0], first)
        second = self.commit()
        self.assertNotEqual(first, second)
        self.assertEqual(self.built()[0], second)
        (self.source / "base" / "version.c").write_text(PROGRAM + "/* more */\n")
        self.assertEqual(self.built()[0], second + "-dirty")

    def test_a_build_of_the_same_commit_compiles_nothing(self):
        self.git("init", "-q")
        self.commit()
        self.configure()
        self.assertIn("version.c", self.built()[1])
        self.assertNotIn("version.c", self.built()[1])

    def test_sources_that_are_no_checkout_of_their_own_have_no_commit(self):
        self.configure()
        self.assertEqual(self.built()[0], "unknown")
        parent = self.source.parent
        run("git", "init", "-q", cwd=parent)
        run("git", "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "--allow-empty",
            "-m", "another project", cwd=parent)
        self.assertEqual(self.built()[0], "unknown")

    def test_an_archive_knows_its_commit(self):
        (self.source / ".commit").write_text("$Format:%H$\n")
        (self.source / ".gitattributes").write_text(".commit export-subst\n")
        self.git("init", "-q")
        commit = self.commit()
        archive = self.source.parent / "archive.tar"
        self.git("archive", "--prefix=archived/", f"--output={archive}", "HEAD")
        run("tar", "-xf", archive, "-C", self.source.parent)
        self.source = self.source.parent / "archived"
        self.build = self.source.parent / "build archived"
        self.configure()
        self.assertEqual(self.built()[0], commit)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
