"""Who requires a gradient, who is a leaf, and what the nodes of the graph are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from . import check, leaf, torch


def test_nothing_is_required_unless_asked() -> None:
    x = torch.ones(2)
    assert (x.requires_grad, x.is_leaf, x.grad_fn) == (False, True, None)


def test_a_leaf_that_requires_grad() -> None:
    x = torch.ones(2, requires_grad=True)
    assert (x.requires_grad, x.is_leaf, x.grad_fn) == (True, True, None)


def test_results_require_what_their_arguments_require() -> None:
    x, constant = leaf(1), torch.tensor(2.0)
    assert (x * constant).requires_grad
    assert not (constant * constant).requires_grad
    assert not (x * constant).is_leaf
    assert (constant * constant).is_leaf


def test_requires_grad_gives_back_the_tensor() -> None:
    x = torch.ones(2)
    assert x.requires_grad_() is x
    assert x.requires_grad
    assert not x.requires_grad_(False).requires_grad


def test_requires_grad_may_be_assigned() -> None:
    x = torch.ones(2)
    x.requires_grad = True
    (x * 3).sum().backward()
    check(x.grad, [3, 3])


def test_what_came_before_is_not_recorded() -> None:
    a = torch.ones(2)
    b = a * 2
    a.requires_grad_()
    assert not b.requires_grad


@pytest.mark.parametrize("numbers", [[1, 2], 3, [True, False]])
def test_only_floats_may_require_grad(numbers: Any) -> None:
    with pytest.raises(RuntimeError, match="floating point"):
        torch.tensor(numbers, requires_grad=True)
    with pytest.raises(RuntimeError, match="floating point"):
        torch.tensor(numbers).requires_grad_()
    x = torch.tensor(numbers)
    with pytest.raises(RuntimeError, match="floating point"):
        x.requires_grad = True


def test_the_flag_of_a_result_cannot_be_changed() -> None:
    y = leaf(1) * 2
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf"):
        y.requires_grad = False
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf"):
        y.requires_grad_(False)
    assert y.requires_grad_() is y


WITHOUT_GRADIENT: dict[str, Callable[[Any], Any]] = {
    "comparison": lambda x: x > 0,
    "equality": lambda x: x == x,
    "eq": lambda x: x.eq(1.0),
    "argmax": lambda x: x.argmax(),
    "argsort": lambda x: x.argsort(),
    "isnan": torch.isnan,
    "to an integer dtype": lambda x: x.to(torch.int64),
    "zeros_like": torch.zeros_like,
    "detach": lambda x: x.detach(),
    "data": lambda x: x.data,
}


@pytest.mark.parametrize("name", WITHOUT_GRADIENT)
def test_results_that_never_require_grad(name: str) -> None:
    assert not WITHOUT_GRADIENT[name](leaf([1, 2])).requires_grad


def test_grad_of_a_result_is_none_with_a_warning() -> None:
    y = leaf(1) * 2
    y.backward()
    with pytest.warns(UserWarning, match="The .grad attribute of a Tensor that is not a leaf"):
        assert y.grad is None


def test_a_grad_of_another_shape_is_refused() -> None:
    x = leaf([1, 2])
    with pytest.raises(RuntimeError, match=r"gradient of size '\[3\]' to a tensor of size '\[2\]'"):
        x.grad = torch.ones(3)


def test_a_grad_that_is_no_tensor_is_refused() -> None:
    x = leaf(1)
    with pytest.raises(TypeError, match="assigned grad expected to be a Tensor or None"):
        x.grad = 1.0


# detach, data, Variable


def test_detach_shares_its_numbers() -> None:
    x = leaf([1, 2])
    x.detach()[0] = 7
    check(x, [7, 2])


def test_detach_cuts_the_history_here_only() -> None:
    x = leaf(3)
    y = x * x
    (y * y.detach()).backward()
    check(x.grad, 54)


def test_detach_in_place() -> None:
    y = leaf(3) * 2
    assert y.detach_() is y
    assert (y.requires_grad, y.is_leaf, y.grad_fn) == (False, True, None)


def test_data_shares_its_numbers_and_may_be_replaced() -> None:
    x = leaf([1, 2])
    x.data += 1
    check(x, [2, 3])
    x.data = torch.tensor([7.0, 8.0])
    assert x.requires_grad
    (x * x).sum().backward()
    check(x.grad, [14, 16])


def test_clone_keeps_its_history() -> None:
    x = leaf([1, 2])
    y = x.clone()
    y.sum().backward()
    check(x.grad, [1, 1])


def test_a_variable_is_a_tensor() -> None:
    x = torch.autograd.Variable(torch.ones(2), requires_grad=True)
    assert isinstance(x, torch.Tensor)
    assert x.requires_grad
    assert not torch.autograd.Variable(torch.ones(2)).requires_grad


# Names of nodes

NAMES: dict[str, Callable[[Any], Any]] = {
    "AddBackward0": lambda x: x + 1,
    "SubBackward0": lambda x: x - 1,
    "RsubBackward1": lambda x: 1 - x,
    "MulBackward0": lambda x: 2 * x,
    "DivBackward0": lambda x: x / 2,
    "PowBackward0": lambda x: x**2,
    "PowBackward1": lambda x: x**x,
    "NegBackward0": lambda x: -x,
    "AbsBackward0": lambda x: x.abs(),
    "ExpBackward0": lambda x: x.exp(),
    "LogBackward0": lambda x: x.log(),
    "Log1PBackward0": lambda x: x.log1p(),
    "Expm1Backward0": lambda x: x.expm1(),
    "SqrtBackward0": lambda x: x.sqrt(),
    "SinBackward0": lambda x: x.sin(),
    "TanhBackward0": torch.tanh,
    "AsinBackward0": torch.asin,
    "AtanBackward0": torch.atan,
    "SigmoidBackward0": torch.sigmoid,
    "ReluBackward0": torch.relu,
    "ErfBackward0": torch.erf,
    "MaximumBackward0": lambda x: torch.maximum(x, x),
    "WhereBackward0": lambda x: torch.where(x > 0, x, 0.0),
    "ClampBackward1": lambda x: x.clamp(0, 1),
    "SumBackward0": lambda x: x.sum(),
    "SumBackward1": lambda x: x.sum(0),
    "MeanBackward0": lambda x: x.mean(),
    "MeanBackward1": lambda x: x.mean(dim=1),
    "ProdBackward0": lambda x: x.prod(),
    "MaxBackward1": lambda x: x.max(),
    "CumsumBackward0": lambda x: x.cumsum(0),
    "DotBackward0": lambda x: torch.dot(x[0], x[1]),
    "MvBackward0": lambda x: x @ x[0],
    "MmBackward0": lambda x: x @ x,
    "BmmBackward0": lambda x: torch.bmm(x.reshape(1, 2, 2), x.reshape(1, 2, 2)),
    "TBackward0": lambda x: x.t(),
    "TransposeBackward0": lambda x: x.transpose(0, 1),
    "PermuteBackward0": lambda x: x.T,
    "ViewBackward0": lambda x: x.reshape(4),
    "UnsqueezeBackward0": lambda x: x.unsqueeze(0),
    "SqueezeBackward0": lambda x: x.squeeze(),
    "ExpandBackward0": lambda x: x.expand(3, 2, 2),
    "SelectBackward0": lambda x: x[0],
    "SliceBackward0": lambda x: x[:1],
    "IndexBackward0": lambda x: x[x > 0],
    "StackBackward0": lambda x: torch.stack([x, x]),
    "CatBackward0": lambda x: torch.cat([x, x]),
    "CloneBackward0": lambda x: x.clone(),
    "ToCopyBackward0": lambda x: x.to(torch.float32),
    "SoftmaxBackward0": lambda x: torch.softmax(x, 0),
    "LogSoftmaxBackward0": lambda x: torch.log_softmax(x, 0),
    "LogsumexpBackward0": lambda x: torch.logsumexp(x, 0),
}


def _slope(y: Any, x: Any) -> Any:
    return torch.autograd.grad(y, x, create_graph=True)[0]


MORE_OF_A_NAME: list[tuple[str, Callable[[Any], Any]]] = [
    ("MulBackward0", lambda x: 1 / x),
    ("MmBackward0", lambda x: _slope((x @ x.detach()).pow(2).sum(), x)),
    ("UnsafeViewBackward0", lambda x: x.expand(3, 2, 2) @ x),
    ("UnsafeViewBackward0", lambda x: torch.kron(x, x)),
    ("ViewBackward0", lambda x: torch.einsum("ij,jk->ik", x, x)),
    ("ViewBackward0", lambda x: torch.tensordot(x, x, 1)),
    ("MulBackward0", lambda x: torch.einsum("ij,ij->ij", x, x)),
    ("ExpandBackward0", lambda x: torch.meshgrid(x[0], x[1], indexing="ij")[0]),
    ("UnfoldBackward0", lambda x: x.unfold(0, 2, 1)),
    ("AsStridedBackward0", lambda x: x.as_strided((2,), (3,))),
]


@pytest.mark.parametrize(("name", "made"), MORE_OF_A_NAME)
def test_other_ways_to_a_name(name: str, made: Callable[[Any], Any]) -> None:
    assert made(leaf([[0.5, 0.25], [0.125, 0.75]])).grad_fn.name() == name


@pytest.mark.parametrize("name", NAMES)
def test_a_node_bears_the_name_pytorch_gives_it(name: str) -> None:
    node = NAMES[name](leaf([[0.5, 0.25], [0.125, 0.75]])).grad_fn
    assert node.name() == name
    assert repr(node).startswith(f"<{name} object at 0x")


def test_next_functions_lead_to_the_leaves() -> None:
    x, y = leaf(2), leaf(3)
    node = (x * y).grad_fn
    (left, _), (right, _) = node.next_functions
    assert left.name().endswith("AccumulateGrad")
    assert (left.variable is x, right.variable is y) == (True, True)


def test_places_and_conditions_are_no_next_functions() -> None:
    x = leaf([1, 5, 2])
    places = torch.tensor([0, 1])
    for y in (x.gather(0, places), x[places], x.index_select(0, places)):
        assert len(y.grad_fn.next_functions) == 1
    assert len(torch.where(x > 1, x, 0 * x).grad_fn.next_functions) == 2


def test_next_functions_lead_to_earlier_nodes() -> None:
    x = leaf(2)
    node = (x.exp() + 1).grad_fn
    assert node.next_functions[0][0].name() == "ExpBackward0"
    assert node.next_functions[1][0] is None


def test_a_graph_can_be_walked_from_its_end() -> None:
    names = []
    node = (leaf(2).exp().sin() * 2).grad_fn
    while node.next_functions:
        names.append(node.name())
        node = node.next_functions[0][0]
    assert names == ["MulBackward0", "SinBackward0", "ExpBackward0"]
    assert node.name().endswith("AccumulateGrad")


def test_whether_a_gradient_is_wanted_is_a_bool() -> None:
    x = torch.ones(2)
    with pytest.raises(RuntimeError, match="requires_grad must be a bool"):
        x.requires_grad = "yes"


def test_a_gradient_can_be_deleted() -> None:
    x = leaf([1.0])
    x.sum().backward()
    del x.grad
    assert x.grad is None


@pytest.mark.parametrize("wanted", [True, False])
def test_a_result_is_not_told_whether_it_requires_a_gradient(wanted: bool) -> None:
    y = leaf([1.0]) * 2
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf"):
        y.requires_grad = wanted


def test_no_tensor_is_its_own_gradient() -> None:
    x = leaf([1.0])
    with pytest.raises(RuntimeError, match="own grad"):
        x.grad = x
