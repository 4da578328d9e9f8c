#!/usr/bin/env python3
"""clang-tidy, with the checks of .clang-tidy, finds nothing in src.

Usage: check_tidy.py CLANG_TIDY BUILD_FOLDER [--deep]

The static analyzer follows paths through a function until it has made a number of nodes. Its own
limit takes nine tenths of the time for the last few paths of the longest functions, so the default
is a tenth of that; --deep takes the analyzer's own."""

import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

import tree


NODES = 20000  # clang 14 takes 225000
SHALLOW = ["-Xclang", "-analyzer-config", "-Xclang", f"max-nodes={NODES}"]


def tidy(program, build, limit, source, arguments):
    # gcc is the compiler of record: its flags that clang lacks are no finding.
    known = [argument for argument in arguments if not argument.startswith("-fsched")]
    command = [program, "--quiet", source, "--", *known, "-Wno-unknown-warning-option", *limit]
    done = subprocess.run(command, capture_output=True, text=True, cwd=build)
    if done.returncode == 0 and not done.stdout.strip():
        return []
    return [done.stdout.strip() or done.stderr.strip()]


def main():
    program, build, *options = sys.argv[1:]
    limit = [] if options == ["--deep"] else SHALLOW
    commands = json.loads(pathlib.Path(build, "compile_commands.json").read_text())
    # A source that is compiled once per instruction set is checked once.
    arguments = {
        command["file"]: shlex.split(command["command"])[1:]
        for command in commands
        if pathlib.Path(command["file"]).is_relative_to(tree.TOP / "src")
    }
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = pool.map(lambda item: tidy(program, build, limit, *item), sorted(arguments.items()))
    tree.report([finding for result in results for finding in result], len(arguments))


main()
