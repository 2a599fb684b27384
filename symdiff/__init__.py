"""symdiff: differentiate NumPy-style Python once, as mathematics."""

from . import ops

# --- closed forms
from .closed_form import Formula  # noqa: E402
from .deriving import derive, formula  # noqa: E402
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

# --- PyTorch's names
from . import autograd, func, linalg, nn, special  # noqa: E402
from .custom import custom_vjp, declare  # noqa: E402
from .dtypes import (  # noqa: E402
    Device as device,
)
from .dtypes import (  # noqa: E402
    DType as dtype,
)
from .dtypes import (  # noqa: E402
    Size,
    double,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    int8,
    int16,
    int32,
    int64,
    long,
    set_default_dtype,
    short,
    uint8,
)
from .dtypes import bool_ as bool  # noqa: E402
from .dtypes import float32 as float  # noqa: E402
from .dtypes import int32 as int  # noqa: E402
from .func import vmap  # noqa: E402
from .modes import (  # noqa: E402
    enable_grad,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from .torch_names import FUNCTIONS as _FUNCTIONS  # noqa: E402

globals().update(_FUNCTIONS)

# --- explanations
from .explanation.explaining import Explanation, explain  # noqa: E402
