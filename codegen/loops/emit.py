"""A tree of loops -> Procedure: every task becomes steps in its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..fuse.contract import contraction
from ..fuse.flatten import Fresh, scope_of
from ..index import Buffer, Call, Const, Define, Program, Read, Reduce, Scalar, Scan, Scatter, Var
from ..nests import (
    Accumulate,
    Alloc,
    For,
    Gemm,
    Let,
    Local,
    Matrix,
    Procedure,
    Routine,
    Start,
    Step,
    Store,
)
from ..scalars import ZERO, neutral, parts, tidy, with_parts
from .homes import Home, first_reduced, settle
from .storage import share
from .tree import Leaf, Loop, Tree, common

_LETTERS = "ijkl"


class Emission:
    """Turns a tree of loops into steps; `before` and `after` hold what stands around a loop."""

    def __init__(self, program: Program, tree: Tree) -> None:
        self.program, self.tree = program, tree
        self.fresh = Fresh(program)
        self.indices: list[str] = []
        self.inputs = {b.name: b for b in program.inputs}
        homes = settle(tree, program.outputs, self.local_name)
        self.homes = share(homes, tree, program.outputs)
        self.before: dict[Loop, list[Step]] = defaultdict(list)
        self.after: dict[Loop, list[Step]] = defaultdict(list)

    def procedure(self) -> Procedure:
        body = tuple(self.root_steps())
        outputs = tuple(self.homes[name].buffer for name in self.program.outputs)
        arrays = {
            home.array: Buffer(home.array, home.shape, home.buffer.dtype)
            for home in self.homes.values()
            if home.kept is not None
        }
        temporaries = tuple(b for name, b in arrays.items() if name not in self.program.outputs)
        p = self.program
        return Procedure(p.name, p.extents, p.inputs, outputs, temporaries, body, p.doc)

    def index(self, depth: int) -> Var:
        """The loop index at a depth; sibling loops use the same."""
        while len(self.indices) <= depth:
            k = len(self.indices)
            self.indices.append(self.fresh(_LETTERS[k] if k < len(_LETTERS) else f"i{k}"))
        return Var(self.indices[depth])

    def local_name(self, buffer: str, depth: int) -> str:
        return self.fresh(f"{buffer}_{''.join(self.index(d).name for d in range(depth))}")

    def root_steps(self) -> Iterator[Step]:
        arrays: dict[int, list[str]] = defaultdict(list)
        for home in self.homes.values():
            if home.kept is not None:
                arrays[home.maker.at(0)].append(home.array)
        made: set[str] = set()
        for item in self.tree.root.items:
            new = [name for name in dict.fromkeys(arrays[item.place]) if name not in made]
            made.update(new)
            yield from map(Alloc, new)
            yield from self.item_steps(item)

    def item_steps(self, item: Loop | Leaf) -> Iterator[Step]:
        if isinstance(item, Leaf):
            yield from self.leaf_steps(item)
            return
        body = tuple(step for inner in item.items for step in self.item_steps(inner))
        yield from self.before[item]
        yield For(self.index(item.depth).name, ZERO, item.extent, body)
        yield from self.after[item]

    def leaf_steps(self, leaf: Leaf) -> Iterator[Step]:
        statement = leaf.task.statement
        if isinstance(statement, Call):
            yield self.routine(statement)
        elif isinstance(statement, Scatter):
            yield from self.scatter_steps(leaf, statement)
        elif isinstance(statement, Scan):
            yield from self.scan_steps(leaf, statement)
        elif leaf.task.whole:
            yield self.gemm_step(statement)
        elif isinstance(statement.value, Reduce) and statement.value.ranges:
            yield from self.reduce_steps(leaf, statement.value)
        else:
            value = statement.value.body if isinstance(statement.value, Reduce) else statement.value
            yield from self.made(leaf, self.at(value, leaf))

    def made(self, leaf: Leaf, value: Scalar) -> Iterator[Step]:
        """The element that a leaf makes, where its readers find it."""
        home = self.homes[leaf.task.targets[0].name]
        if home.local is not None and value != Local(home.local, home.buffer.dtype):
            yield Let(home.local, home.buffer.dtype, value)
            value = Local(home.local, home.buffer.dtype)
        if home.kept is not None:
            yield Store(home.array, self.place(home, leaf), value)

    def reduce_steps(self, leaf: Leaf, reduce: Reduce) -> Iterator[Step]:
        home = self.homes[leaf.task.targets[0].name]
        first = first_reduced(leaf)
        value = self.at(reduce.body, leaf)
        start = neutral(reduce.combine, home.buffer.dtype)
        if home.depth > first:
            place = self.place(home, leaf)
            self.before[leaf.path[first]] += self.filled(home, leaf, first, start)
            yield Accumulate(Read(home.array, place), reduce.combine, value)
            return
        total = self.running(home, reduce.combine)
        self.before[leaf.path[first]].append(Start(total.name, total.dtype, start))
        yield Accumulate(total, reduce.combine, value)
        if home.kept is not None:
            store = Store(home.array, self.place(home, leaf), total)
            self.after[leaf.path[first]].append(store)

    def running(self, home: Home, combine: str) -> Local:
        """The scalar in which a reduction or scan gathers."""
        name = home.local or self.fresh(f"{home.buffer.name}_{combine}")
        return Local(name, home.buffer.dtype)

    def filled(self, home: Home, leaf: Leaf, first: int, start: Const) -> list[Step]:
        """Loops that set to `start` what the loops from depth `first` on accumulate into."""
        names = [name for name, _ in leaf.task.loops]
        step: Step = Store(home.array, self.place(home, leaf), start)
        for depth in reversed(range(first, len(names))):
            if names[depth] not in leaf.task.reduced:
                step = For(self.index(depth).name, ZERO, leaf.path[depth].extent, (step,))
        return [step]

    def scan_steps(self, leaf: Leaf, scan: Scan) -> Iterator[Step]:
        home = self.homes[scan.target.name]
        total = self.running(home, scan.combine)
        start = neutral(scan.combine, total.dtype)
        if scan.combine == "add" and total.dtype in ("float64", "float32"):
            start = Const(-0.0, total.dtype)  # 0.0 + -0.0 would lose the sign
        self.before[leaf.path[-1]].append(Start(total.name, total.dtype, start))
        yield Accumulate(total, scan.combine, self.at(scan.value, leaf))
        yield from self.made(leaf, total)

    def scatter_steps(self, leaf: Leaf, scatter: Scatter) -> Iterator[Step]:
        array = self.array(scatter.target.name)
        first = self.copied(scatter.target, scatter.source)
        if leaf.path:
            self.before[leaf.path[0]].append(first)
        else:
            yield first
        value = self.at(scatter.value, leaf)
        place = tuple(tidy(self.at(index, leaf)) for index in scatter.index)
        if scatter.accumulate:
            yield Accumulate(Read(array, place), "add", value)
        else:
            yield Store(array, place, value)

    def array(self, name: str) -> str:
        """The array, or the scalar, that holds a buffer."""
        home = self.homes.get(name)
        return name if home is None or home.kept is None else home.array

    def copied(self, target: Buffer, source: str | None) -> Step:
        """The loops that start a scatter's target from its source, or from zeros."""
        index = tuple(self.index(depth) for depth in range(len(target.shape)))
        value = neutral("add", target.dtype)
        if source is not None:
            value = Read(self.array(source), index)
        step: Step = Store(self.array(target.name), index, value)
        for var, extent in zip(reversed(index), reversed(target.shape), strict=True):
            step = For(var.name, ZERO, tidy(extent), (step,))
        return step

    def gemm_step(self, define: Define) -> Step:
        found = contraction(define)
        assert found is not None
        batch = {name: self.index(depth) for depth, name in enumerate(found.batch)}
        matrices = (self.matrix(m, batch) for m in (found.target, found.left, found.right))
        step: Step = Gemm(*matrices)
        sizes = dict(scope_of(define))
        for name in reversed(found.batch):
            step = For(batch[name].name, ZERO, tidy(sizes[name]), (step,))
        return step

    def matrix(self, matrix: Matrix, batch: Mapping[str, Var]) -> Matrix:
        at = tuple(batch[i.name] if isinstance(i, Var) else i for i in matrix.at)
        return replace(matrix, buffer=self.array(matrix.buffer), at=at)

    def routine(self, call: Call) -> Routine:
        """The side of a search becomes a bool, so that compiled code need not compare texts."""
        params = tuple(
            ("right", value == "right") if name == "side" else (name, value)
            for name, value in call.params
        )
        targets = tuple(self.array(target.name) for target in call.targets)
        return Routine(targets, call.routine, tuple(map(self.array, call.sources)), params)

    def place(self, home: Home, leaf: Leaf) -> tuple[Scalar, ...]:
        """Where in its array a leaf writes."""
        assert home.kept is not None
        return tuple(tidy(self.at(leaf.task.write[axis], leaf)) for axis in home.kept)

    def at(self, scalar: Scalar, leaf: Leaf) -> Scalar:
        """A scalar of the program as it stands inside of a leaf's loops."""
        names = [name for name, _ in leaf.task.loops]
        return self.moved(scalar, leaf, {n: self.index(depth) for depth, n in enumerate(names)})

    def moved(self, scalar: Scalar, leaf: Leaf, indices: Mapping[str, Var]) -> Scalar:
        if type(scalar) is Var:
            return indices.get(scalar.name, scalar)
        new = tuple([self.moved(part, leaf, indices) for part in parts(scalar)])
        if type(scalar) is Read:
            return self.read(Read(scalar.buffer, new), leaf)
        return with_parts(scalar, new) if new else scalar

    def read(self, read: Read, leaf: Leaf) -> Scalar:
        home = self.homes.get(read.buffer)
        if home is None:
            return read if read.index else Local(read.buffer, self.inputs[read.buffer].dtype)
        if home.local is not None and common(home.maker, leaf) >= home.depth:
            return Local(home.local, home.buffer.dtype)
        assert home.kept is not None
        return Read(home.array, tuple([read.index[axis] for axis in home.kept]))
