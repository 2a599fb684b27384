"""Fits the polynomials of codegen/vecmath/tables.py; `python -m tests.codegen.minimax` prints them.

Remez exchange in 60 digits: `sum(c[k] * t**k)` is as close to `f` as its degree allows, the error
weighted by how much of it reaches the result. The coefficients are then rounded to their format.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np

mp: Any = mpmath
Real = Any
Function = Callable[[Real], Real]


class Fit(NamedTuple):
    """What to fit: function, weight, interval; how many coefficients for 64 and 32 bits."""

    f: Function
    weight: Function
    interval: tuple[Real, Real]
    terms: dict[int, int]


def _by_series(f: Function, series: Callable[[int], Real]) -> Function:
    """`f`, but near zero, where it cancels, its Taylor series."""

    def value(t: Real) -> Real:
        return mp.fsum(series(k) * t**k for k in range(60)) if abs(t) < mp.mpf("1e-6") else f(t)

    return value


def _polynomial(c: list[Real], t: Real) -> Real:
    return mp.polyval(c[::-1], t)


def _levelled(fit: Fit, nodes: list[Real], n: int) -> list[Real]:
    """The polynomial whose weighted error has one size and alternating sign at the nodes."""
    rows = mp.matrix(n + 1, n + 1)
    right = mp.matrix(n + 1, 1)
    for i, t in enumerate(nodes):
        for k in range(n):
            rows[i, k] = t**k
        rows[i, n] = (-1) ** i / fit.weight(t)
        right[i] = fit.f(t)
    return list(mp.lu_solve(rows, right))[:n]


def _extrema(ts: list[Real], errors: list[Real], n: int) -> list[Real]:
    """The largest error of each stretch of one sign; of these the n + 1 that stand together."""
    best: list[int] = []
    for i, e in enumerate(errors):
        if best and (e > 0) == (errors[best[-1]] > 0):
            best[-1] = max(best[-1], i, key=lambda j: abs(errors[j]))
        else:
            best.append(i)
    while len(best) > n + 1:
        best.pop(0 if abs(errors[best[0]]) < abs(errors[best[-1]]) else -1)
    return [ts[i] for i in best]


def minimax(fit: Fit, n: int, rounds: int = 8) -> tuple[list[Real], Real]:
    """The n coefficients, lowest first, and the largest weighted error."""
    low, high = fit.interval
    chebyshev = [mp.cos(mp.pi * (n - k) / n) for k in range(n + 1)]
    nodes = [(low + high) / 2 + (high - low) / 2 * c for c in chebyshev]
    nodes = [t if fit.weight(t) else (low + high) / 2 + mp.mpf("1e-9") for t in nodes]
    cosines = [mp.cos(mp.pi * (600 - k) / 600) for k in range(601)]
    ts = [(low + high) / 2 + (high - low) / 2 * c for c in cosines]
    values, weights = [fit.f(t) for t in ts], [fit.weight(t) for t in ts]
    while True:
        c = _levelled(fit, nodes, n)
        errors = [w * (v - _polynomial(c, t)) for t, v, w in zip(ts, values, weights, strict=True)]
        found = _extrema(ts, errors, n)
        rounds -= 1
        if len(found) < n + 1 or not rounds:
            return c, max(abs(e) for e in errors)
        nodes = found


def fits() -> dict[str, Fit]:
    """Every table, with the formula that it stands for."""
    half_log2 = mp.log(2) / 2
    low, high = mp.sqrt(0.5) - 1, mp.sqrt(2) - 1
    z_quarter = mp.mpf("1.005") * (mp.pi / 4) ** 2
    z_log = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2
    return {
        "EXP": Fit(
            _by_series(lambda r: (mp.exp(r) - 1 - r) / r**2, lambda k: 1 / mp.factorial(k + 2)),
            lambda r: r**2 / mp.exp(r) + mp.mpf("1e-12"),
            (-half_log2 * 1.001, half_log2 * 1.001),
            {64: 10, 32: 5},
        ),
        "LOG": Fit(
            _by_series(
                lambda f: (mp.log1p(f) - f + f**2 / 2) / f**3,
                lambda k: mp.mpf((-1) ** k) / (k + 3),
            ),
            lambda f: f**2 + mp.mpf("1e-7"),
            (low, high),
            {64: 20, 32: 8},
        ),
        "SIN": Fit(
            _by_series(
                lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
                lambda k: mp.mpf((-1) ** (k + 1)) / mp.factorial(2 * k + 3),
            ),
            lambda z: z + mp.mpf("1e-6"),
            (mp.mpf(0), z_quarter),
            {64: 6, 32: 3},
        ),
        "COS": Fit(
            _by_series(
                lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2,
                lambda k: mp.mpf((-1) ** k) / mp.factorial(2 * k + 4),
            ),
            lambda z: z**2 + mp.mpf("1e-6"),
            (mp.mpf(0), z_quarter),
            {64: 6, 32: 3},
        ),
        "ATANH": Fit(
            _by_series(
                lambda z: (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2 - 2 * z / 3) / z**2,
                lambda k: mp.mpf(2) / (2 * k + 5),
            ),
            lambda z: z**2 + mp.mpf("1e-8"),
            (mp.mpf(0), z_log),
            {64: 8},
        ),
        "ARCTAN": Fit(
            _by_series(
                lambda z: (mp.atan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
                lambda k: mp.mpf((-1) ** (k + 1)) / (2 * k + 3),
            ),
            lambda z: z + mp.mpf("1e-6"),
            (mp.mpf(0), mp.mpf(1)),
            {64: 20, 32: 9},
        ),
        "ARCSIN": Fit(
            _by_series(
                lambda z: (mp.asin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
                lambda k: mp.binomial(2 * k + 2, k + 1) / (mp.mpf(4) ** (k + 1) * (2 * k + 3)),
            ),
            lambda z: z + mp.mpf("1e-6"),
            (mp.mpf(0), mp.mpf("0.25")),
            {64: 13, 32: 6},
        ),
        "ARCSINH": Fit(
            _by_series(
                lambda z: (mp.asinh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
                lambda k: mp.binomial(2 * k + 2, k + 1) / (mp.mpf(-4) ** (k + 1) * (2 * k + 3)),
            ),
            lambda z: z + mp.mpf("1e-6"),
            (mp.mpf(0), mp.mpf("0.25")),
            {64: 12, 32: 6},
        ),
        "CBRT": Fit(
            mp.cbrt,
            lambda m: 1 / mp.cbrt(m),
            (mp.sqrt(0.5), mp.sqrt(2)),
            {64: 11, 32: 6},
        ),
        "ERF_NEAR": Fit(
            _by_series(
                lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1,
                lambda k: (
                    2 / mp.sqrt(mp.pi) * (-1) ** k / (mp.factorial(k) * (2 * k + 1)) - (k == 0)
                ),
            ),
            lambda z: mp.mpf(1),
            (mp.mpf(0), mp.mpf(1)),
            {64: 12, 32: 7},
        ),
        "ERF_FAR": Fit(
            lambda t: mp.log(mp.erfc(t)) / t,
            lambda t: mp.erfc(t) * t / mp.erf(t),
            (mp.mpf(1), mp.mpf(6)),
            {64: 18, 32: 8},
        ),
    }


def main() -> None:
    """Print the tables, each with the largest weighted error before rounding, in ulps."""
    mp.mp.dps = 60
    for name, fit in fits().items():
        for bits, n in fit.terms.items():
            c, error = minimax(fit, n)
            rounded = [np.float64(str(k)) if bits == 64 else np.float32(str(k)) for k in c]
            print(f"{name} {bits} ({mp.nstr(error * 2 ** (53 if bits == 64 else 24), 3)} ulp)")
            print("\n".join(f"    {k!s}," for k in rounded))


if __name__ == "__main__":
    main()
