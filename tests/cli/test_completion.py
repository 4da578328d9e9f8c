"""What the Tab key makes of a command line in bash, zsh and fish."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
import unittest

from program import PROGRAM, ProgramTest, environment

SHELLS = ("bash", "zsh", "fish")
SECONDS = 60  # that a busy machine may take for a key
# Each shell writes the command line that it has into the file `line` when Ctrl-X is typed.
START = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
}
SETUP = {
    "bash": "bind -x '\"\\C-x\": printf %s \"$READLINE_LINE\" >line.new; mv line.new line'",
    "zsh": "autoload -Uz compinit; compinit -u -D; tell() { print -rn -- $BUFFER >line.new; mv line.new line; }; "
           "zle -N tell; bindkey -e; bindkey -r '^X'; bindkey '^X' tell; KEYTIMEOUT=1",
}
OPTION = re.compile(r"^  (?:-(\w), |    )--([a-z-]+)", re.MULTILINE)


class Terminal:
    """An interactive shell that has read the completion script."""

    def __init__(self, shell, folder):
        self.folder = folder
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(START[shell][0], START[shell], environment(TERM="xterm", PS1="$ ", HISTFILE=""))
        self.send(f"{SETUP[shell]}\rsource script.{shell}\rtouch ready\r")
        self.wait_for("ready")

    def send(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, name):
        """Until the shell has made the file; what it prints meanwhile is read and forgotten."""
        path, until, said = self.folder / name, time.monotonic() + SECONDS, b""
        while not path.exists():
            if select.select([self.terminal], [], [], 0.02)[0]:
                said += os.read(self.terminal, 65536)
            if time.monotonic() > until:
                raise AssertionError(f"no {name}: {said[-2000:]!r}")
        content = path.read_text()
        path.unlink()
        return content

    def complete(self, line):
        self.send("\x15" + line + "\t")
        time.sleep(0.05)  # a Tab with more keys waiting is put off by zsh
        self.send("\x18")
        return self.wait_for("line")

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)


class Completion(ProgramTest):
    def setUp(self):
        super().setUp()
        for shell in SHELLS:
            self.write(f"script.{shell}", self.call("completion", shell)[0])
        for name in ("momentum.yaml", "momentum.txt", "other.yml", "done.h5"):
            self.write(name, "")
        (self.folder / "results").mkdir()

    def commands(self):
        out, _ = self.call("--help")
        return re.findall(r"^  ([a-z]+)  +\S", out.partition("Exit codes")[0], re.MULTILINE)

    def options(self, command):
        found = set()
        for letter, name in OPTION.findall(self.call(command, "--help")[0]):
            found |= {f"--{name}"} | ({f"-{letter}"} if letter else set())
        return found

    def replies(self, *words):
        """What bash would offer for the last word."""
        script = ('source ./script.bash; COMP_WORDBREAKS=$\' \\t\\n"><=;|&(:\'; COMP_WORDS=("$@"); '
                  'COMP_CWORD=$(($# - 1)); _rnnsweep; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "bash", *words], cwd=self.folder, check=True,
                              capture_output=True, text=True, env=environment())
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split())

    def test_bash_knows_every_command_and_option(self):
        self.assertEqual(self.replies("rnnsweep", ""), {*self.commands(), "--help", "--version"})
        self.assertGreater(len(self.commands()), 10)
        for command in self.commands():
            with self.subTest(command):
                self.assertEqual(self.replies("rnnsweep", command, "-"), self.options(command))

    def test_bash_words(self):
        for words, expected in [
                (("run", ""), {"momentum.yaml", "other.yml", "results"}),
                (("run", "momentum.yaml", "batch"), {"batch_size=", "batching="}),
                (("run", "momentum.yaml", "batching", "="), {"disjoint", "sliding", "by_length"}),
                (("run", "momentum.yaml", "method", "=", "r"), {"random"}),
                (("run", "--progress", "p"), {"plain"}),
                (("run", "--progress", "=", "p"), {"plain"}),
                (("run", "-j", ""), set()),
                (("run", "-j", "4", "m"), {"momentum.yaml"}),
                (("run", "momentum.yaml", "--from", "a.h5", ""), {"done.h5", "results"}),
                (("run", "momentum.yaml", "--from", "a.h5", "--fresh", "see"), {"seeds="}),
                (("summary", ""), {"done.h5", "results"}),
                (("summary", "done.h5", ""), set()),
                (("summary", "--by", "mo"), {"momentum", "modulus"}),
                (("show", "done.h5", ""), set()),
                (("merge", "done.h5", "d"), {"done.h5"}),
                (("slurm", "-d", ""), {"results"}),
                (("slurm", "momentum.yaml", "states=3", "epochs", "=", "4", "see"), {"seeds="}),
                (("completion", ""), set(SHELLS)),
                (("parameters", "test_"), {"test_samples", "test_lengths"}),
                (("run", "momentum.yaml", "early"), {"early_terminate="}),
                (("nonsense", ""), set())]:
            with self.subTest(" ".join(words)):
                self.assertEqual(self.replies("rnnsweep", *words), expected)

    def check_terminal(self, shell, option_ending):
        terminal = Terminal(shell, self.folder)
        self.addCleanup(terminal.close)
        for typed, expected in [
                ("sch", "schema "),
                ("run mom", "run momentum.yaml "),
                ("run momentum.yaml learning", "run momentum.yaml learning_rate="),
                ("run momentum.yaml precision=float32,float6",
                 "run momentum.yaml precision=float32,float64 "),
                ("run momentum.yaml states=3 seed", "run momentum.yaml states=3 seeds="),
                ("run --prog", f"run --progress{option_ending}"),
                ("run --progress=pl", "run --progress=plain "),
                ("plan --isa gene", "plan --isa generic "),
                ("summary don", "summary done.h5 ")]:
            with self.subTest(typed):
                self.assertEqual(terminal.complete(f"rnnsweep {typed}"), f"rnnsweep {expected}")

    def test_bash_on_a_terminal(self):
        self.check_terminal("bash", " ")

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_zsh_on_a_terminal(self):
        self.check_terminal("zsh", "=")

    @unittest.skipUnless(shutil.which("fish"), "no fish")
    def test_fish(self):
        def offered(line):
            done = subprocess.run(["fish", "--no-config", "-c", "source script.fish; complete -C $argv[1]",
                                   f"rnnsweep {line}"], cwd=self.folder, check=True, capture_output=True,
                                  text=True, env=environment(HOME=str(self.folder)))
            self.assertEqual(done.stderr, "")
            return {text.split("\t")[0] for text in done.stdout.splitlines()}

        self.assertEqual(offered(""), set(self.commands()))
        for command in self.commands():
            with self.subTest(command):
                self.assertEqual(offered(f"{command} -") | offered(f"{command} --"),
                                 self.options(command))
        self.assertEqual(offered("run mom"), {"momentum.yaml", "momentum="})
        self.assertEqual(offered("run momentum.yaml precision=f"),
                         {"precision=float32", "precision=float64"})
        self.assertEqual(offered("run --progress pl"), {"plain"})
        self.assertEqual(offered("summary don"), {"done.h5"})

    def test_other_shells_are_refused(self):
        self.refuse(64, "completion tcsh: must be one of: bash, zsh, fish", "completion", "tcsh")


if __name__ == "__main__":
    unittest.main()
