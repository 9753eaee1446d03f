"""Pictures to small ones: the mean over areas, read a few rows at a time; or a little larger ones.

A picture smaller than what it is brought to is enlarged linearly. Sizes keep the aspect.
"""

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float32]

AVERAGED_PIXELS: Final = 2**20
"""Pixels averaged at once: a hundred rows of a picture of 100 megapixels, if it is no ribbon."""


def small_shape(shape: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Return height and width of a picture of `shape` (H, W) brought to a longer side."""
    scale = long_side / max(shape)
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def reduced(
    read: Callable[[slice], FloatArray], shape: tuple[int, int], small: tuple[int, int]
) -> FloatArray:
    """Average what `read` tells of rows, `(rows, W, K)`, to `(h, w, K)`.

    `shape` is (H, W), `small` (h, w): along an axis where it is larger, values are mixed linearly.
    """
    (height, width), (rows, columns) = shape, small
    narrow = _resampled(read, (height, width), rows).swapaxes(0, 1)
    return _resampled(lambda part: narrow[part], (width, rows), columns).swapaxes(0, 1)


def _resampled(
    read: Callable[[slice], FloatArray], shape: tuple[int, int], small: int
) -> FloatArray:
    """Average rows over areas to `small` rows, or enlarge them linearly; `shape` is before.

    Row by row: a product with a matrix would start threads that wait for each other.
    """
    length, width = shape
    parts = _areas(length, small) if small <= length else _mixtures(length, small)
    return np.stack([_weighted_sum(read, part, weights, width) for part, weights in parts])


def _weighted_sum(
    read: Callable[[slice], FloatArray], part: slice, weights: FloatArray, width: int
) -> FloatArray:
    """Sum up weighted rows, few enough at a time."""

    def weighted(rows: slice) -> FloatArray:
        values = read(slice(part.start + rows.start, part.start + rows.stop))
        total: FloatArray = (values * weights[rows, None, None]).sum(axis=0)
        return total

    return reduce(np.add, map(weighted, pieces(len(weights), AVERAGED_PIXELS // width)))


def _areas(length: int, small: int) -> Iterator[tuple[slice, FloatArray]]:
    """Yield which rows each small row covers, the outermost by a share, and their weights."""
    for index in range(small):
        start, stop = index * length / small, (index + 1) * length / small
        places = np.arange(int(start), min(length, int(np.ceil(stop))))
        overlap = np.minimum(stop, places + 1) - np.maximum(start, places)
        weights = (overlap / overlap.sum()).astype(np.float32)
        yield slice(int(places[0]), int(places[-1]) + 1), weights


def _mixtures(length: int, large: int) -> Iterator[tuple[slice, FloatArray]]:
    """Yield which two rows each row of an enlargement lies between, and their weights."""
    for index in range(large):
        place = min(max((index + 0.5) * length / large - 0.5, 0), length - 1)
        first = min(int(place), max(length - 2, 0))
        weights = np.array([1 - (place - first), place - first], np.float32)
        yield slice(first, first + 2), weights[: min(2, length)]


def pieces(length: int, most: int) -> Iterator[slice]:
    """Yield slices of at most so many (at least one) that cover a length."""
    step = max(1, most)
    return (slice(start, min(start + step, length)) for start in range(0, length, step))
