"""PyTorch's functions, by topic; most are attached to Tensor as methods too.

- `table` takes them in, `outputs` writes results into tensors that are given
- made: `creation`, `randomness`, `tapers`; turned: `conversion`, `shaping`, `copies`, `joining`, `grids`
- computed: `elementwise`, `products`, `reductions`, `order`
- by place: `gathering`, `scattering`, `writes`
"""

from ..torch_face import Tensor
from . import (
    conversion,
    copies,
    creation,
    elementwise,
    gathering,
    grids,
    joining,
    order,
    products,
    randomness,
    reductions,
    scattering,
    shaping,
    tapers,
    writes,
)
from .table import FUNCTIONS, METHODS

for _name, _method in METHODS.items():
    setattr(Tensor, _name, _method)

__all__ = [
    "FUNCTIONS", "METHODS", "conversion", "copies", "creation", "elementwise", "gathering", "grids",
    "joining", "order", "products", "randomness", "reductions", "scattering", "shaping", "tapers", "writes",
]  # fmt: skip
