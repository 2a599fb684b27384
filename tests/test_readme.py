"""The README's code runs and prints what it says."""

import doctest
import pathlib
import subprocess
import sys
import threading
import time

import numpy as np

import symdiff as sd

README = pathlib.Path(__file__).parent.parent / "README.md"


def test_the_code_of_the_readme(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # it saves a page
    text = README.read_text()
    examples = doctest.DocTestParser().get_doctest(text, {}, "README", str(README), 0)
    assert len(examples.examples) > 20
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    failed = runner.run(examples, out=report.append).failed
    assert failed == 0, "".join(report)
    assert (tmp_path / "page.html").stat().st_size > 5_000


def test_ci_runs_the_command_of_the_readme():
    command = (
        "python3 -m venv .venv && .venv/bin/pip install -q '.[test]' && .venv/bin/python -m pytest"
    )
    assert command in README.read_text()
    assert command in (README.parent / ".ci" / "run").read_text()


def test_the_table_of_ops_is_that_of_the_records():
    made = subprocess.run([sys.executable, "-m", "symdiff.ops"], capture_output=True, text=True)
    assert made.stdout.strip() in README.read_text()


def test_kernels_release_the_lock():
    gradient = sd.grad(lambda x: np.sum(np.tanh(np.tanh(np.tanh(np.tanh(x))))))
    x = np.ones(2_000_000)
    gradient(x)
    ticks, done = [], threading.Event()

    def tick():
        while not done.wait(0.0005):
            ticks.append(time.perf_counter())

    other = threading.Thread(target=tick)
    other.start()
    begun = time.perf_counter()
    gradient(x)
    ended = time.perf_counter()
    done.set()
    other.join()
    assert any(begun < t < ended for t in ticks)


def test_what_the_limits_say_of_kinks_writes_and_handles():
    slope = sd.derive("sum(maximum(x, 0))", "x", shapes="x:n")
    assert slope.text == "heaviside(x, 1/2)"
    np.testing.assert_array_equal(slope(x=np.array([-1.0, 0.0, 1.0])), [0, 0.5, 1])
    assert sd.grad(lambda x: 2 * x if isinstance(x, np.ndarray) else 3 * x)(1.0) == 3
    x, w = sd.ones(2, requires_grad=True), sd.ones(2)
    y = (x * w).sum()
    w.add_(1)
    y.backward()
    assert x.grad.tolist() == [1, 1]
