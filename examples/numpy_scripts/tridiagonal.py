"""A heated rod by Thomas' algorithm for tridiagonal systems: its mean temperature."""

import numpy as np


def solved(lower, middle, upper, right):
    n = len(right)
    factors, sides, x = np.zeros(n - 1), np.zeros(n), np.zeros(n)
    factors[0], sides[0] = upper[0] / middle[0], right[0] / middle[0]
    for i in range(1, n):
        pivot = middle[i] - lower[i - 1] * factors[i - 1]
        if i < n - 1:
            factors[i] = upper[i] / pivot
        sides[i] = (right[i] - lower[i - 1] * sides[i - 1]) / pivot
    x[-1] = sides[-1]
    for i in reversed(range(n - 1)):
        x[i] = sides[i] - factors[i] * x[i + 1]
    return x


def mean_temperature(conductivity, heating):
    between = (conductivity[1:] + conductivity[:-1]) / 2
    middle = 2 * conductivity
    return np.mean(solved(-between, middle, -between, heating) ** 2)


def example_arguments():
    return np.linspace(1.0, 2.0, 6), np.array([0.1, 0.3, 1.0, 1.0, 0.3, 0.1])
