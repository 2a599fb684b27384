"""The few forms a declaration can take."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from codegen.index import Apply, Scalar

from ..op import Aval, NoDerivative, Op, declare, dtype_by_trial
from .broadcasting import broadcast, operand_dtype, read_as
from .shape import unbroadcast, zeros_like


@dataclass(frozen=True)
class Pull:
    """A rule that wants the incoming gradient itself: `(g, y, *xs)` -> cotangent before unbroadcasting."""

    rule: Callable[..., Any]


Slope = Callable[..., Any] | int | Pull | None


def elementwise(
    name: str,
    numpy: Callable[..., Any],
    *slopes: Slope,
    primitive: str | Callable[..., Scalar] = "",
    **fields: Any,
) -> Op:
    """One formula for every element. `slope(y, *xs)` is dy/dx, written with ops; 0 is flat, None unknown.

    `primitive` is codegen's name for it, or `(dtype, *scalars) -> scalar` where codegen has none.
    """

    def infer(*avals: Aval, **params: Any) -> Aval:
        dtype = dtype_by_trial(numpy, tuple(a.dtype for a in avals))
        return Aval(broadcast(name, *(a.shape for a in avals)), dtype)

    def pullback(
        g: Any, y: Any, *xs: Any, needed: Sequence[bool], times: Callable = operator.mul
    ) -> list[Any]:
        return [
            _cotangent(name, k, slopes[k], g, y, xs, times) if need else None for k, need in enumerate(needed)
        ]

    def at(index: Sequence[Scalar], *xs: Any) -> Scalar:
        wanted = operand_dtype(numpy, xs)
        args = tuple(read_as(wanted, x, index) for x in xs)
        if isinstance(primitive, str):
            return Apply(primitive or name, args)
        return primitive(wanted.name, *args)

    fields.setdefault("domain", ((-2.0, 2.0),) * len(slopes))
    return declare(name, infer=infer, evaluate=numpy, pullback=pullback, at=at, elementwise=True, **fields)


def _cotangent(
    name: str, k: int, slope: Slope, g: Any, y: Any, xs: tuple[Any, ...], times: Callable[..., Any]
) -> Any:
    if slope is None:
        raise NoDerivative(f"{name}: no derivative by argument {k + 1} is provided")
    if isinstance(slope, Pull):
        return unbroadcast(slope.rule(g, y, *xs), xs[k], y)
    s = slope(y, *xs) if callable(slope) else slope
    if isinstance(s, int) and s in (0, 1, -1):
        part = g if s == 1 else -g if s == -1 else zeros_like(g)
    else:
        part = times(g, s)
    return unbroadcast(part, xs[k], y)
