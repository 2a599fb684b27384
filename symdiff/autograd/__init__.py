"""PyTorch's `torch.autograd`: gradients, custom rules, checks, modes.

- gradients: `batched`, `functional`, `forward_ad`; `graph`, the tape as users see it
- rules of the user's own: `function`, its `context`; `once`, `transposed` and `again` for how they are
  run; `checks` of rules
- names that programs use: `variable`, `profiler`
"""

from ..handles import modes as grad_mode
from ..handles.backprop import backward
from ..handles.modes import (
    detect_anomaly,
    enable_grad,
    inference_mode,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    no_grad,
    set_detect_anomaly,
    set_grad_enabled,
)
from . import forward_ad, function, functional, graph, profiler
from .batched import grad
from .checks import GradcheckError, gradcheck, gradgradcheck
from .function import Function
from .variable import Variable

__all__ = [
    "Function",
    "GradcheckError",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "function",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "no_grad",
    "profiler",
    "set_detect_anomaly",
    "set_grad_enabled",
]
