"""scipy.linalg for handles: factors, equations, and matrices of a form, which are made dense."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import diagonals, elimination, linear, norms, shaping
from ..functions.creation import zeros_like
from .operands import operand

Function = Callable[..., Any]


def _solve(a: Any, b: Any, lower: bool = False, *flags: Any, assume_a: str | None = None,
           transposed: bool = False, **checks: Any) -> Any:  # fmt: skip
    """Of a matrix of which SciPy reads one triangle, that triangle is what counts."""
    a = operand(a)
    if assume_a in ("sym", "her", "pos"):
        a = _symmetric(a, lower)
    elif assume_a not in (None, "gen"):
        raise TypeError(f"scipy.linalg.solve: assume_a={assume_a!r} has no derivative rule here")
    return linear.solve(shaping.swapaxes(a, -1, -2) if transposed else a, b)


def _symmetric(a: Any, lower: bool) -> Any:
    """The symmetric matrix, or each of a stack, of which one triangle is given."""
    half = diagonals.tril(a) if lower else diagonals.triu(a)
    rest = diagonals.tril(a, -1) if lower else diagonals.triu(a, 1)
    return half + shaping.swapaxes(rest, -1, -2)


def _solve_triangular(a: Any, b: Any, trans: Any = 0, lower: bool = False,
                      unit_diagonal: bool = False, **checks: Any) -> Any:  # fmt: skip
    return linear.solve_triangular(a, b, lower, trans in (1, 2, "T", "C"), unit_diagonal)


def _cholesky(a: Any, lower: bool = False, **checks: Any) -> Any:
    """SciPy reads the triangle that it gives."""
    a = _symmetric(operand(a), lower)
    return linear.cholesky(a, upper=not lower)


def _cho_factor(a: Any, lower: bool = False, **checks: Any) -> tuple[Any, bool]:
    return _cholesky(a, lower), lower


def _cho_solve(c_and_lower: tuple[Any, bool], b: Any, **checks: Any) -> Any:
    c, lower = c_and_lower
    first = linear.solve_triangular(c, b, lower, trans=not lower)
    return linear.solve_triangular(c, first, lower, trans=lower)


def _eigh(a: Any, b: Any = None, *, lower: bool = True, eigvals_only: bool = False,
          **options: Any) -> Any:  # fmt: skip
    if b is not None or options.get("subset_by_index") or options.get("subset_by_value"):
        raise TypeError(
            "scipy.linalg.eigh: only a whole problem a v = w v has a derivative rule here"
        )
    found = linear.eigh(operand(a), "L" if lower else "U")
    return found.eigenvalues if eigvals_only else tuple(found)


def _qr(a: Any, mode: str = "full", **options: Any) -> Any:
    if options.get("pivoting"):
        raise TypeError("scipy.linalg.qr: pivoting=True has no derivative rule here")
    found = linear.qr(operand(a), {"full": "complete", "economic": "reduced"}.get(mode, mode))
    return (found,) if mode == "r" else tuple(found)


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, **checks: Any) -> Any:
    return linear.svd(operand(a), full_matrices, compute_uv)


def _block_diag(*blocks: Any) -> Any:
    blocks = tuple(shaping.atleast_2d(operand(b)) for b in blocks)
    rows = [
        np.concatenate([b if k == j else zeros_like(b, shape=(b.shape[0], c.shape[1]))
                        for j, c in enumerate(blocks)], axis=1)
        for k, b in enumerate(blocks)
    ]  # fmt: skip
    return np.concatenate(rows)


def _of_one(function: Function) -> Function:
    """Ours, of a matrix; whether it is checked and written over is no matter."""
    return lambda a, overwrite_a=False, check_finite=True: function(operand(a))


def _pinv(a: Any, *, atol: Any = None, rtol: Any = None, check_finite: bool = True) -> Any:
    return linear.pinv(operand(a), rtol=rtol, atol=atol)


def _norm(a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, **checks: Any) -> Any:
    return norms.norm(operand(a), ord, axis, keepdims)


# --- factors that are used again


def _lu_factor(a: Any, **checks: Any) -> tuple[Any, Any]:
    """SciPy counts pivots from 0, LAPACK from 1."""
    both, pivots = elimination.lu_factor(operand(a))
    return both, pivots - 1


def _lu_solve(lu_and_piv: tuple[Any, Any], b: Any, trans: int = 0, **checks: Any) -> Any:
    (both, pivots), b = map(operand, lu_and_piv), operand(b)
    if b.ndim == 1:
        return _lu_solve(lu_and_piv, b[:, None], trans)[:, 0]
    return elimination.lu_solve(both, pivots + 1, b, adjoint=bool(trans))


def _lstsq(a: Any, b: Any, cond: Any = None, **checks: Any) -> tuple[Any, ...]:
    x, residuals, rank, s = linear.lstsq(operand(a), operand(b), cond)
    return x, residuals[0] if x.ndim == 1 and len(residuals) else residuals, rank, s


# --- matrices of a form


def _grid(m: Any, n: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(int(m))[:, None], np.arange(int(n))


def _line(name: str, c: Any) -> Any:
    """One column or row: what more axes mean differs among SciPy's functions."""
    c = operand(c)
    if c.ndim > 1:
        raise TypeError(f"scipy.linalg.{name}: {c.ndim} axes have no derivative rule here; one has")
    return shaping.ravel(c)


def _toeplitz(c: Any, r: Any = None) -> Any:
    c = _line("toeplitz", c)
    r = c if r is None else _line("toeplitz", r)
    i, j = _grid(len(c), len(r))
    return np.concatenate([r[:0:-1], c])[i - j + len(r) - 1]


def _hankel(c: Any, r: Any = None) -> Any:
    c = shaping.ravel(operand(c))
    r = zeros_like(c) if r is None else shaping.ravel(operand(r))
    i, j = _grid(len(c), len(r))
    return np.concatenate([c, r[1:]])[i + j]


def _circulant(c: Any) -> Any:
    c = operand(c)
    i, j = _grid(c.shape[-1], c.shape[-1])
    return c[..., (i - j) % len(j)]


def _of_form(make: Function) -> Function:
    """The matrix of a column, or of a column and a row."""
    return lambda given: make(*given) if isinstance(given, tuple) else make(given)


def _khatri_rao(a: Any, b: Any) -> Any:
    """Column by column, a kron b."""
    y = np.einsum("ik,jk->ijk", operand(a), operand(b))
    return y.reshape(-1, y.shape[-1])


_toeplitz_of = _of_form(_toeplitz)


def _banded(ab: Any, above: int) -> Any:
    """The matrix whose diagonals are the rows of ab, so many of them above the main one."""
    ab = operand(ab)
    i, j = _grid(ab.shape[1], ab.shape[1])
    row = above + i - j
    inside = (row >= 0) & (row < int(ab.shape[0]))
    return np.where(inside, ab[np.where(inside, row, 0), j], 0.0)


def _solveh_banded(ab: Any, b: Any, *flags: Any, lower: bool = False, **checks: Any) -> Any:
    lower = lower or any(flags[2:3])
    half = _banded(ab, 0 if lower else int(operand(ab).shape[0]) - 1)
    return linear.solve(_symmetric(half, lower), b)


# --- matrix equations, of the elements row by row: A X B is (A kron B.T) x


def _solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    a, b, q = operand(a), operand(b), operand(q)
    m, n = (np.eye(int(size), dtype=q.dtype) for size in q.shape)
    return linear.solve(np.kron(a, n) + np.kron(m, b.T), q.ravel()).reshape(q.shape)


def _solve_discrete_lyapunov(a: Any, q: Any, method: Any = None) -> Any:
    a, q = operand(a), operand(q)
    both = np.kron(a, a)
    return linear.solve(np.eye(int(q.size)) - both, q.ravel()).reshape(q.shape)


LINALG: dict[str, Function] = {
    "solve": _solve, "solve_triangular": _solve_triangular, "cholesky": _cholesky,
    "cho_factor": _cho_factor, "cho_solve": _cho_solve, "eigh": _eigh, "qr": _qr, "svd": _svd,
    "eigvalsh": functools.partial(_eigh, eigvals_only=True), "block_diag": _block_diag,
    "norm": _norm, "inv": _of_one(linear.inv), "det": _of_one(linear.det),
    "expm": _of_one(linear.expm), "pinv": _pinv,
    "svdvals": _of_one(linear.svdvals), "lu_factor": _lu_factor, "lu_solve": _lu_solve,
    "lstsq": _lstsq, "toeplitz": _toeplitz, "hankel": _hankel, "circulant": _circulant,
    "khatri_rao": _khatri_rao,
    "solve_toeplitz": lambda c_or_cr, b, check_finite=True: linear.solve(_toeplitz_of(c_or_cr), b),
    "matmul_toeplitz": lambda c_or_cr, x, **options: _toeplitz_of(c_or_cr) @ operand(x),
    "solve_circulant": lambda c, b: linear.solve(
        _circulant(_line("solve_circulant", c)), b
    ),
    "solve_banded": lambda l_and_u, ab, b, *flags, **checks: linear.solve(
        _banded(ab, l_and_u[1]), b
    ),
    "solveh_banded": _solveh_banded, "solve_sylvester": _solve_sylvester,
    "solve_continuous_lyapunov": lambda a, q: _solve_sylvester(a, operand(a).T, q),
    "solve_discrete_lyapunov": _solve_discrete_lyapunov,
}  # fmt: skip
