"""Checked positions stand apart from the work on what is there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from codegen.fuse.positions import apart
from codegen.index import Apply, Buffer, Const, Define, Program, Read, Scatter, Select, Var

ROW, COLUMN, N, M, K = map(Var, "ijnmk")
POSITION = Apply("wrap_index", (Read("where", (ROW,)), N))


def _program(*body: Any) -> Program:
    inputs = Buffer("x", (N, M)), Buffer("where", (K,), "int64"), Buffer("v", (N,))
    extents = ("n", "x", 0), ("m", "x", 1), ("k", "where", 0)
    return apart(Program("f", extents, inputs, body, ()))


def test_the_position_of_a_row_is_found_once() -> None:
    taken = Define(Buffer("y", (K, M)), ("i", "j"), Read("x", (POSITION, COLUMN)))
    added = Scatter(
        Buffer("z", (N, M)),
        None,
        (("i", K), ("j", M)),
        (POSITION, COLUMN),
        Read("y", (ROW, COLUMN)),
    )
    assert str(_program(taken, added)).splitlines()[4:] == [
        "  taken[i < k]: int64 = wrap_index(where[i], n)",
        "  y[i < k, j < m]: float64 = x[taken[i], j]",
        "  z: float64[n, m] = zeros, then z[taken[i], j] += y[i, j] for i < k, j < m",
    ]


def _values(*body: Any) -> list[Any]:
    return [statement.value for statement in _program(*body).body]


def test_elements_are_taken_before_what_is_much_work() -> None:
    element, y = Read("v", (POSITION,)), Buffer("y", (K,))
    square, power = Apply("mul", (element, element)), Apply("exp", (element,))
    assert _values(Define(y, ("i",), square)) == [square]
    taken = Apply("exp", (Read("taken", (ROW,)),))
    assert _values(Define(y, ("i",), power)) == [element, taken]


def test_what_is_chosen_is_checked_only_then() -> None:
    value = Select(Apply("lt", (ROW, Const(2, "int64"))), Read("x", (POSITION, COLUMN)), Const(0.0))
    assert _values(Define(Buffer("y", (K, M)), ("i", "j"), value)) == [value]


PROGRAMS = {
    "rows": lambda x, at: np.sum(np.tanh(x[at]) ** 2),
    "elements": lambda x, at: np.sum(np.tanh(x[at, 1]) * np.exp(x[at, 0])),
    "rows of pairs": lambda x, at: np.sum(np.exp(-np.sum(x[at] * x[at[::-1]], 1))),
    "rows of rows": lambda x, at: np.sum(np.maximum(x[at][:, at % 3], 0.1)[at % 40]),
    "columns": lambda x, at: np.sum(np.sin(x[:, at % 3]) ** 2),
    "rows that are chosen": lambda x, at: np.sum(np.where(x[at] > 0, np.exp(x[at]), 1.0)),
    "rows beside others": lambda x, at: np.sum(np.exp(np.concatenate([x[at], x], 0)) ** 2),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values_and_gradients_are_the_tapes(name: str, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    x, at = rng.normal(size=(5, 3)).astype(dtype), rng.integers(-5, 5, 40)
    f = PROGRAMS[name]
    got = sd.value_and_grad(f)(x, at)
    wanted = sd.value_and_grad(f, compile=False)(x, at)
    for a, b in zip(got, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12 if dtype is np.float64 else 2e-5)


@pytest.mark.parametrize("name", [n for n in PROGRAMS if n not in ("columns", "rows of rows")])
def test_positions_outside_are_refused(name: str) -> None:
    f = sd.value_and_grad(PROGRAMS[name])
    x = np.ones((5, 3))
    f(x, np.array([0, 4, -5]))
    with pytest.raises(IndexError):
        f(x, np.array([0, 5, 1]))
    with pytest.raises(IndexError):
        f(x[:, :0] if name == "rows" else x, np.array([0, -6, 1]))


@pytest.mark.parametrize("rows", [lambda x: x, lambda x: np.cumsum(x, axis=0)])
def test_positions_along_an_axis_of_one_are_checked(rows: Any) -> None:
    def taken(x: Any, where: Any) -> Any:
        return rows(x)[:, where]

    compiled, x = sd.jit(taken), np.arange(3.0)[:, None]
    inside, beyond = np.array([0, -1]), np.array([0, 1])
    np.testing.assert_array_equal(compiled(x, inside), taken(x, inside))
    with pytest.raises(IndexError, match="out of bounds"):
        compiled(x, beyond)


SAME_EVERYWHERE = {
    "a column seen several times": lambda x, at: np.broadcast_to(x[:, :1], (3, 4))[:, at],
    "a maximum": lambda x, at: np.max(x, axis=1, keepdims=True)[:, at] * 2,
    "a number seen several times": lambda x, at: np.sin(np.broadcast_to(x[0, 0], 4))[at],
    "a truth value": lambda x, at: np.where(np.broadcast_to(x[0, 0] > 0, 4)[at], x[0, 1], 2.0),
    "zeros": lambda x, at: np.zeros_like(x)[:, at] + x[:, :1],
}


@pytest.mark.parametrize("name", SAME_EVERYWHERE)
def test_positions_are_checked_where_the_value_is_the_same_at_all(name: str) -> None:
    f = SAME_EVERYWHERE[name]
    value, slope = sd.jit(f), sd.grad(lambda x, at: np.sum(f(x, at) ** 2))
    x, inside = np.random.default_rng(0).normal(size=(3, 4)), np.array([0, -1])
    np.testing.assert_allclose(value(x, inside), f(x, inside), rtol=1e-14)
    slope(x, inside)
    for call in (value, slope):
        with pytest.raises(IndexError, match="out of bounds"):
            call(x, np.array([0, 9]))
