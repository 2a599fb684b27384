"""Statements are simplified one by one, and mean the same."""

from __future__ import annotations

import numpy as np
from small_programs import I, J, K, M, N, at, call, define, program, total

from codegen import build
from codegen.fuse.simplify import simplified
from codegen.index import Apply, Const, Define, Program, Scalar, Select

ONE = Const(1, "int64")


def value(made: Program) -> Scalar:
    (statement,) = simplified(made).body
    assert isinstance(statement, Define)
    return statement.value


def equal(a: Scalar, b: Scalar) -> Apply:
    return Apply("eq", (a, b))


def test_axes_of_extent_one_have_no_loops() -> None:
    body = [
        define("c", "ij", (N, ONE), total("k", (M,), at("x", I, K))),
        define("y", "ij", (N, ONE), call("neg", at("c", I, J))),
    ]
    kernel = build(program("column", {"x": (N, M)}, body, "y"), "python")
    assert kernel.source.count("for ") == 2
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(kernel(x)[0], -x.sum(1, keepdims=True))


def test_a_sum_over_an_axis_of_extent_one_is_no_sum() -> None:
    body = define("y", "i", (N,), total("k", (ONE,), at("x", I, K)))
    assert value(program("one", {"x": (N, ONE)}, [body], "y")) == at("x", I, 0)


def test_a_sum_over_a_diagonal_reads_the_diagonal() -> None:
    picked = Select(equal(K, I), at("x", I, K), Const(0.0))
    body = define("y", "i", (N,), total("k", (N,), picked))
    assert value(program("diagonal", {"x": (N, N)}, [body], "y")) == at("x", I, I)
    trace = define("s", "", (), total("ik", (N, N), picked))
    assert value(program("trace", {"x": (N, N)}, [trace], "s")) == total("i", (N,), at("x", I, I))


def test_a_sum_over_part_of_a_diagonal_stays() -> None:
    """Rows and columns are not of one number here."""
    picked = Select(equal(K, I), at("x", I, K), Const(0.0))
    made = program("part", {"x": (N, M)}, [define("y", "i", (N,), total("k", (M,), picked))], "y")
    assert value(made) == total("k", (M,), picked)
    x = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(build(made, "python")(x)[0], [0, 3, 0])


def test_powers() -> None:
    for exponent, right in ((2, call("square", at("x", I))), (1, at("x", I))):
        body = define("y", "i", (N,), call("pow", at("x", I), exponent))
        assert value(program("power", {"x": (N,)}, [body], "y")) == right
