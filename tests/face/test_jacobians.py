"""Jacobians in all three shapes, built as tutorials build them: one row at a time."""

from __future__ import annotations

from . import check, leaf, torch

grad = torch.autograd.grad


def test_scalar_by_vector_is_a_vector() -> None:
    x = leaf([0, 1, 2, 3])
    (row,) = grad(2 * torch.dot(x, x), x)
    check(row, [0, 4, 8, 12])


def test_vector_by_scalar_is_a_vector() -> None:
    t = leaf(2)
    y = torch.stack([t, t**2, t**3])
    column = [grad(part, t, retain_graph=True)[0].item() for part in y]
    assert column == [1, 4, 12]


def test_vector_by_scalar_in_one_call() -> None:
    t = leaf(2)

    def curve(t: object) -> object:
        return torch.stack([t, t**2, t**3])

    check(torch.autograd.functional.jacobian(curve, t), [1, 4, 12])


def test_vector_by_vector_is_a_matrix() -> None:
    x = leaf([1, 2, 3])
    y = torch.stack([x[0] * x[1], x[1] * x[2] ** 2])
    rows = [grad(y, x, torch.eye(2)[i], retain_graph=True)[0] for i in range(2)]
    check(torch.stack(rows), [[2, 1, 0], [0, 9, 12]])


def test_vector_by_vector_through_backward() -> None:
    x = leaf([1, 2, 3])
    y = x[:2] * x[2]
    rows = []
    for i in range(2):
        y[i].backward(retain_graph=True)
        rows.append(x.grad.tolist())
        x.grad.zero_()
    assert rows == [[3, 0, 1], [0, 3, 2]]


def test_a_linear_map_has_its_matrix_as_jacobian() -> None:
    A = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    J = torch.autograd.functional.jacobian(lambda x: A @ x, torch.ones(2))
    check(J, A.numpy())


def test_matrix_by_matrix_has_four_axes() -> None:
    X = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    J = torch.autograd.functional.jacobian(lambda X: X.t(), X)
    check(J, [[[[1, 0], [0, 0]], [[0, 0], [1, 0]]], [[[0, 1], [0, 0]], [[0, 0], [0, 1]]]])
