"""What formulas' functions are called in NumPy and SciPy, and in Numba; what neither has is defined here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ...graph.exact import Exact
from ...graph.op import OpError
from ...ops.index import Span
from ..notation import Call, Listed, Name, Notation, Number, Subscript, Total
from ..patterns import from_pattern
from ..text import number_text
from . import definitions, rows, special
from .rewriting import mapped, renamed

Rule = Callable[[Call], Notation]


@dataclass(frozen=True)
class Target:
    """A library: its full names, the calls that need more than a name, and what is defined by hand."""

    name: str
    full: Mapping[str, str]
    rules: Mapping[str, Rule]
    defined: Mapping[str, str]

    def spelled(self, x: Notation) -> Notation:
        """The notation with every function as the library calls it."""
        x = mapped(x, self.spelled)
        if isinstance(x, Number):
            return self._number(x)
        if not isinstance(x, Call):
            return x
        rule = self.rules.get(x.function)
        x = rule(x) if rule is not None else x
        if not isinstance(x, Call) or not x.function.isidentifier() or x.function[0] == "_":
            return x
        if x.function not in self.full:
            raise OpError(f"source: there is no {x.function} that stands alone in {self.name}")
        return replace(x, function=self.full[x.function])

    def _number(self, x: Number) -> Notation:
        """Infinity and constants by their names, the latter with their formula."""
        if isinstance(x.value, Exact):
            return self.spelled(_with_module(from_pattern(x.value.formula, (), 0)))
        if isinstance(x.value, float) and not math.isfinite(x.value):
            return (
                Name(0, f"np.{number_text(abs(x.value))}") if not x.value < 0 else _MINUS_INFINITY
            )
        return x


_MINUS_INFINITY = Total(0, (-1,), (Name(0, "np.inf"),))


def _with_module(x: Notation) -> Notation:
    return renamed(x, {"pi": "np.pi", "e": "np.e"})


_UFUNCS = (
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan arcsin arccos arctan arctan2 hypot sinh "
    "cosh tanh arcsinh arccosh arctanh maximum minimum fmax fmin sign abs copysign heaviside isnan "
    "isfinite isinf logical_and logical_or logical_xor logical_not floor ceil trunc rint fmod "
    "logaddexp logaddexp2"
).split()
_ARRAYS = (
    "where clip sum mean prod max min any all var std cumsum cumprod outer diag eye ones zeros full "
    "einsum trace transpose reshape ravel concatenate stack pad flip broadcast_to tril triu argsort argmax "
    "argmin searchsorted zeros_like sinc arange"
).split()
_SPECIAL = (
    "j0 j1 jv y0 y1 yv i0 i1 iv i0e i1e ive k0 k1 kv k0e k1e kve erf erfc erfcx erfinv ndtr ndtri "
    "log_ndtr gamma gammaln digamma polygamma zeta beta betaln gammainc gammaincc betainc xlogy "
    "xlog1py entr logit log_expit logsumexp softmax log_softmax erfcinv binom exp1 expi exprel hyp1f1 "
    "hyp2f1 ellipk ellipe ellipkinc ellipeinc boxcox boxcox1p inv_boxcox inv_boxcox1p"
).split()
_LINEAR = "inv det solve cholesky pinv slogdet eigh qr norm".split()


def _under(prefix: str, names: Sequence[str]) -> dict[str, str]:
    return {name: f"{prefix}.{name}" for name in names}


# --- calls that need more than a name


def _norm(x: Call) -> Notation:
    """Of all entries if there is no axis: NumPy's norm of a matrix is another one for p != 2."""
    words = dict(x.keywords)
    p = words.pop("ord", 2)
    if p == 2:
        return Call(x.rank, "np.linalg.norm", x.args, tuple(words.items()))
    return Call(x.rank, "_norm", (*x.args, Number(0, p)), tuple(words.items()))


def _softplus(x: Call) -> Notation:
    return Call(x.rank, "np.logaddexp", (Number(0, 0.0), *x.args))


def _relu(x: Call) -> Notation:
    return Call(x.rank, "np.maximum", (*x.args, Number(0, 0.0)))


def _logdet(x: Call) -> Notation:
    return Subscript(x.rank, Call(x.rank, "np.linalg.slogdet", x.args), (1,))


def _svd(x: Call) -> Notation:
    return Call(x.rank, "np.linalg.svd", x.args, (("full_matrices", False),))


def _solve_triangular(x: Call) -> Notation:
    words = dict(x.keywords)
    words["unit_diagonal"] = words.pop("unit", False)
    words["trans"] = int(words.get("trans", False))
    return Call(x.rank, "linalg.solve_triangular", x.args, tuple(words.items()))


def _embed(x: Call) -> Notation:
    """The spans of the key as slices."""
    words = dict(x.keywords)
    entries = [_slice(k) if isinstance(k, Span) else str(k) for k in words["key"]]
    sizes = "".join(f"{n}, " for n in words["shape"])
    key = Name(0, f"({', '.join(entries)},)")
    return Call(x.rank, "_embed", (*x.args, key, Name(0, f"({sizes.rstrip()})")))


def _slice(span: Span) -> str:
    """A negative step never meets a stop below 0, which would count from the end."""
    stop = span.start + span.length * span.step
    ends = (
        f"{span.start}, {stop}"
        if span.step > 0
        else f"{span.start}, {stop} if {stop} >= 0 else None"
    )
    return f"slice({ends}, {span.step})"


def _of_tuple(x: Call) -> Notation:
    """Numba wants a tuple."""
    (listed,) = x.args
    assert isinstance(listed, Listed)
    return Call(x.rank, f"np.{x.function}", (Call(x.rank, "", listed.items),), x.keywords)


def _sum(x: Call) -> Notation:
    """Numba sums over one axis at a time."""
    axis = dict(x.keywords).get("axis")
    whole = x.args[0]
    for k in sorted(axis, reverse=True) if isinstance(axis, tuple) else [axis]:
        words = () if k is None else (("axis", k),)
        whole = Call(whole.rank - 1, "np.sum", (whole,), words)
    return whole


def _mean(x: Call) -> Notation:
    """Numba knows the mean of a whole array only."""
    return Call(x.rank, "_mean" if x.keywords else "np.mean", x.args, x.keywords)


def _pad(x: Call) -> Notation:
    if x.rank > 2:
        return _refused(x)
    return Call(x.rank, "_pad" if x.rank == 1 else "_pad2", x.args)


def _whole(x: Call) -> Notation:
    """What Numba has for a whole array; along an axis of a matrix, row by row."""
    axis = dict(x.keywords).get("axis")
    if axis is None:
        return x
    if isinstance(axis, tuple) or x.args[0].rank != 2 or len(x.keywords) > 1:
        return _refused(x)
    return Call(x.rank, f"_{x.function}_along", (x.args[0], Number(0, axis % 2)))


def _over_the_only_axis(x: Call) -> Notation:
    """Along the axis of a vector, or of a matrix, row by row."""
    return replace(x, keywords=()) if x.args[0].rank == 1 else _whole(x)


def _norm_for_numba(x: Call) -> Notation:
    if "ord" in dict(x.keywords):
        return _refused(x)
    return _whole(x) if x.keywords else Call(x.rank, "np.linalg.norm", x.args)


def _embed_for_numba(x: Call) -> Notation:
    words = dict(x.keywords)
    return _embed(x) if len(words["shape"]) == x.rank else _refused(x)


def _scatter_add_for_numba(x: Call) -> Notation:
    alone = len(x.args) == 2 and x.args[0].rank == 1
    return replace(x, function="_scatter_add") if alone else _refused(x)


def _convolve(x: Call) -> Call:
    vectors = all(a.rank == 1 for a in x.args) and not x.keywords
    return replace(x, function="np.convolve" if vectors else "_convolve")


def _convolve_for_numba(x: Call) -> Notation:
    spelled = _convolve(x)
    return spelled if spelled.function == "np.convolve" else _refused(x)


def _recurrence(x: Call) -> Notation:
    return Call(x.rank, "_recurrence", (*x.args, Name(0, str(dict(x.keywords)["reverse"]))))


def _refused(x: Call) -> Notation:
    raise OpError(f"source: Numba has no {x.function} along an axis; source('numpy') has it")


NUMPY = Target(
    name="numpy",
    full={
        **_under("np", _UFUNCS + _ARRAYS),
        **_under("special", _SPECIAL),
        **_under("np.linalg", _LINEAR),
        "sigmoid": "special.expit",
        "expm": "linalg.expm",
        "others": "_others",
        "strongmul": "_strongmul",
        "scatter_add": "_scatter_add",
        "undetermined": "_undetermined",
        "cofactor_slope": "_cofactor_slope",
    },
    rules={
        "norm": _norm,
        "logdet": _logdet,
        "softplus": _softplus,
        "relu": _relu,
        "solve_triangular": _solve_triangular,
        "svd": _svd,
        "embed": _embed,
        "recurrence": _recurrence,
        "convolve": _convolve,
        "astype": lambda x: x.args[0],
    },
    defined=definitions.NUMPY,
)

_NOT_NUMBA = {"einsum", "pad", "heaviside", "logical_xor", "any", "all"}
_ONE_DIMENSIONAL = ("cumsum", "cumprod", "flip", "others", "argsort", "softmax", "log_softmax")
_WHOLE = "prod max min var std argmax argmin logsumexp".split()

_FOR_NUMBA = {"of_scipy": special.FINDER, **special.SPECIAL, **definitions.FOR_NUMBA, **rows.ALONG}

NUMBA = Target(
    name="numba",
    full={
        **_under("np", [n for n in _UFUNCS + _ARRAYS if n not in _NOT_NUMBA]),
        **_under("np.linalg", _LINEAR),
        **{name: f"_{name}" for name in _FOR_NUMBA},
    },
    rules={
        **dict.fromkeys(_WHOLE, _whole),
        **dict.fromkeys(_ONE_DIMENSIONAL, _over_the_only_axis),
        "norm": _norm_for_numba,
        "logdet": _logdet,
        "stack": _of_tuple,
        "embed": _embed_for_numba,
        "scatter_add": _scatter_add_for_numba,
        "recurrence": _recurrence,
        "convolve": _convolve_for_numba,
        "softplus": _softplus,
        "relu": _relu,
        "astype": lambda x: x.args[0],
        "sum": _sum,
        "mean": _mean,
        "pad": _pad,
        "concatenate": _of_tuple,
    },
    defined={f"_{name}": text for name, text in _FOR_NUMBA.items()},
)
TARGETS = {"numpy": NUMPY, "numba": NUMBA}
