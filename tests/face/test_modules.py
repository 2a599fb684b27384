"""The namespaces `linalg`, `special` and `nn.functional`: values and gradients PyTorch gave.

They stand in test_modules.json; each gradient is that of the results weighted by 1, 2, 3 ... in
reading order.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from . import check, leaf, symdiff_only, torch

linalg = torch.linalg
special = torch.special
F = torch.nn.functional

M = [[2.0, 0.5], [0.25, 3.0]]
S = [[4.0, 1.0], [1.0, 3.0]]
R = [[1.0, 2.0], [3.0, 5.0], [2.0, -1.0]]
V = [0.5, -1.5]
Q = [0.25, 0.75]

Case = tuple[Callable[[Any], Any], Any]  # a function and its argument

LINALG: dict[str, Case] = {
    "det": (linalg.det, M),
    "slogdet": (lambda m: linalg.slogdet(m)[1], M),
    "inv": (linalg.inv, M),
    "pinv": (linalg.pinv, R),
    "solve": (lambda m: linalg.solve(m, torch.tensor(V)), M),
    "solve for a matrix": (lambda m: linalg.solve(m, torch.tensor(S)), M),
    "solve by its right side": (lambda v: linalg.solve(torch.tensor(M), v), V),
    "solve_triangular": (lambda m: linalg.solve_triangular(m, torch.tensor(S), upper=True), M),
    "lstsq": (lambda r: linalg.lstsq(r, torch.tensor([1.0, 2.0, 3.0])[:, None]).solution, R),
    "cholesky": (lambda s: linalg.cholesky((s + s.t()) / 2), S),
    "eigvalsh": (lambda s: linalg.eigvalsh((s + s.t()) / 2), S),
    "eigh": (lambda s: linalg.eigh((s + s.t()) / 2)[1] ** 2, S),
    "qr": (lambda m: linalg.qr(m)[1] ** 2, M),
    "svdvals": (linalg.svdvals, R),
    "norm": (linalg.norm, R),
    "norm of order 3": (lambda v: linalg.norm(v, 3), V),
    "vector_norm along an axis": (lambda r: linalg.vector_norm(r, dim=1), R),
    "nuclear norm": (lambda r: linalg.norm(r, "nuc"), R),
    "matrix_power": (lambda m: linalg.matrix_power(m, 3), M),
    "matrix_exp": (lambda m: linalg.matrix_exp(m), M),
    "multi_dot": (lambda m: linalg.multi_dot([m, m, torch.tensor(V)]), M),
    "cross": (lambda r: linalg.cross(r[:, 0], r[:, 1]), R),
    "trace": (lambda m: torch.trace(m @ m), M),
    "einsum": (lambda m: torch.einsum("ij,jk->ki", m, m), M),
    "tensordot": (lambda m: torch.tensordot(m, m, dims=2), M),
    "kron": (lambda m: torch.kron(m[:1], m), M),
}

SPECIAL: dict[str, Case] = {
    "erf": (special.erf, Q),
    "erfc": (special.erfc, Q),
    "erfinv": (special.erfinv, Q),
    "gammaln": (special.gammaln, Q),
    "digamma": (special.digamma, Q),
    "expit": (special.expit, Q),
    "i0": (special.i0, Q),
    "i0e": (special.i0e, Q),
    "i1": (special.i1, Q),
    "i1e": (special.i1e, Q),
    "ndtr": (special.ndtr, Q),
    "log_ndtr": (special.log_ndtr, Q),
    "ndtri": (special.ndtri, Q),
    "entr": (special.entr, Q),
    "sinc": (special.sinc, Q),
    "expm1": (special.expm1, Q),
    "log1p": (special.log1p, Q),
    "logit": (special.logit, Q),
    "erfcx": (special.erfcx, Q),
    "multigammaln": (lambda q: special.multigammaln(q + 1, 2), Q),
    "xlogy": (lambda q: special.xlogy(q, q), Q),
    "xlog1py": (lambda q: special.xlog1py(q, q), Q),
    "logsumexp": (lambda q: special.logsumexp(q, 0), Q),
    "softmax": (lambda q: special.softmax(q, 0) ** 2, Q),
    "log_softmax": (lambda q: special.log_softmax(q, 0), Q),
    "gammainc": (lambda q: special.gammainc(torch.tensor(2.0), q), Q),
    "gammaincc": (lambda q: special.gammaincc(torch.tensor(2.0), q), Q),
}

FUNCTIONAL: dict[str, Case] = {
    "relu": (F.relu, V),
    "leaky_relu": (F.leaky_relu, V),
    "elu": (F.elu, V),
    "selu": (F.selu, V),
    "celu": (F.celu, V),
    "gelu": (F.gelu, V),
    "silu": (F.silu, V),
    "mish": (F.mish, V),
    "softplus": (F.softplus, V),
    "softsign": (F.softsign, V),
    "logsigmoid": (F.logsigmoid, V),
    "sigmoid": (F.sigmoid, V),
    "tanh": (F.tanh, V),
    "hardtanh": (F.hardtanh, V),
    "relu6": (F.relu6, V),
    "hardswish": (F.hardswish, V),
    "tanhshrink": (F.tanhshrink, V),
    "softshrink": (F.softshrink, V),
    "hardshrink": (F.hardshrink, V),
    "gelu by tanh": (lambda v: F.gelu(v, approximate="tanh"), V),
    "softplus with beta": (lambda v: F.softplus(v, beta=2.0), V),
    "softmax": (lambda v: F.softmax(v, dim=0) ** 2, V),
    "log_softmax": (lambda v: F.log_softmax(v, dim=0), V),
    "softmin": (lambda v: F.softmin(v, dim=0) ** 2, V),
    "glu": (lambda v: F.glu(v), V),
    "prelu": (lambda v: F.prelu(v, torch.tensor([0.1])), V),
    "threshold": (lambda v: F.threshold(v, 0.1, 20.0), V),
    "linear": (lambda v: F.linear(v, torch.tensor(R), torch.ones(3)) ** 2, V),
    "normalize": (lambda r: F.normalize(r, dim=1), R),
    "layer_norm": (lambda r: F.layer_norm(r, (2,)) ** 2, R),
    "cosine_similarity": (lambda r: F.cosine_similarity(r[0], r[1], dim=0), R),
    "pairwise_distance": (lambda r: F.pairwise_distance(r[:1], r[1:2]), R),
    "mse_loss": (lambda v: F.mse_loss(v, torch.tensor(Q)), V),
    "mse_loss summed": (lambda v: F.mse_loss(v, torch.tensor(Q), reduction="sum"), V),
    "mse_loss not reduced": (lambda v: F.mse_loss(v, torch.tensor(Q), reduction="none"), V),
    "l1_loss": (lambda v: F.l1_loss(v, torch.tensor(Q)), V),
    "smooth_l1_loss": (lambda v: F.smooth_l1_loss(v, torch.tensor(Q)), V),
    "huber_loss": (lambda v: F.huber_loss(v, torch.tensor(Q), delta=0.5), V),
    "cross_entropy": (lambda r: F.cross_entropy(r, torch.tensor([0, 1, 1])), R),
    "cross_entropy of probabilities": (lambda r: F.cross_entropy(r[:1], torch.tensor([Q])), R),
    "nll_loss": (lambda r: F.nll_loss(r, torch.tensor([0, 1, 1])), R),
    "binary_cross_entropy": (lambda q: F.binary_cross_entropy(q, torch.tensor([0.0, 1.0])), Q),
    "binary_cross_entropy_with_logits": (
        lambda v: F.binary_cross_entropy_with_logits(v, torch.tensor([0.0, 1.0])),
        V,
    ),
    "kl_div": (lambda v: F.kl_div(v, torch.tensor(Q), reduction="sum"), V),
    "hinge_embedding_loss": (lambda v: F.hinge_embedding_loss(v, torch.tensor([1.0, -1.0])), V),
    "soft_margin_loss": (lambda v: F.soft_margin_loss(v, torch.tensor([1.0, -1.0])), V),
    "poisson_nll_loss": (lambda v: F.poisson_nll_loss(v, torch.tensor([1.0, 2.0])), V),
    "gaussian_nll_loss": (
        lambda v: F.gaussian_nll_loss(v, torch.tensor(Q), torch.tensor([1.0, 2.0])),
        V,
    ),
}


GIVEN = json.loads(Path(__file__).with_suffix(".json").read_text())


def compare(case: Case, given: list[Any]) -> None:
    (f, start), (value, gradient) = case, given
    x = leaf(start)
    y = f(x)
    weight = torch.arange(1.0, np.size(value) + 1).reshape(np.shape(value))
    np.testing.assert_allclose(y.detach().numpy(), value, rtol=1e-10, atol=1e-12)
    (y * weight).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), gradient, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", LINALG)
def test_linalg(name: str) -> None:
    compare(LINALG[name], GIVEN["linalg"][name])


@pytest.mark.parametrize("name", SPECIAL)
def test_special(name: str) -> None:
    compare(SPECIAL[name], GIVEN["special"][name])


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_functional(name: str) -> None:
    compare(FUNCTIONAL[name], GIVEN["functional"][name])


@symdiff_only
def test_where_pytorch_is_off_in_the_tenth_digit() -> None:
    q, v = leaf(Q), leaf(V)
    check(special.polygamma(1, q), [17.19732915450712, 2.541879647671607])
    hard = F.hardsigmoid(v)
    hard.sum().backward()
    check(hard, [3.5 / 6, 1.5 / 6])
    check(v.grad, [1 / 6, 1 / 6])


def test_dropout_scales_what_it_keeps() -> None:
    x = leaf(np.ones(1000))
    y = F.dropout(x, 0.25)
    assert set(y.tolist()) <= {0.0, 1 / 0.75}
    y.sum().backward()
    assert x.grad.tolist() == y.tolist()
    assert F.dropout(x, 0.25, training=False).tolist() == x.tolist()


def test_one_hot() -> None:
    assert F.one_hot(torch.tensor([0, 2]), 3).tolist() == [[1, 0, 0], [0, 0, 1]]


def test_bessel_functions_have_values() -> None:
    x = torch.tensor(Q)
    values = [0.9844359292959, 0.8642422751735]
    np.testing.assert_allclose(special.bessel_j0(x).numpy(), values, rtol=1e-10)


def test_an_order_without_derivative_is_named() -> None:
    order = leaf(2)
    with pytest.raises((RuntimeError, NotImplementedError)):
        special.gammainc(order, torch.tensor(0.5)).backward()
