"""The saved page: self-contained, escaped, and rendered by a browser without complaint."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import symdiff as sd
from symdiff.explanation.picture import svg
from symdiff.explanation.plots import plot
from symdiff.explanation.tables import Table, coloured

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def told():
    x = sd.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x + 2
    out = (3 * y**2).mean()
    return sd.explain(out)


def test_page_is_whole_and_needs_nothing_else(tmp_path):
    told().save(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "<math" in text
    assert "[[4.5, 6], [7.5, 9]]" in text
    assert "<script" not in text
    assert "src=" not in text
    assert "http" not in text.replace("http://www.w3.org/", "")


def test_markup_in_names_and_sources_stays_text():
    def f(x):
        return np.sum(np.where(x < 3, x, 0.0)) + 0 * len("<b>bold</b> & $x$")

    html = sd.explain(f, np.array([1.0, 5.0]))._repr_html_()
    assert "<b>bold" not in html
    assert "&lt;b&gt;bold" in html


def test_a_page_has_the_derivation_and_a_plot_of_one_and_two_variables(tmp_path):
    pytest.importorskip("matplotlib")
    for f, point in ((lambda x: x * np.sin(x), (1.0,)), (lambda x, y: x**2 * y, (1.0, -2.0))):
        sd.explain(f, *point).save(tmp_path / "page.html")
        text = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert "product rule" in text
        assert text.count('<svg class="plot"') == 1
        assert "currentColor" in text
        assert "http" not in text.replace("http://www.w3.org/", "")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("f", "point", "plots"),
    [
        (lambda x, y: 0 * x + 0 * y + 1, (1.0, 1.0), 1),
        (lambda x, y: np.log(-(x**2) - y**2 - 1), (1.0, 1.0), 1),
        (lambda x, y: 1 / (x * y), (0.0, 0.0), 1),
        (lambda x: np.exp(x), (700.0,), 1),
        (lambda x: x * x, (np.nan,), 0),
        (lambda x: np.sum(x * x), (np.ones(2),), 0),
    ],
)
def test_there_is_a_plot_wherever_there_is_something_to_plot(f, point, plots, tmp_path):
    pytest.importorskip("matplotlib")
    sd.explain(f, *point).save(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count('<svg class="plot"') == plots


def test_legends_say_which_curve_is_the_slope_and_stay_short():
    pytest.importorskip("matplotlib")
    (axes,) = plot(sd.formula("exp(x)"), x=(0, 1)).axes
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["f = exp(x)", "d/dx = exp(x)"]
    long = "*".join(f"sin({k}*x)" for k in range(1, 9))
    (axes,) = plot(sd.formula(long), x=(0, 1)).axes
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["f", "d/dx"]


def test_markup_and_latex_in_names_stay_text():
    def f(x):
        return np.sum(x**2)

    f.__name__ = "<i>$\\alpha$</i>&"
    told = sd.explain(f, np.array([1.0, 2.0]))
    html = told._repr_html_()
    assert "<i>" not in html
    assert "&lt;i&gt;$\\alpha$&lt;/i&gt;&amp;" in html
    labels = dict.fromkeys(told.steps[0].labels, "<b>&$x_1$")
    ET.fromstring(svg([dataclasses.replace(s, labels=labels) for s in told.steps]))


def test_rich_takes_brackets_for_text():
    table = Table("[bold]T[/bold]", ("[red]c",), (("[link=x]y[/link] $x$",),))
    text = re.sub(r"\x1b\[[0-9;]*m", "", coloured([table]))
    for words in ("[bold]T[/bold]", "[red]c", "[link=x]y[/link] $x$"):
        assert words in text


def test_picture_is_well_formed():
    steps = told().steps
    tree = ET.fromstring(svg(steps))
    assert len(tree.findall("g")) == 1 + len(steps)
    assert len(tree.findall("path")) == len(steps)


def test_hovering_marks_arguments_and_users():
    html = told()._repr_html_()
    assert '[data-line="2"]:hover) tr[data-line="1"] td { background: var(--mark) }' in html
    assert '[data-line="1"]:hover) tr[data-line="2"] td { background: var(--user) }' in html


def test_large_programs_have_no_picture():
    def loop(x):
        for _ in range(50):
            x = np.sin(x)
        return x

    assert "<svg" not in sd.explain(loop, 1.0)._repr_html_()


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_lays_out_the_mathematics(tmp_path):
    page = tmp_path / "page.html"
    sd.explain(lambda x: x * np.sin(x), 1.0).save(page)
    probe = (
        "<script>addEventListener('load', () => {"
        "const boxes = [...document.querySelectorAll('math')].map(m => m.getBoundingClientRect());"
        "document.title = 'sized ' + boxes.filter(b => b.width > 5 && b.height > 5).length"
        " + ' of ' + boxes.length + ', loaded ' + performance.getEntriesByType('resource').length"
        " + ', overflow ' + (document.documentElement.scrollWidth > innerWidth);"
        "})</script>"
    )
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", probe + "</body>"))
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--window-size=500,900",
               "--enable-logging=stderr", "--dump-dom"]  # fmt: skip
    done = subprocess.run(
        [*command, page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    sized = re.search(r"<title>sized (\d+) of (\d+), loaded 0, overflow false</title>", done.stdout)
    assert sized is not None
    assert sized[1] == sized[2]
    assert int(sized[1]) > 4
    assert "CONSOLE" not in done.stderr
