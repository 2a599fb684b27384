"""Kronecker products and vectors of matrices, differentiated, are matrices again."""

from __future__ import annotations

import pytest
from identities import Identity, label, numbers_agree, with_orders, written

GRADIENTS = """
trace(kron(A, B) @ kron(X, Y)) | X | A:m,m B:n,n X:m,m Y:n,n | trace(B @ Y)*A.T
trace(kron(A, B) @ kron(X, Y)) | Y | A:m,m B:n,n X:m,m Y:n,n | trace(A @ X)*B.T
norm(kron(A, X))**2 | X | A:m,m X:n,n | 2*sum(A**2)*X
norm(kron(X, A))**2 | X | A:k,l X:m,n | 2*sum(A**2)*X
norm(ravel(A @ X @ B))**2 | X | A:k,m X:m,n B:n,l | 2*A.T @ A @ X @ B @ B.T
sum(kron(x, y)**2) | x | x:m y:n | 2*(y @ y)*x
kron(a, b) @ kron(x, y) | x | a:m b:n x:m y:n | (b @ y)*a
"""

HESSIANS = """
norm(kron(X, A))**2 | X | A:k,l X:m,n | 2*sum(A**2)*einsum('ik,jl->ijkl', eye(m), eye(n))
norm(ravel(A @ X @ B))**2 | X | A:k,m X:m,n B:n,l | 2*einsum('jl,ik->ijkl', B @ B.T, A.T @ A)
"""

ROWS = with_orders(GRADIENTS, HESSIANS)


@pytest.mark.parametrize(("row", "order"), ROWS, ids=label)
def test_what_was_joined_is_taken_apart(row: Identity, order: int) -> None:
    assert written(row, order) == row.expected
    numbers_agree(row, order)
