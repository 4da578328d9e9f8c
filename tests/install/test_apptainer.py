#!/usr/bin/env python3
"""The stages of packaging/apptainer.def, carried out without Apptainer: debootstrap makes the systems that
each stage begins with, %files are copied, %post, %test and %runscript run in a chroot. Needs root,
debootstrap and Debian's archive; elsewhere it is skipped.

Usage: test_apptainer.py SOURCE_FOLDER"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from test_empty_root import INSIDE, SKIPPED, step

TOP = pathlib.Path(sys.argv[1]).resolve()
SUITE = re.compile(r"debian:(\w+)-slim")
SWEEP = "name: s\nmethod: grid\nparameters: {states: [2, 3], epochs: 1}\nseeds: 2\n"


def read_stages(path):
    """Of each stage its header and sections: (header, {"%post": text, "%files from build": ...})"""
    stages = []
    section = None
    for line in path.read_text().splitlines():
        key, _, value = line.partition(": ")
        if line.startswith("#"):
            continue
        if key == "Bootstrap":
            stages.append(({}, {}))
            section = None
        if line.startswith("%"):
            section = line.strip()
            stages[-1][1][section] = ""
        elif section is not None:
            stages[-1][1][section] += line + "\n"
        elif value:
            stages[-1][0][key] = value.strip()
    return stages


def copy(source, target, clone):
    """As %files does: the contents of a folder into the target."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if clone:  # what is committed: a build folder of this machine is none of the image's
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", source, target], check=True)
    else:
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)


def main():
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        print("skipped: needs root and debootstrap")
        return SKIPPED
    stages = read_stages(TOP / "packaging/apptainer.def")
    roots = {}
    with tempfile.TemporaryDirectory(prefix="rnnsweep-apptainer-") as folder:
        log = pathlib.Path(folder, "log")
        for header, sections in stages:
            name, suite = header["Stage"], SUITE.fullmatch(header["From"])[1]
            root = roots[name] = pathlib.Path(folder, name)
            made = subprocess.run(["debootstrap", "--variant=minbase", suite, root], stdout=subprocess.DEVNULL)
            if made.returncode != 0:
                print("skipped: debootstrap cannot make a system here")
                return SKIPPED
            for section, text in sections.items():
                if not section.startswith("%files"):
                    continue
                origin = section.partition(" from ")[2]
                for source, target in map(str.split, text.strip().splitlines()):
                    copy(roots[origin] / source[1:] if origin else TOP / source, root / target[1:], not origin)
            inside = ["unshare", "--mount", "--fork", "sh", "-c", INSIDE, "sh", root]
            step(f"stage {name}", [*inside, "sh", "-c", sections["%post"]], log)
        (root / "root/s.yaml").write_text(SWEEP)
        call = f"cd /root\n{sections['%environment']}\nset -- \"$@\"\n{sections['%runscript']}"
        step("%test", [*inside, "sh", "-c", "set -e\n" + sections["%test"]], log)
        step("a sweep", [*inside, "sh", "-c", call, "sh", "run", "s.yaml"], log)
        step("a report", [*inside, "sh", "-c", f"cd /root\n{sections['%environment']}\n"
                          "python3 -m rnnsweep report results/s.h5"], log)
        print((root / "root/results/s.h5").stat().st_size, "bytes of results")
    return 0


sys.exit(main())
