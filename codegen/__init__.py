"""Index programs become kernels: check, fuse, choose loops, spell, compile. Knows no tensor."""

from __future__ import annotations

import importlib

from .check import ProgramError, check
from .fuse import fuse
from .index import Program
from .kernel import Kernel
from .loops import loops
from .machine import expect
from .notes import keep, known
from .progress import told

__all__ = ["Kernel", "ProgramError", "build", "expect", "keep", "known"]

TARGETS = ("python", "numba", "llvm")
_kernels: dict[tuple[Program, str], Kernel] = {}


def build(program: Program, target: str = "numba") -> Kernel:
    """The kernel of a program; equal programs share one. It is compiled when first called."""
    key = program, target
    kernel = _kernels.get(key)
    return kernel or _kernels.setdefault(key, _built(program, target))  # the first of two threads'


def _built(program: Program, target: str) -> Kernel:
    if target not in TARGETS:
        raise ValueError(f"no target {target}; there are {', '.join(TARGETS)}")
    with told(f"preparing {program.name} ({len(program.body):,} statements)"):
        check(program)
        load = importlib.import_module(f"{__name__}.targets.{target}").load
        return Kernel.of(program, loops(fuse(program)), load)
