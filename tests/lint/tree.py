"""What the checks of this folder share: the files of the source tree, and how findings are reported."""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
NOT_SOURCE = re.compile(r"^(\.git|build.*|__pycache__)$")
BINARY = {".h5", ".pyc", ".png", ".pdf"}


def files(*patterns, under="."):
    """Text files below a folder of the tree whose names match one of the patterns."""
    found = []
    pending = [TOP / under]
    while pending:
        for path in sorted(pending.pop().iterdir()):
            if path.is_dir():
                if not NOT_SOURCE.match(path.name):
                    pending.append(path)
            elif path.suffix not in BINARY and ".h5." not in path.name:
                if any(path.match(pattern) for pattern in patterns):
                    found.append(path)
    return sorted(found)


def name(path):
    return path.relative_to(TOP).as_posix()


def without_comments(text):
    """C source with comments blanked out; lines keep their numbers."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())
    return re.sub(r"/\*.*?\*/|//[^\n]*", blank, text, flags=re.DOTALL)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def report(findings, checked):
    """Ends the check: every finding on a line, exit status 1 if there is any or nothing was checked."""
    for finding in findings:
        print(finding)
    print(f"{checked} checked, {len(findings)} findings")
    sys.exit(1 if findings or checked == 0 else 0)
