"""A robot arm of three joints in space: how far its hand is from a target."""

import numpy as np


def joint(angle, length, twist):
    c, s = np.cos(angle), np.sin(angle)
    ct, st = np.cos(twist), np.sin(twist)
    return np.array(
        [
            [c, -s * ct, s * st, length * c],
            [s, c * ct, -c * st, length * s],
            [0, st, ct, 0],
            [0, 0, 0, 1],
        ]
    )


def distance(angles, lengths, twists, target):
    pose = np.eye(4)
    for angle, length, twist in zip(angles, lengths, twists):
        pose = pose @ joint(angle, length, twist)
    hand = pose[:3, 3]
    return np.linalg.norm(hand - target)


def example_arguments():
    angles = np.array([0.3, -0.7, 1.1])
    lengths = np.array([1.0, 0.8, 0.5])
    twists = np.array([np.pi / 2, 0.0, 0.1])
    return angles, lengths, twists, np.array([0.5, 1.2, 0.4])
