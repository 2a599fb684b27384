"""Arrays with leading batch axes as one row or one matrix after the other."""

from __future__ import annotations

from typing import Any

from .primitives import compiled


@compiled
def rows(a: Any) -> Any:
    """The rows along the last axis of a C-contiguous array."""
    count = 1
    for k in range(a.ndim - 1):
        count *= a.shape[k]
    return a.reshape((count, a.shape[-1]))


@compiled
def matrices(a: Any) -> Any:
    """The matrices in the last two axes of a C-contiguous array."""
    count = 1
    for k in range(a.ndim - 2):
        count *= a.shape[k]
    return a.reshape((count, a.shape[-2], a.shape[-1]))
