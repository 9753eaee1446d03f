"""Picture to Colorizer to picture: only the colour comes from the network.

Lightness goes in reduced to the size that the network was trained at and comes back as it was,
at the picture's own size and depth. What the network sees is averaged as gray code values, as
photographs for training are; what guides the colours back, as L* itself.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.backend import Colorizer
from colorize_cli.core.chroma import guide
from colorize_cli.core.gamut import lightness_of, realize
from colorize_cli.core.image_io import Picture
from colorize_cli.core.lab import (
    ab_from_network,
    lightness_from_luminance,
    linear_from_srgb,
    luminance_from_lightness,
    network_input,
    srgb_from_linear,
)

FloatArray: TypeAlias = NDArray[np.float32]

STRIP_PIXELS: Final = 2**17
"""Pixels worked on at once: their intermediate arrays fit the processor's cache."""

GREATEST_STRENGTH: Final = 2.0


def colorize(
    picture: Picture, generator: GeneratorSpec, colorizer: Colorizer, *, strength: float = 1.0
) -> Picture:
    """Return the picture in the network's colours: `(H, W, 3)` codes of the same depth.

    L* of every pixel is that of the picture to within half a code, alpha and metadata are
    untouched. `strength` multiplies the chroma: 0 gives gray, 1 what the network says.
    """
    small, variance = small_lightness(picture, generator.size)
    seen = seen_lightness(picture, generator.size)
    ab = predicted_ab(seen, generator, colorizer) * np.float32(strength)
    chroma = guide(ab, small, variance, size=picture.size)
    height, width = picture.codes.shape[:2]
    codes = np.empty((height, width, 3), picture.codes.dtype)

    def fill(rows: slice) -> None:
        lightness = lightness_of(picture.codes[rows])
        ab_rows = chroma.rows(rows.start, lightness)
        codes[rows] = realize(lightness, ab_rows, bit_depth=picture.bit_depth)

    with ThreadPoolExecutor(max_workers=_worker_count()) as workers:
        for _ in workers.map(fill, _strips(height, width)):
            pass
    return replace(picture, codes=codes)


def seen_lightness(picture: Picture, long_side: int) -> FloatArray:
    """Return L* of the mean gray over areas, `(h, w)`: what a network was trained to see."""

    def grays(rows: slice) -> FloatArray:
        codes = picture.codes[rows]
        if codes.ndim == 2:
            return codes[..., None].astype(np.float32) / np.float32(np.iinfo(codes.dtype).max)
        return srgb_from_linear(luminance_from_lightness(lightness_of(codes)))[..., None]

    means = _reduced(grays, picture, long_side)[..., 0]
    return np.clip(lightness_from_luminance(linear_from_srgb(means)), 0, 100)


def small_lightness(picture: Picture, long_side: int) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the variance of L* over areas, `(h, w)`, aspect kept.

    A picture smaller than `long_side` is enlarged, to the scale that the network knows.
    """

    def moments(rows: slice) -> FloatArray:
        lightness = lightness_of(picture.codes[rows])
        return np.stack([lightness, lightness * lightness], axis=-1)

    means = _reduced(moments, picture, long_side)
    mean, mean_square = np.ascontiguousarray(means[..., 0]), means[..., 1]
    return mean, np.maximum(mean_square - mean * mean, 0)


def _reduced(read: Callable[[slice], FloatArray], picture: Picture, long_side: int) -> FloatArray:
    """Average what `read` tells of rows, `(rows, W, K)`, to `(h, w, K)`."""
    height, width = picture.codes.shape[:2]
    scale = long_side / max(height, width)
    small = max(1, round(height * scale)), max(1, round(width * scale))
    columns = _resampled(read, height, small[0]).swapaxes(0, 1)
    return _resampled(lambda part: columns[part], width, small[1]).swapaxes(0, 1)


def predicted_ab(
    lightness: FloatArray, generator: GeneratorSpec, colorizer: Colorizer
) -> FloatArray:
    """Return the ab `(2, h, w)` that a generator predicts for a lightness `(h, w)`."""
    height, width = lightness.shape
    gray = network_input(_padded(lightness, generator.size))
    color = colorizer(np.ascontiguousarray(gray[None, None]))
    return ab_from_network(color)[0, :, :height, :width]


def _padded(lightness: FloatArray, stride: int) -> FloatArray:
    """Reflect the picture at its right and lower border, as often as needed, to the stride."""
    margins = [(0, -length % stride) for length in lightness.shape]
    return np.pad(lightness, margins, mode="reflect")


def _resampled(read: Callable[[slice], FloatArray], length: int, small: int) -> FloatArray:
    """Average rows over areas to `small` rows, or enlarge them linearly.

    Row by row: a product with a matrix would start threads that wait for each other.
    """
    parts = _areas(length, small) if small <= length else _mixtures(length, small)
    return np.stack([_weighted_sum(read(part), weights) for part, weights in parts])


def _weighted_sum(rows: FloatArray, weights: FloatArray) -> FloatArray:
    total: FloatArray = (rows * weights[:, None, None]).sum(axis=0)
    return total


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


def _strips(height: int, width: int) -> Iterator[slice]:
    rows = max(1, STRIP_PIXELS // width)
    return (slice(start, min(start + rows, height)) for start in range(0, height, rows))


def _worker_count() -> int:
    """Return how many processors this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
