"""The Matrix Cookbook 2.1-2.8, equation after equation: what other tables leave out."""

from __future__ import annotations

import pytest
from identities import Identity, label, numbers_agree, with_orders, written

GRADIENTS = """
det(A + X) | X | X:n,n A:n,n | det(A + X)*inv(A + X).T
det(X @ X.T) | X | X:k,n | 2*det(X @ X.T)*inv(X @ X.T) @ X
log(det(X.T @ X)) | X | X:n,k | 2*X @ inv(X.T @ X)
log(det(X)) | X | X:n,n | inv(X).T
trace(inv(A + X)) | X | X:n,n A:n,n | -inv(A + X).T @ inv(A + X).T
sqrt(det(X)) | X | X:n,n | sqrt(det(X))*inv(X).T/2
det(X)*trace(X) | X | X:n,n | det(X)*(trace(X)*inv(X).T + eye(n))
det(a*X) | a | X:n,n a: | n*det(a*X)/a
det(A - l*eye(n)) | l | A:n,n l: | -det(r)*trace(inv(r)); r = A - l*eye(n)
logdet(A + s*B) | s | A:n,n B:n,n s: | trace(inv(A + s*B) @ B)
inv(X) | X | X:n,n | -einsum('ik,lj->ijkl', inv(X), inv(X))
a @ inv(X.T) @ b | X | X:n,n a:n b:n | -outer(inv(X).T @ b, inv(X) @ a)
inv(A + s*B) | s | A:n,n B:n,n s: | -i @ B @ i; i = inv(A + s*B)
trace(A @ inv(X) @ B @ inv(X)) | X | X:n,n A:n,n B:n,n
    | -i.T @ (A.T @ i.T @ B.T + B.T @ i.T @ A.T) @ i.T; i = inv(X)
a @ inv(X) @ inv(X) @ b | X | X:n,n a:n b:n
    | -outer(i.T @ i.T @ a, i @ b) - outer(i.T @ a, i @ i @ b); i = inv(X)
x @ inv(A) @ x | A | A:n,n x:n | -outer(inv(A).T @ x, inv(A) @ x)
x @ inv(A) @ x | x | A:n,n x:n | (inv(A) + inv(A).T) @ x
det(X)*inv(X) | X | X:n,n
    | det(X)*(einsum('ij,lk->ijkl', i, i) - einsum('ik,lj->ijkl', i, i)); i = inv(X)
(X @ a) @ (X @ b) | X | X:m,n a:n b:n | outer(X @ b, a) + outer(X @ a, b)
a @ X @ b + b @ X @ a | X | X:n,n a:n b:n | outer(a, b) + outer(b, a)
a @ X.T @ X @ a | X | X:m,n a:n | 2*outer(X @ a, a)
a @ X @ X.T @ a | X | X:m,n a:m | 2*outer(a, X.T @ a)
(X @ a + b) @ (X @ a + b) | X | X:m,n a:n b:m | 2*outer(X @ a + b, a)
(A @ x + a) @ (A @ x + a) | x | A:m,n x:n a:m | 2*A.T @ (A @ x + a)
a @ X @ X @ X @ b | X | X:n,n a:n b:n
    | outer(X.T @ a, X @ b) + outer(X.T @ X.T @ a, b) + outer(a, X @ X @ b)
a @ matrix_power(X, 3) @ b | X | X:n,n a:n b:n
    | outer(X.T @ a, X @ b) + outer(X.T @ X.T @ a, b) + outer(a, X @ X @ b)
trace(matrix_power(X, 4)) | X | X:n,n | 4*X.T @ X.T @ X.T
sum(X @ X) | X | X:n,n | sum(X, axis=1) + sum(X, axis=0)[:, None]
x @ A.T @ C @ D @ x | x | A:m,n C:m,k D:k,n x:n | A.T @ C @ D @ x + D.T @ C.T @ A @ x
(A @ x - b) @ W @ (A @ x - b)/2 | x | x:n A:m,n b:m W:m,m | A.T @ (W + W.T) @ (A @ x - b)/2
b @ x + x @ A @ x + c | x | A:n,n x:n b:n c: | (A + A.T) @ x + b
trace(A.T @ X @ B.T) | X | X:m,n A:m,k B:k,n | A @ B
trace(kron(X, X)) | X | X:n,n | 2*trace(X)*eye(n)
trace(X @ X @ B) | X | X:n,n B:n,n | X.T @ B.T + B.T @ X.T
trace(X @ B @ X) | X | X:n,n B:n,n | X.T @ B.T + B.T @ X.T
trace(B @ X @ X) | X | X:n,n B:n,n | X.T @ B.T + B.T @ X.T
trace(B @ X.T @ X) | X | X:m,n B:n,n | X @ (B + B.T)
trace(X.T @ X @ B) | X | X:m,n B:n,n | X @ (B + B.T)
trace(A @ X @ B @ X.T) | X | X:m,n A:m,m B:n,n | A @ X @ B + A.T @ X @ B.T
trace(C.T @ X.T @ D @ X @ C) | X | X:m,n C:n,k D:m,m | (D + D.T) @ X @ C @ C.T
trace(A.T @ X @ B.T @ X.T) | X | X:m,n A:m,m B:n,n | A @ X @ B + A.T @ X @ B.T
trace(X.T @ A.T @ X @ B.T) | X | X:m,n A:m,m B:n,n | A @ X @ B + A.T @ X @ B.T
trace(A @ X @ A @ X @ A @ X) | X | X:n,n A:n,n | 3*A.T @ X.T @ A.T @ X.T @ A.T
trace((X.T @ C @ X) @ inv(X.T @ B @ X)) | X | X:n,k C:n,n B:n,n
    | C @ X @ i + C.T @ X @ i.T - B @ X @ r.T - B.T @ X @ r; i = inv(X.T @ B @ X);
        r = i.T @ X.T @ C.T @ X @ i.T
trace(inv(X.T @ B @ X) @ (X.T @ C @ X)) | X | X:n,n C:n,n B:n,n | zeros((n, n))
trace(sin(X)) | X | X:n,n | diag(diag(cos(X)))
trace(exp(X)) | X | X:n,n | diag(diag(exp(X)))
trace(X**3) | X | X:n,n | 3*diag(diag(X)**2)
logdet(A + X.T @ B @ X) | X | X:n,k A:k,k B:n,n
    | B @ X @ i + B.T @ X @ i.T; i = inv(A + X.T @ B @ X)
norm(x - a)**2 | x | x:n a:n | 2*(x - a)
norm(A @ X @ B - C)**2 | X | A:k,m X:m,n B:n,l C:k,l | 2*A.T @ (A @ X @ B - C) @ B.T
norm(X - X.T)**2 | X | X:n,n | 4*(X - X.T)
norm(X @ X.T - A)**2 | X | X:n,k A:n,n | 2*(r + r.T) @ X; r = X @ X.T - A
norm(X.T @ X)**2 | X | X:m,n | 4*X @ X.T @ X
trace(X @ X.T @ X @ X.T) | X | X:m,n | 4*X @ X.T @ X
norm(x)**3 | x | x:n | 3*norm(x)*x
1/norm(x) | x | x:n | -x/norm(x)**3
norm(X @ w - y)**2 + l*norm(w)**2 | w | X:m,n w:n y:m l: | 2*X.T @ (X @ w - y) + 2*l*w
trace(A @ diag(x) @ B) | x | A:n,n x:n B:n,n | sum(A.T*B, axis=1)
logdet(diag(x)) | x | x:n | 1/x
det(diag(x)) | x | x:n | prod(x)/x
a @ inv(diag(x)) @ b | x | a:n b:n x:n | -a*b/x**2
logdet(A @ diag(x) @ A.T) | x | A:k,n x:n | sum(A*(inv(A @ diag(x) @ A.T) @ A), axis=0)
trace(inv(A @ diag(x) @ A.T)) | x | A:k,n x:n
    | -sum(A*(i @ i @ A), axis=0); i = inv(A @ diag(x) @ A.T)
y @ inv(diag(x) + outer(y, y)) @ y | x | x:n y:n | -(inv(diag(x) + outer(y, y)) @ y)**2
logdet(outer(x, x) + A) | x | x:n A:n,n | (i + i.T) @ x; i = inv(outer(x, x) + A)
trace(outer(x, x) @ A @ outer(x, x)) | x | x:n A:n,n | (x @ x)*(A + A.T) @ x + 2*(x @ A @ x)*x
outer(x, x) @ a | x | x:n a:n | (x @ a)*eye(n) + outer(x, a)
x*norm(x) | x | x:n | outer(x, x)/norm(x) + norm(x)*eye(n)
(x @ x)*x | x | x:n | 2*outer(x, x) + (x @ x)*eye(n)
x/(x @ x) | x | x:n | eye(n)/(x @ x) - 2*outer(x, x)/(x @ x)**2
A @ x/(x @ x) | x | x:n A:m,n | A/(x @ x) - 2*outer(A @ x, x)/(x @ x)**2
exp(-x @ A @ x/2) | x | x:n A:n,n | -exp(-x @ A @ x/2)*(A + A.T) @ x/2
"""

HESSIANS = """
det(X.T @ A @ X) | X | X:n,n A:n,n
    | det(X.T @ A @ X)*(4*einsum('ji,lk->ijkl', i, i) - 2*einsum('jk,li->ijkl', i, i)); i = inv(X)
logdet(A + s*B) | s | A:n,n B:n,n s: | -trace(B @ i @ B @ i); i = inv(A + s*B)
det(A + s*B) | s | A:n,n B:n,n s:
    | det(A + s*B)*(trace(i @ B)**2 - trace(B @ i @ B @ i)); i = inv(A + s*B)
inv(A + s*B) | s | A:n,n B:n,n s: | 2*i @ B @ i @ B @ i; i = inv(A + s*B)
(X @ b + c) @ D @ (X @ b + c) | X | X:m,n b:n c:m D:m,m | einsum('j,l,ik->ijkl', b, b, D + D.T)
sum(X**2) | X | X:m,n | 2*einsum('ik,jl->ijkl', eye(m), eye(n))
(x - s) @ W @ (x - s) | x | x:n s:n W:n,n | W + W.T
norm(x - a) | x | x:n a:n | eye(n)/s - outer(x - a, x - a)/s**3; s = norm(x - a)
norm(x - a)**2 | x | x:n a:n | 2*eye(n)
norm(x)**3 | x | x:n | 3*outer(x, x)/norm(x) + 3*norm(x)*eye(n)
1/norm(x) | x | x:n | 3*outer(x, x)/norm(x)**5 - eye(n)/norm(x)**3
norm(X @ w - y)**2 + l*norm(w)**2 | w | X:m,n w:n y:m l: | 2*X.T @ X + 2*l*eye(n)
logdet(A @ diag(x) @ A.T) | x | A:k,n x:n | -(A.T @ inv(A @ diag(x) @ A.T) @ A)**2
exp(-x @ A @ x/2) | x | x:n A:n,n | exp(-x @ A @ x/2)*(outer(r @ x, r @ x)/4 - r/2); r = A + A.T
"""

ROWS = with_orders(GRADIENTS, HESSIANS)


@pytest.mark.parametrize(("row", "order"), ROWS, ids=label)
def test_the_cookbook_is_written_as_it_is_printed(row: Identity, order: int) -> None:
    assert written(row, order) == row.expected
    numbers_agree(row, order)
