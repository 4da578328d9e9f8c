#!/usr/bin/env python3
"""The documents show what happens: their sessions are typed into a shell in an empty folder, which
must answer what the document says.

Usage: check_sessions.py TOP PROGRAM R_LIBRARY

In the blocks of a Markdown file of the source tree TOP,

    console      a line that begins with "$ " is a command, and the lines below it are its answer;
                 "..." alone on a line stands for any number of lines. Times, rates, sizes, numbers of
                 threads and instruction sets may differ.
    yaml         with a first line "# NAME.yaml" is a file of this name.
    python, r    are programs that must succeed; a document's Python is typed into one interpreter.
                 What PyTorch is missing for is not checked.

A line "<!-- $ command -->", which readers do not see, prepares what blocks need. The blocks of a
document run in their order and in one folder, where experiments and analysis are those of the source
tree. R finds the package in R_LIBRARY."""

import difflib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

TOP, PROGRAM, R_LIBRARY = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
BLOCK = re.compile(r"^```(console|yaml|python|r)\n(.*?)^```$|^<!-- \$ (.*?) -->$",
                   re.DOTALL | re.MULTILINE)
FILE = re.compile(r"# ([\w-]+\.yaml)\n")
# What may differ from one machine to the next, and what stands for it.
VARIABLE = [
    (r"(?<![\w:])\d+(:\d\d)+\b|\b\d+(\.\d+)?(e-?\d+)? (s|ms|min)\b", "TIME"),
    (r"\b[\d.]+ runs/s", "RATE"),
    (r"\b[\d.]+ [kMG]?B\b", "SIZE"),
    (r"\([\d.e-]+ core-hours\)", "(COST)"),
    (r"\b\d+ threads? \([^)]*\)|-j \d+", "THREADS"),
    (r"\b(avx512|avx2|neon|generic)\b", "ISA"),
    (r"[ \t]+", " "),
]


def normal(text):
    for pattern, stand_in in VARIABLE:
        text = re.sub(pattern, stand_in, text)
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def agree(expected, answer):
    """Whether the lines are those expected, where "..." is any number of lines."""
    pattern = "".join(r"(.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in answer)) is not None


# Runs the programs that it is sent, each a line of JSON, and answers with a line: the error, or "".
INTERPRETER = """
import contextlib, io, json, sys, traceback
names, answers = {"__name__": "__main__"}, sys.stdout
for line in sys.stdin:
    said, problem = io.StringIO(), ""
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            exec(compile(json.loads(line), "block", "exec"), names)
        except BaseException:
            problem = said.getvalue() + traceback.format_exc()
    print(json.dumps(problem), file=answers, flush=True)
"""


class Document:
    """A folder in which a document's blocks are worked through."""

    def __init__(self, path, folder):
        self.path, self.folder = path, pathlib.Path(folder)
        self.findings, self.commands, self.status, self.interpreter = [], 0, 0, None
        for name in ("experiments", "analysis"):
            (self.folder / name).symlink_to(TOP / name)
        programs = self.folder / ".programs"
        programs.mkdir()
        (programs / "rnnsweep").symlink_to(PROGRAM)
        (programs / "python3").symlink_to(sys.executable)
        self.environment = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
                            "PYTHONPATH": str(TOP / "analysis/python"), "R_LIBS": str(R_LIBRARY), "PYTHONDONTWRITEBYTECODE": "1"}

    def close(self):
        if self.interpreter:
            self.interpreter.communicate()

    def execute(self, command, **options):
        return subprocess.run(command, cwd=self.folder, env=self.environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, **options)

    def type(self, command, expected):
        """One command of a session, which sees the exit status of the one before as $?."""
        done = self.execute(["bash", "-c", f"(exit {self.status}); {command}"], stdin=subprocess.DEVNULL)
        self.commands += 1
        self.status = done.returncode
        expected, answer = normal(expected), normal(done.stdout)
        if not agree(expected, answer):
            difference = difflib.unified_diff(expected, answer, "document", "answer", lineterm="", n=1)
            self.findings.append("\n".join([f"{self.path}: $ {command}", *difference]))

    def work_through(self, kind, text):
        if kind == "console":
            for session in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, expected = session.partition("\n")
                while command.endswith("\\"):
                    line, _, expected = expected.partition("\n")
                    command = f"{command[:-1]} {line}"
                self.type(command, expected)
        elif kind == "yaml":
            named = FILE.match(text)
            if named:
                (self.folder / named.group(1)).write_text(text)
        elif kind == "python":
            self.interpret(text)
        else:
            self.succeed(["Rscript", "-"], input=text)

    def interpret(self, text):
        if not self.interpreter:
            self.interpreter = subprocess.Popen(
                [sys.executable, "-c", INTERPRETER], cwd=self.folder, env=self.environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.interpreter.stdin.write(json.dumps(text) + "\n")
        self.interpreter.stdin.flush()
        self.commands += 1
        answer = self.interpreter.stdout.readline()
        problem = json.loads(answer) if answer else "the interpreter ended"
        if problem.endswith("No module named 'torch'\n"):
            print(f"{self.path}: a block is not checked: PyTorch is missing")
        elif problem:
            self.findings.append(f"{self.path}: python: {problem}")

    def succeed(self, command, **options):
        done = self.execute(command, **options)
        self.commands += 1
        if done.returncode != 0:
            self.findings.append(f"{self.path}: {' '.join(command)}: {done.stdout}")


def documents():
    """Markdown files of the tree, but for those below hidden folders and build folders."""
    for path in sorted(TOP.rglob("*.md")):
        name = path.relative_to(TOP)
        if not any(part.startswith((".", "build")) for part in name.parts):
            yield name


def main():
    findings, commands = [], 0
    for name in documents():
        with tempfile.TemporaryDirectory(prefix="rnnsweep-") as folder:
            document = Document(name, folder)
            for kind, text, preparation in BLOCK.findall((TOP / name).read_text()):
                if preparation:
                    document.succeed(["bash", "-c", preparation], stdin=subprocess.DEVNULL)
                else:
                    document.work_through(kind, text)
            document.close()
            findings += document.findings
            commands += document.commands
    print("\n".join(findings))
    print(f"{commands} commands, {len(findings)} findings")
    sys.exit(1 if findings or commands == 0 else 0)


main()
