"""Gradients returned for one seed, or for a whole batch of seeds at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..handles import backprop
from ..tensors.jacobians import pulled, zeros_unless
from ..tensors.mapping import vmap


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of the outputs by the inputs, returned and not accumulated.

    If `is_grads_batched`, each of `grad_outputs` has an axis in front, and so has each gradient.

    >>> import symdiff as sd
    >>> x = sd.tensor([1.0, 2.0], requires_grad=True)
    >>> sd.autograd.grad(x**2, x, sd.eye(2), is_grads_batched=True)
    (tensor([[2., 0.],
            [0., 4.]]),)
    """
    if not is_grads_batched:
        return backprop.grad(
            outputs, inputs, grad_outputs, retain_graph=retain_graph, create_graph=create_graph,
            allow_unused=allow_unused, materialize_grads=materialize_grads,
        )  # fmt: skip
    backprop.check_unused(allow_unused, materialize_grads)
    ys, xs = backprop.as_list(outputs), backprop.inputs_of(inputs)
    seeds = backprop.given_for(ys, grad_outputs)
    _check_seeds(ys, seeds)
    parts, used = _rows(ys, xs, seeds, create_graph)
    return tuple(
        g if k in used else backprop.unused(k, x, bool(allow_unused), materialize_grads)
        for k, (x, g) in enumerate(zip(xs, parts))
    )


def _check_seeds(ys: Sequence[Any], seeds: Sequence[Any]) -> None:
    for k, (y, seed) in enumerate(zip(ys, seeds)):
        if seed is None:
            raise RuntimeError(backprop.NO_SEED)
        if tuple(seed.shape[1:]) != tuple(y.shape):
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output "
                "as the batch dimension. The sizes of the remaining dimensions are expected to "
                "match the shape of corresponding output, but a mismatch was detected: "
                f"grad_output[{k}] has a shape of {seed.shape} and output[{k}] has a shape of "
                f"{y.shape}."
            )


def _rows(
    ys: Sequence[Any], xs: Sequence[Any], seeds: Sequence[Any], create_graph: bool
) -> tuple[Sequence[Any], set[int]]:
    """The gradients by each x for each row of the seeds, and which x are used at all."""
    used: set[int] = set()

    def of_one(*seed: Any) -> tuple[Any, ...]:
        parts = pulled(ys, xs, seed, create_graph=create_graph)
        used.update(k for k, g in enumerate(parts) if g is not None)
        return tuple(zeros_unless(g, x) for g, x in zip(parts, xs))

    return vmap(of_one)(*seeds), used
