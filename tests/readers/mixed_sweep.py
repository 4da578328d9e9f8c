"""The results file that the readers open: small, and with everything that makes reading hard."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "numeric"))

import program  # noqa: E402
from reference_rnn import Config  # noqa: E402

# Three widths, both precisions, curves of two lengths, and steps that leave the range of numbers.
PARAMETERS = {
    "states": [1, 3, 5],
    "precision": ["float32", "float64"],
    "epochs": [2, 3],
    "learning_rate": [0.05, 1.7e308],
    "epsilon_placement": "step",
    "batching": "sliding",
    "train_samples": 400,
    "test_samples": 150,
    "sequence_length": 10,
    "batch_size": 40,
    "loss_interval": 2,
}
SEEDS = [11, 4294967295]
RUNS = 3 * 2 * 2 * 2 * len(SEEDS)
POINTS = 1 + 3 * 10 // 2

COUNTS = (
    "states", "sequence_length", "train_samples", "test_samples", "batch_size", "epochs",
    "loss_interval")
REALS = ("learning_rate", "lambda", "momentum", "epsilon")
CHOICES = ("epsilon_placement", "precision", "batching")
FLAGS = ("gradient_check",)
SEED_COLUMNS = ("seed", "data_seed")
OUTCOMES = (
    "status", "initial_loss", "final_loss", "test_bit_accuracy", "test_accuracy", "diverged_at",
    "wall_time", "crc32c")
COLUMNS = COUNTS + REALS + CHOICES + FLAGS + SEED_COLUMNS + OUTCOMES
WEIGHT_DIMENSIONS = {
    "S0": ("state",),
    "W_in": ("input", "state"),
    "b_in": ("state",),
    "W_rec": ("state_from", "state"),
    "b_rec": ("state",),
    "W_out": ("state", "output"),
    "b_out": ("output",),
}


def make(folder) -> Path:
    return program.run_grid(folder, "mixed", PARAMETERS, SEEDS)


def config_of(row: dict) -> Config:
    """The configuration that the columns of a row spell; choices are numbers there."""
    names = {
        "epsilon_placement": ("denominator", "step"),
        "precision": ("float32", "float64"),
        "batching": ("disjoint", "sliding"),
    }
    values = {name: int(row[name]) for name in COUNTS + ("seed",)}
    values.update({name: float(row[name]) for name in REALS})
    values.update({name: names[name][int(row[name])] for name in CHOICES})
    values["gradient_check"] = bool(row["gradient_check"])
    values["data_seed"] = int(row["data_seed"]) if row["data_seed"] >= 0 else None
    return Config.from_sweep(values)
