"""What is compiled for: how wide the vectors are, and how the runtime is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Builder = Any
Value = Any


class Machine(NamedTuple):
    """What nests need to know of the world.

    `call` is how to call a function of the runtime: (builder, name, values) -> (failed, result).
    `compact` asks for less code, if that costs little speed.
    """

    vector_bytes: int
    call: Callable[[Builder, str, list[Value]], tuple[Value, Value]]
    compact: bool = False

    @property
    def cheap_masks(self) -> bool:
        """Whether vectors under a mask take hardly longer than whole ones."""
        return self.vector_bytes == 64
