"""Convolution along the last axis: a window of it, so that its adjoint is a convolution, too.

y[k] = sum over j of a[j]*v[start + k - j],  k < length; beyond its ends v counts as 0
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from codegen.index import Apply, Const, Reduce, Scalar, Select, Var

from ..graph.extents import Dim, settled
from ..graph.op import Aval, declare
from .broadcasting import broadcast, broadcast_index, cast, common_dtype
from .index import Span, as_scalar, index
from .shape import unbroadcast


def flipped(x: Any) -> Any:
    """x with its last axis from the end."""
    n = x.shape[-1]
    return index(x, key=(Span(n - 1, n, -1),))


def _infer(a: Aval, v: Aval, start: Dim, length: Dim) -> Aval:
    lead = broadcast("convolve", a.shape[:-1], v.shape[:-1])
    return Aval((*lead, settled(length)), common_dtype((a.dtype, v.dtype)))


def _evaluate(a: Any, v: Any, start: int, length: int) -> Any:
    """Of a, extended by zeros, the stretch that the window reads; then all shifts that fit."""
    n, m, start, length = a.shape[-1], v.shape[-1], int(start), int(length)
    lead = np.broadcast_shapes(a.shape[:-1], v.shape[:-1])
    if 0 in (n, m, length):
        return np.zeros((*lead, length), np.result_type(a, v))
    first = start - m + 1
    stretch = np.zeros((*a.shape[:-1], length + m - 1), a.dtype)
    low, high = max(first, 0), min(start + length, n)
    if low < high:
        stretch[..., low - first : high - first] = a[..., low:high]
    if stretch.ndim == v.ndim == 1:
        return np.correlate(stretch, v[::-1])
    windows = np.lib.stride_tricks.sliding_window_view(stretch, m, axis=-1)
    return np.matmul(windows, v[..., ::-1, None])[..., 0]


def _pullback(
    g: Any, y: Any, a: Any, v: Any, needed: Sequence[bool], start: Dim, length: Dim
) -> list[Any]:
    """da[j] = sum over k of g[k]*w[(m - 1 - start) + j - k], w being v from its end; dv alike."""

    def part(x: Any, other: Any) -> Any:
        last = other.shape[-1] - 1
        found = convolve(g, flipped(other), start=last - start, length=x.shape[-1])
        return unbroadcast(found, x, Aval((*y.shape[:-1], x.shape[-1]), None))

    return [part(a, v) if needed[0] else None, part(v, a) if needed[1] else None]


def _at(index: Sequence[Scalar], a: Any, v: Any, start: Any, length: Any) -> Scalar:
    """Summed over v, which is best the shorter one."""
    *lead, k = index
    dtype = common_dtype((a.dtype, v.dtype))
    i = Var("c")
    j = k + as_scalar(start) - i
    inside = Apply("and", (Apply("ge", (j, Const(0, "int64"))),
                           Apply("lt", (j, as_scalar(a.shape[-1])))))  # fmt: skip
    left, right = (
        cast(x(*broadcast_index(lead, x.shape[:-1]), p), x.dtype, dtype)
        for x, p in ((a, j), (v, i))
    )
    body = Select(inside, Apply("mul", (left, right)), Const(0, dtype.name))
    return Reduce("add", (("c", as_scalar(v.shape[-1])),), body)


convolve = declare(
    "convolve",
    infer=_infer,
    evaluate=_evaluate,
    pullback=_pullback,
    at=_at,
    family="signal",
    example=lambda rng: (
        (rng.normal(size=5), rng.normal(size=3)),
        {"start": 1, "length": 4},
    ),
)
