"""The few forms a declaration can take."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from codegen.check import allowed
from codegen.index import COMPARISONS, Apply, Cast, Scalar

from ..graph.exact import Exact, is_number
from ..graph.op import Aval, NoDerivative, Op, declare, dtype_by_trial, dtype_name
from .broadcasting import broadcast, operand_dtype, read_as
from .large import large_by_kernel
from .shape import unbroadcast, zeros_like


@dataclass(frozen=True)
class Pull:
    """A rule that wants g itself: `(g, y, *xs)` -> the cotangent before unbroadcasting."""

    rule: Callable[..., Any]


def applied(op: Op, *args: Any) -> Any:
    """op(*args); of plain numbers, a constant that remembers its formula and stays weak."""
    if not all(map(is_number, args)):
        return op(*args)
    return Exact(float(op.evaluate(*args)), f"{op.name}({', '.join(map(repr, args))})")


Slope = Callable[..., Any] | int | Pull | None
Times = Callable[[Any, Any], Any]
Rule = Callable[..., Any]
Needed = Sequence[bool]
DOUBLE = ("float64",)
FLOATS = ("float32", "float64")


def elementwise(
    name: str,
    numpy: Callable[..., Any],
    *slopes: Slope,
    primitive: str | Callable[..., Scalar] = "",
    arguments: str = "a b",
    large: Sequence[str] = (),
    **fields: Any,
) -> Op:
    """One formula for every element. `slope(y, *xs)` is dy/dx in ops; 0 is flat, None unknown.

    `primitive` is codegen's name for it, or `(dtype, *scalars) -> scalar` where codegen has none.
    `arguments` are the names by which a missing derivative is refused. `large` are the dtypes of
    which kernels compute large arrays in less time.
    """
    fields.setdefault("domain", ((-2.0, 2.0),) * len(slopes))
    at = _scalar(numpy, primitive or name)
    return declare(
        name,
        infer=_shape_and_dtype(name, numpy),
        evaluate=large_by_kernel(name, numpy, at, large) if large else numpy,
        pullback=_pullback(name, slopes, arguments.split()),
        at=at,
        elementwise=True,
        **fields,
    )


def _shape_and_dtype(name: str, numpy: Callable[..., Any]) -> Callable[..., Aval]:
    def infer(*avals: Aval) -> Aval:
        dtype = dtype_by_trial(numpy, tuple([a.dtype for a in avals]))
        return Aval(broadcast(name, *[a.shape for a in avals]), dtype)

    return infer


def _pullback(name: str, slopes: tuple[Slope, ...], arguments: list[str]) -> Callable[..., Any]:
    known = [_rule(_refused(name, arguments[k]) if s is None else s) for k, s in enumerate(slopes)]
    return (_of_one if len(known) == 1 else _of_two if len(known) == 2 else _of_many)(*known)


# one argument and two are what comes most often: no list is made of their rules


def _of_one(rule: Rule) -> Callable[..., Any]:
    def pullback(g: Any, y: Any, x: Any, *, needed: Needed, times: Times = operator.mul) -> Any:
        return (rule(times, g, y, x) if needed[0] else None,)

    return pullback


def _of_two(first: Rule, second: Rule) -> Callable[..., Any]:
    def pullback(
        g: Any, y: Any, a: Any, b: Any, *, needed: Needed, times: Times = operator.mul
    ) -> Any:
        return (
            _fitted(first(times, g, y, a, b), a, g, y) if needed[0] else None,
            _fitted(second(times, g, y, a, b), b, g, y) if needed[1] else None,
        )

    return pullback


def _of_many(*rules: Rule) -> Callable[..., Any]:
    def pullback(g: Any, y: Any, *xs: Any, needed: Needed, times: Times = operator.mul) -> Any:
        return [
            _fitted(rule(times, g, y, *xs), x, g, y) if need else None
            for rule, x, need in zip(rules, xs, needed)
        ]

    return pullback


def _refused(name: str, argument: str) -> Callable[..., Any]:
    """The slope of an argument that has none: asking for it is an error."""

    def slope(*_: Any) -> Any:
        raise NoDerivative(f"{name}: no derivative by its argument {argument} is provided")

    return slope


def _scalar(
    numpy: Callable[..., Any], primitive: str | Callable[..., Scalar]
) -> Callable[..., Scalar]:
    def at(index: Sequence[Scalar], *xs: Any) -> Scalar:
        wanted = operand_dtype(numpy, xs)
        args = tuple([read_as(wanted, x, index) for x in xs])
        if isinstance(primitive, str):
            return _applied(primitive, dtype_name(wanted), args)
        return primitive(dtype_name(wanted), *args)

    return at


def _applied(primitive: str, dtype: str, args: tuple[Scalar, ...]) -> Scalar:
    """The primitive; truth values are whole numbers to one that is not for them."""
    if dtype != "bool" or allowed(primitive, dtype):
        return Apply(primitive, args)
    whole = Apply(primitive, tuple([Cast("int64", a) for a in args]))
    return whole if primitive in COMPARISONS else Cast("bool", whole)


def _rule(slope: Callable[..., Any] | int | Pull) -> Rule:
    """`(times, g, y, *xs)` -> the cotangent of an argument, in the shape of g."""
    if isinstance(slope, Pull):
        rule = slope.rule
        return lambda times, *gyxs: rule(*gyxs)
    if not callable(slope):
        return lambda times, g, *yxs: _times_constant(times, g, slope)

    def pulled(times: Times, g: Any, *yxs: Any) -> Any:
        s = slope(*yxs)
        return times(g, s) if type(s) is np.ndarray else _times_constant(times, g, s)

    return pulled


def _times_constant(times: Times, g: Any, s: Any) -> Any:
    if isinstance(s, int) and s in (0, 1, -1):
        return g if s == 1 else -g if s == -1 else zeros_like(g)
    return times(g, s)


def _fitted(part: Any, x: Any, g: Any, y: Any) -> Any:
    """A cotangent of the shape of x, where g and `part` have that of y."""
    if type(g) is np.ndarray and x.shape == y.shape:
        return part
    return unbroadcast(part, x, y)
