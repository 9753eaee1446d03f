"""Picture to Colorizer to picture: only the colour comes from the network.

Lightness goes in reduced to the size that the network was trained at and comes back as it was,
at the picture's own size and depth. What the network sees is averaged as gray code values, as
photographs for training are; what guides the colours back, as L* itself.

The network sees the longer side at the size of its training, whatever the picture's size and
shape. There the colours of the model `natural` are nearest: with longer sides of 96, 128 (its own)
and 160, 192, 256 the mean error of ab is 14.4, 14.1, 14.4, 14.9 and 15.0 on 124 held-out birds,
13.2, 13.1, 13.1, 13.3 and 13.5 on 169 general photos.
"""

from dataclasses import replace
from functools import cache, partial
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.area_means import BLOCK_WIDTH
from colorize_cli.core.backend import Colorizer
from colorize_cli.core.chroma import guide
from colorize_cli.core.color_cast import neutral_ends, without_cast
from colorize_cli.core.color_constants import AB_RANGE
from colorize_cli.core.compiled import address_of, with_whole_rows
from colorize_cli.core.compiled_library import CompiledLoops, compiled_loops
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.flip_averaging import PredictAb, averaged_over_flips
from colorize_cli.core.gamut import Codes, CodesInParts, Colors, code_tables, lightness_of
from colorize_cli.core.gray_coloring import (
    NO_NUMBER,
    Floats,
    GrayCodes,
    Predict,
    Tables,
    Way,
    colored,
    tables_of_8_bits,
)
from colorize_cli.core.hints import GRID, HINTED_WIDTH, Chroma, Hints, WantedChroma, wanted_chroma
from colorize_cli.core.lab import (
    CACHED_PIXELS,
    ab_from_network,
    luminance_from_lightness,
    network_input,
)
from colorize_cli.core.palette import Palette, with_palette
from colorize_cli.core.picture import Picture
from colorize_cli.core.sizes import pieces
from colorize_cli.core.small_picture import SmallPicture, gray_values, small_picture
from colorize_cli.core.threads import Each, in_threads

FloatArray: TypeAlias = NDArray[np.float32]

Quality: TypeAlias = Literal["standard", "best"]
"""What the network is asked: the picture, or its mirror image as well."""

STRIP_PIXELS: Final = 2**17
"""Pixels worked on at once: their intermediate arrays fit the processor's cache."""


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
    with in_threads(workers) as each:
        loops = compiled_loops()
        if loops and _is_for_loops(picture, quality, hints, palette):
            way = Way(long_side=size or generator.size, stride=generator.stride, strength=strength)
            predict = partial(predict_in_place, colorizer)
            return replace(picture, codes=_colored_gray(loops, picture, predict, way, each=each))
        small = small_picture(picture, size or generator.size, each=each)
        predicted = _predictor(generator, colorizer, quality)(small.seen)
        ab = _finished(predicted, small.seen, palette) * np.float32(strength)
        codes = _colored(picture, ab, small, wanted, each=each)
    return replace(picture, codes=codes)


def _is_for_loops(
    picture: Picture, quality: Quality, hints: Hints | None, palette: Palette | None
) -> bool:
    is_plain = hints is None and palette is None and quality == "standard"
    return is_plain and picture.is_gray and picture.size[0] <= BLOCK_WIDTH


def _colored_gray(
    loops: CompiledLoops, picture: Picture, predict: Predict, way: Way, *, each: Each
) -> Codes:
    source = with_whole_rows(picture.codes)
    width, height = picture.size
    codes = GrayCodes(
        place=address_of(source),
        width=width,
        height=height,
        row_length=source.strides[0] // source.itemsize,
        depth=picture.bit_depth,
    )
    tables = tables_of_8_bits(loops) if picture.bit_depth == 8 else _tables_of_16_bits()
    colors = colored(loops, codes, tables, predict, way, each=each)
    return np.ndarray((height, width, 3), source.dtype, colors)


@cache
def _tables_of_16_bits() -> Tables:
    values = gray_values(16).copy()
    values[:, 3] = luminance_from_lightness(values[:, 0])
    return Tables(space=code_tables(16).space, values=address_of(values), holder=values)


def predict_in_place(
    colorizer: Colorizer, gray: Floats, height: int, width: int
) -> tuple[Any, float]:
    """Predict as `gray_coloring` wants it: ab for buffers of float32, and the range it is in."""
    color = colorizer(np.ndarray((1, 1, height, width), np.float32, memoryview(gray)))
    if color.shape[1] == 2:
        return np.require(color, np.float32, ["C", "W"]), AB_RANGE
    return rgb_in_ab(np.ascontiguousarray(color), height, width)


def rgb_in_ab(color: Any, height: int, width: int) -> tuple[Any, float]:
    """Return RGB `(3, height, width)`, a buffer of float32, as ab, and the range that it is in."""
    return ab_from_network(_checked(np.ndarray((1, 3, height, width), np.float32, color))), 1.0


def _colored(
    picture: Picture,
    ab: FloatArray,
    small: SmallPicture,
    wanted: WantedChroma | None,
    *,
    each: Each,
) -> Codes:
    width, height = picture.size
    codes = np.empty((height, width, 3), picture.codes.dtype)
    for columns in pieces(width, BLOCK_WIDTH if wanted is None else HINTED_WIDTH):
        chroma: Chroma = guide(
            ab, small.lightness, small.variance, size=picture.size, columns=columns
        )
        if wanted is not None:
            chroma = wanted.over(chroma, columns)
        fill = partial(_fill, codes[:, columns], picture.codes[:, columns], chroma)
        strips = pieces(height, STRIP_PIXELS // (columns.stop - columns.start))
        for _ in each(fill, strips):
            pass
    return codes


def _wanted(picture: Picture, hints: Hints) -> WantedChroma:
    hints.check_size(picture.size)
    small = small_picture(picture, min(GRID, max(picture.size)))
    return wanted_chroma(hints, small.lightness, small.variance, size=picture.size)


def _predictor(generator: GeneratorSpec, colorizer: Colorizer, quality: Quality) -> PredictAb:
    predict = partial(predicted_ab, generator=generator, colorizer=colorizer)
    return averaged_over_flips(predict) if quality == "best" else predict


def _finished(ab: FloatArray, lightness: FloatArray, palette: Palette | None) -> FloatArray:
    """Return the prediction without what no photograph has, in the palette's colours."""
    ab = without_cast(neutral_ends(ab, lightness), lightness)
    return ab if palette is None else with_palette(ab, lightness, palette)


def _fill(result: Codes, source: Codes, chroma: Chroma, rows: slice) -> None:
    """Colour some rows: block by block, and what is out of gamut in all of them at once."""
    width = source.shape[1]
    strip = np.empty(((rows.stop - rows.start) * width, 3), result.dtype)
    codes = CodesInParts(strip)
    for part in pieces(rows.stop - rows.start, CACHED_PIXELS // width):
        block = slice(rows.start + part.start, rows.start + part.stop)
        lightness = lightness_of(source[block])
        ab = chroma.rows(block.start, lightness)
        colors = Colors(lightness=lightness.ravel(), ab=ab.reshape(2, -1))
        codes.write(colors, first=part.start * width)
    codes.finish()
    result[rows] = strip.reshape(-1, width, 3)


def predicted_ab(
    lightness: FloatArray, generator: GeneratorSpec, colorizer: Colorizer
) -> FloatArray:
    """Return the ab `(2, h, w)` that a generator predicts for a lightness `(h, w)`."""
    height, width = lightness.shape
    gray = network_input(_padded(lightness, generator.stride))
    color = colorizer(np.ascontiguousarray(gray[None, None]))
    return ab_from_network(_checked(color))[0, :, :height, :width]


def _checked(color: FloatArray) -> FloatArray:
    if not np.isfinite(color).all():
        raise BadConfigError(NO_NUMBER)
    return color


def _padded(lightness: FloatArray, stride: int) -> FloatArray:
    """Reflect the picture at its right and lower border, as often as needed, to the stride."""
    margins = [(0, -length % stride) for length in lightness.shape]
    return np.pad(lightness, margins, mode="reflect")
