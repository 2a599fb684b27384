"""A function's derivative as a function: traced once for all sizes, its kernels kept; or by the tape.

Knows the way of a call; which derivative it gives, its `Way` says.
"""

from __future__ import annotations

import functools
from typing import Any

from codegen import Kernel

from ..graph.op import Op
from ..handles.handle import Handle
from ..tracing.traces import Call, Trace, taken_apart, traces_of
from ..tracing.transformed import Function, Transformed
from ..tracing.trees import unflatten
from .calls import (
    Argnums,
    arranged,
    bound,
    check_scalar,
    derivative_like,
    differentiated,
    given_back,
    positions_of,
)
from .into import fill, filling_call, has_parameter, targets
from .quick import gradient_call, is_plain, is_simple, signature_of
from .ways import GRADIENT, Outcome, Way, Wrt, by_inlining, by_tape


class Derivative(Transformed):
    """One kind of derivative of one function, with its traces and kernels."""

    def __init__(
        self,
        f: Function,
        recipe: functools.partial[Any],
        way: Way,
        argnums: Argnums = 0,
        compile: bool = True,
    ) -> None:
        super().__init__(f, recipe)
        self.f, self.argnums, self.way, self.compile = f, argnums, way, compile
        self.traces = traces_of(f)
        self._quick = self.traces.quick.setdefault((way, str(argnums)), {})
        self._kernels = self.traces.quick.setdefault((way, str(argnums), "kernel"), {})
        self._filling = self.traces.quick.setdefault((way, str(argnums), "out"), {})

    def both(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """The value of f, and its derivatives in place of f's results."""
        if not kwargs:
            quick = self._quick.get(signature_of(args))
            if quick is not None and self.traces.hold():
                return quick(args)
        args = bound(self.f, args, kwargs)
        positions = positions_of(self.argnums, len(args))
        call = taken_apart(args, positions)
        wrt = differentiated(self.f, call, positions)
        outcome = self._outcome(call, wrt)
        self._remember(args, call, wrt)
        return self._values(call, outcome), self._derivatives(call, wrt, outcome)

    def filled(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """As a call, but the keyword `out`, unless f has one of that name, takes the gradients."""
        if "out" not in kwargs or self._names_out:
            return self.both(args, kwargs)
        rest = dict(kwargs)
        out = rest.pop("out")
        return self.both(args, rest) if out is None else self._into(out, args, rest)

    @functools.cached_property
    def _names_out(self) -> bool:
        return has_parameter(self.f, "out")

    def _into(self, out: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        count = None if isinstance(self.argnums, int) else len(self.argnums)
        outs = targets(out, count)
        args = bound(self.f, args, kwargs)
        key = signature_of((*args, *outs))
        filling = self._filling.get(key)
        if filling is not None and self.traces.hold():
            return filling(args, outs), out
        value, found = self.both(args, {})
        fill(outs, (found,) if count is None else found)
        if (known := self._kernels.get(signature_of(args))) is not None:
            self._filling[key] = filling_call(known[0], known[1], outs)
        return value, out

    def _outcome(self, call: Call, wrt: Wrt) -> Outcome:
        if any(isinstance(v, Handle) and v.is_traced for v in call.values):
            return by_inlining(self.way, self.f, call, wrt)
        trace = self.traces.find(call) if self.compile else None
        if trace is None:
            return by_tape(self.way, self.f, call, wrt)
        out = self._op(trace, wrt)(*call.values, *trace.captured)
        out = list(out) if isinstance(out, tuple) else [out]
        count, width = len(trace.graph.outputs), len(wrt)
        rows = [out[count + k * width : count + (k + 1) * width] for k in range(count)]
        return Outcome(out[:count], rows, trace.result)

    def _op(self, trace: Trace, wrt: Wrt) -> Op:
        if self.way.scalar:
            check_scalar(self.traces.name, trace.graph.outputs)
        return self.traces.compiled(trace, (self.way, wrt), lambda g: self.way.graph(g, wrt))

    def _remember(self, args: tuple[Any, ...], call: Call, wrt: Wrt) -> None:
        """Let the next call like this one go straight to its kernel, where it can."""
        trace = self.traces.exact.get(call.exact)
        flat = all(not structure for structure in call.structure[2])
        if trace is None or self.way is not GRADIENT or not (flat and is_simple(args)):
            return
        kernel = self.traces.kernel(trace, (self.way, wrt))
        chosen = positions_of(self.argnums, len(args))
        ordered = list(chosen) == sorted(set(chosen)) and len(call.traced) == len(args)
        if isinstance(kernel, Kernel) and ordered and is_plain(tuple(trace.captured)):
            single = isinstance(self.argnums, int)
            key = signature_of(args)
            self._quick[key] = gradient_call(kernel, trace.captured, args, chosen, single)
            self._kernels[key] = kernel, trace.captured

    def _values(self, call: Call, outcome: Outcome) -> Any:
        return unflatten(outcome.result, [given_back(call.values, y) for y in outcome.values])

    def _derivatives(self, call: Call, wrt: Wrt, outcome: Outcome) -> Any:
        xs = [call.values[k] for k in wrt]
        rows = [
            arranged(call, wrt, [derivative_like(x, g) for x, g in zip(xs, row)], self.argnums)
            for row in outcome.parts
        ]
        return unflatten(outcome.result, rows)


class ValueAndSlope(Derivative):
    """Gives the value of f and its derivative."""

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        return self.filled(args, kwargs)


class Slope(Derivative):
    """Gives the derivative of f."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.filled(args, kwargs)[1]
