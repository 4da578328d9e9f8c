#!/usr/bin/env python3
"""The installed headers stand alone, and a program of someone else builds with them, found by
pkg-config or by CMake.

Usage: test_library.py CMAKE BUILD_FOLDER C_COMPILER CXX_COMPILER"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

CMAKE, BUILD, CC, CXX = sys.argv[1:]
NOBODY = 65534
CONSUMER = pathlib.Path(__file__).with_name("consumer.c")
DOCUMENT = pathlib.Path(__file__).parents[2] / "docs/c-library.md"
PROJECT = """cmake_minimum_required(VERSION 3.23)
project(consumer LANGUAGES C)
find_package(rnnsweep 0.1 REQUIRED)
add_executable(consumer {source})
target_link_libraries(consumer PRIVATE rnnsweep::rnnsweep)
"""
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
LANGUAGES = {"C": [CC, "-x", "c", "-std=c11"], "C++": [CXX, "-x", "c++", "-std=c++17"]}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{shlex.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rnnsweep installed ")
        cls.addClassCleanup(folder.cleanup)
        cls.prefix = pathlib.Path(folder.name)
        run(CMAKE, "--install", BUILD, "--prefix", folder.name)
        pkgconfig = next(cls.prefix.rglob("rnnsweep.pc")).parent
        os.environ["PKG_CONFIG_PATH"] = str(pkgconfig)

    def flags(self, kind):
        return shlex.split(run("pkg-config", kind, "rnnsweep"))

    def test_every_header_stands_alone(self):
        headers = sorted(self.prefix.glob("include/rnnsweep/*.h"))
        self.assertGreaterEqual(len(headers), 4)
        for language, compiler in LANGUAGES.items():
            for header in headers:
                with self.subTest(language=language, header=header.name):
                    run(*compiler, *STRICT, "-fsyntax-only", *self.flags("--cflags"),
                        "-include", str(header), "/dev/null")

    def test_a_program_builds_and_runs(self):
        for language, compiler in LANGUAGES.items():
            with self.subTest(language=language):
                program = str(self.prefix / f"consumer-{language}")
                run(*compiler, *STRICT, *self.flags("--cflags"), str(CONSUMER), "-x", "none",
                    "-o", program, *self.flags("--libs"))
                self.assertIn("loss 0.", run(program))

    def test_the_document_s_program_builds_and_runs(self):
        source = self.prefix / "adder.c"
        source.write_text(re.search(r"^```c\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S).group(1))
        for language, compiler in LANGUAGES.items():
            with self.subTest(language=language):
                program = str(self.prefix / f"adder-{language}")
                run(*compiler, *STRICT, *self.flags("--cflags"), str(source), "-x", "none", "-o", program,
                    *self.flags("--libs"))
                self.assertRegex(run(program), r"^\d of 10 seeds learn to add\n$")

    def test_a_project_of_cmake_finds_it(self):
        project = self.prefix / "project"
        project.mkdir()
        (project / "CMakeLists.txt").write_text(PROJECT.format(source=CONSUMER.as_posix()))
        run(CMAKE, "-S", str(project), "-B", str(project / "build"), f"-DCMAKE_C_COMPILER={CC}",
            f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run(CMAKE, "--build", str(project / "build"))
        self.assertIn("loss 0.", run(str(project / "build" / "consumer")))

    def test_the_program_itself_is_installed(self):
        self.assertIn(run("pkg-config", "--modversion", "rnnsweep").strip(),
                      run(str(self.prefix / "bin" / "rnnsweep"), "--version"))


class OrdinaryUser(unittest.TestCase):
    """An installation needs no rights beyond its prefix, and leaves nothing outside it."""

    def test_everything_is_under_the_prefix(self):
        with tempfile.TemporaryDirectory(prefix="rnnsweep user ") as name:
            folder = pathlib.Path(name)
            # What `cmake --install` runs, but for the list that it leaves in the build folder.
            script = pathlib.Path(BUILD, "cmake_install.cmake").read_text()
            (folder / "install.cmake").write_text(script.replace(
                f"{BUILD}/${{CMAKE_INSTALL_MANIFEST}}", f"{folder}/manifest"))
            account = {}
            if os.geteuid() == 0:
                shutil.chown(folder, NOBODY, NOBODY)
                account = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            prefix = folder / "prefix"
            done = subprocess.run([CMAKE, f"-DCMAKE_INSTALL_PREFIX={prefix}", "-P", "install.cmake"],
                                  cwd=folder, capture_output=True, text=True, **account)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            installed = (folder / "manifest").read_text().splitlines()
            self.assertEqual([path for path in installed if not path.startswith(f"{prefix}/")], [])
            here = {path.relative_to(prefix).as_posix() for path in prefix.rglob("*")}
            self.assertLessEqual(
                {"bin/rnnsweep", "include/rnnsweep/rnnsweep.h", "share/zsh/site-functions/_rnnsweep",
                 "share/bash-completion/completions/rnnsweep",
                 "share/fish/vendor_completions.d/rnnsweep.fish", "share/man/man1/rnnsweep-run.1"}, here)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
