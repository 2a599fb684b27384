"""What arrays that are followed, and sizes, say they are: to programs, what they stand for.

Python asks for `__class__` in isinstance, in `match` and in singledispatch; type() it does not ask.
Libraries, and what is ours, are told the truth.
"""

from __future__ import annotations

import sys

_LIBRARIES = frozenset({"symdiff", "codegen", "numpy", "scipy"})
_FOR_OTHERS = frozenset({"abc", "typing"})  # which ask because their caller did


class StandsFor:
    """Base of what stands for something of Python's or NumPy's."""

    __slots__ = ()

    @property
    def original(self) -> type:
        """The class of what it stands for."""
        raise NotImplementedError

    @property
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]
        return type(self) if asker().partition(".")[0] in _LIBRARIES else self.original


def asker(depth: int = 2) -> str:
    """The module whose code made the call, some calls up; one that asks for others is passed over."""
    frame = sys._getframe(depth)
    while (name := str(frame.f_globals.get("__name__"))) in _FOR_OTHERS and frame.f_back:
        frame = frame.f_back
    return name
