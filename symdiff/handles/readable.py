"""A handle whose numbers Python and NumPy may read, or are refused in the words of PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from .handle import Handle
from .modes import is_grad_enabled


class Readable(Handle):
    """What turns a tensor into Python's numbers and NumPy's arrays."""

    __slots__ = ()

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The numbers as an array that shares their storage."""
        if self.requires_grad and is_grad_enabled() and not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. "
                "Use tensor.detach().numpy() instead."
            )
        return self.known_value("numpy()")

    def item(self) -> Any:
        """The only number, as Python's; a RuntimeError if there are several."""
        value = self.known_value("item()")
        if value.size != 1:
            raise RuntimeError(f"a Tensor with {value.size} elements cannot be converted to Scalar")
        return value.item()

    def _one_number(self, asked_by: str) -> Any:
        value = self.known_value(asked_by)
        if value.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return value.item()

    def __float__(self) -> float:
        return float(self._one_number("float()"))

    def __int__(self) -> int:
        return int(self._one_number("int()"))

    def __index__(self) -> int:
        value = self.known_value("an index")
        if value.size != 1 or value.dtype.kind == "f":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(value.item())

    def __contains__(self, item: Any) -> bool:
        return bool((self == item).known_value("in").any())

    def __format__(self, spec: str) -> str:
        if self.shape or self.is_traced:
            return object.__format__(self, spec)
        return format(self.item(), spec)
