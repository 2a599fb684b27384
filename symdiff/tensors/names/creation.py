"""New tensors: from numbers, from a shape, from another tensor's shape."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...functions import creation
from ...functions.creation import full_like as full_as
from ...graph.extents import Extent
from ...graph.naming import named
from ...handles.handle import Handle
from ...ops.creation import full as full_op
from ...ops.creation import full_shape
from ..data import array_of
from ..dtypes import Size, check_device, dtype_of, get_default_dtype
from ..torch_face import Tensor
from .table import METHODS, offer

Sizes = Any  # 2, 3 or (2, 3) or a Size


def finished(y: Any, requires_grad: bool = False, device: Any = None) -> Any:
    """A tensor as the caller wants it."""
    check_device(device)
    y = y if isinstance(y, Handle) else Tensor.of(None, y)
    return y.requires_grad_() if requires_grad else y


def sizes(size: Sequence[Any]) -> tuple[Any, ...]:
    """The shape in `zeros(2, 3)` and `zeros((2, 3))`."""
    is_one = len(size) == 1 and isinstance(size[0], (tuple, list, np.ndarray))
    shape = tuple(
        n if isinstance(n, Extent) else operator.index(n) for n in (size[0] if is_one else size)
    )
    if any(not isinstance(n, Extent) and n < 0 for n in shape):
        raise RuntimeError(f"a shape has no negative sizes: {list(shape)}")
    return shape


def _new(
    shape: Sequence[Any], value: Any, dtype: Any, device: Any = None, requires_grad: bool = False
) -> Any:
    dtype = get_default_dtype() if dtype is None else dtype
    made = Tensor.apply(full_op, (), full_shape(tuple(shape), value, np.dtype(dtype)))
    return finished(made, requires_grad, device)


# --- from numbers


@offer(method=False, grad_fn="")
def tensor(
    data: Any,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A tensor of these numbers, copied.

    >>> import symdiff as sd
    >>> sd.tensor([1.0, 2.5], requires_grad=True)
    tensor([1.0000, 2.5000], requires_grad=True)
    """
    return finished(array_of(data, dtype), requires_grad, device)


@offer("asarray", method=False, grad_fn="")
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """The data itself as a tensor: copied only where it must be."""
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or data.dtype == np.dtype(dtype)):
        return from_numpy(data)
    return tensor(data, dtype=dtype, device=device)


@offer(method=False, grad_fn="")
def from_numpy(ndarray: np.ndarray) -> Any:
    """A tensor that shares its storage with an array."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    dtype_of(ndarray.dtype)
    return Tensor.of(None, ndarray)


@offer(method=False, grad_fn="")
def scalar_tensor(
    s: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """A tensor without axes that holds this number."""
    return tensor(s, dtype=dtype or get_default_dtype(), requires_grad=requires_grad)


# --- from a shape


@offer(method=False, grad_fn="")
def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Zeros of that shape: `zeros(2, 3)` or `zeros((2, 3))`."""
    return _new(sizes(size), 0, dtype, device, requires_grad)


@offer(method=False, grad_fn="")
def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Ones of that shape: `ones(2, 3)` or `ones((2, 3))`."""
    return _new(sizes(size), 1, dtype, device, requires_grad)


@offer(method=False, grad_fn="")
def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Of that shape; what it holds until it is written is 0."""
    return _new(sizes(size), 0, dtype, device, requires_grad)


@offer(method=False, grad_fn="")
def full(
    size: Sizes, fill_value: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """One number everywhere; whole numbers and truth values keep their kind."""
    if dtype is None and not isinstance(fill_value, float):
        dtype = np.bool_ if isinstance(fill_value, builtins.bool) else np.int64
    return _new(sizes((size,)), fill_value, dtype, device, requires_grad)


@offer(method=False, grad_fn="")
def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """The identity: 1 on the diagonal of an n x m matrix, n x n if m is left out."""
    array = np.eye(n, m, dtype=np.dtype(dtype or get_default_dtype()))
    return finished(array, requires_grad, device)


@offer(method=False, grad_fn="")
def arange(
    *bounds: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any
) -> Any:
    """`arange(end)`, `arange(start, end, step)`: integers if all of these are."""
    start, end, step = _bounds(bounds, named)
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if dtype is None and any(isinstance(n, float) for n in (start, end, step)):
        dtype = get_default_dtype()
    array = np.arange(start, end, step)
    return finished(array.astype(np.int64 if dtype is None else dtype), requires_grad, device)


def _bounds(given: Sequence[Any], named: dict[str, Any]) -> tuple[Any, Any, Any]:
    names = ("end",) if len(given) == 1 else ("start", "end", "step")
    found: dict[str, Any] = {"start": 0, "step": 1} | dict(zip(names, given)) | named
    start, end, step = (found[k] for k in ("start", "end", "step"))
    return tuple(x.item() if hasattr(x, "item") else x for x in (start, end, step))


@offer(method=False, grad_fn="")
def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`steps` numbers from start to end, both included, at equal distances."""
    kind = np.dtype(dtype or get_default_dtype())
    spaced = _spaced if kind.kind == "f" else np.linspace
    array = spaced(float(start), float(end), steps, dtype=kind)
    return finished(array, requires_grad, device)


def _spaced(start: float, end: float, steps: int, dtype: np.dtype[Any]) -> np.ndarray:
    """The numbers counted from the nearer end, as PyTorch does: what is symmetric stays so."""
    first, last = dtype.type(start), dtype.type(end)
    step = (last - first) / dtype.type(max(steps - 1, 1))
    k = np.arange(steps)
    down = (last - step * (steps - 1 - k)).astype(dtype)
    return np.where((k < steps // 2) | (steps == 1), (first + step * k).astype(dtype), down)


@offer(method=False, grad_fn="")
def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`base` to the powers that linspace gives."""
    array = np.logspace(float(start), float(end), steps, base=base)
    return finished(array.astype(dtype or get_default_dtype()), requires_grad, device)


@offer(method=False, grad_fn="")
def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None
) -> Any:
    """Where the lower triangle of a row x col matrix stands: a row of rows, a row of columns."""
    return finished(
        np.stack(np.tril_indices(row, offset, col)).astype(dtype or np.int64), device=device
    )


@offer(method=False, grad_fn="")
def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None
) -> Any:
    """Where the upper triangle of a row x col matrix stands, as for tril_indices."""
    return finished(
        np.stack(np.triu_indices(row, offset, col)).astype(dtype or np.int64), device=device
    )


# --- of another tensor's shape and dtype


def _alike(input: Any, value: Any, dtype: Any, device: Any, requires_grad: bool) -> Any:
    return finished(full_as(input, value, dtype), requires_grad, device)


@offer(method=False, grad_fn="")
def zeros_like(
    input: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Zeros of input's shape and, if no other is given, its dtype."""
    return _alike(input, 0, dtype, device, requires_grad)


@offer(method=False, grad_fn="")
def ones_like(
    input: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Ones of input's shape and, if no other is given, its dtype."""
    return _alike(input, 1, dtype, device, requires_grad)


@offer(method=False, grad_fn="")
def empty_like(
    input: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Zeros, as good as anything, of input's shape and, if no other is given, its dtype."""
    return _alike(input, 0, dtype, device, requires_grad)


@offer(method=False, grad_fn="")
def full_like(
    input: Any, fill_value: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """One number in input's shape and, if no other is given, its dtype."""
    return _alike(input, fill_value, dtype, device, requires_grad)


def _method(name: str, value: Any) -> None:
    def new(
        self: Any, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Any:
        return _new(sizes(size), value, dtype or self.dtype, device, requires_grad)

    about = f"`x.{name}(2, 3)`: {'ones' if value else 'zeros'} of that shape and of x's dtype."
    METHODS[name] = named(new, name, about)


for _name, _value in {"new_zeros": 0, "new_ones": 1, "new_empty": 0}.items():
    _method(_name, _value)


@offer(function=False, grad_fn="")
def new(self: Any, *data: Any) -> Any:
    """`x.new([1, 2])` holds numbers, `x.new(2, 3)` has that shape; of x's dtype."""
    is_data = len(data) == 1 and not isinstance(data[0], (int, Size))
    return self.new_tensor(data[0]) if is_data else self.new_empty(data)


@offer(function=False, grad_fn="")
def new_full(
    self: Any, size: Sizes, fill_value: Any, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """One number in that shape; of x's dtype."""
    return _new(sizes((size,)), fill_value, dtype or self.dtype, device, requires_grad)


@offer(function=False, grad_fn="")
def new_tensor(
    self: Any, data: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """These numbers, copied; of x's dtype."""
    return tensor(data, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)


@offer(method=False)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of x as columns, the highest first unless `increasing`."""
    return creation.vander(x, N, increasing)


@offer(grad_fn="")
def numel(input: Any) -> int:
    """How many elements."""
    return Size(input.shape).numel()
