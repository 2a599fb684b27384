"""Shapes by PyTorch's names: most of these are views, and writes go through them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...functions import arranging, indexing
from ...functions import shaping as npshape
from ...functions.axes import one_axis, shape_of
from ...functions.reducing import sum as total
from ...graph.naming import named
from ...graph.op import OpError
from ...handles.handle import Handle
from ...handles.modes import enable_grad
from ...handles.remembered import remembering
from ...ops.identity import clone
from ..torch_face import Tensor
from .creation import finished, sizes
from .table import METHODS, called, offer

# --- the same elements in another shape


@offer(grad_fn="ViewBackward0")
def reshape(input: Any, *shape: Any) -> Any:
    """`x.reshape(2, 3)` or `reshape(x, (2, 3))`; one size may be -1."""
    wanted = tuple(listed(shape))
    try:
        return npshape.reshape(input, wanted)
    except OpError as error:
        size = math.prod(shape_of(input))
        raise OpError(
            f"{error}: shape '{list(wanted)}' is invalid for input of size {size}"
        ) from None


@offer(function=False, grad_fn="ViewBackward0")
def view(self: Any, *shape: Any) -> Any:
    """The same numbers in another shape, or their bits as another dtype."""
    if len(shape) == 1 and hasattr(shape[0], "itemsize"):
        return finished(self.detach().numpy().view(np.dtype(shape[0])))
    return reshape(self, *shape)


@offer(grad_fn="ViewBackward0", function=False)
def view_as(self: Any, other: Any) -> Any:
    """In the shape of other."""
    return npshape.reshape(self, other.shape)


@offer(grad_fn="ViewBackward0", function=False)
def reshape_as(self: Any, other: Any) -> Any:
    """In the shape of other."""
    return npshape.reshape(self, other.shape)


@offer(grad_fn="ViewBackward0")
def ravel(input: Any) -> Any:
    """All elements in a row."""
    return npshape.reshape(input, (-1,))


@offer(grad_fn="ViewBackward0")
def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The axes from start to end made one."""
    shape = shape_of(input) or (1,)
    first, last = (one_axis("flatten", d, len(shape)) + len(shape) for d in (start_dim, end_dim))
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if first == last and shape_of(input):
        return input
    merged = math.prod(shape[first : last + 1])
    return npshape.reshape(input, (*shape[:first], merged, *shape[last + 1 :]))


@offer(grad_fn="ViewBackward0")
def unflatten(input: Any, dim: int, sizes: Any) -> Any:
    """One axis taken apart; one size may be -1."""
    shape = shape_of(input)
    place = one_axis("unflatten", dim, len(shape)) + len(shape)
    sizes = sizes if isinstance(sizes, (tuple, list)) else (sizes,)
    if -1 in sizes:
        rest = -math.prod(sizes)
        sizes = tuple(shape[place] // rest if n == -1 else n for n in sizes)
    return npshape.reshape(input, (*shape[:place], *sizes, *shape[place + 1 :]))


@offer(grad_fn="")
def squeeze(input: Any, dim: Any = None) -> Any:
    """Without axes of size 1: all of them, or those of the given ones that have it."""
    shape = shape_of(input)
    if dim is None:
        return called(npshape.squeeze(input), "SqueezeBackward0")
    rank = max(len(shape), 1)
    given = dim if isinstance(dim, (tuple, list)) else (dim,)
    places = [one_axis("squeeze", d, rank) + rank for d in given]
    y = npshape.squeeze(input, [k for k in places if k < len(shape) and shape[k] == 1])
    return called(y, f"SqueezeBackward{2 if given is dim else 1}")


@offer()
def unsqueeze(input: Any, dim: int) -> Any:
    """With a new axis of size 1."""
    return npshape.expand_dims(input, dim)


# --- axes in another order


def _alias(x: Any, y: Any) -> Any:
    """y, or a view of all of x where y is x: its history, hooks and flags are its own."""
    return indexing.getitem(x, ...) if y is x else y


def _reversed(x: Any) -> Any:
    return _alias(x, npshape.transpose(x))


@offer("swapaxes", "swapdims", grad_fn="")
def transpose(input: Any, dim0: int | None = None, dim1: int | None = None) -> Any:
    """Two axes exchanged; as a method without arguments all of them reversed, as in NumPy."""
    if dim0 is None or dim1 is None:
        return npshape.transpose(input, dim0)  # type: ignore[arg-type]
    rank = max(len(shape_of(input)), 1)
    a, b = (one_axis("transpose", d, rank) for d in (dim0, dim1))
    y = input if a == b else npshape.swapaxes(input, a, b)
    return called(_alias(input, y), "TransposeBackward0")


@offer(grad_fn="TBackward0")
def t(input: Any) -> Any:
    """A matrix transposed; a vector stays."""
    rank = len(shape_of(input))
    if rank > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {rank}D")
    return _alias(input, npshape.transpose(input))


@offer()
def permute(input: Any, *dims: Any) -> Any:
    """The axes in another order."""
    return _alias(input, npshape.transpose(input, listed(dims)))


@offer("moveaxis", grad_fn="PermuteBackward0", scalar_as_row=True)
def movedim(input: Any, source: Any, destination: Any) -> Any:
    """With axes `source` at the places `destination`; the others keep their order."""
    return _alias(input, npshape.moveaxis(input, source, destination))


@offer(grad_fn="TransposeBackward0")
def adjoint(input: Any) -> Any:
    """Transposed in the last two axes."""
    return npshape.swapaxes(input, -1, -2)


for _name in ("H", "mH", "mT"):
    METHODS[_name] = property(adjoint)
METHODS["T"] = property(remembering(Tensor, _reversed), doc="All axes in reverse order.")
METHODS["real"] = property(lambda self: self, doc="The tensor itself: its numbers are real.")


# --- repeated


@offer(grad_fn="ExpandBackward0", function=False)
def expand(self: Any, *size: Any) -> Any:
    """Axes of size 1 repeated, new ones in front; -1 keeps a size."""
    wanted = size[0] if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
    own = (*[None] * (len(wanted) - len(shape_of(self))), *shape_of(self))
    return broadcast_to(self, [m if n == -1 else n for n, m in zip(wanted, own)])


@offer(grad_fn="ExpandBackward0", function=False)
def expand_as(self: Any, other: Any) -> Any:
    """Spread to the shape of other."""
    return broadcast_to(self, other.shape)


@offer(grad_fn="ExpandBackward0")
def broadcast_to(input: Any, size: Any) -> Any:
    """Spread to that shape."""
    return _alias(input, npshape.broadcast_to(input, sizes((size,))))


def listed(tensors: Sequence[Any]) -> list[Any]:
    """The tensors in `f(a, b)` and `f([a, b])`."""
    is_list = len(tensors) == 1 and isinstance(tensors[0], (tuple, list))
    return list(tensors[0] if is_list else tensors)


@offer(method=False, grad_fn="")
def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """All of them in the shape that they broadcast to."""
    return npshape.broadcast_arrays(*listed(tensors))


@offer(method=False, grad_fn="")
def broadcast_shapes(*shapes: Any) -> Any:
    """The shape that arrays of these shapes have together."""
    return finished(np.empty(np.broadcast_shapes(*shapes))).shape


@offer(function=False)
def repeat(self: Any, *repeats: Any) -> Any:
    """Put side by side with itself, so many times along each axis."""
    counts = sizes(repeats)
    if len(counts) < len(shape_of(self)):
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
            "tensor"
        )
    return arranging.tile(self, counts)


@offer(grad_fn="RepeatBackward0")
def tile(input: Any, *dims: Any) -> Any:
    """Repeated so many times along each axis."""
    return arranging.tile(input, sizes(dims))


@offer(grad_fn="")
def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """Every element repeated; each so often, if `repeats` says it for each.

    Of repeats alone it gives 0 so often as the first says, 1 so often as the second, and so on.
    """
    if repeats is None:
        return repeat_interleave(finished(np.arange(int(shape_of(input)[0]))), input)
    if isinstance(repeats, Handle):
        repeats = repeats.known_value("repeat_interleave()")
    return arranging.repeat(input, repeats, dim)


@offer(function=False, grad_fn="")
def sum_to_size(self: Any, *size: Any) -> Any:
    """Added up over the axes along which that size broadcasts to this one."""
    wanted, own = sizes(size), shape_of(self)
    extra = len(own) - len(wanted)
    ones = tuple(k + extra for k, n in enumerate(wanted) if n == 1 and own[k + extra] != 1)
    y = total(self, tuple(range(extra)) + ones, keepdims=True) if extra or ones else self
    return npshape.reshape(y, wanted)


# --- turned


@offer(grad_fn="FlipBackward0", scalar_as_row=True)
def flip(input: Any, *dims: Any) -> Any:
    """Reversed along the axes, a copy: `flip(x, 0, 1)` or `flip(x, dims=(0, 1))`."""
    return clone(arranging.flip(input, tuple(listed(dims))))


@offer(grad_fn="FlipBackward0")
def fliplr(input: Any) -> Any:
    """In reverse order along axis 1."""
    return clone(arranging.fliplr(input))


@offer(grad_fn="FlipBackward0")
def flipud(input: Any) -> Any:
    """In reverse order along axis 0."""
    return clone(arranging.flipud(input))


@offer()
def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """Moved along the axes; what leaves at the end enters at the beginning."""
    return arranging.roll(input, shifts, dims)


@offer()
def rot90(input: Any, k: int = 1, dims: Sequence[int] = (0, 1)) -> Any:
    """Turned by 90 degrees, k times."""
    return clone(arranging.rot90(input, k, dims))


# --- shapes changed under a tensor


def _in_place(name: str, function: Any) -> None:
    def reshaped(self: Any, *args: Any, **kwargs: Any) -> Any:
        self._check_writable()
        is_variable = self.is_leaf and self.requires_grad
        with enable_grad():
            self.take_shape(lambda x: function(x, *args, **kwargs))
        if is_variable:
            self._become_leaf(self.value, True)
        return self

    METHODS[name] = named(reshaped, name, f"`{name[:-1]}`, of the tensor itself.")


for _name, _function in {
    "t_": t, "transpose_": transpose, "swapaxes_": transpose, "swapdims_": transpose,
    "squeeze_": squeeze,
    "unsqueeze_": unsqueeze,
}.items():  # fmt: skip
    _in_place(_name, _function)
