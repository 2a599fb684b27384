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
def _scatter_add(x, *where, shape, after=0):
    """Zeros, to which each part of x is added at its place; axes before and after the places stay."""
    last = x.ndim - after
    lead = x.shape[: last - np.broadcast(*where).ndim]
    out = np.zeros((*lead, *shape, *x.shape[last:]))
    np.add.at(out, (..., *where, *[slice(None)] * after), x)
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

_CONVOLVE = '''
def _convolve(x, k, start=0, length=None):
    """The convolution along the last axes, or a stretch of it, surrounded by zeros."""
    whole = np.vectorize(np.convolve, signature="(n),(m)->(k)")(x, k)
    places = start + np.arange(whole.shape[-1] if length is None else length)
    inside = (places >= 0) & (places < whole.shape[-1])
    return np.where(inside, whole[..., np.where(inside, places, 0)], 0.0)
'''
_RECURRENCE = '''
def _recurrence(a, b, reverse):
    """y[k] = b[k] + a[k]*y[k - 1] along the last axis, or the other way round."""
    y = np.array(b, dtype=np.float64)
    places = range(y.shape[-1] - 2, -1, -1) if reverse else range(1, y.shape[-1])
    for k in places:
        y[..., k] += a[..., k] * y[..., k + 1 if reverse else k - 1]
    return y
'''
_COFACTOR_SLOPE = '''
def _cofactor_slope(a, e):
    """How the cofactor matrix det(a)*inv(a).T of a changes along e."""
    x = np.swapaxes(np.linalg.inv(a), -1, -2)
    turned = np.swapaxes(e, -1, -2)
    along = np.sum(e * x, axis=(-2, -1), keepdims=True)
    return np.linalg.det(a)[..., None, None] * (along * x - x @ turned @ x)
'''

NUMPY = {
    "_others": _OTHERS, "_norm": _NORM, "_strongmul": _STRONGMUL, "_undetermined": _UNDETERMINED,
    "_scatter_add": _SCATTER_ADD, "_embed": _EMBED, "_recurrence": _RECURRENCE,
    "_cofactor_slope": _COFACTOR_SLOPE,
    "_convolve": _CONVOLVE,
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
    "log_softmax": _compiled(
        "_log_softmax(x)", "log(softmax(x)), without overflow.", "return x - _logsumexp(x)",
    ),
    "heaviside": _vectorized(
        "_heaviside(x, h)", "0 below 0, 1 above, h at 0.",
        "return 0.0 if x < 0 else 1.0 if x > 0 else x if x != x else h",
    ),
    "scatter_add": _compiled(
        "_scatter_add(x, where, shape)", "Zeros, to which each entry of x is added at its place.",
        "out = np.zeros(shape)",
        "for k in range(len(x)):",
        "    out[where[k]] += x[k]",
        "return out",
    ),
    "embed": _compiled(
        "_embed(x, key, shape)", "Zeros, with x at a place.",
        "out = np.zeros(shape)",
        "out[key] = x",
        "return out",
    ),
    "recurrence": _compiled(
        "_recurrence(a, b, reverse)", "y[k] = b[k] + a[k]*y[k - 1], or the other way round.",
        "y = b.astype(np.float64)",
        "n = y.shape[-1]",
        "for k in range(1, n):",
        "    here, before = (n - 1 - k, n - k) if reverse else (k, k - 1)",
        "    y[..., here] += a[..., here] * y[..., before]",
        "return y",
    ),
    "cofactor_slope": _compiled(
        "_cofactor_slope(a, e)", "How the cofactor matrix det(a)*inv(a).T of a changes along e.",
        "x = np.ascontiguousarray(np.linalg.inv(a).T)",
        "each = np.ascontiguousarray(e).reshape((-1, *a.shape))",
        "out = np.empty_like(each)",
        "for k in range(len(each)):",
        "    out[k] = np.sum(each[k] * x) * x - x @ np.ascontiguousarray(each[k].T) @ x",
        "return np.linalg.det(a) * out.reshape(e.shape)",
    ),
    "pad2": _compiled(
        "_pad2(x, widths)", "Zeros around the matrix x.",
        "(a, b), (c, d) = widths",
        "m, n = x.shape",
        "out = np.zeros((a + m + b, c + n + d))",
        "out[a : a + m, c : c + n] = x",
        "return out",
    ),
    "pad": _compiled(
        "_pad(x, widths)", "Zeros before and after x.",
        "return np.concatenate((np.zeros(widths[0]), x, np.zeros(widths[1])))",
    ),
}  # fmt: skip
