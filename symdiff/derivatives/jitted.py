"""A function as kernels: the same values, and on tensors the same gradients."""

from __future__ import annotations

import functools
from typing import Any

from ..tracing.traces import taken_apart, traces_of
from ..tracing.transformed import Function, Transformed
from ..tracing.trees import unflatten
from .calls import any_traced, bound, given_back, without_history


class Jitted(Transformed):
    """A function that is traced once for all sizes and compiled."""

    def __init__(self, f: Function) -> None:
        super().__init__(f, functools.partial(jit))
        self.traces = traces_of(f)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        f, traces = self.__wrapped__, self.traces
        args = bound(f, args, kwargs)
        call = taken_apart(args, ())
        trace = None if any_traced(call.values) else traces.find(call)
        if trace is None or trace.writes:
            return f(*args)
        out = traces.compiled(trace, "value", lambda graph: graph)(*call.values, *trace.captured)
        parts = out if isinstance(out, tuple) else (out,)
        known = [y if tied else without_history(y) for y, tied in zip(parts, trace.history)]
        return unflatten(trace.result, [given_back(call.values, y) for y in known])


def jit(f: Function) -> Function:
    """f compiled: the same values, and on tensors the same gradients, by kernels.

    >>> import numpy as np, symdiff as sd
    >>> sd.jit(lambda x: np.tanh(x) * 2)(np.zeros(3))
    array([0., 0., 0.])
    """
    return Jitted(f)
