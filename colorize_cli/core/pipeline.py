"""Picture to Colorizer to picture: only the colour comes from the network.

Lightness goes in reduced to the size that the network was trained at and comes back as it was,
at the picture's own size and depth. What the network sees is averaged as gray code values, as
photographs for training are; what guides the colours back, as L* itself.

The network sees the longer side at the size of its training, whatever the picture's size and
shape. There the colours of the model `natural` are nearest: with longer sides of 96, 128 (its own)
and 160, 192, 256 the mean error of ab is 14.4, 14.1, 14.4, 14.9 and 15.0 on 124 held-out birds,
13.2, 13.1, 13.1, 13.3 and 13.5 on 169 general photos.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.area_means import pieces, reduced, small_shape
from colorize_cli.core.backend import Colorizer
from colorize_cli.core.chroma import guide
from colorize_cli.core.color_cast import neutral_ends, without_cast
from colorize_cli.core.flip_averaging import Predict, averaged_over_flips
from colorize_cli.core.gamut import Codes, lightness_of, realize
from colorize_cli.core.hints import GRID, HINTED_WIDTH, Chroma, Hints, WantedChroma, wanted_chroma
from colorize_cli.core.image_io import Picture
from colorize_cli.core.lab import (
    ab_from_network,
    lightness_from_luminance,
    linear_from_srgb,
    luminance_from_lightness,
    network_input,
    srgb_from_linear,
)
from colorize_cli.core.palette import Palette, with_palette
from colorize_cli.core.processors import usable_processors

FloatArray: TypeAlias = NDArray[np.float32]

Quality: TypeAlias = Literal["standard", "best"]
"""What the network is asked: the picture, or its mirror image as well."""

STRIP_PIXELS: Final = 2**17
"""Pixels worked on at once: their intermediate arrays fit the processor's cache."""

BLOCK_WIDTH: Final = 2**16
"""Columns worked on at once, so that even a row of many millions takes little memory."""


def colorize(  # noqa: PLR0913 - one for each wish, all but three by name
    picture: Picture,
    generator: GeneratorSpec,
    colorizer: Colorizer,
    *,
    strength: float = 1.0,
    size: int | None = None,
    workers: int | None = None,
    quality: Quality = "standard",
    hints: Hints | None = None,
    palette: Palette | None = None,
) -> Picture:
    """Return the picture in the network's colours: `(H, W, 3)` codes of the same depth.

    L* of every pixel is that of the picture to within half a code, alpha and metadata are
    untouched. `strength` multiplies the chroma: 0 gives gray, 1 what the network says. `workers`
    is the number of threads for all but the network; None is one for each processor. `size` is
    the longer side of what the network sees; None is that of its training. `quality` "best" asks
    the network twice. `palette` gives the prediction other colours, and `hints` govern the regions
    that they lie in, at any strength. Raises NotAnImageError for hints of another shape.
    """
    wanted = None if hints is None else _wanted(picture, hints)
    size = size or generator.size
    small, variance = small_lightness(picture, size)
    seen = seen_lightness(picture, size)
    ab = _finished(_predictor(generator, colorizer, quality)(seen), seen, palette)
    ab = ab * np.float32(strength)
    width, height = picture.size
    codes = np.empty((height, width, 3), picture.codes.dtype)
    for columns in pieces(width, BLOCK_WIDTH if wanted is None else HINTED_WIDTH):
        chroma: Chroma = guide(ab, small, variance, size=picture.size, columns=columns)
        if wanted is not None:
            chroma = wanted.over(chroma, columns)
        fill = partial(_fill, codes[:, columns], picture.codes[:, columns], chroma)
        strips = pieces(height, STRIP_PIXELS // (columns.stop - columns.start))
        _for_each(strips, fill, workers=workers or usable_processors())
    return replace(picture, codes=codes)


def _wanted(picture: Picture, hints: Hints) -> WantedChroma:
    hints.check_size(picture.size)
    lightness, variance = small_lightness(picture, min(GRID, max(picture.size)))
    return wanted_chroma(hints, lightness, variance, size=picture.size)


def _predictor(generator: GeneratorSpec, colorizer: Colorizer, quality: Quality) -> Predict:
    predict = partial(predicted_ab, generator=generator, colorizer=colorizer)
    return averaged_over_flips(predict) if quality == "best" else predict


def _finished(ab: FloatArray, lightness: FloatArray, palette: Palette | None) -> FloatArray:
    """Return the prediction without what no photograph has, in the palette's colours."""
    ab = without_cast(neutral_ends(ab, lightness), lightness)
    return ab if palette is None else with_palette(ab, lightness, palette)


def _fill(result: Codes, source: Codes, chroma: Chroma, rows: slice) -> None:
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

    means = _means(grays, picture, long_side)[..., 0]
    return np.clip(lightness_from_luminance(linear_from_srgb(means)), 0, 100)


def small_lightness(picture: Picture, long_side: int) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the variance of L* over areas, `(h, w)`, aspect kept.

    A picture smaller than `long_side` is enlarged, to the scale that the network knows.
    """

    def moments(rows: slice) -> FloatArray:
        lightness = lightness_of(picture.codes[rows])
        return np.stack([lightness, lightness * lightness], axis=-1)

    means = _means(moments, picture, long_side)
    mean, mean_square = np.ascontiguousarray(means[..., 0]), means[..., 1]
    return mean, np.maximum(mean_square - mean * mean, 0)


def _means(read: Callable[[slice], FloatArray], picture: Picture, long_side: int) -> FloatArray:
    height, width = picture.codes.shape[:2]
    return reduced(read, (height, width), small_shape((height, width), long_side))


def predicted_ab(
    lightness: FloatArray, generator: GeneratorSpec, colorizer: Colorizer
) -> FloatArray:
    """Return the ab `(2, h, w)` that a generator predicts for a lightness `(h, w)`."""
    height, width = lightness.shape
    gray = network_input(_padded(lightness, generator.stride))
    color = colorizer(np.ascontiguousarray(gray[None, None]))
    return ab_from_network(color)[0, :, :height, :width]


def _padded(lightness: FloatArray, stride: int) -> FloatArray:
    """Reflect the picture at its right and lower border, as often as needed, to the stride."""
    margins = [(0, -length % stride) for length in lightness.shape]
    return np.pad(lightness, margins, mode="reflect")


def _for_each(strips: Iterator[slice], work: Callable[[slice], None], *, workers: int) -> None:
    if workers == 1:
        for strip in strips:
            work(strip)
        return
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for _ in pool.map(work, strips):
            pass
