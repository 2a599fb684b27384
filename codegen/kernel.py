"""A program that runs: takes arrays and scalars, gives a tuple of arrays and scalars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .index import Buffer, Program
from .nests import Procedure
from .targets.text import imports, source

Load = Callable[[Procedure, bool], Any]


class Kernel:
    """The function of a program.

    Called with ndarrays and numbers, it copies what is not C-contiguous or of another dtype.
    `function` is what a target compiled: it wants C-contiguous arrays of the declared dtypes, takes
    and gives buffers of rank 0 as scalars, and may be called from compiled code of one's own.
    """

    def __init__(self, program: Program, procedure: Procedure, load: Load) -> None:
        self.program = program
        self.procedure = procedure
        self._load = load
        self._entries = tuple(_entry(buffer) for buffer in procedure.inputs)
        self._inputs = tuple(k for k, b in enumerate(procedure.inputs) if b.shape)
        self._outputs = tuple(k for k, b in enumerate(procedure.outputs) if b.shape)
        self._results = tuple(k for k, b in enumerate(procedure.outputs) if not b.shape)

    def __repr__(self) -> str:
        inputs = ", ".join(b.name for b in self.program.inputs)
        return f"<kernel {self.program.name}({inputs}) -> {', '.join(self.program.outputs)}>"

    @cached_property
    def source(self) -> str:
        """The text of the function, for Numba or Python."""
        text = source(self.procedure)
        return imports(text) + text

    @cached_property
    def function(self) -> Any:
        return self._load(self.procedure, False)

    @cached_property
    def function_into(self) -> Any:
        """`function` with the outputs that have a rank as further parameters; gives the others."""
        return self._load(self.procedure, True)

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        return self.function(*self._entered(inputs))

    def into(self, outputs: Sequence[np.ndarray], *inputs: Any) -> tuple[np.ndarray, ...]:
        """Fills the given arrays; one that overlaps another, or is not C-contiguous, is copied to."""
        entered = self._entered(inputs)
        self._check_outputs(outputs)
        taken = [entered[k] for k in self._inputs]
        targets = []
        for k in self._outputs:
            array = _own(outputs[k], taken)
            taken.append(array)
            targets.append(array)
        scalars = self.function_into(*entered, *targets)
        for k, array in zip(self._outputs, targets, strict=True):
            if array is not outputs[k]:
                outputs[k][...] = array
        for k, value in zip(self._results, scalars, strict=True):
            outputs[k][...] = value
        return tuple(outputs)

    def _entered(self, inputs: Sequence[Any]) -> list[Any]:
        if len(inputs) != len(self._entries):
            names = ", ".join(b.name for b in self.program.inputs)
            count = len(self._entries)
            raise TypeError(
                f"{self.program.name} takes {count} ({names}), not {len(inputs)} inputs"
            )
        return [enter(x) for enter, x in zip(self._entries, inputs, strict=True)]

    def _check_outputs(self, outputs: Sequence[np.ndarray]) -> None:
        wanted = self.procedure.outputs
        if len(outputs) != len(wanted):
            raise TypeError(f"{self.program.name} fills {len(wanted)} arrays, not {len(outputs)}")
        for buffer, array in zip(wanted, outputs, strict=True):
            if array.dtype != buffer.dtype or array.ndim != len(buffer.shape):
                raise ValueError(
                    f"the array for {buffer.name} must have dtype {buffer.dtype} and "
                    f"{len(buffer.shape)} axes, not {array.dtype} and {array.ndim}"
                )


def _own(array: np.ndarray, taken: Sequence[np.ndarray]) -> np.ndarray:
    """The array, or another like it if it shares memory with those taken or is not C-contiguous."""
    apart = not any(np.may_share_memory(array, other) for other in taken)
    return array if apart and array.flags.c_contiguous else np.empty(array.shape, array.dtype)


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
            return x if x.flags.aligned else x.copy()
        x = np.asarray(x)
        if x.ndim != rank:
            raise ValueError(f"{name} must have {rank} axes, not the shape {x.shape}")
        return np.ascontiguousarray(x, dtype)

    return array if rank else scalar
