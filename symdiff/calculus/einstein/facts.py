"""What is known of the values of forms: which are masks, which hide one, which are never 0."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...graph.extents import Extent
from ...ops import elementwise as ew
from .forms import Factor, Form, Map, Product, Scalar, Sum, Symbol, reachable


def is_indicator(form: Form) -> bool:
    """where(c, 1, 0): what it multiplies is taken only where c holds."""
    return isinstance(form, Map) and form.op is ew.where and form.args[1:] == (1, 0.0)


def is_mask(form: Form) -> bool:
    """Nested wheres of plain numbers, 0 among them: a 0 of it makes any product 0."""
    return isinstance(form, Map) and form.op is ew.where and 0 in set(_branches(form))


def _branches(form: Map) -> Iterator[float]:
    """The numbers a mask chooses from; NaN stands for anything else."""
    for a in form.args[1:]:
        if not isinstance(a, Factor):
            yield a
        elif isinstance(a.form, Map) and a.form.op is ew.where:
            yield from _branches(a.form)
        else:
            yield from _of_numbers(a.form)


def _of_numbers(form: Form) -> Iterator[float]:
    """A mask times a number is a mask."""
    products = form.products if isinstance(form, Sum) else ()
    if len(products) == 1 and len(products[0].factors) == 1 and not products[0].summed:
        inner = products[0].factors[0].form
        if isinstance(inner, Map) and inner.op is ew.where:
            yield from (x * float(products[0].number) for x in _branches(inner))
            return
    yield np.nan


class Knowledge:
    """Answers that need a walk through a form, kept."""

    def __init__(self) -> None:
        self._hides: dict[Form, bool] = {}

    def hides_mask(self, form: Form) -> bool:
        """Whether a 0 somewhere in the form may be a branch that was not taken."""
        stack = [form]
        while stack:
            top = stack[-1]
            unknown = [p for p in top.parts if p not in self._hides]
            if unknown and not _is_masked(top):
                stack.extend(unknown)
                continue
            self._hides[stack.pop()] = _is_masked(top) or any(self._hides[p] for p in top.parts)
        return self._hides[form]


def _is_masked(form: Form) -> bool:
    if isinstance(form, Symbol):
        return False
    op = getattr(form, "op", None)
    return form.dtype == bool or (op is not None and op.masking)


def is_size(form: Form) -> bool:
    return isinstance(form, Scalar) and isinstance(form.value, Extent)


def is_made_of_sizes(form: Form) -> bool:
    """Whether the form is a size, or sums and products of sizes."""
    if isinstance(form, Sum):
        return all(is_made_of_sizes(f.form) for p in form.products for f in p.factors)
    return is_size(form)


def tests_equality(form: Form) -> bool:
    """Whether the condition holds almost nowhere: equalities, joined by `and`."""
    if not isinstance(form, Map):
        return False
    if form.op is ew.bitwise_and or form.op is ew.logical_and:
        return any(isinstance(a, Factor) and tests_equality(a.form) for a in form.args)
    return form.op is ew.equal


def compares_with_itself(test: Form) -> bool:
    """Whether the condition is u == u."""
    return isinstance(test, Map) and test.op is ew.equal and test.args[0] == test.args[1]


def is_equal_by_chance(test: Form) -> bool:
    """Whether two sides are equal at single points only, not throughout as u and max(u, v) may be.

    They have no letter in common, or are analytic and bear one index, which meets no other.
    """
    if not isinstance(test, Map) or test.op is not ew.equal:
        return False
    left, right = (set(reachable([a.form])) if isinstance(a, Factor) else set() for a in test.args)
    if not any(isinstance(form, Symbol) for form in left & right):
        return True
    return len(test.shape) < 2 and all(map(_is_analytic, left | right))


def _is_analytic(form: Form) -> bool:
    return isinstance(form, (Symbol, Scalar, Sum)) or (
        isinstance(form, Map) and form.op in _ANALYTIC
    )


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
