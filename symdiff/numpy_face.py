"""Array: a handle with NumPy's methods and meanings; what a plain NumPy function is called with."""

from __future__ import annotations

from typing import ClassVar

from .handle import Handle


class Array(Handle):
    """Stands for an ndarray while a NumPy function is traced or recorded."""

    __slots__ = ()
    precedence: ClassVar[int] = 2

    def __repr__(self) -> str:
        if self.is_traced:
            return f"<traced {self.dtype}{list(self.shape)}>"
        return f"<recorded {self.value!r}>"
