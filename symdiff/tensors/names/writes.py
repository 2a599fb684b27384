"""Writes in place that are no function's twin: fill, copy, and shapes changed under a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...functions import indexing
from ...functions.axes import shape_of
from ...functions.keys import is_known
from ...functions.shaping import broadcast_to
from ...graph.exact import is_number
from ...handles.handle import Handle
from ...handles.modes import is_grad_enabled
from ...ops import elementwise as ew
from .table import called, offer


def overwritten(self: Any, value: Any) -> Any:
    """self with `value` everywhere: nothing of the old numbers, and a gradient of 0 to them."""
    if is_number(value) and is_known(self) and not (self.requires_grad and is_grad_enabled()):
        return self.holding(np.full(shape_of(self), value, np.dtype(self.dtype)))
    if not isinstance(value, Handle):
        value = np.asarray(value)
    value = broadcast_to(ew.astype(value, dtype=np.dtype(self.dtype)), self.shape)
    return indexing.setitem(self, Ellipsis, value)


@offer(grad_fn="")
def zero_(self: Any) -> Any:
    """Set every number to 0."""
    return self.become(called(overwritten(self, 0), "ZeroBackward0"))


@offer(grad_fn="")
def fill_(self: Any, value: Any) -> Any:
    """Set every number to `value`."""
    return self.become(called(overwritten(self, value), "FillBackward0"))


@offer(function=False, grad_fn="")
def copy_(self: Any, src: Any, non_blocking: bool = False) -> Any:
    """Write another tensor's numbers here."""
    return self.become(called(overwritten(self, src), "CopyBackwards"))


@offer(method=False)
def fill(input: Any, value: Any) -> Any:
    """A tensor like the input that holds `value` everywhere."""
    return overwritten(input, value)


@offer(function=False, grad_fn="")
def map_(self: Any, tensor: Any, callable: Callable[[float, float], float]) -> Any:
    """Put `callable(number, other)` in the place of each number; nothing of this is differentiated."""
    found = np.vectorize(callable)(self.known_value("map_()"), tensor.known_value("map_()"))
    return self.become(found.astype(self.dtype))


@offer(function=False, grad_fn="")
def apply_(self: Any, callable: Callable[[float], float]) -> Any:
    """Put `callable(number)` in the place of each number; nothing of this is differentiated."""
    return self.become(np.vectorize(callable)(self.known_value("apply_()")).astype(self.dtype))
