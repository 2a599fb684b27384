"""`autograd.functional` and `func`: derivatives of functions."""

from __future__ import annotations

from typing import Any

import pytest

from . import check, leaf, symdiff_only, torch

F = torch.nn.functional

functional = torch.autograd.functional
func = torch.func

X = [1.0, 2.0]


def cube(x: Any) -> Any:
    return (x**3).sum()


def outer(x: Any) -> Any:
    return torch.stack([x[0] * x[1], x[0] ** 2, x[1]])


def bilinear(x: Any, y: Any) -> Any:
    return (x * y**2).sum()


def tensor(numbers: Any) -> Any:
    return torch.tensor(numbers, dtype=torch.float64)


# autograd.functional


def test_jacobian() -> None:
    check(functional.jacobian(outer, tensor(X)), [[2, 1], [2, 0], [0, 1]])


def test_jacobian_by_several_inputs() -> None:
    by_x, by_y = functional.jacobian(lambda x, y: x * y, (tensor(X), tensor([3.0, 4.0])))
    check(by_x, [[3, 0], [0, 4]])
    check(by_y, [[1, 0], [0, 2]])


def test_jacobian_of_several_outputs() -> None:
    double, square = functional.jacobian(lambda x: (2 * x, x**2), tensor(X))
    check(double, [[2, 0], [0, 2]])
    check(square, [[2, 0], [0, 4]])


def test_jacobian_with_history() -> None:
    x = leaf(X)
    J = functional.jacobian(lambda x: x**2, x, create_graph=True)
    J.sum().backward()
    check(x.grad, [2, 2])


def test_jacobian_without_history() -> None:
    assert not functional.jacobian(outer, leaf(X)).requires_grad


def test_jacobian_of_a_constant_is_zero_unless_strict() -> None:
    check(functional.jacobian(lambda x: torch.ones(1), tensor(X)), [[0, 0]])
    with pytest.raises(RuntimeError, match="strict"):
        functional.jacobian(lambda x: torch.ones(1), tensor(X), strict=True)


def test_hessian() -> None:
    check(functional.hessian(lambda x: x[0] ** 2 * x[1], tensor(X)), [[4, 2], [2, 0]])


def test_hessian_by_several_inputs() -> None:
    (xx, xy), (yx, yy) = functional.hessian(bilinear, (tensor(X), tensor([3.0, 4.0])))
    check(xx, [[0, 0], [0, 0]])
    check(xy, [[6, 0], [0, 8]])
    check(yx, [[6, 0], [0, 8]])
    check(yy, [[2, 0], [0, 4]])


def test_jvp() -> None:
    y, dy = functional.jvp(outer, tensor(X), tensor([1.0, 10.0]))
    check(y, [2, 1, 2])
    check(dy, [12, 2, 10])


def test_vjp() -> None:
    y, dx = functional.vjp(outer, tensor(X), tensor([1.0, 10.0, 100.0]))
    check(y, [2, 1, 2])
    check(dx, [22, 101])


def test_vjp_of_a_scalar_needs_no_weight() -> None:
    y, dx = functional.vjp(cube, tensor(X))
    check(y, 9)
    check(dx, [3, 12])


def test_hvp_and_vhp() -> None:
    for product in (functional.hvp, functional.vhp):
        y, result = product(cube, tensor(X), tensor([1.0, 10.0]))
        check(y, 9)
        check(result, [6, 120])


# func


def test_grad() -> None:
    check(func.grad(cube)(tensor(X)), [3, 12])


def test_grad_by_another_argument() -> None:
    check(func.grad(bilinear, argnums=1)(tensor(X), tensor([3.0, 4.0])), [6, 16])


def test_grad_by_several_arguments() -> None:
    by_x, by_y = func.grad(bilinear, argnums=(0, 1))(tensor(X), tensor([3.0, 4.0]))
    check(by_x, [9, 16])
    check(by_y, [6, 16])


def test_grad_and_value() -> None:
    gradient, value = func.grad_and_value(cube)(tensor(X))
    check(gradient, [3, 12])
    check(value, 9)


def test_grad_with_something_beside() -> None:
    gradient, beside = func.grad(lambda x: (cube(x), x * 2), has_aux=True)(tensor(X))
    check(gradient, [3, 12])
    check(beside, [2, 4])


def test_grad_of_grad() -> None:
    check(func.grad(func.grad(lambda x: x**4))(tensor(2.0)), 48)


def test_grad_by_the_leaves_of_a_tree() -> None:
    gradient = func.grad(lambda p: (p["w"] * p["b"] ** 2).sum())(
        {"w": tensor(3.0), "b": tensor(2.0)}
    )
    check(gradient["w"], 4)
    check(gradient["b"], 12)


def test_grad_refuses_an_array_result() -> None:
    with pytest.raises(RuntimeError, match="scalar"):
        func.grad(outer)(tensor(X))


def test_func_vjp_and_jvp() -> None:
    y, pullback = func.vjp(outer, tensor(X))
    check(y, [2, 1, 2])
    check(pullback(tensor([1.0, 10.0, 100.0]))[0], [22, 101])
    y, dy = func.jvp(outer, (tensor(X),), (tensor([1.0, 10.0]),))
    check(y, [2, 1, 2])
    check(dy, [12, 2, 10])


@pytest.mark.parametrize("name", ["jacrev", "jacfwd"])
def test_jacobians_both_ways(name: str) -> None:
    check(getattr(func, name)(outer)(tensor(X)), [[2, 1], [2, 0], [0, 1]])


def test_func_hessian() -> None:
    check(func.hessian(lambda x: x[0] ** 2 * x[1])(tensor(X)), [[4, 2], [2, 0]])


# vmap


def test_vmap_over_the_first_axis() -> None:
    rows = tensor([[1.0, 2.0], [3.0, 4.0]])
    check(func.vmap(torch.sum)(rows), [3, 7])
    check(func.vmap(torch.dot)(rows, rows), [5, 25])


def test_vmap_over_chosen_axes() -> None:
    M = tensor([[1.0, 2.0], [3.0, 4.0]])
    v = tensor([1.0, 10.0])
    check(func.vmap(torch.dot, in_dims=(1, None))(M, v), [31, 42])
    check(func.vmap(lambda x: x * 2, out_dims=1)(M), [[2, 6], [4, 8]])


def test_one_gradient_per_sample() -> None:
    w, samples = tensor([1.0, 2.0]), tensor([[1.0, 0.0], [2.0, 3.0]])
    per_sample = func.vmap(func.grad(lambda w, x: torch.dot(w, x) ** 2), in_dims=(None, 0))
    check(per_sample(w, samples), [[2, 0], [32, 48]])


def test_jacobian_as_vmap_of_vjp() -> None:
    _, pullback = func.vjp(outer, tensor(X))
    (rows,) = func.vmap(pullback)(torch.eye(3))
    check(rows, [[2, 1], [2, 0], [0, 1]])


def test_vmap_of_vmap() -> None:
    M = tensor([[1.0, 2.0], [3.0, 4.0]])
    check(func.vmap(func.vmap(lambda x: x**2))(M), [[1, 4], [9, 16]])


def test_backward_through_vmap() -> None:
    M = leaf([[1, 2], [3, 4]])
    func.vmap(lambda row: (row * row).sum())(M).sum().backward()
    check(M.grad, [[2, 4], [6, 8]])


def test_vmap_refuses_axes_of_different_length() -> None:
    with pytest.raises(ValueError, match=r"(?i)size|extent|length"):
        func.vmap(torch.add)(torch.ones(2), torch.ones(3))


def test_weighted_means_are_divided_by_the_weights() -> None:
    a, b = torch.tensor([[1.0, 2.0], [3.0, 5.0]]), torch.tensor([[1.0, 0.0], [3.0, 4.0]])
    w = torch.tensor([[1.0, 2.0], [0.0, 1.0]])
    check(F.mse_loss(a, b, weight=w), 9 / 4)
    check(F.l1_loss(a, b, weight=w), 5 / 4)
    check(F.huber_loss(a, b, weight=w), (2 * 1.5 + 0.5) / 4)
    check(F.mse_loss(a, b, weight=w, reduction="sum"), 9)
    with pytest.raises(ValueError, match="same size"):
        F.mse_loss(a, b, weight=w[:1])


def test_the_cosine_loss_of_a_vector_of_zeros() -> None:
    """Its squares get 1e-12, so that the slope is steep but the one PyTorch's users see."""
    a = leaf([[0.0, 0.0]])
    F.cosine_embedding_loss(a, tensor([[3.0, 4.0]]), tensor([1.0])).backward()
    assert a.grad[0].tolist() == pytest.approx([-0.6e6, -0.8e6], rel=1e-8)


def test_a_probability_that_is_surely_wrong_has_a_steep_slope() -> None:
    p = leaf([0.0, 1.0, 0.5])
    loss = F.binary_cross_entropy(p, tensor([1.0, 0.0, 1.0]), reduction="none")
    check(loss, [100, 100, 0.6931471805599453])
    loss.sum().backward()
    assert p.grad.tolist() == pytest.approx([-1e12, 1e12, -2], rel=1e-8)


def test_groups_of_queries_share_their_keys() -> None:
    torch.manual_seed(0)
    q, k = torch.randn(2, 4, 3, 5), torch.randn(2, 2, 6, 5)
    y = F.scaled_dot_product_attention(q, k, k, enable_gqa=True)
    repeated = k.repeat_interleave(2, -3)
    check(y, F.scaled_dot_product_attention(q, repeated, repeated).numpy())


def test_a_batch_of_one_value_has_no_spread() -> None:
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        F.batch_norm(torch.ones(1, 3), None, None, training=True)
    with pytest.raises(IndexError):
        F.batch_norm(torch.ones(3), None, None, training=True)


def test_strict_mode_wants_every_output_to_depend_on_every_input() -> None:
    x = torch.ones(2)
    with pytest.raises(RuntimeError, match="Output 0 of the user-provided function is independent"):
        functional.jacobian(lambda x, y: 2 * x, (x, x), strict=True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: functional.vjp(torch.exp, x), "user-provided function returns a single Tensor"),
        (lambda x: functional.jvp(torch.exp, x), "input to the user-provided function is a single"),
        (lambda x: functional.vjp(torch.exp, x, torch.ones(3)), r"invalid size: should be torch"),
        (lambda x: functional.vjp(torch.exp, x, (x, x)), "v should contain a single Tensor"),
        (
            lambda x: functional.hvp(torch.exp, x, x),
            "function given to hvp should contain a single",
        ),
    ],
)
def test_vectors_that_do_not_fit_are_told(call: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        call(torch.ones(2))


def test_batched_seeds_have_the_shape_of_the_output() -> None:
    x = leaf([1.0, 2.0])
    with pytest.raises(RuntimeError, match="a mismatch was detected"):
        torch.autograd.grad(x**2, x, torch.ones(2), is_grads_batched=True)


@pytest.mark.parametrize("product", ["hvp", "vhp"])
def test_strict_products_refuse_a_gradient_that_is_the_same_everywhere(product: str) -> None:
    x = torch.tensor([1.0, 2.0])
    with pytest.raises(RuntimeError, match="with respect to input 0 is independent of the input"):
        getattr(functional, product)(lambda x: x.sum(), x, torch.ones(2), strict=True)


def test_a_strict_hessian_says_that_the_gradient_is_the_same_everywhere() -> None:
    with pytest.raises(RuntimeError, match="While computing the hessian, found that the jacobian"):
        functional.hessian(lambda x: x.sum(), torch.tensor([1.0, 2.0]), strict=True)


def test_arguments_are_counted_from_the_last_too() -> None:
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    check(func.grad(lambda a, b: (a * b * b).sum(), argnums=-1)(x, y), [6, 16])
    check(func.jacrev(lambda a, b: a * b * b, argnums=-1)(x, y), [[6, 0], [0, 16]])


@symdiff_only
def test_they_are_so_in_forward_mode() -> None:
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    check(func.jacfwd(lambda a, b: a * b * b, argnums=-1)(x, y), [[6, 0], [0, 16]])
    check(func.hessian(lambda a, b: (a * a * b).sum(), argnums=-2)(x, y), [[6, 0], [0, 8]])


@pytest.mark.parametrize("transform", [func.grad, func.jacrev, func.jacfwd])
@pytest.mark.parametrize("place", [2, -3])
def test_an_argument_that_is_not_there(transform: Any, place: int) -> None:
    x = torch.tensor(1.0)
    with pytest.raises((RuntimeError, AssertionError), match="positional inputs"):
        transform(lambda a, b: a * b, argnums=place)(x, x)
