#!/usr/bin/env python3
"""README.md is one page and names the two commands. The table of docs/parameters.md and the exit codes
of docs/commands.md are those of the source; its table of commands is that of `rnnsweep --help`. With
--print: the tables as they should be.

Usage: check_readme.py RNNSWEEP [--print]"""

import re
import subprocess
import sys

import tree

LINES, WORDS = 150, 1500  # one page
RANGES = {
    "RS_POSITIVE": "> 0",
    "RS_NOT_NEGATIVE": ">= 0",
    "RS_UNIT_OPEN_ABOVE": "[0, 1)",
    "RS_UNIT_OPEN_BELOW": "(0, 1]",
    "RS_ANY": "any number",
}
ROW = re.compile(r"^RS_(\w+)\s*\((.*)\)$", re.MULTILINE)
ARGUMENT = re.compile(r'\s*("[^"]*"|[^,]+)(?:,|$)')
COMMAND = re.compile(r"^  (\w+)  +(\S.*)$", re.MULTILINE)
USAGE = re.compile(r"^Usage: (rnnsweep \w+)(?: \[options\])? *(.*)$", re.MULTILINE)
LIST_WORD = re.compile(r"X\(\w+, (\w+)")
STATUS = re.compile(r'X\((\w+), (\d+), "([^"]*)"\)')


def parameter_row(kind, arguments):
    name, rest = arguments[0], arguments[1:-1]
    meaning = arguments[-1]
    if kind == "COUNT":
        default, allowed = rest[0], f"{rest[1]} to {rest[2]}"
    elif kind == "REAL":
        default, allowed = rest[0], RANGES[rest[1]]
    elif kind == "OPTIONAL":
        default, allowed = "none", f"{RANGES[rest[0]]}, or none"
    elif kind == "CHOICE":
        choices = LIST_WORD.findall(choice_list(rest[1]))
        default, allowed = choices[int(rest[0])], ", ".join(choices)
    elif kind == "FLAG":
        default, allowed = ("false", "true")[int(rest[0])], "true, false"
    elif kind == "WHOLE":
        default, allowed = "none", f"{rest[0]} to {rest[1]}, or none"
    else:
        default, allowed = "none", "0 to 4294967295, or none"
    return f"| `{name}` | {default} | {allowed} | {meaning} |"


def choice_list(name):
    """The lines of a list of choices.h, or of cells.h, which it includes."""
    headers = (tree.TOP / f"include/rnnsweep/{header}.h" for header in ("choices", "cells"))
    text = tree.without_comments("\n".join(header.read_text() for header in headers))
    return re.search(rf"#define {name}\(X\)((?:.*\\\n)*.*)", text)[1]


def parameter_rows():
    text = tree.without_comments((tree.TOP / "include/rnnsweep/parameters.def").read_text())
    for kind, arguments in ROW.findall(text):
        yield parameter_row(kind, [word.strip('"') for word in ARGUMENT.findall(arguments)])


def exit_code_rows():
    text = (tree.TOP / "include/rnnsweep/status.h").read_text()
    for name, code, meaning in STATUS.findall(text):
        if name != "RS_NO_MEMORY":  # shares its code with RS_INTERNAL
            yield f"| {code} | {meaning} |"


def help_text(*arguments):
    return subprocess.run([*arguments, "--help"], check=True, capture_output=True, text=True).stdout


def command_rows(program):
    commands = help_text(program).partition("Commands:\n")[2].partition("\n\n")[0]
    for name, meaning in COMMAND.findall(commands):
        call, arguments = USAGE.search(help_text(program, name)).groups()
        words = f"{call} {arguments}".rstrip().replace("|", r"\|")
        yield f"| `{words}` | {meaning} |"


def lacking_rows(path, rows):
    lines = (tree.TOP / path).read_text().splitlines()
    return [f"{path} lacks the row: {row}" for row in rows if row not in lines]


def page_findings():
    text = (tree.TOP / "README.md").read_text()
    lines, words = text.splitlines(), text.split()
    for command in ("./bootstrap.sh run", "./bootstrap.sh test"):
        if not any(line.startswith(command) for line in lines):
            yield f"README.md lacks the command {command}"
    if len(lines) > LINES or len(words) > WORDS:
        yield f"README.md: {len(lines)} lines, {len(words)} words, more than {LINES} and {WORDS}"


def main():
    program, *options = sys.argv[1:]
    tables = {"docs/parameters.md": [*parameter_rows()],
              "docs/commands.md": [*command_rows(program), *exit_code_rows()]}
    if options == ["--print"]:
        for path, rows in tables.items():
            print("\n".join([path, *rows]))
        return
    findings = [finding for path, rows in tables.items() for finding in lacking_rows(path, rows)]
    findings += page_findings()
    tree.report(findings, sum(map(len, tables.values())))


main()
