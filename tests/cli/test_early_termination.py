"""A sweep with early termination: what is trained how far, whoever trains it and however often it is
interrupted.

The oracle of a run at a rung is a run of its own with `epochs` set to the rung: its results, curve
and weights are those that a run stopped there must have. The rule is written once more here, naively.
"""

import json
import signal
import subprocess
import time
import unittest

import h5py
import numpy as np

from program import PROGRAM, ProgramTest, environment

PARAMETERS = """
  states: [2, 3, 4]
  learning_rate: [0.003, 0.03]
  epochs: {epochs}
  train_samples: 300
  test_samples: 60
  batch_size: {batch}
  sequence_length: 6
"""
RUNGS = (2, 5, 8)
EPOCHS = 12
SEEDS = 4


def sweep(early, batch=50, epochs=EPOCHS, seeds=SEEDS, metric="test_accuracy"):
    goal = "maximize" if "accuracy" in metric else "minimize"
    return (f"name: halving\nmethod: grid\nparameters:{PARAMETERS.format(epochs=epochs, batch=batch)}"
            f"seeds: {seeds}\nmetric: {{name: {metric}, goal: {goal}}}\n{early}\n")


def halving(keep=0.5, statistic="score"):
    return f"early_terminate: {{type: successive_halving, epochs: {list(RUNGS)}, keep: {keep}, statistic: {statistic}}}"


def naive_survivors(values, losses, keep, seeds, best=max):
    """Configurations that go on from each rung: values and losses [rung][run], configurations times
    seeds."""
    alive = list(range(len(values[0]) // seeds))
    kept = []
    for rung, loss in zip(values, losses):
        score = {c: np.mean(rung[c * seeds:(c + 1) * seeds]) if best is max
                 else -np.median(rung[c * seeds:(c + 1) * seeds]) for c in alive}
        medians = {c: np.median(loss[c * seeds:(c + 1) * seeds]) for c in alive}
        alive = sorted(alive, key=lambda c: (-round(score[c], 11), medians[c], c))[:int(np.ceil(keep * len(alive)))]
        kept.append(alive)
    return kept


class EarlyTermination(ProgramTest):
    def train(self, name, text, *arguments, code=0, output=None):
        self.write(f"{name}.yaml", text)
        return self.call("run", f"{name}.yaml", "-o", output or f"{name}.h5", "--progress", "plain",
                         *arguments, code=code)

    def whole_runs(self, **options):
        """Files of the same sweep with its epochs at each rung, and at the end."""
        for epochs in (*RUNGS, EPOCHS):
            self.train(f"at{epochs}", sweep("", epochs=epochs, **options))
        return {epochs: self.datasets(f"at{epochs}.h5") for epochs in (*RUNGS, EPOCHS)}

    def check_file(self, path, oracle, kept, metric="test_accuracy"):
        """Every run is what the oracle's is at its rung; those of `kept` went on."""
        found = self.datasets(path)
        runs = len(found["run"])
        seeds = runs // 6
        for run in range(runs):
            configuration = run // seeds
            passed = [k for k, alive in enumerate(kept) if configuration in alive]
            last = (*RUNGS, EPOCHS)[len(passed)]
            stopped = last != EPOCHS
            with self.subTest(run=run, last=last):
                at = oracle[last]
                self.assertEqual(found["status"][run], 4 if stopped else at["status"][run])
                self.assertEqual(found["stop_reason"][run], 5 if stopped else 0)
                self.assertEqual(found["rungs_reached"][run], len(passed) + stopped)
                for name in ("updates", "initial_loss", "final_loss", "test_accuracy",
                             "test_bit_accuracy"):
                    self.assertEqual(found[name][run], at[name][run], name)
                curve = at["loss"][run]
                np.testing.assert_array_equal(found["loss"][run][:len(curve)], curve)
                self.assertTrue(np.isnan(found["loss"][run][len(curve):]).all())
                for path_of in found:
                    if path_of.startswith("weights/") and path_of in at and "run_id" not in path_of:
                        group = path_of.rsplit("/", 1)[0]
                        if found[f"{group}/run_id"].shape != found[path_of].shape[:1]:
                            continue
                        row = list(found[f"{group}/run_id"]).index(run) \
                            if run in found[f"{group}/run_id"] else None
                        if row is not None:
                            np.testing.assert_array_equal(found[path_of][row], at[path_of][row], path_of)
                for k in range(found["rungs_reached"][run]):
                    for name in ("final_loss", "test_accuracy", "test_bit_accuracy"):
                        self.assertEqual(found[f"{name}_by_rung"][run, k], oracle[RUNGS[k]][name][run])
                self.assertTrue(np.isnan(found[f"{metric}_by_rung"][run, found["rungs_reached"][run]:]).all())
        self.call("verify", path)

    def check_all(self, metric="test_accuracy", keep=0.5, **options):
        oracle = self.whole_runs(metric=metric, **options)
        values = [oracle[epochs][metric] for epochs in RUNGS]
        losses = [oracle[epochs]["final_loss"] for epochs in RUNGS]
        kept = naive_survivors(values, losses, keep, SEEDS, max if "accuracy" in metric else min)
        _, err = self.train("halving", sweep(halving(keep), metric=metric, **options))
        self.assertEqual(sum(len(alive) for alive in kept), {0.5: 3 + 2 + 1, 0.34: 3 + 2 + 1}[keep])
        self.assertIn("to rung 1 of 3, at 2 epochs: 6 of 6 configurations, 24 runs to train\n", err)
        self.assertIn("to the end: 1 of 6 configurations, 4 runs to train\n", err)
        self.check_file("halving.h5", oracle, kept, metric)
        return oracle, kept

    def test_runs_stop_as_the_rule_says(self):
        self.check_all()

    def test_groups_of_runs(self):
        self.check_all(batch=1)

    def test_a_loss(self):
        self.check_all(metric="final_loss", keep=0.34)

    def test_nothing_is_left_to_do(self):
        self.train("halving", sweep(halving()))
        before = (self.folder / "halving.h5").read_bytes()
        _, err = self.train("halving", sweep(halving()))
        self.assertNotIn("to train", err)
        self.assertEqual((self.folder / "halving.h5").read_bytes(), before)
        out, _ = self.call("status", "halving.h5")
        self.assertIn("24 of 24 runs finished (4 done, 0 diverged, 0 failed, 20 stopped at a rung), "
                      "0 missing\n", out)
        shown = json.loads(self.call("status", "halving.h5", "--json")[0])["early_terminate"]
        self.assertEqual((shown["unit"], [rung["at"] for rung in shown["rungs"]]), ("epochs", [*RUNGS]))
        self.assertEqual([(rung["configurations"], rung["go_on"]) for rung in shown["rungs"]],
                         [(6, 3), (3, 2), (2, 1)])
        with h5py.File(self.folder / "halving.h5") as file:
            self.assertAlmostEqual(shown["work_share"], file["updates"][()].sum() / (24 * file["updates"][()].max()))
        self.assertIn("rung 1 of 3, at 2 epochs: 3 of 6 configurations kept\n", out)
        self.assertEqual(self.call("missing", "halving.h5")[0], "")
        self.assertEqual(self.call("missing", "--count", "halving.h5")[0], "0\n")

    def test_threads_and_shards_change_no_byte(self):
        self.train("halving", sweep(halving()), "-j", "1")
        for threads in ("2", "5"):
            self.train("halving", sweep(halving()), "-j", threads, output="more.h5", code=0)
            self.call("verify", "more.h5", "--against", "halving.h5")
            (self.folder / "more.h5").unlink()
        self.train_shards(3, sweep(halving()))
        self.call("merge", "merged.h5", *(f"part.{i}-of-3.h5" for i in (1, 2, 3)))
        self.call("verify", "merged.h5", "--against", "halving.h5")

    def test_what_is_left_falls_with_each_training(self):
        """Also where the last shard that comes to a rung decides it, and more go on than it brought."""
        self.train_shards(3, sweep(halving(0.9)))

    def train_shards(self, count, text, rounds=4):
        """Each shard waits at a rung for the others; the last one to come there goes on."""
        self.write("part.yaml", text)
        waited, lacking = 0, SEEDS * 6 * (len(RUNGS) + 1)
        paths = [f"part.{i}-of-{count}.h5" for i in range(1, count + 1)]
        for round in range(rounds):
            for i in range(1, count + 1):
                out, _ = self.call("run", "part.yaml", "-o", "part.h5", "--shard", f"{i}/{count}")
                waited += "for runs of other shards" in out
                if "for runs of other shards" in out:
                    self.assertRegex(out, f"^Shard {i} of {count}: [0-9]+ runs? waits? at rung [123] of 3, after [258] epochs, ")
                there = paths[:i] if round == 0 else paths
                self.check_status(there)
                before, lacking = lacking, int(self.call("missing", "--count", *there)[0])
                self.assertLessEqual(lacking, before)  # also when this shard has decided a rung
            if round == 0:  # a file that soon is older than the shards
                self.call("merge", "part.h5", *paths, code=75)
            if lacking == 0:
                self.assertEqual(self.call("missing", *paths)[0], "")
                self.assertGreater(waited, count)
                return
        self.fail("the shards do not end")

    def check_status(self, paths):
        """Runs that go on are pending in their file, and no file is complete that others decide about."""
        shown = json.loads(self.call("status", "--json", *paths)[0])
        kinds = ("done", "diverged", "failed", "stopped")
        self.assertEqual(shown["runs"], sum(shown[kind] for kind in kinds) + shown["missing"])
        for part in shown["files"]:
            self.assertEqual(part["runs"], sum(part[kind] for kind in (*kinds, "pending")))
        there = sum(part["runs"] for part in shown["files"])
        self.assertEqual(shown["missing"], sum(part["pending"] for part in shown["files"]) + shown["runs"] - there)
        rungs = shown["early_terminate"]["rungs"]
        decided = [rung["go_on"] is not None for rung in rungs]
        self.assertEqual(decided, sorted(decided, reverse=True))
        text = self.call("status", *paths)[0]
        if len(paths) > 1 and shown["missing"] > 0:
            goal = sum(decided)
            end = f", to rung {goal + 1} of 3, at {RUNGS[goal]} epochs" if goal < 3 else ""
            self.assertRegex(text, rf"(?m)^time left: .* of one core{end}(; no file is being written)?$")

    def test_killed_and_resumed(self):
        """Whatever was done when it was killed, the end is the same, and what it leaves is sound."""
        self.train("halving", sweep(halving(), epochs=1500))
        path = self.folder / "killed.h5"
        attempt, reached = 0, set()
        while True:
            attempt += 1
            process = subprocess.Popen([PROGRAM, "run", "halving.yaml", "-o", path.name, "-j", "1"],
                                       cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env=environment())
            time.sleep(0.1 * attempt)
            process.send_signal(signal.SIGKILL if attempt % 2 else signal.SIGTERM)
            if process.wait() == 0:
                break
            if path.exists():
                self.call("verify", path.name)
                reached.update(self.datasets(path.name)["rungs_reached"])
        self.assertGreater(len(reached), 1, "never killed between two rungs")
        self.call("verify", path.name, "--against", "halving.h5")

    def test_grown_by_seeds_and_configurations(self):
        """What a larger sweep decides depends on its numbers alone, and only what it wants more of a run
        is trained."""
        self.train("small", sweep(halving(), seeds=2), output="grown.h5")
        _, err = self.train("large", sweep(halving()), output="grown.h5")
        self.assertIn("12 runs to train", err)  # the new seeds, to the first rung
        self.train("fresh", sweep(halving()))
        grown, fresh = self.datasets("grown.h5"), self.datasets("fresh.h5")
        further = grown["rungs_reached"] > fresh["rungs_reached"]
        same = ~further & (grown["status"] == fresh["status"])
        self.assertTrue((same | further | (grown["status"] == 1)).all())
        for name in ("final_loss", "test_accuracy", "updates", "status"):
            np.testing.assert_array_equal(grown[name][same], fresh[name][same], name)

    def test_grown_by_configurations(self):
        self.train("small", sweep(halving()), output="grown.h5")
        text = sweep(halving()).replace("[2, 3, 4]", "[2, 3, 4, 8]")
        _, err = self.train("large", text, output="grown.h5")
        self.assertIn("to rung 1 of 3, at 2 epochs: 8 of 8 configurations, 8 runs to train\n", err)
        self.train("fresh", text)
        self.assertEqual(self.call("missing", "grown.h5")[0], "")
        grown, fresh = self.datasets("grown.h5"), self.datasets("fresh.h5")
        self.assertTrue((grown["rungs_reached"] >= fresh["rungs_reached"]).all())
        for k in range(len(RUNGS)):
            both = fresh["rungs_reached"] > k
            np.testing.assert_array_equal(grown["test_accuracy_by_rung"][both, k],
                                          fresh["test_accuracy_by_rung"][both, k])

    def test_other_rungs_and_none(self):
        """A file that begins with other rungs, or without, ends as one that is made at once."""
        self.train("halving", sweep(halving()))
        for begin in ("", halving().replace("[2, 5, 8]", "[3, 5]"), halving(0.3)):
            with self.subTest(begin=begin):
                (self.folder / "changed.h5").unlink(missing_ok=True)
                self.train("halving", sweep(begin), output="changed.h5")
                _, err = self.train("halving", sweep(halving()), output="changed.h5")
                if begin == halving(0.3):
                    self.assertRegex(err, "runs to train, [0-9]+ of them from the beginning\n")
                self.call("verify", "changed.h5")
                self.assertEqual(self.call("missing", "changed.h5")[0], "")
                changed, whole = self.datasets("changed.h5"), self.datasets("halving.h5")
                for k in range(len(RUNGS)):
                    both = whole["rungs_reached"] > k
                    np.testing.assert_array_equal(changed["test_accuracy_by_rung"][both, k],
                                                  whole["test_accuracy_by_rung"][both, k])
        self.train("halving", sweep(""))
        _, err = self.train("halving", sweep(""), output="changed.h5")
        self.assertIn("resuming: ", err)
        self.assertTrue((self.datasets("changed.h5")["status"] == 1).all())
        np.testing.assert_array_equal(self.datasets("changed.h5")["final_loss"],
                                      self.datasets("halving.h5")["final_loss"])

    def test_runs_taken_over(self):
        self.train("halving", sweep(halving()))
        self.train("whole", sweep(""))
        for source in ("halving.h5", "whole.h5"):
            self.train("halving", sweep(halving()), "--from", source, output=f"from-{source}")
            self.call("verify", f"from-{source}")
            self.assertEqual(self.call("missing", f"from-{source}")[0], "")
        self.call("verify", "from-halving.h5", "--against", "halving.h5")

    def test_plan_says_what_it_saves(self):
        self.write("halving.yaml", sweep(halving()))
        out, _ = self.call("plan", "halving.yaml")
        self.assertIn("2 epochs           6 configurations, 3 kept\n", out)
        self.assertIn("8 epochs           2 configurations, 1 kept\n", out)
        plan = json.loads(self.call("plan", "halving.yaml", "--json")[0])["early_terminate"]
        self.assertEqual([rung["configurations"] for rung in plan["rungs"]], [6, 3, 2])
        least, most = plan["work_share"]
        # 6 to epoch 2, 3 to 5, 2 to 8, 1 to 12, if all cost the same
        self.assertLess(least, (6 * 2 + 3 * 3 + 2 * 3 + 1 * 4) / (6 * 12))
        self.assertGreater(most, (6 * 2 + 3 * 3 + 2 * 3 + 1 * 4) / (6 * 12))
        self.assertLess(most, 1)
        self.assertGreater(plan["work_share_in_jobs"][0], least)


if __name__ == "__main__":
    unittest.main()
