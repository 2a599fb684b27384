"""PyTorch's `torch.autograd.graph`: the tape's steps, and switches of what it keeps.

What the tape keeps are the values as they were: later writes do not reach them.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from ..graph.late import late_names
from ..tensors.grad_fn import GradFn as Node

__all__ = [
    "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks", "save_on_cpu",
]  # fmt: skip

__getattr__, __dir__ = late_names(
    __name__,
    {},
    absent={
        "saved_tensors_hooks": "pack what a step keeps in an autograd.Function of your own",
        "register_multi_grad_hook": "register a hook on each tensor, by Tensor.register_hook",
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
