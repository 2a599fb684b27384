"""Ties that are no accident stay in the text: maximum(x, abs(x)) is one for every positive x."""

from __future__ import annotations

import pytest
from identities import Identity, numbers_agree, table, written

SEPARATE = table("""
maximum(x, x) @ y | x | x:n y:n | y
sum(maximum(x, y)**2) | x | x:n y:n | 2*where(x >= y, maximum(x, y), 0)
sum(minimum(A @ x, u)) | x | x:n A:m,n u:m | A.T @ (A @ x <= u)
sum(maximum(x, abs(x))) | x | x:n
    | where(x == a, 1/2, a >= x)*sign(x) + where(x == a, 1/2, x >= a); a = abs(x)
sum(maximum(x[:, None], x)) | x | x:n
    | sum(where(e, 1/2, w), axis=1) + sum(where(e, 1/2, w.T), axis=0); e = x[:, None] == x;
        w = x[:, None] >= x
sum(minimum(A, max(A, axis=1, keepdims=True))) | A | A:m,n
    | (sum(where(e, 1/2, a[:, None] <= A), axis=1)/sum(e, axis=1))[:, None]*e
        + where(e, 1/2, A <= a[:, None]); a = max(A, axis=1); e = A == a[:, None]
""")


@pytest.mark.parametrize("row", SEPARATE, ids=lambda row: row.name)
def test_a_tie_is_left_out_only_where_it_is_an_accident(row: Identity) -> None:
    assert written(row) == row.expected
    numbers_agree(row)
