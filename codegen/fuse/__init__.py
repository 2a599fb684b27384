"""Program -> Program: the same meaning in fewer statements, before any loop is thought of."""

from __future__ import annotations

from ..index import Program
from .factor import factored
from .flatten import flatten
from .inline import inlined
from .positions import apart
from .products import paired
from .prune import ordered, pruned
from .simplify import chosen, simplified


def fuse(program: Program) -> Program:
    """Nothing is computed for nobody, stored to be copied, or chosen where there is no choice."""
    program = factored(chosen(simplified(ordered(flatten(program)))))
    return paired(apart(pruned(chosen(inlined(program)))))
