#!/usr/bin/env python3
"""Every symbol that the libraries export begins with rs_, and none of their data is writable.

Usage: check_symbols.py LIBRARY..."""

import re
import subprocess
import sys

import tree

# objdump --syms: value, seven flag characters, section, size, [visibility] name
SYMBOL = re.compile(r"^[0-9a-f]{8,} (.{7}) (\S+)\t[0-9a-f]+\s+(?:\.hidden )?(\S+)$", re.MULTILINE)
WRITABLE = re.compile(r"^(\*COM\*|\.t?(data|bss)(?!\.rel\.ro)(\..*)?)$")
# Mutable data that may stay, each with its reason.
SIGNALS = "how a signal handler, which gets no argument of ours, tells the program to stop"
TASKS = "the data files that this process knows, which are only ever added (task.h)"
ALLOWED_DATA = {"task_table": TASKS, "stop_signal": SIGNALS, "stop_time": SIGNALS, "stop_notice": SIGNALS}


def main():
    findings, checked = [], 0
    for library in sys.argv[1:]:
        listing = subprocess.run(
            ["objdump", "--syms", library], check=True, capture_output=True, text=True
        ).stdout
        for flags, section, symbol in SYMBOL.findall(listing):
            is_section_or_file = flags[5] in "df"
            if is_section_or_file or section == "*UND*":
                continue
            checked += 1
            if flags[0] in "gu!" and not symbol.startswith("rs_"):
                findings.append(f"{library}: {symbol} is exported without the prefix rs_")
            if WRITABLE.match(section) and symbol not in ALLOWED_DATA:
                findings.append(f"{library}: {symbol} in {section} is mutable data outside functions")
    tree.report(findings, checked)


main()
