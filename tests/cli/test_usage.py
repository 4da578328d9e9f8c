"""Help, version, and every wrong way to call the program."""

import re
import subprocess
import unittest

from program import PROGRAM, SMALL, ProgramTest, environment

COMMANDS = [line.split()[0] for line in subprocess.run(
    [PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
    .partition("\nCommands:\n")[2].partition("\n\n")[0].splitlines()]


class Help(ProgramTest):
    def test_general(self):
        out, err = self.call("--help")
        self.assertEqual(err, "")
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", out)
        lines = out.partition("\nCommands:\n")[2].partition("\n\n")[0].splitlines()
        self.assertEqual(len({len(line) - len(line[2:].partition("  ")[2].lstrip()) for line in lines}), 1, out)
        for code in (0, 1, 64, 65, 73, 74, 75):
            self.assertIn(f"\n  {code:2}  ", out)

    def test_each_command(self):
        for command in COMMANDS:
            for spelling in ("--help", "-h"):
                out, err = self.call(command, spelling)
                self.assertEqual(err, "")
                self.assertTrue(out.startswith(f"Usage: rnnsweep {command} [options]"))
                lines = out.splitlines()
                self.assertEqual([line for line in lines if line != line.rstrip()], [])
                self.assertEqual([line for line in lines[1:lines.index("Examples:")] if len(line) > 92], [])
                self.assertIn("\nOptions:\n", out)
                self.assertRegex(out, rf"\nExamples:\n  (source <\()?rnnsweep {command}\b")

    def test_help_wins_over_missing_arguments_but_not_over_wrong_options(self):
        self.call("show", "--help")
        self.refuse(64, "unknown option --hlp; did you mean --help*", "show", "--hlp")

    def test_options_are_aligned(self):
        for command in COMMANDS:
            out, _ = self.call(command, "--help")
            options = out.split("\nOptions:\n")[1].split("\n\n")[0].splitlines()
            starts = set()
            for line in options:
                if re.match(r"  (-\w, |    )--", line):
                    meaning = line[6:].partition("  ")[2].lstrip()
                else:  # the last option's meaning goes on
                    meaning = line.lstrip()
                starts.add(len(line) - len(meaning))
            self.assertEqual(len(starts), 1, out)

    def test_version(self):
        out, _ = self.call("--version")
        lines = out.splitlines()
        self.assertMatches(lines[0], "rnnsweep *.*.* (commit *)")
        self.assertMatches(lines[1], "compiler: *")
        self.assertMatches(lines[2], "instruction sets: *generic*")


class Refusals(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SMALL)

    def test_no_command(self):
        out, err = self.call(code=64)
        self.assertEqual(out, "")
        self.assertIn("Usage: rnnsweep COMMAND", err)

    def test_messages(self):
        for pattern, *arguments in (
            ("unknown command 'rum'; did you mean run? See `rnnsweep --help`", "rum", "s.yaml"),
            ("unknown command 'x'; see `rnnsweep --help`", "x"),
            ("an argument is missing; usage: rnnsweep run [options] SWEEP.yaml [key=value ...]",
             "run"),
            ("unknown option --frehs; did you mean --fresh? See `rnnsweep run --help`",
             "run", "--frehs", "s.yaml"),
            ("unknown option --frehs; did you mean --fresh? See *", "run", "s.yaml", "--frehs=1"),
            ("unknown option --zzzzzz; see `rnnsweep run --help`", "run", "--zzzzzz", "s.yaml"),
            ("unknown option --learning-rate: write learning_rate=VALUE",
             "run", "s.yaml", "--learning-rate=0.1"),
            ("unknown option --hidden-size: rnnsweep calls it 'states'",
             "plan", "s.yaml", "--hidden-size", "8"),
            ("unknown option --states: write --where states=VALUE", "summary", "s.h5", "--states", "3"),
            ("unknown option --states; see `rnnsweep merge --help`", "merge", "s.h5", "--states", "3"),
            ("unknown option -q; see `rnnsweep plan --help`", "plan", "-q", "s.yaml"),
            ("--output needs a value: FILE", "run", "s.yaml", "--output"),
            ("-j needs a value: N", "run", "s.yaml", "-j"),
            ("--output: FILE must not be empty", "run", "s.yaml", "--output="),
            ("--fresh takes no value", "run", "s.yaml", "--fresh=yes"),
            ("--threads 0: must be a whole number from 1 to 4096", "run", "s.yaml", "-j0"),
            ("--threads -1: must be a whole number from 1 to 4096", "run", "s.yaml", "-j-1"),
            ("--threads 1.5: must be *", "run", "s.yaml", "-j", "1.5"),
            ("--threads 2x: must be *", "run", "s.yaml", "-j", "2x"),
            ("--threads  2: must be *", "run", "s.yaml", "-j", " 2"),
            ("--threads 99999999999999999999: must be *", "run", "s.yaml", "-j",
             "99999999999999999999"),
            ("--progress fast: must be one of: auto bar plain none json",
             "run", "s.yaml", "--progress", "fast"),
            ("-o s.yaml is the sweep file itself: give another file",
             "run", "s.yaml", "-o", "s.yaml"),
            ("*sse9*generic*", "run", "s.yaml", "--isa", "sse9"),
            ("too few arguments; usage: rnnsweep show [options] FILE RUN|best [key=value ...]",
             "show", "x.h5"),
            ("unexpected argument '2'; usage: rnnsweep completion [options] bash|zsh|fish",
             "completion", "bash", "2"),
            ("--samples many: must be a whole number from 0 to 1000000",
             "show", "x.h5", "1", "-n", "many"),
            ("--by: 'stats' is no parameter; did you mean states?",
             "summary", "x.h5", "--by", "stats"),
            ("--by: '' is no parameter", "summary", "x.h5", "--by", "states,"),
            ("--threshold 1.5: must be a number from 0 to 1",
             "summary", "x.h5", "--threshold", "1.5"),
            ("--threshold : must be a number from 0 to 1", "summary", "x.h5", "--threshold="),
            ("--threshold nan: must be a number from 0 to 1",
             "summary", "x.h5", "--threshold", "nan"),
        ):
            with self.subTest(arguments=arguments):
                self.refuse(64, pattern, *arguments)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["s.yaml"])

    def test_options_anywhere_and_two_dashes(self):
        self.call("run", "-o", "a.h5", "s.yaml", "--progress=none", "seeds=1", "-j", "1")
        self.call("run", "s.yaml", "seeds=1", "-oa.h5", "-j1")
        self.call("run", "-oa.h5", "--", "s.yaml", "seeds=1")
        self.call("run", "s.yaml", "-oa.h5", "seeds=1", "-j1", POSIXLY_CORRECT="1")
        self.refuse(74, "*--fresh*", "run", "-oa.h5", "--", "--fresh")

    def test_output_that_cannot_be_written(self):
        import subprocess
        with open("/dev/full", "w") as full:
            done = subprocess.run([PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE,
                                  text=True, env=environment())
        self.assertEqual(done.returncode, 74)
        self.assertMatches(done.stderr, "rnnsweep: error: cannot write to standard output*\n")


if __name__ == "__main__":
    unittest.main()
