"""The edges of a loop are one where that is less code, and only where turns may come in any order."""

from __future__ import annotations

from functools import reduce
from itertools import product

import numpy as np
import pytest
from small_programs import I, J, M, N, at, call, define, program

from codegen import build
from codegen.fuse import fuse
from codegen.index import Apply, Const, Program, Scalar, Select, Var
from codegen.loops import loops
from codegen.nests import Accumulate, For, Local, Step, Store
from codegen.steps import every, in_any_order

SHIFTS = range(-2, 3)


def integer(value: int) -> Const:
    return Const(value, "int64")


def inside(index: Scalar, extent: Scalar) -> Scalar:
    return call("and", Apply("ge", (index, integer(0))), Apply("lt", (index, extent)))


def spread() -> Program:
    """y[i] = the sum of exp(x) over the neighbours that there are."""
    terms = [
        Select(inside(I + k, N), call("exp", at("x", I + k)), Const(0.0))
        for k in map(integer, SHIFTS)
    ]
    value = reduce(lambda left, right: Apply("add", (left, right)), terms)
    return program("spread", {"x": (N,)}, [define("y", "i", (N,), value)], "y")


def spread_by_numpy(x: np.ndarray) -> np.ndarray:
    padded = np.pad(np.exp(x), 2)
    return sum((padded[2 + k : 2 + k + len(x)] for k in SHIFTS), np.zeros(len(x)))


def around() -> Program:
    """The same for the nine neighbours in a matrix, their squares."""
    terms = [
        Select(
            call("and", inside(I + k, N), inside(J + m, M)),
            call("square", at("x", I + k, J + m)),
            Const(0.0),
        )
        for k, m in product(map(integer, (-1, 0, 1)), repeat=2)
    ]
    value = reduce(lambda left, right: Apply("add", (left, right)), terms)
    return program("around", {"x": (N, M)}, [define("y", "ij", (N, M), value)], "y")


def around_by_numpy(x: np.ndarray) -> np.ndarray:
    n, m = x.shape
    padded = np.pad(x**2, 1)
    return sum(
        (padded[i : i + n, j : j + m] for i in range(3) for j in range(3)), np.zeros(x.shape)
    )


def loops_of(made: Program) -> list[Step]:
    return [s for step in loops(fuse(made)).body for s in every(step) if isinstance(s, For)]


def test_all_edges_are_one_loop_over_the_sides() -> None:
    whole, sides, edge = loops_of(spread())
    assert isinstance(whole, For) and isinstance(sides, For) and isinstance(edge, For)
    assert (whole.few, sides.few, edge.few) == (0, 2, 4)
    assert sum(isinstance(s, Store) for s in every(sides)) == 1


def test_rows_and_columns_have_their_edges() -> None:
    assert sum(isinstance(s, Store) for step in loops_of(around())[:1] for s in every(step)) == 2
    assert str(loops(fuse(around()))).count("y[i, j] =") == 3


@pytest.mark.parametrize("target", ["python", "llvm"])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 9, 40])
def test_every_size_has_its_values(n: int, target: str) -> None:
    x = np.sin(np.arange(1.0, n + 1))
    np.testing.assert_allclose(build(spread(), target)(x)[0], spread_by_numpy(x), rtol=1e-14)


@pytest.mark.parametrize("target", ["python", "llvm"])
@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 7), (7, 1), (2, 3), (3, 2), (4, 40), (40, 4), (19, 21)]
)
def test_every_shape_has_its_values(shape: tuple[int, int], target: str) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_allclose(build(around(), target)(x)[0], around_by_numpy(x), rtol=1e-14)


def loop(*body: Step) -> For:
    return For("i", integer(0), N, body)


def test_turns_that_need_others_keep_their_order() -> None:
    own, before = at("y", I), at("y", I - integer(1))
    assert in_any_order(loop(Store("y", (I,), at("x", I))))
    assert in_any_order(loop(Store("y", (I,), at("x", I)), Store("z", (I,), own)))
    assert not in_any_order(loop(Store("y", (I,), before)))
    assert not in_any_order(loop(Store("y", (Var("k"),), at("x", I))))
    assert not in_any_order(
        loop(Store("y", (I,), Local("s", "float64")), *gathered("s", "logaddexp"))
    )
    assert in_any_order(loop(*gathered("s", "add")))
    assert not in_any_order(loop(*gathered("s", "add"), Store("y", (I,), Local("s", "float64"))))


def gathered(name: str, combine: str) -> tuple[Step, ...]:
    return (Accumulate(Local(name, "float64"), combine, at("x", I)),)
