"""Page rank: how the importance of a page depends on how much others care for their links."""

import numpy as np


def importance(weights, links, page=0, damping=0.85):
    care = np.exp(weights)
    passed = np.zeros((len(links), len(links)))
    for source, targets in links.items():
        total = sum(care[source, target] for target in targets)
        for target in targets:
            passed[source, target] = care[source, target] / total
    rank = np.full(len(links), 1 / len(links))
    for _ in range(30):
        rank = damping * rank @ passed + (1 - damping) / len(links)
    return np.log(rank[page])


def example_arguments():
    links = {0: [1, 2], 1: [2], 2: [0, 3], 3: [0, 1]}
    return np.random.default_rng(7).standard_normal((4, 4)), links
