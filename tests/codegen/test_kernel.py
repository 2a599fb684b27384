"""Kernels take what users have, fill what they give, and refuse what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from codegen import build
from codegen.index import Apply, Buffer, Const, Define, Program, Read, Reduce, Var

N, M = Var("n"), Var("m")
I, J = Var("i"), Var("j")
EXTENTS = (("n", "a", 0), ("m", "a", 1))


def program() -> Program:
    """y = a + w in rows, and the sum of it."""
    value = Apply("add", (Read("a", (I, J)), Read("w", (J,))))
    y = Define(Buffer("y", (N, M)), ("i", "j"), value)
    s = Define(Buffer("s", ()), (), Reduce("add", (("i", N), ("j", M)), Read("y", (I, J))))
    return Program("shifted", EXTENTS, (Buffer("a", (N, M)), Buffer("w", (M,))), (y, s), ("y", "s"))


@pytest.fixture(params=["python", "numba"])
def kernel(request: Any) -> Any:
    return build(program(), request.param)


A, W = np.arange(6.0).reshape(2, 3), np.array([10.0, 20.0, 30.0])


def right(kernel: Any, a: Any, w: Any) -> None:
    y, s = kernel(a, w)
    np.testing.assert_array_equal(y, np.asarray(a) + np.asarray(w))
    assert s == np.sum(np.asarray(a) + np.asarray(w))


def test_arrays_in_any_layout(kernel: Any) -> None:
    right(kernel, A, W)
    right(kernel, np.asfortranarray(A), W)
    right(kernel, np.arange(24.0).reshape(4, 6)[::2, ::2], np.arange(6.0)[::-2])
    right(kernel, np.arange(6).reshape(2, 3), W.astype("float32"))
    right(kernel, A.tolist(), W.tolist())


def test_empty_arrays(kernel: Any) -> None:
    right(kernel, np.ones((0, 3)), W)
    right(kernel, np.ones((2, 0)), np.ones(0))


def test_read_only_inputs(kernel: Any) -> None:
    a = A.copy()
    a.flags.writeable = False
    right(kernel, a, W)


def test_unaligned_inputs(kernel: Any) -> None:
    raw = np.zeros(1 + A.nbytes, np.uint8)[1:].view("float64").reshape(A.shape)
    raw[...] = A
    assert not raw.flags.aligned
    right(kernel, raw, W)


def test_shapes_that_do_not_fit_are_refused(kernel: Any) -> None:
    with pytest.raises(ValueError, match="w must have the shape"):
        kernel(A, np.ones(4))
    with pytest.raises(ValueError, match="a must have 2 axes"):
        kernel(W, W)
    with pytest.raises(TypeError, match=r"takes 2 \(a, w\), not 1"):
        kernel(A)


def test_into_fills_the_given_arrays(kernel: Any) -> None:
    y, s = np.empty((2, 3)), np.empty(())
    given = kernel.into((y, s), A, W)
    assert given[0] is y
    assert given[1] is s
    np.testing.assert_array_equal(y, A + W)
    assert s == np.sum(A + W)


def test_into_strided_or_overlapping_arrays(kernel: Any) -> None:
    a, s = A.copy(), np.empty(())
    kernel.into((a, s), a, W)
    np.testing.assert_array_equal(a, A + W)
    wide = np.zeros((2, 6))
    kernel.into((wide[:, ::2], s), A, W)
    np.testing.assert_array_equal(wide[:, ::2], A + W)
    assert not wide[:, 1::2].any()


def test_into_refuses_arrays_that_do_not_fit(kernel: Any) -> None:
    with pytest.raises(ValueError, match="y must have the shape"):
        kernel.into((np.empty((3, 3)), np.empty(())), A, W)
    with pytest.raises(ValueError, match="the array for y must have dtype float64"):
        kernel.into((np.empty((2, 3), "float32"), np.empty(())), A, W)
    with pytest.raises(TypeError, match="fills 2 arrays, not 1"):
        kernel.into((np.empty((2, 3)),), A, W)


def test_equal_programs_share_a_kernel() -> None:
    assert build(program(), "python") is build(program(), "python")


def test_users_call_kernels_from_their_own_compiled_code() -> None:
    import numba

    function = build(program(), "numba").function

    @numba.njit
    def twice(a: Any, w: Any) -> Any:
        return 2 * function(a, w)[1]

    assert twice(A, W) == 2 * np.sum(A + W)


def test_outputs_never_share_memory_with_inputs_or_each_other() -> None:
    inputs = (Buffer("x", (N,)),)
    body = (Define(Buffer("y", (N,)), ("i",), Read("x", (I,))),)
    same = Program("same", (("n", "x", 0),), inputs, body, ("x", "y", "y"))
    x = np.ones(3)
    results = build(same, "python")(x)
    assert len(results) == 3
    results[0][0] = results[1][1] = 5
    np.testing.assert_array_equal(x, np.ones(3))
    np.testing.assert_array_equal(results[2], np.ones(3))


def test_the_kernel_prints_well() -> None:
    kernel = build(program(), "python")
    assert repr(kernel) == "<kernel shifted(a, w) -> y, s>"
    assert "alloc y" in str(kernel.procedure)


def test_programs_that_differ_in_the_sign_of_a_zero_are_two_kernels() -> None:
    def divided_by(zero: float) -> Program:
        quotient = Apply("div", (Read("x", ()), Const(zero)))
        body = (Define(Buffer("y", ()), (), quotient),)
        return Program("quotient", (), (Buffer("x", ()),), body, ("y",))

    with np.errstate(divide="ignore"):
        results = [build(divided_by(zero), "numba")(np.array(1.0)) for zero in (0.0, -0.0)]
    assert [float(y) for (y,) in results] == [np.inf, -np.inf]
