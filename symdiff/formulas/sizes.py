"""Sizes that NumPy made numbers of while a function was traced, made names again.

np.eye(n), np.ones(n) and len(x) want a number, and get the one that stands for the name. No other
name has that number, so what was made of it is known again: an identity, ones, a range, 1/n.
Whether that is right is asked of the function itself, at other sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ..calculus.interpret import run
from ..graph.exact import is_number
from ..graph.extents import Dim, Extent, Scope
from ..graph.node import Node
from ..graph.op import OpError
from ..graph.polynomials import Polynomial
from ..handles.handle import pick
from ..handles.numpy_face import Array
from ..ops import diagonals
from ..ops import elementwise as ew
from ..ops.creation import delta, full, full_shape, iota
from ..tracing.graphs import Graph
from .symbols import Letters

Function = Callable[..., Any]


def pinned(letters: Letters) -> list[str]:
    """The named sizes that became numbers."""
    meaning = letters.scope.meaning
    return [name for name in letters.origins if name in meaning and _is_plain(meaning[name])]


def _is_plain(polynomial: Any) -> bool:
    return all(m == () for m, _ in polynomial)


def named_again(
    graph: Graph,
    fresh: Letters,
    names: Sequence[str],
    given: Collection[str],
    near: Sequence[int] = (0,),
) -> Any:
    """What the graph gives on fresh letters, the names' numbers being their sizes again.

    `given` are the labels of arrays that the function read from outside; numbers that differ from a
    size by one of `near` are that much more than it.
    """
    numbers = {name: int(graph.scope.values[name]) for name in names}
    sizes = {n + k: fresh.size(name) + k for k in near for name, n in numbers.items()}
    values: dict[Node, Any] = {}
    for node in graph.nodes:
        values[node] = _again(node, values, sizes, fresh, given)
    (y,) = graph.outputs
    return values[y] if isinstance(y, Node) else y


def _again(
    node: Node,
    values: dict[Node, Any],
    sizes: dict[int, Dim],
    fresh: Letters,
    given: Collection[str],
) -> Any:
    if node.op is None:
        if node.value is None:
            return Array.of(fresh.leaf(node.label))
        return Array.of(node) if node.label in given else _made_of(node, sizes)
    args = [values[a] if isinstance(a, Node) else _renamed(a, sizes, fresh) for a in node.args]
    if node.op is pick:
        return args[0][node.params["which"]]
    params = {k: _in_shape(v, sizes, fresh) for k, v in node.params.items()}
    return node.op(*args, **params)


def _in_shape(value: Any, sizes: dict[int, Dim], fresh: Letters) -> Any:
    """A parameter, whose tuples are shapes."""
    if isinstance(value, tuple):
        items = [_in_shape(v, sizes, fresh) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if type(value) is int:
        return sizes.get(value, value)
    return _renamed(value, sizes, fresh) if isinstance(value, Extent) else value


def _renamed(value: Any, sizes: dict[int, Dim], fresh: Letters) -> Any:
    """A size or a number, as a size of the fresh letters."""
    if isinstance(value, Extent):
        total = _of_letters(value.polynomial, value.scope, fresh)
        return sizes.get(total, total) if type(total) is int else total
    return _number(value, sizes) if is_number(value) else value


def _of_letters(p: Polynomial, scope: Scope, fresh: Letters) -> Any:
    total: Any = 0
    for m, c in p:
        for name in m:
            c = c * _size(name, scope, fresh)
        total = total + c
    return total


def _size(name: str, scope: Scope, fresh: Letters) -> Dim:
    if name in scope.quotients:
        left, right = scope.quotients[name]
        return _of_letters(left, scope, fresh) // _of_letters(right, scope, fresh)
    if name not in fresh.origins:
        raise OpError(f"{name} is no size that the shapes name")
    return fresh.size(name)


def _number(value: Any, sizes: dict[int, Dim]) -> Any:
    """101 and 101.0 as n, 2/101 as 2/n."""
    for number, size in sizes.items():
        if value == number:
            return size
        share = value * number
        if isinstance(value, float) and value and abs(share - round(share)) < 1e-9 * abs(share):
            return round(share) / size if round(share) % number and abs(share) < number else value
    return value


# --- arrays


def _made_of(node: Node, sizes: dict[int, Dim]) -> Any:
    """An array that the function made of sizes: a number, an identity, a range, or sums of them."""
    x = np.asarray(node.value)
    own: list[int] = list(x.shape)
    shape = tuple(sizes.get(n, n) for n in own)
    for known in (_constant, _identity, _range, _diagonal, _triangle, _bands, _oblong):
        made = known(x, shape, sizes)
        if made is not None:
            return made
    return Array.of(node)


def _constant(x: np.ndarray, shape: tuple[Dim, ...], sizes: dict[int, Dim]) -> Any:
    return _filled(x.flat[0].item(), shape, sizes) if x.size and np.all(x == x.flat[0]) else None


def _filled(value: Any, shape: tuple[Dim, ...], sizes: dict[int, Dim]) -> Any:
    number = _number(_whole(value), sizes)
    ones = Array._trace(full, (), full_shape(shape, 1, np.dtype(np.float64)))
    if is_number(number):
        return Array._trace(full, (), full_shape(shape, number, np.dtype(np.float64)))
    return number * ones


def _whole(value: Any) -> Any:
    """An array's 3.0 is the 3 it was made of."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _identity(x: np.ndarray, shape: tuple[Dim, ...], sizes: dict[int, Dim]) -> Any:
    """a*eye + b."""
    if x.ndim != 2 or x.shape[0] != x.shape[1] or x.shape[0] < 2:
        return None
    beside, on = x[0, 1], x[0, 0]
    if not np.array_equal(x, np.where(np.eye(len(x), dtype=bool), on, beside)):
        return None
    eye = Array._trace(delta, (), {"shape": shape[:1], "dtype": np.dtype(np.float64)})
    scale = _number(_whole(round((on - beside).item(), 12)), sizes)
    scaled = eye if is_number(scale) and scale == 1 else scale * eye
    return scaled if beside == 0 else scaled + _filled(beside.item(), shape, sizes)


def _range(x: np.ndarray, shape: tuple[Dim, ...], sizes: dict[int, Dim]) -> Any:
    """a + b*i."""
    if x.ndim != 1 or len(x) < 3:
        return None
    if not np.allclose(x, x[0] + (x[1] - x[0]) * np.arange(len(x)), 1e-11, 1e-12 * np.abs(x).max()):
        return None
    steps = ew.astype(Array._trace(iota, (), {"length": shape[0]}), dtype=np.dtype(np.float64))
    start, step = _whole(x[0].item()), _number(_whole((x[1] - x[0]).item()), sizes)
    scaled = steps if is_number(step) and step == 1 else step * steps
    return scaled if start == 0 else scaled + start


def _diagonal(x: np.ndarray, shape: tuple[Dim, ...], sizes: dict[int, Dim]) -> Any:
    """diag(a + b*i)."""
    if x.ndim != 2 or x.shape[0] != x.shape[1] or np.any(x != np.diag(np.diag(x))):
        return None
    entries = _range(np.diag(x), shape[:1], sizes)
    return None if entries is None else diagonals.diag_embed(entries, offset=0, shape=shape)


def _triangle(x: np.ndarray, shape: tuple[Dim, ...], sizes: dict[int, Dim]) -> Any:
    """Ones below or above a diagonal."""
    if x.ndim != 2 or len(x) < 3 or x.shape[0] != x.shape[1]:
        return None
    for cut, part in ((np.tril, diagonals.tril), (np.triu, diagonals.triu)):
        for k in (0, -1, 1):
            if np.array_equal(x, cut(np.ones(x.shape), k)):
                return part(_filled(1, shape, sizes), k=k)
    return None


_MOST_BANDS = 5


def _bands(x: np.ndarray, shape: tuple[Dim, ...], sizes: dict[int, Dim]) -> Any:
    """A few diagonals with one number each."""
    if x.ndim != 2 or len(x) < 3 or x.shape[0] != x.shape[1]:
        return None
    size = len(x)
    places = sorted({int(j - i) for i, j in np.argwhere(x)}, key=abs)
    if len(places) > _MOST_BANDS or any(np.ptp(np.diag(x, k)) for k in places):
        return None
    bands = [_band(x[max(-k, 0), max(k, 0)].item(), k, shape) for k in places if abs(k) < size // 2]
    return sum(bands[1:], bands[0]) if len(bands) == len(places) and bands else None


def _band(value: float, k: int, shape: tuple[Dim, ...]) -> Any:
    entries = full_shape((shape[0] - abs(k),), _whole(value), np.dtype(np.float64))
    return diagonals.diag_embed(Array._trace(full, (), entries), offset=k, shape=shape)


def _oblong(x: np.ndarray, shape: tuple[Dim, ...], sizes: dict[int, Dim]) -> Any:
    """a*eye(m, n): by the positions that are equal, as there is no delta of two sizes."""
    if x.ndim != 2 or 0 in x.shape or not np.array_equal(x, x[0, 0] * np.eye(*x.shape)):
        return None
    i, j = (Array._trace(iota, (), {"length": n}) for n in shape)
    return ew.where(i[:, None] == j, _whole(x[0, 0].item()), 0.0)


# --- whether it is right


def holds(graph: Graph, f: Function, letters: Letters) -> bool:
    """Whether the graph gives what the function gives, at other sizes than it was traced with."""
    names = {name: k + 3 for k, name in enumerate(letters.origins)}
    rng = np.random.default_rng(0)
    arrays = [
        n.value
        if n.value is not None
        else rng.uniform(0.5, 1.5, [_small(d, names) for d in n.shape])
        for n in graph.inputs
    ]
    try:
        own = f(*(a for a, n in zip(arrays, graph.inputs) if n.value is None))
        return np.allclose(run(graph, arrays)[0], own, equal_nan=True)
    except (OpError, ValueError, TypeError, IndexError, np.linalg.LinAlgError):
        return False


def _small(size: Dim, names: Mapping[str, int]) -> int:
    if not isinstance(size, Extent):
        return int(size)
    ((m, c),) = size.polynomial
    return c * int(np.prod([names[name] for name in m]))
