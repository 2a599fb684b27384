"""Notation -> boxes: how a formula looks on paper, before it is written as LaTeX or MathML.

Products of matrices stand side by side, vectors are columns, inverses and transposes are exponents,
a division is a fraction.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

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
from .patterns import from_pattern
from .text import ATOM, POWER, PRODUCT, SIGN, SUM, text_of, tightness


class Ident(NamedTuple):
    """A name; one letter is slanted, a longer one upright."""

    text: str


class Num(NamedTuple):
    text: str


class Op(NamedTuple):
    """A sign between or before others."""

    text: str


class Row(NamedTuple):
    items: tuple[Any, ...]


class Frac(NamedTuple):
    above: Any
    below: Any


class Sup(NamedTuple):
    base: Any
    exponent: Any


class Sub(NamedTuple):
    base: Any
    index: Any


class Root(NamedTuple):
    arg: Any


class Fence(NamedTuple):
    left: str
    arg: Any
    right: str


class Cases(NamedTuple):
    """Values, each with the condition under which it is taken."""

    rows: tuple[tuple[Any, Any], ...]


Box = Any
TIMES, DOT, HADAMARD, TOP = Op("×"), Op("·"), Op("⊙"), Op("⊤")
BESIDE = Op("\u2062")  # a product of a letter and what stands in parentheses, which is no call
GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lamda mu nu xi omicron pi rho sigma "
        "tau upsilon phi chi psi omega".split(),
        "αβγδεζηθικλμνξοπρστυφχψω",
    )
) | {
    "lam": "λ",
    "lambda_": "λ",
    "Sigma": "Σ",
    "Lambda": "Λ",
    "Omega": "Ω",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Theta": "Θ",
}


def box_of(x: Notation) -> Box:
    """The notation as it looks on paper."""
    return _BOXES[type(x)](x)


def row(*items: Box) -> Box:
    flat = [part for item in items for part in (item.items if isinstance(item, Row) else (item,))]
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


def within(x: Notation, least: int) -> Box:
    """The box of x, in parentheses if it holds together less tightly than needed."""
    box = box_of(x)
    if _tightness(x, box) < least:
        return Fence("(", box, ")")
    return box


def _tightness(x: Notation, box: Box) -> int:
    if isinstance(box, (Frac, Root, Fence, Sub)):
        return ATOM
    if isinstance(box, Sup):
        return POWER
    if isinstance(x, Call):
        return PRODUCT if isinstance(box, Row) and not isinstance(box.items[-1], Fence) else ATOM
    return min(tightness(x), PRODUCT) if isinstance(x, Power) else tightness(x)


# --- names and numbers


def name_box(text: str) -> Box:
    """x_1, x1 and x_max with an index; Greek letters by their names."""
    found = re.fullmatch(r"([^\W\d_]+?)_?(\d+|(?<=_)\w+)?_?", text)
    if found is None:
        return Ident(text)
    stem, index = found[1], found[2]
    base = Ident(GREEK.get(stem, stem))
    return base if not index else Sub(base, Num(index) if index.isdigit() else Ident(index))


def _name(x: Name) -> Box:
    if x.text.isidentifier():
        return name_box(x.text)
    try:
        return box_of(from_pattern(x.text, (), 0))
    except (SyntaxError, AssertionError):
        return Ident(x.text)


def number_box(value: Any) -> Box:
    if hasattr(value, "formula"):
        return box_of(from_pattern(value.formula, (), 0))
    if isinstance(value, Fraction):
        box = Frac(Num(str(abs(value.numerator))), Num(str(value.denominator)))
        return box if value > 0 else row(Op("−"), box)
    if isinstance(value, float) and not math.isfinite(value):
        return row(Op("−"), Ident("∞")) if value < 0 else Ident("NaN" if math.isnan(value) else "∞")
    mantissa, _, exponent = repr(value).partition("e")
    number = Num(mantissa.lstrip("-"))
    if exponent:
        number = row(number, TIMES, Sup(Num("10"), Num(str(int(exponent)))))
    return row(Op("−"), number) if mantissa.startswith("-") else number


# --- sums, products, powers


def _total(x: Total) -> Box:
    items: list[Box] = []
    for sign, term in zip(x.signs, x.terms):
        if items or sign < 0:
            items.append(Op("+" if sign > 0 else "−"))
        items.append(within(term, PRODUCT))
    return row(*items)


def _times(x: Times) -> Box:
    if x.divisors:
        return Frac(_side(x.rank, x.factors), _side(x.rank, x.divisors))
    items: list[Box] = []
    for k, f in enumerate(x.factors):
        alone = k == len(x.factors) - 1 and sum(g.rank > 0 for g in x.factors) < 2
        items += _sign_between(x.factors[k - 1], f) if k else []
        items.append(within(f, PRODUCT if alone or not isinstance(f, MatMul) else SIGN))
    return beside(items)


def _side(rank: int, factors: tuple[Notation, ...]) -> Box:
    """What stands above the line of a fraction, or below."""
    first, *others = factors
    return _times(Times(rank, factors)) if others else box_of(first)


def beside(items: Sequence[Box]) -> Box:
    """Boxes side by side; a letter before parentheses is kept apart from a function's name."""
    out: list[Box] = []
    for item in items:
        out += [BESIDE, item] if out and _is_letter_box(out[-1]) and _opens(item) else [item]
    return row(*out)


def _is_letter_box(box: Box) -> bool:
    box = box.items[-1] if isinstance(box, Row) and box.items else box
    return isinstance(box, Ident) or (isinstance(box, Sub) and isinstance(box.base, Ident))


def _opens(box: Box) -> bool:
    first = box.items[0] if isinstance(box, Row) and box.items else box
    first = first.base if isinstance(first, Sup) else first
    return isinstance(first, Fence) and first.left == "("


def _sign_between(a: Notation, b: Notation) -> list[Box]:
    """⊙ between arrays, · between numbers, nothing else where two things stand side by side."""
    if a.rank and b.rank:
        return [HADAMARD]
    return [DOT] if isinstance(b, Number) and not _is_letter(b.value) else []


def _is_letter(value: Any) -> bool:
    return getattr(value, "formula", "").isidentifier()


def _matmul(x: MatMul) -> Box:
    first, *rest = x.factors
    boxes = [within(first, SIGN)]
    if first.rank == 1:
        boxes = [Sup(within(first, ATOM), TOP)]
    return beside([*boxes, *(within(f, SIGN) for f in rest)])


def _power(x: Power) -> Box:
    if isinstance(x.exponent, Number) and x.exponent.value == 0.5:
        return Root(box_of(x.base))
    exponent = row(HADAMARD, within(x.exponent, PRODUCT)) if x.rank else box_of(x.exponent)
    return Sup(within(x.base, ATOM), exponent)


def _transposed(x: Transposed) -> Box:
    if isinstance(x.arg, Call) and x.arg.function == "inv":
        return Sup(within(x.arg.args[0], ATOM), row(Op("−"), TOP))
    return Sup(within(x.arg, ATOM), TOP)


_SIGNS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "&": "∧", "|": "∨", "~": "¬", "-": "−"}


def _infix(x: Infix) -> Box:
    sign = Op(_SIGNS.get(x.operator, x.operator))
    if len(x.args) == 1:
        return row(sign, within(x.args[0], SIGN))
    a, b = (within(arg, tightness(x) + 1) for arg in x.args)
    return row(a, sign, b)


# --- calls


def _call(x: Call) -> Box:
    by_hand = _CALLS.get(x.function) if not x.keywords else None
    if by_hand is not None:
        return by_hand(x)
    head: Box = Ident(x.function)
    if x.keywords:
        head = Sub(head, Ident(", ".join(f"{k}={v}" for k, v in x.keywords)))
    return row(head, Fence("(", _listed(x.args), ")"))


def _listed(args: Sequence[Notation]) -> Box:
    items: list[Box] = []
    for k, a in enumerate(args):
        items += [Op(","), box_of(a)] if k else [box_of(a)]
    return row(*items) if items else Row(())


def _operator(name: str) -> Callable[[Call], Box]:
    """A function by its short name: the argument in parentheses unless it is one letter."""
    return lambda x: row(Ident(name), Fence("(", _listed(x.args), ")"))


def _fenced(left: str, right: str) -> Callable[[Call], Box]:
    return lambda x: Fence(left, box_of(x.args[0]), right)


def _outer(x: Call) -> Box:
    a, b = x.args
    return beside([within(a, SIGN), Sup(within(b, ATOM), TOP)])


def _where(x: Call) -> Box:
    condition, a, b = x.args
    return Cases(((box_of(a), box_of(condition)), (box_of(b), Ident("otherwise"))))


def _filled(sign: str) -> Callable[[Call], Box]:
    return lambda x: Sub(Num(sign) if sign.isdigit() else Ident(sign), box_of(x.args[0]))


def _einsum(x: Call) -> Box:
    """The sum over the indices that do not stand in the result."""
    spec, *operands = x.args
    inputs, out = text_of(spec).strip("'").split("->")
    terms = inputs.split(",")
    summed = dict.fromkeys(c for t in terms for c in t if c not in out)
    factors = [_indexed(a, t) for a, t in zip(operands, terms)]
    sums = [Sub(Op("∑"), row(*map(Ident, summed)))] if summed else []
    return row(*sums, *factors)


def _indexed(a: Notation, letters: str) -> Box:
    index = row(*map(Ident, letters))
    if isinstance(a, Call) and a.function == "eye":
        return Sub(Ident("δ"), index)
    return Sub(within(a, ATOM), index)


_CALLS: dict[str, Callable[[Call], Box]] = {
    "inv": lambda x: Sup(within(x.args[0], ATOM), row(Op("−"), Num("1"))),
    "sqrt": lambda x: Root(box_of(x.args[0])),
    "abs": _fenced("|", "|"),
    "norm": _fenced("‖", "‖"),
    "trace": _operator("tr"),
    "arcsin": _operator("arcsin"),
    "outer": _outer,
    "where": _where,
    "eye": _filled("I"),
    "ones": _filled("1"),
    "zeros": _filled("0"),
    "einsum": _einsum,
    "sigmoid": _operator("σ"),
}


def _subscript(x: Subscript) -> Box:
    if x.key == (slice(None), None) and x.rank == 2:
        return row(within(x.arg, SIGN), Sup(Num("1"), TOP))
    index = Ident(text_of(x)[len(text_of(x.arg)) :].rpartition("[")[2].rstrip("]"))
    if not any(isinstance(k, slice) or k in (None, Ellipsis) for k in x.key):
        items: list[Box] = []
        for k in x.key:
            items += [Op(",")] if items else []
            items.append(box_of(k) if isinstance(k, Notation) else Ident(str(k)))
        return Sub(within(x.arg, ATOM), row(*items))
    return row(within(x.arg, ATOM), Fence("[", index, "]"))


_BOXES: dict[type[Notation], Callable[[Any], Box]] = {
    Name: _name,
    Number: lambda x: number_box(x.value),
    Total: _total,
    Times: _times,
    MatMul: _matmul,
    Power: _power,
    Transposed: _transposed,
    Infix: _infix,
    Call: _call,
    Subscript: _subscript,
    Listed: lambda x: Fence("[", _listed(x.items), "]"),
}

__all__ = ["SUM", "Box", "box_of", "name_box", "row"]
