"""SymPy -> a result on handles: scalars, matrix expressions and explicit matrices.

A matrix of one column is a vector, a result of shape (1, 1) a scalar.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ..functions import linear, shaping
from ..graph.exact import Exact, Ratio, is_number
from ..graph.op import OPS, OpError
from ..handles.numpy_face import Array
from ..ops import elementwise as ew
from ..ops.broadcasting import is_one
from .symbols import Letters
from .vocabulary import FUNCTIONS, lifted


def is_sympy(x: Any) -> bool:
    """Whether x is an expression or a matrix of SymPy's, without loading SymPy."""
    return any(cls.__module__.partition(".")[0] == "sympy" for cls in type(x).__mro__)


def translated(x: Any, letters: Letters) -> Any:
    """What the expression computes, its symbols being the letters' leaves."""
    x = x.as_immutable() if hasattr(x, "as_immutable") else x
    value = lifted(_Translation(letters).of(x))
    shape = tuple(value.shape)
    if len(shape) == 2 and is_one(shape[1]):
        return shaping.reshape(value, () if is_one(shape[0]) else shape[:1])
    return value


class _Translation:
    """Goes through an expression by the names of its classes; equal parts are translated once."""

    def __init__(self, letters: Letters) -> None:
        self.letters = letters
        self._done: dict[Any, Any] = {}

    def of(self, x: Any) -> Any:
        if x not in self._done:
            self._done[x] = self._made(x)
        return self._done[x]

    def _made(self, x: Any) -> Any:
        if getattr(x, "is_Rational", False):
            return int(x) if x.is_Integer else Ratio(Fraction(int(x.p), int(x.q)))
        if getattr(x, "is_Float", False):
            return float(x)
        for cls in type(x).__mro__:
            rule = _RULES.get(cls.__name__)
            if rule is not None:
                return rule(self, x)
        return self._function(x)

    def _function(self, x: Any) -> Any:
        name = type(x).__name__
        function = _functions().get(name)
        if function is None:
            raise OpError(f"SymPy's {name} is not understood: {x}")
        return function(*map(self.of, x.args))

    def symbol(self, x: Any) -> Any:
        if x.name in self.letters.origins and x.name not in self.letters.shapes:
            return self.letters.size(x.name)
        return Array.of(self.letters.leaf(x.name))

    def matrix_symbol(self, x: Any) -> Any:
        shape = tuple(map(_size, x.shape))
        known = self.letters.shapes.setdefault(x.name, shape[:1] if shape[1] == 1 else shape)
        for axis, n in enumerate(known):
            if isinstance(n, str):
                self.letters.origins.setdefault(n, (x.name, axis))
        leaf = Array.of(self.letters.leaf(x.name))
        return leaf if len(leaf.shape) == 2 else shaping.reshape(leaf, (*leaf.shape, 1))

    def dim(self, n: Any) -> Any:
        return int(n) if getattr(n, "is_Integer", False) else self.letters.size(str(n))

    def folded(self, combine: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
        return lambda x: functools.reduce(combine, map(self.of, x.args))


def _size(n: Any) -> int | str:
    if getattr(n, "is_Integer", False):
        return int(n)
    if not getattr(n, "is_Symbol", False):
        raise OpError(f"the size {n} of a matrix symbol is neither a number nor a symbol")
    return str(n)


def _pow(self: _Translation, x: Any) -> Any:
    base, exponent = x.args
    if str(exponent) in ("1/2", "-1/2"):
        root = ew.sqrt(lifted(self.of(base)))
        return root if exponent > 0 else 1 / root
    if str(base) == "E":
        return ew.exp(lifted(self.of(exponent)))
    b, e = self.of(base), self.of(exponent)
    return lifted(b) ** e


def _mul(self: _Translation, x: Any) -> Any:
    """Factors above the line, then a division by those below."""
    above, below = [], []
    for f in x.args:
        low = getattr(f, "is_Pow", False) and getattr(f.exp, "is_Integer", False) and f.exp < 0
        (below if low else above).append(1 / f if low else f)
    whole = functools.reduce(operator.mul, map(self.of, above)) if above else 1
    for f in below:
        divisor = self.of(f)
        whole = whole / (lifted(divisor) if is_number(whole) and is_number(divisor) else divisor)
    return whole


def _matmul(self: _Translation, x: Any) -> Any:
    scalars = [self.of(f) for f in x.args if not _is_matrix(f)]
    arrays = [self.of(f) for f in x.args if _is_matrix(f)]
    whole = functools.reduce(operator.matmul, arrays)
    return functools.reduce(operator.mul, [*scalars, whole])


def _is_matrix(x: Any) -> bool:
    return bool(getattr(x, "is_Matrix", False))


def _matpow(self: _Translation, x: Any) -> Any:
    base, exponent = self.of(x.args[0]), int(x.args[1])
    if exponent < 0:
        base, exponent = linear.inv(base), -exponent
    return functools.reduce(operator.matmul, [base] * exponent)


def _piecewise(self: _Translation, x: Any) -> Any:
    value: Any = math.nan
    for part, condition in reversed(x.args):
        v = self.of(part)
        value = v if condition == True else FUNCTIONS["where"](self.of(condition), v, value)  # noqa: E712
    return value


def _explicit(self: _Translation, x: Any) -> Any:
    rows, columns = x.shape
    entries = [[lifted(self.of(x[i, j])) for j in range(columns)] for i in range(rows)]
    return shaping.stack([shaping.stack(row) for row in entries])


def _applied(self: _Translation, x: Any) -> Any:
    """A function of one variable, applied to every element."""
    variable, body = x.function.variables[0], x.function.expr
    inner = _Translation(self.letters)
    inner._done[variable] = self.of(x.expr)
    return inner.of(body)


def _log(self: _Translation, x: Any) -> Any:
    if len(x.args) == 1:
        return ew.log(lifted(self.of(x.args[0])))
    return ew.log(lifted(self.of(x.args[0]))) / ew.log(lifted(self.of(x.args[1])))


def _element(self: _Translation, x: Any) -> Any:
    i, j = (int(k) for k in x.args[1:])
    return self.of(x.args[0])[i, j]


_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "StrictLessThan": operator.lt, "LessThan": operator.le, "StrictGreaterThan": operator.gt,
    "GreaterThan": operator.ge, "Equality": operator.eq, "Unequality": operator.ne,
}  # fmt: skip

_RULES: dict[str, Callable[[_Translation, Any], Any]] = {
    "MatrixSymbol": _Translation.matrix_symbol,
    "MatrixElement": _element,
    "MatMul": _matmul,
    "MatAdd": lambda self, x: self.folded(operator.add)(x),
    "MatPow": _matpow,
    "HadamardProduct": lambda self, x: self.folded(operator.mul)(x),
    "HadamardPower": lambda self, x: self.of(x.args[0]) ** self.of(x.args[1]),
    "Transpose": lambda self, x: self.of(x.args[0]).T,
    "Inverse": lambda self, x: linear.inv(self.of(x.args[0])),
    "Determinant": lambda self, x: linear.det(self.of(x.args[0])),
    "Trace": lambda self, x: linear.trace(self.of(x.args[0])),
    "Identity": lambda self, x: FUNCTIONS["eye"](self.dim(x.shape[0])),
    "OneMatrix": lambda self, x: FUNCTIONS["ones"](tuple(map(self.dim, x.shape))),
    "ZeroMatrix": lambda self, x: FUNCTIONS["zeros"](tuple(map(self.dim, x.shape))),
    "DiagMatrix": lambda self, x: FUNCTIONS["diag"](shaping.ravel(self.of(x.args[0]))),
    "ElementwiseApplyFunction": _applied,
    "MatrixBase": _explicit,
    "Symbol": _Translation.symbol,
    "Add": lambda self, x: self.folded(operator.add)(x),
    "Mul": _mul,
    "Pow": _pow,
    "log": _log,
    "Piecewise": _piecewise,
    "Max": lambda self, x: self.folded(FUNCTIONS["maximum"])(x),
    "Min": lambda self, x: self.folded(FUNCTIONS["minimum"])(x),
    "And": lambda self, x: self.folded(operator.and_)(x),
    "Or": lambda self, x: self.folded(operator.or_)(x),
    "Not": lambda self, x: ~self.of(x.args[0]),
    "Pi": lambda self, x: lifted(Exact(math.pi, "pi")),
    "Exp1": lambda self, x: ew.exp(lifted(1)),
    "Infinity": lambda self, x: math.inf,
    "NegativeInfinity": lambda self, x: -math.inf,
    "NaN": lambda self, x: math.nan,
    "BooleanTrue": lambda self, x: np.True_,
    "BooleanFalse": lambda self, x: np.False_,
    **{
        name: lambda self, x, compare=compare: compare(*map(self.of, x.args))
        for name, compare in _COMPARISONS.items()
    },
}


@functools.cache
def _functions() -> dict[str, Callable[..., Any]]:
    """SymPy's functions of scalars, by the names that the records tell."""
    found = {op.sympy: op for op in OPS.values() if op.elementwise and op.sympy}
    return {name: lambda *xs, f=op: f(lifted(xs[0]), *xs[1:]) for name, op in found.items()}
