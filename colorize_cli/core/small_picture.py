"""Pictures at the size of a network: what it sees, and what guides its colours back.

What it sees is averaged as gray code values, as photographs for training are; what guides the
colours, as L* itself.
"""

from dataclasses import dataclass
from functools import cache, partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.area_means import (
    BLOCK_WIDTH,
    Mean,
    means,
    narrowed,
    shortened,
)
from colorize_cli.core.color_constants import LAB_EPSILON, LAB_KAPPA
from colorize_cli.core.compiled import Kernels, kernels
from colorize_cli.core.gamut import Codes, lightness_of, lightness_of_grays, linear_light
from colorize_cli.core.lab import luminance_from_lightness, srgb_from_linear
from colorize_cli.core.picture import Picture
from colorize_cli.core.sizes import pieces, small_shape
from colorize_cli.core.threads import Each

FloatArray: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class SmallPicture:
    """A picture at the network's size, `(h, w)`, aspect kept; enlarged, if it is smaller.

    `lightness` and `variance` are the mean and the variance of L* over areas, `seen` is L* of the
    mean gray: what a network was trained to see.
    """

    lightness: FloatArray
    variance: FloatArray
    seen: FloatArray


def small_picture(picture: Picture, long_side: int, *, each: Each = map) -> SmallPicture:
    """Average a picture over areas, in one pass over it; `each` as of `area_means.shortened`."""
    shape = picture.codes.shape[:2]
    height, width = small_shape(shape, long_side)
    blocks = (picture.codes[:, columns] for columns in pieces(shape[1], BLOCK_WIDTH))
    rows = np.concatenate([_shortened(block, height, each) for block in blocks], axis=1)
    moments = narrowed(rows[..., :2], width)
    mean, mean_square = np.ascontiguousarray(moments[..., 0]), moments[..., 1]
    gray = narrowed(np.ascontiguousarray(rows[..., 2:3]), width)[..., 0]
    return SmallPicture(
        lightness=mean,
        variance=np.maximum(mean_square - mean * mean, 0),
        seen=lightness_seen(gray),
    )


def lightness_seen(gray: FloatArray) -> FloatArray:
    """Return L* of mean gray codes in [0, 1], worked out in double precision and rounded once.

    What networks see then is the same on every processor, whose libraries round float32 otherwise.
    """
    luminance = linear_light(gray.astype(np.float64))
    line = (LAB_KAPPA * luminance + 16) / 116
    root = np.where(luminance <= LAB_EPSILON, line, np.cbrt(luminance))
    lightness: FloatArray = np.clip(116 * root - 16, 0, 100).astype(np.float32)
    return lightness


def _shortened(codes: Codes, height: int, each: Each) -> FloatArray:
    compiled = kernels()
    if compiled is None or codes.ndim == 3:
        read = partial(_averaged, codes)
        return shortened(read, (len(codes), codes.shape[1]), height, each=each)
    summed = partial(_sum_of_grays, compiled, codes)
    return np.stack(list(each(summed, means(len(codes), height))))


def _sum_of_grays(compiled: Kernels, picture: Codes, mean: Mean) -> FloatArray:
    rows, weights = mean
    table = gray_values(picture.itemsize * 8)
    return compiled.sum_rows(table, picture[rows], weights)


def _averaged(picture: Codes, rows: slice) -> FloatArray:
    """Return L*, its square and the gray code in [0, 1] of each pixel, `(rows, W, 3 or 4)`."""
    codes = picture[rows]
    if codes.ndim == 2:
        return gray_values(codes.dtype.itemsize * 8).take(codes, axis=0)
    lightness = lightness_of(codes)
    gray = srgb_from_linear(luminance_from_lightness(lightness))
    return np.stack([lightness, lightness * lightness, gray], axis=-1)


@cache
def gray_values(bit_depth: int) -> FloatArray:
    """Return what is averaged of each gray code, `(codes, 4)`: L*, its square, the code, 0."""
    lightness = lightness_of_grays(bit_depth)
    last = len(lightness) - 1
    gray = np.arange(last + 1, dtype=np.float32) / np.float32(last)
    # Rows of four, as those of three are taken three times as slowly.
    return np.stack([lightness, lightness * lightness, gray, np.zeros_like(gray)], axis=-1)
