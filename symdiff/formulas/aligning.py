"""Arrays read at indices -> one array: by broadcasting, as an outer product, or by einsum."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

from ..calculus.einstein.forms import Index
from ..graph.extents import Dim
from .elements import filled
from .matrices import Read, chain_of, product
from .notation import (
    ONE,
    Call,
    Name,
    Notation,
    Number,
    Subscript,
    Times,
    matmul,
    times,
    transposed,
)

LETTERS = "ijklmnpqrstuvwxyzabcdefgh"
Indices = tuple[Index, ...]
Grouped = Sequence[tuple[Indices, Notation]]


def broadcast(
    reads: Sequence[Read], out: Indices, sizes: Sequence[Dim], full: bool
) -> Notation | None:
    """An elementwise product by NumPy's broadcasting; two vectors give an outer product."""
    grouped = list(_by_indices(reads).items())
    missing = [i for i in out if not any(i in at for at, _ in grouped)]
    if full and out and len(missing) == len(out):
        return filled("ones", [sizes[i] for i in out])
    if full and len(out) < 3:
        grouped += [((i,), filled("ones", (sizes[i],))) for i in missing]
        missing = []
    elif len(out) > 2 and len(grouped) > 1 and any(_needs_new_axes(at, out) for at, _ in grouped):
        return einsum([*reads, *(Read(filled("ones", (sizes[i],)), (i,), 1) for i in missing)], out)
    core = _outer(grouped, out) or _scaled_rows(grouped, out) or _elementwise(grouped, out)
    if not (full and missing):
        return core
    shape = Name(0, f"({', '.join(str(sizes[i]) for i in out)})")
    return Call(len(out), "broadcast_to", (core or Number(0, 1), shape))


def _needs_new_axes(at: Sequence[Index], out: Sequence[Index]) -> bool:
    return len(at) > 0 and tuple(at) != tuple(out[len(out) - len(at) :])


def _outer(grouped: Grouped, out: Indices) -> Notation | None:
    if len(out) != 2 or sorted(at for at, _ in grouped) != [out[:1], out[1:]]:
        return None
    left, right = (what for _, what in sorted(grouped, key=lambda item: item[0]))
    return Call(2, "outer", (left, right))


def _scaled_rows(grouped: Grouped, out: Indices) -> Notation | None:
    """A matrix with rows or columns scaled by a vector, as a product with a diagonal matrix."""
    if len(out) != 2:
        return None
    matrix = [lined_up(what, at, out) for at, what in grouped if len(at) == 2]
    vectors = {at: what for at, what in grouped if len(at) == 1}
    plain = len(matrix) == 1 and len(matrix) + len(vectors) == len(grouped)
    if not plain or not vectors or any(_is_quotient(x) for x in (*matrix, *vectors.values())):
        return None
    left, right = vectors.get(out[:1]), vectors.get(out[1:])
    chain = [Call(2, "diag", (left,))] if left is not None else []
    chain += [*chain_of(matrix[0]), *([Call(2, "diag", (right,))] if right is not None else [])]
    return matmul(chain, 2)


def _elementwise(grouped: Grouped, out: Indices) -> Notation | None:
    """The product, what is 1/u standing below the line."""
    above = [lined_up(what, at, out) for at, what in grouped if _below(what) is None]
    below = [lined_up(u, at, out) for at, what in grouped if (u := _below(what)) is not None]
    return times(above, below) if grouped else None


def _below(x: Notation) -> Notation | None:
    """The u of 1/u."""
    return times(x.divisors) if isinstance(x, Times) and x.factors == (ONE,) else None


def _is_quotient(x: Notation) -> bool:
    return isinstance(x, Times) and bool(x.divisors)


def einsum(reads: Sequence[Read], out: Indices) -> Notation:
    """A sum of one array over axes, or einsum over several."""
    grouped = _by_indices(reads)
    at = next(iter(grouped), ())
    if len(grouped) == 1 and len(set(at)) == len(at):
        return _summed(grouped[at], at, out)
    return Call(len(out), "einsum", (_spec(grouped, out), *grouped.values()))


def _summed(x: Notation, at: Indices, out: Indices) -> Notation:
    """x, read at distinct indices, summed over those that are not in `out`."""
    gone = tuple(k for k, i in enumerate(at) if i not in out)
    kept = tuple(i for i in at if i in out)
    if gone:
        axis = (("axis", gone[0] if len(gone) == 1 else gone),) if kept else ()
        x = Call(len(kept), "sum", (x,), axis)
    return lined_up(x, kept, out)


def _spec(reads: Collection[Indices], out: Indices) -> Name:
    """What einsum is told: 'ij,jk->ik', with a letter for each index."""
    letters = dict(zip(dict.fromkeys(itertools.chain(out, *reads)), LETTERS))
    terms = ",".join("".join(letters[i] for i in at) for at in reads)
    return Name(0, repr(terms + "->" + "".join(letters[i] for i in out)))


def diagonal(x: Notation, at: Indices) -> tuple[Notation, Indices]:
    """x, read at an index twice, and the indices that are left."""
    left = tuple(dict.fromkeys(at))
    if len(at) == 2:
        return Call(1, "diag", (x,)), left
    return Call(len(left), "einsum", (_spec([at], left), x)), left


def _by_indices(reads: Sequence[Read]) -> dict[Indices, Notation]:
    """Reads at the same indices multiplied, matrices being transposed for that."""
    groups: dict[Indices, list[Read]] = {}
    for r in reads:
        if len(r.at) == 2 and r.at not in groups and r.at[::-1] in groups:
            r = Read(transposed(r.what), r.at[::-1], r.power)
        groups.setdefault(r.at, []).append(r)
    return {at: product(same) for at, same in groups.items()}


def lined_up(x: Notation, at: Sequence[Index], out: Sequence[Index]) -> Notation:
    """x, read at some of the indices of `out`, so that it broadcasts along the others."""
    order = [i for i in out if i in at]
    if tuple(order) != tuple(at):
        perm = tuple(at.index(i) for i in order)
        x = transposed(x) if len(at) == 2 else Call(len(at), "transpose", (x,), (("axes", perm),))
    first = next((k for k, i in enumerate(out) if i in at), len(out))
    key = tuple(slice(None) if i in at else None for i in out[first:])
    if not key or None not in key:
        return x
    return Subscript(len(key), x, key)
