"""What PyTorch's users call dtypes, sizes and devices, and the dtype that Python floats take on.

A DType stands for a NumPy dtype, compares equal to it and is taken by NumPy in its place.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .printing import dtype_name


class DType:
    """A dtype by PyTorch's name.

    >>> import numpy as np, symdiff as sd
    >>> sd.float32, sd.float32 == np.float32, np.zeros(2, sd.float32).dtype
    (torch.float32, True, dtype('float32'))
    """

    __slots__ = ("dtype",)

    def __init__(self, dtype: Any) -> None:
        self.dtype: np.dtype[Any] = np.dtype(dtype)

    @property
    def kind(self) -> str:
        """NumPy's letter for it: f, i, u or b."""
        return self.dtype.kind

    @property
    def name(self) -> str:
        """NumPy's name for it."""
        return self.dtype.name

    @property
    def itemsize(self) -> int:
        """How many bytes a number takes."""
        return self.dtype.itemsize

    @property
    def is_floating_point(self) -> bool:
        """Whether gradients can be asked for."""
        return self.kind == "f"

    @property
    def is_complex(self) -> bool:
        """Never."""
        return False

    @property
    def is_signed(self) -> bool:
        """Whether numbers may be negative."""
        return self.kind in "fi"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DType):
            return self.dtype == other.dtype
        if isinstance(other, (np.dtype, type, str)):
            return bool(self.dtype == other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        return dtype_name(self.dtype)

    def __reduce__(self) -> Any:
        return (dtype_of, (self.dtype.name,))


float16 = half = DType(np.float16)
float32 = DType(np.float32)
float64 = double = DType(np.float64)
uint8 = DType(np.uint8)
int8 = DType(np.int8)
int16 = short = DType(np.int16)
int32 = DType(np.int32)
int64 = long = DType(np.int64)
bool_ = DType(np.bool_)

_KNOWN = {d.dtype: d for d in (float16, float32, float64, uint8, int8, int16, int32, int64, bool_)}
LEGACY_NAMES = {
    float16: "Half", float32: "Float", float64: "Double", uint8: "Byte", int8: "Char",
    int16: "Short", int32: "Int", int64: "Long", bool_: "Bool",
}  # fmt: skip


def dtype_of(dtype: Any) -> DType:
    """PyTorch's name for a NumPy dtype."""
    if isinstance(dtype, DType):
        return dtype
    found = _KNOWN.get(dtype if isinstance(dtype, np.dtype) else np.dtype(dtype))
    if found is None:
        known = ", ".join(d.name for d in _KNOWN.values())
        raise TypeError(f"dtype {np.dtype(dtype)} is not supported; a tensor holds {known}")
    return found


_default = {"float": float64}


def get_default_dtype() -> DType:
    """The dtype that Python floats and `zeros`, `rand`, ... get: float64 unless set."""
    return _default["float"]


def set_default_dtype(dtype: Any) -> None:
    """Let Python floats become this dtype in new tensors."""
    if np.dtype(dtype).kind != "f":
        raise TypeError("only floating-point types are supported as the default type")
    _default["float"] = dtype_of(dtype)


class Size(tuple[Any, ...]):
    """A shape, as PyTorch prints it.

    >>> import symdiff as sd
    >>> sd.zeros(2, 3).shape, sd.zeros(2, 3).shape.numel()
    (torch.Size([2, 3]), 6)
    """

    __slots__ = ()

    def numel(self) -> Any:
        """How many elements an array of this shape has."""
        return math.prod(self)

    def __getitem__(self, key: Any) -> Any:
        part = tuple.__getitem__(self, key)
        return Size(part) if isinstance(key, slice) else part

    def __add__(self, other: Any) -> Size:
        return Size((*self, *other))

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"


class Device:
    """Where a tensor lives: the CPU, under the names that programs mention."""

    __slots__ = ("index", "type")

    def __init__(self, name: Any = "cpu", index: int | None = None) -> None:
        kind, _, number = str(getattr(name, "type", name)).partition(":")
        self.type = kind
        self.index = int(number) if number else index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{index})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"


class MemoryFormat:
    """The order in which a copy has its numbers in memory, as `clone` is told it."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


contiguous_format = MemoryFormat("contiguous_format")
preserve_format = MemoryFormat("preserve_format")


def check_device(device: Any) -> None:
    """Nothing but the CPU is here to compute on."""
    if device is not None and Device(device).type != "cpu":
        raise RuntimeError(f"symdiff computes on the CPU; there is no device {str(device)!r}")
