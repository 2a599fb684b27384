"""The derivative of y by x has shape y.shape + x.shape; rows are results, columns are variables."""

from __future__ import annotations

import numpy as np

import symdiff as sd


# %% A function of two numbers with two results
# From (r, angle) to (x, y). Row i of the Jacobian says how result i changes, column j what a
# change of variable j does. Its determinant is how much the map stretches areas: r, as every
# integral knows.
def polar(p):
    r, angle = p[0], p[1]
    return np.stack([r * np.cos(angle), r * np.sin(angle)])


J = sd.jacobian(polar)(np.array([2.0, np.pi / 6]))
print("Jacobian of polar coordinates:\n", J)
print("its determinant is r:", round(float(np.linalg.det(J)), 12))

# %% Closed forms have the same layout
# The derivative of a vector by a vector is a matrix, that of x*x diagonal, as each result depends
# on one variable alone. Transposing it is a matter of taste elsewhere; here it is y.shape +
# x.shape.
print("\nd(A x)/dx    =", sd.derive("A @ x", "x", shapes="A:m,n x:n"))
print("its shape is ", sd.derive("A @ x", "x", shapes="A:m,n x:n").shape)
print("d(x*x)/dx    =", sd.derive("x*x", "x", shapes="x:n"))

# %% Rows come by pullback, columns by pushforward
# A gradient of one loss is one row, so it costs one pullback however many variables there are; the
# change in one direction is a sum of columns, and costs one pushforward. No matrix is made for
# either.
y, pullback = sd.vjp(polar, np.array([2.0, np.pi / 6]))
print("\na row of J, by one pullback:   ", pullback(np.array([1.0, 0.0]))[0])
_, column = sd.jvp(polar, (np.array([2.0, np.pi / 6]),), (np.array([1.0, 0.0]),))
print("a column of J, by one pushforward:", column)
