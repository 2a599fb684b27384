"""Sizes of vectors and matrices, and distances."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..graph.op import OpError
from ..ops import elementwise as ew
from ..ops import norms
from ..ops import shape as shape_ops
from .axes import Axis, one_axis, shape_of, trailing
from .linear import inv, svdvals
from .reducing import amax, amin, floating
from .reducing import sum as total
from .shaping import expand_dims, moveaxis

Order = float | str | None


def norm(x: Any, ord: Order = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """The norm of a vector (one axis) or of matrices (two), as np.linalg.norm.

    >>> import numpy as np
    >>> from symdiff.functions.norms import norm
    >>> float(norm(np.array([3.0, 4.0]))), float(norm(np.eye(3), "nuc"))
    (5.0, 3.0)
    """
    rank = len(shape_of(x))
    if ord is None and axis is None:
        return vector_norm(x, 2, None, keepdims)
    axes = trailing("norm", axis, rank)
    if len(axes) == 1:
        return vector_norm(x, 2 if ord is None else ord, axis, keepdims)
    if len(axes) == 2:
        rows, columns = (-2, -1) if axis is None else axis  # type: ignore[misc]
        return matrix_norm(x, "fro" if ord is None else ord, (rows, columns), keepdims)
    raise OpError(f"norm: {len(axes)} axes; vectors have one and matrices two, say which by axis")


def vector_norm(x: Any, ord: Order = 2, axis: Axis = None, keepdims: bool = False) -> Any:
    """(sum |x|**ord)**(1/ord), and its limits: the number of elements that are not 0 for ord = 0,
    the largest and the smallest |x| for ord = inf and -inf.
    """
    if isinstance(ord, str):
        raise OpError(f"norm: {ord!r} is a norm of matrices, and one axis makes a vector")
    x, axes = floating(x), trailing("norm", axis, len(shape_of(x)))
    p = float(2 if ord is None else ord)
    if p == math.inf:
        return amax(ew.abs(x), axes, keepdims=keepdims)
    if p == -math.inf:
        return amin(ew.abs(x), axes, keepdims=keepdims)
    if p == 1:
        return total(ew.abs(x), axes, keepdims=keepdims)
    if p == 0:
        return total(shape_ops.zeros_like(x) + ew.not_equal(x, 0), axes, keepdims=keepdims)
    return _kept(norms.norm(x, p=p, axes=axes), axes, keepdims)


def matrix_norm(
    x: Any, ord: Order = "fro", axis: Sequence[int] = (-2, -1), keepdims: bool = False
) -> Any:
    """The norm of each matrix in the two axes.

    "fro" is that of all elements; "nuc", 2 and -2 are the sum, largest and smallest of the singular
    values; 1 and -1 the largest and smallest sum of a column of |x|, inf and -inf of a row.
    """
    rank = len(shape_of(x))
    rows, columns = (one_axis("norm", k, rank) for k in axis)
    if rows == columns:
        raise OpError(f"norm: the axes {tuple(axis)} are one; a matrix has two")
    if ord not in _MATRIX_NORMS:
        known = ", ".join(map(repr, _MATRIX_NORMS))
        raise OpError(f"norm: {ord!r} is no norm of matrices; these are: {known}")
    y = _MATRIX_NORMS[ord](moveaxis(floating(x), (rows, columns), (-2, -1)))
    return _kept(y, tuple(sorted((rows, columns))), keepdims)


def _kept(y: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """With axes of size 1 where some were reduced, if asked."""
    return expand_dims(y, axes) if keepdims and axes else y


_MATRIX_NORMS: dict[Order, Callable[[Any], Any]] = {
    "fro": lambda x: norms.norm(x, p=2.0, axes=(-2, -1)),
    "nuc": lambda x: total(svdvals(x), -1),
    2: lambda x: amax(svdvals(x), -1),
    -2: lambda x: amin(svdvals(x), -1),
    1: lambda x: amax(total(ew.abs(x), -2), -1),
    -1: lambda x: amin(total(ew.abs(x), -2), -1),
    math.inf: lambda x: amax(total(ew.abs(x), -1), -1),
    -math.inf: lambda x: amin(total(ew.abs(x), -1), -1),
}


def cond(x: Any, p: Order = None) -> Any:
    """How much inversion enlarges relative errors: |x| |inv(x)|, in the norm p (2 if None)."""
    if p is not None and p not in (2, -2):
        return matrix_norm(x, p) * matrix_norm(inv(x), p)
    s = svdvals(x)
    return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]


def cdist(x: Any, y: Any, p: float = 2.0) -> Any:
    """The p-norms of all differences of rows of x and rows of y."""
    return vector_norm(ew.sub(expand_dims(x, -2), expand_dims(y, -3)), p, -1)
