"""A linear recurrence for compiled code: along the last axis of C-contiguous arrays."""

from __future__ import annotations

from typing import Any

from .primitives import compiled
from .shapes import rows


@compiled
def recurrence(y: Any, a: Any, b: Any, reverse: bool = False) -> None:
    """y[k] = b[k] + a[k]*y[k-1], or y[k+1] if `reverse`; there is nothing before the first."""
    ys, as_, bs = rows(y), rows(a), rows(b)
    n = y.shape[-1]
    for row in range(len(ys) if n else 0):
        first, step = (n - 1, -1) if reverse else (0, 1)
        total = bs[row, first]
        ys[row, first] = total
        for i in range(1, n):
            k = first + step * i
            total = bs[row, k] + as_[row, k] * total
            ys[row, k] = total
