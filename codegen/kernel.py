"""A program that runs: takes arrays and scalars, gives a tuple of arrays and scalars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .index import Buffer, Program
from .nests import Procedure

Load = Callable[[str, str], Callable[..., tuple[Any, ...]]]


class Kernel:
    """The function of a program.

    Called with ndarrays and numbers, it copies what is not C-contiguous or of another dtype.
    `function` is what a target compiled: it wants C-contiguous arrays of the declared dtypes, takes
    and gives buffers of rank 0 as scalars, and may be called from compiled code of one's own.
    """

    def __init__(self, program: Program, procedure: Procedure, source: str, function: Any) -> None:
        self.program = program
        self.procedure = procedure
        self.source = source
        self.function = function
        self._entries = tuple(_entry(buffer) for buffer in program.inputs)

    def __repr__(self) -> str:
        inputs = ", ".join(b.name for b in self.program.inputs)
        return f"<kernel {self.program.name}({inputs}) -> {', '.join(self.program.outputs)}>"

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        if len(inputs) != len(self._entries):
            wanted = ", ".join(b.name for b in self.program.inputs)
            raise TypeError(
                f"{self.program.name} takes {len(self._entries)} arguments ({wanted}), "
                f"not {len(inputs)}"
            )
        return self.function(*[enter(x) for enter, x in zip(self._entries, inputs, strict=True)])


def _entry(buffer: Buffer) -> Callable[[Any], Any]:
    """What brings an argument into the form that a buffer has in compiled code."""
    dtype, rank, name = np.dtype(buffer.dtype), len(buffer.shape), buffer.name

    def scalar(x: Any) -> Any:
        if type(x) is dtype.type:
            return x
        array = np.asarray(x)
        if array.ndim:
            raise ValueError(f"{name} must be a scalar, not an array of shape {array.shape}")
        return dtype.type(array[()])

    def array(x: Any) -> np.ndarray:
        if type(x) is np.ndarray and x.dtype == dtype and x.flags.c_contiguous and x.ndim == rank:
            return x
        x = np.asarray(x, dtype, order="C")
        if x.ndim != rank:
            raise ValueError(f"{name} must have {rank} axes, not the shape {x.shape}")
        return x

    return array if rank else scalar


def wrong_shapes(buffers: Sequence[Buffer], arrays: Sequence[np.ndarray]) -> list[str]:
    return [b.name for b, a in zip(buffers, arrays, strict=True) if len(b.shape) != a.ndim]
