"""symdiff: differentiate NumPy-style Python once, as mathematics."""

from . import ops
from .torch_face import Tensor

# --- derivatives of functions
from .transforms import grad, jit, value_and_grad  # noqa: E402
