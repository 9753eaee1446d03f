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
