"""A step of the user's own done once more on other numbers: explanations play programs again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..graph.op import NeedsValue
from ..handles.modes import no_grad
from ..tensors.torch_face import Tensor
from .context import FunctionCtx


@dataclass(frozen=True)
class Again:
    """How an op of one call is evaluated: by `forward(ctx, args)`, its results at these places."""

    forward: Callable[[FunctionCtx, tuple[Any, ...]], Any]
    args: Sequence[Any]  # without its tensors
    given: Sequence[int]  # where these were
    places: Sequence[int]

    def __call__(self, *xs: Any) -> Any:
        """Formulas and kernels do not: what backward reads would stay as it was."""
        raise NeedsValue("a Function is run by apply, not from a graph")

    def once_more(self, *xs: Any) -> Any:
        """The results, for the numbers that they were recorded with."""
        args = list(self.args)
        for k, x in zip(self.given, xs):
            args[k] = Tensor.of(None, np.array(x))  # which forward may write into
        ctx = FunctionCtx()
        ctx.needs_input_grad = (False,) * len(args)
        with no_grad():
            out = self.forward(ctx, tuple(args))
        outs = out if isinstance(out, tuple) else (out,)
        values = [outs[k].value for k in self.places]
        return tuple(values) if len(values) > 1 else values[0]
