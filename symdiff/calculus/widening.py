"""Whole numbers and short floats as the wider floats that they are computed with.

The index engine takes a sum of products apart, and what made `x*1.0` a float is no factor of it:
then `(x*1.0)**3` would be computed in whole numbers, which overflow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..graph.extents import Extent
from ..graph.node import Node, on, topological
from ..graph.op import strong_dtype
from ..handles.numpy_face import Array
from ..ops import contract, reduce
from ..ops import elementwise as ew
from ..ops import shape as shape_ops

_TAKEN_APART = frozenset({
    ew.add, ew.sub, ew.neg, ew.mul, ew.strongmul, ew.div, ew.pow, ew.square, ew.where,
    contract.einsum, shape_ops.sum_, reduce.mean,
})  # fmt: skip


def widened(roots: Sequence[Any]) -> list[Any]:
    """The roots, every argument of arithmetic in the dtype of the result; conditions stay."""
    nodes = topological(*(y for y in roots if isinstance(y, Node)))
    narrow = {node: _narrow(node) for node in nodes if node.op in _TAKEN_APART}
    if not any(narrow.values()):
        return list(roots)
    new: dict[Any, Any] = {}
    for node in nodes:
        new[node] = _remade(node, narrow.get(node, ()), new)
    return [new[y] if isinstance(y, Node) else y for y in roots]


def _narrow(node: Node) -> list[Node]:
    """The arguments of a float that are whole numbers or shorter floats; sizes are exact."""
    dtype = strong_dtype(node.dtype)
    if dtype.kind != "f":
        return []
    return [
        a for a in node.args
        if isinstance(a, Node) and a.dtype is not float and _is_narrow(strong_dtype(a.dtype), dtype)
        and not _is_size(a)
    ]  # fmt: skip


def _is_narrow(a: Any, dtype: Any) -> bool:
    return a.kind in "iu" or (a.kind == "f" and a.itemsize < dtype.itemsize)


def _is_size(node: Node) -> bool:
    """Whether the node is a size that was lifted into arithmetic, or computed from such."""
    return (
        node.op is not None
        and not node.shape
        and all(_is_size(a) if isinstance(a, Node) else True for a in node.args)
        and any(isinstance(a, (Node, Extent)) for a in node.args)
    )


def _remade(node: Node, narrow: Sequence[Node], new: dict[Any, Any]) -> Node:
    args = tuple(
        _cast(new, a, node.dtype) if a in narrow else new[a] if isinstance(a, Node) else a
        for a in node.args
    )
    return on(node, args)


def _cast(new: dict[Any, Any], a: Node, dtype: Any) -> Node:
    """An argument in another dtype, made once."""
    name = (a, strong_dtype(dtype))
    if name not in new:
        new[name] = ew.astype(Array.of(new[a]), dtype=strong_dtype(dtype)).node
    return new[name]
