"""Every lesson runs, prints, and shows what it promises."""

from __future__ import annotations

import math
import re
import subprocess
import sys

import pytest

from tests.loading import EXAMPLES, example

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
    "09": "4. lowered to a program",
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


# --- the notebooks

NUMBER = re.compile(r"-?\d+\.?\d*(?:e[+-]?\d+)?")


def maker():
    """The module that makes notebooks of scripts."""
    for name in ("nbformat", "nbclient", "ipykernel"):
        pytest.importorskip(name)
    return example("notebooks.py")


def kept(lesson):
    import nbformat

    return nbformat.read(lesson.with_suffix(".ipynb"), as_version=4)


def printed(notebook):
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", ())]
    assert {o.output_type for o in outputs} <= {"stream"}
    return "".join(o.text for o in outputs)


def check_same(text, expected):
    """The same words, and the same numbers but for rounding."""
    assert NUMBER.sub("#", text).split() == NUMBER.sub("#", expected).split()
    for a, b in zip(NUMBER.findall(text), NUMBER.findall(expected), strict=True):
        assert math.isclose(float(a), float(b), rel_tol=1e-6, abs_tol=1e-9)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_notebook_has_the_cells_of_its_script(lesson):
    made, found = maker().notebook(lesson), kept(lesson)
    assert [(c.cell_type, c.source) for c in made.cells] == [
        (c.cell_type, c.source) for c in found.cells
    ]
    assert SHOWN[lesson.stem[:2]] in printed(found)


@pytest.mark.parametrize(
    "lesson",
    [
        pytest.param(lesson, id=lesson.stem, marks=[] if k == 1 else [pytest.mark.slow])
        for k, lesson in enumerate(LESSONS)
    ],
)
def test_a_notebook_prints_what_it_has_kept(lesson):
    check_same(printed(maker().executed(lesson)), printed(kept(lesson)))
