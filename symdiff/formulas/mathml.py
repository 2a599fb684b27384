"""Boxes -> MathML, as browsers show it without any script."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from .boxes import BESIDE, Box, Cases, Fence, Frac, Ident, Num, Op, Root, Row, Sub, Sup, box_of
from .notation import Notation


def mathml_of(x: Notation) -> str:
    """The notation as elements of MathML, without the `math` element around them.

    >>> from symdiff.formulas.notation import Name
    >>> mathml_of(Name(0, "x"))
    '<mi>x</mi>'
    """
    return _written(box_of(x))


def math_element(inner: str) -> str:
    """A formula that stands on a line of its own."""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">{inner}</math>'


def _written(box: Box) -> str:
    return _WRITERS[type(box)](box)


def _ident(box: Ident) -> str:
    text = escape(box.text)
    if len(box.text) > 1:
        return f'<mi mathvariant="normal">{text}</mi>'
    return f"<mi>{text}</mi>"


def _op(box: Op) -> str:
    return _WIDE if box == BESIDE else f"<mo>{escape(box.text)}</mo>"


def _in_row(box: Box) -> str:
    text = _written(box)
    return text if not isinstance(box, Row) else f"<mrow>{text}</mrow>"


def _row(box: Row) -> str:
    """Side by side is a product: an invisible sign, with a thin space beside names of several letters."""
    out, before = "", None
    for item in box.items:
        if before is not None and not isinstance(before, Op) and not isinstance(item, (Op, Fence)):
            out += _WIDE if _is_long(before) or _is_long(item) else "<mo>&#x2062;</mo>"
        out += _in_row(item)
        before = item
    return out


_WIDE = '<mo rspace="0.1667em">&#x2062;</mo>'


def _is_long(box: Box) -> bool:
    """Whether the box is a name of several letters, as functions have."""
    return isinstance(box, Ident) and len(box.text) > 1


def _fence(box: Fence) -> str:
    left, right = (f'<mo fence="true">{escape(s)}</mo>' for s in (box.left, box.right))
    return f"<mrow>{left}{_in_row(box.arg)}{right}</mrow>"


def _cases(box: Cases) -> str:
    rows = "".join(
        f"<mtr><mtd>{_in_row(a)}</mtd><mtd>{_condition(c)}</mtd></mtr>" for a, c in box.rows
    )
    return f'<mrow><mo fence="true">{{</mo><mtable columnalign="left left">{rows}</mtable></mrow>'


def _condition(box: Box) -> str:
    if box == Ident("otherwise"):
        return "<mtext>otherwise</mtext>"
    return f"<mrow><mtext>if&#xa0;</mtext>{_in_row(box)}</mrow>"


_WRITERS: dict[type, Callable[[Any], str]] = {
    Ident: _ident,
    Num: lambda box: f"<mn>{escape(box.text)}</mn>",
    Op: _op,
    Row: _row,
    Frac: lambda box: f"<mfrac>{_in_row(box.above)}{_in_row(box.below)}</mfrac>",
    Sup: lambda box: f"<msup>{_in_row(box.base)}{_in_row(box.exponent)}</msup>",
    Sub: lambda box: f"<msub>{_in_row(box.base)}{_in_row(box.index)}</msub>",
    Root: lambda box: f"<msqrt>{_in_row(box.arg)}</msqrt>",
    Fence: _fence,
    Cases: _cases,
}
