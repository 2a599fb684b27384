"""einsum: every form that NumPy takes, with its gradient, and the order of products."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff.functions.summation import einsum, order
from symdiff.graph.op import OpError
from symdiff.tensors.torch_face import Tensor

from . import check_gradient

RNG = np.random.default_rng(0)
Shapes = tuple[tuple[int, ...], ...]

SPECS: list[tuple[str, Shapes]] = [
    ("ij,jk->ik", ((2, 3), (3, 4))),
    ("ij,jk", ((2, 3), (3, 4))),
    ("ba", ((2, 3),)),
    ("ii", ((3, 3),)),
    ("ii->i", ((3, 3),)),
    ("iij->ij", ((2, 2, 3),)),
    ("iiij->ji", ((2, 2, 2, 3),)),
    ("ij->", ((2, 3),)),
    ("ij->j", ((2, 3),)),
    ("i,->i", ((3,), ())),
    (",", ((), ())),
    ("i,j,k->kij", ((2,), (3,), (4,))),
    ("ij,kl->", ((2, 3), (2, 2))),
    ("ij,ij->ij", ((2, 3), (2, 3))),
    ("ab,ba->ab", ((2, 3), (3, 2))),
    ("ij,ij,ij->i", ((2, 3),) * 3),
    ("bi,bj,bk->bijk", ((2, 3), (2, 2), (2, 4))),
    ("ij,jk,kl,lm->im", ((2, 3), (3, 4), (4, 2), (2, 3))),
    ("i,i,ij,jk,k,kl,lm->m", ((2,), (2,), (2, 3), (3, 2), (2,), (2, 3), (3, 2))),
    ("...ij,...jk->...ik", ((5, 2, 3), (3, 4))),
    ("...ij,...jk->...ik", ((5, 1, 2, 3), (4, 3, 2))),
    ("i...->...", ((3, 2),)),
    ("...i,...i", ((2, 3), (3,))),
    ("...,i->...i", ((2,), (3,))),
    ("ij,kj->ik", ((2, 3), (1, 3))),
    ("ij,jk->ik", ((2, 1), (3, 4))),
    ("ijk,ik->j", ((1, 2, 3), (1, 3))),
    ("iij,jkk->ik", ((2, 2, 3), (3, 4, 4))),
    ("ij , jk -> ik", ((2, 0), (0, 4))),
]


@pytest.mark.parametrize(("spec", "shapes"), SPECS)
def test_value_and_gradient(spec: str, shapes: Shapes) -> None:
    args = [RNG.normal(size=s) for s in shapes]
    expected = np.einsum(spec, *args)
    np.testing.assert_allclose(einsum(spec, *args), expected, rtol=1e-13, atol=1e-13)
    check_gradient(lambda *xs: einsum(spec, *xs), *args)


def test_letters_may_be_numbers_in_lists() -> None:
    a, b = RNG.normal(size=(2, 3)), RNG.normal(size=(5, 3, 4))
    for lists in (([0, 1], [..., 1, 2], [..., 0, 2]), ([3, 7], [..., 7, 5])):
        args = (a, lists[0], b, lists[1], *lists[2:])
        np.testing.assert_allclose(einsum(*args), np.einsum(*args), rtol=1e-13)


def test_lists_are_arrays() -> None:
    a = Tensor(np.ones(2), requires_grad=True)
    np.testing.assert_array_equal(einsum("i,ij->j", a, [[1.0, 2.0], [3.0, 4.0]]).value, [4, 6])


def test_the_cheapest_order_is_found() -> None:
    chain = ("ab", "bc", "cd")
    assert order(chain, ((2, 9), (9, 3), (3, 9)), "ad")[0] == (0, 1)
    assert order(chain, ((9, 9), (9, 9), (9, 1)), "ad")[0] == (1, 2)


def test_many_operands_are_multiplied_without_trying_every_order() -> None:
    n = 12
    spec = ",".join("abcdefghijklmn"[k : k + 2] for k in range(n)) + "->am"
    args = [RNG.normal(size=(2, 2)) for _ in range(n)]
    expected = np.linalg.multi_dot(args)
    np.testing.assert_allclose(einsum(spec, *args), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("spec", "shapes", "message"),
    [
        ("ij,jk->ik", ((2, 3), (4, 5)), "'j' in .* names sizes 3 and 4"),
        ("ij", ((2,),), "'ij' in 'ij' does not fit an operand of 1 axes"),
        ("i", ((2, 2),), "'i' in 'i' does not fit an operand of 2 axes"),
        ("ij,jk", ((2, 2),), "speaks of 2 operands, and 1 came"),
        ("ij->k", ((2, 2),), "'k' in the result of 'ij->k' stands in no operand"),
        ("ij->ii", ((2, 2),), "'i' stands twice in the result"),
        ("ii", ((2, 3),), "'i' in 'ii' names axes of sizes 2 and 3"),
        ("i1", ((2, 3),), "is not made of letters"),
    ],
)
def test_specs_that_do_not_fit_are_named(spec: str, shapes: Any, message: str) -> None:
    with pytest.raises(OpError, match=f"einsum: .*{message}"):
        einsum(spec, *(np.ones(s) for s in shapes))
