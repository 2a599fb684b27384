"""Dispatchers and the cache: a second process compiles nothing, and damage is repaired."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codegen import cache

PROGRAM = """
import pickle, sys, time
import numpy as np
from codegen.targets import compiled

TEXT = "def root_{suffix}(x, p):\\n    return x ** p + {constant}\\n"
scope = dict(np=np, __name__=compiled.__name__)
exec(TEXT, scope)
kernel = compiled.dispatcher(scope["root_{suffix}"], TEXT)
for x in (np.array([1.0, 4.0]), np.float64(4.0)):
    print(float(np.sum(kernel(x, 0.5))))
print("hits", sum(kernel._cache_hits.values()))
"""


def run(suffix: str = "a", constant: float = 0.0) -> list[str]:
    text = PROGRAM.format(suffix=suffix, constant=constant)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[:3]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("SYMDIFF_CACHE", raising=False)


def test_a_second_process_compiles_nothing_and_damage_is_repaired() -> None:
    assert run() == ["3.0", "2.0", "hits 0"]
    assert run() == ["3.0", "2.0", "hits 2"]
    damaged = cache.entries()[0].path
    content = damaged.read_bytes()
    damaged.write_bytes(content[: len(content) // 2])
    assert run() == ["3.0", "2.0", "hits 1"]
    assert run() == ["3.0", "2.0", "hits 2"]


def test_another_program_under_the_same_name_is_compiled() -> None:
    assert run() == ["3.0", "2.0", "hits 0"]
    assert run(constant=1.0) == ["5.0", "3.0", "hits 0"]


def test_rightly_sealed_nonsense_is_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    from codegen.targets import compiled

    def root_nonsense(x: float) -> float:
        return x + 1.0

    first = compiled.dispatcher(root_nonsense, "program")
    assert first(2.0) == 3.0
    monkeypatch.setattr(cache, "read", lambda name, key: b"not a pickle")
    second = compiled.dispatcher(root_nonsense, "program")
    assert second(2.0) == 3.0
    assert not second._cache_hits


def test_two_processes_at_once_fill_one_cache() -> None:
    text = PROGRAM.format(suffix="b", constant=0.0)
    both = [
        subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        assert process.communicate()[0].split("\n")[:2] == ["3.0", "2.0"]
    assert run("b") == ["3.0", "2.0", "hits 2"]


CONSTANT_SIZES = """
import sys
import numpy as np
from codegen import build, native, threads
from codegen.index import Apply, Buffer, Const, Define, Program, Read, Reduce, Var

threads.set_num_threads(int(sys.argv[1]))
if sys.argv[2] == "second":
    del native.object_file  # nothing can be compiled
size, i = Const(200_000, "int64"), Var("i")
value = Apply("exp", (Read("x", (i,)),))
body = (
    Define(Buffer("y", (size,)), ("i",), value),
    Define(Buffer("s", ()), (), Reduce("add", (("i", size),), Read("y", (i,)))),
)
kernel = build(Program("constant", (), (Buffer("x", (size,)),), body, ("y", "s")), "llvm")
x = np.linspace(0.0, 1.0, 200_000)
y, s = kernel(x)
np.testing.assert_allclose(y, np.exp(x), rtol=1e-14)
np.testing.assert_allclose(s, np.exp(x).sum(), rtol=1e-12)
"""


@pytest.mark.parametrize("count", [1, 2])
def test_constant_sizes_run_in_a_second_process(count: int) -> None:
    """Nothing but the kernel's file tells that process which of our symbols the kernel calls."""
    command = [sys.executable, "-c", CONSTANT_SIZES, str(count)]
    for which in ("first", "second"):
        subprocess.run([*command, which], check=True)
