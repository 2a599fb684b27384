"""Loss of k-means: the mean squared distance of the points to their nearest centre."""

import numpy as np


def loss(centres, points):
    distances = np.sum((points[:, np.newaxis] - centres) ** 2, axis=2)
    nearest = distances.argmin(axis=1)
    return np.sum((points - centres[nearest]) ** 2) / len(points)


def example_arguments():
    rng = np.random.default_rng(3)
    centres = np.array([[0.0, 0.0], [3.0, 1.0], [-1.0, 4.0]])
    points = centres[rng.integers(0, 3, 25)] + 0.4 * rng.standard_normal((25, 2))
    return centres + 0.3, points
