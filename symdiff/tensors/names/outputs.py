"""Results written into tensors that the caller gave as `out`."""

from __future__ import annotations

from typing import Any

from ...handles.modes import is_grad_enabled
from ...ops import elementwise as ew


def into(out: Any, y: Any, name: str) -> Any:
    """`out`, holding y from now on; y itself if there is none. Another shape is taken over."""
    if out is None:
        return y
    if isinstance(y, tuple):
        parts = [into(place, part, name) for place, part in zip(out, y)]
        return type(y)(*parts) if hasattr(y, "_fields") else tuple(parts)
    if is_grad_enabled() and (y.requires_grad or out.requires_grad):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, "
            "but one of the arguments requires grad."
        )
    if out.shape == y.shape:
        return out.become(y)
    out.data = ew.astype(y, dtype=out.dtype.dtype)
    return out
