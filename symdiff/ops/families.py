"""The few forms a declaration can take."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from codegen.index import Apply, Scalar

from ..graph.exact import Exact, is_number
from ..graph.op import Aval, NoDerivative, Op, declare, dtype_by_trial
from .broadcasting import broadcast, operand_dtype, read_as
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


def elementwise(
    name: str,
    numpy: Callable[..., Any],
    *slopes: Slope,
    primitive: str | Callable[..., Scalar] = "",
    arguments: str = "a b",
    **fields: Any,
) -> Op:
    """One formula for every element. `slope(y, *xs)` is dy/dx in ops; 0 is flat, None unknown.

    `primitive` is codegen's name for it, or `(dtype, *scalars) -> scalar` where codegen has none.
    `arguments` are the names by which a missing derivative is refused.
    """
    fields.setdefault("domain", ((-2.0, 2.0),) * len(slopes))
    return declare(
        name,
        infer=_shape_and_dtype(name, numpy),
        evaluate=numpy,
        pullback=_pullback(name, slopes, arguments.split()),
        at=_scalar(numpy, primitive or name),
        elementwise=True,
        **fields,
    )


def _shape_and_dtype(name: str, numpy: Callable[..., Any]) -> Callable[..., Aval]:
    def infer(*avals: Aval) -> Aval:
        dtype = dtype_by_trial(numpy, tuple(a.dtype for a in avals))
        return Aval(broadcast(name, *(a.shape for a in avals)), dtype)

    return infer


def _pullback(name: str, slopes: tuple[Slope, ...], arguments: list[str]) -> Callable[..., Any]:
    known = [_refused(name, arguments[k]) if s is None else s for k, s in enumerate(slopes)]

    def pullback(
        g: Any, y: Any, *xs: Any, needed: Sequence[bool], times: Callable[..., Any] = operator.mul
    ) -> list[Any]:
        return [
            _cotangent(slope, x, g, y, xs, times) if need else None
            for slope, x, need in zip(known, xs, needed)
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
        args = tuple(read_as(wanted, x, index) for x in xs)
        if isinstance(primitive, str):
            return Apply(primitive, args)
        return primitive(wanted.name, *args)

    return at


def _cotangent(
    slope: Callable[..., Any] | int | Pull,
    x: Any,
    g: Any,
    y: Any,
    xs: tuple[Any, ...],
    times: Callable[..., Any],
) -> Any:
    if isinstance(slope, Pull):
        return unbroadcast(slope.rule(g, y, *xs), x, y)
    s = slope(y, *xs) if callable(slope) else slope
    if isinstance(s, int) and s in (0, 1, -1):
        part = g if s == 1 else -g if s == -1 else zeros_like(g)
    else:
        part = times(g, s)
    if type(g) is np.ndarray and x.shape == y.shape:
        return part
    return unbroadcast(part, x, y)
