"""The class that an array which is followed, or a size, says it is: it depends on who asks.

`isinstance`, `match` and `singledispatch` read `x.__class__`. Programs read there what x stands for,
so that they go the way they go for arrays and numbers; NumPy, SciPy and our own code read the truth.
`type(x)` is always the truth.
"""

from __future__ import annotations

import dis
import sys

_LIBRARIES = frozenset({"symdiff", "codegen", "numpy", "scipy"})
# in Python: abstract classes, unions, NumPy's functions as SciPy's modules call them
_FOR_THEIR_CALLERS = ("abc.", "typing.", "scipy._lib._array_api.", "scipy._lib.array_api_compat.")


class StandsFor:
    """Base of what stands for an `original` of Python's or NumPy's."""

    __slots__ = ()

    @property
    def original(self) -> type:
        """The class that programs read."""
        raise NotImplementedError

    @property
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]
        return type(self) if asker().partition(".")[0] in _LIBRARIES else self.original


def asker() -> str:
    """The module whose code asked the caller, or that for which a library in Python did."""
    frame = sys._getframe(2)
    while (name := f"{frame.f_globals.get('__name__')}.").startswith(_FOR_THEIR_CALLERS):
        if frame.f_back is None:
            break
        frame = frame.f_back
    return name.removesuffix(".")


_REMAINDERS = frozenset(
    (i.opcode, i.arg) for i in dis.Bytecode("a % b\na %= b") if i.opname.startswith("BINARY_")
)


def is_written_out() -> bool:
    """Whether the caller was called by `"%g" % x`: of numbers, `%` asks for no float."""
    frame = sys._getframe(2)
    place, code = frame.f_lasti, frame.f_code.co_code
    return (code[place], code[place + 1]) in _REMAINDERS
