"""scipy.signal for handles: sums of windows by weights, and filters that are a matrix, which SciPy tells."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functions import linear, padding, signal, taking
from .instead import holds_handle
from .operands import operand

Function = Callable[..., Any]


def windows_of(x: Any, sizes: Sequence[int], axes: Sequence[int]) -> Any:
    return taking.sliding_window_view(x, tuple(sizes), tuple(axes))


def weighed(x: Any, weights: Any, axes: Sequence[int]) -> Any:
    """The sums of all windows by the weights."""
    windows = windows_of(x, [int(n) for n in weights.shape], axes)
    return np.tensordot(windows, weights, len(axes))


def flipped(x: Any) -> Any:
    return x[(slice(None, None, -1),) * x.ndim]


def refuse_options(name: str, **given: Any) -> None:
    for option, value in given.items():
        if value is not None:
            raise TypeError(f"{name}: {option}= is not supported on what is differentiated")


# --- scipy.signal: convolutions

_BOUNDARIES = {"fill": "constant", "wrap": "wrap", "symm": "symmetric"}


def _convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    in1, in2 = operand(in1), operand(in2)
    if in1.ndim != 1 or in2.ndim != 1:
        return _convolve2d(in1, in2, mode)
    if mode == "same":
        start = (int(in2.shape[0]) - 1) // 2
        return signal.convolve(in1, in2)[start : start + int(in1.shape[0])]
    return signal.convolve(in1, in2, mode)


def _correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    return _convolve(in1, flipped(operand(in2)), mode)


def _convolve2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    """Of arrays with any number of axes; before `mode` there is what the windows reach beyond."""
    x, weights = operand(in1), operand(in2)
    if mode == "valid" and any(n < m for n, m in zip(x.shape, weights.shape)):
        x, weights = weights, x
    sizes = [int(m) - 1 for m in weights.shape]
    befores = {"full": sizes, "same": [m - m // 2 for m in sizes], "valid": [0] * len(sizes)}[mode]
    afters = {"full": sizes, "same": [m // 2 for m in sizes], "valid": befores}[mode]
    fill = {"constant_values": fillvalue} if boundary == "fill" else {}
    x = padding.pad(x, list(zip(befores, afters)), _BOUNDARIES[boundary], **fill)
    return weighed(x, flipped(weights), range(x.ndim))


def _correlate2d(in1: Any, in2: Any, *args: Any, **kwargs: Any) -> Any:
    """The middle of an even number of weights is the later one here, the earlier in a convolution."""
    return flipped(_convolve2d(flipped(operand(in1)), in2, *args, **kwargs))


def _fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    refuse_options("scipy.signal.fftconvolve", axes=axes)
    return _convolve(in1, in2, mode)


# --- scipy.signal: filters along an axis


def _lfilter(b: Any, a: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    """A y = B x, where A[i, j] = a[i - j] and B[i, j] = b[i - j]."""
    refuse_options("scipy.signal.lfilter", zi=zi)
    x, a, b = np.moveaxis(operand(x), axis, 0), np.atleast_1d(operand(a)), np.atleast_1d(operand(b))
    n = int(x.shape[0])
    y = _shifts(b, n) @ x.reshape(n, -1)
    y = linear.solve_triangular(_shifts(a, n), y, True) if len(a) > 1 else y / a[0]
    return np.moveaxis(y.reshape(x.shape), 0, axis)


def _shifts(c: Any, n: int) -> Any:
    """The n by n matrix with c[i - j] at (i, j)."""
    places = np.subtract.outer(np.arange(n), np.arange(n))
    inside = (places >= 0) & (places < len(c))
    return np.where(inside, c[np.where(inside, places, 0)], 0.0)


_CHOOSING = ("median", "maximum", "minimum")  # what is beyond is no linear function of the rest


def _as_matrix(name: str, parameter: str) -> Function:
    """A filter that is linear, or that and a constant, in one of its parameters."""

    def filtered(*args: Any, **kwargs: Any) -> Any:
        import scipy.signal

        theirs = getattr(scipy.signal, name)
        bound = inspect.signature(theirs).bind(*args, **kwargs)
        bound.apply_defaults()
        options = bound.arguments
        if options.get("padtype") in _CHOOSING:
            told = f"padtype={options['padtype']!r} has no derivative rule here"
            raise TypeError(f"scipy.signal.{name}: {told}")
        x, axis = operand(options.pop(parameter)), options.pop("axis")
        if any(map(holds_handle, options.values())):
            raise TypeError(f"scipy.signal.{name}: only {parameter} has a derivative rule here")
        n, dtype = int(x.shape[axis]), np.dtype(x.dtype)
        constant = theirs(**{parameter: np.zeros(n, dtype), "axis": -1, **options})
        matrix = theirs(**{parameter: np.eye(n, dtype=dtype), "axis": -1, **options}) - constant
        return np.moveaxis(np.moveaxis(x, axis, -1) @ matrix + constant, -1, axis)

    return filtered


_MATRICES = {"savgol_filter": "x", "detrend": "data", "filtfilt": "x", "sosfilt": "x",
             "sosfiltfilt": "x", "resample": "x", "resample_poly": "x", "decimate": "x",
             "upfirdn": "x"}  # fmt: skip

SIGNAL: dict[str, Function] = {
    "convolve": _convolve, "correlate": _correlate, "convolve2d": _convolve2d,
    "correlate2d": _correlate2d, "fftconvolve": _fftconvolve, "oaconvolve": _fftconvolve,
    "lfilter": _lfilter,
} | {name: _as_matrix(name, parameter) for name, parameter in _MATRICES.items()}  # fmt: skip
