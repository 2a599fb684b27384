"""Images and signals in another size: axes stretched, channels made pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..functions.axes import shape_of
from ..functions.indexing import getitem
from ..functions.reducing import sum as total
from ..functions.shaping import moveaxis, reshape
from ..ops import elementwise as ew
from ..tensors.names.table import spoken
from .windows import for_each, spatial


class Weighted(NamedTuple):
    """The places [o, k] of the elements that make the o-th, and their shares [o, k] in it."""

    places: np.ndarray
    shares: np.ndarray


def stretched(x: Any, tables: Sequence[Weighted]) -> Any:
    """The last axes as weighted sums of their elements; what has no share is not looked at."""
    dtype = np.dtype(x.dtype)
    for axis, (places, shares) in zip(range(-len(tables), 0), tables):
        seen = getitem(moveaxis(x, axis, -1), (Ellipsis, places))
        parts = ew.where(shares != 0, seen * shares.astype(dtype), 0.0)
        x = moveaxis(total(parts, -1), -1, axis)
    return x


def shares(n: int, wanted: int) -> np.ndarray:
    """The places of so many equal shares of an axis; short ones name their last element again."""
    first, last = _ends(n, wanted)
    longest = int((last - first).max(initial=1))
    return np.minimum(first[:, None] + np.arange(longest), last[:, None] - 1)


def _ends(n: int, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the shares begin and end; they overlap if n is no multiple."""
    k = np.arange(wanted)
    return k * n // wanted, -(-(k + 1) * n // wanted)


def means(n: int, wanted: int) -> Weighted:
    """The mean of each share."""
    places, (first, last) = shares(n, wanted), _ends(n, wanted)
    count = (last - first)[:, None]
    return Weighted(places, (np.arange(places.shape[1]) < count) / count)


# --- which elements make one: (n, wanted, scale, align_corners) -> Weighted


def _within(places: np.ndarray, shares: np.ndarray, n: int) -> Weighted:
    """Places beyond the ends mean the last ones."""
    return Weighted(np.clip(places, 0, n - 1), shares)


def _nearest(n: int, wanted: int, scale: float, corners: bool, shift: float = 0.0) -> Weighted:
    places = np.floor((np.arange(wanted, dtype=np.float32) + np.float32(shift)) * np.float32(scale))
    return _within(places.astype(int)[:, None], np.ones((wanted, 1)), n)


def _nearest_exact(n: int, wanted: int, scale: float, corners: bool) -> Weighted:
    return _nearest(n, wanted, scale, corners, 0.5)


def _sources(n: int, wanted: int, scale: float, corners: bool) -> np.ndarray:
    """Where the elements of the result stand, in the places of the input."""
    if corners:
        return np.arange(wanted) * ((n - 1) / (wanted - 1) if wanted > 1 else 0.0)
    return (np.arange(wanted) + 0.5) * scale - 0.5


def _linear(n: int, wanted: int, scale: float, corners: bool) -> Weighted:
    """As many elements as before stay as they are, whatever the scale, as in PyTorch."""
    source = np.maximum(_sources(n, wanted, scale, corners), 0.0) if wanted != n else np.arange(n)
    left = np.floor(source)
    share = source - left
    return _within(left.astype(int)[:, None] + [0, 1], np.stack([1 - share, share], 1), n)


def _cubic(n: int, wanted: int, scale: float, corners: bool) -> Weighted:
    source = _sources(n, wanted, scale, corners)
    left = np.floor(source)
    places = left.astype(int)[:, None] + np.arange(-1, 3)
    return _within(places, np.stack(cubic_shares(source - left), 1), n)


def cubic_shares(t: Any) -> list[Any]:
    """The weights of the elements at -1, 0, 1 and 2 for a place t from 0 to 1.

    This is the cubic convolution of R. Keys (1981), with a = -3/4.
    """
    return [_far(1 + t), _near(t), _near(1 - t), _far(2 - t)]


def _near(d: Any, a: float = -0.75) -> Any:
    return ((a + 2) * d - (a + 3)) * d * d + 1


def _far(d: Any, a: float = -0.75) -> Any:
    return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a


def _area(n: int, wanted: int, scale: float, corners: bool) -> Weighted:
    return means(n, wanted)


_MODES: dict[str, Callable[[int, int, float, bool], Weighted]] = {
    "nearest": _nearest, "nearest-exact": _nearest_exact, "linear": _linear, "bilinear": _linear,
    "trilinear": _linear, "bicubic": _cubic, "area": _area,
}  # fmt: skip


@spoken("")
def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """Axes beyond samples and channels in another size, told or as a factor."""
    if mode not in _MODES or antialias:
        raise NotImplementedError(f"interpolate: mode {mode!r} (antialias={antialias}) is not here")
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: either size or scale_factor has to be given, and not both")
    rank = len(shape_of(input)) - 2
    sizes = spatial(input, rank)
    if size is not None or recompute_scale_factor:
        factors: Sequence[Any] = (None,) * rank
    else:
        factors = _factors(scale_factor, rank)
    wanted = for_each(size, rank) if size is not None else tuple(
        math.floor(n * f) for n, f in zip(sizes, _factors(scale_factor, rank))
    )  # fmt: skip
    tables = [
        _MODES[mode](n, m, n / m if f is None else 1 / f, bool(align_corners))
        for n, m, f in zip(sizes, wanted, factors)
    ]
    return stretched(input, tables)


def _factors(scale_factor: Any, rank: int) -> tuple[float, ...]:
    told = scale_factor if isinstance(scale_factor, (tuple, list)) else (scale_factor,) * rank
    return tuple(map(float, told))


@spoken("")
def upsample(input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
             align_corners: bool | None = None) -> Any:  # fmt: skip
    """`interpolate` by its older name."""
    return interpolate(input, size, scale_factor, mode, align_corners)


@spoken("")
def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` by the nearest elements."""
    return interpolate(input, size, scale_factor)


@spoken("")
def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` of images, line by line, corner on corner."""
    return interpolate(input, size, scale_factor, "bilinear", align_corners=True)


# --- channels and pixels


@spoken()
def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Groups of r*r channels made images r times as high and wide."""
    (*lead, c, h, w), r = shape_of(input), upscale_factor
    k = len(lead)
    y = reshape(input, (*lead, c // (r * r), r, r, h, w))
    y = y.permute(*range(k), k, k + 3, k + 1, k + 4, k + 2)
    return reshape(y, (*lead, c // (r * r), h * r, w * r))


@spoken()
def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """Squares of r*r pixels made channels."""
    (*lead, c, h, w), r = shape_of(input), downscale_factor
    k = len(lead)
    y = reshape(input, (*lead, c, h // r, r, w // r, r))
    y = y.permute(*range(k), k, k + 2, k + 4, k + 1, k + 3)
    return reshape(y, (*lead, c * r * r, h // r, w // r))


@spoken("")
def channel_shuffle(input: Any, groups: int) -> Any:
    """Channels in another order: the first of every group, the second of every group ..."""
    n, c, *rest = shape_of(input)
    y = reshape(input, (n, groups, c // groups, *rest))
    return reshape(moveaxis(y, 1, 2), shape_of(input))
