"""Images and volumes read between their elements, at places that are differentiated, too."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functions.axes import shape_of
from ..functions.indexing import getitem
from ..functions.products import matmul
from ..functions.shaping import expand_dims, moveaxis, reshape, swapaxes
from ..ops import elementwise as ew
from ..ops.rounding import floor, rint
from ..tensors.names.conversion import cast
from ..tensors.names.table import spoken
from .resizing import cubic_shares
from .windows import spatial

# --- the grid of an affine map


def _steps(n: int, corners: bool) -> np.ndarray:
    """The places of n elements between -1 and 1: from end to end, or the middles of n parts."""
    if n < 2:
        return np.zeros(n)
    return np.linspace(-1, 1, n) * (1 if corners else (n - 1) / n)


@spoken("AffineGridGeneratorBackward0")
def affine_grid(theta: Any, size: Sequence[int], align_corners: bool | None = None) -> Any:
    """Where the elements of an image of this size (N, C, H, W) stand after the maps theta."""
    axes = [_steps(int(n), bool(align_corners)) for n in tuple(size)[2:]]
    if shape_of(theta)[1:] != (len(axes), len(axes) + 1):
        raise ValueError(f"affine_grid: theta {tuple(shape_of(theta))} does not fit {tuple(size)}")
    last_first = np.meshgrid(*axes, indexing="ij")[::-1]
    places = np.stack([*last_first, np.ones(tuple(size)[2:])], -1).astype(np.dtype(theta.dtype))
    moved = matmul(places.reshape(-1, len(axes) + 1), swapaxes(theta, 1, 2))
    return reshape(moved, (shape_of(theta)[0], *map(int, tuple(size)[2:]), len(axes)))


# --- reading: a place x along an axis of n elements, in units of elements

Ends = Callable[[Any, int, bool], Any]


def _element(x: Any, n: int, corners: bool) -> Any:
    """A place between -1 and 1 counted in elements."""
    return ew.div(ew.mul(x + 1, n - 1) if corners else ew.mul(x + 1, n) - 1, 2)


def _kept(x: Any, n: int, corners: bool = True) -> Any:
    """The place itself within the ends, and the end beyond them: there, it is flat."""
    return ew.where(ew.greater(x, 0), ew.where(ew.less(x, n - 1), x, 1.0 * (n - 1)), 0.0)


def _reflected(x: Any, n: int, corners: bool) -> Any:
    """The place as in a room of mirrors at the first and last element, or half an element on."""
    low, room = (0.0, n - 1) if corners else (-0.5, n)
    if room == 0:
        return ew.mul(x, 0)
    off = ew.abs(x - low)
    turns = floor(ew.div(off, room))
    rest = off - turns * room
    is_odd = ew.equal(turns - 2 * floor(ew.div(turns, 2)), 1)
    return _kept(ew.where(is_odd, room - rest, rest) + low, n)


_ENDS: dict[str, Ends] = {
    "zeros": lambda x, n, corners: x,
    "border": _kept,
    "reflection": _reflected,
}

# The elements near a place: pairs of their places and their weights.

Near = list[tuple[Any, Any]]


def _nearest(x: Any) -> Near:
    return [(rint(x), None)]


def _linear(x: Any) -> Near:
    left = floor(x)
    share = x - left
    return [(left, 1 - share), (left + 1, share)]


def _cubic(x: Any) -> Near:
    left = floor(x)
    return [(left + k, share) for k, share in zip((-1, 0, 1, 2), cubic_shares(x - left))]


_NEAR: dict[str, Callable[[Any], Near]] = {
    "nearest": _nearest, "bilinear": _linear, "bicubic": _cubic,
}  # fmt: skip


def _axis(x: Any, n: int, mode: str, padding_mode: str, corners: bool) -> Near:
    """What is read along one axis; cubic curves mind the ends for each of their elements."""
    x, ends = _element(x, n, corners), _ENDS[padding_mode]
    if mode == "bicubic":
        return [(ends(place, n, corners), weight) for place, weight in _cubic(x)]
    return _NEAR[mode](ends(x, n, corners))


def _corner(image: Any, corner: Sequence[tuple[Any, Any]]) -> Any:
    """The elements at one corner of all places, weighted; nothing where it is outside."""
    sizes = shape_of(image)[1:-1]
    pairs = list(zip((place for place, _ in corner), sizes))
    inside = [ew.logical_and(ew.greater_equal(p, 0), ew.less(p, n)) for p, n in pairs]
    within = functools.reduce(ew.logical_and, inside)
    where = [cast(ew.where(within, place, 0.0), np.int64) for place, _ in pairs]
    samples = np.arange(int(shape_of(image)[0])).reshape(-1, *(1,) * len(sizes))
    seen = getitem(image, (samples, *where))
    weights = [weight for _, weight in corner if weight is not None]
    seen = ew.where(expand_dims(within, -1), seen, 0.0)
    if not weights:
        return seen
    return ew.mul(seen, expand_dims(functools.reduce(ew.mul, weights), -1))


@spoken("GridSampler2DBackward0")
def grid_sample(input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros",
                align_corners: bool | None = None) -> Any:  # fmt: skip
    """Images (N, C, H, W) or volumes read at places from -1 to 1: grid[..., 0] is along W."""
    rank = len(shape_of(input)) - 2
    if mode not in _NEAR or padding_mode not in _ENDS or (mode == "bicubic" and rank != 2):
        raise ValueError(f"grid_sample: mode {mode!r} with padding_mode {padding_mode!r} is not"
                         f" known for {rank} axes")  # fmt: skip
    if shape_of(grid)[-1] != rank or len(shape_of(grid)) != rank + 2:
        raise RuntimeError(f"grid_sample: a grid (N, ..., {rank}) is needed for {rank} axes,"
                           f" but got {tuple(shape_of(grid))}")  # fmt: skip
    axes = [
        _axis(getitem(grid, (..., rank - 1 - k)), n, mode, padding_mode, bool(align_corners))
        for k, n in enumerate(spatial(input, rank))
    ]
    image = moveaxis(input, 1, -1)
    parts = [_corner(image, corner) for corner in itertools.product(*axes)]
    return moveaxis(functools.reduce(ew.add, parts), -1, 1)
