#!/usr/bin/env python3
"""Wrong sweep files against their expected messages.

bad_files.py EXPAND [--accept]

Each bad/NAME.yaml is read by the program EXPAND with the overrides of bad/NAME.args (one a line,
if there is such a file); output and exit code 65 must be those of bad/NAME.expected. --accept writes
the expected files anew, to be read before they are committed.
"""

import pathlib
import resource
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).parent / "bad"
SECONDS = 10  # of CPU time: a busy machine is no failure


def used_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def expand(program, path, overrides=(), folder=FOLDER):
    before = used_seconds()
    result = subprocess.run([program, path, *overrides], cwd=folder, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, timeout=600)
    return result.returncode, result.stdout, used_seconds() - before


def check_corpus(program, accept):
    failures = 0
    for path in sorted(FOLDER.glob("*.yaml")):
        arguments = path.with_suffix(".args")
        overrides = arguments.read_text().splitlines() if arguments.exists() else []
        code, output, seconds = expand(program, path.name, overrides)
        expected_path = path.with_suffix(".expected")
        if accept:
            expected_path.write_bytes(output)
        expected = expected_path.read_bytes() if expected_path.exists() else b""
        if code != 65 or output != expected or seconds > SECONDS:
            failures += 1
            print(f"{path.name}: exit code {code}, {seconds:.1f} s\n--- expected\n"
                  f"{expected.decode(errors='replace')}--- found\n{output.decode(errors='replace')}")
    return failures


def check_huge(program):
    """Files too large to keep: each must be refused soon, with this in the message."""
    cases = {
        "100 MB of comment": (b"#" * 99 + b"\n", 10 ** 6, b"larger than 16777216 bytes"),
        "8 million values": (b"[1, 1, 1, 1, 1, 1, 1, 1],\n", 640000, b"not valid YAML"),
        "a list of 8 million": (b"- 1\n", 2 ** 22, b"too large: more than 1000000 values"),
        "8 million brackets": (b"[", 2 ** 23, b"nested deeper than 32 levels"),
        "8 million mappings": (b"{a: ", 2 ** 22, b"nested deeper than 32 levels"),
        "2 million questions": (b"? ", 2 ** 22, b"nested deeper than 32 levels"),
        "2 million keys": (b"a: 1\n", 2 ** 21, b"too large: more than 1000000 values"),
        "16 MB of one word": (b"a", 2 ** 24, b"must be a mapping"),
        "300 thousand sweeps": (b"--- {method: grid}\n", 300000, b"more than 64 sweeps"),
        "4 million documents": (b"--- 1\n", 2 ** 21, b"too large: more than 1000000 values"),
    }
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, (piece, count, message) in cases.items():
            path = pathlib.Path(folder) / "huge.yaml"
            path.write_bytes(piece * count)
            code, output, seconds = expand(program, path.name, folder=folder)
            if code != 65 or message not in output or seconds > SECONDS:
                failures += 1
                print(f"{name}: exit code {code}, {seconds:.1f} s\n{output[:500]!r}")
    return failures


def main():
    accept = "--accept" in sys.argv[2:]
    failures = check_corpus(sys.argv[1], accept) + check_huge(sys.argv[1])
    print(f"{len(list(FOLDER.glob('*.yaml')))} files, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
