"""PyTorch's functions, by topic; most are attached to Tensor as methods too."""

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
