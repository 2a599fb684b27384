"""Every lesson runs, prints, and shows what it promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
LESSONS = sorted(EXAMPLES.glob("[01][0-9]_*.py"))
SHOWN = {
    "01": "at x = 0.7",
    "02": "3/2*(x + 2)",
    "03": "after pass 2: x.grad = tensor([4., 8.])",
    "04": "d(A x)/dx    = A",
    "05": "Taylor at 0.3",
    "06": "2*A.T @ (A @ x - b)",
    "07": "a tie: half to each",
    "08": "written out",
    "09": "4. lowered",
    "10": "fitted",
    "11": "distance to the minimum",
}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_lesson(lesson):
    done = subprocess.run(
        [sys.executable, str(lesson)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert SHOWN[lesson.stem[:2]] in done.stdout


def test_all_lessons_are_there():
    assert [lesson.stem[:2] for lesson in LESSONS] == sorted(SHOWN)
