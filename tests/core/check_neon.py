#!/usr/bin/env python3
"""The kernels give the same bits on AArch64 (NEON and generic, under emulation) as on this machine.

Usage: check_neon.py SOURCE_FOLDER KERNEL_HASHES COMPILER EMULATOR [CELL ...]

KERNEL_HASHES is kernel_hashes.c built for this machine. With names of cells, only their kernels are
compiled, without a leak and quickly; else those of all cells, as users get them. Exits with 77, which
ctest shows as skipped, when there is no cross compiler or no emulator."""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SKIPPED = 77
INCLUDED = ["include", "src/base", "src/core", "src/core/kernel"]
SOURCES = [
    *(f"tests/core/{name}.c" for name in ("kernel_hashes", "problem", "fence")),
    *(f"src/base/{name}.c" for name in ("exact", "memory", "network", "random", "run_config", "status")),
    *(f"src/core/{name}.c" for name in ("numbers", "kernel/dispatch")),
]
KERNEL = "src/core/kernel"
FLAGS = "-std=gnu11 -Wall -Wextra -Werror -Wno-psabi -ffp-contract=off -fno-math-errno".split()


def cell_variants(top, cells):
    """The cells of RS_CELL_LIST, and whether their networks leak: (word, 0 or 1). The plain ones of `cells`
    alone if there are any."""
    if cells:
        yield from ((word, 0) for word in cells)
        return
    listed = (top / "include/rnnsweep/cells.h").read_text()
    for word, leaks in re.findall(r"X\(RS_CELL_\w+, (\w+), .*([01])\)", listed):
        yield from ((word, leaky) for leaky in range(1 + int(leaks)))


def compile_commands(top, compiler, cells, folder):
    common = [compiler, *FLAGS, "-Og" if cells else "-O2", "-D_GNU_SOURCE", "-DRS_HAVE_NEON"]
    common += [f"-I{top / include}" for include in INCLUDED]
    for source in SOURCES:
        yield [*common, "-c", top / source, "-o", folder / (pathlib.Path(source).stem + ".o")]
    for isa in ("neon", "generic"):
        for bits in (32, 64):
            name = f"rs_kernel_{isa}_f{bits}"
            defines = [f"-DRS_REAL_BITS={bits}", f"-DRS_KERNEL_NAME={name}", f"-DRS_ISA_{isa.upper()}"]
            for part in ("instance", "update_instance", "grouped_instance", "narrow_instance", "wide_instance"):
                yield [*common, *defines, "-c", top / KERNEL / f"{part}.c", "-o", folder / f"{name}_{part}.o"]
            for word, leaky in cell_variants(top, cells):
                variant = ("plain", "leaky")[leaky]
                cell = [f"-DRS_CELL={word}", f'-DRS_CELL_FILE="cells/{word}.h"', f"-DRS_LEAKY={leaky}",
                        f"-DRS_VARIANT={variant}"]
                for part in ("cell_instance", "grouped_cell_instance")[:1 if isa == "generic" else 2]:
                    object_file = folder / f"{name}_{word}_{variant}_{part}.o"
                    yield [*common, *defines, *cell, "-c", top / KERNEL / f"{part}.c", "-o", object_file]


def build(top, compiler, cells, folder):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        commands = compile_commands(top, compiler, cells, folder)
        list(pool.map(lambda command: subprocess.run(command, check=True), commands))
    program = folder / "kernel_hashes"
    # The tables of kernels name those of all cells; what is not compiled is not called either.
    options = ["-static", "-Wl,--unresolved-symbols=ignore-in-object-files"] if cells else ["-static"]
    subprocess.run([compiler, *options, *folder.glob("*.o"), "-lm", "-o", program], check=True)
    return program


def hashes(command):
    """{instruction set: {problem: hash}}"""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = {}
    for line in done.stdout.splitlines():
        isa, rest = line.split(" ", 1)
        problem, digest = rest.rsplit(" ", 1)
        found.setdefault(isa, {})[problem] = digest
    return found


def main():
    top, here = pathlib.Path(sys.argv[1]), sys.argv[2]
    compiler, emulator, *cells = sys.argv[3:]
    if "NOTFOUND" in compiler + emulator:
        print("skipped: needs an AArch64 cross compiler and qemu-aarch64")
        return SKIPPED
    expected = hashes([here, *cells])
    with tempfile.TemporaryDirectory() as folder:
        program = build(top, compiler, cells, pathlib.Path(folder))
        emulated = hashes([emulator, program, *cells])
    wrong = 0
    if "neon" not in emulated:
        print("the emulated program cannot use neon: its self-check disagrees with generic")
        wrong += 1
    columns = {f"{isa} here": found for isa, found in expected.items()}
    columns |= {f"{isa} on AArch64": found for isa, found in emulated.items()}
    for problem, digest in expected["generic"].items():
        for place, found in columns.items():
            if found.get(problem) != digest:
                wrong += 1
                print(f"{problem}: {place} gives {found.get(problem)}, not {digest}")
    print(f"{len(expected['generic'])} problems on {', '.join(columns)}: {wrong} differ")
    return 1 if wrong else 0


sys.exit(main())
