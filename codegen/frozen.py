"""Values that nobody changes once they are made, in large numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(*, eq: bool = True) -> Callable[[type[T]], type[T]]:
    """A frozen dataclass with slots; with `eq=False` it tells itself when it equals another.

    Type checkers see that no field is set: Python's own watch would take five times as long to make one.
    """
    return dataclass(slots=True, eq=eq, unsafe_hash=eq)
