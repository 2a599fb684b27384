"""What NumPy does with a handle: its ufuncs and functions find ours; no plain array is made silently."""

from __future__ import annotations

from typing import Any

import numpy as np

from .numpy_names import FUNCTIONS, REDUCTIONS, ufunc_named


class NumPyProtocol:
    """NumPy's hooks."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        kwargs = {k: v for k, v in kwargs.items() if v is not None}
        if method == "reduce" and ufunc.__name__ in REDUCTIONS:
            return REDUCTIONS[ufunc.__name__](*inputs, **{"axis": 0} | kwargs)
        function = ufunc_named(ufunc.__name__)
        if method != "__call__" or function is None:
            raise TypeError(
                f"np.{ufunc.__name__}{'' if method == '__call__' else '.' + method} has no derivative rule here"
            )
        out = kwargs.pop("out", (None,))[0]
        if kwargs:
            raise TypeError(
                f"np.{ufunc.__name__}: {', '.join(kwargs)}= is not supported on what is differentiated"
            )
        y = function(*inputs)
        if out is None:
            return y
        if isinstance(out, NumPyProtocol):
            return out.become(y)  # type: ignore[attr-defined]
        raise TypeError(
            f"np.{ufunc.__name__}: a plain array cannot hold what is differentiated; make it with np.zeros_like(x)"
        )

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        function = FUNCTIONS.get(func)
        if function is None:
            raise TypeError(f"{func.__module__}.{func.__name__} has no derivative rule here")
        return function(*args, **kwargs)
