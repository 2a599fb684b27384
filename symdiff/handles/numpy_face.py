"""Array: a handle with NumPy's methods and meanings; what a plain NumPy function is called with."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..functions import creation, shaping, sorting, writing
from ..graph.asked import StandsFor, asker, is_written_out
from ..graph.extents import product
from ..graph.op import LosesGradient
from .handle import Handle
from .modes import TAKEN
from .numpy_names import ufunc_named

_LOSES_GRADIENT = (
    "float() of an array that is being differentiated would lose its gradient: use NumPy's "
    "functions (np.sin, not math.sin), and np.zeros_like(x) for an array that its values are "
    "written to"
)
_IS_AN_ARRAY = (
    "np.asarray(x, {dtype}) would lose the gradient of x, which is being differentiated: leave it "
    "out, x is an array already; x.astype({dtype}) changes its dtype, np.stack makes an array of a "
    "list, and np.zeros_like(x) one that its values can be written to"
)
# modules that go on to code in C, which reads pointers as numbers or, much later, wants no objects
_TAKING_FLOATS_ALONE = (
    "scipy._lib._util", "scipy.spatial.distance", "scipy.signal.", "scipy.ndimage.", "scipy.linalg.",
    "scipy.stats._distn_infrastructure", "scipy.stats._continuous_distns",
    "scipy.stats._discrete_distns", "scipy.stats._multivariate",
)  # fmt: skip


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy's as a method."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__name__, method.__doc__ = function.__name__, f"As np.{function.__name__}."
    return method


class Array(StandsFor, Handle):
    """Stands for an ndarray while a NumPy function is traced or recorded."""

    __slots__ = ()
    precedence: ClassVar[int] = 2

    # --- what it is

    @property
    def original(self) -> type:
        """What was read from an array, or is a sum of all of it, is one of NumPy's numbers."""
        return np.ndarray if self.ndim else np.dtype(self.dtype).type

    @property
    def size(self) -> Any:
        return product(self.shape)

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def nbytes(self) -> Any:
        return self.size * self.itemsize

    @property
    def real(self) -> Array:
        return self

    @property
    def imag(self) -> Any:
        return creation.zeros_like(self)

    @property
    def flat(self) -> Any:
        """All elements along one axis; what is written there stands here too."""
        return shaping.ravel(self)

    def __repr__(self) -> str:
        if self.is_traced:
            return f"<traced {self.dtype}{list(self.shape)}>"
        return f"<recorded {self.value!r}>"

    def __format__(self, spec: str) -> str:
        return format(self.known_value("a format")[()], spec) if spec else str(self)

    def __getattr__(self, name: str) -> Callable[[], Any]:
        """x.sin(): NumPy asks it of the elements when it is given an object array of them."""
        function = None if name.startswith("_") else ufunc_named(name)
        if function is None or getattr(getattr(np, name, None), "nin", 0) != 1:
            raise AttributeError(f"an array that is differentiated has no attribute {name!r}")
        return functools.partial(function, self)

    # --- reductions and running totals

    sum, prod, mean = _method(np.sum), _method(np.prod), _method(np.mean)
    var, std = _method(np.var), _method(np.std)
    max, min, ptp = _method(np.max), _method(np.min), _method(np.ptp)
    argmax, argmin = _method(np.argmax), _method(np.argmin)
    all, any = _method(np.all), _method(np.any)
    cumsum, cumprod = _method(np.cumsum), _method(np.cumprod)

    # --- elements

    round, clip = _method(np.round), _method(np.clip)
    take, repeat = _method(np.take), _method(np.repeat)
    nonzero, choose, searchsorted = (
        _method(np.nonzero),
        _method(np.choose),
        _method(np.searchsorted),
    )
    argsort, argpartition = _method(np.argsort), _method(np.argpartition)
    conj = conjugate = _method(np.conjugate)

    def compress(self, condition: Any, axis: int | None = None) -> Any:
        return np.compress(condition, self, axis)

    # --- shapes and products

    squeeze, swapaxes = _method(np.squeeze), _method(np.swapaxes)
    ravel, diagonal, trace = _method(np.ravel), _method(np.diagonal), _method(np.trace)
    dot = _method(np.dot)

    def reshape(self, *shape: Any, order: str = "C", copy: bool | None = None) -> Any:
        return shaping.reshape(self, _one(shape), order, copy)

    def transpose(self, *axes: Any) -> Any:
        return shaping.transpose(self, _one(axes) if axes else None)

    def flatten(self, order: str = "C") -> Any:
        """A copy of all elements along one axis."""
        return shaping.ravel(self.copy(), order)

    def copy(self, order: str = "C") -> Any:
        return creation.copy(self)

    def astype(self, dtype: Any, *args: Any, copy: bool = True, **kwargs: Any) -> Any:
        return creation.astype(self, dtype, copy=copy)

    # --- writes: a number that was read from an array, or computed, is a value and never changes

    def __getitem__(self, key: Any) -> Any:
        y = super().__getitem__(key)
        if not y.shape and not _has_ellipsis(key):
            y._view = None
        return y

    def _turned_into(self, new: Any) -> Any:
        return new if not self.shape and self._view is None else self.become(new)

    def fill(self, value: Any) -> None:
        self[...] = value

    def sort(self, axis: int = -1, kind: Any = None, order: Any = None) -> None:
        """Sorted in place."""
        self[...] = sorting.sort(self, axis)

    def partition(self, kth: Any, axis: int = -1) -> None:
        self[...] = sorting.partition(self, kth, axis)

    def put(self, indices: Any, values: Any) -> None:
        writing.put(self, indices, values)

    # --- numbers

    def item(self, *place: Any) -> Any:
        """One element: a Python number, or a 0-d array where that would lose a gradient."""
        element = self[_place(self.shape, place)]
        return element if element.has_history else element.value.item()

    def tolist(self) -> Any:
        """Nested lists of what `item` gives; whole numbers that were captured are Python's."""
        if not self.has_history or self._is_captured_choice:
            return self.known_value("tolist()").tolist()
        return [part.tolist() for part in self] if self.shape else self

    @property
    def _is_captured_choice(self) -> bool:
        """Whether these are whole numbers from outside of a traced function: a program of them asks
        for their values sooner or later, and then has to be traced anew.
        """
        node = self._node
        return node is not None and node.value is not None and self.dtype.kind in "iub"

    @property
    def has_history(self) -> bool:
        """Whether a derivative goes through it; what a program kept of it is a number afterwards."""
        return self.is_traced or (self.requires_grad and bool(TAKEN))

    def _number(self, asked_by: str) -> Any:
        value = self.known_value(asked_by)
        if value.size != 1:
            raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
        return value.reshape(())

    def __float__(self) -> float:
        value = self._number("float()")
        if self.has_history and not is_written_out():
            raise LosesGradient(_LOSES_GRADIENT)
        return float(value)

    def __int__(self) -> int:
        return int(self._number("int()"))

    def __bool__(self) -> bool:
        value = self.known_value("a truth test")
        if value.size != 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. "
                "Use a.any() or a.all()"
            )
        return bool(value)

    def __round__(self, digits: int | None = None) -> Any:
        return int(np.rint(self._number("round()"))) if digits is None else self.round(digits)

    def __trunc__(self) -> int:
        return math.trunc(self._number("trunc()"))

    def __floor__(self) -> int:
        return math.floor(self._number("floor()"))

    def __ceil__(self) -> int:
        return math.ceil(self._number("ceil()"))

    # --- copies, and plain arrays made of it

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The numbers or, where these would lose a gradient, an object array of 0-d handles."""
        if not self.has_history:
            return np.array(self.value, dtype=dtype, copy=copy)
        takes_floats = asker().startswith(_TAKING_FLOATS_ALONE)
        wanted = np.dtype(dtype or (float if takes_floats else object))
        if wanted.kind != "O":
            self.known_value("np.asarray()")
            raise LosesGradient(_IS_AN_ARRAY.format(dtype=wanted))
        out = np.empty(tuple(map(int, self.shape)), object)
        for place in np.ndindex(*out.shape):
            out[place] = self[place]
        return out

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return memo.setdefault(id(self), self.copy())

    def __reduce__(self) -> Any:
        if self.has_history:
            raise TypeError("pickle: an array that is being differentiated has no value of its own")
        return (_restored, (self.value,))


def _restored(value: np.ndarray) -> Array:
    return Array.of(None, value)


def _has_ellipsis(key: Any) -> bool:
    return key is Ellipsis or (type(key) is tuple and any(p is Ellipsis for p in key))


def _one(items: tuple[Any, ...]) -> Any:
    """f(2, 3) and f((2, 3)) mean the same."""
    return items[0] if len(items) == 1 and not hasattr(items[0], "__index__") else items


def _place(shape: Any, place: tuple[Any, ...]) -> Any:
    """Where `item` points: nowhere for the only element, else by one flat or by all indices."""
    if not place:
        if any(n != 1 for n in shape):
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return (0,) * len(shape)
    place = _one(place)
    if len(place) == 1 and len(shape) != 1:
        return np.unravel_index(int(place[0]), tuple(map(int, shape)))
    return tuple(place)
