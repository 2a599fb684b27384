"""SymPy -> a result on handles: scalars, matrix expressions and explicit matrices.

A matrix of one column is a vector, a result of shape (1, 1) a scalar.
"""

from __future__ import annotations

import functools
import math
import operator
import string
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from ..functions import linear, shaping, summation
from ..graph.exact import Exact, Ratio, is_number
from ..graph.extents import Dim, same
from ..graph.op import OPS, OpError
from ..handles.numpy_face import Array
from ..ops import elementwise as ew
from ..ops.broadcasting import is_one
from .symbols import Letters
from .vocabulary import FUNCTIONS, lifted

LARGEST_NUMBER = 10**300


def is_sympy(x: Any) -> bool:
    """Whether x is an expression or a matrix of SymPy's, without loading SymPy."""
    return any(str(cls.__module__).partition(".")[0] == "sympy" for cls in type(x).__mro__)


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

    def __init__(self, letters: Letters, axes: Mapping[Any, Dim] = MappingProxyType({})) -> None:
        self.letters, self.axes = letters, axes
        self._done: dict[Any, Any] = {}

    def of(self, x: Any) -> Any:
        if x not in self._done:
            self._done[x] = self._made(x)
        return self._done[x]

    def _made(self, x: Any) -> Any:
        if getattr(x, "is_Rational", False):
            if max(abs(int(x.p)), int(x.q)) > LARGEST_NUMBER:
                raise OpError("a fraction of numbers that no float can hold is not understood")
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
        op = _functions().get(name)
        if op is None:
            raise OpError(f"SymPy's {name} is not understood: {x}")
        if op.domain and len(op.domain) != len(x.args):
            raise OpError(f"SymPy's {name} of {len(x.args)} arguments is not understood: {x}")
        first, *others = map(self.of, x.args)
        return op(lifted(first), *others)

    def symbol(self, x: Any) -> Any:
        if x in self.axes:
            after = len(self.axes) - list(self.axes).index(x) - 1
            return FUNCTIONS["arange"](self.axes[x])[(slice(None), *[None] * after)]
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
    if str(base) == "E":
        return ew.exp(lifted(self.of(exponent)))
    return _raised(self, self.of(base), exponent)


def _raised(self: _Translation, base: Any, exponent: Any) -> Any:
    """base**exponent, a power of 1/2 being a root."""
    if str(exponent) in ("1/2", "-1/2"):
        root = ew.sqrt(lifted(base))
        return root if exponent > 0 else 1 / root
    return lifted(base) ** self.of(exponent)


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
    base, exponent = self.of(x.args[0]), x.args[1]
    if all(map(is_one, base.shape)):
        return _raised(self, base, exponent)
    if not getattr(exponent, "is_Integer", False):
        raise OpError(f"SymPy's power of a matrix is understood for whole numbers only: {x}")
    return FUNCTIONS["matrix_power"](base, int(exponent))


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
    """An element; at letters that a sum runs over, the array with these as its axes."""
    base, *index = x.args
    if type(base).__name__ == "IndexedBase":
        value = _indexed_base(self, base, index)
    else:
        value = self.of(base)
    if len(index) == 2 and index[1] == 0 and is_one(value.shape[1]):
        value, index = shaping.reshape(value, value.shape[:1]), index[:1]
    whole = [k if k in self.axes else _whole_number(k) for k in index]
    value = value[tuple(slice(None) if k in self.axes else k for k in whole)]
    return _placed(self, value, [k for k in whole if k in self.axes])


def _placed(self: _Translation, value: Any, letters: Sequence[Any]) -> Any:
    """An array whose axes are these letters, as one with an axis for every letter of the sums."""
    every = list(self.axes)
    places = [every.index(k) for k in letters]
    if not all(same(n, self.axes[k]) for n, k in zip(value.shape, letters)):
        raise OpError(f"at {', '.join(map(str, letters))} a sum does not run over the whole axis")
    if not places:
        return value
    order = sorted(set(places))
    spec = "".join(map(_letter, places)) + "->" + "".join(map(_letter, order))
    return summation.einsum(spec, value)[
        tuple(slice(None) if k in order else None for k in range(len(every)))
    ]


def _delta(self: _Translation, x: Any) -> Any:
    """1 where two letters are equal, else 0."""
    if not all(k in self.axes for k in x.args):
        raise OpError(f"SymPy's KroneckerDelta is understood for letters of sums: {x}")
    return _placed(self, FUNCTIONS["eye"](self.axes[x.args[0]]), x.args)


def _letter(k: int) -> str:
    return string.ascii_letters[k]


def _whole_number(k: Any) -> int:
    if not getattr(k, "is_Integer", False):
        raise OpError(f"the index {k} is neither a whole number nor a letter that a sum runs over")
    return int(k)


def _indexed_base(self: _Translation, base: Any, index: Any) -> Any:
    """The array of that name; its sizes are those of the sums over its indices."""
    name = str(base)
    shape = tuple(str(self.axes[k]) if k in self.axes else "" for k in index)
    known = self.letters.shapes.setdefault(name, shape)
    if "" in known:
        raise OpError(f"the shape of {name} is not known; give it in shapes")
    for axis, n in enumerate(known):
        if isinstance(n, str):
            self.letters.origins.setdefault(n, (name, axis))
    return Array.of(self.letters.leaf(name))


def _blocks(self: _Translation, x: Any) -> Any:
    rows, columns = x.blocks.shape
    join = FUNCTIONS["concatenate"]
    strips = [join([self.of(x.blocks[i, j]) for j in range(columns)], axis=1) for i in range(rows)]
    return join(strips, axis=0)


MOST_TERMS = 64


def _written_out(combine: Callable[[Any, Any], Any]) -> Callable[[_Translation, Any], Any]:
    """A sum or a product over a few whole numbers, term by term."""

    def made(self: _Translation, x: Any) -> Any:
        terms = [x.function]
        if all(map(_runs_over_a_size, x.limits)):
            return _over_axes(self, x, FUNCTIONS["sum" if combine is operator.add else "prod"])
        for letter, first, last in x.limits:
            whole = getattr(first, "is_Integer", False) and getattr(last, "is_Integer", False)
            if not whole or (int(last) - int(first) + 1) * len(terms) > MOST_TERMS:
                raise OpError(f"SymPy's {type(x).__name__} is understood for a few numbers: {x}")
            places = range(int(first), int(last) + 1)
            terms = [t.subs(letter, k) for t in terms for k in places]
        if not terms:
            raise OpError(f"SymPy's {type(x).__name__} of nothing is not understood: {x}")
        return functools.reduce(combine, map(self.of, terms))

    return made


def _runs_over_a_size(limit: Any) -> bool:
    """Whether an index runs from 0 to n - 1."""
    _, first, last = limit
    return first == 0 and getattr(last + 1, "is_Symbol", False)


def _over_axes(self: _Translation, x: Any, reduced: Callable[..., Any]) -> Any:
    """A sum or a product over named sizes: every index is an axis, after those of sums around it."""
    own = {letter: self.letters.size(str(last + 1)) for letter, _, last in x.limits}
    if any(letter in self.axes for letter in own):
        raise OpError(f"two sums in one another run over the same letter: {x}")
    axes = {**self.axes, **own}
    value = _Translation(self.letters, axes).of(x.function)
    whole = value * FUNCTIONS["ones"](tuple(axes.values()))
    return reduced(whole, axis=tuple(range(len(self.axes), len(axes))))


def _of_inverse(name: str) -> Callable[[_Translation, Any], Any]:
    """acot(x) is arctan(1/x), and so on."""
    return lambda self, x: OPS[name](1 / lifted(self.of(x.args[0])))


def _one_over(name: str) -> Callable[[_Translation, Any], Any]:
    """sec(x) is 1/cos(x), and so on."""
    return lambda self, x: 1 / OPS[name](lifted(self.of(x.args[0])))


def _factorial(x: Any) -> Any:
    return OPS["gamma"](lifted(x + 1))


def _binomial(self: _Translation, x: Any) -> Any:
    n, k = map(self.of, x.args)
    return _factorial(n) / (_factorial(k) * _factorial(n - k))


_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "StrictLessThan": operator.lt, "LessThan": operator.le, "StrictGreaterThan": operator.gt,
    "GreaterThan": operator.ge, "Equality": operator.eq, "Unequality": operator.ne,
}  # fmt: skip

_RECIPROCALS = {
    "sec": "cos", "csc": "sin", "cot": "tan", "sech": "cosh", "csch": "sinh", "coth": "tanh",
}  # fmt: skip
_INVERSES = {
    "acot": "arctan", "asec": "arccos", "acsc": "arcsin", "acoth": "arctanh", "asech": "arccosh",
    "acsch": "arcsinh",
}  # fmt: skip

_RULES: dict[str, Callable[[_Translation, Any], Any]] = {
    "MatrixSymbol": _Translation.matrix_symbol,
    "MatrixElement": _element,
    "Indexed": _element,
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
    "DiagonalOf": lambda self, x: FUNCTIONS["diag"](self.of(x.args[0]))[:, None],
    "KroneckerProduct": lambda self, x: self.folded(FUNCTIONS["kron"])(x),
    "BlockMatrix": _blocks,
    "Adjoint": lambda self, x: self.of(x.args[0]).T,
    "ElementwiseApplyFunction": _applied,
    "MatrixBase": _explicit,
    "Symbol": _Translation.symbol,
    "Add": lambda self, x: self.folded(operator.add)(x),
    "Mul": _mul,
    "Pow": _pow,
    "log": _log,
    "Sum": _written_out(operator.add),
    "Product": _written_out(operator.mul),
    "KroneckerDelta": _delta,
    "Piecewise": _piecewise,
    "ITE": lambda self, x: FUNCTIONS["where"](*map(self.of, x.args)),
    "Mod": lambda self, x: lifted(self.of(x.args[0])) % self.of(x.args[1]),
    "Heaviside": lambda self, x: ew.heaviside(lifted(self.of(x.args[0])), self.of(x.args[1])),
    "sinc": lambda self, x: OPS["sinc"](self.of(x.args[0]) / lifted(Exact(math.pi, "pi"))),
    "factorial": lambda self, x: _factorial(self.of(x.args[0])),
    "binomial": _binomial,
    "conjugate": lambda self, x: self.of(x.args[0]),
    "re": lambda self, x: self.of(x.args[0]),
    "EulerGamma": lambda self, x: -OPS["digamma"](lifted(1)),
    "GoldenRatio": lambda self, x: (1 + ew.sqrt(lifted(5))) / 2,
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
    **{name: _one_over(of) for name, of in _RECIPROCALS.items()},
    **{name: _of_inverse(of) for name, of in _INVERSES.items()},
    **{
        name: lambda self, x, compare=compare: compare(*map(self.of, x.args))
        for name, compare in _COMPARISONS.items()
    },
}


@functools.cache
def _functions() -> dict[str, Any]:
    """The ops of scalars, by the names of SymPy's functions that the records tell."""
    return {op.sympy: op for op in OPS.values() if op.elementwise and op.sympy}
