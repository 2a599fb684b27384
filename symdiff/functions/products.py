"""Products of arrays: dot, matmul, outer, tensordot, einsum; all of them one contraction."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

from ..op import OpError
from ..ops import contract
from ..ops import elementwise as ew
from .axes import shape_of
from .shaping import ravel


def matmul(a: Any, b: Any) -> Any:
    """a @ b, by NumPy's rules for vectors, matrices and stacks of matrices."""
    ranks = len(shape_of(a)), len(shape_of(b))
    if 0 in ranks:
        raise OpError("matmul: a scalar is no operand; use *")
    if ranks == (1, 1):
        return contract.einsum(a, b, spec="i,i->")
    if ranks[0] == 1:
        return contract.einsum(a, b, spec="j,jk->k")
    if ranks[1] == 1:
        return contract.einsum(a, b, spec="ij,j->i")
    return contract.einsum(a, b, spec="ij,jk->ik")


def dot(a: Any, b: Any) -> Any:
    """The sum over the last axis of a and the last but one of b, as np.dot."""
    ranks = len(shape_of(a)), len(shape_of(b))
    if 0 in ranks:
        return ew.mul(a, b)
    if max(ranks) <= 2:
        return matmul(a, b)
    return tensordot(a, b, ([ranks[0] - 1], [max(ranks[1] - 2, 0)]))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum over pairs of axes, as np.tensordot."""
    ranks = len(shape_of(a)), len(shape_of(b))
    if isinstance(axes, int):
        axes = (list(range(ranks[0] - axes, ranks[0])), list(range(axes)))
    left, right = ([k] if isinstance(k, int) else list(k) for k in axes)
    letters = iter(string.ascii_letters)
    ta, tb = [next(letters) for _ in range(ranks[0])], [next(letters) for _ in range(ranks[1])]
    for p, q in zip(left, right, strict=True):
        tb[q] = ta[p]
    gone = {ta[p] for p in left}
    out = "".join(c for c in (*ta, *tb) if c not in gone)
    return contract.contract([("".join(ta), a), ("".join(tb), b)], out)


def outer(a: Any, b: Any) -> Any:
    return contract.einsum(ravel(a), ravel(b), spec="i,j->ij")


def inner(a: Any, b: Any) -> Any:
    if 0 in (len(shape_of(a)), len(shape_of(b))):
        return ew.mul(a, b)
    return tensordot(a, b, ([len(shape_of(a)) - 1], [len(shape_of(b)) - 1]))


def checked_terms(spec: Sequence[str]) -> None:
    for term in spec:
        if len(set(term)) != len(term):
            raise OpError(f"einsum: a letter stands twice in {term!r}; take the diagonal first")
