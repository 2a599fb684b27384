"""Deriving is quick: a formula in milliseconds, long graphs in linear time, the tenth derivative too."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import test_identities_cancelling
import test_identities_hessians
import test_identities_losses
import test_identities_matrices
import test_identities_quotients
from identities import Identity, table

import symdiff as sd
from tests.benchmarks.derivation import (
    SIZES,
    as_text,
    growth,
    quickest,
    seconds_to_differentiate,
)

TYPICAL = [
    ("sum((A @ x - b)**2)", "A:m,n x:n b:m"),
    ("x @ A @ x/(x @ x)", "A:n,n x:n"),
    ("sum(log(1 + exp(A @ x)) - b*(A @ x))", "A:m,n x:n b:m"),
    ("log(sum(exp(A @ x + b)))", "A:m,n x:n b:m"),
    ("norm(A @ x - b)", "A:m,n x:n b:m"),
    ("sum(tanh(A @ x))", "A:m,n x:n"),
]


@pytest.mark.parametrize(("text", "shapes"), TYPICAL, ids=[text for text, _ in TYPICAL])
def test_formulas_are_derived_at_once(text: str, shapes: str) -> None:
    assert quickest(lambda: sd.derive(text, "x", shapes=shapes).text) < 0.05
    assert quickest(lambda: sd.derive(text, "x", shapes=shapes, order=2).text) < 0.2


TABLES = (
    test_identities_cancelling,
    test_identities_hessians,
    test_identities_losses,
    test_identities_matrices,
    test_identities_quotients,
)


def test_every_identity_is_derived_at_once() -> None:
    """The gradient in 50 ms, the Hessian in 200 ms: what came out slow is asked once more."""
    texts = [getattr(module, name, "") for module in TABLES for name in TEXTS]
    rows = [row for text in texts if text for row in table(text)]
    assert len(rows) > 300
    for order, most in ((1, 0.05), (2, 0.2)):
        for row in rows:
            assert _seconds(row, order) < most or _seconds(row, order) < most, row.name


TEXTS = ("LOSSES", "GRADIENTS", "JACOBIANS", "HESSIANS")


def _seconds(row: Identity, order: int) -> float:
    start = time.process_time()
    assert sd.derive(row.function, row.by, shapes=row.shapes, order=order).text
    return time.process_time() - start


def test_a_thousand_nodes_are_differentiated_in_half_a_second() -> None:
    assert seconds_to_differentiate(1_000) < 0.5


@pytest.mark.slow
def test_the_time_grows_linearly() -> None:
    seconds = {count: seconds_to_differentiate(count) for count in SIZES if count >= 1_000}
    print(as_text(seconds))
    assert growth(seconds) < 1.2


def tenth(x: Any) -> Any:
    return np.exp(np.sin(x)) * x**3


def test_the_tenth_derivative_is_derived_compiled_and_evaluated_in_a_second() -> None:
    sd.nth(tenth, 2)(0.7)  # what loads late is loaded
    start = time.process_time()
    y = sd.nth(tenth, 10)(0.7)
    assert time.process_time() - start < 1
    np.testing.assert_allclose(y, -135404.37631027953, rtol=1e-12)


ELEMENTWISE: list[Callable[[Any], Any]] = [
    tenth,
    lambda x: np.tanh(x) / (1 + x**2),
    lambda x: np.sqrt(1 + x) * np.log(x),
    lambda x: x**x + np.arctan(x),
    lambda x: np.where(x > 1, np.log(x), x**4),
    lambda x: np.sum(x) * x**2,
    lambda x: x**2,
]


@pytest.mark.parametrize("order", [2, 3, 4])
@pytest.mark.parametrize("f", ELEMENTWISE)
def test_higher_derivatives_agree_with_the_tape(f: Callable[[Any], Any], order: int) -> None:
    x = np.array([0.4, 1.3])
    tape = sd.nth(f, order, compile=False)(x)
    np.testing.assert_allclose(sd.nth(f, order)(x), tape, rtol=1e-11, atol=1e-12)
