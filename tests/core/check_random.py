#!/usr/bin/env python3
"""Long stretches of many streams against NumPy, with integers and reals taking turns so that a word
too many or too few shows at once.

Usage: check_random.py RANDOM_DRAWS"""

import subprocess
import sys

import numpy as np

SEEDS = [0, 1, 2, 42, 5489, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1]
REALS = 0
BOUNDS = (
    [REALS, 1, 2, 3, 10, 1000, 2**15, 2**31 - 1, 2**31, 2**31 + 1]
    + [2**32 - 1, 2**32, 2**32 + 1, 2**33, 2**53, 2**61, 2**62 + 1, 2**63 - 1]
)
STRETCH = 5003


def numpy_words(random, bound):
    if bound == REALS:
        return random.random_sample(STRETCH).view(np.uint64)
    return random.randint(0, bound, size=STRETCH, dtype=np.int64).astype(np.uint64)


def main():
    wrong = 0
    for seed in SEEDS:
        order = [int(i) for i in np.random.RandomState(seed).permutation(2 * BOUNDS)]
        arguments = [str(word) for bound in order for word in (bound, STRETCH)]
        done = subprocess.run([sys.argv[1], str(seed), *arguments], check=True, capture_output=True)
        ours = np.frombuffer(done.stdout, dtype=np.uint64).reshape(len(order), STRETCH)
        random = np.random.RandomState(seed)
        for bound, words in zip(order, ours):
            differing = np.flatnonzero(words != numpy_words(random, bound))
            if differing.size:
                wrong += 1
                print(f"seed {seed}, bound {bound}: draw {differing[0]} and {differing.size - 1} others differ")
    print(f"{len(SEEDS) * 2 * len(BOUNDS)} stretches of {STRETCH} draws, {wrong} differ from NumPy")
    return 1 if wrong else 0


sys.exit(main())
