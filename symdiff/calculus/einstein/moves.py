"""How ops are read that move elements: axes that are exchanged, split or repeated, diagonals, parts."""

from __future__ import annotations

from ...graph.extents import Dim, same, same_shape
from ...graph.node import Node
from ...ops import diagonals, index, running
from ...ops import shape as shape_ops
from ...ops.broadcasting import is_one
from .coefficients import times
from .forms import UNIT, Factor, Form, Sum, is_applied
from .reading import Reader, rule
from .terms import Open, Term, opened

# --- moved axes


@rule(shape_ops.transpose)
def _transpose(self: Reader, node: Node) -> Open:
    value, perm = self.take(node.args[0]), node.params["perm"]
    lead = len(value.shape) - len(perm)
    for t in value.terms:
        t.out = (*t.out[:lead], *(t.out[lead + p] for p in perm))
    return Open(value.terms, node.shape, node.dtype)


@rule(shape_ops.reshape)
def _reshape(self: Reader, node: Node) -> Open | None:
    """Axes of size 1 come and go, and a delta of i*j is one of i and one of j."""
    x = self.peek(node.args[0])
    constant = self.number(x)
    if constant is not None:
        terms = [self.constant(constant, node.shape)] if constant != 0 else []
        return Open(terms, node.shape, node.dtype)
    back = _back(self, x, node)
    if back is not None:
        return back
    old, new = ([n for n in s if not is_one(n)] for s in (x.shape, node.shape))
    if len(old) != len(new) or not all(a is b or same(a, b) for a, b in zip(old, new)):
        return _split(self, node)
    value = self.take(node.args[0])
    for t in value.terms:
        named = iter([i for i, n in zip(t.out, x.shape) if not is_one(n)])
        t.out = tuple(UNIT if is_one(n) else next(named) for n in node.shape)
    return Open(value.terms, node.shape, node.dtype)


def _back(self: Reader, x: Open, node: Node) -> Open | None:
    """What was reshaped, in the shape it had, its axes moved perhaps: kron(A, B) taken apart."""
    if len(x.terms) != 1:
        return None
    t = opened(Term(x.terms[0].number, list(x.terms[0].factors), x.terms[0].out))
    scalars = [f for f in t.factors if not f.at]
    arrays = [f for f in t.factors if f.at]
    if len(arrays) != 1 or not _is_reshaped(arrays[0]) or sorted(arrays[0].at) != sorted(t.out):
        return None
    (f,) = arrays
    before = f.form.args[0]  # type: ignore[attr-defined]
    groups = _groups(f.form.shape, before.shape)
    inner = _of_outer(self, before)
    if groups is None or not same_shape(self.shape_of(inner.out), before.shape):
        return None
    axes = iter(inner.out)
    parts = {i: [next(axes) for _ in group] for i, group in zip(f.at, groups)}
    out = [j for i in t.out for j in parts[i]]
    if not same_shape(self.shape_of(out), node.shape):
        return None
    factors = [*scalars, *inner.factors]
    return self.open(Term(times(t.number, inner.number), factors, out), node)


def _is_reshaped(f: Factor) -> bool:
    is_reshape = is_applied(f.form, shape_ops.reshape) and f.power == 1
    return is_reshape and UNIT not in f.at and len(set(f.at)) == len(f.at)


def _of_outer(self: Reader, form: Form) -> Term:
    """The form read at indices of its own, a product of factors that sums nothing as these."""
    p = form.products[0] if isinstance(form, Sum) and len(form.products) == 1 else None
    return self.of_form(form) if p is None or p.summed else self.of_product(p, p.out)


@rule(shape_ops.expand)
def _expand(self: Reader, node: Node) -> Open:
    value = self.take(node.args[0])
    return Open(self.spread(value, node).terms, node.shape, node.dtype)


def _split(self: Reader, node: Node) -> Open | None:
    """Axes along which nothing is read, only deltas stand, split into several."""
    x = self.peek(node.args[0])
    groups = _groups(x.shape, node.shape)
    if groups is None or not all(_is_free_where_split(t, groups) for t in x.terms):
        return None
    value = self.take(node.args[0])
    for t in value.terms:
        new = {i: tuple(self.index(n) for n in group)
               for i, group in zip(t.out, groups) if len(group) > 1}  # fmt: skip
        t.out = tuple(j for i, group in zip(t.out, groups) for j in new.get(i, (i,)))
    return Open(value.terms, node.shape, node.dtype)


def _groups(old: tuple[Dim, ...], new: tuple[Dim, ...]) -> list[tuple[Dim, ...]] | None:
    """The new axes that each old axis is split into; None if axes are joined, too."""
    rest, groups = list(new), []
    for n in old:
        group, product = [], 1
        while rest and (not group or not same(product, n)):
            group.append(rest.pop(0))
            product = product * group[-1]
        if not same(product, n):
            return None
        groups.append(tuple(group))
    return None if rest else groups


def _is_free_where_split(t: Term, groups: list[tuple[Dim, ...]]) -> bool:
    """Whether no factor is read along the axes that are split, and equal axes split equally."""
    split = {i: g for i, g in zip(t.out, groups) if len(g) > 1}
    alike = all(g == split.get(i, g) for i, g in zip(t.out, groups))
    return alike and UNIT not in split and t.read.isdisjoint(split)


# --- parts of arrays, and sums along them


@rule(index.index, index.embed, running.cumsum, diagonals.tril, diagonals.triu)
def _linear(self: Reader, node: Node) -> Open | None:
    """A number stands before what is linear, for people; a part that is the whole is not told."""
    x = node.args[0]
    if len(node.args) > 1 or not isinstance(x, Node):
        return None
    found = _whole(self, x, node)
    if found is not None:
        return found
    if not self.textbook:
        return None
    term = self.settled(self.take(x))
    if term.number == 0:
        return Open([], node.shape, node.dtype)
    number, term.number = term.number, 1
    whole = self.whole(Open([term], x.shape, x.dtype))
    form = whole if _is_cut_already(whole, node) else self.forms.applied(node, (whole,))
    made = self.of_form(form)
    made.number = number
    return self.open(made, node)


def _is_cut_already(whole: Form, node: Node) -> bool:
    """Whether a triangle is taken of the same triangle."""
    is_triangle = is_applied(whole, diagonals.tril, diagonals.triu)
    return is_triangle and whole.op is node.op and whole.params == node.params


def _whole(self: Reader, x: Node, node: Node) -> Open | None:
    """What is read, or surrounded by zeros, is all of x; the one place of an axis is its axis."""
    key = node.params.get("key")
    if key is None:
        return None
    cut = node.op is index.index
    longer = x.shape if cut else node.shape
    lead = len(longer) - len(key)
    if not all(map(_spans, key, longer[lead:])):
        return None
    value = self.take(x)
    places = [*range(lead), *(lead + k for k, part in enumerate(key) if _is_span(part))]
    for t in value.terms:
        if cut:
            t.out = tuple(t.out[k] for k in places)
        else:
            have = dict(zip(places, t.out, strict=True))
            t.out = tuple(have.get(k, UNIT) for k in range(len(longer)))
    return Open(value.terms, node.shape, node.dtype)


def _spans(k: Dim | index.Span, n: Dim) -> bool:
    if not isinstance(k, index.Span):
        return is_one(n) and same(k, 0)
    return k.step == 1 and same(k.start, 0) and same(k.length, n)


def _is_span(k: Dim | index.Span) -> bool:
    return isinstance(k, index.Span)


# --- diagonals


@rule(diagonals.diagonal)
def _diagonal(self: Reader, node: Node) -> Open | None:
    shape = node.args[0].shape
    if node.params["offset"] != 0 or not same(shape[-2], shape[-1]):
        return None
    value = self.take(node.args[0])
    rank = len(node.shape)
    return self.product([value], [[*range(rank), rank - 1]], range(rank), node)


@rule(diagonals.diag_embed)
def _diag_embed(self: Reader, node: Node) -> Open | None:
    rows, columns = node.params["shape"]
    if node.params["offset"] != 0 or not isinstance(node.args[0], Node):
        return _linear(self, node)
    if not same(rows, columns) or not same(rows, node.args[0].shape[-1]):
        return None
    value = self.take(node.args[0])
    for t in value.terms:
        t.out = (*t.out, t.out[-1])
    return Open(value.terms, node.shape, node.dtype)
