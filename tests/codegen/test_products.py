"""Sums of products become products of two matrices, where that saves work."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_programs import EXTENTS, INPUTS, Maker, inputs
from small_programs import K, L, M, N, at, call, define, program, total
from test_meaning import agrees

from codegen import build
from codegen.fuse import fuse
from codegen.index import Define, Program, Reduce, Statement, Var
from codegen.loops import loops
from codegen.nests import For, Gemm

P, Q = Var("p"), Var("q")


@st.composite
def products(draw: Any) -> Program:
    """Up to three products of whatever there is."""
    maker = Maker(draw)
    for _ in range(draw(st.integers(1, 3))):
        made = maker.contraction()
        maker.body.append(made)
        maker.buffers.append(made.target)
    outputs = tuple(s.target.name for s in maker.body)
    return Program("products", EXTENTS, INPUTS, tuple(maker.body), outputs)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(products(), inputs())
def test_random_products_keep_their_meaning(made: Program, arrays: tuple[Any, ...]) -> None:
    agrees(made, "python", arrays)


def einsum(spec: str, *shapes: tuple[Var, ...]) -> Program:
    """A program from the text that NumPy's einsum takes, with operands called a, b, c, ..."""
    terms, result = spec.split("->")
    operands = dict(zip("abcd", terms.split(","), strict=False))
    inputs_ = {name: tuple(map(Var, axes)) for name, axes in operands.items()}
    index = {letter: Var(f"i{letter}") for letter in "ijklmn"}
    value: Any = None
    for name, axes in operands.items():
        read = at(name, *(index[letter] for letter in axes))
        value = read if value is None else call("mul", value, read)
    summed = tuple(x for x in dict.fromkeys(terms.replace(",", "")) if x not in result)
    if summed:
        value = Reduce("add", tuple((f"i{x}", Var(x)) for x in summed), value)
    target = define("y", "", tuple(map(Var, result)), value)
    made = Define(target.target, tuple(f"i{x}" for x in result), value)
    return program("einsum", inputs_, [made], "y")


def gemms(made: Program) -> int:
    def count(steps: Any) -> int:
        return sum(count(s.body) if isinstance(s, For) else int(isinstance(s, Gemm)) for s in steps)

    return count(loops(fuse(made)).body)


@pytest.mark.parametrize(
    ("spec", "products_of_matrices"),
    [
        ("ik,kj->ij", 1),
        ("ki,kj->ij", 1),
        ("ik,jk->ij", 1),
        ("ki,jk->ij", 1),
        ("ik,kj->ji", 1),
        ("lik,lkj->lij", 1),
        ("lik,lkj->ilj", 1),
        ("ikl,lkj->ij", 1),
        ("ikl,klj->ij", 1),
        ("ijk,kl->ijl", 1),
        ("ik,kl,lj->ij", 2),
        ("ik,k,kj->ij", 1),
        ("ik,kj,ij->ij", 1),
        ("ikl,kj->ij", 1),
        ("ij,j->i", 0),
        ("ij,i->j", 0),
        ("i,ij,j->", 0),
        ("i,i,i->", 0),
        ("i,j->ij", 0),
        ("ij,ji->", 0),
        ("ij->ji", 0),
        ("i,j->", 0),
    ],
)
def test_products_of_matrices_are_found(spec: str, products_of_matrices: int) -> None:
    made = einsum(spec)
    assert gemms(made) == products_of_matrices
    sizes = dict(zip("ijkl", (2, 3, 4, 5), strict=True))
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=[sizes[x] for x in axes]) for axes in spec.split("->")[0].split(",")]
    right = np.einsum(spec, *arrays)
    np.testing.assert_allclose(build(made, "python")(*arrays)[0], right, rtol=1e-12)


def test_products_of_integers_are_loops() -> None:
    value = total("k", (M,), call("mul", at("a", Var("i"), K), at("b", K, Var("j"))))
    body: list[Statement] = [define("y", "ij", (N, L), value)]
    assert gemms(program("floats", {"a": (N, M), "b": (M, L)}, body, "y")) == 1


@pytest.mark.parametrize("target", ["python", "numba"])
def test_batches_and_merged_axes_in_compiled_code(target: str) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 4, 5))
    made = build(einsum("lik,lkj->lij"), target)
    np.testing.assert_allclose(made(a, b)[0], a @ b)
    c, d = rng.normal(size=(3, 4, 5)), rng.normal(size=(4, 5, 2))
    made = build(einsum("ikl,klj->ij"), target)
    np.testing.assert_allclose(made(c, d)[0], np.tensordot(c, d, 2))
    assert not made(np.ones((3, 0, 5)), np.ones((0, 5, 2)))[0].any()
