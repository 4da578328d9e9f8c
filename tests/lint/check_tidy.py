#!/usr/bin/env python3
"""clang-tidy, with the checks of .clang-tidy, finds nothing in src.

Usage: check_tidy.py CLANG_TIDY BUILD_FOLDER"""

import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

import tree


def tidy(program, build, source, arguments):
    # gcc is the compiler of record: its flags that clang lacks are no finding.
    command = [program, "--quiet", source, "--", *arguments, "-Wno-unknown-warning-option"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=build)
    if done.returncode == 0 and not done.stdout.strip():
        return []
    return [done.stdout.strip() or done.stderr.strip()]


def main():
    program, build = sys.argv[1:]
    commands = json.loads(pathlib.Path(build, "compile_commands.json").read_text())
    # A source that is compiled once per instruction set is checked once.
    arguments = {
        command["file"]: shlex.split(command["command"])[1:]
        for command in commands
        if pathlib.Path(command["file"]).is_relative_to(tree.TOP / "src")
    }
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = pool.map(lambda item: tidy(program, build, *item), sorted(arguments.items()))
    tree.report([finding for result in results for finding in result], len(arguments))


main()
