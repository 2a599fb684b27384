"""Ops that move, repeat or add up elements. All are linear: each pullback is the adjoint op.

Shapes in params describe trailing axes, so that arguments may carry leading batch axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from codegen.index import Cast, Const, Reduce, Scalar, Var

from ..graph.extents import Dim, Shape, product, same, same_shape, settled
from ..graph.op import Aval, OpError, declare, strong_dtype
from .broadcasting import broadcast_index, is_one, shape_text, zero


def lead(shape: Shape, count: int) -> Shape:
    """The axes before the last `count`."""
    return tuple(shape[: len(shape) - count])


def tail(x: Any, count: int) -> Shape:
    """The last axes."""
    return tuple(x.shape[len(x.shape) - count :])


# --- reshape: the last `ndim` axes become `shape`


def _reshape_infer(x: Aval, ndim: int, shape: Shape) -> Aval:
    old = x.shape[x.ndim - ndim :]
    if not same(product(old), product(shape)) and product(old) != product(shape):
        raise OpError(f"reshape: {shape_text([old])} has no room for shape {shape_text([shape])}")
    return Aval(lead(x.shape, ndim) + tuple(map(settled, shape)), strong_dtype(x.dtype))


def _reshaped(x: Any, ndim: int, shape: Shape) -> np.ndarray:
    x = np.asarray(x)
    return x.reshape((*x.shape[: x.ndim - ndim], *map(int, shape)))


def _reshape_at(index: Sequence[Scalar], x: Any, ndim: int, shape: Any) -> Scalar:
    before = len(x.shape) - ndim
    old, tail = x.shape[before:], list(index[before:])
    squeezed = [(n, i) for n, i in zip(shape, tail) if not is_one(n)]
    if [n for n, _ in squeezed] == [n for n in old if not is_one(n)]:
        rest = iter(i for _, i in squeezed)
        inner = [Const(0, "int64") if is_one(n) else next(rest) for n in old]
    else:
        inner = unravel(ravel(tail, shape), old)
    return x(*index[:before], *inner)


def ravel(index: Sequence[Any], shape: Sequence[Any]) -> Any:
    """Position in row-major order."""
    flat: Any = Const(0, "int64")
    for i, n in zip(index, shape):
        flat = flat * n + i
    return flat


def unravel(flat: Any, shape: Sequence[Any]) -> list[Any]:
    out: list[Any] = []
    for k, n in enumerate(reversed(shape)):
        last = k == len(shape) - 1
        out.append(Const(0, "int64") if is_one(n) else flat if last else flat % n)
        flat = flat // n
    return out[::-1]


def _reshape_name(old: Shape, new: Shape) -> str:
    """PyTorch's word for new axes of size 1, or for any other shape."""
    is_new_axis = len(new) > len(old) and [*filter(_is_not_one, old)] == [*filter(_is_not_one, new)]
    return "UnsqueezeBackward0" if is_new_axis else "ViewBackward0"


def _is_not_one(n: Any) -> bool:
    return not is_one(n)


reshape = declare(
    "reshape",
    infer=_reshape_infer,
    evaluate=_reshaped,
    pullback=lambda g, y, x, needed, ndim, shape: (
        reshape(g, ndim=len(shape), shape=tail(x, ndim)),
    ),
    at=_reshape_at,
    unview=lambda base, new, ndim, shape: reshape(new, ndim=len(shape), shape=tail(base, ndim)),
    backward=lambda args, params: _reshape_name(args[0].shape, params["shape"]),
    example=lambda rng: ((rng.normal(size=(2, 6)),), {"ndim": 2, "shape": (3, 4)}),
)

# --- transpose: the last len(perm) axes in another order


def _transpose_infer(x: Aval, perm: tuple[int, ...]) -> Aval:
    last = tail(x, len(perm))
    return Aval(lead(x.shape, len(perm)) + tuple(last[p] for p in perm), strong_dtype(x.dtype))


def _transpose_evaluate(x: Any, perm: tuple[int, ...]) -> Any:
    x = np.asarray(x)
    before = x.ndim - len(perm)
    return x.transpose((*range(before), *[before + p for p in perm]) if before else perm)


def _transpose_at(index: Sequence[Scalar], x: Any, perm: tuple[int, ...]) -> Scalar:
    before = len(x.shape) - len(perm)
    inner = [index[before + perm.index(k)] for k in range(len(perm))]
    return x(*index[:before], *inner)


def inverse(perm: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(range(len(perm)), key=perm.__getitem__))


transpose = declare(
    "transpose",
    infer=_transpose_infer,
    evaluate=_transpose_evaluate,
    pullback=lambda g, y, x, needed, perm: (transpose(g, perm=inverse(perm)),),
    at=_transpose_at,
    unview=lambda base, new, perm: transpose(new, perm=inverse(perm)),
    backward="PermuteBackward0",
    example=lambda rng: ((rng.normal(size=(2, 3, 4)),), {"perm": (2, 0, 1)}),
)

# --- expand: axes of size 1 among the last len(shape) are repeated


def _expand_infer(x: Aval, shape: Shape) -> Aval:
    for have, want in zip(tail(x, len(shape)), shape):
        if not is_one(have) and have != want:
            raise OpError(f"expand: shape {shape_text([x.shape])} does not broadcast to {shape}")
    return Aval(lead(x.shape, len(shape)) + tuple(map(settled, shape)), strong_dtype(x.dtype))


def _expanded(x: Any, shape: Shape) -> np.ndarray:
    x = np.asarray(x)
    wanted = (*x.shape[: x.ndim - len(shape)], *map(int, shape))
    fitting = tuple([1 if n == 1 else m for n, m in zip(x.shape, wanted)])
    if x.shape != fitting or not x.flags.c_contiguous:
        return np.broadcast_to(x, wanted)
    return _repeated(x, wanted, [0 if n == 1 else step for n, step in zip(x.shape, x.strides)])


def _repeated(x: np.ndarray, shape: Shape, strides: Sequence[int]) -> np.ndarray:
    """As np.broadcast_to, in a tenth of its time: x lies in one piece."""
    y = np.ndarray(shape, x.dtype, x, 0, strides)
    y.flags.writeable = False
    return y


def _expand_pullback(g: Any, y: Any, x: Any, needed: Any, shape: Shape) -> tuple[Any]:
    last = tail(x, len(shape))
    axes = tuple(
        k - len(shape)
        for k, (have, want) in enumerate(zip(last, shape))
        if is_one(have) and not is_one(want)
    )
    if not axes:
        return (g,)
    return (reshape(sum_(g, axes=axes), ndim=len(shape) - len(axes), shape=last),)


def overlapping(name: str) -> OpError:
    """What is said of a write to a view that shows some elements more than once."""
    return OpError(
        f"{name}: unsupported operation: more than one element of the written-to tensor refers to "
        "a single memory location. Please clone() the tensor before performing the operation."
    )


def _unexpanded(base: Any, new: Any, shape: Shape) -> Any:
    for have, want in zip(tail(base, len(shape)), shape):
        if is_one(have) and not is_one(want):
            raise overlapping("expand")
    return new


expand = declare(
    "expand",
    infer=_expand_infer,
    evaluate=_expanded,
    pullback=_expand_pullback,
    at=lambda index, x, shape: x(*broadcast_index(index, x.shape)),
    unview=_unexpanded,
    backward="ExpandBackward0",
    example=lambda rng: ((rng.normal(size=(2, 1)),), {"shape": (2, 3)}),
)

# --- sum over some axes, counted from the end


def without(shape: Shape, axes: Sequence[int]) -> Shape:
    gone = {len(shape) + k for k in axes}
    return tuple(n for k, n in enumerate(shape) if k not in gone)


def _sum_infer(x: Aval, axes: tuple[int, ...]) -> Aval:
    dtype = strong_dtype(x.dtype)
    return Aval(without(x.shape, axes), np.dtype(np.int64) if dtype.kind in "bi" else dtype)


def _summed(x: Any, axes: tuple[int, ...]) -> Any:
    """np.sum without its detour."""
    return np.add.reduce(x, axis=axes)


def _sum_pullback(g: Any, y: Any, x: Any, needed: Any, axes: tuple[int, ...]) -> tuple[Any]:
    return (spread(g, x.shape, axes),)


def spread(g: Any, shape: Shape, axes: Sequence[int]) -> Any:
    """g, which lacks `axes` of `shape`, repeated along them."""
    rank = len(shape)
    if type(g) is np.ndarray and g.ndim + len(axes) == rank and g.flags.c_contiguous:
        rest = iter(g.strides)
        strides = [0 if k in axes else next(rest) for k in range(-rank, 0)]
        return _repeated(g, shape, strides)
    deepest = -min(axes, default=0)
    tail = shape[len(shape) - deepest :]
    ones = tuple(1 if k - deepest in axes else n for k, n in enumerate(tail))
    g = reshape(g, ndim=deepest - len(axes), shape=ones)
    return g if same_shape(ones, tail) else expand(g, shape=tail)


def reduction_at(combine: str) -> Any:
    """The scalar form of a reduction over `axes`."""

    def at(index: Sequence[Scalar], x: Any, axes: tuple[int, ...]) -> Scalar:
        short = strong_dtype(x.dtype).kind in "bi" and x.dtype != np.int64
        counts = short and combine in ("add", "mul")
        if not axes:
            return Cast("int64", x(*index)) if counts else x(*index)
        rank, rest, over, where = len(x.shape), iter(index), [], []
        for k, n in enumerate(x.shape):
            if k - rank in axes:
                over.append((f"r{k}", n if isinstance(n, Scalar) else Const(n, "int64")))
                where.append(Var(f"r{k}"))
            else:
                where.append(next(rest))
        body = Cast("int64", x(*where)) if counts else x(*where)
        return Reduce(combine, tuple(over), body)

    return at


sum_ = declare(
    "sum",
    infer=_sum_infer,
    evaluate=_summed,
    pullback=_sum_pullback,
    at=reduction_at("add"),
    family="reductions",
    example=lambda rng: ((rng.normal(size=(2, 3, 4)),), {"axes": (-1, -3)}),
)

# --- zeros like x: what a flat function pulls back

zeros_like = declare(
    "zeros_like",
    infer=lambda x: Aval(x.shape, strong_dtype(x.dtype)),
    evaluate=np.zeros_like,
    pullback=lambda g, y, x, needed: (zeros_like(g),),
    at=lambda index, x: zero(x.dtype),
    example=lambda rng: ((rng.normal(size=(2, 3)),), {}),
)


def unbroadcast(g: Any, x: Any, y: Any) -> Any:
    """The adjoint of broadcasting x to y: add up over the axes that were repeated."""
    rank, own = len(y.shape), len(x.shape)
    if not rank:
        return g
    gone = tuple(range(-rank, -own))
    ones = tuple(k for k in range(-own, 0) if is_one(x.shape[k]) and not is_one(y.shape[k]))
    if not gone and not ones:
        return g
    total = sum_(g, axes=gone + ones)
    return reshape(total, ndim=own - len(ones), shape=tuple(x.shape)) if ones else total


def size(shape: Shape) -> Dim:
    """How many elements: an extent where sizes are named."""
    return product(shape)
