"""A jvp read as a backward: it is linear in the tangents, so gradients are pulled back to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..graph.op import is_differentiable
from ..handles.modes import enable_grad
from ..tensors.jacobians import pulled, zeros_unless
from ..tensors.torch_face import Tensor


class Transposed:
    """What takes gradients of the results to gradients of the arguments."""

    def __init__(self, jvp: Callable[..., Any], args: Sequence[Any]) -> None:
        self.jvp = jvp
        self.inputs = [zeros_unless(None, a).requires_grad_() if _moves(a) else None for a in args]
        self.outputs: tuple[Any, ...] = ()

    def record(self, ctx: Any) -> None:
        """Run the jvp, once, on tangents of its own."""
        with enable_grad():
            out = self.jvp(ctx, *self.inputs)
        self.outputs = out if isinstance(out, tuple) else (out,)

    def __call__(self, ctx: Any, *gs: Any) -> tuple[Any, ...]:
        pairs = [(t, g) for t, g in zip(self.outputs, gs) if t is not None and g is not None]
        tangents = [v for v in self.inputs if v is not None]
        ts, seeds = [t for t, _ in pairs], [g for _, g in pairs]
        found = iter(pulled(ts, tangents, seeds, create_graph=True))
        return tuple([None if v is None else next(found) for v in self.inputs])


def _moves(x: Any) -> bool:
    return isinstance(x, Tensor) and is_differentiable(x.dtype)
