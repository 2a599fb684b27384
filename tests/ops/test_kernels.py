"""A kernel computes what the tape computes: value and gradient of every op, many to a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

import codegen
from symdiff.calculus.simplify import simplify
from symdiff.compiling.lower import NotLowered, lower
from symdiff.graph.op import OPS, aval_of
from symdiff.tracing.graphs import Graph, inputs_for, trace

from . import Call, call_of, covered, differentiable, seeds


class Task(NamedTuple):
    """A call, which of its arguments are differentiated, and a cotangent for each result."""

    call: Call
    needed: tuple[bool, ...]
    gs: tuple[Any, ...]

    @property
    def inputs(self) -> list[np.ndarray]:
        return [a for a in (*self.call.args, *self.gs) if isinstance(a, np.ndarray)]

    def run(self, given: Sequence[Any]) -> list[Any]:
        """Values and gradients, from arrays or handles in the place of the inputs."""
        rest = iter(given)
        args = [next(rest) if isinstance(a, np.ndarray) else a for a in self.call.args]
        y = self.call.op(*args, **self.call.params)
        ys, gs = y if isinstance(y, tuple) else (y,), tuple(rest)
        if not gs:
            return list(ys)
        g = gs if isinstance(y, tuple) else gs[0]
        parts = self.call.op.pullback(g, y, *args, needed=self.needed, **self.call.params)
        return [*ys, *(p for p in parts if p is not None)]

    @property
    def graph(self) -> Graph:
        return graph_of([self])


def task_of(name: str, single: bool = False) -> Task:
    call = call_of(OPS[name])
    if single:
        call = call.replaced(lambda x: x.astype(np.float32))
    needed = differentiable(call)
    g = seeds(call, np.random.default_rng(1)) if any(needed) else ()
    return Task(call, needed, g if isinstance(g, tuple) else (g,))


def graph_of(tasks: Sequence[Task]) -> Graph:
    """All tasks as one function."""
    inputs = [x for task in tasks for x in task.inputs]
    labels = [f"a{k}" for k in range(len(inputs))]

    def all_of_them(*handles: Any) -> list[Any]:
        rest, out = list(handles), []
        for task in tasks:
            count = len(task.inputs)
            out += task.run(rest[:count])
            rest = rest[count:]
        return out

    return simplify(trace("ops", all_of_them, inputs_for(labels, [aval_of(x) for x in inputs])))


def lowered(name: str) -> bool:
    """Whether the op and its pullback have a form that kernels take."""
    try:
        lower(task_of(name).graph)
    except NotLowered:
        return False
    return True


NAMES = [n for n in covered() if call_of(OPS[n]).args and lowered(n)]
ONE_OF_EACH_FAMILY = list({OPS[n].family: n for n in reversed(NAMES)}.values())


def groups(names: list[str], size: int = 10) -> Any:
    return pytest.mark.parametrize(
        "names",
        [names[k : k + size] for k in range(0, len(names), size)],
        ids=lambda names: f"{names[0]}-{names[-1]}",
    )


def agrees(names: list[str], target: str, single: bool) -> None:
    """A kernel of these ops gives what NumPy gives, in the same dtypes."""
    tasks = [task_of(name, single) for name in names]
    kernel = codegen.build(lower(graph_of(tasks)), target)
    found = iter(kernel(*(x for task in tasks for x in task.inputs)))
    close = {"rtol": 2e-5, "atol": 1e-5} if single else {"rtol": 1e-11, "atol": 1e-13}
    for task in tasks:
        for expected in task.run(task.inputs):
            y = np.asarray(next(found))
            np.testing.assert_allclose(y, expected, err_msg=task.call.op.name, **close)
            assert y.dtype == np.asarray(expected).dtype, task.call.op.name


precisions = pytest.mark.parametrize("single", [False, True], ids=["float64", "float32"])


@precisions
@groups(NAMES)
def test_loops_in_python_agree_with_numpy(names: list[str], single: bool) -> None:
    agrees(names, "python", single)


@precisions
@groups(ONE_OF_EACH_FAMILY)
def test_machine_code_agrees_with_numpy(names: list[str], single: bool) -> None:
    agrees(names, "llvm", single)


@pytest.mark.slow
@precisions
@groups(NAMES)
def test_machine_code_of_every_op_agrees_with_numpy(names: list[str], single: bool) -> None:
    agrees(names, "llvm", single)


def test_truth_values_are_moved_in_kernels_too() -> None:
    """Where nothing is written there stands False."""
    m = np.random.default_rng(0).normal(size=(3, 4)) > 0
    x = np.random.default_rng(1).normal(size=(3, 4))

    def f(m: Any, x: Any) -> list[Any]:
        moved = [np.pad(m, 1), np.triu(m), np.zeros_like(m), np.concatenate([m, ~m]), m[::-1, 1:]]
        return [*moved, np.logical_and(m, x), np.logical_not(x), np.any(x, 0), np.all(m, 1)]

    graph = simplify(trace("truth", f, inputs_for(["m", "x"], [aval_of(m), aval_of(x)])))
    for found, expected in zip(codegen.build(lower(graph), "python")(m, x), f(m, x)):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == np.bool_
