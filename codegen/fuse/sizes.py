"""How much work a scalar is, and how large it is as an expression."""

from __future__ import annotations

from typing import NamedTuple

from ..index import SPECIAL, TRANSCENDENTAL, Apply, Cast, Const, Read, Scalar, Select, Var
from ..scalars import affine, names, parts, reads, walk

_COSTS = {"div": 12, "reciprocal": 12, "sqrt": 16, "pow": 40, "floordiv": 8, "mod": 8, "fmod": 8}
_COSTS |= {"wrap_index": 8}  # it keeps a loop from running in many lanes
_COSTS |= dict.fromkeys(TRANSCENDENTAL - {"sqrt"}, 20) | dict.fromkeys(SPECIAL, 100)


class Size(NamedTuple):
    """Work in units of an addition, the number of parts, how deep they lie, and the reads."""

    cost: int = 0
    parts: int = 1
    depth: int = 0
    reads: int = 0


LEAF, _READ, _GATHER = Size(), Size(reads=1), Size(cost=1, reads=1)


def trifling(size: Size) -> bool:
    """Whether something costs hardly more than to read it where it is stored: -x, 2 * x."""
    return size.cost <= 2 and size.reads <= 1


def around(scalar: Scalar, sizes: tuple[Size, ...]) -> Size:
    """The size of a scalar whose parts have the given sizes."""
    if type(scalar) is Read:
        return _GATHER if gathers(scalar) else _READ
    cost, count, depth, places = _own_cost(scalar), 1, 0, 0
    for size in sizes:
        cost, count, places = cost + size.cost, count + size.parts, places + size.reads
        depth = max(depth, size.depth)
    return Size(cost, count, 1 + depth, places)


def _own_cost(scalar: Scalar) -> int:
    if isinstance(scalar, Apply):
        return _COSTS.get(scalar.name, 1)
    if isinstance(scalar, Cast):
        return int(not isinstance(scalar.arg, (Const, Var)))
    return int(isinstance(scalar, Select))


def measure(scalar: Scalar) -> Size:
    """The size of a scalar."""
    inner = () if type(scalar) is Read else parts(scalar)
    if not inner and type(scalar) is not Read:
        return LEAF
    return around(scalar, tuple([measure(part) for part in inner]))


def gathers(read: Read) -> bool:
    """Whether an index is itself read from a buffer."""
    return any(type(part) is Read for index in read.index for part in walk(index))


def once_per_point(read: Read, scope: tuple[str, ...]) -> bool:
    """Whether different points of the scope read different places, as far as one can see."""
    if not read.index:
        return not scope
    if gathers(read):
        return False
    seen: set[str] = set()
    for index in read.index:
        terms = [(a, f) for a, f in affine(index).items() if a is not None and f]
        plain = [abs(factor) for atom, factor in terms if type(atom) is Var and atom.name in scope]
        if len(set(plain)) < len(plain):
            return False
        seen |= names(index)
    return seen.issuperset(scope)


def streams(scalar: Scalar) -> int:
    """How many ways through memory a scalar takes; places a fixed distance apart share one."""
    return len({(r.buffer, tuple(map(_direction, r.index))) for r in reads(scalar)})


def _direction(index: Scalar) -> frozenset[tuple[Scalar | None, int]]:
    return frozenset((atom, f) for atom, f in affine(index).items() if atom is not None)
