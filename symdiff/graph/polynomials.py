"""Polynomials in named sizes, as sorted terms: two are equal where their tuples are."""

from __future__ import annotations

from collections.abc import Mapping

Monomial = tuple[str, ...]
Polynomial = tuple[tuple[Monomial, int], ...]  # sorted, no zero coefficients


def polynomial(terms: Mapping[Monomial, int]) -> Polynomial:
    return tuple(sorted((m, c) for m, c in terms.items() if c))


def number(p: Polynomial) -> int | None:
    """The integer a constant polynomial is, else None."""
    if not p:
        return 0
    return p[0][1] if len(p) == 1 and p[0][0] == () else None


def plus(a: Polynomial, b: Polynomial, sign: int = 1) -> Polynomial:
    terms = dict(a)
    for m, c in b:
        terms[m] = terms.get(m, 0) + sign * c
    return polynomial(terms)


def times(a: Polynomial, b: Polynomial) -> Polynomial:
    terms: dict[Monomial, int] = {}
    for m, c in a:
        for n, d in b:
            key = tuple(sorted(m + n))
            terms[key] = terms.get(key, 0) + c * d
    return polynomial(terms)


def quotient(a: Polynomial, b: Polynomial) -> Polynomial | None:
    """a / b where b is one term that divides every term of a, else None."""
    if len(b) != 1:
        return () if not a else None
    (divisor, by), out = b[0], {}
    for m, c in a:
        rest = list(m)
        for name in divisor:
            if name not in rest:
                return None
            rest.remove(name)
        if c % by:
            return None
        out[tuple(rest)] = c // by
    return polynomial(out)


def text(p: Polynomial) -> str:
    """`n*m - 2`: the constant last, as one writes it."""
    ordered = sorted(p, key=lambda term: (term[0] == (), term[0]))
    words = [_term(m, c) for m, c in ordered]
    signs = ["-" if c < 0 else "+" for _, c in ordered]
    out = " ".join(f"{s} {w}" for s, w in zip(signs, words))
    return (out[2:] if out.startswith("+") else "-" + out[2:]) if out else "0"


def _term(m: Monomial, c: int) -> str:
    """The term without its sign; -(n//2) and m*(n//2) are not -n//2 and m*n//2."""
    alone = c == 1 and len(m) == 1
    names = "*".join(f"({name})" if "//" in name and not alone else name for name in m)
    return names if abs(c) == 1 and names else f"{abs(c)}*{names}" if names else str(abs(c))
