"""Fit of a broken line through knots: misfit to the data plus a price for roughness."""

import numpy as np


def cost(heights, knots, x, y, stiffness):
    fitted = np.interp(x, knots, heights)
    roughness = np.diff(heights, 2) / np.diff(knots)[:-1] ** 2
    return np.mean((fitted - y) ** 2) + stiffness * np.sum(roughness**2)


def example_arguments():
    rng = np.random.default_rng(5)
    knots = np.linspace(0, 1, 7)
    x = rng.uniform(0, 1, 40)
    y = np.sin(2 * np.pi * x) + 0.1 * rng.standard_normal(40)
    return np.cos(knots), knots, x, y, 1e-4
