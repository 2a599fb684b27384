"""How a record says an op is written, `{}*{}` or `det({0})*inv({0}).T`, as notation."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from .notation import Call, Infix, MatMul, Name, Notation, Number, Power, Total, Transposed, times

_ELEMENTWISE = {
    ast.Mod: "%", ast.FloorDiv: "//", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


def from_pattern(pattern: str, args: Sequence[Notation], rank: int) -> Notation:
    """The pattern with the arguments put in."""
    return _build(_parsed(pattern), args, rank)


@lru_cache(maxsize=256)
def _parsed(pattern: str) -> ast.expr:
    count = iter(range(pattern.count("{}")))
    named = re.sub(r"\{(\d*)\}", lambda m: f"_{m[1] or next(count)}", pattern)
    return ast.parse(named, mode="eval").body


def _build(x: ast.expr, args: Sequence[Notation], rank: int) -> Notation:
    def of(y: ast.expr) -> Notation:
        return _build(y, args, rank)

    if isinstance(x, ast.Name):
        return args[int(x.id[1:])] if x.id[0] == "_" else Name(0, x.id)
    if isinstance(x, ast.Constant):
        return Number(0, x.value)
    if isinstance(x, ast.BinOp):
        return _binary(type(x.op), of(x.left), of(x.right))
    if isinstance(x, ast.UnaryOp):
        return _unary(type(x.op), of(x.operand))
    if isinstance(x, ast.Compare):
        a, b = of(x.left), of(x.comparators[0])
        return Infix(max(a.rank, b.rank), _ELEMENTWISE[type(x.ops[0])], (a, b))
    if isinstance(x, ast.Attribute):
        return Transposed(2, of(x.value))
    assert isinstance(x, ast.Call)
    assert isinstance(x.func, ast.Name)
    return Call(rank, x.func.id, tuple(map(of, x.args)))


def _binary(op: type[ast.operator], a: Notation, b: Notation) -> Notation:
    rank = max(a.rank, b.rank)
    makers: dict[type[ast.operator], Callable[[], Notation]] = {
        ast.Add: lambda: Total(rank, (1, 1), (a, b)),
        ast.Sub: lambda: Total(rank, (1, -1), (a, b)),
        ast.Mult: lambda: times([a, b]),
        ast.Div: lambda: times([a], [b]),
        ast.Pow: lambda: Power(rank, a, b),
        ast.MatMult: lambda: MatMul(rank, (a, b)),
    }
    maker = makers.get(op)
    return maker() if maker is not None else Infix(rank, _ELEMENTWISE[op], (a, b))


def _unary(op: type[ast.unaryop], a: Notation) -> Notation:
    return Total(a.rank, (-1,), (a,)) if op is ast.USub else Infix(a.rank, "~", (a,))
