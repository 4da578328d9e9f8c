#!/usr/bin/env python3
"""Configurations in a storage of Optuna: read back by Optuna itself."""
import shutil
import sys
import unittest
import warnings

import h5py
import numpy as np

from sweeps import SWEPT, TESTS, Commands  # noqa: E402  puts the package on the path

import program
import rnnsweep

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import optuna
except ImportError:
    print("skipped: needs Optuna")
    sys.exit(77)


class Optuna(Commands):
    def setUp(self):
        super().setUp()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        # Optuna's own use of SQLAlchemy, and what it marks as experimental.
        warnings.filterwarnings("ignore", module="optuna|sqlalchemy|alembic")
        warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)

    def test_trials_are_the_configurations(self):
        study = rnnsweep.to_optuna(self.results)
        table = rnnsweep.success_rates(self.results)
        self.assertEqual(study.study_name, "sweep")
        self.assertEqual(study.direction, optuna.study.StudyDirection.MAXIMIZE)
        self.assertEqual(study.user_attrs["metric"], "test_accuracy")
        self.assertEqual(len(study.trials), len(table))
        by_parameters = {tuple(trial.params[name] for name in SWEPT): trial for trial in study.trials}
        for _, row in table.iterrows():
            trial = by_parameters[tuple(row[name] for name in SWEPT)]
            self.assertEqual(trial.state, optuna.trial.TrialState.COMPLETE)
            self.assertEqual(trial.value, row["score"])
            self.assertEqual(trial.user_attrs["solved"], row["solved"])
            self.assertEqual(trial.user_attrs["solved_share_95_low"], row["solved_share_95_low"])
        best = table.iloc[0]
        self.assertEqual(study.best_value, best["score"])
        self.assertEqual({name: best[name] for name in SWEPT}, study.best_params)

    def test_scales(self):
        distributions = rnnsweep.to_optuna(self.results).trials[0].distributions
        self.assertEqual(distributions["states"], optuna.distributions.IntDistribution(2, 4))
        self.assertEqual(distributions["learning_rate"],
                         optuna.distributions.FloatDistribution(0.02, 1.7e308, log=True))
        self.assertEqual(distributions["batching"],
                         optuna.distributions.CategoricalDistribution(["disjoint", "sliding"]))

    def test_values_of_every_kind(self):
        path = program.run_grid(self.folder, "kinds", {
            "data_seed": [None, 3], "nesterov": [False, True], "clip_norm": [None, 0.5],
            "epochs": [1, 20], "sequence_length": 5, "train_samples": 20, "test_samples": 4,
            "batch_size": 10}, 2)
        with rnnsweep.open_results(path) as results:
            study = rnnsweep.to_optuna(results, metric="final_loss")
        self.assertEqual(study.direction, optuna.study.StudyDirection.MINIMIZE)
        self.assertEqual(len(study.trials), 16)
        values = {name: {trial.params[name] for trial in study.trials}
                  for name in ("data_seed", "nesterov", "clip_norm", "epochs")}
        self.assertEqual(values, {"data_seed": {None, 3}, "nesterov": {False, True},
                                  "clip_norm": {None, 0.5}, "epochs": {1, 20}})
        self.assertTrue(study.trials[0].distributions["epochs"].log)
        self.assertTrue(all(np.isfinite(trial.value) for trial in study.trials))

    def test_infinite_loss(self):
        study = rnnsweep.to_optuna(self.results, metric="final_loss")
        diverged = [trial.value for trial in study.trials if trial.params["learning_rate"] > 1]
        self.assertTrue(diverged and np.isinf(diverged).all())
        self.assertTrue(np.isfinite(study.best_value))

    def test_command_and_importance(self):
        said = self.call("optuna", self.path, "--storage", "sqlite:///study.db",
                         "--where", "learning_rate=0.02,0.06")
        trials = len(rnnsweep.success_rates(self.results.where(learning_rate=[0.02, 0.06])))
        self.assertIn(f"sqlite:///study.db: study sweep: {trials} trials, test_accuracy", str(said))
        study = optuna.load_study(study_name="sweep", storage="sqlite:///study.db")
        self.assertEqual(len(study.trials), trials)
        shares = optuna.importance.get_param_importances(study)
        self.assertEqual(set(shares), set(SWEPT))
        expected = rnnsweep.importance(self.results.where(learning_rate=[0.02, 0.06]), pairs=False)
        self.assertEqual(max(shares, key=shares.get), expected.effect[0])

    def test_a_study_that_exists_is_left_alone(self):
        self.call("optuna", self.path, "--storage", "sqlite:///twice.db")
        said = self.call("optuna", self.path, "--storage", "sqlite:///twice.db", code=65)
        self.assertIn("there is a study 'sweep' in sqlite:///twice.db already", str(said))
        self.call("optuna", self.path, "--storage", "sqlite:///twice.db", "--name", "again",
                  "--where", "states=2")
        self.assertEqual({len(optuna.load_study(study_name=name, storage="sqlite:///twice.db").trials)
                          for name in ("sweep", "again")}, {24, 12})

    def test_nothing_is_finished(self):
        path = shutil.copy(self.path, self.folder / "pending.h5")
        with h5py.File(path, "r+") as file:
            file["status"][:] = 0
        said = self.call("optuna", path, "--storage", "sqlite:///none.db", code=65)
        self.assertIn("no run is finished: there are no trials", str(said))
        self.assertFalse((self.folder / "none.db").exists())

    def test_configurations_without_finished_runs(self):
        path = shutil.copy(self.path, self.folder / "part.h5")
        with h5py.File(path, "r+") as file:
            file["status"][:] = np.where(file["states"][:] == 4, 0, file["status"][:])
        with rnnsweep.open_results(path) as results:
            study = rnnsweep.to_optuna(results)
        self.assertEqual({trial.params["states"] for trial in study.trials}, {2})
        self.assertEqual(study.trials[0].distributions["states"],
                         optuna.distributions.IntDistribution(2, 4))
        self.assertEqual(study.user_attrs["configurations_without_finished_runs"], 12)


class Pruner(unittest.TestCase):
    """The rule that experiments/early-termination.py compares with, against Optuna's own."""

    EPOCHS = 9

    def last_epochs(self, values, eta, maximize):
        study = optuna.create_study(
            direction="maximize" if maximize else "minimize",
            pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=eta))
        last = []
        for curve in values:
            trial = study.ask()
            for epoch, value in enumerate(curve[:-1], 1):
                trial.report(-value if maximize else value, epoch)
                if trial.should_prune():
                    break
            else:
                epoch = len(curve)
            state = optuna.trial.TrialState.COMPLETE if epoch == len(curve) else \
                optuna.trial.TrialState.PRUNED
            study.tell(trial, curve[epoch - 1] if epoch == len(curve) else None, state=state)
            last.append(epoch)
        return last

    def test_one_trial_after_the_other(self):
        sys.path.insert(0, str(TESTS.parent / "experiments"))
        import stopping_rules
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        random = np.random.RandomState(3)
        for eta, maximize in ((2, False), (3, True), (4, False)):
            # Few values, so that there are equals.
            values = random.randint(0, 12, (60, self.EPOCHS)).astype(float)
            rungs = stopping_rules.rising(1, eta, self.EPOCHS)
            pruner = stopping_rules.SuccessiveHalvingPruner(values, rungs, eta)
            last = stopping_rules.run_trials(pruner, range(60), [self.EPOCHS] * 60, self.EPOCHS, 1)
            self.assertEqual(last.tolist(), self.last_epochs(values, eta, maximize))
            self.assertEqual(set(last), {*rungs, self.EPOCHS})


if __name__ == "__main__":
    unittest.main()
