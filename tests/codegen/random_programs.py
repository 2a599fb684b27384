"""Random programs of the index language, and inputs for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from codegen.index import (
    Apply,
    Buffer,
    Cast,
    Const,
    Define,
    Program,
    Read,
    Reduce,
    Scalar,
    Scan,
    Scatter,
    Select,
    Var,
)

N, M = Var("n"), Var("m")
ONE = Const(1, "int64")
INPUTS = (
    Buffer("x", (N,)),
    Buffer("w", (M,)),
    Buffer("a", (N, M)),
    Buffer("b", (M, N)),
    Buffer("c", ()),
    Buffer("d", (N, M, N)),
    Buffer("f", (N, M), "float32"),
    Buffer("q", (N,), "int64"),
)
EXTENTS = (("n", "a", 0), ("m", "a", 1))
ONE_ARGUMENT = ("neg", "tanh", "sin", "abs", "square", "sigmoid", "sign", "floor")
TWO_ARGUMENTS = ("add", "sub", "mul", "maximum", "minimum", "strongmul", "fmax")
Scope = tuple[tuple[str, Scalar], ...]


class Maker:
    """Draws statements that may read whatever is there already."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.buffers = list(INPUTS)
        self.body: list[Any] = []
        self.count = 0

    def name(self, like: str) -> str:
        self.count += 1
        return f"{like}{self.count}"

    def pick(self, options: Any) -> Any:
        return self.draw(st.sampled_from(list(options)))

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(1, 100)) <= percent

    def read(self, scope: Scope) -> Scalar:
        """A float64 read somewhere, or a constant."""
        buffer = self.pick(self.buffers[-6:] if self.chance(60) else self.buffers)
        if self.chance(5):
            return Const(float(self.draw(st.integers(-2, 2))))
        index = self.reshaped(buffer, scope) or [self.index(n, scope) for n in buffer.shape]
        value: Scalar = Read(buffer.name, tuple(i for i, _ in index))
        if buffer.dtype != "float64":
            value = Cast("float64", value)
        for _, guard in index:
            if guard is not None:
                value = Select(guard, value, Const(0.5))
        return value

    def reshaped(self, buffer: Buffer, scope: Scope) -> list[tuple[Scalar, Scalar | None]] | None:
        """The index of a matrix taken as a row, or of a row as a matrix, if the scope is so."""
        names = {extent: Var(name) for name, extent in scope}
        if buffer.shape == (N, M) and N * M in names:
            flat = names[N * M]
            return [(flat // M, None), (flat % M, None)]
        if buffer.shape == (N * M,) and N in names and M in names:
            return [(names[N] * M + names[M], None)]
        return None

    def index(self, extent: Scalar, scope: Scope) -> tuple[Scalar, Scalar | None]:
        """An index below the extent, and the condition under which it is."""
        fitting = [Var(name) for name, e in scope if e == extent]
        joined = [Var(name) for name, e in scope if e == N + M]
        if extent == N and joined:
            return joined[0], Apply("lt", (joined[0], N))
        if extent == M and joined:
            return joined[0] - N, Apply("ge", (joined[0], N))
        if not fitting or self.chance(5):
            return Const(0, "int64"), Apply("lt", (Const(0, "int64"), extent))
        var = self.pick(fitting)
        kind = self.draw(st.integers(0, 12))
        if kind == 0:
            return extent - 1 - var, None
        if kind == 1:
            return var + 1, Apply("lt", (var + 1, extent))
        if kind == 2:
            return var - 1, Apply("ge", (var, Const(1, "int64")))
        if kind == 3 and extent == N:
            return self.pick((Read("q", (var,)), self.checked(var))), None
        return var, None

    def checked(self, var: Var) -> Scalar:
        """A position below n that counts from either end and is checked."""
        position = self.pick((Read("q", (var,)), Read("q", (var,)) - N, Const(-1, "int64") - var))
        return Apply("wrap_index", (position, N))

    def scalar(self, scope: Scope, depth: int = 2) -> Scalar:
        kind = self.draw(st.integers(0, 9))
        if depth == 0 or kind < 3:
            return self.read(scope)
        if kind < 5:
            return Apply(self.pick(ONE_ARGUMENT), (self.scalar(scope, depth - 1),))
        if kind == 5:
            condition = Apply(self.pick(("lt", "ge")), (self.read(scope), Const(0.25)))
            return Select(condition, self.scalar(scope, depth - 1), self.read(scope))
        if kind == 6 and len(scope) < 3 and self.chance(40):
            return self.reduce(scope)
        if kind == 7 and len(scope) > 1:
            left, right = (Var(name) for name, _ in self.draw(st.permutations(scope))[:2])
            test = Apply(self.pick(("eq", "le", "gt")), (left, right))
            return Select(test, self.scalar(scope, depth - 1), Const(0.0))
        return Apply(self.pick(TWO_ARGUMENTS), tuple(self.scalar(scope, depth - 1) for _ in "ab"))

    def reduce(self, scope: Scope) -> Scalar:
        """A reduction; the largest of nothing is bounded, lest 0 * inf show the order of sums."""
        ranges = self.ranges(self.draw(st.integers(1, 2)))
        combine = self.pick(("add", "add", "maximum", "minimum"))
        value = Reduce(combine, ranges, self.scalar(scope + ranges, 1))
        bound = {"maximum": -9.0, "minimum": 9.0}.get(combine)
        return value if bound is None else Apply(combine, (value, Const(bound)))

    def ranges(self, count: int) -> Scope:
        """Index names with extents; most are the plain ones."""
        extents = (N, M) if self.chance(70) else (N, M, ONE, N + M, N * M)
        return tuple((self.name("i"), self.pick(extents)) for _ in range(count))

    def target(self, scope: Scope, dtype: str = "float64") -> Buffer:
        return Buffer(self.name("t"), tuple(extent for _, extent in scope), dtype)

    def statement(self) -> None:
        kind = self.draw(st.integers(0, 19))
        scope = self.ranges(self.pick((0, 1, 1, 2, 2)))
        if kind == 0 and scope:
            made: Any = self.scan(scope)
        elif kind == 1:
            made = self.scatter(scope)
        elif kind < 5:
            made = self.contraction()
        elif kind < 9:
            made = Define(self.target(scope), tuple(n for n, _ in scope), self.reduce(scope))
        elif kind == 9:
            value = Cast("float32", self.scalar(scope))
            made = Define(self.target(scope, "float32"), tuple(n for n, _ in scope), value)
        else:
            made = Define(self.target(scope), tuple(n for n, _ in scope), self.scalar(scope))
        self.body.append(made)
        self.buffers.append(made.target)

    def scan(self, scope: Scope) -> Scan:
        axis = self.draw(st.integers(0, len(scope) - 1))
        combine = self.pick(("add", "maximum", "minimum"))
        index = tuple(name for name, _ in scope)
        value = self.scalar(scope, 1)
        return Scan(self.target(scope), index, axis, combine, value, self.chance(50))

    def scatter(self, scope: Scope) -> Scatter:
        like = self.pick([b for b in self.buffers if b.dtype == "float64" and b.shape])
        target = Buffer(self.name("t"), like.shape)
        source = like.name if self.chance(60) else None
        ranges = scope if self.chance(50) else tuple((self.name("i"), e) for e in like.shape)
        index = [self.index(extent, ranges) for extent in like.shape]
        if any(guard is not None for _, guard in index):
            ranges = tuple((self.name("i"), e) for e in like.shape)
            index = [(Var(name), None) for name, _ in ranges]
        place = tuple(i for i, _ in index)
        return Scatter(target, source, ranges, place, self.scalar(ranges, 1), self.chance(70))

    def contraction(self) -> Define:
        """A sum of a product of two or more factors, most of them plain reads."""
        pool = self.ranges(self.pick((3, 3, 4)))
        factors = [self.factor(pool) for _ in range(self.pick((2, 2, 2, 3, 4)))]
        used = [name for _, names in factors for name in names]
        free = [pair for pair in pool if pair[0] in used]
        summed = tuple(p for p in free if self.chance(75 if used.count(p[0]) > 1 else 10))
        kept = self.draw(st.permutations([pair for pair in free if pair not in summed]))
        body = factors[0][0]
        for factor, _ in factors[1:]:
            body = Apply("mul", (body, factor))
        target = self.target(tuple(kept))
        return Define(target, tuple(name for name, _ in kept), Reduce("add", summed, body))

    def factor(self, pool: Scope) -> tuple[Scalar, list[str]]:
        scope = tuple(self.draw(st.permutations(pool))[: self.pick((1, 2, 2, 2, 3))])
        if self.chance(10):
            return self.scalar(scope, 1), [name for name, _ in scope]
        return self.plain(scope), [name for name, _ in scope]

    def plain(self, scope: Scope) -> Scalar:
        shape = tuple(extent for _, extent in scope)
        fitting = [b for b in self.buffers if b.shape == shape and b.dtype == "float64"]
        if not fitting:
            return self.read(scope)
        return Read(self.pick(fitting).name, tuple(Var(name) for name, _ in scope))


@st.composite
def programs(draw: Any, most: int = 12) -> Program:
    """Programs of a few statements; some of what they make is an output."""
    maker = Maker(draw)
    for _ in range(draw(st.integers(1, most))):
        maker.statement()
    made = [s.target.name for s in maker.body]
    outputs = draw(st.lists(st.sampled_from(made), min_size=1, max_size=4)) + made[-1:]
    return Program("random", EXTENTS, INPUTS, tuple(maker.body), tuple(outputs))


@st.composite
def inputs(draw: Any) -> tuple[Any, ...]:
    """Arrays for INPUTS, small and of any extents from 0 on."""
    n, m = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shapes = {"n": n, "m": m}
    arrays = [
        rng.normal(size=[shapes[e.name] for e in b.shape]).astype(b.dtype) for b in INPUTS[:-1]
    ]
    return (*arrays, rng.integers(0, max(n, 1), n))
