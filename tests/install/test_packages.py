#!/usr/bin/env python3
"""The Debian packages of a build are installed by apt-get on a copy of this system, used as a stranger
would, and removed without a trace. The copy is an overlay that only this test sees, so it needs root
and mount namespaces; elsewhere it is skipped.

Usage: test_packages.py CPACK BUILD_FOLDER"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

CPACK, BUILD = sys.argv[1:]
SKIPPED = 77  # SKIP_RETURN_CODE
TOP = pathlib.Path(__file__).resolve().parents[2]
NAMES = ("rnnsweep", "python3-rnnsweep", "r-other-rnnsweep")
# What dpkg and apt write about any package.
BOOKKEEPING = ("var/lib/dpkg/", "var/lib/apt/", "var/log/", "var/cache/", "var/lib/ucf/", "tmp/",
               "packages/", "run/", "root/", "etc/ld.so.cache")

# $1: an empty folder. The overlay is at $1/system, and what was written at $1/disk/upper.
MOUNT = """set -e
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/system"
mount -t overlay overlay -o lowerdir=/,upperdir="$1/upper",workdir="$1/work" "$1/system"
mount -t proc proc "$1/system/proc"
mount --rbind /dev "$1/system/dev"
"""
# The second half runs in the overlay.
SESSION = """set -e
cd /packages
apt-get -o APT::Sandbox::User=root install --yes --no-install-recommends ./*.deb >install.log 2>&1 ||
    { cat install.log; exit 1; }
mkdir /tmp/use
cd /tmp/use
cat >s.yaml <<END
name: s
method: grid
parameters: {states: [2, 3], epochs: 1}
seeds: 2
END
rnnsweep --version
rnnsweep run s.yaml --progress none
cat >use.py <<END
import rnnsweep
print("python:", len(rnnsweep.open_results("results/s.h5").runs), "runs by", rnnsweep.__file__)
END
python3 use.py
Rscript --vanilla -e 'cat("R:", nrow(rnnsweep::run_table(rnnsweep::open_results("results/s.h5"))), "runs\\n")'
cc -x c /packages/consumer.c $(pkg-config --cflags --libs rnnsweep) -o consumer
./consumer
for page in rnnsweep rnnsweep-run; do man -w $page >/dev/null 2>&1 || test -e /usr/share/man/man1/$page.1; done
test -e /usr/share/bash-completion/completions/rnnsweep
test -e /usr/share/doc/rnnsweep/copyright
test -e /usr/share/doc/rnnsweep/docs/first-steps.md
cd /
apt-get purge --yes rnnsweep python3-rnnsweep r-other-rnnsweep >/packages/purge.log 2>&1 || { cat /packages/purge.log; exit 1; }
test ! -e /usr/bin/rnnsweep
"""


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command}\n{done.stdout}{done.stderr}")
    return done.stdout


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rnnsweep-packages-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        run(CPACK, "-B", cls.folder / "made", cwd=BUILD)
        cls.packages = sorted((cls.folder / "made").glob("*.deb"))

    def field(self, path, name):
        return run("dpkg-deb", "--field", path, name).strip()

    def test_names_dependencies_and_rights(self):
        self.assertEqual(sorted(self.field(path, "Package") for path in self.packages), sorted(NAMES))
        for path in self.packages:
            listing = run("dpkg-deb", "--contents", path).splitlines()
            for line in listing:
                rights, owner = line.split()[:2]
                self.assertEqual(owner, "root/root", line)
                self.assertNotIn("w", rights[5:], line)
            self.assertFalse([line for line in listing if "__pycache__" in line])
        program, = [path for path in self.packages if path.name.startswith("rnnsweep_")]
        for library in ("libhdf5-103-1", "libyaml-0-2", "libjansson4"):
            self.assertIn(library, self.field(program, "Depends"))

    def test_installed_used_and_removed_without_a_trace(self):
        system = self.folder / "copy"
        system.mkdir()
        script = (MOUNT + 'mkdir "$1/system/packages"\ncp "$2"/*.deb "$3" "$1/system/packages"\n'
                  'chroot "$1/system" sh -c "$4"\n'
                  'cd "$1/upper"\nfind . -type f -o -type l -o -type c | sed "s,^./,left: ,"\n')
        out = run("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh",
                  system, self.folder / "made", TOP / "tests/install/consumer.c", SESSION,
                  env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C",
                       "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"})
        self.assertRegex(out, r"(?m)^rnnsweep \d+\.\d+\.\d+ \(commit ")
        self.assertIn("python: 4 runs by /usr/lib/python3/dist-packages/rnnsweep/", out)
        self.assertIn("R: 4 runs\n", out)
        self.assertIn("loss 0.", out)
        left = [line[6:] for line in out.splitlines() if line.startswith("left: ")]
        self.assertEqual([path for path in left if not path.startswith(BOOKKEEPING)], [])


def can_mount():
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", MOUNT,
                               "sh", folder], capture_output=True).returncode == 0


if not can_mount():
    print("needs root and the right to mount an overlay")
    sys.exit(SKIPPED)
unittest.main(argv=sys.argv[:1])
