"""Gradients of what statistics and machine learning minimise."""

from __future__ import annotations

import pytest
from identities import Identity, numbers_agree, table, written

LOSSES = """
sum((A @ x - b)**2) | x | A:m,n x:n b:m | 2*A.T @ (A @ x - b)
(A @ x - b) @ (A @ x - b) | x | A:m,n x:n b:m | 2*A.T @ (A @ x - b)
0.5*sum((A @ x - b)**2) | x | A:m,n x:n b:m | A.T @ (A @ x - b)
sum((A @ x - b)**2)/2 | x | A:m,n x:n b:m | A.T @ (A @ x - b)
mean((A @ x - b)**2) | x | A:m,n x:n b:m | 2*A.T @ (A @ x - b)/m
sum((y - X @ w)**2) | w | X:m,n w:n y:m | -2*X.T @ (y - X @ w)
(X @ w - y) @ W @ (X @ w - y) | w | X:m,n w:n y:m W:m,m | X.T @ (W + W.T) @ (X @ w - y)
sum(v*(X @ w - y)**2) | w | X:m,n w:n y:m v:m | 2*X.T @ (v*(X @ w - y))
(X @ w - y) @ diag(v) @ (X @ w - y) | w | X:m,n w:n y:m v:m | 2*X.T @ (v*(X @ w - y))
sum((X @ w - y)**2) + l*sum(w**2) | w | X:m,n w:n y:m | 2*X.T @ (X @ w - y) + 2*l*w
sum((X @ w - y)**2) + l*w @ w | w | X:m,n w:n y:m | 2*X.T @ (X @ w - y) + 2*l*w
sum((X @ w - y)**2)/m + l*norm(w)**2 | w | X:m,n w:n y:m | 2*l*w + 2*X.T @ (X @ w - y)/m
sum((X @ w - y)**2) + sum((G @ w)**2) | w | X:m,n w:n y:m G:k,n
    | 2*X.T @ (X @ w - y) + 2*G.T @ G @ w
sum((X @ w - y)**2) + l*sum(abs(w)) | w | X:m,n w:n y:m | l*sign(w) + 2*X.T @ (X @ w - y)
norm(X @ W - Y)**2 | W | X:m,n W:n,k Y:m,k | 2*X.T @ (X @ W - Y)
sum((X @ W - Y)**2) | W | X:m,n W:n,k Y:m,k | 2*X.T @ (X @ W - Y)
sum((X @ W + b - Y)**2) | b | X:m,n W:n,k Y:m,k b:k | 2*sum(X @ W + b - Y, axis=0)
sum((X @ W + b - Y)**2) | W | X:m,n W:n,k Y:m,k b:k | 2*X.T @ (X @ W + b - Y)
sum((U @ V.T - M)**2) | U | U:m,k V:n,k M:m,n | 2*(U @ V.T - M) @ V
sum((U @ V.T - M)**2) | V | U:m,k V:n,k M:m,n | 2*(U @ V.T - M).T @ U
sum(W*(U @ V.T - M)**2) | U | U:m,k V:n,k M:m,n W:m,n | 2*(W*(U @ V.T - M)) @ V
sum((U @ V.T - M)**2) + l*sum(U**2) | U | U:m,k V:n,k M:m,n | 2*(U @ V.T - M) @ V + 2*l*U
sum((X @ X.T - M)**2) | X | X:n,k M:n,n | 2*(r + r.T) @ X; r = X @ X.T - M
sum((X - X @ V @ V.T)**2) | V | X:m,n V:n,k | -2*(X.T @ r + r.T @ X) @ V; r = X - X @ V @ V.T
trace(V.T @ S @ V) | V | V:n,k S:n,n | (S + S.T) @ V
trace(V.T @ X.T @ X @ V) | V | V:n,k X:m,n | 2*X.T @ X @ V
norm(X - X @ V @ V.T)**2 | V | X:m,n V:n,k | -2*(X.T @ r + r.T @ X) @ V; r = X - X @ V @ V.T
x @ A @ x/(x @ x) | x | A:n,n x:n | (A + A.T) @ x/(x @ x) - 2*(x @ A @ x)*x/(x @ x)**2
x @ A @ x/(x @ B @ x) | x | A:n,n x:n B:n,n
    | (A + A.T) @ x/(x @ B @ x) - (x @ A @ x)*(B + B.T) @ x/(x @ B @ x)**2
sum((K @ a - y)**2) + l*a @ K @ a | a | K:n,n a:n y:n | 2*K.T @ (K @ a - y) + l*(K + K.T) @ a
(K @ a - y) @ (K @ a - y) + l*a @ K @ a | a | K:n,n a:n y:n | 2*K.T @ (K @ a - y) + l*(K + K.T) @ a
sum(log(1 + exp(-y*(X @ w)))) | w | X:m,n w:n y:m | -X.T @ (y*sigmoid(-y*(X @ w)))
sum(log(1 + exp(X @ w)) - y*(X @ w)) | w | X:m,n w:n y:m | X.T @ (sigmoid(X @ w) - y)
-sum(y*log(sigmoid(X @ w)) + (1 - y)*log(1 - sigmoid(X @ w))) | w | X:m,n w:n y:m
    | X.T @ (sigmoid(X @ w) - y)
sum(softplus(X @ w)) - y @ X @ w | w | X:m,n w:n y:m | X.T @ (sigmoid(X @ w) - y)
mean(log(1 + exp(-y*(X @ w)))) + l*w @ w | w | X:m,n w:n y:m
    | 2*l*w - X.T @ (y*sigmoid(-y*(X @ w)))/m
logsumexp(x) | x | x:n | softmax(x)
log(sum(exp(x))) | x | x:n | softmax(x)
log(sum(exp(A @ x + b))) | x | A:m,n x:n b:m | A.T @ softmax(A @ x + b)
logsumexp(W @ x) - y @ W @ x | W | W:k,n x:n y:k | outer(softmax(W @ x) - y, x)
logsumexp(z) - y @ z | z | z:k y:k | softmax(z) - y
-sum(y*log(softmax(z))) | z | z:k y:k | sum(y)*softmax(z) - y
-sum(y*log_softmax(z)) | z | z:k y:k | sum(y)*softmax(z) - y
-sum(Y*log_softmax(X @ W)) | W | X:m,n W:n,k Y:m,k | X.T @ (sum(Y)*softmax(X @ W) - Y)
sum(log(sum(exp(X @ W), axis=1))) - sum(Y*(X @ W)) | W | X:m,n W:n,k Y:m,k
    | X.T @ (softmax(X @ W, axis=1) - Y)
sum(exp(X @ w)) - y @ X @ w | w | X:m,n w:n y:m | X.T @ (exp(X @ w) - y)
sum(exp(X @ w) - y*(X @ w)) | w | X:m,n w:n y:m | X.T @ (exp(X @ w) - y)
sum(maximum(0, 1 - y*(X @ w))) | w | X:m,n w:n y:m | -X.T @ (y*heaviside(1 - y*(X @ w), 1/2))
sum(maximum(0, 1 - y*(X @ w)))/m + l*w @ w | w | X:m,n w:n y:m
    | 2*l*w - X.T @ (y*heaviside(1 - y*(X @ w), 1/2))/m
sum(where(abs(r) <= d, r**2/2, d*(abs(r) - d/2))) | r | r:m | where(abs(r) <= d, r, d*sign(r))
sum(where(abs(X @ w - y) <= d, (X @ w - y)**2/2, d*(abs(X @ w - y) - d/2))) | w | X:m,n w:n y:m
    | X.T @ where(abs(r) <= d, r, d*sign(r)); r = X @ w - y
sum(sqrt(1 + (X @ w - y)**2) - 1) | w | X:m,n w:n y:m | X.T @ ((X @ w - y)/sqrt(1 + (X @ w - y)**2))
sum(abs(X @ w - y)) | w | X:m,n w:n y:m | X.T @ sign(X @ w - y)
sum(log(cosh(X @ w - y))) | w | X:m,n w:n y:m | X.T @ tanh(X @ w - y)
sum(log(1 + (X @ w - y)**2)) | w | X:m,n w:n y:m | 2*X.T @ ((X @ w - y)/(1 + (X @ w - y)**2))
log(2*pi)*n/2 + logdet(S)/2 + (x - u) @ inv(S) @ (x - u)/2 | u | S:n,n x:n u:n
    | -(inv(S) + inv(S).T) @ (x - u)/2
log(2*pi)*n/2 + logdet(S)/2 + (x - u) @ inv(S) @ (x - u)/2 | S | S:n,n x:n u:n
    | i.T/2 - outer(i.T @ (x - u), i @ (x - u))/2; i = inv(S)
logdet(S) + trace(inv(S) @ C) | S | S:n,n C:n,n | i.T - i.T @ C.T @ i.T; i = inv(S)
trace(S @ C) - logdet(S) | S | S:n,n C:n,n | C.T - inv(S).T
m*log(s) + sum((x - u)**2)/(2*s**2) | s | x:m | m/s - sum((x - u)**2)/s**3
m*log(s) + sum((x - u)**2)/(2*s**2) | u | x:m | -sum(x - u)/s**2
exp(-sum((x - y)**2)/2) | x | x:n y:n | -exp(-sum((x - y)**2)/2)*(x - y)
exp(-sum((x - y)**2)/(2*s**2)) | x | x:n y:n | -exp(-sum((x - y)**2)/(2*s**2))*(x - y)/s**2
sum(x*log(x)) | x | x:n | 1 + log(x)
-sum(x*log(x)) | x | x:n | -1 - log(x)
sum(p*log(p/q)) | p | p:n q:n | 1 + log(p/q)
sum(p*log(p/q)) | q | p:n q:n | -p/q
sum(p*log(p)) - p @ log(q) - sum(p) + sum(q) | p | p:n q:n | log(p) - log(q)
a @ x/(norm(a)*norm(x)) | x | x:n a:n | a/(norm(a)*norm(x)) - (a @ x)*x/(norm(a)*norm(x)**3)
c @ x - t*sum(log(b - A @ x)) | x | A:m,n x:n b:m c:n | t*A.T @ (1/(b - A @ x)) + c
-sum(log(b - A @ x)) | x | A:m,n x:n b:m | A.T @ (1/(b - A @ x))
-sum(log(x)) | x | x:n | -1/x
prod(x) | x | x:n | prod(x)/x
sum(X @ x)**2 | x | X:m,n x:n | 2*sum(X @ x)*sum(X, axis=0)
mean(x) | x | x:n | ones(n)/n
max(x) | x | x:n | e/sum(e); e = x == max(x)
sum(tanh(W2 @ tanh(W1 @ x))) | W1 | W2:m,k W1:k,n x:n
    | outer((1 - t**2)*(W2.T @ (1 - tanh(W2 @ t)**2)), x); t = tanh(W1 @ x)
sum((W2 @ tanh(W1 @ x) - y)**2) | W2 | W2:m,k W1:k,n x:n y:m
    | 2*outer(W2 @ t - y, t); t = tanh(W1 @ x)
sum((W2 @ tanh(W1 @ x) - y)**2) | W1 | W2:m,k W1:k,n x:n y:m
    | 2*outer((1 - t**2)*(W2.T @ (W2 @ t - y)), x); t = tanh(W1 @ x)
sum(maximum(W @ x, 0)) | W | W:m,n x:n | outer(heaviside(W @ x, 1/2), x)
sum((y - a*exp(-b*t))**2) | b | y:m t:m | 2*a*sum(t*(y - a*exp(-b*t))*exp(-b*t))
x @ A @ x + b @ x + c | x | A:n,n x:n b:n | (A + A.T) @ x + b
x @ A @ y | x | A:m,n x:m y:n | A @ y
x @ A @ y | y | A:m,n x:m y:n | A.T @ x
x @ A @ y | A | A:m,n x:m y:n | outer(x, y)
x @ A.T @ A @ x | x | A:m,n x:n | 2*A.T @ A @ x
(x @ x)**2 | x | x:n | 4*(x @ x)*x
1/(x @ x) | x | x:n | -2*x/(x @ x)**2
sqrt(x @ x) | x | x:n | x/sqrt(x @ x)
sqrt(x @ A @ x) | x | A:n,n x:n | (A + A.T) @ x/(2*sqrt(x @ A @ x))
exp(x @ A @ x) | x | A:n,n x:n | exp(x @ A @ x)*(A + A.T) @ x
log(x @ A @ x) | x | A:n,n x:n | (A + A.T) @ x/(x @ A @ x)
sum(A @ x) | x | A:m,n x:n | sum(A, axis=0)
sum(exp(x)) | x | x:n | exp(x)
sum(sin(x)**2) | x | x:n | 2*sin(x)*cos(x)
sum(x**3) | x | x:n | 3*x**2
sum(x)**2 | x | x:n | 2*sum(x)*ones(n)
a @ sin(x) | x | a:n x:n | a*cos(x)
sum(sin(A @ x)) | x | A:m,n x:n | A.T @ cos(A @ x)
sum(abs(x)) | x | x:n | sign(x)
sum(x*y) | x | x:n y:n | y
x @ diag(a) @ x | x | x:n a:n | 2*a*x
trace(diag(x) @ A) | x | A:n,n x:n | diag(A)
trace(outer(x, x) @ A) | x | A:n,n x:n | (A + A.T) @ x
sum(X*X @ A) | X | X:m,n A:n,n | 2*X @ diag(sum(A, axis=1))
diag(X) @ a | X | X:n,n a:n | diag(a)
norm(x, ord=1) | x | x:n | sign(x)
trace(X @ inv(X + A)) | X | X:n,n A:n,n | i.T - i.T @ X.T @ i.T; i = inv(X + A)
y @ inv(K) @ y/2 + logdet(K)/2 | K | K:n,n y:n | i.T/2 - outer(i.T @ y, i @ y)/2; i = inv(K)
trace(inv(X.T @ X)) | X | X:m,n | -2*X @ i @ i; i = inv(X.T @ X)
"""

ROWS = table(LOSSES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_losses_is_written_as_in_the_textbook(row: Identity) -> None:
    assert written(row) == row.expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_losses_agrees_with_finite_differences(row: Identity) -> None:
    numbers_agree(row)
