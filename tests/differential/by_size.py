"""Functions whose kernels have blocks, strips, chunks and tails, for arrays of any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[[Any, Any], Any]


def softmax(x: Any, axis: int) -> Any:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


OF_VECTORS: dict[str, Function] = {
    "a chain": lambda x, y: np.sum(np.tanh(x) * np.exp(-y * y)),
    "no sum": lambda x, y: np.sin(x) * y / (1 + y * y),
    "two sums": lambda x, y: np.dot(x, y) * np.sum(x),
    "a deviation": lambda x, y: np.mean((x - np.mean(x)) ** 2) * np.std(y),
    "a softmax": lambda x, y: np.sum(y * softmax(x, 0)),
    "running sums": lambda x, y: np.sum(np.cumsum(x) ** 2 * y),
    "running products": lambda x, y: np.sum(np.cumprod(1 + 0.01 * x) * y),
    "running maxima": lambda x, y: np.sum(np.maximum.accumulate(x) * y),
    "backwards": lambda x, y: np.sum(np.cumsum(x[::-1])[::-1] * np.cumsum(y)),
    "a stencil": lambda x, y: np.sum((x[2:] - 2 * x[1:-1] + x[:-2]) ** 2 * y[1:-1]),
    "parts": lambda x, y: np.sum(np.sin(x[1:] - x[:-1]) * y[:-1]) + np.sum(x[::2] ** 2),
    "joined": lambda x, y: np.concatenate([x * y, y[::-1], x[:1]]) ** 2,
    "sorted": lambda x, y: np.sum(np.sort(x) * y),
    "the largest": lambda x, y: np.max(x * y) + np.min(y - x) + 40,
    "convolved": lambda x, y: np.sum(np.convolve(x, y[:3]) ** 2),
    "chosen": lambda x, y: np.sum(np.where(x > 0, x * y, np.sin(y)) * np.clip(x, -0.5, 0.5)),
    "padded": lambda x, y: np.sum(np.pad(x, (2, 3)) ** 2) + np.sum(np.repeat(y, 3) ** 2),
    "turned": lambda x, y: np.sum(np.diff(x) ** 2) + np.sum(np.roll(x, 3) * y),
    "looked up": lambda x, y: np.sum(np.interp(x, [-1.0, 0.0, 0.3, 1.0], [1.0, 3.0, 2.0, 4.0]) * y),
}

OF_MATRICES: dict[str, Function] = {
    "a product": lambda x, y: np.sum(np.tanh(x @ y)),
    "columns by columns": lambda x, y: np.sum((x.T @ x) ** 2),
    "rows by rows": lambda x, y: np.sum((x @ x.T) ** 2),
    "a matrix and a vector": lambda x, y: np.sum(np.sin(x @ y[:, 0])),
    "a vector and a matrix": lambda x, y: np.sum(np.cos(x[0] @ y)),
    "two layers": lambda x, y: np.mean((np.tanh(x @ y) @ y.T - x) ** 2),
    "sums by axis": lambda x, y: np.sum(np.sum(x, axis=0) ** 2) + np.sum(np.sum(y, axis=1) ** 3),
    "softmax of rows": lambda x, y: np.sum(softmax(x, 1) * x),
    "softmax of columns": lambda x, y: np.sum(softmax(x, 0) * x),
    "deviations": lambda x, y: np.sum(np.var(x, axis=1)) + np.sum(np.std(x + 0.1 * x**3, axis=0)),
    "a stencil": lambda x, y: np.sum(
        (4 * x[1:-1, 1:-1] - x[2:, 1:-1] - x[:-2, 1:-1] - x[1:-1, 2:] - x[1:-1, :-2]) ** 2
    ),
    "across": lambda x, y: x.T * 2 + np.ones(x.shape[::-1]) * x.T**2,
    "distances": lambda x, y: np.sum(np.sqrt(np.sum((x[:, None] - y.T) ** 2, axis=2) + 1)),
    "largest by axis": lambda x, y: np.sum(np.max(x, axis=0)) + np.sum(np.min(x, axis=1)) + np.max(y),
    "running sums": lambda x, y: np.sum(np.cumsum(x, axis=0) ** 2) + np.sum(np.cumsum(y, 1) ** 2),
    "three factors": lambda x, y: np.einsum("ij,jk,ik->", x, y, x @ y),
    "sorted": lambda x, y: np.sum(np.sort(x, axis=1)[:, ::-1] * x) + np.sum(np.sort(x, 0) ** 2 * x),
    "triangles": lambda x, y: np.sum(np.tril(x @ x.T) ** 2) + np.sum(np.diagonal(x) ** 3),
    "products by axis": lambda x, y: np.sum(np.prod(1 + 0.1 * x, 1)) + np.sum(np.prod(1 + 0.1 * x, 0)),
    "norms": lambda x, y: np.sum(x / (1 + np.linalg.norm(x, axis=0))) + np.linalg.norm(y),
}  # fmt: skip
