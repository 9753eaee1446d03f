"""The losses of the CGAN as their papers write them: plain formulas of probabilities."""

from typing import Any

import numpy as np

from colorize_cli.core.backend import LossForm

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
