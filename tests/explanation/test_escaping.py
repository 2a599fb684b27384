"""What users call things, and what they write, appears as text wherever it is shown."""

from __future__ import annotations

import html.parser
import linecache
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import symdiff as sd
from symdiff.explanation.picture import svg
from symdiff.explanation.plots import _literal, as_svg, plot
from symdiff.explanation.tables import coloured, plain
from symdiff.formulas.latex import latex_of
from symdiff.formulas.mathml import math_element, mathml_of
from symdiff.formulas.notation import Name

HOSTILE = '<b a="1">&\'$x_1$ [bold]\\frac{1}{2}</b>-->'
FILE = "/somewhere/<i>&'[red]$file$.py"


class Reader(html.parser.HTMLParser):
    """The elements, attributes and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def function():
    """One whose name, file, source and op are hostile."""

    def inner(x):
        return x * 3

    inner.__name__ = inner.__qualname__ = HOSTILE
    inner = sd.custom_vjp(inner)
    inner.defvjp(lambda x: (x * 3, None), lambda _, g: (3 * g,))
    source = (
        f"def f(größe):\n    y = inner(größe)  # {HOSTILE} \x1b[31m\n    return y * np.exp(größe)\n"
    )
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    space = {"inner": inner, "np": np}
    exec(compile(source, FILE, "exec"), space)
    f = space["f"]
    f.__name__ = HOSTILE
    return f


@pytest.fixture
def told():
    yield sd.explain(function(), 2.0)
    linecache.cache.pop(FILE, None)


def check(page):
    read = Reader(page)
    assert not read.tags & {"b", "i"}
    assert "a" not in read.attributes
    assert HOSTILE in read.text
    assert "<i>&'[red]$file$.py" in read.text


def test_in_a_notebook_and_on_a_page(told, tmp_path):
    check(told._repr_html_())
    told.save(tmp_path / "page.html")
    check((tmp_path / "page.html").read_text(encoding="utf-8"))


def test_in_the_picture(told):
    tree = ET.fromstring(svg(told.steps))
    assert {child.tag for child in tree.iter()} <= {"svg", "path", "g", "title", "rect", "text"}
    assert any(HOSTILE in (title.text or "") for title in tree.iter("title"))


def test_in_a_terminal_and_in_a_pipe(told):
    for text in (plain(told.tables), re.sub(r"\x1b\[[0-9;]*m", "", coloured(told.tables))):
        assert "[bold]" in text
        assert "[red]" in text
        assert "\x1b" not in text


def test_in_formulas():
    name = Name(0, HOSTILE)
    assert HOSTILE in "".join(ET.fromstring(math_element(mathml_of(name))).itertext())
    latex = latex_of(name)
    left = re.sub(r"\\[a-zA-Z]+|\\[^a-zA-Z]", "", latex)
    assert not set(left) & set("$&#%~\\_^")
    assert left.count("{") == left.count("}")


def test_in_a_fault_and_a_comparison():
    fault = sd.explain_nan(function(), 1000.0)
    assert fault is not None
    assert "\x1b" not in repr(fault)
    Reader(sd.compare(function(), 1.0)._repr_html_())


def test_in_plots():
    pytest.importorskip("matplotlib")
    drawn = as_svg(plot(sd.formula("a_1 * größe**2"), a_1=(0, 1), größe=(-1, 1)))
    ET.fromstring(drawn)
    assert not re.search(r"(?<!\\)\$", _literal("$x$ and \\$"))


def test_on_gradients_and_tensors():
    größe_1 = sd.tensor([1.0, 2.0], requires_grad=True)
    loss = (größe_1**2).sum()
    loss.backward()
    assert größe_1.grad is not None
    page = größe_1.grad._repr_html_()
    ET.fromstring(f"<p>{page}</p>")
    assert "größe" in Reader(page).text
