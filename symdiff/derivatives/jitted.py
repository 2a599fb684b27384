"""A function as kernels: the same values, and on tensors the same gradients."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..handles.handle import Handle
from ..tracing.traces import Call, Trace, taken_apart, traces_of
from ..tracing.transformed import Function, Transformed
from ..tracing.trees import unflatten
from ..tracing.twins import currency, twin_of
from .arguments import signature_of
from .binding import Binding, Spread
from .calls import any_traced, given_back
from .quick import Route, no_route, route, seen
from .retrying import asks_kinds
from .runs import without_history


class Jitted(Transformed):
    """A function that is traced once for all sizes and compiled."""

    def __init__(self, f: Function) -> None:
        super().__init__(f, functools.partial(jit))
        self.traces = traces_of(f)
        self._twin: Function | None = None
        self._twin_is_current: Callable[[], bool] = bool
        self._bound = Binding(f, 0)
        self._spreads: dict[Any, Jitted] = {}
        self._route: Route = no_route
        self._routes = self.traces.kept("value")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            if names := self._bound.by_keyword_alone(kwargs):
                return self._spread(args, kwargs, names)
            args = self._bound(args, kwargs)
        found = self._route(*args)
        return self._called(args) if found is None else found[0]

    def _spread(self, args: tuple[Any, ...], kwargs: dict[str, Any], names: tuple[str, ...]) -> Any:
        """A call with keywords that f takes by keyword alone: as one with more arguments."""
        args = self._bound(args, {k: v for k, v in kwargs.items() if k not in names})
        key = len(args), names
        if key not in self._spreads:
            self._spreads[key] = Jitted(Spread(self.__wrapped__, *key))
        return self._spreads[key](*args, *[kwargs[name] for name in names])

    def _called(self, args: tuple[Any, ...]) -> Any:
        known = self._routes.get(signature_of(args), no_route)
        found = known(*args)
        if found is None:
            return self._computed(args)
        self._route = known
        return found[0]

    def _computed(self, args: tuple[Any, ...]) -> Any:
        call = taken_apart(args, ())
        f, plain = self._telling_kinds(args), not any(isinstance(v, Handle) for v in call.values)
        if f is None:
            return self.__wrapped__(*args)
        traces = self.traces if f is self.__wrapped__ else traces_of(f)
        trace = None if any_traced(call.values) else traces.find(call)
        if trace is None or trace.writes:
            return (self.__wrapped__ if plain else f)(*args)
        op = traces.compiled(trace, "value", lambda graph: graph)
        try:
            out = op(*call.values, *trace.captured)
        except np.linalg.LinAlgError:  # which f may catch: its other way is not in the trace
            return (self.__wrapped__ if plain else f)(*args)
        if plain:
            self._remember(args, call, trace, traces.kernel(trace, "value"))
        parts = out if isinstance(out, tuple) else (out,)
        known = [y if tied else without_history(y) for y, tied in zip(parts, trace.history)]
        return unflatten(trace.result, [given_back(call.values, y) for y in known])

    def _telling_kinds(self, args: tuple[Any, ...]) -> Function | None:
        """f or, where it asks what kind its arguments are, its twin, which handles tell it; None if
        it can have none.
        """
        f = self.__wrapped__
        if not asks_kinds(f, args):
            return f
        if self._twin is None or not self._twin_is_current():
            self._twin = twin_of(f)
            self._twin_is_current = bool if self._twin is None else currency(f)
        return self._twin

    def _remember(self, args: tuple[Any, ...], call: Call, trace: Trace, kernel: Any) -> None:
        """Let the next call like this one go straight to its kernel, where it can; in a tuple,
        since the result may be None.
        """
        known = seen(args, call.traced, kernel, tuple(trace.captured), trace.guards.unchanged)
        if known is not None:
            arrange = functools.partial(unflatten, trace.result)
            answer = "(arrange({}),)" if trace.result else "{}"
            made = self._route = route(known, (), answer, arrange)
            self._routes[signature_of(args)] = made


def jit(f: Function) -> Function:
    """f compiled: the same values, and on tensors the same gradients, by kernels.

    A kernel is made when arguments of their ranks and dtypes come first, for all sizes. Where that
    meets a number that is not known yet, as an `if` on a value does, f runs as it stands. What f reads
    from outside may change between calls.

    >>> import numpy as np, symdiff as sd
    >>> sd.jit(lambda x: np.tanh(x) * 2)(np.zeros(3))
    array([0., 0., 0.])
    """
    return Jitted(f)
