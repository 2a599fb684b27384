"""PyTorch's `torch.autograd.graph`: the tape's steps and edges, and hooks on what it keeps.

What the tape keeps are the values as they were: later writes do not reach them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

from ..handles.modes import gradient_mode
from ..handles.packing import Packing
from ..tensors.grad_fn import GradFn as Node
from ..tensors.grad_fn import GradientEdge
from ..tensors.hooks import RemovableHandle
from ..tensors.torch_face import Tensor

__all__ = [
    "GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks",
    "get_gradient_edge", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks",
]  # fmt: skip


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The place of a tensor, for `autograd.grad` and `backward`, whatever is written to it later."""
    if not tensor.requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require "
            "gradients"
        )
    token = tensor if tensor.is_leaf else Tensor.of(tensor.node, tensor.value)
    return GradientEdge(Node(tensor.node, Tensor), tensor.output_nr, token)


class saved_tensors_hooks:
    """A block whose operations keep `pack_hook(tensor)`, and read `unpack_hook` of that.

    >>> import symdiff as sd
    >>> x = sd.tensor([1.0, 2.0], requires_grad=True)
    >>> with sd.autograd.graph.saved_tensors_hooks(lambda x: x.numpy(force=True), sd.from_numpy):
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    tensor([2., 4.])
    """

    def __init__(
        self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]
    ) -> None:
        self._packing = Packing(Tensor, pack_hook, unpack_hook)

    def __enter__(self) -> None:
        if _disabled.why:
            raise RuntimeError(_disabled.why)
        mode = gradient_mode
        self._before = (mode.enabled, mode.recording)
        mode.recording = self._packing
        mode.enabled = mode.enabled and self._packing

    def __exit__(self, *_: Any) -> None:
        gradient_mode.enabled, gradient_mode.recording = self._before


class _Disabled(threading.local):
    why = ""


_disabled = _Disabled()


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """A block in which hooks on what is kept are an error, with this message."""
    if gradient_mode.recording is not True:
        raise RuntimeError(error_message)
    before, _disabled.why = _disabled.why, error_message
    try:
        yield
    finally:
        _disabled.why = before


def save_on_cpu(pin_memory: bool = False, device_type: str = "cpu") -> AbstractContextManager[None]:
    """A block whose kept values lie in main memory, where they are anyway."""
    return nullcontext()


def allow_mutation_on_saved_tensors() -> AbstractContextManager[None]:
    """A block that may write to what the tape keeps, as every block may."""
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
