"""Functions that were made from functions: pickled, copied, bound to objects, printed."""

import copy
import functools
import inspect
import pickle
import weakref

import numpy as np
import pytest

import symdiff as sd

X = np.array([0.5, -1.0, 2.0])


def squares(x, scale=2.0):
    """A sum of squares."""
    return np.sum(x**2) * scale


def stretched(x):
    return np.tanh(x) * x


@sd.value_and_grad
def decorated(x):
    return np.sum(np.sin(x))


class Model:
    def __init__(self, w):
        self.w = w

    def loss(self, x):
        return np.sum(self.w * x**2)

    @functools.partial(sd.grad, argnums=1)
    def slope(self, x):
        return np.sum(self.w * x**3)


MADE = {
    "grad": (sd.grad(squares), (X,)),
    "grad by two": (sd.grad(squares, argnums=(1, 0)), (X, 3.0)),
    "on the tape": (sd.grad(squares, compile=False), (X,)),
    "value_and_grad": (sd.value_and_grad(squares), (X,)),
    "jacobian": (sd.jacobian(stretched), (X,)),
    "hessian": (sd.hessian(squares), (X,)),
    "hvp": (sd.hvp(squares), (X, X + 1)),
    "nth": (sd.nth(stretched, 3), (X,)),
    "jit": (sd.jit(stretched), (X,)),
    "pullback": (sd.vjp(stretched, X)[1], (X,)),
    "of a partial": (sd.grad(functools.partial(squares, scale=5.0)), (X,)),
    "of a method": (sd.grad(Model(X).loss), (X,)),
    "grad of grad": (sd.grad(sd.grad(np.cosh)), (0.3,)),
    "jit of grad": (sd.jit(sd.grad(squares)), (X,)),
    "decorated": (decorated, (X,)),
    "a bound decorated method": (Model(X).slope, (X,)),
}


def assert_equal(a, b):
    for one, other in zip(*(y if isinstance(y, tuple) else (y,) for y in (a, b)), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize(
    "again",
    [lambda f: pickle.loads(pickle.dumps(f)), copy.deepcopy, copy.copy],
    ids=["pickle", "deepcopy", "copy"],
)
def test_a_copy_gives_the_same_before_and_after_a_call(name, again):
    f, args = MADE[name]
    fresh = again(f)
    wanted = f(*args)
    assert_equal(fresh(*args), wanted)
    assert_equal(again(f)(*args), wanted)


def test_what_pickle_cannot_take_it_says_itself():
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(sd.grad(lambda x: x * x))


def test_a_copy_of_a_method_s_derivative_has_an_object_of_its_own():
    model = Model(np.ones(3))
    slope = sd.grad(model.loss)
    fresh = copy.deepcopy(slope)
    model.w[:] = 2.0
    assert_equal(slope(X), 4 * X)
    assert_equal(fresh(X), 2 * X)


def test_a_decorated_function_is_itself_when_copied():
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert copy.deepcopy(decorated) is decorated


@pytest.mark.parametrize("name", ["grad", "value_and_grad", "jacobian", "hessian", "nth", "jit"])
def test_name_text_and_signature_are_the_function_s(name):
    f = MADE[name][0]
    inner = inspect.unwrap(f)
    assert (f.__name__, f.__doc__, f.__module__) == (inner.__name__, inner.__doc__, __name__)
    assert inspect.signature(f) == inspect.signature(inner)
    assert callable(f) and weakref.ref(f)() is f


def test_reprs_say_what_was_made_of_what():
    texts = {name: repr(f) for name, (f, _) in MADE.items()}
    assert texts["grad"] == "<grad of squares>"
    assert texts["grad by two"] == "<grad of squares, argnums=(1, 0)>"
    assert texts["on the tape"] == "<grad of squares, compile=False>"
    assert texts["hessian"] == "<jacobian of <grad of squares>>"
    assert texts["nth"] == "<nth of stretched, n=3>"
    assert texts["pullback"] == "<pullback of stretched>"
    assert "functools.partial" in texts["of a partial"]


def test_a_decorated_method_is_bound_to_its_object():
    first, second = Model(np.ones(3)), Model(np.full(3, 2.0))
    assert_equal(first.slope(X), 3 * X**2)
    assert_equal(second.slope(X), 6 * X**2)
    assert_equal(Model.slope(second, X), 6 * X**2)


def test_attributes_of_a_function_stay_with_what_is_made_of_it():
    def f(x):
        return np.sum(x) * f.scale

    f.scale = 2.0
    g = sd.grad(f)
    assert g.scale == 2.0
    assert_equal(g(X), np.full(3, 2.0))
    f.scale = 3.0
    assert_equal(g(X), np.full(3, 3.0))


def test_a_derivative_kept_as_an_attribute_follows_its_object():
    class Holder:
        def __init__(self):
            self.w = np.ones(3)
            self.slope = sd.grad(self.loss)

        def loss(self, x):
            return np.sum(self.w * x**2)

    holder = Holder()
    assert_equal(holder.slope(X), 2 * X)
    holder.w = np.full(3, 5.0)
    assert_equal(holder.slope(X), 10 * X)
