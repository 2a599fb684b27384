"""The meaning of the index language, written as plainly as it can be: one element at a time."""

from __future__ import annotations

from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special

from codegen.index import (
    Apply,
    Call,
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

Scope = dict[str, Any]

NUMPY_NAMES = {
    "sub": np.subtract, "mul": np.multiply, "div": np.divide, "floordiv": np.floor_divide,
    "pow": np.power, "neg": np.negative, "round": np.rint, "lt": np.less, "le": np.less_equal,
    "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
    "and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor, "not": np.logical_not,
    "strongmul": lambda g, s: np.where(g == 0, g, g * s), "sigmoid": scipy.special.expit,
    "softplus": lambda x: np.logaddexp(x, np.zeros_like(x)),
    "polygamma": lambda n, x: scipy.special.polygamma(np.int64(n), x), "where": np.where,
}  # fmt: skip


def primitive(name: str) -> Any:
    """NumPy's or SciPy's function for a primitive, also on arrays."""
    if name in NUMPY_NAMES:
        return NUMPY_NAMES[name]
    return getattr(np, name) if hasattr(np, name) else getattr(scipy.special, name)


def run(program: Program, *inputs: Any) -> tuple[Any, ...]:
    """The outputs of a program."""
    buffers = {b.name: np.asarray(x, b.dtype) for b, x in zip(program.inputs, inputs, strict=True)}
    extents = {name: buffers[b].shape[axis] for name, b, axis in program.extents}
    with np.errstate(all="ignore"):
        for statement in program.body:
            buffers |= _made(statement, buffers, extents)
    return tuple(buffers[name] for name in program.outputs)


def _made(statement: Any, buffers: Scope, extents: Scope) -> Scope:
    if isinstance(statement, Call):
        sources = [buffers[name] for name in statement.sources]
        results = routine(statement.routine, sources, dict(statement.params))
        return {t.name: np.asarray(r) for t, r in zip(statement.targets, results, strict=True)}
    target = statement.target
    shape = tuple(int(value(e, buffers, extents)) for e in target.shape)
    array = np.zeros(shape, target.dtype)
    fill = {Define: _define, Scan: _scan, Scatter: _scatter}[type(statement)]
    return {target.name: fill(statement, array, buffers, extents)}


def _define(define: Define, array: Any, buffers: Scope, extents: Scope) -> Any:
    for point in np.ndindex(array.shape):
        scope = extents | dict(zip(define.index, point, strict=True))
        array[point] = value(define.value, buffers, scope)
    return array


def _scan(scan: Scan, array: Any, buffers: Scope, extents: Scope) -> Any:
    values = _define(Define(scan.target, scan.index, scan.value), array, buffers, extents)
    if scan.reverse:
        values = np.flip(values, scan.axis)
    result = primitive(scan.combine).accumulate(values, axis=scan.axis, dtype=array.dtype)
    return np.flip(result, scan.axis) if scan.reverse else result


def _scatter(scatter: Scatter, array: Any, buffers: Scope, extents: Scope) -> Any:
    if scatter.source is not None:
        array[...] = buffers[scatter.source]
    for scope in _points(scatter.ranges, buffers, extents):
        place = tuple(int(value(i, buffers, scope)) for i in scatter.index)
        new = value(scatter.value, buffers, scope)
        array[place] = array[place] + new if scatter.accumulate else new
    return array


def _points(ranges: Any, buffers: Scope, scope: Scope) -> Any:
    names = [name for name, _ in ranges]
    sizes = [range(int(value(extent, buffers, scope))) for _, extent in ranges]
    return (scope | dict(zip(names, point, strict=True)) for point in product(*sizes))


def value(scalar: Scalar, buffers: Scope, scope: Scope) -> Any:
    """The value of a scalar where variables have the values in scope."""
    if isinstance(scalar, Const):
        return np.dtype(scalar.dtype).type(scalar.value)
    if isinstance(scalar, Var):
        return np.int64(scope[scalar.name])
    if isinstance(scalar, Cast):
        return np.dtype(scalar.dtype).type(value(scalar.arg, buffers, scope))
    if isinstance(scalar, Read):
        index = tuple(int(value(i, buffers, scope)) for i in scalar.index)
        assert all(0 <= i < n for i, n in zip(index, buffers[scalar.buffer].shape, strict=True))
        return buffers[scalar.buffer][index]
    if isinstance(scalar, Select):
        chosen = scalar.then if value(scalar.condition, buffers, scope) else scalar.other
        return value(chosen, buffers, scope)
    if isinstance(scalar, Reduce):
        return _reduced(scalar, buffers, scope)
    assert isinstance(scalar, Apply)
    args = [value(arg, buffers, scope) for arg in scalar.args]
    if scalar.name == "wrap_index":
        return args[0] % args[1]
    return primitive(scalar.name)(*args)


def _reduced(scalar: Reduce, buffers: Scope, scope: Scope) -> Any:
    points = _points(scalar.ranges, buffers, scope)
    values = [value(scalar.body, buffers, point) for point in points]
    if values:
        return reduce(primitive(scalar.combine), values)
    return {"add": 0, "mul": 1, "maximum": -np.inf, "minimum": np.inf}[scalar.combine]


def routine(name: str, sources: list[Any], params: Scope) -> tuple[Any, ...]:
    """A routine by NumPy and SciPy."""
    a = sources[0]
    if name in ("sort", "argsort"):
        return (getattr(np, name)(a, axis=-1, kind="stable"),)
    if name in ("argmax", "argmin"):
        return (getattr(np, name)(a, axis=-1),)
    if name == "searchsorted":
        return (np.searchsorted(a, sources[1], side=params.get("side", "left")),)
    if name == "recurrence":
        return (_recurrence(a, sources[1], params.get("reverse", False)),)
    if name == "expm":
        return (scipy.linalg.expm(a),)
    if name == "solve_triangular":
        return (_triangular(a, sources[1], **params),)
    results = getattr(np.linalg, name)(
        *sources, **({"full_matrices": False} if name == "svd" else {})
    )
    return tuple(results) if isinstance(results, tuple) else (results,)


def _recurrence(a: Any, b: Any, reverse: bool) -> Any:
    """y of y[k] - a[k]*y[k-1] = b[k], as a system of linear equations."""
    n, back = b.shape[-1], -1 if reverse else 1
    system = np.zeros((*b.shape, n)) + np.eye(n)
    after = np.arange(n - 1) + (0 if reverse else 1)
    system[..., after, after - back] = -a[..., after]
    return np.linalg.solve(system, b[..., None])[..., 0]


def _triangular(a: Any, b: Any, lower: bool = True, trans: bool = False, unit: bool = False) -> Any:
    a = np.tril(a) if lower else np.triu(a)
    if unit:
        diagonal = np.arange(a.shape[-1])
        a = a.copy()
        a[..., diagonal, diagonal] = 1
    return np.linalg.solve(np.swapaxes(a, -1, -2) if trans else a, b)
