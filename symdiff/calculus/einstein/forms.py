"""Expressions with named indices. Equal forms are one object, so comparing them is comparing ids.

A form stands for an array. Along each axis an array is read at an index, a small number; an index
that stands twice in a result is a delta, one that does not stand in the result is summed over.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple, TypeGuard

import numpy as np

from ...graph.extents import Dim, Extent, Shape, key
from ...graph.node import Node, Place
from ...graph.op import Aval, Op
from .coefficients import Number

Index = int
UNIT: Index = -1  # along an axis of size 1


class Form:
    """An array-valued expression; `id` grows from arguments to users."""

    __slots__ = ("dtype", "id", "numbers", "shape", "symmetric")
    id: int
    shape: Shape
    dtype: Any
    symmetric: bool  # a matrix that is known to be equal to its transpose
    numbers: frozenset[float] | None  # what it chooses from, once that has been asked

    @property
    def parts(self) -> Iterable[Form]:
        """The forms this one is made from."""
        return ()


class Symbol(Form):
    """A leaf of the graph."""

    __slots__ = ("node",)
    node: Node


class Scalar(Form):
    """A number that is not merged with others: a size, or an exact constant such as pi."""

    __slots__ = ("value",)
    value: Any


class Applied(Form):
    """An op on whole arrays."""

    __slots__ = ("args", "op", "outs", "params", "place")
    op: Op
    args: tuple[Any, ...]  # forms and numbers
    params: dict[str, Any]
    outs: tuple[Aval, ...] | None
    place: Place | None

    @property
    def parts(self) -> Iterable[Form]:
        return (a for a in self.args if isinstance(a, Form))


class Factor(NamedTuple):
    """A form read at an index along each of its axes, raised to a whole power."""

    form: Form
    at: tuple[Index, ...]
    power: int = 1


class Map(Form):
    """An elementwise op; argument k is read at `args[k].at`, indices being the map's own axes."""

    __slots__ = ("args", "op", "params", "place")
    op: Op
    args: tuple[Any, ...]  # factors and numbers
    params: dict[str, Any]
    place: Place | None

    @property
    def parts(self) -> Iterable[Form]:
        return (a.form for a in self.args if isinstance(a, Factor))


class Product(NamedTuple):
    """number * factor * factor..., summed over every index that is not in `out`."""

    number: Number
    factors: tuple[Factor, ...]
    out: tuple[Index, ...]
    sizes: tuple[Dim, ...]  # by index

    @property
    def summed(self) -> list[Index]:
        return [i for i in range(len(self.sizes)) if i not in self.out]

    def read_at(self, at: Sequence[Index]) -> list[Factor]:
        """The factors, if the product's indices are these."""
        return [Factor(f.form, through(at, f.at), f.power) for f in self.factors]


class Sum(Form):
    """Products added up."""

    __slots__ = ("products",)
    products: tuple[Product, ...]

    @property
    def parts(self) -> Iterable[Form]:
        return (f.form for p in self.products for f in p.factors)


def is_map(form: Form, *ops: Op) -> TypeGuard[Map]:
    """Whether a form is one of these elementwise ops."""
    return isinstance(form, Map) and form.op in ops


def is_applied(form: Form, *ops: Op) -> TypeGuard[Applied]:
    """Whether a form is one of these ops on whole arrays."""
    return isinstance(form, Applied) and form.op in ops


def through(at: Sequence[Index], inner: Sequence[Index]) -> tuple[Index, ...]:
    """Where a part is read, if it is read at `inner` of a form's axes and the form at `at`."""
    return tuple([UNIT if k == UNIT else at[k] for k in inner])


class Forms:
    """All forms of one reading, each once."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Form] = {}

    def _form(
        self, name: Hashable, kind: type[Form], shape: Shape, dtype: Any, **fields: Any
    ) -> Any:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = kind()
            found.id, found.shape, found.dtype = len(self._known), shape, dtype
            found.symmetric, found.numbers = False, None
            for field, value in fields.items():
                setattr(found, field, value)
        return found

    def symbol(self, node: Node) -> Form:
        same = node if node.value is None else node.value
        name = ("leaf", id(same), node.requires_grad)
        return self._form(name, Symbol, node.shape, node.dtype, node=node)

    def scalar(self, value: Any) -> Form:
        dtype = int if isinstance(value, Extent) else type(value)
        name = ("scalar", key(value), getattr(value, "formula", None), _is_negative_zero(value))
        return self._form(name, Scalar, (), dtype, value=value)

    def applied(self, node: Node, args: tuple[Any, ...]) -> Form:
        name = ("applied", node.op, _names(args), _params(node.params))
        return self._form(
            name if _hashable(name) else ("alone", id(node)), Applied, node.shape, node.dtype,
            op=node.op, args=args, params=node.params, outs=node.outs, place=node.place,
        )  # fmt: skip

    def map(self, node: Node, args: tuple[Any, ...], shape: Shape) -> Form:
        name = ("map", node.op, _names(args), _params(node.params), key(node.dtype))
        return self._form(
            name if _hashable(name) else ("alone", id(node)), Map, shape, node.dtype,
            op=node.op, args=args, params=node.params, place=node.place,
        )  # fmt: skip

    def sum(self, products: Sequence[Product], shape: Shape, dtype: Any) -> Form:
        terms = frozenset((p.number, type(p.number), product_key(p)) for p in products)
        name = ("sum", terms, len(products), key(tuple(shape)), key(np.dtype(dtype)))
        return self._form(name, Sum, shape, dtype, products=tuple(products))


def product_key(p: Product) -> Hashable:
    """What makes two products the same but for their number."""
    free = () if len(p.factors) and len(p.sizes) == 0 else _broadcast_sizes(p)
    return (p.out, tuple(sorted((f.form.id, f.at, f.power) for f in p.factors)), free)


def _broadcast_sizes(p: Product) -> Hashable:
    read = {i for f in p.factors for i in f.at}
    return tuple((i, key(n)) for i, n in enumerate(p.sizes) if i not in read)


def _names(args: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(
        ("form", a.id) if isinstance(a, Form)
        else ("factor", a.form.id, a.at) if isinstance(a, Factor)
        else (key(a), getattr(a, "formula", None), _is_negative_zero(a))
        for a in args
    )  # fmt: skip


def _is_negative_zero(a: Any) -> bool:
    """-0.0 equals 0.0, but 1/-0.0 is -inf."""
    return isinstance(a, float) and a == 0 and math.copysign(1, a) < 0


def _params(params: dict[str, Any]) -> Any:
    return tuple((k, key(v)) for k, v in sorted(params.items()))


def _hashable(name: Any) -> bool:
    try:
        hash(name)
    except TypeError:
        return False
    return True


def reachable(roots: Iterable[Form]) -> list[Form]:
    """Every form the roots are made from, arguments before users."""
    seen: set[Form] = set()
    stack = list(roots)
    while stack:
        form = stack.pop()
        if form not in seen:
            seen.add(form)
            stack.extend(form.parts)
    return sorted(seen, key=lambda form: form.id)


def connected(factors: Sequence[Factor]) -> list[list[Factor]]:
    """The factors in groups that share no index; scalars are a group too."""
    groups: list[tuple[set[Index], list[Factor]]] = []
    for f in factors:
        at, mine = {i for i in f.at if i != UNIT} or {UNIT}, [f]
        for group in [g for g in groups if g[0] & at]:
            groups.remove(group)
            at, mine = at | group[0], group[1] + mine
        groups.append((at, mine))
    return [mine for _, mine in groups]


def united(pairs: Sequence[tuple[Index, Index]]) -> dict[Index, Index]:
    """Every index of the pairs -> the one that stands for all that are equal to it."""
    mapping: dict[Index, Index] = {}

    def root(i: Index) -> Index:
        while i in mapping:
            i = mapping[i]
        return i

    for a, b in pairs:
        ra, rb = root(a), root(b)
        if ra != rb:
            mapping[rb] = ra
    return {i: root(i) for i in mapping}
