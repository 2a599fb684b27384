"""What is cheap or read once is not stored; what nobody reads is not computed."""

from __future__ import annotations

import numpy as np
import small_programs
from small_programs import I, J, K, M, N, at, call, define, program, total

from codegen import build
from codegen.fuse import fuse
from codegen.index import Const, Define, Program, Reduce, Select
from codegen.scalars import reads


def values(made: Program) -> dict[str, str]:
    return {s.target.name: str(s.value) for s in fuse(made).body if isinstance(s, Define)}


def test_copies_constants_and_broadcasts_vanish() -> None:
    assert list(values(small_programs.tanh_squares())) == ["t", "s", "loss", "g"]


def test_slices_and_transposes_are_index_arithmetic() -> None:
    (new,) = fuse(small_programs.heat()).body
    assert isinstance(new, Define)
    assert {r.buffer for r in reads(new.value)} == {"u"}
    assert "XT" not in values(small_programs.logistic())


def test_a_chain_that_is_read_once_becomes_one_statement() -> None:
    names = [f"t{k}" for k in range(5)]
    before = ["x", *names[:-1]]
    body = [define(t, "i", (N,), call("sin", at(b, I))) for t, b in zip(names, before, strict=True)]
    assert list(values(program("chain", {"x": (N,)}, body, "t4"))) == ["t4"]


def test_what_is_read_twice_is_computed_once() -> None:
    body = [
        define("e", "i", (N,), call("exp", at("x", I))),
        define("y", "i", (N,), call("mul", at("e", I), call("add", 1, at("e", I)))),
    ]
    made = build(program("twice", {"x": (N,)}, body, "y"), "python")
    assert made.source.count("exp(") == 1
    assert not made.procedure.temporaries


def test_dead_statements_go() -> None:
    body = [
        define("a", "i", (N,), call("exp", at("x", I))),
        define("b", "i", (N,), call("sin", at("a", I))),
        define("y", "i", (N,), call("neg", at("x", I))),
    ]
    assert list(values(program("dead", {"x": (N,)}, body, "y"))) == ["y"]


def test_expensive_values_are_not_computed_anew_for_each_reader() -> None:
    """exp(w) is read by every row; it is not taken along into the rows."""
    body = [
        define("e", "j", (M,), call("exp", at("w", J))),
        define("y", "ij", (N, M), call("mul", at("x", I, J), at("e", J))),
    ]
    made = program("rows", {"x": (N, M), "w": (M,)}, body, "y")
    assert list(values(made)) == ["e", "y"]


def test_a_reduction_inside_an_expression_becomes_a_statement() -> None:
    mean = call("div", total("k", (M,), at("x", I, K)), Const(3.0))
    made = fuse(program("mean", {"x": (N, M)}, [define("y", "i", (N,), mean)], "y"))
    assert [type(s.value) is Reduce for s in made.body if isinstance(s, Define)] == [True, False]


def test_a_reduction_in_a_choice_reads_nothing_where_it_is_not_chosen() -> None:
    """sum(x[i + 1, :]) exists only below the last row."""
    below = call("lt", I + 1, N)
    value = Select(below, total("k", (M,), at("x", I + 1, K)), Const(-1.0))
    made = program("next", {"x": (N, M)}, [define("y", "i", (N,), value)], "y")
    x = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(build(made, "python")(x)[0], [5, 9, -1])


def test_long_expressions_stay_readable() -> None:
    """Ten thousand scalars, each read once, do not become one expression."""
    body = [define("t0", "", (), call("sin", at("x")))]
    body += [define(f"t{k}", "", (), call("add", at(f"t{k - 1}"), 1)) for k in range(1, 10_000)]
    made = build(program("long", {"x": ()}, body, "t9999"), "python")
    assert max(map(len, made.source.splitlines())) < 200
    assert made(0.5)[0] == np.sin(0.5) + 9999
