"""For a backward that leaves the tape: a second derivative is refused, not wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..graph.node import Node
from ..graph.op import Op
from ..handles.modes import is_grad_enabled, no_grad
from ..tensors.torch_face import Tensor


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """For a backward that leaves the tape: its result refuses to be differentiated again."""

    @functools.wraps(backward)
    def wrapper(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            out = backward(ctx, *grads)
        origins = [g.node for g in grads if isinstance(g, Tensor) and g.requires_grad]
        if not (is_grad_enabled() and origins):
            return out
        guarded = [_guarded(y, origins) for y in (out if isinstance(out, tuple) else (out,))]
        return tuple(guarded) if isinstance(out, tuple) else guarded[0]

    return wrapper


def _guarded(y: Any, origins: Sequence[Node]) -> Any:
    if not isinstance(y, Tensor):
        return y
    node = Node(_TWICE, tuple(origins), shape=tuple(y.value.shape), dtype=y.value.dtype,
                requires_grad=True, saved=(None, tuple(origins)))  # fmt: skip
    return Tensor.of(node, y.value)


def _refused(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError(
        "trying to differentiate twice a function that was marked with @once_differentiable"
    )


_TWICE = Op(name="once_differentiable", infer=_refused, evaluate=_refused, pullback=_refused,
            backward="Error")  # fmt: skip
