"""Scoring a generator on photos whose colours are known."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from colorize_cli.core.batches import Photos
from colorize_cli.core.lab import FloatArray, ab_from_network, lab_from_srgb8, network_input
from colorize_cli.core.metrics import Scores, mean_scores, score

CHUNK = 32
"""Photos that are held as Lab at a time, the paper's batch; scores do not depend on it."""


Generate: TypeAlias = Callable[[FloatArray], FloatArray]
"""What makes colour `(N, C, H, W)` of gray `(N, 1, H, W)`: a Colorizer or `Cgan.generate`."""


def predicted_ab(generate: Generate, lab: FloatArray) -> FloatArray:
    """Return the ab `(N, H, W, 2)` that a generator predicts for the lightness of Lab photos."""
    gray = np.ascontiguousarray(np.moveaxis(network_input(lab[..., :1]), -1, 1))
    return np.moveaxis(ab_from_network(generate(gray)), 1, -1)


def evaluate(generate: Generate, photos: Photos) -> Scores:
    """Score a generator on sRGB photos `(N, size, size, 3)`, as the program uses it."""
    chunks = _chunks(photos)
    return mean_scores([(len(lab), score(predicted_ab(generate, lab), lab)) for lab in chunks])


def evaluate_gray(photos: Photos) -> Scores:
    """Score the gray pictures themselves: what every model must beat."""
    chunks = _chunks(photos)
    return mean_scores([(len(lab), score(np.zeros_like(lab[..., 1:]), lab)) for lab in chunks])


def _chunks(photos: Photos) -> Iterator[FloatArray]:
    for start in range(0, len(photos), CHUNK):
        yield lab_from_srgb8(photos[start : start + CHUNK])
