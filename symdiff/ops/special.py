"""Special functions, by SciPy. Derivatives by an order or a shape parameter are refused by name."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from codegen.index import Apply, Const, Scalar

from ..graph.exact import HALF, Exact, is_number
from ..graph.late import late, marked_late
from ..graph.op import Aval, Op, declare, dtype_by_trial
from .broadcasting import operand_dtype, read_as
from .elementwise import exp, log, log1p, sigmoid, where
from .families import FLOATS, applied, elementwise

TWO_OVER_SQRT_PI = Exact(2 / math.sqrt(math.pi), "2/sqrt(pi)")
HALF_SQRT_PI = Exact(math.sqrt(math.pi) / 2, "sqrt(pi)/2")
SQRT_2 = Exact(math.sqrt(2), "sqrt(2)")
SQRT_2_OVER_PI = Exact(math.sqrt(2 / math.pi), "sqrt(2/pi)")
SQRT_2PI = Exact(math.sqrt(2 * math.pi), "sqrt(2*pi)")


def scipy(name: str) -> Callable[..., Any]:
    """SciPy's function; a plain number takes on the arrays' dtype, as with NumPy's functions."""
    function = late("scipy.special", name)

    def evaluate(*xs: Any) -> Any:
        if any(map(is_number, xs)):
            dtype = np.result_type(*xs, 0.0)
            xs = tuple(np.asarray(x, dtype) if is_number(x) else x for x in xs)
        return function(*xs)

    return marked_late(evaluate)


# --- the error function and its kin

erf = elementwise(
    "erf", scipy("erf"), lambda y, x: TWO_OVER_SQRT_PI * exp(-x * x),
    sympy="erf", family="special", large=FLOATS,
)  # fmt: skip
erfc = elementwise(
    "erfc", scipy("erfc"), lambda y, x: -TWO_OVER_SQRT_PI * exp(-x * x),
    sympy="erfc", family="special",
)  # fmt: skip
# exp(x**2)*erfc(x)
erfcx = elementwise(
    "erfcx", scipy("erfcx"), lambda y, x: 2 * x * y - TWO_OVER_SQRT_PI, family="special"
)
erfinv = elementwise(
    "erfinv", scipy("erfinv"), lambda y, x: HALF_SQRT_PI * exp(y * y),
    sympy="erfinv", family="special", domain=((-0.9, 0.9),),
)  # fmt: skip
erfcinv = elementwise(
    "erfcinv", scipy("erfcinv"), lambda y, x: -HALF_SQRT_PI * exp(y * y),
    family="special", domain=((0.2, 1.8),),
)  # fmt: skip
# the normal distribution: ndtr' = exp(-x**2/2)/sqrt(2*pi)
ndtr = elementwise(
    "ndtr", scipy("ndtr"), lambda y, x: exp(-HALF * x * x) / SQRT_2PI, family="special"
)
ndtri = elementwise(
    "ndtri", scipy("ndtri"), lambda y, x: SQRT_2PI * exp(HALF * y * y),
    family="special", domain=((0.1, 0.9),),
)  # fmt: skip


def _log_ndtr_slope(y: Any, x: Any) -> Any:
    """exp(-x**2/2 - y)/sqrt(2*pi); far below 0, where these exponents cancel, by erfcx."""
    below = x < 0
    left = SQRT_2_OVER_PI / erfcx(where(below, -x, 0.0) / SQRT_2)
    return where(below, left, exp(-HALF * x * x - y) / SQRT_2PI)


log_ndtr = elementwise("log_ndtr", scipy("log_ndtr"), _log_ndtr_slope, family="special")

# --- the gamma function and its kin

gamma = elementwise(
    "gamma", scipy("gamma"), lambda y, x: y * digamma(x),
    sympy="gamma", family="special", domain=((0.5, 3.0),),
)  # fmt: skip
gammaln = elementwise(
    "gammaln", scipy("gammaln"), lambda y, x: digamma(x),
    sympy="loggamma", family="special", domain=((0.5, 3.0),), backward="LgammaBackward0",
)  # fmt: skip
digamma = elementwise(
    "digamma", scipy("digamma"), lambda y, x: polygamma(1, x),
    sympy="digamma", family="special", domain=((0.5, 3.0),),
)  # fmt: skip


def _polygamma(n: Any, x: Any) -> Any:
    """(-1)**(n + 1) * n! * zeta(n + 1, x); a plain number n is weak."""
    factor = np.where(np.remainder(n, 2) == 1, 1, -1) * scipy("gamma")(np.add(n, 1.0))
    y = np.where(np.equal(n, 0), scipy("digamma")(x), factor * scipy("zeta")(np.add(n, 1.0), x))
    return y.astype(np.result_type(n, x, 0.0))


# the n-th derivative of digamma
polygamma = elementwise(
    "polygamma", _polygamma, None, lambda y, n, x: polygamma(n + 1, x),
    arguments="n x", sympy="polygamma", family="special",
    example=lambda rng: ((2, rng.uniform(0.5, 3.0, size=(2, 3))), {}),
)  # fmt: skip
# the sum of (q + k)**-s over k = 0, 1, ...
zeta = elementwise(
    "zeta", scipy("zeta"), None, lambda y, s, q: -s * zeta(s + 1, q),
    arguments="s q", sympy="zeta", family="special", domain=((1.5, 3.0), (0.5, 3.0)),
)  # fmt: skip
beta = elementwise(
    "beta", scipy("beta"),
    lambda y, a, b: y * (digamma(a) - digamma(a + b)),
    lambda y, a, b: y * (digamma(b) - digamma(a + b)),
    sympy="beta", family="special", domain=((0.5, 3.0), (0.5, 3.0)),
)  # fmt: skip
betaln = elementwise(
    "betaln", scipy("betaln"),
    lambda y, a, b: digamma(a) - digamma(a + b),
    lambda y, a, b: digamma(b) - digamma(a + b),
    family="special", domain=((0.5, 3.0), (0.5, 3.0)),
)  # fmt: skip
# n over k
binom = elementwise(
    "binom", scipy("binom"),
    lambda y, n, k: y * (applied(digamma, n + 1) - digamma(n - k + 1)),
    lambda y, n, k: y * (digamma(n - k + 1) - applied(digamma, k + 1)),
    family="special", domain=((2.5, 4.0), (0.5, 2.0)),
)  # fmt: skip


def _gamma_density(a: Any, x: Any) -> Any:
    """x**(a - 1)*exp(-x)/gamma(a), without overflow on the way."""
    return exp(xlogy(a - 1, x) - x - applied(gammaln, a))


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    """x**(a - 1)*(1 - x)**(b - 1)/beta(a, b)."""
    return exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - applied(betaln, a, b))


gammainc = elementwise(
    "gammainc", scipy("gammainc"), None, lambda y, a, x: _gamma_density(a, x),
    arguments="a x", family="special", domain=((0.5, 3.0), (0.5, 3.0)),
)  # fmt: skip
gammaincc = elementwise(
    "gammaincc", scipy("gammaincc"), None, lambda y, a, x: -_gamma_density(a, x),
    arguments="a x", family="special", domain=((0.5, 3.0), (0.5, 3.0)),
)  # fmt: skip
betainc = elementwise(
    "betainc", scipy("betainc"), None, None, lambda y, a, b, x: _beta_density(a, b, x),
    arguments="a b x", family="special", domain=((0.5, 3.0), (0.5, 3.0), (0.1, 0.9)),
)  # fmt: skip

# --- logarithms that are safe at 0: 0 times anything that is not NaN counts as 0


def _log_but(log_: Op, pole: int, a: Any, b: Any) -> Any:
    """log_(b), but 0 where a = 0 wins over it, from the pole of the logarithm down."""
    dead = (a == 0) & (b <= pole)
    if is_number(b):
        return applied(log_, b) if b > pole else where(dead, 0 * a, applied(log_, b))
    return where(dead, 0.0, log_(where(dead, pole + 1.0, b)))


xlogy = elementwise(
    "xlogy", scipy("xlogy"),
    lambda y, a, b: _log_but(log, 0, a, b),
    lambda y, a, b: where((a == 0) & (b == 0), 0.0, a / b),
    family="special", domain=((-2.0, 2.0), (0.2, 3.0)),
)  # fmt: skip
xlog1py = elementwise(
    "xlog1py", scipy("xlog1py"),
    lambda y, a, b: _log_but(log1p, -1, a, b),
    lambda y, a, b: where((a == 0) & (b == -1), 0.0, a / (1 + b)),
    family="special", domain=((-2.0, 2.0), (-0.5, 2.0)),
)  # fmt: skip
# -x*log(x)
entr = elementwise(
    "entr", scipy("entr"), lambda y, x: -log(x) - 1, family="special", domain=((0.2, 3.0),)
)


def _logit(dtype: str, x: Scalar) -> Scalar:
    """log(x/(1 - x)); near 1/2 from log1p, as the quotient is near 1 there."""
    one, two = Const(1, dtype), Const(2, dtype)
    s = Apply("sub", (Apply("mul", (two, x)), one))
    near = Apply("sub", (Apply("log1p", (s,)), Apply("log1p", (Apply("neg", (s,)),))))
    far = Apply("log", (Apply("div", (x, Apply("sub", (one, x)))),))
    return Apply("where", (Apply("lt", (Apply("abs", (s,)), Const(0.5, dtype))), near, far))


logit = elementwise(
    "logit", scipy("logit"), lambda y, x: 1 / (x * (1 - x)), primitive=_logit,
    family="special", domain=((0.1, 0.9),),
)  # fmt: skip
log_expit = elementwise(
    "log_expit", scipy("log_expit"), lambda y, x: sigmoid(-x),
    primitive=lambda dtype, x: Apply("neg", (Apply("softplus", (Apply("neg", (x,)),)),)),
    family="special", backward="LogSigmoidBackward0",
)  # fmt: skip

# --- integrals of exp: exp1(x) of exp(-t)/t from x on, expi(x) of exp(t)/t up to x

exp1 = elementwise(
    "exp1", scipy("exp1"), lambda y, x: -exp(-x) / x, family="special", domain=((0.2, 3.0),)
)
expi = elementwise(
    "expi", scipy("expi"), lambda y, x: exp(x) / x, family="special", domain=((0.2, 3.0),)
)

# --- sinc and its derivatives. With z = pi*x, f = sin(z)/z and f(n) its n-th derivative, Leibniz's
# rule for z*f = sin(z) gives z*f(n) + n*f(n - 1) = sin(z + n*pi/2). That cancels near 0, where the
# series is used: f = the sum of (-1)**k * z**(2*k)/(2*k + 1)!


def _series(n: int) -> list[float]:
    """The coefficients of f(n) by powers of z**2, after z**(n % 2) is taken out."""
    first = (n + 1) // 2
    return [
        (-1) ** k * math.perm(2 * k, n) / math.factorial(2 * k + 1)
        for k in range(first, first + 14 + n)
    ]


def _sinc_derivative(x: Any, n: int) -> Any:
    x = np.asarray(x, np.result_type(x, 0.0))
    z = math.pi * x
    near = np.abs(z) < n + 1
    z = np.where(near, n + 1.0, z).astype(x.dtype)
    f = np.sin(z) / z
    for k in range(1, n + 1):
        f = (_turn(k, np.sin(z), np.cos(z)) - k * f) / z
    small = math.pi * np.where(near, x, 0)
    series = np.polynomial.polynomial.polyval(small * small, _series(n)) * small ** (n % 2)
    return (math.pi**n * np.where(near, series, f)).astype(x.dtype)


def _turn(k: int, sine: Any, cosine: Any) -> Any:
    """sin(z + k*pi/2)."""
    return (sine, cosine, -sine, -cosine)[k % 4]


def _sinc_derivative_at(index: Any, x: Any, n: int) -> Scalar:
    dtype = operand_dtype(np.exp, (x,)).name

    def number(value: float) -> Const:
        return Const(float(value), dtype)

    z = Apply("mul", (number(math.pi), read_as(dtype, x, index)))
    f = Apply("div", (Apply("sin", (z,)), z))
    for k in range(1, n + 1):
        turned = Apply("sin" if k % 2 == 0 else "cos", (z,))
        turned = turned if k % 4 < 2 else Apply("neg", (turned,))
        f = Apply("div", (Apply("sub", (turned, Apply("mul", (number(k), f)))), z))
    square, series = Apply("mul", (z, z)), number(0.0)
    for c in reversed(_series(n)):
        series = Apply("add", (Apply("mul", (series, square)), number(c)))
    series = Apply("mul", (series, z)) if n % 2 else series
    near = Apply("lt", (Apply("abs", (z,)), number(n + 1)))
    return Apply("mul", (number(math.pi**n), Apply("where", (near, series, f))))


def _sinc_derivative_pullback(
    g: Any, y: Any, x: Any, needed: Any, n: int, times: Any = operator.mul
) -> tuple[Any]:
    return (times(g, sinc_derivative(x, n=n + 1)),)


sinc = elementwise(
    "sinc", np.sinc, lambda y, x: sinc_derivative(x, n=1), family="special", domain=((-3.0, 3.0),)
)
sinc_derivative = declare(
    "sinc_derivative",
    infer=lambda x, n: Aval(x.shape, dtype_by_trial(np.exp, (x.dtype,))),
    evaluate=_sinc_derivative,
    pullback=_sinc_derivative_pullback,
    at=_sinc_derivative_at,
    elementwise=True,
    family="special",
    example=lambda rng: ((rng.uniform(-2.0, 2.0, size=(3, 4)),), {"n": 1}),
    doc="The n-th derivative of sinc(x) = sin(pi*x)/(pi*x), exact at 0 too.",
)
