"""Bundle adjustment: how far points seen by a camera are from where it should see them."""

import numpy as np


def rotation(axis):
    angle = np.linalg.norm(axis)
    x, y, z = axis / angle
    K = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * K + (1 - np.cos(angle)) * K @ K


def robust_error(camera, points, seen):
    turned = points @ rotation(camera[:3]).T + camera[3:]
    residuals = turned[:, :2] / turned[:, 2:] - seen
    squares = np.sum(residuals**2, axis=1)
    return np.sum(np.where(squares < 0.25, squares, 0.5 * np.sqrt(np.maximum(squares, 1e-12))))


def example_arguments():
    rng = np.random.default_rng(5)
    points = rng.standard_normal((6, 3)) + np.array([0, 0, 6])
    return np.array([0.1, -0.2, 0.3, 0.2, 0.0, 0.5]), points, 0.3 * rng.standard_normal((6, 2))
