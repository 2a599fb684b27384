"""The price of an Asian option by fixed draws, and how much better a European one controls it."""

import numpy as np
from scipy.stats import norm


def european(spot, volatility, rate, strike):
    d1 = (np.log(spot / strike) + rate + volatility**2 / 2) / volatility
    return spot * norm.cdf(d1) - strike * np.exp(-rate) * norm.cdf(d1 - volatility)


def price(spot, volatility, rate, draws, strike=100.0):
    dt = 1 / draws.shape[1]
    moves = (rate - volatility**2 / 2) * dt + volatility * np.sqrt(dt) * draws
    paths = spot * np.exp(np.cumsum(moves, axis=1))
    asian = np.exp(-rate) * np.maximum(paths.mean(axis=1) - strike, 0)
    control = np.exp(-rate) * np.maximum(paths[:, -1] - strike, 0)
    share = np.cov(asian, control)[0, 1] / np.var(control, ddof=1)
    return np.mean(asian - share * (control - european(spot, volatility, rate, strike)))


def example_arguments():
    return 101.0, 0.25, 0.03, np.random.default_rng(4).standard_normal((40, 6))
