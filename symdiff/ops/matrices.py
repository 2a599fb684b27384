"""What rules for matrices, which stand in the last two axes, are written with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph.extents import Dim, known, product
from ..graph.op import Aval, Op, OpError, aval_of, declare, strong_dtype
from .broadcasting import broadcast, common_dtype, shape_text
from .elementwise import abs as absolute
from .shape import lead, reshape, sum_, transpose

EVERY_ELEMENT = (-2, -1)


def turned(a: Any) -> Any:
    """Each matrix transposed."""
    return transpose(a, perm=(1, 0))


def row(x: Any) -> Any:
    """Each vector as a matrix of one row: it broadcasts along columns."""
    return reshape(x, ndim=1, shape=(1, x.shape[-1]))


def column(x: Any) -> Any:
    """Each vector as a matrix of one column."""
    return reshape(x, ndim=1, shape=(x.shape[-1], 1))


def each(x: Any) -> Any:
    """Each scalar as a matrix of one element: it broadcasts over the whole matrix."""
    return reshape(x, ndim=0, shape=(1, 1))


def inner(a: Any, b: Any) -> Any:
    """The sum of products of elements, for each pair of matrices."""
    return sum_(a * b, axes=EVERY_ELEMENT)


def total(x: Any, rank: int) -> Any:
    """The sum of absolute values over the last axes: a size that also empty arrays have."""
    return sum_(absolute(x), axes=tuple(range(-rank, 0)))


def epsilon(x: Any) -> float:
    """The spacing of floating-point numbers at 1, in x's dtype."""
    return float(np.finfo(x.dtype).eps)


# --- declaring


def declare_matrix_op(
    name: str, *, infer: Callable[..., Any], evaluate: Callable[..., Any], **fields: Any
) -> Op:
    """An op of linear algebra; where NumPy complains about shapes, `infer` says more."""

    def checked(*xs: Any, **params: Any) -> Any:
        try:
            return evaluate(*xs, **params)
        except ValueError:
            infer(*map(aval_of, xs), **params)
            raise

    return declare(name, infer=infer, evaluate=checked, family="linear algebra", **fields)


# --- shapes and dtypes


def float_dtype(*dtypes: Any) -> np.dtype[Any]:
    """LAPACK computes in float32 or float64; integers become float64."""
    dtype = strong_dtype(common_dtype(dtypes))
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


def matrix_shape(name: str, a: Aval) -> tuple[Dim, Dim]:
    """Rows and columns."""
    if a.ndim < 2:
        raise OpError(f"{name}: shape {shape_text([a.shape])} is no matrix; two axes are needed")
    return a.shape[-2], a.shape[-1]


def square(name: str, a: Aval) -> Dim:
    """The size of a square matrix."""
    m, n = matrix_shape(name, a)
    if m is not n and m != n:
        raise OpError(
            f"{name}: shape {shape_text([a.shape])} is not square; "
            f"the matrices have {known(m)} rows and {known(n)} columns"
        )
    return n


def same_square(name: str) -> Callable[..., Aval]:
    """The shape rule of ops that make a square matrix of a square matrix."""

    def infer(a: Aval, **params: Any) -> Aval:
        square(name, a)
        return Aval(tuple(a.shape), float_dtype(a.dtype))

    return infer


def system(name: str, a: Aval, b: Aval) -> Aval:
    """The shape rule of x in a x = b, b being a matrix."""
    m, n = matrix_shape(name, a)
    rows, columns = matrix_shape(name, b)
    if rows is not m and rows != m:
        raise OpError(
            f"{name}: shapes {shape_text([a.shape, b.shape])} do not fit; "
            f"the matrix has {known(m)} rows, the right-hand side {known(rows)}"
        )
    batch = broadcast(name, lead(a.shape, 2), lead(b.shape, 2))
    return Aval((*batch, n, columns), float_dtype(a.dtype, b.dtype))


def many(solve: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """`solve(a, b)` with one factorisation however many leading axes b has beyond those of a.

    The leading axes become columns: (k, m, n, c) beside (m, n, n) is solved as (m, n, k*c).
    """
    extra = len(b.shape) - len(a.shape)
    if extra <= 0:
        return solve(a, b)
    rank = len(b.shape)
    ahead, batch = tuple(range(extra)), tuple(range(extra, rank - 1))
    columns = (*b.shape[:extra], b.shape[-1])
    b = transpose(b, perm=(*batch, *ahead, rank - 1))
    x = solve(a, reshape(b, ndim=extra + 1, shape=(product(columns),)))
    x = reshape(x, ndim=1, shape=columns)
    back = len(batch)
    return transpose(x, perm=(*range(back, back + extra), *range(back), rank - 1))
