"""Orthogonal polynomials by the recurrences that tell each from the two before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph.exact import is_number
from ..graph.naming import named
from ..handles.operands import operand
from ..ops import elementwise as ew
from .creation import full_like
from .keys import known_array

Following = Callable[[int, Any, Any, Any], Any]  # (k, x, p[k], p[k - 1]) -> p[k + 1]


def _family(name: str, first: Callable[[Any], Any], following: Following) -> Callable[..., Any]:
    """The polynomials that begin with 1 and `first(x)`; those of negative degree are 0."""

    def polynomial(x: Any, n: Any) -> Any:
        x, degrees = operand(x), _degrees(name, n)
        ps = [full_like(x, 1), first(x)]
        for k in range(1, int(np.max(degrees, initial=0))):
            ps.append(following(k, x, ps[k], ps[k - 1]))
        if is_number(n):
            return ps[int(n)] if n >= 0 else full_like(x, 0)
        y: Any = ew.mul(full_like(x, 0), degrees)
        for k in np.unique(degrees[degrees >= 0]).tolist():
            y = ew.where(degrees == k, ps[k], y)
        return y

    about = f"{name}: the polynomial of degree n, or of each of several, at x."
    return named(polynomial, name, about)


def _degrees(name: str, n: Any) -> np.ndarray:
    return known_array(n, f"the degrees of {name}").astype(np.int64)


def _chebyshev(name: str, first: Callable[[Any], Any]) -> Callable[..., Any]:
    return _family(name, first, lambda k, x, p, before: 2 * x * p - before)


def _shifted(name: str, polynomial: Callable[..., Any]) -> Callable[..., Any]:
    """The polynomials on [0, 1] instead of [-1, 1]."""

    def shifted(x: Any, n: Any) -> Any:
        return polynomial(2 * operand(x) - 1, n)

    return named(shifted, name, f"{name}: {polynomial.__name__} at 2*x - 1.")


chebyshev_polynomial_t = _chebyshev("chebyshev_polynomial_t", lambda x: x)
chebyshev_polynomial_u = _chebyshev("chebyshev_polynomial_u", lambda x: 2 * x)
chebyshev_polynomial_v = _chebyshev("chebyshev_polynomial_v", lambda x: 2 * x - 1)
chebyshev_polynomial_w = _chebyshev("chebyshev_polynomial_w", lambda x: 2 * x + 1)
shifted_chebyshev_polynomial_t = _shifted("shifted_chebyshev_polynomial_t", chebyshev_polynomial_t)
shifted_chebyshev_polynomial_u = _shifted("shifted_chebyshev_polynomial_u", chebyshev_polynomial_u)
shifted_chebyshev_polynomial_v = _shifted("shifted_chebyshev_polynomial_v", chebyshev_polynomial_v)
shifted_chebyshev_polynomial_w = _shifted("shifted_chebyshev_polynomial_w", chebyshev_polynomial_w)
hermite_polynomial_h = _family(
    "hermite_polynomial_h",
    lambda x: 2 * x,
    lambda k, x, p, before: 2 * x * p - 2 * k * before,
)
hermite_polynomial_he = _family(
    "hermite_polynomial_he", lambda x: x, lambda k, x, p, before: x * p - k * before
)
laguerre_polynomial_l = _family(
    "laguerre_polynomial_l",
    lambda x: 1 - x,
    lambda k, x, p, before: ((2 * k + 1 - x) * p - k * before) / (k + 1),
)
legendre_polynomial_p = _family(
    "legendre_polynomial_p",
    lambda x: x,
    lambda k, x, p, before: ((2 * k + 1) * x * p - k * before) / (k + 1),
)
