"""Signs of trouble that an epoch ends with: gray or uniform pictures, a discriminator that wins.

They are measured, reported and recorded; what a run does about them is said in `recovery`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from colorize_cli.core.batches import Photos
from colorize_cli.core.lab import FloatArray, lab_from_srgb8
from colorize_trainers.evaluation import Generate, predicted_ab

Sign: TypeAlias = Literal["gray", "uniform", "discriminator wins"]

COLLAPSES: Final[frozenset[Sign]] = frozenset({"gray", "uniform"})
"""The signs of a generator that has stopped to colour."""
LEAST_SHARE: Final = 0.1
"""Of the truth's chroma, or of its variation within a picture: below it, hardly anything is left.

Five trained networks had 0.5 of both or more, those among them that failed otherwise as well:
the paper's two experiments in two forms of loss on some 1,700 photos, and the bundled model.
"""
LEAST_DISCRIMINATOR_LOSS: Final = 0.0005
"""A mean loss that reads 0.000: the discriminator is sure of each picture of a whole epoch."""
PICTURES: Final = 32
"""Test pictures that are looked at, the first ones of the set: the paper's batch."""

ADVICE: Final[Mapping[str, str]] = {
    "gray": "the pictures are all but gray: raise --learning-rate, or lower --l1-weight",
    "uniform": "each picture has a single tint: lower --learning-rate, or raise --l1-weight",
    "discriminator wins": "the discriminator is never wrong (loss 0.000) and teaches the "
    "generator little: try another --loss, --l1-weight, or a recipe with skips",
}
"""What each sign means and what to try."""


@dataclass(frozen=True, kw_only=True)
class Palette:
    """How much colour some pictures have.

    `chroma` is the length of ab, mean over pixels; `spread` the standard deviation of ab around
    each picture's own mean, as root mean square over pictures. Both in Lab units.
    """

    chroma: float
    spread: float


def palette(ab: FloatArray) -> Palette:
    """Measure the colours of pictures `(N, H, W, 2)`."""
    variances = ab.astype(np.float64).var(axis=(1, 2)).sum(axis=-1)
    return Palette(
        chroma=float(np.hypot(ab[..., 0], ab[..., 1]).mean(dtype=np.float64)),
        spread=float(np.sqrt(variances.mean())),
    )


class HealthCheck:
    """Compares what a generator gives for some test photos with the photos themselves."""

    def __init__(self, photos: Photos) -> None:
        self._lab = lab_from_srgb8(np.asarray(photos[:PICTURES]))
        self._truth = palette(self._lab[..., 1:])

    def signs(self, generate: Generate, losses: Mapping[str, float]) -> tuple[Sign, ...]:
        """Return the signs of trouble after an epoch with these mean losses."""
        found = palette(predicted_ab(generate, self._lab))
        signs: list[Sign] = []
        if found.chroma < LEAST_SHARE * self._truth.chroma:
            signs.append("gray")
        elif found.spread < LEAST_SHARE * self._truth.spread:
            signs.append("uniform")
        # Absent where the discriminator did not learn.
        if losses.get("discriminator", np.inf) < LEAST_DISCRIMINATOR_LOSS:
            signs.append("discriminator wins")
        return tuple(signs)
