"""Notation -> text in NumPy's syntax."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .notation import (
    Call,
    Infix,
    Listed,
    MatMul,
    Name,
    Notation,
    Number,
    Power,
    Subscript,
    Times,
    Total,
    Transposed,
)

# how tightly an expression holds together, as in Python's grammar
CHOICE, COMPARISON, OR, XOR, AND, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)
_CALL = re.compile(r"\([^()]*\)")
_OPERATORS = {
    "|": OR, "^": XOR, "&": AND, "<": COMPARISON, "<=": COMPARISON, ">": COMPARISON,
    ">=": COMPARISON, "==": COMPARISON, "!=": COMPARISON, "+": SUM, "-": SUM, "%": PRODUCT,
    "//": PRODUCT, "@": PRODUCT,
}  # fmt: skip


def text_of(x: Notation) -> str:
    """The expression as one writes it with NumPy.

    >>> text_of(Total(0, (1, -1), (Number(0, 1), Power(0, Name(0, "y"), Number(0, 2)))))
    '1 - y**2'
    """
    return _WRITERS[type(x)](x)


def tightness(x: Notation) -> int:
    if isinstance(x, Total):
        return SUM
    if isinstance(x, (Times, MatMul)):
        return PRODUCT
    if isinstance(x, Power):
        return POWER
    if isinstance(x, Number):
        return _number_tightness(x.value)
    if isinstance(x, Infix):
        return SIGN if len(x.args) == 1 else _OPERATORS.get(x.operator, CHOICE)
    return ATOM


def _number_tightness(value: Any) -> int:
    if hasattr(value, "formula"):
        formula = _CALL.sub("", value.formula)
        if " - " in formula:
            return SUM
        return PRODUCT if "/" in formula or "*" in formula else ATOM
    if value < 0:
        return SIGN
    return PRODUCT if isinstance(value, Fraction) else ATOM


def within(x: Notation, least: int) -> str:
    """The text of x, in parentheses if it holds together less tightly than needed."""
    text = text_of(x)
    return f"({text})" if tightness(x) < least else text


def number_text(value: Any) -> str:
    """A number exactly as it is: floats as Python prints them."""
    if hasattr(value, "formula"):
        return value.formula
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return str(value) if isinstance(value, Fraction) else repr(value)


def _total(x: Total) -> str:
    out = ""
    for sign, term in zip(x.signs, x.terms):
        text = within(term, PRODUCT)
        if not out:
            out = text if sign > 0 else f"-{text}"
        else:
            out += f" {'+' if sign > 0 else '-'} {text}"
    return out


def _times(x: Times) -> str:
    *before, last = x.factors
    texts = [within(f, SIGN if isinstance(f, MatMul) else PRODUCT) for f in before]
    plain = isinstance(last, MatMul) and all(f.rank == 0 for f in (*before, *x.divisors))
    plain = plain and not (last.rank == 0 and any(isinstance(f, MatMul) for f in before))
    texts.append(within(last, PRODUCT if plain or not isinstance(last, MatMul) else SIGN))
    if len(x.divisors) < 2:
        return "*".join(texts) + "".join("/" + within(d, SIGN) for d in x.divisors)
    below = Times(max(d.rank for d in x.divisors), x.divisors)
    return "*".join(texts) + f"/({text_of(below)})"


def _matmul(x: MatMul) -> str:
    return " @ ".join(within(f, SIGN) for f in x.factors)


def _power(x: Power) -> str:
    return f"{within(x.base, ATOM)}**{within(x.exponent, POWER)}"


def _infix(x: Infix) -> str:
    if len(x.args) == 1:
        return x.operator + within(x.args[0], SIGN)
    own = tightness(x)
    least = own + 1
    return f" {x.operator} ".join(within(a, least) for a in x.args)


def _call(x: Call) -> str:
    words = [text_of(a) for a in x.args] + [f"{k}={_value_text(v)}" for k, v in x.keywords]
    return f"{x.function}({', '.join(words)})"


def _value_text(value: Any) -> str:
    if isinstance(value, tuple):
        inner = ", ".join(map(_value_text, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


def _subscript(x: Subscript) -> str:
    return f"{within(x.arg, ATOM)}[{', '.join(map(_entry, x.key))}]"


def _entry(k: Any) -> str:
    if isinstance(k, Notation):
        return text_of(k)
    if isinstance(k, slice):
        ends = ["" if e is None else str(e) for e in (k.start, k.stop)]
        return ":".join(ends) + ("" if k.step is None else f":{k.step}")
    return "..." if k is Ellipsis else str(k)


_WRITERS: dict[type[Notation], Callable[[Any], str]] = {
    Name: lambda x: x.text,
    Number: lambda x: number_text(x.value),
    Total: _total,
    Times: _times,
    Power: _power,
    MatMul: _matmul,
    Transposed: lambda x: within(x.arg, ATOM) + ".T",
    Infix: _infix,
    Call: _call,
    Subscript: _subscript,
    Listed: lambda x: f"[{', '.join(map(text_of, x.items))}]",
}
