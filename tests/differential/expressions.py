"""Random NumPy functions as source text, from a seed, of x (n, m), y (m,), z (n,) and t ()."""

from __future__ import annotations

from typing import Any

import numpy as np

SIZES = {"n": 7, "m": 11}
ARGUMENTS: dict[str, tuple[str, ...]] = {"x": ("n", "m"), "y": ("m",), "z": ("n",), "t": ()}
SHAPES = "x:n,m y:m z:n t:"

UNARY = [
    "np.sin({x})", "np.tanh({x})", "np.exp(-({x} ** 2))", "np.sqrt({x} ** 2 + 1)", "{x} ** 3 * 0.1",
    "1 / (1 + {x} ** 2)", "np.log1p({x} ** 2)", "np.where({x} > 0.1, np.sin({x}), {x} ** 2)",
    "np.arctan({x}) - 0.3", "np.maximum({x}, 0.05) * 0.5", "np.abs({x} + 0.012345)", "np.copy({x})",
]  # fmt: skip
FROM_VECTOR = [
    "np.sum({x})", "np.mean({x} ** 2)", "np.cumsum({x})", "{x}[::-1]", "np.outer({x}, {x})",
    "np.concatenate([{x}, {x} * 2])", "{x}[:, None] - {x}", "{x}[1:] - {x}[:-1]", "{x}[::2]",
    "np.linalg.norm({x} + 2)", "np.stack([{x}, {x} ** 2])", "np.roll({x}, 1)", "{x} @ {x}",
    "np.sort({x})", "np.diff({x}) ** 2", "np.diag({x})", "np.pad({x}, (1, 2))", "{x}[[0, -1, 0]]",
    "{x} - np.mean({x})", "{x} / (1 + np.sum({x} ** 2))", "np.repeat({x}, 2)", "{x}.reshape(1, -1)",
]  # fmt: skip
FROM_MATRIX = [
    "np.sum({x}, axis=0)", "np.sum({x}, axis=1, keepdims=True)", "np.mean({x}, axis=-1)", "{x}.T",
    "{x} @ {x}.T", "{x}.T @ {x}", "np.max({x}, axis=0)", "np.cumsum({x}, axis=0)", "{x}[:, ::-1]",
    "{x}[0]", "{x}[..., -1]", "{x}[1:, :-1]", "np.einsum('ij,ij->i', {x}, {x})", "{x}.ravel()",
    "np.var({x}, axis=1)", "np.concatenate([{x}, {x}], axis=1)", "np.trace({x} @ {x}.T)",
    "np.linalg.inv(np.eye({x}.shape[0]) + 0.1 * {x} @ {x}.T)", "np.tril({x})", "np.flip({x}, 0)",
    "np.sum(np.exp({x}), axis=1)", "{x} / np.sum(np.exp({x}), axis=1, keepdims=True)",
    "np.linalg.slogdet(np.eye({x}.shape[0]) + {x} @ {x}.T)[1]", "np.diagonal({x})", "{x} - {x}[:1]",
]  # fmt: skip
ROUTINES = {
    1: [
        "np.convolve({x}, {x}[:2], 'same')", "np.maximum.accumulate({x})", "np.take({x}, [0, 0, -1])",
        "np.linalg.solve(np.eye({x}.shape[0]) * 2 + np.outer({x}, {x}), {x})", "np.cumprod(1 + {x} / 9)",
        "np.interp({x}, [-1.0, 0.0, 1.5], [0.0, 2.0, 1.0])", "np.logaddexp({x}, {x}[::-1])",
        "np.where({x} > np.mean({x}), {x}, 0.0)", "np.prod(1 + 0.2 * {x})", "np.std({x} + 2) * {x}",
    ],
    2: [
        "np.linalg.solve(3 * np.eye({x}.shape[1]) + 0.1 * {x}.T @ {x}, {x}.T)", "{x}[np.array([0, -1, 0])]",
        "np.linalg.cholesky(np.eye({x}.shape[0]) + {x} @ {x}.T)", "np.cumprod(1 + 0.1 * {x}, axis=1)",
        "np.linalg.eigvalsh(np.diag(np.arange({x}.shape[0])) + 0.1 * {x} @ {x}.T)", "np.sort({x}, axis=0)",
        "np.linalg.svd({x} + np.eye(*{x}.shape) * np.arange(2, {x}.shape[1] + 2), compute_uv=False)",
        "np.linalg.slogdet(np.eye({x}.shape[1]) + {x}.T @ {x})[1] * {x}", "np.prod(1 + 0.1 * {x}, axis=0)",
        "np.linalg.det(np.eye({x}.shape[0]) + 0.2 * {x} @ {x}.T)", "np.log(np.sum(np.exp({x}), 1))",
        "np.where({x} > {x}.mean(0), {x}, {x} ** 2)", "np.einsum('ij,j->i', {x}, {x}[0])",
        "np.maximum.accumulate({x}, 0)", "np.max({x}, 1) - np.min({x}, 1)", "{x}[:, np.array([1, 1, 0])]",
    ],
}  # fmt: skip
WRITES = [
    "N[0] = 0.5", "N[1:] = N[:-1] * 2", "N[..., -1] *= 2", "N[::2] += N[::2] ** 2", "N *= N",
    "V = N[1:]; V -= 0.25", "V = N.T; V[0] = 1.5", "N[-1] = N[0] * N[0]", "V = N[::-1]; V[0] *= 3",
]  # fmt: skip
PAIRS = ["{x} * {y}", "{x} - 0.5 * {y}", "{x} / (1 + {y} ** 2)", "np.hypot({x} + 3, {y})"]


def broadcasts(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    try:
        return len(np.broadcast_shapes(a, b)) <= 2
    except ValueError:
        return False


def source(seed: int, size: int = 4, routines: bool = False) -> str:
    """A function of x, y, z and t, with routines if these are asked for; at a seed always the same."""
    rng = np.random.default_rng(seed)
    scope: dict[str, Any] = {"np": np, **arrays(SIZES, seed)}
    names, lines = list(ARGUMENTS), []
    while len(lines) < size:
        name = f"v{len(lines)}"
        line = f"{name} = {_expression(rng, scope, names, routines)}"
        if rng.random() < 0.2 and scope[names[-1]].ndim:
            write = WRITES[int(rng.integers(len(WRITES)))].replace("N", name)
            line = f"{name} = np.copy({names[-1]}); {write}"
        exec(line, scope)
        if 0 < np.size(scope[name]) <= 400 and np.ndim(scope[name]) <= 2:
            scope[name] = np.asarray(scope[name])
            names.append(name)
            lines.append(line)
    total = " + ".join(f"np.sum(np.sin({v}))" for v in names)
    return "def f(x, y, z, t):\n    " + "\n    ".join([*lines, f"return {total}"]) + "\n"


def _expression(
    rng: np.random.Generator, scope: dict[str, Any], names: list[str], routines: bool
) -> str:
    x = names[int(rng.integers(len(names)))]
    partners = [v for v in names if broadcasts(scope[v].shape, scope[x].shape)]
    y = partners[int(rng.integers(len(partners)))]
    by_rank = [[], FROM_VECTOR, FROM_MATRIX][scope[x].ndim]
    options = [*UNARY, *by_rank, *by_rank, *PAIRS, *PAIRS]
    if routines:
        options += ROUTINES.get(scope[x].ndim, []) * 2
    return options[int(rng.integers(len(options)))].format(x=x, y=y)


def function(seed: int, routines: bool = False) -> Any:
    scope: dict[str, Any] = {"np": np}
    exec(source(seed, routines=routines), scope)
    return scope["f"]


def arrays(sizes: dict[str, int], seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng([seed, 1])
    return {
        name: rng.uniform(-1, 1, size=tuple(sizes[n] for n in shape))
        for name, shape in ARGUMENTS.items()
    }
