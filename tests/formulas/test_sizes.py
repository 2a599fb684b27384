"""Sizes keep their names, though NumPy's functions of sizes and len make numbers of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from identities import Identity, numbers_agree, written

import symdiff as sd
from symdiff.graph.op import OpError

FUNCTIONS: list[tuple[Callable[..., Any], str]] = [
    (lambda x: x @ np.eye(x.shape[0]) @ x / 2, "x"),
    (lambda x: x @ (3 * np.eye(len(x)) + 1) @ x, "2*sum(x) + 6*x"),
    (lambda x: x @ x / len(x), "2*x/n"),
    (lambda x: np.ones(len(x)) @ x**2, "2*x"),
    (lambda x: np.full(x.shape, 2.5) @ x**2, "5.0*x"),
    (lambda x: np.sum((x - np.zeros(x.shape)) ** 2) / x.shape[0], "2*x/n"),
    (lambda x: np.arange(len(x)) @ x, "arange(n)"),
    (lambda x: x @ np.diag(np.arange(len(x))) @ x, "2*x*arange(n)"),
    (
        lambda x: x @ (np.eye(len(x)) - np.ones((len(x), len(x))) / len(x)) @ x / 2,
        "x - mean(x)",
    ),
    (lambda x: np.log(x.shape[0]) * np.sum(x**2), "2*log(n)*x"),
    (lambda x: np.arange(x.shape[0]) @ x, "arange(n)"),
    (lambda x: np.linspace(0, 1, len(x)) @ x, "arange(n)/(n - 1)"),
    (lambda x: np.linspace(1, len(x), len(x)) @ x, "arange(n) + 1"),
    (lambda x: np.sum(np.tri(x.shape[0]) @ x), "sum(tril(ones((n, n))), axis=0)"),
    (
        lambda x: x @ (2 * np.eye(len(x)) - np.eye(len(x), k=1)) @ x,
        "4*x - (d + d.T) @ x\nwhere d = eye(n, k=1)",
    ),
]


@pytest.mark.parametrize(("f", "text"), FUNCTIONS, ids=lambda p: p if isinstance(p, str) else "")
def test_sizes_stay_names(f: Callable[..., Any], text: str) -> None:
    formula = sd.derive(f, shapes="x:n")
    assert str(formula) == text
    for n in (3, 6):
        x = np.linspace(0.5, 1.5, n)
        np.testing.assert_allclose(sd.formula(f, shapes="x:n")(x=x), f(x))
        expected = [(f(x + step) - f(x - step)) / 2e-6 for step in 1e-6 * np.eye(n)]
        np.testing.assert_allclose(formula(x=x), expected, rtol=1e-8, atol=1e-8)


def test_a_mean_divides_by_all_that_it_sums_over() -> None:
    shapes = "A:m,k B:k,n x:n y:n"
    assert str(sd.formula("sum(A @ B)/(m*n*k)", shapes=shapes[:11])) == "sum(A @ B)/(k*m*n)"
    assert str(sd.formula("(x @ y)*sum(B)/n", shapes=shapes[6:])) == "(x @ y)*sum(B)/n"
    assert str(sd.formula("mean(B, axis=0)", shapes="B:k,n")) == "mean(B, axis=0)"


def test_sizes_of_several_arrays_stay_apart() -> None:
    ridge = sd.derive(
        lambda w, X, y: np.sum((X @ w - y) ** 2) / len(y) + w @ np.eye(len(w)) @ w,
        "w", shapes="w:n X:m,n y:m",
    )  # fmt: skip
    assert str(ridge) == "2*X.T @ (X @ w - y)/m + 2*w"


def test_an_identity_of_two_sizes_is_known_by_its_positions() -> None:
    formula = sd.derive(lambda X: np.sum(3 * np.eye(*X.shape) * X**2), shapes="X:m,n")
    assert str(formula) == "6*where(arange(m)[:, None] == arange(n), X, 0)"
    for shape in ((2, 4), (4, 2)):
        X = np.arange(1.0, 9).reshape(shape)
        np.testing.assert_array_equal(formula(X=X), 6 * np.eye(*shape) * X)


def test_whole_numbers_that_a_function_makes_stay_whole() -> None:
    points = np.linspace(0, 3, 4)
    for value, weights in ((1.25, [0, 0.75, 0.25, 0]), (0, [1, 0, 0, 0])):
        slope = sd.derive(lambda y, x=value: np.interp(x, points, y), shapes={"y": (4,)})
        np.testing.assert_array_equal(slope(y=points**2), weights)


def test_a_loop_over_a_named_size_is_an_error_that_tells_the_way() -> None:
    def looped(x: Any) -> Any:
        return sum(x[k] ** 2 for k in range(len(x)))

    with pytest.raises(OpError, match="give a number for n in shapes"):
        sd.derive(looped, shapes="x:n")
    assert sd.derive(looped, shapes="x:3").shape == (3,)


def test_products_of_sizes_keep_all_their_factors() -> None:
    def f(x: Any) -> Any:
        return np.sum(x**3) / (1 + np.trace(np.ones_like(np.outer(x, x))) ** 2)

    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(sd.hessian(f)(x), np.diag(6 * x / 10))
    text = "x @ y/(1 + trace(eye(n))**2 + 2*trace(eye(n)))"
    mixed = sd.derive(text, "x", shapes="x:n y:n").derive("y")
    np.testing.assert_allclose(mixed(x=x, y=x), np.eye(3) / 16)


@pytest.mark.parametrize(
    ("text", "by", "order"),
    [
        ("sum(sqrt(1 + sigmoid(diag(A.T))**2))", "A", 1),
        ("sum(sqrt(1 + sum(A, axis=0)**2))", "A", 2),
        ("norm(sum(A, axis=0))", "A", 2),
        ("log(1 + mean(x)**2)", "x", 2),
        ("sqrt(1 + logdet(A)**2)", "A", 1),
        ("sum(inv(diag(x)) @ (x*y))", "x", 2),
        ("(x - mean(y)) @ y*sum(A)/n", "x", 1),
        ("((x - mean(y)) @ y)**2", "x", 1),
        ("(x @ y)*sum(x)/n", "x", 1),
        ("mean(A)*mean(A @ A)/n", "A", 1),
        ("log(1 + sum(eye(n), axis=0) @ (x*y)**2)", "x", 2),
    ],
)
def test_what_is_printed_is_what_is_computed(text: str, by: str, order: int) -> None:
    shapes = {"A": "A:n,n", "x": "x:n", "y": "y:n"}
    read = " ".join(shape for name, shape in shapes.items() if re.search(rf"\b{name}\b", text))
    row = Identity(text, by, read, "")
    row = row._replace(expected=written(row, order))
    numbers_agree(row, order)


def mean_of_all(x: Any, n: Any) -> Any:
    return np.sum(x) / n


@pytest.mark.parametrize("what", [mean_of_all, "sum(n*x)"])
def test_a_letter_is_no_array_and_size_at_once(what: Any) -> None:
    shapes = "x:n n:n" if isinstance(what, str) else "x:n"
    with pytest.raises(OpError, match="n is an array and a size"):
        sd.derive(what, "x", shapes=shapes)


@pytest.mark.parametrize("rows", [4, 8])
def test_a_size_that_a_clip_lets_pass_stays_a_size(rows: int) -> None:
    slope = sd.derive("clip(m*d, 0.2, 1.1)", "d", shapes="A:m,n")
    assert slope(d=0.1, A=np.ones((rows, 3))) == rows


def test_half_a_size_is_no_number_beside_an_identity() -> None:
    def f(x: Any, t: Any) -> Any:
        return np.sum(np.eye(x.shape[0]) + x) + np.sum(t[::2])

    found = sd.formula(f, shapes={"x": ("n", "n"), "t": ("m",)})
    for n, m in ((2, 5), (3, 4)):
        x, t = np.ones((n, n)), np.arange(float(m))
        assert found(x=x, t=t) == f(x, t)
