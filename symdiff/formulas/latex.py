"""Boxes -> LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .boxes import Box, Cases, Fence, Frac, Ident, Num, Op, Root, Row, Sub, Sup, box_of
from .notation import Notation

_SIGNS = {
    "\u2062": r"\,", "×": r"\times", "·": r"\cdot", "⊙": r"\odot", "⊤": r"\top", "−": "-", "∑": r"\sum",
    "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "∧": r"\land", "∨": r"\lor", "¬": r"\lnot", "%": r"\bmod",
    "&": r"\mathbin{\&}", "^": r"\oplus", "//": r"\mathbin{/\!/}",
}  # fmt: skip
_GREEK = {
    letter: "\\" + name
    for letter, name in zip(
        "αβγδεζηθικλμνξπρστυφχψωΣΛΩΦΨΘ",
        [
            "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
            "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi",
            "omega", "Sigma", "Lambda", "Omega", "Phi", "Psi", "Theta",
        ],
    )
}  # fmt: skip
_KNOWN = frozenset({"sin", "cos", "tan", "exp", "log", "det", "max", "min", "arcsin", "arccos", "arctan",
                    "sinh", "cosh", "tanh"})  # fmt: skip
_SPECIAL = {c: "\\" + c for c in "_%&#${}"} | {"\\": r"\backslash ", "~": r"\sim ", "^": r"\hat{}"}
_FENCES = {"‖": r"\lVert ", "|": r"\lvert ", "(": "(", "[": "["}
_CLOSING = {"‖": r" \rVert", "|": r" \rvert", ")": ")", "]": "]"}


def latex_of(x: Notation) -> str:
    """The notation in LaTeX's mathematics.

    >>> from symdiff.formulas.notation import Name, Number, Power, Times
    >>> latex_of(Times(0, (Number(0, 2), Power(0, Name(0, "x"), Number(0, 3)))))
    '2 x^{3}'
    """
    return _written(box_of(x))


def _written(box: Box) -> str:
    return _WRITERS[type(box)](box)


def _op(box: Op) -> str:
    return _SIGNS.get(box.text, box.text)


def _ident(box: Ident) -> str:
    if box.text in _GREEK:
        return _GREEK[box.text]
    if box.text == "∞":
        return r"\infty"
    if box.text in _KNOWN:
        return "\\" + box.text
    if len(box.text) == 1 and box.text.isalpha():
        return box.text
    escaped = "".join(_SPECIAL.get(c, c) for c in box.text)
    return rf"\text{{{escaped}}}" if " " in box.text else rf"\operatorname{{{escaped}}}"


def _row(box: Row) -> str:
    out = ""
    for item in box.items:
        text = _written(item)
        glued = not out or (isinstance(item, Fence) and out[-1] not in "+-=")
        out += text if glued else " " + text
    return out


def _base(box: Box) -> str:
    text = _written(box)
    return text if isinstance(box, (Ident, Num, Fence)) else f"{{{text}}}"


def _fence(box: Fence) -> str:
    return rf"\left{_FENCES[box.left]}{_written(box.arg)}\right{_CLOSING[box.right].strip()}"


def _cases(box: Cases) -> str:
    rows = r" \\ ".join(f"{_written(a)} & {_condition(c)}" for a, c in box.rows)
    return rf"\begin{{cases}} {rows} \end{{cases}}"


def _condition(box: Box) -> str:
    return r"\text{otherwise}" if box == Ident("otherwise") else rf"\text{{if }} {_written(box)}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    Ident: _ident,
    Num: lambda box: box.text,
    Op: _op,
    Row: _row,
    Frac: lambda box: rf"\frac{{{_written(box.above)}}}{{{_written(box.below)}}}",
    Sup: lambda box: f"{_base(box.base)}^{{{_written(box.exponent)}}}",
    Sub: lambda box: f"{_base(box.base)}_{{{_written(box.index)}}}",
    Root: lambda box: rf"\sqrt{{{_written(box.arg)}}}",
    Fence: _fence,
    Cases: _cases,
}
