"""Programs of tensors that write, mix, train and nest: through compiled functions as without."""

import numpy as np
import pytest

import symdiff as sd

from . import Programs, assert_alike, plain, twice, wanted

program = Programs()


# --- writes


@program
def writes_inside(through):
    def f(x):
        y = x.clone()
        y[0] = y[1] * 2
        y += x
        y.mul_(3)
        return (y**2).sum()

    return [twice(through(f), wanted(1.0, 2.0))]


@program
def writes_to_an_argument(through):
    x, f = plain(1.0, 2.0), through(lambda x: x.mul_(2).sum())
    return [f(x), f(x), x]


@program
def writes_to_an_array_that_is_an_argument(through):
    def f(x):
        x[0] *= 5
        return np.sum(x)

    x, g = np.array([1.0, 2.0]), through(f)
    return [g(x), g(x), x]


@program
def writes_to_what_is_captured(through):
    c, x = plain(0.0, 0.0), wanted(1.0, 2.0)

    def f(x):
        c.add_(x.detach())
        return (x * c).sum()

    return [twice(through(f), x), c]


@program
def a_write_after_the_call(through):
    x = wanted(1.0, 2.0)
    y = x * 1
    z = through(lambda a: (a**2).sum())(y)
    y.mul_(5)
    z.backward()
    return [x.grad]


@program
def training(through):
    w, X, t = wanted(1.0, 2.0), plain([0.0, 1.0], [2.0, 3.0]), plain(1.0, 2.0)
    f = through(lambda X: ((X @ w - t) ** 2).mean())
    losses = []
    for _ in range(20):
        loss = f(X)
        loss.backward()
        with sd.no_grad():
            w -= 0.01 * w.grad
        w.grad.zero_()
        losses.append(loss.item())
    return [w.detach(), *losses]


# --- the face, and other ways in


@program
def methods_are_those_of_tensors(through):
    def f(x):
        assert isinstance(x, sd.Tensor)
        return x.repeat(2).std() * x.unsqueeze(0).transpose(0, 1).sum()

    return [twice(through(f), wanted(1.0, 2.0))]


@program
def arrays_and_tensors(through):
    x, f, a = wanted(1.0, 2.0), through(lambda a, b: (a * b).sum()), np.array([3.0, 4.0])
    f(x, a).backward()
    f(a, x).backward()
    return [x.grad]


@program
def half_the_bits(through):
    x = sd.tensor(np.array([1, 2], np.float32), requires_grad=True)
    y = through(lambda x: (x * 2.5).sum())(x)
    y.backward()
    return [y.dtype is x.dtype, x.grad.dtype is x.dtype, y, x.grad]


@program
def indices_are_tensors(through):
    x, f = wanted(1.0, 2.0, 3.0), through(lambda a, i: (a[i] ** 2).sum())
    f(x, sd.tensor([0, 2])).backward()
    f(x, sd.tensor([1, 1])).backward()
    return [x.grad]


@program
def a_function_with_its_own_backward(through):
    class Square(sd.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * x * 100

    return [twice(through(lambda x: Square.apply(x).sum()), wanted(1.0, 2.0))]


@program
def under_func_and_vmap(through):
    f = through(lambda x: (x**3).sum() * x.std())
    x, X = plain(1.0, 2.0), plain([0.0, 1.0], [2.0, 3.0])
    return [
        sd.func.grad(f)(x),
        sd.func.hessian(f)(x),
        sd.func.jvp(f, (x,), (x,))[1],
        sd.vmap(f)(X),
        sd.func.grad(lambda X: sd.vmap(f)(X).sum())(X),
    ]


@program
def checked_by_differences(through):
    f = through(lambda x: x.sin() * x)
    return [
        check(f, (wanted(1.0, 2.0),))
        for check in (sd.autograd.gradcheck, sd.autograd.gradgradcheck)
    ]


@pytest.mark.parametrize("name", program)
def test_a_compiled_function_does_as_if_it_were_not(name):
    assert_alike(program[name](lambda f: f), program[name](sd.jit))
