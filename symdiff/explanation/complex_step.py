"""The complex step: Im y(x + ih)/h, exact to rounding for a step h that nothing is subtracted from.

It reads the ops' values, never their slopes, so it checks these. An op takes part if its value holds
for complex numbers, or is written here so that it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..graph.node import Node
from ..graph.op import OPS
from .recording import Recording, arguments

STEP = 1e-30
Values = dict[Node, Any]

ANALYTIC = frozenset(
    "add sub mul div pow neg reciprocal square strongmul exp exp2 expm1 log log2 log10 log1p sqrt sin "
    "cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh where maximum minimum fmax "
    "fmin clip relu reshape transpose expand index embed gather scatter_add put diagonal "
    "diag_embed tril triu concatenate stack clone sum mean prod cumsum cumprod others recurrence amax "
    "amin cummax cummin solve inv det cofactor logsumexp softmax log_softmax erf erfc erfcx "
    "ndtr log_ndtr gamma digamma xlogy xlog1py sinc rint zeros_like".split()
)


def _einsum(*xs: Any, spec: str) -> Any:
    """Without the library's products: of vectors they conjugate the first."""
    inputs, _, out = spec.partition("->")
    dotted = ",".join(f"...{letters}" for letters in inputs.split(","))
    return np.einsum(f"{dotted}->...{out}", *xs)


def _variance(x: Any, axes: Any, ddof: Any) -> Any:
    rest = x - np.mean(x, axis=axes, keepdims=True)
    count = x.size / max(np.mean(x, axis=axes).size, 1)
    return np.sum(rest * rest, axis=axes) / (count - ddof)


def _norm(x: Any, p: float, axes: Any) -> Any:
    size = np.where(x.real < 0, -x, x)
    return np.sum(size**p, axis=axes) ** (1 / p)


def _assigned(x: Any, v: Any, key: Any) -> Any:
    return OPS["assign"].evaluate(x.astype(complex), v, key=key)


_FORMS: dict[str, Callable[..., Any]] = {
    "assign": _assigned,
    "abs": lambda x: np.sign(x.real) * x,
    "sign": lambda x: np.sign(x.real) + 0j,
    "floor": lambda x: np.floor(x.real) + 0j,
    "ceil": lambda x: np.ceil(x.real) + 0j,
    "trunc": lambda x: np.trunc(x.real) + 0j,
    "hypot": lambda a, b: np.sqrt(a * a + b * b),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "log_expit": lambda x: -np.log1p(np.exp(-x)),
    "logit": lambda x: np.log(x / (1 - x)),
    "logaddexp": lambda a, b: a + np.log1p(np.exp(b - a)),
    "einsum": _einsum,
    "var": _variance,
    "std": lambda x, axes, ddof: np.sqrt(_variance(x, axes, ddof)),
    "norm": _norm,
}


def complex_steps(recording: Recording, x: Node, most: int) -> np.ndarray:
    """The gradient by x of the recording's only result, entry by entry; at most the first `most`."""
    value = recording.values.get(x)
    if value is None:  # the result does not depend on x
        return np.zeros(x.shape)
    way = _dependent(recording, x)
    indices = list(np.ndindex(np.shape(value)))[:most]
    slopes = np.array([_slope(recording, way, x, index) for index in indices])
    return slopes.reshape(np.shape(value)) if slopes.size == np.size(value) else slopes


def _dependent(recording: Recording, x: Node) -> list[Node]:
    """What is computed from x, in order; comparisons and indices stay as they are at this point."""
    found = {x}
    for node in recording.nodes:
        if node.requires_grad and any(a in found for a in node.args if isinstance(a, Node)):
            found.add(node)
    return [node for node in recording.nodes if node in found and node is not x]


def _slope(recording: Recording, way: Sequence[Node], x: Node, index: tuple[int, ...]) -> float:
    moved = recording.values[x].astype(complex)
    moved[index] += 1j * STEP
    values: Values = {**recording.values, x: moved}
    with np.errstate(all="ignore"):
        for node in way:
            values[node] = _complex_value(node, values)
    (y,) = recording.roots
    if not np.allclose(np.real(values[y]), recording.values[y]):
        raise TypeError("the value is not real at this point")
    return float(np.sum(np.imag(values[y]))) / STEP


def _complex_value(node: Node, values: Values) -> Any:
    op = node.op
    assert op is not None
    own = OPS.get(op.name) is not op  # whose value is the user's
    form = _FORMS.get(op.name) or (op.evaluate if own or op.name in ANALYTIC else None)
    if form is None:
        raise TypeError(f"{op.name} has no complex form")
    value = form(*arguments(node, values), **node.params)
    if not np.iscomplexobj(value):
        raise TypeError(f"{op.name} drops the imaginary part")
    return value
