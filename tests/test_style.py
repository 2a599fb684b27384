"""Formatting, lint and types hold for every file."""

import importlib.util
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent
FOLDERS = ["symdiff", "codegen", "tests", "examples"]


def run(*command):
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True
    )


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff(command):
    pytest.importorskip("ruff")
    done = run("ruff", *command, *FOLDERS)
    assert done.returncode == 0, done.stdout


def test_types():
    if importlib.util.find_spec("basedpyright") is None:
        pytest.skip("basedpyright is not installed")
    done = run("basedpyright", "--project", "pyproject.toml", "--level", "error")
    assert done.returncode == 0, done.stdout
