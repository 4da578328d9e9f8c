#!/usr/bin/env python3
"""The polynomials of vmath.h: rational minimax fits in relative error, by the Remez exchange with 40
digits.

Usage: fit_vmath.py                  prints the coefficients and the error of each fit
       fit_vmath.py --check VMATH_H  compares them with the constants in the source

Odd functions are fitted as f(x) = x P(y) / Q(y) with y = x^2 and Q(0) = 1, exp as 1 + x P(x)."""

import dataclasses
import pathlib
import re
import sys
from collections.abc import Callable

from mpmath import mp, mpf

mp.dps = 40
GRID = 500  # points between which the exchange looks for extremes
LN2_QUARTER = mp.log(2) / 4
SQRT2_SIDE = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)



@dataclasses.dataclass(frozen=True)
class Fit:
    """f(x) = base + x P(y) / Q(y) for x between low and high."""

    function: Callable
    p_degree: int
    q_degree: int
    high: mpf  # with room for the rounding of an argument
    low: mpf = mpf(0)
    base: int = 0  # f(0); y is x^2 where it is 0, else x
    leading: mpf | None = None  # the leading coefficient of P in that of Q, where it is fixed

    def y(self, x):
        return x if self.base else x * x

    def error(self, p, q, x):
        y = self.y(x)
        return (self.base + x * mp.polyval(p[::-1], y) / mp.polyval(q[::-1], y)) / self.function(x) - 1


EIGHTH = LN2_QUARTER / 2 * (1 + mpf(2) ** -15)
TANH_SCALE = mpf(2) ** -6  # of float32: x = 64 w, and the polynomials in w^2 begin with 1
FITS = {
    "exp, float32": Fit(mp.exp, 3, 0, EIGHTH, -EIGHTH, base=1),
    "tanh(h) of exp, float64": Fit(mp.tanh, 2, 2, LN2_QUARTER * (1 + mpf(2) ** -20)),
    "tanh, float32": Fit(mp.tanh, 4, 4, mpf("8.168"), leading=TANH_SCALE),
    "atanh of log1p, float32": Fit(mp.atanh, 3, 0, SQRT2_SIDE * (1 + mpf(2) ** -15)),
    "atanh of log1p, float64": Fit(mp.atanh, 7, 0, SQRT2_SIDE * (1 + mpf(2) ** -15)),
}


def chebyshev(count, low, high):
    return [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / (count - 1)) for i in range(count)]


def levelled(fit, nodes):
    """P and Q whose error at the nodes is +E, -E, +E, ... Linear but for E Q, which takes Q from the
    round before. Where x < 0 the sign is the other: the error has the factor x."""
    size = len(nodes)
    free = fit.p_degree + (fit.leading is None)  # coefficients of P that are unknown
    q, last = [mpf(1)] + [mpf(0)] * fit.q_degree, mpf(0)
    while True:
        matrix, right = mp.matrix(size, size), mp.matrix(size, 1)
        for i, x in enumerate(nodes):
            y, f = fit.y(x), fit.function(x)
            for k in range(free):
                matrix[i, k] = x * y**k
            for k in range(1, fit.q_degree + 1):
                matrix[i, free + k - 1] = (fit.base - f) * y**k
            if fit.leading is not None:
                matrix[i, size - 2] += fit.leading * x * y**fit.p_degree
            matrix[i, size - 1] = -f * (-1) ** i * mp.sign(x) * mp.polyval(q[::-1], y)
            right[i] = f - fit.base
        solution = list(mp.lu_solve(matrix, right))
        p, q, error = solution[:free], [mpf(1), *solution[free:-1]], solution[-1]
        if fit.leading is not None:
            p.append(fit.leading * q[-1])
        if abs(error - last) <= abs(error) * mpf(10) ** -12:
            return p, q
        last = error


def extremes(fit, p, q, grid, wanted):
    """The largest error of each stretch of one sign, least of them dropped at the ends."""
    found = []
    for x in grid:
        error = fit.error(p, q, x) * mp.sign(x)
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


def remez(fit):
    """P, Q from the constant term on, and their largest relative error."""
    wanted = fit.p_degree + fit.q_degree + 2 - (fit.leading is not None)
    low = fit.low or fit.high / 1000
    nodes, grid = chebyshev(wanted, low, fit.high), chebyshev(GRID, low, fit.high)
    while True:
        p, q = levelled(fit, nodes)
        found = extremes(fit, p, q, grid, wanted)
        errors = [abs(error) for _, error in found]
        if max(errors) - min(errors) <= max(errors) / 1000:
            return p, q, max(errors)
        nodes = [x for x, _ in found]


def source_constants(text):
    """{fit: (P, Q)} as vmath.h has them: each polynomial from its highest coefficient down, the
    leading 1 of atanh by itself, and that of tanh in float32 without a multiplication."""
    number = r"V_CONST\((-?[\d.e+-]+)\)"
    narrow, wide = text.split("#define RS_TANH_SCALE 1.0")

    def polynomial(body, variable):
        lines = re.findall(rf"\b(?:parts\.)?{variable} = v_(?:fma|add)\([^;]*;", body)
        return [mpf(value) for line in lines for value in re.findall(number, line)][::-1]

    def body(part, name):
        return re.search(rf"RS_INLINE [\w ]+ {name}\(.*?\n}}\n", part, re.S)[0]

    def unscaled(coefficients, first):
        """From a polynomial in w^2 that begins with 1 to one in x^2, times w / x where it is P."""
        return [c * TANH_SCALE ** (first + 2 * k) for k, c in enumerate([*coefficients, mpf(1)])]

    exp32, tanh32, exp64 = body(narrow, "v_exp_bounded"), body(narrow, "v_tanh"), body(wide, "v_exp_parts")
    log32, log64 = body(wide, "v_log1p").split("#else")
    return {
        "exp, float32": (polynomial(exp32, "p"), [mpf(1)]),
        "tanh(h) of exp, float64": (polynomial(exp64, "p"), polynomial(exp64, "q")),
        "tanh, float32": (unscaled(polynomial(tanh32, "p"), 1), unscaled(polynomial(tanh32, "q"), 0)),
        "atanh of log1p, float32": ([mpf(1), *polynomial(log32, "p")], [mpf(1)]),
        "atanh of log1p, float64": ([mpf(1), *polynomial(log64, "p")], [mpf(1)]),
    }


def check(fits, source):
    """The source's polynomials err at most 5 % more than the best of their degree, or by a sixteenth
    of the last place where that is more (a leading coefficient is 1, not nearly 1)."""
    wrong = 0
    for name, (p, q, error) in fits.items():
        fit = FITS[name]
        used_p, used_q = source[name]
        if (len(used_p), len(used_q)) != (fit.p_degree + 1, fit.q_degree + 1):
            print(f"{name}: found {len(used_p)} and {len(used_q)} coefficients")
            wrong += 1
            continue
        grid = chebyshev(GRID, fit.low or fit.high / 1000, fit.high)
        reached = max(abs(fit.error(used_p, used_q, x)) for x in grid)
        allowed = max(error * mpf("1.05"), mpf(2) ** (-24 if "float32" in name else -53) / 16)
        print(f"{name}: error {mp.nstr(reached, 3)}, best {mp.nstr(error, 3)}, allowed {mp.nstr(allowed, 3)}")
        wrong += not reached <= allowed
    return wrong


def main():
    fits = {name: remez(fit) for name, fit in FITS.items()}
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        return 1 if check(fits, source_constants(pathlib.Path(sys.argv[2]).read_text())) else 0
    for name, (p, q, error) in fits.items():
        print(f"{name}: relative error {mp.nstr(error, 3)}")
        for letter, coefficients in (("P", p), ("Q", q)):
            print(f"  {letter} {' '.join(mp.nstr(value, 22) for value in coefficients)}")
        if FITS[name].leading is not None:
            for letter, coefficients in (("P", p), ("Q", q)):
                top = coefficients[-1] / TANH_SCALE ** (2 * len(coefficients) - 2)
                scaled = [c / TANH_SCALE ** (2 * k) / top for k, c in enumerate(coefficients)]
                print(f"  of w, {letter} {' '.join(mp.nstr(value, 14) for value in scaled)}")
    return 0


sys.exit(main())
