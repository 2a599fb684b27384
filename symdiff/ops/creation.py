"""Arrays made from nothing but a shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from codegen.index import Const

from ..extents import Shape
from ..op import Aval, declare

full = declare(
    "full",
    infer=lambda shape, value, dtype: Aval(tuple(shape), np.dtype(dtype)),
    evaluate=lambda shape, value, dtype: np.full(tuple(map(int, shape)), value, dtype),
    pullback=lambda g, y, needed, shape, value, dtype: (),
    at=lambda index, shape, value, dtype: Const(value, np.dtype(dtype).name),
    family="creation",
    doc="`value` at every index of `shape`.",
)


def full_shape(shape: Shape, value: Any, dtype: Any) -> dict[str, Any]:
    """The params of `full`."""
    return {"shape": tuple(shape), "value": value, "dtype": np.dtype(dtype)}
