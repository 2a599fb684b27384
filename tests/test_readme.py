"""The README's code runs and prints what it says."""

import doctest
import pathlib
import subprocess
import sys

README = pathlib.Path(__file__).parent.parent / "README.md"


def test_the_code_of_the_readme():
    text = README.read_text()
    examples = doctest.DocTestParser().get_doctest(text, {}, "README", str(README), 0)
    assert len(examples.examples) > 20
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    failed = runner.run(examples, out=report.append).failed
    assert failed == 0, "".join(report)


def test_ci_runs_the_command_of_the_readme():
    command = (
        "python3 -m venv .venv && .venv/bin/pip install -q '.[test]' && .venv/bin/python -m pytest"
    )
    assert command in README.read_text()
    assert command in (README.parent / ".ci" / "run").read_text()


def test_the_table_of_ops_is_that_of_the_records():
    made = subprocess.run([sys.executable, "-m", "symdiff.ops"], capture_output=True, text=True)
    assert made.stdout.strip() in README.read_text()
