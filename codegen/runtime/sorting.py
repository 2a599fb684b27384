"""Sorting and searching for compiled code, along the last axis of C-contiguous arrays.

A NaN comes after every number, as in NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .primitives import compiled
from .shapes import rows


@compiled
def _less(a: Any, b: Any) -> bool:
    return a < b or (b != b and a == a)


@compiled
def _merge(keys: Any, source: Any, target: Any, width: int) -> None:
    """Sorted runs of one width become sorted runs of twice the width; equals keep their order."""
    n = len(source)
    for start in range(0, n, 2 * width):
        middle, stop = min(start + width, n), min(start + 2 * width, n)
        left, right = start, middle
        for k in range(start, stop):
            later = right < stop and _less(keys[source[right]], keys[source[min(left, n - 1)]])
            if left < middle and not later:
                target[k] = source[left]
                left += 1
            else:
                target[k] = source[right]
                right += 1


@compiled
def _order_of(order: Any, keys: Any, spare: Any) -> None:
    """order becomes the stable sorting index of keys."""
    for k in range(len(keys)):
        order[k] = k
    width, turned = 1, False
    while width < len(keys):
        if turned:
            _merge(keys, spare, order, width)
        else:
            _merge(keys, order, spare, width)
        width, turned = 2 * width, not turned
    for k in range(len(keys) if turned else 0):
        order[k] = spare[k]


@compiled
def argsort(x: Any, a: Any) -> None:
    xs, as_, spare = rows(x), rows(a), np.empty(a.shape[-1], np.int64)
    for k in range(len(as_)):
        _order_of(xs[k], as_[k], spare)


@compiled
def sort(x: Any, a: Any) -> None:
    xs, as_ = rows(x), rows(a)
    order, spare = np.empty(a.shape[-1], np.int64), np.empty(a.shape[-1], np.int64)
    for k in range(len(as_)):
        _order_of(order, as_[k], spare)
        for i in range(len(order)):
            xs[k, i] = as_[k, order[i]]


@compiled
def argmax_of(a: Any) -> int:
    """The place of the first largest element of a row; a NaN counts as largest."""
    if len(a) == 0:
        raise ValueError("attempt to get argmax of an empty sequence")
    best = 0
    for i in range(len(a)):
        if a[best] == a[best] and (a[i] > a[best] or a[i] != a[i]):
            best = i
    return best


@compiled
def argmin_of(a: Any) -> int:
    """The place of the first smallest element of a row; a NaN counts as smallest."""
    if len(a) == 0:
        raise ValueError("attempt to get argmin of an empty sequence")
    best = 0
    for i in range(len(a)):
        if a[best] == a[best] and (a[i] < a[best] or a[i] != a[i]):
            best = i
    return best


@compiled
def argmax(x: Any, a: Any) -> None:
    xs, as_ = x.reshape(x.size), rows(a)
    for k in range(len(as_)):
        xs[k] = argmax_of(as_[k])


@compiled
def argmin(x: Any, a: Any) -> None:
    xs, as_ = x.reshape(x.size), rows(a)
    for k in range(len(as_)):
        xs[k] = argmin_of(as_[k])


@compiled
def searchsorted_of(a: Any, v: Any, right: bool = False) -> int:
    """How many elements of a sorted row are less than v, or not greater if `right`."""
    low, high = 0, len(a)
    while low < high:
        middle = (low + high) // 2
        before = not _less(v, a[middle]) if right else _less(a[middle], v)
        low, high = (middle + 1, high) if before else (low, middle)
    return low


@compiled
def searchsorted(x: Any, a: Any, v: Any, right: bool = False) -> None:
    xs, vs = x.reshape(x.size), v.reshape(v.size)
    for k in range(len(vs)):
        xs[k] = searchsorted_of(a, vs[k], right)
