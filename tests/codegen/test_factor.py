"""A matrix that several routines factorise is factorised once, and each gives what it gave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_programs import I, J, M, N, at, define, program

from codegen import build
from codegen.fuse import fuse
from codegen.index import Buffer, Call, Const, Program, Statement, Var


def routines(batched: bool = False) -> Program:
    """The four routines on one matrix, and three on its transpose."""
    lead, index, k = ((M,), "kij", (Var("k"),)) if batched else ((), "ij", ())
    square, column = (*lead, N, N), (*lead, N, Const(2, "int64"))
    body: list[Statement] = [
        define("t", index, square, at("a", *k, J, I)),
        Call((Buffer("x", column),), "solve", ("a", "b")),
        Call((Buffer("y", column),), "solve", ("t", "b")),
        Call((Buffer("i", square),), "inv", ("a",)),
        Call((Buffer("d", lead),), "det", ("t",)),
        Call((Buffer("s", lead), Buffer("l", lead)), "slogdet", ("a",)),
    ]
    return program("routines", {"a": square, "b": column}, body, "x", "y", "i", "d", "s", "l")


def wanted(a: np.ndarray, b: np.ndarray) -> tuple[Any, ...]:
    la = np.linalg
    return la.solve(a, b), la.solve(np.swapaxes(a, -1, -2), b), la.inv(a), la.det(a), *la.slogdet(a)


@pytest.mark.parametrize("target", ["python", "llvm"])
@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (7, 7), (3, 5, 5), (0, 4, 4), (2, 0, 0), (0, 0)])
def test_factors_serve_all(shape: tuple[int, ...], target: str) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=shape), rng.normal(size=(*shape[:-1], 2))
    found = build(routines(len(shape) == 3), target)(a, b)
    for value, right in zip(found, wanted(a, b), strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-9, atol=1e-10)


def test_one_factorisation_and_no_transpose_is_left() -> None:
    names = [s.routine if isinstance(s, Call) else "" for s in fuse(routines()).body]
    assert sorted(names) == ["lu", "lu_det", "lu_inv", "lu_slogdet", "lu_solve", "lu_solve"]


def test_a_single_use_stays_as_it_is() -> None:
    call = Call((Buffer("x", (N, N)),), "inv", ("a",))
    assert fuse(program("inverse", {"a": (N, N)}, [call], "x")).body == (call,)


def test_an_inverse_of_the_transpose_has_factors_of_its_own() -> None:
    body: list[Statement] = [
        define("t", "ij", (N, N), at("a", J, I)),
        Call((Buffer("x", (N, N)),), "inv", ("a",)),
        Call((Buffer("y", (N, N)),), "inv", ("t",)),
    ]
    a = np.random.default_rng(0).normal(size=(4, 4))
    x, y = build(program("inverses", {"a": (N, N)}, body, "x", "y"), "llvm")(a)
    np.testing.assert_allclose(x, np.linalg.inv(a))
    np.testing.assert_allclose(y, np.linalg.inv(a.T))


def test_a_singular_matrix_has_no_solution_but_a_determinant() -> None:
    body: list[Statement] = [
        Call((Buffer("s", ()), Buffer("l", ())), "slogdet", ("a",)),
        Call((Buffer("d", ()),), "det", ("a",)),
    ]
    a = np.array([[1.0, 2.0], [2.0, 4.0]])
    assert build(program("singular", {"a": (N, N)}, body, "s", "l", "d"), "llvm")(a) == (
        0,
        -np.inf,
        0,
    )
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        build(routines(), "llvm")(a, a)
