"""Pullbacks of our own elementwise ops on large arrays: one kernel for all of a rule's steps.

The rule is the op's own. It is read once with elements in the place of arrays; what comes out is
the scalar that stands at every index of each cotangent. Size, layout and dtype alone decide whether
a kernel computes, so the same arrays give the same bits each time.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

import codegen
from codegen.index import Apply, Buffer, Const, Define, Program, Read, Scalar, Var
from codegen.scalars import reads, walk

from ..graph.exact import is_number, kind_of
from ..graph.op import OPS, Aval, Op, Operand
from ..ops import elementwise as ew
from ..ops.large import SMALLEST, is_plain, keep_freed_memory
from .operators import Operators

_SIZE, _INDEX = Var("n"), Var("i")
_OURS = frozenset(OPS.values())  # a rule of the user's own may say something else next time
_KINDS = (np.dtype(np.float64), np.dtype(np.float32))
# what kernels compute at least as quickly as NumPy does
_QUICK = frozenset(
    "add sub mul div neg strongmul abs sign maximum minimum sqrt exp expm1 log log1p sin cos tanh "
    "sigmoid softplus erf where lt le gt ge eq ne and or not".split()
)


class _NoKernel(Exception):
    """The rule does what no kernel is made for."""


class Element(Operators, Operand):
    """The number at the index, as a rule computes with it."""

    __slots__ = ("dtype", "scalar")
    precedence: ClassVar[int] = 1
    shape: Any = (_SIZE,)
    _value = _node = _view = None  # nothing is known of it but how it is computed

    def __init__(self, scalar: Scalar, dtype: Any) -> None:
        self.scalar, self.dtype = scalar, dtype

    def __call__(self, *index: Any) -> Scalar:
        return self.scalar

    def __bool__(self) -> bool:
        raise _NoKernel

    @classmethod
    def apply(cls, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Element:
        if op.at is None or not op.elementwise:
            raise _NoKernel
        operands = [a if isinstance(a, Element) else _Number.of(a) for a in args]
        aval = op.infer(*(Aval(a.shape, a.dtype) for a in operands), **params)
        return cls(op.at((_INDEX,), *operands, **params), aval.dtype)


class _Number(NamedTuple):
    """A constant of a rule."""

    shape: Any
    dtype: type
    scalar: Scalar

    @classmethod
    def of(cls, a: Any) -> _Number:
        if not is_number(a):
            raise _NoKernel
        kind = kind_of(a)
        names = {float: "float64", int: "int64", bool: "bool"}
        return cls((), kind, Const(kind(a), names[kind]))

    def __call__(self) -> Scalar:
        return self.scalar


class _Made(NamedTuple):
    """A kernel, which of (g, y, *xs) it takes, and what the rule gives: its results, g, or None."""

    function: Callable[..., Any]
    taken: tuple[int, ...]
    given: tuple[int | None, ...]  # the place among g and the kernel's results


def pulled(
    op: Op, g: np.ndarray, y: Any, xs: Sequence[Any], needed: tuple[bool, ...], masked: bool
) -> Sequence[Any] | None:
    """The cotangents of an elementwise op's arguments, if a kernel computes them."""
    made = _kernel(op, needed, masked, len(xs), g.dtype)
    if made is None or not is_plain(g):
        return None
    shape = g.shape
    for x, need in zip(xs, needed):
        if need and x.shape != shape:
            return None
    arrays, taken = (g, y, *xs), []
    for k in made.taken:
        a = arrays[k]
        if type(a) is not np.ndarray or a.shape != shape or a.dtype != g.dtype or not is_plain(a):
            return None
        taken.append(a if len(shape) == 1 else a.reshape(-1))
    parts = (g, *made.function(*taken))
    return [
        None if k is None else parts[k] if len(shape) == 1 else parts[k].reshape(shape)
        for k in made.given
    ]


def is_large(g: Any) -> bool:
    return type(g) is np.ndarray and g.size >= SMALLEST


@functools.cache
def _kernel(
    op: Op, needed: tuple[bool, ...], masked: bool, count: int, dtype: np.dtype[Any]
) -> _Made | None:
    """What is made for a rule that takes several steps over arrays, else None."""
    keep_freed_memory()
    if dtype not in _KINDS or op not in _OURS:
        return None
    names = ["g", "y", *(f"x{k}" for k in range(count))]
    g, y, *xs = (Element(Read(name, (_INDEX,)), dtype) for name in names)
    times = {"times": ew.strongmul} if masked and not op.masking else {}
    try:
        parts = op.pullback(g, y, *xs, needed=needed, **times)  # type: ignore[misc]
    except (_NoKernel, NotImplementedError):
        return None
    made = [part for part in parts if part is not None and part is not g]
    if not all(isinstance(part, Element) and part.dtype == dtype for part in made):
        return None
    return _built(op, names, [part.scalar for part in made], parts, g, dtype.name)


def _built(
    op: Op, names: list[str], scalars: list[Scalar], parts: Any, g: Element, dtype: str
) -> _Made | None:
    steps = [[part.name for part in walk(s) if isinstance(part, Apply)] for s in scalars]
    if max(map(len, steps), default=0) < 2 or not _QUICK.issuperset(itertools.chain(*steps)):
        return None
    used = {read.buffer for s in scalars for read in reads(s)}
    inputs = tuple(Buffer(name, (_SIZE,), dtype) for name in names if name in used)
    outputs = [Buffer(f"r{k}", (_SIZE,), dtype) for k in range(len(scalars))]
    body = tuple(Define(r, ("i",), s) for r, s in zip(outputs, scalars))
    extents = (("n", inputs[0].name, 0),)
    program = Program(f"{op.name}_back", extents, inputs, body, tuple(r.name for r in outputs))
    places = iter(range(1, 1 + len(scalars)))
    given = tuple(None if p is None else 0 if p is g else next(places) for p in parts)
    taken = tuple(k for k, name in enumerate(names) if name in used)
    return _Made(codegen.build(program, target="llvm").function, taken, given)
