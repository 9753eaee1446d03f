"""Small colour to full-size colour, along the edges of the full-size lightness.

A fast guided filter (He and Sun 2015, after He, Sun and Tang 2013): in small windows the colour
is taken for a linear function of lightness; the coefficients are found at the network's size,
enlarged bilinearly, and applied to the lightness at full size, whose edges the colour thus takes.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float32]

RADIUS: Final = 2
"""Windows of 5x5 small pixels: the least that hold both sides of an edge a network blurred."""

EPSILON: Final = 4.0
"""Variance of L* below which a window counts as flat: differences of 2, grain but no edge."""


@dataclass(frozen=True, kw_only=True)
class GuidedChroma:
    """Chroma at full size, computed for some rows at a time, so that memory stays small.

    `slope` and `offset` are `(2, h, W)`: the linear functions of lightness for a and b, already
    enlarged to the full width; `height` is the full height.
    """

    slope: FloatArray
    offset: FloatArray
    height: int

    def rows(self, start: int, lightness: FloatArray) -> FloatArray:
        """Return ab `(2, rows, W)` for the rows of full-size lightness from `start` on."""
        stop = start + lightness.shape[0]
        slope = _enlarged_rows(self.slope, self.height, start, stop)
        slope *= lightness
        slope += _enlarged_rows(self.offset, self.height, start, stop)
        return slope


def guide(ab: FloatArray, lightness: FloatArray, size: tuple[int, int]) -> GuidedChroma:
    """Prepare ab `(2, h, w)` with its lightness `(h, w)` for a picture of `size` (W, H)."""
    width, height = size
    slope, offset = _linear_fits(ab, lightness)
    return GuidedChroma(
        slope=_enlarged_columns(slope, width),
        offset=_enlarged_columns(offset, width),
        height=height,
    )


def _linear_fits(ab: FloatArray, lightness: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return slope and offset `(2, h, w)` of ab over lightness, averaged over the windows."""
    mean = _window_mean(lightness)
    mean_ab = _window_mean(ab)
    # Centred on the window's mean, so that a flat window gives no slope, whatever its lightness.
    covariance = _window_mean(ab * lightness) - mean_ab * mean
    variance = _window_mean(lightness * lightness) - mean * mean
    slope = covariance / (np.maximum(variance, 0) + EPSILON)
    offset = mean_ab - slope * mean
    return _window_mean(slope).astype(np.float32), _window_mean(offset).astype(np.float32)


def _window_mean(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Average over the window of each pixel, cut off at the borders, along the last two axes."""
    return _line_mean(_line_mean(values.astype(np.float64), -1), -2)


def _line_mean(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    length = values.shape[axis]
    sums = np.insert(np.cumsum(values, axis=axis), 0, 0, axis=axis)
    places = np.arange(length)
    stop, start = np.minimum(places + RADIUS + 1, length), np.maximum(places - RADIUS, 0)
    shape = [1] * values.ndim
    shape[axis] = length
    means: NDArray[np.float64] = sums.take(stop, axis) - sums.take(start, axis)
    means /= (stop - start).reshape(shape)
    return means


def _enlarged_columns(values: FloatArray, width: int) -> FloatArray:
    left, right, share = _neighbours(values.shape[-1], width, 0, width)
    return values[..., left] * (1 - share) + values[..., right] * share


def _enlarged_rows(values: FloatArray, height: int, start: int, stop: int) -> FloatArray:
    above, below, share = _neighbours(values.shape[-2], height, start, stop)
    share = share[:, None]
    rows = values[:, above] * (1 - share)
    rows += values[:, below] * share
    return rows


def _neighbours(
    length: int, full: int, start: int, stop: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]:
    """Return, for pixels of the enlarged axis, the two small ones and the second one's share."""
    places = (np.arange(start, stop) + 0.5) * (length / full) - 0.5
    first = np.clip(np.floor(places), 0, length - 1)
    share = np.clip(places - first, 0, 1).astype(np.float32)
    index = first.astype(np.intp)
    return index, np.minimum(index + 1, length - 1), share
