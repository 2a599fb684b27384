"""Notation -> SymPy: scalars as expressions, vectors and matrices as `MatrixExpr`.

A vector is a matrix of one column. What SymPy has no matrix expression for (einsum, arrays of three
axes, parts of arrays) has none here either: `NoMatrixForm` says so, and indexed.py writes it by elements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..graph.exact import Exact
from ..graph.extents import Dim, Extent
from ..graph.late import LateModule
from ..graph.op import OPS
from .notation import Call, Infix, MatMul, Name, Notation, Number, Power, Times, Total, Transposed
from .patterns import from_pattern

Shapes = Mapping[str, Sequence[Dim]]

sympy: Any = LateModule("sympy")


class NoMatrixForm(TypeError):
    """An array that SymPy has no matrix expression for."""


def sympy_of(x: Notation, shapes: Shapes) -> Any:
    """The notation as a SymPy expression."""
    return _Translation(shapes).of(x)


class _Translation:
    """Every kind of notation is a method; equal parts are translated once."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self._done: dict[int, Any] = {}

    def of(self, x: Notation) -> Any:
        if id(x) not in self._done:
            rule = getattr(self, f"_{type(x).__name__.lower()}", None)
            if rule is None or x.rank > 2:
                raise NoMatrixForm(f"SymPy has no matrix expression for {type(x).__name__.lower()}")
            self._done[id(x)] = rule(x)
        return self._done[id(x)]

    def _name(self, x: Name) -> Any:
        if x.text.startswith("'") or "," in x.text:  # of einsum, or a shape
            raise NoMatrixForm(f"SymPy has no matrix expression with {x.text}")
        if not x.text.isidentifier():
            return self.of(from_pattern(x.text, (), 0))
        if x.text == "pi" and x.text not in self.shapes:
            return sympy.pi
        return symbol_of(x.text, self.shapes.get(x.text, ()))

    def _number(self, x: Number) -> Any:
        return number_of(x.value)

    # --- sums and products

    def _total(self, x: Total) -> Any:
        terms = [sign * counted(self.of(t)) for sign, t in zip(x.signs, x.terms)]
        if x.rank == 0:
            return sympy.Add(*terms)
        like = next(t for t in terms if is_matrix(t))
        return sympy.MatAdd(*(self._spread(t, like) for t in terms)).doit(deep=False)

    def _spread(self, term: Any, like: Any) -> Any:
        return term if is_matrix(term) else term * sympy.OneMatrix(*like.shape)

    def _times(self, x: Times) -> Any:
        scalars, arrays = [], []
        for f in x.factors:
            (arrays if f.rank else scalars).append(counted(self.of(f)))
        for d in x.divisors:
            below = self.of(d)
            if d.rank:
                arrays.append(sympy.HadamardPower(below, -1))
            else:
                scalars.append(1 / below)
        scale = sympy.Mul(*scalars)
        if not arrays:
            return scale
        whole = arrays[0] if len(arrays) == 1 else self._hadamard(arrays)
        return scale * whole

    def _hadamard(self, arrays: Sequence[Any]) -> Any:
        if len({a.shape for a in arrays}) > 1:
            raise NoMatrixForm("SymPy's elementwise products do not broadcast")
        return sympy.HadamardProduct(*arrays)

    def _power(self, x: Power) -> Any:
        base, exponent = self.of(x.base), self.of(x.exponent)
        if x.rank == 0:
            return base**exponent
        if is_matrix(exponent):
            raise NoMatrixForm("SymPy has no elementwise power by a matrix")
        return sympy.HadamardPower(base, exponent)

    def _matmul(self, x: MatMul) -> Any:
        factors = [self.of(f) for f in x.factors]
        if x.factors[0].rank == 1:
            factors[0] = factors[0].T
        whole = sympy.MatMul(*factors).doit(deep=False)
        if x.rank == 0:
            return sympy.Trace(whole)
        return whole.T if x.rank == 1 and x.factors[0].rank == 1 else whole

    def _transposed(self, x: Transposed) -> Any:
        return self.of(x.arg).T

    # --- functions

    def _infix(self, x: Infix) -> Any:
        if x.rank:
            raise NoMatrixForm("SymPy compares no matrices element by element")
        args = [self.of(a) for a in x.args]
        return _relations()[x.operator](*args)

    def _call(self, x: Call) -> Any:
        by_hand = _MATRIX_CALLS.get(x.function)
        if by_hand is not None and not x.keywords:
            return by_hand(self, x)
        function = function_named(x.function)
        args = [self.of(a) for a in x.args]
        if x.keywords:
            raise NoMatrixForm(f"SymPy has no {x.function} along axes")
        if x.rank == 0 and not any(map(is_matrix, args)):
            return function(*args)
        if (
            len(args) == 1
            and is_matrix(args[0])
            and x.function in OPS
            and OPS[x.function].elementwise
        ):
            d = sympy.Dummy("d")
            return args[0].applyfunc(sympy.Lambda(d, function(d)))
        raise NoMatrixForm(f"SymPy has no matrix expression for {x.function}")

    def sum_of(self, x: Any) -> Any:
        """The sum of all elements."""
        rows, columns = x.shape
        whole = sympy.OneMatrix(1, rows) * x
        return sympy.Trace(whole if columns == 1 else whole * sympy.OneMatrix(columns, 1))


def counted(x: Any) -> Any:
    """A condition as 1 where it holds, else 0."""
    is_condition = x.is_Relational or x.is_Boolean
    return sympy.Piecewise((1, x), (0, True)) if is_condition else x


def is_matrix(x: Any) -> bool:
    return bool(getattr(x, "is_Matrix", False))


def symbol_of(name: str, shape: Sequence[Dim]) -> Any:
    """A symbol, or a matrix symbol; a vector has one column."""
    if not shape:
        return sympy.Symbol(name)
    if len(shape) > 2:
        raise NoMatrixForm(f"{name} has {len(shape)} axes; a matrix has two")
    rows, columns = (*map(size_of, shape), 1)[:2]
    return sympy.MatrixSymbol(name, rows, columns)


def size_of(n: Dim) -> Any:
    if not isinstance(n, Extent):
        return int(n)
    return sympy.Add(
        *(
            c * sympy.Mul(*(sympy.Symbol(a, integer=True, positive=True) for a in m))
            for m, c in n.polynomial
        )
    )


def number_of(value: Any) -> Any:
    """A number as SymPy has it: fractions and named constants stay exact."""
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    if isinstance(value, Exact):
        return _Translation({}).of(from_pattern(value.formula, (), 0))
    if isinstance(value, bool):
        return sympy.true if value else sympy.false
    if isinstance(value, float) and not np.isfinite(value):
        return sympy.nan if np.isnan(value) else sympy.oo if value > 0 else -sympy.oo
    return sympy.Integer(value) if isinstance(value, int) else sympy.Float(value)


def function_named(name: str) -> Callable[..., Any]:
    """SymPy's function for an op's name; an undefined one where it has none."""
    if name in _DEFINED:
        return _DEFINED[name]
    record = OPS.get(name)
    theirs = record.sympy if record is not None and record.sympy else name
    for place in (sympy, LateModule("sympy.codegen.cfunctions")):
        found = getattr(place, theirs, None)
        if found is not None and isinstance(found, type | type(sympy.sqrt)):
            return found
    return sympy.Function(name)


def _relations() -> dict[str, Callable[..., Any]]:
    return {
        "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq,
        "!=": sympy.Ne, "&": sympy.And, "|": sympy.Or, "^": sympy.Xor, "~": sympy.Not,
        "%": sympy.Mod, "//": lambda a, b: sympy.floor(a / b),
    }  # fmt: skip


# what SymPy has no function for, by what it means
_DEFINED: dict[str, Callable[..., Any]] = {
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "relu": lambda x: sympy.Max(0, x),
    "logaddexp": lambda a, b: sympy.log(sympy.exp(a) + sympy.exp(b)),
    "maximum": lambda *xs: sympy.Max(*xs),
    "minimum": lambda *xs: sympy.Min(*xs),
    "where": lambda c, a, b: sympy.Piecewise((a, c), (b, True)),
    "heaviside": lambda x, h: sympy.Heaviside(x, h),
    "bitwise_and": lambda a, b: sympy.And(a, b),
    "bitwise_or": lambda a, b: sympy.Or(a, b),
    "logical_and": lambda a, b: sympy.And(a, b),
    "logical_or": lambda a, b: sympy.Or(a, b),
    "logical_not": lambda a: sympy.Not(a),
    "xlogy": lambda x, y: x * sympy.log(y),
    "logit": lambda x: sympy.log(x / (1 - x)),
    "log_expit": lambda x: -sympy.log(1 + sympy.exp(-x)),
    "entr": lambda x: -x * sympy.log(x),
    "ndtr": lambda x: (1 + sympy.erf(x / sympy.sqrt(2))) / 2,
    "j0": lambda x: sympy.besselj(0, x),
    "j1": lambda x: sympy.besselj(1, x),
    "y0": lambda x: sympy.bessely(0, x),
    "y1": lambda x: sympy.bessely(1, x),
    "i0": lambda x: sympy.besseli(0, x),
    "i1": lambda x: sympy.besseli(1, x),
    "k0": lambda x: sympy.besselk(0, x),
    "k1": lambda x: sympy.besselk(1, x),
}


def _sum(self: _Translation, x: Call) -> Any:
    return self.sum_of(self.of(x.args[0]))


def _mean(self: _Translation, x: Call) -> Any:
    whole = self.of(x.args[0])
    return self.sum_of(whole) / sympy.Mul(*whole.shape)


def _norm(self: _Translation, x: Call) -> Any:
    whole = self.of(x.args[0])
    return sympy.sqrt(sympy.Trace(whole.T * whole))


def _diag(self: _Translation, x: Call) -> Any:
    whole = self.of(x.args[0])
    return sympy.DiagonalOf(whole) if x.rank == 1 else sympy.DiagMatrix(whole)


def _filled(kind: str) -> Callable[[_Translation, Call], Any]:
    def made(self: _Translation, x: Call) -> Any:
        text = x.args[0].text if isinstance(x.args[0], Name) else ""  # a size, or "m, n"
        parts = [part.strip() for part in text.strip("()").split(",") if part.strip()]
        sizes = [self.of(from_pattern(part, (), 0)) for part in parts]
        return getattr(sympy, kind)(*(sizes if len(sizes) == 2 else (*sizes, 1)))

    return made


_MATRIX_CALLS: dict[str, Callable[[_Translation, Call], Any]] = {
    "sum": _sum,
    "mean": _mean,
    "norm": _norm,
    "diag": _diag,
    "inv": lambda self, x: sympy.Inverse(self.of(x.args[0])),
    "det": lambda self, x: sympy.Determinant(self.of(x.args[0])),
    "logdet": lambda self, x: sympy.log(sympy.Abs(sympy.Determinant(self.of(x.args[0])))),
    "trace": lambda self, x: sympy.Trace(self.of(x.args[0])),
    "outer": lambda self, x: self.of(x.args[0]) * self.of(x.args[1]).T,
    "eye": lambda self, x: sympy.Identity(self.of(x.args[0])),
    "ones": _filled("OneMatrix"),
    "zeros": _filled("ZeroMatrix"),
}
