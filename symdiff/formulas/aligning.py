"""Arrays read at indices -> one array: by broadcasting, as an outer product, or by einsum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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


def broadcast(
    reads: Sequence[Read], out: tuple[Index, ...], sizes: Sequence[Dim], full: bool
) -> Notation | None:
    """An elementwise product by NumPy's broadcasting; two vectors give an outer product."""
    grouped = list(_by_indices(reads).items())
    missing = [i for i in out if not any(i in at for at, _ in grouped)]
    if full and out and len(missing) == len(out):
        return filled("ones", [sizes[i] for i in out])
    if full and missing and len(out) < 3:
        grouped += [((i,), filled("ones", (sizes[i],))) for i in missing]
        missing = []
    if len(out) > 2 and len(grouped) > 1 and any(_needs_new_axes(at, out) for at, _ in grouped):
        ones = [Read(filled("ones", (sizes[i],)), (i,), 1) for i in missing]
        return einsum([*reads, *ones], out)
    if len(out) == 2 and sorted(at for at, _ in grouped) == [out[:1], out[1:]]:
        left, right = (what for _, what in sorted(grouped, key=lambda item: item[0]))
        return Call(2, "outer", (left, right))
    scaled = _scaled_rows(grouped, out) if len(out) == 2 else None
    if scaled is not None:
        return scaled
    above = [lined_up(what, at, out) for at, what in grouped if _below(what) is None]
    turned = [(at, _below(what)) for at, what in grouped]
    below = [lined_up(what, at, out) for at, what in turned if what is not None]
    core = times(above, below) if grouped else None
    if full and missing:
        shape = Name(0, f"({', '.join(str(sizes[i]) for i in out)})")
        return Call(len(out), "broadcast_to", (core or Number(0, 1), shape))
    return core


def _needs_new_axes(at: Sequence[Index], out: Sequence[Index]) -> bool:
    return len(at) > 0 and tuple(at) != tuple(out[len(out) - len(at) :])


def _scaled_rows(grouped: Any, out: tuple[Index, ...]) -> Notation | None:
    """A matrix with rows or columns scaled by a vector, as a product with a diagonal matrix."""
    matrix = [lined_up(what, at, out) for at, what in grouped if len(at) == 2]
    vectors = {at: what for at, what in grouped if len(at) == 1}
    plain = len(matrix) == 1 and len(matrix) + len(vectors) == len(grouped)
    if not plain or not vectors or any(_is_quotient(x) for x in (*matrix, *vectors.values())):
        return None
    left, right = vectors.get(out[:1]), vectors.get(out[1:])
    chain = [Call(2, "diag", (left,))] if left is not None else []
    chain += [*chain_of(matrix[0]), *([Call(2, "diag", (right,))] if right is not None else [])]
    return matmul(chain, 2)


def _below(x: Notation) -> Notation | None:
    """The u of 1/u."""
    return times(x.divisors) if isinstance(x, Times) and x.factors == (ONE,) else None


def _is_quotient(x: Notation) -> bool:
    return isinstance(x, Times) and bool(x.divisors)


def einsum(reads: Sequence[Read], out: tuple[Index, ...]) -> Notation:
    """A sum of one array over axes, or einsum over several."""
    grouped = _by_indices(reads)
    if len(grouped) == 1:
        ((at, what),) = grouped.items()
        if len(set(at)) == len(at):
            gone = tuple(k for k, i in enumerate(at) if i not in out)
            if not gone:
                return lined_up(what, at, out)
            kept = tuple(i for i in at if i in out)
            axis = (("axis", gone[0] if len(gone) == 1 else gone),) if kept else ()
            return lined_up(Call(len(kept), "sum", (what,), axis), kept, out)
    letters: dict[Index, str] = {}
    for i in (*out, *(i for at in grouped for i in at)):
        letters.setdefault(i, LETTERS[len(letters)])
    terms = ",".join("".join(letters[i] for i in at) for at in grouped)
    spec = terms + "->" + "".join(letters[i] for i in out)
    return Call(len(out), "einsum", (Name(0, repr(spec)), *grouped.values()))


def diagonal(x: Notation, at: Sequence[Index]) -> tuple[Notation, tuple[Index, ...]]:
    """x, read at an index twice, and the indices that are left."""
    left = tuple(dict.fromkeys(at))
    if len(at) == 2:
        return Call(1, "diag", (x,)), left
    letters = dict(zip(left, LETTERS))
    spec = "".join(letters[i] for i in at) + "->" + "".join(letters[i] for i in left)
    return Call(len(left), "einsum", (Name(0, repr(spec)), x)), left


def _by_indices(reads: Sequence[Read]) -> dict[tuple[Index, ...], Notation]:
    """Reads at the same indices multiplied."""
    groups: dict[tuple[Index, ...], list[Read]] = {}
    for r in reads:
        same = (
            r.at
            if r.at in groups
            else r.at[::-1]
            if len(r.at) == 2 and r.at[::-1] in groups
            else None
        )
        what = transposed(r.what) if same is not None and same != r.at else r.what
        groups.setdefault(same or r.at, []).append(Read(what, same or r.at, r.power))
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
