"""Ops and rules of the user's own: eager, traced, compiled, to second order, in batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from codegen.index import Apply
from symdiff.graph.op import OPS, NoDerivative

X = np.array([0.5, 1.0, 2.0])

cube = sd.declare(
    "test_cube", value=lambda x: x**3, slope=lambda y, x: 3 * x**2, scalar=lambda x: x * x * x
)
scaled_exp = sd.declare(
    "test_scaled_exp",
    value=lambda a, x: np.exp(a * x),
    slope=(lambda y, a, x: x * y, lambda y, a, x: a * y),
    scalar=lambda a, x: Apply("exp", (a * x,)),
)
unit = sd.declare(
    "test_unit",
    value=lambda x: x / np.sqrt(np.sum(x * x)),
    rule=lambda g, y, x: (g - y * np.sum(g * y)) / np.sqrt(np.sum(x * x)),
)
quartic = sd.declare("test_quartic", value=lambda x: x**4, slope=lambda y, x: 4 * x**3)
halved = sd.declare(
    "test_halved",
    value=lambda x: x[::2] * 2,
    rule=lambda g, y, x: spread_out(2 * g, x),
    shape=lambda shape: ((shape[0] + 1) // 2,),
)


def spread_out(part: Any, x: Any) -> Any:
    whole = np.zeros_like(x)
    whole[::2] = part
    return whole


fixed = sd.declare("test_fixed", value=np.round, slope=(None,))


def second(f: Any, x: np.ndarray) -> np.ndarray:
    return sd.hessian(f)(x)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_slope_serves_eager_and_compiled_code(compiled: bool) -> None:
    gradient = sd.grad(lambda x: np.sum(cube(x)), compile=compiled)
    np.testing.assert_allclose(gradient(X), 3 * X**2)


def test_a_slope_is_differentiated_again() -> None:
    np.testing.assert_allclose(second(lambda x: np.sum(cube(x)), X), np.diag(6 * X))


def test_slopes_by_several_arguments_broadcast() -> None:
    by_a, by_x = sd.grad(lambda a, x: np.sum(scaled_exp(a, x)), (0, 1))(0.5, X)
    np.testing.assert_allclose(by_a, np.sum(X * np.exp(0.5 * X)))
    np.testing.assert_allclose(by_x, 0.5 * np.exp(0.5 * X))


def test_values_are_numpys() -> None:
    np.testing.assert_allclose(cube(X), X**3)
    np.testing.assert_allclose(sd.jit(lambda x: cube(x) + 1)(X), X**3 + 1)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_rule_pulls_back(compiled: bool) -> None:
    n = np.sqrt(np.sum(X * X))
    gradient = sd.grad(lambda x: unit(x)[0], compile=compiled)
    np.testing.assert_allclose(gradient(X), (np.eye(3)[0] - X[0] * X / n**2) / n)


def test_a_rule_written_in_numpy_has_higher_orders() -> None:
    H = sd.func.hessian(lambda x: unit(x)[0])(sd.tensor(X))
    plain = sd.func.hessian(lambda x: x[0] / sd.norm(x))(sd.tensor(X))
    np.testing.assert_allclose(H.numpy(), plain.numpy(), rtol=1e-12)


def test_a_shape_may_be_told() -> None:
    np.testing.assert_allclose(sd.grad(lambda x: np.sum(halved(x) ** 2))(X), [4, 0, 16])


def test_a_rule_knows_no_batches_unless_it_says_so() -> None:
    rows = sd.tensor(np.stack([X, 2 * X + 1]))
    y = sd.func.vmap(unit)(rows)
    np.testing.assert_allclose(y.numpy()[1], unit(2 * X + 1))
    J = sd.autograd.functional.jacobian(unit, rows[0])
    n = np.sqrt(np.sum(X * X))
    np.testing.assert_allclose(J.numpy(), (np.eye(3) - np.outer(X, X) / n**2) / n)


def test_a_missing_slope_names_itself() -> None:
    with pytest.raises(NoDerivative, match="test_fixed"):
        sd.grad(lambda x: np.sum(fixed(x)))(X)


def test_bad_declarations_are_refused() -> None:
    with pytest.raises(ValueError, match="declared already"):
        sd.declare("test_cube", value=np.sin, slope=lambda y, x: np.cos(x))
    with pytest.raises(TypeError, match=r"a slope .* or else a rule"):
        sd.declare("test_nothing", value=np.sin)
    assert "test_nothing" not in OPS


def test_a_rule_with_too_few_cotangents_is_refused() -> None:
    op = sd.declare("test_short", value=lambda a, b: a + b, rule=lambda g, y, a, b: g)
    with pytest.raises(TypeError, match="1 cotangents, but there are 2"):
        sd.grad(lambda x: np.sum(op(x, x)), compile=False)(X)


# --- custom_vjp


@sd.custom_vjp
def log1pexp(x: Any) -> Any:
    return np.log(1 + np.exp(x))


log1pexp.defvjp(
    lambda x: (log1pexp(x), x),
    lambda x, g: (g / (1 + np.exp(-x)),),
)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_function_with_a_rule(compiled: bool) -> None:
    with np.errstate(over="ignore"):
        assert sd.grad(log1pexp, compile=compiled)(1000.0) == 1.0
    gradient = sd.grad(lambda x: np.sum(log1pexp(x)), compile=compiled)
    np.testing.assert_allclose(gradient(X), 1 / (1 + np.exp(-X)))


def test_its_rule_is_differentiated() -> None:
    s = 1 / (1 + np.exp(-1.0))
    np.testing.assert_allclose(sd.grad(sd.grad(log1pexp))(1.0), s * (1 - s))


def test_it_takes_tensors() -> None:
    x = sd.tensor(X, requires_grad=True)
    log1pexp(x).sum().backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), 1 / (1 + np.exp(-X)))
    np.testing.assert_allclose(log1pexp(X), np.log(1 + np.exp(X)))


def test_forward_is_run_once_where_numbers_are_enough() -> None:
    calls = []

    @sd.custom_vjp
    def square(x: Any) -> Any:
        return x * x

    def forward(x: Any) -> Any:
        calls.append(type(x))
        return x * x, x

    square.defvjp(forward, lambda x, g: (2 * x * g,))
    x = sd.tensor(X, requires_grad=True)
    square(x).sum().backward()
    assert calls.count(np.ndarray) == 1


def test_trees_of_arguments() -> None:
    @sd.custom_vjp
    def f(p: Any, x: Any) -> Any:
        return np.sum(p["w"] * x + p["b"])

    f.defvjp(
        lambda p, x: (f(p, x), (p, x)),
        lambda saved, g: ({"w": g * saved[1], "b": g * np.ones(3)}, None),
    )
    p = {"w": X, "b": np.zeros(3)}
    gradient = sd.grad(lambda p: f(p, X), compile=False)(p)
    np.testing.assert_allclose(gradient["w"], X)
    np.testing.assert_allclose(gradient["b"], np.ones(3))


def test_a_function_without_its_rule_says_so() -> None:
    bare = sd.custom_vjp(np.sin)
    with pytest.raises(TypeError, match="say how it is differentiated"):
        bare(sd.tensor(X))


@pytest.mark.parametrize("compile", [False, True])
def test_a_rule_that_leaves_nothing_for_its_backward(compile):
    @sd.custom_vjp
    def tripled(x):
        return x * 3

    tripled.defvjp(lambda x: (x * 3, None), lambda _, g: (3 * g,))
    assert sd.grad(lambda x: tripled(x), compile=compile)(1.0) == 3.0


# --- rules that know no leading axes, in Jacobians and Hessians


def normal(x: Any) -> Any:
    return x / np.sqrt(np.sum(x * x))


by_rule = sd.custom_vjp(normal)
by_rule.defvjp(
    lambda x: (normal(x), (normal(x), np.sqrt(np.sum(x * x)))),
    lambda left, g: ((g - left[0] * np.sum(g * left[0])) / left[1],),
)


class ByFunction(sd.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        (x,) = args
        ctx.save_for_backward(x)
        return x / x.norm()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        (x,), (g,) = ctx.saved_tensors, grad_outputs
        y = x / x.norm()
        return (g - y * (g * y).sum()) / x.norm()


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    "f", [unit, by_rule, sd.jit(normal), ByFunction.apply], ids=["op", "rule", "jit", "Function"]
)
def test_seeds_of_jacobians_are_pulled_back_one_by_one(f: Any, compiled: bool) -> None:
    x = np.array([3.0, 4.0, 1.0])
    given = sd.tensor(x) if f == ByFunction.apply else x

    def once(f: Any) -> Any:
        return lambda x: f(x * x) * x

    def number(f: Any) -> Any:
        return lambda x: f(x * x)[0] * x[1]

    found = sd.jacobian(once(f), compile=compiled)(given)
    np.testing.assert_allclose(found, sd.jacobian(once(normal))(x), rtol=1e-12, atol=1e-14)
    found = sd.jvp(f, (given,), (2 * given,))[1]
    np.testing.assert_allclose(found, sd.jvp(normal, (x,), (2 * x,))[1], atol=1e-15)
    found = sd.hessian(number(f), compile=compiled)(given)
    np.testing.assert_allclose(found, sd.hessian(number(normal))(x), rtol=1e-12, atol=1e-14)


def test_every_sample_of_a_batch_has_residuals_of_its_own() -> None:
    rows = np.stack([X, 2 * X + 1])
    found = sd.vmap(sd.func.grad(lambda x: by_rule(x)[0]))(sd.tensor(rows))
    expected = [sd.grad(lambda x: normal(x)[0])(row) for row in rows]
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


def test_a_jacobian_of_no_rows() -> None:
    assert sd.jacobian(by_rule, compile=False)(np.zeros(0)).shape == (0, 0)


def test_an_op_without_a_scalar_form_is_computed_by_numpy() -> None:
    """Compiling it was an error."""

    def f(x: Any) -> Any:
        return np.sum(quartic(x) * np.sin(x))

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(sd.jit(f)(x), np.sum(x**4 * np.sin(x)))
    wanted = 4 * x**3 * np.sin(x) + x**4 * np.cos(x)
    np.testing.assert_allclose(sd.grad(f)(x), wanted)
    np.testing.assert_allclose(sd.hessian(f)(x), sd.hessian(f, compile=False)(x))
