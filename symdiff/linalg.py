"""PyTorch's `torch.linalg`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .functions import creation, elimination, linear, norms, products, shaping
from .functions.axes import shape_of
from .graph.late import late_names
from .handles.handle import Handle
from .tensors.names.conversion import cast
from .tensors.names.products import cross as cross_by_any
from .tensors.names.reductions import over
from .tensors.names.table import LinAlgError as LinAlgError
from .tensors.names.table import return_type, spoken

_NO_COMPLEX = "eigenvalues are complex in general; eigh and eigvalsh take symmetric matrices"
_NO_LDL = "solve takes every square matrix, cholesky factors positive definite ones"
_ABSENT = {
    "eig": _NO_COMPLEX,
    "eigvals": _NO_COMPLEX,
    "ldl_factor": _NO_LDL,
    "ldl_factor_ex": _NO_LDL,
    "ldl_solve": _NO_LDL,
}
__getattr__, __dir__ = late_names(__name__, {}, absent=_ABSENT)

_Eigh = return_type("linalg_eigh", "eigenvalues eigenvectors")
_Qr, _Svd = return_type("linalg_qr", "Q R"), return_type("linalg_svd", "U S Vh")
_Slogdet = return_type("linalg_slogdet", "sign logabsdet")
_Lstsq = return_type("linalg_lstsq", "solution residuals rank singular_values")
_CholeskyEx, _InvEx = (
    return_type("linalg_cholesky_ex", "L info"),
    return_type("linalg_inv_ex", "inverse info"),
)
_SolveEx = return_type("linalg_solve_ex", "result info")
_Lu, _LuFactor = return_type("linalg_lu", "P L U"), return_type("linalg_lu_factor", "LU pivots")
_LuFactorEx = return_type("linalg_lu_factor_ex", "LU pivots info")


# --- norms


@spoken("LinalgVectorNormBackward0", scalar_as_row=True)
def vector_norm(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """The norm of all elements, or of the vectors along the axes."""
    return norms.vector_norm(cast(x, dtype), ord, over(dim), keepdims=keepdim)


@spoken("")
def matrix_norm(
    A: Any, ord: Any = "fro", dim: Sequence[int] = (-2, -1), keepdim: bool = False, *,
    dtype: Any = None,
) -> Any:  # fmt: skip
    """The norm of the matrices in two axes."""
    return norms.matrix_norm(cast(A, dtype), ord, dim, keepdims=keepdim)


@spoken("")
def norm(
    A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """The norm of a vector or a matrix, whichever `dim` (or else A) tells."""
    if dim is None and ord is None:
        return vector_norm(A, 2, None, keepdim, dtype=dtype)
    axes = tuple(range(len(shape_of(A)))) if dim is None else dim
    axes = axes if isinstance(axes, (tuple, list)) else (axes,)
    if len(axes) == 2 and ord is not None:
        return matrix_norm(A, ord, axes, keepdim, dtype=dtype)
    return vector_norm(A, 2 if ord is None else ord, axes, keepdim, dtype=dtype)


@spoken("")
def cond(A: Any, p: Any = None) -> Any:
    """The condition number in the norm p."""
    return norms.cond(A, p)


# --- products


@spoken("")
def matmul(input: Any, other: Any) -> Any:
    """The product of matrices in the last two axes, `@`."""
    return products.matmul(input, other)


@spoken("")
def multi_dot(tensors: Sequence[Any]) -> Any:
    """The product of several matrices, in the order that costs least."""
    return products.multi_dot(tensors)


@spoken("")
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """The sums of products along an axis."""
    return products.vecdot(x, y, dim)


@spoken("LinalgCrossBackward0")
def cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """The vector at right angles to two of three elements each, along an axis."""
    return cross_by_any(input, other, dim)


@spoken("")
def matrix_power(A: Any, n: int) -> Any:
    """A multiplied by itself, n factors; for n below 0 the inverse by itself."""
    return linear.matrix_power(A, n)


@spoken("LinalgMatrixExpBackward0")
def matrix_exp(A: Any) -> Any:
    """The sum of A^k/k! over all k from 0."""
    return linear.expm(A)


# --- equations


@spoken("LinalgSolveExBackward0")
def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """X of A X = B, or of X A = B unless `left`; B is a vector where its shape says so."""
    if not left:
        return _turned(solve(_turned(A), _turned(B)))
    if _is_batch_of_vectors(shape_of(A), shape_of(B)):
        return shaping.squeeze(linear.solve(A, shaping.expand_dims(B, -1)), -1)
    return linear.solve(A, B)


def _is_batch_of_vectors(a: Sequence[Any], b: Sequence[Any]) -> bool:
    return len(b) == 1 or (len(a) - 1 == len(b) and tuple(a[:-1]) == tuple(b))


def _turned(x: Any) -> Any:
    return shaping.swapaxes(x, -1, -2)


@spoken("")
def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    """(result, info) of `solve`; info is 0, a singular matrix is a LinAlgError."""
    return _SolveEx(solve(A, B, left=left), _no_errors(A))


@spoken("LinalgSolveTriangularBackward0")
def solve_triangular(
    A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    """X of A X = B (X A = B unless `left`) for a triangular A."""
    if not left:
        X = linear.solve_triangular(_turned(A), _turned(B), lower=upper, unit=unitriangular)
        return _turned(X)
    return linear.solve_triangular(A, B, lower=not upper, unit=unitriangular)


@spoken("LinalgLstsqBackward0")
def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The X that makes |A X - B| least."""
    found, driver = linear.lstsq(A, B, rcond), driver or "gelsy"
    residuals = found.residuals if driver != "gelsy" else shaping.ravel(found.solution)[:0]
    rank = A.new_zeros(0, dtype=np.int64) if driver == "gels" else _as_tensor(found.rank, A)
    values = found.singular_values.detach() if driver in ("gelss", "gelsd") else A.new_zeros(0)
    return _Lstsq(found.solution, residuals, rank, values)


def _as_tensor(x: Any, like: Any) -> Any:
    return x if isinstance(x, Handle) else like.new_tensor(x, dtype=np.int64)


@spoken("LinalgInvExBackward0")
def inv(A: Any) -> Any:
    """The inverse; a LinAlgError if there is none."""
    return linear.inv(A)


@spoken("")
def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    """(inverse, info) of `inv`; info is 0, a singular matrix is a LinAlgError."""
    return _InvEx(inv(A), _no_errors(A))


def _no_errors(A: Any) -> Any:
    return A.new_zeros(shape_of(A)[:-2], dtype=np.int32)


@spoken("LinalgPinvBackward0")
def pinv(
    A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Any:
    """The pseudo-inverse; singular values up to max(atol, rtol * largest) count as zero."""
    if rtol is None and rcond is None and atol is None:
        rtol = max(shape_of(A)[-2:]) * np.finfo(np.dtype(A.dtype)).eps
    return linear.pinv(A, rcond, hermitian, rtol=rtol, atol=atol)


@spoken("")
def tensorinv(A: Any, ind: int = 2) -> Any:
    """The inverse of A as a map from its last axes to the first `ind`."""
    shape = shape_of(A)
    n = math.prod(shape[ind:])
    y = linear.inv(shaping.reshape(A, (n, n)))
    return shaping.reshape(y, (*shape[ind:], *shape[:ind]))


@spoken("")
def tensorsolve(A: Any, B: Any, dims: Sequence[int] | None = None) -> Any:
    """X with tensordot(A, X) = B."""
    if dims is not None:
        A = shaping.moveaxis(A, tuple(dims), range(-len(dims), 0))
    rest = shape_of(A)[len(shape_of(B)) :]
    n = math.prod(rest)
    x = linear.solve(shaping.reshape(A, (n, n)), shaping.reshape(B, (-1,)))
    return shaping.reshape(x, rest)


# --- determinants, ranks


@spoken("LinalgDetBackward0")
def det(A: Any) -> Any:
    """The determinant; its gradient is finite for singular matrices too."""
    return linear.det(A)


@spoken("LinalgSlogdetBackward0")
def slogdet(A: Any) -> Any:
    """(sign, logabsdet) of the determinant."""
    return _Slogdet(*linear.slogdet(A))


@spoken("")
def matrix_rank(A: Any, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Any:
    """How many singular values count as more than 0."""
    return _as_tensor(linear.matrix_rank(A, atol, hermitian, rtol=rtol), A)


@spoken("DiagonalBackward0")
def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The elements on a diagonal of the matrices, along a new last axis."""
    return shaping.diagonal(A, offset, dim1, dim2)


@spoken("")
def vander(x: Any, *, N: int | None = None) -> Any:
    """The powers of the last axis as rows, the lowest first."""
    x = shaping.atleast_1d(x)
    n = int(shape_of(x)[-1]) if N is None else N
    powers = np.arange(n)
    return shaping.expand_dims(x, -1) ** creation.astype(powers, np.dtype(x.dtype))


# --- factorisations


@spoken("LinalgCholeskyExBackward0")
def cholesky(A: Any, *, upper: bool = False) -> Any:
    """The triangular factor of a positive definite matrix."""
    return linear.cholesky(A, upper=upper)


@spoken("")
def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    """(L, info) of `cholesky`; info is 0, an indefinite matrix is a LinAlgError."""
    return _CholeskyEx(cholesky(A, upper=upper), _no_errors(A))


@spoken("LinalgQrBackward0")
def qr(A: Any, mode: str = "reduced") -> Any:
    """(Q, R); Q is empty for the mode "r"."""
    if mode == "r":
        return _Qr(A.new_zeros(0), linear.qr(A, "r"))
    return _Qr(*linear.qr(A, mode))


@spoken("LinalgEighBackward0")
def eigh(A: Any, UPLO: str = "L") -> Any:
    """(eigenvalues, eigenvectors) of symmetric matrices."""
    return _Eigh(*linear.eigh(A, UPLO))


@spoken("LinalgEighBackward0")
def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices, ascending; one triangle is read."""
    return linear.eigvalsh(A, UPLO)


@spoken("LinalgSvdBackward0")
def svd(A: Any, full_matrices: bool = True, *, driver: Any = None) -> Any:
    """(U, S, Vh) with A = U diag(S) Vh."""
    return _Svd(*linear.svd(A, full_matrices))


@spoken("LinalgSvdBackward0")
def svdvals(A: Any, *, driver: Any = None) -> Any:
    """The singular values, descending."""
    return linear.svdvals(A)


@spoken("LinalgLuFactorExBackward0")
def lu_factor(A: Any, *, pivot: bool = True) -> Any:
    """(LU, pivots): L without its diagonal and U in one matrix, as LAPACK gives them."""
    _pivoting("lu_factor", pivot)
    return _LuFactor(*elimination.lu_factor(A))


def _pivoting(name: str, pivot: bool) -> None:
    if not pivot:
        raise RuntimeError(f"linalg.{name}: LU without pivoting is not implemented on the CPU")


@spoken("LinalgLuFactorExBackward0")
def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """(LU, pivots, info) of `lu_factor`; info is 0."""
    return _LuFactorEx(*lu_factor(A, pivot=pivot), _no_errors(A))


@spoken("LinalgLuBackward0")
def lu(A: Any, *, pivot: bool = True) -> Any:
    """(P, L, U) with A = P L U."""
    _pivoting("lu", pivot)
    both, pivots = elimination.lu_factor(A)
    P = elimination.permutation(pivots, shape_of(A)[-2], both)
    return _Lu(P.detach(), elimination.lower(both), elimination.upper(both))


@spoken("LinalgLuSolveBackward0")
def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """X of A X = B (X A = B unless `left`; with A.T for A, if adjoint) for a factored A."""
    if not left:
        return _turned(lu_solve(LU, pivots, _turned(B), adjoint=not adjoint))
    return elimination.lu_solve(LU, pivots, B, adjoint=adjoint)


@spoken("LinalgHouseholderProductBackward0")
def householder_product(A: Any, tau: Any) -> Any:
    """The first columns of the product of reflections 1 - tau v v.T, each v in a column of A."""
    return elimination.householder_product(A, tau)
