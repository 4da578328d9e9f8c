#!/usr/bin/env python3
"""The README's start page, followed word for word in an empty Debian system that debootstrap makes: its
two commands but for the tests, its sweep, its session. Prints how long each step takes. Needs root,
debootstrap and Debian's archive; elsewhere it is skipped.

Usage: test_empty_root.py SOURCE_FOLDER"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

SKIPPED = 77  # SKIP_RETURN_CODE
SUITE = "bookworm"
TOP = pathlib.Path(sys.argv[1]).resolve()
# $1: the root; the rest is run in it, in namespaces of its own, so that nothing stays mounted.
INSIDE = """set -e
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
root=$1
shift
exec chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \\
    DEBIAN_FRONTEND=noninteractive "$@"
"""


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def readme_steps():
    """(commands to begin with, {name: contents} of files, commands of the session)"""
    text = (TOP / "README.md").read_text()
    start = blocks(text, "sh")[0].splitlines()[0].partition("#")[0].strip()
    files = {match[1]: block for block in blocks(text, "yaml")
             if (match := re.match(r"# (\S+\.yaml)\n", block))}
    shown = re.findall(r"^\$ (.*)$", "".join(blocks(text, "console")), re.MULTILINE)
    path, = re.findall(r'`(export PATH="[^`]*)`', text)
    session = [command for command in shown if command.startswith("rnnsweep")]
    return f"{start} --yes", files, [path, *session]


def step(what, command, log):
    begin = time.monotonic()
    with open(log, "a", encoding="utf-8") as to:
        done = subprocess.run(command, stdout=to, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    print(f"{what}: {time.monotonic() - begin:.0f} s", flush=True)
    if done.returncode != 0:
        raise SystemExit(f"{what} failed:\n" + "".join(open(log, encoding="utf-8").readlines()[-40:]))


def main():
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        print("skipped: needs root and debootstrap")
        return SKIPPED
    start, files, session = readme_steps()
    with tempfile.TemporaryDirectory(prefix="rnnsweep-root-") as folder:
        root, log = pathlib.Path(folder, "root"), pathlib.Path(folder, "log")
        made = subprocess.run(["debootstrap", "--variant=minbase", SUITE, root], stdout=subprocess.DEVNULL)
        if made.returncode != 0:
            print("skipped: debootstrap cannot make a system here")
            return SKIPPED
        step("git clone", ["git", "clone", "--quiet", "--no-hardlinks", TOP, root / "srv/rnnsweep"], log)
        inside = ["unshare", "--mount", "--fork", "sh", "-c", INSIDE, "sh", root]
        step(start, [*inside, "sh", "-c", f"apt-get update && cd /srv/rnnsweep && {start}"], log)
        for name, contents in files.items():
            (root / "srv/rnnsweep" / name).write_text(contents)
        script = "\n".join(["set -ex", "cd /srv/rnnsweep", *session])
        step("the session", [*inside, "bash", "-c", script], log)
        print((root / "srv/rnnsweep/results/lab9.h5").stat().st_size, "bytes of results")
    return 0


sys.exit(main())
