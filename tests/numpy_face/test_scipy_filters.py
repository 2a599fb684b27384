"""Filters of scipy.signal and scipy.ndimage are followed, and give what they give of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.ndimage as ndi
from scipy import signal

import symdiff as sd

Function = Callable[[Any], Any]
ROW = np.sin(np.arange(12.0)) + 0.1 * np.arange(12.0) ** 2
IMAGE = np.cos(np.arange(30.0) ** 1.3).reshape(5, 6)
WEIGHTS, EVEN = np.array([0.2, -0.5, 1.0]), np.array([1.0, 2.0, -0.5, 0.3])
KERNEL, EVEN_KERNEL = np.arange(9.0).reshape(3, 3) - 2, np.arange(8.0).reshape(2, 4)
SECTIONS = signal.butter(3, 0.3, output="sos")
MODES = ["full", "same", "valid"]
BORDERS = ["reflect", "mirror", "nearest", "wrap", "constant", "grid-wrap", "grid-mirror"]
PLACES = np.array([[0.3, 1.7, 3.2, 3.9, 5.5], [0.2, 4.6, 2.5, 1.1, -0.5]])

OF_ROWS: dict[str, Function] = {
    **{f"convolve {m}": lambda x, m=m: signal.convolve(x, EVEN, m) for m in MODES},
    **{f"convolve by it {m}": lambda x, m=m: signal.convolve(EVEN, x, m) for m in MODES},
    **{f"correlate {m}": lambda x, m=m: signal.correlate(x, EVEN, m) for m in MODES},
    **{f"correlate with it {m}": lambda x, m=m: signal.correlate(EVEN, x, mode=m) for m in MODES},
    "fftconvolve": lambda x: signal.fftconvolve(x, x[:4], mode="same"),
    "lfilter": lambda x: signal.lfilter([1.0, 0.5], [1.0, -0.3, 0.2], x),
    "lfilter by coefficients": lambda x: signal.lfilter(x[:2], x[1:4], ROW),
    "lfilter without feedback": lambda x: signal.lfilter(x[:3], 2.0, IMAGE, axis=0),
    "filtfilt": lambda x: signal.filtfilt([1.0, 0.5], [1.0, -0.3], x),
    "sosfiltfilt": lambda x: signal.sosfiltfilt(SECTIONS, x, padlen=5),
    "savgol_filter": lambda x: signal.savgol_filter(x, 5, 2, deriv=1, delta=0.5),
    "savgol_filter and a constant": lambda x: signal.savgol_filter(
        x, 5, 2, mode="constant", cval=3.0
    ),
    "detrend": lambda x: signal.detrend(x, bp=[5]) * x,
    "resample": lambda x: signal.resample(x, 7) ** 2,
    "gaussian_filter1d": lambda x: ndi.gaussian_filter1d(x, 1.3, order=1, mode="nearest"),
    "uniform_filter1d": lambda x: ndi.uniform_filter1d(x, 4, origin=-1),
    "correlate1d": lambda x: ndi.correlate1d(ROW, x[:3]),
}
OF_IMAGES: dict[str, Function] = {
    **{f"convolve2d {m}": lambda x, m=m: signal.convolve2d(x, EVEN_KERNEL, m) for m in MODES},
    **{f"correlate2d {m}": lambda x, m=m: signal.correlate2d(x, EVEN_KERNEL, m) for m in MODES},
    "convolve2d the other way": lambda x: signal.convolve2d(EVEN_KERNEL, x, "valid"),
    "correlate2d the other way": lambda x: signal.correlate2d(EVEN_KERNEL, x, "valid"),
    "convolve2d around": lambda x: signal.convolve2d(x, KERNEL, "same", "wrap"),
    "convolve2d mirrored": lambda x: signal.convolve2d(x, KERNEL, boundary="symm"),
    "convolve2d filled": lambda x: signal.convolve2d(x, KERNEL, boundary="fill", fillvalue=2.0),
    "convolve of images": lambda x: signal.convolve(x, EVEN_KERNEL, mode="same"),
    **{
        f"correlate {b}": lambda x, b=b: ndi.correlate(x, KERNEL, mode=b, cval=0.7) for b in BORDERS
    },
    "convolve": lambda x: ndi.convolve(x, EVEN_KERNEL, origin=(0, 1)),
    "correlate of even size": lambda x: ndi.correlate(x, EVEN_KERNEL, origin=-1),
    "convolve1d": lambda x: ndi.convolve1d(x, EVEN, axis=0, mode="mirror"),
    "correlate1d": lambda x: ndi.correlate1d(x, EVEN, 1, origin=1),
    "gaussian_filter": lambda x: ndi.gaussian_filter(x, (0.7, 1.1), order=(0, 1)),
    "gaussian_filter of columns": lambda x: ndi.gaussian_filter(x, 0.9, radius=2, axes=0),
    "uniform_filter": lambda x: ndi.uniform_filter(x, (2, 3), mode=["wrap", "nearest"]) ** 2,
    "laplace": lambda x: ndi.laplace(x) * x,
    "sobel": lambda x: np.hypot(ndi.sobel(x, 0), ndi.sobel(x, 1)),
    "prewitt": lambda x: ndi.prewitt(x, 0, mode="constant"),
    "gaussian_laplace": lambda x: ndi.gaussian_laplace(x, 0.8),
    "gaussian_gradient_magnitude": lambda x: ndi.gaussian_gradient_magnitude(x, 0.8),
    "laplace of rows": lambda x: ndi.laplace(x, axes=(1,)),
    "gaussian_laplace of columns": lambda x: ndi.gaussian_laplace(x, 0.8, axes=(0,)),
    "gaussian_laplace with two borders": lambda x: ndi.gaussian_laplace(
        x, (0.8, 0.5), mode=["wrap", "mirror"]
    ),
    "gaussian_gradient_magnitude of columns": lambda x: ndi.gaussian_gradient_magnitude(
        x, 0.8, axes=(0,)
    ),
    "sobel with two borders": lambda x: ndi.sobel(x, 0, mode=["wrap", "reflect"]),
    "maximum_filter": lambda x: ndi.maximum_filter(x, 3),
    "minimum_filter": lambda x: ndi.minimum_filter(x, size=(1, 4), mode="wrap"),
    "median_filter": lambda x: ndi.median_filter(x, 2),
    "map_coordinates": lambda x: ndi.map_coordinates(x, PLACES, order=1, cval=0.4),
    "map_coordinates beyond": lambda x: ndi.map_coordinates(x, PLACES, order=1, mode="nearest"),
    "places": lambda x: ndi.map_coordinates(IMAGE, 1.9 + x[:2], order=1),
    "sosfilt": lambda x: signal.sosfilt(SECTIONS, x, axis=0),
}
CASES = [(f, ROW) for f in OF_ROWS.values()] + [(f, IMAGE) for f in OF_IMAGES.values()]


@pytest.mark.parametrize("case", CASES, ids=[*OF_ROWS, *OF_IMAGES])
def test_it_is_followed(case: tuple[Function, np.ndarray]) -> None:
    f, x = case
    along, h = np.cos(3 * x), 1e-6
    value, slope = sd.jvp(f, (x,), (along,))
    np.testing.assert_allclose(value, f(x), rtol=1e-10, atol=1e-10)
    expected = (f(x + h * along) - f(x - h * along)) / (2 * h)
    np.testing.assert_allclose(slope, expected, rtol=1e-6, atol=1e-6)


def test_single_precision_stays() -> None:
    x = IMAGE.astype(np.float32)
    assert sd.jacobian(lambda x: signal.detrend(x))(x[0]).dtype == np.float32
    assert sd.grad(lambda x: np.sum(ndi.gaussian_filter(x, 1.0) ** 2))(x).dtype == np.float32
    for f in (lambda x: ndi.uniform_filter(x, 3), lambda x: ndi.sobel(ndi.laplace(x))):
        assert sd.jvp(f, (x,), (x,))[0].dtype == f(x).dtype == np.float32


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: ndi.gaussian_filter(ROW, 1 + x[0]), "sigma of a Gaussian"),
        (lambda x: ndi.map_coordinates(IMAGE, x.reshape(2, 6)), "only order=1"),
        (lambda x: signal.savgol_filter(ROW, 5, 2, delta=x[0]), "only x has a derivative rule"),
        (lambda x: signal.lfilter([1.0], [1.0], x, zi=[0.0])[0], "zi= is not supported"),
        (lambda x: signal.medfilt(x), "signal.medfilt"),
        (lambda x: signal.resample_poly(x, 3, 2, padtype="maximum"), "padtype='maximum'"),
        (lambda x: ndi.gaussian_filter(x, 0.0, output=np.float32), "output= is not supported"),
        (lambda x: ndi.median_filter(x.reshape(3, 4), (3, 2), axes=(1, 0)), "sorted axes"),
    ],
)
def test_what_is_refused_is_named(f: Function, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        sd.jacobian(f)(ROW)
