"""symdiff: differentiate NumPy-style Python once, as mathematics."""

__version__ = "0.1.0"

from math import e, inf, nan, pi
from typing import TYPE_CHECKING, Any

from codegen.threads import num_threads as get_num_threads
from codegen.threads import set_num_threads

from . import ops
from .derivatives.transforms import grad, hessian, hvp, jacobian, jit, jvp, nth, value_and_grad, vjp

# isort: split
# --- tensors, by PyTorch's names: dtypes, modes, and all functions of torch_names
from .graph.late import late_names as _late_names
from .handles.modes import (
    enable_grad,
    inference_mode,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .tensors import formulas as _formulas  # attaches what a Tensor tells of its formula
from .tensors.dtypes import Device as device
from .tensors.dtypes import DType as dtype
from .tensors.dtypes import MemoryFormat as memory_format
from .tensors.dtypes import (
    Size,
    contiguous_format,
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
    preserve_format,
    set_default_dtype,
    short,
    uint8,
)
from .tensors.dtypes import bool_ as bool
from .tensors.dtypes import float32 as float
from .tensors.dtypes import int32 as int
from .tensors.mapping import vmap
from .tensors.names import FUNCTIONS as _FUNCTIONS
from .tensors.printing import set_printoptions
from .tensors.torch_face import Tensor

globals().update(_FUNCTIONS)
newaxis = None

# --- what loads when it is first asked for: formulas, explanations, own rules, namespaces
if TYPE_CHECKING:
    from . import autograd, cuda, func, linalg, nn, special
    from .custom import custom_vjp, declare
    from .explanation.comparing import Comparison, compare
    from .explanation.explaining import Explanation, explain
    from .explanation.faults import explain_nan
    from .explanation.subgradients import kinks
    from .formulas.closed_form import Formula
    from .formulas.deriving import derive, formula

    def __getattr__(name: str) -> Any: ...
else:
    _LATE = {
        "custom": "custom_vjp declare",
        "explanation.comparing": "Comparison compare",
        "explanation.explaining": "Explanation explain",
        "explanation.faults": "explain_nan",
        "explanation.subgradients": "kinks",
        "formulas.closed_form": "Formula",
        "formulas.deriving": "derive formula",
    }
    _SPACES = dict.fromkeys(("autograd", "cuda", "func", "linalg", "nn", "special"), "")
    _ABSENT = {
        "optim": "the gradient is in .grad; step by hand: with no_grad(): w -= rate * w.grad",
        "autocast": "computations keep the dtype of their tensors",
        "compile": "jit(function) compiles",
        "save": "tensors pickle",
        "load": "tensors pickle",
        "utils": "there are tensors and functions of them only",
        "distributions": "write the log-density with the functions of special",
        **dict.fromkeys(
            ("fft", "stft", "istft", "complex", "polar", "imag", "view_as_real", "view_as_complex",
             "complex64", "complex128", "cfloat", "cdouble"),
            "tensors are real; write real and imaginary parts as two tensors",
        ),
        **dict.fromkeys(
            ("Generator", "default_generator", "get_rng_state", "set_rng_state"),
            "manual_seed starts the random numbers, which have one source",
        ),
        "geqrf": "linalg.qr gives the factors themselves",
        "eig": "linalg.eigh takes symmetric matrices",
        **dict.fromkeys(("sparse", "sparse_coo_tensor"), "tensors are dense"),
    }  # fmt: skip
    __getattr__, __dir__ = _late_names(__name__, _LATE | _SPACES, ["nn"], _ABSENT)
