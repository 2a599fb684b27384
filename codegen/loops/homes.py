"""Where each buffer lives: in a register, in a row that a loop fills anew, or in an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..index import Buffer, Scalar, Scatter, Var
from ..scalars import ONE
from .tree import Leaf, Tree, common


class Home(NamedTuple):
    """An array with the kept axes (None: no array), a scalar (None: no scalar), or both.

    The scalar can be read wherever the first `depth` loops of its maker are shared. The array may
    hold several buffers, one after the other.
    """

    buffer: Buffer
    maker: Leaf
    kept: tuple[int, ...] | None
    local: str | None
    depth: int
    array: str = ""

    @property
    def full(self) -> bool:
        """Whether there is an array with all axes, but perhaps those of extent 1."""
        axes = range(len(self.buffer.shape))
        return self.kept is not None and all(
            axis in self.kept or self.buffer.shape[axis] == ONE for axis in axes
        )

    @property
    def shape(self) -> tuple[Scalar, ...]:
        """The shape of the array."""
        assert self.kept is not None
        return tuple(self.buffer.shape[axis] for axis in self.kept)


def settle(
    tree: Tree, outputs: tuple[str, ...], local_name: Callable[[str, int], str]
) -> dict[str, Home]:
    """A home for every buffer that a tree makes; `local_name` names a scalar at a depth."""
    readers, whole = tree.readers(), tree.whole().union(outputs)
    return {
        target.name: _home(
            target, leaf, readers.get(target.name, []), target.name in whole, local_name
        )
        for leaf in tree.leaves
        for target in leaf.task.targets
    }


def _home(
    buffer: Buffer,
    maker: Leaf,
    readers: list[Leaf],
    whole: bool,
    local_name: Callable[[str, int], str],
) -> Home:
    name = buffer.name
    if not buffer.shape:
        return Home(buffer, maker, None, name, 0)
    if not maker.path:
        return Home(buffer, maker, tuple(range(len(buffer.shape))), None, 0)
    bound = bound_depths(maker)
    shares = [common(maker, reader) for reader in readers]
    least = 0 if whole else min(shares, default=0)
    kept = tuple(
        axis for axis, depth in enumerate(bound) if whole or depth is None or depth >= least
    )
    depth = max((len(maker.path) if d is None else d + 1 for d in bound), default=0)
    scalar = None not in bound and depth <= first_reduced(maker)
    stored = bool(kept) or whole
    if not scalar or not any(share >= depth for share in shares):
        return Home(buffer, maker, kept, None, depth)
    local = local_name(name, depth) if stored else name
    return Home(buffer, maker, kept if stored else None, local, depth)


def bound_depths(maker: Leaf) -> list[int | None]:
    """For each axis of what a leaf makes, the depth of the loop that runs along it, if one does.

    An axis of extent 1 needs no loop; it counts as bound before the first.
    """
    depths: dict[Scalar, int] = {
        Var(name): depth for depth, (name, _) in enumerate(maker.task.loops)
    }
    reduced = {Var(name) for name in maker.task.reduced}
    shape = maker.task.targets[0].shape
    if isinstance(maker.task.statement, Scatter):
        return [None] * len(shape)
    return [
        -1 if extent == ONE else None if index in reduced else depths.get(index)
        for index, extent in zip(maker.task.write, shape, strict=True)
    ]


def first_reduced(maker: Leaf) -> int:
    """The depth of the outermost loop that combines, or the number of loops."""
    loops = maker.task.loops
    return next((d for d, (name, _) in enumerate(loops) if name in maker.task.reduced), len(loops))
