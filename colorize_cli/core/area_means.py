"""Pictures to small ones: the mean over areas, read a few rows at a time; or a little larger ones.

A picture smaller than what it is brought to is enlarged linearly. Sizes keep the aspect.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.sizes import pieces
from colorize_cli.core.threads import Each

FloatArray: TypeAlias = NDArray[np.float32]


Read: TypeAlias = Callable[[slice], FloatArray]
Mean: TypeAlias = tuple[slice, FloatArray]
"""Which rows a small one is the mean of, and their weights."""

BLOCK_WIDTH: Final = 2**16
"""Columns worked on at once, so that even a row of many millions takes little memory."""

AVERAGED_PIXELS: Final = 2**16
"""Pixels averaged at once: their values fit a processor's own cache."""


def reduced(read: Read, shape: tuple[int, int], small: tuple[int, int]) -> FloatArray:
    """Average what `read` tells of rows, `(rows, W, K)`, to `(h, w, K)`.

    `shape` is (H, W), `small` (h, w): along an axis where it is larger, values are mixed linearly.
    """
    return narrowed(shortened(read, shape, small[0]), small[1])


def shortened(read: Read, shape: tuple[int, int], rows: int, *, each: Each = map) -> FloatArray:
    """Average what `read` tells of rows, `(rows, W, K)`, to fewer or more rows, `(h, W, K)`."""
    return _resampled(read, shape, rows, each)


def narrowed(values: FloatArray, columns: int) -> FloatArray:
    """Average `(h, W, K)` to fewer or more columns, `(h, w, K)`."""
    height, width = values.shape[:2]
    turned = values.swapaxes(0, 1)
    return _resampled(lambda part: turned[part], (width, height), columns, map).swapaxes(0, 1)


def _resampled(read: Read, shape: tuple[int, int], small: int, each: Each) -> FloatArray:
    """Average rows over areas to `small` rows, or enlarge them linearly; `shape` is before.

    Row by row: a product with a matrix would start threads that wait for each other.
    """
    length, width = shape
    return np.stack(list(each(partial(_weighted_sum, read, width), means(length, small))))


def means(length: int, small: int) -> Iterator[Mean]:
    """Yield what each of `small` rows is a mean of: an area, or the two rows beside it."""
    return _areas(length, small) if small <= length else _mixtures(length, small)


def _weighted_sum(read: Read, width: int, mean: Mean) -> FloatArray:
    """Sum up weighted rows, few enough at a time, in an order that does not depend on how many."""
    part, weights = mean
    total: FloatArray | None = None
    for rows in pieces(len(weights), AVERAGED_PIXELS // width):
        values = read(slice(part.start + rows.start, part.start + rows.stop))
        weighted = values * weights[rows, None, None]
        if total is not None:
            weighted[0] += total
        total = weighted.sum(axis=0)
    if total is None:
        raise ValueError("a mean of no rows")
    return total


def _areas(length: int, small: int) -> Iterator[Mean]:
    """Yield which rows each small row covers, the outermost by a share, and their weights."""
    for index in range(small):
        start, stop = index * length / small, (index + 1) * length / small
        places = np.arange(int(start), min(length, int(np.ceil(stop))))
        overlap = np.minimum(stop, places + 1) - np.maximum(start, places)
        weights = (overlap / overlap.sum()).astype(np.float32)
        yield slice(int(places[0]), int(places[-1]) + 1), weights


def _mixtures(length: int, large: int) -> Iterator[Mean]:
    """Yield which two rows each row of an enlargement lies between, and their weights."""
    for index in range(large):
        place = min(max((index + 0.5) * length / large - 0.5, 0), length - 1)
        first = min(int(place), max(length - 2, 0))
        weights = np.array([1 - (place - first), place - first], np.float32)
        yield slice(first, first + 2), weights[: min(2, length)]
