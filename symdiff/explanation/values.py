"""Arrays as short text: small ones whole, large ones as shape, range and a corner."""

from __future__ import annotations

from typing import Any

import numpy as np

MOST = 9  # numbers that are shown one by one
CORNER = 3


def shown(value: Any) -> str:
    """A value on one line.

    >>> shown(np.array([[4.5, 6.0], [7.5, 9.0]]))
    '[[4.5, 6], [7.5, 9]]'
    >>> shown(np.arange(1000.0))
    '(1000,) from 0 to 999: [0, 1, 2, ...]'
    """
    if isinstance(value, tuple):
        return "(" + ", ".join(map(shown, value)) + ")"
    array = np.asarray(value)
    if array.size <= MOST:
        return _nested(array)
    corner = ", ".join(map(_number, array.ravel()[:CORNER]))
    return f"{array.shape} {_range(array)}: [{corner}, ...]"


def _nested(array: np.ndarray) -> str:
    if array.ndim == 0:
        return _number(array[()])
    return "[" + ", ".join(map(_nested, array)) + "]"


def _number(x: Any) -> str:
    return f"{x:.5g}" if isinstance(x, (float, np.floating)) else str(x)


def _range(array: np.ndarray) -> str:
    if array.dtype.kind != "f":
        return f"from {array.min()} to {array.max()}"
    finite = array[np.isfinite(array)]
    odd = array.size - finite.size
    within = f"from {_number(finite.min())} to {_number(finite.max())}" if finite.size else ""
    return ", ".join(filter(None, [within, f"{odd} not finite" if odd else ""]))
