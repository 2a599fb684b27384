"""What may stand in a tensor's `.grad`, and what it notes of where it came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..graph.node import Node
from ..ops.identity import clone
from .dtypes import LEGACY_NAMES

NOT_A_LEAF = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
    "attribute won't be populated during autograd.backward(). If you indeed want the .grad field "
    "to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you "
    "access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. "
    "See github.com/pytorch/pytorch/pull/30531 for more information."
)


class Contribution(NamedTuple):
    """What a gradient gathered in one backward pass: d(y)/d(x), seeded with g."""

    x: Callable[[], Node | None]
    y: Callable[[], Node | None]
    g: Any


def check_fits(g: Any, x: Any) -> None:
    """Refuse what cannot be the gradient of x."""
    if g is x:
        raise RuntimeError("can't assign Variable as its own grad")
    if g.shape != x.shape:
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(g.shape)}' to a tensor of size "
            f"'{list(x.shape)}'. Please ensure that the gradient and the tensor are the same size"
        )
    if g.dtype != x.dtype:
        names = LEGACY_NAMES[g.dtype], LEGACY_NAMES[x.dtype]
        raise RuntimeError(
            f"attempting to assign a gradient with dtype '{names[0].lower()}' to a tensor with "
            f"grad_dtype '{names[1]}'. The gradient must match the tensor's dtype"
        )


def copied(g: Any) -> Any:
    """The gradient as a tensor that is no view of another."""
    if not g.requires_grad:
        return type(g).of(None, g.value)
    copy = clone(g)
    if copy.requires_grad:
        copy.node.alias = "CopyBackwards"
    return copy
