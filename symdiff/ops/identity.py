"""Ops that leave every number as it is: they copy, or cut the history."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph.op import Aval, declare, strong_dtype


def _infer(x: Aval) -> Aval:
    return Aval(tuple(x.shape), strong_dtype(x.dtype))


def _copied(x: Any, order: Any = "C") -> np.ndarray:
    """A copy; what is spread by strides of 0 has no order to keep."""
    spread = 0 in (x := np.asarray(x)).strides and any(
        n > 1 and not step for n, step in zip(x.shape, x.strides)
    )
    return np.array(x, order="C" if spread else order)


clone = declare(
    "clone",
    infer=lambda x, order="C": _infer(x),
    evaluate=_copied,
    pullback=lambda g, y, x, needed, order="C": (g,),
    at=lambda index, x, order="C": x(*index),
    text="{}",
    family="shape",
    example=lambda rng: ((rng.normal(size=(2, 3)),), {}),
    doc="The same numbers in storage of their own.",
)

detach = declare(
    "detach",
    infer=_infer,
    evaluate=np.asarray,
    pullback=lambda g, y, x, needed: (None,),
    at=lambda index, x: x(*index),
    text="{}",
    family="shape",
    doc="The same numbers, and a constant as far as derivatives go.",
)
