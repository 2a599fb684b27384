"""Machine code from LLVM's text: assembled once for all processes, and called."""

from __future__ import annotations

import ctypes
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
    engine = machine.assembled("test", TEXT.format(name=name, more=more))
    place = engine.get_function_address(f"test.machine.{name}")
    return ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(place)(x)


def test_text_is_assembled_once_and_damage_is_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    assert called("first", 2, 40) == 42
    (kept,) = cache.entries()
    with monkeypatch.context() as patch:
        patch.delattr(machine, "_object_file", raising=True)
        assert called("first", 2, 50) == 52
    content = kept.path.read_bytes()
    kept.path.write_bytes(content[: len(content) // 2])
    assert called("first", 2, 60) == 62
    assert kept.path.read_bytes() == content


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
    engine = machine.assembled("test", TEXT.format(name="offered", more=1))
    machine.offer(engine, "test.machine.offered")
    assert machine.is_known("test.machine.offered")
    machine.offer_library(ctypes.CDLL(None), "no_such_function_anywhere", "malloc")
    assert machine.is_known("malloc") and not machine.is_known("no_such_function_anywhere")
