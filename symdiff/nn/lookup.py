"""Tables of vectors read by number: one row for each, or rows of a bag made one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import indexing, norms
from ..functions.axes import shape_of
from ..functions.creation import full_like
from ..functions.indexing import getitem
from ..functions.keys import known_array
from ..functions.shaping import expand_dims, reshape
from ..handles.modes import no_grad
from ..ops import elementwise as ew
from ..tensors.names.scattering import index_reduce
from ..tensors.names.table import spoken


@spoken("")
def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """A row for each number: 1 at its place, else 0."""
    if tensor.dtype.kind not in "iu":
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    count = int(tensor.max()) + 1 if num_classes < 0 else num_classes
    hit = ew.equal(expand_dims(tensor, -1), np.arange(count))
    return ew.astype(hit, dtype=np.dtype(np.int64))


@spoken("EmbeddingBackward0")
def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of the weight that the input names; none flows back to the padding row."""
    _check("embedding", scale_grad_by_freq)
    if max_norm is not None:
        _shorten(weight, known_array(input, "embedding()"), max_norm, norm_type)
    y = getitem(weight, input)
    if padding_idx is None:
        return y
    is_padding = ew.equal(input, padding_idx % shape_of(weight)[0])
    return ew.where(expand_dims(is_padding, -1), y.detach(), y)


def _check(name: str, scale_grad_by_freq: bool) -> None:
    if scale_grad_by_freq:
        raise NotImplementedError(
            f"{name}: scale_grad_by_freq asks for what is not the gradient; divide the rows of "
            "weight.grad by how often each was read"
        )


def _shorten(weight: Any, read: np.ndarray, max_norm: float, norm_type: float) -> None:
    """The rows that are read, no longer than max_norm: the weight itself is changed."""
    rows = np.unique(read)
    with no_grad():
        size = norms.vector_norm(getitem(weight, rows), norm_type, -1, keepdims=True)
        factor = ew.where(ew.greater(size, max_norm), max_norm / (size + 1e-7), 1.0)
        weight[rows] = ew.mul(getitem(weight, rows), factor)


# --- bags: a vector of each bag, from rows (elements, n) and the number of the bag of each


def _total(rows: Any, bag: np.ndarray, empty: Any) -> Any:
    return indexing.with_added(empty, bag, rows)


def _mean(rows: Any, bag: np.ndarray, empty: Any) -> Any:
    sizes = np.bincount(bag, minlength=shape_of(empty)[0])[:, None]
    return ew.div(_total(rows, bag, empty), np.maximum(sizes, 1).astype(np.dtype(rows.dtype)))


def _most(rows: Any, bag: np.ndarray, empty: Any) -> Any:
    return index_reduce(empty, 0, bag, rows, "amax", include_self=False)


_MODES: dict[str, Callable[[Any, np.ndarray, Any], Any]] = {
    "sum": _total, "mean": _mean, "max": _most,
}  # fmt: skip


@spoken()
def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """The sum, mean or maximum of the rows that each bag of numbers names; 0 for an empty bag.

    The bags are the rows of the input, or parts of a vector that begin at the offsets.
    """
    _check("embedding_bag", scale_grad_by_freq)
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(f"embedding_bag: weights of samples need mode 'sum', not {mode}")
    read = known_array(input, "embedding()")
    if max_norm is not None:
        _shorten(weight, read, max_norm, norm_type)
    bag, count = _bags(read, offsets, include_last_offset)
    read, counts = read.reshape(-1), np.full(read.size, True)
    if padding_idx is not None:
        counts = read != padding_idx % shape_of(weight)[0]
    rows = getitem(weight, read[counts])
    if per_sample_weights is not None:
        rows = ew.mul(rows, expand_dims(reshape(per_sample_weights, (-1,))[counts], -1))
    empty = full_like(weight, 0, shape=(count, shape_of(weight)[1]))
    return _MODES[mode](rows, bag[counts], empty)


def _bags(read: np.ndarray, offsets: Any, include_last: bool) -> tuple[np.ndarray, int]:
    """The bag of each element, and how many there are."""
    if read.ndim not in (1, 2):
        raise ValueError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {read.ndim}"
        )
    if (read.ndim == 2) is not (offsets is None):
        raise ValueError("embedding_bag: a 1D input needs offsets, a 2D one has none")
    if read.ndim == 2:
        return np.repeat(np.arange(len(read)), read.shape[1]), len(read)
    starts = known_array(offsets, "embedding_bag()")
    if starts.ndim != 1:
        raise ValueError(f"offsets has to be a 1D Tensor, but got dimension {starts.ndim}")
    if starts.size and (starts[0] != 0 or starts[-1] > read.size):
        raise RuntimeError(
            f"embedding_bag: offsets[0] has to be 0 and offsets[-1] at most {read.size}, "
            f"but got {starts[0]} and {starts[-1]}"
        )
    starts = starts[:-1] if include_last else starts
    return np.searchsorted(starts, np.arange(read.size), side="right") - 1, len(starts)
