"""Random graphs with one thing changed have other fingerprints; made again elsewhere, the same."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symdiff.compiling.fingerprint import fingerprint
from symdiff.graph.exact import Exact, Ratio
from symdiff.graph.extents import Extent
from symdiff.graph.node import Node
from symdiff.graph.op import OPS, aval_of
from symdiff.tracing.graphs import Graph, inputs_for, trace
from tests.differential import expressions

ROOT = Path(__file__).parents[2]


def drawn(seed: int) -> Graph:
    args = expressions.arrays(expressions.SIZES, seed)
    function = expressions.function(seed, routines=seed % 2 == 1)
    return trace("f", function, inputs_for(list(args), [aval_of(a) for a in args.values()]))


def told(graph: Graph) -> str:
    text = fingerprint(graph)
    return "" if text is None else hashlib.sha256(text.encode()).hexdigest()


def others(value: Any) -> Iterator[Any]:
    """What may stand where this number, name, size or tuple does, near it as possible."""
    if isinstance(value, Extent):  # before the whole numbers, among which it counts itself
        yield from (value + 1, value * value, value // 3, value.value)
    elif isinstance(value, (bool, np.bool_)):
        yield from (not value, int(value))
    elif isinstance(value, (int, float)):
        near = [float(value), -value, value + 1, math.nextafter(value, math.inf), np.float64(value)]
        if math.isfinite(value):
            near += [int(value), np.int32(int(value)), np.float32(value), bool(value)]
            near += [Exact(value, "pi"), Ratio(Fraction(value) + Fraction(1, 10**18))]
        near += [math.nan, math.inf]
        yield from (x for x in near if not (type(x) is type(value) and repr(x) == repr(value)))
    elif isinstance(value, tuple):
        for k, item in enumerate(value):
            yield from ((*value[:k], other, *value[k + 1 :]) for other in others(item))
        yield from ((*value, 0), (value,), str(value))
    elif isinstance(value, str):
        yield from (value + "s", None)
    elif isinstance(value, np.dtype):
        yield from (np.dtype("float32"), np.dtype("int64"), np.dtype(">f8"), float, str(value))
    elif value is None:
        yield from (0, False, "None", ())


def changed_nodes(node: Node, nodes: list[Node]) -> Iterator[Node]:
    """The node with one thing that is not the same any more."""

    def like(op: Any = node.op, args: Any = node.args, params: Any = node.params, **more: Any):
        about = {"shape": node.shape, "dtype": node.dtype, "outs": node.outs}
        return Node(op, args, params, **{**about, **more})

    assert node.op is not None
    yield from (
        like(params={**node.params, k: v}) for k in node.params for v in others(node.params[k])
    )
    yield like(op=OPS["sinh" if node.op.name != "sinh" else "cosh"])
    for k, arg in enumerate(node.args):
        instead = [n for n in nodes if n is not arg][:3] if isinstance(arg, Node) else others(arg)
        yield from (like(args=(*node.args[:k], x, *node.args[k + 1 :])) for x in instead)
    if len(node.args) == 2 and node.args[0] is not node.args[1]:
        yield like(args=node.args[::-1])
    yield from (like(shape=x) for x in others(node.shape) if isinstance(x, tuple))
    yield from (like(dtype=x) for x in (np.dtype("float32"), float, int, np.dtype("int64"))
                if repr(x) != repr(node.dtype))  # fmt: skip


def with_node(graph: Graph, old: Node, new: Node) -> Graph:
    """The graph with another node in this one's place."""
    made: dict[Node, Node] = {}
    for node in graph.nodes:
        args = tuple(made.get(a, a) if isinstance(a, Node) else a for a in node.args)
        if node is old:
            args = tuple(made.get(a, a) if isinstance(a, Node) else a for a in new.args)
            made[node] = Node(
                new.op, args, new.params, shape=new.shape, dtype=new.dtype, outs=new.outs
            )
        elif node.op is not None:
            made[node] = Node(node.op, args, node.params, shape=node.shape, dtype=node.dtype,
                              outs=node.outs, requires_grad=node.requires_grad)  # fmt: skip
    outputs = tuple(made.get(y, y) if isinstance(y, Node) else y for y in graph.outputs)
    return Graph(graph.name, graph.inputs, outputs, graph.scope, graph.origins)


def changed(graph: Graph) -> Iterator[Graph]:
    nodes = graph.nodes
    for k, node in enumerate(nodes):
        if node.op is not None:
            yield from (with_node(graph, node, new) for new in changed_nodes(node, nodes[:k]))
    for outputs in ((*graph.outputs, graph.outputs[0]), (1,), (1.0,), (True,), (0.0,), (-0.0,)):
        yield Graph(graph.name, graph.inputs, outputs, graph.scope, graph.origins)
    yield Graph(graph.name, graph.inputs[::-1], graph.outputs, graph.scope, graph.origins)


def check(seed: int) -> int:
    graph = drawn(seed)
    mine, count = told(graph), 0
    for other in changed(graph):
        assert told(other) != mine or not mine, f"{graph!r}\n\n{other!r}"
        count += 1
    return count


@pytest.mark.parametrize("seed", range(12))
def test_a_graph_with_one_thing_changed_has_another_fingerprint(seed: int) -> None:
    assert check(seed) > 20


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 400))
def test_many_graphs_with_one_thing_changed_have_others(seed: int) -> None:
    check(seed)


PROGRAM = """
from tests.compiling.test_fingerprint_of_random_graphs import drawn, told
print(*map(told, map(drawn, range(30))), sep=",", end="")
"""


def test_another_process_with_other_hashes_tells_the_same() -> None:
    here = [told(drawn(seed)) for seed in range(30)]
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    there = subprocess.check_output(
        [sys.executable, "-c", PROGRAM], env=environment, cwd=ROOT, text=True
    )
    assert there.split(",") == here
    assert sum(map(bool, here)) > 20
