"""What is added alike to all that a log-sum-exp or a softmax compares.

    logsumexp(z + c) = logsumexp(z) + c        softmax(z + c) = softmax(z)

where c does not vary along the axes. Programs subtract the largest element so that exp cannot
overflow; the ops do so by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ops import reduce
from .algebra import Algebra
from .forms import UNIT, Form, Product, Sum, is_applied
from .terms import Open, Term


def apart(algebra: Algebra, z: Form, axes: Sequence[int]) -> tuple[Form, list[Term]]:
    """What of z varies along the axes, and the terms that do not, without these axes."""
    if not isinstance(z, Sum):
        return z, []
    gone = {len(z.shape) + k for k in axes}
    alike = [p for p in z.products if all(_is_alike_along(p, k) for k in gone)]
    rest = [p for p in z.products if p not in alike]
    if not alike or not rest:
        return z, []
    varying = [algebra.of_product(p, p.out) for p in rest]
    kept = [k for k in range(len(z.shape)) if k not in gone]
    return (
        algebra.whole(Open(varying, z.shape, z.dtype)),
        [algebra.of_product(p, [p.out[k] for k in kept]) for p in alike],
    )


def is_below_its_largest(z: Form, axes: Sequence[int]) -> bool:
    """Whether z is x - max(x, axes): its exponential cannot overflow."""
    if not isinstance(z, Sum) or len(z.products) != 2:
        return False
    x, largest = sorted(z.products, key=lambda p: p.number != 1)
    if (x.number, largest.number) != (1, -1) or not len(x.factors) == len(largest.factors) == 1:
        return False
    (f,), (m,) = x.factors, largest.factors
    return (
        is_applied(m.form, reduce.amax)
        and m.form.args[0] is f.form
        and tuple(m.form.params["axes"]) == tuple(axes)
        and f.at == x.out
        and f.power == m.power == 1
    )


def _is_alike_along(p: Product, axis: int) -> bool:
    i = p.out[axis]
    return i != UNIT and p.out.count(i) == 1 and not any(i in f.at for f in p.factors)
