"""What stands in steps: their scalars, what they read and write, and whether turns need each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .index import Read, Scalar, Var
from .nests import Accumulate, For, Gemm, If, Let, Local, Start, Step, Store
from .scalars import affine, walk

_GATHERS = frozenset({"add", "mul", "maximum", "minimum"})


def name_of(scalar: Scalar) -> str:
    """The buffer that is read, or the name of a scalar."""
    return scalar.buffer if isinstance(scalar, Read) else getattr(scalar, "name", "")


def bound(steps: Sequence[Step]) -> Iterator[str]:
    """The loop indices inside."""
    for step in steps:
        if isinstance(step, For):
            yield step.index
        yield from bound(inside(step))


def inside(step: Step) -> tuple[Step, ...]:
    """The steps that stand in another."""
    if isinstance(step, For):
        return step.body
    return (*step.then, *step.orelse) if isinstance(step, If) else ()


def written(steps: Sequence[Step]) -> Iterator[str]:
    """The buffers and locals that are stored or accumulated into."""
    for step in steps:
        if isinstance(step, Store):
            yield step.buffer
        elif isinstance(step, Accumulate):
            yield name_of(step.target)
        elif isinstance(step, Gemm):
            yield step.target.buffer
        yield from written(inside(step))


def touched(steps: Sequence[Step]) -> Iterator[Scalar]:
    """Every element and local that is read or written; of a matrix only the name, as a local."""
    for step in steps:
        if isinstance(step, Store):
            yield Read(step.buffer, step.index)
        if isinstance(step, Gemm):
            yield from (Local(m.buffer, "") for m in (step.target, step.left, step.right))
        for scalar in scalars_of(step):
            yield from (s for s in walk(scalar) if isinstance(s, (Read, Local)))
        yield from touched(inside(step))


def scalars_of(step: Step) -> tuple[Scalar, ...]:
    """The scalars that stand directly in a step."""
    if isinstance(step, For):
        return (step.start, step.stop)
    if isinstance(step, If):
        return (step.condition,)
    if isinstance(step, (Let, Start)):
        return (step.value,)
    if isinstance(step, Store):
        return (*step.index, step.value)
    if isinstance(step, Accumulate):
        return (step.target, step.value)
    if isinstance(step, Gemm):
        return (*step.target.at, *step.left.at, *step.right.at)
    return ()


def scalars(steps: Iterable[Step]) -> Iterator[Scalar]:
    """The scalars in steps and in those inside them."""
    for step in steps:
        yield from scalars_of(step)
        yield from scalars(inside(step))


def size(steps: Iterable[Step]) -> int:
    """How much code steps are."""
    return sum(1 for scalar in scalars(steps) for _ in walk(scalar))


def every(step: Step) -> Iterator[Step]:
    """A step and all that are inside it."""
    yield step
    for part in inside(step):
        yield from every(part)


def in_any_order(loop: For) -> bool:
    """Whether no turn of a loop needs what another has made."""
    gemms = any(isinstance(step, Gemm) for step in every(loop))
    return not gemms and all(contended((loop,), loop.index).values())


def contended(steps: Sequence[Step], turn: str) -> dict[str, str | None]:
    """What several turns write that each run these steps: by which one combination, or None."""
    accesses, every_step = list(touched(steps)), [s for step in steps for s in every(step)]
    made = {step.name for step in every_step if isinstance(step, (Let, Start))}
    inner = (set(bound(steps)) | made) - {turn}
    found = {}
    for name in sorted(set(written(steps)) - made):
        mine = [access for access in accesses if name_of(access) == name]
        if not own_row(mine, turn, inner):
            found[name] = combination(name, mine, every_step)
    return found


def own_row(accesses: Sequence[Scalar], loop: str, changing: set[str]) -> bool:
    """Whether each turn touches elements of its own: some axis has one index, which moves."""
    indices = [access.index for access in accesses if isinstance(access, Read)]
    if len(indices) < len(accesses):
        return False
    return any(
        all(index[axis] == indices[0][axis] for index in indices)
        and _moves(indices[0][axis], loop, changing)
        for axis in range(len(indices[0]))
    )


def _moves(index: Scalar, loop: str, changing: set[str]) -> bool:
    """Whether an index is another in each turn: the loop's, and else only what does not change."""
    terms = affine(index)
    others = [atom for atom in terms if atom is not None and atom != Var(loop)]
    fixed = all(isinstance(atom, Var) and atom.name not in changing for atom in others)
    return bool(terms.get(Var(loop), 0)) and fixed


def combination(name: str, accesses: Sequence[Scalar], steps: Sequence[Step]) -> str | None:
    """The one combination by which all accesses accumulate, if they do nothing else."""
    mine = [s for s in steps if isinstance(s, Accumulate) and name_of(s.target) == name]
    combines = {step.combine for step in mine}
    if len(combines) != 1 or len(mine) != len(accesses):
        return None
    (combine,) = combines
    return combine if combine in _GATHERS else None
