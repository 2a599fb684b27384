"""Stand-ins for what asks no handle what to do: np.array, np.zeros, np.mean of a list, math.sin,
scipy.linalg.solve.

Each is the function itself for plain data, and ours where handles are among its arguments; what
makes an array of floats makes one that handles can be written to. A function comes to read them
through its twin (tracing/twins.py).
"""

from __future__ import annotations

import copy
import functools
import threading
from abc import ABCMeta
from collections.abc import Callable, Iterator
from types import ModuleType, UnionType
from typing import Any, Union, get_args, get_origin

import numpy as np

from ..functions import creation, shaping
from ..functions.axes import dims
from ..graph.asked import StandsFor
from ..ops.creation import full, full_shape
from .handle import Handle
from .instead import holds_handle, instead
from .numpy_face import Array
from .numpy_names import FUNCTIONS
from .numpy_protocol import called, of_numbers
from .operands import operand
from .scipy_names import other_library
from .scipy_splines import spline
from .scipy_stats import distribution

Function = Callable[..., Any]
_STOOD_FOR = frozenset(
    {"numpy", "numpy.linalg", "numpy.testing", "math", "scipy", "scipy.linalg", "scipy.special",
     "scipy.stats", "scipy.spatial", "scipy.spatial.distance", "scipy.interpolate", "scipy.signal",
     "scipy.ndimage", "statistics"}
)  # fmt: skip
_SEQUENCES = frozenset({
    np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.block, np.select,
    np.piecewise, np.choose, np.meshgrid, np.broadcast_arrays, np.lexsort, np.ix_, np.einsum,
    np.linalg.multi_dot,
})  # fmt: skip  # NumPy asks what is in their lists


class StandIn(ModuleType):
    """A module in which some functions have stand-ins."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(module.__name__, module.__doc__)
        self.__dict__["_module"] = module

    def __getattr__(self, name: str) -> Any:
        found = self.__dict__[name] = stand_in(getattr(self._module, name))
        return found


def stand_in(value: Any) -> Any:
    """What is read in the place of a module, a function or anything else that a program names."""
    if isinstance(value, ModuleType):
        return _module(value) if value.__name__ in _STOOD_FOR else value
    if isinstance(value, np.ufunc) or not callable(value) or not _is_of_library(value):
        return value
    made = _vectorized(value) if isinstance(value, np.vectorize) else spline(value)
    if made is not None:
        return made
    try:
        return _function(value)
    except TypeError:  # without a hash
        return value


def _is_of_library(value: Any) -> bool:
    """Whether a function may have a stand-in; others are neither compared nor kept."""
    home = str(getattr(value, "__module__", "")).split(".")
    return home[0] == "numpy" or ".".join(home[:2]) in _STOOD_FOR


_module = functools.cache(StandIn)


@functools.cache
def _function(function: Function) -> Function:
    if function in _MAKERS:
        return functools.wraps(function)(_MAKERS[function])
    if isinstance(function, type):
        return function
    if (known := distribution(function)) is not None:
        return known
    ours = FUNCTIONS.get(function)
    if ours is not None:
        return instead(function, functools.partial(_called, function, ours))
    if function.__module__.startswith("numpy.testing"):
        return instead(function, functools.partial(of_numbers, function))
    known = other_library(function)
    return function if known is None else instead(function, known)


def _called(function: Function, ours: Function, *args: Any, **kwargs: Any) -> Any:
    """NumPy's function: by its own protocol for handles, by ours for lists of them."""
    if function in _SEQUENCES or not any(_is_list(a) for a in (*args, *kwargs.values())):
        return function(*args, **kwargs)
    args = tuple(operand(a) if _is_list(a) else a for a in args)
    kwargs = {k: operand(a) if _is_list(a) else a for k, a in kwargs.items()}
    return called(function, ours, args, kwargs)


def _is_list(x: Any) -> bool:
    return not isinstance(x, Handle) and holds_handle(x)


class Kinds(threading.local):
    """How often a program was told, in this thread, what one of ours stands for."""

    told = 0


KINDS = Kinds()


def _type(x: Any, *of_a_new_class: Any, **options: Any) -> Any:
    if of_a_new_class or not isinstance(x, StandsFor):
        return type(x, *of_a_new_class, **options)
    KINDS.told += 1
    return x.original


def _is_scalar(element: Any) -> bool:
    if not isinstance(element, StandsFor):
        return np.isscalar(element)
    KINDS.told += 1
    return element.original is not np.ndarray


def _is_instance(x: Any, kinds: Any) -> bool:
    if not isinstance(x, StandsFor):
        return isinstance(x, kinds)
    KINDS.told += 1
    return _is_of(x, kinds)


def _is_of(x: StandsFor, kinds: Any) -> bool:
    """Abstract classes and typing's unions look at the type itself: they get what it stands for."""
    parts = get_args(kinds) if get_origin(kinds) in (Union, UnionType) else kinds
    if isinstance(parts, tuple):
        return any(_is_of(x, part) for part in parts)
    if not isinstance(kinds, type) and not get_args(kinds):
        kinds = get_origin(kinds) or kinds  # typing's names of abstract classes
    plain = type(kinds).__instancecheck__ in _PLAINLY
    return issubclass(x.original, kinds) if plain else isinstance(x, kinds)


_PLAINLY = (type.__instancecheck__, ABCMeta.__instancecheck__)


def _has_attribute(x: Any, name: str) -> bool:
    """A number has no length, though handles of numbers have the method."""
    if not (isinstance(x, StandsFor) and name.startswith("__")):
        return hasattr(x, name)
    KINDS.told += 1
    return hasattr(x.original, name)


def _float(*x: Any) -> Any:
    """A number that is followed goes on being followed."""
    if not (x and isinstance(x[0], Array) and x[0].has_history):
        return float(*x)
    return creation.astype(shaping.reshape(x[0], ()), float)


BUILTINS: dict[str, Function] = {
    "type": _type, "isinstance": _is_instance, "hasattr": _has_attribute, "float": _float,
}  # fmt: skip  # where they are called


# --- what makes arrays


def _is_float(dtype: Any) -> bool:
    return dtype is None or np.dtype(dtype).kind == "f"


def _writable(y: Any) -> Any:
    """An array of floats as one that handles can be written to."""
    return Array.of(None, y) if isinstance(y, np.ndarray) and y.dtype.kind == "f" else y


def _array(object: Any, dtype: Any = None, *, copy: bool | None = True, ndmin: int = 0,
           **options: Any) -> Any:  # fmt: skip
    if not holds_handle(object):
        return _writable(np.array(object, dtype, copy=copy, ndmin=ndmin, **options))
    y = operand(object)
    y = creation.astype(y, y.dtype if dtype is None else dtype, copy=bool(copy) and y is object)
    missing = max(0, ndmin - y.ndim)
    return shaping.reshape(y, (1,) * missing + tuple(y.shape)) if missing else y


def _asarray(a: Any, dtype: Any = None, *args: Any, **options: Any) -> Any:
    return (
        _array(a, dtype, copy=False) if holds_handle(a) else np.asarray(a, dtype, *args, **options)
    )


def _full(shape: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    if holds_handle(fill_value):
        return shaping.broadcast_to(_array(fill_value, dtype), dims(shape)).copy()
    value = np.asarray(fill_value, dtype)
    if value.ndim or value.dtype.kind != "f":
        return _writable(np.full(shape, fill_value, dtype, **options))
    return Array.apply(full, (), full_shape(dims(shape), value.item(), value.dtype))


def _full_like(a: Any, fill_value: Any, dtype: Any = None, *args: Any, **options: Any) -> Any:
    if holds_handle(fill_value):
        return creation.full_like(a, operand(fill_value), dtype, options.get("shape"))
    return _writable(np.full_like(a, fill_value, dtype, *args, **options))


def _filled(make: Function, value: float) -> Function:
    """np.zeros and its like: arrays of floats are ours, others NumPy's."""

    def made(shape: Any, dtype: Any = None, *args: Any, **options: Any) -> Any:
        if not _is_float(dtype):
            return make(shape, dtype, *args, **options)
        return _full(shape, value, float if dtype is None else dtype)

    return made


def _likewise(make: Function) -> Function:
    """np.zeros_like and its like."""
    return lambda *args, **kwargs: _writable(make(*args, **kwargs))


def _fromiter(iter: Iterator[Any], dtype: Any, count: int = -1, **options: Any) -> Any:
    items = [item for _, item in zip(range(count), iter)] if count >= 0 else list(iter)
    return _array(items, dtype)


def _frompyfunc(func: Function, nin: int, nout: int, **options: Any) -> Function:
    plain = np.frompyfunc(func, nin, nout, **options)
    return instead(plain, lambda *args: operand(np.vectorize(func)(*args)))


def _vectorized(plain: np.vectorize) -> Any:
    """One that is told the kind of its results turns what is followed into that kind at the end."""
    if plain.otypes is None or len(plain.otypes) != 1:
        return plain
    free, kind = copy.copy(plain), np.dtype(plain.otypes[0])
    free.otypes = None

    def followed(*args: Any, **kwargs: Any) -> Any:
        return creation.astype(operand(free(*args, **kwargs)), kind)

    return instead(plain, followed)


_MAKERS: dict[Any, Function] = {
    np.array: _array,
    np.asarray: _asarray,
    np.asanyarray: _asarray,
    np.ascontiguousarray: _asarray,
    np.asarray_chkfinite: _asarray,
    np.full: _full,
    np.full_like: _full_like,
    np.zeros: _filled(np.zeros, 0.0),
    np.empty: _filled(np.empty, 0.0),
    np.ones: _filled(np.ones, 1.0),
    np.fromiter: _fromiter,
    np.frompyfunc: _frompyfunc,
    np.isscalar: _is_scalar,
    np.vectorize: lambda *args, **kwargs: _vectorized(np.vectorize(*args, **kwargs)),
} | {
    make: _likewise(make)
    for make in (np.zeros_like, np.ones_like, np.empty_like, np.eye, np.identity)
}
