"""`func.vmap`: a batch at once equals slice by slice, whatever the function does inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from . import check, leaf, symdiff_only, torch

func = torch.func
vmap = func.vmap
ROWS = [[1.0, 2.0, 0.5], [3.0, -1.0, 2.0]]
W = torch.tensor([[1.0, 0.5, 2.0], [0.3, 1.0, -1.0], [2.0, 1.0, 0.1]])


def add_into(x: Any) -> Any:
    y = x * 2
    y[1:] += x[0]
    y.mul_(3)
    return y


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "a sum of squares": lambda x: (x * x).sum(),
    "broadcasting with what is the same for all": lambda x: W + x,
    "a number of each and a row for all": lambda x: x[0] * torch.tensor([1.0, 2.0]),
    "a matrix times each": lambda x: W @ x,
    "each times a matrix": lambda x: x @ W,
    "a quadratic form": lambda x: x @ W @ x,
    "a product of two that are batched": lambda x: torch.outer(x, x) @ W,
    "reductions by axis": lambda x: torch.outer(x, x).sum(0) / x.abs().sum(),
    "softmax": lambda x: torch.softmax(x, -1),
    "indices from the end": lambda x: x[-1] * x[:2],
    "shapes": lambda x: x.reshape(3, 1).expand(3, 2).t(),
    "stack and cat": lambda x: torch.cat([torch.stack([x, x * 2]), W[:1]]),
    "constants made on the way": lambda x: torch.zeros_like(x) + x * torch.ones(3),
    "where": lambda x: torch.where(x > 0, x, x * 0.1),
    "in place": add_into,
    "an item assigned": lambda x: _assigned(x),
    "a determinant": lambda x: torch.det(W + torch.diag(x)),
    "equations": lambda x: torch.linalg.solve(W, x),
    "equations of its own": lambda x: torch.linalg.solve(W + torch.diag(x), x),
    "sorted": lambda x: x.sort()[0],
    "a cumulative sum": lambda x: x.cumsum(0),
    "a norm": lambda x: torch.linalg.norm(x),
}


def _assigned(x: Any) -> Any:
    y = x * 1
    y[0] = x[1] * x[2]
    return y


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_batch_is_a_stack_of_calls(name: str) -> None:
    f, rows = FUNCTIONS[name], torch.tensor(ROWS)
    check(vmap(f)(rows), torch.stack([f(row) for row in rows]).numpy())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_its_gradients_are_a_stack_of_gradients(name: str) -> None:
    f, rows = FUNCTIONS[name], leaf(ROWS)
    (vmap(f)(rows) ** 2).sum().backward()
    expected = [func.grad(lambda x: (f(x) ** 2).sum())(row) for row in torch.tensor(ROWS)]
    check(rows.grad, torch.stack(expected).numpy())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_gradient_per_sample(name: str) -> None:
    f, rows = FUNCTIONS[name], torch.tensor(ROWS)
    per_sample = func.grad(lambda x: (f(x) ** 2).sum())
    check(vmap(per_sample)(rows), torch.stack([per_sample(row) for row in rows]).numpy())


def test_a_jacobian_per_sample() -> None:
    rows = torch.tensor(ROWS)
    for jacobian in (func.jacrev, func.jacfwd):
        J = jacobian(lambda x: W @ (x * x))
        check(vmap(J)(rows), torch.stack([J(row) for row in rows]).numpy())


def test_a_hessian_per_sample() -> None:
    rows = torch.tensor(ROWS)
    H = func.hessian(lambda x: (x**3).sum() * x[0])
    check(vmap(H)(rows), torch.stack([H(row) for row in rows]).numpy())


def test_maps_within_maps_see_both_batches() -> None:
    rows = torch.tensor(ROWS)
    every_pair = vmap(vmap(lambda x, y: x @ y, in_dims=(None, 0)), in_dims=(0, None))
    check(every_pair(rows, W), (rows @ W.T).numpy())


def test_a_gradient_by_what_is_shared_is_each_samples_own() -> None:
    w, rows = torch.tensor([1.0, 2.0, 3.0]), torch.tensor(ROWS)
    per_sample = vmap(func.grad(lambda w, x: torch.sin(w @ x)), in_dims=(None, 0))
    check(per_sample(w, rows), torch.cos(rows @ w).reshape(2, 1).numpy() * np.array(ROWS))


def test_what_the_function_closes_over_is_differentiated() -> None:
    w = leaf([1, 2, 3])
    vmap(lambda x: (w * x).sum() ** 2)(torch.tensor(ROWS)).sum().backward()
    r = np.array(ROWS)
    check(w.grad, 2 * (r @ [1, 2, 3]) @ r)


def test_trees_of_arguments_and_results() -> None:
    out = vmap(lambda p: {"sum": p["x"] + p["y"], "x": p["x"]}, in_dims=({"x": 0, "y": None},))(
        {"x": torch.tensor(ROWS), "y": torch.ones(3)}
    )
    check(out["sum"], np.array(ROWS) + 1)
    check(out["x"], ROWS)


def test_a_result_that_is_the_same_for_all_is_repeated() -> None:
    check(vmap(lambda x: torch.ones(2))(torch.zeros(3)), np.ones((3, 2)))


def test_results_along_other_axes() -> None:
    check(vmap(lambda x: x * 2, in_dims=1, out_dims=1)(torch.tensor(ROWS)), 2 * np.array(ROWS))
    check(vmap(lambda x: torch.outer(x, x), out_dims=-1)(torch.tensor(ROWS))[0, 0], [1, 9])


@symdiff_only
def test_a_function_that_looks_at_its_numbers_goes_slice_by_slice() -> None:
    def f(x: Any) -> Any:
        return x.sum() if x[0] > 2 else x.prod()

    check(vmap(f)(torch.tensor(ROWS)), [1, 4])


@symdiff_only
def test_autograd_inside_goes_slice_by_slice() -> None:
    def f(x: Any) -> Any:
        x = x.detach().requires_grad_()
        return torch.autograd.grad((x**3).sum(), x)[0]

    check(vmap(f)(torch.tensor(ROWS)), 3 * np.array(ROWS) ** 2)


@symdiff_only
def test_a_rule_of_the_users_own_is_taken_one_by_one() -> None:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            assert x.shape == (3,)
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            assert g.shape == (3,)
            return g * 2

    rows = leaf(ROWS)
    vmap(Double.apply)(rows).sum().backward()
    check(rows.grad, np.full((2, 3), 2.0))
    check(torch.autograd.functional.jacobian(Double.apply, rows[0]), 2 * np.eye(3))


@symdiff_only
def test_a_write_to_what_is_not_batched_goes_slice_by_slice() -> None:
    def f(x: Any) -> Any:
        total = torch.zeros(2)
        total[0] += x.sum()
        return total

    check(vmap(f)(torch.tensor(ROWS)), [[3.5, 0], [4, 0]])


def test_bad_calls_are_named() -> None:
    with pytest.raises(ValueError, match="vmap"):
        vmap(lambda x, y: x)(torch.ones(2), torch.ones(3))
    with pytest.raises(ValueError, match="vmap"):
        vmap(lambda x: x, in_dims=None)(torch.ones(2))
    with pytest.raises(ValueError, match="vmap"):
        vmap(lambda x, y: x, in_dims=(0,))(torch.ones(2), torch.ones(2))


@pytest.mark.parametrize(("shape", "axis"), [((2,), 1), ((2,), -2), ((), 0)])
def test_an_axis_that_an_argument_has_not_is_named(shape: tuple[int, ...], axis: int) -> None:
    with pytest.raises(ValueError, match=f"in_dim={axis} for some input.*dimensionality"):
        vmap(lambda x: x, in_dims=axis)(torch.ones(shape))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_batch_of_batches(name: str) -> None:
    f = FUNCTIONS[name]
    rows = torch.tensor([ROWS, [[0.5, 2.0, -1.0], [1.5, 0.2, 3.0]], ROWS])
    expected = torch.stack([torch.stack([f(row) for row in part]) for part in rows])
    check(vmap(vmap(f))(rows), expected.numpy())
    check(vmap(vmap(f), in_dims=1, out_dims=1)(rows), expected.numpy())


def test_what_keywords_give_is_the_same_for_all_slices() -> None:
    x, y = torch.arange(6.0).reshape(2, 3), torch.ones(2, 3)
    check(torch.vmap(lambda a, b: a + b)(x, b=y), x.numpy()[:, None] + 1 + np.zeros((2, 2, 3)))


def test_samples_draw_the_same_or_different_numbers():
    def noisy(x):
        return x * 0 + torch.randn(2)

    same = vmap(noisy, randomness="same")(torch.ones(3, 2))
    different = vmap(noisy, randomness="different")(torch.ones(3, 2))
    assert bool((same == same[0]).all())
    assert len(set(different.flatten().tolist())) == 6
    for kind in ("error", "none"):
        with pytest.raises(RuntimeError, match="random"):
            vmap(noisy, randomness=kind)(torch.ones(3, 2))


@symdiff_only
def test_samples_that_are_called_one_by_one_draw_the_same_numbers_too():
    y = vmap(lambda x: torch.bernoulli(x), randomness="same")(torch.full((9, 9), 0.5))
    assert bool((y == y[0]).all())


def test_a_vmap_within_another_draws_as_both_say():
    def drawn(inner, outer):
        samples = vmap(lambda x: x + torch.randn(()), randomness=inner)
        return vmap(samples, randomness=outer)(torch.zeros(2, 2)).tolist()

    (a, b), (c, d) = drawn("same", "different")
    assert a == b and c == d and a != c
    (a, b), (c, d) = drawn("different", "same")
    assert a == c and b == d and a != b


def test_a_sample_is_not_written_to_what_all_samples_share():
    total = torch.zeros(())
    with pytest.raises(RuntimeError):
        vmap(lambda x: total.add_(x) * x)(torch.arange(3.0))
