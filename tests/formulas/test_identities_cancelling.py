"""Derivatives that are short only if something cancels: inverses, means, softmaxes, brackets."""

from __future__ import annotations

import pytest
from identities import Identity, numbers_agree, table, written

GRADIENTS = """
logdet(A @ X @ B) | X | X:n,n A:n,n B:n,n | inv(X).T
det(X @ X) | X | X:n,n | 2*det(X @ X)*inv(X).T
logdet(X.T @ A @ X) | X | X:n,n A:n,n | 2*inv(X).T
det(X.T @ A @ X) | X | X:n,n A:n,n | 2*det(X.T @ A @ X)*inv(X).T
det(inv(X)) | X | X:n,n | -inv(X).T/det(X)
logdet(inv(X)) | X | X:n,n | -inv(X).T
trace(inv(inv(X))) | X | X:n,n | eye(n)
det(X.T) | X | X:n,n | det(X)*inv(X).T
trace(X @ inv(X)) | X | X:n,n | zeros((n, n))
a @ inv(A @ X) @ b | X | X:n,n A:n,n a:n b:n | -outer(inv(X).T @ a, inv(A @ X) @ b)
trace(inv(A @ X @ B)) | X | X:n,n A:n,n B:n,n | -inv(X @ B).T @ inv(A @ X).T
solve(A, A @ b) | b | A:n,n b:n | eye(n)
sum(softmax(x)) | x | x:n | zeros(n)
sum(softmax(X @ W, axis=1)) | W | X:m,n W:n,k | zeros((n, k))
sum(maximum(0, 1 - y*(X @ w))**2) | w | X:m,n w:n y:m | -2*X.T @ (y*maximum(0, 1 - y*(X @ w)))
sum(maximum(W @ x, 0)**2) | x | W:m,n x:n | 2*W.T @ maximum(W @ x, 0)
var(x) | x | x:n | 2*(x - mean(x))/n
std(x) | x | x:n | (x - mean(x))/(n*std(x))
sum((x - mean(x))**2) | x | x:n | 2*(x - mean(x))
mean((x - mean(x))**2) | x | x:n | 2*(x - mean(x))/n
log(2*pi*s**2)/2 + (x - m)**2/(2*s**2) | s | x: | 1/s - (x - m)**2/s**3
"""

HESSIANS = """
norm(A @ x - b) | x | A:m,n x:n b:m
    | A.T @ A/norm(r) - outer(A.T @ r, A.T @ r)/norm(r)**3; r = A @ x - b
x @ A @ x/(x @ x) | x | A:n,n x:n
    | 8*(x @ A @ x)*outer(x, x)/s**3 + r/s - 2*outer(x, r @ x)/s**2
        - 2*outer(r @ x, x)/s**2 - 2*(x @ A @ x)*eye(n)/s**2; r = A + A.T; s = x @ x
sum((x - mean(x))**2) | x | x:n | 2*eye(n) - 2/n
sum(maximum(0, 1 - y*(X @ w))**2) | w | X:m,n w:n y:m
    | 2*X.T @ diag(where(1 - y*(X @ w) >= 0, y**2, 0)) @ X
"""

FIRST, SECOND = table(GRADIENTS), table(HESSIANS)
ROWS = [*((row, 1) for row in FIRST), *((row, 2) for row in SECOND)]


def _name(value: object) -> str:
    return value.name if isinstance(value, Identity) else str(value)


@pytest.mark.parametrize(("row", "order"), ROWS, ids=_name)
def test_what_cancels_is_not_written(row: Identity, order: int) -> None:
    assert written(row, order) == row.expected


@pytest.mark.parametrize(("row", "order"), ROWS, ids=_name)
def test_what_cancels_agrees_with_finite_differences(row: Identity, order: int) -> None:
    numbers_agree(row, order)
