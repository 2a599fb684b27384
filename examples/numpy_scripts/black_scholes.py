"""Price of a European call option by Black and Scholes; its slopes are the greeks."""

import numpy as np
from scipy.special import erf


def normal_cdf(x):
    return 0.5 * (1 + erf(x / np.sqrt(2)))


def call_price(spot, strike, maturity, rate, volatility):
    spread = volatility * np.sqrt(maturity)
    d1 = (np.log(spot / strike) + (rate + volatility**2 / 2) * maturity) / spread
    d2 = d1 - spread
    return spot * normal_cdf(d1) - strike * np.exp(-rate * maturity) * normal_cdf(d2)


def example_arguments():
    return 102.0, 100.0, 0.75, 0.03, 0.2
