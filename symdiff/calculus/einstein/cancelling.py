"""Products in which factors cancel: A @ inv(A) is the identity, a softmax sums to 1.

For people only: each holds where the factors are finite, and inverses exist.
"""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction
from typing import Any

from ...graph.extents import same
from ...graph.node import Node
from ...graph.op import Op
from ...ops import elementwise as ew
from ...ops import linalg
from ...ops import reduce as reduce_ops
from .algebra import Algebra
from .coefficients import inverse as inverse_of
from .coefficients import times
from .constants import known
from .facts import condition_of, is_indicator
from .forms import (
    Applied,
    Factor,
    Form,
    Index,
    Map,
    Product,
    Scalar,
    Sum,
    connected,
    is_applied,
    is_map,
    through,
)
from .terms import Open, Term, renamed, without


def cancelled(reader: Algebra, term: Term) -> Term:
    """The term without what cancels."""
    term = reader.merged(_without_roots(reader, reader.merged(term)))
    return _without_inverses(reader, _without_masks(_without_softmax(reader, term)))


def _without_roots(reader: Algebra, term: Term) -> Term:
    """sqrt(u)**2 is u, and sqrt(u)/u**2 is 1/sqrt(u)**3."""
    number, factors = term.number, list(term.factors)
    for f in term.factors:
        u = _under_root(f.form)
        if isinstance(u, Factor):
            factors = _as_one_power(factors, f, Factor(u.form, through(f.at, u.at)))
        elif u is not None and f.power % 2 == 0:
            share, constant = u
            number = times(number, share ** (f.power // 2))
            factors.remove(f)
            if constant != 1:
                factors.append(Factor(reader.forms.scalar(constant), (), f.power // 2))
    return reader.with_sizes(Term(number, factors, term.out), term, term.out)


def _under_root(form: Form) -> Factor | tuple[Fraction, Any] | None:
    """The u of sqrt(u); of a number, a fraction and a constant with a name."""
    if isinstance(form, Scalar) and str(form.value).startswith("sqrt("):
        return known(float(form.value) ** 2)
    if not is_map(form, ew.sqrt):
        return None
    (u,) = form.args
    if isinstance(u, Factor):
        return u
    return (Fraction(u), 1) if type(u) is int and u > 0 else None


def _as_one_power(factors: list[Factor], root: Factor, u: Factor) -> list[Factor]:
    """The factors, sqrt(u) being merged with the powers of u where one of both divides."""
    own = [g for g in factors if g.form is u.form and g.at == u.at]
    power = root.power + 2 * sum(g.power for g in own)
    divides = root.power < 0 or any(g.power < 0 for g in own)
    if root not in factors or not (root.power % 2 == 0 or (own and divides)):
        return factors
    rest = [g for g in factors if g is not root and g not in own]
    if power % 2:
        return [*rest, Factor(root.form, root.at, power)]
    return [*rest, Factor(u.form, u.at, power // 2)] if power else rest


# --- inverses


def _without_inverses(reader: Algebra, term: Term) -> Term:
    """A[i, k]*inv(A)[k, j], summed over k, is a delta of i and j; A @ inv(B @ A) is inv(B)."""
    inverses = [f for f in term.factors if is_applied(f.form, linalg.inv) and f.power == 1]
    for f, g in itertools.product(inverses, term.factors):
        rest = Term(term.number, [h for h in term.factors if h not in (f, g)], term.out)
        ends = _ends_of_product(term, g, f)
        if ends is not None:
            return _without_inverses(reader, _joined(reader, rest, *ends))
        left = _left_of_inverse(reader, term, g, f)
        if left is not None:
            whole = Term(times(rest.number, left.number), [*rest.factors, *left.factors], rest.out)
            return _without_inverses(reader, whole)
    return term


def _ends_of_product(term: Term, matrix: Factor, inverse: Factor) -> tuple[Index, Index] | None:
    """The outer indices of a matrix product of a matrix and its inverse."""
    if matrix.form is not _inverted(inverse) or matrix.power != 1:
        return None
    for a, b in ((0, 1), (1, 0)):
        k = matrix.at[b]
        if k == inverse.at[a] and _is_bound(term, k, (matrix, inverse)):
            return matrix.at[a], inverse.at[b]
    return None


def _left_of_inverse(reader: Algebra, term: Term, matrix: Factor, inverse: Factor) -> Term | None:
    """What is left of inv(A @ B) @ A or B @ inv(A @ B), with the indices of the product."""
    p = _chain(_inverted(inverse))
    if p is None or matrix.power != 1:
        return None
    for axis in (0, 1):  # of the product that is inverted: its first factor bears 0, its last 1
        k = inverse.at[1 - axis]
        last = next(f for f in p.factors if axis in f.at)
        place = last.at.index(axis)
        fits = last.form is matrix.form and matrix.at[place] == k
        if fits and _is_bound(term, k, (matrix, inverse)):
            one, other = inverse.at[axis], matrix.at[1 - place]
            at = (one, other) if axis == 0 else (other, one)
            return _inverse_without(reader, p, last, axis, at)
    return None


def _inverted(inverse: Factor) -> Form:
    assert isinstance(inverse.form, Applied)
    return inverse.form.args[0]


def _chain(form: Form) -> Product | None:
    """The product of square matrices, one after the other, that a form is."""
    if not isinstance(form, Sum) or len(form.products) != 1 or len(form.shape) != 2:
        return None
    (p,) = form.products
    square = all(len(f.at) == 2 and same(*f.form.shape) and f.power == 1 for f in p.factors)
    ends = Counter(i for f in p.factors for i in f.at)
    path = all(ends[i] == (1 if i in p.out else 2) for i in range(len(p.sizes)))
    is_chain = len(p.factors) == len(p.sizes) - 1 > 1 and p.out == (0, 1)
    return p if square and path and is_chain and len(connected(p.factors)) == 1 else None


def _inverse_without(
    reader: Algebra, p: Product, last: Factor, axis: int, at: tuple[Index, Index]
) -> Term | None:
    """The inverse of a chain without the factor at one end, read at two indices."""
    turned = inverse_of(p.number)
    if turned is None:
        return None
    place = [reader.index(n) for n in p.sizes]
    inner = last.at[1 - last.at.index(axis)]
    out = [place[0], place[1]]
    out[axis] = place[inner]
    rest = [Factor(f.form, through(place, f.at)) for f in p.factors if f is not last]
    shape = reader.shape_of(out)
    whole = reader.settled(Open([Term(1, rest, out)], shape, last.form.dtype))
    (f,) = whole.factors
    node = Node(linalg.inv, (), shape=f.form.shape, dtype=last.form.dtype)
    form = reader.forms.applied(node, (f.form,))
    names = dict(zip(whole.out, at))
    return Term(turned, [Factor(form, tuple(names[i] for i in f.at))], ())


def _is_bound(term: Term, k: int, readers: tuple[Factor, ...]) -> bool:
    """Whether an index is summed over, and read once by each of these factors alone."""
    others = (f for f in term.factors if f not in readers)
    once = all(f.at.count(k) == 1 for f in readers)
    return k not in term.out and once and not any(k in f.at for f in others)


def _joined(reader: Algebra, term: Term, i: int, j: int) -> Term:
    """The term times a delta of two indices."""
    if i not in term.out and i not in term.read and j not in term.out and j not in term.read:
        number, factors = reader.size_parts(reader.sizes[i])
        return Term(times(term.number, number), [*term.factors, *factors], term.out)
    return renamed(term, {i: j} if j in term.out else {j: i})


# --- what is 1


def _without_softmax(reader: Algebra, term: Term) -> Term:
    """The sum of a softmax over its axes is 1."""
    for f in term.factors:
        over = _softmaxed(f)
        if over is not None and all(_is_bound(term, i, (f,)) for i in over):
            rest = reader.with_sizes(_without(term, f), term, [*term.out, *over])
            return _without_softmax(reader, rest)
    return term


def _softmaxed(f: Factor) -> list[Index] | None:
    """The indices that a softmax adds up to 1 over; None for all else."""
    if not is_applied(f.form, reduce_ops.softmax) or f.power != 1:
        return None
    return [f.at[axis] for axis in f.form.params["axes"]]


def _without_masks(term: Term) -> Term:
    """maximum(u, 0) is 0 where u <= 0 without being told, and sign(u) where u is 0."""
    for f in term.factors:
        if f.power == 1 and _is_told_twice(term, f):
            return _without_masks(_without(term, f))
    return term


def _is_told_twice(term: Term, mask: Factor) -> bool:
    """Whether another factor is 0 where the condition does not hold."""
    above = [g for g in term.factors if g.power > 0 and g is not mask]
    op, u = _compared_with_zero(mask)
    if u is None or op is None:
        return False
    if op is ew.not_equal:
        return any(_is_of(g, u, ew.sign, ew.abs) for g in above)
    return op is ew.greater and any(_is_of(g, u, ew.maximum, ew.relu) for g in above)


def _compared_with_zero(mask: Factor) -> tuple[Op | None, Factor | None]:
    """The u of the condition u > 0, u >= 0 (`greater`) or u != 0 (`not_equal`), or of a step."""
    if is_map(mask.form, ew.heaviside):
        u = mask.form.args[0]
        return ew.greater, Factor(u.form, through(mask.at, u.at))
    if not is_indicator(mask.form):
        return None, None
    (test, at, _), holds = condition_of(mask)
    if not isinstance(test, Map) or 0 not in test.args:
        return None, None
    side = 1 - test.args.index(0)
    kind = (_ABOVE if holds else _BELOW).get((test.op, side))
    u = test.args[side]
    return kind, Factor(u.form, through(at, u.at)) if isinstance(u, Factor) else None


# by the comparison and the place of u: what u is where it holds, and where it does not
_ABOVE: dict[tuple[Op, int], Op] = {
    (ew.greater, 0): ew.greater, (ew.greater_equal, 0): ew.greater, (ew.less, 1): ew.greater,
    (ew.less_equal, 1): ew.greater, (ew.not_equal, 0): ew.not_equal, (ew.not_equal, 1): ew.not_equal,
}  # fmt: skip
_BELOW: dict[tuple[Op, int], Op] = {
    (ew.less, 0): ew.greater, (ew.less_equal, 0): ew.greater, (ew.greater, 1): ew.greater,
    (ew.greater_equal, 1): ew.greater, (ew.equal, 0): ew.not_equal, (ew.equal, 1): ew.not_equal,
}  # fmt: skip


def _is_of(f: Factor, u: Factor, *ops: Op) -> bool:
    """Whether the factor is one of these functions of u, and else of 0."""
    if not is_map(f.form, *ops):
        return False
    parts = [a for a in f.form.args if isinstance(a, Factor)]
    others = [a for a in f.form.args if not isinstance(a, Factor)]
    return (
        len(parts) == 1
        and all(a == 0 for a in others)
        and parts[0].form is u.form
        and through(f.at, parts[0].at) == u.at
    )


def _without(term: Term, f: Factor) -> Term:
    return Term(term.number, without(term.factors, [f]), term.out)
