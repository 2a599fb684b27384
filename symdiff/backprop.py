"""Gradients of recorded tensors: seeds in, `.grad` filled or gradients returned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .handle import Handle
from .modes import set_grad_enabled
from .node import Node
from .sweep import free, history, numbers, sweep


def gradients(
    face: type[Handle],
    roots: Sequence[Handle],
    seeds: Sequence[Any],
    wanted: Callable[[Node], bool],
    *,
    retain_graph: bool | None,
    create_graph: bool,
) -> dict[Node, Any]:
    """Cotangents of the wanted nodes: arrays, or handles with a history if `create_graph`."""
    retain = create_graph if retain_graph is None else retain_graph
    visited: list[Node] = []
    hooked = _hooks(face, visited)
    pairs = [(root.node, seed if create_graph else _array(seed)) for root, seed in zip(roots, seeds)]
    with set_grad_enabled(create_graph):
        found = sweep(pairs, wanted, history(face) if create_graph else numbers, hooked)
    if not retain:
        free(visited)
    return found


def _hooks(face: type[Handle], visited: list[Node]) -> Callable[[Node, Any], Any]:
    """Run a node's hooks on its gradient; note that the sweep came by."""

    def arrived(node: Node, g: Any) -> Any:
        visited.append(node)
        for hook in tuple((node.hooks or {}).values()):
            g = _replaced(face, hook, g)
        return g

    return arrived


def _replaced(face: type[Handle], hook: Callable[[Any], Any], g: Any) -> Any:
    handle = g if isinstance(g, Handle) else face.of(None, np.asarray(g))
    new = hook(handle)
    if new is None:
        return handle if isinstance(g, Handle) else handle.value
    if not isinstance(new, Handle):
        raise TypeError(f"a hook gives a tensor or None, not {type(new).__name__}")
    return new if isinstance(g, Handle) else new.value


def _array(seed: Any) -> np.ndarray:
    return seed.value if isinstance(seed, Handle) else np.asarray(seed)
