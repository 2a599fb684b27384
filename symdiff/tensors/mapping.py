"""vmap: a function of one sample, called once for a whole batch.

All slices are computed at once on tensors that hide the batch axis (batching.py); a function that
looks at its numbers, or draws random ones for each, is called slice by slice instead.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functions import shaping
from ..graph.op import NeedsValue
from ..handles.handle import Handle
from ..handles.numpy_face import Array
from ..tracing.lots import keep_lots
from ..tracing.trees import flatten, leaf_count, unflatten
from .batching import Batched, Level, level_of_size, of_randomness
from .misfits import NotBatchedError
from .torch_face import Tensor


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: Any = None,
) -> Callable[..., Any]:
    """func for each slice of its arguments along `in_dims`, the results stacked along `out_dims`.

    Tensors give tensors, arrays arrays; inside, a sample is a tensor. Random numbers that it draws
    are an error, the "same" for all samples, or "different".

    >>> import symdiff as sd
    >>> sd.func.vmap(sd.dot)(sd.ones(3, 2), sd.arange(6.0).reshape(3, 2))
    tensor([1., 5., 9.])
    """

    @functools.wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        given, structure = flatten((args, kwargs))
        dims = _dims_for(in_dims, args, kwargs)
        leaves = [x if d is None else _tensor(x) for x, d in zip(given, dims)]
        size = _batch_size(leaves, dims)
        call = functools.partial(_call, func, structure)
        moved = [shaping.moveaxis(x, d, 0) if d is not None else x for x, d in zip(leaves, dims)]
        with of_randomness(randomness):
            try:
                out, rows = _at_once(call, moved, dims, size)
            except NeedsValue as why:
                call = _checking(call, why) if isinstance(why, NotBatchedError) else call
                out, rows = _slice_by_slice(call, moved, dims, size, randomness == "different")
        places = _dims_of(out_dims, out)
        back = _back_to(given)
        return unflatten(out, [back(_placed(y, d)) for y, d in zip(rows, places)])

    return mapped


def _tensor(x: Any) -> Any:
    """What is mapped over, as a tensor: functions meet its samples as such."""
    if isinstance(x, np.ndarray):
        return Tensor.of(None, x)
    return Tensor.of(x.node, x.value) if isinstance(x, Array) else x


def _back_to(given: Sequence[Any]) -> Callable[[Any], Any]:
    """What results are: tensors if any were given, else arrays."""
    handles = [x for x in given if isinstance(x, Handle)]
    if any(isinstance(x, Tensor) for x in handles):
        return lambda y: y
    return lambda y: Array.of(y.node, y.value) if handles or y.requires_grad else y.value


def _call(func: Callable[..., Any], structure: Any, leaves: Sequence[Any]) -> tuple[list[Any], Any]:
    args, kwargs = unflatten(structure, leaves)
    return flatten(func(*args, **kwargs))


def _dims_for(in_dims: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[int | None]:
    """For each leaf the axis it is mapped over; what keywords give is the same for all slices."""
    if isinstance(in_dims, (int, type(None))):
        in_dims = (in_dims,) * len(args)
    if len(in_dims) != len(args):
        raise ValueError(f"vmap: in_dims names {len(in_dims)} arguments, but there are {len(args)}")
    dims = [d for spec, arg in zip(in_dims, args) for d in _dims_of(spec, flatten(arg)[1], arg)]
    return dims + [None] * len(flatten(kwargs)[0])


def _dims_of(spec: Any, structure: Any, tree: Any = None) -> list[int | None]:
    """One axis for all leaves of a tree, or a tree of axes like it."""
    count = len(flatten(tree)[0]) if tree is not None else leaf_count(structure)
    if spec is None or isinstance(spec, int):
        return [spec] * count
    if isinstance(tree, (list, tuple)):
        return [d for s, part in zip(spec, tree) for d in _dims_of(s, flatten(part)[1], part)]
    if isinstance(tree, dict):
        return [d for k, part in tree.items() for d in _dims_of(spec[k], flatten(part)[1], part)]
    return list(flatten(spec)[0])


def _batch_size(leaves: Sequence[Any], dims: Sequence[int | None]) -> int:
    mapped = [(x, d) for x, d in zip(leaves, dims) if d is not None]
    if not mapped:
        raise ValueError("vmap: at least one argument must be mapped over an axis")
    for x, d in mapped:
        if not isinstance(x, Tensor):
            raise ValueError(f"vmap maps over tensors, but got {type(x).__name__}; use None for it")
        if not -x.ndim <= d < x.ndim:
            raise ValueError(
                f"vmap: Got in_dim={d} for some input, but that input is a Tensor of "
                f"dimensionality {x.ndim} so expected in_dim to satisfy "
                f"-{x.ndim} <= in_dim < {x.ndim}."
            )
    sizes = {int(x.shape[d]) for x, d in mapped}
    if len(sizes) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, "
            f"got sizes {sorted(sizes)} for the mapped dimension"
        )
    return sizes.pop()


def _at_once(
    call: Callable[..., Any], leaves: Sequence[Any], dims: Sequence[int | None], size: int
) -> tuple[Any, list[Any]]:
    with level_of_size(size) as level:
        ys, structure = call(
            [x if d is None else Batched.around(x, level) for x, d in zip(leaves, dims)]
        )
        return structure, [_whole(y, level) for y in ys]


def _whole(y: Any, level: Level) -> Any:
    """The batch that y is a sample of; what does not depend on the sample is repeated."""
    if isinstance(y, Batched) and y.level == level:
        return y.whole
    y = _checked(y)
    return shaping.broadcast_to(y, (level.size, *y.shape))


def _checking(call: Callable[..., Any], why: NotBatchedError) -> Callable[..., Any]:
    """A call after which what was written to is checked to be the call's own."""
    version = why.written_to._version

    def checked(leaves: Sequence[Any]) -> Any:
        out = call(leaves)
        why.check_alone(version)
        return out

    return checked


def _slice_by_slice(
    call: Callable[..., Any],
    leaves: Sequence[Any],
    dims: Sequence[int | None],
    size: int,
    draw_alone: bool,
) -> tuple[Any, list[Any]]:
    if size == 0:
        raise ValueError("vmap: the function looks at its numbers, and the batch is empty")
    draw_anew, rows = keep_lots(()), []
    for k in range(size):
        if not draw_alone:
            draw_anew()
        rows.append(call([x if d is None else x[k] for x, d in zip(leaves, dims)]))
    columns = zip(*(map(_checked, ys) for ys, _ in rows))
    return rows[0][1], [shaping.stack(column) for column in columns]


def _checked(y: Any) -> Tensor:
    if not isinstance(y, Tensor):
        raise ValueError(f"vmap: the function must return tensors, got {type(y).__name__}")
    return y


def _placed(y: Any, dim: int | None) -> Any:
    """The batch axis where the caller wants it; None keeps one sample of equal ones."""
    return y[0] if dim is None else shaping.moveaxis(y, 0, dim) if dim != 0 else y
