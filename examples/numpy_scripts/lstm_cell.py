"""An LSTM cell by hand, run along a sequence: the error of its prediction."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def prediction_error(params, sequence, target):
    hidden = params["b"].shape[0] // 4
    h = np.zeros(hidden)
    c = np.zeros(hidden)
    for x in sequence:
        gates = np.concatenate([x, h]) @ params["W"] + params["b"]
        i, f, o, g = np.split(gates, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return np.sum((h @ params["out"] - target) ** 2)


def example_arguments():
    rng = np.random.default_rng(4)
    params = {
        "W": 0.5 * rng.standard_normal((5, 12)),
        "b": 0.1 * rng.standard_normal(12),
        "out": rng.standard_normal((3, 2)),
    }
    return params, rng.standard_normal((6, 2)), np.array([0.3, -0.6])
