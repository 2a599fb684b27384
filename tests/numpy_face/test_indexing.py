"""x[key] for every kind of key: values, gradients, and one trace for all sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.handles.numpy_face import Array

from . import admits, called, check, same_values, scalar_of, traced

X = np.random.default_rng(0).normal(size=(3, 4, 3))
ROWS, COLUMNS = np.array([0, 2, -1]), np.array([[1], [-2]])

KEYS: dict[str, Any] = {
    "an integer": 1,
    "a negative integer": -1,
    "integers for every axis": (1, -2, 0),
    "a slice": slice(1, 3),
    "a range": range(2, -1, -1),
    "a range and a list": (range(2), [1, 0]),
    "a slice with a step": slice(None, None, 2),
    "a slice backwards": slice(None, None, -1),
    "a slice backwards in steps": (slice(None), slice(-1, 0, -2)),
    "a slice beyond the end": slice(2, 100),
    "an empty slice": slice(3, 1),
    "slices and integers": (slice(1, None), 2, slice(None, -1)),
    "an ellipsis": (..., 1),
    "an ellipsis between": (0, ..., slice(1, None)),
    "an ellipsis for nothing": (0, 1, ..., 2),
    "everything": ...,
    "new axes": (None, slice(None), None, 2),
    "an index array": ROWS,
    "a list": [2, 0, 2],
    "an empty list": [],
    "a 0-d index array": (slice(None), np.array(2)),
    "an index array of two axes": (slice(None), COLUMNS),
    "small integers": (slice(None), np.array([1, 2], np.int8)),
    "adjacent index arrays": (ROWS, COLUMNS),
    "index arrays in the middle": (slice(1, None), ROWS, np.array([1, 0, 2])),
    "index arrays apart": (ROWS, slice(None), COLUMNS),
    "index arrays apart, with an ellipsis": (ROWS, ..., np.array([0, 1, 1])),
    "index arrays parted by nothing": (slice(None), ROWS, ..., np.array([0, 1, 1])),
    "an index array beside an integer": (slice(None), 1, np.array([0, 2])),
    "an integer apart from an index array": (0, slice(None), np.array([0, 2])),
    "index arrays and new axes": (None, ROWS, None, np.array([0, 1, 1]), None),
    "a mask": X > 0.2,
    "a mask of leading axes": X[..., 0] > 0,
    "a mask of one axis": (slice(None), np.array([True, False, True, True])),
    "a mask beside an index array": (X[:, 0, 0] > -9, np.array([0, 1, 2])),
    "a mask of nothing": np.zeros((3, 4), bool),
    "true": True,
    "false": (slice(None), False),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_reading(key: Any) -> None:
    check(lambda x: x[key], X)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_writing(key: Any) -> None:
    v = np.random.default_rng(1).normal(size=X[key].shape)

    def written(x: Any, v: Any) -> Any:
        y = x.copy()
        y[key] = v
        return y

    check(written, X, v)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_adding_at(key: Any) -> None:
    v = np.random.default_rng(1).normal(size=X[key].shape)

    def added(x: Any, v: Any) -> Any:
        y = x.copy()
        np.add.at(y, key, v)
        return y

    check(added, X, v, compiled=False)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_in_place_operators(key: Any) -> None:
    def changed(x: Any) -> Any:
        y = x * 2.0
        y[key] *= 3.0
        y[key] += x[key] * y[key]
        return y

    check(changed, X, compiled=False)


def test_of_several_writes_to_one_place_the_last_stays() -> None:
    where = np.array([0, 2, 0, 0])

    def written(x: Any, v: Any) -> Any:
        y = x.copy()
        y[where] = v
        return y

    check(written, X[:, 0, 0], np.array([1.0, 2.0, 3.0, 4.0]))


def test_values_broadcast_to_what_they_are_written_to() -> None:
    def written(x: Any, v: Any) -> Any:
        y = x.copy()
        y[1:3] = v
        y[:, [0, 2]] = v[0] * 2.0
        y[y[:, :, 0] > 5.0] = v[0]
        y[..., 0] = 7.0
        return y

    check(written, X, np.array([[1.0, 2.0, 3.0]]))


# --- one trace for all sizes

SIZELESS: dict[str, Any] = {
    "neighbours": lambda x: x[1:] - x[:-1],
    "every second": lambda x: x[::2],
    "backwards": lambda x: x[::-1],
    "the last": lambda x: x[-1],
    "inner": lambda x: x[1:-1] * 2.0,
    "columns": lambda x: x[:, 1:],
    "an index array": lambda x: x[[0, 2, 0]],
    "index arrays": lambda x: x[[0, 1], [1, 0]],
    "a new axis": lambda x: x[:, None] * x[None],
    "written": lambda x: _assigned(x, slice(1, -1), 2.0),
    "written by index": lambda x: _assigned(x, [0, 2], x[1]),
    "written by mask": lambda x: _assigned(x, x > 0.0, 0.5),
    "written by mask of rows": lambda x: _assigned(x, x[:, 0] > 0.0, x[0]),
}


def _assigned(x: Any, key: Any, v: Any) -> Any:
    y = x.copy()
    y[key] = v
    return y


@pytest.mark.parametrize("f", SIZELESS.values(), ids=SIZELESS)
def test_one_trace_serves_all_sizes(f: Any) -> None:
    graph = traced(f, np.ones((6, 4)))
    for shape in ((8, 4), (10, 6), (6, 4)):
        x = np.random.default_rng(2).normal(size=shape)
        assert admits(graph, x)
        np.testing.assert_allclose(called(graph, x), f(x))


def test_a_mask_that_is_not_known_is_left_to_the_tape() -> None:
    check(lambda x: x[x > 0.1] ** 2, X)


def test_an_index_that_is_computed() -> None:
    check(lambda x: x[np.argmax(x[:, 0, 0])] * x[np.argsort(x[:, 0, 0])[1]], X)


# --- what is refused

WRONG: dict[str, tuple[Any, type[Exception], str]] = {
    "beyond the end": (3, IndexError, "index 3 is out of bounds for axis 0 with size 3"),
    "beyond an axis": ((0, -6), IndexError, "index -6 is out of bounds for axis 1 with size 4"),
    "an array beyond": ([0, 4], IndexError, "index 4 is out of bounds for axis 0 with size 3"),
    "too many": ((0, 0, 0, 0), IndexError, "too many indices for array"),
    "two ellipses": ((..., 0, ...), IndexError, "single ellipsis"),
    "a float": (1.0, IndexError, "only integers, slices"),
    "an array of floats": (np.array([0.0]), IndexError, "integer \\(or boolean\\) type"),
    "a text": ("a", IndexError, "only integers, slices"),
    "a short mask": (np.array([True]), IndexError, "boolean index did not match"),
    "no step": (slice(None, None, 0), ValueError, "slice step cannot be zero"),
    "arrays that differ": (([0, 1], [0, 1, 2]), IndexError, "shape mismatch"),
}


@pytest.mark.parametrize(("key", "error", "message"), WRONG.values(), ids=WRONG)
def test_keys_that_are_refused(key: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error):
        X[key]
    with pytest.raises(error, match=message):
        same_values(lambda x: x[key] if isinstance(x, Array) else x, X)


def test_values_that_do_not_fit() -> None:
    def written(x: Any) -> Any:
        y = x * 1.0
        y[0] = np.ones(5)
        return y

    with pytest.raises(ValueError, match=r"could not broadcast input array from shape \(5,\)"):
        scalar_of(written)(X)
    with pytest.raises(ValueError, match=r"could not broadcast input array from shape \(5,\)"):
        same_values(lambda x: written(x) if isinstance(x, Array) else x, X)


@pytest.mark.parametrize("compiled", [True, False])
def test_what_is_tiled_or_repeated_is_a_copy_to_write_to(compiled: bool) -> None:
    def f(x: Any) -> Any:
        rows, column, grid = np.tile(x, (2, 1)), np.repeat(x[:1], 3), np.resize(x[0], (2, 2))
        rows[0] *= x
        column[1:] *= 2
        grid[0] = x[1] * x[:2]
        return np.sum(rows) + np.sum(column) + np.sum(grid)

    x = np.array([2.0, 3.0, 5.0])
    slope = 2 * x + 1 + [5 + 2 + x[1], x[0] + 2 * x[1], 0]
    value, gradient = sd.value_and_grad(f, compile=compiled)(x)
    np.testing.assert_allclose(value, f(x))
    np.testing.assert_allclose(gradient, slope)
