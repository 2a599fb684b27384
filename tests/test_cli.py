"""The command line: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff.cli import main


def test_derive(capsys):
    done = main(["derive", "sum((A@x-b)**2)", "--wrt", "x", "--shapes", "A:m,n x:n b:m"])
    assert done == 0
    assert capsys.readouterr().out == "2*A.T @ (A @ x - b)\n"


def test_derive_by_several_and_as_latex(capsys):
    assert main(["derive", "x**2*y", "--wrt", "x,y"]) == 0
    assert capsys.readouterr().out.split("\n")[1] == "x**2"
    assert main(["derive", "x**2", "--latex"]) == 0
    assert "x" in capsys.readouterr().out


def test_explain_prints_tables_and_writes_pages(capsys, tmp_path):
    assert main(["explain", "sum((x+2)**2)", "x=1,2"]) == 0
    assert "2*(x + 2)" in capsys.readouterr().out
    page = tmp_path / "page.html"
    assert main(["explain", "sum((x+2)**2)", "x=1,2", "--html", str(page)]) == 0
    assert "<math" in page.read_text(encoding="utf-8")


def test_values_from_files_and_lists(capsys, tmp_path):
    np.save(tmp_path / "x.npy", np.array([1.0, 2.0]))
    np.savetxt(tmp_path / "b.csv", [3.0, 4.0], delimiter=",")
    given = ["A=[[1,2],[3,4]]", f"x={tmp_path / 'x.npy'}", f"b={tmp_path / 'b.csv'}"]
    assert main(["compare", "sum((A@x-b)**2)", *given]) == 0
    assert "complex step" in capsys.readouterr().out


@pytest.mark.parametrize(
    "request_",
    [["derive", "x*y"], ["derive", "x +"], ["explain", "x*y", "x=1"], ["explain", "x", "x"]],
)
def test_wrong_requests_say_why(request_, capsys):
    assert main(request_) == 2
    assert capsys.readouterr().err.startswith(f"symdiff {request_[0]}: ")


def test_plot(tmp_path):
    pytest.importorskip("matplotlib")
    assert main(["plot", "exp(-x**2)", "x=-3:3", "--output", str(tmp_path / "p.svg")]) == 0
    assert (tmp_path / "p.svg").stat().st_size > 1000
