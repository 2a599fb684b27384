"""The table of ops, tested as a table: arguments that suit each op, and numerical derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import symdiff  # noqa: F401 (declares the ops)
from symdiff.graph.op import OPS, NoDerivative, Op, aval_of, is_differentiable

# The one tolerance: differences of order 6 in a step of 1/1024 are good to about 1e-11.
CLOSE = {"rtol": 1e-8, "atol": 1e-9}
CLOSE32 = {"rtol": 2e-4, "atol": 2e-4}
SHAPES = ((2, 3), (3,), (2, 1), (1, 3), ())  # of the 1st, 2nd ... argument of an elementwise op
STEP = 2.0**-10


class Call(NamedTuple):
    """An op on arguments."""

    op: Op
    args: tuple[Any, ...]
    params: dict[str, Any]

    def value(self, *args: Any) -> Any:
        """The op on other arguments, else on its own."""
        return self.op.evaluate(*(args or self.args), **self.params)

    def pull(self, g: Any, needed: tuple[bool, ...], *args: Any) -> list[Any]:
        args = args or self.args
        y = self.value(*args)
        return list(self.op.pullback(g, y, *args, needed=needed, **self.params))

    @property
    def results(self) -> tuple[Any, ...]:
        y = self.value()
        return tuple(y) if self.op.results > 1 else (y,)

    def replaced(self, change: Callable[[np.ndarray], Any]) -> Call:
        """The same call with every float array changed."""
        return self._replace(args=tuple(change(a) if is_float(a) else a for a in self.args))


def is_float(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def covered() -> list[str]:
    """Every op that says what to test it with."""
    return [name for name, op in OPS.items() if op.domain or op.example]


def call_of(op: Op, seed: int = 0) -> Call:
    """The op on arguments from its domain or example."""
    rng = np.random.default_rng(seed)
    if op.example is not None:
        args, params = op.example(rng)
        return Call(op, args, params)
    pairs = zip(op.domain, SHAPES)
    return Call(op, tuple(rng.uniform(*domain, size=shape) for domain, shape in pairs), {})


def differentiable(call: Call) -> tuple[bool, ...]:
    """Which arguments have a derivative."""
    op = call.op
    if op.pullback is None or not all(is_differentiable(aval_of(y).dtype) for y in call.results):
        return (False,) * len(call.args)
    return tuple(is_float(a) and _has_rule(call, k) for k, a in enumerate(call.args))


def _has_rule(call: Call, k: int) -> bool:
    g = tuple(map(np.ones_like, call.results))
    needed = tuple(j == k for j in range(len(call.args)))
    try:
        part = call.pull(g if call.op.results > 1 else g[0], needed)[k]
    except NoDerivative:
        return False
    return part is not None


def seeds(call: Call, rng: np.random.Generator, lead: tuple[int, ...] = ()) -> Any:
    """A random cotangent of the op's result(s)."""
    gs = tuple(
        rng.normal(size=lead + np.shape(y)).astype(np.asarray(y).dtype) for y in call.results
    )
    return gs if call.op.results > 1 else gs[0]


def gradient(f: Callable[[np.ndarray], float], x: np.ndarray) -> np.ndarray:
    """All partial derivatives of a number f(x), by six values each."""
    out = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = STEP
        near, middle, far = (f(x + k * step) - f(x - k * step) for k in (1, 2, 3))
        out[place] = (45 * near - 9 * middle + far) / (60 * STEP)
    return out


def total(gs: Any, ys: Any) -> float:
    """The sum of all products of cotangents and results."""
    pairs = zip(gs, ys) if isinstance(gs, tuple) else [(gs, ys)]
    return sum(float(np.sum(g * y)) for g, y in pairs)
