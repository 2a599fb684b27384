"""Functions along an axis of a matrix for Numba, which has them for whole arrays: row by row."""

from __future__ import annotations

_REDUCING = {
    **{name: f"np.{name}(row)" for name in "max min prod var std".split()},
    "argmax": "np.argmax(row)",
    "argmin": "np.argmin(row)",
    "norm": "np.sqrt(np.sum(row * row))",
    "logsumexp": "_logsumexp(row)",
}
_KEEPING = {
    "softmax": "_softmax(row)",
    "log_softmax": "row - _logsumexp(row)",
    "cumsum": "np.cumsum(row)",
    "cumprod": "np.cumprod(row)",
    "flip": "row[::-1]",
    "others": "_others(row)",
    "argsort": "np.argsort(row)",
}
_TYPES = {"argmax": "np.int64", "argmin": "np.int64", "argsort": "np.int64"}


def _text(name: str, of_row: str) -> str:
    keeps = name in _KEEPING
    shape = "rows.shape" if keeps else "len(rows)"
    result = "out if axis else np.ascontiguousarray(out.T)" if keeps else "out"
    return "\n".join([
        '\n@numba.njit(error_model="numpy")',
        f"def _{name}_along(x, axis):",
        f'    """{name} along an axis of a matrix."""',
        "    rows = np.ascontiguousarray(x) if axis else np.ascontiguousarray(x.T)",
        f"    out = np.empty({shape}, {_TYPES.get(name, 'np.float64')})",
        "    for k in range(len(rows)):",
        "        row = rows[k]",
        f"        out[k] = {of_row}",
        f"    return {result}\n",
    ])  # fmt: skip


ALONG = {f"{name}_along": _text(name, of_row) for name, of_row in (_REDUCING | _KEEPING).items()}
