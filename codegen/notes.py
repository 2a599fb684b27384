"""Kernels known by a key of their maker's: the cache tells what they take and give, and their code.

What is kept under such a key spares all steps before machine code, in every later process. Programs
are then made only if someone asks for them. What a key stands for, its maker alone knows.
"""

from __future__ import annotations

import contextlib
import importlib
import json
from collections.abc import Callable
from typing import Any

from . import cache
from .index import Buffer, Var
from .kernel import Buffers, Kernel

_NAME = "known"  # of the files


def keep(key: str, kernel: Kernel) -> None:
    """Lets later processes find a kernel for LLVM under this key."""
    about = {
        "name": kernel.name,
        "inputs": _as_data(kernel.inputs),
        "outputs": _as_data(kernel.outputs),
        "digest": _llvm().digest_of(kernel.procedure),
    }
    cache.write(_NAME, _sealed(key), json.dumps(about).encode())


def known(key: str, again: Callable[[], Kernel]) -> Kernel | None:
    """The kernel that was kept under this key; `again` makes it where only its steps will do."""
    with contextlib.suppress(Exception):
        about = json.loads(cache.read(_NAME, _sealed(key)) or b"")
        inputs, outputs = _as_buffers(about["inputs"]), _as_buffers(about["outputs"])
        name, digest = str(about["name"]), str(about["digest"])
        return _Known(name, inputs, outputs, digest, again).kernel
    return None


class _Known:
    """A kernel as the cache has it; code that is not there any more is made again."""

    def __init__(
        self,
        name: str,
        inputs: Buffers,
        outputs: Buffers,
        digest: str,
        again: Callable[[], Kernel],
    ) -> None:
        self.digest, self.again = digest, again
        self.kernel = Kernel(name, inputs, outputs, self.steps, self.load)

    def steps(self) -> tuple[Any, Any]:
        made = self.again()
        return made.program, made.procedure

    def load(self, outputs_given: bool) -> Any:
        found = _llvm().found(self.kernel.name, self.digest, outputs_given)
        return _llvm().load(self.kernel.procedure, outputs_given) if found is None else found


def _llvm() -> Any:
    return importlib.import_module(f"{__package__}.targets.llvm")


def _sealed(key: str) -> str:
    return cache.digest(key)


def _as_data(buffers: Buffers) -> list[list[Any]]:
    return [[b.name, len(b.shape), b.dtype] for b in buffers]


def _as_buffers(data: list[list[Any]]) -> Buffers:
    """The buffers; how long they are only their program says, so their sizes are but names."""
    return tuple(
        Buffer(str(name), tuple(Var(f"{name}_{axis}") for axis in range(rank)), str(dtype))
        for name, rank, dtype in data
    )
