"""Walking and rewriting scalars: parts, substitution, and a normal form for index arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter, is_
from typing import Any

from .index import INDEXING, Apply, Cast, Const, Read, Reduce, Scalar, Select, Var

Shape = tuple[Scalar, ...]
ZERO, ONE = Const(0, "int64"), Const(1, "int64")
NEUTRAL = {"add": 0, "mul": 1, "maximum": "-inf", "minimum": "inf", "logaddexp": "-inf"}
_LIMITS = {
    ("maximum", "int64"): -(2**63),
    ("maximum", "int32"): -(2**31),
    ("maximum", "bool"): False,
    ("minimum", "int64"): 2**63 - 1,
    ("minimum", "int32"): 2**31 - 1,
    ("minimum", "bool"): True,
}


def _parts_of_reduce(scalar: Reduce) -> tuple[Scalar, ...]:
    return (*(extent for _, extent in scalar.ranges), scalar.body)


_PARTS: dict[type[Scalar], Callable[[Any], tuple[Scalar, ...]]] = {
    Apply: attrgetter("args"),
    Read: attrgetter("index"),
    Cast: lambda scalar: (scalar.arg,),
    Select: attrgetter("condition", "then", "other"),
    Reduce: _parts_of_reduce,
}


def parts(scalar: Scalar) -> tuple[Scalar, ...]:
    """The scalars directly inside; the extents of a Reduce come before its body."""
    inside = _PARTS.get(type(scalar))
    return () if inside is None else inside(scalar)


def with_parts(scalar: Scalar, new: tuple[Scalar, ...]) -> Scalar:
    """The same scalar around these parts: itself if they are its own."""
    if all(map(is_, new, parts(scalar))):
        return scalar
    if isinstance(scalar, Apply):
        return Apply(scalar.name, new)
    if isinstance(scalar, Read):
        return Read(scalar.buffer, new)
    if isinstance(scalar, Cast):
        return Cast(scalar.dtype, new[0])
    if isinstance(scalar, Select):
        return Select(*new)
    if isinstance(scalar, Reduce):
        names = (name for name, _ in scalar.ranges)
        return Reduce(scalar.combine, tuple(zip(names, new[:-1], strict=True)), new[-1])
    return scalar


def walk(scalar: Scalar) -> list[Scalar]:
    """The scalar and all inside it, the outer before the inner."""
    found = [scalar]
    for part in found:
        inside = _PARTS.get(type(part))
        if inside is not None:
            found += inside(part)
    return found


def has(scalar: Scalar, kind: type[Scalar]) -> bool:
    """Whether a scalar of some kind stands inside."""
    return kind in map(type, walk(scalar))


def is_check(scalar: Scalar) -> bool:
    """Whether it finds a position, which may be out of bounds."""
    return isinstance(scalar, Apply) and scalar.name in INDEXING


def checks(scalar: Scalar) -> bool:
    """Whether a position inside is to be checked."""
    return any(map(is_check, walk(scalar)))


def reads(scalar: Scalar) -> list[Read]:
    return [part for part in walk(scalar) if type(part) is Read]


def names(scalar: Scalar) -> set[str]:
    """Names of all variables inside, bound or free."""
    return {part.name for part in walk(scalar) if type(part) is Var}


def placed(scalar: Scalar, values: Mapping[str, Scalar]) -> Scalar:
    """Variables replaced by scalars, index arithmetic tidied; nothing inside binds a name."""
    if type(scalar) is Var:
        return values.get(scalar.name, scalar)
    old = parts(scalar)
    if not old:
        return scalar
    new = tuple([placed(part, values) for part in old])
    if type(scalar) is Read:
        return Read(scalar.buffer, tuple([tidy(index) for index in new]))
    return with_parts(scalar, new)


def neutral(combine: str, dtype: str) -> Const:
    """What a reduction of nothing gives."""
    value = _LIMITS.get((combine, dtype), NEUTRAL[combine])
    if dtype in ("float64", "float32"):
        return Const(float(value), dtype)
    return Const(bool(value) if dtype == "bool" else int(value), dtype)


def int_(value: int) -> Const:
    return Const(value, "int64")


def product(shape: Shape) -> Scalar:
    result: Scalar = ONE
    for extent in shape:
        result = Apply("mul", (result, extent))
    return tidy(result)


def tidy(index: Scalar) -> Scalar:
    """Index arithmetic in normal form: variables with coefficients, then the constant."""
    if type(index) is Var or type(index) is Const:
        return index
    terms = affine(index)
    constant = terms.pop(None, 0)
    result: Scalar | None = None
    for atom, factor in sorted(terms.items(), key=lambda item: item[1] < 0):
        if factor == 0 or atom is None:
            continue
        term = atom if abs(factor) == 1 else Apply("mul", (int_(abs(factor)), atom))
        if result is None and factor < 0:
            result, constant = Apply("sub", (int_(constant), term)), 0
        else:
            result = (
                term if result is None else Apply("add" if factor > 0 else "sub", (result, term))
            )
    if result is None:
        return int_(constant)
    if constant:
        name = "add" if constant > 0 else "sub"
        return Apply(name, (result, int_(abs(constant))))
    return result


def affine(index: Scalar) -> dict[Scalar | None, int]:
    """An int64 scalar as coefficients of atoms, the constant under None; keys keep their order."""
    if isinstance(index, Const):
        return {None: int(index.value)}
    if isinstance(index, Apply) and index.name in ("add", "sub", "mul", "neg"):
        combined = _combine(index.name, [affine(arg) for arg in index.args])
        if combined is not None:
            return combined
    return {_tidy_atom(index): 1}


def _combine(name: str, args: list[dict[Scalar | None, int]]) -> dict[Scalar | None, int] | None:
    if name == "neg":
        return {atom: -factor for atom, factor in args[0].items()}
    left, right = args
    if name == "mul":
        if set(left) <= {None}:
            left, right = right, left
        scale = right.get(None, 0)
        return (
            {a: f * scale for a, f in left.items() if f * scale} if set(right) <= {None} else None
        )
    sign = 1 if name == "add" else -1
    result = dict(left)
    for atom, factor in right.items():
        result[atom] = result.get(atom, 0) + sign * factor
    return {a: f for a, f in result.items() if f}


def _tidy_atom(index: Scalar) -> Scalar:
    if isinstance(index, (Var, Read)) or not parts(index):
        return index
    if isinstance(index, Apply):
        return _fold(Apply(index.name, tuple(tidy(arg) for arg in index.args)))
    return index


def _fold(index: Apply) -> Scalar:
    """floordiv and mod by one, and products of constants with what is no constant."""
    last = index.args[-1]
    if index.name == "floordiv" and last == ONE:
        return index.args[0]
    if index.name == "mod" and last == ONE:
        return ZERO
    return index
