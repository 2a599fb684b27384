"""Arrays with named axes: how they are lined up, multiplied and summed, one op after the other.

Knows nodes and indices, but no forms beyond the shape and dtype that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...graph.extents import Dim, Extent, known, same_shape
from ...graph.node import Node, identity
from ...graph.op import Op, aval_of, is_differentiable, strong_dtype
from ...ops import contract, creation, linalg
from ...ops import elementwise as ew
from ...ops import shape as shape_ops
from .forms import UNIT, Form, Index

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


class Maker:
    """Makes each node once."""

    def __init__(self) -> None:
        self._known: dict[Any, Node] = {}

    def op(self, op: Op, *args: Any, **params: Any) -> Node:
        """The op applied, once for the same arguments."""
        aval = op.infer(*(a.aval if isinstance(a, Node) else aval_of(a) for a in args), **params)
        return self.shared(
            Node(op, args, params, shape=aval.shape, dtype=aval.dtype,
                 requires_grad=is_differentiable(aval.dtype))
        )  # fmt: skip

    def shared(self, node: Node) -> Node:
        name = identity(node, node.args)
        return node if name is None else self._known.setdefault(name, node)

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

    # --- contraction

    def contracted(
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
        return Part(self.op(contract.einsum, self._counting(a, b), b.node, spec=spec), out)

    def _counting(self, a: Part, b: Part) -> Node:
        """The first of two factors; as floats where sums of both would be "or", or wrap around."""
        if any(strong_dtype(part.node.dtype).kind == "f" for part in (a, b)):
            return a.node
        return self.op(ew.astype, a.node, dtype=np.dtype(float))

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
            part = self.diagonal(part)
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

    def diagonal(self, part: Part) -> Part:
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

    def placed(self, part: Part, out: Sequence[Index], sizes: Sequence[Dim]) -> Any:
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
        return self.op(ew.where, self._mask(axes, pairs, shape), floating(node), 0.0)


def floating(node: Any) -> Any:
    """A number as a float; a size stays one, since its float is of one size only."""
    return node if isinstance(node, (Node, Extent)) else float(node)


def _comes_first(a: Part, b: Part, order: Sequence[Index]) -> bool:
    """Whether the result's own axes of a stand before those of b."""
    mine = [order.index(i) for i in a.at if i not in b.at and i in order]
    yours = [order.index(i) for i in b.at if i not in a.at and i in order]
    return bool(mine and yours) and min(mine) < min(yours)
