"""Programs of tensors as PyTorch's users write them: gradients through compiled functions as without."""

import numpy as np
import pytest

import symdiff as sd

from . import Programs, assert_alike, plain, twice, wanted

program = Programs()


# --- .grad and hooks


@program
def gradients_accumulate(through):
    return [twice(through(lambda x: (x**3).sum()), wanted(1.0, 2.0, 3.0))]


@program
def one_tensor_for_two_arguments(through):
    x = wanted(1.0, 2.0)
    through(lambda a, b: (a * a * b).sum())(x, x).backward()
    return [x.grad]


@program
def views_are_passed(through):
    x = wanted(1.0, 2.0, 3.0)
    f = through(lambda a: (a**2).sum())
    f(x[1:]).backward()
    f(x[::2]).backward()
    return [x.grad]


@program
def a_leaf_s_hook_replaces_its_gradient(through):
    x, seen = wanted(1.0, 2.0), []
    x.register_hook(lambda g: seen.append(g.clone()) or g * 10)
    return [twice(through(lambda x: (x**2).sum()), x), *seen]


@program
def a_hook_on_what_is_passed(through):
    x = wanted(1.0, 2.0)
    y = x * 3
    y.register_hook(lambda g: g * 10)
    y.retain_grad()
    through(lambda y: (y**2).sum())(y).backward()
    return [x.grad, y.grad]


@program
def a_hook_set_inside(through):
    def f(x):
        y = x * 2
        y.register_hook(lambda g: g * 10)
        return (y**2).sum()

    return [twice(through(f), wanted(1.0, 2.0))]


@program
def a_result_retains_its_gradient(through):
    x = wanted(1.0, 2.0)
    y = through(lambda x: x**2)(x)
    y.retain_grad()
    y.sum().backward()
    return [y.grad, x.grad, y.is_leaf]


@program
def a_gradient_read_inside(through):
    x, y = wanted(1.0, 2.0), wanted(3.0, 4.0)
    f = through(lambda y: (y if x.grad is None else y * x.grad).sum())
    results = [f(y)]
    for power in (2, 3):
        x.grad = None
        (x**power).sum().backward()
        results.append(f(y))
    return results


@program
def an_argument_s_gradient_read_inside(through):
    x = wanted(1.0, 2.0)
    f = through(lambda x: (x if x.grad is None else x * x.grad).sum())
    before = f(x)
    (x**2).sum().backward()
    return [before, f(x)]


# --- backward inside


@program
def backward_by_a_variable_made_inside(through):
    def slope(x):
        y = x.detach().requires_grad_()
        (y**3).sum().backward()
        return y.grad * 2

    f = through(slope)
    return [f(plain(1.0, 2.0)), f(wanted(3.0, 2.0))]


@program
def backward_by_an_argument(through):
    def f(x):
        loss = (x * x).sum()
        loss.backward()
        return loss.detach()

    x, g = wanted(2.0, 3.0), through(f)
    return [g(x), g(x), x.grad]


@program
def a_whole_step_of_training(through):
    w = wanted(1.0, 2.0)

    def step(X):
        loss = ((X @ w) ** 2).sum()
        loss.backward()
        with sd.no_grad():
            w.sub_(0.1 * w.grad)
        w.grad = None
        return loss.detach()

    f, X = through(step), sd.tensor(np.eye(2))
    return [f(X), f(X), f(X), w.detach()]


@program
def autograd_grad_with_a_graph(through):
    def f(x):
        (g,) = sd.autograd.grad((x**3).sum(), x, create_graph=True)
        return (g**2).sum()

    return [twice(through(f), wanted(1.0, 2.0))]


# --- histories


@program
def no_grad_inside(through):
    def f(x):
        with sd.no_grad():
            c = x.sum()
        return (x * c).sum()

    return [twice(through(f), wanted(1.0, 2.0))]


@program
def a_function_under_no_grad(through):
    y = through(sd.no_grad()(lambda x: (x * x).sum()))(wanted(1.0, 2.0))
    return [y, y.requires_grad]


@program
def first_called_in_no_grad(through):
    x, f = wanted(1.0, 2.0), through(lambda x: (x * x).sum())
    with sd.no_grad():
        y = f(x)
    f(x).backward()
    return [y, y.requires_grad, x.grad]


@program
def a_mode_passed_in(through):
    def f(x, mode):
        with sd.set_grad_enabled(mode):
            y = x * x
        return (y * x).sum()

    x, g = wanted(1.0, 2.0), through(f)
    g(x, True).backward()
    g(x, False).backward()
    return [x.grad]


@program
def detached_and_data_inside(through):
    return [twice(through(lambda x: (x * x.detach() + x * x.data * 3).sum()), wanted(1.0, 2.0))]


@program
def an_item_is_a_number(through):
    return [twice(through(lambda x: (x * x.sum().item()).sum()), wanted(1.0, 2.0))]


@program
def what_requires_a_gradient_is_asked(through):
    w = wanted(2.0, 2.0)
    f = through(lambda x: x.sum() if x.requires_grad else (x * x).sum())
    g = through(lambda x: x * 2 if w.requires_grad else x * 3)
    x, y = wanted(1.0, 2.0), plain(1.0, 2.0)
    results = [f(x), f(y), f(x), f(y), g(y)]
    w.requires_grad_(False)
    return [*results, g(y)]


@program
def what_is_a_leaf_is_asked(through):
    f = through(lambda x: x * 2 if x.is_leaf else x * 3)
    g = through(lambda x: x * 2 if x.grad_fn is None else x * 3)
    x = wanted(1.0, 2.0)
    return [f(x), f(x * 1), f(x), g(x), g(x * 1), g(x)]


@program
def a_captured_tensor_comes_to_require_a_gradient(through):
    w, x = plain(1.0, 2.0), plain(1.0, 2.0)
    f = through(lambda x: (x * w).sum())
    before = f(x)
    w.requires_grad_()
    f(x).backward()
    return [before, before.requires_grad, w.grad]


@program
def a_captured_tensor_s_data_is_set(through):
    w, x = wanted(1.0, 2.0), wanted(1.0, 2.0)
    f = through(lambda x: (x.sum() * w).sum())
    f(x).backward()
    for numbers in ((5.0, 6.0), (5.0, 6.0, 7.0)):
        w.grad = None
        w.data = plain(*numbers)
        f(x).backward()
    return [x.grad, w.grad]


@program
def one_of_several_results_is_used(through):
    x = wanted(1.0, 2.0)
    out = through(lambda x: {"a": x * 2, "b": [x.sum(), 3, "s"]})(x)
    out["b"][0].backward(retain_graph=True)
    (out["a"].sum() * out["b"][0]).backward()
    return [x.grad, *out["b"]]


@program
def graphs_are_freed_as_ever(through):
    x = wanted(1.0, 2.0)
    y = through(lambda x: (x**4).sum())(x)
    y.backward(retain_graph=True)
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()
    return [x.grad]


@program
def to_third_order_after_the_first(through):
    x, f = wanted(1.0, 2.0), through(lambda x: (x**4).sum())
    f(x).backward()
    (d,) = sd.autograd.grad(f(x), x, create_graph=True)
    (h,) = sd.autograd.grad(d.sum(), x, create_graph=True)
    h.sum().backward()
    return [x.grad, d, h]


@pytest.mark.parametrize("name", program)
def test_a_compiled_function_does_as_the_plain_one(name):
    assert_alike(program[name](lambda f: f), program[name](sd.jit))


def test_derivatives_by_tensors_meet_tensors():
    x = plain(1.0, 2.0)
    f = lambda x: x.std() * x.repeat(2).sum()
    for compile in (True, False):
        g = sd.grad(f, compile=compile)(x)
        assert isinstance(g, sd.Tensor)
        np.testing.assert_allclose(g.numpy(), sd.func.grad(f)(x).numpy())


def test_derivatives_are_the_same_within_no_grad():
    x = np.array([1.0, 2.0])
    with sd.no_grad():
        found = [
            sd.grad(lambda x: np.sum(x**3))(x),
            sd.jacobian(lambda x: x**3)(x),
            sd.hessian(lambda x: np.sum(x**3))(x),
            sd.hvp(lambda x: np.sum(x**3))(x, x),
            sd.nth(lambda x: x**3, 2)(2.0),
            sd.jvp(lambda x: x**3, (x,), (x,))[1],
            sd.vjp(lambda x: x**3, x)[1](x)[0],
        ]
    wanted = [3 * x**2, np.diag(3 * x**2), np.diag(6 * x), 6 * x**2, 12.0, 3 * x**3, 3 * x**3]
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b)
