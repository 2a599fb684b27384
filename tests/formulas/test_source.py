"""A formula's source: exec of the text (our own) gives the formula's values, in NumPy and in Numba."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.cli import main
from symdiff.formulas.closed_form import Formula
from symdiff.graph.op import OpError

CASES = [
    ("x**3-2*x", "x", "", 1),
    ("sin(x)**2*exp(-x)", "x", "", 1),
    ("sin(x)**2*exp(-x)", "x", "", 2),
    ("erf(x)+gammaln(x)", "x", "", 1),
    ("gammaln(x)*digamma(x)", "x", "", 1),
    ("j0(x)+i0e(x)", "x", "", 1),
    ("log1p(x)/sqrt(x)", "x", "", 1),
    ("arctan2(x,2)", "x", "", 1),
    ("x**a", "x", "", 2),
    ("x**0.1", "x", "", 1),
    ("where(x>0.5,x**2,sin(x))", "x", "", 1),
    ("maximum(x,0.3)*minimum(x,0.7)", "x", "", 1),
    ("abs(x-0.5)+sign(x)", "x", "", 1),
    ("softplus(x)+relu(x)", "x", "", 1),
    ("sum((A@x-b)**2)", "x", "A:m,n x:n b:m", 1),
    ("sum((A@x-b)**2)", "x", "A:m,n x:n b:m", 2),
    ("sum((A@x-b)**2)", "A", "A:m,n x:n b:m", 1),
    ("sum((A@x-b)**2)", "A", "A:m,n x:n b:m", 2),
    ("mean((A@x-b)**2)", "x", "A:m,n x:n b:m", 1),
    ("sum(log(1+exp(-y*(X@w))))", "w", "X:m,n w:n y:m", 1),
    ("sum(log(1+exp(-y*(X@w))))", "w", "X:m,n w:n y:m", 2),
    ("logsumexp(A@x)", "x", "A:m,n x:n", 1),
    ("logsumexp(A@x)", "x", "A:m,n x:n", 2),
    ("sum(softmax(x)*a)", "x", "x:n a:n", 1),
    ("x@S@x", "x", "S:n,n x:n", 1),
    ("b@inv(S)@b", "S", "S:n,n b:n", 1),
    ("b@solve(S,b)", "b", "S:n,n b:n", 1),
    ("logdet(S)", "S", "S:n,n", 1),
    ("logdet(S)", "S", "S:n,n", 2),
    ("det(S)", "S", "S:n,n", 1),
    ("det(S)", "S", "S:n,n", 2),
    ("trace(inv(S))", "S", "S:n,n", 1),
    ("sum(maximum(0,1-b*(A@x)))", "x", "A:m,n x:n b:m", 1),
    ("sum(maximum(A@S,0)**2)", "A", "A:m,n S:n,n", 2),
    ("sum(sin(x[::-1])*x)", "x", "x:n", 1),
    ("sum(sin(A[::-1,1:]))+sum(A[0,::-1]*A[1,::-1])", "A", "A:m,n", 1),
    ("trace(S@S@S)", "S", "S:n,n", 1),
    ("trace(inv(S)@S.T)", "S", "S:n,n", 1),
    ("norm(x)", "x", "x:n", 1),
    ("norm(A)", "A", "A:m,n", 1),
    ("norm(x)", "x", "x:n", 2),
    ("x@S@x/(x@x)", "x", "S:n,n x:n", 1),
    ("prod(x)", "x", "x:n", 1),
    ("var(x)", "x", "x:n", 1),
    ("std(x)", "x", "x:n", 1),
    ("cumsum(x)@a", "x", "x:n a:n", 1),
    ("sum(maximum(x,a)**2)", "x", "x:n a:n", 1),
    ("x[1:]@x[:-1]", "x", "x:n", 1),
    ("x[1:]@x[:-1]", "x", "x:n", 2),
    ("sum(outer(x,x)**3)", "x", "x:n", 2),
    ("sum(outer(x,x)**3)", "x", "x:n", 3),
    ("tanh(A@x)", "A", "A:m,n x:n", 1),
    ("tanh(A@x)", "x", "A:m,n x:n", 1),
    ("sum(tanh(A@x)*b)", "x", "A:m,n x:n b:m", 2),
    ("1/max(x)", "x", "x:n", 1),
    ("a@x-max(x)", "x", "x:n a:n", 1),
    ("max(x)+sum(where(x>0.5,x**2,sigmoid(x)))", "x", "x:n", 1),
    ("sum(clip(x,0.2,0.6)*sqrt(x))", "x", "x:n", 1),
    ("sum(where(x>0.5,log(x),0))", "x", "x:n", 1),
    ("sum(cholesky(S@S.T+eye(n)))", "S", "S:n,n", 1),
    ("-x@log(x)", "x", "x:n", 1),
    ("sum((U@V.T-A)**2)", "U", "U:m,k V:n,k A:m,n", 1),
    ("sum((U@V.T-A)**2)", "U", "U:m,k V:n,k A:m,n", 2),
    ("sum(diag(x)@S)", "x", "S:n,n x:n", 1),
    ("S@diag(x)", "x", "S:n,n x:n", 1),
    ("inv(S)@diag(x)@S", "x", "S:n,n x:n", 1),
    ("sum(exp(-(x[:,None]-x)**2))", "x", "x:n", 1),
    ("sum(concatenate([x,2*x,a])**3)", "x", "x:n a:n", 1),
    ("sum((x>0.5)*x)+sum((x>0.2)+(x>0.4))", "x", "x:n", 1),
    ("sum(A,axis=0)@x+sum(mean(A,axis=1)**2)", "A", "A:m,n x:n", 1),
    ("sum(max(A,axis=0)**2)", "A", "A:m,n", 1),
    ("sum(where(x>0.5,sqrt(x-0.5),0))", "x", "x:n", 1),
    ("einsum('ij,jk,k->i',A,S,x)", "S", "A:m,n S:n,n x:n", 1),
    ("trace(S)*sum(tril(S)**2)", "S", "S:n,n", 1),
    ("sum(norm(A,axis=1))", "A", "A:m,n", 1),
    ("sum(where(A>0.5,A,x))", "x", "A:m,n x:n", 1),
    ("sum(where(A>0.5,A*outer(b,x),x))", "x", "A:m,n x:n b:m", 1),
    ("sum(flip(x)*x)", "x", "x:n", 2),
    ("sum(A[1:,::2]**2)", "A", "A:m,n", 1),
    ("sum(sort(x)*a)", "x", "x:n a:n", 1),
    ("sum(pinv(B))", "B", "B:k,n", 1),
    ("(3+A[0,1])/5", "A", "A:m,n", 1),
    ("A[-1,0]", "A", "A:m,n", 1),
    ("exp(a*x[-1])+x[0]**2*x[1]", "x", "x:n", 2),
    ("exp(x[0])*A/x[1]", "x", "A:m,n x:n", 2),
]
QUICK = {6, 17, 19, 36}  # that Numba compiles in every run
SIZES = {"m": 5, "n": 4, "k": 3}
NOT_IN_NUMBA = "cholesky flip expm svdvals".split()


def formula(case: tuple[str, str, str, int]) -> Formula:
    text, wrt, shapes, order = case
    return sd.derive(text, wrt, shapes=shapes or None, order=order)


def values(f: Formula) -> dict[str, np.ndarray]:
    """Numbers between 0 and 1; square matrices are well conditioned."""
    random = np.random.default_rng(0)
    found = {}
    for node in f.graph.inputs:
        shape = tuple(SIZES.get(str(n), n) for n in node.shape)
        square = len(shape) == 2 and shape[0] == shape[1]
        found[node.label] = random.uniform(0.1, 0.9, shape) + (
            3 * np.eye(shape[0]) if square else 0
        )
    return found


def check(f: Formula, target: str) -> None:
    text = f.source(target)
    assert "symdiff" not in text
    space: dict = {}
    exec(compile(text, "<source>", "exec"), space)
    given = values(f)
    found, expected = space[f.graph.name](**given), f(**given)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, 1e-10, 1e-12)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[3]}")
def test_numpy_source_gives_the_value(case):
    check(formula(case), "numpy")


@pytest.mark.parametrize("case", [CASES[k] for k in sorted(QUICK)], ids=lambda c: f"{c[0]}-{c[3]}")
def test_numba_source_gives_the_value(case):
    check(formula(case), "numba")


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[3]}")
def test_numba_source_gives_the_value_or_says_what_is_missing(case):
    if any(word in case[0] for word in NOT_IN_NUMBA):
        with pytest.raises(OpError, match="source: "):
            formula(case).source("numba")
    else:
        check(formula(case), "numba")


def test_the_text_is_commented_and_ready_to_run():
    f = sd.derive("sum(log(1 + exp(-y*(X @ w))))", "w", shapes="X:m,n w:n y:m", order=2)
    assert f.source() == GOLDEN


GOLDEN = '''import numpy as np
from scipy import special


def f(X, w, y):
    """X.T @ diag(y**2*s*(1 - s)) @ X
    where s = sigmoid(-y*(X @ w))

    X: array of shape (m, n)
    w: array of shape (n,)
    y: array of shape (m,)
    returns: array of shape (n, n)
    """
    X = np.asarray(X, np.float64)
    w = np.asarray(w, np.float64)
    y = np.asarray(y, np.float64)
    s = special.expit(-y*(X @ w))  # s = sigmoid(-y*(X @ w))
    return X.T @ ((y**2*s*(1 - s))[:, None]*X)
'''


def test_an_inverse_times_a_vector_is_solved():
    text = sd.formula("b @ inv(A) @ c", shapes="A:n,n b:n c:n").source()
    assert "return b @ np.linalg.solve(A, c)" in text
    text = sd.formula("B @ inv(A)", shapes="A:n,n B:m,n").source()
    assert "return np.linalg.solve(A.T, B.T).T" in text


def test_numbers_are_written_exactly():
    assert "0.1" in sd.formula("x*0.1").source()
    assert "1e-17" in sd.formula("x + 1e-17").source()
    assert "2/np.sqrt(np.pi)" in sd.derive("erf(x)").source()


def test_ties_and_zeros_are_the_formulas_own():
    f = sd.derive("sum(maximum(x, a)) + norm(x) + prod(x)", "x", shapes="x:3 a:3")
    space: dict = {}
    exec(f.source(), space)
    given = {"x": np.array([0.0, 0, 0]), "a": np.array([0.0, 1, -1])}
    np.testing.assert_allclose(space["f"](**given), f(**given))


def test_a_contraction_of_masks_is_written_as_a_matrix_product():
    f = sd.derive("sum(maximum(0, 1 - y*(X@w)))", "w", shapes="X:m,n w:n y:m")
    assert f.source().endswith("return X.T @ (-y*np.where(r == 0, 1/2, r >= 0))\n")


def test_what_was_read_backwards_is_written_backwards():
    f = sd.derive("sum(sin(x[::-1])*x)", "x", shapes="x:n")
    assert f.text == "(x*cos(x[::-1]))[::-1] + sin(x[::-1])"


def test_truth_values_are_counted():
    f = sd.formula("sum((x > 0.2) + (x > 0.4))", shapes="x:n")
    space: dict = {}
    exec(f.source(), space)
    assert space["f"](np.array([0.3, 0.5])) == 3


def test_names_that_python_reserves_are_changed():
    import sympy

    f = sd.derive(sympy.Symbol("lambda") ** 2 * sympy.Symbol("np"), "lambda")
    space: dict = {}
    exec(f.source(), space)
    assert space["f"](3.0, 2.0) == 12.0


def test_a_long_formula_has_all_its_definitions_in_the_source():
    f = sd.formula(lambda x: _long(x), shapes="x:n")
    assert "more definitions; .source() has them all" in f.text
    check(f, "numpy")


def _long(x):
    y = x
    for k in range(40):
        y = np.sin(y * x + k) * y + np.cos(y)
    return np.sum(y)


def test_unknown_targets_are_refused():
    with pytest.raises(OpError, match="there are numpy, numba"):
        sd.formula("x").source("fortran")


def test_what_numba_lacks_is_said():
    with pytest.raises(OpError, match="there is no solve_triangular that stands alone in numba"):
        sd.derive("sum(cholesky(S))", shapes="S:n,n").source("numba")


TOGETHER = [
    ("sum(digamma(x) + jv(2, x) + ndtr(x) + xlogy(x, x) + polygamma(1, x) + log_expit(x))", "x:4"),
    ("sum(betaln(x, 2) + erfcx(x) + i1(x) + logit(x/4))", "x:4"),
    ("sum(softmax(A, axis=1)**2) + sum(logsumexp(A, axis=0)*norm(A, axis=0))", "A:3,4"),
    ("sum(max(A, axis=0)) + sum(std(A, axis=1)) + sum(cumsum(A, axis=0)**2)", "A:3,4"),
    ("sum(cumprod(x)**2) + sum(x[::2]*x[1::2]) + sum(sort(x)*cumsum(x))", "x:4"),
]


@pytest.mark.parametrize(("text", "shapes"), TOGETHER)
@pytest.mark.parametrize("target", ["numpy", pytest.param("numba", marks=pytest.mark.slow)])
def test_functions_of_scipy_and_along_axes_have_sources(text, shapes, target):
    formula = sd.derive(text, shapes=shapes)
    (node,) = formula.graph.inputs
    value = np.random.default_rng(3).uniform(0.5, 2, node.shape)
    space = {}
    exec(formula.source(target), space)
    out = space["f"](value)
    np.testing.assert_allclose(out, formula(**{node.label: value}), rtol=1e-10, atol=1e-12)


def test_numba_calls_what_scipy_compiled():
    space = {}
    exec(sd.formula("ndtr(x)*jv(2, x)").source("numba"), space)
    formula = sd.formula("ndtr(x)*jv(2, x)")
    np.testing.assert_allclose(space["f"](0.7), formula(x=0.7), rtol=1e-13)


def test_the_command_line_prints_it(capsys):
    assert main(["derive", "x**2", "--source", "numpy"]) == 0
    assert "return 2*x" in capsys.readouterr().out


def test_a_condition_at_two_indices_is_summed():
    f = sd.derive("sum(where(A > 0.5, A, x))", "x", shapes="A:m,n x:n")
    assert f.text == "sum(A <= 0.5, axis=0)"
    np.testing.assert_array_equal(
        f(A=np.array([[0.1, 0.9], [0.2, 0.3]]), x=np.zeros(2)), [2.0, 1.0]
    )


def test_products_with_leading_axes_stand_alone() -> None:
    """The sum of squared hinges has a masked matrix product: what it is named by is NumPy's einsum."""
    text = "sum(maximum(0, 1 - y*(X @ w))**2)/2 + l*(w @ w)/2"
    hessian = sd.derive(text, "w", shapes="X:m,n w:n y:m", order=2)
    rng = np.random.default_rng(3)
    arrays = {"X": rng.normal(size=(5, 3)), "w": rng.normal(size=3), "y": np.ones(5), "l": 0.5}
    space: dict[str, object] = {}
    exec(hessian.source(), space)
    np.testing.assert_allclose(space["f"](**arrays), hessian(**arrays), rtol=1e-12)
