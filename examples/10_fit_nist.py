"""Fit three of NIST's reference curves, on derivatives of the models themselves.

NIST certified the parameters to eleven digits; the last column counts the digits that agree.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

import symdiff as sd

DATA = Path(globals().get("__file__", "")).parent / "data"  # a notebook has no __file__
Vector = NDArray[np.float64]
Model = Callable[..., Any]


# %% The models: plain functions
# Nothing in them is made for differentiation; NumPy's exp takes what symdiff hands to it.
def misra1a(x: Any, b1: Any, b2: Any) -> Any:
    """Volume of a gas adsorbed at pressure x."""
    return b1 * (1 - np.exp(-b2 * x))


def thurber(x: Any, b1: Any, b2: Any, b3: Any, b4: Any, b5: Any, b6: Any, b7: Any) -> Any:
    """Mobility of electrons in a semiconductor of log density x."""
    return (b1 + b2 * x + b3 * x**2 + b4 * x**3) / (1 + b5 * x + b6 * x**2 + b7 * x**3)


def mgh17(x: Any, b1: Any, b2: Any, b3: Any, b4: Any, b5: Any) -> Any:
    """Two decays that nearly cancel: hard for many a good algorithm."""
    return b1 + b2 * np.exp(-x * b4) + b3 * np.exp(-x * b5)


# %% Their gradients and Hessians, by one line each
# A minimiser that knows the exact Hessian finds its way where one that guesses it gets lost.
def fit(model: Model, x: Vector, y: Vector, start: Vector) -> Vector:
    """The parameters with the least sum of squared residuals, found by Newton's steps."""

    def loss(scaled: Any) -> Any:  # in units of where they start, all parameters are near one
        return np.sum((y - model(x, *(start * scaled))) ** 2)

    result = minimize(
        sd.value_and_grad(loss),
        np.ones_like(start),
        jac=True,
        hess=sd.hessian(loss),
        method="trust-ncg",
        options={"gtol": 1e-10},
    )
    return start * result.x


def digits(found: float, certified: float) -> float:
    """How many decimal digits agree, of the eleven that are certified."""
    return min(11.0, -np.log10(max(abs(found / certified - 1), 1e-11)))


# %% Formula and fit, side by side
# `sd.derive` with a list of names gives one formula for each.
def tell(model: Model, reference: dict[str, Any]) -> None:
    """Print the model, its slopes, and the fit beside the certified values."""
    names = list(inspect.signature(model).parameters)[1:]
    print(f"\n{model.__name__}: {model.__doc__}\n  y = {sd.formula(model).text}")
    for name, slope in zip(names, sd.derive(model, names), strict=True):
        print(f"  dy/d{name} = {slope.text}")

    x, y = np.loadtxt(DATA / f"{model.__name__}.csv", delimiter=",", skiprows=1, unpack=True)
    found = fit(model, x, y, np.array(reference["start_2"]))
    print(f"\n  {'':4}{'fitted':>20}{'certified':>20}{'digits':>8}")
    for name, b, certified in zip(names, found, reference["certified"], strict=True):
        print(f"  {name:4}{b:20.10e}{certified:20.10e}{digits(b, certified):8.1f}")


# %% Three curves
# One of each difficulty that NIST tells apart: lower, higher and average; each from the second of
# the two starting points that come with it.
if __name__ == "__main__":
    certified = json.loads((DATA / "nist_certified.json").read_text())
    for model in (misra1a, thurber, mgh17):
        tell(model, certified[model.__name__])
