"""The yield of a bond, found by Newton's method, weighed against its convexity."""

import numpy as np


def present_value(rate, payments):
    years = np.arange(1, len(payments) + 1)
    return np.sum(payments * (1 + rate) ** -years), -np.sum(
        years * payments * (1 + rate) ** (-years - 1)
    )


def yield_to_maturity(price, payments):
    rate = 0.05
    while True:
        value, slope = present_value(rate, payments)
        step = (value - price) / slope
        rate -= step
        if abs(step) < 1e-13:
            return rate


def example_arguments():
    return 96.5, np.array([4.0, 4.0, 4.0, 104.0])
