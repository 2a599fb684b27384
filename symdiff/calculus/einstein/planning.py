"""Forms -> graph: the order in which products are multiplied, and the ops that do it.

A product is multiplied two factors at a time, those first that span the fewest indices; an index is
summed as soon as nothing else reads it. So X.T @ diag(s) @ X is one scaling and one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ...graph.exact import is_number
from ...graph.extents import Dim, Extent, known, same_shape
from ...graph.node import Node, identity
from ...graph.op import Op, aval_of, is_differentiable, strong_dtype
from ...ops import contract, creation, linalg
from ...ops import elementwise as ew
from ...ops import shape as shape_ops
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
    reachable,
    through,
)

_COLUMN: Index = -2  # an axis of size 1 that stands last
LETTERS = "ijklmnpqrstuvwxyzabcdefghoABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Part:
    """A node and the index along each of its axes."""

    def __init__(self, node: Any, at: Sequence[Index]) -> None:
        self._node, self.at = node, tuple(at)

    @property
    def node(self) -> Any:
        return self._node


class Inverse(Part):
    """The inverse of a matrix: made only if no system of equations does instead."""

    def __init__(self, matrix: Node, at: Sequence[Index], make: Callable[[], Node]) -> None:
        super().__init__(None, at)
        self.matrix, self.make = matrix, make

    @property
    def node(self) -> Any:
        if self._node is None:
            self._node = self.make()
        return self._node


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
    return isinstance(form, Applied) and form.op is linalg.inv and len(form.shape) == 2


class Planner:
    """Makes each node once."""

    def __init__(self, solved: set[Form] | None) -> None:
        self.final, self.solved = solved is not None, solved or set()
        self.made: dict[Form, Any] = {}
        self._known: dict[Any, Node] = {}

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
            return self._shared(
                Node(form.op, args, form.params, shape=form.shape, dtype=form.dtype, outs=form.outs,
                     requires_grad=is_differentiable(form.dtype), place=form.place)
            )  # fmt: skip
        if isinstance(form, Map):
            return self._map(form)
        assert isinstance(form, Sum)
        return self._sum(form)

    def op(self, op: Op, *args: Any, **params: Any) -> Node:
        """The op applied, once for the same arguments."""
        aval = op.infer(*(a.aval if isinstance(a, Node) else aval_of(a) for a in args), **params)
        return self._shared(
            Node(op, args, params, shape=aval.shape, dtype=aval.dtype,
                 requires_grad=is_differentiable(aval.dtype))
        )  # fmt: skip

    def _shared(self, node: Node) -> Node:
        name = identity(node, node.args)
        return node if name is None else self._known.setdefault(name, node)

    def _map(self, form: Map) -> Node:
        axes = range(len(form.shape))
        args = tuple(
            self.aligned(Part(self.of(a.form), a.at), axes) if isinstance(a, Factor) else a
            for a in form.args
        )
        if not form.params:
            return self.typed(self.op(form.op, *args), form)
        return self.op(form.op, *args, **form.params)

    def typed(self, node: Any, form: Form) -> Node:
        """The node in the form's dtype and shape."""
        if isinstance(node, Extent):
            node = self.op(ew.mul, node, 1.0)
        if not isinstance(node, Node):
            return self.op(creation.full, **creation.full_shape(form.shape, node, form.dtype))
        if strong_dtype(node.dtype) != strong_dtype(form.dtype):
            node = self.op(ew.astype, node, dtype=strong_dtype(form.dtype))
        if same_shape(node.shape, form.shape):
            return node
        if len(node.shape) < len(form.shape):
            ones = (1,) * (len(form.shape) - len(node.shape))
            node = self.op(shape_ops.reshape, node, ndim=len(node.shape), shape=ones + node.shape)
            if same_shape(node.shape, form.shape):
                return node
        return self.op(shape_ops.expand, node, shape=tuple(form.shape))

    # --- sums

    def _sum(self, form: Sum) -> Node:
        products = sorted(form.products, key=lambda p: p.number < 0)
        total: Any = None
        for p in products:
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

    def _as_float(self, part: Any, form: Sum) -> Any:
        """Numbers and masks count as floats before they are added up."""
        if isinstance(part, Node) and strong_dtype(part.dtype).kind in "bui":
            return self.op(ew.astype, part, dtype=strong_dtype(form.dtype))
        return part

    # --- products

    def _product(self, p: Product) -> Any:
        """The product's node, its axes lined up with `out`; a number if it is nothing else."""
        order = tuple(dict.fromkeys(i for i in p.out if i != UNIT))
        masks = [f for f in p.factors if is_mask(f.form)]
        outer = [f for f in masks if set(f.at) <= {*order, UNIT}]
        inner = [f for f in masks if f not in outer]
        rest = [f for f in p.factors if f not in masks]
        value = self._multiplied(p.number, rest, inner, order, p.sizes)
        for mask in outer:
            value = self._masked(mask, value, order)
        return self._placed(value, p.out, p.sizes)

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
        value = self._contracted(parts, order, sizes)
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
        assert isinstance(mask.form, Map)
        at = tuple(i for i in order if i in part.at or i in mask.at)
        node = self.aligned(part, at)
        if not is_indicator(mask.form):
            weights = self.aligned(Part(self.of(mask.form), mask.at), at)
            return Part(self.op(ew.strongmul, weights, node), at)
        condition = mask.form.args[0]
        read = Part(self.of(condition.form), through(mask.at, condition.at))
        return Part(self.op(ew.where, self.aligned(read, at), _floating(node), 0.0), at)

    def _masked_within(self, mask: Factor, parts: list[Part]) -> list[Part]:
        """Every computed part that varies along the mask's indices, masked."""
        named = [i for i in mask.at if i != UNIT]
        hit = [k for k, part in enumerate(parts) if set(named) <= set(part.at)]
        if not hit:
            return [*parts, self._diagonal(Part(self.of(mask.form), mask.at))]
        return [
            self._masked(mask, part, part.at) if k in hit else part for k, part in enumerate(parts)
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
        part = self._diagonal(Part(self.of(f.form), f.at))
        k = abs(f.power)
        if k == 1:
            return part
        if not isinstance(part.node, Node):
            return Part(part.node**k, part.at)
        return Part(self.op(ew.pow, part.node, k), part.at)

    def _diagonal(self, part: Part) -> Part:
        """Every index once: axes of size 1 left out, A[i, i] read along its diagonal."""
        if UNIT in part.at:
            shape = tuple(n for n, i in zip(part.node.shape, part.at) if i != UNIT)
            at = tuple(i for i in part.at if i != UNIT)
            part = Part(self.op(shape_ops.reshape, part.node, ndim=len(part.at), shape=shape), at)
        for i in set(part.at):
            while part.at.count(i) > 1:
                part = self._without_repeat(part, i)
        return part

    def _without_repeat(self, part: Part, i: Index) -> Part:
        """Sum over one of two equal axes of what stands on their diagonal."""
        first = part.at.index(i)
        second = part.at.index(i, first + 1)
        axes = list(range(len(part.at)))
        mask = self._mask(axes, [(first, second)], part.node.shape)
        only = self.op(ew.where, mask, part.node, 0.0)
        only = self.op(shape_ops.sum_, only, axes=(second - len(part.at),))
        return Part(only, part.at[:second] + part.at[second + 1 :])

    def _mask(
        self, axes: Sequence[int], pairs: Sequence[tuple[int, int]], shape: Sequence[Dim]
    ) -> Node:
        """True where, for every pair of axes, both indices agree."""
        mask: Node | None = None
        for a, b in pairs:
            one = self.op(creation.delta, shape=(shape[a],), dtype=np.dtype(bool))
            one = self.aligned(Part(one, (axes[a], axes[b])), axes)
            mask = one if mask is None else self.op(ew.bitwise_and, mask, one)
        assert mask is not None
        return mask

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

    # --- contraction

    def _contracted(
        self, parts: list[Part], order: Sequence[Index], sizes: Sequence[Dim]
    ) -> Part | None:
        """The parts multiplied, summed over what is not in `order`."""
        parts = [self._summed(part, parts, order) for part in parts]
        while len(parts) > 1:
            a, b = self._cheapest(parts, order, sizes)
            rest = [part for part in parts if part is not a and part is not b]
            needed = {*order, *(i for part in rest for i in part.at)}
            both = self._pair(a, b, needed, order)
            parts = [*rest, both]
        return parts[0] if parts else None

    def _summed(self, part: Part, parts: Sequence[Part], order: Sequence[Index]) -> Part:
        """The part, summed over indices that nothing else reads."""
        others = {i for other in parts if other is not part for i in other.at}
        gone = [k for k, i in enumerate(part.at) if i not in order and i not in others]
        if not gone:
            return part
        axes = tuple(k - len(part.at) for k in gone)
        at = tuple(i for k, i in enumerate(part.at) if k not in gone)
        return Part(self.op(shape_ops.sum_, part.node, axes=axes), at)

    def _cheapest(
        self, parts: Sequence[Part], order: Sequence[Index], sizes: Sequence[Dim]
    ) -> tuple[Part, Part]:
        """The pair that spans the fewest indices, then gives the smallest result."""

        def cost(a: Part, b: Part) -> tuple[int, int, int]:
            span = {*a.at, *b.at}
            others = {i for part in parts if part is not a and part is not b for i in part.at}
            result = [i for i in span if i in order or i in others]
            work = 1
            for i in span:
                work *= known(sizes[i])
            return len(span), len(result), work

        pairs = [(a, b) for k, a in enumerate(parts) for b in parts[k + 1 :]]
        return min(pairs, key=lambda pair: cost(*pair))

    def _pair(self, a: Part, b: Part, needed: set[Index], order: Sequence[Index]) -> Part:
        """Two parts multiplied, summed over what is not needed any more."""
        summed = [i for i in a.at if i in b.at and i not in needed]
        if not summed:
            return self._outer(a, b, order)
        solved = self._solved(a, b, summed) or self._solved(b, a, summed)
        if solved is not None:
            return solved
        if _comes_first(b, a, order):
            a, b = b, a
        shared = [i for i in a.at if i in b.at and i in needed]
        out = [*shared, *(i for i in a.at if i not in b.at), *(i for i in b.at if i not in a.at)]
        names = {
            i: LETTERS[k] for k, i in enumerate({**dict.fromkeys(a.at), **dict.fromkeys(b.at)})
        }
        spec = ",".join("".join(names[i] for i in part.at) for part in (a, b))
        spec += "->" + "".join(names[i] for i in out)
        return Part(self.op(contract.einsum, a.node, b.node, spec=spec), out)

    def _solved(self, a: Part, b: Part, summed: Sequence[Index]) -> Part | None:
        """inv(matrix) @ b as the solution of a system of equations."""
        shared = [i for i in a.at if i in b.at]
        if not isinstance(a, Inverse) or shared != summed or len(shared) != 1 or len(b.at) > 2:
            return None
        (i,) = shared
        matrix = a.matrix if a.at[1] == i else self.op(shape_ops.transpose, a.matrix, perm=(1, 0))
        other = a.at[0] if a.at[1] == i else a.at[1]
        rest = tuple(k for k in b.at if k != i)
        right = self.aligned(b, (i, *rest) if rest else (i, _COLUMN))
        node = self.op(linalg.solve, matrix, right)
        if not rest:
            node = self.op(shape_ops.reshape, node, ndim=2, shape=(node.shape[0],))
        return Part(node, (other, *rest))

    def _outer(self, a: Part, b: Part, order: Sequence[Index]) -> Part:
        """The product with nothing summed: elementwise, broadcasting."""
        if set(b.at) <= set(a.at):
            at = a.at
        elif set(a.at) <= set(b.at):
            at = b.at
        else:
            both = {**dict.fromkeys(a.at), **dict.fromkeys(b.at)}
            at = tuple(sorted(both, key=lambda i: order.index(i) if i in order else len(order)))
        return Part(self.op(ew.mul, self.aligned(a, at), self.aligned(b, at)), at)

    # --- axes

    def aligned(self, part: Part, at: Sequence[Index]) -> Any:
        """The part's node, its axes in the order of `at`, axes of size 1 where it does not vary."""
        node = part.node
        if not isinstance(node, Node) or part.at == tuple(at):
            return node
        if UNIT in part.at or len(set(part.at)) < len(part.at):
            part = self._diagonal(part)
            node = part.node
        mine = tuple(i for i in at if i in part.at)
        if mine != part.at:
            node = self.op(shape_ops.transpose, node, perm=tuple(part.at.index(i) for i in mine))
        first = next((k for k, i in enumerate(at) if i in part.at), len(at))
        sizes = iter(node.shape)
        shape = tuple(next(sizes) if i in part.at else 1 for i in at[first:])
        if len(shape) == len(node.shape):
            return node
        return self.op(shape_ops.reshape, node, ndim=len(node.shape), shape=shape)

    def _placed(self, part: Part, out: Sequence[Index], sizes: Sequence[Dim]) -> Any:
        """The part with the axes of `out`; a diagonal where an index repeats."""
        pairs = [(out.index(i), k) for k, i in enumerate(out) if i != UNIT and out.index(i) < k]
        axes = tuple(range(len(out)))
        if not pairs:
            if not isinstance(part.node, Node):
                return part.node
            place = {i: k for k, i in enumerate(out) if i != UNIT}
            return self.aligned(Part(part.node, [place[i] for i in part.at]), axes)
        shape = tuple(1 if i == UNIT else sizes[i] for i in out)
        node = part.node
        if isinstance(node, Node):
            node = self.aligned(Part(node, [out.index(i) for i in part.at]), axes)
        return self.op(ew.where, self._mask(axes, pairs, shape), _floating(node), 0.0)


def _heaviness(part: Part) -> tuple[int, bool]:
    return len(part.at), isinstance(part, Inverse)


def _floating(node: Any) -> Any:
    return node if isinstance(node, Node) else float(node)


def _divides_best(number: Fraction) -> bool:
    """Whether 1/number is whole, and number is no float exactly."""
    return abs(number.numerator) == 1 and number.denominator & (number.denominator - 1) != 0


def _comes_first(a: Part, b: Part, order: Sequence[Index]) -> bool:
    """Whether the result's own axes of a stand before those of b."""
    mine = [order.index(i) for i in a.at if i not in b.at and i in order]
    yours = [order.index(i) for i in b.at if i not in a.at and i in order]
    return bool(mine and yours) and min(mine) < min(yours)
