#!/usr/bin/env python3
"""Every C file is as clang-format 14 writes it. Usage: check_format.py CLANG_FORMAT"""

import subprocess
import sys

import tree


def main():
    sources = tree.files("*.c", "*.h", "*.inc")
    done = subprocess.run([sys.argv[1], "--dry-run", "-Werror", *sources], capture_output=True, text=True)
    tree.report([done.stderr] if done.returncode else [], len(sources))


main()
