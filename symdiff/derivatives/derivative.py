"""A function's derivative as a function: traced once for all sizes, its kernels kept; or by the tape.

Knows the way of a call; which derivative it gives, its `Way` says.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..graph.op import Op
from ..handles.handle import Handle
from ..tracing.graphs import Graph
from ..tracing.traces import Call, Trace, taken_apart, traces_of
from ..tracing.transformed import Function, Transformed
from ..tracing.trees import unflatten
from ..tracing.twins import currency
from .arguments import signature_of
from .binding import Binding, Spread, reach_of
from .calls import (
    Argnums,
    arranged,
    check_scalar,
    derivative_like,
    differentiated,
    given_back,
    positions_of,
)
from .into import can_fill, fill, filling_route, has_parameter, targets
from .quick import Route, kind_of, no_route, route, seen
from .retrying import with_twin
from .ways import Outcome, Way, Wrt, by_inlining, by_tape


class Derivative(Transformed):
    """One kind of derivative of one function, with its traces and kernels; `valued`: f's value, too.

    A call goes the way of the last one if it is like that one, then by what was kept of the
    others, and else through the trace or the tape.
    """

    def __init__(
        self,
        f: Function,
        recipe: functools.partial[Any],
        way: Way,
        argnums: Argnums = 0,
        compile: bool = True,
        valued: bool = False,
    ) -> None:
        super().__init__(f, recipe)
        argnums = int(argnums) if isinstance(argnums, np.integer) else argnums
        self.f, self.argnums, self.way, self.compile = f, argnums, way, compile
        self.valued = valued
        self._bound = Binding(f, reach_of(argnums))
        self.traces = traces_of(f)
        self._twin: Derivative | None = None
        self._twin_is_current: Callable[[], bool] = bool
        self._spreads: dict[Any, Derivative] = {}
        self._route: Route = no_route
        self._filling_route: Route = no_route
        self._routes = self.traces.kept(way, str(argnums), valued)
        self._filling_routes = self.traces.kept(way, str(argnums), valued, "out")
        self._seen = self.traces.kept(way, str(argnums), valued, "seen")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            found = self._route(*args)
        elif len(kwargs) == 1 and "out" in kwargs:
            found = self._filling_route(kwargs["out"], *args)
        else:
            found = None
        return self._called(args, kwargs) if found is None else found

    def _called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._twin is not None and self._twin_is_current():
            return self._twin(*args, **kwargs)
        return with_twin(self.f, args, lambda f: self._answered_by(f, args, kwargs))

    def _answered_by(self, f: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The same derivative of f or, from now on, of its twin."""
        if f is self.f:
            return self._answered(args, kwargs)
        same = Derivative(f, self.recipe, self.way, self.argnums, self.compile, self.valued)
        found = same(*args, **kwargs)
        current = currency(self.f)
        self._twin, self._twin_is_current = same, current
        self._route = lambda *args: same._route(*args) if current() else None
        self._filling_route = lambda out, *args: (
            same._filling_route(out, *args) if current() else None
        )
        return found

    def _answered(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        out = None
        if "out" in kwargs and not self._names_out:
            kwargs = dict(kwargs)
            out = kwargs.pop("out")
        if names := self._bound.by_keyword_alone(kwargs):
            return self._spread(args, kwargs, names, out)
        args = self._bound(args, kwargs)
        if out is not None:
            return self._into(out, args)
        found = self._route(*args) if kwargs else None
        if found is None:
            found = self._routed(args)
        if found is None:
            both = self.both(args)
            found = both if self.valued else both[1]
        return found

    def _spread(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], names: tuple[str, ...], out: Any
    ) -> Any:
        """A call with keywords that f takes by keyword alone: as one with more arguments."""
        args = self._bound(args, {k: v for k, v in kwargs.items() if k not in names})
        key = len(args), names
        if key not in self._spreads:
            chosen = positions_of(self.argnums, len(args))
            self._spreads[key] = Derivative(
                Spread(self.f, len(args), names),
                self.recipe,
                self.way,
                chosen[0] if isinstance(self.argnums, int) else chosen,
                self.compile,
                self.valued,
            )
        return self._spreads[key](*args, *[kwargs[name] for name in names], out=out)

    def _routed(self, args: tuple[Any, ...]) -> Any:
        known = self._routes.get(signature_of(args), no_route) if self.compile else no_route
        found = known(*args)
        if found is not None:
            self._route = known
        return found

    def both(self, args: tuple[Any, ...]) -> tuple[Any, Any]:
        """The value of f if that is wanted, and its derivatives in place of f's results."""
        positions = positions_of(self.argnums, len(args))
        call = taken_apart(args, positions)
        wrt = differentiated(self.f, call, positions)
        outcome = self._outcome(call, wrt)
        if self.compile and not any(isinstance(v, Handle) for v in call.values):
            self._remember(args, call, wrt)
        values = self._values(call, outcome) if self.valued else None
        return values, self._derivatives(call, wrt, outcome)

    @property
    def _values_first(self) -> int:
        """How many results of a kernel stand before the derivatives of f's one result."""
        return int(self.valued)

    @functools.cached_property
    def _names_out(self) -> bool:
        return has_parameter(self.f, "out")

    def _into(self, out: Any, args: tuple[Any, ...]) -> Any:
        """The gradient in `out`: written there, or copied where that cannot be."""
        count = None if isinstance(self.argnums, int) else len(self.argnums)
        outs = targets(out, count)
        key = signature_of((*args, *outs))
        self._filling_route = self._filling_routes.get(key, no_route) if self.compile else no_route
        done = self._filling_route(out, *args)
        if done is not None:
            return done
        value, found = self.both(args)
        fill(outs, (found,) if count is None else found)
        known = self._seen.get(signature_of(args))
        if self.compile and known is not None and can_fill(known, outs, self._values_first):
            answer = "({}[0], out)" if self.valued else "({}, out)[1]"
            self._filling_routes[key] = filling_route(known, outs, count is None, answer)
        return (value, out) if self.valued else out

    def _outcome(self, call: Call, wrt: Wrt) -> Outcome:
        if any(isinstance(v, Handle) and v.is_traced for v in call.values):
            return by_inlining(self.way, self.f, call, wrt)
        trace = self.traces.find(call) if self.compile else None
        if trace is None or (trace.writes and any(isinstance(v, Handle) for v in call.values)):
            return by_tape(self.way, self.f, call, wrt)
        try:
            out = self._op(trace, wrt)(*call.values, *trace.captured)
        except np.linalg.LinAlgError:  # which f may catch: its other way is not in the trace
            return by_tape(self.way, self.f, call, wrt)
        out = list(out) if isinstance(out, tuple) else [out]
        results, width = len(trace.graph.outputs), len(wrt)
        first = results if self.valued else 0
        rows = [out[first + k * width : first + (k + 1) * width] for k in range(results)]
        return Outcome(out[:first], rows, trace.result)

    def _op(self, trace: Trace, wrt: Wrt) -> Op:
        if self.way.scalar:
            check_scalar(self.traces.name, trace.graph.outputs)
        return self.traces.compiled(trace, self._kind(wrt), lambda g: self._graph(g, wrt))

    def _kind(self, wrt: Wrt) -> tuple[Way, Wrt, bool]:
        return self.way, wrt, self.valued

    def _graph(self, graph: Graph, wrt: Wrt) -> Graph:
        """The graph of what is wanted: values that nobody asked for are not computed."""
        made = self.way.graph(graph, wrt)
        return made if self.valued else replace(made, outputs=made.outputs[len(graph.outputs) :])

    def _remember(self, args: tuple[Any, ...], call: Call, wrt: Wrt) -> None:
        """Let the next call like this one go straight to its kernel, where it can."""
        trace = self.traces.exact.get(call.exact)
        if trace is None or trace.result:
            return
        kernel = self.traces.kernel(trace, self._kind(wrt))
        known = seen(args, call.traced, kernel, tuple(trace.captured), trace.guards.unchanged)
        if known is not None:
            key, xs = signature_of(args), [call.values[k] for k in wrt]
            first = self._values_first
            made = known.kernel.outputs[first:]
            kinds = [None if g.shape else kind_of(x) for g, x in zip(made, xs, strict=True)]
            kinds = [None] * first + kinds
            self._routes[key] = self._route = route(known, kinds, *self._answer(call, wrt))
            if self._in_order(call):
                self._seen[key] = known

    def _in_order(self, call: Call) -> bool:
        """Whether a kernel gives derivatives one by one in the order of argnums."""
        chosen = list(positions_of(self.argnums, len(call.structure[2])))
        return not any(call.structure[2][k] for k in chosen) and chosen == sorted(set(chosen))

    def _answer(self, call: Call, wrt: Wrt) -> tuple[str, Callable[[Any], Any]]:
        """How the results of a kernel, the value if wanted and gradients, are put together."""
        blank = call._replace(leaves=[None] * len(call.leaves), objects=())
        arrange = functools.partial(arranged, blank, wrt, argnums=self.argnums)
        if not self._in_order(call):
            text = "(y := {})[0], arrange(y[1:])" if self.valued else "arrange({})"
        elif isinstance(self.argnums, int):
            text = "{}" if self.valued else "{}[0]"
        else:
            text = "(y := {})[0], y[1:]" if self.valued else "{}"
        return text, arrange

    def _values(self, call: Call, outcome: Outcome) -> Any:
        return unflatten(outcome.result, [given_back(call.values, y) for y in outcome.values])

    def _derivatives(self, call: Call, wrt: Wrt, outcome: Outcome) -> Any:
        xs = [call.values[k] for k in wrt]
        rows = [
            arranged(call, wrt, [derivative_like(x, g) for x, g in zip(xs, row)], self.argnums)
            for row in outcome.parts
        ]
        return unflatten(outcome.result, rows)
