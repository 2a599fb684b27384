"""Machine code from LLVM's text: assembled once for all processes, and called."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from codegen import cache, machine

TEXT = """
define i64 @"test.machine.{name}"(i64 %x) {{
  %y = add i64 %x, {more}
  ret i64 %y
}}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("SYMDIFF_CACHE", raising=False)


def called(name: str, more: int, x: int) -> int:
    engine = machine.Assembly("test", TEXT.format(name=name, more=more)).engine()
    place = engine.get_function_address(f"test.machine.{name}")
    return ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(place)(x)


def test_text_is_assembled_once_and_damage_is_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    assert called("first", 2, 40) == 42
    (kept,) = cache.entries()
    with monkeypatch.context() as patch:
        patch.delattr(machine.Assembly, "_made")
        assert called("first", 2, 50) == 52
    content = kept.path.read_bytes()
    kept.path.write_bytes(content[: len(content) // 2])
    assert called("first", 2, 60) == 62
    assert kept.path.read_bytes() == content


def test_what_was_begun_is_assembled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    read = machine.Assembly._read
    monkeypatch.setattr(machine.Assembly, "_read", lambda self: (_Counting(made), read(self)[1]))
    assembly = machine.Assembly("test", TEXT.format(name="begun", more=1))
    assembly.begin()
    engines = [assembly.engine() for _ in range(3)]
    assert len(made) == 1
    places = {engine.get_function_address("test.machine.begun") for engine in engines}
    assert len(places) == 3
    machine.Assembly("test", TEXT.format(name="begun", more=1)).begin()
    assert len(made) == len(cache.entries()) == 1


class _Counting:
    """What makes code, and counts it."""

    def __init__(self, made: list[object]) -> None:
        self.made = made

    def emit_object(self, module: object) -> bytes:
        self.made.append(module)
        return machine._target().emit_object(module)


def test_llvm_loads_ahead_and_is_the_same() -> None:
    text = """
import threading
from codegen import machine
machine.expect()
machine.expect()
engine = machine.Assembly("ahead", TEXT).engine()
assert engine.get_function_address("ahead")
print(threading.active_count())
"""
    given = "TEXT = 'define void @ahead() { ret void }'\n"
    done = subprocess.run(
        [sys.executable, "-c", given + text], capture_output=True, text=True, check=True
    )
    assert done.stdout == "1\n"


def test_another_text_is_another_entry() -> None:
    assert called("second", 1, 1) == 2
    assert called("second", 5, 1) == 6
    assert len(cache.entries()) == 2


def test_the_cache_may_be_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE", "0")
    assert called("third", 3, 4) == 7
    assert cache.entries() == []


def test_functions_are_offered_to_other_code() -> None:
    assert not machine.is_known("test.machine.offered")
    engine = machine.Assembly("test", TEXT.format(name="offered", more=1)).engine()
    machine.offer(engine, "test.machine.offered")
    assert machine.is_known("test.machine.offered")
    machine.offer_library(ctypes.CDLL(None), "no_such_function_anywhere", "malloc")
    assert machine.is_known("malloc") and not machine.is_known("no_such_function_anywhere")
