"""What is left to chance in training: elements and whole channels dropped, slopes drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..functions.axes import shape_of
from ..functions.shaping import reshape
from ..ops import elementwise as ew
from ..tensors.names.randomness import draws
from ..tensors.names.table import in_place, spoken


def _kept(p: float, shape: Sequence[Any]) -> np.ndarray:
    """Whether each stays, if it goes with probability p."""
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    return draws().random(tuple(map(int, shape))) >= p


def _by_channel(input: Any) -> tuple[Any, ...]:
    """The shape of a number for each channel of each sample."""
    shape = shape_of(input)
    if len(shape) < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return (*shape[:2], *(1,) * (len(shape) - 2))


def _dropped(input: Any, p: float, shape: Sequence[Any], inplace: bool) -> Any:
    kept = _kept(p, shape)
    y = ew.mul(input, (kept / (1 - p) if p < 1 else kept * 0.0).astype(np.dtype(input.dtype)))
    return input.become(y) if inplace else y


@spoken()
def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each element 0 with probability p, else divided by 1 - p."""
    if not training or p == 0:
        return input
    return _dropped(input, p, shape_of(input), inplace)


@spoken("FeatureDropoutBackward0")
def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each channel 0 with probability p, else divided by 1 - p; one sample may stand alone."""
    return _feature_dropout(input, p, training, inplace, 3)


@spoken("FeatureDropoutBackward0")
def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each channel 0 with probability p, else divided by 1 - p; samples and channels come first."""
    return _feature_dropout(input, p, training, inplace, 0)


@spoken("FeatureDropoutBackward0")
def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each channel 0 with probability p, else divided by 1 - p; one sample may stand alone."""
    return _feature_dropout(input, p, training, inplace, 5)


def _feature_dropout(input: Any, p: float, training: bool, inplace: bool, rank: int) -> Any:
    if not training or p == 0:
        return input
    shape = shape_of(input)
    if len(shape) == rank - 1:
        return _dropped(input, p, (shape[0], *(1,) * (rank - 2)), inplace)
    return _dropped(input, p, _by_channel(input), inplace)


@spoken("AlphaDropoutBackward0")
def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout for selu: its least value with probability p, mean and variance kept."""
    return _alpha_dropped(input, p, training, inplace, shape_of(input))


@spoken("FeatureAlphaDropoutBackward0")
def feature_alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Any:
    """Alpha dropout of whole channels."""
    shape = _by_channel(input) if training and p else ()
    return _alpha_dropped(input, p, training, inplace, shape)


_LEAST = -1.7580993408473766  # what selu tends to from below


def _alpha_dropped(input: Any, p: float, training: bool, inplace: bool, shape: Any) -> Any:
    """a*x + b, with x at its least where it is dropped: mean 0 and variance 1 stay so."""
    if not training or p == 0:
        return input
    kept, dtype = _kept(p, shape), np.dtype(input.dtype)
    a = 1 / math.sqrt((_LEAST**2 * p + 1) * (1 - p)) if p < 1 else 0.0
    b = np.where(kept, -_LEAST * a * p, _LEAST * a * (1 - p))
    y = ew.add(ew.mul(input, (kept * a).astype(dtype)), b.astype(dtype))
    return input.become(y) if inplace else y


@spoken()
def rrelu(input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False,
          inplace: bool = False) -> Any:  # fmt: skip
    """x above 0, below it a slope between the bounds: drawn for each element, or their mean."""
    slope: Any = (lower + upper) / 2
    if training:
        slope = draws().uniform(lower, upper, shape_of(input)).astype(np.dtype(input.dtype))
    y = reshape(ew.where(ew.greater(input, 0), input, ew.mul(input, slope)), shape_of(input))
    return input.become(y) if inplace else y


rrelu_ = in_place(rrelu, "rrelu_")
