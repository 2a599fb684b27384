"""scipy.ndimage for handles: filters, which are sums of windows or choose from them, and values between
the elements of an array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functions import creation, padding
from .instead import holds_handle
from .operands import operand
from .scipy_grids import between
from .scipy_signals import flipped, refuse_options, weighed, windows_of

Function = Callable[..., Any]

_PADS = {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap",
         "constant": "constant", "grid-mirror": "symmetric", "grid-wrap": "wrap",
         "grid-constant": "constant"}  # fmt: skip


def _bordered(x: Any, sizes: Sequence[int], axes: Sequence[int], origins: Sequence[int],
              mode: str, cval: Any) -> Any:  # fmt: skip
    """x with what windows around its elements reach beyond."""
    widths = [(0, 0)] * x.ndim
    for axis, size, origin in zip(axes, sizes, origins):
        widths[axis] = (size // 2 + origin, size - 1 - size // 2 - origin)
    fill = {"constant_values": cval} if _PADS[mode] == "constant" else {}
    return padding.pad(x, widths, _PADS[mode], **fill)


def _each(value: Any, axes: Sequence[int]) -> list[Any]:
    """One for all axes, or one an axis."""
    return list(value) if np.ndim(value) else [value] * len(axes)


def _axes(x: Any, axes: Any) -> list[int]:
    axes = range(x.ndim) if axes is None else (axes,) if isinstance(axes, int) else axes
    return [axis % x.ndim for axis in axes]


def _in_order(x: Any, axes: Any) -> list[int]:
    """Axes as they stand in x: SciPy reads windows so, and what else is given in the order told."""
    found = _axes(x, axes)
    if found != sorted(found):
        raise TypeError(f"scipy.ndimage: axes={axes!r} has no derivative rule here; sorted axes do")
    return found


def _as_given(y: Any, x: Any) -> Any:
    """SciPy's answers have the input's dtype."""
    return creation.astype(y, x.dtype)


def _correlate_nd(
    input: Any, weights: Any, output: Any = None, mode: str = "reflect", cval: Any = 0.0,
    origin: Any = 0, *, axes: Any = None,
) -> Any:  # fmt: skip
    refuse_options("scipy.ndimage", output=output)
    x, weights = operand(input), operand(weights)
    axes = _in_order(x, axes)
    sizes = [int(n) for n in weights.shape]
    bordered = _bordered(x, sizes, axes, _each(origin, axes), mode, cval)
    return _as_given(weighed(bordered, weights, axes), x)


def _convolve_nd(
    input: Any, weights: Any, output: Any = None, mode: str = "reflect", cval: Any = 0.0,
    origin: Any = 0, *, axes: Any = None,
) -> Any:  # fmt: skip
    weights = operand(weights)
    origins = [-o - (n % 2 == 0) for o, n in zip(_each(origin, weights.shape), weights.shape)]
    return _correlate_nd(input, flipped(weights), output, mode, cval, origins, axes=axes)


def _along(filtered: Function) -> Function:
    """A filter of rows, along one axis."""

    def along(
        input: Any, weights: Any, axis: int = -1, output: Any = None, mode: str = "reflect",
        cval: Any = 0.0, origin: int = 0,
    ) -> Any:  # fmt: skip
        return filtered(input, operand(weights), output, mode, cval, origin, axes=axis)

    return along


_correlate1d, _convolve1d = _along(_correlate_nd), _along(_convolve_nd)


def _gaussian1d(
    input: Any, sigma: Any, axis: int = -1, order: int = 0, output: Any = None,
    mode: str = "reflect", cval: Any = 0.0, truncate: float = 4.0, *, radius: int | None = None,
) -> Any:  # fmt: skip
    """What SciPy makes of a unit tells the weights."""
    from scipy.ndimage import gaussian_filter1d

    if holds_handle(sigma):
        raise TypeError("scipy.ndimage: the sigma of a Gaussian has no derivative rule here")
    radius = int(truncate * float(sigma) + 0.5) if radius is None else radius
    unit = np.eye(1, 2 * radius + 1, radius)[0]
    answer = gaussian_filter1d(
        unit, sigma, order=order, mode="constant", truncate=truncate, radius=radius
    )
    return _convolve1d(input, answer, axis, output, mode, cval)


def _gaussian(
    input: Any, sigma: Any, order: Any = 0, output: Any = None, mode: Any = "reflect",
    cval: Any = 0.0, truncate: float = 4.0, *, radius: Any = None, axes: Any = None,
) -> Any:  # fmt: skip
    refuse_options("scipy.ndimage", output=output)
    y = operand(input)
    axes = _axes(y, axes)
    each = (_each(v, axes) for v in (sigma, order, mode, radius))
    for axis, s, o, m, r in zip(axes, *each):
        if holds_handle(s) or s > 1e-15:
            y = _gaussian1d(y, s, axis, o, None, m, cval, truncate, radius=r)
    return y


def _uniform1d(input: Any, size: int, *args: Any, **options: Any) -> Any:
    return _correlate1d(input, np.full(size, 1 / size), *args, **options)


def _uniform(
    input: Any, size: Any = 3, output: Any = None, mode: Any = "reflect", cval: Any = 0.0,
    origin: Any = 0, *, axes: Any = None,
) -> Any:  # fmt: skip
    y = operand(input)
    axes = _axes(y, axes)
    for axis, n, m, o in zip(axes, *(_each(v, axes) for v in (size, mode, origin))):
        y = _uniform1d(y, n, axis, output, m, cval, o)
    return y


def _each_slope(slope: Function, x: Any, mode: Any, axes: Any) -> list[Any]:
    """A slope along each axis, with the border that is named for that axis."""
    axes = _axes(x, axes)
    return [slope(x, axis, m) for axis, m in zip(axes, _each(mode, axes))]


def _laplace(
    input: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, *, axes: Any = None
) -> Any:
    def slope(x: Any, axis: int, mode: str) -> Any:
        return _correlate1d(x, [1.0, -2.0, 1.0], axis, output, mode, cval)

    return sum(_each_slope(slope, operand(input), mode, axes))


def _slope_by(across: list[float]) -> Function:
    """Differences along an axis, sums by these weights along the others."""

    def slope(
        input: Any, axis: int = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
    ) -> Any:
        x = operand(input)
        modes = _each(mode, range(x.ndim))
        y = _correlate1d(x, [-1.0, 0.0, 1.0], axis, output, modes[axis], cval)
        for other in set(range(x.ndim)) - {axis % x.ndim}:
            y = _correlate1d(y, across, other, output, modes[other], cval)
        return y

    return slope


def _gaussian_slopes(order: int, input: Any, sigma: Any, output: Any = None, mode: Any = "reflect",
                     cval: Any = 0.0, *, axes: Any = None, **options: Any) -> list[Any]:  # fmt: skip
    x = operand(input)

    def slope(x: Any, axis: int, mode: str) -> Any:
        orders = [order * (k == axis) for k in range(x.ndim)]
        return _gaussian(x, sigma, orders, output, mode, cval, **options)

    return _each_slope(slope, x, mode, axes)


def _gaussian_laplace(input: Any, sigma: Any, *args: Any, axes: Any = None, **options: Any) -> Any:
    """Axes along which there is no slope are not smoothed either."""
    x = operand(input)
    chosen = _in_order(x, axes)
    along = dict(zip(chosen, _each(sigma, chosen)))
    sigmas = [along.get(k, 0.0) for k in range(x.ndim)]
    return sum(_gaussian_slopes(2, x, sigmas, *args, axes=axes, **options))


def _gaussian_gradient_magnitude(input: Any, sigma: Any, *args: Any, **options: Any) -> Any:
    return np.sqrt(sum(slope**2 for slope in _gaussian_slopes(1, input, sigma, *args, **options)))


def _chosen(choose: Function) -> Function:
    """A filter that takes one of the elements around each."""

    def filtered(
        input: Any, size: Any = None, footprint: Any = None, output: Any = None,
        mode: str = "reflect", cval: Any = 0.0, origin: Any = 0, *, axes: Any = None,
    ) -> Any:  # fmt: skip
        refuse_options("scipy.ndimage", footprint=footprint, output=output)
        x = operand(input)
        axes = _in_order(x, axes)
        sizes = _each(size, axes)
        x = _bordered(x, sizes, axes, _each(origin, axes), mode, cval)
        windows = windows_of(x, sizes, axes)
        return choose(windows.reshape(*windows.shape[: x.ndim], -1))

    return filtered


def _middle(x: Any) -> Any:
    return np.sort(x, -1)[..., int(x.shape[-1]) // 2]


def _map_coordinates(
    input: Any, coordinates: Any, output: Any = None, order: int = 3, mode: str = "constant",
    cval: Any = 0.0, prefilter: bool = True,
) -> Any:  # fmt: skip
    """Between the elements, linearly."""
    refuse_options("scipy.ndimage.map_coordinates", output=output)
    if order != 1 or mode not in ("constant", "nearest"):
        raise TypeError(
            "scipy.ndimage.map_coordinates: only order=1 with mode='constant' or 'nearest' has a "
            "derivative rule here"
        )
    x, at = operand(input), operand(coordinates)
    last = np.array([int(n) - 1 for n in x.shape]).reshape(-1, *[1] * (at.ndim - 1))
    near = between(x, list(np.clip(at, 0, last)))
    if mode == "constant":
        near = np.where(np.all(np.logical_and(at >= 0, at <= last), axis=0), near, cval)
    return _as_given(near, x)


NDIMAGE: dict[str, Function] = {
    "correlate": _correlate_nd, "convolve": _convolve_nd, "correlate1d": _correlate1d,
    "convolve1d": _convolve1d, "gaussian_filter1d": _gaussian1d, "gaussian_filter": _gaussian,
    "uniform_filter1d": _uniform1d, "uniform_filter": _uniform, "laplace": _laplace,
    "sobel": _slope_by([1.0, 2.0, 1.0]), "prewitt": _slope_by([1.0, 1.0, 1.0]),
    "gaussian_laplace": _gaussian_laplace,
    "gaussian_gradient_magnitude": _gaussian_gradient_magnitude,
    "maximum_filter": _chosen(lambda x: np.max(x, -1)),
    "minimum_filter": _chosen(lambda x: np.min(x, -1)),
    "median_filter": _chosen(_middle), "map_coordinates": _map_coordinates,
}  # fmt: skip
