"""erf: a polynomial up to 1, and `1 - exp(t * Q(t))` beyond."""

from __future__ import annotations

from . import tables
from .exponential import parts
from .number import Number, horner


def _far(t: Number) -> Number:
    """erf(t) for 1 <= t <= 6."""
    n, r, c = parts(t * horner(tables.ERF_FAR[t.format.bits], t))
    return 1.0 - (1.0 + (r + c)).scaled(n)


def erf(x: Number) -> Number:
    """2/sqrt(pi) times the integral of exp(-t**2) from 0 to x."""
    size = abs(x)
    z = size * size
    near = size.fma(horner(tables.ERF_NEAR[x.format.bits], z), size)
    return (size < 1.0).choose(near, _far(size.at_most(6.0).at_least(1.0))).with_sign_of(x)
