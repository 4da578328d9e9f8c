#!/usr/bin/env python3
"""Nothing is left out by mistake: every folder of tests/ is built and gives tests to ctest, and
every program test_* is named by the CMakeLists.txt of its folder. Every test of the slow tier is labelled
as such and has a budget; on two cores they take at most 140 minutes together, those that gate a change 45.

Usage: check_tests.py CTEST BUILD_FOLDER"""

import json
import re
import subprocess
import sys

import tree


CORES = 2
MOST_SECONDS = {"slow": 8400, "gate": 2700}  # by label


def registered_tests(ctest, build, *options):
    """Tests by name, each with its properties."""
    listing = subprocess.run([ctest, "--test-dir", build, "--show-only=json-v1", *options], check=True,
                             capture_output=True, text=True).stdout
    return {test["name"]: {each["name"]: each["value"] for each in test.get("properties", [])}
            for test in json.loads(listing)["tests"]}


def check_tiers(fast, slow):
    """fast: the tests of every build; slow: those that run with Slow alone."""
    total = dict.fromkeys(MOST_SECONDS, 0)
    for name, properties in fast.items():
        if "slow" in properties.get("LABELS", []):
            yield f"{name}: labelled as slow, but without CONFIGURATIONS Slow"
    for name, properties in slow.items():
        if "slow" not in properties.get("LABELS", []) or "COST" not in properties:
            yield f"{name}: a slow test without set_slow_budget"
        else:
            for label in total.keys() & properties["LABELS"]:
                total[label] += properties["COST"] * min(CORES, int(properties.get("PROCESSORS", 1)))
    for label, most in MOST_SECONDS.items():
        if total[label] > most * CORES:
            yield f"tests labelled {label} have budgets of {total[label] / CORES:.0f} s on {CORES} cores, more than {most}"


def check_folder(folder, tests):
    build_file = folder / "CMakeLists.txt"
    if not build_file.exists():
        yield f"{tree.name(folder)}: has no CMakeLists.txt"
        return
    if not any(test.startswith(f"{folder.name}.") for test in tests):
        yield f"{tree.name(folder)}: ctest knows no test {folder.name}.*"
    words = set(re.findall(r"\w+", build_file.read_text()))
    for path in tree.files("test_*", under=tree.name(folder)):
        if path.suffix not in (".c", ".py", ".R"):
            continue
        if not {path.stem, path.stem.removeprefix("test_")} & words:
            yield f"{tree.name(path)}: not named in {tree.name(build_file)}"


def main():
    fast = registered_tests(*sys.argv[1:])
    tests = registered_tests(*sys.argv[1:], "--build-config", "Slow")
    slow = {name: properties for name, properties in tests.items() if name not in fast}
    folders = [path for path in (tree.TOP / "tests").iterdir() if path.is_dir() and tree.files("*", under=path)]
    findings = [finding for folder in folders for finding in check_folder(folder, tests)]
    findings += check_tiers(fast, slow)
    tree.report(findings, len(folders) + len(tests))


main()
