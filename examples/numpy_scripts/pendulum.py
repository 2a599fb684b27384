"""A pendulum with friction, by Runge and Kutta: how far it misses a target."""

import math

import numpy as np


def rates(state, pull, friction):
    angle, speed = state
    return np.array([speed, -pull * math.sin(angle) - friction * speed])


def step(state, dt, pull, friction):
    k1 = rates(state, pull, friction)
    k2 = rates(state + dt / 2 * k1, pull, friction)
    k3 = rates(state + dt / 2 * k2, pull, friction)
    k4 = rates(state + dt * k3, pull, friction)
    return state + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def miss(start, pull, friction, target, steps=6):
    path = np.empty((steps + 1, 2))
    path[0] = start
    for k in range(steps):
        path[k + 1] = step(path[k], 0.1, pull, friction)
    return np.linalg.norm(path[-1] - target) + 0.1 * np.max(np.abs(path[:, 1]))


def example_arguments():
    return np.array([1.2, 0.0]), 9.81, 0.3, np.array([0.0, -2.0])
