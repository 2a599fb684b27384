"""Variable: what tensors with gradients were called before tensors could have them."""

from __future__ import annotations

from typing import Any

from ..tensors.torch_face import Tensor


class _IsTensor(type):
    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, Tensor)


class Variable(metaclass=_IsTensor):
    """`Variable(x, requires_grad=True)` is x as a tensor that requires a gradient."""

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: Any = None) -> Any:
        x = data.detach() if isinstance(data, Tensor) else Tensor(data)
        return x.requires_grad_(requires_grad)
