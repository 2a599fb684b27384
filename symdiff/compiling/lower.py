"""Graph -> index program: the one bridge from symdiff to codegen."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from codegen.index import (
    DTYPES,
    Buffer,
    Call,
    Cast,
    Const,
    Define,
    Program,
    Read,
    Scalar,
    Statement,
    Var,
)

from ..calculus.simplify import rebuilt
from ..graph.exact import is_number
from ..graph.extents import Extent, Quotient
from ..graph.node import Node, on
from ..graph.op import Op, OpError, dtype_name
from ..graph.polynomials import Polynomial
from ..handles.handle import Handle, pick
from ..handles.numpy_face import Array
from ..ops.broadcasting import common_dtype
from ..tracing.graphs import Graph, Result


class NotLowered(OpError):
    """An op or a dtype that kernels do not have: the graph is then interpreted."""


class Operand(NamedTuple):
    """An argument as `Op.at` sees it: shape, dtype, and the scalar at an index."""

    shape: tuple[Any, ...]
    dtype: Any
    name: str
    number: Scalar | None

    def __call__(self, *index: Any) -> Scalar:
        if self.number is not None:
            return self.number
        scalars = [i if isinstance(i, Scalar) else Const(i, "int64") for i in index]
        return Read(self.name, tuple(scalars))


def lower(graph: Graph) -> Program:
    """The program of a graph: a buffer for every node, and what stands at each of its indices.

    Its inputs are those of the graph, and then its constants.
    """
    graph = expanded(graph)
    writer = _Writer(graph)
    made = tuple(writer.constant(node) for node in constants(graph))
    for node in graph.nodes:
        writer.add(node)
    outputs = tuple(writer.output(y) for y in graph.outputs)
    inputs = (*(writer.buffer(writer.names[n], n) for n in graph.inputs), *made)
    extents = tuple((name, *graph.origins[name]) for name in graph.origins if name in writer.used)
    return Program(graph.name, extents, inputs, tuple(writer.body), outputs)


def constants(graph: Graph) -> list[Node]:
    """The leaves with values that are no inputs: arrays that rules made."""
    given = {id(n.value) for n in graph.inputs}
    leaves = (n for n in graph.nodes if n.op is None and n not in graph.inputs)
    return [n for n in leaves if n.value is not None and id(n.value) not in given]


def expanded(graph: Graph) -> Graph:
    """Ops that are lowered by composition, composed."""
    nodes = graph.nodes
    if not any(_composed(n.op) for n in nodes):
        return graph
    new: dict[Node, Any] = {}
    for node in nodes:
        new[node] = _composition(node, new)
    outputs = tuple(new[y] if isinstance(y, Node) else y for y in graph.outputs)
    graph = Graph(graph.name, graph.inputs, outputs, graph.scope, graph.origins)
    made = rebuilt([y for y in outputs if isinstance(y, Node)])
    shared = tuple(made[y] if isinstance(y, Node) else y for y in outputs)
    return expanded(Graph(graph.name, graph.inputs, shared, graph.scope, graph.origins))


def _composed(op: Op | None) -> bool:
    return op is not None and op.compose is not None and not (op.at or op.statement or op.routine)


def _composition(node: Node, new: dict[Node, Any]) -> Any:
    if node.op is None:
        return node
    args = tuple(new[a] if isinstance(a, Node) else a for a in node.args)
    if not _composed(node.op):
        return on(node, args)
    assert node.op.compose is not None
    out = node.op.compose(*(Array.of(a) if isinstance(a, Node) else a for a in args), **node.params)
    return out.node if isinstance(out, Handle) else out


def _told_apart(inputs: Sequence[Node]) -> list[str]:
    """The labels, with a number where an earlier input has it: a `w`, and another one's `self.w`."""
    names: list[str] = []
    for node in inputs:
        tries = itertools.chain([node.label], (f"{node.label}_{k}" for k in itertools.count(2)))
        names.append(next(name for name in tries if name not in names))
    return names


class _Writer:
    """Gives every node a buffer and a statement that says what stands in it."""

    def __init__(self, graph: Graph) -> None:
        self.scope = graph.scope
        self.names: dict[Node, str] = dict(zip(graph.inputs, _told_apart(graph.inputs)))
        self.given = {id(n.value): self.names[n] for n in graph.inputs if n.value is not None}
        self.body: list[Statement] = []
        self.used: set[str] = set()
        self.results: dict[Node, list[str]] = {}
        for node in graph.inputs:
            self.buffer(self.names[node], node)

    def add(self, node: Node) -> None:
        if node in self.names:
            return
        if node.op is None:
            self.names[node] = self.given.get(id(node.value)) or _stranger(node)
        elif node.op is pick:
            self.names[node] = self.results[node.args[0]][node.params["which"]]
        else:
            self._operation(node)

    def _operation(self, node: Node) -> None:
        op = node.op
        assert op is not None
        args = [self.operand(a) for a in node.args]
        params = {k: self.plain(v) for k, v in node.params.items()}
        targets = self._targets(node)
        if op.at is not None:
            (target,) = targets
            index = tuple([f"i{k}" for k in range(len(target.shape))])
            value = op.at(tuple(map(Var, index)), *args, **params)
            self.body.append(Define(target, index, value))
        elif op.statement is not None:
            self.body.append(op.statement(targets, [a.name for a in args], args, **params))
        elif op.routine:
            small = tuple(sorted(params.items()))
            dtype = _read_by_routine(targets[0], args)
            sources = tuple(self._source(a, targets[0], dtype) for a in node.args)
            self.body.append(Call(tuple(targets), op.routine, sources, small))
        else:
            raise NotLowered(f"{op.name} has no compiled form")

    def _source(self, a: Node, target: Buffer, dtype: str) -> str:
        """An array that a routine reads, in this dtype."""
        name = self.names[a]
        if dtype_name(a.dtype) == dtype:
            return name
        copy = Buffer(f"{target.name}_{name}", tuple(map(self.size, a.shape)), dtype)
        index = tuple(f"i{k}" for k in range(len(copy.shape)))
        self.body.append(Define(copy, index, Cast(dtype, Read(name, tuple(map(Var, index))))))
        return copy.name

    def _targets(self, node: Node) -> list[Buffer]:
        if node.outs is None:
            self.names[node] = name = f"t{len(self.names)}"
            return [self.buffer(name, node)]
        self.names[node] = f"t{len(self.names)}"
        names = [f"{self.names[node]}_{k}" for k in range(len(node.outs))]
        self.results[node] = names
        return [self.buffer(name, aval) for name, aval in zip(names, node.outs)]

    def constant(self, node: Node) -> Buffer:
        self.names[node] = name = f"constant{len(self.names)}"
        return self.buffer(name, node)

    def buffer(self, name: str, of: Any) -> Buffer:
        dtype = dtype_name(of.dtype)
        if dtype not in DTYPES:
            raise NotLowered(f"kernels do not hold {dtype}")
        return Buffer(name, tuple([self.size(n) for n in of.shape]), dtype)

    def operand(self, a: Any) -> Operand:
        if isinstance(a, Node):
            return Operand(tuple([self.plain(n) for n in a.shape]), a.dtype, self.names[a], None)
        if isinstance(a, Extent):
            return Operand((), int, "", self.size(a))
        if not is_number(a):
            raise OpError(f"a kernel cannot hold {a!r}")
        return Operand((), type(a) if type(a) in (bool, int) else float, "", _const(a))

    def output(self, y: Result) -> str:
        if isinstance(y, Node):
            return self.names[y]
        name = f"t{len(self.names)}"
        self.names[Node(None)] = name
        number = self.operand(y)
        target = Buffer(name, (), dtype_name(number.dtype))
        assert number.number is not None
        self.body.append(Define(target, (), number.number))
        return name

    def plain(self, value: Any) -> Any:
        """A parameter with its extents as scalars of the index language."""
        if isinstance(value, Extent):
            scalar = self.size(value)
            return int(scalar.value) if isinstance(scalar, Const) else scalar
        if isinstance(value, tuple):
            items = [self.plain(v) for v in value]
            return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        return value

    def size(self, n: Any) -> Scalar:
        if not isinstance(n, Extent):
            return Const(int(n), "int64")
        return self._polynomial(n.polynomial)

    def _polynomial(self, p: Polynomial) -> Scalar:
        total: Scalar = Const(0, "int64")
        for names, c in p:
            term: Scalar = Const(c, "int64")
            for name in names:
                term = term * self._atom(name)
            total = total + term
        return total

    def _atom(self, name: str) -> Scalar:
        quotient: Quotient | None = self.scope.quotients.get(name)
        if quotient is not None:
            left, right = (self._polynomial(self.scope.resolve(q)) for q in quotient)
            return left // right
        self.used.add(name)
        return Var(name)


def _read_by_routine(target: Buffer, args: Sequence[Operand]) -> str:
    """The one dtype in which a routine reads: of the floats that it makes, or common to all."""
    if target.dtype.startswith("float"):
        return target.dtype
    return dtype_name(common_dtype([a.dtype for a in args]))


def _const(a: bool | int | float) -> Const:
    if isinstance(a, bool):
        return Const(a, "bool")
    return Const(a, "int64") if isinstance(a, int) else Const(float(a), "float64")


def _stranger(node: Node) -> str:
    raise OpError(f"the leaf {node.label or node!r} is no input of the function")
