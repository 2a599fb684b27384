"""A slope may be infinite: what derivatives are made of warns of nothing; values warn as NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd

X = np.array([0.0, 4.0])
SILENT: dict[str, Callable[[Any], Any]] = {
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
    "hypot": lambda x: np.hypot(x, 0 * x),
    "std": lambda x: np.std(x - x),
    "norm": lambda x: np.linalg.norm(0 * x),
    "where": lambda x: np.where(x > 0, np.sqrt(x), 0.0),
    "power": lambda x: np.power(x, np.array([0.0, 1.0])),
    "arcsin": lambda x: np.arcsin(x / 4),
}
DERIVATIVES: dict[str, Callable[..., Any]] = {
    "grad": lambda f: sd.grad(f, compile=False)(X),
    "hessian": lambda f: sd.hessian(f, compile=False)(X),
    "grad of grad": lambda f: sd.grad(
        lambda x: np.sum(sd.grad(f, compile=False)(x)), compile=False
    )(X),
    "hvp": lambda f: sd.hvp(f)(X, np.ones(2)),
    "jvp": lambda f: sd.jvp(f, (X,), (np.ones(2),)),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("derivative", DERIVATIVES.values(), ids=DERIVATIVES)
def test_derivatives_do_not_warn(derivative: Callable[..., Any]) -> None:
    for f in SILENT.values():
        derivative(lambda x, f=f: np.sum(f(x)))


def test_values_warn_as_numpys_do() -> None:
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in log"):
        sd.grad(lambda x: np.sum(np.where(x > 0, np.log(x), 0.0)), compile=False)(X)
