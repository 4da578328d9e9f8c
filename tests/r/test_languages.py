#!/usr/bin/env python3
"""The program, Python and R answer the same questions with the same numbers, in the same order: on
files with ties, diverged and pending runs, one seed, all solved, none solved, data seeds."""
import csv
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent / "analysis" / "python"), str(TESTS / "numeric"),
                str(TESTS / "cli")]

import checksums  # noqa: E402
import netCDF4  # noqa: E402, F401  warns when it is loaded, which is none of our business
import program  # noqa: E402
import rnnsweep  # noqa: E402

PENDING, DONE, DIVERGED, FAILED, STOPPED = range(5)
AGREEMENT = 1e-13  # relative; of the 16 digits the last ones depend on the order of additions
GRID = {"states": [2, 3, 4], "learning_rate": [0.01, 0.02], "epochs": 1, "train_samples": 20,
        "batch_size": 10, "test_samples": 20, "sequence_length": 4}
SEEDS = 24
QUESTIONS = ((None, None), ("states", None), ("learning_rate", None), ("states", "final_loss"),
             (None, "test_bit_accuracy"), ("seed", None))
R_PROGRAM = """
library(rnnsweep)
arguments <- commandArgs(TRUE)
questions <- strsplit(strsplit(arguments[1], "|", fixed = TRUE)[[1]], ";")
given <- function(text) if (text == "-") NULL else text
for (path in arguments[-1]) {
  results <- rnnsweep:::read_results(path)
  cat("@@", path, "\\n")
  for (question in questions) {
    table <- configuration_table(results, given(question[1]), metric = given(question[2]))
    if (!is.data.frame(results)) # a table answers the other questions
      results <- run_table(results, finished = FALSE)
    cat("@", question[1], question[2], "\\n")
    write.csv(format(as.data.frame(table), digits = 17, trim = TRUE), row.names = FALSE,
              quote = FALSE)
    cat("@note", attr(table, "note"), sep = "\n")
  }
}
"""


def outcomes(file, stream):
    """Some solve the task, more with more states, more with some seeds; nothing is equal."""
    seed, states = file["seed"][:], file["states"][:]
    chance = 1 / (1 + np.exp(-(states - 3 + stream.normal(size=seed.max() + 1)[seed])))
    count = len(seed)
    accuracy = np.where(stream.uniform(size=count) < chance, 1, stream.randint(0, 20, count) / 20)
    file["test_accuracy"][:] = accuracy
    file["test_bit_accuracy"][:] = stream.uniform(size=count)
    file["final_loss"][:] = np.where(accuracy == 1, 0.001, 0.3) * stream.gamma(1, size=count)


def nothing(file, stream):
    """As it is."""


def ties(file, stream):
    file["test_accuracy"][:] = np.round(2 * file["test_accuracy"][:]) / 2
    file["final_loss"][:] = np.round(file["final_loss"][:], 1)


def diverged(file, stream):
    rows = stream.uniform(size=len(file["status"])) < 0.3
    file["status"][:] = np.where(rows | (file["states"][:] == 2), DIVERGED, DONE)


def pending(file, stream):
    status = stream.choice([PENDING, DONE, DIVERGED, FAILED], len(file["status"]),
                           p=[0.3, 0.5, 0.1, 0.1])
    file["status"][:] = np.where(file["states"][:] == 3, PENDING, status)


def few_shared(file, stream):
    """Some settings share fewer seeds with the best than it takes to tell them apart."""
    rows = (file["states"][:] == 2) & (file["seed"][:] > 4) | (file["seed"][:] > 20)
    file["status"][:] = np.where(rows, PENDING, DONE)
    file["status"][0] = FAILED


def nothing_finished(file, stream):
    file["status"][:] = PENDING


def all_solved(file, stream):
    file["test_accuracy"][:] = 1


def none_solved(file, stream):
    file["test_accuracy"][:] = 0


def trouble(file, stream):
    """Of runs that were stopped and of those that went on, some are missing, failed or diverged, after
    some rungs."""
    status, reached = file["status"][:], file["rungs_reached"][:]
    lot = stream.uniform(size=len(status))
    status[lot < 0.1], status[(lot > 0.1) & (lot < 0.15)] = PENDING, FAILED
    lost = (lot > 0.8) & (status == DONE)
    status[lost] = DIVERGED
    reached[lost] = stream.randint(0, 3, lost.sum())
    file["status"][:], file["rungs_reached"][:] = status, reached


def grown(file, stream):
    """Some runs were stopped earlier than the others of their settings."""
    earlier = (file["status"][:] == STOPPED) & (stream.uniform(size=len(file["status"])) < 0.1)
    file["rungs_reached"][:] = np.where(earlier, 1, file["rungs_reached"][:])


EARLY = {"early_terminate": {"type": "successive_halving", "epochs": [1, 2, 4], "keep": 0.5}}
HALVED = {"epochs": 6, "learning_rate": [0.01, 0.1, 1e300]}
DIVERGES = {"learning_rate": [0.02, 1e300]}
ZIP = [["learning_rate", "momentum"]]
FILES = {
    "plain": (nothing, {}), "ties": (ties, {}), "diverged": (diverged, {}), "pending": (pending, {}),
    "all solved": (all_solved, {}), "none solved": (none_solved, {}),
    "one seed": (nothing, {}, 1), "few seeds": (nothing, {}, 4),
    "data seeds": (nothing, {"data_seed": [1, 2], "states": [2, 4]}, 8),
    "data sets": (nothing, {"data_seed": list(range(9)), "states": [2, 4]}, 1),
    "no data seed": (nothing, {"data_seed": ["none", 30, 40]}, 6),
    "no clip": (nothing, {"clip_norm": ["none", 0.5, 1]}, 6),
    "zip": (nothing, {"momentum": [0.5, 0.8]}, SEEDS, ZIP),
    "cells": (diverged, {"cell": ["tanh", "gru", "lstm", "mgu"], "states": [2, 4]}, 8),
    "double": (ties, {"precision": "float64"}),
    "few shared": (few_shared, {}), "nothing finished": (nothing_finished, {}, 4),
    "least accurate": (diverged, {}, SEEDS, None,
                       {"metric": {"name": "test_accuracy", "goal": "minimize"}}),
    "checked": (pending, {"task": ["addition", "parity"], "stop_loss": 0.68, "epochs": 4,
                          "check_interval": 1, "learning_rate": [0.02, 0.1]}),
    "checked and stopped": (trouble, {**HALVED, "stop_loss": 0.6, "check_interval": 1}, 6, None, EARLY),
    "stopped": (nothing, HALVED, 12, None, EARLY), "stopped few": (ties, HALVED, 4, None, EARLY),
    "stopped trouble": (trouble, HALVED, 12, None, EARLY),
    "stopped grown": (grown, HALVED, 8, None, EARLY),
}


class Languages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.paths = {name: cls.file(name, *what) for name, what in FILES.items()}
        cls.tables = cls.tables_of_r(list(cls.paths.values()))

    @classmethod
    def file(cls, name, change, parameters=(), seeds=SEEDS, zipped=None, more=None):
        path = program.run_grid(cls.folder, name.replace(" ", "-"), {**GRID, **dict(parameters)},
                                seeds, **({"zip": zipped} if zipped else {}), **(more or {}))
        stream = np.random.RandomState(7)
        with h5py.File(path, "r+") as file:
            outcomes(file, stream)
            change(file, stream)
            checksums.seal_heads(file)
        return path

    @classmethod
    def tables_of_r(cls, paths):
        """{path: {question: CSV}}: one process for all files, as each takes seconds to start."""
        asked = "|".join(";".join(part or "-" for part in question) for question in QUESTIONS)
        (cls.folder / "ask.R").write_text(R_PROGRAM)
        done = subprocess.run([os.environ.get("RSCRIPT", "Rscript"), "--vanilla",
                               str(cls.folder / "ask.R"), asked, *map(str, paths)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        files = [part.split("\n", 1)[1] for part in done.stdout.split("@@ ")[1:]]
        return {path: {question: text.split("\n", 1)[1]
                       for question, text in zip(QUESTIONS, part.split("@ ")[1:])}
                for path, part in zip(paths, files)}

    def check(self, path):
        r_tables = self.tables[path]
        self.assertEqual(len(r_tables), len(QUESTIONS))
        with rnnsweep.open_results(path) as results:
            for by, metric in QUESTIONS:
                with self.subTest(path.stem, by=by, metric=metric):
                    options = [f"--{name}={value}" for name, value in
                               (("by", by), ("metric", metric)) if value]
                    printed = subprocess.run(
                        [program.PROGRAM, "summary", str(path), "--csv", *options],
                        capture_output=True, text=True, check=True).stdout
                    ours = rnnsweep.configuration_table(results, by, metric=metric)
                    table = rows_of(printed)
                    self.assertEqual(table, rows_of(ours.to_csv(index=False)), "Python")
                    theirs, note = r_tables[by, metric].split("@note\n")
                    self.assertEqual(table, rows_of(theirs), "R")
                    self.assertEqual(ours.attrs["note"], note.strip())

    def test_files(self):
        for path in self.paths.values():
            self.check(path)

    def test_best_run(self):
        """A diverged run is the worst there is, whatever is to be best."""
        paths = [program.run_grid(self.folder, f"best-{name}-{goal}", {**GRID, **DIVERGES}, 3,
                                  metric={"name": name, "goal": goal})
                 for name in ("test_accuracy", "final_loss") for goal in ("minimize", "maximize")]
        said = self.of_r("library(rnnsweep); " + "; ".join(
            f"cat(best_run(rnnsweep:::read_results('{path}')), '')" for path in paths)).split()
        for path, theirs in zip(paths, said):
            shown = subprocess.run([program.PROGRAM, "show", str(path), "best", "--json"],
                                   capture_output=True, text=True, check=True).stdout
            with rnnsweep.open_results(path) as results:
                self.assertEqual(results.best(), int(theirs))
            self.assertEqual(json.loads(shown)["run"], int(theirs))

    def test_times_to_a_loss(self):
        """As columns of the table."""
        path = program.run_grid(self.folder, "times", {**GRID, **HALVED}, 6, **EARLY)
        for level in ("0.69", "0.1"):
            script = (f"write.csv(format(as.data.frame(rnnsweep::configuration_table(rnnsweep:::"
                      f"read_results('{path}'), loss_level = {level})), digits = 17, trim = TRUE), "
                      "row.names = FALSE, quote = FALSE)")
            printed = rows_of(self.printed(path, "--csv", "--loss-level", level))
            self.assertIn("updates_expected", printed[0])
            with rnnsweep.open_results(path) as results:
                table = rnnsweep.configuration_table(results, loss_level=float(level))
                self.assertEqual(printed, rows_of(table.to_csv(index=False)))
            self.assertEqual(printed, rows_of(self.of_r(script)))

    def test_why_there_is_no_standing(self):
        path = self.paths["few shared"]
        why = "at most 4 seeds with the best, too few to tell; 7 would, if the best won with each."
        self.assertIn(f"?: shares {why}", self.printed(path))
        with rnnsweep.open_results(path) as results:
            for by, text in ((None, f"Some settings share {why}"),
                             ("seed", "Some settings share no seeds with the best.")):
                note = rnnsweep.configuration_table(results, by).attrs["note"]
                self.assertIn(text, note)
                self.assertIn("runs are not finished and not counted.", note)
                self.assertIn("1 run is not counted: the gradient check failed.", note)

    def test_stopped_runs(self):
        """Importance, comparisons, scores at rungs, curves and times of Python and R."""
        path = self.file("halved", trouble, HALVED, 12, None, EARLY)
        script = (f"x <- rnnsweep:::read_results('{path}'); library(rnnsweep); p <- function(t) {{ "
                  "cat('@'); write.csv(format(as.data.frame(t), digits = 17, trim = TRUE), row.names = FALSE, quote = FALSE) }; "
                  "p(rungs(x)); p(scores_at_rungs(x)); p(rungs(x, 'final_loss')); "
                  "p(scores_at_rungs(x, 'states', 'final_loss')); p(time_to_loss(x, 0.69)); "
                  "p(loss_bands(x, 'states')); p(plot_rung_scores(x)$data[c('until', 'rung', 'score')]); "
                  "s <- compare_settings(x, list(states = 4), list(states = 3)); "
                  "p(s[c('pairs', 'both', 'only_a', 'only_b', 'p_accuracy', 'accuracy_low', 'until')]); print(s)")
        *tables, last = self.of_r(script).split("@")[1:]
        with rnnsweep.open_results(path) as results:
            bands = rnnsweep.loss_bands(results, "states", (0.5, 0.25, 0.75)).rename(
                columns={0.5: "median", 0.25: "low", 0.75: "high"})
            one = rnnsweep.compare(results, {"states": 4}, {"states": 3})
            ours = [rnnsweep.rungs(results), rnnsweep.scores_at_rungs(results),
                    rnnsweep.rungs(results, "final_loss"),
                    rnnsweep.scores_at_rungs(results, "states", "final_loss"),
                    rnnsweep.time_to_loss(results, 0.69), bands]
        ours.append(ours[1][["until", "rung", "score"]])  # the figure's
        self.assertEqual(len(ours), len(tables))
        for mine, theirs in zip(ours, tables):
            self.assertEqual(rows_of(mine.to_csv(index=False)), rows_of(theirs))
            self.assertGreater(len(mine), 1)
        compared, said = last.split("states 4", 1)
        (row,) = rows_of(compared)
        self.assertEqual({name: cell for name, cell in row.items()},
                         {name: number(str(getattr(one, name))) for name in row})
        self.assertNotEqual(one.until, "end")
        self.assertIn(f"All runs as they were after {one.until}: some were stopped then.", said)

    def test_varying_along(self):
        """What differs along with the groups is no part of a pair: they share all seeds."""
        path = self.paths["zip"]
        with rnnsweep.open_results(path) as results:
            table = rnnsweep.configuration_table(results, "learning_rate")
            self.assertEqual(table.paired_seeds.tolist(), [0, SEEDS])
            self.assertEqual(table.pairs.tolist(), [0, 3 * SEEDS])
            one = rnnsweep.compare(results, {"learning_rate": 0.01}, {"learning_rate": 0.02})
            self.assertEqual((one.seeds, one.pairs), (SEEDS, 3 * SEEDS))
        note = "momentum varies along with learning_rate: their effects cannot be told apart."
        script = (f"x <- rnnsweep:::read_results('{path}'); print(rnnsweep::success_rates(x,"
                  " 'learning_rate')); print(rnnsweep::compare_settings(x, list(learning_rate ="
                  " 0.01), list(learning_rate = 0.02)))")
        for text in (table.attrs["note"], str(one), self.printed(path, "--by=learning_rate"),
                     *self.of_r(script).split("solves")[:2]):
            self.assertIn(note, text)

    def test_none_is_said(self):
        """In memory no data seed is -1, as in the file; what is printed says none."""
        path = self.file("words", nothing, {"data_seed": ["none", 30]}, 6)
        where = self.printed(path, "--where", "data_seed=none", "--csv")
        with rnnsweep.open_results(path) as results:
            for none in (None, "none", -1):
                ours = rnnsweep.configuration_table(results.where(data_seed=none))
                self.assertEqual(rows_of(where), rows_of(ours.to_csv(index=False)))
            self.assertIn("data_seed none and data_seed 30 are",
                          str(rnnsweep.compare(results, {"data_seed": None}, {"data_seed": 30})))
            rnnsweep.to_csv(results, self.folder / "runs.csv")
        self.assertIn(",none,", (self.folder / "runs.csv").read_text())
        script = (f"x <- rnnsweep:::read_results('{path}'); print(rnnsweep::success_rates(x));"
                  "print(rnnsweep::compare_settings(x, list(data_seed = 'none'), "
                  "list(data_seed = 30))$pairs); print(rnnsweep::compare_settings(x, "
                  "list(data_seed = NA), list(data_seed = 30)))")
        said = self.of_r(script)
        self.assertRegex(said, r"(?m)^ +\d +0.01 +none ")
        self.assertIn("[1] 36", said)
        self.assertIn("data_seed none", said)

    def printed(self, path, *options):
        return subprocess.run([program.PROGRAM, "summary", str(path), *options],
                              capture_output=True, text=True, check=True).stdout

    def of_r(self, script):
        done = subprocess.run([os.environ.get("RSCRIPT", "Rscript"), "--vanilla", "-e", script],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_importance(self):
        """On a full grid, of an accuracy and of the ranks of a loss; without a grid it says so."""
        path = self.file("importance", diverged, {"momentum": [0.5, 0.8]})
        script = (f"x <- rnnsweep:::read_results('{path}'); for (metric in c('test_accuracy', "
                  "'final_loss')) { cat('@'); write.csv(format(as.data.frame(rnnsweep::importance("
                  "x, metric)), digits = 17), row.names = FALSE, quote = FALSE) }; "
                  "table <- rnnsweep::run_table(x); print(rnnsweep::importance(x)); "
                  "cat(tryCatch(rnnsweep::importance(table[-which(table$states == 3 & "
                  "table$momentum == 0.5 & table$learning_rate == 0.01), ]), error = conditionMessage))")
        _, *tables, last = self.of_r(script.replace("print(", "cat('@'); print(")).split("@")
        with rnnsweep.open_results(path) as results:
            for metric, text in zip(("test_accuracy", "final_loss"), tables):
                ours = rnnsweep.importance(results, metric)
                theirs = {row["effect"].strip(): row for row in csv.DictReader(io.StringIO(text))}
                printed = self.printed(path, "--importance", "--csv", f"--metric={metric}")
                program_rows = {row["effect"]: row for row in csv.DictReader(io.StringIO(printed))}
                self.assertEqual(set(theirs), set(ours.effect))
                for _, row in ours.iterrows():
                    for column in ("share", "share_95_low", "share_95_high"):
                        for other in (theirs, program_rows):
                            self.assertAlmostEqual(float(other[row.effect][column]), row[column], 11)
        self.assertIn("Shares of the variance of test_accuracy between configurations, over 24 seeds.",
                      last)
        self.assertIn("the runs are no full grid: some combinations of values are missing", last)

    def test_what_runs_were_like_on_their_way_and_further(self):
        """Validation curves, change of the weights, accuracy over length and on further sets, with runs
        that stop by their own rule and runs that diverge; and R's figures of them."""
        stream = np.random.RandomState(1)
        with h5py.File(self.folder / "given.h5", "w") as file:
            for name, count in (("train", 60), ("test", 20), ("validation", 20), ("easy", 30), ("far", 20)):
                file[f"{name}/inputs"] = stream.randint(0, 2, (count, 5))
                file[f"{name}/targets"] = stream.randint(0, 2, (count, 5, 1))
        common = {"cell": "gru", "states": [2, 4], "learning_rate": [0.05, 1e38], "batch_size": 20,
                  "epochs": [4, 12], "optimizer": "adam"}
        path = program.run_grid(
            self.folder, "further", {**common, "task": "parity", "sequence_length": 6,
                                     "train_samples": 120, "test_samples": 40, "validation_samples": 30,
                                     "stop_accuracy": 0.9, "check_interval": 4},
            6, checkpoints="log2", test_lengths=[3, 6, 12])
        own = program.run_grid(self.folder, "own", {**common, "stop_loss": 0.6}, 6,
                               data=str(self.folder / "given.h5"), checkpoints=[0, 5])
        calls = []
        for file, name, by in [(file, name, by) for by in ([], ["epochs"], ["learning_rate", "states"])
                               for file, name in (
                                   (path, "accuracy_by_length"), (own, "accuracy_by_set"),
                                   (path, "weight_change"), (own, "weight_change"),
                                   (path, "accuracy"), (path, "loss"), (own, "loss"))]:
            call, more = (name, "") if "_" in name else ("validation_bands", f', "{name}"')
            groups = f"c({', '.join(map(repr, by))})" if by else "character()"
            calls.append((file, name, by, f"{call}(files[['{file.stem}']], {groups}{more})"))
        script = (f"library(rnnsweep); files <- list(further = open_results('{path}'), "
                  f"own = open_results('{own}'))\n" + "\n".join(
                      f"cat('@\n'); write.csv(format(as.data.frame({call}), digits = 17), "
                      "row.names = FALSE, quote = FALSE)" for *_, call in calls))
        tables = self.of_r(script).split("@\n")[1:]
        self.assertEqual(len(tables), len(calls))
        with rnnsweep.open_results(path) as further, rnnsweep.open_results(own) as of_file:
            for (file, name, by, call), text in zip(calls, tables):
                with self.subTest(call):
                    results = {path: further, own: of_file}[file]
                    ours = getattr(rnnsweep, name)(results, by) if "_" in name else \
                        rnnsweep.validation_bands(results, by, name, (0.5, 0.25, 0.75)).rename(
                            columns={0.5: "median", 0.25: "low", 0.75: "high"})
                    self.assertGreater(len(ours), 1)
                    self.assertEqual(rows_of(ours.to_csv(index=False)), rows_of(text))
        self.draw_in_r(path)

    def draw_in_r(self, path):
        """What is drawn are the numbers of the tables, without a warning."""
        figures = {
            "plot_accuracy_over_length(x, 'epochs')":
                ("accuracy_by_length(x, 'epochs')", "test_length", "test_accuracy_iqm", 3),
            "plot_weight_paths(x, 'states')":
                ("weight_change(x, 'states')", "checkpoint", "median", 2),
            "plot_validation_curves(x, 'epochs')":
                ("validation_bands(x, 'epochs')", "check", "median", 2),
            "plot_validation_curves(x, 'learning_rate', 'loss')":
                ("validation_bands(x, 'learning_rate', 'loss')", "check", "median", 2)}
        script = f"options(warn = 2); library(rnnsweep); x <- open_results('{path}')\n"
        for draw, (table, place, value, layer) in figures.items():
            script += (f"figure <- {draw}; table <- {table}\n"
                       f"drawn <- ggplot2::layer_data(figure, {layer}); y <- table${value}\n"
                       "y <- if (any(drawn$y < 0 & is.finite(y)[1])) log10(y) else y\n"
                       f"table <- table[is.finite(y), ]; y <- y[is.finite(y)]\n"
                       "stopifnot(nrow(drawn) == length(y))\n"
                       "stopifnot(max(abs(sort(drawn$y) - sort(y))) < 1e-12)\n"
                       "pdf(NULL); print(figure); invisible(dev.off()); cat('drawn\\n')\n")
        self.assertEqual(self.of_r(script).count("drawn"), len(figures))

    def test_rungs(self):
        path = program.run_grid(
            self.folder, "rungs", {**GRID, "epochs": 4}, 3,
            early_terminate={"type": "successive_halving", "epochs": [1, 2], "keep": 0.5})
        names = ("test_accuracy", "test_bit_accuracy", "test_loss", "final_loss")
        script = (f"options(warn = 2); library(rnnsweep); x <- open_results('{path}', check = TRUE)\n"
                  "table <- run_table(x, finished = FALSE); numbers <- function(x) cat(format(c(x), "
                  "digits = 17, trim = TRUE), '\\n')\n"
                  "cat(as.character(table$status), '\\n'); numbers(table$rungs_reached)\n"
                  "cat(colnames(at_rungs(x)), attr(at_rungs(x), 'unit'), '\\n')\n"
                  + "".join(f"numbers(t(at_rungs(x, '{name}')))\n" for name in names)
                  + "numbers(at_rungs(x, runs = c(7, 2))[2, ])\n")
        status, reached, rungs, *lines, two = self.of_r(script).splitlines()
        with rnnsweep.open_results(path) as results:
            data = results.at_rungs()
            self.assertEqual(status.split(), results.runs.status.astype(str).tolist())
            self.assertIn("stopped", status)
            self.assertEqual(list(map(int, reached.split())), results.runs.rungs_reached.tolist())
            self.assertEqual(rungs.split(), ["1", "2", "epochs"])
            for name, line in zip(names, lines):
                found = np.array([float(cell.replace("NA", "nan")) for cell in line.split()])
                np.testing.assert_array_equal(found, data[f"{name}_by_rung"].values.ravel(), name)
            np.testing.assert_array_equal(
                [float(cell.replace("NA", "nan")) for cell in two.split()],
                data.test_accuracy_by_rung.sel(run=2))
        none = self.file("no rungs", diverged)
        said = self.of_r(f"x <- rnnsweep:::read_results('{none}'); stopifnot(is.na(rnnsweep::run_table"
                         "(x)$rungs_reached)); cat(try(rnnsweep::at_rungs(x), silent = TRUE))")
        self.assertIn("no rungs", said)

    def test_comparisons(self):
        """compare of Python and compare_settings of R, with several pairs a seed and with one."""
        path = self.file("pairs", diverged)
        names = ("pairs", "seeds", "both", "only_a", "only_b", "neither", "difference", "low", "high",
                 "p_solved", "accuracy_difference", "accuracy_low", "accuracy_high", "p_accuracy",
                 "effect")
        script = (f"x <- rnnsweep:::read_results('{path}'); one <- rnnsweep::run_table(x);"
                  "one <- one[one$learning_rate == 0.01, ]; for (runs in list(x, one)) cat(format("
                  "unlist(unclass(rnnsweep::compare_settings(runs, list(states = 4),"
                  f"list(states = 3)))[c({', '.join(map(repr, names))})]), digits = 17), '\\n')")
        done = subprocess.run([os.environ.get("RSCRIPT", "Rscript"), "--vanilla", "-e", script],
                              capture_output=True, text=True, check=True)
        with rnnsweep.open_results(path) as results:
            for line, part in zip(done.stdout.splitlines(),
                                  (results, results.where(learning_rate=0.01))):
                ours = rnnsweep.compare(part, {"states": 4}, {"states": 3})
                for name, text in zip(names, line.split()):
                    self.assertEqual(number(text), number(str(getattr(ours, name))), name)


def rows_of(text):
    """The cells of a CSV table, as texts and numbers; nothing where there is no number: none is NaN
    in memory, and -1 of a data seed."""
    return [{name: "" if name == "data_seed" and cell.strip() == "-1" else number(cell.strip())
             for name, cell in row.items()} for row in csv.DictReader(io.StringIO(text))]


class Number(float):
    """Equal to what agrees with it."""

    def __eq__(self, other):
        return isinstance(other, float) and math.isclose(self, other, rel_tol=AGREEMENT)


def number(cell):
    try:
        value = Number(cell)
    except ValueError:
        return "" if cell in ("NA", "nan", "NaN", "none") else cell
    return value if math.isfinite(value) else ""


if __name__ == "__main__":
    unittest.main()
