#!/usr/bin/env python3
"""Rules for every text file: no paths of the machine it was written on, no over-long files."""

import re

import tree

LONGEST = 700  # lines; a longer file is about more than one thing
# Brackets keep the pattern from finding itself.
HOME_FOLDER = re.compile(r"/([h]ome|[U]sers)/\w|/[r]oot/")
SOURCES = {".c", ".h", ".def", ".inc", ".py", ".R", ".sh", ".txt"}


def machine_paths(path, text):
    checkout = re.compile(rf"(?<![\w.}}/-]){re.escape(str(tree.TOP))}(?![\w-])")
    for number, line in enumerate(text.splitlines(), 1):
        if HOME_FOLDER.search(line) or checkout.search(line):
            yield f"{tree.name(path)}:{number}: path of one machine: {line.strip()}"


def length(path, text):
    lines = text.count("\n")
    if path.suffix in SOURCES and lines > LONGEST:
        yield f"{tree.name(path)}: {lines} lines, more than {LONGEST}"


def main():
    findings, checked = [], 0
    for path in tree.files("*"):
        text = path.read_text(encoding="utf-8", errors="replace")
        checked += 1
        for rule in (machine_paths, length):
            findings += rule(path, text)
    tree.report(findings, checked)


main()
