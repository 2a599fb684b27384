"""Procedure -> Procedure: a loop over a choice that turns once becomes two loops without it.

Padding, concatenation and slice assignment are choices like `x[i] if i < n else y[i - n]`. Where
the condition compares the loop's index with something that stays the same in the loop, the loop
is cut there. A cut doubles the text of a body, so small bodies are cut, and few times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .index import Apply, Const, Read, Scalar, Select, Var
from .nests import Accumulate, For, Let, Local, Procedure, Start, Step, Store
from .scalars import ONE, ZERO, affine, names, parts, tidy, walk, with_parts

_LARGEST = 400  # scalars in all the loops that a loop may become
_NEGATED = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}


def split(procedure: Procedure) -> Procedure:
    """The same meaning, with fewer choices inside of loops."""
    return replace(procedure, body=tuple(_steps(procedure.body, _Names(procedure))))


@dataclass(frozen=True, slots=True)
class Turn:
    """A condition that holds exactly below the index `at`, or exactly from there on."""

    condition: Apply
    at: Scalar
    below: bool


class _Names:
    """Names for the places where loops are cut."""

    def __init__(self, procedure: Procedure) -> None:
        self.count = 0
        self.taken = {*procedure.buffers, *(name for name, _, _ in procedure.extents)}

    def __call__(self) -> str:
        while True:
            self.count += 1
            name = f"cut{self.count}"
            if name not in self.taken:
                return name


def _steps(steps: Iterable[Step], fresh: _Names) -> Iterator[Step]:
    for step in steps:
        if not isinstance(step, For):
            yield step
            continue
        step = replace(step, body=tuple(_steps(step.body, fresh)))
        yield from _cut(step, fresh, _LARGEST)


def _cut(loop: For, fresh: _Names, budget: int) -> Iterator[Step]:
    """The loop, or what it becomes, in no more than so many scalars."""
    size = sum(1 for scalar in scalars(loop.body) for _ in walk(scalar))
    turn = _turn(loop) if 2 * size <= budget else None
    if turn is None:
        yield loop
        return
    place = _between(loop.start, turn.at, loop.stop)
    cut = Local(fresh(), "int64")
    yield Let(cut.name, "int64", place)
    for start, stop, holds in ((loop.start, cut, turn.below), (cut, loop.stop, not turn.below)):
        body = tuple(_decided(step, turn.condition, holds) for step in loop.body)
        yield from _cut(For(loop.index, start, stop, body), fresh, budget // 2)


def _between(start: Scalar, at: Scalar, stop: Scalar) -> Scalar:
    """The place itself where it cannot lie outside of the loop."""
    if not _never_negative(Apply("sub", (at, start))):
        at = Apply("maximum", (start, at))
    if not _never_negative(Apply("sub", (stop, at))):
        at = Apply("minimum", (at, stop))
    return at


def _never_negative(scalar: Scalar) -> bool:
    """Whether it is a sum of extents, indices and cuts, of which none is negative."""
    terms = affine(scalar).items()
    return all(f >= 0 and (atom is None or isinstance(atom, (Var, Local))) for atom, f in terms)


def _turn(loop: For) -> Turn | None:
    """Where some condition in the loop turns."""
    changing = {inner.index for inner in _loops(loop.body)}
    for scalar in scalars(loop.body):
        for part in walk(scalar):
            if isinstance(part, Select):
                for test in walk(part.condition):
                    turn = _turn_of(test, loop.index, changing)
                    if turn is not None:
                        return turn
    return None


def _turn_of(test: Scalar, index: str, changing: set[str]) -> Turn | None:
    if not (isinstance(test, Apply) and test.name in _NEGATED) or names(test) & changing:
        return None
    if not all(_settled(part) for part in walk(test) if not parts(part)):
        return None
    left, right = test.args if test.name in ("lt", "le") else test.args[::-1]
    terms = affine(Apply("sub", (left, right)))  # the test is: their sum < 0, or <= 0
    slope = terms.pop(Var(index), 0)
    if slope not in (1, -1) or any(index in names(atom) for atom in terms if atom is not None):
        return None
    strict = test.name in ("lt", "gt")
    rest = _sum(terms)
    if slope == 1:  # i + rest < 0, that is i < -rest
        at = Apply("neg", (rest,))
        return Turn(test, tidy(at if strict else Apply("add", (at, ONE))), below=True)
    return Turn(test, tidy(Apply("add", (rest, ONE)) if strict else rest), below=False)


def _settled(leaf: Scalar) -> bool:
    """Whether the leaf of a condition is an integer that stays the same while the loop runs."""
    if isinstance(leaf, Local):
        return False
    return isinstance(leaf, Var) or (isinstance(leaf, Const) and leaf.dtype == "int64")


def _sum(terms: dict[Scalar | None, int]) -> Scalar:
    result: Scalar = ZERO
    for atom, factor in terms.items():
        term = Const(factor, "int64")
        product = term if atom is None else Apply("mul", (term, atom))
        result = Apply("add", (result, product))
    return result


def _loops(steps: Iterable[Step]) -> Iterator[For]:
    for step in steps:
        if isinstance(step, For):
            yield step
            yield from _loops(step.body)


def scalars(steps: Iterable[Step]) -> Iterator[Scalar]:
    """The scalars in steps and in the loops among them."""
    for step in steps:
        if isinstance(step, For):
            yield from (step.start, step.stop)
            yield from scalars(step.body)
        elif isinstance(step, (Let, Start)):
            yield step.value
        elif isinstance(step, Store):
            yield from (*step.index, step.value)
        elif isinstance(step, Accumulate):
            yield from (step.target, step.value)


def _decided(step: Step, condition: Apply, holds: bool) -> Step:
    """The step where it is known whether a condition holds."""

    def known(scalar: Scalar) -> Scalar:
        return _known(scalar, condition, holds)

    if isinstance(step, For):
        body = tuple(_decided(inner, condition, holds) for inner in step.body)
        return For(step.index, known(step.start), known(step.stop), body)
    if isinstance(step, (Let, Start)):
        return replace(step, value=known(step.value))
    if isinstance(step, Store):
        return replace(step, index=tuple(map(known, step.index)), value=known(step.value))
    if isinstance(step, Accumulate):
        target = known(step.target)
        assert isinstance(target, (Local, Read))
        return replace(step, target=target, value=known(step.value))
    return step


def _known(scalar: Scalar, condition: Apply, holds: bool) -> Scalar:
    if scalar == condition:
        return Const(holds, "bool")
    if scalar == Apply(_NEGATED[condition.name], condition.args):
        return Const(not holds, "bool")
    old = parts(scalar)
    if not old:
        return scalar
    new = tuple([_known(part, condition, holds) for part in old])
    if all(a is b for a, b in zip(old, new, strict=True)):
        return scalar
    return _folded(with_parts(scalar, new))


def _folded(scalar: Scalar) -> Scalar:
    """Choices, conjunctions, disjunctions and negations of what is known."""
    if isinstance(scalar, Select) and isinstance(scalar.condition, Const):
        return scalar.then if scalar.condition.value else scalar.other
    if not isinstance(scalar, Apply):
        return scalar
    known = [arg for arg in scalar.args if isinstance(arg, Const)]
    if scalar.name == "not" and known:
        return Const(not known[0].value, "bool")
    if scalar.name in ("and", "or") and known:
        rest = [arg for arg in scalar.args if arg is not known[0]]
        return known[0] if known[0].value == (scalar.name == "or") else rest[0]
    return scalar
