"""Derivatives that are short only if something cancels: inverses, means, softmaxes, brackets."""

from __future__ import annotations

import pytest
from identities import Identity, label, numbers_agree, with_orders, written

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
norm(A @ X - X @ B)**2 | X | A:n,n X:n,n B:n,n | 2*A.T @ r - 2*r @ B.T; r = A @ X - X @ B
norm(X.T @ X - eye(n))**2/4 | X | X:m,n | X @ X.T @ X - X
norm(x)**p | x | x:n | p*norm(x)**(p - 2)*x
sum(abs(x)**p)**(1/p) | x | x:n | sum(abs(x)**p)**(1/p - 1)*abs(x)**(p - 1)*sign(x)
trace((X - A).T @ (X - A)) | X | X:m,n A:m,n | 2*(X - A)
trace(A @ exp(X)) | X | X:n,n A:n,n | A.T*exp(X)
log(mean(exp(a*x)))/a | x | x:n | softmax(a*x)
maximum(0, d + norm(a - p)**2 - norm(a - q)**2) | a | a:k p:k q:k
    | 2*heaviside(d + norm(a - p)**2 - norm(a - q)**2, 1/2)*(q - p)
trace(kron(A, X)) | X | A:m,m X:n,n | trace(A)*eye(n)
(1 + erf(x/sqrt(2)))/2 | x | x: | exp(-x**2/2)/(sqrt(pi)*sqrt(2))
(x - mean(x))/std(x) | x | x:n
    | eye(n)/s - outer(r, r)/(s**3*n) - 1/(s*n); s = std(x); r = x - mean(x)
logdet(X @ A @ X.T) | X | X:k,n A:n,n | i.T @ X @ A.T + i @ X @ A; i = inv(X @ A @ X.T)
x @ y/sqrt(x @ x)/sqrt(y @ y) | x | x:n y:n
    | y/(s*t) - (x @ y)*x/(s**3*t); s = sqrt(x @ x); t = sqrt(y @ y)
sum(x*log(x/y) - x + y) | x | x:n y:n | log(x/y)
gammaln(sum(a)) - sum(gammaln(a)) + (a - 1) @ log(x) | a | a:n x:n
    | digamma(sum(a)) + log(x) - digamma(a)
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
    | 2*X.T @ diag(y**2*heaviside(1 - y*(X @ w), 1/2)) @ X
"""

ROWS = with_orders(GRADIENTS, HESSIANS)


@pytest.mark.parametrize(("row", "order"), ROWS, ids=label)
def test_what_cancels_is_not_written(row: Identity, order: int) -> None:
    assert written(row, order) == row.expected


@pytest.mark.parametrize(("row", "order"), ROWS, ids=label)
def test_what_cancels_agrees_with_finite_differences(row: Identity, order: int) -> None:
    numbers_agree(row, order)
