"""Slices and index arrays as kernels have them: the same numbers as NumPy, whatever the key."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff.compiling.compiler import CompiledOp
from symdiff.graph.op import OPS, aval_of
from symdiff.ops.gathering import is_last
from symdiff.ops.index import Span
from symdiff.tracing.graphs import inputs_for, trace

RNG = np.random.default_rng(0)
X, G = RNG.normal(size=(2, 4, 5)), RNG.normal(size=(2, 3))
ROWS, COLUMNS = np.array([1, -1, 1]), np.array([[0], [-2]])
BACK = (1, Span(4, 3, -2))

CASES: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "index": ("index", (X,), {"key": BACK}),
    "index the last axis": ("index", (X,), {"key": (Span(1, 3, 1),)}),
    "index nothing": ("index", (X,), {"key": (Span(0, 0, 1), Span(0, 5, 1))}),
    "embed": ("embed", (G,), {"key": BACK, "shape": (4, 5)}),
    "embed beyond": ("embed", (G,), {"key": (Span(2, 3, 2),), "shape": (7,)}),
    "assign": ("assign", (X, G), {"key": BACK}),
    "assign a number": ("assign", (X, 2.0), {"key": BACK}),
    "assign a vector": ("assign", (X, G[0]), {"key": BACK}),
    "assign to one": ("assign", (X[0], G), {"key": BACK}),
    "gather": ("gather", (X, ROWS), {"after": 1}),
    "gather by pairs": ("gather", (X, ROWS, COLUMNS), {"after": 0}),
    "gather by a number": ("gather", (X, np.array(2)), {"after": 1}),
    "gather nothing": ("gather", (X, np.zeros(0, int)), {"after": 0}),
    "gather by small integers": ("gather", (X, ROWS.astype(np.int32)), {"after": 0}),
    "scatter_add": ("scatter_add", (X[:, :3], ROWS), {"shape": (4,), "after": 1}),
    "scatter_add by pairs": (
        "scatter_add",
        (RNG.normal(size=(2, 2, 3)), ROWS, COLUMNS),
        {"shape": (3, 4), "after": 0},
    ),
    "put": ("put", (X, RNG.normal(size=(2, 3, 5)), ROWS), {"after": 1}),
    "put a number": ("put", (X, 7.0, ROWS), {"after": 1}),
    "put by pairs": ("put", (X, RNG.normal(size=(2, 3)), ROWS, COLUMNS), {"after": 0}),
    "is_last": ("is_last", (np.array([3, 1, 3, -1]),), {"shape": (4,)}),
    "is_last of pairs": ("is_last", (ROWS, COLUMNS), {"shape": (2, 3)}),
}


@pytest.mark.parametrize(("name", "args", "params"), CASES.values(), ids=CASES)
def test_kernels_are_numpys(name: str, args: Any, params: Any) -> None:
    arrays = [a for a in args if isinstance(a, np.ndarray)]
    labels = [f"x{k}" for k in range(len(arrays))]

    def function(*given: Any) -> Any:
        rest = iter(given)
        return OPS[name](*(next(rest) if isinstance(a, np.ndarray) else a for a in args), **params)

    graph = trace(name, function, inputs_for(labels, [aval_of(a) for a in arrays]))
    got = np.asarray(CompiledOp(graph).op(*arrays))
    expected = OPS[name].evaluate(*args, **params)
    assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_array_equal(got, expected)


def test_the_last_write_stays() -> None:
    np.testing.assert_array_equal(
        is_last(np.array([3, 1, 3, -1, 0]), shape=(4,)), [False, True, False, True, True]
    )


def test_an_index_beyond_the_end_is_refused_in_kernels() -> None:
    x, where = X[0, 0], np.array([0, 5, 1])
    inputs = inputs_for(["x", "k"], [aval_of(x), aval_of(where)])
    graph = trace("f", lambda x, k: OPS["gather"](x, k, after=0), inputs)
    with pytest.raises(IndexError):
        CompiledOp(graph).op(x, where)
