"""Forms -> graph: the order in which products are multiplied, and the ops that do it.

A product is multiplied two factors at a time, those first that span the fewest indices; an index is
summed as soon as nothing else reads it. So X.T @ diag(s) @ X is one scaling and one matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ...graph.exact import is_number
from ...graph.extents import Dim
from ...graph.node import Node
from ...graph.op import is_differentiable, strong_dtype
from ...ops import elementwise as ew
from ...ops import linalg
from .coefficients import Number, as_argument
from .facts import is_indicator, is_mask
from .forms import (
    UNIT,
    Applied,
    Factor,
    Form,
    Index,
    Map,
    Product,
    Scalar,
    Sum,
    Symbol,
    is_applied,
    reachable,
    through,
)
from .making import Inverse, Maker, Part, floating


def planned(roots: Sequence[Any], systems: bool = True) -> list[Any]:
    """A node for each form; numbers stay numbers.

    Inverses become systems of equations where that is less work, unless `systems` is off: a product
    with an inverse is differentiated as a product.
    """
    forms = [r for r in roots if isinstance(r, Form)]
    order = reachable(forms)
    planner = Planner(_only_applied(order, forms) if systems else None)
    for form in order:
        planner.add(form)
    return [planner.of(r) if isinstance(r, Form) else r for r in roots]


MOST_SOLVED = 2  # systems with one matrix; an inverse serves more of them better


def _only_applied(order: Sequence[Form], roots: Sequence[Form]) -> set[Form]:
    """The inverses that are only multiplied with, and seldom: systems of equations do instead."""
    seen: dict[Form, int] = {}
    whole: set[Form] = set(roots)
    for form in order:
        if isinstance(form, Sum):
            for f in (f for p in form.products for f in p.factors):
                seen[f.form] = seen.get(f.form, 0) + 1
        else:
            whole.update(form.parts)
    return {
        form
        for form, times in seen.items()
        if _is_inverse(form) and times <= MOST_SOLVED and form not in whole
    }


def _is_inverse(form: Form) -> bool:
    return is_applied(form, linalg.inv) and len(form.shape) == 2


def _in_order(products: Sequence[Product]) -> list[Product]:
    """Terms as they come, but for a first one to subtract from; where some nearly cancel, as in
    1e-6 + (x - y), numbers are added last: what is small would be lost beside x.
    """
    terms = list(products)
    if len({p.number < 0 for p in terms if p.factors}) == 2:
        terms.sort(key=lambda p: not p.factors)
    first = next((k for k, p in enumerate(terms) if not p.number < 0), 0)
    return [*terms[first : first + 1], *terms[:first], *terms[first + 1 :]]


class Planner(Maker):
    """Makes the node of each form."""

    def __init__(self, solved: set[Form] | None) -> None:
        super().__init__()
        self.final, self.solved = solved is not None, solved or set()
        self.made: dict[Form, Any] = {}

    def add(self, form: Form) -> None:
        if form not in self.solved:
            self.made[form] = self._node(form)

    def of(self, form: Form) -> Any:
        """The node of a form; an inverse is made when it is asked for."""
        if form not in self.made:
            self.made[form] = self._node(form)
        return self.made[form]

    def _node(self, form: Form) -> Any:
        if isinstance(form, Symbol):
            return form.node
        if isinstance(form, Scalar):
            return form.value
        if isinstance(form, Applied):
            args = tuple(self.of(a) if isinstance(a, Form) else a for a in form.args)
            return self.shared(
                Node(form.op, args, form.params, shape=form.shape, dtype=form.dtype, outs=form.outs,
                     requires_grad=is_differentiable(form.dtype), place=form.place)
            )  # fmt: skip
        if isinstance(form, Map):
            return self._map(form)
        assert isinstance(form, Sum)
        return self._sum(form)

    def _map(self, form: Map) -> Node:
        axes = range(len(form.shape))
        args = tuple(
            self.aligned(Part(self.of(a.form), a.at), axes) if isinstance(a, Factor) else a
            for a in form.args
        )
        if form.params:
            return self.op(form.op, *args, **form.params)
        args = args if form.op is ew.where else [self._no_condition(a, form) for a in args]
        return self.typed(self.op(form.op, *args), form)

    def _no_condition(self, arg: Any, form: Map) -> Any:
        """Truth values count in the form's floats: alone they would make NumPy's shortest."""
        is_condition = isinstance(arg, Node) and strong_dtype(arg.dtype).kind == "b"
        return self._as_float(arg, form) if is_condition and _is_float(form) else arg

    # --- sums

    def _sum(self, form: Sum) -> Node:
        total: Any = None
        for p in _in_order(form.products):
            negative = total is not None and p.number < 0
            part = self._product(p._replace(number=-p.number) if negative else p)
            part = self._as_float(part, form)
            if total is None:
                total = part
            elif is_number(total) and is_number(part):
                total = total - part if negative else total + part
            else:
                total = self.op(ew.sub if negative else ew.add, total, part)
        return self.typed(0 if total is None else total, form)

    def _as_float(self, part: Any, form: Form) -> Any:
        """Numbers and masks count as floats before they are added up."""
        if isinstance(part, Node) and strong_dtype(part.dtype).kind in "bui":
            return self.op(ew.astype, part, dtype=strong_dtype(form.dtype))
        return part

    # --- products

    def _product(self, p: Product) -> Any:
        """The product's node, its axes lined up with `out`; a number if it is nothing else."""
        order = tuple(dict.fromkeys(i for i in p.out if i != UNIT))
        masks = [f for f in p.factors if f.power > 0 and is_mask(f.form)]
        outer = [f for f in masks if set(f.at) <= {*order, UNIT}]
        inner = [f for f in masks if f not in outer]
        rest = [f for f in p.factors if f not in masks]
        value = self._multiplied(p.number, rest, inner, order, p.sizes)
        for mask in outer:
            value = self._masked(mask, value, order)
        return self.placed(value, p.out, p.sizes)

    def _multiplied(
        self,
        number: Number,
        factors: Sequence[Factor],
        masks: Sequence[Factor],
        order: Sequence[Index],
        sizes: Sequence[Dim],
    ) -> Part:
        """The product of the factors, summed over what is not in `order`."""
        above, below = self._grouped(factors, 1), self._grouped(factors, -1)
        scalars, divisors = above.pop(frozenset(), None), below.pop(frozenset(), None)
        parts = self._divided(above, below, set() if masks else set(order))
        for mask in masks:
            parts = self._masked_within(mask, parts)
        late = [Part(b.node, b.at) for b in below.values()]
        if parts and len(order) > min(len(part.at) for part in parts):
            k = min(range(len(parts)), key=lambda k: _heaviness(parts[k]))
            parts[k] = Part(self._scaled(parts[k].node, number, scalars, divisors), parts[k].at)
            number, scalars, divisors = 1, None, None
        value = self.contracted(parts, order, sizes)
        if value is None:
            value = Part(self._scaled(None, number, scalars, divisors), ())
        else:
            value = Part(self._scaled(value.node, number, scalars, divisors), value.at)
        for b in late:
            value = self._quotient(value, b, order)
        return value

    # --- masks: applied last to what they may hide

    def _masked(self, mask: Factor, part: Part, order: Sequence[Index]) -> Part:
        """The part, and an exact 0 where the mask is 0."""
        at = tuple(i for i in order if i in part.at or i in mask.at)
        node = self.aligned(part, at)
        if not is_indicator(mask.form):
            weights = self.aligned(Part(self.of(mask.form), mask.at), at)
            return Part(self.op(ew.strongmul, weights, node), at)
        condition = mask.form.args[0]
        read = Part(self.of(condition.form), through(mask.at, condition.at))
        return Part(self.op(ew.where, self.aligned(read, at), floating(node), 0.0), at)

    def _masked_within(self, mask: Factor, parts: list[Part]) -> list[Part]:
        """Every computed part that varies along the mask's indices, masked; else those within."""
        named = tuple(dict.fromkeys(i for i in mask.at if i != UNIT))
        spanning = [set(named) <= set(part.at) for part in parts]
        within = [set(part.at) <= set(named) for part in parts]
        hit = spanning if any(spanning) else within
        if not any(hit):
            return [*parts, self.diagonal(Part(self.of(mask.form), mask.at))]
        return [
            self._masked(mask, part, tuple(dict.fromkeys((*part.at, *named)))) if is_hit else part
            for part, is_hit in zip(parts, hit, strict=True)
        ]

    def _grouped(self, factors: Sequence[Factor], sign: int) -> dict[frozenset[Index], Part]:
        """The factors above (or below) the line, those with the same indices multiplied."""
        groups: dict[frozenset[Index], Part] = {}
        for f in factors:
            if (f.power > 0) != (sign > 0):
                continue
            part = self._powered(f)
            name = frozenset(part.at)
            if name in groups:
                have = groups[name]
                part = Part(self.op(ew.mul, have.node, self.aligned(part, have.at)), have.at)
            groups[name] = part
        return groups

    def _powered(self, f: Factor) -> Part:
        if f.form in self.solved and f.power == 1 and len(set(f.at)) == 2 and UNIT not in f.at:
            assert isinstance(f.form, Applied)
            return Inverse(self.of(f.form.args[0]), f.at, lambda: self.of(f.form))
        part = self.diagonal(Part(self.of(f.form), f.at))
        k = abs(f.power)
        if k == 1:
            return part
        if not isinstance(part.node, Node):
            return Part(part.node**k, part.at)
        return Part(self.op(ew.pow, part.node, k), part.at)

    def _divided(
        self,
        above: dict[frozenset[Index], Part],
        below: dict[frozenset[Index], Part],
        kept: set[Index],
    ) -> list[Part]:
        """What is above the line, divided by what must be divided by before the sum is taken."""
        for name, part in list(below.items()):
            if name not in above and name <= kept:
                continue  # divided by at the end
            del below[name]
            hosts = [n for n in above if name <= n]
            if hosts:
                host = min(hosts, key=len)
                whole = above[host]
                node = self.op(ew.div, whole.node, self.aligned(part, whole.at))
                above[host] = Part(node, whole.at)
            else:
                above[name] = Part(self.op(ew.div, 1, part.node), part.at)
        return list(above.values())

    def _scaled(self, node: Any, number: Number, above: Part | None, below: Part | None) -> Any:
        """number * above * node / below; all but the node are scalars."""
        if above is not None:
            small = self._times(number, above.node)
            node = small if node is None else self.op(ew.mul, small, node)
        elif node is None:
            node = as_argument(number)
        else:
            node = self._times(number, node)
        return node if below is None else self._over(node, below.node)

    def _times(self, number: Number, node: Any) -> Any:
        if number == 1:
            return node
        if number == -1 and isinstance(node, Node) and strong_dtype(node.dtype).kind == "f":
            return self.op(ew.neg, node)
        if self.final and isinstance(number, Fraction) and _divides_best(number):
            return self._over(node if number > 0 else self.op(ew.neg, node), number.denominator)
        return self.op(ew.mul, as_argument(number), node)

    def _over(self, node: Any, below: Any) -> Any:
        return self.op(ew.div, node, below)

    def _quotient(self, part: Part, below: Part, order: Sequence[Index]) -> Part:
        """Divided by an array that is not summed over; the result spans the indices of both."""
        at = tuple(i for i in order if i in part.at or i in below.at)
        node = part.node if not part.at else self.aligned(part, at)
        return Part(self.op(ew.div, node, self.aligned(below, at)), at)


def _is_float(form: Form) -> bool:
    return strong_dtype(form.dtype).kind == "f"


def _heaviness(part: Part) -> tuple[int, bool]:
    return len(part.at), isinstance(part, Inverse)


def _divides_best(number: Fraction) -> bool:
    """Whether 1/number is whole, and number is no float exactly."""
    return abs(number.numerator) == 1 and number.denominator & (number.denominator - 1) != 0
