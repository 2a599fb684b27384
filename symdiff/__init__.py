"""symdiff: differentiate NumPy-style Python once, as mathematics."""

from . import ops
from .torch_face import Tensor

# --- derivatives of functions
from .transforms import (  # noqa: E402
    grad,
    hessian,
    hvp,
    jacobian,
    jit,
    jvp,
    nth,
    value_and_grad,
    vjp,
)
