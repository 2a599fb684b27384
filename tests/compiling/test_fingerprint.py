"""Graphs are told apart wherever their kernels are; what is known of one spares its making."""

import numpy as np
import pytest

import codegen
import symdiff as sd
from codegen import cache
from symdiff.compiling import compiler
from symdiff.compiling.fingerprint import fingerprint
from symdiff.graph.op import aval_of
from symdiff.tracing.graphs import inputs_for, trace

X = np.linspace(0.5, 2.0, 4)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("SYMDIFF_CACHE", raising=False)


def graph(f, *arrays):
    return trace("f", f, inputs_for(["x", "y", "z"][: len(arrays)], [aval_of(a) for a in arrays]))


def loss(x):
    return np.sum(np.sin(x) * x[1:3][0] + 0.1)


def test_the_same_program_of_other_sizes_has_one_fingerprint():
    text = fingerprint(graph(loss, X))
    assert text and text == fingerprint(graph(loss, np.ones(7)))


@pytest.mark.parametrize(
    "other",
    [
        graph(lambda x: np.sum(np.cos(x) * x[1:3][0] + 0.1), X),
        graph(lambda x: np.sum(np.sin(x) * x[1:3][0] + np.nextafter(0.1, 1)), X),
        graph(lambda x: np.sum(np.sin(x) * x[1:3][0] + 1), X),
        graph(lambda x: np.sum(np.sin(x) * x[1:3][1] + 0.1), X),
        graph(lambda x: np.sum(x[1:3][0] * np.sin(x) + 0.1), X),
        graph(loss, X.astype(np.float32)),
        graph(lambda x: (loss(x), loss(x)), X),
    ],
)
def test_what_differs_in_anything_has_another(other):
    assert fingerprint(other) != fingerprint(graph(loss, X))


def with_sign_of(c):
    return lambda x: np.copysign(x, c)


def test_the_sign_of_a_nan_counts():
    plus, minus = (with_sign_of(np.copysign(np.nan, sign).item()) for sign in (1, -1))
    assert fingerprint(graph(plus, X)) != fingerprint(graph(minus, X))
    np.testing.assert_array_equal(sd.jit(plus)(X), plus(X))
    np.testing.assert_array_equal(sd.jit(minus)(X), minus(X))


def test_sizes_found_equal_are_told():
    def f(x, y):
        return np.sum(x) + np.sum(y)

    apart, one = graph(f, X, X), graph(lambda x, y: f(x, y) + np.sum(x * y) * 0, X, X)
    assert str(one.inputs[1].shape) != str(apart.inputs[1].shape) or len(one.scope.guards) == 1
    assert fingerprint(apart) != fingerprint(one)


def test_ops_and_arrays_of_the_users_own_have_none():
    cube = sd.declare("cube_of_my_own", value=lambda x: x**3, slope=lambda y, x: 3 * x**2)
    assert fingerprint(graph(lambda x: np.sum(cube(x)), X)) is None


def test_a_known_kernel_is_had_without_lowering(monkeypatch):
    first = compiler.compiled(graph(loss, X))
    first(X)
    monkeypatch.setattr(compiler, "lower", lambda graph: pytest.fail("lowered again"))
    again = compiler.compiled(graph(loss, X))
    assert again is not first and repr(again) == repr(first)
    assert again(X) == first(X) and np.isclose(again(X)[0], loss(X))


def test_code_that_is_gone_is_made_again_and_steps_when_asked():
    first = compiler.compiled(graph(loss, X))
    first(X)
    again = compiler.compiled(graph(loss, X))
    for entry in cache.entries():
        entry.path.unlink()
    assert again(X) == first(X) and again.source == first.source
    (value,) = again.into([np.empty(())], X)
    assert value == first(X)[0]


def test_a_damaged_note_is_a_miss():
    graphs = [graph(loss, X) for _ in range(2)]
    key = fingerprint(graphs[0])
    codegen.keep(key, compiler.compiled(graphs[0]))
    (note,) = (e.path for e in cache.entries() if e.name == "known")
    note.write_bytes(note.read_bytes()[:-3])
    assert codegen.known(key, lambda: pytest.fail("not asked")) is None
    assert np.isclose(compiler.compiled(graphs[1])(X)[0], loss(X))


def test_a_kernel_that_asked_for_sizes_is_not_kept(monkeypatch):
    def asking(made):
        assert made.inputs[0].shape[0] < 100
        return made

    monkeypatch.setattr(compiler, "quickly_simplified", asking)
    compiler.compiled(graph(loss, X))
    assert "known" not in [entry.name for entry in cache.entries()]
