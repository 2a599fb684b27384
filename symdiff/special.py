"""PyTorch's `torch.special`, and SciPy's special functions under SciPy's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .functions import elementary
from .graph.op import Op
from .ops import bessel
from .ops import elementwise as ew
from .ops import special as sp
from .tensors.names.elementwise import logit, mvlgamma, polygamma, round
from .tensors.names.reductions import log_softmax, logsumexp, softmax
from .tensors.names.table import called


def _special(name: str, op: Op) -> Callable[..., Any]:
    """An op that the tape shows as one of this namespace."""

    def function(*args: Any) -> Any:
        return called(op(*args), f"Special{name}Backward0")

    function.__name__ = function.__qualname__ = op.name
    return function


erf, erfc, erfinv, ndtr = sp.erf, sp.erfc, sp.erfinv, sp.ndtr
erfcx, ndtri = _special("Erfcx", sp.erfcx), _special("Ndtri", sp.ndtri)
log_ndtr = _special("LogNdtr", sp.log_ndtr)
gamma, gammaln, gammainc, gammaincc = sp.gamma, sp.gammaln, sp.gammainc, sp.gammaincc
digamma = psi = sp.digamma
multigammaln = mvlgamma
beta, betaln, betainc, zeta = sp.beta, sp.betaln, sp.betainc, _special("Zeta", sp.zeta)
entr, xlog1py = _special("Entr", sp.entr), _special("Xlog1Py", sp.xlog1py)
xlogy, sinc = sp.xlogy, sp.sinc
exp2, expm1, log1p = ew.exp2, ew.expm1, ew.log1p
expit, log_expit = ew.sigmoid, sp.log_expit
rel_entr, kl_div = elementary.rel_entr, elementary.kl_div

j0 = bessel_j0 = bessel.j0
j1 = bessel_j1 = bessel.j1
y0 = bessel_y0 = bessel.y0
y1 = bessel_y1 = bessel.y1
i0 = modified_bessel_i0 = bessel.i0
i1 = modified_bessel_i1 = _special("I1", bessel.i1)
k0 = modified_bessel_k0 = bessel.k0
k1 = modified_bessel_k1 = bessel.k1
i0e, i1e = _special("I0E", bessel.i0e), _special("I1E", bessel.i1e)
k0e = scaled_modified_bessel_k0 = bessel.k0e
k1e = scaled_modified_bessel_k1 = bessel.k1e
jv, yv, iv, ive, kv, kve = bessel.jv, bessel.yv, bessel.iv, bessel.ive, bessel.kv, bessel.kve

__all__ = [
    "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "beta", "betainc", "betaln", "digamma",
    "entr", "erf", "erfc", "erfcx", "erfinv", "exp2", "expit", "expm1", "gamma", "gammainc",
    "gammaincc", "gammaln", "i0", "i0e", "i1", "i1e", "iv", "ive", "j0", "j1", "jv", "k0", "k0e",
    "k1", "k1e", "kl_div", "kv", "kve", "log1p", "log_expit", "log_ndtr", "log_softmax", "logit",
    "logsumexp", "modified_bessel_i0", "modified_bessel_i1", "modified_bessel_k0",
    "modified_bessel_k1", "multigammaln", "ndtr", "ndtri", "polygamma", "psi", "rel_entr", "round",
    "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "sinc", "softmax", "xlog1py",
    "xlogy", "y0", "y1", "yv", "zeta",
]  # fmt: skip
