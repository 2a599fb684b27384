"""Hidden Markov model: how likely a sequence of symbols is, by the forward algorithm."""

import numpy as np


def normalised(logits):
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def negative_log_likelihood(transitions, emissions, symbols):
    transitions, emissions = normalised(transitions), normalised(emissions)
    ahead = emissions[:, symbols[0]] - np.log(len(transitions))
    for symbol in symbols[1:]:
        ahead = np.logaddexp.reduce(ahead[:, None] + transitions, axis=0) + emissions[:, symbol]
    return -np.logaddexp.reduce(ahead)


def example_arguments():
    rng = np.random.default_rng(2)
    symbols = np.array([0, 1, 2, 3, 1, 0, 2, 2])
    return rng.standard_normal((3, 3)), rng.standard_normal((3, 4)), symbols
