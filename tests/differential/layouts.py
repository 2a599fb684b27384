"""Arrays of the same values that lie differently in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Mine(np.ndarray[Any, Any]):
    """An array by another name."""


def _astray(x: Array) -> Array:
    """Beginning at an address that is no multiple of the items' size."""
    raw = np.zeros(x.nbytes + 1, np.uint8)
    return _filled(raw[1 : 1 + x.nbytes].view(x.dtype).reshape(x.shape), x)


def _filled(place: Array, x: Array) -> Array:
    place[...] = x
    return place


def _among(x: Array, shape: tuple[int, ...], part: slice) -> Array:
    """In a part of a larger array that is NaN elsewhere."""
    whole = np.full(shape, np.nan, x.dtype)
    return _filled(whole[(part,) * x.ndim], x)


def _turned(x: Array) -> Array:
    back = (slice(None, None, -1),) * x.ndim
    return x[back].copy()[back]


def _read_only(x: Array) -> Array:
    copy = x.copy()
    copy.flags.writeable = False
    return copy


def _field(x: Array) -> Array:
    records = np.zeros(x.shape, [("other", "i1"), ("value", x.dtype)])
    return _filled(records["value"], x)


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "in order": np.array,
    "columns": np.asfortranarray,
    "backwards": _turned,
    "every second": lambda x: _among(x, tuple(2 * n for n in x.shape), slice(None, None, 2)),
    "inside": lambda x: _among(x, tuple(n + 2 for n in x.shape), slice(1, -1)),
    "read-only": _read_only,
    "other bytes": lambda x: x.astype(x.dtype.newbyteorder()),
    "astray": _astray,
    "a field": _field,
    "real parts": lambda x: (x + 1j * np.float32(1)).real,
    "a subclass": lambda x: x.view(Mine),
}


def repeated(x: Array, rng: np.random.Generator) -> Array:
    """One row, column or number of x, repeated with strides of 0."""
    part = tuple(slice(0, 1) if rng.random() < 0.5 else slice(None) for _ in x.shape)
    return np.broadcast_to(x[part], x.shape)
