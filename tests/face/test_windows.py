"""Convolutions, pooling and resizing: values and gradients PyTorch gave.

They stand in test_windows.json; each gradient is that of the results weighted by cos(0), cos(1),
cos(2) ... in reading order.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from . import check, leaf, torch

F = torch.nn.functional


def wave(*shape: int) -> Any:
    """Numbers without a pattern, no two of them equal."""
    return torch.tensor(np.sin(1.7 * np.arange(np.prod(shape)) ** 1.1).reshape(shape))


DRAWN = torch.tensor([[[0.2, 0.9], [0.6, 0.4]]])
DRAWN3 = torch.tensor([[[0.7, 0.1, 0.5]]])

CASES: dict[str, tuple[Callable[[Any], Any], tuple[int, ...]]] = {
    "conv1d": (lambda x: F.conv1d(x, wave(3, 2, 2), wave(3), stride=2, padding=1), (2, 2, 5)),
    "conv1d of one sample": (lambda x: F.conv1d(x, wave(3, 2, 2)), (2, 5)),
    "conv2d by its kernel": (lambda w: F.conv2d(wave(2, 2, 4, 5), w, dilation=(1, 2)), (3, 2, 2, 2)),
    "conv2d in groups": (lambda x: F.conv2d(x, wave(4, 1, 2, 3), groups=2), (1, 2, 3, 4)),
    "conv2d, same": (lambda x: F.conv2d(x, wave(1, 1, 2, 3), padding="same"), (1, 1, 3, 4)),
    "conv3d": (lambda x: F.conv3d(x, wave(1, 1, 2, 1, 2)), (1, 1, 2, 2, 3)),
    "conv_transpose1d": (
        lambda x: F.conv_transpose1d(x, wave(2, 3, 3), wave(3), 2, 1, 1, dilation=2), (1, 2, 3)),
    "conv_transpose2d in groups": (
        lambda x: F.conv_transpose2d(x, wave(4, 1, 2, 2), stride=2, groups=2), (1, 4, 2, 2)),
    "max_pool1d": (lambda x: F.max_pool1d(x, 2, padding=1), (1, 2, 5)),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2, stride=(1, 2), ceil_mode=True), (1, 2, 3, 5)),
    "avg_pool1d": (lambda x: F.avg_pool1d(x, 3, 2, padding=1, ceil_mode=True), (1, 1, 6)),
    "avg_pool2d without its border": (
        lambda x: F.avg_pool2d(x, 2, padding=1, count_include_pad=False), (1, 1, 4, 3)),
    "lp_pool1d": (lambda x: F.lp_pool1d(x, 2, 2), (1, 1, 4)),
    "adaptive_avg_pool2d": (lambda x: F.adaptive_avg_pool2d(x, (2, None)), (1, 1, 3, 2)),
    "adaptive_max_pool1d": (lambda x: F.adaptive_max_pool1d(x, 3), (1, 2, 7)),
    "local_response_norm": (lambda x: F.local_response_norm(x, 3, 0.5), (1, 4, 2)),
    "unfold": (lambda x: F.unfold(x, (2, 1), padding=(0, 1), stride=2), (1, 2, 4, 3)),
    "fold": (lambda x: F.fold(x, (3, 3), 2), (1, 4, 4)),
    "nearest": (lambda x: F.interpolate(x, 7), (1, 1, 3)),
    "bilinear": (lambda x: F.interpolate(x, scale_factor=1.5, mode="bilinear"), (1, 1, 3, 2)),
    "bilinear between corners": (
        lambda x: F.interpolate(x, (5, 2), mode="bilinear", align_corners=True), (1, 1, 3, 4)),
    "bicubic": (lambda x: F.interpolate(x, (5, 3), mode="bicubic"), (1, 1, 4, 4)),
    "area": (lambda x: F.interpolate(x, 2, mode="area"), (1, 1, 5)),
    "pixel_shuffle": (lambda x: F.pixel_shuffle(x, 2), (1, 4, 2, 1)),
    "max_unpool2d": (
        lambda x: F.max_unpool2d(x, torch.tensor([[[[0, 7], [9, 14]]]]), 2), (1, 1, 2, 2)),
    "max_unpool1d into a size": (
        lambda x: F.max_unpool1d(x, torch.tensor([[1, 4]]), 2, output_size=(5,)), (1, 2)),
    "fractional_max_pool2d": (
        lambda x: F.fractional_max_pool2d(x, 2, (3, 2), _random_samples=DRAWN), (1, 2, 6, 5)),
    "fractional_max_pool3d": (
        lambda x: F.fractional_max_pool3d(x, (2, 1, 2), 2, _random_samples=DRAWN3), (1, 1, 4, 3, 5)),
    "affine_grid": (lambda t: F.affine_grid(t, (2, 1, 3, 2), align_corners=False), (2, 2, 3)),
    "affine_grid in space": (
        lambda t: F.affine_grid(t, (1, 1, 2, 2, 3), align_corners=True), (1, 3, 4)),
    "pixel_unshuffle": (lambda x: F.pixel_unshuffle(x, 2), (1, 1, 2, 4)),
}  # fmt: skip


def _of_both(mode: str, padding_mode: str, corners: bool) -> Callable[[Any], Any]:
    """An image and where it is read in one vector, both to be differentiated."""

    def read(x: Any) -> Any:
        image, places = x[:24].reshape(1, 2, 3, 4), x[24:].reshape(1, 2, 3, 2)
        return F.grid_sample(image, 1.4 * places, mode, padding_mode, corners)

    return read


CASES |= {
    f"grid_sample, {mode}, {padding}, {corners}": (_of_both(mode, padding, corners), (36,))
    for mode in ("bilinear", "nearest", "bicubic")
    for padding in ("zeros", "border", "reflection")
    for corners in (True, False)
}
CASES["grid_sample in space"] = (
    lambda x: F.grid_sample(x, wave(1, 2, 2, 1, 3), align_corners=False), (1, 1, 2, 3, 2))  # fmt: skip
GIVEN: dict[str, list[Any]] = json.loads(Path(__file__).with_suffix(".json").read_text())


def results(name: str) -> tuple[Any, Any]:
    """What a function gives, and the gradient by its argument."""
    f, shape = CASES[name]
    x = leaf(wave(*shape).numpy())
    y = f(x)
    weight = torch.tensor(np.cos(np.arange(np.prod(y.shape))).reshape(tuple(y.shape)))
    (y * weight).sum().backward()
    return y, x.grad


@pytest.mark.parametrize("name", CASES)
def test_functions_of_windows(name: str) -> None:
    y, g = results(name)
    value, gradient = GIVEN[name]
    check(y, value)
    check(g, gradient)


def test_pooling_tells_where_the_largest_stand() -> None:
    x = torch.tensor([[[[1.0, 5.0, 2.0], [7.0, 0.0, 9.0]]]])
    y, places = F.max_pool2d(x, 2, stride=1, return_indices=True)
    assert y.tolist() == [[[[7, 9]]]]
    assert places.tolist() == [[[[3, 5]]]]


def test_an_infinite_element_is_seen_where_it_has_a_share_alone() -> None:
    inf = float("inf")
    x = leaf([[[1, inf, 2]]])
    y = F.interpolate(x, size=6)
    assert y.tolist() == [[[1, 1, inf, inf, 2, 2]]]
    assert F.adaptive_avg_pool1d(x, 3).tolist() == x.tolist()
    y.sum().backward()
    assert x.grad.tolist() == [[[2, 2, 2]]]


def test_as_many_elements_as_before_are_not_interpolated() -> None:
    x = leaf([[[1, 4, 2]]])
    y = F.interpolate(x, scale_factor=1.3, mode="linear")
    assert y.tolist() == x.tolist()
    (y * y).sum().backward()
    assert x.grad.tolist() == [[[2, 8, 4]]]


def test_windows_that_do_not_fit() -> None:
    with pytest.raises(RuntimeError):
        F.conv1d(leaf([[[1, 2]]]), leaf([[[1, 2, 3]]]))


@pytest.mark.parametrize("wanted", [(6, 4), (2, 4), (5,)])
def test_max_unpool_refuses_sizes_that_no_pooling_had(wanted: tuple[int, ...]) -> None:
    places = torch.tensor([[[[0, 2], [4, 6]]]])
    with pytest.raises(ValueError, match="output_size"):
        F.max_unpool2d(torch.ones(1, 1, 2, 2), places, 2, output_size=wanted)
