"""The reference curves: the numbers carried over are right, and the fits meet what is certified."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.loading import EXAMPLES, example

NAMES = ["misra1a", "thurber", "mgh17"]


@pytest.fixture(scope="module")
def lesson() -> ModuleType:
    return example("10_fit_nist.py")


def data(name: str) -> tuple[dict[str, Any], Any, Any]:
    reference = json.loads((EXAMPLES / "data" / "nist_certified.json").read_text())[name]
    x, y = np.loadtxt(EXAMPLES / "data" / f"{name}.csv", delimiter=",", skiprows=1, unpack=True)
    return reference, x, y


@pytest.mark.parametrize("name", NAMES)
def test_data_and_certified_parameters_give_the_certified_residuals(
    lesson: ModuleType, name: str
) -> None:
    reference, x, y = data(name)
    residuals = y - getattr(lesson, name)(x, *reference["certified"])
    expected = reference["residual_sum_of_squares"]
    assert np.sum(residuals**2) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_eight_digits_agree_from_the_second_start(lesson: ModuleType, name: str) -> None:
    reference, x, y = data(name)
    found = lesson.fit(getattr(lesson, name), x, y, np.array(reference["start_2"]))
    assert min(map(lesson.digits, found, reference["certified"])) > 8
