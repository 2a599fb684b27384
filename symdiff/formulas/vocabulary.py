"""The functions that texts may call, by the names NumPy's users know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functions import activations, linear, reducing, summation
from ..graph.exact import is_number
from ..graph.extents import Dim, Extent
from ..graph.op import OPS, OpError
from ..handles.numpy_face import Array
from ..handles.numpy_names import FUNCTIONS as NUMPY
from ..handles.numpy_names import ufunc_named
from ..ops import diagonals
from ..ops import elementwise as ew
from ..ops.creation import delta, full, full_shape, iota

Function = Callable[..., Any]
LARGEST_SIZE = 2**31

_NUMPY = (
    "sum mean max min amax amin prod var std cumsum cumprod median ptp sort dot matmul outer inner "
    "vdot kron tensordot trace diagonal tril triu transpose swapaxes moveaxis reshape ravel squeeze "
    "expand_dims broadcast_to concatenate stack where clip flip roll repeat tile diff round "
    "average nan_to_num cross pad hypot"
).split()
_LINEAR = "inv solve det pinv cholesky norm matrix_power eigvalsh eigvals svdvals multi_dot".split()
_UFUNCS = (
    "abs absolute negative positive exp exp2 expm1 log log2 log10 log1p sqrt square cbrt sin cos tan "
    "arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh sign floor ceil trunc rint "
    "maximum minimum fmax fmin add subtract multiply divide power equal not_equal less less_equal "
    "greater greater_equal logaddexp logaddexp2 logical_and logical_or logical_not hypot copysign "
    "heaviside reciprocal isnan isfinite isinf matmul"
).split()


def _known(names: Sequence[str], find: Callable[[str], Function | None]) -> dict[str, Function]:
    found = {name: find(name) for name in names}
    return {name: f for name, f in found.items() if f is not None}


def lifted(x: Any) -> Any:
    """A number as a traced scalar, so that log(2) stays log(2)."""
    if not is_number(x):
        return x
    return Array._trace(full, (), full_shape((), x, np.dtype(np.float64)))


def _elementwise(name: str, function: Function) -> Function:
    count = len(getattr(function, "domain", ()))

    def of_numbers(*args: Any, **options: Any) -> Any:
        if (count and len(args) != count) or not args or options:
            raise OpError(f"{name} takes {count or 'its'} arguments, by position")
        if all(map(is_number, args)):
            args = (lifted(args[0]), *args[1:])
        return function(*args)

    return of_numbers


def _shaped(value: float) -> Function:
    def made(shape: Any, *more: Any) -> Any:
        sizes = (shape, *more) if is_number(shape) or isinstance(shape, Extent) else tuple(shape)
        return Array._trace(
            full, (), full_shape(tuple(map(_size, sizes)), value, np.dtype(np.float64))
        )

    return made


def _size(n: Any) -> Dim:
    if isinstance(n, Extent) or (type(n) is int and 0 <= n < LARGEST_SIZE):
        return n
    raise OpError(f"{n!r} is no size; a size is a whole number below {LARGEST_SIZE}, or a name")


def _eye(n: Any, k: Any = 0) -> Any:
    """Ones on a diagonal, the main one or the k-th above it."""
    size = _size(n)
    if type(k) is not int or abs(k) >= LARGEST_SIZE:
        raise OpError(f"eye: {k!r} is no diagonal; a diagonal is a whole number")
    if k == 0:
        return Array._trace(delta, (), {"shape": (size,), "dtype": np.dtype(np.float64)})
    return diagonals.diag_embed(_shaped(1)(_size(size - abs(k))), offset=k, shape=(size, size))


def _arange(start: Any, stop: Any = None) -> Any:
    """start, start + 1, ... below stop; one size counts from 0."""
    first, last = (0, start) if stop is None else (start, stop)
    steps = Array._trace(iota, (), {"length": _size(last - first)})
    return ew.astype(steps, dtype=np.dtype(np.float64)) + first


def _linspace(start: Any, stop: Any, n: Any) -> Any:
    """n numbers from start to stop."""
    return start + _arange(n) * (stop - start) / (1 if is_number(n) and n < 2 else n - 1)


LARGEST_POWER = 64


def _matrix_power(a: Any, n: Any) -> Any:
    if type(n) is not int or abs(n) > LARGEST_POWER:
        raise OpError(f"matrix_power: {n!r} is no whole number up to {LARGEST_POWER}")
    return linear.matrix_power(a, n)


FUNCTIONS: dict[str, Function] = {
    **{name: _elementwise(name, op) for name, op in OPS.items() if op.elementwise},
    **{name: _elementwise(name, f) for name, f in _known(_UFUNCS, ufunc_named).items()},
    **_known(_NUMPY, lambda name: NUMPY.get(getattr(np, name, None))),
    **_known(_LINEAR, lambda name: NUMPY.get(getattr(np.linalg, name, None))),
    "diag": NUMPY[np.diag],
    "einsum": summation.einsum,
    "logdet": lambda a: linear.slogdet(a)[1],
    "ones": _shaped(1),
    "zeros": _shaped(0),
    "eye": _eye,
    "arange": _arange,
    "linspace": _linspace,
    "matrix_power": _matrix_power,
    "expm": linear.expm,
}
FUNCTIONS |= {
    name: getattr(module, name)
    for module in (activations, reducing)
    for name in ("softmax", "log_softmax", "logsumexp")
    if hasattr(module, name)
}
