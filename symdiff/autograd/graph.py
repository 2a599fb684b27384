"""PyTorch's `torch.autograd.graph`: the tape's steps, and switches of what it keeps.

What the tape keeps are the values as they were: later writes do not reach them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from ..graph.late import late_names
from ..handles.modes import gradient_mode
from ..tensors.grad_fn import GradFn as Node
from ..tensors.hooks import RemovableHandle
from ..tensors.torch_face import Tensor

__all__ = [
    "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks",
    "register_multi_grad_hook", "save_on_cpu",
]  # fmt: skip

__getattr__, __dir__ = late_names(
    __name__,
    {},
    absent={
        "saved_tensors_hooks": "pack what a step keeps in an autograd.Function of your own",
        "get_gradient_edge": "autograd.grad takes the tensor itself",
        "GradientEdge": "autograd.grad takes the tensor itself",
    },
)


def save_on_cpu(pin_memory: bool = False, device_type: str = "cpu") -> AbstractContextManager[None]:
    """A block whose kept values lie in main memory, where they are anyway."""
    return nullcontext()


def allow_mutation_on_saved_tensors() -> AbstractContextManager[None]:
    """A block that may write to what the tape keeps, as every block may."""
    return nullcontext()


def disable_saved_tensors_hooks(error_message: str) -> AbstractContextManager[None]:
    """A block without hooks on what is kept; there are none."""
    return nullcontext()


class _Gathering:
    """The gradients of several tensors, as one backward pass after the other brings them."""

    def __init__(self, fn: Callable[[Any], None], count: int, at_first: bool) -> None:
        self.fn, self.count, self.at_first = fn, count, at_first
        self.backward_pass: Any = None
        self.parts: list[Tensor | None] = []

    def arrive(self, k: int, g: Tensor) -> None:
        calls = gradient_mode.afterwards  # of this backward pass alone
        if self.backward_pass is not calls:
            self.backward_pass, self.parts = calls, [None] * self.count
            if self.at_first:
                self.fn(g)
            else:
                calls.append(partial(self.fn, self.parts))
        self.parts[k] = g


class _Together(RemovableHandle):
    """Hooks that are taken off at once."""

    def __init__(self, hooks: Sequence[RemovableHandle]) -> None:
        self.hooks = hooks

    def remove(self) -> None:
        for hook in self.hooks:
            hook.remove()


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[[Any], None], *, mode: str = "all"
) -> RemovableHandle:
    """Call `fn(gradients)` at the end of each backward pass that reaches some of the tensors, with
    None for the others; or, if the mode is "any", `fn(gradient)` with the first that arrives.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    gathering = _Gathering(fn, len(tensors), mode == "any")
    return _Together([x.register_hook(partial(gathering.arrive, k)) for k, x in enumerate(tensors)])
