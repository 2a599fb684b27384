"""What users do wrong by habit, and what they are told: what it was, and what would have worked."""

import math
import re

import numpy as np
import pytest

import symdiff as sd

x = np.array([1.0, 2.0, 3.0])
A = np.arange(6.0).reshape(2, 3)


def squares(x):
    return np.sum(x * x)


def forgets_to_return(x):
    np.sum(x)


def product(x, y):
    return x * y


class Scaled(sd.autograd.Function):
    @staticmethod
    def forward(ctx, x, by):
        ctx.save_for_backward(by)
        return x * by


MISTAKES = {
    "the value in place of the function": (
        lambda: sd.grad(squares(x)),
        "grad takes a function, not float64: the function itself, not what it gives",
    ),
    "jit of a text": (lambda: sd.jit("x*x"), "jit takes a function, not str"),
    "no scalar": (
        lambda: sd.grad(np.sin)(x),
        "sin returns an array of shape (3,); a gradient needs a scalar: sum it, or use sd.jacobian",
    ),
    "nothing returned": (
        lambda: sd.grad(forgets_to_return)(x),
        "forgets_to_return returns nothing; a function that is differentiated returns its result",
    ),
    "a text returned": (
        lambda: sd.grad(lambda x: "loss")(x),
        "<lambda> returns 'loss'; a gradient needs a number",
    ),
    "a text for a Jacobian": (
        lambda: sd.jacobian(lambda x: "loss")(x),
        "<lambda> returns 'loss'; a gradient needs a number",
    ),
    "a generator": (
        lambda: sd.grad(lambda x: (v * v for v in x))(x),
        "<lambda> returns a generator; a gradient needs a number",
    ),
    "two results": (
        lambda: sd.grad(lambda x: (x.sum(), x.max()))(x),
        "returns 2 results; a gradient needs one scalar (use sd.jacobian)",
    ),
    "whole numbers": (
        lambda: sd.grad(squares)(np.array([1, 2])),
        "squares: argument 0 has dtype int64; only floating point arrays can be differentiated: "
        "pass x.astype(float)",
    ),
    "complex numbers": (
        lambda: sd.grad(squares)(x * 1j),
        "argument 0 holds nothing to differentiate by: pass a float or an array of floats, "
        "not complex128 array",
    ),
    "a text": (lambda: sd.grad(squares)("x"), "an array of floats, not str"),
    "an empty list": (lambda: sd.grad(squares)([]), "an array of floats, not an empty tree"),
    "no arguments": (
        lambda: sd.grad(squares)(),
        "argnums names argument 0, counted from 0; the call has 0",
    ),
    "an argument that is not there": (
        lambda: sd.grad(squares, argnums=1)(x),
        "argnums names argument 1, counted from 0; the call has 1",
    ),
    "a name for argnums": (
        lambda: sd.grad(product, argnums="y"),
        "argnums is the position of an argument, or a tuple of them: 'y'",
    ),
    "no argnums": (lambda: sd.grad(product, argnums=()), "or a tuple of them: ()"),
    "shapes that do not fit": (
        lambda: sd.grad(lambda x: np.sum(A @ x))(x[:2]),
        "matmul: shapes (2, 3) and (2,) do not fit; the inner extents are 3 and 2",
    ),
    "math.sin": (lambda: sd.grad(math.sin)(1.0), "use NumPy's functions (np.sin, not math.sin)"),
    "no rule": (
        lambda: sd.grad(lambda x: np.sum(np.abs(np.fft.fft(x))))(x),
        "np.fft.fft has no derivative rule here",
    ),
    "a direction of another shape": (
        lambda: sd.hvp(squares)(x, x[:1]),
        "hvp: a direction has the shape (1,), what it belongs to (3,)",
    ),
    "a number for a direction": (
        lambda: sd.hvp(squares)(x, 1.0),
        "hvp: a direction has the shape (), what it belongs to (3,)",
    ),
    "a tangent of another shape": (
        lambda: sd.jvp(np.sin, (x,), (x[:2],)),
        "jvp: a tangent has the shape (2,), what it belongs to (3,)",
    ),
    "no tuples for jvp": (
        lambda: sd.jvp(np.sin, x, x),
        "jvp: primals and tangents are tuples, as in jvp(f, (x,), (v,))",
    ),
    "no direction": (
        lambda: sd.hvp(squares)(x),
        "hvp: the direction is missing; it comes last, as in hvp(f)(x, v)",
    ),
    "half an order": (lambda: sd.nth(np.sin, 1.5), "nth: the order is 1.5; it must be a whole"),
    "an array that is too small": (
        lambda: sd.grad(squares)(x, out=np.empty(2)),
        "out: the gradient has shape (3,) and dtype float64, but the array has (2,) and float64",
    ),
    "vmap of a number": (
        lambda: sd.vmap(lambda x: float(x) ** 2)(x),
        "vmap: the function must return tensors, got float",
    ),
    "a cotangent of another shape": (
        lambda: sd.func.vjp(sd.sin, sd.ones(1))[1](sd.ones(2)),
        "func.vjp: a cotangent has the shape (2,), what it belongs to (1,)",
    ),
    "a tangent that would be spread": (
        lambda: sd.func.jvp(sd.sin, (sd.ones(1),), (sd.ones(2),)),
        "func.jvp: a tangent has the shape (2,), what it belongs to (1,)",
    ),
    "tensors for tuples": (
        lambda: sd.func.jvp(sd.sin, sd.ones(1), sd.ones(1)),
        "func.jvp: primals and tangents are tuples, as in jvp(f, (x,), (v,))",
    ),
    "no function for a rule": (
        lambda: sd.custom_vjp(None),
        "custom_vjp takes a function, not None",
    ),
    "tensors that stand alone": (
        lambda: sd.cat(sd.ones(2), sd.ones(2)),
        "cat: the axis is Tensor; tensors stand in a list, as in cat([a, b])",
    ),
    # --- explanations
    "a number explained": (lambda: sd.kinks(3), "int is neither a tensor nor a function"),
    "arguments for a tensor": (
        lambda: sd.explain_nan(sd.ones(2, requires_grad=True), x),
        "a tensor takes no arguments here; give the function instead",
    ),
    "whole numbers explained": (
        lambda: sd.explain(squares, np.array([1, 2])),
        "squares gives no array that depends on a float; its arguments: int64 array",
    ),
    "whole numbers compared": (
        lambda: sd.compare(squares, np.array([1, 2])),
        "compare: pass floats or arrays of floats as arguments, not int64 array",
    ),
    # --- formulas
    "a letter without a shape": (
        lambda: sd.derive("sum(A @ x)", "x"),
        "matmul: a scalar is no operand; use *\n    sum(A @ x)\n        ^",
    ),
    "sizes that do not fit": (
        lambda: sd.derive("A @ x", "x", shapes="A:m,n x:m"),
        "matmul: shapes (m, n) and (m,) do not fit; the inner extents are n and m",
    ),
    "a letter that is not there": (
        lambda: sd.derive("x*y", "z"),
        "derive: the formula has no 'z'; it has x, y",
    ),
    "no letter said": (
        lambda: sd.derive("x*y"),
        "derive: say by which symbol; the formula has x, y",
    ),
    "another power": (lambda: sd.derive("x^2"), "^ is no power; write **\n    x^2"),
    "an unknown function": (lambda: sd.derive("foo(x)"), "foo is no function that formulas know"),
    "a module's name": (
        lambda: sd.derive("np.sin(x)"),
        "functions are called by their plain names: sin(...)",
    ),
    "a branch": (
        lambda: sd.derive(lambda x: x if x > 0 else -x),
        "a truth test needs a number, but this array is only known when the function runs; "
        "np.where(condition, a, b) takes both branches",
    ),
    "math in a formula": (
        lambda: sd.derive(math.sin),
        "float() needs a number, but this array is only known when the function runs; "
        "np.sin takes it, math.sin does not",
    ),
    "a letter without its name": (
        lambda: sd.derive("x**2")(3.0),
        "a formula takes its letters by name; it reads x",
    ),
    "a letter left out": (lambda: sd.derive("x*y", "x")(), "the formula needs y; it reads x, y"),
    "an array that does not fit": (
        lambda: sd.derive("sum((A@x)**2)", "x", shapes="A:m,n x:n")(A=A, x=x[:2]),
        "x has shape (2,), not (n,) with m = 2, n = 3",
    ),
    "nothing for a letter": (
        lambda: sd.derive("x**2")(x=None),
        "x is a number or an array of numbers, not None",
    ),
    "a formula of a thousand lines": (
        lambda: sd.derive("+".join(["x"] * 20000), "x"),
        "a formula of 39999 characters is too long; 20000 are allowed",
    ),
    # --- tensors
    "channels that do not fit": (
        lambda: sd.nn.functional.conv2d(sd.ones(1, 3, 5, 5), sd.ones(2, 4, 3, 3)),
        "conv2d: the input has 3 channels, the weight of shape (2, 4, 3, 3) takes 4",
    ),
    "a norm over other axes": (
        lambda: sd.nn.functional.layer_norm(sd.ones(2, 3), (2,)),
        "layer_norm: normalized_shape (2,) is not the end of the shape (2, 3)",
    ),
    "a target for each class": (
        lambda: sd.nn.functional.cross_entropy(sd.ones(2, 3), sd.tensor([0.0, 1.0, 0.0])),
        "cross_entropy: the target has shape (3,); for an input of (2, 3) it has (2, 3)",
    ),
    "one target for many": (
        lambda: sd.nn.functional.nll_loss(sd.ones(2, 3), sd.tensor([0])),
        "nll_loss: the target has shape (1,); for an input of (2, 3) it has (2,)",
    ),
    "half a border": (
        lambda: sd.nn.functional.pad(sd.ones(2), (1,)),
        "pad: (1,) is not two widths for each axis",
    ),
    "a number saved for backward": (
        lambda: Scaled.apply(sd.ones(2, requires_grad=True), 3),
        "save_for_backward keeps tensors, but argument 0 is int: keep it as an attribute of ctx",
    ),
    "matrices for dot": (
        lambda: sd.dot(sd.ones(2, 2), sd.ones(2)),
        "1D and 1D tensors expected, but got 2D and 1D tensors",
    ),
    "a hook that gives a number": (
        lambda: hooked(lambda g: 3.0),
        "expected Variable, but hook returned 'float'",
    ),
    "a hook that changes the shape": (
        lambda: hooked(sd.sum),
        "hook 'sum' has changed the size of value: (2,) became ()",
    ),
}


def hooked(hook):
    t = sd.ones(2, requires_grad=True)
    t.register_hook(hook)
    (t * t).sum().backward()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_message(mistake):
    done, message = MISTAKES[mistake]
    with pytest.raises((TypeError, ValueError, RuntimeError), match=re.escape(message)):
        done()


@pytest.mark.parametrize("dtype", [int, bool, np.int32])
def test_a_result_of_whole_numbers_is_a_step_by_every_way(dtype):
    def f(x):
        return np.sum(x).astype(dtype)

    for compile in (True, False):
        np.testing.assert_array_equal(sd.grad(f, compile=compile)(x), [0, 0, 0])
    assert sd.jvp(f, (x,), (x,))[1] == 0


def test_a_function_of_ones_own_may_give_what_is_no_tensor():
    class Noted(sd.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return None

    assert Noted.apply(sd.ones(2, requires_grad=True)) is None


@pytest.mark.parametrize("what", ["A @ x", "x[0]", lambda x, A: A @ x, lambda x: x[0] * x[1]])
def test_derive_without_shapes_tells_how_to_give_them(what):
    with pytest.raises((TypeError, ValueError, IndexError)) as caught:
        sd.derive(what, "x")
    assert 'shapes="A:m,n x:n"' in "".join(caught.value.__notes__)


@pytest.mark.parametrize("space", [sd, sd.nn.functional, sd.special])
def test_python_has_what_it_needs_to_suggest_a_name(space):
    """With these two its message ends in `Did you mean: 'grad'?`."""
    with pytest.raises(AttributeError) as caught:
        _ = space.gradd
    assert (caught.value.name, caught.value.obj) == ("gradd", space)
