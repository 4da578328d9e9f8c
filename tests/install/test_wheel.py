#!/usr/bin/env python3
"""The wheel is installed by pip, without an index, into an environment that sees the system's packages;
program and package are used as a stranger would, and removed without a trace.

Usage: test_wheel.py BUILD_FOLDER"""

import pathlib
import re
import subprocess
import sys
import sysconfig
import tempfile
import unittest

BUILD, = sys.argv[1:]
TOP = pathlib.Path(__file__).resolve().parents[2]
SWEEP = """name: s
method: grid
parameters: {states: [2, 3], epochs: 1}
seeds: 2
"""
USE = """import rnnsweep
print(len(rnnsweep.open_results("results/s.h5").runs), rnnsweep.__file__)"""


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command}\n{done.stdout}{done.stderr}")
    return done.stdout


class Wheel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rnnsweep-wheel-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        run(sys.executable, TOP / "packaging/make_wheel.py", BUILD, cls.folder / "made")
        cls.wheel, = (cls.folder / "made").glob("*.whl")
        cls.place = cls.folder / "environment"
        run(sys.executable, "-m", "venv", "--system-site-packages", cls.place)

    def files(self):
        return {path for path in self.place.rglob("*") if "__pycache__" not in path.parts}

    def test_use_and_removal(self):
        before = self.files()
        pip = (self.place / "bin/python", "-m", "pip")
        run(*pip, "install", "--no-index", "--no-deps", self.wheel)
        program = self.place / "bin/rnnsweep"
        (self.folder / "s.yaml").write_text(SWEEP)
        self.assertRegex(run(program, "--version"), r"^rnnsweep \d")
        run(program, "run", "s.yaml", "--progress", "none", cwd=self.folder)
        count, place = run(self.place / "bin/python", "-c", USE, cwd=self.folder).split()
        self.assertEqual(int(count), 4)
        self.assertTrue(place.startswith(str(self.place)), place)
        self.assertTrue((self.place / "share/man/man1/rnnsweep-run.1").exists())
        run(*pip, "uninstall", "--yes", "rnnsweep")
        left = sorted(path for path in self.files() - before if not path.is_dir())
        self.assertEqual(left, [])

    def test_libraries_are_its_own(self):
        """But for those of glibc."""
        with tempfile.TemporaryDirectory() as folder:
            run(sys.executable, "-m", "wheel", "unpack", "--dest", folder, self.wheel)
            data, = pathlib.Path(folder).glob("*/*.data")
            # As pip arranges them.
            (data / "scripts").rename(data / "data/bin")
            (data / "data/bin/rnnsweep").chmod(0o755)
            listing = run("ldd", data / "data/bin/rnnsweep")
            used = dict(re.findall(r"^\s*(\S+) => (\S+)", listing, re.MULTILINE))
            own = {name for name, path in used.items() if path.startswith(folder)}
            self.assertIn("libgomp.so.1", own)
            self.assertTrue(any(name.startswith("libhdf5") for name in own), used)
            self.assertFalse({name for name in used if name not in own
                              and not re.match(r"lib(c|m|resolv|dl|rt|pthread)\.so", name)}, used)

    def test_name(self):
        platform = re.sub(r"[-.]", "_", sysconfig.get_platform())
        self.assertRegex(self.wheel.name, rf"^rnnsweep-[\d.]+-py3-none-{platform}\.whl$")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
