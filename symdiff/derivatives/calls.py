"""A call that is to be differentiated: which leaves count, and how results are given back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph.exact import is_number
from ..graph.extents import Extent, known
from ..graph.node import Node
from ..graph.op import OpError, is_differentiable
from ..handles.handle import Handle
from ..handles.numpy_face import Array
from ..tensors.batching import Batched
from ..tracing.traces import Call
from ..tracing.trees import Structure, unflatten

Argnums = int | tuple[int, ...]


def positions_of(argnums: Argnums, count: int) -> tuple[int, ...]:
    wanted = chosen(argnums)
    for k in wanted:
        if not -count <= k < count:
            raise TypeError(f"argnums names argument {k}, counted from 0; the call has {count}")
    return tuple(k % count for k in wanted)


def chosen(argnums: Argnums) -> tuple[int, ...]:
    """The positions as a tuple; whatever else users write is refused."""
    wanted = tuple(argnums) if isinstance(argnums, (tuple, list)) else (argnums,)
    if not wanted or not all(isinstance(k, (int, np.integer)) for k in wanted):
        raise TypeError(f"argnums is the position of an argument, or a tuple of them: {argnums!r}")
    return wanted


def differentiated(f: Any, call: Call, positions: Sequence[int]) -> tuple[int, ...]:
    """Which of the traced leaves belong to the chosen arguments; each must be a float."""
    owner = _owners(call.structure[2])
    wrt = tuple(k for k, leaf in enumerate(call.traced) if owner[leaf] in positions)
    for k in wrt:
        _check_float(f, call.leaves[call.traced[k]], owner[call.traced[k]])
    for position in positions:
        if position not in {owner[call.traced[k]] for k in wrt}:
            raise TypeError(
                f"argument {position} holds nothing to differentiate by: "
                f"pass a float or an array of floats, not {_kind(call, owner, position)}"
            )
    return wrt


def _check_float(f: Any, value: Any, position: int) -> None:
    dtype = getattr(value, "dtype", float)
    if not is_differentiable(dtype):
        raise TypeError(
            f"{getattr(f, '__name__', 'f')}: argument {position} has dtype {dtype}; only floating "
            "point arrays can be differentiated: pass x.astype(float)"
        )


def _kind(call: Call, owner: Sequence[int], position: int) -> str:
    """What stands in the place of a float."""
    leaves = [leaf for leaf, place in zip(call.leaves, owner) if place == position]
    return kinds_of(leaves) or "an empty tree"


def kinds_of(values: Sequence[Any]) -> str:
    """What these are, each kind once: `int64 array, str`."""
    kinds = dict.fromkeys(
        f"{x.dtype} array" if isinstance(x, np.ndarray) else type(x).__name__ for x in values
    )
    return ", ".join(kinds)


def _owners(structures: Sequence[Structure]) -> list[int]:
    """For each leaf, the argument it belongs to."""
    return [k for k, s in enumerate(structures) for _ in range(leaf_count(s))]


def leaf_count(structure: Structure) -> int:
    return 1 if not structure else sum(map(leaf_count, structure[2]))


def arranged(call: Call, wrt: Sequence[int], parts: Sequence[Any], argnums: Argnums) -> Any:
    """One part for each differentiated leaf, as trees like the arguments."""
    leaves: list[Any] = [None] * len(call.leaves)
    for k, g in zip(wrt, parts, strict=True):
        leaves[call.traced[k]] = g
    trees = unflatten(call.structure, leaves)
    if isinstance(argnums, int):
        return trees[argnums]
    return tuple(trees[p] for p in argnums)


def check_scalar(name: str, outputs: Sequence[Any]) -> None:
    if len(outputs) != 1:
        raise TypeError(
            f"{name} returns {len(outputs)} results; a gradient needs one scalar (use sd.jacobian)"
        )
    y: Any = outputs[0]
    check_number(name, y)
    shape = tuple(map(known, getattr(y, "shape", ())))
    if any(n != 1 for n in shape):
        raise TypeError(
            f"{name} returns an array of shape {shape}; a gradient needs a scalar: "
            "sum it, or use sd.jacobian"
        )


def check_number(name: str, y: Any) -> None:
    if not (isinstance(y, (Node, Handle, np.ndarray, np.generic, Extent)) or is_number(y)):
        told = repr(y) if isinstance(y, str) else f"a {type(y).__name__}"
        raise TypeError(f"{name} returns {told}; a gradient needs a number")


def check_results(f: Any, outputs: Sequence[Any]) -> None:
    name = getattr(f, "__name__", "f")
    for y in outputs:
        if y is None:
            raise OpError(
                f"{name} returns nothing; a function that is differentiated returns its result"
            )
        check_number(name, y)


def any_traced(values: Sequence[Any]) -> bool:
    return any(isinstance(v, Handle) and v.is_traced for v in values)


def as_handle(x: Any) -> Handle:
    return Array.holder(x)


def has_history(x: Any) -> bool:
    """Whether a value is more than its numbers: traced, recorded, or one sample of a batch."""
    return isinstance(x, Handle) and (x.is_traced or x.requires_grad or isinstance(x, Batched))


def given_back(values: Sequence[Any], y: Any) -> Any:
    """A result: a handle where handles came in or where it has a history; else an array, or a
    number if it is a scalar.
    """
    if isinstance(y, Handle):
        if any(isinstance(v, Handle) for v in values) or has_history(y):
            return y
        y = y.value
    return y.item() if isinstance(y, (np.ndarray, np.generic)) and y.ndim == 0 else y


def derivative_like(x: Any, g: Any) -> Any:
    """A derivative by x: a handle for a handle, a float for a float (if it is a scalar), else an
    array.
    """
    if isinstance(x, Handle):
        return g if isinstance(g, Handle) else type(x).of(None, np.asarray(g))
    if isinstance(g, Handle):
        if has_history(g):
            return g
        g = g.value
    if np.ndim(g) == 0 and is_number(x):
        return float(g)
    g = np.asarray(g, None if np.ndim(g) else getattr(x, "dtype", None))
    return g[()] if isinstance(x, np.generic) else g
