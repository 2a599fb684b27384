"""Products of arrays: dot, matmul, outer, tensordot, kron, cross; all of them sums of products."""

from __future__ import annotations

import string
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ..graph.extents import Shape, known
from ..graph.op import OpError
from ..handles.operands import operand
from ..ops import contract
from ..ops import elementwise as ew
from ..ops.broadcasting import shape_text
from .axes import one_axis, shape_of
from .shaping import moveaxis, ravel, reshape, stack
from .summation import einsum


def matmul(a: Any, b: Any) -> Any:
    """a @ b, by NumPy's rules for vectors, matrices and stacks of matrices."""
    a, b = operand(a), operand(b)
    shapes = shape_of(a), shape_of(b)
    ranks = len(shapes[0]), len(shapes[1])
    if 0 in ranks:
        raise OpError("matmul: a scalar is no operand; use *")
    if max(ranks) <= 2:
        return contract.einsum(a, b, spec=PLAIN[ranks])
    _inner_sizes("matmul", shapes, -1, max(-2, -ranks[1]))
    return einsum(_STACKED[min(ranks[0], 2), min(ranks[1], 2)], a, b)


PLAIN = {(1, 1): "a,a->", (1, 2): "a,ab->b", (2, 1): "ab,b->a", (2, 2): "ab,bc->ac"}
_STACKED = {(1, 2): "j,...jk->...k", (2, 1): "...ij,j->...i", (2, 2): "...ij,...jk->...ik"}


def _inner_sizes(name: str, shapes: Sequence[Shape], p: int, q: int) -> None:
    """Sizes that are summed over together are equal; here a 1 does not broadcast."""
    n, m = shapes[0][p], shapes[1][q]
    if n is not m and n != m:
        raise OpError(
            f"{name}: shapes {shape_text(shapes)} do not fit; the inner extents are {n} and {m}"
        )


def dot(a: Any, b: Any) -> Any:
    """The sum over the last axis of a and the last but one of b, as np.dot."""
    a, b = operand(a), operand(b)
    ranks = len(shape_of(a)), len(shape_of(b))
    if 0 in ranks:
        return ew.mul(a, b)
    if max(ranks) <= 2:
        return contract.einsum(a, b, spec=PLAIN[ranks])
    return tensordot(a, b, ([ranks[0] - 1], [max(ranks[1] - 2, 0)]))


def vdot(a: Any, b: Any) -> Any:
    """The sum of all products of elements."""
    return contract.einsum(ravel(a), ravel(b), spec="a,a->")


def inner(a: Any, b: Any) -> Any:
    """The sum over the last axis of both."""
    ranks = len(shape_of(a)), len(shape_of(b))
    if 0 in ranks:
        return ew.mul(a, b)
    return tensordot(a, b, ([ranks[0] - 1], [ranks[1] - 1]))


def outer(a: Any, b: Any) -> Any:
    """Every element of a times every element of b."""
    return contract.einsum(ravel(a), ravel(b), spec="a,b->ab")


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum over pairs of axes, as np.tensordot: so many, or a list for each array."""
    a, b = operand(a), operand(b)
    ranks = len(shape_of(a)), len(shape_of(b))
    left, right = _paired(axes, ranks)
    if len(left) != len(right):
        raise OpError(f"tensordot: {len(left)} axes cannot be paired with {len(right)}")
    letters = iter(string.ascii_letters)
    ta, tb = [next(letters) for _ in range(ranks[0])], [next(letters) for _ in range(ranks[1])]
    for p, q in zip(left, right):
        _inner_sizes("tensordot", (shape_of(a), shape_of(b)), p, q)
        tb[q] = ta[p]
    gone = {ta[p] for p in left}
    out = "".join(c for c in (*ta, *tb) if c not in gone)
    return contract.contract([("".join(ta), a), ("".join(tb), b)], out)


def _paired(axes: Any, ranks: tuple[int, int]) -> tuple[list[int], list[int]]:
    if isinstance(axes, int):
        axes = (list(range(ranks[0] - axes, ranks[0])), list(range(axes)))
    left, right = ([k] if isinstance(k, int) else list(k) for k in axes)
    return (
        [one_axis("tensordot", int(k), ranks[0]) for k in left],
        [one_axis("tensordot", int(k), ranks[1]) for k in right],
    )


def vecdot(a: Any, b: Any, axis: int = -1) -> Any:
    """The sum of products along one axis, the others broadcast."""
    _inner_sizes("vecdot", (shape_of(a), shape_of(b)), axis, axis)
    return einsum("...i,...i->...", moveaxis(a, axis, -1), moveaxis(b, axis, -1))


def matvec(a: Any, x: Any) -> Any:
    """Stacks of matrices times stacks of vectors."""
    _inner_sizes("matvec", (shape_of(a), shape_of(x)), -1, -1)
    return einsum("...ij,...j->...i", a, x)


def vecmat(x: Any, a: Any) -> Any:
    """Stacks of vectors times stacks of matrices."""
    _inner_sizes("vecmat", (shape_of(x), shape_of(a)), -1, -2)
    return einsum("...i,...ij->...j", x, a)


def kron(a: Any, b: Any) -> Any:
    """Every element of a times the whole of b, put where the element stood."""
    a, b = operand(a), operand(b)
    shapes = shape_of(a), shape_of(b)
    rank = max(map(len, shapes))
    m, n = ((1,) * (rank - len(s)) + s for s in shapes)
    left = reshape(a, tuple(k for size in m for k in (size, 1)))
    right = reshape(b, tuple(k for size in n for k in (1, size)))
    return reshape(ew.mul(left, right), tuple(p * q for p, q in zip(m, n)))


def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """The cross product of vectors in three dimensions, or (its only component) in two."""
    if axis is not None:
        axisa = axisb = axisc = axis
    left, right = _components(a, axisa), _components(b, axisb)
    if len(left) == len(right) == 2:
        return left[0] * right[1] - left[1] * right[0]
    left, right = ([*v, 0.0] if len(v) == 2 else v for v in (left, right))
    cyclic = ((1, 2), (2, 0), (0, 1))
    return moveaxis(
        stack([left[p] * right[q] - left[q] * right[p] for p, q in cyclic], -1), -1, axisc
    )


def _components(x: Any, axis: int) -> list[Any]:
    x = moveaxis(operand(x), axis, -1)
    n = shape_of(x)[-1]
    if n != 2 and n != 3:
        raise OpError(f"cross: axis {axis} has {known(n)} elements; a vector here has 2 or 3")
    return [x[..., k] for k in range(int(n))]


def multi_dot(arrays: Sequence[Any]) -> Any:
    """The matrix product of several arrays, multiplied in the order that costs least.

    The first and the last may be vectors.
    """
    xs = [operand(x) for x in arrays]
    if len(xs) < 2:
        raise OpError("multi_dot: at least two arrays are needed")
    ranks = [len(shape_of(x)) for x in xs]
    if not {*ranks[1:-1]} <= {2} or not {ranks[0], ranks[-1]} <= {1, 2}:
        raise OpError(f"multi_dot: axes {ranks}; matrices, and vectors only first and last, fit")
    for k, (a, b) in enumerate(pairwise(xs)):
        _inner_sizes("multi_dot", (shape_of(a), shape_of(b)), -1, max(-2, -ranks[k + 1]))
    terms = [string.ascii_letters[k : k + 2] for k in range(len(xs))]
    first, last = terms[0][2 - ranks[0] :], terms[-1][: ranks[-1]]
    spec = ",".join([first, *terms[1:-1], last]) + "->" + first[:-1] + last[1:]
    return einsum(spec, *xs)
