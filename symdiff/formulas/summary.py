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
        lines = [self.result, *self.lines(equals, where, " " * len(where))]
        if self.left_out:
            lines.insert(1, f"({self.left_out} more definitions; .source() has them all)")
        return "\n".join(lines)

    def lines(self, equals: str, first: str, then: str) -> list[str]:
        """A line for each definition."""
        leads = [first, *[then] * len(self.where)]
        return [f"{lead}{n}{equals}{means}" for lead, (n, means) in zip(leads, self.where)]


def laid_out(formula: Written, write: Callable[[Notation], str]) -> Layout:
    """The last definitions are kept: they stand nearest to the result."""
    shown = formula.where[-MOST_LINES:]
    (result,) = formula.results
    pairs = tuple((write(d.name), write(d.means)) for d in shown)
    return Layout(write(result), pairs, len(formula.where) - len(shown))
