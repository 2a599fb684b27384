"""How a loss for every element becomes one number: what all losses share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..functions import reducing
from ..functions.axes import shape_of
from ..handles.remembered import remembering
from ..ops import elementwise as ew
from ..tensors.names.table import spoken
from ..tensors.torch_face import Tensor


def loss(grad_fn: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The loss by a function that gives it for every element, reduced as `reduction` says.

    If the function gives (losses, weights), their mean is divided by the sum of the weights.
    `size_average` and `reduce` are older words for `reduction`.
    """

    def decorate(per_element: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(per_element)
        def whole(
            *args: Any,
            size_average: bool | None = None,
            reduce: bool | None = None,
            reduction: str = "mean",
            **options: Any,
        ) -> Any:
            if size_average is not None or reduce is not None:
                reduction = _in_new_words(size_average, reduce)
            return _reduced(per_element(*args, **options), reduction)

        return spoken(grad_fn)(whole)

    return decorate


def _in_new_words(size_average: bool | None, reduce: bool | None) -> str:
    if reduce is False:
        return "none"
    return "sum" if size_average is False else "mean"


def _reduced(found: Any, reduction: str) -> Any:
    losses, weights = found if isinstance(found, tuple) else (found, None)
    if reduction == "none":
        return losses
    if reduction == "sum":
        return _sum(losses)
    if reduction == "batchmean":
        return ew.div(reducing.sum(losses), shape_of(losses)[0] if shape_of(losses) else 1)
    if reduction != "mean":
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if weights is None:
        return _mean(losses)
    return ew.div(reducing.sum(losses), reducing.sum(weights))


_sum, _mean = remembering(Tensor, reducing.sum), remembering(Tensor, reducing.mean)


def weighted(losses: Any, weight: Any) -> Any:
    return losses if weight is None else ew.mul(losses, weight)
