"""Second derivatives as textbooks write them."""

from __future__ import annotations

import pytest
from identities import Identity, numbers_agree, table, written

HESSIANS = """
x @ A @ x | x | x:n A:n,n | A + A.T
a @ x | x | x:n a:n | zeros((n, n))
b @ x + x @ A @ x | x | x:n b:n A:n,n | A + A.T
x @ x | x | x:n | 2*eye(n)
(x @ x)**2 | x | x:n | 8*outer(x, x) + 4*(x @ x)*eye(n)
norm(x) | x | x:n | eye(n)/norm(x) - outer(x, x)/norm(x)**3
norm(x)**2 | x | x:n | 2*eye(n)
1/(x @ x) | x | x:n | 8*outer(x, x)/(x @ x)**3 - 2*eye(n)/(x @ x)**2
sum(x**3) | x | x:n | 6*diag(x)
sum(exp(x)) | x | x:n | diag(exp(x))
sum(x*log(x)) | x | x:n | diag(1/x)
-sum(log(x)) | x | x:n | diag(1/x**2)
-sum(log(b - A @ x)) | x | A:m,n x:n b:m | A.T @ diag(1/(b - A @ x)**2) @ A
sum((A @ x - b)**2) | x | A:m,n x:n b:m | 2*A.T @ A
sum((A @ x - b)**2)/2 | x | A:m,n x:n b:m | A.T @ A
mean((A @ x - b)**2) | x | A:m,n x:n b:m | 2*A.T @ A/m
sum(v*(X @ w - y)**2) | w | X:m,n w:n y:m v:m | 2*X.T @ diag(v) @ X
(X @ w - y) @ W @ (X @ w - y) | w | X:m,n w:n y:m W:m,m | X.T @ (W + W.T) @ X
sum((X @ w - y)**2) + l*w @ w | w | X:m,n w:n y:m | 2*X.T @ X + 2*l*eye(n)
sum((X @ w - y)**2) + sum((G @ w)**2) | w | X:m,n w:n y:m G:k,n | 2*X.T @ X + 2*G.T @ G
sum((K @ a - y)**2) + l*a @ K @ a | a | K:n,n a:n y:n | 2*K.T @ K + l*(K + K.T)
(x - s) @ W @ (x - s) | s | x:n s:n W:n,n | W + W.T
(x - A @ s) @ W @ (x - A @ s) | s | x:m A:m,n s:n W:m,m | A.T @ (W + W.T) @ A
(B @ x + b) @ C @ (D @ x + d) | x | B:m,n x:n b:m C:m,k D:k,n d:k | B.T @ C @ D + D.T @ C.T @ B
sum(log(1 + exp(X @ w)) - y*(X @ w)) | w | X:m,n w:n y:m
    | X.T @ diag(s*(1 - s)) @ X; s = sigmoid(X @ w)
sum(log(1 + exp(-y*(X @ w)))) | w | X:m,n w:n y:m
    | X.T @ diag(y**2*s*(1 - s)) @ X; s = sigmoid(-y*(X @ w))
sum(exp(X @ w)) - y @ X @ w | w | X:m,n w:n y:m | X.T @ diag(exp(X @ w)) @ X
logsumexp(x) | x | x:n | diag(s) - outer(s, s); s = softmax(x)
log(sum(exp(A @ x + b))) | x | A:m,n x:n b:m
    | A.T @ diag(s) @ A - outer(A.T @ s, A.T @ s); s = softmax(A @ x + b)
logsumexp(z) - y @ z | z | z:k y:k | diag(s) - outer(s, s); s = softmax(z)
log(2*pi)*n/2 + logdet(S)/2 + (x - u) @ inv(S) @ (x - u)/2 | u | S:n,n x:n u:n
    | (inv(S) + inv(S).T)/2
exp(x @ A @ x) | x | A:n,n x:n | exp(x @ A @ x)*(outer((A + A.T) @ x, (A + A.T) @ x) + A + A.T)
log(x @ A @ x) | x | A:n,n x:n | r/(x @ A @ x) - outer(r @ x, r @ x)/(x @ A @ x)**2; r = A + A.T
exp(-sum((x - y)**2)/2) | x | x:n y:n | exp(-sum((x - y)**2)/2)*(outer(x - y, x - y) - eye(n))
sum(sin(A @ x)) | x | A:m,n x:n | -A.T @ diag(sin(A @ x)) @ A
sum(tanh(A @ x)) | x | A:m,n x:n | -2*A.T @ diag(t*(1 - t**2)) @ A; t = tanh(A @ x)
sum(log(cosh(X @ w - y))) | w | X:m,n w:n y:m | X.T @ diag(1 - tanh(X @ w - y)**2) @ X
m*log(s) + sum((x - u)**2)/(2*s**2) | s | x:m | 3*sum((x - u)**2)/s**4 - m/s**2
m*log(s) + sum((x - u)**2)/(2*s**2) | u | x:m | m/s**2
sum(x)**2 | x | x:n | 2*ones((n, n))
prod(x) | x | x:n | prod(x)*(outer(1/x, 1/x) - diag(1/x**2))
sum(x*y) | x | x:n y:n | zeros((n, n))
x @ diag(a) @ x | x | x:n a:n | 2*diag(a)
c @ x - t*sum(log(b - A @ x)) | x | A:m,n x:n b:m c:n | t*A.T @ diag(1/(b - A @ x)**2) @ A
trace(X.T @ X) | X | X:m,n | 2*einsum('ik,jl->ijkl', eye(m), eye(n))
x @ A @ y | x | A:m,n x:m y:n | zeros((m, m))
sum(where(abs(r) <= d, r**2/2, d*(abs(r) - d/2))) | r | r:m | diag(abs(r) <= d)
x @ A.T @ A @ x | x | A:m,n x:n | 2*A.T @ A
sqrt(1 + x @ x) | x | x:n | eye(n)/s - outer(x, x)/s**3; s = sqrt(1 + x @ x)
log(1 + x @ x) | x | x:n | 2*eye(n)/(1 + x @ x) - 4*outer(x, x)/(1 + x @ x)**2
sum(1/x) | x | x:n | 2*diag(1/x**3)
(a @ x)*(b @ x) | x | x:n a:n b:n | outer(a, b) + outer(b, a)
(a @ x)**3 | x | x:n a:n | 6*(a @ x)*outer(a, a)
exp(a @ x) | x | x:n a:n | exp(a @ x)*outer(a, a)
sin(a @ x) | x | x:n a:n | -sin(a @ x)*outer(a, a)
sum((W @ x)**4) | x | W:m,n x:n | 12*W.T @ diag((W @ x)**2) @ W
logdet(X) | X | X:n,n | -einsum('jk,li->ijkl', inv(X), inv(X))
"""

ROWS = table(HESSIANS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_hessians_is_written_as_in_the_textbook(row: Identity) -> None:
    assert written(row, order=2) == row.expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_hessians_agrees_with_finite_differences(row: Identity) -> None:
    numbers_agree(row, order=2)
