#!/usr/bin/env python3
"""A Slurm cluster of several nodes on this machine, for as long as a test or a command takes.

    cluster.py [--nodes 3] [--cpus 2] [--set KEY=VALUE ...] [--] [COMMAND ...]

runs COMMAND (a shell, when there is none) where sbatch, squeue and the others speak to a controller
and nodes of their own. Everything is in one temporary folder and on the loopback interface; nothing
is left afterwards; neither root nor systemd is needed. Nodes run in PID namespaces where the kernel
allows it (root), so that `Cluster.crash` ends a node with all its jobs at once, as a power cut
does; else it ends them one by one."""

import argparse
import atexit
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "squeue")
NAMESPACE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

# cred_expire is also how long a requeued job waits. Memory is no resource here, or one job would
# fill a node. Nothing uses cgroups, but a plugin must be named, and version 2 would want systemd.
CONFIGURATION = """\
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser={user}
SlurmdUser={user}
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/completions.txt
ProctrackType=proctrack/linuxproc
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
SlurmdTimeout=10
KillWait=5
ReturnToService=2
"""


def missing_programs():
    """Names of the programs that a cluster needs and this machine does not have."""
    return [name for name in PROGRAMS if shutil.which(name, path=SEARCH) is None]


def free_ports(count):
    """Ports on which nobody listens now. All are held until the last one is found."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Cluster:
    """`with Cluster(nodes=3) as cluster`: nodes node1, node2, ... of `cpus` CPUs each; `settings`
    replace lines of slurm.conf, `partitions` are lines beside the partition `test` of all nodes.
    `cluster.environment` is what the Slurm commands need."""

    def __init__(self, nodes=1, cpus=2, settings=None, partitions=()):
        self.partitions = partitions
        self.nodes = [f"node{i + 1}" for i in range(nodes)]
        self.cpus = cpus
        self.settings = settings or {}
        self.daemons = {}
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("SLURM", "SBATCH_", "SRUN_", "SQUEUE_", "SINFO_", "OMP_"))}
        self.environment = {**kept, "PATH": SEARCH}
        self.isolated = subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode == 0

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rnnsweep-slurm-"))
        self.folder.chmod(0o755)  # munged refuses a folder that others cannot read
        self.environment["SLURM_CONF"] = str(self.folder / "slurm.conf")
        atexit.register(self.__exit__)  # after Ctrl-C, when unittest does not clean up
        try:
            self._configure()
            self._start_munge()
            self._start("slurmctld", "slurmctld", "-D")
            self._await("the controller", lambda: "is UP" in self.call("scontrol", "ping", check=False))
            for node in self.nodes:
                self.boot(node)
            self._await("the nodes", lambda: self.states() == {"idle"})
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        left = []
        if not self.isolated and "slurmctld" in self.daemons:
            with contextlib.suppress(RuntimeError):  # a controller that died must not hide why
                self.clear_queue()
            left = [process for node in self.nodes for process in self._processes(node)]
        self._kill(left)
        for daemon in reversed(self.daemons.values()):
            daemon.kill()
            daemon.wait()
        self.daemons.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _configure(self):
        (self.folder / "state").mkdir()
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        ports = free_ports(len(self.nodes) + 1)
        text = CONFIGURATION.format(controller_port=ports[0], user=os.getuid(), folder=self.folder)
        lines = [line for line in text.splitlines() if line.split("=")[0] not in self.settings]
        lines += [f"{key}={value}" for key, value in self.settings.items()]
        lines += [f"NodeName={node} NodeHostname={node} NodeAddr=127.0.0.1 Port={port} "
                  f"CPUs={self.cpus} RealMemory=1000000"
                  for node, port in zip(self.nodes, ports[1:])]
        lines += ["PartitionName=test Nodes=ALL Default=YES", *self.partitions]
        (self.folder / "slurm.conf").write_text("\n".join(lines) + "\n")

    def _start_munge(self):
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        self._start("munged", "munged", "--foreground", f"--key-file={key}",
                    *(f"--{option}={self.folder}/munge.{name}" for option, name in
                      (("socket", "socket"), ("pid-file", "pid"), ("log-file", "log"),
                       ("seed-file", "seed"))))
        self._await("munged", (self.folder / "munge.socket").exists)

    def _start(self, name, *command):
        with open(self.folder / f"{name}.out", "a") as output:
            # Whatever ends this process, even SIGKILL, ends them too.
            self.daemons[name] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, env=self.environment)

    def _await(self, what, condition, seconds=30):
        """Waits until the condition holds; gives up when a daemon has died."""
        deadline = time.monotonic() + seconds
        while not condition():
            dead = [name for name, daemon in self.daemons.items() if daemon.poll() is not None]
            if dead or time.monotonic() > deadline:
                logs = "".join(path.read_text(errors="replace")[-2000:]
                               for path in sorted(self.folder.glob("*.out")))
                raise RuntimeError(f"waiting for {what} failed; ended: {dead}\n{logs}")
            time.sleep(0.1)

    # ---- What tests do with it

    def call(self, *command, check=True, **options):
        """Runs a command to its end and returns what it printed."""
        done = subprocess.run([str(word) for word in command], env=self.environment, timeout=1800,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
        if check and done.returncode != 0:
            raise RuntimeError(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def states(self):
        return set(self.call("sinfo", "--noheader", "--Node", "--format=%T").split())

    def boot(self, node):
        """Starts a node, the first time or after a crash."""
        self._start(node, *(NAMESPACE if self.isolated else ()), "slurmd", "-D", "-N", node)

    def _processes(self, node):
        """Of a node that has no namespace of its own: its daemons, which keep its log open, then
        its jobs."""
        log = str(self.folder / f"{node}.log")
        marks = {f"SLURM_CONF={self.environment['SLURM_CONF']}".encode(),
                 f"SLURMD_NODENAME={node}".encode()}
        daemons, jobs = [], []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if log in {os.path.realpath(file) for file in (process / "fd").iterdir()}:
                    daemons.append(int(process.name))
                elif marks <= set((process / "environ").read_bytes().split(b"\0")):
                    jobs.append(int(process.name))
            except OSError:
                continue  # somebody else's, or ended meanwhile
        return daemons + jobs

    @staticmethod
    def _kill(processes):
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def crash(self, node):
        """Ends a node and its jobs without a word, and tells the controller."""
        left = [] if self.isolated else self._processes(node)
        self.daemons[node].send_signal(signal.SIGKILL)
        self._kill(left)
        self.daemons[node].wait()
        del self.daemons[node]
        self.call("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")

    def freeze(self, node, frozen=True):
        """Stops the daemon of a node but not its jobs, and tells the controller that it is down; or
        lets it go on."""
        inner = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.daemons[node].pid)],
                               capture_output=True, text=True).stdout.split()
        pid = int(inner[0]) if self.isolated else self.daemons[node].pid
        os.kill(pid, signal.SIGSTOP if frozen else signal.SIGCONT)
        if frozen:
            self.call("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")

    def queue(self):
        """(job or job_task, state, node) of every job and task in the queue."""
        rows = self.call("squeue", "--noheader", "--array", "--format=%i %T %N").splitlines()
        return [tuple((row + " ").split(" ")[:3]) for row in rows]

    def await_idle(self, seconds=120):
        """Waits until the queue is empty."""
        self._await("an empty queue", lambda: not self.queue(), seconds)

    def clear_queue(self):
        self.call("scancel", f"--user={os.getuid()}", check=False)
        self.await_idle()

    def ended(self, array):
        """(task, state) of every attempt at a task of an array that has ended, in order. A requeue
        ends an attempt as PENDING, a lost node as NODE_FAIL."""
        path = self.folder / "completions.txt"
        found = []
        for line in path.read_text().splitlines() if path.exists() else []:
            fields = dict(word.split("=", 1) for word in line.split() if "=" in word)
            if fields.get("ArrayJobId") == str(array):
                found.append((int(fields["ArrayTaskId"]), fields["JobState"]))
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if missing_programs():
        sys.exit(f"cluster.py: not installed: {' '.join(missing_programs())}")
    settings = dict(setting.split("=", 1) for setting in options.set)
    if options.command[:1] == ["--"]:
        del options.command[0]
    with Cluster(options.nodes, options.cpus, settings) as cluster:
        command = options.command or [os.environ.get("SHELL", "/bin/sh")]
        return subprocess.run(command, env=cluster.environment).returncode


if __name__ == "__main__":
    sys.exit(main())
