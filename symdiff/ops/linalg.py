"""Systems of equations, inverses and the matrix exponential.

Matrices stand in the last two axes. In the derivations x' is the differential of x, ^T transposes,
and <g, x'> is the sum of products of elements; a rule is right if <g, y'> = <ga, a'> + <gb, b'> for
all a' and b'. Sources: M. Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008); A. Al-Mohy and N. Higham, "Computing the Frechet derivative of
the matrix exponential" (2009).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..graph.late import late
from ..graph.op import Aval
from .contract import fit
from .diagonals import tril, triu
from .index import Span, index
from .joining import concatenate
from .matrices import declare_matrix_op, float_dtype, many, same_square, square, system, turned
from .shape import zeros_like

_triangular = late("scipy.linalg", "solve_triangular")
_expm = late("scipy.linalg", "expm")


# --- x of a x = b
#
# a' x + a x' = b', so x' = inv(a) (b' - a' x) and <g, x'> = <inv(a)^T g, b' - a' x>:
# gb = inv(a)^T g and ga = -gb x^T.  (Giles)


def _solve_infer(a: Aval, b: Aval) -> Aval:
    square("solve", a)
    return system("solve", a, b)


def _solve_pullback(g: Any, x: Any, a: Any, b: Any, needed: Sequence[bool]) -> list[Any]:
    gb = many(solve, turned(a), g)
    return [
        fit(-(gb @ turned(x)), a, 2, x, 2) if needed[0] else None,
        fit(gb, b, 2, x, 2) if needed[1] else None,
    ]


solve = declare_matrix_op(
    "solve",
    infer=_solve_infer,
    evaluate=np.linalg.solve,
    pullback=_solve_pullback,
    routine="solve",
    backward="LinalgSolveExBackward0",
    example=lambda rng: ((_well(rng), rng.normal(size=(2, 3, 2))), {}),
)

# --- x of a x = b (or a^T x = b, if `trans`), a being triangular: the other triangle is not read
#
# As above, with ga cut down to the triangle; if the diagonal is taken as 1, it is not read either.
# For a^T x = b: <g, x'> = <inv(a) g, b' - a'^T x>, so gb = inv(a) g and ga = -x gb^T.


def _triangular_infer(a: Aval, b: Aval, **params: bool) -> Aval:
    square("solve_triangular", a)
    return system("solve_triangular", a, b)


def _triangular_evaluate(a: Any, b: Any, lower: bool, trans: bool, unit: bool) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = (np.broadcast_to(x, batch + x.shape[-2:]) for x in (a, b))
    x = np.empty(b.shape, float_dtype(a.dtype, b.dtype))
    for k in np.ndindex(batch) if x.size else ():
        x[k] = _triangular(
            a[k], b[k], trans=int(trans), lower=lower, unit_diagonal=unit, check_finite=False
        )
    return x


def _triangular_pullback(
    g: Any, x: Any, a: Any, b: Any, needed: Sequence[bool], lower: bool, trans: bool, unit: bool
) -> list[Any]:
    back = partial(solve_triangular, lower=lower, trans=not trans, unit=unit)
    gb = many(back, a, g)
    ga = None
    if needed[0]:
        ga = -(x @ turned(gb) if trans else gb @ turned(x))
        ga = fit(tril(ga, k=-int(unit)) if lower else triu(ga, k=int(unit)), a, 2, x, 2)
    return [ga, fit(gb, b, 2, x, 2) if needed[1] else None]


solve_triangular = declare_matrix_op(
    "solve_triangular",
    infer=_triangular_infer,
    evaluate=_triangular_evaluate,
    pullback=_triangular_pullback,
    routine="solve_triangular",
    backward="LinalgSolveTriangularBackward0",
    example=lambda rng: (
        (_well(rng), rng.normal(size=(2, 3, 2))),
        {"lower": True, "trans": False, "unit": False},
    ),
)

# --- the inverse
#
# y a = 1, so y' = -y a' y and <g, y'> = <-y^T g y^T, a'>.  (Giles)

inv = declare_matrix_op(
    "inv",
    infer=same_square("inv"),
    evaluate=np.linalg.inv,
    pullback=lambda g, y, a, needed: (-(turned(y) @ g @ turned(y)),),
    routine="inv",
    backward="LinalgInvExBackward0",
    example=lambda rng: ((_well(rng),), {}),
)

# --- the exponential
#
# expm([[a, e], [0, a]]) = [[expm(a), L], [0, expm(a)]], where L = L(a, e) is y' for a' = e; and the
# adjoint of L(a, .) is L(a^T, .).  (Al-Mohy and Higham)


def _expm_pullback(g: Any, y: Any, a: Any, needed: Any) -> tuple[Any]:
    n, zero = a.shape[-1], zeros_like(g)
    turn = turned(a) + zero
    upper, lower = concatenate(turn, g, axis=-1), concatenate(zero, turn, axis=-1)
    block = expm(concatenate(upper, lower, axis=-2))
    return (index(block, key=(Span(0, n, 1), Span(n, n, 1))),)


expm = declare_matrix_op(
    "expm",
    infer=same_square("expm"),
    evaluate=lambda a: _expm(np.asarray(a, float_dtype(np.asarray(a).dtype))),
    pullback=_expm_pullback,
    routine="expm",
    backward="LinalgMatrixExpBackward0",
    example=lambda rng: ((rng.normal(size=(2, 3, 3)),), {}),
)


def _well(rng: np.random.Generator) -> np.ndarray:
    """Two matrices far from singular, for tests."""
    return rng.normal(size=(2, 3, 3)) + 6 * np.eye(3)
