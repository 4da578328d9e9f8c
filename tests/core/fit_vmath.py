#!/usr/bin/env python3
"""The polynomials of vmath.h: rational minimax fits in relative error, by the Remez exchange with 40
digits.

Usage: fit_vmath.py                  prints the coefficients and the error of each fit
       fit_vmath.py --check VMATH_H  compares them with the constants in the source

Each function is odd and is fitted as f(x) = x P(y) / Q(y) with y = x^2 and Q(0) = 1."""

import pathlib
import re
import sys

from mpmath import mp, mpf

mp.dps = 40
GRID = 500  # points between which the exchange looks for extremes
LN2_QUARTER = mp.log(2) / 4
SQRT2_SIDE = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)

# name: function, degrees of P and Q in y, largest argument (with room for its rounding)
FITS = {
    "tanh(h) of exp, float32": (mp.tanh, 1, 1, LN2_QUARTER * (1 + mpf(2) ** -20)),
    "tanh(h) of exp, float64": (mp.tanh, 2, 2, LN2_QUARTER * (1 + mpf(2) ** -20)),
    "tanh, float32": (mp.tanh, 4, 4, mpf("9.011")),
    "atanh of log1p, float32": (mp.atanh, 3, 0, SQRT2_SIDE * (1 + mpf(2) ** -15)),
    "atanh of log1p, float64": (mp.atanh, 7, 0, SQRT2_SIDE * (1 + mpf(2) ** -15)),
}


def chebyshev(count, low, high):
    return [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / (count - 1)) for i in range(count)]


def relative_error(function, p, q, x):
    y = x * x
    return x * mp.polyval(p[::-1], y) / mp.polyval(q[::-1], y) / function(x) - 1


def levelled(function, nodes, p_degree, q_degree):
    """P and Q whose relative error at the nodes is +E, -E, +E, ... Linear but for E Q, which takes Q
    from the round before."""
    size = len(nodes)
    q, last = [mpf(1)] + [mpf(0)] * q_degree, mpf(0)
    while True:
        matrix, right = mp.matrix(size, size), mp.matrix(size, 1)
        for i, x in enumerate(nodes):
            y, g = x * x, function(x) / x
            for k in range(p_degree + 1):
                matrix[i, k] = y**k
            for k in range(1, q_degree + 1):
                matrix[i, p_degree + k] = -g * y**k
            matrix[i, size - 1] = -g * (-1) ** i * mp.polyval(q[::-1], y)
            right[i] = g
        solution = mp.lu_solve(matrix, right)
        p = [solution[k] for k in range(p_degree + 1)]
        q = [mpf(1)] + [solution[p_degree + k] for k in range(1, q_degree + 1)]
        error = solution[size - 1]
        if abs(error - last) <= abs(error) * mpf(10) ** -12:
            return p, q
        last = error


def extremes(function, p, q, grid, wanted):
    """The largest error of each stretch of one sign, least of them dropped at the ends."""
    found = []
    for x in grid:
        error = relative_error(function, p, q, x)
        if found and mp.sign(found[-1][1]) == mp.sign(error):
            if abs(error) > abs(found[-1][1]):
                found[-1] = (x, error)
        else:
            found.append((x, error))
    while len(found) > wanted:
        found.pop(0 if abs(found[0][1]) < abs(found[-1][1]) else -1)
    if len(found) < wanted:
        raise ArithmeticError(f"the error has {len(found)} extremes, not {wanted}")
    return found


def remez(function, p_degree, q_degree, high):
    """P, Q from the constant term on, and their largest relative error."""
    wanted, low = p_degree + q_degree + 2, high / 1000
    nodes, grid = chebyshev(wanted, low, high), chebyshev(GRID, low, high)
    while True:
        p, q = levelled(function, nodes, p_degree, q_degree)
        found = extremes(function, p, q, grid, wanted)
        errors = [abs(error) for _, error in found]
        if max(errors) - min(errors) <= max(errors) / 1000:
            return p, q, max(errors)
        nodes = [x for x, _ in found]


def source_constants(text):
    """{fit: (P, Q)} as vmath.h has them: each polynomial from its highest coefficient down, and the
    leading 1 of atanh by itself."""
    number = r"V_CONST\((-?[\d.e+-]+)\)"
    parts = re.findall(r"RS_INLINE [\w ]+ (v_\w+)\(.*?\n}\n", text, re.S)
    bodies = {name: re.search(rf"RS_INLINE [\w ]+ {name}\(.*?\n}}\n", text, re.S)[0] for name in parts}

    def polynomial(body, variable):
        lines = re.findall(rf"\b(?:parts\.)?{variable} = v_fma\([^;]*;", body)
        return [mpf(value) for line in lines for value in re.findall(number, line)][::-1]

    def halves(name):
        narrow, wide = bodies[name].split("#else")[:2]
        return narrow[narrow.index("#if RS_REAL_BITS == 32") :], wide

    exp32, exp64 = halves("v_exp_parts")
    log32, log64 = halves("v_log1p")
    tanh32, _ = halves("v_tanh")
    return {
        "tanh(h) of exp, float32": (polynomial(exp32, "p"), polynomial(exp32, "q")),
        "tanh(h) of exp, float64": (polynomial(exp64, "p"), polynomial(exp64, "q")),
        "tanh, float32": (polynomial(tanh32, "p"), polynomial(tanh32, "q")),
        "atanh of log1p, float32": ([mpf(1), *polynomial(log32, "p")], [mpf(1)]),
        "atanh of log1p, float64": ([mpf(1), *polynomial(log64, "p")], [mpf(1)]),
    }


def check(fits, source):
    """The source's polynomials err at most 5 % more than the best of their degree, or by a sixteenth
    of the last place where that is more (a leading coefficient is 1, not nearly 1)."""
    wrong = 0
    for name, (p, q, error) in fits.items():
        function, p_degree, q_degree, high = FITS[name]
        used_p, used_q = source[name]
        if (len(used_p), len(used_q)) != (p_degree + 1, q_degree + 1):
            print(f"{name}: found {len(used_p)} and {len(used_q)} coefficients")
            wrong += 1
            continue
        grid = chebyshev(GRID, high / 1000, high)
        reached = max(abs(relative_error(function, used_p, used_q, x)) for x in grid)
        allowed = max(error * mpf("1.05"), mpf(2) ** (-24 if "float32" in name else -53) / 16)
        print(f"{name}: error {mp.nstr(reached, 3)}, best {mp.nstr(error, 3)}, allowed {mp.nstr(allowed, 3)}")
        wrong += not reached <= allowed
    return wrong


def main():
    fits = {name: remez(*fit) for name, fit in FITS.items()}
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        return 1 if check(fits, source_constants(pathlib.Path(sys.argv[2]).read_text())) else 0
    for name, (p, q, error) in fits.items():
        print(f"{name}: relative error {mp.nstr(error, 3)}")
        for letter, coefficients in (("P", p), ("Q", q)):
            print(f"  {letter} {' '.join(mp.nstr(value, 22) for value in coefficients)}")
    return 0


sys.exit(main())
