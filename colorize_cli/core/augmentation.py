"""Training pictures varied beyond the paper's turns, in ways that never change a hue.

Crops show the subject nearer (Szegedy et al. 2015 crop for classification). The rest is done to the
gray picture alone, which then looks as old photographs and bad scans do; the colour to learn stays
that of the good photo, so that a network learns to see through it. One that predicts RGB is asked
for the good photo's lightness too, which the program will not use; one that predicts ab is not.
"""

from dataclasses import dataclass, fields
from functools import cache
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.lab import FloatArray

Photo = NDArray[np.uint8]

STREAM: Final = 3
"""Keeps these draws apart from those of the seed's other uses; not 0, which NumPy pads with."""
GREATEST_CROP: Final = 0.9
STOPS: Final = 1.0
"""A gamma from 1/2 to 2 where `tone` is 1."""
CONTRAST_STOPS: Final = 0.5
"""A contrast from 0.7 to 1.4 where `tone` is 1."""
GREATEST_VIGNETTE: Final = 0.5
"""The lightness that corners lose at most where `tone` is 1."""
REACH: Final = 3
"""Standard deviations after which a Gaussian is cut off."""
LEAST_DEVIATION: Final = 1e-3
"""In pixels: nothing is seen of a Gaussian as narrow as this."""


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How much pictures are varied: each by chance, between not at all and as much as this.

    `crop` is the part of the side that a crop leaves out: 0.4 shows squares of 60 to 100 % of it.
    The others change the gray picture alone. `tone` scales contrast, gamma and darker corners, 1
    being the most; `grain` is the standard deviation of noise, in parts of the whole range of L;
    `blur` is that of a Gaussian, in pixels.
    """

    crop: float = 0.0
    tone: float = 0.0
    grain: float = 0.0
    blur: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no amount. Raises BadConfigError."""
        most = {"crop": GREATEST_CROP, "tone": 1.0, "grain": 1.0, "blur": 10.0}
        for entry in fields(self):
            amount = getattr(self, entry.name)
            if not 0 <= amount <= most[entry.name]:
                limit = f"is not from 0 to {most[entry.name]:g}"
                raise BadConfigError(f"an augmentation by {entry.name} {amount!r} {limit}")

    @property
    def changes_gray(self) -> bool:
        """Whether the gray picture is changed apart from the colour."""
        return bool(self.tone or self.grain or self.blur)


NOT_AUGMENTED: Final = Augmentation()
"""What is prepared, turned as its variant says and nothing else."""


def draws_of(*, seed: int, epoch: int, number: int) -> np.random.Generator:
    """Return what decides a picture's variation: it follows from these three alone."""
    return np.random.default_rng([seed, epoch, number, STREAM])


def cropped(
    photo: Photo,
    draws: np.random.Generator,
    augmentation: Augmentation,
    *,
    size: int | None = None,
) -> Photo:
    """Return a square part of a square photo, resampled to `size` pixels; None: to its own.

    Without a crop that is the whole of it. Bilinear, over all the pixels that one of a smaller
    picture covers: every colour lies between those of its neighbours.
    """
    whole = len(photo)
    size = size or whole
    if not augmentation.crop and size == whole:
        return photo
    zoom, left, top = draws.random(3) if augmentation.crop else np.zeros(3)
    side = whole * (1 - augmentation.crop * zoom)
    x, y = (whole - side) * left, (whole - side) * top
    picture = Image.fromarray(np.ascontiguousarray(photo))
    part = picture.resize((size, size), Image.Resampling.BILINEAR, box=(x, y, x + side, y + side))
    return np.asarray(part)


def aged(gray: FloatArray, draws: np.random.Generator, augmentation: Augmentation) -> FloatArray:
    """Return a gray picture `(H, W)` in [-1, 1] as an old photograph of it might be.

    In the order of its making: the lens blurs and darkens corners, the print has its gamma and
    contrast, and the grain lies upon it.
    """
    lightness = (gray + np.float32(1)) * np.float32(0.5)
    blur, grain = draws.random(2)
    if augmentation.blur:
        lightness = _blurred(lightness, augmentation.blur * blur)
    if augmentation.tone:
        lightness = _toned(lightness, draws.random(3), augmentation.tone)
    if augmentation.grain:
        noise = draws.standard_normal(gray.shape, np.float32)
        lightness = lightness + noise * np.float32(augmentation.grain * grain)
    changed: FloatArray = np.clip(lightness, 0, 1) * np.float32(2) - np.float32(1)
    return changed


def _toned(lightness: FloatArray, draws: NDArray[np.float64], tone: float) -> FloatArray:
    corners, gamma, contrast = draws
    dark = np.float32(GREATEST_VIGNETTE * tone * corners)
    exponent = np.float32(2 ** (STOPS * tone * (2 * gamma - 1)))
    slope = np.float32(2 ** (CONTRAST_STOPS * tone * (2 * contrast - 1)))
    printed = (lightness * (1 - dark * _distance_squared(*lightness.shape))) ** exponent
    shown: FloatArray = np.clip((printed - np.float32(0.5)) * slope + np.float32(0.5), 0, 1)
    return shown


@cache
def _distance_squared(height: int, width: int) -> FloatArray:
    """Return the squared distance from the centre, 1 at the corners: lenses darken by it.

    The first term of the natural law, cos^4 = 1 - 2 r^2 + ..., on lightness rather than on light.
    """
    rows, columns = (np.linspace(-1, 1, length, dtype=np.float32) for length in (height, width))
    squares: FloatArray = (rows[:, None] ** 2 + columns**2) / np.float32(2)
    return squares


def _blurred(lightness: FloatArray, deviation: float) -> FloatArray:
    """Convolve with a Gaussian, one axis after the other; edges go on as they end."""
    reach = ceil(REACH * deviation)
    places = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (places / max(deviation, LEAST_DEVIATION)) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    for _ in range(2):
        padded = np.pad(lightness, ((reach, reach), (0, 0)), mode="edge")
        rows = len(lightness)
        shifted = (weight * padded[at : at + rows] for at, weight in enumerate(weights))
        lightness = sum(shifted, start=np.zeros_like(lightness)).T
    return lightness
