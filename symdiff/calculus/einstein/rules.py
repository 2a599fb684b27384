"""How the ops that the index engine understands are read; all others are applied as they are."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ...graph.exact import is_number
from ...graph.extents import Dim, Shape, same_shape
from ...graph.node import Node
from ...graph.op import is_differentiable, strong_dtype
from ...ops import (
    contract,
    creation,
    determinant,
    factorisations,
    identity,
    linalg,
    reduce,
    running,
)
from ...ops import elementwise as ew
from ...ops import shape as shape_ops
from .coefficients import inverse, is_coefficient, power, times
from .facts import is_made_of_sizes, is_mask
from .forms import Factor, Form, Sum, is_applied
from .reading import MOST_OPEN, MOST_TERMS, Reader, Rule, rule
from .terms import Open, Term

LARGEST_POWER = 16
LARGEST_WHOLE = 2**53  # up to here floats and whole numbers are the same

# --- constants


@rule(creation.full)
def _full(self: Reader, node: Node) -> Open:
    value = node.params["value"]
    is_whole = is_coefficient(value) and value % 1 == 0 and abs(value) <= LARGEST_WHOLE
    value = int(value) if is_whole else value
    terms = [self.constant(value, node.shape)] if value != 0 else []
    return Open(terms, node.shape, node.dtype)


@rule(shape_ops.zeros_like)
def _zeros(self: Reader, node: Node) -> Open:
    return Open([], node.shape, node.dtype)


@rule(creation.delta)
def _delta(self: Reader, node: Node) -> Open:
    """Also as a condition: a mask that is a delta."""
    half = self.indices(node.params["shape"])
    return self.open(Term(1, [], half * 2), node)


# --- sums and products


def _sum_of(sign: int) -> Rule:
    def read(self: Reader, node: Node) -> Open:
        a, b = (self.spread(x, node) for x in map(self.take, node.args))
        if len(b.terms) > max(len(a.terms), MOST_OPEN):
            b = Open([self.settled(b)], node.shape, node.dtype)
        for t in b.terms if sign < 0 else ():
            t.number = times(-1, t.number)
        a.terms.extend(b.terms)
        return Open(a.terms, node.shape, node.dtype)

    return read


rule(ew.add)(_sum_of(1))
rule(ew.sub)(_sum_of(-1))


@rule(ew.neg)
def _neg(self: Reader, node: Node) -> Open:
    value = self.take(node.args[0])
    terms = value.terms if len(value.terms) <= MOST_TERMS else [self.settled(value)]
    for t in terms:
        t.number = times(-1, t.number)
    return Open(terms, node.shape, node.dtype)


@rule(ew.mul)
def _mul(self: Reader, node: Node) -> Open | None:
    """A product; x*0 stays as it is, being NaN where x is infinite."""
    if not self.textbook and any(is_number(a) and a == 0 for a in node.args):
        return None
    if _hides(self, node):
        return None
    return self.times([self.take(a) for a in node.args], node)


@rule(ew.div)
def _div(self: Reader, node: Node) -> Open | None:
    if _hides(self, node):
        return None
    a, b = (_as_float(self, self.take(x), node.dtype) for x in node.args)
    return self.times([a, _reciprocal(self, b)], node)


def _hides(self: Reader, node: Node) -> bool:
    """Whether a plain product has a masked factor, under whose mask the others must not come."""
    values = [self.peek(a) for a in node.args if isinstance(a, Node)]
    if self.textbook or sum(self.number(v) is None for v in values) < 2:
        return False
    return any(not v.has_delta and any(map(_is_masked, v.terms)) for v in values)


def _is_masked(t: Term) -> bool:
    return any(is_mask(f.form) for f in t.factors)


def _as_float(self: Reader, value: Open, dtype: Any) -> Open:
    """Whole numbers become floats before they are divided."""
    if strong_dtype(value.dtype).kind == "f" or _is_written_alike(self, value):
        return value
    cast = Node(ew.astype, params={"dtype": dtype}, shape=value.shape, dtype=dtype)
    return _cast(self, value, cast)


def _reciprocal(self: Reader, value: Open) -> Open:
    """1/value, by negative powers; 1 over what a mask makes 0 is infinite there."""
    if value.has_delta or (not self.textbook and any(map(_is_masked, value.terms))):
        term = self.of_form(self.whole(value))
    elif len(value.terms) == 1 and value.terms[0].read <= set(value.terms[0].out):
        term = value.terms[0]
    else:
        term = self.settled(value)
    turned = inverse(term.number)
    if turned is None:
        term.factors.append(Factor(self.forms.scalar(term.number), ()))
    factors = [Factor(f.form, f.at, -f.power) for f in term.factors]
    return Open(
        [Term(1 if turned is None else turned, factors, term.out)], value.shape, value.dtype
    )


@rule(ew.pow)
def _pow(self: Reader, node: Node) -> Open | None:
    base, exponent = node.args
    if not (isinstance(base, Node) and is_number(exponent) and exponent == exponent // 1):
        return None
    k = int(exponent)
    if not 1 <= abs(k) <= LARGEST_POWER or self.peek(base).has_delta:
        return None
    value = _raised(self, node, abs(k))
    return value if k > 0 else _reciprocal(self, value)


@rule(ew.square)
def _square(self: Reader, node: Node) -> Open | None:
    if not isinstance(node.args[0], Node) or self.peek(node.args[0]).has_delta:
        return None
    return _raised(self, node, 2)


def _raised(self: Reader, node: Node, k: int) -> Open:
    """The first argument to a whole power above 0."""
    term = self.settled(self.take(node.args[0]))
    factors = [Factor(f.form, f.at, f.power * k) for f in term.factors]
    return Open([Term(power(term.number, k), factors, term.out)], node.shape, node.dtype)


@rule(ew.reciprocal)
def _one_over(self: Reader, node: Node) -> Open | None:
    if not isinstance(node.args[0], Node):
        return None
    return Open(_reciprocal(self, self.take(node.args[0])).terms, node.shape, node.dtype)


@rule(identity.clone)
def _clone(self: Reader, node: Node) -> Open:
    return self.take(node.args[0])


@rule(contract.einsum)
def _einsum(self: Reader, node: Node) -> Open | None:
    if _hides(self, node):
        return None
    inputs, out = contract.terms(node.params["spec"])
    values = [self.take(a) for a in node.args]
    rank = len(node.shape) - len(out)
    labels: list[list[Hashable]] = []
    for v, letters in zip(values, inputs):
        lead = len(v.shape) - len(letters)
        labels.append([*range(rank - lead, rank), *letters])
    return self.product(values, labels, [*range(rank), *out], node)


@rule(shape_ops.sum_)
def _sum(self: Reader, node: Node) -> Open:
    value = self.take(node.args[0])
    rank = len(value.shape)
    gone = {rank + k for k in node.params["axes"]}
    return self.product([value], [range(rank)], [k for k in range(rank) if k not in gone], node)


@rule(reduce.mean)
def _mean(self: Reader, node: Node) -> Open:
    axes = node.params["axes"]
    value = self.take(node.args[0])
    number, factors = _per(self, reduce.count(value.shape, axes))
    rank = len(value.shape)
    gone = {rank + k for k in axes}
    out = self.product([value], [range(rank)], [k for k in range(rank) if k not in gone], node)
    for t in out.terms:
        t.number = times(t.number, number)
        t.factors.extend(factors)
    return out


def _per(self: Reader, count: Dim) -> tuple[Any, list[Factor]]:
    """1/count, as a number and factors."""
    number, factors = self.size_parts(count)
    below = [Factor(f.form, f.at, -f.power) for f in factors]
    turned = inverse(number)
    if turned is None:
        return 1, [*below, Factor(self.forms.scalar(number), (), -1)]
    return turned, below


# --- ops that are linear in one argument let deltas through


@rule(ew.astype)
def _astype(self: Reader, node: Node) -> Open:
    value = self.take(node.args[0])
    if value.dtype == node.dtype or _is_written_alike(self, value):
        return Open(value.terms, node.shape, node.dtype)
    return _cast(self, value, node)


def _is_written_alike(self: Reader, value: Open) -> bool:
    """Whether the value is made of numbers, or for people of sizes, which have no dtype."""
    factors = [f for t in value.terms for f in t.factors]
    return not factors or (self.textbook and all(is_made_of_sizes(f.form) for f in factors))


def _cast(self: Reader, value: Open, node: Node) -> Open:
    terms = [
        self.carried(t, value, lambda x: self.mapped(node, [x])) for t in self.factors_of(value)
    ]
    return Open(terms, node.shape, node.dtype)


# --- what is computed with care where a textbook divides


@rule(determinant.cofactor)
def _cofactor(self: Reader, node: Node) -> Open | None:
    """det(a)*inv(a).T, where a is regular."""
    a = node.args[0]
    if not self.textbook or not isinstance(a, Node) or len(node.shape) != 2:
        return None
    value = self.take(a)
    copies = Open([self.copy(t) for t in value.terms], value.shape, value.dtype)
    det = _determinant(self, value, node.dtype)
    self.guarded.add(det.factors[0].form)  # where the inverse is, det(a) is not 0
    inv = _inverse(self, copies)
    whole = Term(inv.number, [*det.factors, *inv.factors], inv.out[::-1])
    return self.open(whole, node)


@rule(determinant.det)
def _det(self: Reader, node: Node) -> Open | None:
    """det(a.T) is det(a), and det(inv(a)) is 1/det(a)."""
    a = node.args[0]
    if not self.textbook or not isinstance(a, Node) or node.shape:
        return None
    return self.open(_determinant(self, self.take(a), node.dtype), node)


def _determinant(self: Reader, a: Open, dtype: Any) -> Term:
    term = self.settled(a)
    if _is_diagonal(term):
        return _product_along(self, term, a.shape, dtype)
    if term.number != 1 or term.has_delta or len(term.factors) != 1:
        term = self.of_form(self.whole(Open([term], a.shape, a.dtype)))
    (f,) = term.factors
    matrix, k = (f.form.args[0], -1) if is_applied(f.form, linalg.inv) else (f.form, 1)
    node = Node(determinant.det, (), shape=(), dtype=dtype)
    return Term(1, [Factor(self.forms.applied(node, (matrix,)), (), k)], ())


def _is_diagonal(t: Term) -> bool:
    """Whether a term is diag(u), or a number times the identity."""
    return len(t.out) == 2 and t.has_delta and t.read <= set(t.out) and t.number != 0


def _product_along(self: Reader, t: Term, shape: Shape, dtype: Any) -> Term:
    """The product of a diagonal."""
    vector = self.whole(Open([Term(t.number, t.factors, t.out[:1])], shape[:1], dtype))
    node = Node(reduce.prod, (), {"axes": (-1,)}, shape=(), dtype=dtype)
    return Term(1, [Factor(self.forms.applied(node, (vector,)), ())], ())


@rule(running.others)
def _others(self: Reader, node: Node) -> Open | None:
    """prod(x)/x, where no element is 0."""
    x, axis = node.args[0], node.params["axis"]
    if not self.textbook or not isinstance(x, Node):
        return None
    below = self.settled(self.take(x))
    form = self.whole(Open([self.copy(below)], node.shape, node.dtype))
    rank = len(node.shape)
    shape = tuple(n for k, n in enumerate(node.shape) if k - rank != axis)
    product = Node(reduce.prod, (), {"axes": (axis,)}, shape=shape, dtype=node.dtype)
    term = self.of_form(self.forms.applied(product, (form,)))
    labels = [k for k in range(rank) if k - rank != axis]
    divisor = _reciprocal(self, Open([below], node.shape, node.dtype))
    return self.product(
        [Open([term], shape, node.dtype), divisor], [labels, range(rank)], range(rank), node
    )


@rule(factorisations.undetermined)
def _undetermined(self: Reader, node: Node) -> Open | None:
    """x, where it is determined."""
    x = node.args[0]
    if not self.textbook or not isinstance(x, Node) or not same_shape(x.shape, node.shape):
        return None
    return Open(self.take(x).terms, node.shape, node.dtype)


# --- systems of equations: solve(a, b) is inv(a) @ b, and planned as a solve again


@rule(linalg.inv)
def _inv(self: Reader, node: Node) -> Open | None:
    if len(node.shape) != 2:
        return None
    return self.open(_inverse(self, self.take(node.args[0])), node)


@rule(linalg.solve)
def _solve(self: Reader, node: Node) -> Open | None:
    a, b = node.args
    if not (isinstance(a, Node) and isinstance(b, Node) and len(a.shape) == 2):
        return None
    if not is_differentiable(a.dtype):  # the inverse of whole numbers has another dtype
        return None
    inverse_of_a = Open([_inverse(self, self.take(a))], a.shape, a.dtype)
    lead = len(node.shape) - 2
    labels = [["i", "j"], [*range(lead - (len(b.shape) - 2), lead), "j", "k"]]
    return self.product([inverse_of_a, self.take(b)], labels, [*range(lead), "i", "k"], node)


def _inverse(self: Reader, a: Open) -> Term:
    """inv(a); of a transposed matrix, the inverse transposed; for people, of s*A it is inv(A)/s."""
    term = self.settled(a)
    turned = inverse(term.number) if term.factors else None
    if self.textbook and turned is not None and _is_diagonal(term):
        return Term(turned, [f._replace(power=-f.power) for f in term.factors], term.out)
    if term.has_delta or turned is None or set(term.factors[0].at) != set(term.out):
        term, turned = self.of_form(self.whole(Open([term], a.shape, a.dtype))), 1
    (f,) = term.factors
    if self.textbook and is_applied(f.form, linalg.inv):
        return Term(turned, [Factor(f.form.args[0], f.at)], term.out)
    matrix, scale = _scaled(self, f.form) if self.textbook else (f.form, [])
    node = Node(linalg.inv, (), shape=f.form.shape, dtype=a.dtype)
    form = self.forms.applied(node, (matrix,))
    return Term(turned, [Factor(form, f.at), *scale], term.out)


def _scaled(self: Reader, form: Form) -> tuple[Form, list[Factor]]:
    """A matrix without the scalars that it is multiplied with, and these as divisors."""
    p = form.products[0] if isinstance(form, Sum) and len(form.products) == 1 else None
    scalars = [] if p is None or p.number != 1 else [f for f in p.factors if not f.at]
    if p is None or not scalars or len(scalars) == len(p.factors):
        return form, []
    rest = self.of_product(p._replace(factors=tuple(f for f in p.factors if f.at)), p.out)
    matrix = self.whole(Open([rest], form.shape, form.dtype))
    return matrix, [f._replace(power=-f.power) for f in scalars]
