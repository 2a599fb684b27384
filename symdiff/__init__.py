"""symdiff: differentiate NumPy-style Python once, as mathematics."""

from . import ops
from .torch_face import Tensor
