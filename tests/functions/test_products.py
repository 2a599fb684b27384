"""Products against NumPy's, with their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff.functions import products
from symdiff.graph.op import OpError
from symdiff.handles.backprop import grad
from symdiff.tensors.torch_face import Tensor

from . import check, check_gradient

RNG = np.random.default_rng(0)


def some(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


Case = tuple[Callable[..., Any], Callable[..., Any], tuple[np.ndarray, ...]]
CALLS: dict[str, Case] = {
    "kron": (products.kron, np.kron, (some(2, 3), some(3, 2))),
    "kron of a vector and a stack": (products.kron, np.kron, (some(2), some(2, 1, 3))),
    "cross": (products.cross, np.cross, (some(4, 3), some(3))),
    "cross along the first axis": (
        lambda a, b: products.cross(a, b, axis=0),
        lambda a, b: np.cross(a, b, axis=0),
        (some(3, 2), some(3, 2)),
    ),
    "cross with axes": (
        lambda a, b: products.cross(a, b, 0, 1, 1),
        lambda a, b: np.cross(a, b, 0, 1, 1),
        (some(3, 2), some(2, 3)),
    ),
    "vdot": (products.vdot, np.vdot, (some(2, 3), some(3, 2))),
    "outer": (products.outer, np.outer, (some(2, 2), some(3))),
    "inner": (products.inner, np.inner, (some(2, 3), some(4, 2, 3))),
    "inner with a scalar": (products.inner, np.inner, (some(), some(3))),
    "dot of matrices": (products.dot, np.dot, (some(2, 3), some(3, 4))),
    "dot of stacks": (products.dot, np.dot, (some(2, 3), some(5, 3, 4))),
    "dot of a stack and a vector": (products.dot, np.dot, (some(2, 3, 4), some(4))),
    "dot with a scalar": (products.dot, np.dot, (some(2), some())),
    "tensordot": (products.tensordot, np.tensordot, (some(2, 3, 4), some(3, 4, 2))),
    "tensordot over chosen axes": (
        lambda a, b: products.tensordot(a, b, ([0, -1], [1, 0])),
        lambda a, b: np.tensordot(a, b, ([0, -1], [1, 0])),
        (some(2, 3, 4), some(4, 2)),
    ),
    "tensordot over no axes": (
        lambda a, b: products.tensordot(a, b, 0),
        lambda a, b: np.tensordot(a, b, 0),
        (some(2), some(3)),
    ),
    "vecdot": (products.vecdot, np.vecdot, (some(2, 3), some(4, 1, 3))),
    "matvec": (
        products.matvec,
        lambda a, x: (a @ x[..., None])[..., 0],
        (some(2, 1, 3, 4), some(5, 4)),
    ),
    "vecmat": (
        products.vecmat,
        lambda x, a: (x[..., None, :] @ a)[..., 0, :],
        (some(5, 3), some(2, 1, 3, 4)),
    ),
    "multi_dot": (
        lambda *xs: products.multi_dot(xs),
        lambda *xs: np.linalg.multi_dot(xs),
        (some(2, 5), some(5, 3), some(3, 4), some(4, 1)),
    ),
    "multi_dot of vectors": (
        lambda *xs: products.multi_dot(xs),
        lambda *xs: np.linalg.multi_dot(xs),
        (some(2), some(2, 3), some(3)),
    ),
    "no elements": (products.matmul, np.matmul, (some(2, 0), some(0, 3))),
}

STACKS = [
    ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 2)), ((3,), (4, 3, 2)),
    ((4, 2, 3), (3,)), ((4, 2, 3), (3, 2)), ((2, 3), (4, 3, 2)), ((4, 2, 3), (4, 3, 2)),
    ((1, 2, 3), (4, 3, 2)), ((4, 1, 2, 3), (5, 3, 2)), ((2, 1, 3), (2, 3, 1)),
]  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_value_and_gradient(name: str) -> None:
    ours, numpy, args = CALLS[name]
    check(ours, numpy, *args)


@pytest.mark.parametrize("shapes", STACKS, ids=str)
def test_matmul_of_vectors_matrices_and_stacks(shapes: Any) -> None:
    a, b = (some(*s) for s in shapes)
    np.testing.assert_allclose(products.matmul(a, b), a @ b, rtol=1e-13, atol=1e-13)
    check_gradient(products.matmul, a, b)


def test_lists_are_arrays() -> None:
    a = Tensor(np.ones((2, 2)), requires_grad=True)
    np.testing.assert_array_equal(products.matmul(a, [[1.0, 2.0], [3.0, 4.0]]).value, [[4, 6]] * 2)
    np.testing.assert_array_equal(products.tensordot([1.0, 2.0], a, 1).value, [3, 3])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_stays(dtype: Any) -> None:
    for ours, _, args in CALLS.values():
        leaves = [Tensor.of(None, a.astype(dtype)).requires_grad_() for a in args]
        y = ours(*leaves)
        gs = grad([y], leaves, [Tensor.of(None, np.ones(y.shape, dtype))])
        assert {y.dtype, *(g.dtype for g in gs)} == {np.dtype(dtype)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: products.matmul(some(3, 4), some(5, 2)), r"matmul: shapes .* are 4 and 5"),
        (lambda: products.matmul(some(2, 3, 1), some(5, 2)), r"matmul: shapes .* are 1 and 5"),
        (lambda: products.matmul(some(), some(2)), "matmul: a scalar is no operand"),
        (lambda: products.tensordot(some(2, 3), some(3, 3)), "tensordot: shapes .* are 2 and 3"),
        (lambda: products.tensordot(some(2), some(2), ([0], [])), "tensordot: 1 axes .* with 0"),
        (lambda: products.vecdot(some(2, 1), some(2, 3)), "vecdot: shapes .* are 1 and 3"),
        (lambda: products.cross(some(4), some(3)), "cross: axis -1 has 4 elements"),
        (lambda: products.multi_dot([some(2, 1), some(3, 2)]), "multi_dot: shapes .* are 1 and 3"),
        (lambda: products.multi_dot([some(2, 2)]), "multi_dot: at least two"),
        (lambda: products.multi_dot([some(2), some(2), some(2)]), "multi_dot: axes"),
    ],
)
def test_what_does_not_fit_is_named(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(OpError, match=message):
        call()
