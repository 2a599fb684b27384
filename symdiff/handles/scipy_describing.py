"""What scipy.stats says of samples that are followed: scores, means, moments, entropies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops.special import entr, xlogy
from .operands import operand

Function = Callable[..., Any]


def _zscore(a: Any, axis: Any = 0, ddof: int = 0) -> Any:
    a = operand(a)
    return (a - np.mean(a, axis, keepdims=True)) / np.std(a, axis, ddof=ddof, keepdims=True)


def _moment(a: Any, order: int = 1, axis: Any = 0, *, center: Any = None) -> Any:
    a = operand(a)
    return np.mean(
        (a - (np.mean(a, axis, keepdims=True) if center is None else center)) ** order, axis
    )


def _skew(a: Any, axis: Any = 0) -> Any:
    return _moment(a, 3, axis) / _moment(a, 2, axis) ** 1.5


def _kurtosis(a: Any, axis: Any = 0, fisher: bool = True) -> Any:
    return _moment(a, 4, axis) / _moment(a, 2, axis) ** 2 - (3.0 if fisher else 0.0)


def _sem(a: Any, axis: Any = 0, ddof: int = 1) -> Any:
    a = operand(a)
    return np.std(a, axis, ddof=ddof) / np.sqrt(a.size if axis is None else a.shape[axis])


def _entropy(pk: Any, qk: Any = None, base: Any = None, axis: int = 0) -> Any:
    """Of probabilities, which need not sum to 1; relative to others, if these are given."""
    given = [operand(p) for p in (pk, qk) if p is not None]
    shares = [p / np.sum(p, axis, keepdims=True) for p in given]
    y = np.sum(entr(shares[0]) if qk is None else xlogy(shares[0], shares[0] / shares[1]), axis)
    return y if base is None else y / np.log(base)


DESCRIBING: dict[str, Function] = {
    "zscore": _zscore, "moment": _moment, "skew": _skew, "kurtosis": _kurtosis, "sem": _sem,
    "entropy": _entropy,
    "gmean": lambda a, axis=0: np.exp(np.mean(np.log(operand(a)), axis)),
    "hmean": lambda a, axis=0: 1 / np.mean(1 / operand(a), axis),
    "variation": lambda a, axis=0: np.std(operand(a), axis) / np.mean(operand(a), axis),
}  # fmt: skip
