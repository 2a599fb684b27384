"""PyTorch's `torch.special`, and SciPy's special functions under SciPy's names."""

from __future__ import annotations

from .functions import elementary
from .ops import bessel
from .ops import elementwise as ew
from .ops import special as sp
from .torch_names.elementwise import logit, mvlgamma, polygamma, round
from .torch_names.reductions import log_softmax, logsumexp, softmax

erf, erfc, erfcx, erfinv, ndtr, ndtri, log_ndtr = (
    sp.erf, sp.erfc, sp.erfcx, sp.erfinv, sp.ndtr, sp.ndtri, sp.log_ndtr,
)  # fmt: skip
gamma, gammaln, gammainc, gammaincc = sp.gamma, sp.gammaln, sp.gammainc, sp.gammaincc
digamma = psi = sp.digamma
multigammaln = mvlgamma
beta, betaln, betainc, zeta = sp.beta, sp.betaln, sp.betainc, sp.zeta
entr, xlogy, xlog1py, sinc = sp.entr, sp.xlogy, sp.xlog1py, sp.sinc
exp2, expm1, log1p = ew.exp2, ew.expm1, ew.log1p
expit, log_expit = ew.sigmoid, sp.log_expit
rel_entr, kl_div = elementary.rel_entr, elementary.kl_div

j0 = bessel_j0 = bessel.j0
j1 = bessel_j1 = bessel.j1
y0 = bessel_y0 = bessel.y0
y1 = bessel_y1 = bessel.y1
i0 = modified_bessel_i0 = bessel.i0
i1 = modified_bessel_i1 = bessel.i1
k0 = modified_bessel_k0 = bessel.k0
k1 = modified_bessel_k1 = bessel.k1
i0e, i1e = bessel.i0e, bessel.i1e
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
