"""Matrix expressions, sums over indices and functions of SymPy's: derived right, or refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.graph.op import OpError

n = sp.Symbol("n", integer=True, positive=True)
A, B, X = (sp.MatrixSymbol(name, n, n) for name in "ABX")
x, y = (sp.MatrixSymbol(name, n, 1) for name in "xy")
t, s = sp.symbols("t s")
i, j = sp.symbols("i j", integer=True)
u, v = sp.IndexedBase("u"), sp.IndexedBase("v")


def total(term: Any, *letters: Any) -> Any:
    return sp.Sum(term, *((k, 0, n - 1) for k in letters))


MATRICES: list[tuple[Any, str, str]] = [
    (sp.Trace(A * X), "X", "A.T"),
    (sp.log(sp.Determinant(X)), "X", "inv(X).T"),
    (sp.Trace(sp.KroneckerProduct(A, X)), "X", "trace(A)*eye(n)"),
    (sp.Trace(sp.HadamardProduct(A, X)), "X", "diag(diag(A))"),
    (sp.Trace(sp.MatPow(X, 3)), "X", "3*X.T @ X.T"),
    (sp.Trace(sp.MatPow(X, -1)), "X", "-inv(X).T @ inv(X).T"),
    (sp.DiagonalOf(X).T * x, "x", "diag(X)"),
    (sp.Trace(sp.DiagMatrix(x) * A), "x", "diag(A)"),
    (sp.Trace(sp.Adjoint(X) * A), "X", "A"),
    (sp.sqrt(x.T * x), "x", "x/sqrt(x @ x)"),
    ((x.T * A * x)[0, 0], "x", "(A + A.T) @ x"),
    (sp.OneMatrix(1, n) * x.applyfunc(sp.exp), "x", "exp(x)"),
    (sp.Trace(A * (X + sp.Identity(n)) + X * sp.ZeroMatrix(n, n)), "X", "A.T"),
]
SUMS: list[tuple[Any, str, str]] = [
    (sp.Sum(u[i] ** 2, (i, 0, n - 1)), "u", "2*u"),
    (sp.Sum(X[i, i], (i, 0, n - 1)), "X", "eye(n)"),
    (sp.Sum(A[i, j] * x[i, 0] * x[j, 0], (i, 0, n - 1), (j, 0, n - 1)), "x", "(A + A.T) @ x"),
    (sp.Sum(i * x[i, 0], (i, 0, n - 1)), "x", "arange(n)"),
    (sp.Sum(sp.log(1 + t * u[i]), (i, 0, n - 1)), "t", "sum(u/(1 + t*u))"),
    (sp.Sum(t * i, (i, 1, 5)), "t", "15"),
    (sp.Product(t + i, (i, 0, 1)), "t", "2*t + 1"),
    (total(total(X[i, j] * u[j], j) ** 2, i), "u", "2*X.T @ X @ u"),
    (total((u[i] - total(u[j], j) / n) ** 2, i), "u", "2*(u - mean(u))"),
    (total(sp.log(total(sp.exp(X[i, j]), j)), i), "X", "softmax(X, axis=1)"),
    (total(sp.KroneckerDelta(i, j) * u[i] * v[j], i, j), "u", "v"),
    (total(sp.KroneckerDelta(j, i) * X[i, j] * u[j], i, j), "u", "diag(X)"),
    (sp.Product(u[i], (i, 0, n - 1)), "u", "prod(u)/u"),
    (total(sp.Product(X[i, j], (j, 0, n - 1)), i), "X", "prod(X, axis=1)[:, None]/X"),
]
SCALARS = [
    sp.Piecewise((t**2, t > 0), (-t, True)), sp.Max(t, s), sp.Abs(t), sp.sign(t) * t**3, sp.sinc(t),
    sp.factorial(t), sp.binomial(t, s), sp.sec(t), sp.csc(t), sp.cot(t), sp.sech(t), sp.csch(t),
    sp.coth(t), sp.acot(t), sp.acsch(t), sp.GoldenRatio * t**2, sp.EulerGamma * t**2, sp.Mod(t, s) * t,
    sp.erfc(t), sp.loggamma(t), sp.besselj(2, t), sp.conjugate(t) * t, sp.re(t) ** 2,
]  # fmt: skip
REFUSED = [
    sp.Integral(sp.sin(t * s), (s, 0, 1)), sp.Derivative(sp.Function("f")(t), t), sp.zeta(t), sp.I * t,
    sp.Function("f")(t), sp.Sum(t**i / sp.factorial(i), (i, 0, sp.oo)), sp.FiniteSet(t), sp.Tuple(t, s),
    sp.Integer(10) ** 400 * t, sp.Sum(u[i + 1], (i, 0, n - 1)), sp.Limit(sp.sin(t) / t, t, 0),
    sp.MatPow(X, sp.Rational(1, 2)), sp.Sum(X[i, 0], (i, 0, n - 2)), sp.KroneckerDelta(i, j) * t,
    total(u[i] * total(u[i] ** 2, i), i),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "by", "text"), MATRICES + SUMS, ids=str)
def test_matrices_and_sums_are_understood(expression: Any, by: str, text: str) -> None:
    assert str(sd.derive(expression, by)) == text


@pytest.mark.parametrize(("expression", "by", "text"), MATRICES, ids=str)
def test_what_went_to_sympy_comes_back(expression: Any, by: str, text: str) -> None:
    there = sd.derive(expression, by)
    assert str(sd.formula(there.sympy)) == str(there)


@pytest.mark.parametrize(
    ("text", "by", "element"),
    [
        ("arange(n) @ x", "x", "i"),
        ("sum(x/(1 + arange(n)))", "x", "1/(i + 1)"),
        ("2*A[1, 2]", "A", "2*pad(ones((1, 1)), ((1, n - 2), (2, n - 3)))[i, j]"),
    ],
)
def test_what_is_no_matrix_expression_is_told_by_elements(text: str, by: str, element: str) -> None:
    there = sd.derive(text, by, shapes="A:n,n" if by == "A" else "x:n").sympy
    letters = sp.symbols("i j", integer=True)[: len(there.variables)]
    assert str(there(*letters)) == element


@pytest.mark.parametrize("expression", SCALARS, ids=str)
def test_functions_have_the_slopes_that_sympy_gives(expression: Any) -> None:
    point = {t: 0.37, s: 0.6}
    derived = sd.derive(expression, "t")
    value = derived(**{name: float(point[sp.Symbol(name)]) for name in derived.names})
    step = sp.Rational(1, 10**8)
    near = [expression.subs({t: 0.37 + k * step, s: 0.6}).evalf(30) for k in (1, -1)]
    np.testing.assert_allclose(value, float((near[0] - near[1]) / (2 * step)), rtol=1e-7)


@pytest.mark.parametrize("expression", REFUSED, ids=str)
def test_what_is_not_understood_is_refused(expression: Any) -> None:
    with pytest.raises(OpError):
        sd.derive(expression)
