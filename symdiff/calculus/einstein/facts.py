"""What is known of the values of forms: which are masks, sizes, equalities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

from ...graph.exact import is_number
from ...graph.extents import Extent, key
from ...ops import elementwise as ew
from .forms import (
    Factor,
    Form,
    Index,
    Map,
    Product,
    Scalar,
    Sum,
    Symbol,
    is_map,
    reachable,
    through,
)


def is_indicator(form: Form) -> TypeGuard[Map]:
    """where(c, 1, 0): what it multiplies is taken only where c holds."""
    return is_map(form, ew.where) and form.args[1:] == (1, 0.0)


def condition_of(indicator: Factor) -> tuple[Factor, bool]:
    """What an indicator asks, and whether it must hold; `~c` asks for the opposite of c."""
    assert is_indicator(indicator.form)
    asked = _read_at(indicator.form.args[0], indicator.at)
    holds = True
    while is_map(asked.form, ew.invert):
        asked = _read_at(asked.form.args[0], asked.at)
        holds = not holds
    return asked, holds


def _read_at(inner: Factor, at: Sequence[Index]) -> Factor:
    return Factor(inner.form, through(at, inner.at))


def is_mask(form: Form) -> bool:
    """A choice of plain numbers, 0 among them: a 0 of it makes any product 0."""
    return 0 in numbers(form)


def numbers(form: Form) -> frozenset[float]:
    """What nested wheres of plain numbers choose from, and products of them; {} of all else."""
    if form.numbers is None:
        form.numbers = _of_branches(form) if is_map(form, ew.where) else _of_product(form)
    return form.numbers


def _of_branches(form: Map) -> frozenset[float]:
    found = [_of_branch(a) for a in form.args[1:]]
    return frozenset[float]().union(*found) if all(found) else frozenset()


def _of_branch(a: Any) -> frozenset[float]:
    if isinstance(a, Factor):
        return numbers(a.form)
    return frozenset() if isinstance(a, Extent) else frozenset([float(a)])


def _of_product(form: Form) -> frozenset[float]:
    p = form.products[0] if isinstance(form, Sum) and len(form.products) == 1 else None
    if p is None or p.summed or not p.factors or any(f.power != 1 for f in p.factors):
        return frozenset()
    values = frozenset([float(p.number)])
    for f in p.factors:
        values = frozenset(x * y for x in values for y in numbers(f.form))
    return values


def is_power_or_log(form: Form) -> bool:
    return is_map(form, ew.pow, ew.log)


def is_size(form: Form) -> bool:
    return isinstance(form, Scalar) and isinstance(form.value, Extent)


def is_made_of_sizes(form: Form) -> bool:
    """Whether the form is a size, or sums and products of sizes."""
    if isinstance(form, Sum):
        return all(is_made_of_sizes(f.form) for p in form.products for f in p.factors)
    return is_size(form)


def tests_equality(form: Form) -> bool:
    """Whether the condition holds almost nowhere: equalities, joined by `and`."""
    if is_map(form, ew.bitwise_and, ew.logical_and):
        return any(isinstance(a, Factor) and tests_equality(a.form) for a in form.args)
    return is_map(form, ew.equal)


def compared_with_zero(test: Form) -> set[Form]:
    """What must be 0 where the condition holds."""
    if is_map(test, ew.bitwise_and, ew.logical_and):
        found = [compared_with_zero(a.form) for a in test.args if isinstance(a, Factor)]
        return set[Form]().union(*found)
    if not is_map(test, ew.equal) or not any(is_number(a) and a == 0 for a in test.args):
        return set()
    return {a.form for a in test.args if isinstance(a, Factor)}


def compares_with_itself(test: Form) -> bool:
    """Whether the condition is u == u."""
    return is_map(test, ew.equal) and test.args[0] == test.args[1]


def is_equal_by_chance(test: Form) -> bool:
    """Whether two sides are equal at single points only, not throughout as u and max(u, v) may be.

    They have no letter in common, or are analytic and bear one index, which meets no other.
    """
    if not is_map(test, ew.equal):
        return False
    left, right = (set(reachable([a.form])) if isinstance(a, Factor) else set() for a in test.args)
    if not any(isinstance(form, Symbol) for form in left & right):
        return True
    return len(test.shape) < 2 and all(map(_is_analytic, left | right))


def _is_analytic(form: Form) -> bool:
    return isinstance(form, (Symbol, Scalar, Sum)) or is_map(form, *_ANALYTIC)


_ANALYTIC = {ew.exp, ew.expm1, ew.log, ew.log1p, ew.sin, ew.cos, ew.tanh, ew.sigmoid, ew.softplus}
MOST_WRITTEN_OUT = 6  # factors


def short_product(form: Form) -> Product | None:
    """The product that a form is, if it is elementwise and short."""
    if not isinstance(form, Sum) or len(form.products) != 1:
        return None
    (p,) = form.products
    if p.summed or len(set(p.out)) < len(p.out) or not 0 < len(p.factors) <= MOST_WRITTEN_OUT:
        return None
    read = {i for f in p.factors for i in f.at}
    return p if read == set(p.out) else None


def one_factor(form: Form) -> Product | None:
    """The product that a form is, if it is nothing but a number times one factor."""
    if isinstance(form, Sum) and len(form.products) == 1:
        (p,) = form.products
        if len(p.factors) == 1 and not p.summed and p.factors[0].power == 1:
            return p
    return None


def mean_of(factors: Sequence[Factor]) -> Form | None:
    """The vector u, if these factors are mean(u)."""
    below = [f for f in factors if f.power == -1 and is_size(f.form)]
    above = [f for f in factors if f not in below]
    if len(below) != 1 or len(above) != 1:
        return None
    (n,), (total,) = below, above
    products = total.form.products if isinstance(total.form, Sum) and total.power == 1 else ()
    p = products[0] if len(products) == 1 else None
    if p is None or p.number != 1 or p.out or len(p.factors) != 1 or len(p.sizes) != 1:
        return None
    (u,) = p.factors
    own = isinstance(n.form, Scalar) and key(n.form.value) == key(p.sizes[0])
    return u.form if own and u.power == 1 and u.at == (0,) else None


def is_centred(form: Form) -> bool:
    """Whether it is u - mean(u), whose sum is 0."""
    if not isinstance(form, Sum) or len(form.products) != 2 or len(form.shape) != 1:
        return False
    for one, mean in (form.products, form.products[::-1]):
        u = one.factors[0] if len(one.factors) == 1 else None
        if u is not None and u.power == 1 and u.at == (0,) and one.number == -mean.number:
            return mean_of(mean.factors) is u.form
    return False
