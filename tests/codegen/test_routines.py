"""Every routine, in every target, against NumPy and SciPy."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from index_interpreter import routine

from codegen import build
from codegen.index import Buffer, Call, Const, Program, Var

TARGETS = ("python", "numba", "llvm")
N, M, B = Var("n"), Var("m"), Var("b")
SQUARE, WIDE = (B, N, N), (B, N, M)


def call(name: str, shapes: list[Any], sources: tuple[str, ...] = ("a",), **params: Any) -> Call:
    dtype = "int64" if name in ("argsort", "argmax", "argmin", "searchsorted") else "float64"
    targets = tuple(
        Buffer(f"{name}{len(params)}_{k}", shape, dtype) for k, shape in enumerate(shapes)
    )
    return Call(targets, name, sources, tuple(params.items()))


CALLS = (
    call("solve", [WIDE], ("a", "w")),
    call("solve_triangular", [WIDE], ("a", "w"), lower=True),
    call("solve_triangular", [WIDE], ("a", "w"), lower=False, trans=True),
    call("solve_triangular", [WIDE], ("a", "w"), lower=True, trans=True, unit=True),
    call("inv", [SQUARE]),
    call("det", [(B,)]),
    call("slogdet", [(B,), (B,)]),
    call("cholesky", [SQUARE], ("s",)),
    call("qr", [(B, N, M), (B, M, M)], ("w",)),
    call("eigh", [(B, N), SQUARE], ("s",)),
    call("svd", [(B, N, M), (B, M), (B, M, M)], ("w",)),
    call("expm", [SQUARE]),
    call("sort", [WIDE], ("w",)),
    call("argsort", [WIDE], ("w",)),
    call("argmax", [(B, N)], ("w",)),
    call("argmin", [(B, N)], ("w",)),
    call("recurrence", [WIDE], ("w", "w")),
    call("recurrence", [WIDE], ("w", "w"), reverse=True),
    call("searchsorted", [WIDE], ("v", "w")),
    call("searchsorted", [WIDE], ("v", "w"), side="right"),
)
INPUTS = (Buffer("a", SQUARE), Buffer("s", SQUARE), Buffer("w", WIDE), Buffer("v", (N,)))
EXTENTS = (("b", "w", 0), ("n", "w", 1), ("m", "w", 2))


@cache
def kernel(target: str) -> Any:
    outputs = tuple(t.name for c in CALLS for t in c.targets)
    return build(Program("routines", EXTENTS, INPUTS, CALLS, outputs), target)


def matrices(b: int, n: int, m: int) -> list[np.ndarray]:
    rng = np.random.default_rng(b + n + m)
    a, w = rng.normal(size=(b, n, n)), rng.normal(size=(b, n, m))
    a += 2 * np.eye(n)
    return [a, a @ a.swapaxes(-1, -2) + np.eye(n), w, np.sort(rng.normal(size=n))]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("sizes", [(2, 4, 3), (1, 1, 1), (2, 5, 5), (0, 3, 2)])
def test_routines_are_those_of_numpy_and_scipy(target: str, sizes: tuple[int, int, int]) -> None:
    arrays = matrices(*sizes)
    sources = dict(zip("aswv", arrays, strict=True))
    results = iter(kernel(target)(*arrays))
    for c in CALLS:
        wanted = routine(c.routine, [sources[s] for s in c.sources], dict(c.params))
        for right in wanted:
            np.testing.assert_allclose(
                next(results), right, rtol=1e-11, atol=1e-12, err_msg=c.routine
            )


def one(
    name: str, shapes: list[Any], inputs: tuple[Buffer, ...], target: str, **params: Any
) -> Any:
    made = call(name, shapes, tuple(b.name for b in inputs), **params)
    extents = (("n", inputs[0].name, 0),)
    outputs = tuple(b.name for b in made.targets)
    return build(Program(name, extents, inputs, (made,), outputs), target)


@pytest.mark.parametrize("target", TARGETS)
def test_one_matrix_gives_scalars(target: str) -> None:
    a = np.array([[0.0, 2.0], [3.0, 1.0]])
    square, row = (Buffer("a", (N, N)),), (Buffer("v", (N,)),)
    assert one("det", [()], square, target)(a)[0] == pytest.approx(-6)
    sign, log = one("slogdet", [(), ()], square, target)(a)
    assert (sign, log) == (-1, pytest.approx(np.log(6)))
    assert one("det", [()], square, target)(np.zeros((2, 2)))[0] == 0
    assert one("slogdet", [(), ()], square, target)(np.zeros((2, 2))) == (0, -np.inf)
    assert one("argmax", [()], row, target)(np.array([1.0, np.nan, 3.0]))[0] == 1
    assert one("argmin", [()], row, target)(np.array([1.0, 0.0, 0.0]))[0] == 1


@pytest.mark.parametrize("target", TARGETS)
def test_a_singular_matrix_is_an_error(target: str) -> None:
    square = (Buffer("a", (N, N)),)
    pair = (Buffer("a", (N, N)), Buffer("b", (N, Const(1, "int64"))))
    ones = np.ones((2, 2))
    with pytest.raises(np.linalg.LinAlgError):
        one("inv", [(N, N)], square, target)(ones)
    with pytest.raises(np.linalg.LinAlgError):
        one("solve", [(N, Const(1, "int64"))], pair, target)(ones, np.ones((2, 1)))
    with pytest.raises(np.linalg.LinAlgError):
        one("solve_triangular", [(N, Const(1, "int64"))], pair, target)(
            np.zeros((2, 2)), np.ones((2, 1))
        )
    with pytest.raises(np.linalg.LinAlgError):
        one("cholesky", [(N, N)], square, target)(-ones)


@pytest.mark.parametrize("target", TARGETS)
def test_sorting_puts_nan_last_and_keeps_equals_in_order(target: str) -> None:
    x = np.array([2.0, np.nan, -1.0, 2.0, np.inf, -1.0, np.nan, 0.0])
    row = (Buffer("v", (N,)),)
    np.testing.assert_array_equal(one("sort", [(N,)], row, target)(x)[0], np.sort(x))
    wanted = np.argsort(x, kind="stable")
    np.testing.assert_array_equal(one("argsort", [(N,)], row, target)(x)[0], wanted)


@pytest.mark.parametrize("target", TARGETS)
def test_single_precision_stays_single(target: str) -> None:
    a = Buffer("a", (N, N), "float32")
    targets = (Buffer("u", (N, N), "float32"), Buffer("s", (N,), "float32"))
    vh = Buffer("vh", (N, N), "float32")
    body = (
        Call((*targets, vh), "svd", ("a",)),
        Call((Buffer("x", (N, N), "float32"),), "inv", ("a",)),
    )
    outputs = ("u", "s", "vh", "x")
    kernel_ = build(Program("single", (("n", "a", 0),), (a,), body, outputs), target)
    x = np.array([[2, 1], [0, 3]], np.float32)
    u, s, v, inverse = kernel_(x)
    assert {y.dtype for y in (u, s, v, inverse)} == {np.dtype("float32")}
    np.testing.assert_allclose(u * s @ v, x, atol=1e-6)
    np.testing.assert_allclose(inverse @ x, np.eye(2), atol=1e-6)
