"""Products summed over shared indices: one op for dot, matmul, outer, tensordot, kron.

`spec` is written as for einsum, `ab,bc->ac`, its letters in order of appearance, so that equal
products are equal nodes. No letter stands twice in one operand, and every letter that is summed
stands in two operands: plain sums and diagonals are ops of their own. Leading batch axes of any
operand are lined up, as if each term began with `...`.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from codegen.index import Apply, Const, Reduce, Scalar, Var

from ..graph.extents import Dim, Shape
from ..graph.op import Aval, OpError, declare, strong_dtype
from .broadcasting import broadcast, cast, common_dtype
from .elementwise import mul
from .pairwise import product
from .shape import lead, reshape, transpose, unbroadcast


def terms(spec: str) -> tuple[list[str], str]:
    inputs, out = spec.split("->")
    return inputs.split(","), out


def sizes(spec: str, shapes: Sequence[Shape]) -> dict[str, Dim]:
    """The extent of each letter; operands must agree."""
    found: dict[str, Dim] = {}
    for term, shape in zip(terms(spec)[0], shapes):
        for letter, n in zip(term, shape[len(shape) - len(term) :]):
            if letter in found and found[letter] is not n and found[letter] != n:
                texts = " and ".join(str(tuple(s)) for s in shapes)
                raise OpError(
                    f"{name_of(spec)}: shapes {texts} do not fit; "
                    f"the inner extents are {found[letter]} and {n}"
                )
            found.setdefault(letter, n)
    return found


def name_of(spec: str) -> str:
    """What users call this product."""
    return _NAMES.get(canonical(spec), "einsum")


@lru_cache(maxsize=4096)
def canonical(spec: str) -> str:
    """The same spec with letters renamed in order of appearance."""
    letters = dict.fromkeys(c for c in spec if c.isalpha())
    names = dict(zip(letters, string.ascii_letters))
    return "".join(names.get(c, c) for c in spec)


_NAMES = {
    "a,a->": "dot",
    "ab,b->a": "matmul",
    "a,ab->b": "matmul",
    "ab,bc->ac": "matmul",
    "a,b->ab": "outer",
}
# by the ranks of factors and product, where each letter stands twice
_BACKWARD: dict[tuple[int, ...], str] = {
    (1, 1, 0): "Dot", (2, 1, 1): "Mv", (1, 2, 1): "Squeeze", (2, 2, 2): "Mm", (1, 1, 2): "Mul",
}  # fmt: skip
_STACKS = {"abc,cd->abd", "abcd,de->abce", "abc,acd->abd", "abcd,abde->abce", "abc,c->ab"}


def backward_name(spec: str) -> str:
    """PyTorch's name: dot, mv, mm, or what comes after the product of a stack of matrices."""
    if canonical(spec) in _STACKS:
        return "UnsafeViewBackward0"
    inputs, out = terms(spec)
    ranks = (*map(len, inputs), len(out))
    letters = {c for c in spec if c.isalpha()}
    known = _BACKWARD.get(ranks) if 2 * len(letters) == sum(ranks) else None
    return (known or "Bmm") + "Backward0"


def _infer(*xs: Aval, spec: str) -> Aval:
    inputs, out = terms(spec)
    found = sizes(spec, [x.shape for x in xs])
    batch = broadcast("einsum", *(lead(x.shape, len(t)) for x, t in zip(xs, inputs)))
    dtype = strong_dtype(common_dtype(tuple(x.dtype for x in xs)))
    return Aval(batch + tuple(found[c] for c in out), dtype)


def _evaluate(*xs: Any, spec: str) -> Any:
    arrays = [x if type(x) is np.ndarray else np.asarray(x) for x in xs]
    if len(arrays) != 2:
        inputs, out = terms(spec)
        dotted = ",".join("..." + t for t in inputs) + "->..." + out
        return np.einsum(dotted, *arrays, optimize=True)
    a, b = arrays
    try:
        return product(a, b, spec)
    except ValueError:
        sizes(spec, (a.shape, b.shape))  # tells what does not fit
        raise


def _pullback(g: Any, y: Any, *xs: Any, needed: Sequence[bool], spec: str) -> list[Any]:
    """The sum is linear in each operand: g takes that operand's place."""
    if len(xs) == 2 and _are_plain(g, xs, needed, spec):
        first, second = _adjoints(spec)[0]
        return [
            product(g, xs[1], first) if needed[0] else None,
            product(g, xs[0], second) if needed[1] else None,
        ]
    inputs, out = terms(spec)
    parts: list[Any] = []
    for k, need in enumerate(needed):
        others = [(t, x) for j, (t, x) in enumerate(zip(inputs, xs)) if j != k]
        part = contract([(out, g), *others], inputs[k]) if need else None
        parts.append(part if part is None else fit(part, xs[k], len(inputs[k]), y, len(out)))
    return parts


@lru_cache(maxsize=4096)
def _adjoints(spec: str) -> tuple[tuple[str, str], tuple[int, int, int]]:
    """The products of g with the other operand that two operands pull back to, and the ranks of
    (a, b, g) for which these are all there is to do; none where that is no product.
    """
    (a, b), out = terms(spec)
    sets = [{*out}, {*a}, {*b}]
    if not (a and b and out) or sets[0] == sets[1] or sets[0] == sets[2]:
        return ("", ""), (-1, -1, -1)
    pulled = canonical(f"{out},{b}->{a}"), canonical(f"{out},{a}->{b}")
    return pulled, (len(a), len(b), len(out))


def _are_plain(g: Any, xs: Sequence[Any], needed: Sequence[bool], spec: str) -> bool:
    """Whether g, and what of the operands is multiplied with it, are arrays without batch axes."""
    a, b = xs
    if type(g) is not np.ndarray or (needed[0] and type(b) is not np.ndarray):
        return False
    if needed[1] and type(a) is not np.ndarray:
        return False
    return (len(a.shape), len(b.shape), g.ndim) == _adjoints(spec)[1]


def fit(part: Any, x: Any, core: int, y: Any, core_of_y: int) -> Any:
    """A cotangent of x (`core` axes and a batch) summed over the batch axes that only y has."""
    if type(part) is np.ndarray and part.shape == x.shape:
        return part
    whole = (*lead(y.shape, core_of_y), *x.shape[len(x.shape) - core :])
    return unbroadcast(part, x, Aval(whole, x.dtype))


def contract(operands: Sequence[tuple[str, Any]], out: str) -> Any:
    """The einsum of (letters, array) pairs; where nothing is summed or repeated, a product."""
    lettered = [(t, x) for t, x in operands if t]
    scalars = [
        reshape(x, ndim=0, shape=(1,) * len(out)) if out else x for t, x in operands if not t
    ]
    return reduce(
        lambda y, x: mul(x, y), (*([_contract(lettered, out)] if lettered else []), *scalars)
    )


def _contract(operands: Sequence[tuple[str, Any]], out: str) -> Any:
    letters = {frozenset(t) for t in (out, *(t for t, _ in operands))}
    if len(operands) <= 2 and len(letters) == 1:
        return reduce(mul, (permuted(x, t, out) for t, x in operands))
    spec = ",".join(t for t, _ in operands) + "->" + out
    return einsum(*(x for _, x in operands), spec=canonical(spec))


def permuted(x: Any, have: str, want: str) -> Any:
    """The axes of x, named by letters, in the wanted order."""
    if have == want:
        return x
    return transpose(x, perm=tuple(have.index(c) for c in want))


def _at(index: Sequence[Scalar], *xs: Any, spec: str) -> Scalar:
    inputs, out = terms(spec)
    before = len(index) - len(out)
    place: dict[str, Scalar] = dict(zip(out, index[before:]))
    over = []
    dtype = common_dtype(tuple(x.dtype for x in xs))
    for term, x in zip(inputs, xs):
        for c, n in zip(term, x.shape[len(x.shape) - len(term) :]):
            if c not in place:
                place[c] = Var(f"c_{c}")
                over.append((f"c_{c}", n if isinstance(n, Scalar) else Const(n, "int64")))
    body: Scalar | None = None
    for term, x in zip(inputs, xs):
        own = len(x.shape) - len(term)
        lead_index = [
            Const(0, "int64") if x.shape[j] == 1 else index[before - own + j] for j in range(own)
        ]
        factor = cast(x(*lead_index, *(place[c] for c in term)), x.dtype, dtype)
        body = factor if body is None else Apply("mul", (body, factor))
    assert body is not None
    return Reduce("add", tuple(over), body) if over else body


einsum = declare(
    "einsum",
    infer=_infer,
    evaluate=_evaluate,
    pullback=_pullback,
    at=_at,
    family="products",
    backward=lambda args, params: backward_name(params["spec"]),
    example=lambda rng: ((rng.normal(size=(2, 3)), rng.normal(size=(3, 4))), {"spec": "ab,bc->ac"}),
)
