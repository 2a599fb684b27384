"""Bessel functions, by SciPy. Derivatives by the order v are refused.

A slope is half the sum or difference of the neighbours, which is smooth at 0, where c(x)/x is not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..graph.exact import HALF
from ..graph.late import late
from ..graph.op import Op
from .elementwise import sign
from .families import elementwise


def _function(name: str, *slopes: Callable[..., Any] | None, low: float, sympy: str = "") -> Op:
    x = (low, 3.0)
    return elementwise(
        name, late("scipy.special", name), *slopes, arguments="v x" if len(slopes) == 2 else "x",
        sympy=sympy, family="special", domain=((0.5, 2.5), x) if len(slopes) == 2 else (x,),
    )  # fmt: skip


# --- first kind: j regular at 0, y not

j0 = _function("j0", lambda y, x: -j1(x), low=-3.0)
j1 = _function("j1", lambda y, x: HALF * (j0(x) - jv(2, x)), low=-3.0)
jv = _function(
    "jv", None, lambda y, v, x: HALF * (jv(v - 1, x) - jv(v + 1, x)), low=0.5, sympy="besselj"
)
y0 = _function("y0", lambda y, x: -y1(x), low=0.5)
y1 = _function("y1", lambda y, x: HALF * (y0(x) - yv(2, x)), low=0.5)
yv = _function(
    "yv", None, lambda y, v, x: HALF * (yv(v - 1, x) - yv(v + 1, x)), low=0.5, sympy="bessely"
)

# --- modified: i grows, k decays; with e, multiplied by exp(-abs(x)) or exp(x)

i0 = _function("i0", lambda y, x: i1(x), low=-3.0)
i1 = _function("i1", lambda y, x: HALF * (i0(x) + iv(2, x)), low=-3.0)
iv = _function(
    "iv", None, lambda y, v, x: HALF * (iv(v - 1, x) + iv(v + 1, x)), low=0.5, sympy="besseli"
)
i0e = _function("i0e", lambda y, x: i1e(x) - sign(x) * y, low=-3.0)
i1e = _function("i1e", lambda y, x: HALF * (i0e(x) + ive(2, x)) - sign(x) * y, low=-3.0)
ive = _function(
    "ive", None, lambda y, v, x: HALF * (ive(v - 1, x) + ive(v + 1, x)) - sign(x) * y, low=0.5
)
k0 = _function("k0", lambda y, x: -k1(x), low=0.5)
k1 = _function("k1", lambda y, x: -HALF * (k0(x) + kv(2, x)), low=0.5)
kv = _function(
    "kv", None, lambda y, v, x: -HALF * (kv(v - 1, x) + kv(v + 1, x)), low=0.5, sympy="besselk"
)
k0e = _function("k0e", lambda y, x: y - k1e(x), low=0.5)
k1e = _function("k1e", lambda y, x: y - HALF * (k0e(x) + kve(2, x)), low=0.5)
kve = _function("kve", None, lambda y, v, x: y - HALF * (kve(v - 1, x) + kve(v + 1, x)), low=0.5)
