"""Arrays as text, to the letter as PyTorch prints them.

Takes a NumPy array and the words that follow it; knows no Tensor, no graph and no gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
Style = Callable[[Any], str]

PREFIX = "tensor("


@dataclass(frozen=True)
class Options:
    """How tensors are printed; arrays of more than `threshold` elements are summarised."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3  # shown at either end of a summarised axis
    linewidth: int = 80
    sci_mode: bool | None = None  # None: exponents where the numbers ask for them


PROFILES = {
    "default": Options(),
    "short": Options(precision=2, edgeitems=2),
    "full": Options(threshold=math.inf),
}
_options = {"now": PROFILES["default"]}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Print tensors this way from now on; what is None stays, or is as the profile has it.

    >>> import symdiff as sd
    >>> sd.set_printoptions(precision=2)
    >>> sd.tensor([1.2345])
    tensor([1.23])
    >>> sd.set_printoptions(profile="default")
    """
    told = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems,
            "linewidth": linewidth}  # fmt: skip
    base = _options["now"] if profile is None else PROFILES[profile]
    chosen = {k: v for k, v in told.items() if v is not None}
    _options["now"] = replace(base, sci_mode=sci_mode, **chosen)


@dataclass(frozen=True)
class Writer:
    """How all numbers of one array are written: in one style, to one width."""

    style: Style
    width: int
    summarised: bool

    def write(self, number: Any) -> str:
        return self.style(number).rjust(self.width)


def tensor_text(array: Array, suffix: str = "", default_dtype: DTypeLike = np.float64) -> str:
    """The text PyTorch prints for a tensor of this value.

    >>> tensor_text(np.full((2, 2), 3.0), "grad_fn=<AddBackward0>")
    'tensor([[3., 3.],\\n        [3., 3.]], grad_fn=<AddBackward0>)'
    """
    body = _body(array) if array.size else "[]"
    words = [*_shape_and_dtype(array, np.dtype(default_dtype)), *([suffix] if suffix else [])]
    return _with_words(PREFIX + body, words) + ")"


def dtype_name(dtype: DTypeLike) -> str:
    """PyTorch's name of a dtype: `torch.float32`."""
    return f"torch.{np.dtype(dtype).name}"


def _shape_and_dtype(array: Array, default: np.dtype[Any]) -> Iterator[str]:
    """What the numbers alone do not tell: the shape of an empty array, a dtype not expected."""
    if array.size == 0 and array.ndim != 1:
        yield f"size={array.shape}"
    told_by_numbers = array.size > 0 and array.dtype.name in ("int64", "bool")
    if array.dtype != default and not told_by_numbers:
        yield f"dtype={dtype_name(array.dtype)}"


def _with_words(text: str, words: Sequence[str]) -> str:
    """`text, word, word`, each word on a new line where it would not fit the line begun."""
    used = len(text) - text.rfind("\n") + 1
    for word in words:
        if used + len(word) + 2 > _options["now"].linewidth:
            text += ",\n" + " " * len(PREFIX) + word
            used = len(PREFIX) + len(word)
        else:
            text += ", " + word
            used += len(word) + 2
    return text


def _body(array: Array) -> str:
    writer = _writer(array)
    if array.ndim == 0:
        return writer.write(array.item())
    return _nested(array, len(PREFIX), writer)


def _writer(array: Array) -> Writer:
    summarised = array.size > _options["now"].threshold
    numbers = (_edges(array) if summarised else array).ravel()
    if array.dtype.kind != "f":
        return Writer(str, _width(str, numbers), summarised)
    telling = numbers[np.isfinite(numbers) & (numbers != 0)].astype(np.float64)
    style = _float_style(telling)
    return Writer(style, _width(style, telling), summarised)


def _width(style: Style, numbers: Array) -> int:
    return max((len(style(number)) for number in numbers.tolist()), default=1)


def _edges(array: Array) -> Array:
    """The elements a summary shows; the others have no say in how the numbers are written."""
    shown = _options["now"].edgeitems
    for axis, extent in enumerate(array.shape):
        if extent > 2 * shown:
            ends = np.r_[:shown, extent - shown : extent]
            array = np.take(array, ends, axis)
    return array


def _nested(array: Array, indent: int, writer: Writer) -> str:
    """Brackets within brackets; as many line breaks between two parts as they have axes."""
    if array.ndim == 1:
        return _row(array, indent, writer)
    parts = _items(array, lambda part: _nested(part, indent + 1, writer), "...", writer)
    between = "," + "\n" * (array.ndim - 1) + " " * (indent + 1)
    return "[" + between.join(parts) + "]"


def _row(array: Array, indent: int, writer: Writer) -> str:
    """One row of numbers, broken where the line is full."""
    numbers = _items(array, lambda number: writer.write(number.item()), " ...", writer)
    per_line = max(1, (_options["now"].linewidth - indent) // (writer.width + 2))
    lines = [", ".join(numbers[i : i + per_line]) for i in range(0, len(numbers), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _items(array: Array, show: Style, dots: str, writer: Writer) -> list[str]:
    shown = _options["now"].edgeitems
    if writer.summarised and len(array) > 2 * shown:
        first, last = array[:shown], array[-shown:]
        return [*map(show, first), dots, *map(show, last)]
    return [show(item) for item in array]


def _float_style(finite: NDArray[np.float64]) -> Style:
    """Whole numbers end in a point, others show some digits; a wide spread asks for exponents."""
    now = _options["now"]
    whole = bool(np.all(finite == np.ceil(finite)))
    is_wide = bool(finite.size) and _is_wide(np.abs(finite), whole)
    if is_wide if now.sci_mode is None else now.sci_mode:
        return lambda number: format(number, f".{now.precision}e")
    return _whole if whole else lambda number: format(number, f".{now.precision}f")


def _is_wide(sizes: NDArray[np.float64], whole: bool) -> bool:
    largest, smallest = float(sizes.max()), float(sizes.min())
    too_small = smallest < 1e-4 and not whole
    return largest / smallest > 1000 or largest > 1e8 or too_small


def _whole(number: float) -> str:
    return f"{number:.0f}." if math.isfinite(number) else f"{number:.0f}"
