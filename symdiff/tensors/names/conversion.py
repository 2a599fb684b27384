"""Tensors as other dtypes, and what one may ask about a tensor without touching its numbers."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ...graph.naming import named
from ...handles.handle import Handle
from ...handles.views import layout
from ...ops import elementwise as ew
from ...ops.identity import clone as clone_op
from ...ops.identity import detach as detach_op
from .. import dtypes
from ..dtypes import LEGACY_NAMES, Device, DType, Size, check_device, contiguous_format, dtype_of
from ..grad_fn import result_of
from ..torch_face import Tensor
from .creation import finished, numel
from .table import FUNCTIONS, METHODS, called, offer


def cast(x: Any, dtype: Any) -> Any:
    """x in a dtype; x itself if it has it."""
    if dtype is None or x.dtype == np.dtype(dtype):
        return x
    return ew.astype(x, dtype=np.dtype(dtype))


@offer(function=False, grad_fn="")
def to(self: Any, *what: Any, dtype: Any = None, device: Any = None, copy: bool = False) -> Any:
    """In another dtype, or as another tensor is: `x.to(sd.float32)`, `x.to("cpu")`, `x.to(y)`."""
    for word in what:
        if isinstance(word, Handle):
            dtype = word.dtype
        elif isinstance(word, (DType, np.dtype, type)):
            dtype = word
        elif isinstance(word, (str, Device)):
            device = word
    copy = copy or [word for word in what if isinstance(word, builtins.bool)][1:] == [True]
    check_device(device)
    y = cast(self, dtype)
    return clone_op(y) if copy and y is self else y


@offer(function=False, grad_fn="")
def astype(self: Any, dtype: Any, copy: bool = True) -> Any:
    """The numbers in another dtype, as in NumPy."""
    return cast(self, dtype)


@offer(function=False, grad_fn="")
def type_as(self: Any, other: Any) -> Any:
    """In the dtype of other."""
    return cast(self, other.dtype)


def _type(self: Any, dtype: Any = None) -> Any:
    """The tensor's type, `'torch.DoubleTensor'`; or the tensor in another dtype."""
    if dtype is None:
        return f"torch.{LEGACY_NAMES[dtype_of(self.dtype)]}Tensor"
    return cast(self, _LEGACY.get(str(dtype).removeprefix("torch."), dtype))


METHODS["type"] = _type

_BY_NAME = {
    "double": dtypes.float64, "float": dtypes.float32, "half": dtypes.float16, "long": dtypes.int64,
    "int": dtypes.int32, "short": dtypes.int16, "char": dtypes.int8, "byte": dtypes.uint8,
    "bool": dtypes.bool_,
}  # fmt: skip
_LEGACY = {f"{LEGACY_NAMES[dtype]}Tensor": dtype for dtype in LEGACY_NAMES}


def _install(name: str, dtype: DType) -> None:
    def method(self: Any, memory_format: Any = None) -> Tensor:
        return cast(self, dtype)

    def maker(*data: Any) -> Tensor:
        return cast(Tensor(*data), dtype)

    METHODS[name] = named(method, name, f"In {dtype}; itself, if it is.")
    legacy = f"{LEGACY_NAMES[dtype]}Tensor"
    FUNCTIONS[legacy] = named(maker, legacy, f"`Tensor(...)`, in {dtype}.")


for _name, _dtype in _BY_NAME.items():
    _install(_name, _dtype)


@offer(function=False, grad_fn="")
def cpu(self: Any) -> Any:
    """The tensor itself: all tensors are in the processor's memory."""
    return self


@offer(function=False, grad_fn="")
def cuda(self: Any, device: Any = None) -> Any:
    """Not to be had: a RuntimeError."""
    raise RuntimeError("symdiff computes on the CPU; there is no device 'cuda'")


@offer("copy", grad_fn="CloneBackward0")
def clone(input: Any, *, memory_format: Any = None) -> Any:
    """The same numbers in storage of their own, in the same order, with the same history."""
    in_rows = memory_format is contiguous_format
    return clone_op(input) if in_rows else clone_op(input, order="K")


@offer(function=False, grad_fn="")
def contiguous(self: Any, memory_format: Any = None) -> Any:
    """Itself, if its numbers stand row by row; else a copy whose numbers do."""
    if self.value is None or is_contiguous(self):
        return self
    return called(clone_op(self), "CloneBackward0")


@offer(function=False, grad_fn="")
def is_contiguous(self: Any, memory_format: Any = None) -> builtins.bool:
    """Whether the elements stand in memory in the order of their indices."""
    return builtins.bool(_stored(self, "is_contiguous()").flags.c_contiguous)


def _stored(self: Any, asked_by: str) -> np.ndarray:
    """An array that lies in memory as this tensor does: a view that was written to as before."""
    value = self.known_value(asked_by)
    return value if self._view is None else layout(self)


@offer(function=False, grad_fn="")
def size(self: Any, dim: int | None = None) -> Any:
    """The shape, or the extent of one axis."""
    return Size(self.shape) if dim is None else self.shape[_in_range(dim, self.ndim)]


def _in_range(dim: int, rank: int) -> int:
    if not -rank <= dim < rank:
        raise np.exceptions.AxisError(dim, rank)
    return dim


@offer("ndimension", function=False, grad_fn="")
def dim(self: Any) -> int:
    """How many axes."""
    return self.ndim


@offer(function=False, grad_fn="")
def nelement(self: Any) -> int:
    """How many elements."""
    return Size(self.shape).numel()


@offer(function=False, grad_fn="")
def element_size(self: Any) -> int:
    """How many bytes an element has."""
    return self.dtype.itemsize


@offer(function=False, grad_fn="")
def stride(self: Any, dim: int | None = None) -> Any:
    """How many elements lie between neighbours along each axis."""
    stored = _stored(self, "stride()")
    steps = tuple(s // stored.itemsize for s in stored.strides)
    return steps if dim is None else steps[_in_range(dim, self.ndim)]


@offer(function=False, grad_fn="")
def data_ptr(self: Any) -> int:
    """Where the numbers stand in memory."""
    return self.known_value("data_ptr()").ctypes.data


@offer(function=False, grad_fn="")
def storage_offset(self: Any) -> int:
    """How many elements of what this is a view of stand before its first; their sizes are pinned."""
    viewed = self
    while viewed._view is not None:
        viewed = viewed._view.base
        tuple(map(int, viewed.shape))
    first = whole = layout(self)
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    return (first.ctypes.data - whole.ctypes.data) // whole.itemsize


@offer(function=False, grad_fn="")
def _is_view(self: Any) -> builtins.bool:
    """Whether it is a view of another tensor, with the history of that."""
    return self._base is not None


@offer(method=False, grad_fn="")
def set_default_device(device: Any) -> None:
    """Have new tensors on a device: on the processor, where all of them are."""
    check_device(device)


@offer(function=False, grad_fn="")
def get_device(self: Any) -> int:
    """The number of the device; main memory has none."""
    return -1


_ALWAYS = {
    "is_cpu": True, "is_cuda": False, "is_meta": False, "is_mps": False, "is_quantized": False,
    "is_sparse": False, "name": None,
}  # fmt: skip
for _name, _answer in _ALWAYS.items():
    METHODS[_name] = property(lambda self, answer=_answer: answer, doc=f"Always {_answer}.")
METHODS["output_nr"] = property(
    lambda self: 0 if self._node is None else result_of(self._node),
    doc="Which result it is of the step that made it.",
)
METHODS["itemsize"] = property(element_size)
METHODS["nbytes"] = property(
    lambda self: numel(self) * self.dtype.itemsize, doc="How many bytes its numbers take."
)


@offer(grad_fn="")
def is_signed(input: Any) -> builtins.bool:
    """Whether numbers of its dtype may be negative."""
    return input.dtype.kind in "fi"


@offer(grad_fn="")
def is_same_size(input: Any, other: Any) -> builtins.bool:
    """Whether both have the same shape."""
    return tuple(input.shape) == tuple(other.shape)


@offer(grad_fn="")
def is_conj(input: Any) -> builtins.bool:
    """False: no number here is complex."""
    return False


@offer("resolve_conj", "resolve_neg", "conj_physical", grad_fn="")
def conj(input: Any) -> Any:
    """Real numbers are their own conjugates."""
    return input


@offer(grad_fn="", method=False)
def real(input: Any) -> Any:
    """The tensor itself: there are no complex ones."""
    return input


@offer(method=False, grad_fn="")
def detach(input: Any) -> Any:
    """The same numbers, a constant as far as derivatives go."""
    return input.detach() if isinstance(input, Tensor) else detach_op(input)


@offer(grad_fn="")
def is_floating_point(input: Any) -> builtins.bool:
    """Whether it holds floating point numbers, by which one differentiates."""
    return input.dtype.kind == "f"


@offer(grad_fn="")
def is_complex(input: Any) -> builtins.bool:
    """False: there are no complex tensors."""
    return False


@offer(grad_fn="")
def is_nonzero(input: Any) -> builtins.bool:
    """Whether a single number is other than 0."""
    return builtins.bool(input)


@offer(method=False, grad_fn="")
def is_tensor(obj: Any) -> builtins.bool:
    """Whether this is a tensor."""
    return isinstance(obj, Tensor)


@offer(grad_fn="", method=False)
def result_type(a: Any, b: Any) -> DType:
    """The dtype that a + b has."""
    return (finished(a) if isinstance(a, np.ndarray) else a + b * 0).dtype


@offer(method=False, grad_fn="")
def promote_types(type1: Any, type2: Any) -> DType:
    """The dtype that holds the numbers of both."""
    kinds = {np.dtype(t).kind == "f": t for t in (type1, type2)}
    return dtype_of(
        kinds[True] if len(kinds) == 2 else np.promote_types(np.dtype(type1), np.dtype(type2))
    )


@offer(method=False, grad_fn="")
def can_cast(from_: Any, to: Any) -> builtins.bool:
    """Whether numbers of a dtype may be put into one of another without losing their kind."""
    kinds = [{"b": 0, "u": 1, "i": 2}.get(np.dtype(t).kind, 3) for t in (from_, to)]
    return kinds[0] <= kinds[1]


@offer(method=False, grad_fn="")
def finfo(dtype: Any = None) -> np.finfo:
    """The limits of a floating point dtype: its eps, max, tiny."""
    return np.finfo(np.dtype(dtype or dtypes.get_default_dtype()))


@offer(method=False, grad_fn="")
def iinfo(dtype: Any) -> np.iinfo:
    """The limits of an integer dtype."""
    return np.iinfo(np.dtype(dtype))
