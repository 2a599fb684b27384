"""Batched: a tensor with a leading axis that its user does not see; vmap calls functions with it.

Ops are applied to whole batches, since all of them, and their pullbacks, bear extra leading axes.
Batches nest: a level is one vmap, and the axes of outer levels stand before those of inner ones.
"""

from __future__ import annotations

import copy
import functools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, NamedTuple

from ..functions import shaping
from ..graph.node import Node
from ..graph.op import NeedsValue, Op
from ..handles.sweep import bears_batches
from ..ops import index as index_ops
from ..ops.contract import einsum, terms
from .dtypes import DType, Size
from .misfits import NotBatchedError
from .torch_face import Tensor


class Level(NamedTuple):
    """One vmap: how deep it stands in others, the size of its batch, what its samples may draw."""

    depth: int
    size: int
    randomness: str


class _Active(threading.local):
    levels: tuple[Level, ...] = ()
    randomness: tuple[str, ...] = ()  # of the vmaps being run, at once or slice by slice


_active = _Active()


def active_levels() -> tuple[Level, ...]:
    """The vmaps being run in this thread, outer ones first."""
    return _active.levels


@contextmanager
def of_randomness(kind: str) -> Iterator[None]:
    """Within a vmap whose samples draw this kind of random numbers."""
    if kind not in ("error", "different", "same"):
        raise RuntimeError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {kind}"
        )
    before = _active.randomness
    _active.randomness = (*before, kind)
    try:
        yield
    finally:
        _active.randomness = before


def check_chance() -> None:
    """Refuse random numbers where a vmap wants none, or where its samples have to draw alone."""
    if "error" in _active.randomness:
        raise RuntimeError(
            "vmap: called random operation while in randomness error mode. Please either use the "
            "'same' or 'different' randomness flags on vmap or perform the randomness operation "
            "out of vmap"
        )
    if any(level.randomness == "different" for level in _active.levels):
        raise NeedsValue("random numbers that differ from sample to sample")


@contextmanager
def level_of_size(size: int) -> Iterator[Level]:
    """A new innermost level."""
    before = _active.levels
    level = Level(len(before), size, _active.randomness[-1])
    _active.levels = (*before, level)
    try:
        yield level
    finally:
        _active.levels = before


@contextmanager
def outside_vmap() -> Iterator[None]:
    """Under no vmap, as a function is traced that one of them calls: the trace serves all calls."""
    before = _active.levels, _active.randomness
    _active.levels, _active.randomness = (), ()
    try:
        yield
    finally:
        _active.levels, _active.randomness = before


class Batched(Tensor):
    """One sample of a batch, as its user sees it; `whole` is the batch, its axis first."""

    __slots__ = ("_whole", "level")
    precedence: ClassVar[int] = 4
    _whole: Any
    level: Level

    @classmethod
    def around(cls, whole: Any, level: Level) -> Batched:
        self = cls.of(None)
        self._whole, self.level = whole, level
        return self

    @property
    def whole(self) -> Any:
        if self._view is not None:
            self._refresh()
        return self._whole

    @property
    def value(self) -> Any:
        return None

    @property
    def is_traced(self) -> bool:
        return False

    @property
    def node(self) -> Node:
        return self.whole.node

    @property
    def requires_grad(self) -> bool:
        return self.whole.requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        self.requires_grad_(wanted)

    @property
    def shape(self) -> Size:
        return Size(self.whole.shape[1:])

    @property
    def dtype(self) -> DType:
        return self.whole.dtype

    def known_value(self, asked_by: str) -> Any:
        raise NeedsValue(f"{asked_by} needs one number, but vmap computes a batch of them at once")

    def detach(self) -> Tensor:
        return Batched.around(self.whole.detach(), self.level)

    def holding(self, value: Any) -> Batched:
        spread = shaping.broadcast_to(Tensor.of(None, value), (self.level.size, *value.shape))
        return Batched.around(spread, self.level)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        raise NeedsValue("requires_grad_() inside vmap; use func.grad there")

    def __repr__(self) -> str:
        return f"Batched(level={self.level.depth}, {self.whole!r})"

    # --- applying ops

    @classmethod
    def apply(cls, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        level = max(a.level for a in args if isinstance(a, Batched))
        args = _matched(op, args, params)
        mine = tuple(isinstance(a, Batched) and a.level == level for a in args)
        wholes = [a.whole if m else a for a, m in zip(args, mine)]
        own = _own_axes(op, args, params)
        if own is not None:
            y = op(*_lined_up(wholes, mine, own), **params)
        elif bears_batches(op) and _may_stand_together(wholes, mine):
            y = op(*_all_batched(wholes, mine, level.size), **params)
        else:
            y = _one_by_one(op, wholes, mine, params, level.size)
        if isinstance(y, tuple):
            return tuple(cls.around(part, level) for part in y)
        out = cls.around(y, level)
        if op.unview is not None and mine[0]:
            out._watch(args[0], op, params)
        return out

    # --- writes

    def _show(self, fresh: Any) -> None:
        self._whole, self.level = fresh.whole, fresh.level

    def _check_writable(self) -> None: ...

    def _put(self, new: Any) -> None:
        if self._view is not None:
            super()._put(new)
            return
        if isinstance(new, Batched) and new.level >= self.level:
            if new.level > self.level:
                raise NotBatchedError(self)
            self._whole = new.whole
        else:
            spread = shaping.broadcast_to(new, (self.level.size, *new.shape))
            self._whole = type(spread).of(spread.node, spread.value)  # no view of what was written
        self._written()


def _own_axes(op: Op, args: Sequence[Any], params: dict[str, Any]) -> Sequence[int] | None:
    """How many last axes of each argument the op uses, where it broadcasts those before them."""
    if op.elementwise:
        return [0] * len(args)
    return [len(term) for term in terms(params["spec"])[0]] if op is einsum else None


def _lined_up(wholes: Sequence[Any], mine: Sequence[bool], own: Sequence[int]) -> list[Any]:
    """Batches whose samples are filled up with axes of size 1, so that their batch axes meet."""
    leads = [len(getattr(x, "shape", ())) - m - k for x, m, k in zip(wholes, mine, own)]
    missing = [max(leads) - lead for lead in leads]
    return [_deepened(x, n) if m and n else x for x, n, m in zip(wholes, missing, mine)]


def _deepened(x: Any, count: int) -> Any:
    return shaping.reshape(x, (x.shape[0], *(1,) * count, *x.shape[1:]))


def _may_stand_together(wholes: Sequence[Any], mine: Sequence[bool]) -> bool:
    """Ops of several arguments bear batches of floats; places differ from sample to sample."""
    return len(mine) == 1 or all(_is_float(a) for a, m in zip(wholes, mine) if m)


def _is_float(x: Any) -> bool:
    return getattr(x, "dtype", None) is not None and x.dtype.kind == "f"


def _matched(op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, ...]:
    """A value that is assigned gets the axes of the part it is assigned to."""
    if op is not index_ops.assign:
        return args
    x, v = args
    key = params["key"]
    outer = tuple(x.shape[: len(x.shape) - len(key)])  # of vmaps around this one
    return x, shaping.broadcast_to(v, outer + index_ops.key_shape(key))


def _all_batched(wholes: Sequence[Any], mine: Sequence[bool], size: int) -> list[Any]:
    """What is the same for all samples, repeated; but integers, which tell places, stay."""
    return [
        shaping.broadcast_to(x, (size, *x.shape)) if not m and _is_float(x) else x
        for x, m in zip(wholes, mine)
    ]


def _one_by_one(
    op: Op, wholes: Sequence[Any], mine: Sequence[bool], params: dict[str, Any], size: int
) -> Any:
    """Sample by sample, and stacked."""
    if size == 0:
        raise ValueError(f"vmap: {op.name} is applied sample by sample, and the batch is empty")
    rows = [
        op(*(x[k] if m else x for x, m in zip(wholes, mine)), **_own(params)) for k in range(size)
    ]
    if isinstance(rows[0], tuple):
        return tuple(shaping.stack(column) for column in zip(*rows))
    return shaping.stack(rows)


def _own(params: dict[str, Any]) -> dict[str, Any]:
    """The params for one call: what a param keeps of a call is not that of another."""
    return {name: copy.copy(value) for name, value in params.items()}


# --- from batches to plain tensors with leading axes, and back


def _levels_of(x: Any) -> tuple[Level, ...]:
    """The levels that x is batched at, outer ones first."""
    levels: list[Level] = []
    while isinstance(x, Batched):
        levels.append(x.level)
        x = x.whole
    return tuple(levels[::-1])


def levels_of(*xs: Any) -> tuple[Level, ...]:
    """The levels that any of these is batched at."""
    return tuple(sorted({level for x in xs for level in _levels_of(x)}))


def bottom(x: Any) -> Any:
    while isinstance(x, Batched):
        x = x.whole
    return x


def spread(x: Any, levels: Sequence[Level]) -> Any:
    """x as a plain tensor that begins with one axis for each of these levels, in this order."""
    own, y = _levels_of(x), bottom(x)
    rest = y.shape[len(own) :]
    kept = [level for level in levels if level in own]
    y = shaping.transpose(y, [*map(own.index, kept), *range(len(own), len(own) + len(rest))])
    ones = [level.size if level in own else 1 for level in levels]
    y = shaping.reshape(y, (*ones, *rest)) if len(kept) < len(levels) else y
    return shaping.broadcast_to(y, (*(level.size for level in levels), *rest))


def gathered(x: Any, levels: Sequence[Level]) -> Any:
    """The opposite of `spread`: the leading axes hidden again, each at its level."""
    count = len(levels)
    order = sorted(range(count), key=levels.__getitem__)
    if order != list(range(count)):
        x = shaping.transpose(x, [*order, *range(count, len(x.shape))])
    return functools.reduce(Batched.around, sorted(levels), x)
