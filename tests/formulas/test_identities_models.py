"""What models of regression, clustering, kernels and networks minimise."""

from __future__ import annotations

import pytest
from identities import Identity, label, numbers_agree, with_orders, written

GRADIENTS = """
-sum(log(sigmoid(y*(X @ w)))) | w | X:m,n w:n y:m | -X.T @ (y*(1 - sigmoid(y*(X @ w))))
-sum(Y*log_softmax(X @ W, axis=1)) | W | X:m,n W:n,k Y:m,k
    | X.T @ (diag(sum(Y, axis=1)) @ softmax(X @ W, axis=1) - Y)
-y @ log(softmax(W @ x + b)) | b | W:k,n x:n b:k y:k | sum(y)*softmax(W @ x + b) - y
sum((y - X @ w)**2/v) | w | X:m,n w:n y:m v:m | -2*X.T @ ((y - X @ w)/v)
sum((y - X @ w)**2/v + log(v)) | v | X:m,n w:n y:m v:m | 1/v - (y - X @ w)**2/v**2
sum(abs(y - X @ w)) + l*sum(abs(w)) | w | X:m,n w:n y:m | l*sign(w) - X.T @ sign(y - X @ w)
sum((y - X @ w)**2)/2 + l*sum(sqrt(w**2 + e)) | w | X:m,n w:n y:m
    | l*w/sqrt(w**2 + e) - X.T @ (y - X @ w)
sum(where(y - X @ w > 0, q*(y - X @ w), (q - 1)*(y - X @ w))) | w | X:m,n w:n y:m q:
    | X.T @ where(y - X @ w > 0, -q, 1 - q)
sum(maximum(q*(y - X @ w), (q - 1)*(y - X @ w))) | w | X:m,n w:n y:m q:
    | -X.T @ (q*heaviside(y - X @ w, 1/2) + (q - 1)*heaviside(X @ w - y, 1/2))
sum(maximum(abs(y - X @ w) - e, 0)) | w | X:m,n w:n y:m e:
    | -X.T @ (heaviside(abs(y - X @ w) - e, 1/2)*sign(y - X @ w))
sum(maximum(abs(y - X @ w) - e, 0)**2) | w | X:m,n w:n y:m e:
    | -2*X.T @ (maximum(abs(y - X @ w) - e, 0)*sign(y - X @ w))
norm(X - U @ V.T)**2 + l*(norm(U)**2 + norm(V)**2) | U | X:m,n U:m,k V:n,k
    | 2*l*U - 2*(X - U @ V.T) @ V
norm(X - U @ V.T)**2 + l*(norm(U)**2 + norm(V)**2) | V | X:m,n U:m,k V:n,k
    | 2*l*V - 2*(X - U @ V.T).T @ U
sum(M*(X - U @ V.T)**2) | U | X:m,n U:m,k V:n,k M:m,n | -2*(M*(X - U @ V.T)) @ V
trace(W.T @ S @ W) | W | S:n,n W:n,k | (S + S.T) @ W
norm(X - X @ W @ W.T)**2 | W | X:m,n W:n,k | -2*(X.T @ r + r.T @ X) @ W; r = X - X @ W @ W.T
w @ S @ w/(w @ w) | w | S:n,n w:n | (S + S.T) @ w/(w @ w) - 2*(w @ S @ w)*w/(w @ w)**2
w @ a/sqrt(w @ S @ w) | w | a:n w:n S:n,n
    | a/s - (w @ a)*(S + S.T) @ w/(2*s**3); s = sqrt(w @ S @ w)
(w @ a)**2/(w @ S @ w) | w | a:n w:n S:n,n
    | 2*(w @ a)*a/(w @ S @ w) - (w @ a)**2*(S + S.T) @ w/(w @ S @ w)**2
w @ S @ w/2 - r*(a @ w) | w | S:n,n a:n w:n r: | (S + S.T) @ w/2 - r*a
sum((X - u) @ inv(S)*(X - u))/2 | S | X:m,n u:n S:n,n
    | -inv(S).T @ (X - u).T @ (X - u) @ inv(S).T/2
-m*logdet(L)/2 + trace(L @ C)/2 | L | L:n,n C:n,n | C.T/2 - m*inv(L).T/2
sum(1 + 2*log(s) - u**2 - s**2)/2 | u | u:n s:n | -u
-sum(1 + 2*log(s) - u**2 - s**2)/2 | s | u:n s:n | s - 1/s
log(p @ exp(-(x - u)**2/2)) | u | p:k u:k x: | p*e*(x - u)/(p @ e); e = exp(-(x - u)**2/2)
-logsumexp(-sum((x - U)**2, axis=1)/2) | x | x:n U:k,n
    | x - U.T @ softmax(-sum((x - U)**2, axis=1)/2)
min(sum((X[:, None, :] - U)**2, axis=2)) | U | X:m,n U:k,n
    | -2*einsum('ki,kij->ij', e, r)/sum(e); r = X[:, None, :] - U; s = sum(r**2, axis=2);
        e = s == min(s)
sum(R*sum((X[:, None, :] - U)**2, axis=2)) | U | X:m,n U:k,n R:m,k
    | 2*diag(sum(R, axis=0)) @ U - 2*R.T @ X
sum(log(1 + exp(-(norm(a - b)**2)))) | a | a:n b:n | -2*sigmoid(-norm(a - b)**2)*(a - b)
y @ inv(K + s**2*eye(n)) @ y/2 + logdet(K + s**2*eye(n))/2 | K | K:n,n y:n s:
    | i.T/2 - outer(i.T @ y, i @ y)/2; i = inv(K + s**2*eye(n))
-y @ solve(K, y)/2 - logdet(K)/2 | y | K:n,n y:n | -(inv(K) + inv(K).T) @ y/2
a @ K @ a/2 - sum(a) | a | K:n,n a:n | (K + K.T) @ a/2 - 1
sum(a) - (a*y) @ K @ (a*y)/2 | a | a:n y:n K:n,n | 1 - y*((K + K.T) @ (a*y))/2
W2 @ maximum(W1 @ x + b, 0) | x | W2:m,k W1:k,n x:n b:k
    | W2 @ diag(heaviside(W1 @ x + b, 1/2)) @ W1
norm(W2 @ tanh(W1 @ x + b) + c - y)**2/2 | b | W2:m,k W1:k,n x:n b:k c:m y:m
    | (1 - t**2)*(W2.T @ (W2 @ t + c - y)); t = tanh(W1 @ x + b)
norm(W2 @ tanh(W1 @ x + b) + c - y)**2/2 | x | W2:m,k W1:k,n x:n b:k c:m y:m
    | W1.T @ diag(1 - t**2) @ W2.T @ (W2 @ t + c - y); t = tanh(W1 @ x + b)
norm(W2 @ sigmoid(W1 @ x) - y)**2/2 | W1 | W2:m,k W1:k,n x:n y:m
    | outer(s*(1 - s)*(W2.T @ (W2 @ s - y)), x); s = sigmoid(W1 @ x)
norm(X @ A @ B - Y)**2 | A | X:m,n A:n,k B:k,l Y:m,l | 2*X.T @ (X @ A @ B - Y) @ B.T
softmax(Q @ K.T/sqrt(d)) @ V | V | Q:m,n K:k,n V:k,l d:
    | einsum('ik,jl->ijkl', softmax(Q @ K.T/sqrt(d)), eye(l))
sum(G*(softmax(Q @ K.T, axis=1) @ V)) | Q | Q:m,n K:k,n V:k,l G:m,l
    | (s*(G @ V.T)) @ K - diag(sum(G*(s @ V), axis=1)) @ s @ K; s = softmax(Q @ K.T, axis=1)
sum(G*(softmax(Q @ K.T, axis=1) @ V)) | V | Q:m,n K:k,n V:k,l G:m,l
    | softmax(Q @ K.T, axis=1).T @ G
sum(x*sigmoid(x)) | x | x:n | x*s*(1 - s) + s; s = sigmoid(x)
sum(x*ndtr(x)) | x | x:n | x*exp(-x**2/2)/sqrt(2*pi) + ndtr(x)
sum(log(cosh(y - X @ w))) | w | X:m,n w:n y:m | -X.T @ tanh(y - X @ w)
sum(1 - exp(-(y - X @ w)**2/(2*c**2))) | w | X:m,n w:n y:m c:
    | -X.T @ (exp(-(y - X @ w)**2/(2*c**2))*(y - X @ w))/c**2
sum(exp(-y*(X @ w))) | w | X:m,n w:n y:m | -X.T @ (y*exp(-y*(X @ w)))
1 - 2*sum(p*y)/(sum(p) + sum(y)) | p | p:n y:n | 2*p @ y/r**2 - 2*y/r; r = sum(p) + sum(y)
1 - sum(p*y)/(sum(p) + sum(y) - sum(p*y)) | p | p:n y:n
    | (p @ y)*(1 - y)/r**2 - y/r; r = p @ (1 - y) + sum(y)
sum((sqrt(p) - sqrt(q))**2) | p | p:n q:n | 1 - sqrt(q)/sqrt(p)
sum(p*log(2*p/(p + q)) + q*log(2*q/(p + q)))/2 | p | p:n q:n | log(2*p/(p + q))/2
sum((p - q)**2/q) | q | p:n q:n | 2 - 2*p/q - (p - q)**2/q**2
norm(X.T @ X - A)**2/4 | X | X:m,n A:n,n | X @ (r + r.T)/2; r = X.T @ X - A
# what depends on the differences of every two rows
sum((X[:, None] - X)**2) | X | X:m,n | 4*sum(X[:, None, :] - X, axis=1)
sum(exp(-sum((X[:, None] - X)**2, axis=2)/(2*s**2))) | X | X:m,n s:
    | -2*einsum('ik,ikj->ij', exp(-sum(r**2, axis=2)/(2*s**2)), r)/s**2; r = X[:, None, :] - X
sum((sqrt(sum((X[:, None] - X)**2, axis=2) + e) - D)**2) | X | X:m,n D:m,m e:
    | einsum('ik,ikj->ij', 4 - 2*(D + D.T)/sqrt(sum(r**2, axis=2) + e), r); r = X[:, None, :] - X
sum(y*x)*sum(y*sum(A*(x[:, None] - x)**2, axis=0)) | x | A:n,n x:n y:n
    | 2*(y @ x)*(A*r) @ y + 2*(y @ x)*y*sum(A.T*r, axis=1) + sum((A*r**2) @ y)*y;
        r = x[:, None] - x
"""

HESSIANS = """
-y @ log(softmax(W @ x + b)) | W | W:k,n x:n b:k y:k
    | sum(y)*einsum('j,l,ik->ijkl', x, x, diag(s) - outer(s, s)); s = softmax(W @ x + b)
logsumexp(W @ x) - y @ W @ x | W | W:k,n x:n y:k
    | einsum('j,l,ik->ijkl', x, x, diag(s) - outer(s, s)); s = softmax(W @ x)
-sum(y*log(sigmoid(X @ w)) + (1 - y)*log(1 - sigmoid(X @ w))) | w | X:m,n w:n y:m
    | X.T @ diag(s*(1 - s)) @ X; s = sigmoid(X @ w)
-sum(Y*log_softmax(X @ W, axis=1)) | W | X:m,n W:n,k Y:m,k
    | einsum('m,mj,mi,mk,jl->ijkl', sum(Y, axis=1), s, X, X, eye(k)) -
        einsum('m,ml,mi,mj,mk->ijkl', sum(Y, axis=1), s, X, s, X); s = softmax(X @ W, axis=1)
-y @ log(softmax(W @ x + b)) | b | W:k,n x:n b:k y:k
    | sum(y)*(diag(s) - outer(s, s)); s = softmax(W @ x + b)
sum(M*(X - U @ V.T)**2) | U | X:m,n U:m,k V:n,k M:m,n
    | 2*einsum('mj,im,ml,ik->ijkl', V, M, V, eye(m))
w @ S @ w/2 - r*(a @ w) | w | S:n,n a:n w:n r: | (S + S.T)/2
logdet(S) - trace(S @ C) | S | S:n,n C:n,n | -einsum('jk,li->ijkl', inv(S), inv(S))
sum(a) - (a*y) @ K @ (a*y)/2 | a | a:n y:n K:n,n | -diag(y) @ (K + K.T) @ diag(y)/2
sum(exp(-y*(X @ w))) | w | X:m,n w:n y:m | X.T @ diag(y**2*exp(-y*(X @ w))) @ X
sum((sum((X[:, None] - X)**2, axis=2) - D)**2) | X | X:m,n D:m,m
    | 16*einsum('imj,iml,ik->ijkl', r, r, eye(m)) +
        4*einsum('i,ik,jl->ijkl', sum(s, axis=1), eye(m), eye(n)) -
        16*einsum('ikj,ikl->ijkl', r, r) - 4*einsum('ik,jl->ijkl', s, eye(n));
        r = X[:, None, :] - X; s = 2*sum(r**2, axis=2) - D - D.T
"""

ROWS = with_orders(GRADIENTS, HESSIANS)


@pytest.mark.parametrize(("row", "order"), ROWS, ids=label)
def test_a_model_has_the_textbook_gradient(row: Identity, order: int) -> None:
    assert written(row, order) == row.expected
    numbers_agree(row, order)
