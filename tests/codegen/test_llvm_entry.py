"""Kernels take arguments apart themselves: what is wrong is refused, what was made is given back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codegen import build
from codegen.index import Apply, Buffer, Cast, Define, Program, Read, Reduce, Var

N, K, HERE = Var("n"), Var("k"), Var("i")
X = np.arange(5.0)
Q = np.array([0, -1, 2])


@pytest.fixture(scope="module")
def gather() -> Any:
    """y = x[q], and the sum of the places."""
    place = Apply("wrap_index", (Read("q", (HERE,)), N))
    inputs = (Buffer("x", (N,)), Buffer("q", (K,), "int64"))
    places = Reduce("add", (("i", K),), Read("q", (HERE,)))
    body = (
        Define(Buffer("y", (K,)), ("i",), Read("x", (place,))),
        Define(Buffer("s", (), "int64"), (), places),
    )
    extents = (("n", "x", 0), ("k", "q", 0))
    return build(Program("gather", extents, inputs, body, ("y", "s")), "llvm").function


@pytest.mark.parametrize(
    "args",
    [
        (X,),
        (X, Q, Q),
        (X.tolist(), Q),
        (X.astype("float32"), Q),
        (X, Q.astype("int32")),
        (X, Q.astype(">i8")),
        (np.arange(10.0)[::2], Q),
        (X[:, None], Q),
        (X.view(np.matrix), Q),
        (None, Q),
    ],
)
def test_wrong_arguments_are_a_type_error(gather: Any, args: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match=r"must be a C-contiguous array|takes 2 arguments"):
        gather(*args)


def test_equal_dtypes_of_another_name_are_taken(gather: Any) -> None:
    y, s = gather(X, Q.view(np.longlong))
    np.testing.assert_array_equal(y, X[Q])
    assert s == 1
    assert type(s) is int


def test_numbers_of_many_kinds_are_taken() -> None:
    kinds = ("float64", "float32", "int64", "int32", "bool")
    inputs = tuple(Buffer(f"p{k}", (), kind) for k, kind in enumerate(kinds))
    total = Read("p0", ())
    for k in range(1, 5):
        total = Apply("add", (total, Cast("float64", Read(f"p{k}", ()))))
    body = (Define(Buffer("y", ()), (), total),)
    function = build(Program("numbers", (), inputs, body, ("y",)), "llvm").function
    assert function(0.5, np.float32(0.25), 3, np.int32(-1), True) == (3.75,)
    assert function(1, 1, np.int64(1), True, np.True_) == (5.0,)
    with pytest.raises(OverflowError, match="p3 does not fit into int32"):
        function(0.5, 0.25, 3, 2**31, True)
    with pytest.raises(TypeError):
        function("0.5", 0.25, 3, 1, True)
    with pytest.raises(TypeError):
        function(0.5, 0.25, 3.5, 1, True)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system tells no sizes")
def test_calls_that_fail_give_their_memory_back(gather: Any) -> None:
    wrong = np.full(500_000, 9)
    before, counted = resident(), sys.getrefcount(wrong)
    for _ in range(100):
        with pytest.raises(IndexError):
            gather(X, wrong)
    assert resident() - before < 100 * 2**20
    assert sys.getrefcount(wrong) == counted


def resident() -> int:
    return 4096 * int(Path("/proc/self/statm").read_text().split()[1])
