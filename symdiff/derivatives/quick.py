"""The short way from a call to its kernel: for plain arrays and floats seen before just so."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from codegen import Kernel

Args = tuple[Any, ...]


def signature_of(args: Args) -> Any:
    """What decides which kernel runs: type, shape, strides and dtype of each argument."""
    return tuple([
        (a.shape, a.strides, a.dtype) if type(a) is np.ndarray else type(a) for a in args
    ])  # fmt: skip


def is_plain(args: Args) -> bool:
    """Whether all arguments are arrays of some rank as compiled code reads them, or floats."""
    return all(type(a) is float or (_is_readable(a) and a.ndim > 0) for a in args)


def _is_readable(a: Any) -> bool:
    return type(a) is np.ndarray and a.flags.c_contiguous and a.dtype.isnative


def is_simple(args: Args) -> bool:
    """As is_plain, or NumPy scalars and arrays of rank 0 too, which kernels take one step later."""
    return all(
        type(a) is float
        or _is_readable(a)
        or (isinstance(a, np.generic) and a.dtype.kind in "fiub")
        for a in args
    )


def gradient_call(
    kernel: Kernel, captured: Sequence[Any], args: Args, positions: Sequence[int], single: bool
) -> Callable[[Args], tuple[Any, Any]]:
    """Call the compiled function itself; it gives the value and then the gradients."""
    extra = tuple(captured)
    function = kernel.function if is_plain(args) else kernel.call

    def one(args: Args) -> tuple[Any, Any]:
        return function(*args, *extra)

    def several(args: Args) -> tuple[Any, Any]:
        out = function(*args, *extra)
        return out[0], out[1:]

    kinds = [_kind(args[k]) for k in positions]
    if any(kinds):
        return _of_kinds(several, kinds, single)
    return one if single else several


def _kind(x: Any) -> Callable[[Any], Any] | None:
    """What a gradient by x is made with, if compiled code does not give it as it is wanted."""
    if isinstance(x, np.generic):
        return type(x)
    if isinstance(x, np.ndarray) and x.ndim == 0:
        return functools.partial(np.array, dtype=x.dtype)
    return None


def _of_kinds(
    several: Callable[[Args], tuple[Any, Any]],
    kinds: Sequence[Callable[[Any], Any] | None],
    single: bool,
) -> Callable[[Args], tuple[Any, Any]]:
    def converting(args: Args) -> tuple[Any, Any]:
        value, parts = several(args)
        made = tuple([g if kind is None else kind(g) for kind, g in zip(kinds, parts)])
        return value, made[0] if single else made

    return converting
