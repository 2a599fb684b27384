"""Plain NumPy scripts, as users write them, differentiate without edits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from tests.differences import slopes
from tests.loading import example

# script, its function, the arguments it is differentiated by
SCRIPTS: list[tuple[str, str, tuple[int, ...]]] = [
    ("heat_equation", "misfit", (0, 1)),
    ("kalman_filter", "negative_log_likelihood", (0,)),
    ("black_scholes", "call_price", (0, 1, 2, 3, 4)),
    ("forward_kinematics", "distance", (0, 1)),
    ("gaussian_process", "negative_log_likelihood", (0, 1, 2)),
    ("kmeans", "loss", (0,)),
    ("lstm_cell", "prediction_error", (0,)),
    ("interpolation_fit", "cost", (0, 4)),
    ("gray_scott", "amount", (0, 1, 2, 3)),
    ("portfolio", "sharpe_ratio", (0, 1)),
    ("hidden_markov", "negative_log_likelihood", (0, 1)),
    ("bond_yield", "yield_to_maturity", (0, 1)),
    ("n_body", "energy", (0, 1, 2)),
    ("time_warping", "distance", (0, 1)),
    ("asian_option", "price", (0, 1, 2)),
    ("pendulum", "miss", (0, 1, 2)),
    ("tridiagonal", "mean_temperature", (0, 1)),
    ("bundle_adjustment", "robust_error", (0, 1)),
    ("reweighted_least_squares", "validation_loss", (0, 1)),
    ("page_rank", "importance", (0,)),
    ("attention", "mean_square", (0, 1)),
]


def flat(value: Any) -> np.ndarray[Any, Any]:
    """All numbers of a number, an array, or a dict or tuple of them, in order."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return np.concatenate([flat(item) for item in value])
    return np.asarray(value, float).ravel()


def refilled(value: Any, numbers: Iterator[float]) -> Any:
    """The same structure with other numbers."""
    if isinstance(value, dict):
        return {name: refilled(item, numbers) for name, item in value.items()}
    if isinstance(value, tuple):
        return tuple(refilled(item, numbers) for item in value)
    if isinstance(value, float):
        return next(numbers)
    return np.array([next(numbers) for _ in range(value.size)]).reshape(value.shape)


def difference_quotient(
    f: Callable[..., Any], arguments: tuple[Any, ...], argnums: tuple[int, ...]
) -> np.ndarray[Any, Any]:
    chosen = tuple(arguments[i] for i in argnums)
    start = flat(chosen)

    def at(numbers: np.ndarray[Any, Any]) -> float:
        moved = dict(zip(argnums, refilled(chosen, iter(numbers.tolist())), strict=True))
        return float(f(*(moved.get(i, argument) for i, argument in enumerate(arguments))))

    return slopes(at, start)


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "tape"])
@pytest.mark.parametrize(("script", "name", "argnums"), SCRIPTS, ids=[s[0] for s in SCRIPTS])
def test_gradient_is_the_difference_quotient(
    script: str, name: str, argnums: tuple[int, ...], compiled: bool
) -> None:
    module = example(f"numpy_scripts/{script}.py")
    f, arguments = getattr(module, name), module.example_arguments()
    gradient = sd.grad(f, argnums=argnums, compile=compiled)(*arguments)
    expected = difference_quotient(f, arguments, argnums)
    np.testing.assert_allclose(flat(gradient), expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("script", "name", "argnums"), SCRIPTS, ids=[s[0] for s in SCRIPTS])
def test_arguments_are_left_as_they_were(script: str, name: str, argnums: tuple[int, ...]) -> None:
    module = example(f"numpy_scripts/{script}.py")
    arguments = module.example_arguments()
    before = flat(arguments)
    sd.grad(getattr(module, name), argnums=argnums)(*arguments)
    np.testing.assert_array_equal(flat(arguments), before)
