"""Random programs as source text, from a seed: written once for any namespace `T` that speaks PyTorch.

A line of a program makes one new variable. Sums and products are kept small by a bounded function,
arguments of roots and logarithms positive, matrices well conditioned; where an order is asked for
(max, sort, where), fixed offsets are added first, so that there are no ties.
"""

# ruff: noqa: E501  (tables of source lines)

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

import symdiff as sd

from .draw import LARGEST, LEAVES, Draw


@dataclass(frozen=True)
class Program:
    """Lines that name their results, and the names."""

    lines: tuple[str, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def run(self, T: Any, leaves: dict[str, Any]) -> dict[str, Any]:
        """All variables, when `T` computes."""
        scope = {"T": T, **leaves}
        exec(str(self), scope)
        return {name: scope[name] for name in self.names}


def positive(x: str) -> str:
    return f"({x} ** 2 + 0.5)"


def well_conditioned(d: Draw, x: str) -> str:
    n = d.shapes[x][-1]
    return f"(T.tanh({x}) * 0.3 + 2 * T.eye({n}, dtype=T.float64))"


def definite(d: Draw, x: str) -> str:
    n = d.shapes[x][-1]
    return f"(T.tanh({x}) @ T.tanh({x}).mT + T.eye({n}, dtype=T.float64))"


# --- one entry a kind of op: from choices to an expression

BOUNDED = "sin cos tanh sigmoid atan erf asinh sinc".split()
ANY = "expm1 exp square neg abs softsign sinh cosh exp2 erfc i0".split()
POSITIVE = "sqrt log rsqrt log1p reciprocal log2 log10 acosh_".split()
UNIT = "asin acos atanh erfinv tan logit_".split()
PAIRS = "add sub mul maximum minimum atan2 logaddexp hypot fmax fmin logaddexp2".split()
REDUCTIONS = "sum mean var std amax amin prod logsumexp".split()
SCANS = "cumsum cumprod logcumsumexp softmax log_softmax cummax cummin".split()


def elementwise(d: Draw) -> str:
    x, f = d.any(), d.of(BOUNDED + ANY)
    if f == "softsign":
        return f"{x} / (1 + T.abs({d.apart(x)}))"
    if f in ("abs", "sinc"):  # PyTorch's second derivative of sinc is NaN at 0
        x = d.apart(x)
    return f"T.{f}({x})"


def on_positive(d: Draw) -> str:
    f, x = d.of(POSITIVE), positive(d.any())
    return f"T.acosh({x} + 1)" if f == "acosh_" else f"T.{f}({x})"


def on_unit(d: Draw) -> str:
    f, x = d.of(UNIT), f"0.8 * T.sin({d.any()})"
    return f"T.logit(0.5 + 0.4 * T.sin({d.any()}))" if f == "logit_" else f"T.{f}({x})"


def pair(d: Draw) -> str:
    x, f = d.any(), d.of(PAIRS)
    return f"T.{f}({d.apart(x)}, {d.partner(x)})"


def operators(d: Draw) -> str:
    x = d.any()
    y = d.partner(x)
    return d.of(
        [
            f"{x} / {positive(y)}",
            f"{positive(x)} ** T.sin({y})",
            f"{d.number()} - {x} * {y}",
            f"{x} ** {d.of([0, 1, 2, 3])}",
            f"{positive(x)} ** {d.number()}",
            f"{d.number(0.5, 2)} ** {x}",
            f"T.lerp({x}, {x} * 2, {d.number()})",
            f"T.addcmul({x}, {x}, {y}, value={d.number()})",
            f"T.xlogy({x}, {positive(y)})",
            f"T.clamp({d.apart(x)}, {d.number(-1, 0)}, {d.number(0, 1)})",
            f"T.remainder({d.apart(x)}, {d.number(0.5, 2)})",
            f"T.heaviside({d.apart(x)}.detach(), T.tensor(0.5, dtype=T.float64)) * {y}",
            f"T.where({d.apart(x)} > 0, {x}, {y})",
            f"T.where({x} > {d.number()}, T.sqrt(T.abs({d.apart(x)})), {y} * {x})",
            f"({x}).masked_fill({d.apart(x)} > 0.3, {d.number()})",
        ]
    )


def reduction(d: Draw) -> str:
    f = d.of(REDUCTIONS)
    x = d.any(1)
    n = d.shapes[x]
    if f in ("var", "std") and (min(n) < 2):
        f = "mean"
    keep = d.of([True, False])
    k = d.axis(x)
    options = [f"dim={k}, keepdim={keep}"]
    if f != "prod" and len(n) > 1:
        options.append(f"dim={d.of([(0, 1), (-1, 0), (-2, -1)])}, keepdim={keep}")
    return f"T.{f}({d.apart(x)}, {d.of(options)})"


def whole(d: Draw) -> str:
    x = d.any(1)
    k, keep = d.axis(x), d.of([True, False])
    n = d.shapes[x][k]
    options = [
        f"T.{d.of(['sum', 'mean', 'prod', 'max', 'min', 'median'])}({d.apart(x)})",
        f"T.max({d.apart(x)}, dim={k}, keepdim={keep})[0]",
        f"T.median({d.apart(x)}, {k}, {keep})[0]",
        f"T.linalg.vector_norm({d.apart(x)}, ord={d.of([1, 2, 3, 2.5])}, dim={k}, keepdim={keep})",
        f"T.linalg.vector_norm({d.apart(x)}, ord=float('inf'))",
        f"T.norm({x} + 2)",
        f"T.quantile({d.apart(x)}, {d.number(0.1, 0.9)}, dim={k}, keepdim={keep})",
        f"T.sort({d.apart(x)}, dim={k}, descending={keep})[0]",
        f"T.topk({d.apart(x)}, {(n + 1) // 2}, dim={k})[0]",
        f"T.kthvalue({d.apart(x)}, {(n + 1) // 2}, dim={k}, keepdim={keep})[0]",
        f"T.nn.functional.normalize({x} + 2, dim={k})",
    ]
    return d.of(options)


def scan(d: Draw) -> str:
    x, f = d.any(1), d.of(SCANS)
    end = "[0]" if f in ("cummax", "cummin") else ""
    return f"T.{f}({d.apart(x)}, dim={d.axis(x)}){end}"


def product(d: Draw) -> str:
    x = d.any(2)
    r, k = d.shapes[x][-2:]
    y = d.fitting(lambda s: len(s) >= 1 and s[-1] == k)
    z = d.fitting(lambda s: s == (k,) or (len(s) == 2 and s[0] == k))
    t = "" if len(d.shapes[y]) == 1 else ".mT"
    if len(d.shapes[x]) == 3 and len(d.shapes[y]) == 3 and d.shapes[x][0] != d.shapes[y][0]:
        y, t = z, ""
    if len(d.shapes[x]) == 2 and len(d.shapes[z]) == 2:
        return d.of(
            [
                f"T.einsum('ij,jk->{d.of(['ik', 'ki', 'i', 'k', 'ijk'])}', {x}, {z})",
                f"T.tensordot({x}, {z}, dims=1)",
                f"T.addmm({d.constant((r, d.shapes[z][1]))}, {x}, {z}, beta=0.5, alpha={d.number()})",
                f"T.einsum('ij,ij->{d.of(['', 'i', 'j', 'ji'])}', {x}, {x})",
                f"T.linalg.multi_dot([{x}, {z}, {z}.mT])",
                f"T.kron({x}[:2, :2], {z}[:1])",
            ]
        )
    return d.of(
        [
            f"{x} @ {y}{t}",
            f"T.matmul({x}, {y}{t})",
            f"T.einsum('...ij,j->...i', {x}, {x}[..., 0, :].reshape(-1, {k})[0])",
        ]
    )


def vectors(d: Draw) -> str:
    x = d.any(1)
    v, w = f"{x}.reshape(-1)[:4]", f"{d.any(1)}.flatten()[:3]"
    return d.of(
        [
            f"T.outer({v}, {w})",
            f"T.dot({v}, {v}.flip(0))",
            f"T.linalg.cross(T.cat([{v}, {v}, {v}])[:3], {d.constant((3,))})",
            f"T.outer({v}, {v}).diagonal()",
            f"T.diag({v})",
            f"T.diag_embed({x}) if {x}.ndim < 3 else {x}",
            f"T.stack([{v} ** k for k in range(3)], -1)",
            f"T.trapezoid({v})",
            f"T.cumulative_trapezoid({v} * 1.0) if {v}.shape[0] > 1 else {v}",
            f"T.cov(T.outer({v}, {w})[:, :2] + {v}[:, None] ** 2) if {w}.shape[0] > 1 else {v}",
        ]
    )


def solving(d: Draw) -> str:
    x = d.square()
    n = d.shapes[x][-1]
    A, S = well_conditioned(d, x), definite(d, x)
    b = d.constant((n, 2))
    return d.of(
        [
            f"T.linalg.solve({A}, {b})",
            f"T.linalg.inv({A})",
            f"T.linalg.cholesky({S})",
            f"T.linalg.solve_triangular(T.tril({A}), {b}, upper=False)",
            f"T.linalg.det({A})",
            f"T.logdet({S})",
            f"T.linalg.slogdet({A})[1]",
            f"T.cholesky_solve({b}, T.linalg.cholesky({S}))",
            f"T.matrix_exp({A} * 0.3)",
            f"T.linalg.matrix_power({A}, {d.of([-1, 0, 2, 3])}) * 0.1",
            f"T.linalg.eigvalsh(0.5 * T.tanh({x}) + 0.5 * T.tanh({x}).mT + T.diag(T.arange({n}, dtype=T.float64) * 3))",
            f"T.linalg.svdvals({A} + T.diag(T.arange({n}, dtype=T.float64) * 2))",
            f"T.linalg.qr({A})[1]",
            f"T.linalg.lu({A})[{d.of([1, 2])}]",
            f"T.linalg.lu_factor({A})[0]",
            f"T.linalg.lu_solve(*T.linalg.lu_factor({A}), {b})",
            f"T.linalg.householder_product({A}, 0.1 * {A}[..., 0])",
            f"T.trace({x}.reshape(-1, {n})[:{n}])",
            f"T.tril({x}, {d.of([-1, 0, 1])}) + T.triu({x}, {d.of([-1, 0, 1])}) ** 2",
        ]
    )


def shaping(d: Draw) -> str:
    x = d.any(1)
    shape = d.shapes[x]
    k, i = d.axis(x), d.axis(x)
    return d.of(
        [
            f"{x}.reshape(-1)",
            f"T.as_strided({x}.contiguous(), (2, 2), (1, 1))"
            if np.prod(shape) > 2
            else f"T.frexp({x})[0]",
            f"T.frexp({x} + 0.1)[0]",
            f"T.narrow_copy({x}, {k}, 0, 1)",
            f"{x}.reshape({shape[0]}, -1).transpose(0, 1)",
            f"T.transpose({x}, {k}, {i})",
            f"{x}.unsqueeze({k})" if len(shape) < 3 else f"T.flatten({x}, 1)",
            f"T.squeeze({x})",
            f"T.flip({x}, ({k},))",
            f"T.roll({x}, {d.of([-1, 1, 2])}, {k})",
            f"T.movedim({x}, {k}, {i})",
            f"{x}.expand(2, *{shape})" if len(shape) < 3 else f"{x}.permute(2, 0, 1)",
            f"T.tile({x}, (2,))",
            f"T.repeat_interleave({x}, 2, dim={k})",
            f"{x}.unfold({k}, {min(2, shape[k])}, 1)" if len(shape) < 3 else f"{x}.mT",
            f"T.diff({x}, dim={k})" if shape[k] > 1 else f"{x} * 1",
            f"T.rot90({x})" if len(shape) > 1 else f"T.atleast_2d({x})",
            f"T.diagonal({x})" if len(shape) > 1 else f"T.broadcast_to({x}, (2, {shape[0]}))",
            f"T.nn.functional.pad({x}, ({d.of([0, 1])}, {d.of([0, 2])}), value={d.number()})",
        ]
    )


def indexing(d: Draw) -> str:
    x = d.any(1)
    shape = d.shapes[x]
    k = d.axis(x)
    n = shape[k]
    where = [int(v) for v in d.rng.integers(-shape[0], shape[0], size=3)]
    rows = [int(v) for v in d.rng.integers(0, n, size=3)]
    picks = d.rng.integers(0, n, size=shape).tolist()
    return d.of(
        [
            f"{x}[{where}]",
            f"{x}[..., -1]",
            f"{x}[::2]",
            f"{x}[None, ..., {d.of(['1:', ':-1', '::2', '-1:'])}]" if len(shape) < 3 else f"{x}[0]",
            f"{x}[{where}, {where[:1]}]" if len(shape) > 1 and shape[1] >= shape[0] else f"{x}[0]",
            f"{x}[:, {[v % shape[1] for v in where]}]" if len(shape) > 1 else f"{x}[-1]",
            f"{x}[..., T.tensor({(np.arange(shape[-1]) % 2 == 0).tolist()})]",
            f"T.index_select({x}, {k}, T.tensor({rows}))",
            f"T.gather({x}, {k}, T.tensor({picks}))",
            f"T.take_along_dim({x}, T.argsort({d.apart(x)}, dim={k}), dim={k})",
            f"T.scatter_add({x}, {k}, T.tensor({picks}), {x} * 0.5)",
            f"T.index_add({x}, {k}, T.tensor({rows[:n][:1]}), {x}.narrow({k}, 0, 1) * 0.5)",
            f"T.take({x}, T.tensor({where}))",
            f"{x}.select({k}, {n - 1})",
            f"T.chunk({x}, 2, dim={k})[-1]",
            f"T.slice_scatter({x}, {x}.narrow({k}, 0, 1) * 2, dim={k}, start={n - 1}, end={n})",
            f"T.where(T.isfinite({x}), {x}, {x} * 0)",
        ]
    )


def joining(d: Draw) -> str:
    x = d.any(1)
    y = d.like(x)
    k = d.axis(x)
    small = np.prod(d.shapes[x]) * 2 <= LARGEST and len(d.shapes[x]) < 3
    f = d.of(["cat", "stack"]) if small else "cat"
    return d.of(
        [
            f"T.{f}([{x}, {y}], {k})",
            f"T.{d.of(['hstack', 'vstack', 'dstack', 'column_stack'])}([{x}, {y}])",
        ]
    )


def writing(d: Draw) -> str:
    """In-place operators, through views too."""
    x = d.any(1)
    shape = d.shapes[x]
    y = d.like(x)
    k = d.axis(x)
    new = f"{x}.contiguous().clone()"
    writes = [
        f"N[0] = {d.of([y + '[-1]', 'N[-1].clone() * 2', str(d.number())])}",
        f"N[1:] *= {y}[:-1]",
        "N[::2] += N[::2].clone() ** 2",
        f"N.mul_({y}).sin_()",
        f"V = N.transpose(0, -1); V[0] -= {d.number()}; V += {y}.transpose(0, -1)",
        f"V = N.reshape(-1); V[1:] = {y}.reshape(-1)[:-1]; V[0] *= N.reshape(-1)[-1].clone()",
        f"N[{y} > {d.number()}] = {d.number()}",
        f"N[..., -1:] = {y}[..., :1] * N[..., -1:].clone()",
        f"N.select({k}, 0).copy_({y}.select({k}, -1))",
        f"N.narrow({k}, 0, 1).add_({y}.narrow({k}, 0, 1), alpha=2)",
        "V = N[0]; N[0] = V.clone() ** 2; W = V + 1; V += W",
        f"N[[0, -1]] = {y}[[-1, 0]]" if shape[0] > 1 else "N[[0]] = 0.5",
        f"N[[0, -1]] += {y}[[-1, 0]]" if shape[0] > 1 else "N[0] += 0.5",
        f"N.masked_fill_({y} > 0.2, {d.number()})",
        f"N.clamp_({d.number(-2, -0.5)}, {d.number(0.5, 2)})",
        f"N.index_add_({k}, T.tensor([0]), {y}.narrow({k}, 0, 1))",
        "N.diagonal().mul_(2.5)" if len(shape) > 1 else "N.neg_()",
    ]
    first, second = d.of(writes), d.of(writes)
    return f"{new}; {first}; {second}" if d.of([0, 1]) else f"{new}; {first}"


def losses(d: Draw) -> str:
    x = d.any(1)
    F, k = "T.nn.functional", d.axis(x)
    return d.of(
        [
            f"{F}.{d.of('softplus gelu silu elu selu logsigmoid tanhshrink softsign mish'.split())}({d.apart(x)})",
            f"{F}.{d.of('relu leaky_relu hardtanh hardswish relu6 celu softshrink hardshrink'.split())}({d.apart(x)})",
            f"{F}.mse_loss({x}, {d.like(x)} * 2)",
            f"{F}.{d.of(['smooth_l1_loss', 'huber_loss', 'l1_loss'])}({d.apart(x)}, {x} * 0.3)",
            f"{F}.layer_norm({x} + {d.constant(d.shapes[x])}, ({d.shapes[x][-1]},))",
            f"{F}.glu({x}, {k})" if d.shapes[x][k] % 2 == 0 else f"{F}.softmin({x}, {k})",
            f"{F}.cosine_similarity({x} + 1, {d.like(x)} + 2, dim={k})",
            f"{F}.binary_cross_entropy_with_logits({x}, T.sigmoid({d.like(x)}))",
        ]
    )


KINDS = [elementwise, elementwise, on_positive, on_unit, pair, operators, operators, reduction, whole,
         scan, product, product, vectors, solving, shaping, shaping, indexing, indexing, joining, writing, writing, losses]  # fmt: skip
TAMED = ["T.sin(N)", "T.tanh(N)", "N / (1 + N ** 2)", "T.sigmoid(N)", "T.atan(N)", "T.sin(N) + 0.3"]


def program(seed: int, last: int = 30) -> Program:
    """The program of a seed: 3 to `last` lines that run."""
    d = Draw(seed)
    values = {name: sd.tensor(v) for name, v in leaves(seed).items()}
    lines: list[str] = []
    size = int(d.rng.integers(3, last + 1))
    while len(lines) < size:
        name = f"v{len(lines)}"
        try:
            source = d.of(KINDS)(d)
        except LookupError:
            continue
        line = re.sub(r"\bN\b", name, f"N = {source}; N = {d.of(TAMED)}")
        scope = {"T": sd, **values}
        exec(line, scope)
        shape = tuple(scope[name].shape)
        if 0 < np.prod(shape) <= LARGEST and len(shape) <= 3:
            lines.append(line)
            values[name], d.shapes[name] = scope[name], shape
    return Program(tuple(lines), tuple(f"v{i}" for i in range(len(lines))))


def leaves(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng([seed, 1])
    return {name: rng.uniform(-1, 1, size=shape) for name, shape in LEAVES.items()}
