"""The palette of another photo for the colours of a prediction.

In each of a few overlapping bands of lightness the distribution of a and b is moved to that of
the reference by the linear map of least change between two Gaussians (Monge-Kantorovich; Pitié
and Kokaram 2007, "The linear Monge-Kantorovitch linear colour mapping", section 3). Such a map is
the gradient of a convex function: it turns no hue by more than a right angle about the mean, so
that what the network tells apart stays apart, and being linear it makes no steps. What has no
colour takes no part, on either side, and gets none.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.area_means import reduced
from colorize_cli.core.errors import NotAnImageError
from colorize_cli.core.image_io import decode
from colorize_cli.core.image_samples import to_8_bits
from colorize_cli.core.input_files import read_input
from colorize_cli.core.lab import lab_from_srgb8
from colorize_cli.core.picture import Picture
from colorize_cli.core.sizes import small_shape

FloatArray: TypeAlias = NDArray[np.float32]
Matrix: TypeAlias = NDArray[np.float64]

SIDE: Final = 256
"""The longer side at which a reference is looked at."""

BANDS: Final = (15.0, 38.0, 62.0, 85.0)
"""L* at the middle of each band; between two of them both count by nearness."""

NEUTRAL: Final = 4.0
"""Chroma at which a colour takes part by a half: neutral grays are below even after JPEG."""

SHARED: Final = 0.002
"""What the whole picture weighs in each band, so that a band of hardly a pixel is like all."""

NOISE: Final = 4.0
"""Added to variances of a and b: two units, below which nobody sees how colours vary."""

GREATEST_STRETCH: Final = 3.0
"""By which a spread of chroma is stretched at most: a pale prediction has its blotches too."""

VISIBLE: Final = 128
"""Of 255: what is more transparent takes no part."""

COLORLESS: Final = 0.02
"""Share of coloured pixels below which a reference is gray."""


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Mean `(bands, 2)` and covariance `(bands, 2, 2)` of ab in each band of lightness."""

    mean: Matrix
    covariance: Matrix


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The colours of a reference; `sha256` is that of its file's bytes."""

    colors: Distribution
    sha256: str = ""


def read_palette(path: Path, *, max_pixels: int | None = None) -> Palette:
    """Read the colours of a photo.

    Raises NoInputError for what cannot be read; NotAnImageError for what is no picture, or
    several, and for one without colours.
    """
    data = read_input(path)
    picture = decode(data, path=path, max_pixels=max_pixels)
    lab = _small_lab(picture)
    ab, lightness = np.ascontiguousarray(np.moveaxis(lab[..., 1:], -1, 0)), lab[..., 0]
    if picture.is_gray or float(_color_shares(ab, NEUTRAL).mean()) < COLORLESS:
        raise NotAnImageError("is gray: a reference needs colours to take over", path=path)
    return Palette(
        colors=distribution(ab, lightness, NEUTRAL), sha256=hashlib.sha256(data).hexdigest()
    )


def _small_lab(picture: Picture) -> FloatArray:
    codes, alpha = picture.srgb8(), picture.alpha

    def read(rows: slice) -> FloatArray:
        lab = lab_from_srgb8(codes[rows])
        if alpha is not None:
            # What nobody sees is no colour of the photo, whatever lies there.
            lab[..., 1:] *= (to_8_bits(alpha[rows]) >= VISIBLE)[..., None]
        return lab

    shape = codes.shape[0], codes.shape[1]
    return reduced(read, shape, small_shape(shape, min(SIDE, max(shape))))


def with_palette(ab: FloatArray, lightness: FloatArray, palette: Palette) -> FloatArray:
    """Return ab `(2, h, w)` of a lightness `(h, w)` in the colours of a palette."""
    neutral = _neutral(ab)
    present = distribution(ab, lightness, neutral)
    moved = np.zeros_like(ab)
    for band, share in enumerate(_band_shares(lightness)):
        if share.any():
            moved += share * _moved(ab, present, palette.colors, band)
    result: FloatArray = ab + _color_shares(ab, neutral) * (moved - ab)
    return result


def _neutral(ab: FloatArray) -> float:
    """Return the chroma at which a colour takes part by a half: less if all of it is pale."""
    return min(NEUTRAL, 0.5 * float(np.sqrt(np.square(ab).sum(axis=0).mean())) + 1e-3)


def _color_shares(ab: FloatArray, neutral: float) -> FloatArray:
    """Return how much each pixel counts as coloured, `(h, w)`: 0 where it has no chroma."""
    square = np.square(ab).sum(axis=0)
    shares: FloatArray = square / (square + np.float32(neutral * neutral))
    return shares


def _band_shares(lightness: FloatArray) -> FloatArray:
    """Return how much each pixel belongs to each band: `(bands, h, w)`, 1 in all."""
    places = np.arange(len(BANDS))
    return np.stack(
        [np.interp(lightness, BANDS, places == place) for place in places], dtype=np.float32
    )


def distribution(ab: FloatArray, lightness: FloatArray, neutral: float) -> Distribution:
    """Return how the colours of ab `(2, h, w)` are distributed in each band of lightness."""
    colored = _color_shares(ab, neutral).astype(np.float64)
    values = ab.astype(np.float64)
    moments = [_moments(values, colored * share) for share in _band_shares(lightness)]
    whole = sum(moments, np.zeros(6))
    mixed = np.stack([moment + SHARED * whole for moment in moments])
    mixed /= np.maximum(mixed[:, :1], 1e-12)
    mean = mixed[:, 1:3]
    square = mixed[:, [3, 4, 4, 5]].reshape(-1, 2, 2)
    covariance = square - mean[:, :, None] * mean[:, None, :] + NOISE * np.eye(2)
    return Distribution(mean=mean, covariance=covariance)


def _moments(ab: Matrix, weight: Matrix) -> Matrix:
    """Return the weighted sums of 1, a, b, aa, ab and bb."""
    a, b = ab
    terms = (np.ones_like(a), a, b, a * a, a * b, b * b)
    return np.array([(weight * term).sum() for term in terms])


def _moved(ab: FloatArray, present: Distribution, wanted: Distribution, band: int) -> FloatArray:
    stretch = _least_change(present.covariance[band], wanted.covariance[band])
    matrix, source = stretch.astype(np.float32), present.mean[band].astype(np.float32)
    a, b = ab[0] - source[0], ab[1] - source[1]
    target = wanted.mean[band].astype(np.float32)
    return np.stack(
        [
            matrix[0, 0] * a + matrix[0, 1] * b + target[0],
            matrix[1, 0] * a + matrix[1, 1] * b + target[1],
        ]
    )


def _least_change(present: Matrix, wanted: Matrix) -> Matrix:
    """Return the symmetric map from one covariance to another, stretching no axis too far."""
    root = _power(present, 0.5)
    inverse = _power(present, -0.5)
    stretch = inverse @ _power(root @ wanted @ root, 0.5) @ inverse
    values, axes = np.linalg.eigh((stretch + stretch.T) / 2)
    limited: Matrix = (axes * np.minimum(values, GREATEST_STRETCH)) @ axes.T
    return limited


def _power(matrix: Matrix, exponent: float) -> Matrix:
    values, axes = np.linalg.eigh(matrix)
    power: Matrix = (axes * np.maximum(values, 1e-9) ** exponent) @ axes.T
    return power
