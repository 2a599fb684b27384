"""Running totals, products and extrema along one axis, counted from the end.

All but cumsum pull back by one linear recurrence, r[k] = b[k] + a[k]*r[k-1], whose own adjoint is
the same the other way round. So zeros and ties are exact, to any order, in linear time.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from codegen.index import Apply, Buffer, Const, Define, Scalar, Scan, Select, Var

from ..graph.extents import Shape, same_shape
from ..graph.op import Aval, Op, declare, dtype_by_trial
from .broadcasting import broadcast, cast, common_dtype
from .elementwise import astype, equal, exp, invert, isnan, where
from .index import Span, embed, index
from .shape import expand, reshape, transpose


def shifted(x: Any, axis: int, back: bool = False) -> Any:
    """Each element's predecessor along the axis (successor if `back`); 0 where there is none."""
    n = x.shape[axis]
    if isinstance(n, int) and n == 0:
        return x
    rest = tuple(Span(0, m, 1) for m in x.shape[len(x.shape) + axis + 1 :])
    head, tail = (Span(0, n - 1, 1), *rest), (Span(1, n - 1, 1), *rest)
    source, target = (tail, head) if back else (head, tail)
    return embed(index(x, key=source), key=target, shape=tuple(x.shape[len(x.shape) + axis :]))


# --- the linear recurrence y[k] = b[k] + a[k]*y[k-1]; the first a plays no part


def recurrent(a: Any, b: Any, axis: int, reverse: bool) -> Any:
    """The recurrence along any axis, of arrays that broadcast in the axes before it."""
    if axis != -1:
        order = (*range(1, -axis), 0)
        a, b = (transpose(x, perm=order) for x in (a, b))
    shape = broadcast("recurrence", a.shape, b.shape)
    a, b = (_filled(x, shape) for x in (a, b))
    y = recurrence(a, b, reverse=reverse)
    return y if axis == -1 else transpose(y, perm=(-axis - 1, *range(-axis - 1)))


def _filled(x: Any, shape: Shape) -> Any:
    """x repeated along the axes that it lacks of `shape`."""
    if same_shape(tuple(x.shape), shape):
        return x
    own = tuple(x.shape)
    ones = (1,) * (len(shape) - len(own)) + own
    return expand(reshape(x, ndim=len(own), shape=ones), shape=shape)


def _recurrence_evaluate(a: Any, b: Any, reverse: bool) -> Any:
    y = np.array(b, dtype=np.result_type(a, b))
    a, view = (a[..., ::-1], y[..., ::-1]) if reverse else (a, y)
    n = y.shape[-1]
    if y.size < n * n and y.dtype.char in "fd":
        _solve_rows(a.reshape(-1, n), view, n)
    else:
        for k in range(1, n):
            view[..., k] += a[..., k] * view[..., k - 1]
    return y


def _solve_rows(a: np.ndarray, y: np.ndarray, n: int) -> None:
    """Few long rows: y[k] - a[k]*y[k-1] = b[k] is a system with one band, which BLAS solves."""
    kind = {"f": "s", "d": "d"}[y.dtype.char]
    solve = getattr(importlib.import_module("scipy.linalg.blas"), f"{kind}tbsv")
    band = np.ones((2, n), y.dtype, order="F")
    for row, place in zip(a, np.ndindex(y.shape[:-1])):
        band[1, : n - 1] = -row[1:]
        y[place] = solve(1, band, y[place], lower=1, diag=1)


def _recurrence_pullback(
    g: Any, y: Any, a: Any, b: Any, needed: Sequence[bool], reverse: bool
) -> list[Any]:
    """s[k] = g[k] + a[k+1]*s[k+1] is b's cotangent, and s[k]*y[k-1] is a's."""
    s = recurrent(shifted(a, -1, back=not reverse), g, -1, not reverse)
    return [s * shifted(y, -1, back=reverse) if needed[0] else None, s if needed[1] else None]


recurrence = declare(
    "recurrence",
    infer=lambda a, b, reverse: Aval(tuple(b.shape), common_dtype((a.dtype, b.dtype))),
    evaluate=_recurrence_evaluate,
    pullback=_recurrence_pullback,
    routine="recurrence",
    family="reductions",
    example=lambda rng: (
        (rng.normal(size=(3, 4)), rng.normal(size=(3, 4))),
        {"reverse": True},
    ),
    doc="y[k] = b[k] + a[k]*y[k-1] along the last axis.",
)


# --- cumsum, cumprod


def _scan(combine: str) -> Callable[..., Scan | Define]:
    def statement(
        targets: Sequence[Buffer],
        sources: Sequence[str],
        xs: Sequence[Any],
        axis: int,
        reverse: bool = False,
        exclusive: bool = False,
    ) -> Scan | Define:
        (x,) = xs
        names = tuple(f"s{k}" for k in range(len(x.shape)))
        read = _before if exclusive else _here
        value = cast(read(x, list(map(Var, names)), axis, reverse), x.dtype, targets[0].dtype)
        if x.shape[axis] in (1, Const(1, "int64")):  # one element alone is its own total
            return Define(targets[0], names, value)
        return Scan(targets[0], names, len(names) + axis, combine, value, reverse)

    return statement


def _here(x: Any, place: list[Scalar], axis: int, reverse: bool) -> Scalar:
    return x(*place)


def _before(x: Any, place: list[Scalar], axis: int, reverse: bool) -> Scalar:
    """The element one earlier in the scan; 1 at its start."""
    k, n = place[axis], x.shape[axis]
    last = (n if isinstance(n, Scalar) else Const(n, "int64")) - 1
    first = Apply("eq", (k, last if reverse else Const(0, "int64")))
    place[axis] = k + 1 if reverse else k - 1
    return Select(first, Const(1, np.dtype(x.dtype).name), x(*place))


def _example(**params: Any) -> Any:
    return lambda rng: ((rng.normal(size=(3, 4)),), {"axis": -2} | params)


def _turned(x: Any, axis: int, reverse: bool) -> np.ndarray:
    return np.flip(x, axis) if reverse else np.asarray(x)


cumsum = declare(
    "cumsum",
    infer=lambda x, axis, reverse: Aval(x.shape, dtype_by_trial(np.cumsum, (x.dtype,))),
    evaluate=lambda x, axis, reverse: _turned(
        np.cumsum(_turned(x, axis, reverse), axis=axis), axis, reverse
    ),
    pullback=lambda g, y, x, needed, axis, reverse: (cumsum(g, axis=axis, reverse=not reverse),),
    statement=_scan("add"),
    family="reductions",
    example=_example(reverse=False),
)


def _cumprod_evaluate(x: Any, axis: int, reverse: bool, exclusive: bool) -> Any:
    x = _turned(x, axis, reverse)
    if exclusive and x.shape[axis]:
        first = np.ones_like(np.take(x, [0], axis))
        x = np.concatenate([first, np.delete(x, -1, axis)], axis)
    return _turned(np.cumprod(x, axis=axis), axis, reverse)


def _cumprod_pullback(
    g: Any, y: Any, x: Any, needed: Any, axis: int, reverse: bool, exclusive: bool
) -> tuple[Any]:
    """What came before x[k], times r[k] = g[k] + x[k+1]*r[k+1]."""
    before = cumprod(x, axis=axis, reverse=reverse, exclusive=True)
    g = shifted(g, axis, back=not reverse) if exclusive else g
    after = shifted(x, axis, back=not reverse)
    return (before * recurrent(after, g, axis, not reverse),)


cumprod = declare(
    "cumprod",
    infer=lambda x, axis, reverse, exclusive: Aval(x.shape, dtype_by_trial(np.cumprod, (x.dtype,))),
    evaluate=_cumprod_evaluate,
    pullback=_cumprod_pullback,
    statement=_scan("mul"),
    family="reductions",
    example=_example(reverse=False, exclusive=False),
)


# --- others: the product of all other elements, the slope of prod


def _others(x: Any, axis: int) -> Any:
    before, after = (
        cumprod(x, axis=axis, reverse=reverse, exclusive=True) for reverse in (False, True)
    )
    return before * after


def _others_pullback(g: Any, y: Any, x: Any, needed: Any, axis: int) -> tuple[Any]:
    """The Hessian of a product is symmetric, so this is the change of y when x changes by g.

    Of the product p of what came before, p[k] = p[k-1]*x[k-1], that change obeys
    dp[k] = p[k-1]*g[k-1] + x[k-1]*dp[k-1]; likewise of what comes after.
    """
    products, changes = [], []
    for reverse in (False, True):
        p = cumprod(x, axis=axis, reverse=reverse, exclusive=True)
        fed, factor = (shifted(z, axis, back=reverse) for z in (p * g, x))
        products.append(p)
        changes.append(recurrent(factor, fed, axis, reverse))
    return (changes[0] * products[1] + products[0] * changes[1],)


others = declare(
    "others",
    infer=lambda x, axis: Aval(x.shape, dtype_by_trial(np.cumprod, (x.dtype,))),
    evaluate=_others,
    pullback=_others_pullback,
    compose=_others,
    family="reductions",
    example=_example(),
    doc="The product of all other elements along the axis: prod(x)/x where x has no zero.",
)


# --- running extrema


def _running_pullback(g: Any, y: Any, x: Any, needed: Any, axis: int) -> tuple[Any]:
    """A record gets what arrives until the next; of equal ones the last counts, as in PyTorch."""
    record = equal(x, y) | isnan(x)
    holds = shifted(astype(invert(record), dtype=np.dtype(x.dtype)), axis, back=True)
    return (where(record, recurrent(holds, g, axis, True), 0.0),)


def _running(name: str, numpy: np.ufunc, combine: str) -> Op:
    return declare(
        name,
        infer=lambda x, axis: Aval(x.shape, dtype_by_trial(numpy.accumulate, (x.dtype,))),
        evaluate=lambda x, axis: numpy.accumulate(x, axis=axis),
        pullback=_running_pullback,
        statement=_scan(combine),
        masking=True,
        family="reductions",
        example=_example(),
    )


cummax = _running("cummax", np.maximum, "maximum")
cummin = _running("cummin", np.minimum, "minimum")


def _logcumsumexp_pullback(g: Any, y: Any, x: Any, needed: Any, axis: int) -> tuple[Any]:
    """The sum of g[k]*exp(x[j] - y[k]) over k >= j, from factors that are all at most 1."""
    fading = shifted(exp(shifted(y, axis) - y), axis, back=True)
    return (exp(x - y) * recurrent(fading, g, axis, True),)


logcumsumexp = declare(
    "logcumsumexp",
    infer=lambda x, axis: Aval(x.shape, dtype_by_trial(np.exp, (x.dtype,))),
    evaluate=lambda x, axis: np.logaddexp.accumulate(x, axis=axis),
    pullback=_logcumsumexp_pullback,
    statement=_scan("logaddexp"),
    family="reductions",
    example=_example(),
)
