"""Ordinary programs on tensors: each is given the library, PyTorch or symdiff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[], tuple[Any, ...]]  # -> the value and the gradients
Program = Callable[[Any], Step]  # takes the library


def _leaf(lib: Any, *shape: int, seed: int = 0) -> Any:
    """Random numbers, in matrices so small that products of them stay of size 1."""
    small = shape[-1] ** -0.5 if len(shape) > 1 else 1.0
    numbers = small * np.random.default_rng(seed).normal(size=shape)
    return lib.tensor(numbers.tolist(), dtype=lib.float64, requires_grad=True)


def _data(lib: Any, *shape: int, seed: int = 1) -> Any:
    return _leaf(lib, *shape, seed=seed).detach()


def _classes(lib: Any, rows: int, count: int) -> Any:
    return lib.tensor(np.random.default_rng(2).integers(0, count, rows).tolist())


def _gradients(lib: Any, f: Callable[..., Any], *leaves: Any) -> Step:
    def step() -> tuple[Any, ...]:
        for leaf in leaves:
            leaf.grad = None
        y = f(*leaves)
        y.backward()
        return (y, *(leaf.grad for leaf in leaves))

    return step


def _training(lib: Any, loss: Callable[..., Any], *leaves: Any) -> Step:
    """A step of gradient descent, written as PyTorch's users do; the weights hardly move."""

    def step() -> tuple[Any, ...]:
        y = loss(*leaves)
        y.backward()
        gradients = [leaf.grad.clone() for leaf in leaves]
        with lib.no_grad():
            for leaf in leaves:
                leaf -= 1e-12 * leaf.grad
                leaf.grad.zero_()
        return (y, *gradients)

    return step


# --- programs


def cross_entropy(rows: int, classes: int) -> Program:
    def program(lib: Any) -> Step:
        X, t, W = _data(lib, rows, 20), _classes(lib, rows, classes), _leaf(lib, 20, classes)
        return _gradients(lib, lambda W: lib.nn.functional.cross_entropy(X @ W, t), W)

    return program


def softmax_by_hand(rows: int, classes: int) -> Program:
    def program(lib: Any) -> Step:
        X, t, W = _data(lib, rows, 20), _classes(lib, rows, classes), _leaf(lib, 20, classes)
        own = lib.arange(rows)

        def loss(W: Any) -> Any:
            z = X @ W
            z = z - z.max(1, keepdim=True).values
            return (z.exp().sum(1).log() - z[own, t]).mean()

        return _gradients(lib, loss, W)

    return program


def index_arrays(size: int) -> Program:
    def program(lib: Any) -> Step:
        x, where = _leaf(lib, size), _classes(lib, size, size)
        return _gradients(lib, lambda x: (x[where] * x).sum(), x)

    return program


def embedding(words: int, width: int) -> Program:
    def program(lib: Any) -> Step:
        table, t = _leaf(lib, 500, width), _classes(lib, words, 500)
        return _gradients(lib, lambda w: lib.nn.functional.embedding(t, w).tanh().sum(), table)

    return program


def mask(size: int) -> Program:
    def program(lib: Any) -> Step:
        return _gradients(lib, lambda x: (x[x > 0] ** 2).sum(), _leaf(lib, size))

    return program


def largest_of_rows(rows: int, columns: int) -> Program:
    def program(lib: Any) -> Step:
        x = _leaf(lib, rows, columns)
        return _gradients(lib, lambda x: (x.max(dim=1).values ** 2).sum(), x)

    return program


def recurrence(steps: int, width: int) -> Program:
    def program(lib: Any) -> Step:
        X, W, U = _data(lib, steps, width), _leaf(lib, width, width), _leaf(lib, width, width)

        def loss(W: Any, U: Any) -> Any:
            h = lib.zeros(width, dtype=lib.float64)
            for x in X:
                h = lib.tanh(W @ h + U @ x)
            return (h * h).sum()

        return _gradients(lib, loss, W, U)

    return program


def slices(size: int) -> Program:
    def program(lib: Any) -> Step:
        x = _leaf(lib, size)
        return _gradients(lib, lambda x: ((x[2:] - 2 * x[1:-1] + x[:-2]) ** 2).sum(), x)

    return program


def perceptron(rows: int, width: int) -> Program:
    def program(lib: Any) -> Step:
        X, Y = _data(lib, rows, width), _data(lib, rows, 1, seed=5)
        weights = _leaf(lib, width, width), _leaf(lib, width), _leaf(lib, width, 1), _leaf(lib, 1)

        def loss(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
            return ((lib.tanh(X @ W1 + b1) @ W2 + b2 - Y) ** 2).mean()

        return _training(lib, loss, *weights)

    return program


def functional_layers(rows: int, width: int) -> Program:
    """Two linear layers, a norm between them, and a loss, by the functions of nn.functional."""

    def program(lib: Any) -> Step:
        X, Y, F = _data(lib, rows, width), _data(lib, rows, width, seed=5), lib.nn.functional
        W, b, V = _leaf(lib, width, width), _leaf(lib, width), _leaf(lib, width, width)

        def loss(W: Any, b: Any, V: Any) -> Any:
            h = F.layer_norm(F.gelu(F.linear(X, W, b)), (width,))
            return F.mse_loss(F.linear(h, V), Y)

        return _gradients(lib, loss, W, b, V)

    return program


def attention(tokens: int, width: int) -> Program:
    def program(lib: Any) -> Step:
        q, k, v = (_leaf(lib, 4, tokens, width, seed=s) for s in (1, 2, 3))

        def loss(q: Any, k: Any, v: Any) -> Any:
            weights = lib.softmax(q @ k.transpose(-2, -1) / width**0.5, dim=-1)
            return (weights @ v).square().mean()

        return _gradients(lib, loss, q, k, v)

    return program


def logistic(rows: int, width: int) -> Program:
    def program(lib: Any) -> Step:
        X, y = _data(lib, rows, width), (_data(lib, rows, seed=5) > 0).double()
        entropy = lib.nn.functional.binary_cross_entropy_with_logits
        return _training(lib, lambda w, b: entropy(X @ w + b, y), _leaf(lib, width), _leaf(lib, 1))

    return program


def scalars(steps: int) -> Program:
    """A loop over single numbers."""

    def program(lib: Any) -> Step:
        def loss(x: Any) -> Any:
            y = x
            for _ in range(steps):
                y = y - 0.1 * (y * y - 2.0) * x
            return y

        return _gradients(lib, loss, _leaf(lib))

    return program


def joined(size: int) -> Program:
    def program(lib: Any) -> Step:
        x, y = _leaf(lib, size), _leaf(lib, size, seed=3)

        def loss(x: Any, y: Any) -> Any:
            z = lib.stack([lib.cat([x, y]), lib.cat([y, x])]).reshape(2, 2, -1)
            return (z.permute(1, 0, 2) * z).sum()

        return _gradients(lib, loss, x, y)

    return program


def writes(size: int) -> Program:
    def program(lib: Any) -> Step:
        def loss(x: Any) -> Any:
            y = x * 2.0
            y[1:] += x[:-1]
            y.mul_(3.0)
            return y.sum()

        return _gradients(lib, loss, _leaf(lib, size))

    return program


def hessian_product(size: int) -> Program:
    def program(lib: Any) -> Step:
        x, v = _leaf(lib, size), _data(lib, size)

        def step() -> tuple[Any, ...]:
            y = (x.sin() * x * x).sum()
            (g,) = lib.autograd.grad(y, x, create_graph=True)
            return (y, lib.autograd.grad((g * v).sum(), x)[0])

        return step

    return program


def linear_system(size: int) -> Program:
    def program(lib: Any) -> Step:
        A, b = _leaf(lib, size, size), _leaf(lib, size, seed=3)

        def loss(A: Any, b: Any) -> Any:
            S = A @ A.T + size * lib.eye(size, dtype=lib.float64)
            return lib.linalg.solve(S, b) @ b + lib.logdet(S)

        return _gradients(lib, loss, A, b)

    return program


PROGRAMS: dict[str, Program] = {
    "cross entropy, 32 x 10": cross_entropy(32, 10),
    "cross entropy, 512 x 20": cross_entropy(512, 20),
    "cross entropy, 4096 x 100": cross_entropy(4096, 100),
    "softmax by hand, 32 x 10": softmax_by_hand(32, 10),
    "index arrays, 100": index_arrays(100),
    "index arrays, 1e4": index_arrays(10_000),
    "index arrays, 1e6": index_arrays(1_000_000),
    "embedding, 64 of 16": embedding(64, 16),
    "embedding, 2000 of 64": embedding(2000, 64),
    "mask, 1000": mask(1000),
    "max(dim), 32 x 10": largest_of_rows(32, 10),
    "max(dim), 100 x 100": largest_of_rows(100, 100),
    "max(dim), 1000 x 1000": largest_of_rows(1000, 1000),
    "recurrence, 20 steps of 8": recurrence(20, 8),
    "recurrence, 100 steps of 64": recurrence(100, 64),
    "slices, 100": slices(100),
    "slices, 1e4": slices(10_000),
    "slices, 1e6": slices(1_000_000),
    "perceptron, 32 x 16": perceptron(32, 16),
    "perceptron, 256 x 64": perceptron(256, 64),
    "perceptron, 2048 x 256": perceptron(2048, 256),
    "layers, 32 x 16": functional_layers(32, 16),
    "layers, 128 x 64": functional_layers(128, 64),
    "layers, 1024 x 256": functional_layers(1024, 256),
    "attention, 16 x 8": attention(16, 8),
    "attention, 64 x 32": attention(64, 32),
    "logistic, 100 x 5": logistic(100, 5),
    "logistic, 1e4 x 20": logistic(10_000, 20),
    "scalars, 20 steps": scalars(20),
    "joined, 100": joined(100),
    "writes, 100": writes(100),
    "writes, 1e4": writes(10_000),
    "Hessian product, 100": hessian_product(100),
    "Hessian product, 1e4": hessian_product(10_000),
    "linear system, 10": linear_system(10),
    "linear system, 100": linear_system(100),
}
