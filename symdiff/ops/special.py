"""Special functions, by SciPy."""

from __future__ import annotations

from ..late import late
from .elementwise import TWO_OVER_SQRT_PI, exp
from .families import elementwise

erf = elementwise(
    "erf", late("scipy.special", "erf"), lambda y, x: TWO_OVER_SQRT_PI * exp(-x * x),
    sympy="erf", family="special",
)  # fmt: skip
