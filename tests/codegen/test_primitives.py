"""Every primitive, in Python and in Numba, against NumPy and SciPy, special values included."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np
import pytest
from index_interpreter import primitive

from codegen import build
from codegen.check import ARITY, allowed
from codegen.index import COMPARISONS, PRIMITIVES, Apply, Buffer, Define, Program, Read, Var

TARGETS = ("python", "numba")
DTYPES = ("float64", "float32", "int64", "int32", "bool")
SPECIAL_VALUES = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 40.0, np.inf, -np.inf, np.nan)
INTEGERS = (0, 1, -1, 2, 3, -4, 7, 25)
COUNTED_FROM_FRONT = {"wrap_index"}  # has a test of its own
# Functions of an order, a count or a shape: the first argument as users give it.
FIRST = {
    "polygamma": (0.0, 1.0, 2.0, 5.0),
    "zeta": (1.0, 1.5, 2.0, 3.5, 12.0, 0.5),
    **dict.fromkeys(("jv", "yv", "iv", "ive", "kv", "kve"), (0.0, 0.5, 1.0, 2.5, -1.0)),
}


def names(dtype: str) -> list[str]:
    return sorted(n for n in PRIMITIVES - {"where"} - COUNTED_FROM_FRONT if allowed(n, dtype))


def samples(dtype: str) -> list[Any]:
    if dtype == "bool":
        return [False, True]
    if dtype.startswith("int"):
        return list(INTEGERS)
    rng = np.random.default_rng(3)
    return [*SPECIAL_VALUES, *rng.normal(size=4), *rng.uniform(0, 1, 3)]


def arguments(name: str, dtype: str) -> list[np.ndarray]:
    """All combinations of samples, as one array for each argument."""
    first = FIRST.get(name, samples(dtype))
    if name == "pow" and dtype.startswith("int"):
        table = itertools.product(first, [n for n in INTEGERS if n >= 0])
    elif ARITY[name] == 3:
        table = itertools.product(first, (0.3, 2.0, 7.5), (0.25, 0.5))
    else:
        table = itertools.product(first, *[samples(dtype)] * (ARITY[name] - 1))
    return [np.array(column, dtype) for column in zip(*table, strict=True)]


def kernel_of(together: list[str], dtype: str, target: str) -> Any:
    """One loop that applies each primitive to the same arguments."""
    buffers = [Buffer(f"x{j}", (Var("n"),), dtype) for j in range(ARITY[together[0]])]
    reads = tuple(Read(b.name, (Var("i"),)) for b in buffers)
    body = tuple(
        Define(
            Buffer(f"y{k}", (Var("n"),), "bool" if name in COMPARISONS else dtype),
            ("i",),
            Apply(name, reads),
        )
        for k, name in enumerate(together)
    )
    outputs = tuple(s.target.name for s in body)
    return build(Program("primitives", (("n", "x0", 0),), tuple(buffers), body, outputs), target)


@cache
def results(target: str, dtype: str) -> dict[str, np.ndarray]:
    """Every primitive of a dtype, those with the same arguments in one kernel."""
    made = {}
    groups: dict[Any, list[str]] = {}
    for name in names(dtype):
        alike = ARITY[name], FIRST.get(name), name == "pow" and dtype.startswith("int")
        groups.setdefault(alike, []).append(name)
    for together in groups.values():
        kernel = kernel_of(together, dtype, target)
        made |= dict(zip(together, kernel(*arguments(together[0], dtype)), strict=True))
    return made


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_primitives_are_those_of_numpy_and_scipy(target: str, dtype: str) -> None:
    made = results(target, dtype)
    for name in names(dtype):
        with np.errstate(all="ignore"):
            wanted = wanted_of(name, dtype)
        assert made[name].dtype == ("bool" if name in COMPARISONS else dtype), name
        digits = {"float64": 4e-14, "float32": 1e-5}.get(dtype, 0)
        np.testing.assert_allclose(made[name], wanted, rtol=digits, err_msg=name)


def wanted_of(name: str, dtype: str) -> np.ndarray:
    columns = arguments(name, dtype)
    if name == "polygamma":
        return np.array([primitive(name)(*row) for row in zip(*columns, strict=True)])
    return primitive(name)(*columns)


@pytest.mark.parametrize("target", TARGETS)
def test_signs_of_zeros(target: str) -> None:
    made = results(target, "float64")
    for name in ("neg", "abs", "copysign", "floor", "ceil", "trunc", "round", "sqrt", "mod", "add"):
        with np.errstate(all="ignore"):
            wanted = wanted_of(name, "float64")
        zeros = wanted == 0
        assert (np.signbit(made[name]) == np.signbit(wanted))[zeros].all(), name


@pytest.mark.parametrize("target", TARGETS)
def test_wrapped_indices_count_from_the_front(target: str) -> None:
    i, n = Read("q", (Var("i"),)), Var("n")
    value = Read("x", (Apply("wrap_index", (i, n)),))
    body = (Define(Buffer("y", (Var("m"),)), ("i",), value),)
    inputs = (Buffer("x", (n,)), Buffer("q", (Var("m"),), "int64"))
    program = Program("take", (("n", "x", 0), ("m", "q", 0)), inputs, body, ("y",))
    kernel = build(program, target)
    x = np.array([5.0, 6.0, 7.0])
    np.testing.assert_array_equal(kernel(x, np.array([0, -1, 2, -3]))[0], [5, 7, 7, 5])
    for outside in (3, -4):
        with pytest.raises(IndexError):
            kernel(x, np.array([outside]))


@pytest.mark.parametrize("target", TARGETS)
def test_integers_to_negative_powers_are_refused(target: str) -> None:
    value = Apply("pow", (Read("x", ()), Read("n", ())))
    inputs = (Buffer("x", (), "int64"), Buffer("n", (), "int64"))
    body = (Define(Buffer("y", (), "int64"), (), value),)
    kernel = build(Program("power", (), inputs, body, ("y",)), target)
    assert kernel(3, 4)[0] == 81
    with pytest.raises(ValueError, match="negative integer powers"):
        kernel(3, -1)
