"""Orthogonal polynomials against SciPy's, and their slopes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special as scipy

import symdiff as sd

PEERS: dict[str, Callable[..., Any]] = {
    "chebyshev_polynomial_t": scipy.eval_chebyt,
    "chebyshev_polynomial_u": scipy.eval_chebyu,
    "shifted_chebyshev_polynomial_t": scipy.eval_sh_chebyt,
    "shifted_chebyshev_polynomial_u": scipy.eval_sh_chebyu,
    "hermite_polynomial_h": scipy.eval_hermite,
    "hermite_polynomial_he": scipy.eval_hermitenorm,
    "laguerre_polynomial_l": scipy.eval_laguerre,
    "legendre_polynomial_p": scipy.eval_legendre,
}
X = np.array([-0.9, -0.3, 0.0, 0.4, 1.5])


@pytest.mark.parametrize("name", PEERS)
def test_values_and_slopes(name: str) -> None:
    f, peer, n = getattr(sd.special, name), PEERS[name], np.array([0, 1, 2, 3, 5])
    x = sd.tensor(X, requires_grad=True)
    np.testing.assert_allclose(f(x, sd.tensor(n)).detach().numpy(), peer(n, X), rtol=1e-12)
    for k in range(6):
        np.testing.assert_allclose(f(x.detach(), k).numpy(), peer(k, X), rtol=1e-12, atol=1e-14)
    assert sd.autograd.gradcheck(lambda x: f(x, sd.tensor(n)), x)
    assert sd.autograd.gradgradcheck(lambda x: f(x, 4), x)


def test_polynomials_of_the_third_and_fourth_kind() -> None:
    angle = np.array([0.3, 1.1, 2.0])
    x, half = sd.tensor(np.cos(angle)), angle / 2
    for n in range(5):
        v, w = (getattr(sd.special, f"chebyshev_polynomial_{kind}")(x, n) for kind in "vw")
        np.testing.assert_allclose(v.numpy(), np.cos((2 * n + 1) * half) / np.cos(half))
        np.testing.assert_allclose(w.numpy(), np.sin((2 * n + 1) * half) / np.sin(half))


def test_polynomials_have_formulas_and_kernels() -> None:
    p = sd.special.legendre_polynomial_p
    assert sd.derive(lambda x: p(x, 3), "x").text == "15*x**2/2 - 3/2"
    np.testing.assert_allclose(sd.grad(lambda x: np.sum(p(x, 3)))(X), 7.5 * X**2 - 1.5)
    np.testing.assert_array_equal(p(sd.tensor(X), -1).numpy(), np.zeros(5))


def test_the_spherical_bessel_function() -> None:
    x = sd.tensor([0.0, 1.0, -2.0], requires_grad=True)
    y = sd.special.spherical_bessel_j0(x)
    np.testing.assert_allclose(y.detach().numpy(), scipy.spherical_jn(0, [0.0, 1.0, 2.0]))
    assert sd.autograd.gradcheck(sd.special.spherical_bessel_j0, x)
