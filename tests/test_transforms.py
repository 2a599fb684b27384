"""Derivatives of plain NumPy functions: compiled, inside a trace and on the tape, with one result."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import symdiff as sd
from symdiff.tracing.traces import traces_of
from tests.differences import slopes

rng = np.random.default_rng(0)
A = rng.normal(size=(5, 3))
SCALE = 2.0


def least_squares(w):
    return np.sum((A @ w - 1.0) ** 2) / A.shape[0]


def smoothness(u):
    return np.sum((u[2:] - 2 * u[1:-1] + u[:-2]) ** 2) + np.mean(np.tanh(u))


def pairwise(x):
    return np.sum(np.exp(-((np.reshape(x, (-1, 1)) - x) ** 2)))


def branching(x):
    total = 0.0
    for v in x:
        total = total + (v**2 if v > 0 else -3 * v)
    return total


FUNCTIONS = [least_squares, smoothness, pairwise, branching]


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("compile", [True, False])
def test_gradient_is_that_of_differences(f, compile):
    x = rng.normal(size=3)
    value, g = sd.value_and_grad(f, compile=compile)(x)
    assert value == pytest.approx(float(f(x)))
    np.testing.assert_allclose(g, slopes(f, x), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("compile", [True, False])
def test_hessian_and_hvp_agree_with_differences(compile):
    x, v = rng.normal(size=4), rng.normal(size=4)
    gradient = sd.grad(smoothness, compile=compile)
    H = sd.hessian(smoothness, compile=compile)(x)
    columns = [(gradient(x + 1e-6 * e) - gradient(x - 1e-6 * e)) / 2e-6 for e in np.eye(4)]
    np.testing.assert_allclose(H, np.stack(columns), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(sd.hvp(smoothness, compile=compile)(x, v), H @ v, rtol=1e-10)


@pytest.mark.parametrize("compile", [True, False])
def test_jacobian_has_the_output_shape_first(compile):
    f = lambda x: np.tanh(A @ x)
    x = rng.normal(size=3)
    J = sd.jacobian(f, compile=compile)(x)
    assert J.shape == (5, 3)
    np.testing.assert_allclose(J, (1 - np.tanh(A @ x) ** 2)[:, None] * A)


def test_jacobian_of_several_results_and_arguments():
    J = sd.jacobian(lambda a, b: (a * b, np.sum(a)), argnums=(0, 1))(
        np.array([1.0, 2.0]), np.array([3.0, 4.0])
    )
    np.testing.assert_array_equal(J[0][0], np.diag([3.0, 4.0]))
    np.testing.assert_array_equal(J[0][1], np.diag([1.0, 2.0]))
    np.testing.assert_array_equal(J[1][0], [1.0, 1.0])
    np.testing.assert_array_equal(J[1][1], [0.0, 0.0])


def test_forward_and_reverse_agree():
    x, v, u = rng.normal(size=3), rng.normal(size=3), rng.normal(size=5)
    f = lambda x: np.exp(A @ x) * x[0]
    J = sd.jacobian(f)(x)
    y, dy = sd.jvp(f, (x,), (v,))
    np.testing.assert_allclose(y, f(x))
    np.testing.assert_allclose(dy, J @ v)
    y, pullback = sd.vjp(f, x)
    np.testing.assert_allclose(pullback(u)[0], u @ J)


def test_jvp_through_a_branch_uses_the_tape():
    f = lambda x: np.sum(x**2) if x[0] > 0 else np.sum(x**3)
    x = np.array([1.0, 2.0])
    assert sd.jvp(f, (x,), (np.array([1.0, 0.0]),)) == (5.0, 2.0)
    assert sd.jvp(f, (-x,), (np.array([1.0, 0.0]),)) == (-9.0, 3.0)


def test_nth_derivatives_tell_the_arguments_apart():
    def f(x, a, b):
        return a * np.sin(b * x)

    for compiled in (True, False):
        assert sd.nth(f, 3, compile=compiled)(0.3, 1.5, 2.0) == pytest.approx(-12 * np.cos(0.6))


def test_nth_derivatives():
    f = lambda x: np.sin(x) * x
    x = 0.3
    assert sd.nth(f, 0)(x) == pytest.approx(np.sin(x) * x)
    assert sd.nth(f, 3)(x) == pytest.approx(-3 * np.sin(x) - x * np.cos(x))
    assert sd.nth(f, np.int64(3))(x) == sd.nth(f, 3)(x)
    assert sd.grad(sd.grad(sd.grad(f)))(x) == pytest.approx(-3 * np.sin(x) - x * np.cos(x))
    assert sd.nth(f, 3, compile=False)(x) == pytest.approx(-3 * np.sin(x) - x * np.cos(x))


def test_one_trace_serves_all_sizes():
    f = lambda u: smoothness(u)
    derivative = sd.grad(f)
    for n in (4, 7, 50):
        x = rng.normal(size=n)
        np.testing.assert_allclose(derivative(x), slopes(smoothness, x), rtol=1e-5, atol=1e-7)
    assert traces_of(f).count == 1


def test_sizes_that_change_the_mathematics_get_a_trace_of_their_own():
    f = lambda a, b: np.sum(a * b)
    g = sd.grad(f)
    np.testing.assert_array_equal(g(np.ones(3), np.arange(3.0)), [0, 1, 2])
    np.testing.assert_array_equal(g(np.ones(1), np.arange(3.0)), [3])
    np.testing.assert_array_equal(g(np.ones(5), np.arange(1.0) + 2), [2] * 5)


def test_a_global_number_is_read_anew():
    global SCALE
    f = lambda x: SCALE * np.sum(x)
    g = sd.grad(f)
    SCALE = 2.0
    np.testing.assert_array_equal(g(np.ones(2)), [2, 2])
    np.testing.assert_array_equal(g(np.ones(2)), [2, 2])
    SCALE = 5.0
    np.testing.assert_array_equal(g(np.ones(2)), [5, 5])


def test_a_captured_array_may_be_rebound_or_written():
    b = np.arange(3.0)
    f = lambda x: np.sum(b * x) + np.sum(np.sin(b)) * x[0]
    g = sd.grad(f)
    for _ in range(2):
        np.testing.assert_allclose(g(np.ones(3)), b + np.array([np.sin(b).sum(), 0, 0]))
    b[1] = 7.0
    np.testing.assert_allclose(g(np.ones(3)), b + np.array([np.sin(b).sum(), 0, 0]))
    b = np.ones(3)
    np.testing.assert_allclose(g(np.ones(3)), b + np.array([np.sin(b).sum(), 0, 0]))


class Pair(NamedTuple):
    w: np.ndarray
    b: float


@dataclass
class Layer:
    w: np.ndarray
    name: str


def test_arguments_are_trees():
    def loss(p, layers, q):
        return np.sum(np.tanh(p["w"] @ layers[0].w)) * q.b + np.sum(q.w)

    p, q = {"w": np.eye(2)}, Pair(np.ones(3), 2.0)
    layers = [Layer(np.array([0.5, -0.5]), "first")]
    g = sd.grad(loss, argnums=(0, 1, 2))(p, layers, q)
    slope = 1 - np.tanh(layers[0].w) ** 2
    np.testing.assert_allclose(g[0]["w"], 2 * np.outer(slope, layers[0].w))
    np.testing.assert_allclose(g[1][0].w, 2 * slope)
    assert g[2].b == pytest.approx(np.tanh(layers[0].w).sum())
    np.testing.assert_array_equal(g[2].w, np.ones(3))


def test_numbers_give_numbers():
    assert sd.grad(lambda x: x**3)(2.0) == 12.0
    assert type(sd.grad(lambda x: x**3)(2.0)) is float
    assert sd.grad(lambda x: x**3)(2) == 12.0
    assert sd.grad(lambda x, n: x**n)(2.0, 3) == 12.0


def test_jit_fills_grad_through_compiled_code():
    x = sd.Tensor([1.0, 2.0], requires_grad=True)
    w = sd.Tensor([[0.1, 0.2], [0.3, -0.4]], requires_grad=True)
    f = lambda x, w: np.sum(np.tanh(w @ x))
    sd.jit(f)(x, w).backward()
    compiled = x.grad.value.copy(), w.grad.value.copy()
    x.grad = w.grad = None
    f(x, w).backward()
    np.testing.assert_allclose(compiled[0], x.grad.value)
    np.testing.assert_allclose(compiled[1], w.grad.value)


def test_second_order_through_compiled_code():
    x = sd.Tensor([1.0, 2.0], requires_grad=True)
    y = sd.jit(lambda x: np.sum(np.sin(x) * x))(x)
    (g,) = sd.autograd.grad(y, x, create_graph=True)
    (h,) = sd.autograd.grad(g, x, grad_outputs=np.ones(2))
    np.testing.assert_allclose(h.value, 2 * np.cos(x.value.copy()) - x.value * np.sin(x.value))


def test_jit_follows_a_captured_tensor():
    w = sd.Tensor([2.0, 3.0], requires_grad=True)
    x = sd.Tensor([1.0, 4.0], requires_grad=True)
    sd.jit(lambda x: np.sum(x * w))(x).backward()
    np.testing.assert_array_equal(w.grad.value, [1, 4])
    np.testing.assert_array_equal(x.grad.value, [2, 3])


def test_unused_and_constant_give_zeros():
    np.testing.assert_array_equal(sd.grad(lambda x, y: np.sum(y))(np.ones(2), np.ones(3)), [0, 0])
    np.testing.assert_array_equal(sd.grad(lambda x: 1.0)(np.ones(2)), [0, 0])


def test_nan_passes_through():
    g = sd.grad(lambda x: np.sum(x * x))(np.array([1.0, np.nan]))
    assert g[0] == 2 and np.isnan(g[1])


@pytest.mark.parametrize("compile", [True, False])
def test_empty_and_zero_dimensional_arrays(compile):
    g = sd.value_and_grad(lambda x: np.sum(x * x), compile=compile)
    assert g(np.zeros(0))[0] == 0.0 and g(np.zeros(0))[1].shape == (0,)
    value, slope = g(np.array(3.0))
    assert (float(value), float(slope), slope.shape) == (9.0, 6.0, ())


def test_float32_stays_float32():
    _, g = sd.value_and_grad(lambda x: np.sum(np.exp(2 * x)))(np.ones(3, np.float32))
    assert g.dtype == np.float32
    np.testing.assert_allclose(g, 2 * np.exp(np.float32(2)), rtol=1e-6)


@pytest.mark.parametrize("compile", [True, False])
def test_scalars_have_one_type_both_ways(compile):
    f = sd.value_and_grad(lambda x: np.sum(np.sin(x) * x), compile=compile)
    for x in (1.5, np.float64(1.5), np.float32(1.5), np.array(1.5), np.array(1.5, np.float32)):
        value, g = f(x)
        assert type(value) is float
        assert type(g) is type(x)
        assert np.asarray(g).dtype == np.asarray(x).dtype
    assert type(f(np.ones(3, np.float32))[0]) is float


def test_noncontiguous_arrays():
    x = rng.normal(size=(4, 6))
    for view in (x[:, ::2], x.T, x[::-1]):
        np.testing.assert_allclose(sd.grad(lambda a: np.sum(a**3))(view), 3 * view**2)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: sd.grad(lambda x: x * 2)(np.ones(3)), TypeError, "needs a scalar"),
        (lambda: sd.grad(lambda x: (x[0], x[1]))(np.ones(3)), TypeError, "2 results"),
        (lambda: sd.grad(lambda x: None)(np.ones(3)), ValueError, "returns nothing"),
        (lambda: sd.grad(lambda x: np.sum(x))(np.arange(3)), TypeError, "dtype int64"),
        (lambda: sd.grad(lambda x: np.sum(x))("abc"), TypeError, "nothing to differentiate"),
        (lambda: sd.grad(lambda x: np.sum(x), argnums=2)(np.ones(3)), TypeError, "argnums"),
        (lambda: sd.grad(lambda x, y: np.sum(x @ y))(np.ones(3), np.ones(4)), ValueError,
         r"\(3,\) and \(4,\)"),
        (lambda: sd.grad(lambda x, y: np.sum(x + y))(np.ones(3), np.ones(4)), ValueError, "add: shapes"),
    ],
)  # fmt: skip
def test_bad_calls_say_what_is_wrong(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_product_of_parts_of_matrices_takes_just_the_parts():
    X, Y = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    for f in (
        lambda X, Y: X[:, :3] @ Y[:, :3].T,
        lambda X, Y: X[1:] @ Y[:2].T,
        lambda X, Y: X[:3, 1:].T @ Y[2:, 1:],
    ):
        np.testing.assert_allclose(sd.jit(f)(X, Y), f(X, Y))


def test_integers_of_numpy_count_as_floats_as_integers_of_python_do():
    assert sd.grad(lambda a: a**3)(np.int64(2)) == sd.grad(lambda a: a**3)(2) == 12.0


@pytest.mark.parametrize("compile", [True, False])
def test_what_a_function_writes_to_its_argument_is_not_what_it_was_given(compile):
    def f(x):
        x[0] = 2 * x[1]
        x *= 3
        return np.sum(x**2)

    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(sd.grad(f, compile=compile)(x), [0.0, 180.0, 54.0])
    np.testing.assert_allclose(
        sd.hessian(f, compile=compile)(x), np.diag([0.0, 90.0, 18.0]), atol=1e-12
    )
    np.testing.assert_allclose(sd.vjp(f, x)[1](1.0), [[0.0, 180.0, 54.0]])
    assert sd.jvp(f, (x,), (np.ones(3),))[1] == 234.0
    assert x.tolist() == [1.0, 2.0, 3.0]


def test_kernels_of_derivatives_alone_do_not_compute_the_value():
    x, f = np.linspace(0.5, 2.0, 4), lambda x: np.sum(np.log(x))
    slope = sd.grad(f)
    np.testing.assert_array_equal(slope(x), 1 / x)
    (made,) = slope.traces.ops.values()
    assert "log" not in made.kernel.source and len(made.kernel.outputs) == 1
    value, g = sd.value_and_grad(f)(x)  # shares the trace, not the kernel
    assert value == f(x) and np.array_equal(g, slope(x)) and len(slope.traces.ops) == 2


@pytest.mark.parametrize("compile", [True, False])
def test_hvp_takes_all_arguments_of_f_before_the_direction(compile):
    product = sd.hvp(lambda x, a, power: np.sum(a * x**power), compile=compile)
    x, a = np.array([1.0, 2.0]), np.array([2.0, 3.0])
    for power, factor in ((3, 6 * x), (2, 2), (3, 6 * x)):
        np.testing.assert_allclose(
            product(x, a, power, np.array([1.0, -1.0])), factor * a * [1, -1]
        )
    with pytest.raises(ValueError, match="direction"):
        product(x, a, 3, np.ones(3))


def test_positions_counted_by_numpy_are_positions():
    both = sd.grad(lambda x, y: x * x * y, argnums=tuple(np.arange(2)))
    assert both(3.0, 2.0) == (12.0, 9.0)
    assert sd.grad(lambda x, y: x * x * y, argnums=np.int64(1))(3.0, 2.0) == 9.0
    with pytest.raises(TypeError, match="position"):
        sd.grad(lambda x: x, argnums=1.5)(3.0)
