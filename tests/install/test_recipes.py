#!/usr/bin/env python3
"""The recipes for Apptainer and Spack against the build: dependencies, versions and options are those of
CMake, of the program and of the Debian packages. What they do is not tried here.

Usage: test_recipes.py BUILD_FOLDER"""

import pathlib
import re
import subprocess
import sys
import types
import unittest

BUILD = pathlib.Path(sys.argv[1])
TOP = pathlib.Path(__file__).resolve().parents[2]
SPACK = TOP / "packaging/spack/packages/rnnsweep/package.py"
APPTAINER = TOP / "packaging/apptainer.def"
# What CMake looks for, and Spack's packages with it.
SPACK_NAMES = {"XXHASH": "xxhash", "YAML": "libyaml", "JANSSON": "jansson", "ISAL": "isa-l", "DEFLATE": "libdeflate",
               "HDF5": "hdf5", "PkgConfig": "pkgconfig"}
OF_THE_COMPILER = {"Threads", "OpenMP"}


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def load_recipe():
    """The class of the recipe, with stand-ins for Spack's directives, which write down their calls."""
    calls = []
    spack = types.ModuleType("spack.package")

    class CMakePackage:
        def define(self, name, value):
            return name, value

    spack.CMakePackage = CMakePackage
    for name in ("version", "depends_on", "license", "conflicts", "variant", "requires", "maintainers"):
        setattr(spack, name, lambda *values, _name=name, **named: calls.append((_name, values, named)))
    sys.modules["spack"] = types.ModuleType("spack")
    sys.modules["spack.package"] = spack
    scope = {"__file__": str(SPACK), "__name__": "rnnsweep.package"}
    exec(compile(SPACK.read_text(), SPACK, "exec"), scope)  # pylint: disable=exec-used
    return scope["Rnnsweep"], calls


class Spack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.recipe, cls.calls = load_recipe()
        cls.wanted = dict(re.match(r"([^@ ~+]+)(.*)", values[0]).groups()
                          for name, values, _ in cls.calls if name == "depends_on")

    def test_dependencies_are_those_of_cmake(self):
        text = (TOP / "src/CMakeLists.txt").read_text()
        found = set(re.findall(r"(?:find_package|pkg_check_modules)\((\w+)", text)) - OF_THE_COMPILER
        self.assertEqual({SPACK_NAMES[name] for name in found} | {"c", "cmake"}, set(self.wanted))
        least, = re.findall(r"find_package\(HDF5 ([\d.]+) ", text)
        self.assertTrue(self.wanted["hdf5"].startswith(f"@{least}:"), self.wanted["hdf5"])
        self.assertIn("+hl", self.wanted["hdf5"])
        top = (TOP / "CMakeLists.txt").read_text()
        cmake, = re.findall(r"cmake_minimum_required\(VERSION ([\d.]+)\)", top)
        self.assertEqual(self.wanted["cmake"], f"@{cmake}:")

    def test_version_and_source(self):
        version, = re.findall(r"project\(rnnsweep VERSION ([\d.]+)", (TOP / "CMakeLists.txt").read_text())
        self.assertEqual([values for name, values, _ in self.calls if name == "version"], [(version,)])
        archive = TOP / f"build/release/packages/rnnsweep-{version}.tar.gz"  # of the target dist
        self.assertEqual(self.recipe.url, f"file://{archive}")

    def test_options_exist(self):
        options = re.findall(r"option\((\w+)", (TOP / "CMakeLists.txt").read_text())
        for name, _ in self.recipe().cmake_args():
            self.assertIn(name, options)

    def test_it_says_that_it_is_untried(self):
        self.assertIn("Not tried", SPACK.read_text())
        self.assertIn("namespace: rnnsweep", (SPACK.parents[2] / "repo.yaml").read_text())


class Apptainer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = APPTAINER.read_text()
        cls.installed = set(re.search(r"--no-install-recommends \\\n((?:.*\\\n)*.*)\n", cls.text)[1]
                            .replace("\\", "").split())

    def test_libraries_are_those_of_the_program(self):
        needed = re.findall(r"\(NEEDED\)\s+Shared library: \[(.*)\]", run("readelf", "-d", BUILD / "bin/rnnsweep"))
        paths = dict(re.findall(r"^\s*(\S+) => (/\S+)", run("ldd", BUILD / "bin/rnnsweep"), re.MULTILINE))
        packages = set()
        for name in needed:
            if re.match(r"(libc|libm|ld-linux.*)\.so", name):
                continue
            real = pathlib.Path(paths[name]).resolve()
            for path in (paths[name], real, "/usr" + paths[name]):
                found = subprocess.run(["dpkg-query", "-S", str(path)], capture_output=True, text=True)
                if found.returncode == 0:
                    packages.add(found.stdout.split(":")[0])
                    break
        self.assertGreater(len(packages), 6)
        libraries = {name for name in self.installed if name.startswith("lib")}
        self.assertEqual(packages, libraries)

    def test_packages_for_python_are_those_of_debian(self):
        text = (TOP / "packaging/packages.cmake").read_text()
        needed = re.search(r'CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS\s+"([^"]*)"', text)[1]
        names = {each.split()[0] for each in needed.split(",")}
        self.assertLessEqual(names, self.installed)

    def test_its_scripts_are_shell(self):
        for section in re.findall(r"^%(?:post|environment|runscript|test)\n((?:[ \t].*\n|\n)*)", self.text, re.MULTILINE):
            subprocess.run(["sh", "-n"], input=section, text=True, check=True)
        self.assertIn("Not tried", self.text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
