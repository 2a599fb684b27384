"""A library's function that cannot be followed is named, and so is the line that calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.integrate
import scipy.interpolate
import scipy.ndimage
import scipy.optimize
import scipy.signal
import scipy.spatial

import symdiff as sd

X = np.array([1.0, 2.0, 3.0])
REFUSED: dict[str, Callable[[Any], Any]] = {
    "scipy.integrate.quad": lambda x: scipy.integrate.quad(lambda t: x[0] * t, 0, 1)[0],
    "scipy.integrate.odeint": lambda x: scipy.integrate.odeint(lambda y, t: -x[0] * y, 1, [0, 1])[
        1
    ],
    "scipy.optimize.minimize": lambda x: scipy.optimize.minimize(lambda z: (z[0] - x[0]) ** 2, 0).x,
    "scipy.optimize.brentq": lambda x: scipy.optimize.brentq(lambda z: z - x[0], 0, 10),
    "scipy.interpolate.splrep": lambda x: scipy.interpolate.splrep([0, 1, 2, 3], [1.0, *x])[1],
    "scipy.signal.medfilt": lambda x: scipy.signal.medfilt(x),
    "scipy.ndimage.zoom": lambda x: scipy.ndimage.zoom(x, 2),
    "scipy.spatial.ConvexHull": lambda x: scipy.spatial.ConvexHull(np.outer(x, [1.0, 2.0])).volume,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_was_called_is_named_with_its_line(name: str) -> None:
    f = REFUSED[name]
    told = (
        rf"^{name}, called in .*test_refusing.py, line {f.__code__.co_firstlineno}, cannot be fol"
    )
    for transform in (sd.grad, sd.jacobian):
        with pytest.raises(TypeError, match=told) as caught:
            transform(f)(X)
        assert caught.value.__cause__ is not None


def test_a_function_is_named_without_its_text() -> None:
    space: dict[str, Any] = {"quad": scipy.integrate.quad, "__name__": "program"}
    exec("def f(x): return quad(lambda t: x * t, 0, 1)[0]", space)
    with pytest.raises(TypeError, match=r"^scipy.integrate.quad, called in <string>, line 1, cann"):
        sd.grad(space["f"])(1.0)


def test_errors_that_have_other_causes_are_left_alone() -> None:
    def signs(x: Any) -> Any:
        return x * scipy.optimize.brentq(lambda z: z * z + 1, 0, 1)

    def absent(x: Any) -> Any:
        nothing: Any = None
        return x * scipy.optimize.brentq(lambda z: nothing.root(z), 0, 1)

    with pytest.raises(ValueError, match="different signs"):
        sd.grad(signs)(1.0)
    with pytest.raises(AttributeError, match="root"):
        sd.grad(absent)(1.0)
