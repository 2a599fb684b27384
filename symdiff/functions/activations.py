"""Activation functions of neural networks, composed of known ops; kinks as in PyTorch."""

from __future__ import annotations

import math
from typing import Any

from ..graph.exact import Exact
from ..ops import elementwise as ew
from ..ops import reduce as reduce_ops
from ..ops import special
from .axes import Axis, shape_of, trailing

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
SQRT_2_OVER_PI = Exact(math.sqrt(2 / math.pi), "sqrt(2/pi)")


def relu(x: Any) -> Any:
    """max(x, 0), flat at 0."""
    return ew.relu(x)


def relu6(x: Any) -> Any:
    """min(max(x, 0), 6)."""
    return hardtanh(x, 0.0, 6.0)


def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """x above 0, slope*x from 0 down."""
    return ew.where(ew.greater(x, 0), x, ew.mul(x, slope))


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x above 0, alpha*(exp(x) - 1) from 0 down."""
    return ew.where(ew.greater(x, 0), x, alpha * ew.expm1(_lower(x)))


def _lower(x: Any) -> Any:
    """x from 0 down, else 0: so that an exponential in the other branch cannot overflow."""
    return ew.where(ew.greater(x, 0), 0.0, x)


def celu(x: Any, alpha: float = 1.0) -> Any:
    """x above 0, alpha*(exp(x/alpha) - 1) from 0 down."""
    return ew.where(ew.greater(x, 0), x, alpha * ew.expm1(_lower(x) / alpha))


def selu(x: Any) -> Any:
    """The exponential linear unit, scaled so that it keeps mean 0 and variance 1."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


def gelu(x: Any, approximate: str = "none") -> Any:
    """x times the normal distribution function of x, or its approximation by "tanh"."""
    if approximate == "tanh":
        return 0.5 * x * (1 + ew.tanh(SQRT_2_OVER_PI * (x + 0.044715 * (x * x * x))))
    if approximate != "none":
        raise ValueError(f"gelu: approximate is 'none' or 'tanh', not {approximate!r}")
    return x * special.ndtr(x)


def silu(x: Any) -> Any:
    """x*sigmoid(x)."""
    return x * ew.sigmoid(x)


def mish(x: Any) -> Any:
    """x*tanh(softplus(x))."""
    return x * ew.tanh(ew.softplus(x))


def softplus(x: Any, beta: float = 1.0, threshold: float | None = None) -> Any:
    """log(1 + exp(beta*x))/beta; x itself where beta*x is over the threshold, if one is given."""
    y = ew.softplus(x) if beta == 1 else ew.softplus(beta * x) / beta
    return y if threshold is None else ew.where(ew.greater(beta * x, threshold), x, y)


def logsigmoid(x: Any) -> Any:
    """log(sigmoid(x))."""
    return special.log_expit(x)


def softsign(x: Any) -> Any:
    """x/(1 + abs(x))."""
    return x / (1 + ew.abs(x))


def tanhshrink(x: Any) -> Any:
    """x - tanh(x)."""
    return x - ew.tanh(x)


def threshold(x: Any, limit: float, value: float) -> Any:
    """x above the limit, else the value."""
    return ew.where(ew.less_equal(x, limit), value, x)


def hardtanh(x: Any, low: float = -1.0, high: float = 1.0) -> Any:
    """x between the bounds; flat on them, unlike clip."""
    return ew.where(ew.less_equal(x, low), low, ew.where(ew.greater_equal(x, high), high, x))


def hardsigmoid(x: Any) -> Any:
    """x/6 + 1/2 between -3 and 3, and 0 or 1 beyond."""
    return hardtanh(x, -3.0, 3.0) / 6 + 0.5


def hardswish(x: Any) -> Any:
    """x*hardsigmoid(x)."""
    inner = ew.where(ew.greater_equal(x, 3.0), x, x * (x + 3.0) / 6)
    return ew.where(ew.less_equal(x, -3.0), 0.0, inner)


def hardshrink(x: Any, limit: float = 0.5) -> Any:
    """0 within the limit, x beyond."""
    return ew.where(ew.less_equal(ew.abs(x), limit), 0.0, x)


def softshrink(x: Any, limit: float = 0.5) -> Any:
    """0 within the limit, beyond it x moved towards 0 by the limit."""
    below = ew.where(ew.less(x, -limit), x + limit, x * 0)
    return ew.where(ew.greater(x, limit), x - limit, below)


def softmax(x: Any, axis: Axis = None) -> Any:
    """exp(x)/sum(exp(x)) along the axes, all of them by default, as SciPy has it."""
    return reduce_ops.softmax(x, axes=trailing("softmax", axis, len(shape_of(x))))


def log_softmax(x: Any, axis: Axis = None) -> Any:
    """log(softmax(x))."""
    return reduce_ops.log_softmax(x, axes=trailing("log_softmax", axis, len(shape_of(x))))


def softmin(x: Any, axis: Axis = None) -> Any:
    """softmax(-x)."""
    return softmax(ew.neg(x), axis)
