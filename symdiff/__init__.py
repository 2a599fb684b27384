"""symdiff: differentiate NumPy-style Python once, as mathematics."""

from . import ops
from .torch_face import Tensor

# --- closed forms
from .closed_form import Formula  # noqa: E402
from .deriving import derive, formula  # noqa: E402

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
