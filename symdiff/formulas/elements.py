"""Numbers, sizes and elementwise functions as notation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..graph.exact import Ratio, is_number
from ..graph.extents import Dim, Extent
from ..ops import elementwise as ew
from .notation import Call, Infix, Name, Notation, Number
from .patterns import from_pattern


def scalar(value: Any) -> Notation:
    if isinstance(value, Extent):
        name = str(value)
        return Name(0, name if name.isidentifier() else f"({name})")
    return Number(0, value.fraction if isinstance(value, Ratio) else value)


def filled(function: str, shape: Sequence[Dim]) -> Notation:
    if not shape:
        return Number(0, 0 if function == "zeros" else 1)
    text = ", ".join(map(str, shape))
    return Call(len(shape), function, (Name(0, text if len(shape) == 1 else f"({text})"),))


def eye(size: Dim) -> Notation:
    return Call(2, "eye", (Name(0, str(size)) if isinstance(size, Extent) else scalar(size),))


_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


def elementwise(op: Any, args: Sequence[Notation], rank: int, params: dict[str, Any]) -> Notation:
    """An elementwise op, written as its record says."""
    if op is ew.astype:
        return args[0]
    if op is ew.invert and isinstance(args[0], Infix) and args[0].operator in _OPPOSITE:
        return Infix(rank, _OPPOSITE[args[0].operator], args[0].args)
    if "{" in op.text:
        return from_pattern(op.text, args, rank)
    keywords = tuple((k, v) for k, v in params.items() if is_number(v) or isinstance(v, str))
    return Call(rank, op.name, tuple(args), keywords)


def strict(op: Any, args: Sequence[Notation], rank: int, params: dict[str, Any]) -> Notation:
    """The same for a machine, to which 0*inf is no number where the op says 0."""
    if op is ew.strongmul:
        return Call(rank, op.name, tuple(args))
    return elementwise(op, args, rank, params)
