"""The routines of linear algebra for compiled code: whole C-contiguous arrays, targets first.

LAPACK stores columns. The memory of a C-contiguous matrix a is there the matrix a.T, so that
transposes are copied only where that does not help.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .lapack import blas, lapack
from .primitives import compiled
from .shapes import matrices, rows

_getrf, _getrs, _getri = lapack("getrf"), lapack("getrs"), lapack("getri")
_potrf, _trtrs, _syevd = lapack("potrf"), lapack("trtrs"), lapack("syevd")
_geqrf, _orgqr, _gesdd = lapack("geqrf"), lapack("orgqr"), lapack("gesdd")
_gemm = blas("gemm")

_LOWER, _UPPER = np.uint8(ord("L")), np.uint8(ord("U"))
_PLAIN, _TRANSPOSED = np.uint8(ord("N")), np.uint8(ord("T"))
_UNIT, _VECTORS, _SMALL = np.uint8(ord("U")), np.uint8(ord("V")), np.uint8(ord("S"))
_BLOCK = 32  # columns that LAPACK works on at once, where it may choose


@compiled
def _transpose(target: Any, source: Any) -> None:
    for i in range(target.shape[0]):
        for j in range(target.shape[1]):
            target[i, j] = source[j, i]


@compiled
def _copy(target: Any, source: Any) -> None:
    for i in range(target.shape[0]):
        for j in range(target.shape[1]):
            target[i, j] = source[i, j]


@compiled
def _factored(lu: Any, pivots: Any) -> int:
    """lu becomes its LU factors; gives the number of the first zero pivot, or 0."""
    n = lu.shape[0]
    return _getrf((n, n, lu, max(n, 1), pivots))


@compiled
def lu(factors: Any, pivots: Any, a: Any) -> None:
    """The LU factors of each a.T, whose memory a is, and which rows LAPACK exchanged."""
    fs, ps, as_ = matrices(factors), rows(pivots), matrices(a)
    for k in range(len(fs) if a.shape[-1] else 0):
        _copy(fs[k], as_[k])
        _factored(fs[k], ps[k])


@compiled
def _check_regular(factors: Any) -> None:
    for i in range(factors.shape[0]):
        if factors[i, i] == 0:
            raise np.linalg.LinAlgError("Singular matrix")


@compiled
def _solved(x: Any, factors: Any, pivots: Any, b: Any, columns: Any, turned: Any) -> None:
    m, n = columns.shape
    _check_regular(factors)
    _transpose(columns, b)
    _getrs((turned, n, m, factors, n, pivots, columns, n))
    _transpose(x, columns)


@compiled
def lu_solve(x: Any, factors: Any, pivots: Any, b: Any, trans: bool = False) -> None:
    """x of a x = b, or of a.T x = b, with the factors of a.T."""
    xs, fs, ps, bs = matrices(x), matrices(factors), rows(pivots), matrices(b)
    turned, columns = (
        _PLAIN if trans else _TRANSPOSED,
        np.empty((bs.shape[2], bs.shape[1]), b.dtype),
    )
    for k in range(len(xs) if fs.shape[1] else 0):
        _solved(xs[k], fs[k], ps[k], bs[k], columns, turned)


@compiled
def solve(x: Any, a: Any, b: Any) -> None:
    xs, as_, bs = matrices(x), matrices(a), matrices(b)
    n = a.shape[-1]
    factors, pivots = np.empty((1, n, n), a.dtype), np.empty((1, n), np.int32)
    columns = np.empty((bs.shape[2], bs.shape[1]), b.dtype)
    for k in range(len(xs) if n else 0):
        lu(factors, pivots, as_[k : k + 1])
        _solved(xs[k], factors[0], pivots[0], bs[k], columns, _TRANSPOSED)


@compiled
def lu_inv(x: Any, factors: Any, pivots: Any) -> None:
    xs, fs, ps = matrices(x), matrices(factors), rows(pivots)
    n = xs.shape[1]
    work = np.empty(_BLOCK * n, x.dtype)
    for k in range(len(xs) if n else 0):
        _check_regular(fs[k])
        _copy(xs[k], fs[k])
        _getri((n, xs[k], n, ps[k], work, _BLOCK * n))


@compiled
def inv(x: Any, a: Any) -> None:
    xs, as_ = matrices(x), matrices(a)
    n = xs.shape[1]
    pivots, work = np.empty(n, np.int32), np.empty(_BLOCK * n, a.dtype)
    for k in range(len(xs) if n else 0):
        _copy(xs[k], as_[k])
        if _factored(xs[k], pivots):
            raise np.linalg.LinAlgError("Singular matrix")
        _getri((n, xs[k], n, pivots, work, _BLOCK * n))


@compiled
def lu_slogdet_of(factors: Any, pivots: Any) -> Any:
    """The sign and the logarithm of the absolute value of one matrix's determinant."""
    sign, total = factors.dtype.type(1), factors.dtype.type(0)
    for i in range(factors.shape[0]):
        if factors[i, i] == 0:
            return factors.dtype.type(0), factors.dtype.type(-np.inf)
        if (pivots[i] != i + 1) != (factors[i, i] < 0):
            sign = -sign
        total += np.log(abs(factors[i, i]))
    return sign, total


@compiled
def lu_slogdet(signs: Any, logs: Any, factors: Any, pivots: Any) -> None:
    sign, log, fs = signs.reshape(signs.size), logs.reshape(logs.size), matrices(factors)
    ps = rows(pivots)
    for k in range(len(fs)):
        sign[k], log[k] = lu_slogdet_of(fs[k], ps[k])


@compiled
def slogdet_of(a: Any) -> Any:
    factors, pivots = np.empty_like(a), np.empty(a.shape[0], np.int32)
    lu(factors, pivots, a)
    return lu_slogdet_of(factors, pivots)


@compiled
def slogdet(signs: Any, logs: Any, a: Any) -> None:
    sign, log, as_ = signs.reshape(signs.size), logs.reshape(logs.size), matrices(a)
    for k in range(len(as_)):
        sign[k], log[k] = slogdet_of(as_[k])


@compiled
def lu_det_of(factors: Any, pivots: Any) -> Any:
    """The determinant of one matrix."""
    result = factors.dtype.type(1)
    for i in range(factors.shape[0]):
        if factors[i, i] == 0:
            return factors.dtype.type(0)
        result *= factors[i, i] if pivots[i] == i + 1 else -factors[i, i]
    return result


@compiled
def lu_det(x: Any, factors: Any, pivots: Any) -> None:
    xs, fs, ps = x.reshape(x.size), matrices(factors), rows(pivots)
    for k in range(len(fs)):
        xs[k] = lu_det_of(fs[k], ps[k])


@compiled
def det_of(a: Any) -> Any:
    factors, pivots = np.empty_like(a), np.empty(a.shape[0], np.int32)
    lu(factors, pivots, a)
    return lu_det_of(factors, pivots)


@compiled
def det(x: Any, a: Any) -> None:
    xs, as_ = x.reshape(x.size), matrices(a)
    for k in range(len(as_)):
        xs[k] = det_of(as_[k])


@compiled
def cholesky(x: Any, a: Any) -> None:
    """The lower factor; in LAPACK's eyes it is upper."""
    xs, as_ = matrices(x), matrices(a)
    n = xs.shape[1]
    for k in range(len(xs) if n else 0):
        lower = xs[k]
        for i in range(n):
            for j in range(n):
                lower[i, j] = as_[k, i, j] if j <= i else 0
        if _potrf((_UPPER, n, lower, n)):
            raise np.linalg.LinAlgError("Matrix is not positive definite")


@compiled
def solve_triangular(
    x: Any, a: Any, b: Any, lower: bool = False, trans: bool = False, unit: bool = False
) -> None:
    """x of a x = b (or a.T x = b); only one triangle of a is read."""
    xs, as_, bs = matrices(x), matrices(a), matrices(b)
    n, m = xs.shape[1], xs.shape[2]
    triangle, turned = _UPPER if lower else _LOWER, _PLAIN if trans else _TRANSPOSED
    diagonal = _UNIT if unit else _PLAIN
    columns = np.empty((m, n), a.dtype)
    for k in range(len(xs) if n else 0):
        _transpose(columns, bs[k])
        if _trtrs((triangle, turned, diagonal, n, m, as_[k], n, columns, n)):
            raise np.linalg.LinAlgError("Singular matrix")
        _transpose(xs[k], columns)


@compiled
def qr(q: Any, r: Any, a: Any) -> None:
    qs, rs, as_ = matrices(q), matrices(r), matrices(a)
    m, n = as_.shape[1], as_.shape[2]
    least = min(m, n)
    columns, scales = np.empty((n, m), a.dtype), np.empty(least, a.dtype)
    work = np.empty(_BLOCK * max(n, 1), a.dtype)
    for k in range(len(as_) if least else 0):
        _transpose(columns, as_[k])
        _geqrf((m, n, columns, m, scales, work, len(work)))
        for i in range(least):
            for j in range(n):
                rs[k, i, j] = columns[j, i] if i <= j else 0
        _orgqr((m, least, least, columns, m, scales, work, len(work)))
        _transpose(qs[k], columns[:least])


@compiled
def eigh(values: Any, vectors: Any, a: Any) -> None:
    """From the lower triangle, as NumPy."""
    n, as_, vs = a.shape[-1], matrices(a), matrices(vectors)
    ws = rows(values)
    columns = np.empty((n, n), a.dtype)
    work, numbers = np.empty(1 + 6 * n + 2 * n * n, a.dtype), np.empty(3 + 5 * n, np.int32)
    for k in range(len(as_) if n else 0):
        _transpose(columns, as_[k])
        sizes = len(work), numbers, len(numbers)
        if _syevd((_VECTORS, _LOWER, n, columns, n, ws[k], work, *sizes)):
            raise np.linalg.LinAlgError("Eigenvalues did not converge")
        _transpose(vs[k], columns)


@compiled
def svd(u: Any, s: Any, vh: Any, a: Any) -> None:
    us, ss, vs, as_ = matrices(u), rows(s), matrices(vh), matrices(a)
    m, n = as_.shape[1], as_.shape[2]
    least = min(m, n)
    columns, numbers = np.empty((n, m), a.dtype), np.empty(8 * least, np.int32)
    left, right = np.empty((least, m), a.dtype), np.empty((n, least), a.dtype)
    work = np.empty(4 * least * least + 7 * least + max(m, n) + 64 * (m + n), a.dtype)
    for k in range(len(as_) if least else 0):
        _transpose(columns, as_[k])
        factors = ss[k], left, m, right, least
        if _gesdd((_SMALL, m, n, columns, m, *factors, work, len(work), numbers)):
            raise np.linalg.LinAlgError("SVD did not converge")
        _transpose(us[k], left)
        _transpose(vs[k], right)


_PADE = (  # numerator of the (13, 13) approximant of exp, constant first
    64764752532480000.0,
    32382376266240000.0,
    7771770303897600.0,
    1187353796428800.0,
    129060195264000.0,
    10559470521600.0,
    670442572800.0,
    33522128640.0,
    1323241920.0,
    40840800.0,
    960960.0,
    16380.0,
    182.0,
    1.0,
)
_LARGEST_NORM = 5.371920351148152  # up to here the approximant is exact to rounding


@compiled
def expm(x: Any, a: Any) -> None:
    """The approximant at a / 2**s, squared s times (Higham 2005)."""
    xs, as_ = matrices(x), matrices(a)
    for k in range(len(xs) if x.shape[-1] else 0):
        _expm_of(xs[k], as_[k])


@compiled
def _expm_of(x: Any, a: Any) -> None:
    halvings = _halvings(a)
    if halvings < 0:
        _scaled(x, np.nan, x)
        return
    scaled, spare = np.empty_like(a), np.empty_like(a)
    odd, even = np.empty_like(a), np.empty_like(a)
    _scaled(scaled, 0.5**halvings, a)
    _pade_parts(odd, even, scaled, spare)
    _combined(scaled, even, -1.0, odd)
    _combined(spare, even, 1.0, odd)
    solve(x, scaled, spare)
    for _ in range(halvings):
        _multiply(spare, x, x)
        _scaled(x, 1.0, spare)


@compiled
def _halvings(a: Any) -> int:
    """How often to halve a until the approximant is exact to rounding; -1 if a is not finite."""
    norm = 0.0
    for j in range(a.shape[1]):
        total = 0.0
        for i in range(a.shape[0]):
            total += abs(a[i, j])
        norm = total if not total <= norm else norm
    if not norm < np.inf:
        return -1
    count = 0
    while norm > _LARGEST_NORM:
        norm, count = norm / 2, count + 1
    return count


@compiled
def _pade_parts(odd: Any, even: Any, a: Any, spare: Any) -> None:
    """The odd and the even part of the numerator at a, by Horner's rule in a squared."""
    square = np.empty_like(a)
    _multiply(square, a, a)
    for part in range(2):
        result = odd if part else even
        _scaled(result, 0.0, a)
        for k in range(6, -1, -1):
            _multiply(spare, result, square)
            _scaled(result, 1.0, spare)
            for i in range(len(a)):
                result[i, i] += _PADE[2 * k + part]
    _multiply(spare, odd, a)
    _scaled(odd, 1.0, spare)


@compiled
def _multiply(target: Any, left: Any, right: Any) -> None:
    """target = left @ right, which in columns is target.T = right.T @ left.T."""
    n, one = len(target), left.dtype.type(1)
    _gemm((_PLAIN, _PLAIN, n, n, n, one, right, n, left, n, one - one, target, n))


@compiled
def _scaled(target: Any, factor: float, source: Any) -> None:
    for i in range(target.shape[0]):
        for j in range(target.shape[1]):
            target[i, j] = factor * source[i, j]


@compiled
def _combined(target: Any, left: Any, factor: float, right: Any) -> None:
    for i in range(target.shape[0]):
        for j in range(target.shape[1]):
            target[i, j] = left[i, j] + factor * right[i, j]
