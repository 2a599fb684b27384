"""What an operation is, and how calling one is dispatched.

An op is one record. Whatever any part of symdiff knows about an op, it reads here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import numpy as np

from .exact import is_number, kind_of
from .extents import Extent, Shape

Pullback = Callable[..., Sequence[Any]]
Example = Callable[[np.random.Generator], tuple[tuple[Any, ...], dict[str, Any]]]


class Aval(NamedTuple):
    """What is known of an array without its value: shape and dtype.

    The dtype of a Python scalar is its Python type; such a scalar is weak: it takes on the dtype of
    the arrays it meets.
    """

    shape: Shape
    dtype: Any

    @property
    def ndim(self) -> int:
        return len(self.shape)


class Operand:
    """Base of everything but arrays and numbers that an op can be applied to."""

    __slots__ = ()
    precedence = 0

    @property
    def node(self) -> Any:
        """How it came about."""
        raise NotImplementedError

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient will be asked for, here or further up."""
        raise NotImplementedError

    @classmethod
    def apply(cls, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        raise NotImplementedError

    @classmethod
    def apply_to_one(cls, op: Op, a: Any) -> Any:
        """An elementwise op, applied to an operand of this class."""
        return cls.apply(op, (a,), {})

    @classmethod
    def apply_to_two(cls, op: Op, a: Any, b: Any) -> Any:
        """An elementwise op, applied to two operands of this class, or one and a number."""
        return cls.apply(op, (a, b), {})


class OpError(ValueError, RuntimeError):
    """Arguments that an op cannot take: names the op, the shapes, and what would have worked.

    NumPy's users expect a ValueError of such, PyTorch's a RuntimeError.
    """


class NoDerivative(NotImplementedError):
    """A derivative that was asked for and is not provided; never a silent zero."""


class Counted(TypeError):
    """An error that users' code may catch, to go on with what is wrong then: `count.raised` counts
    each kind in each thread.
    """

    count: ClassVar[threading.local]

    def __init_subclass__(cls) -> None:
        cls.count = threading.local()

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.count.raised = self.so_far() + 1

    @classmethod
    def so_far(cls) -> int:
        return getattr(cls.count, "raised", 0)


class NeedsValue(Counted):
    """A traced function asked for a number that is only known when it runs."""


class LosesGradient(Counted):
    """A plain number or array was asked of what is being differentiated."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Op:
    """One operation, told once.

    infer      (*avals, **params) -> Aval, or a tuple of them if the op has several results
    evaluate   (*arrays, **params) -> array(s), by NumPy or SciPy
    pullback   (g, y, *xs, needed, **params) -> a cotangent for each argument, None if not needed;
               g carries any leading batch axes, so params count axes from the end
    at         (index, *xs, **params) -> the scalar that stands there (codegen.index)
    statement  (targets, sources, xs, **params) -> one statement, where no scalar form exists
    routine    the library routine that makes the whole array
    compose    (*xs, **params) -> the same value from simpler ops; how it is lowered
    batches    whether all this holds for a batch too: leading axes on g and on the arguments
    sympy      name of the SymPy function for scalars
    text       how formulas write it, if not as name(args)
    unview     (base, new, **params) -> base with the viewed part replaced
    backward   PyTorch's name for its node, or (args, params) -> that name
    domain     where each argument is safe for tests; example makes whole argument lists
    """

    name: str
    infer: Callable[..., Any]
    evaluate: Callable[..., Any]
    pullback: Pullback | None = None
    at: Callable[..., Any] | None = None
    statement: Callable[..., Any] | None = None
    routine: str = ""
    compose: Callable[..., Any] | None = None
    batches: bool = True
    sympy: str = ""
    text: str = ""
    unview: Callable[..., Any] | None = None
    results: int = 1
    elementwise: bool = False
    masking: bool = False
    family: str = ""
    backward: str | Callable[[tuple[Any, ...], dict[str, Any]], str] = ""
    domain: tuple[tuple[float, float], ...] = ()
    example: Example | None = None
    doc: str = ""

    def __call__(self, *args: Any, **params: Any) -> Any:
        """Arrays are computed, handles are recorded or traced."""
        if len(args) == 1 and type(args[0]) is np.ndarray:
            return self.evaluate(args[0], **params)
        if self.elementwise and not params:  # what comes most often waits for less
            kind = _sole_kind(args)
            if kind is np.ndarray:
                return self.evaluate(*args)
            if issubclass(kind, Operand):
                return (kind.apply_to_one if len(args) == 1 else kind.apply_to_two)(self, *args)
        carrier: type[Operand] | None = None
        for a in args:
            if isinstance(a, Operand) and (carrier is None or a.precedence > carrier.precedence):
                carrier = type(a)
        if carrier is None:
            return self.evaluate(*args, **params)
        return carrier.apply(self, args, params)

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> Any:
        return (_by_name, (self.name,))


def _sole_kind(args: tuple[Any, ...]) -> type:
    """The class of one argument, or of two of a kind, or of one beside a number; else object."""
    kind, count = type(args[0]), len(args)
    if count == 1:
        return kind
    if count > 2:
        return object
    other = type(args[1])
    if kind is other or other in _NUMBERS:
        return kind
    return other if kind in _NUMBERS else object


def evaluated(op: Op, values: Sequence[Any], params: dict[str, Any]) -> Any:
    """The value by NumPy; where it fails, the op says why in its own terms if it can."""
    try:
        return op.evaluate(*values, **params)
    except (ValueError, IndexError, TypeError) as error:
        op.infer(*map(aval_of, values), **params)
        error.add_note(f"in {op.name} of arguments with shapes {[np.shape(v) for v in values]}")
        raise


_NUMBERS = frozenset({float, int})
OPS: dict[str, Op] = {}


def _by_name(name: str) -> Op:
    return OPS[name]


def declare(name: str, **fields: Any) -> Op:
    """Put an op in the table; a name is declared once."""
    if name in OPS:
        raise ValueError(f"op {name!r} is declared already; choose another name")
    OPS[name] = Op(name=name, **fields)
    return OPS[name]


_WEAK = {float: 1.0, int: 1, bool: True}


def representative(dtype: Any) -> Any:
    """A stand-in of that dtype: NumPy's own promotion rules are asked, not copied."""
    return _WEAK[dtype] if dtype in _WEAK else np.ones((), dtype=dtype)[None]


def aval_of(x: Any) -> Aval:
    if is_number(x):
        return Aval((), kind_of(x))
    if isinstance(x, Extent):
        return Aval((), int)
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        return Aval(tuple(x.shape), x.dtype)
    array = np.asarray(x)
    return Aval(array.shape, array.dtype)


_STAYING = (float, np.dtype(np.float64), np.dtype(np.float32))
_STRONG = {float: np.dtype(np.float64), int: np.dtype(np.int64), bool: np.dtype(np.bool_)}


def strong_dtype(dtype: Any) -> np.dtype[Any]:
    return _STRONG.get(dtype) or np.dtype(dtype)


@lru_cache(maxsize=256)
def dtype_name(dtype: Any) -> str:
    """The name of the strong dtype."""
    return strong_dtype(dtype).name


@lru_cache(maxsize=4096)
def dtype_by_trial(evaluate: Callable[..., Any], dtypes: tuple[Any, ...]) -> np.dtype[Any]:
    """The dtype NumPy gives, found by asking it; no library loads for what floats stay."""
    if getattr(evaluate, "late", False) and len(set(dtypes)) == 1 and dtypes[0] in _STAYING:
        return strong_dtype(dtypes[0])
    with np.errstate(all="ignore"):
        return np.asarray(evaluate(*map(representative, dtypes))).dtype


def is_differentiable(dtype: Any) -> bool:
    return dtype is float or np.dtype(dtype).kind == "f"
