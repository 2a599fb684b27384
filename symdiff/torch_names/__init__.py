"""PyTorch's functions, by topic; each is attached to Tensor as a method too."""

from ..torch_face import Tensor
from . import conversion, creation, elementwise, randomness, writes
from .table import FUNCTIONS, METHODS

for _name, _method in METHODS.items():
    setattr(Tensor, _name, _method)

__all__ = ["FUNCTIONS", "METHODS", "conversion", "creation", "elementwise", "randomness", "writes"]
