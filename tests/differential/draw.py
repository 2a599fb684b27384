"""Choices by a seed: numbers, axes, offsets, and variables whose shapes fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Shape = tuple[int, ...]
LEAVES: dict[str, Shape] = {
    "a": (3, 4),
    "b": (4,),
    "c": (2, 3, 4),
    "m": (3, 3),
    "s": (),
    "p": (1, 4),
}
LARGEST = 48


def texts(table: str) -> list[str]:
    """The parts of a table, one after a semicolon or a line's end."""
    return [text.strip() for text in table.replace("\n", ";").split(";")]


class Draw:
    """Choices by a seed: numbers, axes, offsets, variables that fit."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.shapes: dict[str, Shape] = dict(LEAVES)

    def of(self, options: Sequence[Any]) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def number(self, low: float = -1.0, high: float = 1.0) -> float:
        return round(float(self.rng.uniform(low, high)), 3)

    def constant(self, shape: Shape, low: float = -1.0, high: float = 1.0) -> str:
        values = np.round(self.rng.uniform(low, high, size=shape), 6)
        return f"T.tensor({values.tolist()}, dtype=T.float64)"

    def apart(self, x: str) -> str:
        """x with offsets, so that no two of its entries are equal."""
        return f"({x} + {self.constant(self.shapes[x])})"

    def axis(self, x: str) -> int:
        n = len(self.shapes[x])
        return int(self.rng.integers(-n, n))

    def fitting(self, test: Callable[[Shape], bool]) -> str:
        """A variable whose shape passes; recent ones are likelier."""
        names = [name for name, shape in self.shapes.items() if test(shape)]
        if not names:
            raise LookupError
        return self.of(names[-6:] if self.rng.random() < 0.6 else names)

    def any(self, least: int = 0) -> str:
        return self.fitting(lambda shape: len(shape) >= least and 0 not in shape)

    def partner(self, x: str) -> str:
        def fits(shape: Shape) -> bool:
            try:
                return np.prod(np.broadcast_shapes(shape, self.shapes[x])) <= LARGEST
            except ValueError:
                return False

        return self.fitting(fits)

    def like(self, x: str) -> str:
        return self.fitting(lambda shape: shape == self.shapes[x])

    def square(self) -> str:
        return self.fitting(lambda s: len(s) >= 2 and s[-1] == s[-2] and s[-1] > 0)
