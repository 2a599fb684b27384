"""Rounding and remainders: flat between their steps, and taken as flat on them."""

from __future__ import annotations

import numpy as np

from ..graph.exact import is_number
from .families import elementwise

floor = elementwise("floor", np.floor, 0, sympy="floor", family="rounding")
ceil = elementwise("ceil", np.ceil, 0, sympy="ceiling", family="rounding")
trunc = elementwise("trunc", np.trunc, 0, family="rounding")
# halves go to the even neighbour
rint = elementwise(
    "rint", np.rint, 0, primitive="round", family="rounding", backward="RoundBackward0"
)
floor_divide = elementwise(
    "floor_divide", np.floor_divide, 0, 0, primitive="floordiv", text="{} // {}",
    family="rounding", domain=((-2.0, 2.0), (0.5, 2.0)),
)  # fmt: skip
# a - b*floor(a/b): the sign is that of b
remainder = elementwise(
    "remainder", np.remainder, 1, lambda y, a, b: -floor_divide(a, b), primitive="mod",
    text="{} % {}", family="rounding", domain=((-2.0, 2.0), (0.5, 2.0)),
    backward=lambda args, params: f"RemainderBackward{0 if is_number(args[1]) else 1}",
)  # fmt: skip
# a - b*trunc(a/b): the sign is that of a
fmod = elementwise(
    "fmod", np.fmod, 1, lambda y, a, b: -trunc(a / b),
    family="rounding", domain=((-2.0, 2.0), (0.5, 2.0)),
    backward=lambda args, params: f"FmodBackward{0 if is_number(args[1]) else 1}",
)  # fmt: skip
