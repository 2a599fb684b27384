"""Three bodies that attract each other: their energy after some steps of leapfrog."""

import numpy as np


def accelerations(places, masses):
    pulled = np.zeros((len(masses), 2))
    for i in range(len(masses)):
        for j in range(len(masses)):
            if i != j:
                apart = places[j] - places[i]
                pulled[i] += masses[j] * apart / (np.dot(apart, apart) + 0.01) ** 1.5
    return pulled


def energy(places, speeds, masses, dt=0.02):
    speeds = speeds + dt / 2 * accelerations(places, masses)
    for _ in range(2):
        places = places + dt * speeds
        speeds = speeds + dt * accelerations(places, masses)
    return 0.5 * np.sum(masses[:, None] * speeds**2)


def example_arguments():
    rng = np.random.default_rng(3)
    return rng.standard_normal((3, 2)), rng.standard_normal((3, 2)), np.array([1.0, 0.5, 2.0])
