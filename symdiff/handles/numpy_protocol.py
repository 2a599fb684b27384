"""What NumPy does with a handle: its ufuncs and functions find ours."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..functions.keys import known_array
from ..functions.writing import written
from ..ops import elementwise as ew
from .numpy_names import BY_VALUE, FUNCTIONS, ufunc_for
from .operands import operand, refuse_other_meanings

Function = Callable[..., Any]


class NumPyProtocol:
    """NumPy's hooks."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        function = ufunc_for(ufunc, method)
        if function is None:
            raise TypeError(f"{_name_of(ufunc, method)} has no derivative rule here; {_OTHERS}")
        for x in inputs:
            refuse_other_meanings(x)
        if not kwargs:
            return function(*inputs)
        name, out = _name_of(ufunc, method), (kwargs.pop("out", None) or (None,))[0]
        options = {k: v for k, v in kwargs.items() if k == "axis" or not _is_default(k, v)}
        if method == "__call__":
            return _given(name, out, _of_elements(name, function, inputs, out, options))
        _refuse(name, options.keys() - {"axis", "keepdims"})
        return _given(name, out, function(*inputs, **options))

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        function = FUNCTIONS.get(func)
        if function is None:
            return _by_value(func, args, kwargs)
        if len(args) == 1 and not kwargs:
            return function(*args)
        return called(func, function, args, kwargs)


def _name_of(ufunc: np.ufunc, method: str) -> str:
    home = "np" if hasattr(np, ufunc.__name__) else "scipy.special"
    return f"{home}.{ufunc.__name__}{'' if method == '__call__' else '.' + method}"


def _of_elements(
    name: str, function: Function, inputs: Sequence[Any], out: Any, options: dict[str, Any]
) -> Any:
    """The function of every element: in a dtype, or somewhere only, where the options say so."""
    if np.dtype(options.get("dtype", int)).kind == "f":
        dtype = np.dtype(options.pop("dtype"))
        inputs = [ew.astype(operand(x), dtype=dtype) for x in inputs]
    where = options.pop("where", True) if out is not None else True
    _refuse(name, options)
    if where is True:
        return function(*inputs)
    with np.errstate(all="ignore"):  # elsewhere, what `out` holds stays, and nobody is warned
        y = function(*inputs)
    return ew.where(operand(where), y, operand(out))


def _given(name: str, out: Any, y: Any) -> Any:
    """The result, written to `out` where the user wants it there."""
    if out is None:
        return y
    written(name, out, y)
    return out


def _is_default(name: str, value: Any) -> bool:
    """Whether an option says what is so anyway."""
    return (
        value is None
        or value is np._NoValue
        or (name == "where" and value is True)
        or name in ("order", "subok")
        or (name == "casting" and value == "same_kind")
    )


def _refuse(name: str, options: Iterable[str]) -> None:
    for option in options:
        raise TypeError(f"{name}: {option}= is not supported on what is differentiated")


# --- calls with NumPy's parameters


class _Convention(NamedTuple):
    """How a function of NumPy's is called: by which names, and what these are called in ours."""

    order: tuple[str, ...]  # empty if any number of arguments may come
    defaults: dict[str, Any]
    ours: dict[str, str]
    any_option: bool  # ours takes options that NumPy's does not name


@functools.cache
def _convention(func: Any, function: Function) -> _Convention:
    ours = inspect.signature(function).parameters
    try:
        theirs = inspect.signature(func).parameters
    except ValueError:  # before 2.4, NumPy's functions in C do not tell theirs
        theirs = ours
    names = {name: name for name in ours if name in theirs}
    names |= {name: mine for mine, name in zip(ours, theirs) if mine not in theirs}
    many, any_option = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    is_open = any(p.kind is many for p in (*theirs.values(), *ours.values()))
    defaults = {name: p.default for name, p in theirs.items()}
    return _Convention(
        () if is_open else tuple(theirs),
        defaults,
        names,
        any(p.kind is any_option for p in ours.values()),
    )


def called(func: Any, function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Ours, called with what NumPy's was called with."""
    name, convention = name_of(func), _convention(func, function)
    given = dict(zip(convention.order, args)) | kwargs
    rest = () if convention.order else args
    out, dtype = given.pop("out", None), given.get("dtype")
    if dtype is not None and "dtype" not in convention.ours and convention.order:
        del given["dtype"]
        first = next(iter(given))
        given[first] = ew.astype(operand(given[first]), dtype=np.dtype(dtype))
    options = {}
    for option, value in given.items():
        if option in convention.ours or convention.any_option:
            options[convention.ours.get(option, option)] = value
        elif not (_is_default(option, value) or value is convention.defaults.get(option)):
            _refuse(name, [option])
    return _given(name, out, function(*rest, **options))


_OTHERS = "write it with functions that have one, or declare an op of your own"
_REAL = (
    "its numbers are complex: np.convolve has one, and np.cos(2*np.pi*np.outer(k, n)/N) @ x and the "
    "like with np.sin are the transform's real and imaginary parts"
)


def _by_value(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A function whose result has no derivative, of the numbers."""
    if func not in BY_VALUE:
        instead = _REAL if func.__module__ == "numpy.fft" else _OTHERS
        raise TypeError(f"{name_of(func)} has no derivative rule here; {instead}")
    return of_numbers(func, *args, **kwargs)


def of_numbers(func: Any, *args: Any, **kwargs: Any) -> Any:
    """What a function gives of the numbers."""
    name = name_of(func)
    return func(
        *(_numbers(a, name) for a in args), **{k: _numbers(v, name) for k, v in kwargs.items()}
    )


def _numbers(x: Any, asked_by: str) -> Any:
    if isinstance(x, NumPyProtocol):
        return known_array(x, asked_by)
    return type(x)(_numbers(v, asked_by) for v in x) if type(x) in (list, tuple) else x


def name_of(func: Any) -> str:
    """The name users know: np.linalg.solve."""
    return f"{func.__module__}.{func.__name__}".replace("numpy", "np", 1)
