"""From what a user passes to what compiled code takes, in a fraction of a microsecond.

The check of each argument is written out as Python text; whatever fails it goes the slow way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .index import Buffer

_PLAIN: dict[str, tuple[type, ...]] = {
    "float64": (float, np.float64),
    "float32": (np.float32,),
    "int64": (int, np.int64),
    "int32": (np.int32,),
    "bool": (bool, np.bool_),
}


def entry(
    name: str, buffers: Sequence[Buffer], function: Callable[..., Any], untouched: int = 0
) -> Callable[..., Any]:
    """The function, with its arguments after the first `untouched` in the form of the buffers."""
    names = [f"u{k}" for k in range(untouched)] + [f"a{k}" for k in range(len(buffers))]
    scope: dict[str, Any] = {"function": function, "ndarray": np.ndarray}
    lines = [f"def call({', '.join(names)}):"]
    for k, buffer in enumerate(buffers):
        scope |= {f"enter{k}": _slow(buffer), f"d{k}": np.dtype(buffer.dtype)}
        scope[f"t{k}"] = _PLAIN[buffer.dtype]
        lines += [f"    if {_test(k, len(buffer.shape))}:", f"        a{k} = enter{k}(a{k})"]
    lines.append(f"    return function({', '.join(names)})")
    exec(compile("\n".join(lines), f"<entry of {name}>", "exec"), scope)
    return scope["call"]


def _test(k: int, rank: int) -> str:
    """The condition under which an argument is not yet as compiled code wants it."""
    if not rank:
        return f"type(a{k}) not in t{k}"
    return (
        f"type(a{k}) is not ndarray or a{k}.dtype is not d{k} "
        f"or a{k}.ndim != {rank} or not a{k}.flags.carray"
    )


def _slow(buffer: Buffer) -> Callable[[Any], Any]:
    return _array(buffer) if buffer.shape else _scalar(buffer)


def _scalar(buffer: Buffer) -> Callable[[Any], Any]:
    kind = np.dtype(buffer.dtype).type

    def enter(x: Any) -> Any:
        array = np.asarray(x)
        if array.ndim:
            raise ValueError(f"{buffer.name} must be a scalar, not an array of shape {array.shape}")
        return kind(array[()])

    return enter


def _array(buffer: Buffer) -> Callable[[Any], Any]:
    """A copy of what is not C-contiguous or of another dtype; a read-only array stays itself."""
    dtype, rank = np.dtype(buffer.dtype), len(buffer.shape)

    def enter(x: Any) -> np.ndarray:
        x = np.asarray(x)
        if x.ndim != rank:
            raise ValueError(f"{buffer.name} must have {rank} axes, not the shape {x.shape}")
        return np.require(x, dtype, ("C", "ALIGNED"))

    return enter
