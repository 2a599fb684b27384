"""What the tape keeps, packed and unpacked by hooks; edges of the tape in place of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from . import Square, check, leaf, torch

graph = torch.autograd.graph


def doubled() -> Any:
    """Hooks that show in gradients where they are called: what is read is twice what was kept."""
    return graph.saved_tensors_hooks(lambda x: x.clone(), lambda x: 2 * x)


PROGRAMS: dict[str, tuple[Callable[[Any], Any], list[float]]] = {
    "one argument": (lambda x: x.sin(), (2 * np.cos([2.0, 4.0]) / 2).tolist()),
    "two arguments": (lambda x: x * x, [4.0, 8.0]),
    "its result": (lambda x: x.exp(), (2 * np.exp([1.0, 2.0])).tolist()),
    "a product": (lambda x: x @ x, [4.0, 8.0]),
    "no values": (lambda x: 3 * x + 1, [3.0, 3.0]),
    "options": (lambda x: x.cumprod(0), []),
}


@pytest.mark.parametrize("name", [name for name in PROGRAMS if PROGRAMS[name][1]])
@pytest.mark.parametrize("again", [False, True])
def test_what_is_read_is_what_the_hook_gives(name: str, again: bool) -> None:
    program, slope = PROGRAMS[name]
    x = leaf([1.0, 2.0])
    if again:  # remembered calls, too
        program(x)
    with doubled():
        y = program(x)
    check(torch.autograd.grad(y.sum(), x)[0], slope)


@pytest.mark.parametrize("name", PROGRAMS)
def test_hooks_that_give_back_what_they_got_change_nothing(name: str) -> None:
    program = PROGRAMS[name][0]
    x = leaf([1.0, 2.0])
    with graph.saved_tensors_hooks(lambda x: x.detach().numpy(), torch.from_numpy):
        y = program(x).sum()
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    (plain,) = torch.autograd.grad(program(x).sum(), x, create_graph=True)
    check(slope, plain.detach().numpy())
    if plain.requires_grad:
        parts = [torch.autograd.grad(g.sum(), x)[0] for g in (slope, plain)]
        check(parts[0], parts[1].numpy())


def test_hooks_are_called_where_operations_are_recorded_only() -> None:
    x, calls = leaf([1.0, 2.0]), []

    def pack(x: Any) -> Any:
        calls.append(torch.is_grad_enabled())
        return x

    with graph.saved_tensors_hooks(pack, lambda x: x):
        with torch.no_grad():
            x.exp()
            with torch.enable_grad():
                x.sin()
        assert torch.is_grad_enabled() is True
    x.sin()
    assert calls == [False]


def test_inner_hooks_stand_for_outer_ones() -> None:
    x = leaf([1.0, 2.0])
    with doubled():
        with graph.saved_tensors_hooks(lambda x: x, lambda x: x):
            y = (x**3).sum()
        z = (x**2).sum()
    check(torch.autograd.grad(y, x)[0], [3.0, 12.0])
    check(torch.autograd.grad(z, x)[0], [4.0, 8.0])


def test_what_a_function_saves_is_packed() -> None:
    x = leaf([1.0, 2.0])
    with doubled():
        y = Square.apply(x)
    check(torch.autograd.grad(y.sum(), x)[0], [4.0, 8.0])


def test_what_is_unpacked_is_a_tensor() -> None:
    x = leaf([1.0, 2.0])
    with graph.saved_tensors_hooks(lambda x: x, lambda x: "word"):
        y = x.exp().sum()
    with pytest.raises(TypeError, match="unpack_hook expected to be a Tensor but got"):
        y.backward()


def test_hooks_can_be_forbidden() -> None:
    def within() -> None:
        with graph.disable_saved_tensors_hooks("not here"), doubled():
            pass

    with pytest.raises(RuntimeError, match="not here"):
        within()
    with doubled():
        pass


def test_an_edge_stands_for_its_tensor() -> None:
    x = leaf([1.0, 2.0])
    y = x * 3
    edge = graph.get_gradient_edge(y)
    assert (edge.node.name(), edge.output_nr) == ("MulBackward0", 0)
    check(torch.autograd.grad((y**2).sum(), edge)[0], [6.0, 12.0])
    torch.autograd.backward(graph.get_gradient_edge(y.clone()), torch.ones(2))
    check(x.grad, [3.0, 3.0])
    with pytest.raises(RuntimeError, match="does not require gradients"):
        graph.get_gradient_edge(torch.ones(2))


def test_an_edge_stays_where_it_was() -> None:
    x = leaf([1.0, 2.0])
    y = x * 3
    edge = graph.get_gradient_edge(y)
    y.mul_(5)
    check(torch.autograd.grad(y.sum(), edge)[0], [5.0, 5.0])
