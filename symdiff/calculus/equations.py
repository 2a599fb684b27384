"""Algebra that holds for all real numbers, NaN and infinity included: one small function an equation.

Each takes a node whose arguments are reduced already, and gives what it equals, or None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..graph.exact import is_number
from ..graph.extents import Extent, same_shape
from ..graph.node import Node
from ..graph.op import Op, strong_dtype
from ..ops import elementwise as ew
from ..ops import shape as shape_ops
from ..ops.creation import full

Equation = Callable[[Node], Any]
EQUATIONS: dict[Op, list[Equation]] = {}


def equation(*ops: Op) -> Callable[[Equation], Equation]:
    """Say that this holds for nodes of these ops."""

    def register(rule: Equation) -> Equation:
        for op in ops:
            EQUATIONS.setdefault(op, []).append(rule)
        return rule

    return register


def reduced(node: Node) -> Any:
    """The node, or what the first fitting equation says it equals."""
    for rule in EQUATIONS.get(node.op, ()) if node.op else ():
        found = rule(node)
        if found is not None:
            return reduced(found) if isinstance(found, Node) and found.op is not None else found
    return node


def constant_of(x: Any) -> Any:
    """The number that stands at every index of x, if there is one."""
    if is_number(x):
        return x
    if isinstance(x, Node) and x.op is full:
        return x.params["value"]
    return None


def fits(x: Any, node: Node) -> bool:
    """Whether x can stand for the node: same shape, same dtype."""
    return (
        isinstance(x, Node)
        and strong_dtype(x.dtype) == strong_dtype(node.dtype)
        and same_shape(x.shape, node.shape)
    )


def _neutral(value: float, left: bool) -> Equation:
    def rule(node: Node) -> Any:
        a, b = node.args
        if constant_of(b) == value and fits(a, node):
            return a
        if left and constant_of(a) == value and fits(b, node):
            return b
        return None

    return rule


EQUATIONS[ew.add] = [_neutral(0, left=True)]
EQUATIONS[ew.sub] = [_neutral(0, left=False)]
EQUATIONS[ew.mul] = [_neutral(1, left=True)]
EQUATIONS[ew.strongmul] = [_neutral(1, left=True)]
EQUATIONS[ew.div] = [_neutral(1, left=False)]
EQUATIONS[ew.pow] = [_neutral(1, left=False)]


@equation(ew.add)
def _bare_extent(node: Node) -> Any:
    """An extent that was lifted to take part in arithmetic stands for itself."""
    a, b = node.args
    return a if isinstance(a, Extent) and is_number(b) and b == 0 else None


@equation(ew.neg)
def _double_negation(node: Node) -> Any:
    (x,) = node.args
    return x.args[0] if isinstance(x, Node) and x.op is ew.neg and fits(x.args[0], node) else None


@equation(shape_ops.reshape, shape_ops.expand)
def _same_shape(node: Node) -> Any:
    return node.args[0] if fits(node.args[0], node) else None


@equation(shape_ops.transpose)
def _identity_order(node: Node) -> Any:
    perm = node.params["perm"]
    return node.args[0] if perm == tuple(range(len(perm))) else None


@equation(shape_ops.reshape, shape_ops.expand)
def _of_a_constant(node: Node) -> Any:
    (x,) = node.args
    if not (isinstance(x, Node) and x.op is full):
        return None
    return Node(full, (), x.params | {"shape": node.shape}, shape=node.shape, dtype=node.dtype,
                requires_grad=node.requires_grad)  # fmt: skip
