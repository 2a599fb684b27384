"""A table of identities, and what makes one of its rows true: its text, and the numbers behind it.

A row reads `function | by | shapes | derivative as the textbook writes it`; a `;` starts what a
formula says in its `where` lines. A long row goes on, indented, before its last column.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import symdiff as sd
from symdiff.calculus.interpret import run
from symdiff.formulas.closed_form import Formula

SIZES = {"m": 4, "n": 3, "k": 2, "l": 5}
NEAR = 1e-8
STEP = 3e-4  # of a central difference of fourth order: error and rounding balance near 1e-11


class Identity(NamedTuple):
    function: str
    by: str
    shapes: str
    expected: str

    @property
    def name(self) -> str:
        return f"d({self.function})/d{self.by}"


def table(text: str) -> list[Identity]:
    """The rows of a table; lines that start with # are headings."""
    rows = text.strip().replace("\n    | ", " | ").replace("\n        ", " ").splitlines()
    lines = [line for line in rows if line and not line.startswith("#")]
    return [Identity(*(part.strip() for part in line.split(" | "))) for line in lines]


def with_orders(gradients: str, hessians: str) -> list[tuple[Identity, int]]:
    """The rows of two tables, each with the order of its derivative."""
    return [(row, k) for k, text in ((1, gradients), (2, hessians)) for row in table(text)]


def label(value: object) -> str:
    """What a test of one row is called by."""
    return value.name if isinstance(value, Identity) else str(value)


def written(row: Identity, order: int = 1) -> str:
    """The derivative's text on one line."""
    text = sd.derive(row.function, row.by, shapes=row.shapes, order=order).text
    return "; ".join(line.removeprefix("where ").strip() for line in text.splitlines())


def arrays_of(row: Identity, formula: Formula) -> dict[str, Any]:
    """Arrays on which every function of the tables is smooth: positive vectors, regular matrices."""
    rng = np.random.default_rng(zlib.crc32(row.name.encode()))
    return {
        node.label: _drawn(rng, node.label, _sizes(node.shape)) for node in formula.graph.inputs
    }


def _sizes(shape: Any) -> tuple[int, ...]:
    return tuple(SIZES.get(str(n), n) for n in shape)


def _drawn(rng: np.random.Generator, label: str, shape: tuple[int, ...]) -> Any:
    if len(shape) == 2 and shape[0] == shape[1]:
        return 2 * np.eye(shape[0]) + 0.3 * rng.normal(size=shape)
    if len(shape) == 2:
        return 0.5 * rng.normal(size=shape)
    return rng.uniform(2, 3, shape) if label == "b" and shape else rng.uniform(0.3, 0.9, shape)


def value(formula: Formula, arrays: dict[str, Any]) -> np.ndarray:
    """What the formula's graph gives, op by op."""
    graph = formula.graph
    return np.asarray(run(graph, [arrays[node.label] for node in graph.inputs])[0])


def differences(f: Callable[[Any], np.ndarray], x: Any) -> np.ndarray:
    """The derivative of f at x by central differences of fourth order, axes of x last."""
    x = np.asarray(x, dtype=float)
    columns = []
    for place in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[place] = STEP
        near, far = f(x + step) - f(x - step), f(x + 2 * step) - f(x - 2 * step)
        columns.append((8 * near - far) / (12 * STEP))
    stacked = np.stack(columns, axis=-1)
    return stacked.reshape((*stacked.shape[:-1], *x.shape))


def numbers_agree(row: Identity, order: int = 1) -> None:
    """The graph, its source and the printed text, against differences one order below."""
    below: Formula = sd.formula(row.function, shapes=row.shapes)
    below = below if order == 1 else below.derive(row.by, order=order - 1)
    derived = sd.derive(row.function, row.by, shapes=row.shapes, order=order)
    arrays = arrays_of(row, below)
    expected = differences(lambda x: value(below, arrays | {row.by: x}), arrays[row.by])
    np.testing.assert_allclose(value(derived, arrays), expected, rtol=NEAR, atol=NEAR)
    np.testing.assert_allclose(by_source(derived, arrays), expected, rtol=NEAR, atol=NEAR)
    said = evaluated(row.expected, arrays)
    np.testing.assert_allclose(
        np.broadcast_to(said, expected.shape), expected, rtol=NEAR, atol=NEAR
    )


def by_source(formula: Formula, arrays: dict[str, Any]) -> np.ndarray:
    """What the formula's own function of NumPy gives."""
    space: dict[str, Any] = {}
    exec(formula.source("numpy"), space)
    return space[formula.graph.name](**{n.label: arrays[n.label] for n in formula.graph.inputs})


def evaluated(text: str, arrays: dict[str, Any]) -> Any:
    """A formula's text as NumPy and SciPy read it; its `where` lines say names that it uses."""
    result, *where = text.split("; ")
    names = _vocabulary() | SIZES | arrays
    for line in where:
        name, means = line.split(" = ", 1)
        names[name] = eval(means, {}, names)
    return eval(result, {}, names)


def _vocabulary() -> dict[str, Any]:
    from scipy import special

    functions = (
        "sum trace outer diag sin cos tan exp log sqrt abs sign maximum where ones zeros eye "
    )
    functions += (
        "einsum tanh sinh cosh prod max mean std var broadcast_to transpose cumsum flip pad "
    )
    functions += "stack arctan minimum expm1 log1p heaviside min cumprod concatenate tril triu"
    names = {name: getattr(np, name) for name in functions.split()}
    names |= {name: getattr(np.linalg, name) for name in ("inv", "det", "norm", "solve")}
    names |= {
        name: getattr(special, name)
        for name in ("softmax", "digamma", "ndtr", "polygamma", "logsumexp")
    }
    names |= {"relu": lambda x: np.maximum(x, 0), "softplus": lambda x: np.logaddexp(0, x)}
    names |= {"logdet": lambda a: np.linalg.slogdet(a)[1]}
    return names | {"sigmoid": special.expit, "pi": np.pi}
