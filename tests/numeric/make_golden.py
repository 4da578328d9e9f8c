#!/usr/bin/env python3
"""Writes golden/*.json: runs of the NumPy reference that the program is compared with.

    python3 tests/numeric/make_golden.py [--only NAME]

Training amplifies rounding, in some settings without limit. So every golden file says how long its
trajectory is the same for every correct program: `comparable_updates`. To find it the run is
repeated with noise: the last bit of every parameter is moved at random before training and after
every update, as another order of summation would do. `noise` is the largest relative effect on the
loss or a parameter so far, update by update; trajectories are comparable while it is below
NOISE_LIMIT.

`whole_loss` and `whole_gradient` are those of the initial network over the whole training set, so
they vouch for every training pair. golden/solved-seeds.json says which of many seeds learn to add
at the default settings. golden/lab9.json is no product of this script: it holds the notebook's
published numbers, and this script never touches it.
"""
import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

import reference_rnn as reference
from reference_rnn import Config

GOLDEN = Path(__file__).resolve().parent / "golden"
NOISE_REPEATS = 8
NOISE_LIMIT = 1e-10
SOLVED_SEEDS = 400

# Between them: states 1 to 20, lengths 2 to 62 (above 33 a number takes a 64-bit draw, at 33 the
# widest 32-bit one), batches that leave a rest, of one sample and of all, both batchings, both
# places of epsilon, data_seed, gradient check, loss_interval, extreme seeds.
SETTINGS = {
    "one-state": dict(
        states=1, sequence_length=2, train_samples=60, test_samples=40, batch_size=7, epochs=3,
        seed=7),
    "defaults": dict(seed=2023),
    "checked": dict(gradient_check=True, test_samples=101, epochs=3, seed=11),
    "long-numbers": dict(
        states=4, sequence_length=34, train_samples=200, test_samples=50, batch_size=33, epochs=2,
        batching="sliding", epsilon_placement="step", seed=2**32 - 1),
    "widest-32-bit-draw": dict(
        states=2, sequence_length=33, train_samples=40, test_samples=25, batch_size=1, epochs=1,
        momentum=0.0, lambda_=0.0, learning_rate=0.003, seed=42),
    "longest": dict(
        states=6, sequence_length=62, train_samples=90, test_samples=30, batch_size=30, epochs=6,
        learning_rate=0.01, lambda_=0.9, momentum=0.5, seed=314159),
    "shared-data": dict(
        states=5, sequence_length=12, train_samples=301, test_samples=77, batch_size=50, epochs=4,
        data_seed=99, loss_interval=3, learning_rate=0.02, seed=0),
    "shared-checked": dict(
        states=3, sequence_length=36, train_samples=120, test_samples=33, batch_size=40, epochs=5,
        data_seed=0, gradient_check=True, batching="sliding", learning_rate=0.02, seed=5),
    "twenty-states": dict(
        states=20, sequence_length=40, train_samples=170, test_samples=64, batch_size=17,
        epochs=10, learning_rate=0.005, lambda_=0.9, momentum=0.9, seed=1189238665),
    "solved-disjoint": dict(
        states=4, sequence_length=11, train_samples=1000, test_samples=200, batch_size=101,
        epochs=17, epsilon_placement="step", learning_rate=0.005, momentum=0.9, seed=1339305888),
    "solved-sliding": dict(
        states=7, sequence_length=14, train_samples=1000, test_samples=200, batch_size=45,
        epochs=7, batching="sliding", learning_rate=0.005, lambda_=0.95, momentum=0.9,
        epsilon_placement="step", seed=842543356),
    "whole-set": dict(
        states=13, sequence_length=25, train_samples=64, test_samples=31, batch_size=64, epochs=12,
        epsilon_placement="step", epsilon=1e-4, learning_rate=0.01, lambda_=0.95, momentum=0.0,
        loss_interval=5, seed=1000003),
    "few-samples-checked": dict(
        states=2, sequence_length=9, train_samples=37, test_samples=200, batch_size=12, epochs=30,
        gradient_check=True, momentum=0.9, learning_rate=0.01, epsilon=0.0, seed=77),
    # Chaotic: only the first updates can be compared.
    "chaotic-eight": dict(states=8, seed=123),
    "chaotic-sixteen": dict(
        states=16, sequence_length=20, train_samples=1000, batch_size=50, epochs=3,
        batching="sliding", learning_rate=0.1, seed=9),
}


def nudge(net, noise) -> None:
    """Moves every parameter by its last bit, up, down or not at all."""
    for value in net.values():
        value += np.spacing(value) * noise.integers(-1, 2, value.shape)


def distance(a, b) -> float:
    """Largest difference of two networks, relative to the largest number of its tensor."""
    return max(
        np.max(np.abs(a[name] - b[name])) / max(np.max(np.abs(a[name])), np.finfo(float).tiny)
        for name in a)


def trajectory(config: Config, draws, noise=None):
    """Losses and parameters after every update, with noise in the last bits if asked for."""
    points = []

    def observe(_update, net, loss):
        points.append((loss, {name: value.copy() for name, value in net.items()}))
        if noise is not None:
            nudge(net, noise)

    if noise is not None:
        net = {name: value.copy() for name, value in draws.network.items()}
        nudge(net, noise)
        draws = reference.Draws(draws.train_pairs, draws.test_pairs, net, draws.check_network)
    reference.train(config, draws, observe)
    return points


def spread(config: Config, draws) -> np.ndarray:
    """[updates] largest effect of noise on losses and parameters up to each update."""
    exact = trajectory(config, draws)
    largest = np.zeros(config.updates)
    for repeat in range(NOISE_REPEATS):
        noisy = trajectory(config, draws, np.random.default_rng(repeat))
        for update, ((loss, net), (noisy_loss, noisy_net)) in enumerate(zip(exact, noisy)):
            effect = max(abs(noisy_loss / loss - 1), distance(net, noisy_net))
            largest[update] = max(largest[update], effect)
    return np.maximum.accumulate(largest)


def decision_margin(result) -> float:
    """Smallest |logit| of the test set: how far the nearest bit is from being taken otherwise."""
    x, _ = reference.encode(
        result.draws.test_pairs, result.config.sequence_length, result.config.dtype)
    return float(np.min(np.abs(reference.forward(result.network, x)[1])))


def listed(net):
    return None if net is None else {name: value.tolist() for name, value in net.items()}


def pair_summary(pairs) -> dict:
    return {"first": pairs[:5], "sum": sum(a + b for a, b in pairs)}


def golden(name: str) -> dict:
    config = Config(precision="float64", **SETTINGS[name])
    result = reference.run(config)
    assert result.diverged_at < 0, f"{name} diverged"
    effect = spread(config, result.draws)
    x, t = reference.encode(result.draws.train_pairs, config.sequence_length, config.dtype)
    return {
        "config": config.as_sweep(),
        "comparable_updates": int(np.sum(effect < NOISE_LIMIT)),
        "noise": [float(f"{value:.2e}") for value in effect],
        "train_pairs": pair_summary(result.draws.train_pairs),
        "test_pairs": pair_summary(result.draws.test_pairs),
        "gradient_check": result.gradient_check,
        "check_network": listed(result.draws.check_network),
        "initial": listed(result.draws.network),
        "whole_loss": float(reference.loss_of(result.draws.network, x, t)),
        "whole_gradient": listed(reference.gradient(result.draws.network, x, t)),
        "loss": result.loss,
        "final": listed(result.network),
        "test_bit_accuracy": result.test_bit_accuracy,
        "test_accuracy": result.test_accuracy,
        "decision_margin": decision_margin(result),
    }


def solved_seeds() -> dict:
    config = Config(precision="float64")
    seeds = range(1, SOLVED_SEEDS + 1)
    solved = [
        seed for seed in seeds if reference.run(replace(config, seed=seed)).test_accuracy == 1.0]
    return {"config": config.as_sweep(), "seeds": SOLVED_SEEDS, "solved": solved}


def write(name: str, data: dict) -> None:
    (GOLDEN / f"{name}.json").write_text(json.dumps(data, separators=(",", ":")) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=[*SETTINGS, "solved-seeds"], help="this file alone")
    only = parser.parse_args().only
    if only in (None, "solved-seeds"):
        data = solved_seeds()
        write("solved-seeds", data)
        print(f"solved-seeds: {len(data['solved'])} of {data['seeds']}")
    for name in SETTINGS:
        if only not in (None, name):
            continue
        data = golden(name)
        write(name, data)
        updates = Config.from_sweep(data["config"]).updates
        print(f"{name}: comparable for {data['comparable_updates']} of {updates} updates, "
              f"noise at the end {data['noise'][-1]:.1e}, loss {data['loss'][0]:.4f} to "
              f"{data['loss'][-1]:.3g}, right sums {data['test_accuracy']:.3g}, "
              f"margin {data['decision_margin']:.1e}")


if __name__ == "__main__":
    main()
