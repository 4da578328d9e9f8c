#!/usr/bin/env python3
"""How many runs rnnsweep trains while others train one: NumPy, PyTorch, Eigen, KANN.

    compare.py RNNSWEEP [--states 3,8,...] [--precision float32,float64] [--cells tanh,relu,gru,lstm]
               [--peers numpy,torch,eigen,kann] [--kann FOLDER] [--rounds 7] [--seconds 0.3] [--cpu N]
               [--json FILE]

NumPy and Eigen know tanh alone, KANN no relu and no float64; its sources are looked for in FOLDER. Of
tanh, PyTorch's peer has backpropagation by hand; of other cells, PyTorch's own.

For each shape all programs stay loaded and take turns on one core, round by round, and what counts
is CPU time; so a machine that is shared or changes its speed changes it for all. The ratio of a
round is rnnsweep's rate over the peer's; shown are median, least and greatest over the rounds.

Ratios compare the same work, the 100 updates and their losses (`rnnsweep bench --updates-only`);
the first rate is that of whole runs of rnnsweep, which draw their data and are tested. What each
peer does differently is said in its own file and in `how`. Python takes the BLAS library that the system
gives it; Debian's plain one is several times slower than OpenBLAS (package libopenblas0-pthread),
so the one in use is named."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile

import adder

HERE = pathlib.Path(__file__).resolve().parent
NAMES = {"numpy": "NumPy", "torch": "PyTorch", "eigen": "Eigen", "kann": "KANN"}
CXX_FLAGS = "-O3 -march=native -ffast-math -DNDEBUG -DEIGEN_STACK_ALLOCATION_LIMIT=0".split()


def words(text):
    return text.split(",")


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rnnsweep", help="the program to compare")
    parser.add_argument("--states", type=words, default=words("3,8,16,32,64,128"))
    parser.add_argument("--precision", type=words, default=words("float32,float64"))
    parser.add_argument("--cells", type=words, default=words("tanh"))
    parser.add_argument("--peers", type=words, default=words("numpy,torch,eigen"))
    parser.add_argument("--kann", type=pathlib.Path, default="kann", help="the folder of KANN's sources")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3, help="of rnnsweep in each round")
    parser.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)), help="the core to use")
    parser.add_argument("--eigen-include", default="/usr/include/eigen3")
    parser.add_argument("--json", type=pathlib.Path, help="write everything measured there")
    return parser.parse_args()


class Peer:
    """A peer program that waits for its turns."""

    def __init__(self, command, data=""):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(data)
        self.process.stdin.flush()
        self.description = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{shlex.join(self.process.args)} ended early")
        return json.loads(line)

    def seconds(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def numbers_of_pairs():
    random = adder.np.random.RandomState(1)
    return [str(n) for n in random.randint(0, 1 << (adder.STEPS - 1), (adder.SAMPLES, 2)).ravel()]


def eigen_peer(states, precision, include, folder):
    program = pathlib.Path(folder, f"eigen_{states}_{precision}")
    real = {"float32": "float", "float64": "double"}[precision]
    subprocess.run(
        ["g++", *CXX_FLAGS, f"-I{include}", f"-DSTATES={states}", f"-DREAL={real}",
         str(HERE / "peer_eigen.cpp"), "-o", str(program)], check=True)
    theta = adder.first_parameters(states, 1, precision)[0]
    numbers = numbers_of_pairs() + [repr(float(value)) for value in theta]
    return Peer([str(program)], "\n".join(numbers) + "\n")


def kann_peer(cell, states, kann, folder):
    program = pathlib.Path(folder, "kann")
    if not program.exists():
        sources = [str(file) for file in (HERE / "peer_kann.c", kann / "kann.c", kann / "kautodiff.c")]
        subprocess.run(["gcc", "-O3", "-march=native", "-ffast-math", f"-I{kann}", *sources, "-o", str(program), "-lm"],
                       check=True)
    return Peer([str(program), cell, str(states)], "\n".join(numbers_of_pairs()) + "\n")


def knows(peer, cell, precision):
    if peer == "kann":
        return precision == "float32" and cell != "relu"
    return peer == "torch" or cell == "tanh"


def start_peer(name, cell, states, precision, chosen, folder):
    if name == "eigen":
        return eigen_peer(states, precision, chosen.eigen_include, folder)
    if name == "kann":
        return kann_peer(cell, states, chosen.kann, folder)
    script = HERE / ("peer_torch_cells.py" if cell != "tanh" else f"peer_{name}.py")
    return Peer([sys.executable, str(script), "--states", str(states), "--precision", precision,
                 "--cell", cell])


def bench(chosen, cell, states, precision, *options):
    done = subprocess.run(
        [chosen.rnnsweep, "bench", "--json", f"cell={cell}", f"states={states}", f"precision={precision}",
         "--seconds", str(chosen.seconds), *options], check=True, capture_output=True, text=True)
    report = json.loads(done.stdout)
    return report["machine"], report["kernels"][0]


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def check_losses(peers, precision):
    """Peers that start from the same numbers, which KANN cannot, say by their first losses that they do
    the same work. The first step divides each gradient by its own size, which magnifies rounding."""
    tolerance = {"float32": 1e-4, "float64": 1e-8}[precision]
    peers = [peer for peer in peers if "loss" in peer.description]
    first = peers[0].description["loss"] if peers else []
    for peer in peers:
        if any(abs(a / b - 1) > tolerance for a, b in zip(first, peer.description["loss"])):
            raise RuntimeError(f"the losses of {peer.description} are not {first}")


def compare(chosen, cell, states, precision, folder):
    peers = [start_peer(name, cell, states, precision, chosen, folder)
             for name in chosen.peers if knows(name, cell, precision)]
    check_losses(peers, precision)
    whole, ours, fractions, theirs = [], [], [], [[] for _ in peers]
    for _ in range(chosen.rounds):
        machine, row = bench(chosen, cell, states, precision)
        whole.append(row["runs_per_second"])
        machine, row = bench(chosen, cell, states, precision, "--updates-only")
        ours.append(row["runs_per_second"])
        fractions.append(row["fraction_of_peak"]["median"])
        for seconds, peer in zip(theirs, peers):
            seconds.append(peer.seconds())
    result = {"cell": cell, "states": states, "precision": precision, "isa": row["isa"], "peers": [],
              "runs_per_second": spread(whole), "updates_only_per_second": spread(ours),
              "fraction_of_peak": spread(fractions)}
    for peer, seconds in zip(peers, theirs):
        peer.close()
        result["peers"].append({
            **peer.description,
            "runs_per_second": spread([1 / s for s in seconds]),
            "ratio": spread([rate * s for rate, s in zip(ours, seconds)])})
    return machine, result


def row_text(result, names):
    rates = [result[key]["median"] for key in ("runs_per_second", "updates_only_per_second")]
    share = result["fraction_of_peak"]["median"]
    cells = [result["cell"], str(result["states"]), result["precision"], *(f"{rate:.4g}" for rate in rates), f"{100 * share:.0f} %"]
    ratios = {peer["peer"]: peer["ratio"] for peer in result["peers"]}
    for name in names:
        ratio = ratios.get(name)
        cells.append(f"{ratio['median']:.3g} ({ratio['min']:.3g}-{ratio['max']:.3g})" if ratio else "")
    return "| " + " | ".join(cells) + " |"


def print_heading(names):
    heading = ["cell", "states", "precision", "runs/s", "updates only", "of FMA peak"]
    heading += [f"times {name}" for name in names]
    print("| " + " | ".join(heading) + " |")
    print("|" + "---|" * len(heading), flush=True)


def print_notes(machine, results):
    print(f"\n{machine['cpu']}, {machine['system']}, {platform.python_implementation()} {platform.python_version()}")
    print(f"rnnsweep {machine['version']} ({machine['commit']}), {machine['compiler']} {machine['flags']}")
    print(f"command: {shlex.join(sys.argv)}")
    for name in {peer["peer"]: None for result in results for peer in result["peers"]}:
        peers = [(r, p) for r in results for p in r["peers"] if p["peer"] == name]
        example = peers[0][1]
        print(f"{name} {example['version']}" + (f", {example['blas']}" if example.get("blas") else ""))
        for result, peer in peers:
            print(f"    {result['cell']} {result['states']} {result['precision']}: {peer['runs_per_second']['median']:.4g} runs/s, {peer['how']}")


def main():
    chosen = options()
    os.sched_setaffinity(0, {chosen.cpu})
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    results, names = [], [NAMES[peer] for peer in chosen.peers]
    print_heading(names)
    with tempfile.TemporaryDirectory() as folder:
        for precision in chosen.precision:
            for states in map(int, chosen.states):
                for cell in chosen.cells:
                    machine, result = compare(chosen, cell, states, precision, folder)
                    results.append(result)
                    print(row_text(result, names), flush=True)
    print_notes(machine, results)
    if chosen.json:
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        report = {"date": now, "command": shlex.join(sys.argv), "machine": machine, "cxx_flags": CXX_FLAGS, "results": results}
        chosen.json.write_text(json.dumps(report, indent=2) + "\n")


main()
