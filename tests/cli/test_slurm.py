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
scontrol*config) echo "MaxArraySize            = 9"; printf "$CONFIG" ;;
scontrol*partition) printf "$PARTITIONS" ;;
sinfo*) printf "$CPUS" ;;
sacctmgr*user*) printf "$USERS" ;;
sacctmgr*assoc\ account=*) account="${*#*account=}"; eval printf "\"\$ACCOUNT_${account%% *}\"" ;;
sacctmgr*qos*name=$QOS_NAME\ *) printf "$QOS" ;;
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
        for name in ("sacctmgr", "sbatch", "scontrol", "sinfo", "squeue"):
            (commands / name).write_text(STAND_IN)
            (commands / name).chmod(0o755)
        self.path = f"{commands}:{os.environ['PATH']}"

    def slurm(self, *arguments, code=0, **settings):
        return self.call("slurm", "small.yaml", *arguments, code=code, PATH=self.path,
                         NOTES=str(self.notes), **settings)

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

    def test_runs_that_no_file_can_hold_are_refused(self):
        """With the message of `run`, before anything is written."""
        long = ("train_samples=100000", "batch_size=1", "epochs=1000000",
                "loss_interval=1000000000")
        _, err = self.slurm(*long, code=65)
        self.assertIn(" updates and ", err)
        self.assertEqual(err, self.call("run", "small.yaml", *long, "--progress", "none", code=65)[1])
        self.assertFalse((self.folder / "slurm").exists())

    def test_what_is_written(self):
        out, _ = self.slurm("seeds=2", "--shards", "3", "--time", "90", "--cpus-per-task", "4",
                            "--partition", "long", "--account", "me too", "--concurrent", "2",
                            "--", "--mem=1G", "--mail-type", "END", "--comment=a \"b\\")
        self.assertMatches(out, "small: 8 runs, predicted * s on one core\n"
                                "  array of 3 tasks, 4 cores and 01:30:00 each, predicted *\n"
                                "  merge job of 00:31:00\n"
                                "  memory    at most about * MB a task\n"
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
        self.assertEqual(self.calls(), "scontrol show config \n"
                         "scontrol --all --oneliner show partition \n")
        out = self.script("submit.sh", SLURM_JOB_END_TIME="5")
        self.assertEqual(out, "array job 1: shards 1-4\n"
                              f"merge job 2: into {self.folder}/results/small.h5\n")
        self.assertEqual(self.calls(),
                         "sbatch --parsable --array=1-4 DIR/slurm/small/array.sh \n"
                         "sbatch --parsable --dependency=afterany:1,singleton "
                         "DIR/slurm/small/merge.sh 12 \n")
        out = self.script("merge.sh", "12", code=75)  # nothing was trained
        self.assertIn("Incomplete: runs of the shards 1-4 are missing. To submit these again:\n", out)
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
        self.assertMatches(status[6], "time left: * of one core; no file is being written")
        for ahead in (1, 7200):  # the clock of the node that wrote them
            for shard in (1, 4):
                when = time.time() + ahead
                os.utime(self.folder / f"results/small.{shard}-of-4.h5", (when, when))
            lines = self.call("status", "slurm/small")[0].splitlines()
            self.assertEqual([line.split()[:5] for line in lines[1:5]],
                             [line.split()[:5] for line in status[1:5]])
            self.assertEqual(["not begun" in line for line in lines[1:5]],
                             [False, False, True, False])
        out = self.script("merge.sh", "12", code=75)
        self.assertIn("9 of 12 runs from 3 files", out)
        self.assertMatches(out, "*: runs of the shards 3 are missing. *\n    */submit.sh\n")
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
                         [["3", "array"], ["4", "merge"]])
        done = self.submit(QUEUED="3\n")
        self.assertEqual((done.returncode, done.stdout), (75, ""))
        self.assertEqual(done.stderr, "submit.sh: tasks of array job 3 wait or run, and resume by "
                         "themselves.\nTo submit shards all the same, name them: submit.sh 3,7-9\n")
        done = self.submit("2", QUEUED="3\n")
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
        for tasks in ("0", "1-", "a", "1,,2", "1%2"):
            done = self.submit(tasks)
            self.assertEqual((done.returncode, done.stdout), (64, ""), tasks)
            self.assertIn(f"{tasks}: must be numbers of shards: ", done.stderr)
        self.assertIn("2-3: the sweep has 2 shards", self.submit("2-3").stderr)
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

    # As Slurm 22.05 prints them.
    ENFORCED = "AccountingStorageEnforce = associations,limits,qos\nMaxJobCount             = 10000\n"
    PARTITIONS = (
        "PartitionName=long AllowGroups=ALL Default=YES QoS=N/A DefaultTime=NONE MaxTime=UNLIMITED "
        "MaxCPUsPerNode=UNLIMITED State=UP TotalCPUs=4\n"
        "PartitionName=debug AllowGroups=ALL Default=NO QoS=parts MaxNodes=UNLIMITED "
        "MaxTime=00:30:00 MaxCPUsPerNode=16 State=UP TotalCPUs=64\n"
        "PartitionName=old Default=NO QoS=N/A MaxTime=1-00:00:00 MaxCPUsPerNode=8 State=DRAIN\n")
    USERS = ("physics|physics|||50|2|00:45:00||cpu=60|\n"
             "physics|physics|debug|short|40||00:25:00|||\n"
             "physics|chemistry||||||||\n")
    QOS = "short|7||00:20:00|cpu=4,node=1||\n"

    def test_limits_of_a_partition(self):
        """MaxTime for tasks and merge, CPUs of a node, and what is the default partition."""
        site = {"PARTITIONS": self.PARTITIONS, "CPUS": "4\n32\n"}
        out, _ = self.slurm("--shards", "2", "--time", "10", "-p", "debug", **site)
        self.assertIn("  merge job of 00:30:00\n  limits    00:30:00 a job (partition debug)\n", out)
        for name, line in (("merge", "--time=00:30:00"), ("array", "--time=00:10:00")):
            self.assertIn(f"#SBATCH {line}\n", (self.folder / f"slurm/small/{name}.sh").read_text())
        out, _ = self.slurm("--shards", "2", "--merge-time", "7", "--", "-p", "debug", **site)
        self.assertIn("  merge job of 00:07:00\n", out)
        out, _ = self.slurm(SBATCH_PARTITION="debug", **site)  # sbatch takes it too
        self.assertIn("array of 1 task, 1 core and 00:30:00 each", out)
        self.assertIn("merge job of 00:31:00\n", self.slurm("-c", "32", **site)[0])
        _, err = self.slurm("--partition", "debug,old", **site)  # jobs fit both
        self.assertIn("warning: partition old is DRAIN: jobs wait or are refused", err)
        for options, settings in ((("--", "-M", "far", "-pnowhere"), {}),
                                  (("-p", "nowhere"), {"SLURM_CLUSTERS": "far"})):
            _, err = self.slurm(*options, **site, **settings)
            self.assertIn("the limits of cluster far are not known here", err)
        for options, message in (
                (("--time", "31", "-p", "debug"), "--time is longer than the 30:00 that partition debug allows"),
                (("--merge-time", "31", "-p", "debug"), "--merge-time is longer than the 00:30:00 that *"),
                (("--merge-time", "x"), "--merge-time x: must be a time as sbatch takes it: *"),
                (("-c", "17", "-p", "debug"), "--cpus-per-task 17: partition debug allows 16"),
                (("-c", "9", "-p", "debug,old"), "--cpus-per-task 9: partition old allows 8"),
                (("-c", "33"), "--cpus-per-task 33: the nodes of partition long allow 32"),
                (("-p", "nowhere"), "--partition nowhere: this Slurm has the partitions long, debug, old"),
                (("-p", "debug,nowhere"), "--partition debug,nowhere: *")):
            self.refuse(64, message, "slurm", "small.yaml", *options, PATH=self.path,
                        NOTES=str(self.notes), **site)

    def test_memory(self):
        """What no node has, and what the options give too little of, is refused."""
        site = {"PARTITIONS": self.PARTITIONS, "CPUS": "4 64000\n32 1000+\n"}
        large = ("train_samples=100000000", "sequence_length=62", "epochs=1", "batch_size=1000000")
        for options, settings, message in (
                ((), {"CPUS": "4 1000\n32 2000+\n"},
                 "a task needs about * GB of memory on 1 core, and the nodes of partition long allow "
                 "2.1 GB: take fewer --cpus-per-task, more --shards, or another --partition"),
                (("-p", "debug"), {"PARTITIONS": self.PARTITIONS.replace(
                    "MaxCPUsPerNode=16", "MaxCPUsPerNode=16 MaxMemPerNode=4000")},
                 "a task needs about * GB of memory on 1 core, and partition debug allows 4.19 GB: *"),
                (("--", "--mem=500M"), {}, "a task needs about * GB of memory on 1 core, and --mem or "
                 "--mem-per-cpu gives it 524 MB: give it --mem=*M"),
                (("-c", "2", "--", "--mem-per-cpu", "1G"), {}, "* gives it 2.15 GB: give it --mem=*"),
                ((), {"SBATCH_MEM_PER_NODE": "100"}, "* gives it 105 MB: give it --mem=*")):
            self.refuse(64, message, "slurm", "small.yaml", *large, *options, PATH=self.path,
                        NOTES=str(self.notes), **{**site, **settings})
        self.assertFalse((self.folder / "slurm").exists())
        for options, settings in (((), {}), (("--", "--mem=30G"), {}), (("--", "--mem=0"), {}),
                                  ((), {"CPUS": "4 1\n"}), (("-c", "4", "--", "--mem-per-cpu=30G"), {})):
            out, _ = self.slurm(*large, *options, **{**site, **settings})
            self.assertMatches(out, "*\n  memory    at most about * GB a task\n*")
        # A shard holds its own runs alone.
        many = ("seeds=1000000", "train_samples=40", "epochs=1", "batch_size=20")
        for shards, need in (("1", "794 MB"), ("8", "122 MB")):
            out, _ = self.slurm(*many, "-d", f"many-{shards}", "--shards", shards, **site)
            self.assertMatches(out, f"*\n  memory    at most about {need} a task\n*")

    def test_limits_that_an_account_shares(self):
        """GrpTRES, GrpJobs and GrpSubmit of the account and of those above it."""
        site = {"PARTITIONS": self.PARTITIONS, "CONFIG": self.ENFORCED, "CPUS": "64 64000\n",
                "USERS": "physics|physics|||50|20|||||cpu=40|\n", "QOS_NAME": "none",
                "ACCOUNT_physics": "physics||faculty||cpu=32||\nphysics|me|||cpu=2|1|\n",
                "ACCOUNT_faculty": "faculty||root|6|cpu=16,node=9|3|\n",
                "ACCOUNT_root": "root|||||||\n"}
        out, _ = self.slurm("--shards", "8", **site)
        self.assertIn("  limits    6 jobs in the queue (account physics), so 4 tasks at a time\n"
                      "  limits    3 jobs at the same time (account physics)\n", out)
        self.slurm("-c", "16", **site)
        for cores, settings in (("17", {}), ("33", {"ACCOUNT_faculty": "faculty||root||||\n"}),
                                ("41", {"ACCOUNT_physics": "physics||||||\n"})):
            self.refuse(64, f"--cpus-per-task {cores}: account physics allows {int(cores) - 1}",
                        "slurm", "small.yaml", "-c", cores, PATH=self.path, NOTES=str(self.notes),
                        **{**site, **settings})
        self.assertIn("sacctmgr --noheader --parsable2 show assoc account=root ", self.calls())

    def test_a_run_that_would_never_end(self):
        site = {"PARTITIONS": self.PARTITIONS}
        costly = ("epochs=100000", "train_samples=20000", "states=64")
        for options, message in (
                (("-p", "debug"), "run * would never end: it takes about * on one core and needs a "
                 "task of *, but partition debug allows 30:00"),
                (("--time", "30"), "--time is too short for run *, which would never end: it takes "
                 "about * on one core; give a task *")):
            self.refuse(64, message, "slurm", "small.yaml", *costly, *options, PATH=self.path,
                        NOTES=str(self.notes), **site)
        self.assertFalse((self.folder / "slurm").exists())
        out, _ = self.call("plan", "small.yaml", *costly)
        self.assertMatches(out, "*\n  longest run          * on one core; needs a job of at least *\n*")
        self.assertNotIn("longest run", self.call("plan", "small.yaml")[0])

    def test_limits_of_accounts_and_qos(self):
        """The partition's QOS goes before the job's, and that before the association."""
        site = {"PARTITIONS": self.PARTITIONS, "CONFIG": self.ENFORCED, "USERS": self.USERS,
                "QOS": self.QOS, "QOS_NAME": "short"}
        out, _ = self.slurm("--shards", "9", **site)
        self.assertIn("  in 2 arrays, as one has 8 tasks at most here\n", out)
        self.assertIn("  limits    00:45:00 a job (account physics)\n"
                      "  limits    2 jobs at the same time (account physics)\n", out)
        out, _ = self.slurm("--shards", "9", "-p", "debug", **site)  # another default QOS
        self.assertIn("  merge job of 00:20:00\n  limits    00:20:00 a job (QOS short)\n"
                      "  limits    7 jobs in the queue (QOS short), so 5 tasks at a time\n"
                      "  about 2 submissions; ", out)
        self.calls()
        out = self.script("submit.sh")
        self.assertIn("array job 1: shards 1-5\nthe site allows no more at a time: 4 shards are left "
                      "for the next submission\n", out)
        out, _ = self.slurm("--shards", "9", "-p", "debug", **{**site, "QOS_NAME": "parts",
                                                             "QOS": "parts||3|00:10:00|||\n"})
        self.assertIn("  limits    00:10:00 a job (QOS parts)\n", out)
        self.assertIn("  limits    3 jobs at the same time (QOS parts)\n", out)
        out, _ = self.slurm("--shards", "9", "--account", "chemistry", **site)
        self.assertNotIn("limits", out)
        out, _ = self.slurm("--shards", "3", "-c", "4", **site)
        self.assertIn("  limits    00:15:00 a job (account physics)\n", out)  # 60 minutes of a core
        self.refuse(64, "--cpus-per-task 5: QOS short allows 4", "slurm", "small.yaml", "-c5", "--",
                    "--qos", "short", PATH=self.path, NOTES=str(self.notes), **site)
        site["CONFIG"] = "AccountingStorageEnforce = associations\n"
        self.assertNotIn("limits", self.slurm("--shards", "9", **site)[0])
        site["CONFIG"] = "SchedulerParameters     = bf_max=3,max_array_tasks=4\nMaxJobCount = 8\n"
        out, _ = self.slurm("--shards", "9", **site)
        self.assertIn("  in 3 arrays, as one has 4 tasks at most here\n", out)
        self.assertIn("  limits    8 jobs in the queue (MaxJobCount), so 6 tasks at a time\n", out)

    def test_more_shards_than_an_array_has(self):
        self.slurm("--shards", "12", "--concurrent", "3")
        self.calls()
        out = self.script("submit.sh", SBATCH_TIMELIMIT="1")
        self.assertEqual(out, "array job 1: shards 1-8\narray job 2: shards 9-12\n"
                              f"merge job 3: into {self.folder}/results/small.h5\n")
        self.assertEqual(self.calls(),
                         "sbatch --parsable --array=1-8%3 DIR/slurm/small/array.sh \n"
                         "sbatch --parsable --array=1-4%3 --dependency=afterany:1 "
                         "--output=DIR/slurm/small/log/shard-8+%a.log DIR/slurm/small/array.sh 8 \n"
                         "sbatch --parsable --dependency=afterany:1:2,singleton "
                         "DIR/slurm/small/merge.sh 12 \n")
        out = self.script("array.sh", "8", SLURM_ARRAY_JOB_ID="7", SLURM_ARRAY_TASK_ID="3")
        self.assertIn(": shard 11/12, job 7_3, ", out)
        self.script("submit.sh", "2-6:2,11")
        self.assertIn("--array=2,4,6%3 ", self.calls())

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
        self.refuse(65, "slurm/small/plan.json is missing: *`rnnsweep slurm` made; *slurm/small/*.h5", "status", "slurm/small")

    def test_a_sweep_without_a_name_keeps_that_of_its_file(self):
        """Which the copy in the folder does not tell."""
        self.write("größe.yaml", SMALL.replace("name: small\n", ""))
        self.call("slurm", "größe.yaml", "--shards", "2")
        folder = self.folder / "slurm/größe"
        for task in (1, 2):
            done = subprocess.run([folder / "array.sh"], cwd="/", capture_output=True, text=True,
                                  env=environment(SLURM_ARRAY_JOB_ID="7", SLURM_JOB_ID="7",
                                                  SLURM_ARRAY_TASK_ID=str(task), PATH=os.environ["PATH"]))
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("sweep größe: 12 of 12 runs finished", self.call("status", "slurm/größe")[0])
        shards = [f"results/größe.{i}-of-2.h5" for i in (1, 2)]
        self.call("merge", "merged.h5", *shards)
        self.call("run", "größe.yaml", "-o", "local.h5")
        self.assertIn("the same results", self.call("verify", "merged.h5", "--against", "local.h5")[0])
        self.refuse(64, "'a/b': a name becomes a file name: *", "run", "größe.yaml", "--name", "a/b")

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
        self.assertEqual(self.run_until(int(plan["costliest"]["seconds"] / 2), *wide), 0)

    def test_cheap_runs_are_done_where_costly_ones_do_not_fit(self):
        self.assertEqual(self.run_until(40, *self.DEAR[1:], "epochs=1,1000000"), 12)

    def test_no_number(self):
        for text in ("soon", "-5", "1e9"):
            self.refuse(64, f"SLURM_JOB_END_TIME={text}: must be in seconds since 1970; *",
                        "run", "small.yaml", SLURM_JOB_END_TIME=text)
        self.call("run", "small.yaml", "epochs=1", SLURM_JOB_END_TIME="")


if __name__ == "__main__":
    unittest.main()
