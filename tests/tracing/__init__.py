"""What traces stand on: the surroundings of a function, as its calls find them."""

import numpy as np

import symdiff as sd
from tests.differences import slopes


def same(f, *args):
    """The plain value, and twice the same gradient as that of differences."""
    value, g = sd.value_and_grad(f)(*args)
    taped, gt = sd.value_and_grad(f, compile=False)(*args)
    np.testing.assert_allclose([value, taped], f(*args))
    np.testing.assert_allclose(g, gt)
    x, rest = args[0], args[1:]
    expected = slopes(lambda x: f(x, *rest), x)
    np.testing.assert_allclose(g, expected, rtol=1e-4, atol=1e-5)


class Programs(dict):
    """By name; each takes what functions go through, and gives what is to be compared."""

    def __call__(self, f):
        self[f.__name__] = f
        return f


def wanted(*numbers):
    return sd.tensor(np.array(numbers), requires_grad=True)


def plain(*numbers):
    return sd.tensor(np.array(numbers))


def twice(f, x):
    """The gradient after two calls that add to it."""
    f(x).backward()
    f(x).backward()
    return x.grad


def assert_alike(plainly, compiled):
    """The same results, one by one: type, dtype, shape, numbers and whether they have a history."""
    assert len(plainly) == len(compiled)
    for a, b in zip(plainly, compiled):
        assert type(a) is type(b)
        assert getattr(a, "requires_grad", None) == getattr(b, "requires_grad", None)
        if isinstance(a, sd.Tensor):
            assert a.shape == b.shape and a.dtype == b.dtype
            a, b = a.detach().numpy(), b.detach().numpy()
        if isinstance(a, str):
            assert a == b
        else:
            np.testing.assert_allclose(a, b, rtol=1e-12)
