"""Derivatives through what moves, joins and picks parts of arrays."""

from __future__ import annotations

import pytest
from identities import Identity, label, numbers_agree, with_orders, written

GRADIENTS = """
sum(A*(x[:, None] - x)**2)/2 | x | x:n A:n,n | x*sum(A, axis=1) + x*sum(A, axis=0) - (A + A.T) @ x
sum((X[:, None, :] - Y)**2) | X | X:m,k Y:l,k | 2*sum(X[:, None, :] - Y, axis=1)
sum(exp(-(x[:, None] - y)**2/2)) | x | x:n y:m
    | e @ y - x*sum(e, axis=1); e = exp(-(x[:, None] - y)**2/2)
trace((X - u) @ inv(S) @ (X - u).T)/2 | S | X:m,n u:n S:n,n
    | -inv(S).T @ (X - u).T @ (X - u) @ inv(S).T/2
a @ cumprod(x) | x | a:n x:n | flip(cumsum(flip(a*cumprod(x))))/x
sum(cumprod(1 + x)) | x | x:n | flip(cumsum(flip(cumprod(1 + x))))/(1 + x)
cumprod(x) | x | x:n | flip(cumsum(flip(diag(cumprod(x)), axis=1), axis=1), axis=1)/x
a @ stack([x, exp(x)]) @ b | x | x:n a:2 b:n | r[1]*exp(x) + r[0]; r = outer(a, b)
"""

HESSIANS = """
sum((x[1:] - x[:-1])**2) | x | x:n
    | 2*pad(r, ((0, 0), (1, 0))) - 2*pad(r, ((0, 0), (0, 1))); r = eye(n)[:, 1:] - eye(n)[:, :-1]
sum(abs(x[1:] - x[:-1])) | x | x:n | zeros((n, n))
sum(cumprod(x)**2) | x | x:n
    | 4*c/x - 2*diag(flip(cumsum(flip(cumprod(x)**2)))/x**2);
        c = flip(cumsum(flip(cumsum(diag(1/x), axis=1) @ diag(cumprod(x)**2), axis=1), axis=1), axis=1)
sum(cumsum(x)**2)/2 | x | x:n | flip(cumsum(flip(cumsum(eye(n), axis=1), axis=1), axis=1), axis=1)
"""

ROWS = with_orders(GRADIENTS, HESSIANS)


@pytest.mark.parametrize(("row", "order"), ROWS, ids=label)
def test_parts_are_written_as_numpy_takes_them(row: Identity, order: int) -> None:
    assert written(row, order) == row.expected


@pytest.mark.parametrize(("row", "order"), ROWS, ids=label)
def test_parts_agree_with_finite_differences(row: Identity, order: int) -> None:
    numbers_agree(row, order)
