"""Hypergeometric functions, by SciPy, and what has them for slopes: elliptic integrals, Box and Cox's
powers.

Their slopes are of the same kind, with parameters raised by one, and smooth where the usual forms
cancel: at m = 0 and at lmbda = 0.
"""

from __future__ import annotations

import math
from typing import Any

from ..graph.exact import HALF, Exact
from .elementwise import log, log1p, minimum, sin, sqrt
from .families import applied, elementwise
from .special import scipy

EIGHTH_PI = Exact(math.pi / 8, "pi/8")

# the sum of (a)_k/(b)_k * x**k/k!, where (a)_k = a*(a + 1)*...*(a + k - 1)
hyp1f1 = elementwise(
    "hyp1f1", scipy("hyp1f1"), None, None,
    lambda y, a, b, x: a / b * hyp1f1(a + 1, b + 1, x),
    arguments="a b x", family="special", domain=((0.5, 2.0), (0.5, 2.0), (-2.0, 2.0)),
)  # fmt: skip
# the sum of (a)_k*(b)_k/(c)_k * x**k/k!
hyp2f1 = elementwise(
    "hyp2f1", scipy("hyp2f1"), None, None, None,
    lambda y, a, b, c, x: a * b / c * hyp2f1(a + 1, b + 1, c + 1, x),
    arguments="a b c x", family="special",
    domain=((0.5, 1.5), (0.5, 1.5), (1.5, 2.5), (-0.8, 0.6)),
)  # fmt: skip


def _exprel_slope(x: Any) -> Any:
    """Infinite from 710 on; SciPy does not come back from 1e300."""
    return HALF * hyp1f1(2.0, 3.0, minimum(x, 800.0))


# (exp(x) - 1)/x
exprel = elementwise("exprel", scipy("exprel"), lambda y, x: _exprel_slope(x), family="special")

# --- elliptic integrals of the parameter m, complete and up to an angle

ellipk = elementwise(
    "ellipk", scipy("ellipk"), lambda y, m: EIGHTH_PI * hyp2f1(1.5, 1.5, 2.0, m),
    family="special", domain=((-0.8, 0.8),),
)  # fmt: skip
ellipe = elementwise(
    "ellipe", scipy("ellipe"), lambda y, m: -EIGHTH_PI * hyp2f1(0.5, 1.5, 2.0, m),
    family="special", domain=((-0.8, 0.8),),
)  # fmt: skip


def _below_the_root(phi: Any, m: Any) -> Any:
    return 1 - m * sin(phi) ** 2


ellipkinc = elementwise(
    "ellipkinc", scipy("ellipkinc"), lambda y, phi, m: 1 / sqrt(_below_the_root(phi, m)), None,
    arguments="phi m", family="special", domain=((-1.5, 1.5), (-0.8, 0.8)),
)  # fmt: skip
ellipeinc = elementwise(
    "ellipeinc", scipy("ellipeinc"), lambda y, phi, m: sqrt(_below_the_root(phi, m)), None,
    arguments="phi m", family="special", domain=((-1.5, 1.5), (-0.8, 0.8)),
)  # fmt: skip

# --- Box and Cox's powers: (x**lmbda - 1)/lmbda, log(x) at lmbda = 0, and the inverse. With t = log(x)
# the one is t*exprel(lmbda*t); the other is exp(z*r(lmbda*z)), r(u) = log(1 + u)/u = 2F1(1, 1; 2; -u)


def _by_the_power(t: Any, lmbda: Any) -> Any:
    return t * t * _exprel_slope(lmbda * t)


def _by_the_root(y: Any, z: Any, lmbda: Any) -> Any:
    return -HALF * y * z * z * hyp2f1(2.0, 2.0, 3.0, -lmbda * z)


boxcox = elementwise(
    "boxcox", scipy("boxcox"),
    lambda y, x, lmbda: x ** (lmbda - 1),
    lambda y, x, lmbda: _by_the_power(applied(log, x), lmbda),
    family="special", domain=((0.5, 2.0), (-1.0, 1.5)),
)  # fmt: skip
boxcox1p = elementwise(
    "boxcox1p", scipy("boxcox1p"),
    lambda y, x, lmbda: (1 + x) ** (lmbda - 1),
    lambda y, x, lmbda: _by_the_power(applied(log1p, x), lmbda),
    family="special", domain=((-0.5, 1.0), (-1.0, 1.5)),
)  # fmt: skip
inv_boxcox = elementwise(
    "inv_boxcox", scipy("inv_boxcox"),
    lambda y, z, lmbda: y / (1 + lmbda * z),
    lambda y, z, lmbda: _by_the_root(y, z, lmbda),
    family="special", domain=((-0.5, 0.6), (-0.8, 1.0)),
)  # fmt: skip
inv_boxcox1p = elementwise(
    "inv_boxcox1p", scipy("inv_boxcox1p"),
    lambda y, z, lmbda: (y + 1) / (1 + lmbda * z),
    lambda y, z, lmbda: _by_the_root(y + 1, z, lmbda),
    family="special", domain=((-0.5, 0.6), (-0.8, 1.0)),
)  # fmt: skip
