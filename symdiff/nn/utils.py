"""PyTorch's `torch.nn.utils`, as far as gradients go: clipping, and parameters as one vector."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..functions.norms import vector_norm
from ..handles.modes import no_grad
from ..tensors.names.joining import cat, stack
from ..tensors.torch_face import Tensor

__all__ = [
    "clip_grad_norm_", "clip_grad_value_", "get_total_norm", "parameters_to_vector",
    "vector_to_parameters",
]  # fmt: skip
Parameters = Tensor | Iterable[Tensor]


def _gradients(parameters: Parameters) -> list[Any]:
    xs = [parameters] if isinstance(parameters, Tensor) else parameters
    return [x.grad for x in xs if x.grad is not None]


@no_grad
def get_total_norm(
    tensors: Parameters, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """The norm of all tensors as one vector."""
    xs = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    if not xs:
        return Tensor(0.0)
    total = vector_norm(stack([vector_norm(x, norm_type) for x in xs]), norm_type)
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, "
            "so it cannot be clipped. To disable this error and scale the gradients by the "
            "non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


@no_grad
def clip_grad_norm_(
    parameters: Parameters,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients alike, in place, so that their norm as one vector is `max_norm` at most;
    gives the norm that they had.

    >>> import symdiff as sd
    >>> x = sd.tensor([3.0, 4.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> sd.nn.utils.clip_grad_norm_(x, 1.0), x.grad
    (tensor(10.), tensor([0.6000, 0.8000]))
    """
    gradients = _gradients(parameters)
    total = get_total_norm(gradients, norm_type, error_if_nonfinite)
    scale = (max_norm / (total + 1e-6)).clamp(max=1.0)
    for g in gradients:
        g.mul_(scale)
    return total


@no_grad
def clip_grad_value_(
    parameters: Parameters, clip_value: float, foreach: bool | None = None
) -> None:
    """Clip every number of the gradients to [-clip_value, clip_value], in place."""
    for g in _gradients(parameters):
        g.clamp_(-clip_value, clip_value)


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters in one row; gradients flow back to them."""
    return cat([x.view(-1) for x in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write the parts of a row into the parameters."""
    start = 0
    for x in parameters:
        x.data = vec[start : start + x.numel()].view_as(x).data.clone()
        start += x.numel()
