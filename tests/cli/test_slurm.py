"""`rnnsweep slurm` where there is no Slurm: its scripts, run by hand, and stand-ins for Slurm's
commands that note how they are called. tests/slurm has the real one."""

import json
import os
import shutil
import subprocess
import time
import unittest

import h5py

from program import PROGRAM, SMALL, ProgramTest, environment

# Notes the call; answers as Slurm does.
STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" "${SLURM_JOB_END_TIME:+END_TIME}" >>"$NOTES"
case "$(basename "$0") $*" in
scontrol*) echo "MaxArraySize            = 9" ;;
sbatch*merge.sh*) [ -n "$NO_MERGE" ] && exit 1; echo "$(wc -l <"$NOTES");cluster" ;;
sbatch*) echo "$(wc -l <"$NOTES");cluster" ;;
squeue*%F) printf "$QUEUED" ;;
squeue*) echo "${END:-$(date --date="+1 hour" +%Y-%m-%dT%H:%M:%S)}" ;;
esac
"""


class Slurm(ProgramTest):
    def setUp(self):
        super().setUp()
        self.folder = self.folder / "a-folder-whose-path-is-as-long-as-those-on-clusters-are"
        self.folder.mkdir()
        self.write("small.yaml", SMALL)
        self.notes = self.folder / "notes"
        self.notes.touch()
        commands = self.folder / "commands"
        commands.mkdir()
        for name in ("sbatch", "scontrol", "squeue"):
            (commands / name).write_text(STAND_IN)
            (commands / name).chmod(0o755)
        self.path = f"{commands}:{os.environ['PATH']}"

    def slurm(self, *arguments, code=0):
        return self.call("slurm", "small.yaml", *arguments, code=code, PATH=self.path,
                         NOTES=str(self.notes))

    def script(self, name, *arguments, code=0, **settings):
        """Runs one of the scripts as Slurm or a user would; returns what it printed."""
        done = subprocess.run([self.folder / "slurm/small" / name, *arguments], cwd="/", text=True,
                              capture_output=True, timeout=60,
                              env=environment(PATH=self.path, NOTES=str(self.notes), **settings))
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def task(self, number, code=0, **settings):
        return self.script("array.sh", code=code, SLURM_ARRAY_JOB_ID="7", SLURM_JOB_ID="7",
                           SLURM_ARRAY_TASK_ID=str(number), SLURM_ARRAY_TASK_COUNT="1", **settings)

    def calls(self):
        """The calls of stand-ins since the last time, one a line."""
        text = self.notes.read_text()
        self.notes.write_text("")
        return text.replace(str(self.folder), "DIR")

    def test_what_is_written(self):
        out, _ = self.slurm("seeds=2", "--shards", "3", "--time", "90", "--cpus-per-task", "4",
                            "--partition", "long", "--account", "me too", "--concurrent", "2",
                            "--", "--mem=1G", "--mail-type", "END", "--comment=a \"b\\")
        self.assertMatches(out, "small: 8 runs, predicted * s on one core\n"
                                "  array of 3 tasks, 4 cores and 01:30:00 each, predicted *\n"
                                f"  results   {self.folder}/results/small.h5\n"
                                f"  commands  {self.folder}/slurm/small/README.md\n"
                                "Nothing is submitted yet. To submit:\n"
                                f"    {self.folder}/slurm/small/submit.sh\n")
        script = (self.folder / "slurm/small/array.sh").read_text()
        self.assertIn("#SBATCH --array=1-3%2\n#SBATCH --time=01:30:00\n"
                      "#SBATCH --nodes=1 --ntasks=1 --cpus-per-task=4\n", script)
        self.assertIn('#SBATCH --requeue\n#SBATCH --partition=long\n#SBATCH --account="me too"\n'
                      '#SBATCH --mem=1G\n#SBATCH --mail-type END\n#SBATCH "--comment=a \\"b\\\\"\n',
                      script)
        plan = json.loads((self.folder / "slurm/small/plan.json").read_text())
        self.assertEqual((plan["runs"], plan["shards"], plan["overrides"]), (8, 3, ["seeds=2"]))
        self.assertEqual((self.folder / "slurm/small/sweep.yaml").read_text(), SMALL)
        self.assertFalse(list(self.folder.glob("slurm/small/.*")))

    @unittest.skipUnless(shutil.which("shellcheck"), "no shellcheck")
    def test_shellcheck_finds_nothing(self):
        folder = self.folder / 'it\'s "here", $HOME, 50%'
        self.call("slurm", "small.yaml", "states=2,3", "learning_rate=0.1", "-d", str(folder))
        done = subprocess.run(["shellcheck", *folder.glob("*.sh")], capture_output=True, text=True)
        self.assertEqual(done.stdout, "")

    def test_scripts_train_and_merge(self):
        self.slurm("--shards", "4")
        self.assertEqual(self.calls(), "scontrol show config \n")
        out = self.script("submit.sh", SLURM_JOB_END_TIME="5")
        self.assertEqual(out, "array job 1: shards 1-4\n"
                              f"merge job 2: into {self.folder}/results/small.h5\n")
        self.assertEqual(self.calls(),
                         "sbatch --parsable --array=1-4 DIR/slurm/small/array.sh \n"
                         "sbatch --parsable --dependency=afterany:1,singleton "
                         "DIR/slurm/small/merge.sh 12 \n")
        out = self.script("merge.sh", "12", code=75)  # nothing was trained
        self.assertIn("12 runs are missing, of the shards 1-4. To submit these again:\n", out)
        for number in (1, 2, 4):
            self.assertIn(f"shard {number}/4, job 7_{number}, attempt 1, on ", self.task(number))
        self.assertIn("squeue --noheader --states=all --jobs=7_1 --format=%e", self.calls())
        self.assertEqual(self.call("missing", "--array", "slurm/small", code=75)[0], "3\n")
        self.assertEqual(self.call("missing", "--count", "slurm/small")[0], "3\n")
        shards = [f"results/small.{i}-of-4.h5" for i in (1, 2, 4)]
        self.assertEqual(self.call("missing", "--array", *shards, code=75)[0], "3\n")
        status = self.call("status", "slurm/small")[0].splitlines()
        self.assertEqual([line.split()[-1] for line in status[1:5]],
                         [f"{self.folder}/results/small.{i}-of-4.h5" for i in (1, 2, 3, 4)])
        self.assertEqual([line.split()[:5] for line in status[1:5]],
                         [["3", "3", "0", "0", "0"]] * 2 + [["3", "0", "0", "0", "3"]]
                         + [["3", "3", "0", "0", "0"]])
        self.assertIn("not begun", status[3])
        self.assertMatches(status[6], "time left: *; no file was written to *")
        out = self.script("merge.sh", "12", code=75)
        self.assertIn("9 of 12 runs from 3 files", out)
        self.assertMatches(out, "*3 runs are missing, of the shards 3. *\n    */submit.sh\n")
        self.assertEqual(self.calls(), "")  # nothing is submitted without --requeue-until-done
        self.script("submit.sh", code=75, QUEUED="1\n1\n")  # nor while the tasks are still at it
        self.assertEqual(self.calls(), "squeue --noheader --jobs=1 "
                         "--states=PENDING,RUNNING,SUSPENDED --format=%F \n")
        self.assertIn("array job 2: shards 3\n", self.script("submit.sh"))
        self.task(3)
        self.script("merge.sh", "3")
        self.assertIn("merge job", self.script("submit.sh"))
        self.assertNotIn("--array", self.calls().split("sbatch", 3)[-1])
        self.call("run", "small.yaml", "-o", "whole.h5")
        self.assertSameResults("whole.h5", "results/small.h5")
        self.slurm("--shards", "3")  # another cut: nothing is trained again
        self.task(2)
        self.assertTrue(self.times("results/small.2-of-3.h5") < self.times("results/small.h5"))

    def test_what_submit_says(self):
        self.slurm("--shards", "2", "--submit")
        self.assertEqual([line.split()[:2] for line in self.jobs()],
                         [["2", "array"], ["3", "merge"]])
        done = self.submit(QUEUED="2\n")
        self.assertEqual((done.returncode, done.stdout), (75, ""))
        self.assertEqual(done.stderr, "submit.sh: tasks of array job 2 wait or run, and go on by "
                         "themselves.\nTo submit shards all the same, name them: submit.sh 3,7-9\n")
        done = self.submit("2", QUEUED="2\n")
        self.assertMatches(done.stdout, "array job *: shards 2\nmerge job *: into */small.h5\n")
        done = self.submit(NO_MERGE="yes")
        self.assertEqual(done.returncode, 1)
        self.assertIn("array job ", done.stdout)
        self.assertMatches(done.stderr, "*the merge job was not submitted. When the tasks have "
                           "ended, type */slurm/small/merge.sh\n")
        self.assertEqual(self.jobs()[-1].split()[1], "array")
        done = self.submit("--help")
        self.assertEqual(done.returncode, 64)
        self.assertIn("Usage: submit.sh [TASKS]", done.stdout)
        for command in ("sbatch", "squeue"):
            (self.folder / "commands" / command).unlink()
        tools = self.folder / "tools"  # no Slurm, even where the machine has one
        tools.mkdir()
        for tool in ("bash", "env", "sed", "paste", "sort"):
            (tools / tool).symlink_to(shutil.which(tool))
        done = self.submit(PATH=str(tools))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("there is no sbatch here: submit from a login node", done.stderr)

    def submit(self, *arguments, **settings):
        return subprocess.run([self.folder / "slurm/small/submit.sh", *arguments],
                              capture_output=True, text=True, timeout=60, cwd="/",
                              env=environment(**{"PATH": self.path, "NOTES": str(self.notes),
                                                 **settings}))

    def jobs(self):
        """Those that submit.sh has noted."""
        return (self.folder / "slurm/small/log/jobs").read_text().splitlines()

    def test_the_end_of_a_task(self):
        """What Slurm tells about it is watched; where it tells nothing, there is no limit."""
        self.slurm("--shards", "5")
        self.task(1, code=75, END="2001-02-03T04:05:06")
        for number, text in ((2, "NONE"), (3, "N/A"), (4, " ")):
            self.task(number, END=text)
        self.task(5, code=75, SLURM_JOB_END_TIME="5")
        self.task(5, END="2001-02-03T04:05:06", SLURM_JOB_END_TIME="99999999999")

    def test_requeue_until_done(self):
        self.slurm("--shards", "2", "--concurrent", "1", "--requeue-until-done")
        self.task(1)
        self.calls()
        out = self.script("merge.sh", "12", code=75)
        self.assertIn("array job 1: shards 2\n", out)
        self.assertEqual(self.calls(),
                         "sbatch --parsable --array=2%1 DIR/slurm/small/array.sh \n"
                         "sbatch --parsable --dependency=afterany:1,singleton "
                         "DIR/slurm/small/merge.sh 6 \n")
        out = self.script("merge.sh", "6", code=75)
        self.assertIn("Not submitted again, since the last time brought no run", out)
        self.assertEqual(self.calls(), "")

    def test_an_edited_copy_is_refused(self):
        self.slurm("--shards", "2")
        copy = self.folder / "slurm/small/sweep.yaml"
        copy.unlink()
        copy.write_text(SMALL.replace("seeds: 3", "seeds: 4"))
        self.task(1, code=65)
        for command in ("status", "missing"):
            self.refuse(65, "slurm/small/sweep.yaml does not expand to the runs that were *",
                        command, "slurm/small")
        (self.folder / "slurm/small/plan.json").unlink()
        self.refuse(65, "slurm/small/plan.json: *make the folder anew *", "status", "slurm/small")

    def test_another_sweep_takes_another_folder(self):
        self.slurm("--shards", "2")
        self.slurm("--shards", "3")  # the same runs
        self.refuse(73, "*/slurm/small holds another sweep (small, 12 runs), *",
                    "slurm", "small.yaml", "seeds=4")
        self.task(1)
        self.task(2)
        self.task(3)
        self.script("merge.sh", "12")
        self.refuse(73, "*results/small.h5 holds another sweep: *", "slurm", "small.yaml", "seeds=4",
                    "-d", "slurm/more")
        self.call("slurm", "small.yaml", "seeds=4", "-d", "slurm/more", "-o", "more.h5",
                  "--from", "results/small.h5", "--shards", "1")
        shutil.rmtree(self.folder / "slurm/small")
        (self.folder / "slurm/more").rename(self.folder / "slurm/small")
        text = (self.folder / "slurm/small/array.sh").read_text()
        (self.folder / "slurm/small/array.sh").write_text(text.replace("slurm/more", "slurm/small"))
        self.task(1)
        self.call("run", "small.yaml", "seeds=4", "-o", "whole.h5")
        self.assertSameResults("whole.h5", "more.1-of-1.h5")
        self.assertTrue(self.times("results/small.h5") < self.times("more.1-of-1.h5"))

    def times(self, name):
        """The wall times of the runs in a file: a run that is trained anew has another one."""
        with h5py.File(self.folder / name) as file:
            return set(file["wall_time"][:])

    def test_wrong_options(self):
        self.refuse(64, "--shards 9: *MaxArraySize*", "slurm", "small.yaml", "--shards", "9",
                    PATH=self.path, NOTES=str(self.notes))
        self.refuse(64, "--shards 13: the sweep has only 12 runs", "slurm", "small.yaml", "-n13")
        self.refuse(64, "--time soon: must be a time as sbatch takes it: *", "slurm", "small.yaml",
                    "--time", "soon")
        for option, name in (("--array=1-3", "array"), ("-a", "array"), ("-a1-3", "array"),
                             ("--dependency", "dependency"), ("--dep=afterok:1", "dependency"),
                             ("--wrap", "wrap"), ("-W", "wait"), ("-N2", "nodes"),
                             ("-o", "output"), ("--ntasks=2", "ntasks")):
            self.refuse(64, f"{option}: the scripts set sbatch's option --{name} themselves: *",
                        "slurm", "small.yaml", "--", option)
        for option, name in (("--time=5", "time"), ("-c2", "cpus-per-task")):
            self.refuse(64, f"{option}: the number of tasks depends on --{name}: give it before *",
                        "slurm", "small.yaml", "--", option)
        self.refuse(64, "debug: what follows -- must be options of sbatch", "slurm", "small.yaml",
                    "--", "debug")
        self.refuse(64, "an argument has a line break in it: *", "slurm", "small.yaml", "--",
                    "--comment=a\nb")
        self.refuse(74, "--from absent.h5: cannot read: *", "slurm", "small.yaml", "--from",
                    "absent.h5")
        self.call("slurm", "small.yaml", "learning_rate=-1", code=65)
        self.assertFalse((self.folder / "slurm").exists())

    def test_options_that_look_like_those_of_the_scripts(self):
        options = ("--nodelist=a1", "--no-kill", "--wait-all-nodes=1", "--time-min=5",
                   "--ntasks-per-core=1", "--nice")
        self.slurm("--", *options, "--comment", "a value")
        script = (self.folder / "slurm/small/array.sh").read_text()
        for option in options:
            self.assertIn(f"\n#SBATCH {option}\n", script)
        self.assertIn('\n#SBATCH --comment "a value"\n', script)

    def test_no_line_break_in_a_path(self):
        self.write("small.yaml", SMALL)
        inner = self.folder / "a\nb"
        inner.mkdir()
        shutil.copy(self.folder / "small.yaml", inner)
        done = subprocess.run([PROGRAM, "slurm", "small.yaml"], cwd=inner, capture_output=True,
                              text=True, env=environment())
        self.assertEqual(done.returncode, 73)
        self.assertIn("has a line break in it", done.stderr)
        self.assertFalse((inner / "slurm").exists())


class Deadline(ProgramTest):
    """SLURM_JOB_END_TIME: what is begun is finished before. test_deadline.c has the arithmetic,
    tests/slurm a real time limit."""

    # Minutes, of which few losses are kept.
    DEAR = ("epochs=1000000", "train_samples=2000", "sequence_length=62", "loss_interval=1000000")

    def setUp(self):
        super().setUp()
        self.write("small.yaml", SMALL.replace("epochs: 1", "epochs: 400"))

    def run_until(self, seconds, *overrides):
        """Returns how many runs are finished when the program has stopped."""
        end = int(time.time()) + seconds
        _, err = self.call("run", "small.yaml", *overrides, "-j2", code=75,
                           SLURM_JOB_END_TIME=str(end))
        self.assertIn("stopped by the end of the job (SLURM_JOB_END_TIME), which comes before", err)
        return self.finished("results/small.h5")

    def test_stops_and_goes_on(self):
        finished = self.run_until(6, "seeds=2000")
        self.assertTrue(0 < finished < 8000, finished)
        self.call("run", "small.yaml", "seeds=40", "-o", "a.h5", SLURM_JOB_END_TIME="99999999999")

    def test_begins_nothing_that_cannot_end(self):
        self.assertEqual(self.run_until(-100), 0)
        self.assertEqual(self.run_until(20, *self.DEAR, "--fresh"), 0)

    def test_a_large_run_is_not_begun_when_its_prediction_is_longer(self):
        """In half of what it takes with nothing else at work; predictions are off by a quarter."""
        wide = ("states=400", "learning_rate=0.05", "precision=float64", "epochs=20",
                "train_samples=20000", "test_samples=10", "sequence_length=30")
        plan = json.loads(self.call("plan", "small.yaml", *wide, "--json")[0])
        self.assertEqual(self.run_until(int(plan["dearest"]["seconds"] / 2), *wide), 0)

    def test_cheap_runs_are_done_where_dear_ones_do_not_fit(self):
        self.assertEqual(self.run_until(40, *self.DEAR[1:], "epochs=1,1000000"), 12)

    def test_no_number(self):
        for text in ("soon", "-5", "1e9"):
            self.refuse(64, f"SLURM_JOB_END_TIME={text}: must be in seconds since 1970; *",
                        "run", "small.yaml", SLURM_JOB_END_TIME=text)
        self.call("run", "small.yaml", "epochs=1", SLURM_JOB_END_TIME="")


if __name__ == "__main__":
    unittest.main()
