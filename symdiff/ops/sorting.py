"""Where things stand: places of the sorted, the largest, the smallest; these have no derivative.

Sorted values are read at these places, so that gradients flow as through any other reading.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph.op import Aval, Op, declare
from .shape import lead

_INDEX = np.dtype(np.int64)

argsort = declare(
    "argsort",
    infer=lambda x: Aval(tuple(x.shape), _INDEX),
    evaluate=lambda x: np.argsort(x, axis=-1, kind="stable"),
    routine="argsort",
    family="sorting",
    example=lambda rng: ((rng.normal(size=(2, 5)),), {}),
    doc="The positions that sort the last axis; equal elements stay in order.",
)


def _extreme(name: str, numpy: Callable[..., Any]) -> Op:
    return declare(
        name,
        infer=lambda x: Aval(lead(x.shape, 1), _INDEX),
        evaluate=lambda x: numpy(x, axis=-1),
        routine=name,
        family="sorting",
        example=lambda rng: ((rng.normal(size=(2, 5)),), {}),
        doc="Where the last axis has its first extreme element; a NaN counts as one.",
    )


argmax = _extreme("argmax", np.argmax)
argmin = _extreme("argmin", np.argmin)

searchsorted = declare(
    "searchsorted",
    infer=lambda a, v, side: Aval(tuple(v.shape), _INDEX),
    evaluate=lambda a, v, side: np.asarray(np.searchsorted(a, v, side)),
    routine="searchsorted",
    batches=False,
    family="sorting",
    example=lambda rng: ((np.sort(rng.normal(size=5)), rng.normal(size=(2, 3))), {"side": "left"}),
    doc="Where each v would stand in the sorted a.",
)
