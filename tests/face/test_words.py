"""Arguments by PyTorch's words for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from . import check, torch


def x() -> Any:
    return torch.arange(6.0).reshape(2, 3)


SHAPES: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "zeros": (lambda: torch.zeros(size=(2, 3)), (2, 3)),
    "ones": (lambda: torch.ones(size=(2,), dtype=torch.float64), (2,)),
    "empty": (lambda: torch.empty(size=(0, 2)), (0, 2)),
    "rand": (lambda: torch.rand(size=(2, 1)), (2, 1)),
    "randn": (lambda: torch.randn(size=(4,), requires_grad=True), (4,)),
    "randint": (lambda: torch.randint(0, 3, size=(4,)), (4,)),
    "randint by words": (lambda: torch.randint(low=1, high=3, size=(2, 2)), (2, 2)),
    "randint of high": (lambda: torch.randint(high=3, size=(2, 2)), (2, 2)),
    "randint as a row": (lambda: torch.randint(3, (5,)), (5,)),
    "randint_like": (lambda: torch.randint_like(x(), low=0, high=3), (2, 3)),
    "reshape": (lambda: torch.reshape(x(), shape=(3, 2)), (3, 2)),
    "x.reshape": (lambda: x().reshape(shape=(6,)), (6,)),
    "tile": (lambda: torch.tile(x(), dims=(2, 1)), (4, 3)),
    "expand": (lambda: x().expand(size=(2, 2, 3)), (2, 2, 3)),
    "repeat": (lambda: x().repeat(repeats=(1, 2)), (2, 6)),
    "split": (lambda: torch.split(x(), split_size_or_sections=1, dim=1)[0], (2, 1)),
    "swapaxes": (lambda: torch.swapaxes(x(), axis0=0, axis1=1), (3, 2)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes(name: str) -> None:
    made, shape = SHAPES[name]
    assert tuple(made().shape) == shape


def test_numbers() -> None:
    check(torch.pow(x(), exponent=2), x().numpy() ** 2)
    check(x().pow(exponent=2), x().numpy() ** 2)
    check(torch.heaviside(x(), values=torch.tensor(0.5)), [[0.5, 1, 1], [1, 1, 1]])
    check(torch.linalg.vector_norm(x=x(), ord=2), 55**0.5)
    assert torch.linalg.matrix_rank(x(), tol=1e-3).item() == 2
    check(torch.linalg.lstsq(torch.eye(2), b=x()).solution, x().numpy())
    found = torch.isin(torch.tensor([1, 2]), torch.tensor([2]), assume_unique=True)
    assert found.tolist() == [False, True]
    assert set(torch.randint(2, 4, size=(50,)).tolist()) <= {2, 3}


TWICE: dict[str, Callable[[], Any]] = {
    "axes by two words": lambda: x().sum(dim=0, axis=1),
    "axes by place and by word": lambda: x().sum(0, axis=1),
    "an exponent": lambda: torch.pow(x(), 2, exponent=3),
    "axes in a row": lambda: x().flip(0, 1, dims=(0,)),
    "a shape": lambda: torch.zeros(2, 3, size=(4,)),
    "a correction": lambda: x().var(1, unbiased=False, correction=2),
}


@pytest.mark.parametrize("name", TWICE)
def test_what_is_given_twice_is_refused(name: str) -> None:
    with pytest.raises(TypeError):
        TWICE[name]()


def test_all_by_words() -> None:
    assert tuple(torch.permute(input=x(), dims=(1, 0)).shape) == (3, 2)
    assert tuple(torch.tile(dims=(2, 1), input=x()).shape) == (4, 3)


def test_an_argument_that_is_missing_is_named() -> None:
    with pytest.raises(TypeError, match="input"):
        torch.cumsum(dim=0)


def test_of_a_cholesky_factor_one_triangle_is_read() -> None:
    a = torch.tensor([[2.0, 7.0], [1.0, 4.0]])
    lower, upper = torch.cholesky_inverse(a), torch.cholesky_inverse(a, upper=True)
    for inverse, factor in ((lower, a.tril()), (upper, a.triu().T)):
        assert torch.allclose(inverse @ (factor @ factor.T), torch.eye(2), atol=1e-5)
