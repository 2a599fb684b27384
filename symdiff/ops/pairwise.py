"""The product of two arrays, summed over shared letters, as one call of NumPy that ends in BLAS.

Knows letters and arrays, no ops. What to do is planned once for a spec; an array is copied only
where its memory cannot be read in the order that a matrix product needs. Leading axes without a
letter are batch axes and broadcast.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby, islice
from typing import Any, NamedTuple

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray]


class Side(NamedTuple):
    """How an operand is laid out: batch letters first, the others in groups, each made one axis."""

    letters: int
    perm: tuple[int, ...]
    lacks: tuple[bool, ...]  # for each batch letter whether it is missing here: an axis of size 1
    groups: tuple[int, ...]  # how many letters in each group; none gives an axis of size 1
    is_plain: bool  # nothing to reshape


class Plan(NamedTuple):
    """How the product of two arrays is made; `left` is the second operand if `swapped`."""

    kernel: Callable[[Arrays, Plan], Any]
    equal: tuple[tuple[int, int], ...]  # axes of both operands, from the end, that have one size
    swapped: bool
    left: Side
    right: Side
    rows: tuple[
        int, ...
    ]  # axes of the left operand, from the end, that only it gives to the result
    columns: tuple[int, ...]  # and of the right operand
    perm: tuple[int, ...]  # from (batch, rows, columns) to the result


def product(a: np.ndarray, b: np.ndarray, spec: str) -> Any:
    """The product of `ab,bc->ac`; ValueError if sizes do not fit."""
    plan = _plan(spec)
    for p, q in plan.equal:
        if a.shape[p] != b.shape[q]:
            raise ValueError(f"sizes {a.shape[p]} and {b.shape[q]}")
    y = plan.kernel((b, a) if plan.swapped else (a, b), plan)
    return _permuted(y, plan.perm) if plan.perm else y


def _dot(arrays: Arrays, plan: Plan) -> Any:
    """A matrix or two and one letter summed: NumPy's quickest way to BLAS."""
    left, right = arrays
    if left.ndim > plan.left.letters or right.ndim > plan.right.letters:
        return _matrix_product(arrays, plan)
    if plan.left.perm:
        left = left.T
    return np.dot(left, right.T if plan.right.perm else right)


def _outer(arrays: Arrays, plan: Plan) -> Any:
    """A vector times a vector."""
    left, right = arrays
    if left.ndim > 1 or right.ndim > 1:
        return _outer_product(arrays, plan)
    return np.multiply.outer(left, right)


def _matrix_product(arrays: Arrays, plan: Plan) -> Any:
    a, b = arrays
    left, right = _arranged(a, plan.left), _arranged(b, plan.right)
    if right.ndim == 2 < left.ndim:  # one product of matrices instead of many
        y = np.dot(left.reshape(math.prod(left.shape[:-1]), left.shape[-1]), right)
        batch = left.shape[:-2]
        y = y.reshape(*left.shape[:-1], right.shape[1])
    else:
        y = np.matmul(left, right)
        batch = y.shape[:-2]
    if len(plan.rows) == len(plan.columns) == 1:
        return y
    return y.reshape(batch + _sizes(a, plan.rows) + _sizes(b, plan.columns))


def _inner_product(arrays: Arrays, plan: Plan) -> Any:
    """Nothing is left of either operand but batch axes."""
    return np.vecdot(_arranged(arrays[0], plan.left), _arranged(arrays[1], plan.right))


def _outer_product(arrays: Arrays, plan: Plan) -> Any:
    """Nothing is summed."""
    return np.multiply(_arranged(arrays[0], plan.left), _arranged(arrays[1], plan.right))


def _arranged(x: np.ndarray, side: Side) -> np.ndarray:
    x = _permuted(x, side.perm)
    if side.is_plain:
        return x
    before = x.ndim - side.letters
    sizes = iter(x.shape[before:])
    batch = [1 if lacks else next(sizes) for lacks in side.lacks]
    groups = [math.prod(islice(sizes, n)) for n in side.groups]
    return x.reshape(*x.shape[:before], *batch, *groups)


def _permuted(x: Any, perm: tuple[int, ...]) -> Any:
    """The last axes in another order."""
    if not perm:
        return x
    before = x.ndim - len(perm)
    return x.transpose(*range(before), *(before + p for p in perm))


def _sizes(x: np.ndarray, axes: Sequence[int]) -> tuple[int, ...]:
    return tuple(x.shape[k] for k in axes)


@lru_cache(maxsize=4096)
def _plan(spec: str) -> Plan:
    inputs, out = spec.split("->")
    ta, tb = inputs.split(",")
    batch, rest = _batch_letters(ta, tb, out)
    swapped = bool(rest) and rest[0] in tb
    if swapped:
        ta, tb = tb, ta
    rows = [c for c in ta if c in rest]
    columns = [c for c in tb if c in rest]
    summed = [c for c in ta if c not in out]
    made = "".join((*batch, *rows, *columns))
    kernel, left, right = _kernel(len(rows), len(columns), len(summed), has_batch=bool(batch))
    pairs = tuple((ta.index(c) - len(ta), tb.index(c) - len(tb)) for c in ta if c in tb)
    return Plan(
        kernel,
        tuple((q, p) for p, q in pairs) if swapped else pairs,
        swapped,
        _side(ta, batch, (*rows, *summed), left),
        _side(tb, batch, (*summed, *columns), right),
        tuple(ta.index(c) - len(ta) for c in rows),
        tuple(tb.index(c) - len(tb) for c in columns),
        _permutation(made, out),
    )


def _batch_letters(ta: str, tb: str, out: str) -> tuple[list[str], list[str]]:
    """The letters of `out` that are batch axes of the matrix product, and those that are not.

    Letters in both operands are; so are the first ones of `out` if they would otherwise have to be
    moved there: `A[i,k] * B[b,k,j]` to `[b,i,j]` is a stack of products, without any copy.
    """
    both = {c for c in out if c in ta and c in tb}
    owners = [
        list(group) for _, group in groupby((c for c in out if c not in both), ta.__contains__)
    ]
    if len(owners) == 3:
        both.update(owners.pop(0))
    return [c for c in out if c in both], [c for group in owners for c in group]


def _kernel(
    rows: int, columns: int, summed: int, has_batch: bool
) -> tuple[Callable[[Arrays, Plan], Any], tuple[int, ...], tuple[int, ...]]:
    """What is called, and how the letters of the two operands are grouped for it."""
    if not summed:
        ones, none = (1,) * rows + (0,) * columns, (0,) * rows + (1,) * columns
        is_small = rows == columns == 1 and not has_batch
        return _outer if is_small else _outer_product, ones, none
    if not rows and not columns:
        return _inner_product, (summed,), (summed,)
    is_small = summed == 1 and rows <= 1 and columns <= 1 and not has_batch
    return _dot if is_small else _matrix_product, (rows, summed), (summed, columns)


def _side(term: str, batch: list[str], rest: Sequence[str], groups: tuple[int, ...]) -> Side:
    order = "".join(c for c in (*batch, *rest) if c in term)
    lacks = tuple(c not in term for c in batch)
    is_plain = not any(lacks) and all(n == 1 for n in groups)
    return Side(len(order), _permutation(term, order), lacks, groups, is_plain)


def _permutation(have: str, want: str) -> tuple[int, ...]:
    return () if have == want else tuple(map(have.index, want))
