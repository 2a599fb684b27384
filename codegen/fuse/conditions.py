"""What is known of integers where a scalar stands: it decides comparisons, and with them choices.

An index runs from 0 to its extent; inside a branch, its condition holds. A fact is a sum of atoms
(see scalars.affine) that is not negative; indices and extents are not negative themselves. What
follows from an index's range is used only for tests of that index: a test without it may later
stand outside of the loop, where the loop might run for no index at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..index import Apply, Const, Read, Reduce, Scalar, Select, Var
from ..scalars import affine, parts, with_parts

Sum = dict[Scalar | None, int]
Facts = tuple[tuple[str | None, Sum], ...]  # the index whose range it is, if it is one

COMPARISONS = frozenset({"lt", "le", "gt", "ge"})


def ranges_facts(ranges: Iterable[tuple[str, Scalar]]) -> Facts:
    """Each index lies below its extent."""
    return tuple((name, _less(affine(extent), {None: 1, Var(name): 1})) for name, extent in ranges)


def fact(total: Sum) -> Facts:
    """What is known from a condition."""
    return ((None, total),)


def difference(test: Scalar) -> Sum | None:
    """A comparison of integers as a sum that is negative exactly where it fails."""
    if not isinstance(test, Apply) or test.name not in COMPARISONS or not _integer(test):
        return None
    left, right = (affine(arg) for arg in test.args)
    least: Sum = {None: 1}
    return {
        "lt": lambda: _less(_less(right, left), least),
        "le": lambda: _less(right, left),
        "gt": lambda: _less(_less(left, right), least),
        "ge": lambda: _less(left, right),
    }[test.name]()


def opposite(total: Sum) -> Sum:
    """A sum that is not negative exactly where the other is."""
    return _less(_less({}, total), {None: 1})


def holds(total: Sum, facts: Facts) -> bool | None:
    """Whether a sum is known to be not negative, or known to be negative."""
    if _follows(total, facts):
        return True
    return False if _follows(opposite(total), facts) else None


def _follows(total: Sum, facts: Facts) -> bool:
    atoms = {atom.name for atom in total if type(atom) is Var}
    return _plain(total) or any(
        _plain(_less(total, known)) for index, known in facts if index is None or index in atoms
    )


def _plain(total: Sum) -> bool:
    """Whether a sum has no negative term and no atom that might be negative."""
    return all(f >= 0 and (atom is None or type(atom) is Var) for atom, f in total.items())


def _less(left: Sum, right: Sum) -> Sum:
    result = dict(left)
    for atom, factor in right.items():
        result[atom] = result.get(atom, 0) - factor
    return {atom: factor for atom, factor in result.items() if factor}


def _integer(scalar: Scalar) -> bool:
    """Whether a comparison is one of indices and extents."""
    if isinstance(scalar, Const):
        return scalar.dtype == "int64"
    if type(scalar) is Read:
        return False
    inner = parts(scalar)
    return all(map(_integer, inner)) if inner else type(scalar) is Var


def decided(scalar: Scalar, facts: Facts) -> Scalar:
    """The scalar without the choices that the facts decide."""
    if isinstance(scalar, Select):
        return _choice(scalar, facts)
    if isinstance(scalar, Reduce):
        inner = facts + ranges_facts(scalar.ranges)
        body = decided(scalar.body, inner)
        return scalar if body is scalar.body else Reduce(scalar.combine, scalar.ranges, body)
    total = difference(scalar)
    known = None if total is None else holds(total, facts)
    if known is not None:
        return Const(known, "bool")
    old = parts(scalar)
    if not old:
        return scalar
    made = with_parts(scalar, tuple([decided(part, facts) for part in old]))
    return scalar if made is scalar else folded(made)


def _choice(scalar: Select, facts: Facts) -> Scalar:
    condition = decided(scalar.condition, facts)
    if isinstance(condition, Const):
        return decided(scalar.then if condition.value else scalar.other, facts)
    then = decided(scalar.then, facts + _where(condition, True))
    other = decided(scalar.other, facts + _where(condition, False))
    if condition is scalar.condition and then is scalar.then and other is scalar.other:
        return scalar
    return Select(condition, then, other)


def _where(condition: Scalar, value: bool) -> Facts:
    """What follows from a condition's being true, or false."""
    total = difference(condition)
    if total is not None:
        return fact(total if value else opposite(total))
    if not isinstance(condition, Apply):
        return ()
    if condition.name == "not":
        return _where(condition.args[0], not value)
    if condition.name == ("and" if value else "or"):
        return tuple(known for arg in condition.args for known in _where(arg, value))
    return ()


def folded(scalar: Scalar) -> Scalar:
    """Choices and logic of what is known, and sums with a zero that a choice has left."""
    if isinstance(scalar, Select) and isinstance(scalar.condition, Const):
        return scalar.then if scalar.condition.value else scalar.other
    rule = _FOLDED.get(scalar.name) if isinstance(scalar, Apply) else None
    return scalar if rule is None else rule(scalar)


def _sum(total: Apply) -> Scalar:
    zeros = [arg for arg in total.args if isinstance(arg, Const) and arg.value == 0]
    rest = [arg for arg in total.args if arg not in zeros]
    return total if not zeros else (rest or zeros)[0]


def _negation(scalar: Apply) -> Scalar:
    (arg,) = scalar.args
    return Const(not arg.value, "bool") if isinstance(arg, Const) else scalar


def _logic(scalar: Apply) -> Scalar:
    """One side decides, or says nothing."""
    known = next((arg for arg in scalar.args if isinstance(arg, Const)), None)
    if known is None:
        return scalar
    if known.value == (scalar.name == "or"):
        return known
    return next(arg for arg in scalar.args if arg is not known)


_FOLDED: dict[str, Callable[[Any], Scalar]] = {
    "add": _sum,
    "not": _negation,
    "and": _logic,
    "or": _logic,
}
