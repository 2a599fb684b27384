"""Extents: sizes that are known by name and by value, so that one trace serves all sizes.

An extent is not an `int`: NumPy would look through a subclass without asking. Arithmetic on extents
stays symbolic, a comparison is answered from the values and noted as a guard, and whatever needs the
number itself (`int`, `range`, `hash`) pins it: the trace then holds for that number only.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from numbers import Number
from typing import Any, NamedTuple

from . import polynomials
from .asked import StandsFor
from .polynomials import Monomial, Polynomial, polynomial


class Guard(NamedTuple):
    """A relation that was answered while tracing: the trace holds where it is answered alike."""

    relation: str  # "eq" or "lt"
    left: Polynomial
    right: Polynomial
    answer: bool


class Quotient(NamedTuple):
    """The meaning of an atom such as `(n - 1)//2` that is no polynomial."""

    left: Polynomial
    right: Polynomial


class Scope:
    """The extents of one trace: their values, what was found equal, and the guards."""

    def __init__(self, lift: Callable[[Extent], Any] | None = None) -> None:
        self.values: dict[str, int] = {}
        self.meaning: dict[str, Polynomial] = {}
        self.quotients: dict[str, Quotient] = {}
        self.guards: list[Guard] = []
        self.lift = lift

    def extent(self, name: str, value: int) -> Dim:
        """A named size; 0 and 1 are never names, since they change what broadcasts."""
        self.values[name] = value
        if value in (0, 1):
            self.pin(((name,), 1), value)
            return value
        return Extent((((name,), 1),), self)

    def pin(self, term: tuple[Monomial, int], value: int) -> None:
        self.equate((term,), polynomial({(): value}))

    def resolve(self, p: Polynomial) -> Polynomial:
        """`p` with every atom that was found equal to something replaced by it."""
        if not any(name in self.meaning for m, _ in p for name in m):
            return p
        out: Polynomial = ()
        for m, c in p:
            term: Polynomial = (((), c),)
            for name in m:
                term = polynomials.times(
                    term, self.resolve(self.meaning.get(name, (((name,), 1),)))
                )
            out = polynomials.plus(out, term)
        return out

    def value(self, p: Polynomial) -> int:
        return evaluate(p, self.values, self.quotients)

    def equate(self, left: Polynomial, right: Polynomial) -> None:
        """Both are one from here on, and calls must agree with that."""
        self.guards.append(Guard("eq", left, right, True))
        for a, b in ((right, left), (left, right)):
            if len(a) == 1 and a[0][1] == 1 and len(a[0][0]) == 1:
                name = a[0][0][0]
                if not self._asks_for(name, b):
                    self.meaning[name] = b
                    return

    def _asks_for(self, name: str, p: Polynomial) -> bool:
        """Whether `p` is computed from an atom, as 2*(n//2) is from n: it cannot stand for that."""
        atoms = {atom for m, _ in self.resolve(p) for atom in m}
        parts = [part for atom in atoms for part in self.quotients.get(atom, ())]
        return name in atoms or any(self._asks_for(name, part) for part in parts)

    def answer(self, relation: str, left: Polynomial, right: Polynomial) -> bool:
        left, right = self.resolve(left), self.resolve(right)
        difference = polynomials.number(polynomials.plus(left, right, -1))
        if difference is not None:
            return difference == 0 if relation == "eq" else difference < 0
        a, b = self.value(left), self.value(right)
        holds = a == b if relation == "eq" else a < b
        if relation == "eq" and holds:
            self.equate(left, right)
        else:
            self.guards.append(Guard(relation, left, right, holds))
        return holds

    def admits(self, values: Mapping[str, int]) -> bool:
        """Whether the trace holds for these sizes too."""
        for relation, left, right, answer in self.guards:
            a = evaluate(left, values, self.quotients)
            b = evaluate(right, values, self.quotients)
            if (a == b if relation == "eq" else a < b) is not answer:
                return False
        return True


def evaluate(p: Polynomial, values: Mapping[str, int], quotients: Mapping[str, Quotient]) -> int:
    total = 0
    for m, c in p:
        for name in m:
            if name in values:
                c *= values[name]
            else:
                q = quotients[name]
                c *= evaluate(q.left, values, quotients) // evaluate(q.right, values, quotients)
        total += c
    return total


class Extent(StandsFor):
    """A size `n` of a traced array: behaves as the number it is, remembers the name it has."""

    __slots__ = ("_polynomial", "scope")

    def __init__(self, polynomial: Polynomial, scope: Scope) -> None:
        self._polynomial, self.scope = polynomial, scope

    def __reduce__(self) -> Any:
        """Pickled by its own class, not by that of what it stands for."""
        return Extent, (self._polynomial, self.scope)

    @property
    def original(self) -> type:
        return int

    @property
    def polynomial(self) -> Polynomial:
        return self.scope.resolve(self._polynomial)

    @property
    def value(self) -> int:
        return self.scope.value(self._polynomial)

    def __repr__(self) -> str:
        return polynomials.text(self.polynomial)

    def __int__(self) -> int:
        p, value = self.polynomial, self.value
        if polynomials.number(p) is None:
            self.scope.equate(p, polynomial({(): value}))
        return value

    __index__ = __int__

    def __float__(self) -> float:
        return float(int(self))

    def __hash__(self) -> int:
        return hash(int(self))

    def __bool__(self) -> bool:
        return self != 0

    def __add__(self, other: Any) -> Any:
        return self._arithmetic(other, polynomials.plus, lambda a, b: a + b)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: polynomials.plus(a, b, -1), lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        return self._arithmetic(other, polynomials.times, lambda a, b: a * b)

    __rmul__ = __mul__

    def __neg__(self) -> Dim:
        return self * -1

    def __pos__(self) -> Extent:
        return self

    def __abs__(self) -> Dim:
        return self if self >= 0 else -self

    def __floordiv__(self, other: Any) -> Any:
        return self._arithmetic(other, self._divide, lambda a, b: a // b)

    def __rfloordiv__(self, other: Any) -> Any:
        if not isinstance(other, int):
            return other // self._lifted()
        return Extent(polynomial({(): other}), self.scope) // self

    def __mod__(self, other: Any) -> Any:
        if not isinstance(other, (int, Extent)):
            return self._lifted() % other
        return self - (self // other) * other

    def __rmod__(self, other: Any) -> Any:
        return other - (other // self) * self if isinstance(other, int) else other % self._lifted()

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __truediv__(self, other: Any) -> Any:
        return self._lifted() / other

    def __rtruediv__(self, other: Any) -> Any:
        return other / self._lifted()

    def __pow__(self, other: Any) -> Any:
        if type(other) is int and 0 <= other <= 8:
            out: Any = 1
            for _ in range(other):
                out = self * out
            return out
        return self._lifted() ** other

    def __rpow__(self, other: Any) -> Any:
        return other ** self._lifted()

    def __eq__(self, other: object) -> Any:
        return self._compare(other, operator.eq)

    def __ne__(self, other: object) -> Any:
        return self._compare(other, operator.ne)

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, operator.lt)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, operator.gt)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, operator.le)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, operator.ge)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        lifted = [x._lifted() if isinstance(x, Extent) else x for x in inputs]
        return getattr(ufunc, method)(*lifted, **kwargs)

    def _compare(self, other: Any, relation: Callable[[Any, Any], Any]) -> Any:
        """The answer, noted as a guard; arrays and traced numbers are compared when all run."""
        theirs = _of(_bound(other, relation), self.scope)
        if theirs is not None:
            kind, swapped, answer = _RELATIONS[relation]
            pair = (theirs, self._polynomial) if swapped else (self._polynomial, theirs)
            return self.scope.answer(kind, *pair) is answer
        if hasattr(other, "__array_ufunc__"):
            return relation(self._lifted(), other)
        alike = isinstance(other, float) or not isinstance(other, Number)  # for all sizes
        return relation(self.value if alike else int(self), other)

    def _arithmetic(self, other: Any, combine: Callable[..., Polynomial], plain: Callable) -> Any:
        p = _of(other, self.scope)
        if p is None:
            return plain(self._lifted(), other)
        return dim(combine(self.polynomial, self.scope.resolve(p)), self.scope)

    def _divide(self, a: Polynomial, b: Polynomial) -> Polynomial:
        exact = polynomials.quotient(a, b)
        if exact is not None:
            return exact
        name = f"({polynomials.text(a)})//({polynomials.text(b)})"
        self.scope.quotients[name] = Quotient(a, b)
        return (((name,), 1),)

    def _lifted(self) -> Any:
        if self.scope.lift is None:
            return int(self)
        return self.scope.lift(self)


Dim = int | Extent
Shape = tuple[Dim, ...]


def dim(p: Polynomial, scope: Scope) -> Dim:
    number = polynomials.number(p)
    return Extent(p, scope) if number is None else number


_RELATIONS: dict[Callable[[Any, Any], Any], tuple[str, bool, bool]] = {
    operator.eq: ("eq", False, True),
    operator.ne: ("eq", False, False),
    operator.lt: ("lt", False, True),
    operator.ge: ("lt", False, False),
    operator.gt: ("lt", True, True),
    operator.le: ("lt", True, False),
}  # name of the guard, whether it is asked the other way round, and the answer that is "yes"


def _bound(other: Any, relation: Callable[[Any, Any], Any]) -> Any:
    """A whole number that every size compares with as it does with this float, if there is one."""
    if not isinstance(other, float) or not math.isfinite(other):
        return other
    if relation in (operator.eq, operator.ne):
        return int(other) if other.is_integer() else other
    return math.ceil(other) if relation in (operator.lt, operator.ge) else math.floor(other)


def _of(other: object, scope: Scope) -> Polynomial | None:
    if isinstance(other, Extent):
        return other._polynomial
    if isinstance(other, bool) or not hasattr(other, "__index__") or hasattr(other, "shape"):
        if not (hasattr(other, "dtype") and getattr(other, "shape", None) == ()):
            return None
        if getattr(getattr(other, "dtype", None), "kind", "") not in "iu" or hasattr(other, "node"):
            return None
    return polynomial({(): int(other)})  # type: ignore[call-overload]


def settled(size: Dim) -> Dim:
    """The size as it may stand in a shape: 0 and 1 as numbers."""
    if type(size) is int:
        return size
    if isinstance(size, Extent):
        number = polynomials.number(size.polynomial)
        if number is not None:
            return number
        return int(size) if size.value in (0, 1) else size
    return int(size)


def known(size: Dim) -> int:
    """The number behind a size, without pinning it: for messages and choices that hold anyway."""
    return size.value if isinstance(size, Extent) else int(size)


def same(a: Dim, b: Dim) -> bool:
    """Whether two sizes are one already; asks nothing, guards nothing."""
    if type(a) is int and type(b) is int:
        return a == b
    pa = a.polynomial if isinstance(a, Extent) else polynomial({(): a})
    pb = b.polynomial if isinstance(b, Extent) else polynomial({(): b})
    return pa == pb


def same_shape(a: Shape, b: Shape) -> bool:
    return len(a) == len(b) and all(x is y or same(x, y) for x, y in zip(a, b))


def has_extents(param: Any) -> bool:
    """Whether a size in this parameter is known by name."""
    return isinstance(param, Extent) or (isinstance(param, tuple) and any(map(has_extents, param)))


def product(sizes: Iterable[Dim]) -> Dim:
    out: Dim = 1
    for n in sizes:
        out = out * n
    return out


def key(item: Any) -> Any:
    """A hashable likeness of a parameter; two are equal where the parameters are the same."""
    if isinstance(item, Extent):
        return ("extent", item.polynomial)
    if isinstance(item, tuple):
        return tuple(key(x) for x in item)
    if isinstance(item, float):
        return (float, item.hex())
    return (type(item), item)
