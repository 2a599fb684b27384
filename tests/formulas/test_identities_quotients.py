"""Derivatives that are short once quotients have one divisor, and what they share stands outside."""

from __future__ import annotations

import pytest
from identities import Identity, label, numbers_agree, with_orders, written

GRADIENTS = """
log(x + sqrt(x**2 + 1)) | x | x: | 1/sqrt(x**2 + 1)
log(x)/x | x | x: | (1 - log(x))/x**2
x**x | x | x: | x**x*(log(x) + 1)
x/(1 + abs(x)) | x | x: | 1/(1 + abs(x))**2
sum(log(1 + norm(x)**2/c)) | x | x:n | 2*x/(c + norm(x)**2)
(v + k)/2*log(1 + (x - u) @ inv(S) @ (x - u)/v) | u | x:k u:k S:k,k
    | -(v + k)*(i + i.T) @ (x - u)/(2*(v + (x - u) @ i @ (x - u))); i = inv(S)
sum(y*(X @ w) - (r + y)*log(r + exp(X @ w))) | w | X:m,n w:n y:m
    | r*X.T @ ((y - exp(X @ w))/(r + exp(X @ w)))
sum(y*log(p) + (1 - y)*log(1 - p)) | p | y:m p:m | (y - p)/(p*(1 - p))
c*prod(x**a) | x | x:n a:n | c*prod(x**a)*a/x
-sum((1 - sigmoid(z))**g*log(sigmoid(z))) | z | z:n
    | g*s*log(s)*(1 - s)**g - (1 - s)**(g + 1); s = sigmoid(z)
y*norm(a - b)**2 + (1 - y)*maximum(0, m - norm(a - b))**2 | a | a:k b:k
    | 2*(y - (1 - y)*maximum(0, m - n)/n)*(a - b); n = norm(a - b)
y @ inv(K + s**2*eye(n)) @ y/2 + logdet(K + s**2*eye(n))/2 | s | y:n K:n,n
    | s*(trace(i) - y @ i @ i @ y); i = inv(K + s**2*eye(n))
trace(W.T @ B @ W)/trace(W.T @ S @ W) | W | W:n,k B:n,n S:n,n
    | ((B + B.T)/r - trace(W.T @ B @ W)*(S + S.T)/r**2) @ W; r = trace(W.T @ S @ W)
sum(sqrt(sum(X**2, axis=1))) | X | X:m,n | X/sqrt(sum(X**2, axis=1))[:, None]
sum(X/sum(X, axis=0)) | X | X:m,n | zeros((m, n))
sum(max(X, axis=1)) | X | X:m,n | e/sum(e, axis=1)[:, None]; e = X == max(X, axis=1)[:, None]
-log(exp(-norm(x - y)**2)/sum(exp(-sum((X - x)**2, axis=1)))) | x | x:n y:n X:m,n
    | 2*X.T @ softmax(-sum((X - x)**2, axis=1)) - 2*y
"""

HESSIANS = """
sqrt(1 + x**2) | x | x: | 1/sqrt(1 + x**2)**3
1/(1 + x**2) | x | x: | (6*x**2 - 2)/(1 + x**2)**3
sum(sqrt(x**2 + e)) | x | x:n | e*diag(1/sqrt(x**2 + e)**3)
sum(d**2*(sqrt(1 + ((X @ w - y)/d)**2) - 1)) | w | X:m,n w:n y:m
    | X.T @ diag(1/sqrt(1 + (X @ w - y)**2/d**2)**3) @ X
sum(c**2/2*log(1 + ((X @ w - y)/c)**2)) | w | X:m,n w:n y:m
    | X.T @ diag((1 - (X @ w - y)**2/c**2)/(1 + (X @ w - y)**2/c**2)**2) @ X
log(x + sqrt(x**2 + 1)) | x | x: | -x/sqrt(x**2 + 1)**3
log(x)/x | x | x: | (2*log(x) - 3)/x**3
exp(-x**2/2)/sqrt(2*pi) | x | x: | exp(-x**2/2)*(x**2 - 1)/sqrt(2*pi)
x**x | x | x: | (log(x) + 1)**2*x**x + x**(x - 1)
1/(1 + exp(-k*(x - a))) | x | x: | k**2*s*(1 - 2*s)*(1 - s); s = sigmoid(k*(x - a))
x/(1 + abs(x)) | x | x: | -2*sign(x)/(1 + abs(x))**3
sqrt(x**2 + y**2) | x | x: | y**2/sqrt(x**2 + y**2)**3
x*sigmoid(b*x) | x | x: | s*b*(1 - s)*(b*x*(1 - 2*s) + 2); s = sigmoid(b*x)
b @ solve(eye(n) - a*P, v) | a | P:n,n v:n b:n
    | 2*b @ i @ P @ i @ P @ i @ v; i = inv(eye(n) - a*P)
sum(y*log(p) + (1 - y)*log(1 - p)) | p | y:m p:m
    | diag((2*y*p - p**2 - y)/(p**2*(1 - p)**2))
c*prod(x**a) | x | x:n a:n | c*prod(x**a)*(outer(a/x, a/x) - diag(a/x**2))
sum(y*(X @ w) - (r + y)*log(r + exp(X @ w))) | w | X:m,n w:n y:m
    | -X.T @ diag((r*y + r**2)*exp(X @ w)/(r + exp(X @ w))**2) @ X
sum(gammaln(p*u) + gammaln(p*(1 - u))) | u | u:m
    | p**2*diag(polygamma(1, p*(1 - u)) + polygamma(1, p*u))
norm(x)**p | x | x:n | p*((p - 2)*norm(x)**(p - 4)*outer(x, x) + norm(x)**(p - 2)*eye(n))
"""

ROWS = with_orders(GRADIENTS, HESSIANS)


@pytest.mark.parametrize(("row", "order"), ROWS, ids=label)
def test_quotients_have_one_divisor(row: Identity, order: int) -> None:
    assert written(row, order) == row.expected


@pytest.mark.parametrize(("row", "order"), ROWS, ids=label)
def test_quotients_agree_with_finite_differences(row: Identity, order: int) -> None:
    numbers_agree(row, order)
