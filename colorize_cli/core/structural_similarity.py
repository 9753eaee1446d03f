"""Structural similarity (SSIM) of colour pictures, in the form of its authors.

Source: Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to
structural similarity", IEEE Transactions on Image Processing 13 (2004): Gaussian window of 11x11
and sigma 1.5, K1 = 0.01, K2 = 0.03, biased moments, mean over the windows that lie wholly inside.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64Array: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.uint8]

RADIUS: Final = 5
SIGMA: Final = 1.5
LEAST_SIDE: Final = 2 * RADIUS + 1
"""Smaller pictures hold no whole window."""
C1: Final = (0.01 * 255) ** 2
C2: Final = (0.03 * 255) ** 2

STRIP_PIXELS: Final = 2**15
"""Windows worked on at once, so that large pictures need little memory."""

_BELL: Final = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / SIGMA) ** 2)
_WINDOW: Final = _BELL / _BELL.sum()


def structural_similarities(pictures: Sequence[Codes], truth: Codes) -> list[float]:
    """Return the mean SSIM of each picture to the truth, in [-1, 1]; 1 is equal.

    8-bit sRGB `(H, W, 3)`, H and W at least 11. R, G and B are compared each for itself and
    averaged: of the lightness alone, which the program keeps, it would always be 1.
    """
    rows, columns = (length - 2 * RADIUS for length in truth.shape[:2])
    step = max(1, STRIP_PIXELS // columns)
    totals = np.zeros(len(pictures))
    for start in range(0, rows, step):
        strip = slice(start, min(start + step, rows) + 2 * RADIUS)
        totals += _strip_sums([picture[strip] for picture in pictures], truth[strip])
    return [float(total) for total in totals / (rows * columns * truth.shape[2])]


def _strip_sums(pictures: Sequence[Codes], truth: Codes) -> list[float]:
    """Return, for each picture, the sum of the SSIM of all windows and channels."""
    true = truth.astype(np.float64)
    mean, square = _windowed(true), _windowed(true * true)
    variance = square - mean * mean
    return [_sum(picture.astype(np.float64), true, mean, variance) for picture in pictures]


def _sum(
    picture: Float64Array, true: Float64Array, true_mean: Float64Array, true_variance: Float64Array
) -> float:
    mean = _windowed(picture)
    product = mean * true_mean
    covariance = _windowed(picture * true) - product
    squares = mean * mean
    variance = _windowed(picture * picture) - squares
    squares += true_mean * true_mean
    likeness = (2 * product + C1) * (2 * covariance + C2)
    likeness /= (squares + C1) * (variance + true_variance + C2)
    return float(likeness.sum())


def _windowed(values: Float64Array) -> Float64Array:
    """Average `(H, W, K)` over the window of each inner pixel: `(H - 10, W - 10, K)`."""
    rows = values.shape[0] - 2 * RADIUS
    rows_done = _weighted([values[step : step + rows] for step in range(LEAST_SIDE)])
    columns = values.shape[1] - 2 * RADIUS
    return _weighted([rows_done[:, step : step + columns] for step in range(LEAST_SIDE)])


def _weighted(shifted: Sequence[Float64Array]) -> Float64Array:
    """Sum the shifted views by the window's weights, which are the same on both sides."""
    total: Float64Array = _WINDOW[RADIUS] * shifted[RADIUS]
    for step in range(RADIUS):
        both = shifted[step] + shifted[-1 - step]
        both *= _WINDOW[step]
        total += both
    return total
