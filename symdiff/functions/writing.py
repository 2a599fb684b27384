"""NumPy's functions that write to an array they are given: a handle becomes what they make."""

from __future__ import annotations

from typing import Any

from ..graph.op import LosesGradient, Operand
from ..handles.operands import operand
from ..ops import elementwise as ew
from . import diagonals, taking
from .axes import shape_of
from .indexing import setitem
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
    """a.flat[ind] = v"""
    v = operand(v)
    written("np.put", a, reshape(setitem(ravel(a), (operand(ind),), v), shape_of(a)))


def putmask(a: Any, mask: Any, values: Any) -> None:
    new = ew.where(operand(mask), operand(values), a)
    written("np.putmask", a, broadcast_to(new, shape_of(a)))


def place(arr: Any, mask: Any, vals: Any) -> None:
    """The values, one after another, where the mask holds."""
    written("np.place", arr, setitem(arr, operand(mask), operand(vals)))


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    new = taking.with_put_along_axis(arr, indices, values, axis)
    written("np.put_along_axis", arr, new)


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    written("np.fill_diagonal", a, diagonals.with_diagonal(a, operand(val), wrap))
