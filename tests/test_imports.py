"""What importing symdiff loads, and what loads when it is first asked for."""

import ast
import os
import pathlib
import subprocess
import sys

import pytest

import symdiff as sd

HEAVY = ("sympy", "numba", "llvmlite", "scipy", "rich", "numpy.f2py", "matplotlib")
ROOT = pathlib.Path(sd.__file__).parent


def said(text, **environment):
    """What another process prints."""
    done = subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True, text=True, check=True, env={**os.environ, **environment},
    )  # fmt: skip
    return done.stdout.split("\n")[:-1]


LOADED = f"print([name for name in {HEAVY} if name in sys.modules])"


def test_importing_symdiff_loads_what_a_gradient_needs():
    loaded, late = said(f"""
import sys
import symdiff
{LOADED}
print([m for m in sys.modules if m.startswith(("symdiff.formulas.", "symdiff.explanation"))])
""")
    assert loaded == late == "[]"


GRADIENTS = f"""
import sys
import numpy as np
import symdiff as sd
x = np.linspace(0.0, 1.0, 50)
f = lambda x: np.sum(np.sin(x) * np.exp(-x * x)) + np.sum(np.outer(x, x) @ x)
assert sd.grad(f)(x).shape == (50,)
{LOADED}
"""


def test_a_cached_gradient_loads_no_compiler_but_llvm(tmp_path):
    cache = {"SYMDIFF_CACHE": "1", "SYMDIFF_CACHE_DIR": str(tmp_path)}
    said(GRADIENTS, **cache)
    assert said(GRADIENTS, **cache) == ["['llvmlite']"]


def late_imports():
    """The names that the package imports for type checkers alone, with their modules."""
    for block in ast.parse((ROOT / "__init__.py").read_text()).body:
        if isinstance(block, ast.If):
            for line in block.body:
                if isinstance(line, ast.ImportFrom):
                    yield from ((alias.name, line.module) for alias in line.names)


def test_late_names_are_there_when_asked_for():
    names = [name for name, _ in late_imports()]
    early, listed = said(f"""
import symdiff
print([name for name in {names} if name in vars(symdiff)])
print([name for name in {names} if name not in dir(symdiff)])
""")
    assert early == listed == "[]"
    for name, module in late_imports():
        home = f"symdiff.{module or name}"
        found = getattr(sd, name)
        assert found is (getattr(sys.modules[home], name) if module else sys.modules[home])


def test_every_late_name_is_seen_by_type_checkers():
    assert set(sd._LATE) == {module for _, module in late_imports() if module}
    told = [name for names in sd._LATE.values() for name in names.split()]
    assert {*told, *sd._SPACES} == {name for name, _ in late_imports()}


def test_an_unknown_name_says_so():
    with pytest.raises(AttributeError, match="module 'symdiff' has no attribute 'nonsense'"):
        _ = sd.nonsense
    assert not hasattr(sd, "_private") and not hasattr(sd, "__path_of_nothing__")


def test_a_tensor_tells_its_formula_before_formulas_were_loaded():
    assert said("""
import symdiff as sd
x = sd.tensor([1.0, 2.0], requires_grad=True)
y = (x * x).sum()
y.backward()
print(y.formula, y.detach()._repr_latex_())
""") == ["x @ x None"]
