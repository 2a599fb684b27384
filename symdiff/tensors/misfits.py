"""What PyTorch says of shapes and indices that do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, zip_longest
from typing import Any

from ..graph.op import NeedsValue, Op, OpError
from .dtypes import LEGACY_NAMES, DType


class NotBatchedError(NeedsValue):
    """A sample was written to a tensor that is not batched: well where the function made it."""

    def __init__(self, written_to: Any) -> None:
        super().__init__("an in-place write of a sample to what is not batched itself")
        self.written_to = written_to

    def check_alone(self, version: int) -> None:
        """Refuse what a sample wrote, after which the next one would see it."""
        if self.written_to._version != version:
            raise RuntimeError(
                "vmap: a sample is written in place to a tensor that is the same for all samples; "
                "map over that tensor, too, or use the operation that is not in place"
            ) from self


def told(error: OpError, op: Op, args: Sequence[Any]) -> OpError:
    """The error, with the sizes that differ if it is that of an elementwise op."""
    shapes = [tuple(a.shape) for a in args if hasattr(a, "shape")] if op.elementwise else []
    for a, b in combinations(shapes, 2):
        for k, (n, m) in enumerate(zip_longest(a[::-1], b[::-1], fillvalue=1), 1):
            if n != m and 1 not in (n, m):
                return OpError(
                    f"{error}: The size of tensor a ({n}) must match the size of tensor b ({m}) at "
                    f"non-singleton dimension {max(len(a), len(b)) - k}"
                )
    return error


def told_of_index(error: IndexError, rank: int) -> IndexError:
    """The error about x[key], where x has so many axes."""
    text = str(error)
    if not text.startswith("too many indices"):
        return IndexError(text.removeprefix("index: ").replace(" for axis ", " for dimension "))
    if rank:
        return IndexError(f"too many indices for tensor of dimension {rank}")
    return IndexError(
        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python to convert a 0-dim tensor "
        "to a number"
    )


def check_cast(new: DType, dtype: DType) -> None:
    """Refuse to write numbers to a tensor of a lesser kind: truth values, integers, floats."""
    if _rank(new) > _rank(dtype):
        raise RuntimeError(
            f"result type {LEGACY_NAMES[new]} can't be cast to the desired output type "
            f"{LEGACY_NAMES[dtype]}"
        )


def _rank(dtype: DType) -> int:
    return {"b": 0, "u": 1, "i": 1}.get(dtype.kind, 2)
