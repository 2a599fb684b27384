"""Determinants, inverses, traces, forms: The Matrix Cookbook 2.1-2.8, Magnus and Neudecker."""

from __future__ import annotations

import pytest
from identities import Identity, numbers_agree, table, written

GRADIENTS = """
det(X) | X | X:n,n | det(X)*inv(X).T
det(A @ X @ B) | X | X:n,n A:n,n B:n,n | det(A @ X @ B)*inv(X).T
log(abs(det(X))) | X | X:n,n | inv(X).T
logdet(X) | X | X:n,n | inv(X).T
det(X)**k | X | X:n,n | k*det(X)**k*inv(X).T
det(X)**3 | X | X:n,n | 3*det(X)**3*inv(X).T
logdet(X.T @ X) | X | X:n,k | 2*X @ inv(X.T @ X)
logdet(A @ X) | X | X:n,n A:n,n | inv(X).T
logdet(X.T @ A @ X) | X | X:n,k A:n,n | A @ X @ i + A.T @ X @ i.T; i = inv(X.T @ A @ X)
det(X.T @ A @ X) | X | X:n,k A:n,n | det(r)*(A @ X @ inv(r) + A.T @ X @ inv(r).T); r = X.T @ A @ X
det(X.T @ X) | X | X:n,k | 2*det(X.T @ X)*X @ inv(X.T @ X)
1/det(X) | X | X:n,n | -inv(X).T/det(X)
trace(A @ inv(X) @ B) | X | X:n,n A:n,n B:n,n | -inv(X).T @ A.T @ B.T @ inv(X).T
a @ inv(X) @ b | X | X:n,n a:n b:n | -outer(inv(X).T @ a, inv(X) @ b)
trace(inv(X)) | X | X:n,n | -inv(X).T @ inv(X).T
trace(inv(X + A)) | X | X:n,n A:n,n | -inv(X + A).T @ inv(X + A).T
trace(inv(X) @ A) | X | X:n,n A:n,n | -inv(X).T @ A.T @ inv(X).T
a @ x | x | a:n x:n | a
x @ a | x | a:n x:n | a
a @ X @ b | X | X:m,n a:m b:n | outer(a, b)
a @ X.T @ b | X | X:m,n a:n b:m | outer(b, a)
a @ X @ a | X | X:n,n a:n | outer(a, a)
a @ X.T @ a | X | X:n,n a:n | outer(a, a)
sum(X) | X | X:m,n | ones((m, n))
sum(X @ b) | X | X:m,n b:n | outer(ones(m), b)
b @ X.T @ X @ c | X | X:m,n b:n c:n | outer(X @ c, b) + outer(X @ b, c)
(B @ x + b) @ C @ (D @ x + d) | x | B:m,n x:n b:m C:m,k D:k,n d:k
    | B.T @ C @ (D @ x + d) + D.T @ C.T @ (B @ x + b)
trace(X.T @ B @ X) | X | X:n,m B:n,n | (B + B.T) @ X
x @ B @ x | x | x:n B:n,n | (B + B.T) @ x
b @ X.T @ D @ X @ c | X | X:m,n D:m,m b:n c:n | outer(D @ X @ c, b) + outer(D.T @ X @ b, c)
(X @ b + c) @ D @ (X @ b + c) | X | X:m,n b:n c:m D:m,m | outer((D + D.T) @ (X @ b + c), b)
trace(X @ X @ X) | X | X:n,n | 3*X.T @ X.T
trace(X @ X) | X | X:n,n | 2*X.T
trace(X @ X @ X @ X) | X | X:n,n | 4*X.T @ X.T @ X.T
a @ X @ X @ b | X | X:n,n a:n b:n | outer(X.T @ a, b) + outer(a, X @ b)
a @ X.T @ X @ b | X | X:m,n a:n b:n | outer(X @ b, a) + outer(X @ a, b)
trace(matrix_power(X, 3)) | X | X:n,n | 3*X.T @ X.T
x @ A @ x | x | x:n A:n,n | (A + A.T) @ x
(x - A @ s) @ W @ (x - A @ s) | s | x:m A:m,n s:n W:m,m | -A.T @ (W + W.T) @ (x - A @ s)
(x - s) @ W @ (x - s) | x | x:n s:n W:n,n | (W + W.T) @ (x - s)
(x - s) @ W @ (x - s) | s | x:n s:n W:n,n | -(W + W.T) @ (x - s)
(x - A @ s) @ W @ (x - A @ s) | x | x:m A:m,n s:n W:m,m | (W + W.T) @ (x - A @ s)
(x - A @ s) @ W @ (x - A @ s) | A | x:m A:m,n s:n W:m,m | -outer((W + W.T) @ (x - A @ s), s)
b @ x + x @ A @ x | x | x:n b:n A:n,n | (A + A.T) @ x + b
trace(X) | X | X:n,n | eye(n)
trace(X @ A) | X | X:m,n A:n,m | A.T
trace(A @ X @ B) | X | A:k,m X:m,n B:n,k | A.T @ B.T
trace(A @ X.T @ B) | X | A:k,n X:m,n B:m,k | B @ A
trace(X.T @ A) | X | X:m,n A:m,n | A
trace(A @ X.T) | X | X:m,n A:m,n | A
trace(X @ B @ X.T) | X | X:m,n B:n,n | X @ (B + B.T)
trace(B @ X @ X.T) | X | X:m,n B:m,m | (B + B.T) @ X
trace(X @ X.T @ B) | X | X:m,n B:m,m | (B + B.T) @ X
trace(X.T @ X) | X | X:m,n | 2*X
trace(X @ X.T) | X | X:m,n | 2*X
trace(A @ X @ B @ X) | X | A:n,m X:m,n B:n,m | A.T @ X.T @ B.T + B.T @ X.T @ A.T
trace(B.T @ X.T @ C @ X @ B) | X | B:n,k X:m,n C:m,m | (C + C.T) @ X @ B @ B.T
trace(X.T @ B @ X @ C) | X | X:m,n B:m,m C:n,n | B @ X @ C + B.T @ X @ C.T
trace(A @ X @ B @ X.T @ C) | X | A:k,m X:m,n B:n,n C:m,k | A.T @ C.T @ X @ B.T + C @ A @ X @ B
trace((A @ X @ B + C) @ (A @ X @ B + C).T) | X | A:k,m X:m,n B:n,l C:k,l
    | 2*A.T @ (A @ X @ B + C) @ B.T
trace(X @ A @ X.T @ B) | X | X:m,n A:n,n B:m,m | B.T @ X @ A.T + B @ X @ A
trace(A @ inv(X)) | X | X:n,n A:n,n | -inv(X).T @ A.T @ inv(X).T
trace(inv(X.T @ C @ X) @ A) | X | X:n,k C:n,n A:k,k
    | -C @ X @ r.T - C.T @ X @ r; i = inv(X.T @ C @ X); r = i.T @ A.T @ i.T
trace(A @ inv(X) @ inv(X)) | X | X:n,n A:n,n | -i.T @ (A.T @ i.T + i.T @ A.T) @ i.T; i = inv(X)
norm(x - a) | x | x:n a:n | (x - a)/norm(x - a)
norm(x) | x | x:n | x/norm(x)
norm(x)**2 | x | x:n | 2*x
norm(X)**2 | X | X:m,n | 2*X
norm(X) | X | X:m,n | X/norm(X)
norm(A @ x - b) | x | A:m,n x:n b:m | A.T @ (A @ x - b)/norm(A @ x - b)
norm(A @ x - b)**2 | x | A:m,n x:n b:m | 2*A.T @ (A @ x - b)
norm(X - A)**2 | X | X:m,n A:m,n | 2*(X - A)
sum(X**2) | X | X:m,n | 2*X
sum(A*X) | X | X:m,n A:m,n | A
(x - a)/norm(x - a) | x | x:n a:n | eye(n)/s - outer(x - a, x - a)/s**3; s = norm(x - a)
x/norm(x) | x | x:n | eye(n)/norm(x) - outer(x, x)/norm(x)**3
logdet(X @ X.T) | X | X:k,n | 2*inv(X @ X.T) @ X
logdet(eye(n) + X) | X | X:n,n | inv(eye(n) + X).T
log(trace(X)) | X | X:n,n | eye(n)/trace(X)
exp(trace(X)) | X | X:n,n | exp(trace(X))*eye(n)
trace(X)**2 | X | X:n,n | 2*trace(X)*eye(n)
"""

JACOBIANS = """
A @ x | x | A:m,n x:n | A
x @ A | x | A:n,m x:n | A.T
A @ B @ x | x | A:m,k B:k,n x:n | A @ B
sin(x) | x | x:n | diag(cos(x))
exp(A @ x) | x | A:m,n x:n | diag(exp(A @ x)) @ A
x*x | x | x:n | 2*diag(x)
x*y | x | x:n y:n | diag(y)
x*(a @ x) | x | x:n a:n | (a @ x)*eye(n) + outer(x, a)
outer(x, a) @ b | x | x:m a:n b:n | (a @ b)*eye(m)
softmax(x) | x | x:n | diag(s) - outer(s, s); s = softmax(x)
sigmoid(W @ x + b) | x | W:m,n x:n b:m | diag(s*(1 - s)) @ W; s = sigmoid(W @ x + b)
tanh(W @ x) | x | W:m,n x:n | diag(1 - tanh(W @ x)**2) @ W
inv(A + x*B) @ b | x | A:n,n B:n,n b:n | -i @ B @ i @ b; i = inv(A + x*B)
inv(X) @ b | b | X:n,n b:n | inv(X)
solve(A, b) | b | A:n,n b:n | inv(A)
c @ solve(A, b) | A | A:n,n b:n c:n | -outer(inv(A).T @ c, inv(A) @ b)
c @ solve(A, b) | b | A:n,n b:n c:n | inv(A).T @ c
log_softmax(x) | x | x:n | eye(n) - softmax(x)
x**3 | x | x:n | 3*diag(x**2)
"""

ROWS = table(GRADIENTS + JACOBIANS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_matrices_is_written_as_in_the_textbook(row: Identity) -> None:
    assert written(row) == row.expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_matrices_agrees_with_finite_differences(row: Identity) -> None:
    numbers_agree(row)
