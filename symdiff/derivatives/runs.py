"""A function run on handles that are recorded: on the tape or, of traced ones, within a trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..graph.node import Node
from ..handles.handle import Handle
from ..handles.modes import enable_grad, is_grad_enabled
from ..handles.numpy_face import Array
from ..handles.operands import operand
from ..ops.shape import reshape
from ..tensors.batching import Batched, active_levels, bottom, gathered, levels_of
from ..tensors.jacobians import depends_on_others, variable
from ..tensors.torch_face import Tensor
from ..tracing.traces import Call, with_traced
from ..tracing.trees import Structure, flatten


class Run(NamedTuple):
    """What a function was differentiated by, and its results; `nested`: whether these depend on
    what is being differentiated outside, too.
    """

    xs: list[Handle]
    ys: list[Any]
    result: Structure
    nested: bool

    @property
    def values(self) -> list[Any]:
        """The results, plain unless nested."""
        return self.ys if self.nested else [without_history(y) for y in self.ys]


def run(f: Callable[..., Any], call: Call, wrt: Sequence[int]) -> Run:
    """f on the values of a call, recorded by those that are differentiated."""
    return run_by(lambda handles: f(*with_traced(call, handles)), call, wrt)


def run_by(apply: Callable[[list[Handle]], Any], call: Call, wrt: Sequence[int]) -> Run:
    """As `run`, by what applies the function to handles."""
    handles = [recorded(v, k in wrt) for k, v in enumerate(call.values)]
    xs = [_as_passed(handles[k]) for k in wrt]
    outer = is_grad_enabled()
    with enable_grad():
        found, result = flatten(apply(handles))
        ys = [_joined(y) for y in found]
    return Run(xs, ys, result, outer and depends_on_others(ys, xs))


def recorded(x: Any, wanted: bool) -> Any:
    """x as a handle that the tape follows; one with a history keeps it, and inside vmap every
    sample has its own.
    """
    if wanted and active_levels():
        return variable(x if isinstance(x, Tensor) else Tensor.of(None, np.asarray(x)))
    if isinstance(x, Handle):
        if x.requires_grad or x.is_traced or isinstance(x, Batched):
            return _fresh(x)
        face, value = type(x), x.value
    else:
        face, value = Array, np.asarray(x)
    node = Node(None, shape=value.shape, dtype=value.dtype, value=value, requires_grad=wanted)
    return face.of(node, value)


def _fresh(x: Handle) -> Handle:
    """x under a node of its own, so that derivatives by just this use can be asked for."""
    return reshape(x, ndim=x.ndim, shape=tuple(x.shape))


def _as_passed(x: Handle) -> Handle:
    """x apart from what a function that it is passed to may write to it."""
    whole = bottom(x)
    return gathered(type(whole).of(whole.node, whole.value), levels_of(x))


def _joined(y: Any) -> Any:
    """A result; an object array, as np.array makes of numbers that are recorded, as one handle."""
    return operand(y) if isinstance(y, np.ndarray) and y.dtype.hasobject else y


def without_history(y: Any) -> Any:
    """A handle that derivatives do not go through; what is no handle as it is."""
    if not isinstance(y, Handle) or y.is_traced or not y.requires_grad:
        return y
    return y.detach() if isinstance(y, Tensor) else type(y).of(None, y.value)
