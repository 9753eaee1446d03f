"""The losses of the CGAN as their papers write them: plain formulas of probabilities."""

from typing import Any

import numpy as np

from colorize_cli.core.cgan_config import LossForm

REAL = np.array([[2.0, -1.0], [0.5, 3.0]])
FAKE = np.array([[-2.0, 1.5], [0.0, -0.25]])


def probability(logits: Any) -> Any:
    return 1 / (1 + np.exp(-logits))


DISCRIMINATOR_FORMULAE: dict[LossForm, float] = {
    "minimax": -np.log(probability(REAL)).mean() - np.log(1 - probability(FAKE)).mean(),
    "nonsaturating": -np.log(probability(REAL)).mean() - np.log(1 - probability(FAKE)).mean(),
    "lsgan": ((REAL - 1) ** 2).mean() / 2 + (FAKE**2).mean() / 2,
    "hinge": np.maximum(0, 1 - REAL).mean() + np.maximum(0, 1 + FAKE).mean(),
}
GENERATOR_FORMULAE: dict[LossForm, float] = {
    "minimax": np.log(1 - probability(FAKE)).mean(),
    "nonsaturating": -np.log(probability(FAKE)).mean(),
    "lsgan": ((FAKE - 1) ** 2).mean() / 2,
    "hinge": -FAKE.mean(),
}
GENERATOR_SLOPES: dict[LossForm, Any] = {
    "minimax": -probability(FAKE) / FAKE.size,
    "nonsaturating": -(1 - probability(FAKE)) / FAKE.size,
    "lsgan": (FAKE - 1) / FAKE.size,
    "hinge": -np.ones_like(FAKE) / FAKE.size,
}
"""Derivatives by the logits, worked out by hand."""
DISCRIMINATOR_SLOPES: dict[LossForm, tuple[Any, Any]] = {
    "minimax": (-(1 - probability(REAL)) / REAL.size, probability(FAKE) / FAKE.size),
    "nonsaturating": (-(1 - probability(REAL)) / REAL.size, probability(FAKE) / FAKE.size),
    "lsgan": ((REAL - 1) / REAL.size, FAKE / FAKE.size),
    "hinge": (-1.0 * (REAL < 1) / REAL.size, 1.0 * (FAKE > -1) / FAKE.size),
}
"""By the logits of real pairs, and of generated ones."""

TRUE_AB = np.array([[[[0.3, 0.0]], [[-0.4, 0.1]]]])
"""One picture `(1, 2, 1, 2)`: a vivid pixel, of chroma 0.5, and a dull one, of 0.1."""
FOUND_AB = np.array([[[[0.32, 0.5]], [[-0.4, -0.1]]]])
WEIGHTED_L1: dict[tuple[float, float], float] = {
    # Differences by pixel: 0.02, 0 and 0.5, 0.2; weights 1 + 4 * 0.5 = 3 and 1.4. By hand.
    (4.0, 0.0): (3 * 0.02 + 3 * 0 + 1.4 * 0.5 + 1.4 * 0.2) / 4,
    # 0.02^2 / 0.2 = 0.002; 0.5 - 0.05 and 0.2 - 0.05 above the smoothness of 0.1.
    (0.0, 0.1): (0.002 + 0 + 0.45 + 0.15) / 4,
    (4.0, 0.1): (3 * 0.002 + 0 + 1.4 * 0.45 + 1.4 * 0.15) / 4,
}
"""By chroma weight and smoothness."""
WEIGHTED_SLOPES = np.array([[[[3 * 0.2, 1.4]], [[0.0, -1.4]]]]) / 4
"""Of the last of these, by the generated colour: d / s below the smoothness, 1 above it."""
