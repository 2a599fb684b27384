"""A program that runs: takes arrays and scalars, gives a tuple of arrays and scalars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .entry import entry
from .index import Buffer, Program
from .nests import Procedure
from .targets.text import source, standalone

Buffers = tuple[Buffer, ...]
Load = Callable[[Procedure, bool], Any]


class Kernel:
    """The function of a program.

    Called with ndarrays and numbers, it copies what is not C-contiguous or of another dtype.
    `function` is what a target compiled: it wants C-contiguous arrays of the declared dtypes, takes
    and gives buffers of rank 0 as scalars. Numba's may be called from compiled code of one's own.

    `steps` makes the program and its procedure, `load(outputs_given)` compiled code; both when asked.
    """

    def __init__(
        self,
        name: str,
        inputs: Buffers,
        outputs: Buffers,
        steps: Callable[[], tuple[Program, Procedure]],
        load: Callable[[bool], Any],
    ) -> None:
        self.name, self.inputs, self.outputs = name, inputs, outputs
        self._steps, self._load = steps, load
        self._arrays = tuple(k for k, b in enumerate(inputs) if b.shape)
        self._outputs = tuple(k for k, b in enumerate(outputs) if b.shape)
        self._results = tuple(k for k, b in enumerate(outputs) if not b.shape)
        self._made = tuple((np.dtype(b.dtype), len(b.shape)) for b in outputs)

    @classmethod
    def of(cls, program: Program, procedure: Procedure, load: Load) -> Kernel:
        """The kernel whose program and procedure are known."""
        return cls(
            program.name,
            procedure.inputs,
            procedure.outputs,
            lambda: (program, procedure),
            lambda outputs_given: load(procedure, outputs_given),
        )

    def __repr__(self) -> str:
        inputs, outputs = (", ".join(b.name for b in bs) for bs in (self.inputs, self.outputs))
        return f"<kernel {self.name}({inputs}) -> {outputs}>"

    @property
    def program(self) -> Program:
        """What is computed at each index."""
        return self._both[0]

    @property
    def procedure(self) -> Procedure:
        """The loops that compute it."""
        return self._both[1]

    @cached_property
    def _both(self) -> tuple[Program, Procedure]:
        return self._steps()

    @cached_property
    def source(self) -> str:
        """The text of the function, as a module for Numba."""
        return standalone(source(self.procedure))

    @cached_property
    def function(self) -> Any:
        return self._load(False)

    @cached_property
    def function_into(self) -> Any:
        """`function` with the outputs that have a rank as further parameters; gives the others."""
        return self._load(True)

    @cached_property
    def call(self) -> Callable[..., tuple[Any, ...]]:
        """What calling the kernel calls, a little faster."""
        return entry(self.name, self.inputs, self.function)

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        if len(inputs) != len(self.inputs):
            raise TypeError(self._counted(len(inputs)))
        return self.call(*inputs)

    def into(self, outputs: Sequence[np.ndarray], *inputs: Any) -> tuple[np.ndarray, ...]:
        """Fills the given arrays; one that overlaps another or is not C-contiguous gets a copy."""
        if len(inputs) != len(self.inputs):
            raise TypeError(self._counted(len(inputs)))
        return self._into(outputs, *inputs)

    @cached_property
    def _into(self) -> Callable[..., tuple[np.ndarray, ...]]:
        return entry(self.name, self.inputs, self._fill, untouched=1)

    def _fill(self, outputs: Sequence[np.ndarray], *inputs: Any) -> tuple[np.ndarray, ...]:
        if tuple([(y.dtype, y.ndim) for y in outputs]) != self._made:
            raise self._misfit(outputs)
        taken = [inputs[k] for k in self._arrays]
        targets = [_own(outputs[k], taken) for k in self._outputs]
        scalars = self.function_into(*inputs, *targets)
        for k, array in zip(self._outputs, targets):
            if array is not outputs[k]:
                outputs[k][...] = array
        for k, value in zip(self._results, scalars):
            outputs[k][...] = value
        return tuple(outputs)

    def _counted(self, given: int) -> str:
        names = ", ".join(b.name for b in self.inputs)
        return f"{self.name} takes {len(self.inputs)} ({names}), not {given} inputs"

    def _misfit(self, outputs: Sequence[np.ndarray]) -> Exception:
        wanted = self.outputs
        if len(outputs) != len(wanted):
            return TypeError(f"{self.name} fills {len(wanted)} arrays, not {len(outputs)}")
        pairs = zip(wanted, self._made, outputs)
        buffer, array = next((b, y) for b, made, y in pairs if made != (y.dtype, y.ndim))
        return ValueError(
            f"the array for {buffer.name} must have dtype {buffer.dtype} and "
            f"{len(buffer.shape)} axes, not {array.dtype} and {array.ndim}"
        )


def _own(array: np.ndarray, taken: list[np.ndarray]) -> np.ndarray:
    """The array, or another if it overlaps those taken or is not C-contiguous; taken, too."""
    if not array.flags.carray or any(np.may_share_memory(array, other) for other in taken):
        array = np.empty(array.shape, array.dtype)
    taken.append(array)
    return array
