"""Products of vectors and matrices by PyTorch's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...functions import diagonals, elimination, linear, norms, products, reducing, summation
from ...functions.axes import shape_of
from ...functions.shaping import swapaxes
from ...graph.exact import is_number
from ...ops import elementwise as ew
from ...ops.contract import einsum as contraction
from .table import METHODS, called, offer, return_type

_Lu = return_type("lu_unpack", "P L U")
SlogDet = return_type("slogdet", "sign logabsdet")
_Qr, _Svd = return_type("qr", "Q R"), return_type("svd", "U S V")
_Solved = return_type("triangular_solve", "solution cloned_coefficient")


def _ranks(name: str, xs: Sequence[Any], wanted: Sequence[int]) -> None:
    ranks = [len(shape_of(x)) for x in xs]
    if ranks != list(wanted):
        due, got = (" and ".join(f"{n}D" for n in found) for found in (wanted, ranks))
        raise RuntimeError(f"{name}: {due} tensors expected, but got {got} tensors")


@offer(grad_fn="")
def matmul(input: Any, other: Any) -> Any:
    """input @ other, for vectors, matrices and stacks of matrices."""
    return products.matmul(input, other)


@offer()
def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices."""
    _ranks("mm", (input, mat2), (2, 2))
    return products.matmul(input, mat2)


@offer()
def mv(input: Any, vec: Any) -> Any:
    """A matrix times a vector."""
    _ranks("mv", (input, vec), (2, 1))
    return products.matmul(input, vec)


@offer()
def bmm(input: Any, mat2: Any) -> Any:
    """The products of two stacks of matrices."""
    _ranks("bmm", (input, mat2), (3, 3))
    return products.matmul(input, mat2)


@offer()
def dot(input: Any, tensor: Any) -> Any:
    """The sum of the products of two vectors' elements."""
    _ranks("dot", (input, tensor), (1, 1))
    return products.matmul(input, tensor)


@offer()
def vdot(input: Any, other: Any) -> Any:
    """The sum of products of two vectors' elements."""
    return dot(input, other)


@offer(grad_fn="")
def inner(input: Any, other: Any) -> Any:
    """The sum of products over the last axis of both."""
    return products.inner(input, other)


@offer("ger", grad_fn="MulBackward0")
def outer(input: Any, vec2: Any) -> Any:
    """All products of an element of the one and one of the other."""
    _ranks("outer", (input, vec2), (1, 1))
    return products.outer(input, vec2)


def _added(input: Any, product: Any, beta: Any, alpha: Any) -> Any:
    """beta*input + alpha*product; a beta of 0 leaves the input out, NaN and all."""
    product = product if is_number(alpha) and alpha == 1 else ew.mul(alpha, product)
    if is_number(beta) and beta == 0:
        return ew.add(ew.mul(ew.where(True, 0.0, input), 0), product)
    return ew.add(input if is_number(beta) and beta == 1 else ew.mul(beta, input), product)


@offer(inplace=True)
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta*input + alpha*(mat1 @ mat2)."""
    return _added(input, mm(mat1, mat2), beta, alpha)


@offer(inplace=True)
def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta*input + alpha*(mat @ vec)."""
    return _added(input, mv(mat, vec), beta, alpha)


@offer(inplace=True)
def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta*input + alpha*outer(vec1, vec2)."""
    return _added(input, outer(vec1, vec2), beta, alpha)


@offer(inplace=True)
def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta*input + alpha*(batch1 @ batch2), for stacks of matrices."""
    return _added(input, bmm(batch1, batch2), beta, alpha)


@offer(inplace=True)
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta*input + alpha*(the sum over the stack of batch1 @ batch2)."""
    _ranks("addbmm", (batch1, batch2), (3, 3))
    return _added(input, summation.einsum("bij,bjk->ik", batch1, batch2), beta, alpha)


@offer(method=False, grad_fn="")
def einsum(equation: str, *operands: Any) -> Any:
    """The sum of products that the equation tells: `einsum("ij,jk->ik", a, b)`."""
    is_list = len(operands) == 1 and isinstance(operands[0], (tuple, list))
    y = summation.einsum(equation, *(operands[0] if is_list else operands))
    node = getattr(y, "_node", None)
    return called(y, "ViewBackward0") if node is not None and node.op is contraction else y


@offer(method=False, grad_fn="ViewBackward0")
def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """The sum over pairs of axes, or over so many last axes of a and first ones of b."""
    if is_number(dims):
        return products.tensordot(a, b, dims)
    for p, q in zip(*dims):  # an axis of size 1 meets one that is summed
        if shape_of(a)[p] == 1:
            b = reducing.sum(b, q, keepdims=True)
        elif shape_of(b)[q] == 1:
            a = reducing.sum(a, p, keepdims=True)
    return products.tensordot(a, b, dims)


@offer(grad_fn="UnsafeViewBackward0")
def kron(input: Any, other: Any) -> Any:
    """Kronecker's product: blocks of other, each times an element of input."""
    return products.kron(input, other)


@offer(method=False, grad_fn="")
def chain_matmul(*matrices: Any) -> Any:
    """The product of several matrices."""
    return products.multi_dot(matrices)


@offer(grad_fn="LinalgCrossBackward0")
def cross(input: Any, other: Any, dim: int | None = None) -> Any:
    """The cross product of vectors of three along an axis, by default the first of that size."""
    shape = shape_of(input)
    axis = next((k for k, n in enumerate(shape) if n == 3), -1) if dim is None else dim
    rank = max(len(shape), len(shape_of(other)))
    axis = axis - rank if axis >= 0 else axis
    return products.cross(input, other, axis=axis)


@offer(method=False)
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: Any = None) -> Any:
    """The p-norms of all differences of a row of x1 and a row of x2."""
    return norms.cdist(x1, x2, p)


# --- matrices


@offer()
def trace(input: Any) -> Any:
    """The sum of the diagonal."""
    return linear.trace(input)


@offer(grad_fn="LinalgDetBackward0")
def det(input: Any) -> Any:
    """The determinant of a square matrix, or of each in a stack."""
    return linear.det(input)


@offer(grad_fn="")
def logdet(input: Any) -> Any:
    """The logarithm of the determinant: NaN where that is negative."""
    return linear.logdet(input)


@offer(grad_fn="LinalgSlogdetBackward0")
def slogdet(input: Any) -> Any:
    """(sign, logabsdet) of the determinant."""
    return SlogDet(*linear.slogdet(input))


@offer(grad_fn="LinalgInvExBackward0")
def inverse(input: Any) -> Any:
    """The inverse of a square matrix, or of each in a stack."""
    return linear.inv(input)


@offer(grad_fn="LinalgPinvBackward0")
def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """The pseudo-inverse of a matrix, by its singular values."""
    return linear.pinv(input, rcond)


@offer("linalg_matrix_exp", grad_fn="LinalgMatrixExpBackward0")
def matrix_exp(input: Any) -> Any:
    """The exponential of a matrix."""
    return linear.expm(input)


@offer(grad_fn="")
def matrix_power(input: Any, n: int) -> Any:
    """A square matrix times itself, n times in all; its inverse for negative n."""
    return linear.matrix_power(input, n)


@offer()
def cholesky(input: Any, upper: bool = False) -> Any:
    """The triangular factor l of input = l l.T."""
    return linear.cholesky(input, upper=upper)


@offer(grad_fn="")
def cholesky_solve(input: Any, L: Any, upper: bool = False) -> Any:
    """x of a x = input, where a = L L.T (or L.T L)."""
    lower = swapaxes(L, -1, -2) if upper else L
    half = linear.solve_triangular(lower, input, lower=True)
    return linear.solve_triangular(swapaxes(lower, -1, -2), half, lower=False)


@offer(grad_fn="")
def cholesky_inverse(input: Any, upper: bool = False) -> Any:
    """The inverse of a matrix given by its Cholesky factor, of which one triangle is read."""
    half = linear.inv(diagonals.tril(swapaxes(input, -1, -2) if upper else input))
    return products.matmul(swapaxes(half, -1, -2), half)


@offer(grad_fn="LinalgQrBackward0")
def qr(input: Any, some: bool = True) -> Any:
    """Orthogonal q and upper triangular r whose product is the matrix."""
    return _Qr(*linear.qr(input, "reduced" if some else "complete"))


@offer(grad_fn="LinalgSvdBackward0")
def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """(U, S, V) with input = U diag(S) V.T."""
    u, s, vh = linear.svd(input, full_matrices=not some)
    return _Svd(u, s, swapaxes(vh, -1, -2))


@offer(grad_fn="")
def triangular_solve(
    b: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    """(x, A) with A x = b for a triangular A."""
    return _Solved(linear.solve_triangular(A, b, not upper, transpose, unitriangular), A)


@offer(grad_fn="LinalgHouseholderProductBackward0")
def orgqr(input: Any, tau: Any) -> Any:
    """The orthogonal matrix that Householder's reflectors make."""
    return elimination.householder_product(input, tau)


@offer()
def ormqr(input: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False) -> Any:
    """Q @ other (other @ Q unless `left`; Q.T for Q, if asked), Q being a product of reflections."""
    return elimination.with_reflections(input, tau, other, left=left, transpose=transpose)


@offer(grad_fn="LinalgLuFactorExBackward0")
def lu(A: Any, pivot: bool = True, get_infos: bool = False) -> tuple[Any, ...]:
    """L without its diagonal and U in one matrix, and the pivots."""
    both, pivots = elimination.lu_factor(A)
    infos = A.new_zeros(shape_of(A)[:-2], dtype=np.int32)
    return (both, pivots, infos) if get_infos else (both, pivots)


@offer(grad_fn="LinalgLuSolveBackward0")
def lu_solve(b: Any, LU_data: Any, LU_pivots: Any) -> Any:
    """x of a x = b for a factored a."""
    return elimination.lu_solve(LU_data, LU_pivots, b)


@offer(method=False)
def lu_unpack(
    LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True
) -> Any:
    """(P, L, U) of a packed factorisation; what is not asked for is empty."""
    none = LU_data.new_zeros(0)
    p = (
        elimination.permutation(LU_pivots, shape_of(LU_data)[-2], LU_data)
        if unpack_pivots
        else none
    )
    if not unpack_data:
        return _Lu(p, none, none)
    return _Lu(p, elimination.lower(LU_data), elimination.upper(LU_data))


METHODS["__rdiv__"] = lambda self, other: ew.div(other, self)
