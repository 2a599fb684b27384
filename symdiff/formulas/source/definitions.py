"""Short functions that a standalone source brings along, as text: none of the libraries has them."""

from __future__ import annotations

_OTHERS = '''
def _others(x, axis):
    """The product of all entries but one, along an axis."""
    x = np.moveaxis(x, axis, -1)
    ones = np.ones_like(x[..., :1])
    before = np.cumprod(np.concatenate([ones, x[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, x[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return np.moveaxis(before * after, -1, axis)
'''
_NORM = '''
def _norm(x, p, axis=None):
    """The p-norm of the entries."""
    return np.sum(np.abs(x) ** p, axis=axis) ** (1 / p)
'''
_STRONGMUL = '''
def _strongmul(g, s):
    """g*s, but 0 where g is 0, even if s is infinite or no number."""
    return np.where(g == 0, 0.0, g * s)
'''
_UNDETERMINED = '''
def _undetermined(x, doubt, why):
    """x, but no number where it is not determined."""
    return np.where(doubt, np.nan, x)
'''
_SCATTER_ADD = '''
def _scatter_add(x, *where, shape):
    """Zeros, to which each entry of x is added at its place."""
    out = np.zeros(shape)
    np.add.at(out, where, x)
    return out
'''
_EMBED = '''
def _embed(x, key, shape):
    """Zeros, with x at a place in the last axes."""
    lead = x.shape[: x.ndim - sum(isinstance(k, slice) for k in key)]
    out = np.zeros((*lead, *shape))
    out[(..., *key)] = x
    return out
'''

NUMPY = {
    "_others": _OTHERS, "_norm": _NORM, "_strongmul": _STRONGMUL, "_undetermined": _UNDETERMINED,
    "_scatter_add": _SCATTER_ADD, "_embed": _EMBED,
}  # fmt: skip


def _vectorized(signature: str, doc: str, *lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f'\n@numba.vectorize\ndef {signature}:\n    """{doc}"""\n{body}'


def _compiled(signature: str, doc: str, *lines: str) -> str:
    text = _vectorized(signature, doc, *lines)
    return text.replace("@numba.vectorize", '@numba.njit(error_model="numpy")')


FOR_NUMBA = {
    "sigmoid": _vectorized(
        "_sigmoid(x)", "1/(1 + exp(-x)), without overflow.",
        "e = math.exp(-abs(x))",
        "return 1 / (1 + e) if x >= 0 else e / (1 + e)",
    ),
    "erf": _vectorized("_erf(x)", "The error function.", "return math.erf(x)"),
    "erfc": _vectorized("_erfc(x)", "1 - erf(x), exact for large x.", "return math.erfc(x)"),
    "gamma": _vectorized("_gamma(x)", "The gamma function.", "return math.gamma(x)"),
    "gammaln": _vectorized("_gammaln(x)", "log(abs(gamma(x))).", "return math.lgamma(x)"),
    "strongmul": _vectorized(
        "_strongmul(g, s)", "g*s, but 0 where g is 0, even if s is infinite or no number.",
        "return 0.0 if g == 0 else g * s",
    ),
    "softmax": _compiled(
        "_softmax(x)", "exp(x), scaled to the sum 1.",
        "e = np.exp(x - np.max(x))",
        "return e / np.sum(e)",
    ),
    "logsumexp": _compiled(
        "_logsumexp(x)", "log(sum(exp(x))), without overflow.",
        "peak = np.max(x)",
        "return np.log(np.sum(np.exp(x - peak))) + peak",
    ),
    "others": _compiled(
        "_others(x)", "The product of all entries but one.",
        "out = np.ones_like(x)",
        "for k in range(1, x.size):",
        "    out[k] = out[k - 1] * x[k - 1]",
        "after = 1.0",
        "for k in range(x.size - 1, -1, -1):",
        "    out[k] *= after",
        "    after *= x[k]",
        "return out",
    ),
    "mean": _compiled(
        "_mean(x, axis)", "The mean along an axis.",
        "return np.sum(x, axis=axis) / x.shape[axis]",
    ),
    "pad": _compiled(
        "_pad(x, widths)", "Zeros before and after x.",
        "return np.concatenate((np.zeros(widths[0]), x, np.zeros(widths[1])))",
    ),
}  # fmt: skip
