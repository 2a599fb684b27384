"""Physics, chemistry, finance and calculus, as their textbooks write derivatives."""

from __future__ import annotations

import pytest
from identities import Identity, label, numbers_agree, with_orders, written

GRADIENTS = """
m*v @ v/2 + k*x @ x/2 | v | v:n x:n m: k: | m*v
-g*m*M/norm(x - y) | x | x:n y:n g: m: M: | g*m*M*(x - y)/norm(x - y)**3
4*e*((s/r)**12 - (s/r)**6) | r | r: e: s: | 24*e*s**6/r**7 - 48*e*s**12/r**13
d*(1 - exp(-a*(r - r0)))**2 | r | r: d: a: r0: | 2*d*e*a*(1 - e); e = exp(-a*(r - r0))
q1*q2/(4*pi*e*norm(x)) | x | x:n q1: q2: e: | -q1*q2*x/(4*pi*e*norm(x)**3)
x @ K @ x/2 - f @ x | x | x:n K:n,n f:n | (K + K.T) @ x/2 - f
1/(exp(h*v/(k*T)) - 1) | T | h: v: k: T: | e*h*v/(k*T**2*(e - 1)**2); e = exp(h*v/(k*T))
I*(exp(V/(n0*U)) - 1) | V | I: V: n0: U: | I*exp(V/(n0*U))/(n0*U)
x*V/(K + x) | x | x: V: K: | V*K/(K + x)**2
x**h/(K**h + x**h) | x | x: h: K: | h*K**h*x**(h - 1)/(K**h + x**h)**2
sin(w*t + p)*exp(-g*t) | t | w: t: p: g: | exp(-g*t)*(w*cos(w*t + p) - g*sin(w*t + p))
arctan2(y, x) | x | x: y: | -y/(y**2 + x**2)
arctan2(y, x) | y | x: y: | x/(y**2 + x**2)
arctan(y/x) | x | x: y: | -y/(x**2 + y**2)
sqrt((x - a)**2 + (y - b)**2) | x | x: y: a: b: | (x - a)/sqrt((x - a)**2 + (y - b)**2)
sum(a*x**3 + b*x**2 + c*x + d) | x | x:n a: b: c: d: | 3*a*x**2 + 2*b*x + c
exp(x)/(1 + exp(x)) | x | x: | sigmoid(x)*(1 - sigmoid(x))
(exp(x) - exp(-x))/(exp(x) + exp(-x)) | x | x: | 4/(exp(x) + exp(-x))**2
x*log(x) - x | x | x: | log(x)
sin(x)/x | x | x: | cos(x)/x - sin(x)/x**2
tan(x)**2 | x | x: | 2*tan(x)*(1 + tan(x)**2)
sqrt(x + sqrt(x)) | x | x: | (1/(4*sqrt(x)) + 1/2)/sqrt(x + sqrt(x))
x**a*(1 - x)**b | x | x: a: b: | a*(1 - x)**b*x**(a - 1) - b*x**a*(1 - x)**(b - 1)
(1 + x/a)**(-b) | x | x: a: b: | -b*(1 + x/a)**(-b - 1)/a
exp(-exp(-x)) | x | x: | exp(-exp(-x))*exp(-x)
gammaln(x) | x | x: | digamma(x)
cos(x)*cos(y) - sin(x)*sin(y) | x | x: y: | -cos(y)*sin(x) - sin(y)*cos(x)
norm(x[1:] - x[:-1])**2 | x | x:n | 2*pad(r, (1, 0)) - 2*pad(r, (0, 1)); r = x[1:] - x[:-1]
sum((x[2:] - 2*x[1:-1] + x[:-2])**2)/2 | x | x:n
    | pad(r, (2, 0)) + pad(r, (0, 2)) - 2*pad(r, (1, 1)); r = x[2:] + x[:-2] - 2*x[1:-1]
sum(sqrt((x[1:] - x[:-1])**2 + e)) | x | x:n
    | pad(s, (1, 0)) - pad(s, (0, 1)); r = x[1:] - x[:-1]; s = r/sqrt(r**2 + e)
sum(cumsum(x)**2) | x | x:n | 2*flip(cumsum(flip(cumsum(x))))
a @ cumsum(x) | x | a:n x:n | flip(cumsum(flip(a)))
einsum('ij,jk,ki->', X, A, B) | X | X:n,m A:m,k B:k,n | B.T @ A.T
einsum('i,ij,j->', x, A, x) | x | x:n A:n,n | (A + A.T) @ x
sum(X, axis=0) @ a | X | X:m,n a:n | outer(ones(m), a)
sum(X*a) | X | X:m,n a:n | outer(ones(m), a)
sum((X - mean(X, axis=0))**2) | X | X:m,n | 2*(X - mean(X, axis=0))
sum(var(X, axis=0)) | X | X:m,n | 2*(X - mean(X, axis=0))/m
mean(X, axis=0) @ a | X | X:m,n a:n | outer(ones(m), a)/m
log(det(X.T @ X + l*eye(n))) | X | X:m,n l: | 2*X @ inv(X.T @ X + l*eye(n))
trace(inv(X.T @ X + l*eye(n))) | X | X:m,n l: | -2*X @ i @ i; i = inv(X.T @ X + l*eye(n))
y @ X @ inv(X.T @ X + l*eye(n)) @ X.T @ y | l | X:m,n y:m l:
    | -y @ X @ i @ i @ X.T @ y; i = inv(X.T @ X + l*eye(n))
norm(A @ x)*norm(B @ x) | x | A:m,n B:k,n x:n
    | t*A.T @ A @ x/s + s*B.T @ B @ x/t; s = norm(A @ x); t = norm(B @ x)
(a @ x)/(b @ x) | x | a:n b:n x:n | a/(b @ x) - (a @ x)*b/(b @ x)**2
(x @ A @ x)*(x @ B @ x) | x | A:n,n B:n,n x:n
    | (x @ B @ x)*(A + A.T) @ x + (x @ A @ x)*(B + B.T) @ x
(x @ A @ x)**2 | x | A:n,n x:n | 2*(x @ A @ x)*(A + A.T) @ x
max(A @ x) | x | A:m,n x:n | A.T @ e/sum(e); e = A @ x == max(A @ x)
sum(max(A + A.T, axis=1)) | A | A:n,n
    | e/r[:, None] + e.T/r; e = A + A.T == max(A + A.T, axis=1)[:, None]; r = sum(e, axis=1)
max(A + A.T) | A | A:n,n | 2*e/sum(e); e = A + A.T == max(A + A.T)
min(x*y) | x | x:n y:n | where(e, y, 0)/sum(e); e = x*y == min(x*y)
# what is measured from the mean
mean((x - mean(x))*(y - mean(y)))/(std(x)*std(y)) | x | x:n y:n
    | r/(n*std(x)*std(y)) - (r @ x)*(x - mean(x))/(n**2*std(x)**3*std(y)); r = y - mean(y)
mean((x - mean(x))**4)/var(x)**2 | x | x:n
    | 4*r**3/(n*v**2) - 4*mean(r**4)*r/(n*v**3) - 4*mean(r**3)/(n*v**2);
        v = var(x); r = x - mean(x)
sum((x - mean(x))/std(x)*y) | x | x:n y:n
    | (y - mean(y))/std(x) - (r @ y)*r/(n*std(x)**3); r = x - mean(x)
sum(y*x/sqrt(mean(x**2) + e)) | x | x:n y:n e:
    | y/s - (y @ x)*x/(s**3*n); s = sqrt(mean(x**2) + e)
a*exp(-a*t)*cos(w*t + p) | t | a: t: w: p: | -a*exp(-a*t)*(a*cos(w*t + p) + w*sin(w*t + p))
"""

HESSIANS = """
4*e*((s/r)**12 - (s/r)**6) | r | r: e: s: | 624*e*s**12/r**14 - 168*e*s**6/r**8
sin(w*t + p)*exp(-g*t) | t | w: t: p: g:
    | exp(-g*t)*(sin(w*t + p)*(g**2 - w**2) - 2*w*g*cos(w*t + p))
log(x)**2 | x | x: | 2*(1 - log(x))/x**2
sin(x)/x | x | x: | 2*sin(x)/x**3 - 2*cos(x)/x**2 - sin(x)/x
exp(-exp(-x)) | x | x: | -e*exp(-e)*(1 - e); e = exp(-x)
log(1 + x**2) | x | x: | 2*(1 - x**2)/(1 + x**2)**2
arcsin(x) | x | x: | x/sqrt(1 - x**2)**3
arctan(x) | x | x: | -2*x/(1 + x**2)**2
tanh(x) | x | x: | -2*tanh(x)*(1 - tanh(x)**2)
sigmoid(x) | x | x: | s*(1 - 2*s)*(1 - s); s = sigmoid(x)
exp(sin(x)) | x | x: | exp(sin(x))*(cos(x)**2 - sin(x))
x*exp(-x**2) | x | x: | 2*x*exp(-x**2)*(2*x**2 - 3)
erf(x) | x | x: | -4*x*exp(-x**2)/sqrt(pi)
(a @ x)/(b @ x) | x | a:n b:n x:n
    | 2*(a @ x)*outer(b, b)/(b @ x)**3 - (outer(a, b) + outer(b, a))/(b @ x)**2
(x @ A @ x)*(x @ B @ x) | x | A:n,n B:n,n x:n
    | outer(r @ x, s @ x) + outer(s @ x, r @ x) + (x @ B @ x)*r + (x @ A @ x)*s; r = A + A.T;
        s = B + B.T
(x @ A @ x)**2 | x | A:n,n x:n | 2*outer(r @ x, r @ x) + 2*(x @ A @ x)*r; r = A + A.T
sqrt(x @ A @ x) | x | A:n,n x:n
    | r/(2*s) - outer(r @ x, r @ x)/(4*s**3); s = sqrt(x @ A @ x); r = A + A.T
mean((x - mean(x))*exp(x - mean(x)))*sum(y*x) | x | x:n y:n
    | ((y @ x)*s @ diag(r + 1) + outer(y, r)/n + (y @ x)*s) @ diag(e) + outer(y, e)/n +
        outer(e*(r + 1)/n - e @ (r + 1)/n**2, y) - (y @ x)*(s @ (e*(r + 2)))[:, None]/n -
        ((e @ r)*y + sum(e)*y)[:, None]/n**2; r = x - mean(x); e = exp(r); s = eye(n)/n - 1/n**2
"""

ROWS = with_orders(GRADIENTS, HESSIANS)


@pytest.mark.parametrize(("row", "order"), ROWS, ids=label)
def test_a_law_has_the_textbook_derivative(row: Identity, order: int) -> None:
    assert written(row, order) == row.expected
    numbers_agree(row, order)
