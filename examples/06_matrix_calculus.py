"""The textbook's matrix derivatives, found rather than looked up."""

from __future__ import annotations

import numpy as np

import symdiff as sd

# %% Shapes are named, so sizes stay open
# `A:m,n` is a matrix of any size, and `x:n` fits it. What comes out holds for every m and n. The
# rules behind it work on indices, sum over j of A[i,j]*x[j], and matrix notation is found again at
# the end.
for text, wrt, shapes in [
    ("sum((A @ x - b)**2)", "x", "A:m,n x:n b:m"),
    ("x @ A @ x", "x", "A:n,n x:n"),
    ("trace(A @ X @ B)", "X", "A:k,m X:m,n B:n,k"),
    ("log(det(X))", "X", "X:n,n"),
    ("sum(inv(X))", "X", "X:n,n"),
]:
    print(f"d {text} / d{wrt} = {sd.derive(text, wrt, shapes=shapes)}")

# %% A formula is a function, too
# It is compiled when it is first called.
slope = sd.derive("log(det(X))", "X", shapes="X:n,n")
X = np.array([[2.0, 0.5], [0.1, 1.0]])
print("\nat X:\n", slope(X=X), "\ninv(X).T:\n", np.linalg.inv(X).T)
