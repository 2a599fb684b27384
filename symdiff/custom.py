"""Ops and rules of the user's own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .compiling.lower import NotLowered
from .graph.extents import Extent
from .graph.node import leaf
from .graph.op import Aval, NeedsValue, Op, aval_of, strong_dtype
from .graph.op import declare as into_table
from .handles.handle import Handle
from .handles.numpy_face import Array
from .ops.families import elementwise
from .tracing.trees import flatten, leaf_count, unflatten

Function = Callable[..., Any]
Slopes = Function | Sequence[Function | int | None]


def declare(
    name: str,
    *,
    value: Function,
    slope: Slopes | None = None,
    rule: Function | None = None,
    shape: Function | None = None,
    scalar: Function | None = None,
    compose: Function | None = None,
    batches: bool = False,
    sympy: str = "",
    text: str = "",
    doc: str = "",
) -> Op:
    """An op of your own, by a slope or else a rule, under a name that no other op has.

    A function of every element has `slope(y, *xs)`, dy/dx, or a sequence of one an argument; any
    other op has `rule(g, y, *xs)`, the arguments' cotangents for a cotangent g of the result:

    >>> import numpy as np, symdiff as sd
    >>> cube = sd.declare("cube", value=lambda x: x**3, slope=lambda y, x: 3 * x**2,
    ...                   scalar=lambda x: x * x * x)
    >>> sd.grad(lambda x: np.sum(cube(x)))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    >>> squares = sd.declare("squares", value=lambda x: x @ x, rule=lambda g, y, x: 2 * g * x)
    >>> sd.grad(squares)(np.array([3.0, 4.0]))
    array([6., 8.])

    Slopes and rules are written with Python's operators, NumPy's functions and ops, so that they
    can be differentiated themselves. Kernels take `scalar(*elements)` for a function of every
    element, or `compose(*xs)`, the value by other functions; without either they call `value`.
    `shape(*shapes)` gives the result's shape, which is found by trial otherwise. `batches` says
    that value and rule hold with further leading axes, too; else samples are taken one by one.
    """
    if (slope is None) == (rule is None):
        raise TypeError(f"{name}: an op has a slope (if elementwise) or else a rule")
    about = {"sympy": sympy, "text": text, "doc": doc, "compose": compose}
    if slope is not None:
        return _of_elements(name, value, slope, scalar, **about)
    return _of_arrays(name, value, rule, shape, batches=batches, **about)


def _of_elements(
    name: str, value: Function, slope: Slopes, scalar: Function | None, **about: Any
) -> Op:
    slopes = tuple(slope) if isinstance(slope, Sequence) else (slope,)
    primitive = _no_scalar if scalar is None else lambda dtype, *xs: scalar(*xs)
    return elementwise(name, value, *slopes, primitive=primitive, **about)


def _of_arrays(name: str, value: Function, rule: Any, shape: Function | None, **about: Any) -> Op:
    return into_table(
        name,
        infer=_shape_rule(value, shape),
        evaluate=value,
        pullback=_pullback(name, rule),
        **about,
    )


def _no_scalar(dtype: str, *xs: Any) -> Any:
    raise NotLowered("an op without a scalar form is computed by NumPy")


def _shape_rule(value: Function, shape: Function | None) -> Callable[..., Aval]:
    """Shape and dtype of the result: as told, or as they come out for ones."""

    def infer(*avals: Aval, **params: Any) -> Aval:
        if shape is not None:
            dtypes = [strong_dtype(a.dtype) for a in avals]
            return Aval(tuple(shape(*(a.shape for a in avals))), np.result_type(*dtypes))
        return aval_of(value(*map(_ones, avals), **params))

    return infer


def _ones(aval: Aval) -> np.ndarray:
    return np.ones(tuple(map(int, aval.shape)), strong_dtype(aval.dtype))


def _pullback(name: str, rule: Any) -> Function:
    def pullback(g: Any, y: Any, *xs: Any, needed: Sequence[bool], **params: Any) -> Any:
        parts = rule(g, *map(_stand_in, (y, *xs)), **params)
        parts = parts if isinstance(parts, (tuple, list)) else (parts,)
        if len(parts) != len(xs):
            raise TypeError(
                f"{name}: the rule gives {len(parts)} cotangents, but there are {len(xs)} arguments"
            )
        return parts

    return pullback


def _stand_in(x: Any) -> Any:
    """An array of that shape for one whose numbers were not kept, since the rule reads none."""
    if not isinstance(x, Aval) or any(isinstance(n, Extent) for n in x.shape):
        return x
    return np.broadcast_to(np.zeros((), strong_dtype(x.dtype)), tuple(map(int, x.shape)))


# --- a rule for a function


_UNKNOWN: Any = object()  # None is what a forward may well leave


class _Residuals:
    """What `forward` left for `backward` in one call; all are alike as a parameter."""

    def __init__(self) -> None:
        self.value: Any = _UNKNOWN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Residuals)

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "residuals"


class custom_vjp:
    """A function with a rule of its own: `defvjp(forward, backward)`.

    `forward(*args)` gives the value and what `backward(residuals, g)` needs to give cotangents.

    >>> import numpy as np, symdiff as sd
    >>> @sd.custom_vjp
    ... def log1pexp(x):
    ...     return np.log(1 + np.exp(x))
    >>> log1pexp.defvjp(lambda x: (log1pexp(x), x), lambda x, g: (g / (1 + np.exp(-x)),))
    >>> sd.grad(log1pexp)(1000.0)
    1.0
    """

    def __init__(self, function: Function) -> None:
        if not callable(function):
            raise TypeError(f"custom_vjp takes a function, not {type(function).__name__}")
        functools.update_wrapper(self, function)
        self.function = function
        self.forward: Function | None = None
        self.backward: Function | None = None

    def defvjp(self, forward: Function, backward: Function) -> None:
        """`forward(*args)` gives (value, residuals), `backward(residuals, g)` cotangents."""
        self.forward, self.backward = forward, backward

    def __call__(self, *args: Any) -> Any:
        leaves, structure = flatten(args)
        if not any(isinstance(leaf, Handle) for leaf in leaves):
            return self.function(*args)
        if self.forward is None:
            raise TypeError(f"{self.__name__}: say how it is differentiated, by defvjp")  # type: ignore[attr-defined]
        return _call_op(self, structure)(*leaves, residuals=_Residuals())


@dataclass(frozen=True)
class _Calls:
    """The calls of a function with a rule whose arguments have one structure, as an op sees them."""

    rule: custom_vjp
    structure: Any

    def evaluate(self, *xs: Any, residuals: _Residuals) -> Any:
        y, residuals.value = self.forward(xs)
        return y

    def forward(self, xs: Sequence[Any]) -> Any:
        return self.rule.forward(*unflatten(self.structure, xs))  # type: ignore[misc]

    def function(self, *xs: Any, **params: Any) -> Any:
        return self.rule.function(*unflatten(self.structure, xs))

    def infer(self, *avals: Aval, residuals: _Residuals) -> Aval:
        try:
            return aval_of(self.function(*(Array.of(leaf(a.shape, a.dtype)) for a in avals)))
        except NeedsValue:
            return aval_of(self.function(*map(_ones, avals)))

    def pullback(
        self, g: Any, y: Any, *xs: Any, needed: Sequence[bool], residuals: _Residuals
    ) -> list[Any]:
        left = residuals.value
        if left is _UNKNOWN or any(isinstance(x, Handle) for x in (g, *xs)):
            _, left = self.forward(xs)
        parts = self.rule.backward(left, g)  # type: ignore[misc]
        parts, wanted = parts if isinstance(parts, tuple) else (parts,), self.structure[2]
        if len(parts) != len(wanted):
            raise TypeError(
                f"{_name(self.rule)}: backward gives {len(parts)} cotangents, "
                f"but there are {len(wanted)} arguments"
            )
        return [leaf for part, like in zip(parts, wanted) for leaf in _leaves(part, like)]


def _name(rule: custom_vjp) -> str:
    return getattr(rule, "__name__", "custom")


@functools.lru_cache(maxsize=1024)
def _call_op(rule: custom_vjp, structure: Any) -> Op:
    """The op of a function with a rule, for arguments of one structure."""
    calls = _Calls(rule, structure)
    return Op(name=_name(rule), infer=calls.infer, evaluate=calls.evaluate,
              pullback=calls.pullback, compose=calls.function, batches=False)  # fmt: skip


def _leaves(part: Any, structure: Any) -> list[Any]:
    """The cotangents of one argument: None for a whole tree stands for none of its leaves."""
    return [None] * leaf_count(structure) if part is None else flatten(part)[0]
