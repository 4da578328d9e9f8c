#!/usr/bin/env python3
"""Right sweep files against their expected runs: good_files.py EXPAND [--accept].

Each good/NAME.yaml is expanded; output must be that of good/NAME.expected and the exit code 0.
--accept writes the expected files anew, to be read before they are committed.
"""

import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parent / "good"


def main():
    failures = 0
    for path in sorted(FOLDER.glob("*.yaml")):
        result = subprocess.run([sys.argv[1], path.name], cwd=FOLDER, capture_output=True, timeout=60)
        expected = path.with_suffix(".expected")
        if "--accept" in sys.argv[2:]:
            expected.write_bytes(result.stdout)
        if result.returncode != 0 or result.stdout != expected.read_bytes():
            failures += 1
            print(f"{path.name}: exit code {result.returncode}\n{result.stdout.decode()}")
    print(f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
