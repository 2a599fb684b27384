"""The command line: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symdiff as sd
from codegen import cache
from symdiff.cli import main
from symdiff.cli_values import values

README = Path(__file__).parent.parent / "README.md"


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


def test_source_is_a_function_that_runs(capsys):
    given = ["derive", "sum((A@x-b)**2)", "--wrt", "x", "--shapes", "A:m,n x:n b:m"]
    assert main([*given, "--source", "numpy"]) == 0
    text = capsys.readouterr().out
    compile(text, "source", "exec")
    assert "def f(" in text
    assert "symdiff" not in text


def test_latex_is_the_formulas(capsys):
    assert main(["derive", "x @ A @ x", "--wrt", "x", "--shapes", "A:n,n x:n", "--latex"]) == 0
    assert capsys.readouterr().out == "\\left(A + A^{\\top}\\right) x\n"


def test_what_is_piped_is_plain_text(capsys):
    assert main(["explain", "sum((x+2)**2)", "x=1,2"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "sys.exit" not in out
    assert all(line == line.rstrip() for line in out.splitlines())


def test_objects_in_files_are_not_unpickled(capsys, tmp_path):
    np.save(tmp_path / "x.npy", np.array([{}], dtype=object), allow_pickle=True)
    assert main(["explain", "sum(x)", f"x={tmp_path / 'x.npy'}"]) == 2
    assert "objects are not opened" in capsys.readouterr().err


def test_a_missing_file_is_a_wrong_request(capsys):
    assert main(["explain", "sum(x)", "x=nowhere.csv"]) == 2
    assert "nowhere.csv" in capsys.readouterr().err


def test_gradients_that_differ_give_1(capsys):
    """At its bound clip has slope 1, but differences see half of that."""
    assert main(["compare", "clip(x, 0, 1)", "x=0.5"]) == 0
    assert main(["compare", "clip(x, 0, 1)", "x=0"]) == 1
    capsys.readouterr()


@pytest.mark.parametrize("command", ["derive", "explain", "compare", "plot", "cache"])
def test_help_has_examples(command, capsys):
    with pytest.raises(SystemExit) as done:
        main([command, "--help"])
    assert done.value.code == 0
    examples = capsys.readouterr().out.partition("examples:\n")[2].splitlines()
    assert examples
    assert all(f"symdiff {command} " in line for line in examples)


def test_the_cache_is_shown_and_cleared(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("SYMDIFF_CACHE", raising=False)
    cache.write("loss", "key", b"a kernel")
    size, folder = cache.size(), tmp_path / "kernels"
    assert main(["cache"]) == 0
    one, total = capsys.readouterr().out.splitlines()
    assert one.endswith(f"{size} bytes  loss")
    assert total == f"1 kernel, {size} bytes in {folder}"
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out == f"1 kernel removed from {folder}\n"
    assert list(folder.iterdir()) == []
    assert main(["cache", "show"]) == 0
    assert capsys.readouterr().out == f"0 kernels, 0 bytes in {folder}\n"


def test_of_many_kernels_those_used_last_are_shown(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("SYMDIFF_CACHE", raising=False)
    for k in range(22):
        cache.write(f"loss{k}", "key", b"a kernel")
    assert main(["cache"]) == 0
    shown = capsys.readouterr().out
    assert shown.count(" loss") == 20
    assert "... 2 more; --all shows them" in shown
    assert main(["cache", "--all"]) == 0
    assert capsys.readouterr().out.count(" loss") == 22


def test_a_cache_that_is_off_is_left_alone(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("SYMDIFF_CACHE", "0")
    for action in ("show", "clear"):
        assert main(["cache", action]) == 0
        assert capsys.readouterr().out == "the cache is off\n"
    assert list(tmp_path.iterdir()) == []


def written(argv, capsys):
    """The page that a command writes, and where it says it is."""
    assert main([*argv, "--html", "page.html"]) == 0
    file = Path(capsys.readouterr().out.strip())
    assert file == Path("page.html").resolve()
    return file.read_text(encoding="utf-8")


def test_every_command_writes_a_page(capsys, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    page = written(["derive", "x**2*y", "--wrt", "x,y"], capsys)
    assert page.count("<details") == 2
    assert "power rule" in page
    assert "d^2/dx^2" in written(["derive", "x**3", "--order", "2"], capsys)
    assert "complex step" in written(["compare", "x**2", "x=3"], capsys)
    page = written(["plot", "x**2*y", "x=0:1", "y=-1:1"], capsys)
    assert page.count('<svg class="plot"') == 1
    assert "<math" in page


def test_a_text_with_markup_stays_text_on_its_page(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = written(["explain", "where(x<b, x, b)", "x=1", "b=2"], capsys)
    assert "x<b" not in page
    page = written(["derive", "where(x<b, x, b)", "--wrt", "x"], capsys)
    assert "x<b" not in page
    assert "x&lt;b" in page


def test_explain_writes_formulas_as_latex_and_source(capsys):
    given = ["explain", "x*exp(-rate_1)", "x=2", "rate_1=0.5"]
    assert main([*given, "--latex"]) == 0
    of_value, by_x, _ = capsys.readouterr().out.splitlines()
    assert of_value.startswith("f = x ")
    assert by_x.startswith(r"\partial f / \partial x = ")
    assert main([*given, "--source", "numpy"]) == 0
    text = capsys.readouterr().out
    compile(text, "source", "exec")
    for name in ("f", "f_x", "f_rate_1"):
        assert f"def {name}(x, rate_1):" in text


def test_several_derivatives_have_names_of_their_own(capsys):
    assert main(["derive", "x*exp(-y)", "--wrt", "x,y", "--source", "numpy"]) == 0
    text = capsys.readouterr().out
    assert "def f_x(" in text
    assert "def f_y(" in text


def test_values_are_piped_in(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n2\n4\n"))
    assert main(["explain", "sum(x)", "x=-"]) == 0
    assert "[1, 2, 4]" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["symdiff", "explain", "sum(x)", "x=1,2"], ["symdiff.ops"]])
def test_whoever_reads_may_stop(command):
    command = [sys.executable, "-m", *command]
    done = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.stdout is not None
    assert done.stderr is not None
    done.stdout.close()
    assert done.stderr.read() == ""
    assert done.wait() == 0


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (["derive", "x*y"], "say by which symbol; the formula has x, y"),
        (["derive", "A@x", "--wrt", "x"], '--shapes "A:m,n x:n"'),
        (["explain", "x**2", "x=3", "y=4"], "y does not occur in x**2"),
        (["explain", "x**2", "x=three"], "'three' is no number"),
        (["explain", "sum(x)", "x=[[1,2],[3]]"], "the rows have different lengths: 2, 1"),
        (["explain", "A@x", "A=[[1,2],[3,4]]", "x=1,2,3"], "shapes (2, 2) and (3,)"),
        (["explain", "sum(x)", "x=empty.csv"], "no numbers in it"),
        (["explain", "sum(x)", "x=words.csv"], "x=words.csv: could not convert string 'a'"),
        (["explain", "sum(x)", "x=garbage.npy"], "x=garbage.npy: this file holds no numbers"),
        (["explain", "sum(x)", "x=complex.npy"], "numbers are wanted, not complex128"),
        (["explain", "sum(x)", "x=[1,2"], "its brackets and commas do not fit; write 1,2,3 or"),
        (["explain", "sum(x)", "x=1,,2"], "its brackets and commas do not fit"),
        (["explain", "1/0*x", "x=1"], "division by zero"),
        (["explain", "__import__('os')", "x=1"], "no function that formulas know"),
        (["plot", "x", "x=1:1"], "is not a range"),
        (["plot", "x", "x=nan:1"], "is not a range"),
        (["plot", "x", "x=1:"], "'1:' is not a range"),
        (["explain", "x", "x=1", "x=2"], "x is given twice: 1, then 2"),
        (["explain", "sum(x)", "x=uneven.csv"], "columns changed from 2 to 1 at row 2\n"),
        (["explain", "sum(x)", "x=bytes.csv"], "x=bytes.csv: this is no text in UTF-8"),
        (["plot", "x*y*z", "x=0:1", "y=0:1", "z=0:1"], "one or two symbols"),
        (["plot", "3", "x=0:1"], "the formula has none"),
        (["compare", "+".join(["x"] * 20_000), "x=1"], "too long"),
    ],
)
def test_a_wrong_request_names_its_fault(request_, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("empty.csv").write_text("")
    Path("words.csv").write_text("a,b\n1,2\n")
    Path("uneven.csv").write_text("1,2\n3\n")
    Path("bytes.csv").write_bytes(b"\xff\xfe1")
    Path("garbage.npy").write_bytes(b"garbage")
    np.save("complex.npy", np.array([1 + 2j]))
    assert main(request_) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"symdiff {request_[0]}: ")
    assert said in err


def test_a_command_may_be_stopped(monkeypatch, capsys):
    def stopped(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("symdiff.cli.derive", stopped)
    assert main(["derive", "x"]) == 130
    assert capsys.readouterr() == ("", "")


def test_letters_of_all_scripts(capsys):
    assert main(["explain", "sin(α)*größe", "α=0", "größe=2"]) == 0
    assert "größe*sin(α)" in capsys.readouterr().out


def test_the_commands_of_the_readme(capsys, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    np.save("points.npy", np.array([0.5, 1.0]))
    lines = re.findall(r"^symdiff .*", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) > 3
    for line in lines:
        assert main(shlex.split(line, comments=True)[1:]) == 0
    assert {"page.html", "plot.svg"} <= {file.name for file in tmp_path.iterdir()}
    capsys.readouterr()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("x*exp(-y)", ["x=1", "y=2"]),
        ("sum(sin(x)*a)", ["x=1,2", "a=2"]),
        ("log(1 + x**2)/y", ["x=0.5", "y=-3"]),
        ("x @ A @ x", ["x=1,2", "A=[[1,2],[3,4]]"]),
        ("where(x > 1, x**2, y)", ["x=1.5", "y=2"]),
    ],
)
def test_texts_are_compared_by_all_ways(text, values, capsys):
    assert main(["compare", text, *values]) == 0
    out = capsys.readouterr().out
    assert "not possible" not in out
    assert len(out.splitlines()) == 7


def test_a_formula_may_begin_with_a_minus(capsys):
    assert main(["derive", "-x**2"]) == 0
    assert main(["derive", "--order", "2", "-x**3", "--wrt", "x"]) == 0
    assert main(["derive", "--wrt", "x", "--", "-h*x"]) == 0
    assert capsys.readouterr().out == "-2*x\n-6*x\n-h\n"


def test_values_may_stand_behind_options(capsys):
    assert main(["explain", "x*y", "--latex", "x=1", "y=2"]) == 0
    assert capsys.readouterr().out.startswith("f = x y\n")
    for command in (["explain", "x", "x=1", "--nothing"], ["derive", "x", "x=1"]):
        with pytest.raises(SystemExit) as done:
            main(command)
        assert done.value.code == 2
        assert "unrecognized arguments: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1,", [1]),
        ("[1,2],[3,4]", [[1, 2], [3, 4]]),
        (" [ [1, 2] ] ", [[1, 2]]),
        ("[[[1],[2]],[[3],[-inf]]]", [[[1], [2]], [[3], [-np.inf]]]),
        ("[]", []),
        ("1e3,nan", [1000, np.nan]),
    ],
)
def test_lists_as_deep_as_one_likes(text, wanted):
    np.testing.assert_array_equal(values([f"x={text}"])["x"], np.array(wanted, float), strict=True)


@pytest.mark.parametrize("text", ["1 2\n3 4\n", "1,2\n3,4", "1\t2\r\n3\t4\n\n"])
def test_what_is_piped_in_is_parted_by_commas_or_spaces(text, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    np.testing.assert_array_equal(values(["x=-"])["x"], [[1, 2], [3, 4]])


def test_explain_tells_where_numbers_went_wrong(capsys):
    assert main(["explain", "sum(log(x))", "x=0,1"]) == 0
    assert "-inf first appears going forward: v1 = log(x)" in capsys.readouterr().out
    assert main(["compare", "sum(sqrt(x))", "x=-1,1"]) == 1
    assert "a gradient is not finite: sd.explain_nan tells where" in capsys.readouterr().out


def test_letters_are_listed_with_spaces_too(capsys):
    assert main(["derive", "x*y", "--wrt", "x, y"]) == 0
    assert capsys.readouterr().out == "y\nx\n"


def test_a_table_as_spreadsheets_write_it(capsys, tmp_path):
    (tmp_path / "x.csv").write_bytes("\ufeff1,2\r\n3,4\r\n".encode())
    assert main(["explain", "sum(x)", f"x={tmp_path / 'x.csv'}"]) == 0
    assert "10" in capsys.readouterr().out


def test_the_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"symdiff {sd.__version__}\n"
