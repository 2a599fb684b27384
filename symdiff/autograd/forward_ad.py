"""PyTorch's `torch.autograd.forward_ad`: dual tensors, a value and its tangent.

The tape carries them: a dual is a variable, and what depends on it is pulled back twice.
"""

from __future__ import annotations

import threading
from contextlib import ContextDecorator
from typing import Any, NamedTuple

from ..handles.modes import set_grad_enabled
from ..tensors.jacobians import depends_on_others, pulled, variable, zeros_unless
from ..tensors.torch_face import Tensor

__all__ = [
    "UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual",
    "unpack_dual",
]  # fmt: skip


class UnpackedDualTensor(NamedTuple):
    """What `unpack_dual` gives; the tangent is None where the tensor depends on no dual."""

    primal: Tensor
    tangent: Tensor | None


class _Level:
    """The duals made since the level was entered, each with its tangent."""

    def __init__(self) -> None:
        self.before = set_grad_enabled(True)  # duals are recorded, whatever the mode around is
        self.duals: list[tuple[Tensor, Tensor]] = []


class _Entered(threading.local):
    level: _Level | None = None


_entered = _Entered()


def enter_dual_level() -> int:
    """Begin a level, within which duals can be made; there is one at a time."""
    if _entered.level is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _entered.level = _Level()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level: tensors forget their tangents."""
    if _entered.level is None or level not in (None, 0):
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created."
        )
    _entered.level.before.__exit__()
    _entered.level = None


class dual_level(ContextDecorator):
    """A block within which duals can be made.

    >>> import symdiff as sd
    >>> from symdiff.autograd import forward_ad
    >>> with forward_ad.dual_level():
    ...     x = forward_ad.make_dual(sd.tensor([1.0, 2.0]), sd.tensor([1.0, 10.0]))
    ...     forward_ad.unpack_dual(x**3).tangent
    tensor([  3., 120.])
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *_: Any) -> None:
        exit_dual_level()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """The tensor with a tangent, which everything computed from it carries on."""
    if _entered.level is None:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
            "enter_dual_level() first."
        )
    for name, x in (("primal", tensor), ("tangent", tangent)):
        if x.dtype.kind != "f":
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {x.dtype}")
    if tensor.shape != tangent.shape:
        raise RuntimeError(
            f"make_dual: the tangent has the shape {tuple(tangent.shape)}, the tensor "
            f"{tuple(tensor.shape)}; they have to be equal"
        )
    dual = variable(tensor)
    _entered.level.duals.append((dual, tangent))
    return dual


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """(primal, tangent) of a tensor."""
    if _entered.level is None:
        return UnpackedDualTensor(tensor, None)
    duals = _entered.level.duals
    xs = [x for x, _ in duals]
    primal = tensor if depends_on_others([tensor], xs) else tensor.detach()
    given = [tangent for x, tangent in duals if x is tensor]
    return UnpackedDualTensor(primal, given[0] if given else _pushed(tensor, duals))


def _pushed(y: Tensor, duals: list[tuple[Tensor, Tensor]]) -> Tensor | None:
    """The derivative of y along all tangents: a pullback is linear in its seed."""
    xs = [x for x, _ in duals]
    seed = variable(zeros_unless(None, y))
    parts = pulled([y], xs, [seed], create_graph=True)
    used = [(g, tangent) for g, (_, tangent) in zip(parts, duals) if g is not None]
    if not used:
        return None
    keep = depends_on_others([y], xs) or any(t.requires_grad for _, t in used)
    (pushed,) = pulled([g for g, _ in used], [seed], [t for _, t in used], create_graph=keep)
    return zeros_unless(pushed, y)
