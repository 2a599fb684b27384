"""Routines that are emitted from their text do what the text does when Python runs it."""

from __future__ import annotations

import ast
import ctypes
from typing import Any

import numpy as np
import pytest

from codegen import machine, native
from codegen.runtime import python
from codegen.targets import ir, llvm_python
from codegen.targets.llvm_machine import Machine
from codegen.targets.llvm_views import NotUnderstood

TEXT = """
LIMIT = 3.0

def first_above(y, x):
    y[0] = found(x, LIMIT)

def found(x, limit):
    for i in range(len(x)):
        if x[i] > limit:
            return i
    return -1

def halvings(y, x):
    norm, count = x[0], 0
    while norm > LIMIT and count < 50:
        norm, count = norm / 2, count + 1
    y[0], y[1] = norm, count

def ends(y, x):
    y[0] = x[-1] + x[0]
    y[1] = len(x[1:3]) if len(x) > 2 else -5

def reversed_twice(y, x):
    for k in range(2):
        turned(y, x)

def turned(y, x):
    spare = np.empty(len(x), x.dtype)
    for i in range(len(x)):
        spare[len(x) - 1 - i] = x[i]
    for i in range(len(x)):
        y[i] += spare[i]

def guarded(y, x):
    i, low = 7, 0
    if i < len(x) and x[i] > 0:
        low = 1
    y[0] = low
    y[1], y[2] = (x[0], 2.0) if x[0] > x[1] else (x[1], 3.0)

def sums(y, x, twice=True):
    total = x.dtype.type(0)
    for i in range(0, len(x), 2):
        total += 2 * x[i] if twice else x[i]
    y[0] = min(total, 1e3)
    y[1] = not total == 0

def refused(y, x):
    if x[0] < 100:
        raise ValueError("too small")
    y[0] = 1.0
"""
X = np.array([0.5, 2.0, 400.0, -3.0, 5.0])


def emitted(monkeypatch: pytest.MonkeyPatch, name: str, module: Any = None) -> Any:
    steps = ast.parse(TEXT).body
    functions = {s.name: s for s in steps if isinstance(s, ast.FunctionDef)}
    constants = {"LIMIT": next(s.value for s in steps if isinstance(s, ast.Assign))}
    monkeypatch.setattr(llvm_python, "texts", lambda: (functions, constants))
    calls: Any = None
    kinds = [("float64", 1)] * 2
    return llvm_python.emitted(module or new_module(), Machine(16, calls), name, (), kinds)


def new_module() -> Any:
    module = ir.Module()
    module.triple, module.data_layout = native.triple(), native.data_layout()
    return module


def run(monkeypatch: pytest.MonkeyPatch, name: str, y: Any, x: Any) -> int:
    python.install()
    module = new_module()
    made = emitted(monkeypatch, name, module)
    made.function.linkage = "external"
    engine = machine.loaded(native.object_file(str(module)))
    array = [ctypes.c_void_p, ctypes.c_int64]
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, *array, *array)
    function = kind(engine.get_function_address(made.function.name))
    return function(None, y.ctypes.data, len(y), x.ctypes.data, len(x))


@pytest.mark.parametrize(
    "name",
    ["first_above", "halvings", "ends", "reversed_twice", "guarded", "sums"],
)
@pytest.mark.parametrize("x", [X, X[:2], X[::-1].copy()], ids=["long", "short", "reversed"])
def test_it_does_what_python_does(
    name: str, x: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    y, wanted = np.ones(5), np.ones(5)
    scope: dict[str, Any] = {"np": np}
    exec(TEXT, scope)
    scope[name](wanted, x)
    assert run(monkeypatch, name, y, x) == 0
    np.testing.assert_array_equal(y, wanted)


def test_an_error_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    y = np.zeros(1)
    assert run(monkeypatch, "refused", y, X) == 1
    assert run(monkeypatch, "refused", y, X + 100) == 0
    assert emitted(monkeypatch, "refused").errors == (("ValueError", "too small"),)


@pytest.mark.parametrize(
    "line",
    [
        "y[0] = x[0] ** 2",
        "y[:] = x",
        "y[0] = unknown",
        "assert x",
        "y[0] = x[::2][0]",
        "y[0] = len(x) if x[0] > 0 else 0.5",
        "x = 0",
    ],
)
def test_what_is_not_understood_leaves_no_trace(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    function = ast.parse(f"def odd(y, x):\n    {line}\n").body[0]
    monkeypatch.setattr(llvm_python, "texts", lambda: ({"odd": function}, {}))
    module, calls = new_module(), None
    made: Any = Machine(16, calls)  # type: ignore[arg-type]
    with pytest.raises(NotUnderstood):
        llvm_python.emitted(module, made, "odd", (), [("float64", 1)] * 2)
    assert all(known.is_declaration for known in module.globals.values())
