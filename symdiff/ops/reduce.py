"""Reductions and running totals, over axes counted from the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from codegen.index import Buffer, Scan, Var

from ..extents import product
from ..op import Aval, declare, dtype_by_trial, strong_dtype
from .broadcasting import cast
from .elementwise import div, equal, where
from .shape import reduction_at, spread, sum_, without


def _float_infer(x: Aval, axes: tuple[int, ...]) -> Aval:
    return Aval(without(x.shape, axes), dtype_by_trial(np.mean, (x.dtype,)))


def count(shape: Any, axes: Sequence[int]) -> Any:
    """How many elements are combined into one."""
    return product(shape[len(shape) + k] for k in axes)


mean = declare(
    "mean",
    infer=_float_infer,
    evaluate=lambda x, axes: np.mean(x, axis=axes),
    pullback=lambda g, y, x, needed, axes: (spread(div(g, count(x.shape, axes)), x.shape, axes),),
    compose=lambda x, axes: div(sum_(x, axes=axes), count(x.shape, axes)),
    family="reductions",
    example=lambda rng: ((rng.normal(size=(2, 3, 4)),), {"axes": (-1, -3)}),
)


def _same_infer(x: Aval, axes: tuple[int, ...]) -> Aval:
    return Aval(without(x.shape, axes), strong_dtype(x.dtype))


def _extremum_pullback(g: Any, y: Any, x: Any, needed: Any, axes: tuple[int, ...]) -> tuple[Any]:
    """Ties share equally, as PyTorch's amax."""
    ties = equal(x, spread(y, x.shape, axes))
    share = div(g, sum_(ties, axes=axes))
    return (where(ties, spread(share, x.shape, axes), 0.0),)


def _extremum(name: str, numpy: Any, combine: str) -> Any:
    return declare(
        name,
        infer=_same_infer,
        evaluate=lambda x, axes: numpy(x, axis=axes),
        pullback=_extremum_pullback,
        at=reduction_at(combine),
        masking=True,
        family="reductions",
        example=lambda rng: ((rng.normal(size=(2, 3, 4)),), {"axes": (-1, -3)}),
    )


amax = _extremum("amax", np.max, "maximum")
amin = _extremum("amin", np.min, "minimum")


def _cumulative(combine: str) -> Any:
    def statement(
        targets: Sequence[Buffer], sources: Sequence[str], xs: Sequence[Any], axis: int, reverse: bool
    ) -> Scan:
        (x,) = xs
        names = tuple(f"s{k}" for k in range(len(x.shape)))
        value = cast(x(*map(Var, names)), x.dtype, targets[0].dtype)
        return Scan(targets[0], names, len(names) + axis, combine, value, reverse)

    return statement


def _cumsum_evaluate(x: Any, axis: int, reverse: bool) -> Any:
    if not reverse:
        return np.cumsum(x, axis=axis)
    return np.flip(np.cumsum(np.flip(x, axis), axis=axis), axis)


cumsum = declare(
    "cumsum",
    infer=lambda x, axis, reverse: Aval(x.shape, dtype_by_trial(np.cumsum, (x.dtype,))),
    evaluate=_cumsum_evaluate,
    pullback=lambda g, y, x, needed, axis, reverse: (cumsum(g, axis=axis, reverse=not reverse),),
    statement=_cumulative("add"),
    family="reductions",
    example=lambda rng: ((rng.normal(size=(3, 4)),), {"axis": -2, "reverse": False}),
)
