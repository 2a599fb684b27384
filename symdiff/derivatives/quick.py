"""The short way from a call to its kernel: for plain arrays and floats seen before just so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Args = tuple[Any, ...]


def signature_of(args: Args) -> Any:
    """What decides which kernel runs: type, shape, strides and dtype of each argument."""
    return tuple([
        (a.shape, a.strides, a.dtype) if type(a) is np.ndarray else type(a) for a in args
    ])  # fmt: skip


def is_plain(args: Args) -> bool:
    """Whether all arguments are C-contiguous arrays of some rank, or floats."""
    return all(
        type(a) is float or (type(a) is np.ndarray and a.ndim > 0 and a.flags.c_contiguous)
        for a in args
    )


def gradient_call(
    function: Callable[..., tuple[Any, ...]], captured: Sequence[Any], single: bool
) -> Callable[[Args], tuple[Any, Any]]:
    """Call the compiled function itself; it gives the value and then the gradients."""
    extra = tuple(captured)

    def one(args: Args) -> tuple[Any, Any]:
        return function(*args, *extra)  # type: ignore[return-value]

    def several(args: Args) -> tuple[Any, Any]:
        out = function(*args, *extra)
        return out[0], out[1:]

    return one if single else several
