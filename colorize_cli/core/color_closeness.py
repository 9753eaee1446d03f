"""How much of a picture is near its true colours: AuC, plain and with rare colours counted up.

Source: Zhang, Isola and Efros, "Colorful image colorization", ECCV 2016, sections 2.2 and 3.1:
the share of pixels whose ab lies within t of the truth, as t goes from 0 to 150, and the area
under that curve. Rebalanced, a pixel counts by the inverse of its true colour's probability
(their equation 4 with lambda 0), which is that of a grid of 10 in ab, smoothed by a Gaussian.

Their probabilities are ImageNet's; ours are those of the photos that are judged, so that each
colour that occurs has one and none outweighs all others.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.floating]
Float64Array: TypeAlias = NDArray[np.float64]

FARTHEST: Final = 150.0
"""The last threshold, in Lab units: farther is all the same."""
BIN_WIDTH: Final = 10.0
BINS_TO_EDGE: Final = 11
"""Bins each side of neutral: sRGB's a and b lie within [-108, 99]."""
BINS: Final = 2 * BINS_TO_EDGE + 1
SMOOTHING: Final = 5.0
"""Sigma of the Gaussian over ab, in Lab units."""


def closeness(ab: FloatArray, true_ab: FloatArray) -> FloatArray:
    """Return 1 where ab `(..., 2)` is true, falling evenly to 0 at a distance of 150.

    Its mean is the area under the curve of cumulative shares from 0 to 150, exactly: a pixel at
    distance d counts at all thresholds from d on, which are a share of 1 - d / 150.
    """
    difference = ab - true_ab
    distance = np.hypot(difference[..., 0], difference[..., 1])
    near: FloatArray = 1 - np.minimum(distance, FARTHEST) / FARTHEST
    return near


def color_classes(true_ab: FloatArray) -> NDArray[np.int16]:
    """Return the number of the grid's bin that each ab `(..., 2)` lies in, below BINS squared."""
    steps = np.rint(true_ab * (1 / BIN_WIDTH)).astype(np.int16)
    places = np.clip(steps, -BINS_TO_EDGE, BINS_TO_EDGE) + BINS_TO_EDGE
    classes: NDArray[np.int16] = places[..., 0] * BINS + places[..., 1]
    return classes


def by_class(classes: NDArray[np.int16], values: FloatArray | None = None) -> NDArray[np.float32]:
    """Return, for each class, the sum of its pixels' values as a share of all pixels.

    Without values it is the share of pixels. Float32 `(BINS ** 2,)`: many photos are kept.
    """
    weights = None if values is None else values.ravel()
    sums = np.bincount(classes.ravel(), weights, minlength=BINS**2)
    return (sums / classes.size).astype(np.float32)


def class_weights(shares: FloatArray) -> Float64Array:
    """Return the weight of each class, from the shares of the classes in photos `(N, classes)`.

    The inverse of the smoothed probability, such that the mean weight of all pixels is 1; 0 for
    a class that does not occur.
    """
    probability = shares.mean(axis=0, dtype=np.float64)
    smooth = _smoothed(probability)
    weights = np.divide(1, smooth, out=np.zeros_like(smooth), where=probability > 0)
    weights /= weights @ probability
    return weights


def _smoothed(probability: Float64Array) -> Float64Array:
    places = np.arange(BINS) * BIN_WIDTH
    kernel = np.exp(-0.5 * ((places[:, None] - places) / SMOOTHING) ** 2)
    kernel /= kernel[BINS_TO_EDGE].sum()
    return (kernel @ probability.reshape(BINS, BINS) @ kernel).ravel()
