"""A product over named indices -> matrix notation, where there is one.

Indices are the nodes of a small net: a vector is a weight at its index, a matrix an edge between two.
Summed nodes are taken out one by one: with one edge a matrix-vector product, with two a matrix product
(a weight in between is a diagonal), with none a dot product, a sum or a trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .notation import (
    ONE,
    Call,
    Guard,
    MatMul,
    Name,
    Notation,
    Number,
    Transposed,
    matmul,
    power,
    times,
    transposed,
)

Index = int


class Read(NamedTuple):
    """What is multiplied, at which indices, and to which power."""

    what: Notation
    at: tuple[Index, ...]
    power: int


class Edge(NamedTuple):
    """A matrix from one index to another, as a chain of matrix products; power -1 is an elementwise 1/x."""

    ends: tuple[Index, Index]
    chain: tuple[Notation, ...]
    power: int = 1

    def towards(self, last: Index) -> Edge:
        """The same edge, its second end at `last`."""
        if self.ends[1] == last:
            return self
        first, second = self.ends
        return Edge((second, first), tuple(map(transposed, self.chain[::-1])), self.power)


class Net:
    """Weights at indices, edges between them, and factors that are scalars already."""

    def __init__(self, reads: Sequence[Read]) -> None:
        reads = _guarded(reads)
        self.scalars = [Read(r.what, (), r.power) for r in reads if not r.at]
        self.weights = [r for r in reads if len(r.at) == 1]
        self.edges: list[Edge] = []
        for r in reads:
            if len(r.at) == 2 and r.at[0] == r.at[1]:
                self.weights.append(Read(Call(1, "diag", (r.what,)), r.at[:1], r.power))
            elif len(r.at) == 2:
                what = r.what if abs(r.power) == 1 else power(r.what, abs(r.power))
                chain = chain_of(what) if r.power == 1 else (what,)
                self.edges.append(Edge((r.at[0], r.at[1]), chain, 1 if r.power > 0 else -1))

    # --- taking out summed indices

    def take_out(self, summed: Sequence[Index]) -> list[Index]:
        """Take out the summed indices; gives those that matrix notation cannot."""
        left = list(summed)
        while left:
            gone = self._next(left)
            if gone is None:
                break
            left = [i for i in left if i not in gone]
        return left

    def _next(self, left: Sequence[Index]) -> tuple[Index, ...] | None:
        """Take out the first index that can be; the indices that are gone then."""
        for step in (self._trace, self._isolated, self._inner, self._end):
            for i in reversed(left):
                gone = step(i, left)
                if gone:
                    return gone
        return None

    def _at(self, i: Index) -> list[Edge]:
        return [e for e in self.edges if i in e.ends]

    def _weight(self, i: Index) -> Notation | None:
        """The vector that stands at an index: all its weights multiplied."""
        mine = [w for w in self.weights if w.at == (i,)]
        return product(mine) if mine else None

    def _drop_weights(self, i: Index) -> None:
        self.weights = [w for w in self.weights if w.at != (i,)]

    def _isolated(self, i: Index, left: Sequence[Index]) -> tuple[Index, ...]:
        """No edge: a dot product or a sum."""
        if self._at(i):
            return ()
        mine = [w for w in self.weights if w.at == (i,)]
        self._drop_weights(i)
        self.scalars.append(Read(_as_trace(mine) or _dot(mine), (), 1))
        return (i,)

    def _trace(self, i: Index, left: Sequence[Index]) -> tuple[Index, ...]:
        """All edges of two summed indices between them, no weights: sum(A*B), or trace(A @ B)."""
        mine = self._at(i)
        ends = {end for e in mine for end in e.ends}
        if len(ends) != 2 or self._weight(i) is not None:
            return ()
        (other,) = ends - {i}
        if (
            other not in left
            or self._weight(other) is not None
            or len(self._at(other)) != len(mine)
        ):
            return ()
        if len(mine) == 2 and all(e.power == 1 for e in mine) and _is_cycle(*mine):
            first, second = mine[0], mine[1].towards(mine[0].ends[0])
            chain = _best_turn((*first.chain, *second.chain))
            whole = Call(0, "trace", (matmul(chain, 2),))
        else:
            whole = Call(0, "sum", (self._hadamard(mine, mine[0].ends[1]),))
        self.edges = [e for e in self.edges if e not in mine]
        self.scalars.append(Read(whole, (), 1))
        return (i, other)

    def _inner(self, i: Index, left: Sequence[Index]) -> tuple[Index, ...]:
        """Edges to two neighbours: a matrix product."""
        self._merge_parallel(i)
        mine = self._at(i)
        if len(mine) != 2:
            return ()
        before, after = mine[0].towards(i), mine[1].towards(i)
        if before.ends[0] > after.ends[0]:
            before, after = after, before
        weight = self._weight(i)
        between = () if weight is None else (Call(2, "diag", (weight,)),)
        after = Edge(after.ends, after.chain, after.power).towards(after.ends[0])
        chain = (*_plain(before), *between, *_plain(after))
        self._drop_weights(i)
        self.edges = [e for e in self.edges if e not in mine]
        self.edges.append(Edge((before.ends[0], after.ends[1]), chain))
        return (i,)

    def _end(self, i: Index, left: Sequence[Index]) -> tuple[Index, ...]:
        """One edge: a matrix-vector product, a weight of the neighbour."""
        mine = self._at(i)
        if len(mine) != 1:
            return ()
        edge = mine[0].towards(i)
        weight = self._weight(i)
        if weight is None:
            *before, last = _plain(edge)
            vector = matmul((*before, _row_sums(last)), 1)
        else:
            vector = matmul((*_plain(edge), *chain_of(weight)), 1)
        self._drop_weights(i)
        self.edges.remove(mine[0])
        self.weights.append(Read(vector, (edge.ends[0],), 1))
        return (i,)

    def _merge_parallel(self, i: Index) -> None:
        """Edges between the same two indices are multiplied elementwise."""
        for j in {end for e in self._at(i) for end in e.ends} - {i}:
            same = [e for e in self.edges if set(e.ends) == {i, j}]
            if len(same) > 1:
                ends = same[0].ends
                self.edges = [e for e in self.edges if e not in same]
                self.edges.append(Edge(ends, (self._hadamard(same, ends[1]),)))

    def _hadamard(self, edges: Sequence[Edge], last: Index) -> Notation:
        """Parallel edges as one matrix."""
        reads = [e.towards(last) for e in edges]
        above = [matmul(e.chain, 2) for e in reads if e.power > 0]
        return times(above, [matmul(e.chain, 2) for e in reads if e.power < 0])

    # --- what is left

    def rest(self) -> list[Read]:
        """What is left, each with the indices it is read at."""
        matrices = [Read(matmul(e.chain, 2), e.ends, e.power) for e in self.edges]
        return [*self.weights, *matrices]


def product(reads: Sequence[Read]) -> Notation:
    """Factors with the same indices, multiplied elementwise."""
    plain = [r for r in reads if not isinstance(r.what, Guard)]
    above = [power(r.what, r.power) for r in _names_first(plain) if r.power > 0]
    whole = times(above, [power(r.what, -r.power) for r in plain if r.power < 0])
    for guard in (r.what for r in reads if isinstance(r.what, Guard)):
        if whole == ONE:
            whole = guard.condition
        else:
            rank = max(guard.rank, whole.rank)
            whole = Call(rank, "where", (guard.condition, whole, Number(0, 0)))
    return whole


def _guarded(reads: Sequence[Read]) -> list[Read]:
    """The reads, what stands at the indices of a matrix of conditions being 0 where they fail."""
    left = list(reads)
    for guard in reads:
        if isinstance(guard.what, Guard) and len(guard.at) == 2 and guard in left:
            same = [r for r in left if sorted(r.at) == sorted(guard.at)]
            turned = [r if r.at == guard.at else _turned(r) for r in same]
            left = [r for r in left if r not in same]
            left.append(Read(product(turned), guard.at, 1))
    return left


def _turned(r: Read) -> Read:
    what = r.what
    if isinstance(what, Guard):
        return Read(Guard(2, transposed(what.condition)), r.at[::-1], r.power)
    return Read(transposed(what), r.at[::-1], r.power)


def _names_first(reads: Sequence[Read]) -> list[Read]:
    return sorted(reads, key=lambda r: not isinstance(r.what, Name))


def _as_trace(weights: Sequence[Read]) -> Notation | None:
    """The sum of a diagonal."""
    what = weights[0].what if len(weights) == 1 and weights[0].power == 1 else None
    if not isinstance(what, Call) or what.function != "diag" or what.args[0].rank != 2:
        return None
    return Call(0, "trace", what.args)


def _dot(weights: Sequence[Read]) -> Notation:
    """a @ b, sum(a**2), sum(a*b*c)."""
    if any(isinstance(w.what, Guard) for w in weights):
        return Call(0, "sum", (product(weights),))
    if len(weights) == 1 and weights[0].power == 2 and isinstance(weights[0].what, Name):
        return matmul((weights[0].what,) * 2, 0)
    if len(weights) == 2 and all(w.power == 1 for w in weights):
        first, second = sorted((w.what for w in weights), key=lambda x: len(chain_of(x)) > 1)
        if len(chain_of(first)) == 1:
            return matmul(_straight((first, *chain_of(second))), 0)
        return matmul((first, second), 0)
    return Call(0, "sum", (product(weights),))


def _straight(chain: tuple[Notation, ...]) -> tuple[Notation, ...]:
    """A scalar's chain read in the direction that transposes less: x @ A @ y, not y @ A.T @ x."""
    inner = tuple(transposed(x) for x in chain[-2:0:-1])
    turned = (chain[-1], *inner, chain[0])
    return turned if _transposes(inner) < _transposes(chain) else chain


def chain_of(x: Notation) -> tuple[Notation, ...]:
    return x.factors if isinstance(x, MatMul) else (x,)


def _plain(edge: Edge) -> tuple[Notation, ...]:
    if edge.power > 0:
        return edge.chain
    return (times([], [matmul(edge.chain, 2)]),)


def _row_sums(matrix: Notation) -> Notation:
    if isinstance(matrix, Transposed):
        return Call(1, "sum", (matrix.arg,), (("axis", 0),))
    return Call(1, "sum", (matrix,), (("axis", 1),))


def _is_cycle(a: Edge, b: Edge) -> bool:
    """Whether two edges, as they are written, lead there and back, or are products of matrices."""
    return a.ends != b.ends or len(a.chain) + len(b.chain) > 2


def _best_turn(chain: tuple[Notation, ...]) -> tuple[Notation, ...]:
    """A trace's cycle from where it transposes least, W.T @ B @ W rather than B @ W @ W.T."""
    back = tuple(transposed(x) for x in chain[::-1])
    turns = [way[k:] + way[:k] for way in (chain, back) for k in range(len(chain))]
    return min(turns, key=lambda way: (_transposes(way), way[0] != transposed(way[-1])))


def _transposes(chain: Sequence[Notation]) -> int:
    return sum(isinstance(x, Transposed) for x in chain)
