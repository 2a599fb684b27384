"""Ops that leave every number as it is: they copy, or cut the history."""

from __future__ import annotations

import numpy as np

from ..graph.op import Aval, declare, strong_dtype


def _infer(x: Aval) -> Aval:
    return Aval(tuple(x.shape), strong_dtype(x.dtype))


clone = declare(
    "clone",
    infer=_infer,
    evaluate=lambda x: np.array(x, order="C"),
    pullback=lambda g, y, x, needed: (g,),
    at=lambda index, x: x(*index),
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
