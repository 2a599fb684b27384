"""Loops are cut where a choice turns, and only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_programs import I, J, M, N, at, call, define, program

from codegen import Kernel, build
from codegen.fuse import fuse
from codegen.index import Apply, Const, Program, Scalar, Select
from codegen.loops import loops
from codegen.nests import For
from codegen.targets import llvm


def chosen(condition: Scalar) -> Program:
    """x[i] where the condition holds, else -x[i]."""
    value = Select(condition, at("x", I), call("neg", at("x", I)))
    return program("chosen", {"x": (N,)}, [define("y", "i", (N,), value)], "y")


def integer(value: int) -> Const:
    return Const(value, "int64")


def right(made: Program, holds: list[bool]) -> str:
    x = np.arange(1.0, len(holds) + 1)
    kernel = build(made, "python")
    np.testing.assert_array_equal(kernel(x)[0], np.where(holds, x, -x))
    return kernel.source


def test_every_comparison_turns_at_its_place() -> None:
    for name, holds in {
        "lt": [True, True, False, False],
        "le": [True, True, True, False],
        "gt": [False, False, False, True],
        "ge": [False, False, True, True],
    }.items():
        source = right(chosen(Apply(name, (I, integer(2)))), holds)
        assert source.count("for ") == 2
        assert " else " not in source
        source = right(chosen(Apply(name, (integer(3) - I, integer(2)))), holds[::-1])
        assert " else " not in source


def test_places_outside_of_the_loop_leave_one_part_empty() -> None:
    right(chosen(Apply("lt", (I, integer(9)))), [True] * 3)
    right(chosen(Apply("lt", (I, integer(-2)))), [False] * 3)
    right(chosen(Apply("lt", (I, N - 5))), [False] * 3)


def test_conjunctions_disjunctions_and_negations() -> None:
    inside = call("and", Apply("ge", (I, integer(1))), Apply("lt", (I, N - 1)))
    assert " else " not in right(chosen(inside), [False, True, True, False])
    outside = call("or", Apply("lt", (I, integer(1))), Apply("ge", (I, N - 1)))
    assert " else " not in right(chosen(outside), [True, False, False, True])
    assert " else " not in right(chosen(call("not", inside)), [True, False, False, True])


def test_values_and_diagonals_are_no_places_to_cut() -> None:
    value = call("lt", at("x", I), 2.5)
    assert right(chosen(value), [True, True, False]).count("for ") == 1
    two = Apply("lt", (integer(2) * I, integer(3)))
    assert right(chosen(two), [True, True, False]).count("for ") == 1


def test_loops_around_are_cut_as_well() -> None:
    """Two matrices, one below the other."""
    value = Select(Apply("lt", (I, N)), at("a", I, J), at("b", I - N, J))
    made = program("stack", {"a": (N, M), "b": (N, M)}, [define("y", "ij", (N + N, M), value)], "y")
    a, b = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
    kernel = build(made, "python")
    np.testing.assert_array_equal(kernel(a, b)[0], np.vstack([a, b]))
    assert " else " not in kernel.source


def test_a_triangle_is_cut_in_each_row() -> None:
    value = Select(Apply("le", (J, I)), at("a", I, J), Const(0.0))
    made = program("lower", {"a": (N, N)}, [define("y", "ij", (N, N), value)], "y")
    kernel = build(made, "python")
    a = np.arange(1.0, 17).reshape(4, 4)
    np.testing.assert_array_equal(kernel(a)[0], np.tril(a))
    assert " else " not in kernel.source


def edges() -> Program:
    """-x at both ends, x between them."""
    inside = call("and", Apply("ge", (I, integer(2))), Apply("lt", (I, N - 1)))
    return chosen(inside)


def test_edges_are_known_to_be_short() -> None:
    body = loops(fuse(edges())).body
    assert [step.few for step in body if isinstance(step, For)] == [2, 0, 1]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 8, 9, 33, 100])
def test_a_loop_said_to_be_short_may_be_long(n: int) -> None:
    made = edges()
    procedure = loops(fuse(made))
    said = tuple(replace(s, few=1) if isinstance(s, For) else s for s in procedure.body)
    x = np.arange(1.0, n + 1)
    places = np.arange(n)
    (y,) = Kernel.of(made, replace(procedure, body=said), llvm.load)(x)
    np.testing.assert_array_equal(y, np.where((places >= 2) & (places < n - 1), x, -x))
