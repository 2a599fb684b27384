"""Kalman filter for a moving point: how unlikely the measured positions are, given two noises."""

import numpy as np


def negative_log_likelihood(log_noise, positions, dt=0.5):
    process, sensor = np.exp(log_noise)
    F = np.array([[1.0, dt], [0.0, 1.0]])
    H = np.array([[1.0, 0.0]])
    Q = process * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])

    x = np.array([positions[0], 0.0])
    P = np.eye(2)
    total = 0.0
    for z in positions[1:]:
        x = F @ x
        P = F @ P @ F.T + Q
        innovation = z - H @ x
        S = H @ P @ H.T + sensor
        K = P @ H.T @ np.linalg.inv(S)
        x = x + K @ innovation
        P = (np.eye(2) - K @ H) @ P
        logdet = np.linalg.slogdet(S)[1]
        total += 0.5 * (logdet + innovation @ np.linalg.solve(S, innovation) + np.log(2 * np.pi))
    return total


def example_arguments():
    rng = np.random.default_rng(1)
    positions = np.cumsum(0.5 + 0.2 * rng.standard_normal(15)) + 0.3 * rng.standard_normal(15)
    return np.array([-1.5, -2.0]), positions
