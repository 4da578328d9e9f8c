#!/usr/bin/env python3
"""Nothing is left out by mistake: every folder of tests/ is built and gives tests to ctest, and
every test_* file is named by the CMakeLists.txt of its folder.

Usage: check_tests.py CTEST BUILD_FOLDER"""

import json
import re
import subprocess
import sys

import tree


def registered_tests(ctest, build):
    listing = subprocess.run(
        [ctest, "--test-dir", build, "--show-only=json-v1"], check=True, capture_output=True, text=True
    ).stdout
    return [test["name"] for test in json.loads(listing)["tests"]]


def check_folder(folder, tests):
    build_file = folder / "CMakeLists.txt"
    if not build_file.exists():
        yield f"{tree.name(folder)}: has no CMakeLists.txt"
        return
    if not any(test.startswith(f"{folder.name}.") for test in tests):
        yield f"{tree.name(folder)}: ctest knows no test {folder.name}.*"
    words = set(re.findall(r"\w+", build_file.read_text()))
    for path in tree.files("test_*", under=tree.name(folder)):
        if not {path.stem, path.stem.removeprefix("test_")} & words:
            yield f"{tree.name(path)}: not named in {tree.name(build_file)}"


def main():
    tests = registered_tests(*sys.argv[1:])
    folders = [path for path in (tree.TOP / "tests").iterdir() if path.is_dir() and tree.files("*", under=path)]
    findings = [finding for folder in folders for finding in check_folder(folder, tests)]
    tree.report(findings, len(folders))


main()
