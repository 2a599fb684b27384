"""What Numba compiles is kept: a second process compiles nothing, and damage is repaired."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codegen import cache
from codegen.runtime import kept

PROGRAM = """
from codegen.runtime import kept

TEXT = "def root_{suffix}(x, p):\\n    return x * p + {constant}\\n"
scope = dict(__name__=kept.__name__)
exec(TEXT, scope)
root = kept.kept(scope["root_{suffix}"], TEXT)
for kind in ("float64", "float32"):
    root.compile(f"{{kind}}({{kind}}, {{kind}})")
print(len(root.overloads), sum(root._cache_hits.values()))
"""


def run(suffix: str = "a", constant: float = 0.0) -> str:
    """The number of functions, and of those that were found on the disk."""
    text = PROGRAM.format(suffix=suffix, constant=constant)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("SYMDIFF_CACHE", raising=False)


def test_a_second_process_compiles_nothing_and_damage_is_repaired() -> None:
    assert run() == "2 0"
    assert run() == "2 2"
    damaged = cache.entries()[0].path
    content = damaged.read_bytes()
    damaged.write_bytes(content[: len(content) // 2])
    assert run() == "2 1"
    assert run() == "2 2"


def test_another_program_under_the_same_name_is_compiled() -> None:
    assert run() == "2 0"
    assert run(constant=1.0) == "2 0"


def test_rightly_sealed_nonsense_is_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    def root_nonsense(x: float) -> float:
        return x + 1.0

    kept.kept(root_nonsense, "program").compile("float64(float64)")
    monkeypatch.setattr(cache, "read", lambda name, key: b"not a pickle")
    second = kept.kept(root_nonsense, "program")
    second.compile("float64(float64)")
    assert len(second.overloads) == 1 and not second._cache_hits


def test_two_processes_at_once_fill_one_cache() -> None:
    text = PROGRAM.format(suffix="b", constant=0.0)
    both = [
        subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        assert process.communicate()[0].startswith("2 ")
    assert run("b") == "2 2"
