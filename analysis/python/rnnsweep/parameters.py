"""The parameters that this package knows, with the value that changes nothing.

A results file that lacks one was made before it existed: its runs have this value. A parameter that
a file has beside these, of a later version, brings its own value as the attribute `default`. The
list is that of the program of this version; a test holds them together.
"""
from __future__ import annotations

from typing import Dict, Union

NONE = float("nan")  # of a real number, as in the file

DEFAULTS: Dict[str, Union[int, float, bool, str]] = {
    "states": 3,
    "learning_rate": 0.05,
    "lambda": 0.5,
    "momentum": 0.8,
    "epsilon": 1e-6,
    "epsilon_placement": "denominator",
    "precision": "float32",
    "sequence_length": 16,
    "train_samples": 2000,
    "test_samples": 1000,
    "batch_size": 100,
    "batching": "disjoint",
    "epochs": 5,
    "loss_interval": 1,
    "gradient_check": False,
    "data_seed": -1,  # none
    "optimizer": "rmsprop",
    "nesterov": True,
    "beta1": 0.9,
    "beta2": 0.999,
    "weight_decay": 0.0,
    "clip_norm": NONE,
    "schedule": "constant",
    "warmup": 0,
    "shuffle": False,
    "recorded_loss": "after",
    "initial_state": "trained",
    "biases": "both",
    "init": "glorot_uniform",
    "recurrent_init": "same",
    "gain": 1.0,
    "recurrent_gain": 1.0,
    "cell": "tanh",
    "leak": 1.0,
    "forget_bias": 0.0,
    "task": "addition",
    "loss_function": "task",
    "readout": "task",
    "shortest_length": -1,  # none
    "fresh_data": False,
    "all_sequences": False,
    "modulus": 5,
    "delay": 100,
    "channels": 3,
    "pulse_probability": 0.5,
    "grammar": 4,
    "letters": 3,
    "count_alpha": 1.0,
    "count_beta": 1.0,
    "pairs": 2,
    "input_noise": 1.0,
    "train_fraction": 1.0,
    "validation_samples": 0,
    "stop_loss": NONE,
    "stop_accuracy": NONE,
    "patience": -1,  # none
    "check_interval": -1,  # none: an epoch
}

# What may follow the task: the extents of its data, and parameters that belong to some tasks.
OF_TASK = ("sequence_length", "train_samples", "test_samples", "shortest_length", "fresh_data",
           "all_sequences", "modulus", "delay", "channels", "pulse_probability", "grammar", "letters",
           "count_alpha", "count_beta", "pairs", "input_noise", "validation_samples")
