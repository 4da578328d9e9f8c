#!/usr/bin/env python3
"""Wrong sweep files against their expected messages.

bad_files.py EXPAND [--accept] [--numbers]

Each bad/NAME.yaml is read by the program EXPAND with the overrides of bad/NAME.args (one a line,
if there is such a file); output and exit code 65 must be those of bad/NAME.expected. --accept writes
the expected files anew, to be read before they are committed; --numbers says what hostile files
cost.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).parent / "bad"
SECONDS = 10  # of CPU time: a busy machine is no failure
MEGABYTES = 500  # what the limits of yaml_doc.h come to, with room; sanitizers take more


def expand(program, path, overrides=(), folder=FOLDER):
    """Exit code, output, CPU seconds and peak megabytes."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([program, path, *overrides], cwd=folder, stdout=output,
                                   stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        output.seek(0)
        return (os.waitstatus_to_exitcode(status), output.read(), usage.ru_utime + usage.ru_stime,
                usage.ru_maxrss / 1024)


def is_sanitized(program):
    return b"__asan_init" in pathlib.Path(program).read_bytes()


def check_corpus(program, accept):
    failures = 0
    costliest = (0, ""), (0, "")
    for path in sorted(FOLDER.glob("*.yaml")):
        arguments = path.with_suffix(".args")
        overrides = arguments.read_text().splitlines() if arguments.exists() else []
        code, output, seconds, megabytes = expand(program, path.name, overrides)
        costliest = max(costliest[0], (seconds, path.name)), max(costliest[1], (megabytes, path.name))
        expected_path = path.with_suffix(".expected")
        if accept:
            expected_path.write_bytes(output)
        expected = expected_path.read_bytes() if expected_path.exists() else b""
        if code != 65 or output != expected or seconds > SECONDS:
            failures += 1
            print(f"{path.name}: exit code {code}, {seconds:.1f} s\n--- expected\n"
                  f"{expected.decode(errors='replace')}--- found\n{output.decode(errors='replace')}")
    if "--numbers" in sys.argv[2:]:
        print(f"costliest of the corpus: {costliest[0][0]:.2f} s ({costliest[0][1]}), "
              f"{costliest[1][0]:.0f} MB ({costliest[1][1]})")
    return failures


def check_huge(program):
    """Files too large to keep: each must be refused soon and in little memory, with this in the
    message."""
    most = float("inf") if is_sanitized(program) else MEGABYTES
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
        "2 million documents": (b"--- 1\n", 2 ** 21, b"too large: more than 1000000 values"),
        "16 MB of bad UTF-8": (b"\xff", 2 ** 24, b"byte 0xFF is not valid UTF-8"),
        "16 MB of NUL": (b"\0", 2 ** 24, b"character U+0000 is not allowed"),
        "16 MB of tabs": (b"\t", 2 ** 24, b"tab"),
        "5 million anchors": (b"&a ", 5 * 2 ** 20, b"not valid YAML"),
        "4 million aliases": (b"*a ,", 2 ** 22, b"has no anchor"),
        "a hundred merges of 6000 aliases": (
            b"- <<: [" + b"*a, " * 6000 + b"]\n", 100, b"too large: more than 1000000 values",
            b"- &a {" + b"".join(b"k%d: 1, " % i for i in range(250)) + b"}\n"),
        "100 thousand merges of 250 keys": (
            b"- {<<: [*a, *b]}\n", 100000, b"too large: more than 1000000 values",
            b"- &a {" + b"".join(b"k%d: 1, " % i for i in range(128)) + b"}\n"
            b"- &b {" + b"".join(b"l%d: 1, " % i for i in range(128)) + b"}\n"),
        "150 thousand small merges": (b"- {<<: *a}\n", 150000, b"must be a mapping with the keys",
                                      b"- &a {k: 1}\n"),
        "merges 40 deep": (b"{<<: ", 40, b"nested deeper than 32 levels"),
        "a million tags": (b"!!a ", 2 ** 20, b"tag '!!a' has no meaning"),
        "16 MB of quotes": (b"''", 2 ** 23, b"must be a mapping"),
        "4 million keys": (b"? a\n", 2 ** 22, b"too large: more than 1000000 values"),
    }
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, (piece, count, message, *head) in cases.items():
            path = pathlib.Path(folder) / "huge.yaml"
            path.write_bytes(b"".join(head) + piece * count)
            code, output, seconds, megabytes = expand(program, path.name, folder=folder)
            if "--numbers" in sys.argv[2:]:
                print(f"{name:<22} {path.stat().st_size / 1e6:>6.1f} MB of text: {seconds:.2f} s, "
                      f"{megabytes:.0f} MB")
            if code != 65 or message not in output or seconds > SECONDS or megabytes > most:
                failures += 1
                print(f"{name}: exit code {code}, {seconds:.1f} s, {megabytes:.0f} MB\n"
                      f"{output[:500]!r}")
    return failures


def main():
    accept = "--accept" in sys.argv[2:]
    program = pathlib.Path(sys.argv[1]).resolve()
    failures = check_corpus(program, accept) + check_huge(program)
    print(f"{len(list(FOLDER.glob('*.yaml')))} files, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
