"""NumPy's functions that shape, join, take apart, arrange, sort and choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from . import admits, called, check, traced

RNG = np.random.default_rng(3)
A, B, C = RNG.normal(size=(2, 3)), RNG.normal(size=(2, 3)), RNG.normal(size=(3, 2, 2))
V, W, S = RNG.normal(size=4), RNG.normal(size=4), np.array(0.7)
PLACES = np.array([[1, 0, 1], [0, 0, 1]])

Case = tuple[Callable[..., Any], *tuple[np.ndarray, ...]]

SHAPING: dict[str, Case] = {
    "reshape": (lambda x: np.reshape(x, (3, 2)), A),
    "reshape to -1": (lambda x: np.reshape(x, (2, -1)), C),
    "reshape in columns": (lambda x: np.reshape(x, (-1, 4), order="F"), C),
    "reshape a scalar": (lambda x: np.reshape(x, (1, 1)), S),
    "ravel": (np.ravel, C),
    "ravel in columns": (lambda x: np.ravel(x, "F"), A),
    "transpose": (np.transpose, C),
    "transpose by axes": (lambda x: np.transpose(x, (1, -1, 0)), C),
    "matrix_transpose": (np.matrix_transpose, C),
    "swapaxes": (lambda x: np.swapaxes(x, 0, -1), C),
    "moveaxis": (lambda x: np.moveaxis(x, [0, 1], [-1, 0]), C),
    "rollaxis": (lambda x: np.rollaxis(x, 2), C),
    "squeeze": (np.squeeze, C[:1, :, :1]),
    "squeeze an axis": (lambda x: np.squeeze(x, -1), C[:1, :, :1]),
    "expand_dims": (lambda x: np.expand_dims(x, (0, -1)), A),
    "broadcast_to": (lambda x: np.broadcast_to(x, (4, 2, 3)), A[:, :1]),
    "broadcast_arrays": (lambda x, y: np.broadcast_arrays(x, y), A[:, :1], B),
    "atleast_1d": (np.atleast_1d, S),
    "atleast_2d": (np.atleast_2d, V),
    "atleast_2d of several": (lambda x, y: np.atleast_2d(x, y), S, V),
    "atleast_3d": (np.atleast_3d, A),
    "atleast_3d of a vector": (np.atleast_3d, V),
    "diagonal": (np.diagonal, A),
    "diagonal of a stack": (lambda x: np.diagonal(x, 1, 2, 0), C),
}
JOINING: dict[str, Case] = {
    "concatenate": (lambda x, y: np.concatenate([x, y, x[:1]]), A, B),
    "concatenate columns": (lambda x, y: np.concatenate([x, y], axis=-1), A, B),
    "concatenate flat": (lambda x, y: np.concatenate([x, y], axis=None), A, V),
    "concatenate plain arrays": (lambda x: np.concatenate([np.ones(2), x]), V),
    "concatenate lists": (lambda x: np.concatenate([[1.0, x[0]], x]), V),
    "stack": (lambda x, y: np.stack([x, y]), A, B),
    "stack last": (lambda x, y: np.stack([x, y, x], axis=-1), A, B),
    "hstack": (lambda x, y: np.hstack([x, y]), A, B),
    "hstack of vectors": (lambda x, y: np.hstack([x, y, 1.0]), V, W),
    "vstack": (lambda x, y: np.vstack([x, y[:, :]]), A, B),
    "vstack of vectors": (lambda x, y: np.vstack([x, y]), V, W),
    "dstack": (lambda x, y: np.dstack([x, y]), A, B),
    "column_stack": (lambda x, y: np.column_stack([x, y]), V, RNG.normal(size=(4, 2))),
    "block": (lambda x, y: np.block([[x, y], [np.ones((1, 6))], [y * 2.0, x]]), A, B),
    "block of numbers": (lambda x: np.block([[x[0], 0.0], [1.0, x[1]]]), V),
    "append": (lambda x, y: np.append(x, y), A, S),
    "append rows": (lambda x, y: np.append(x, y, axis=0), A, B),
    "insert": (lambda x: np.insert(x, 1, 5.0), V),
    "insert a column": (lambda x, v: np.insert(x, 1, v, axis=1), A, V[:2]),
    "insert at the end": (lambda x, v: np.insert(x, -1, v, axis=0), A, V[:3]),
    "insert at several": (lambda x, v: np.insert(x, [1, 3, 3], v), V, V[:3]),
    "insert by slice": (lambda x: np.insert(x, slice(0, 2), x[0]), V),
    "delete": (lambda x: np.delete(x, 1, axis=1), A),
    "delete the last": (lambda x: np.delete(x, -1), V),
    "delete several": (lambda x: np.delete(x, [0, 2]), V),
    "delete by slice": (lambda x: np.delete(x, slice(None, None, 2), axis=0), C),
    "split": (lambda x: np.split(x, 2), V),
    "split at places": (lambda x: np.split(x, [1, 2], axis=1), A),
    "array_split": (lambda x: np.array_split(x, 3), V),
    "hsplit": (lambda x: np.hsplit(x, 3), A),
    "vsplit": (lambda x: np.vsplit(x, 2), A),
    "dsplit": (lambda x: np.dsplit(x, 2), C),
    "unstack": (lambda x: np.unstack(x, axis=1), A),
}
ARRANGING: dict[str, Case] = {
    "flip": (np.flip, C),
    "flip an axis": (lambda x: np.flip(x, 1), C),
    "fliplr": (np.fliplr, A),
    "flipud": (np.flipud, A),
    "rot90": (np.rot90, A),
    "rot90 twice": (lambda x: np.rot90(x, 2), A),
    "rot90 back": (lambda x: np.rot90(x, -1, axes=(0, 2)), C),
    "roll": (lambda x: np.roll(x, 2), A),
    "roll an axis": (lambda x: np.roll(x, -1, axis=1), A),
    "roll axes": (lambda x: np.roll(x, (1, 7), axis=(0, 1)), A),
    "tile": (lambda x: np.tile(x, 2), A),
    "tile axes": (lambda x: np.tile(x, (2, 1, 3)), A),
    "repeat": (lambda x: np.repeat(x, 2), A),
    "repeat an axis": (lambda x: np.repeat(x, 3, axis=0), A),
    "repeat by counts": (lambda x: np.repeat(x, [2, 0, 1], axis=1), A),
    "resize": (lambda x: np.resize(x, (3, 3)), V),
    "pad": (lambda x: np.pad(x, 1), A),
    "pad sides": (lambda x: np.pad(x, ((0, 2), (1, 0)), constant_values=2.5), A),
    "pad sides with values": (
        lambda x: np.pad(x, (1, 2), constant_values=((1.0, 2.0), (3.0, 4.0))),
        A,
    ),
    "pad with an edge": (lambda x: np.pad(x, (2, 1), mode="edge"), A),
    "pad reflected": (lambda x: np.pad(x, ((1, 1), (2, 0)), mode="reflect"), A),
    "pad symmetric": (lambda x: np.pad(x, ((2, 1), (0, 3)), mode="symmetric"), A),
    "pad wrapped": (lambda x: np.pad(x, ((1, 0), (2, 2)), mode="wrap"), A),
    "pad with odd reflections": (
        lambda x: np.pad(x, ((1, 1), (2, 0)), mode="reflect", reflect_type="odd"),
        A,
    ),
    "pad with an odd symmetry": (
        lambda x: np.pad(x, (2, 1), mode="symmetric", reflect_type="odd"),
        A,
    ),
    "pad with means": (lambda x: np.pad(x, ((1, 2), (2, 1)), mode="mean"), A),
    "pad with the mean of some": (
        lambda x: np.pad(x, ((1, 0), (2, 1)), mode="mean", stat_length=((1, 2), (2, 7))),
        A,
    ),
    "pad with maxima": (lambda x: np.pad(x, 2, mode="maximum", stat_length=2), V),
    "pad with minima": (lambda x: np.pad(x, ((1, 1), (0, 2)), mode="minimum"), A),
    "pad with medians": (lambda x: np.pad(x, (1, 2), mode="median"), A),
    "pad with ramps": (
        lambda x: np.pad(x, ((1, 2), (3, 0)), mode="linear_ramp", end_values=(1.5, -2.0)),
        A,
    ),
    "pad far": (lambda x: np.pad(x, 7, mode="reflect"), V),
    "pad an empty axis": (lambda x: np.pad(x, ((0, 0), (1, 1)), constant_values=1.0), A[:, :0]),
}
MATRICES: dict[str, Case] = {
    "diag of a vector": (np.diag, V),
    "diag above": (lambda x: np.diag(x, 2), V),
    "diag of a matrix": (lambda x: np.diag(x, -1), A),
    "diagflat": (lambda x: np.diagflat(x, 1), A),
    "tril": (np.tril, A),
    "tril of a stack": (lambda x: np.tril(x, -1), C),
    "triu": (lambda x: np.triu(x, 1), A),
    "triu of a vector": (np.triu, V),
    "meshgrid": (lambda x, y: np.meshgrid(x, y), V, V[:2]),
    "meshgrid ij": (lambda x, y: np.meshgrid(x, y, indexing="ij"), V, V[:2]),
    "meshgrid sparse": (lambda x, y: np.meshgrid(x, y, sparse=True), V, V[:2]),
    "linspace": (lambda a: np.linspace(a, 2.0, 5), S),
    "linspace of vectors": (lambda x, y: np.linspace(x, y, 3, endpoint=False, axis=-1), V, W),
    "logspace": (lambda a: np.logspace(0.0, a, 4), S),
    "geomspace": (lambda a: np.geomspace(a, 3.0, 4), S),
    "vander": (lambda x: np.vander(x, 3), V),
    "polyval": (lambda p, x: np.polyval(p, x), V, A),
    "polyadd": (lambda p, q: np.polyadd(p, q), V, A[0]),
    "polysub": (lambda p, q: np.polysub(p, q), A[0], V),
    "polymul": (lambda p, q: np.polymul(p, q), V, A[0]),
    "polyder": (lambda p: np.polyder(p, 2), V),
    "polyint": (lambda p: np.polyint(p, 2, k=[1.0, 2.0]), V),
    "polyfit": (lambda x, y: np.polyfit(x, y, 2), V, W),
    "full_like": (lambda x: np.full_like(x, x[0]), V),
}
TAKING: dict[str, Case] = {
    "take": (lambda x: np.take(x, [0, 2, 2, -1]), A),
    "take rows": (lambda x: np.take(x, [[1, 0], [0, 0]], axis=0), A),
    "take one": (lambda x: np.take(x, 1, axis=1), A),
    "take wrapped": (lambda x: np.take(x, [7, -7], mode="wrap"), V),
    "take clipped": (lambda x: np.take(x, [7, -7, 1], mode="clip"), V),
    "take_along_axis": (lambda x: np.take_along_axis(x, PLACES, axis=0), A),
    "take_along_axis flat": (lambda x: np.take_along_axis(x, np.array([5, 0]), axis=None), A),
    "take_along_axis broadcast": (lambda x: np.take_along_axis(x, PLACES[:, :1], axis=1), A),
    "compress": (lambda x: np.compress([True, False, True], x, axis=1), A),
    "extract": (lambda x: np.extract(np.array([True, False, True, True]), x), V),
    "bincount": (lambda x: np.bincount(np.array([0, 2, 2, 1]), x, 5), V),
    "sort": (np.sort, A),
    "sort an axis": (lambda x: np.sort(x, axis=0), C),
    "sort flat": (lambda x: np.sort(x, axis=None), A),
    "unique": (lambda x: np.unique(np.concatenate([x, x[:2]])), V),
    "unique rows": (lambda x: np.unique(x[[1, 0, 1]], axis=0), A),
    "by nanargmin": (lambda x: x[np.nanargmin(np.where(x > 0, x, np.nan))] * x, V),
    "partition": (lambda x: np.sort(np.partition(x, 1)), V),
    "by argsort": (lambda x, y: x[np.argsort(y)], V, W),
    "by argmax": (lambda x: np.take_along_axis(x, np.argmax(x, 1, keepdims=True), 1), A),
    "apply_along_axis": (lambda x: np.apply_along_axis(lambda r: r * r[0], 1, x), A),
    "apply_along_axis to numbers": (lambda x: np.apply_along_axis(np.sum, 0, x), C),
    "apply_over_axes": (lambda x: np.apply_over_axes(np.sum, x, [0, 2]), C),
}
CHOOSING: dict[str, Case] = {
    "where": (lambda x, y: np.where(x > 0.0, x * y, y), A, B),
    "where of numbers": (lambda x: np.where(x > 0.0, x, 0.0), A),
    "where broadcast": (lambda x, y: np.where(y[:, :1] > 0.0, x[0], y), A, B),
    "where beside a singularity": (
        lambda x: np.where(x > 0.0, np.log(np.where(x > 0, x, 1)), x),
        A,
    ),
    "select": (lambda x: np.select([x < -0.3, x < 0.3], [x * x, 2.0 * x], x), A),
    "select first": (lambda x: np.select([x > -9.0, x > 0.0], [x, x * 3.0]), A),
    "piecewise": (lambda x: np.piecewise(x, [x < 0, x >= 0.2], [lambda t: t * t, np.sin]), A),
    "piecewise with a rest": (
        lambda x: np.piecewise(x, [x < 0], [-1.0, lambda t, k: k * t], 3.0),
        A,
    ),
    "choose": (lambda x, y: np.choose(PLACES, [x, y]), A, B),
    "nested where": (lambda x: np.where(x > 1, 1.0, np.where(x < -1, -1.0, x)), A),
}
TABLES = {
    "shaping": SHAPING, "joining": JOINING, "arranging": ARRANGING, "matrices": MATRICES,
    "taking": TAKING, "choosing": CHOOSING,
}  # fmt: skip
CASES = {f"{table}: {name}": c for table, cases in TABLES.items() for name, c in cases.items()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_value_and_derivatives(case: Case) -> None:
    f, *xs = case
    check(f, *xs)


SIZELESS: dict[str, Callable[[Any], Any]] = {
    "reshape": lambda x: np.reshape(x, (2, -1)),
    "ravel": np.ravel,
    "transpose": lambda x: x.T * 2.0,
    "new axes": lambda x: np.expand_dims(x, 1) - np.atleast_3d(x)[:, None, :, 0],
    "broadcast_to": lambda x: np.broadcast_to(x[0], x.shape) * x,
    "diagonal": np.diagonal,
    "diag": lambda x: np.diag(x[0]),
    "tril": lambda x: np.tril(x, -1) + np.triu(x),
    "concatenate": lambda x: np.concatenate([x, x[1:], np.ones((2, 4))]),
    "stack": lambda x: np.stack([x, 2.0 * x], axis=1),
    "vstack": lambda x: np.vstack([x, x[0]]),
    "split": lambda x: np.split(x, 2)[1],
    "insert": lambda x: np.insert(x, 2, 1.0, axis=0),
    "delete": lambda x: np.delete(x, -1, axis=0),
    "flip": np.flip,
    "rot90": np.rot90,
    "roll": lambda x: np.roll(x, 1, axis=0),
    "roll all": lambda x: np.roll(x, -2),
    "tile": lambda x: np.tile(x, (2, 1)),
    "repeat": lambda x: np.repeat(x, 3, axis=0),
    "pad": lambda x: np.pad(x, ((1, 2), (0, 1)), constant_values=3.0),
    "pad with an edge": lambda x: np.pad(x, ((2, 1), (0, 0)), mode="edge"),
    "pad reflected": lambda x: np.pad(x, ((2, 1), (0, 0)), mode="reflect"),
    "pad with means": lambda x: np.pad(x, ((2, 1), (1, 0)), mode="mean"),
    "pad with ramps": lambda x: np.pad(x, ((2, 1), (1, 0)), mode="linear_ramp"),
    "pad wrapped": lambda x: np.pad(x, ((2, 1), (0, 0)), mode="wrap"),
    "meshgrid": lambda x: np.meshgrid(x[:, 0], x[0])[0],
    "take": lambda x: np.take(x, [1, 0], axis=0),
    "take_along_axis": lambda x: np.take_along_axis(x, np.argsort(x, axis=0), axis=0),
    "sort": lambda x: np.sort(x, axis=0),
    "argmax": lambda x: np.argmax(x, axis=0),
    "searchsorted": lambda x: np.searchsorted(np.sort(x[:, 0]), x[0]),
    "where": lambda x: np.where(x > 0.0, x, np.sin(x)),
    "select": lambda x: np.select([x > 0.5, x > 0.0], [x, 2.0 * x]),
    "piecewise": lambda x: np.piecewise(x, [x > 0.0], [np.tanh, lambda t: t * t]),
    "zeros_like": lambda x: np.zeros_like(x) + np.full_like(x, 2.0) * np.ones_like(x[0]),
    "filled": lambda x: _filled(x),
}


def _filled(x: Any) -> Any:
    y = np.zeros_like(x, shape=(x.shape[0] + 1, x.shape[0]))
    np.fill_diagonal(y, x[:, 0])
    return y


@pytest.mark.parametrize("f", SIZELESS.values(), ids=SIZELESS)
def test_one_trace_serves_all_sizes(f: Callable[[Any], Any]) -> None:
    graph = traced(f, np.ones((6, 4)))
    for rows in (8, 10, 6):
        x = np.random.default_rng(rows).normal(size=(rows, 4))
        assert admits(graph, x), graph.scope.guards
        np.testing.assert_allclose(called(graph, x), f(x))


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": np.copy,
    "roll by nothing": lambda x: np.roll(x, 0),
    "roll of one": lambda x: np.roll(x[:1], 3, axis=0),
    "tile once": lambda x: np.tile(x, 1),
    "repeat once": lambda x: np.repeat(x, 1, axis=0),
    "pad by nothing": lambda x: np.pad(x, 0, mode="edge"),
    "take one": lambda x: np.take(x, 1, axis=0),
    "meshgrid of one": lambda x: np.meshgrid(x[0])[0],
    "resize": lambda x: np.resize(x, x.shape),
    "positive": lambda x: +x,
    "conjugate": np.conjugate,
    "astype": lambda x: x.astype(float),
    "flatten": lambda x: x.flatten(),
    "an index array": lambda x: x[[0, 1]],
    "reshape out of order": lambda x: x.T.reshape(-1),
    "ravel out of order": lambda x: np.ravel(x[:, ::2]),
    "concatenate one": lambda x: np.concatenate([x]),
    "sort": np.sort,
}
VIEWS: dict[str, Callable[[Any], Any]] = {
    "a slice": lambda x: x[1:],
    "a row": lambda x: x[0],
    "everything": lambda x: x[...],
    "a new axis": lambda x: x[None],
    "T": lambda x: x.T,
    "reshape": lambda x: np.reshape(x, (-1,)),
    "ravel": np.ravel,
    "ravel of rows": lambda x: x[1:].ravel(),
    "reshape of a slice": lambda x: x[:, :1].reshape(2, 1, 1),
    "flip": np.flip,
    "rot90": np.rot90,
    "squeeze": lambda x: np.squeeze(x[:1]),
    "swapaxes": lambda x: x.swapaxes(0, 1)[1:],
    "split": lambda x: np.split(x, 2)[1],
    "atleast_3d": np.atleast_3d,
    "moveaxis": lambda x: np.moveaxis(x, 0, 1),
}


@pytest.mark.parametrize("f", (COPIES | VIEWS).values(), ids=COPIES | VIEWS)
def test_copies_and_views_are_numpys(f: Callable[[Any], Any]) -> None:
    def written(x: Any) -> list[Any]:
        y = x * 1.0
        part = f(y)
        part[...] = 7.0
        y[0] = y[0] * 2.0
        return [y, part * 1.0]

    check(written, A, compiled=False)
    graph = traced(lambda x: written(x)[0], A)
    np.testing.assert_allclose(called(graph, A), written(A)[0])
