"""A written formula as lines; a long one as an honest summary."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .notation import Notation
from .writing import Written

MOST_LINES = 24  # definitions that are shown


class Layout(NamedTuple):
    """The result, what stands in it, and how many definitions were left out."""

    result: str
    where: tuple[tuple[str, str], ...]
    left_out: int

    def text(self, equals: str, where: str) -> str:
        lines = [self.result]
        if self.left_out:
            lines.append(f"{where}... ({self.left_out} more definitions; .source() has them all)")
        for name, means in self.where:
            lead = where if len(lines) == 1 else " " * len(where)
            lines.append(f"{lead}{name}{equals}{means}")
        return "\n".join(lines)


def laid_out(formula: Written, write: Callable[[Notation], str]) -> Layout:
    """The last definitions are kept: they stand nearest to the result."""
    shown = formula.where[-MOST_LINES:]
    (result,) = formula.results
    pairs = tuple((write(d.name), write(d.means)) for d in shown)
    return Layout(write(result), pairs, len(formula.where) - len(shown))
