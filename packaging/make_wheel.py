#!/usr/bin/env python3
"""A Python wheel that has the program, too: make_wheel.py BUILD_FOLDER OUTPUT_FOLDER

`pip install` of it gives `import rnnsweep` and the command `rnnsweep`. It holds the program of the
build, its man pages, and the shared libraries that it loads, but for those of glibc: it runs where
glibc is at least as new as here. Its tag is that of this machine, linux_x86_64 for example; it makes
no claim about other distributions (manylinux). Needs pip, wheel, setuptools, patchelf and ldd."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
# Those of glibc, which belong to the system.
SYSTEM = re.compile(r"(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|nsl|anl|mvec))\.so\.\d+$")
LIBRARY = re.compile(r"^\s*(\S+) => (/\S+) \(", re.MULTILINE)
MISSING = re.compile(r"^\s*(\S+) => not found", re.MULTILINE)


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}")
    return done.stdout


def libraries(program):
    """The files of the shared libraries that the program loads, by name."""
    listing = run("ldd", program)
    missing = MISSING.findall(listing)
    if missing:
        raise SystemExit(f"{program}: the system lacks {', '.join(missing)}")
    return {name: pathlib.Path(path) for name, path in LIBRARY.findall(listing) if not SYSTEM.match(name)}


def copyright_of(path):
    """The copyright file of the Debian package that a file is from, or None."""
    if shutil.which("dpkg-query") is None:
        return None
    for name in (path, path.resolve(), pathlib.Path("/usr") / str(path)[1:]):
        found = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True)
        if found.returncode == 0:
            package = found.stdout.split(":")[0]
            notice = pathlib.Path("/usr/share/doc", package, "copyright")
            return (package, notice) if notice.exists() else None
    return None


def add_program(build, data):
    """The program into data/scripts, which pip puts beside python, all else below data/data."""
    with tempfile.TemporaryDirectory() as prefix:
        run("cmake", "--install", build, "--strip", "--component", "program", "--prefix", prefix)
        prefix = pathlib.Path(prefix)
        (data / "scripts").mkdir(parents=True)
        shutil.copy2(prefix / "bin/rnnsweep", data / "scripts/rnnsweep")
        for kept in ("man", "bash-completion", "zsh", "fish"):
            if (prefix / "share" / kept).exists():
                shutil.copytree(prefix / "share" / kept, data / "data/share" / kept)


def add_libraries(data):
    program, folder = data / "scripts/rnnsweep", data / "data/lib/rnnsweep"
    folder.mkdir(parents=True)
    for name, path in libraries(program).items():
        shutil.copy(path, folder / name)
        run("patchelf", "--force-rpath", "--set-rpath", "$ORIGIN", folder / name)
        notice = copyright_of(path)
        if notice is not None:
            (folder / "copyright").mkdir(exist_ok=True)
            shutil.copy(notice[1], folder / "copyright" / notice[0])
    # RPATH, not RUNPATH: it also holds for what the libraries load.
    run("patchelf", "--force-rpath", "--set-rpath", "$ORIGIN/../lib/rnnsweep", program)


def mark_as_of_this_platform(folder):
    metadata, = folder.glob("*.dist-info/WHEEL")
    text = metadata.read_text()
    platform = re.sub(r"[-.]", "_", sysconfig.get_platform())
    text = text.replace("Root-Is-Purelib: true", "Root-Is-Purelib: false")
    metadata.write_text(text.replace("Tag: py3-none-any", f"Tag: py3-none-{platform}"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    arguments = parser.parse_args()
    for tool in ("cmake", "ldd", "patchelf"):
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} is missing")
    arguments.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        # pip builds in the source folder, which stays as it is.
        shutil.copytree(TOP / "analysis/python", work / "source",
                        ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
        run(sys.executable, "-m", "pip", "wheel", "--no-index", "--no-deps", "--no-build-isolation",
            "--wheel-dir", work, work / "source")
        pure, = work.glob("*.whl")
        run(sys.executable, "-m", "wheel", "unpack", "--dest", work / "unpacked", pure)
        folder, = (work / "unpacked").iterdir()
        data = folder / f"{folder.name}.data"
        add_program(arguments.build.resolve(), data)
        add_libraries(data)
        mark_as_of_this_platform(folder)
        said = run(sys.executable, "-m", "wheel", "pack", "--dest-dir", arguments.output, folder)
    print(arguments.output / re.search(r"(\S+\.whl)", said)[1].rpartition("/")[2])


main()
