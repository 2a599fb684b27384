"""What the tape notes of an operation: its arguments' nodes, and the values its pullback reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..graph.node import Node, constant, leaf, topological, user_place
from ..graph.op import (
    NeedsValue,
    NoDerivative,
    Op,
    Operand,
    aval_of,
    declare,
    is_differentiable,
)
from .modes import gradient_mode

Traced = Callable[[Node], Any]  # a node as a handle without a value


def entry(
    op: Op,
    args: Sequence[Any],
    needed: tuple[bool, ...],
    params: dict[str, Any],
    values: Sequence[Any],
    y: Any,
    traced: Traced,
) -> Node:
    """The node of an operation that was computed, of `values`, with the result(s) y."""
    read = reads(op, needed, values, params, traced)
    outs = tuple(map(aval_of, y)) if op.results > 1 else None
    shape, dtype = (y.shape, y.dtype) if outs is None else outs[0]
    nodes, xs = [], []
    for a, value, is_read in zip(args, values, read[1:]):
        if value is not a:  # of a handle
            node = a.node
        elif type(a) is np.ndarray:
            value = a.copy() if is_read else a  # its owner may write to it later
            node = constant(value)
        else:
            node = a
        nodes.append(node)
        xs.append(value if is_read else node)
    saved: Any = (y if read[0] else outs, tuple(xs))
    if gradient_mode.enabled is not True:
        saved = gradient_mode.enabled.kept(nodes, saved)
    return Node(op, tuple(nodes), params, shape, dtype, None, "", True, saved, True in read,
                outs, user_place(4))  # fmt: skip


# --- what a pullback reads

READS: dict[Any, tuple[bool, ...]] = {}  # of elementwise ops by (op, *needed)


def reads(
    op: Op, needed: tuple[bool, ...], values: Sequence[Any], params: dict[str, Any], traced: Traced
) -> tuple[bool, ...]:
    """Whether the pullback reads the result, and each argument: found by tracing it once."""
    known = (op, *needed) if op.elementwise else _mode(op, needed, values, params)
    try:
        found = READS.get(known)
    except TypeError:  # a parameter that cannot be hashed
        return _traced_reads(op, needed, values, params, traced)
    if found is None:
        found = READS[known] = _traced_reads(op, needed, values, params, traced)
    return found


def _mode(
    op: Op, needed: tuple[bool, ...], values: Sequence[Any], params: dict[str, Any]
) -> tuple[Any, ...]:
    """What may change which values a pullback reads: ranks, dtypes, options; not sizes."""
    mode: list[Any] = [op, needed]
    for p in params.values():
        if type(p) is not tuple:
            mode.append(p)
    for v in values:
        if type(v) is np.ndarray:
            mode += (v.ndim, v.dtype)
        else:
            mode += (0, float)
    return tuple(mode)


def _traced_reads(
    op: Op, needed: tuple[bool, ...], values: Sequence[Any], params: dict[str, Any], traced: Traced
) -> tuple[bool, ...]:
    if op.pullback is None:
        return (False,) * (1 + len(values))
    avals = tuple(map(aval_of, values))
    outs = op.infer(*avals, **params)
    outs = outs if op.results > 1 else (outs,)
    args, ys, gs = (
        [traced(leaf(a.shape, a.dtype)) for a in group] for group in (avals, outs, outs)
    )
    y, g = (tuple(ys), tuple(gs)) if op.results > 1 else (ys[0], gs[0])
    try:
        parts = op.pullback(g, y, *args, needed=needed, **params)
    except NeedsValue:  # a rule of the user's own that looks at numbers: it may read them all
        return (True,) * (1 + len(args))
    except NoDerivative:  # said when it is asked for, by this argument or that
        return (True,) * (1 + len(args))
    seen = set(topological(*(p.node for p in parts if isinstance(p, Operand))))
    return (any(h.node in seen for h in ys), *(a.node in seen for a in args))


# --- one of several results


def _pick_pullback(g: Any, y: Any, x: Any, needed: Any, which: int) -> Any:
    raise AssertionError("the sweep hands the cotangents of several results over together")


pick = declare(
    "pick",
    infer=lambda x, which: x,
    evaluate=lambda xs, which: xs[which],
    pullback=_pick_pullback,
    doc="One of the results of an op that has several.",
)


def picked(node: Node, which: int) -> Node:
    assert node.outs is not None
    shape, dtype = node.outs[which]
    return Node(pick, (node,), {"which": which}, shape=shape, dtype=dtype,
                requires_grad=is_differentiable(dtype), saved=(), place=node.place)  # fmt: skip
