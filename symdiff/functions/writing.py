"""NumPy's functions that write to an array they are given: a handle becomes what they make."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..graph.op import LosesGradient, Operand
from ..handles.operands import operand
from ..ops import elementwise as ew
from . import diagonals, taking
from .axes import shape_of
from .indexing import setitem
from .reducing import cumsum
from .shaping import broadcast_to, ravel, reshape


def written(name: str, target: Any, new: Any) -> None:
    """`new` put under the handle; a plain array cannot hold what is differentiated."""
    if not isinstance(target, Operand):
        raise LosesGradient(
            f"{name}: a plain array cannot hold what is differentiated; "
            "make the array with np.zeros_like(x) where x is differentiated"
        )
    target.become(new)  # type: ignore[attr-defined]


def copyto(dst: Any, src: Any, where: Any = True) -> None:
    src = operand(src)
    new = src if where is True else ew.where(operand(where), src, dst)
    written("np.copyto", dst, broadcast_to(new, shape_of(dst)))


def put(a: Any, ind: Any, v: Any) -> None:
    """a.flat[ind] = v, from v's first again after its last."""
    ind = ravel(operand(ind))
    values = cycled(v, np.arange(int(prod(shape_of(ind)))))
    written("np.put", a, reshape(setitem(ravel(a), (ind,), values), shape_of(a)))


def putmask(a: Any, mask: Any, values: Any) -> None:
    """a.flat[k] = values.flat[k] where the mask holds, from the values' first again after the last."""
    shape = shape_of(a)
    if shape_of(values) != shape:
        values = cycled(values, np.arange(int(prod(shape))).reshape(shape))
    written("np.putmask", a, ew.where(operand(mask), operand(values), a))


def place(arr: Any, mask: Any, vals: Any) -> None:
    """The values, one after another, where the mask holds; from the first again after the last."""
    mask = reshape(operand(mask), shape_of(arr))
    count = reshape(cumsum(ew.astype(mask, dtype=np.dtype(int))), shape_of(arr))
    written("np.place", arr, ew.where(mask, cycled(vals, count - 1), arr))


def cycled(values: Any, places: Any) -> Any:
    """The values at the places, which begin anew where the values end."""
    values = operand(values)
    return taking.take(values, places, mode="wrap") if shape_of(values) else values


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    new = taking.with_put_along_axis(arr, indices, values, axis)
    written("np.put_along_axis", arr, new)


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    written("np.fill_diagonal", a, diagonals.with_diagonal(a, operand(val), wrap))
