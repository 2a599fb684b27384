"""Gray-Scott reaction and diffusion on a torus: the amount of the second substance in the end."""

import numpy as np


def laplacian(a):
    neighbours = sum(np.roll(a, shift, axis) for shift in (1, -1) for axis in (0, 1))
    return neighbours - 4 * a


def amount(u0, v0, feed, kill, steps=5):
    u, v = u0.copy(), v0.copy()
    for _ in range(steps):
        reaction = u * v**2
        u += 0.16 * laplacian(u) - reaction + feed * (1 - u)
        v += 0.08 * laplacian(v) + reaction - (feed + kill) * v
    return np.sum(v)


def example_arguments():
    rng = np.random.default_rng(6)
    u = np.ones((6, 6)) - 0.1 * rng.random((6, 6))
    v = np.zeros((6, 6))
    v[2:4, 2:4] = 0.5
    return u, v, 0.037, 0.06
