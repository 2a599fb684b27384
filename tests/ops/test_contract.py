"""Products over shared indices: any spec, any layout, any batch; equal products are equal nodes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symdiff.graph.op import OpError
from symdiff.handles.backprop import grad
from symdiff.ops.contract import canonical, contract, einsum
from symdiff.tensors.torch_face import Tensor

from . import CLOSE, Call, gradient, seeds, total

Product = tuple[str, tuple[int, ...], tuple[int, ...]]


@st.composite
def products(draw: st.DrawFn) -> Product:
    """A spec of two operands that the op takes, and their shapes, with batch axes before."""
    letters = st.lists(st.sampled_from("abcde"), unique=True, min_size=1, max_size=4)
    left, right = draw(letters), draw(letters)
    out = [
        c for c in set(left) | set(right) if not (c in left and c in right) or draw(st.booleans())
    ]
    out = draw(st.permutations(sorted(out)))
    size = {c: draw(st.integers(0, 3)) for c in "abcde"}
    leads = [draw(st.sampled_from([(), (2,), (1,), (3, 2)])) for _ in range(2)]
    shapes = [lead + tuple(size[c] for c in t) for lead, t in zip(leads, (left, right))]
    return f"{''.join(left)},{''.join(right)}->{''.join(out)}", shapes[0], shapes[1]


def arrays(case: Product) -> tuple[str, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    spec, *shapes = case
    left, right = (np.asfortranarray(rng.normal(size=s)) for s in shapes)
    return canonical(spec), left, np.ascontiguousarray(right)


@settings(max_examples=300, deadline=None)
@given(products())
def test_value_is_that_of_numpy(case: Product) -> None:
    spec, a, b = arrays(case)
    expected = np.einsum("..." + spec.replace(",", ",...").replace("->", "->..."), a, b)
    np.testing.assert_allclose(einsum(a, b, spec=spec), expected, rtol=1e-13, atol=1e-13)


@settings(max_examples=60, deadline=None)
@given(products())
def test_slope_by_finite_differences(case: Product) -> None:
    spec, a, b = arrays(case)
    call = Call(einsum, (a, b), {"spec": spec})
    g = seeds(call, np.random.default_rng(1))
    left, right = call.pull(g, (True, True))
    np.testing.assert_allclose(left, gradient(lambda x: total(g, call.value(x, b)), a), **CLOSE)
    np.testing.assert_allclose(right, gradient(lambda x: total(g, call.value(a, x)), b), **CLOSE)


@settings(max_examples=60, deadline=None)
@given(products())
def test_a_batch_of_cotangents_is_a_stack_of_pullbacks(case: Product) -> None:
    spec, a, b = arrays(case)
    call = Call(einsum, (a, b), {"spec": spec})
    g = seeds(call, np.random.default_rng(2), lead=(3,))
    for whole, *parts in zip(*(call.pull(v, (True, True)) for v in (g, *g))):
        np.testing.assert_allclose(whole, np.stack(parts), **CLOSE)


def test_three_operands_at_once() -> None:
    rng = np.random.default_rng(3)
    call = Call(einsum, tuple(rng.normal(size=s) for s in ((2, 3), (3, 4), (4, 2))), {})
    call.params["spec"] = "ab,bc,ca->"
    g = seeds(call, rng)
    for k, part in enumerate(call.pull(g, (True, True, True))):
        args = call.args

        def value(x: np.ndarray, k: int = k, args: tuple[np.ndarray, ...] = args) -> float:
            return total(g, call.value(*args[:k], x, *args[k + 1 :]))

        np.testing.assert_allclose(part, gradient(value, args[k]), **CLOSE)


def test_letters_do_not_make_a_difference() -> None:
    assert canonical("ij,jk->ik") == canonical("xy,yz->xz") == "ab,bc->ac"
    a = Tensor(np.ones((2, 3)), requires_grad=True)
    y = contract([("pq", a), ("qr", np.ones((3, 4)))], "pr")
    assert y.node.params["spec"] == "ab,bc->ac"


def test_what_sums_nothing_is_a_product_of_elements() -> None:
    a = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    y = contract([("ij", a), ("ji", a.value.T), ("", 2.0)], "ji")
    np.testing.assert_array_equal(y.value, 2 * (a.value * a.value).T)
    assert y.node.op.name == "mul"


@pytest.mark.parametrize(
    ("spec", "shapes", "message"),
    [
        ("ab,bc->ac", ((3, 4), (5, 2)), "matmul: shapes .* do not fit; .* are 4 and 5"),
        ("a,a->", ((3,), (4,)), "dot: shapes .* are 3 and 4"),
        ("abc,abd->cd", ((2, 3, 4), (3, 2, 4)), "einsum: shapes .* are 2 and 3"),
        ("ab,ab->a", ((2, 1), (2, 3)), "einsum: shapes .* are 1 and 3"),
    ],
)
def test_sizes_that_do_not_fit_are_named(
    spec: str, shapes: tuple[tuple[int, ...], ...], message: str
) -> None:
    args = [np.ones(s) for s in shapes]
    with pytest.raises(OpError, match=message):
        einsum(*args, spec=spec)
    with pytest.raises(OpError, match=message):
        einsum(*(Tensor(a, requires_grad=True) for a in args), spec=spec)


def test_a_factor_with_its_own_batch_gets_its_own_gradient() -> None:
    """A batch that only the other factor has is summed away."""
    a, b = Tensor(np.ones((2, 3)), requires_grad=True), Tensor(np.ones((5, 3, 4)))
    y = einsum(a, b, spec="ab,bc->ac")
    assert y.shape == (5, 2, 4)
    (g,) = grad([y], [a], [Tensor(np.ones((5, 2, 4)))])
    np.testing.assert_array_equal(g.value, np.full((2, 3), 20.0))
