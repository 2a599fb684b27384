"""Index programs become kernels: check, fuse, choose loops, spell, compile. Knows no tensor."""

from __future__ import annotations

from .check import ProgramError, check
from .fuse import fuse
from .index import Program
from .kernel import Kernel
from .loops import loops
from .targets import numba, python
from .targets.text import imports, source

__all__ = ["Kernel", "ProgramError", "build"]

_LOADERS = {"numba": numba.load, "python": python.load}
_kernels: dict[tuple[Program, str], Kernel] = {}


def build(program: Program, target: str = "numba") -> Kernel:
    """The kernel of a program; equal programs share one."""
    key = program, target
    if key not in _kernels:
        _kernels[key] = _built(program, target)
    return _kernels[key]


def _built(program: Program, target: str) -> Kernel:
    if target not in _LOADERS:
        raise ValueError(f"no target {target}; there are {', '.join(_LOADERS)}")
    check(program)
    procedure = loops(fuse(program))
    text = source(procedure)
    function = _LOADERS[target](text)
    return Kernel(program, procedure, imports(text) + text, function)
