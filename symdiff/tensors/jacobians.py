"""Pullbacks of tensors, one or many at once: what Jacobians, checks and func are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..functions import shaping
from ..graph.node import parents, topological
from ..handles.backprop import gradients
from ..handles.handle import Handle
from ..handles.sweep import bears_batches
from .batching import Level, active_levels, bottom, gathered, levels_of, spread
from .torch_face import Tensor


def variable(x: Any) -> Any:
    """x as a variable of its own; inside vmap one for each sample."""
    levels = active_levels()
    y = spread(x, levels) if levels else x
    y = shaping.reshape(y, y.shape) if y.requires_grad else y.detach().requires_grad_()
    return gathered(y, levels)


def pulled(
    ys: Sequence[Any], xs: Sequence[Any], seeds: Sequence[Any], *, create_graph: bool
) -> list[Any]:
    """For each x the sum of the seeds' pullbacks, None where no y depends on it; the graph stays.

    Inside vmap every sample has its own; a seed that is batched where its y is not gives a batch.
    """
    extra = [level for level in levels_of(*seeds) if level not in levels_of(*ys)]
    pairs = [(y, seed) for y, seed in zip(ys, seeds) if isinstance(y, Handle) and y.requires_grad]
    if not pairs:
        return [None] * len(xs)
    roots = [bottom(y) for y, _ in pairs]
    if extra and not takes_batches(roots):
        seeds[0].known_value("a rule of the user's own")
    given = [_seed(seed, [*extra, *levels_of(y)], y) for y, seed in pairs]
    face, nodes = type(roots[0]), [x.node for x in xs]
    found = gradients(
        face, roots, given, set(nodes).__contains__, retain_graph=True, create_graph=create_graph
    )
    return [_result(face, found.get(n), [*extra, *levels_of(x)]) for n, x in zip(nodes, xs)]


def _seed(seed: Any, levels: Sequence[Level], y: Any) -> Any:
    if not isinstance(seed, Handle):
        seed = type(bottom(y)).of(None, np.asarray(seed, np.dtype(y.dtype)))
    return spread(seed, levels) if levels else seed


def _result(face: type[Handle], g: Any, levels: Sequence[Level]) -> Any:
    if g is None:
        return None
    g = face.holder(g)
    return gathered(g, levels) if levels else g


def takes_batches(roots: Sequence[Handle]) -> bool:
    """Whether gradients may have extra leading axes: the rules are ours, nobody looks at them."""
    nodes = topological(*(root.node for root in roots))
    return all(n.op is None or bears_batches(n.op) for n in nodes) and not any(
        n.hooks for n in nodes
    )


def rows(y: Any, xs: Sequence[Any], *, create_graph: bool) -> list[Any]:
    """dy/dx for each x, of shape y.shape + x.shape; zeros where y does not depend on x."""
    y.known_value("a Jacobian")
    face, shape, count = type(y), tuple(y.shape), int(np.prod(y.shape))
    if not y.requires_grad or count == 0:
        return [_zeros(face, (*shape, *x.shape), x) for x in xs]
    basis = np.eye(count, dtype=np.dtype(y.dtype)).reshape(count, *shape)
    nodes = [x.node for x in xs]

    def sweep(seed: np.ndarray) -> list[Any]:
        found = gradients(
            face,
            [y],
            [seed],
            set(nodes).__contains__,
            retain_graph=True,
            create_graph=create_graph,
        )
        return [found.get(n) for n in nodes]

    if takes_batches([y]):
        parts = sweep(basis)
    else:
        parts = [_stacked(column, x) for column, x in zip(zip(*map(sweep, basis)), xs)]
    wholes = [(*shape, *x.shape) for x in xs]
    return [
        _zeros(face, whole, x) if g is None else _shaped(face, whole, g)
        for g, x, whole in zip(parts, xs, wholes)
    ]


def _stacked(column: Sequence[Any], x: Any) -> Any:
    if all(g is None for g in column):
        return None
    return shaping.stack([np.zeros(x.shape, x.dtype) if g is None else g for g in column])


def _shaped(face: type[Handle], shape: Sequence[Any], g: Any) -> Any:
    return shaping.reshape(face.holder(g), tuple(shape))


def _zeros(face: type[Handle], shape: Sequence[Any], x: Any) -> Any:
    return face.of(None, np.zeros(tuple(shape), np.dtype(x.dtype)))


def depends_on_others(ys: Sequence[Any], own: Sequence[Any]) -> bool:
    """Whether these tensors have a history besides the given variables.

    What requires grad and is older than the variables has one: the search ends there. Leaves that
    are younger belong to derivatives within.
    """
    start = min((bottom(x).node.seq for x in own), default=0)
    seen = {bottom(y).node for y in ys if isinstance(y, Handle)}
    stack = list(seen)
    while stack:
        node = stack.pop()
        if node.requires_grad and node.seq < start:
            return True
        unseen = {n for n in parents(node) if n.requires_grad} - seen
        seen |= unseen
        stack += unseen
    return False


def zeros_unless(g: Any, x: Any) -> Any:
    """g, or zeros like x where there is none."""
    return g if g is not None else Tensor.of(None, np.zeros(x.shape, np.dtype(x.dtype)))
