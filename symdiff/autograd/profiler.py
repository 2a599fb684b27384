"""PyTorch's `torch.autograd.profiler`, as far as programs name it: blocks with a label."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any, Self

from ..graph.late import late_names

__all__ = ["record_function"]

__getattr__, __dir__ = late_names(
    __name__, {}, absent={"profile": "Python's cProfile tells where time is spent"}
)


class record_function(ContextDecorator):
    """A block with a label for profilers, of which there is none: it runs as it stands."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None: ...
