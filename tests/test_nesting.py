"""Derivatives within derivatives: by what is passed, by what a closure reads, in every way."""

import functools

import numpy as np
import pytest

import symdiff as sd
from symdiff.tracing.traces import Traces
from tests.differences import slopes

AT = np.array([0.3, -0.7, 1.1])
B = np.array([0.5, 0.2, -0.4])


def body(x, p):
    return np.sin(x) * p + x * x * p * p


def branching(x, p):
    return np.cos(x) * p * p if np.sum(x) < 1e9 else x


INNER = {
    "grad": lambda f, p, c: sd.grad(lambda x: np.sum(f(x, p)), compile=c)(B),
    "grad at p": lambda f, p, c: sd.grad(lambda x: np.sum(f(x, p)), compile=c)(p),
    "value": lambda f, p, c: sd.value_and_grad(lambda x: np.sum(f(x, p)), compile=c)(B)[0],
    "jacobian": lambda f, p, c: sd.jacobian(lambda x: f(x, p), compile=c)(B),
    "jacobian at p": lambda f, p, c: sd.jacobian(lambda x: f(x, p), compile=c)(p),
    "hessian": lambda f, p, c: sd.hessian(lambda x: np.sum(f(x, p)), compile=c)(B),
    "hessian at p": lambda f, p, c: sd.hessian(lambda x: np.sum(f(x, p)), compile=c)(p),
    "hvp": lambda f, p, c: sd.hvp(lambda x: np.sum(f(x, p)), compile=c)(B, B + 1),
    "hvp along p": lambda f, p, c: sd.hvp(lambda x: np.sum(f(x, B)), compile=c)(B, p),
    "nth": lambda f, p, c: sd.nth(lambda x: f(x, p), 2, compile=c)(p),
    "jit": lambda f, p, c: sd.jit(lambda x: f(x, p))(B),
    "value of jvp": lambda f, p, c: sd.jvp(lambda x: f(x, p), (B,), (B + 1,))[0],
    "jvp": lambda f, p, c: sd.jvp(lambda x: f(x, p), (p,), (p + 1,))[1],
    "jvp along p": lambda f, p, c: sd.jvp(lambda x: f(x, B), (B,), (p,))[1],
    "value of vjp": lambda f, p, c: sd.vjp(lambda x: f(x, p), B)[0],
    "vjp": lambda f, p, c: sd.vjp(lambda x: f(x, p), B)[1](B + 1)[0],
    "vjp at p": lambda f, p, c: sd.vjp(lambda x: f(x, p), p)[1](p + 1)[0],
    "vjp of p": lambda f, p, c: sd.vjp(lambda x: f(x, B), B)[1](p)[0],
    "func.grad": lambda f, p, c: sd.func.grad(lambda x: (f(x, p)).sum())(sd.tensor(B)),
    "func.jacrev": lambda f, p, c: sd.func.jacrev(lambda x: f(x, p))(sd.tensor(B)),
    "func.jacfwd": lambda f, p, c: sd.func.jacfwd(lambda x: f(x, p))(sd.tensor(B)),
    "func.vjp": lambda f, p, c: sd.func.vjp(lambda x: f(x, p), sd.tensor(B))[1](sd.tensor(B))[0],
    "func.vmap": lambda f, p, c: sd.func.vmap(lambda x: x * p)(sd.tensor(B)),
}


def squares(kind, f, compile):
    def total(p):
        found = INNER[kind](f, p, compile)
        return np.sum(found * found)

    return total


@pytest.mark.parametrize(("f", "compile"), [(body, True), (body, False), (branching, True)])
@pytest.mark.parametrize("kind", INNER)
def test_all_kinds_can_be_differentiated_again(kind, f, compile):
    total = squares(kind, f, compile)
    wanted = pytest.approx(slopes(total, AT, 1e-5), rel=1e-5, abs=1e-7)
    assert sd.grad(total)(AT).tolist() == wanted
    assert sd.grad(total, compile=False)(AT).tolist() == wanted
    leaf = sd.tensor(AT, requires_grad=True)
    total(leaf).backward()
    assert leaf.grad.tolist() == wanted


def steps_of_learning(p):
    w = p
    for _ in range(2):
        w = w - 0.1 * sd.grad(lambda w: np.sum((np.roll(w, 1) - np.tanh(p)) ** 2))(w)
    return np.sum((w - 1) ** 2)


def differential_equation(p):
    slope = sd.grad(lambda x: np.sum(p * np.sin(np.arange(3) * x)))
    return sum((sd.grad(slope)(x) + slope(x) ** 2) ** 2 for x in (0.1, 0.5))


def equation_of_motion(p):
    q, v = np.array([0.5, 0.2, 0.4]), np.array([1.0, 2.0, 3.0])
    energy = lambda q, v: 0.5 * np.sum(v * v) * q[0] - np.sum(p * q)
    force = sd.grad(energy)(q, v) - sd.jacobian(lambda q: sd.grad(energy, 1)(q, v))(q) @ v
    return np.sum(np.linalg.solve(sd.hessian(lambda v: energy(q, v))(v), force) ** 2)


def bound_by_partial(p):
    return np.sum(sd.grad(functools.partial(lambda p, x: np.sum(np.sin(x) * p), p))(B) ** 2)


@pytest.mark.parametrize("compile", [True, False])
@pytest.mark.parametrize(
    "f", [steps_of_learning, differential_equation, equation_of_motion, bound_by_partial]
)
def test_hessians_of_what_holds_derivatives(f, compile):
    """The variable of one derivative is what the next one reads, and not what that came from."""
    gradient = sd.grad(f, compile=compile)
    np.testing.assert_allclose(gradient(AT), slopes(f, AT, 1e-5), rtol=1e-6)
    steps = 1e-5 * np.eye(3)
    rows = [(gradient(AT + d) - gradient(AT - d)) / 2e-5 for d in steps]
    np.testing.assert_allclose(sd.hessian(f, compile=compile)(AT), rows, rtol=1e-5, atol=1e-7)


def test_a_tensor_that_compiled_code_reads_gets_its_gradient():
    w = sd.tensor([1.0, 2.0], requires_grad=True)
    double = 2 * w
    y = sd.jit(lambda x: np.sum(double * x))(np.ones(2))
    assert sd.autograd.grad(y, double, retain_graph=True)[0].tolist() == [1.0, 1.0]
    y.backward()
    assert w.grad.tolist() == [2.0, 2.0]


def test_a_jacobian_inside_compiled_code():
    found = sd.jit(lambda p: sd.jacobian(lambda x: x * x)(2 * p))(AT)
    np.testing.assert_allclose(found, np.diag(4 * AT))


def test_numbers_in_an_array_are_one_result_on_the_tape():
    found = sd.jacobian(lambda x: np.array([x, x**2, x**3]), compile=False)(0.5)
    np.testing.assert_allclose(found, [1.0, 1.0, 0.75])


def test_nothing_is_kept_where_gradients_are_off():
    p = sd.tensor(2.0, requires_grad=True)
    with sd.no_grad():
        assert sd.grad(lambda x: x * p, compile=False)(3.0) == 2.0


def test_the_tape_is_taken_where_it_is_asked_for(monkeypatch):
    def f(x):
        return np.sum(x * x)

    sd.grad(f)(AT)
    monkeypatch.setattr(Traces, "hold", lambda self: pytest.fail("a trace was asked for"))
    np.testing.assert_array_equal(sd.grad(f, compile=False)(AT), 2 * AT)


@pytest.mark.parametrize(("given", "error"), [((B[:2],), ValueError), ((B, B), TypeError)])
def test_tangents_and_cotangents_have_the_shapes_of_what_they_belong_to(given, error):
    with pytest.raises(error, match=r"jvp: .*tangent"):
        sd.jvp(np.sin, (B,), given)
    _, pullback = sd.vjp(np.sin, B)
    with pytest.raises(error, match=r"vjp: .*cotangent"):
        pullback(given[0] if len(given) == 1 else given)


@pytest.mark.parametrize("compile", [True, False])
def test_arrays_stay_arrays_within(compile):
    """np.array and other things of NumPy's face can be done with what a derivative gives."""

    def total(x):
        parts = sd.grad(lambda y: y[0] * y[1], compile=compile)((x, x))
        pushed = sd.jvp(np.sin, (x,), (x,))[1]
        return np.sum(np.sin(np.array([*parts, pushed, sd.vjp(np.cos, x)[1](x)[0]])))

    wanted = (total(5.0 + 1e-6) - total(5.0 - 1e-6)) / 2e-6
    assert sd.grad(total, compile=compile)(5.0) == pytest.approx(wanted, rel=1e-7)


def cubes(x):
    return np.sum(x**3)


@pytest.mark.parametrize("compile", [True, False])
def test_derivatives_of_samples(compile):
    """Inside vmap, every sample has its own derivative, of tensors and of arrays."""
    x = np.arange(6.0).reshape(2, 3)
    gradient = sd.grad(cubes, compile=compile)
    np.testing.assert_allclose(sd.vmap(gradient)(x), 3 * x**2)
    assert isinstance(sd.vmap(gradient)(x), np.ndarray)
    np.testing.assert_allclose(sd.vmap(gradient)(sd.tensor(x)).numpy(), 3 * x**2)
    hessians = sd.vmap(sd.hessian(cubes, compile=compile))(x)
    np.testing.assert_allclose(hessians, [np.diag(6 * row) for row in x])
    pushed = sd.vmap(lambda r: sd.jvp(np.sin, (r,), (r,))[1])(x)
    np.testing.assert_allclose(pushed, np.cos(x) * x)
    pulled = sd.vmap(lambda r: sd.vjp(np.sin, r)[1](r)[0])(x)
    np.testing.assert_allclose(pulled, np.cos(x) * x)
    read = sd.vmap(lambda r: sd.grad(lambda y: np.sum(y**2 * r), compile=compile)(np.ones(3)))(x)
    np.testing.assert_allclose(read, 2 * x)


@pytest.mark.parametrize("compile", [True, False])
def test_a_gradient_of_derivatives_of_samples(compile):
    x = np.arange(6.0).reshape(2, 3)

    def total(x):
        return np.sum(sd.vmap(sd.grad(cubes))(x) * sd.vmap(lambda r: r * r.sum())(x))

    rows = np.sum(x, axis=1, keepdims=True)
    wanted = 9 * x**2 * rows + 3 * np.sum(x**3, axis=1, keepdims=True)
    np.testing.assert_allclose(sd.grad(total, compile=compile)(x), wanted)
