"""Loops that run for a strip of rows at once give what the same loops give row by row."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from small_programs import I, J, M, N, at, call, define, program, total

from codegen import Kernel, build
from codegen.index import Buffer, Program, Statement

SIZES = [(n, m) for n in (0, 1, 7, 8, 9, 35) for m in (0, 1, 8, 13, 2049)]


def regression() -> Program:
    """r = x w, the sum of its squares, and x.T r: each row of x is read once."""
    body: list[Statement] = [
        define("r", "i", (N,), total("j", (M,), call("mul", at("x", I, J), at("w", J)))),
        define("y", "", (), total("i", (N,), call("mul", at("r", I), at("r", I)))),
        define("g", "j", (M,), total("i", (N,), call("mul", at("r", I), at("x", I, J)))),
    ]
    return program("regression", {"x": (N, M), "w": (M,)}, body, "y", "g")


def extremes() -> Program:
    """The largest and smallest of each row in a weight, what they leave, and its column sums."""
    weighted = call("mul", at("x", I, J), at("w", J))
    body: list[Statement] = [
        define("high", "i", (N,), total("j", (M,), weighted, "maximum")),
        define("low", "i", (N,), total("j", (M,), weighted, "minimum")),
        define("d", "ij", (N, M), call("sub", weighted, call("add", at("high", I), at("low", I)))),
        define("c", "j", (M,), total("i", (N,), at("d", I, J))),
    ]
    return program("extremes", {"x": (N, M), "w": (M,)}, body, "high", "low", "d", "c")


@cache
def kernel(make: Any, dtype: str = "float64") -> Kernel:
    return build(in_dtype(make(), dtype), "llvm")


def in_dtype(made: Program, dtype: str) -> Program:
    def changed(buffer: Buffer) -> Buffer:
        return replace(buffer, dtype=dtype)

    body = tuple(replace(s, target=changed(s.target)) for s in made.body)  # type: ignore[union-attr, call-arg]
    return replace(made, inputs=tuple(map(changed, made.inputs)), body=body)


def data(n: int, m: int, dtype: str = "float64") -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n + m)
    return rng.normal(size=(n, m)).astype(dtype), rng.normal(size=m).astype(dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_sums_of_rows_and_of_columns(n: int, m: int, dtype: str) -> None:
    x, w = data(n, m, dtype)
    y, g = kernel(regression, dtype)(x, w)
    exact = x.astype(float) @ w.astype(float)
    near = 1e-12 if dtype == "float64" else 1e-4
    np.testing.assert_allclose(y, exact @ exact, rtol=near)
    np.testing.assert_allclose(g, exact @ x.astype(float), rtol=near, atol=near * (1 + n * m))


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_extremes_of_rows(n: int, m: int) -> None:
    x, w = data(n, m)
    high, low = (x * w).max(1, initial=-np.inf), (x * w).min(1, initial=np.inf)
    d = x * w - (high + low)[:, None] if m else np.zeros((n, 0))
    for value, right in zip(kernel(extremes)(x, w), (high, low, d, d.sum(0)), strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_row_that_is_not_finite_spoils_no_other(bad: float) -> None:
    x, w = data(16, 13)
    x[3, 12] = bad
    high, _, d, _ = kernel(extremes)(x, w)
    np.testing.assert_array_equal(high, (x * w).max(1))
    np.testing.assert_array_equal(np.isfinite(d).all(1), np.arange(16) != 3)


def test_rows_that_write_one_place_one_after_the_other_keep_their_order() -> None:
    """What only the last row leaves is not a sum of rows, and not written by all at once."""
    shifted = define("d", "ij", (N, M), call("add", at("x", I, J), at("w", J)))
    last = define("s", "i", (N,), total("j", (M,), call("mul", at("d", I, J), at("d", I, J))))
    x, w = data(17, 9)
    (s,) = build(program("shifted", {"x": (N, M), "w": (M,)}, [shifted, last], "s"), "llvm")(x, w)
    np.testing.assert_allclose(s, ((x + w) ** 2).sum(1), rtol=1e-12)
