"""Differences, integrals, interpolation and convolution of sampled functions, as in NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..graph.op import OpError
from ..handles.operands import operand
from ..ops import convolution, gathering, identity, rounding, sorting
from ..ops import elementwise as ew
from . import reducing
from .axes import one_axis, shape_of
from .indexing import getitem
from .shaping import broadcast_to, concatenate, ravel, reshape

# --- along an axis


def part(x: Any, axis: int, start: int | None, stop: int | None = None) -> Any:
    """x[start:stop] along an axis counted from the end."""
    return getitem(x, (Ellipsis, slice(start, stop), *[slice(None)] * (-axis - 1)))


def diff(x: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours along the axis, n times over.

    >>> import numpy as np
    >>> diff(np.array([1.0, 4.0, 9.0]))
    array([3., 5.])
    """
    x = operand(x)
    if n < 0 or not shape_of(x):
        raise OpError(f"diff: order {n} of an array with {len(shape_of(x))} axes is not defined")
    axis = one_axis("diff", axis, len(shape_of(x)))
    ends = [_as_part(e, x, axis) for e in (prepend, append)]
    parts = [p for p in (ends[0], x, ends[1]) if p is not None]
    x = concatenate(parts, axis) if len(parts) > 1 else x
    for _ in range(n):
        after, before = part(x, axis, 1), part(x, axis, None, -1)
        is_bool = np.dtype(x.dtype).kind == "b"
        x = ew.not_equal(after, before) if is_bool else ew.sub(after, before)
    return x


def _as_part(end: Any, x: Any, axis: int) -> Any:
    """What is put before or behind x: a number stands for one slice of it."""
    if end is None:
        return None
    end = operand(end)
    if shape_of(end):
        return end
    shape = shape_of(x)
    return broadcast_to(
        np.asarray(end) if isinstance(end, (int, float)) else end,
        tuple(1 if k - len(shape) == axis else m for k, m in enumerate(shape)),
    )


def ediff1d(x: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The differences of neighbours of the flattened array."""
    ends = [None if e is None else ravel(_at_least_1d(e)) for e in (to_begin, to_end)]
    parts = [p for p in (ends[0], diff(ravel(operand(x))), ends[1]) if p is not None]
    return concatenate(parts) if len(parts) > 1 else parts[0]


def _at_least_1d(x: Any) -> Any:
    x = operand(x)
    return x if shape_of(x) else reshape(np.asarray(x) if isinstance(x, (int, float)) else x, (1,))


# --- integrals by the trapezoidal rule


def _panels(y: Any, x: Any, dx: Any, axis: int) -> Any:
    """The area between each two samples."""
    middle = ew.add(part(y, axis, 1), part(y, axis, None, -1)) * 0.5
    if x is None:
        return ew.mul(middle, dx)
    x = operand(x)
    if len(shape_of(x)) != 1:
        return ew.mul(middle, diff(x, axis=axis))
    steps = diff(x)
    return ew.mul(middle, reshape(steps, (*shape_of(steps), *[1] * (-axis - 1))))


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of samples y at points x, or at steps dx.

    >>> import numpy as np
    >>> float(trapezoid(np.array([1.0, 2.0, 3.0])))
    4.0
    """
    y = operand(y)
    axis = one_axis("trapezoid", axis, len(shape_of(y)))
    return reducing.sum(_panels(y, x, dx, axis), axis)


def cumulative_trapezoid(
    y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: float | None = None
) -> Any:
    """The integral up to each sample but the first, or from `initial` at the first on."""
    y = operand(y)
    axis = one_axis("cumulative_trapezoid", axis, len(shape_of(y)))
    areas = reducing.cumsum(_panels(y, x, dx, axis), axis)
    if initial is None:
        return areas
    first = ew.add(ew.mul(part(y, axis, None, 1), 0), initial)
    return concatenate([first, areas], axis)


# --- the gradient of sampled functions


def gradient(f: Any, *spacing: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences inside, one-sided ones at the ends, as np.gradient.

    `spacing` is one step for all axes, or for each axis a step or the coordinates.
    """
    f = reducing.floating(f)
    rank = len(shape_of(f))
    listed = range(rank) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = [one_axis("gradient", a, rank) for a in listed]
    steps = [operand(s) for s in spacing] or [1.0]
    steps = steps * len(axes) if len(steps) == 1 else steps
    if len(steps) != len(axes):
        raise OpError(f"gradient: {len(steps)} spacings for {len(axes)} axes")
    found = tuple(_slopes(f, h, a, edge_order) for h, a in zip(steps, axes))
    return found[0] if len(found) == 1 and not isinstance(axis, tuple) else found


def _slopes(f: Any, h: Any, axis: int, edge_order: int) -> Any:
    if edge_order not in (1, 2):
        raise OpError(f"gradient: edge_order is 1 or 2, not {edge_order}")
    if shape_of(f)[axis] < edge_order + 1:
        raise OpError(
            f"gradient: {edge_order + 1} samples are needed along axis {axis}, "
            f"there are {shape_of(f)[axis]}"
        )
    if shape_of(h):
        h = diff(h)
        h = reshape(h, (*shape_of(h), *[1] * (-axis - 1)))
    rise = diff(f, axis=axis) / h
    first, last = part(rise, axis, None, 1), part(rise, axis, -1)
    if shape_of(f)[axis] == 2:
        return concatenate([first, last], axis)
    before, after = part(rise, axis, None, -1), part(rise, axis, 1)
    if shape_of(h):
        share = _left_share(h, axis)
        middle = before + share * (after - before)
    else:
        share, middle = 0.5, (part(f, axis, 2) - part(f, axis, None, -2)) / (2.0 * h)
    if edge_order == 2:
        bend = after - before
        first = first - part(share * bend, axis, None, 1)
        last = last + part((1 - share) * bend, axis, -1)
    return concatenate([first, middle, last], axis)


def _left_share(h: Any, axis: int) -> Any:
    """What the step on the left is of both steps around a sample."""
    left, right = part(h, axis, None, -1), part(h, axis, 1)
    return left / (left + right)


def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * math.pi) -> Any:
    """p with whole periods added, so that no step exceeds half of one; its slope is p's own.

    >>> import numpy as np
    >>> unwrap(np.array([0.0, 3.0, 5.5 - 2 * np.pi]))
    array([0. , 3. , 5.5])
    """
    p = reducing.floating(p)
    axis = one_axis("unwrap", axis, len(shape_of(p)))
    step, half = diff(identity.detach(p), axis=axis), period / 2
    short = rounding.remainder(step + half, period) - half
    short = ew.where((short == -half) & (step > 0), half, short)
    kept = ew.abs(step) < (half if discont is None else max(discont, half))
    whole = reducing.cumsum(ew.where(kept, 0.0, short - step), axis)
    return concatenate([part(p, axis, None, 1), part(p, axis, 1) + whole], axis)


# --- interpolation


def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None
) -> Any:
    """The piecewise linear function through (xp, fp) at x; at a point, the slope on its right.

    >>> import numpy as np
    >>> interp(np.array([0.5, 1.5]), [0.0, 1.0, 2.0], [0.0, 1.0, 4.0])
    array([0.5, 2.5])
    """
    x, xp, fp = (np.asarray(v) if isinstance(v, (int, float)) else operand(v) for v in (x, xp, fp))
    if len(shape_of(xp)) != 1 or shape_of(xp) != shape_of(fp):
        raise OpError(f"interp: points {shape_of(xp)} and values {shape_of(fp)} must be one row")
    if period is not None:
        x, xp, fp = _periodic(x, xp, fp, abs(period))
        left = right = None
    first, last = getitem(xp, 0), getitem(xp, -1)
    left = getitem(fp, 0) if left is None else left
    right = getitem(fp, -1) if right is None else right
    inside = _between(x, xp, fp) if shape_of(xp)[0] > 1 else getitem(fp, 0)
    return ew.where(ew.less(x, first), left, ew.where(ew.greater(x, last), right, inside))


def _between(x: Any, xp: Any, fp: Any) -> Any:
    count = shape_of(xp)[0]
    place = sorting.searchsorted(xp, x, side="right")
    below = ew.minimum(ew.maximum(place - 1, 0), count - 2)
    (x0, f0), (x1, f1) = (
        [gathering.gather(p, k, after=0) for p in (xp, fp)] for k in (below, below + 1)
    )
    return f0 + (x - x0) * ((f1 - f0) / (x1 - x0))


def _periodic(x: Any, xp: Any, fp: Any, period: float) -> tuple[Any, Any, Any]:
    """Points and values of one period, with a neighbour on either side."""
    x, xp = rounding.remainder(x, period), rounding.remainder(xp, period)
    order = sorting.argsort(xp)
    xp, fp = (gathering.gather(p, order, after=0) for p in (xp, fp))
    xp = concatenate([part(xp, -1, -1) - period, xp, part(xp, -1, None, 1) + period])
    return x, xp, concatenate([part(fp, -1, -1), fp, part(fp, -1, None, 1)])


# --- convolution


def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """The convolution of two rows, as np.convolve.

    >>> import numpy as np
    >>> convolve(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0]))
    array([1., 3., 5., 3.])
    """
    a, v = _row("convolve", a), _row("convolve", v)
    if shape_of(a)[0] < shape_of(v)[0]:
        a, v = v, a
    n, m = shape_of(a)[0], shape_of(v)[0]
    return _window(a, v, mode, same=(m - 1) // 2, n=n, m=m)


def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """The sums of a[n + k]*v[n] for all shifts k, as np.correlate."""
    a, v = _row("correlate", a), convolution.flipped(_row("correlate", v))
    n, m = shape_of(a)[0], shape_of(v)[0]
    if n >= m:
        return _window(a, v, mode, same=(m - 1) // 2, n=n, m=m)
    return _window(v, a, mode, same=n // 2, n=m, m=n)


def _row(name: str, x: Any) -> Any:
    x = _at_least_1d(x)
    if len(shape_of(x)) != 1 or shape_of(x)[0] == 0:
        raise OpError(f"{name}: a row with elements is needed, not shape {shape_of(x)}")
    return x


def _window(a: Any, v: Any, mode: str, *, same: Any, n: Any, m: Any) -> Any:
    """The part of the convolution that the mode asks for; v is the shorter one."""
    windows = {"full": (0, n + m - 1), "same": (same, n), "valid": (m - 1, n - m + 1)}
    if mode not in windows:
        raise OpError(f"convolve: mode is full, same or valid, not {mode!r}")
    start, length = windows[mode]
    return convolution.convolve(a, v, start=start, length=length)
