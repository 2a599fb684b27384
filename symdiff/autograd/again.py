"""A step of the user's own done once more: on other numbers, or on letters for a formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..graph.op import NeedsValue
from ..handles.handle import Handle
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
        _, out = self._done([Tensor.of(None, np.array(x)) for x in xs])  # forward may write into it
        outs = out if isinstance(out, tuple) else (out,)
        values = [outs[k].value for k in self.places]
        return tuple(values) if len(values) > 1 else values[0]

    def in_letters(self, xs: Sequence[Handle]) -> FunctionCtx:
        """What forward leaves for a backward that is to give formulas."""
        try:
            return self._done([Tensor.of(x.node) for x in xs])[0]
        except (TypeError, ValueError, RuntimeError, AttributeError) as error:
            raise NeedsValue(
                "the derivative of a Function whose forward asks for numbers has no formula"
            ) from error

    def _done(self, xs: Sequence[Tensor]) -> tuple[FunctionCtx, Any]:
        args = list(self.args)
        for k, x in zip(self.given, xs):
            args[k] = x
        ctx = FunctionCtx()
        ctx.needs_input_grad = (False,) * len(args)
        with no_grad():
            return ctx, self.forward(ctx, tuple(args))
