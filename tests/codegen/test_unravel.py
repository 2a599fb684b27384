"""Reshaped arrays are read without division, and right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_programs import I, J, K, L, M, N, at, call, define, program, total

from codegen import build
from codegen.index import Const, Program, Scalar, Var

FLAT = (I * M + J) * L + K
ROWS = I * (M * L) + J


def reshaped(
    old: tuple[Scalar, ...], new: tuple[Scalar, ...], index: str, place: tuple[Scalar, ...]
) -> Program:
    """y = x.reshape(new), beside its sum of squares."""
    names = {"i": I, "j": J, "k": K}
    y = define("y", index, new, at("x", *place))
    square = call("square", at("y", *(names[name] for name in index)))
    body = [y, define("s", "", (), total(index, new, square))]
    # d tells the extents that the shape of x does not
    return program("reshaped", {"d": (N, M, L), "x": old}, body, "y", "s")


@pytest.mark.parametrize(
    "made",
    [
        reshaped((N, M), (N * M,), "i", (I // M, I % M)),
        reshaped((N, M, L), (N * M * L,), "i", (I // L // M, I // L % M, I % L)),
        reshaped((N, M, L), (N, M * L), "ij", (ROWS // L // M, ROWS // L % M, ROWS % L)),
        reshaped((N, M * L), (N, M, L), "ijk", (FLAT // (M * L), FLAT % (M * L))),
        reshaped((N * M * L,), (N, M, L), "ijk", (FLAT,)),
    ],
)
def test_reshapes_without_division(made: Program) -> None:
    kernel = build(made, "python")
    assert "div" not in kernel.source
    assert "mod" not in kernel.source
    x = np.random.default_rng(0).normal(size=sizes(made.inputs[1].shape))
    y, s = kernel(np.ones((2, 3, 4)), x)
    np.testing.assert_array_equal(y.ravel(), x.ravel())
    assert s == pytest.approx(np.sum(x**2))


def sizes(shape: tuple[Scalar, ...]) -> list[int]:
    return [size(extent) for extent in shape]


def size(extent: Any) -> int:
    if isinstance(extent, Var):
        return {"n": 2, "m": 3, "l": 4}[extent.name]
    return size(extent.args[0]) * size(extent.args[1])


def test_reshapes_that_cut_rows_still_divide() -> None:
    """(2, 6) as (3, 4): elements of one row come from two."""
    three, four, six = (Const(size, "int64") for size in (3, 4, 6))
    flat = I * four + J
    y = define("y", "ij", (three, four), at("x", flat // six, flat % six))
    made = program("cut", {"x": (N, six)}, [y], "y")
    x = np.arange(12.0).reshape(2, 6)
    np.testing.assert_array_equal(build(made, "python")(x)[0], x.reshape(3, 4))
