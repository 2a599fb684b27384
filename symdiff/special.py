"""PyTorch's `torch.special`, and SciPy's special functions under SciPy's names."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .functions import elementary, orthogonal
from .graph.late import late_names
from .graph.naming import named
from .graph.op import Op
from .ops import bessel, hypergeometric
from .ops import elementwise as ew
from .ops import special as sp
from .tensors.names.elementwise import logit, mvlgamma, polygamma, round
from .tensors.names.reductions import log_softmax, logsumexp, softmax
from .tensors.names.table import called, camel, spoken


def _special(name: str, op: Op) -> Callable[..., Any]:
    """An op that the tape shows as one of this namespace."""

    def function(*args: Any) -> Any:
        return called(op(*args), f"Special{name}Backward0")

    return named(function, op.name, f"{op.name} of its arguments, element by element, broadcast.")


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
_AIRY = "scipy.special.airy has the values; their derivatives have no rule here"
__getattr__, __dir__ = late_names(__name__, {}, absent={"airy_ai": _AIRY})


def _polynomial(name: str) -> Callable[..., Any]:
    """A family of polynomials, shown as one of this namespace."""
    return spoken(f"Special{camel(name)}Backward0")(getattr(orthogonal, name))


chebyshev_polynomial_t = _polynomial("chebyshev_polynomial_t")
chebyshev_polynomial_u = _polynomial("chebyshev_polynomial_u")
chebyshev_polynomial_v = _polynomial("chebyshev_polynomial_v")
chebyshev_polynomial_w = _polynomial("chebyshev_polynomial_w")
shifted_chebyshev_polynomial_t = _polynomial("shifted_chebyshev_polynomial_t")
shifted_chebyshev_polynomial_u = _polynomial("shifted_chebyshev_polynomial_u")
shifted_chebyshev_polynomial_v = _polynomial("shifted_chebyshev_polynomial_v")
shifted_chebyshev_polynomial_w = _polynomial("shifted_chebyshev_polynomial_w")
hermite_polynomial_h = _polynomial("hermite_polynomial_h")
hermite_polynomial_he = _polynomial("hermite_polynomial_he")
laguerre_polynomial_l = _polynomial("laguerre_polynomial_l")
legendre_polynomial_p = _polynomial("legendre_polynomial_p")


@spoken("SpecialSphericalBesselJ0Backward0")
def spherical_bessel_j0(input: Any) -> Any:
    """sin(input)/input, 1 at 0."""
    return sp.sinc(ew.div(input, math.pi))


binom, erfcinv, exp1, expi = sp.binom, sp.erfcinv, sp.exp1, sp.expi
hyp1f1, hyp2f1, exprel = hypergeometric.hyp1f1, hypergeometric.hyp2f1, hypergeometric.exprel
ellipk, ellipe = hypergeometric.ellipk, hypergeometric.ellipe
ellipkinc, ellipeinc = hypergeometric.ellipkinc, hypergeometric.ellipeinc
boxcox, boxcox1p = hypergeometric.boxcox, hypergeometric.boxcox1p
inv_boxcox, inv_boxcox1p = hypergeometric.inv_boxcox, hypergeometric.inv_boxcox1p
jv, yv, iv, ive, kv, kve = bessel.jv, bessel.yv, bessel.iv, bessel.ive, bessel.kv, bessel.kve

__all__ = [
    "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "beta", "betainc", "betaln", "binom",
    "boxcox", "boxcox1p", "chebyshev_polynomial_t", "chebyshev_polynomial_u",
    "chebyshev_polynomial_v", "chebyshev_polynomial_w", "digamma", "ellipe", "ellipeinc",
    "ellipk", "ellipkinc", "entr", "erf", "erfc", "erfcinv", "erfcx", "erfinv", "exp1",
    "exp2", "expi", "expit", "expm1", "exprel", "gamma", "gammainc", "gammaincc", "gammaln",
    "hermite_polynomial_h", "hermite_polynomial_he", "hyp1f1", "hyp2f1", "i0", "i0e", "i1",
    "i1e", "inv_boxcox", "inv_boxcox1p", "iv", "ive", "j0", "j1", "jv", "k0", "k0e", "k1",
    "k1e", "kl_div", "kv", "kve", "laguerre_polynomial_l", "legendre_polynomial_p", "log1p",
    "log_expit", "log_ndtr", "log_softmax", "logit", "logsumexp", "modified_bessel_i0",
    "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1", "multigammaln", "ndtr",
    "ndtri", "polygamma", "psi", "rel_entr", "round", "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1", "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w", "sinc", "softmax", "spherical_bessel_j0", "xlog1py",
    "xlogy", "y0", "y1", "yv", "zeta",
]  # fmt: skip
