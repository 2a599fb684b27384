"""x[key] where PyTorch and NumPy differ: integers select before index arrays are asked."""

from __future__ import annotations

from typing import Any

import pytest

from . import check, leaf, torch

AT = [0, 2]

SHAPES: list[tuple[Any, tuple[int, ...]]] = [
    ((0, slice(None), AT), (3, 2)),
    ((0, ..., AT), (3, 2)),
    ((None, 0, slice(None), AT), (1, 3, 2)),
    ((slice(None), AT, 0), (2, 2)),
    (([0], 0, AT), (2,)),
    (([0], slice(None), AT), (2, 3)),
    ((0, None, AT), (1, 2, 4)),
    ((range(2), 1), (2, 4)),
    ((range(2), [0, 1], -1), (2,)),
]


def cube() -> Any:
    return torch.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize(("key", "shape"), SHAPES, ids=str)
def test_shapes_of_integers_beside_index_arrays(key: Any, shape: tuple[int, ...]) -> None:
    x = cube()
    assert tuple(x[key].shape) == shape
    x[key] = 2 * x[key]
    assert float(x.sum() - cube().sum()) == float(cube()[key].sum())


def test_the_gradient_of_integers_beside_index_arrays() -> None:
    x = cube().requires_grad_()
    (x[0, :, AT] * torch.arange(6.0).reshape(3, 2)).sum().backward()
    check(x.grad[0], [[0, 0, 1, 0], [2, 0, 3, 0], [4, 0, 5, 0]])


def test_labels_are_picked_by_a_range() -> None:
    p = leaf([[0.25, 0.75], [0.5, 0.5]])
    y = -torch.log(p[range(len(p)), torch.tensor([0, 1])])
    y.sum().backward()
    check(p.grad, [[-4, 0], [0, -2]])
