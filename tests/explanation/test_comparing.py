"""compare: five ways, one gradient."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.explanation.complex_step import ANALYTIC
from symdiff.graph.op import OPS
from tests.ops import call_of, covered, differentiable


def complex_step(told):
    return next(r for r in told.rows if r.way == "complex step")


def test_all_ways_agree_on_an_analytic_function():
    def f(x, a):
        return np.sum(np.sin(a * x) * np.exp(x))

    x, a = np.array([0.1, 0.7, -1.0]), 1.5
    told = sd.compare(f, x, a)
    assert [r.way for r in told.rows][:3] == ["tape", "compiled", "symbolic"]
    assert told.agree
    expected = a * np.cos(a * x) * np.exp(x) + np.sin(a * x) * np.exp(x)
    for row in told.rows:
        np.testing.assert_allclose(row.gradients[0], expected, rtol=1e-7)
    assert max(r.error for r in told.rows if r.way != "finite difference") < 1e-14
    assert "complex step" in repr(told)


def test_a_wrong_derivative_is_seen():
    @sd.custom_vjp
    def wrong(x):
        return x * x

    wrong.defvjp(lambda x: (x * x, x), lambda x, g: (3 * x * g,))
    assert not sd.compare(lambda x: wrong(x), 2.0).agree


def test_what_is_not_possible_says_why():
    told = sd.compare(lambda x: sd.special.gammaln(x).sum(), sd.tensor([1.0, 2.0]))
    row = complex_step(told)
    assert row.gradients is None
    assert "gammaln has no complex form" in row.note
    assert told.agree


def test_many_entries_are_sampled():
    assert sd.compare(lambda x: np.sum(x**3), np.linspace(0, 1, 1000)).agree


def test_nothing_to_differentiate_by():
    with pytest.raises(TypeError, match="floats or arrays of floats as arguments, not int64 array"):
        sd.compare(lambda x: x, np.array([1, 2]))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.abs(x) * x),
        lambda x: np.sum(np.sign(x) * x),
        lambda x: np.sum(np.linalg.inv(np.outer(x, x) + np.eye(3))),
        lambda x: np.std(x) + np.var(x, ddof=1) + np.linalg.norm(x),
        lambda x: np.max(x) + np.sum(np.where(x > 0, x**2, np.exp(x))),
        lambda x: sd.sigmoid(x).sum() + sd.softmax(x, 0)[1],
        lambda x: sd.jit(lambda x: np.sum(np.tanh(x)))(x),
        lambda x: np.sum(np.logaddexp(x, 1.0) + np.hypot(x, 2.0)),
        lambda x: np.sum(x[np.argsort(x)] * np.arange(3.0)),
    ],
)
def test_the_complex_step_holds_at_choices_norms_and_within_kernels(f):
    told = sd.compare(f, np.array([0.3, -1.2, 2.0]))
    assert told.agree
    assert complex_step(told).error < 1e-13


@pytest.mark.parametrize(
    "f",
    [
        lambda x, A: x @ A @ x,
        lambda x, A: np.sum(A @ x),
        lambda x, A: np.sum(x @ A),
        lambda x, A: np.dot(x, x) + np.vdot(x, A[0]) + np.inner(x, x),
        lambda x, A: np.sum(np.outer(x, x) * A),
        lambda x, A: np.trace(A @ A.T @ A),
        lambda x, A: np.sum(np.stack([A, A.T]) @ A),
        lambda x, A: np.einsum("i,ij,jk,k->", x, A, A, x),
        lambda x, A: np.sum(np.linalg.solve(A, x)) + np.linalg.det(A),
        lambda x, A: np.sum(np.cumsum(x) * np.prod(A, axis=0)),
    ],
)
def test_products_hold_for_complex_numbers(f):
    told = sd.compare(f, np.array([0.5, -1.0, 2.0]), np.arange(9.0).reshape(3, 3) ** 1.5 - 2)
    assert told.agree
    assert complex_step(told).error < 1e-12


def covered_ops():
    """The ops that take part, each with arguments that are safe for it."""
    for name in covered():
        if name in ANALYTIC and OPS[name].pullback is not None:
            yield pytest.param(name, id=name)


@pytest.mark.parametrize("name", list(covered_ops()))
def test_values_of_analytic_ops_hold_for_complex_numbers(name):
    """Im of the value for x + ihv is what the slope gives along v."""
    call, rng = call_of(OPS[name]), np.random.default_rng(0)
    which = differentiable(call)
    for k in (k for k, yes in enumerate(which) if yes):
        v = rng.normal(size=np.shape(call.args[k]))
        args = [x + 1e-30j * v if j == k else x for j, x in enumerate(call.args)]
        if name in ("assign", "put"):
            args = [x.astype(complex) if yes else x for x, yes in zip(args, which)]
        y = np.asarray(OPS[name].evaluate(*args, **call.params))
        g = rng.normal(size=y.shape)
        part = call.pull(g, tuple(j == k for j in range(len(which))))[k]
        np.testing.assert_allclose(np.sum(g * y.imag) / 1e-30, np.sum(part * v), rtol=1e-9)


def test_single_precision_agrees_to_half_of_its_digits():
    told = sd.compare(lambda x: np.sum(np.exp(x) * x), np.ones(3, np.float32))
    assert told.agree
    assert all(r.gradients is not None for r in told.rows)


def test_a_function_may_write_into_its_argument():
    def f(x):
        x[0] = x[1]
        return np.sum(x * x)

    x = np.array([1.0, 2.0])
    told = sd.compare(f, x)
    assert told.agree
    assert all(r.gradients is not None for r in told.rows)
    np.testing.assert_array_equal(x, [1, 2])
    assert sd.explain(f, x).inputs[0].name == "x"


def test_what_does_not_depend_on_its_argument():
    told = sd.compare(lambda x: 3.0, np.ones(2))
    assert told.agree
    np.testing.assert_array_equal(told.rows[0].gradients[0], [0, 0])


def test_outside_of_the_real_numbers_there_is_no_complex_step():
    with np.errstate(invalid="ignore"):
        told = sd.compare(lambda x: np.sum(np.log(x)), np.array([1.0, -1.0]))
    assert "not real" in complex_step(told).note


def test_where_ways_differ_the_kinks_are_named():
    told = sd.compare(lambda x: np.sum(np.maximum(x, 0) + np.abs(x)), np.array([0.0, 1.0]))
    assert not told.agree
    assert repr(told).endswith(
        "at a kink the ways may differ: v1 = maximum(x, 0) (a tie: half to each), as at 1 more"
    )
    assert "a tie: half to each" in told._repr_html_()
    assert "kink" not in repr(sd.compare(lambda x: np.sum(np.maximum(x, 0)), np.ones(2)))


def test_trees_are_refused_by_their_kind():
    with pytest.raises(TypeError, match="pass floats or arrays of floats as arguments, not dict"):
        sd.compare(lambda p: p["a"] ** 2, {"a": 2.0})


def test_a_nan_that_both_have_is_no_difference():
    tape, compiled, *_ = sd.compare(lambda x: np.sum(x**2), np.array([1.0, np.nan])).rows
    assert (tape.error, compiled.error) == (0, 0)


def test_at_a_minimum_rounding_is_no_disagreement():
    rng = np.random.default_rng(0)
    A, b = rng.normal(size=(20, 4)), rng.normal(size=20)
    best = np.linalg.lstsq(A, b)[0]
    assert sd.compare(lambda x: np.sum((A @ x - b) ** 2), best).agree


def test_the_complex_step_goes_through_what_is_written_into():
    def f(x):
        y = np.zeros_like(x)
        y[1:] = np.sin(x[:-1])
        return np.sum(y * x)

    told = sd.compare(f, np.array([0.5, 1.0, 2.0]))
    assert told.agree
    assert told.rows[-1].gradients is not None
