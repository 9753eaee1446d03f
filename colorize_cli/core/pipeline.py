"""Picture to Colorizer to picture: only the colour comes from the network.

Lightness goes in reduced to the size that the network was trained at and comes back as it was,
at the picture's own size and depth. What the network sees is averaged as gray code values, as
photographs for training are; what guides the colours back, as L* itself.

The network sees the longer side at the size of its training, whatever the picture's size and
shape. There the colours of the model `birds` were nearest: with longer sides of 96, 128 (its
own), 160, 192 and 256 the mean error of ab was 16.6, 16.4, 17.3, 18.2 and 17.9 on 400 photos of
scenes and objects, on which this was chosen, 16.5, 16.5, 17.4, 17.9 and 17.7 on 400 others, and
15.9, 15.6, 17.4, 18.8 and 18.2 on 374 birds. A shorter side of 128 was no better (16.4, 16.5 and
15.8), nor were longer ones for panoramas of 5:1 to 12:1 made of such photos.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial, reduce
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.backend import Colorizer
from colorize_cli.core.chroma import GuidedChroma, guide
from colorize_cli.core.gamut import Codes, lightness_of, realize
from colorize_cli.core.image_io import Picture
from colorize_cli.core.lab import (
    ab_from_network,
    lightness_from_luminance,
    linear_from_srgb,
    luminance_from_lightness,
    network_input,
    srgb_from_linear,
)
from colorize_cli.core.processors import usable_processors

FloatArray: TypeAlias = NDArray[np.float32]

STRIP_PIXELS: Final = 2**17
"""Pixels worked on at once: their intermediate arrays fit the processor's cache."""

BLOCK_WIDTH: Final = 2**16
"""Columns worked on at once, so that even a row of many millions takes little memory."""

AVERAGED_PIXELS: Final = 2**20
"""Pixels averaged at once: a hundred rows of a picture of 100 megapixels, if it is no ribbon."""


def colorize(
    picture: Picture,
    generator: GeneratorSpec,
    colorizer: Colorizer,
    *,
    strength: float = 1.0,
    size: int | None = None,
    workers: int | None = None,
) -> Picture:
    """Return the picture in the network's colours: `(H, W, 3)` codes of the same depth.

    L* of every pixel is that of the picture to within half a code, alpha and metadata are
    untouched. `strength` multiplies the chroma: 0 gives gray, 1 what the network says. `workers`
    is the number of threads for all but the network; None is one for each processor. `size` is
    the longer side of what the network sees; None is that of its training.
    """
    size = size or generator.size
    small, variance = small_lightness(picture, size)
    seen = seen_lightness(picture, size)
    ab = predicted_ab(seen, generator, colorizer) * np.float32(strength)
    width, height = picture.size
    codes = np.empty((height, width, 3), picture.codes.dtype)
    for columns in _pieces(width, BLOCK_WIDTH):
        chroma = guide(ab, small, variance, size=picture.size, columns=columns)
        fill = partial(_fill, codes[:, columns], picture.codes[:, columns], chroma)
        strips = _pieces(height, STRIP_PIXELS // (columns.stop - columns.start))
        _for_each(strips, fill, workers=workers or usable_processors())
    return replace(picture, codes=codes)


def _fill(result: Codes, source: Codes, chroma: GuidedChroma, rows: slice) -> None:
    lightness = lightness_of(source[rows])
    ab = chroma.rows(rows.start, lightness)
    result[rows] = realize(lightness, ab, bit_depth=source.dtype.itemsize * 8)


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
    columns = _resampled(read, (height, width), small[0]).swapaxes(0, 1)
    return _resampled(lambda part: columns[part], (width, small[0]), small[1]).swapaxes(0, 1)


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

    return reduce(np.add, map(weighted, _pieces(len(weights), AVERAGED_PIXELS // width)))


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


def _pieces(length: int, most: int) -> Iterator[slice]:
    """Yield slices of at most so many (at least one) that cover a length."""
    step = max(1, most)
    return (slice(start, min(start + step, length)) for start in range(0, length, step))


def _for_each(strips: Iterator[slice], work: Callable[[slice], None], *, workers: int) -> None:
    if workers == 1:
        for strip in strips:
            work(strip)
        return
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for _ in pool.map(work, strips):
            pass
