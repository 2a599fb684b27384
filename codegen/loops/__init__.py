"""Program -> Procedure: statements share loops, and buffers become scalars, rows or arrays."""

from __future__ import annotations

from ..index import Program
from ..nests import Procedure
from .emit import Emission
from .plan import plan
from .split import split


def loops(program: Program) -> Procedure:
    """The loop nests of a fused program."""
    return split(Emission(*plan(program)).procedure())
