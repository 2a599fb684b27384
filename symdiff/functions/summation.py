"""Sums of products in index notation: what users write to einsum, brought to products of pairs.

The op of ops/contract.py wants each letter once in an operand, and each summed letter in two. Here
diagonals are taken, lonely letters summed, axes of size 1 broadcast, and several operands
multiplied pair by pair, in the order that costs least.
"""

from __future__ import annotations

import math
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

from ..graph.extents import known
from ..graph.op import OpError
from ..handles.operands import operand
from ..ops import shape as shape_ops
from ..ops.broadcasting import is_one
from ..ops.contract import contract
from . import shaping
from .axes import shape_of

Factor = tuple[str, Any]  # letters and the array whose axes they name


def einsum(*args: Any, optimize: Any = True) -> Any:
    """The sum of products that a spec tells, as np.einsum; always in the order that costs least.

    >>> import numpy as np
    >>> from symdiff.functions.summation import einsum
    >>> einsum("ij,kj->ik", np.ones((2, 3)), np.ones((4, 3))).shape
    (2, 4)
    """
    spec, arrays = (args[0], args[1:]) if isinstance(args[0], str) else _from_lists(args)
    xs = [operand(x) for x in arrays]
    inputs, out = parsed(spec, tuple(len(shape_of(x)) for x in xs))
    return summed([_simple(t, x, spec) for t, x in zip(inputs, xs)], out, spec)


def _from_lists(args: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """`einsum(a, [0, 1], b, [1, 2], [0, 2])` in letters."""
    xs, lists = args[: len(args) // 2 * 2 : 2], args[1::2]
    terms = ["".join("..." if k is Ellipsis else string.ascii_letters[k] for k in t) for t in lists]
    out = [args[-1]] if len(args) % 2 else []
    ends = ["".join("..." if k is Ellipsis else string.ascii_letters[k] for k in t) for t in out]
    return "->".join([",".join(terms), *ends]), xs


@lru_cache(maxsize=4096)
def parsed(spec: str, ranks: tuple[int, ...]) -> tuple[tuple[str, ...], str]:
    """The letters of each operand and of the result; an ellipsis gets letters of its own."""
    inputs, arrow, out = spec.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ranks):
        raise OpError(f"einsum: {spec!r} speaks of {len(terms)} operands, and {len(ranks)} came")
    free = [c for c in string.ascii_letters if c not in spec]
    deepest = max((n - len(t) + 3 for t, n in zip(terms, ranks) if "..." in t), default=0)
    dots = "".join(free[: max(deepest, 0)])
    letters = tuple(_without_dots(t, n, dots, spec) for t, n in zip(terms, ranks))
    if not arrow:
        counts = Counter(inputs.replace("...", ""))
        out = "..." * ("..." in inputs) + "".join(
            sorted(c for c in counts if counts[c] == 1 and c != ",")
        )
    result = out.replace("...", dots)
    _check_result(result, "".join(letters), spec)
    return letters, result


def _without_dots(term: str, rank: int, dots: str, spec: str) -> str:
    named = len(term) - 3 if "..." in term else len(term)
    if rank < named or ("..." not in term and rank > named):
        raise OpError(f"einsum: {term!r} in {spec!r} does not fit an operand of {rank} axes")
    letters = term.replace("...", dots[len(dots) - (rank - named) :])
    if not all(c in string.ascii_letters for c in letters):
        raise OpError(f"einsum: {term!r} in {spec!r} is not made of letters and one '...'")
    return letters


def _check_result(result: str, letters: str, spec: str) -> None:
    for c, count in Counter(result).items():
        if c not in letters:
            raise OpError(f"einsum: {c!r} in the result of {spec!r} stands in no operand")
        if count > 1:
            raise OpError(f"einsum: {c!r} stands twice in the result of {spec!r}")


def _simple(term: str, x: Any, spec: str) -> Factor:
    """Letters that stand twice in one operand read its diagonal."""
    for c, count in Counter(term).items():
        for _ in range(count - 1):
            first, second = [k for k, letter in enumerate(term) if letter == c][:2]
            sizes = shape_of(x)[first], shape_of(x)[second]
            if sizes[0] != sizes[1]:
                raise OpError(
                    f"einsum: {c!r} in {spec!r} names axes of sizes {sizes[0]} and {sizes[1]}"
                )
            x = shaping.diagonal(x, 0, first, second)
            term = "".join(letter for k, letter in enumerate(term) if k not in (first, second)) + c
    return term, x


def summed(factors: Sequence[Factor], out: str, spec: str) -> Any:
    """The product of the factors, summed over letters that `out` lacks."""
    factors = _broadcast(factors, spec)
    factors = [_without_lonely(t, x, factors, k, out) for k, (t, x) in enumerate(factors)]
    sizes = tuple(tuple(map(known, shape_of(x))) for _, x in factors)
    for p, q in order(tuple(t for t, _ in factors), sizes, out):
        rest = [f for k, f in enumerate(factors) if k not in (p, q)]
        kept = _kept((factors[p][0], factors[q][0]), [t for t, _ in rest], out)
        factors = [*rest, (kept, contract([factors[p], factors[q]], kept))]
    return contract(factors, out)


def _broadcast(factors: Sequence[Factor], spec: str) -> list[Factor]:
    """Axes of size 1 are left out where another operand's are longer."""
    longer: dict[str, Any] = {}
    for t, x in factors:
        for c, n in zip(t, shape_of(x)):
            if is_one(n):
                continue
            if longer.setdefault(c, n) is not n and longer[c] != n:
                raise OpError(
                    f"einsum: {c!r} in {spec!r} names sizes {known(longer[c])} and {known(n)}"
                )
    out = []
    for t, x in factors:
        gone = [k for k, (c, n) in enumerate(zip(t, shape_of(x))) if is_one(n) and c in longer]
        out.append((_left(t, gone), shaping.squeeze(x, gone) if gone else x))
    return out


def _left(term: str, gone: Iterable[int]) -> str:
    return "".join(c for k, c in enumerate(term) if k not in set(gone))


def _without_lonely(t: str, x: Any, factors: Sequence[Factor], own: int, out: str) -> Factor:
    """Letters that only this operand has, and that the result lacks, are summed at once."""
    others = {c for k, (term, _) in enumerate(factors) if k != own for c in term}
    gone = [k for k, c in enumerate(t) if c not in out and c not in others]
    if not gone:
        return t, x
    return _left(t, gone), shape_ops.sum_(x, axes=tuple(k - len(t) for k in gone))


def _kept(pair: tuple[str, str], rest: Sequence[str], out: str) -> str:
    """The letters of a product of two that are still needed: first those that both have."""
    needed = {c for t in (*rest, out) for c in t}
    if not rest:
        return out
    both = [c for c in pair[0] if c in pair[1]]
    alone = [c for c in (*pair[0], *pair[1]) if c not in both]
    return "".join(c for c in (*both, *alone) if c in needed)


# --- the order of products

Order = tuple[tuple[int, int], ...]
_EXHAUSTIVE = 5  # up to so many operands every order is tried, beyond that the cheapest next pair


@lru_cache(maxsize=1024)
def order(terms: tuple[str, ...], sizes: tuple[tuple[int, ...], ...], out: str) -> Order:
    """Which two operands to multiply next, the product being put last."""
    size = {c: n for t, ns in zip(terms, sizes) for c, n in zip(t, ns)}
    return _cheapest(terms, size, out)[1]


def _cheapest(terms: tuple[str, ...], size: dict[str, int], out: str) -> tuple[int, Order]:
    """The number of multiplications, and the order that needs so few."""
    if len(terms) == 1:
        return 0, ()
    steps = list(combinations(range(len(terms)), 2))
    if len(terms) > _EXHAUSTIVE:
        steps = [min(steps, key=lambda step: _growth(step, terms, size, out))]
    return min(_through(step, terms, size, out) for step in steps)


def _through(
    step: tuple[int, int], terms: tuple[str, ...], size: dict[str, int], out: str
) -> tuple[int, Order]:
    """The cost and order if this pair is multiplied first."""
    p, q, rest = _split(step, terms)
    cost, further = _cheapest((*rest, _kept((p, q), rest, out)), size, out)
    return cost + _elements({*p, *q}, size), (step, *further)


def _growth(
    step: tuple[int, int], terms: tuple[str, ...], size: dict[str, int], out: str
) -> tuple[int, int]:
    """How much larger the product is than its factors, then what it costs."""
    p, q, rest = _split(step, terms)
    grown = _elements(_kept((p, q), rest, out), size) - _elements(p, size) - _elements(q, size)
    return grown, _elements({*p, *q}, size)


def _split(step: tuple[int, int], terms: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    p, q = step
    return terms[p], terms[q], tuple(t for k, t in enumerate(terms) if k not in step)


def _elements(letters: Iterable[str], size: dict[str, int]) -> int:
    return math.prod(size[c] for c in letters)
