"""The language between mathematics and loops: what stands at every index of every buffer.

A program says *what*; fuse.py and loops.py decide *how*. Nothing here knows tensors or derivatives.

    program  ::= extents, inputs, body, outputs
    body     ::= (Define | Scatter | Scan | Call)*        each makes its target buffer(s), once
    Define   ::= target[i, j, ...] = scalar               for every index below the target's shape
    Scatter  ::= target = copy of source; target[index...] (= | +=) scalar  for all points of ranges
    Scan     ::= target[.., k, ..] = combine(target[.., k-1, ..], scalar)     along one axis
    Call     ::= targets = routine(*sources)              on whole arrays
    scalar   ::= Const | Var | Read | Apply | Cast | Select | Reduce

Shapes, ranges and indices are int64 scalars over `Var`s: index variables and extents.
A buffer of rank 0 is a scalar; it is read with an empty index.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import field
from functools import singledispatch

from .frozen import frozen

DTYPES = ("float64", "float32", "int64", "int32", "bool")


@frozen()
class Scalar:
    """One number, a function of the index variables around it; sums and products fold constants."""

    def __add__(self, other: Scalar | int) -> Scalar:
        return _folded("add", self, other)

    def __radd__(self, other: int) -> Scalar:
        return _folded("add", _lifted(other), self)

    def __sub__(self, other: Scalar | int) -> Scalar:
        return _folded("sub", self, other)

    def __rsub__(self, other: int) -> Scalar:
        return _folded("sub", _lifted(other), self)

    def __mul__(self, other: Scalar | int) -> Scalar:
        return _folded("mul", self, other)

    def __rmul__(self, other: int) -> Scalar:
        return _folded("mul", _lifted(other), self)

    def __floordiv__(self, other: Scalar | int) -> Scalar:
        return _folded("floordiv", self, other)

    def __mod__(self, other: Scalar | int) -> Scalar:
        return _folded("mod", self, other)


@frozen(eq=False)
class Const(Scalar):
    """A number; 0.0 and -0.0 are two, since 1/0.0 and 1/-0.0 are."""

    value: float | int | bool
    dtype: str = "float64"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and self._key == other._key

    def __hash__(self) -> int:
        return hash((self.value, self.dtype))

    @property
    def _key(self) -> tuple[float | int | bool, float, str]:
        return self.value, math.copysign(1, self.value) if self.value == 0 else 0.0, self.dtype


@frozen()
class Var(Scalar):
    """An index variable or an extent; always int64."""

    name: str


@frozen()
class Read(Scalar):
    buffer: str
    index: tuple[Scalar, ...]


@frozen()
class Apply(Scalar):
    """A primitive (see PRIMITIVES) on scalars of one dtype; comparisons give bool."""

    name: str
    args: tuple[Scalar, ...]


@frozen()
class Cast(Scalar):
    dtype: str
    arg: Scalar


@frozen()
class Select(Scalar):
    """`then` where the condition holds, else `other`; only the chosen one is read.

    Out-of-bounds reads in the branch that is not chosen are allowed: padding, concatenation and
    slice assignment are written this way; split.py cuts a loop where an affine condition turns.
    """

    condition: Scalar
    then: Scalar
    other: Scalar


@frozen()
class Reduce(Scalar):
    """`combine` over all values of `body` (add, mul, maximum, minimum); neutral if empty."""

    combine: str
    ranges: tuple[tuple[str, Scalar], ...]
    body: Scalar


@frozen()
class Buffer:
    name: str
    shape: tuple[Scalar, ...]
    dtype: str = "float64"


@frozen()
class Define:
    target: Buffer
    index: tuple[str, ...]
    value: Scalar


@frozen()
class Scatter:
    """Starts from `source` (a buffer, None for zeros); repeated indices add up if `accumulate`."""

    target: Buffer
    source: str | None
    ranges: tuple[tuple[str, Scalar], ...]
    index: tuple[Scalar, ...]
    value: Scalar
    accumulate: bool = True


@frozen()
class Scan:
    """Running add, mul, maximum, minimum or logaddexp along `axis`, from the end if `reverse`."""

    target: Buffer
    index: tuple[str, ...]
    axis: int
    combine: str
    value: Scalar
    reverse: bool = False


@frozen()
class Call:
    """A library routine on whole arrays, over leading batch axes; `params` are small constants."""

    targets: tuple[Buffer, ...]
    routine: str
    sources: tuple[str, ...]
    params: tuple[tuple[str, int | float | bool | str], ...] = ()


def _lifted(x: Scalar | int) -> Scalar:
    return x if isinstance(x, Scalar) else Const(x, "int64")


_INTEGER = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
}
_NEUTRAL = {"add": 0, "sub": 0, "mul": 1, "floordiv": 1}


def _folded(name: str, left: Scalar, right: Scalar | int) -> Scalar:
    """Index arithmetic as one would write it: no `+ 0`, no `1 *`; both sides are int64."""
    right = _lifted(right)
    a, b = _integer(left), _integer(right)
    if a is not None and b is not None and (b or name in ("add", "sub", "mul")):
        return Const(_INTEGER[name](a, b), "int64")
    if b is not None and b == _NEUTRAL.get(name):
        return left
    if a is not None and name in ("add", "mul") and a == _NEUTRAL[name]:
        return right
    if name == "mul" and 0 in (a, b):
        return Const(0, "int64")
    return Apply(name, (left, right))


def _integer(x: Scalar) -> int | None:
    return int(x.value) if isinstance(x, Const) and x.dtype == "int64" else None


Statement = Define | Scatter | Scan | Call


@frozen()
class Program:
    """`extents` tells where each named size is found: (name, input, axis)."""

    name: str
    extents: tuple[tuple[str, str, int], ...]
    inputs: tuple[Buffer, ...]
    body: tuple[Statement, ...]
    outputs: tuple[str, ...]
    doc: str = field(default="", compare=False)

    def __str__(self) -> str:
        return "\n".join(_program(self))


# --- as text


def _program(program: Program) -> Iterator[str]:
    inputs = ", ".join(map(declared, program.inputs))
    yield f"{program.name}({inputs}) -> {', '.join(program.outputs)}"
    for name, buffer, axis in program.extents:
        yield f"  {name} = {buffer}.shape[{axis}]"
    for statement in program.body:
        yield f"  {told(statement)}"


def declared(buffer: Buffer) -> str:
    """A buffer with its dtype and its shape."""
    shape = ", ".join(map(show, buffer.shape))
    return f"{buffer.name}: {buffer.dtype}" + (f"[{shape}]" if buffer.shape else "")


@singledispatch
def told(statement: Statement) -> str:
    """A statement on one line."""
    raise TypeError(f"not a statement: {statement!r}")


@told.register
def _(statement: Define) -> str:
    return f"{_everywhere(statement)} = {show(statement.value)}"


@told.register
def _(statement: Scatter) -> str:
    made = f"{declared(statement.target)} = {statement.source or 'zeros'}"
    sign = "+=" if statement.accumulate else "="
    place = at(statement.target.name, statement.index)
    ranges = f" for {_ranges(statement.ranges)}" if statement.ranges else ""
    return f"{made}, then {place} {sign} {show(statement.value)}{ranges}"


@told.register
def _(statement: Scan) -> str:
    way = f"running {statement.combine} along {statement.index[statement.axis]}"
    end = " from the end" if statement.reverse else ""
    return f"{_everywhere(statement)} = {way}{end} of {show(statement.value)}"


@told.register
def _(statement: Call) -> str:
    params = [f"{k}={v}" for k, v in statement.params]
    targets = ", ".join(map(declared, statement.targets))
    return f"{targets} = {statement.routine}({', '.join([*statement.sources, *params])})"


def _everywhere(statement: Define | Scan) -> str:
    """The target at every index: `y[i < n, j < m]: float64`."""
    target = statement.target
    ranges = _ranges(tuple(zip(statement.index, target.shape, strict=True)))
    return target.name + (f"[{ranges}]" if ranges else "") + f": {target.dtype}"


def _ranges(ranges: tuple[tuple[str, Scalar], ...]) -> str:
    return ", ".join(f"{name} < {show(stop)}" for name, stop in ranges)


def at(buffer: str, index: tuple[Scalar, ...]) -> str:
    """A place in a buffer; one of rank 0 is its name."""
    return f"{buffer}[{', '.join(map(show, index))}]" if index else buffer


@singledispatch
def show(scalar: Scalar) -> str:
    """A scalar as text, in prefix form."""
    raise TypeError(f"not a scalar of this language: {scalar!r}")


@show.register
def _(scalar: Const) -> str:
    """Of the two common dtypes the point tells which."""
    plain = {"float64": float, "int64": int}.get(scalar.dtype)
    return _digits(plain(scalar.value)) if plain else f"{scalar.dtype}({_digits(scalar.value)})"


def _digits(value: float) -> str:
    """The number, and of a NaN its sign, as copysign reads it."""
    return "-nan" if value != value and math.copysign(1, value) < 0 else repr(value)


@show.register
def _(scalar: Var) -> str:
    return scalar.name


@show.register
def _(scalar: Read) -> str:
    return at(scalar.buffer, scalar.index)


@show.register
def _(scalar: Apply) -> str:
    return f"{scalar.name}({', '.join(map(show, scalar.args))})"


@show.register
def _(scalar: Cast) -> str:
    return f"{scalar.dtype}({show(scalar.arg)})"


@show.register
def _(scalar: Select) -> str:
    return f"({show(scalar.then)} if {show(scalar.condition)} else {show(scalar.other)})"


@show.register
def _(scalar: Reduce) -> str:
    return f"{scalar.combine}({show(scalar.body)} for {_ranges(scalar.ranges)})"


# --- the words


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARITHMETIC = _names(  # strongmul(g, s): 0 where g is 0, else g*s
    "add sub mul div floordiv mod fmod pow neg abs square reciprocal sign floor ceil round trunc "
    "maximum minimum fmax fmin copysign strongmul"
)
INDEXING = frozenset({"wrap_index"})  # (i, n): i, or i + n if negative; IndexError if out of bounds
COMPARISONS = _names("lt le gt ge eq ne and or xor not isnan isfinite isinf")
TRANSCENDENTAL = _names(
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan arcsin arccos arctan arctan2 hypot "
    "sinh cosh tanh arcsinh arccosh arctanh sigmoid softplus logaddexp logaddexp2 sinc"
)
SPECIAL = _names(  # SciPy's, called by address in compiled code; names as in scipy.special
    "erf erfc erfinv erfcx gamma gammaln digamma polygamma beta betaln gammainc gammaincc betainc "
    "j0 j1 jv y0 y1 yv i0 i0e i1 i1e iv ive k0 k0e k1 k1e kv kve "
    "xlogy xlog1py entr ndtr ndtri log_ndtr zeta erfcinv binom exp1 expi exprel hyp1f1 hyp2f1 "
    "ellipk ellipe ellipkinc ellipeinc boxcox boxcox1p inv_boxcox inv_boxcox1p"
)
PRIMITIVES = ARITHMETIC | INDEXING | COMPARISONS | TRANSCENDENTAL | SPECIAL | {"where"}

ROUTINES: dict[
    str, str
] = {  # what each gives; matrices stand in the last two axes, batch axes before
    "solve": "x of a x = b, b a matrix",
    "solve_triangular": "x of a x = b, a triangular; params lower, trans, unit",
    "inv": "the inverse",
    "det": "the determinant",
    "slogdet": "sign and log of |det|",
    "lu": "factors and int32 row exchanges of a matrix, for the four that follow alone",
    "lu_solve": "solve, with the factors in place of a; params trans",
    "lu_inv": "inv, likewise",
    "lu_det": "det, likewise",
    "lu_slogdet": "slogdet, likewise",
    "cholesky": "lower factor",
    "qr": "q, r (reduced)",
    "eigh": "eigenvalues ascending, eigenvectors in columns",
    "svd": "u, s, vh (reduced)",
    "expm": "matrix exponential",
    "sort": "sorted along the last axis",
    "argsort": "stable sorting index along the last axis",
    "argmax": "first index of the largest along the last axis (a NaN counts as largest)",
    "argmin": "first index of the smallest along the last axis (a NaN counts as smallest)",
    "recurrence": "y[k] = b[k] + a[k]*y[k-1] along the last axis of sources a, b of one shape; the "
    "first a plays no part; params reverse",
    "searchsorted": "insertion points of the second source in the first, 1-d sorted; params side",
}
