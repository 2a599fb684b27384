"""Text in NumPy's syntax -> a result on handles. Text is data: only what is listed here is understood.

Names, numbers, operators, calls of known functions, subscripts and `.T`; whatever else stands in the
text is refused with its place. Nothing is evaluated but the ops themselves.
"""

from __future__ import annotations

import ast
import math
import operator
import string
import warnings
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NoReturn

from ..graph.exact import Exact, Ratio, is_number
from ..graph.op import OpError
from ..ops.creation import full
from .vocabulary import FUNCTIONS, lifted

LONGEST = 20_000  # characters
DEEPEST = 120  # nested expressions
LARGEST_EXPONENT = 1024
KEYWORDS = frozenset({"axis", "axes", "axis1", "axis2", "keepdims", "offset", "ord", "k", "ddof"})

CONSTANTS = {"inf": math.inf, "nan": math.nan}
EXACT = {"pi": Exact(math.pi, "pi")}

Value = Any


class TextError(OpError):
    """A text that is no formula; tells the place."""


def evaluated(text: str, lookup: Callable[[str], Value]) -> Value:
    """What the text gives, its names looked up."""
    if not isinstance(text, str) or not text.strip():
        raise TextError("a formula is a text such as 'sum((A @ x - b)**2)'")
    if len(text) > LONGEST:
        raise TextError(f"a formula of {len(text)} characters is too long; {LONGEST} are allowed")
    return _Reader(text.strip(), lookup).read()


class _Reader:
    """Goes through the tree that Python's own grammar gives; every kind of expression is a method."""

    def __init__(self, text: str, lookup: Callable[[str], Value]) -> None:
        self.text, self.lookup, self.depth = text, lookup, 0

    def read(self) -> Value:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # what Python only warns of is refused: 1or x
                tree = ast.parse(self.text, mode="eval").body
        except SyntaxError as e:
            raise TextError(self._marked(e.msg, e.lineno, (e.offset or 1) - 1)) from None
        except (RecursionError, MemoryError):
            raise TextError("this text is too long, or nested too deeply, to be read") from None
        except ValueError:
            raise TextError("this text is no formula") from None
        if isinstance(tree, (ast.Tuple, ast.List)):
            self.refuse(tree, "a formula is one array; stack([...]) joins several")
        return self.of(tree)

    def of(self, x: ast.AST) -> Value:
        rule = getattr(self, f"_{type(x).__name__.lower()}", None)
        if type(x) not in _KINDS or rule is None:
            self.refuse(x, f"{type(x).__name__.lower()} is not part of formulas")
        if self.depth >= DEEPEST:
            self.refuse(x, f"more than {DEEPEST} expressions stand in one another")
        self.depth += 1
        try:
            return rule(x)
        finally:
            self.depth -= 1

    def refuse(self, x: Any, why: str) -> NoReturn:
        line, bytes_before = getattr(x, "lineno", 1), getattr(x, "col_offset", 0)
        before = self._row(line).encode(errors="replace")[:bytes_before]
        raise TextError(self._marked(why, line, len(before.decode(errors="replace"))))

    def _row(self, line: int | None) -> str:
        lines = self.text.splitlines() or [""]
        return lines[min((line or 1) - 1, len(lines) - 1)]

    def _marked(self, why: str, line: int | None, column: int) -> str:
        """The reason, with a mark below the place."""
        row, start = self._row(line), max(0, column - 60)
        return f"{why}\n    {row[start : start + 100]}\n    {' ' * (column - start)}^"

    def attempt(self, x: ast.AST, function: Callable[..., Any], *args: Any, **words: Any) -> Value:
        """The function's result, or its complaint at the place of x."""
        try:
            return function(*args, **words)
        except TextError:
            raise
        except _COMPLAINTS as error:
            self.refuse(x, str(error) or type(error).__name__)

    # --- names and numbers

    def _name(self, x: ast.Name) -> Value:
        if x.id.startswith("__"):
            self.refuse(x, f"{x.id} is no name for a formula")
        if x.id in CONSTANTS:
            return CONSTANTS[x.id]
        if x.id in EXACT:
            return lifted(EXACT[x.id])
        if x.id in FUNCTIONS:
            self.refuse(x, f"{x.id} is a function; call it as {x.id}(...)")
        if not x.id.isprintable():
            self.refuse(x, f"{x.id!r} has a letter that cannot be seen")
        return self.lookup(x.id)

    def _constant(self, x: ast.Constant) -> Value:
        if type(x.value) not in (int, float, bool):
            self.refuse(x, f"{x.value!r} is no number")
        if isinstance(x.value, int) and x.value >= 2**63:
            self.refuse(x, "this whole number is too large; write it as a float")
        return x.value

    def _attribute(self, x: ast.Attribute) -> Value:
        if x.attr != "T":
            self.refuse(x, f".{x.attr} is not part of formulas; .T transposes")
        value = self.of(x.value)
        return value.T if hasattr(value, "node") else value

    # --- operators

    def _binop(self, x: ast.BinOp) -> Value:
        """A chain of operators from left to right: a sum of many terms does not nest."""
        chain = [x]
        while isinstance(chain[-1].left, ast.BinOp):
            chain.append(chain[-1].left)
        value = self.of(chain[-1].left)
        for link in reversed(chain):
            value = self._operated(link, value, self.of(link.right))
        return value

    def _operated(self, x: ast.BinOp, a: Value, b: Value) -> Value:
        if isinstance(x.op, ast.BitXor):
            self.refuse(x, "^ is no power; write **")
        operator = _BINARY.get(type(x.op))
        if operator is None:
            self.refuse(x, f"the operator {type(x.op).__name__} is not part of formulas")
        if all(isinstance(v, (list, tuple)) or is_number(v) for v in (a, b)) and not (
            is_number(a) and is_number(b)
        ):
            self.refuse(x, "a list is no array; write stack([...])")
        return self.attempt(x, operator, a, b)

    def _unaryop(self, x: ast.UnaryOp) -> Value:
        operator = _UNARY.get(type(x.op))
        if operator is None:
            self.refuse(x, "not is no operation on arrays; write ~")
        return self.attempt(x, operator, self.of(x.operand))

    def _compare(self, x: ast.Compare) -> Value:
        if len(x.ops) != 1 or type(x.ops[0]) not in _COMPARISONS:
            self.refuse(x, "one comparison at a time; join them with &")
        a, b = self.of(x.left), self.of(x.comparators[0])
        return self.attempt(x, _COMPARISONS[type(x.ops[0])], a, b)

    # --- calls, subscripts, lists

    def _call(self, x: ast.Call) -> Value:
        if not isinstance(x.func, ast.Name):
            plain = x.func.attr if isinstance(x.func, ast.Attribute) else "f"
            self.refuse(x.func, f"functions are called by their plain names: {plain}(...)")
        name = x.func.id
        if name not in FUNCTIONS:
            self.refuse(x.func, f"{name} is no function that formulas know")
        words = {w.arg: self._keyword(w) for w in x.keywords}
        args = [self._argument(name, k, a) for k, a in enumerate(x.args)]
        return self.attempt(x, FUNCTIONS[name], *args, **words)  # pyright: ignore

    def _keyword(self, word: ast.keyword) -> Value:
        if word.arg not in KEYWORDS:
            self.refuse(word.value, f"{word.arg or '**'} is no keyword that formulas know")
        return self.of(word.value)

    def _argument(self, function: str, place: int, x: ast.expr) -> Value:
        """An argument; the first one of einsum is the one text that formulas have."""
        if function != "einsum" or place or not isinstance(x, ast.Constant):
            return self.of(x)
        if type(x.value) is not str or not set(x.value) <= _SPEC:
            self.refuse(x, "einsum wants a text of letters, commas and ->")
        return x.value

    def _subscript(self, x: ast.Subscript) -> Value:
        value = self.of(x.value)
        if not hasattr(value, "node"):
            self.refuse(x, "a number has no parts")
        if isinstance(x.slice, ast.Tuple):
            key: Any = tuple(map(self._key, x.slice.elts))
        else:
            key = self._key(x.slice)
        return self.attempt(x, lambda: value[key])

    def _key(self, x: ast.expr) -> Any:
        if isinstance(x, ast.Slice):
            ends = (x.lower, x.upper, x.step)
            return slice(*(None if e is None else self.of(e) for e in ends))
        if isinstance(x, ast.Constant) and (x.value is None or x.value is Ellipsis):
            return x.value
        return self.of(x)

    def _list(self, x: ast.List) -> Value:
        return list(map(self.of, x.elts))

    def _tuple(self, x: ast.Tuple) -> Value:
        return tuple(map(self.of, x.elts))


_KINDS = (
    ast.Name, ast.Constant, ast.Attribute, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call,
    ast.Subscript, ast.List, ast.Tuple,
)  # fmt: skip
_SPEC = frozenset(string.ascii_letters + ",->. ")
_COMPLAINTS = (OpError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError)


def _power(a: Value, b: Value) -> Value:
    b = _plain(b)
    if is_number(b) and abs(b) > LARGEST_EXPONENT:
        raise OpError(f"the exponent {b!r} is too large; {LARGEST_EXPONENT} is allowed")
    if is_number(a) and is_number(b):
        small = type(a) is int and type(b) is int and b >= 0 and abs(a) ** min(b, 64) < 2**63
        return a**b if small else lifted(a) ** b
    return a**b


def _plain(x: Value) -> Value:
    """pi as an exponent is a number, as np.pi is."""
    node = getattr(x, "node", None)
    return node.params["value"] if node is not None and node.op is full and not node.shape else x


def _quotient(a: Value, b: Value) -> Value:
    """A fraction of whole numbers stays one."""
    if type(a) is int and type(b) is int and b:
        share = Fraction(a, b)
        return int(share) if share.denominator == 1 else Ratio(share)
    return a / b


def _number_or(a: Value, b: Value, function: Callable[[Any, Any], Any]) -> Value:
    """Whole numbers stay whole as long as they are small."""
    out = function(a, b)
    return float(out) if type(out) is int and abs(out) >= 2**63 else out


_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: _number_or(a, b, operator.add),
    ast.Sub: lambda a, b: _number_or(a, b, operator.sub),
    ast.Mult: lambda a, b: _number_or(a, b, operator.mul),
    ast.Div: _quotient,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: _power,
    ast.MatMult: FUNCTIONS["matmul"],
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
}
_UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
