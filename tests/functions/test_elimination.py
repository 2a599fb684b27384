"""LU factors and packed reflections: what they multiply to, solve, and how they vary."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.autograd import gradcheck, gradgradcheck


def leaf(*shape: int, seed: int = 0) -> sd.Tensor:
    numbers = np.random.default_rng(seed).normal(size=shape)
    return sd.tensor(numbers, requires_grad=True)


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 5), (2, 5, 3), (0, 0), (2, 0, 3), (1, 1)])
def test_lu(shape: tuple[int, ...]) -> None:
    a = leaf(*shape)
    p, low, up = sd.linalg.lu(a)
    np.testing.assert_allclose((p @ low @ up).detach().numpy(), a.detach().numpy(), atol=1e-14)
    assert gradcheck(lambda a: sd.linalg.lu(a)[1:], (a,))
    assert gradgradcheck(lambda a: sd.linalg.lu_factor(a)[0], (a,))


def test_lu_by_parts() -> None:
    a = leaf(4, 4)
    both, pivots = sd.lu(a)
    assert pivots.dtype == sd.int32
    for got, wanted in zip(sd.lu_unpack(both, pivots), sd.linalg.lu(a)):
        assert got.tolist() == wanted.tolist()


@pytest.mark.parametrize("adjoint", [False, True])
@pytest.mark.parametrize("left", [False, True])
def test_a_factored_matrix_solves(adjoint: bool, left: bool) -> None:
    a, b = leaf(2, 3, 3), leaf(2, 3, 3, seed=1)

    def by_factors(a: sd.Tensor, b: sd.Tensor) -> sd.Tensor:
        both, pivots = sd.linalg.lu_factor(a)
        return sd.linalg.lu_solve(both, pivots, b, left=left, adjoint=adjoint)

    wanted = sd.linalg.solve(a.mT if adjoint else a, b, left=left)
    np.testing.assert_allclose(by_factors(a, b).detach().numpy(), wanted.detach().numpy())
    assert gradcheck(by_factors, (a, b))


def test_the_tape_serves_what_has_no_kernel() -> None:
    def f(a: sd.Tensor) -> sd.Tensor:
        return (sd.linalg.lu(a)[1] ** 3).sum()

    a = leaf(3, 3)
    (wanted,) = sd.autograd.grad(f(a), [a])
    np.testing.assert_allclose(sd.grad(f)(a.detach()).numpy(), wanted.numpy(), rtol=1e-12)


def test_reflections() -> None:
    a = np.random.default_rng(0).normal(size=(4, 3))
    packed, tau = np.linalg.qr(a, mode="raw")
    h, t = sd.tensor(packed.T.copy(), requires_grad=True), sd.tensor(tau, requires_grad=True)
    q = sd.linalg.householder_product(h, t)
    np.testing.assert_allclose(q.detach().numpy(), np.linalg.qr(a).Q, atol=1e-14)
    assert gradcheck(sd.linalg.householder_product, (h, t))
    other = leaf(4, 2)
    whole = sd.tensor(np.linalg.qr(a, mode="complete").Q)
    np.testing.assert_allclose(sd.ormqr(h, t, other).detach(), (whole @ other).detach(), atol=1e-14)
    turned = sd.ormqr(h, t, other.mT, left=False, transpose=True)
    np.testing.assert_allclose(turned.detach(), (other.mT @ whole.mT).detach(), atol=1e-14)
