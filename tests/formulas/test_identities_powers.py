"""Powers of one base are one power, and signs and sizes of one thing are gone."""

from __future__ import annotations

import pytest
from identities import Identity, label, numbers_agree, with_orders, written

GRADIENTS = """
sum(c/(1 + y)**t) | y | c:n t:n y: | -sum(c*t*(1 + y)**(-t - 1))
x**(2*a)*x**(-a) | x | x: a: | a*x**(a - 1)
sum(x**u*x**v) | x | x:n u:n v:n | (u + v)*x**(u + v - 1)
(1 + x**2)**k/(1 + x**2) | x | x: k: | 2*x*(k - 1)*(1 + x**2)**(k - 2)
x**k/x**k | x | x: k: | 0
x**x*x**x | x | x: | 2*x**(2*x)*(log(x) + 1)
abs(x)**3 | x | x: | 3*x*abs(x)
norm(x, ord=3) | x | x:n | x*abs(x)/norm(x, ord=3)**2
norm(x, ord=4)**4 | x | x:n | 4*x**3
"""

HESSIANS = """
sum(c/(1 + y)**t) | y | c:n t:n y: | sum(c*t*(t + 1)*(1 + y)**(-t - 2))
(a*x**r + (1 - a)*y**r)**(1/r) | x | x: y: a: r:
    | a**2*r*(1/r - 1)*s**(1/r - 2)*x**(2*(r - 1)) + a*s**(1/r - 1)*(r - 1)*x**(r - 2);
        s = a*x**r + (1 - a)*y**r
norm(x, ord=4)**4 | x | x:n | 12*diag(x**2)
abs(x)**3 | x | x: | 6*abs(x)
"""

ROWS = with_orders(GRADIENTS, HESSIANS)


@pytest.mark.parametrize(("row", "order"), ROWS, ids=label)
def test_powers_are_drawn_together(row: Identity, order: int) -> None:
    assert written(row, order) == row.expected
    numbers_agree(row, order)
