"""How many loops a program takes, and what it stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
import small_programs
from small_programs import I, J, K, M, N, at, call, define, program, total

from codegen import build
from codegen.fuse import fuse
from codegen.index import Buffer, Call, Program, Scan, Scatter, Var
from codegen.loops import loops
from codegen.nests import For, Step
from codegen.scalars import ONE


def kinds(steps: Iterable[Step]) -> Counter[str]:
    found: Counter[str] = Counter()
    for step in steps:
        found[type(step).__name__] += 1
        if isinstance(step, For):
            found += kinds(step.body)
    return found


def shape(made: Program) -> tuple[int, int]:
    """The loops and the temporary arrays of a program."""
    procedure = loops(fuse(made))
    return kinds(procedure.body)["For"], len(procedure.temporaries)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (small_programs.tanh_squares(), (1, 0)),
        (small_programs.softmax(), (4, 0)),
        (small_programs.logistic(), (4, 0)),
        (small_programs.log_sum_exp(), (2, 0)),
        (small_programs.heat(), (3, 0)),
        (small_programs.gather_and_back(), (3, 0)),
    ],
)
def test_loops_and_temporaries(made: Program, expected: tuple[int, int]) -> None:
    assert shape(made) == expected


def test_a_product_of_matrices_is_left_to_a_library() -> None:
    found = kinds(loops(fuse(small_programs.layer())).body)
    assert found["Gemm"] == 1
    assert found["For"] == 4


def test_a_result_is_made_in_place_of_what_it_is_made_from() -> None:
    """tanh(A @ B) goes where A @ B was."""
    body = [
        define("C", "ij", (N, N), total("k", (M,), call("mul", at("A", I, K), at("B", K, J)))),
        define("S", "ij", (N, N), call("tanh", at("C", I, J))),
    ]
    assert shape(program("layer", {"A": (N, M), "B": (M, N)}, body, "S")) == (2, 0)


def test_no_result_is_made_in_place_of_what_is_read_afterwards() -> None:
    """y[i] = e[i] / s would spoil e[n - 1 - i] for z."""
    body = [
        define("e", "i", (N,), call("gammaln", at("x", I))),
        define("s", "", (), total("k", (N,), at("e", K))),
        define("y", "i", (N,), call("div", at("e", I), at("s"))),
        define("z", "i", (N,), call("div", at("e", N - 1 - I), at("s"))),
    ]
    made = program("turned", {"x": (N,)}, body, "y", "z")
    assert shape(made)[1] == 1
    from scipy.special import gammaln

    x = np.array([1.5, 2.5, 9.0])
    e = gammaln(x)
    y, z = build(made, "python")(x)
    np.testing.assert_allclose(y, e / e.sum())
    np.testing.assert_allclose(z, e[::-1] / e.sum())


def test_cheap_arrays_are_computed_again_rather_than_stored() -> None:
    """x - mean(x), used for the variance and for the result of another type."""
    body = [
        define("s", "", (), total("k", (N,), at("x", K))),
        define("d", "i", (N,), call("sub", at("x", I), at("s"))),
        define("v", "", (), total("k", (N,), call("square", at("d", K)))),
        define("y", "i", (N,), call("lt", at("d", I), at("v")), "bool"),
    ]
    assert shape(program("centred", {"x": (N,)}, body, "y")) == (3, 0)


def test_differences_of_neighbours_are_computed_again() -> None:
    """Places of one array that lie a fixed distance apart are in the cache already."""
    second = call("sub", call("add", at("x", I + 2), at("x", I)), call("mul", 2, at("x", I + 1)))
    around = call("add", at("d", I + 2), call("mul", at("d", I + 1), at("d", I)))
    body = [
        define("d", "i", (N - 2,), second),
        define("s", "", (), total("k", (N - 2,), call("square", at("d", K)))),
        define("y", "i", (N - 4,), around),
    ]
    made = program("stencil", {"x": (N,)}, body, "s", "y")
    assert shape(made)[1] == 0
    x = np.sin(np.arange(9.0))
    d = x[2:] - 2 * x[1:-1] + x[:-2]
    s, y = build(made, "python")(x)
    np.testing.assert_allclose(s, np.sum(d**2))
    np.testing.assert_allclose(y, d[2:] + d[1:-1] * d[:-2])


def test_roots_of_neighbours_are_stored() -> None:
    """A root takes longer than to store and load it: three of them for each place are too many."""
    around = call("add", at("d", I + 2), call("mul", at("d", I + 1), at("d", I)))
    body = [
        define("d", "i", (N,), call("sqrt", call("div", 1.0, at("x", I)))),
        define("s", "", (), total("k", (N,), at("d", K))),
        define("y", "i", (N - 2,), around),
    ]
    made = program("roots", {"x": (N,)}, body, "s", "y")
    assert shape(made)[1] == 1
    d = 1 / np.sqrt(np.arange(1.0, 9.0))
    s, y = build(made, "python")(1 / d**2)
    np.testing.assert_allclose(s, np.sum(d))
    np.testing.assert_allclose(y, d[2:] + d[1:-1] * d[:-2])


def test_what_is_computed_again_may_be_reshaped() -> None:
    """2 * x as a row, needed before and after its sum is known."""
    flat = at("x", I // M, I % M)
    body = [
        define("r", "i", (N * M,), call("mul", 2, flat)),
        define("s", "", (), total("k", (N * M,), call("square", at("r", K)))),
        define("y", "i", (N * M,), call("div", call("exp", at("r", I)), at("s")), "float64"),
        define("z", "i", (N * M,), call("lt", at("r", I), at("s")), "bool"),
    ]
    made = program("flat", {"x": (N, M)}, body, "y", "z")
    assert shape(made)[1] == 0
    x = np.arange(6.0).reshape(2, 3)
    y, z = build(made, "python")(x)
    s = np.sum(4 * x**2)
    np.testing.assert_allclose(y, np.exp(2 * x.ravel()) / s)
    np.testing.assert_array_equal(z, 2 * x.ravel() < s)


def test_arrays_are_used_again_after_their_last_reader() -> None:
    """A chain of inverses needs two arrays, of which one is the output."""
    names = ["x", *(f"t{k}" for k in range(6))]
    body = [Call((Buffer(t, (N, N)),), "inv", (b,)) for b, t in pairwise(names)]
    assert shape(program("inverses", {"x": (N, N)}, list(body), "t5")) == (0, 1)


def test_columns_are_summed_row_by_row() -> None:
    """Memory is read in order: the loop over rows is the outer one, for both results."""
    body = [
        define("d", "ij", (N, M), call("sin", at("x", I, J))),
        define("c", "i", (M,), total("k", (N,), at("d", K, I))),
        define("r", "i", (N,), total("k", (M,), at("d", I, K))),
    ]
    made = program("sums", {"x": (N, M)}, body, "c", "r")
    assert shape(made) == (3, 0)
    text = str(loops(fuse(made)))
    assert "c[j] add= d" in text
    assert "r_add add= d" in text


def test_a_running_sum_shares_the_loop_of_its_values() -> None:
    scan = Scan(Buffer("c", (N,)), ("i",), 0, "add", at("e", I))
    body = [
        define("e", "i", (N,), call("exp", at("x", I))),
        scan,
        define("y", "i", (N,), call("sub", at("c", I), at("e", I))),
    ]
    assert shape(program("running", {"x": (N,)}, body, "y")) == (1, 0)


@pytest.mark.parametrize("target", ["llvm", "python"])
@pytest.mark.parametrize("index", ["kij", "ikj", "ijk"])
def test_what_is_made_in_place_of_a_scatter_keeps_its_axis_of_one(target: str, index: str) -> None:
    sizes, place = {"i": N, "j": M, "k": ONE}, tuple(map(Var, index))
    size, there = tuple(sizes[name] for name in index), [0 if i == K else i for i in place]
    x, ranges = at("x", I, J), (("i", N), ("j", M))
    body = [
        Scatter(Buffer("t", size), None, ranges, at("t", *there).index, x, True),
        define("u", index, size, call("add", at("t", *place), call("exp", x))),
        Scan(Buffer("v", size), tuple(index), index.index("i"), "add", at("u", *place)),
        define("y", index, size, call("square", at("v", *place))),
    ]
    values = np.random.default_rng(0).normal(size=(4, 5))
    (y,) = build(program("sums", {"x": (N, M)}, body, "y"), target)(values)
    wanted = (values + np.exp(values)).cumsum(axis=0) ** 2
    np.testing.assert_allclose(y.squeeze(index.index("k")), wanted)


def test_unrelated_arrays_do_not_share_a_loop() -> None:
    body = [define(f"y{k}", "i", (N,), call("sin", at(f"x{k}", I))) for k in range(3)]
    inputs = {f"x{k}": (N,) for k in range(3)}
    assert shape(program("apart", inputs, body, "y0", "y1", "y2")) == (3, 0)


def test_a_long_program_takes_linear_time() -> None:
    """Three thousand statements over one array share one loop."""
    body = [define("t0", "i", (N,), call("sin", at("x", I)))]
    for k in range(1, 3000):
        value = call("mul", at(f"t{k - 1}", I), at(f"t{max(k - 7, 0)}", I))
        body.append(define(f"t{k}", "i", (N,), value))
    assert shape(program("long", {"x": (N,)}, body, "t2999")) == (1, 0)
