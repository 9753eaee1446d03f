"""sRGB and CIE Lab (D65), and the ranges in which networks see them. The only copy.

Sources: IEC 61966-2-1 (sRGB primaries and transfer curve), CIE 15:2018 (Lab). The matrices are
the exact ones of CSS Color 4, whose rows sum to the white point, so that R = G = B is exactly
a = b = 0. Pictures are arrays with the channels last, `(..., 3)`, float32 unless said otherwise.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core import color_constants as constants
from colorize_cli.core.color_constants import (
    AB_RANGE,
    LAB_EPSILON,
    LAB_KAPPA,
    LIGHTNESS_HALF_RANGE,
)

FloatArray: TypeAlias = NDArray[np.float32]

RGB_TO_XYZ: Final = np.array(constants.RGB_TO_XYZ)
XYZ_TO_RGB: Final = np.array(constants.XYZ_TO_RGB)
WHITE_XYZ: Final = np.array(constants.WHITE_XYZ)

CACHED_PIXELS: Final = 2**15
"""Pixels converted at once: their dozen planes of float32 fit a processor's own cache."""


def linear_from_srgb(srgb: FloatArray) -> FloatArray:
    """Undo the sRGB transfer curve: code values in [0, 1] to linear light in [0, 1]."""
    low = srgb * np.float32(1 / 12.92)
    high = ((srgb + np.float32(0.055)) * np.float32(1 / 1.055)) ** np.float32(2.4)
    return np.where(srgb <= np.float32(0.04045), low, high)


def srgb_from_linear(linear: FloatArray) -> FloatArray:
    """Apply the sRGB transfer curve: linear light in [0, 1] to code values in [0, 1]."""
    light = np.clip(linear, 0, None)
    high = np.float32(1.055) * light ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(light <= np.float32(0.0031308), light * np.float32(12.92), high)


def lab_from_linear(linear: FloatArray) -> FloatArray:
    """Convert linear sRGB `(..., 3)` to Lab `(..., 3)`: L in [0, 100], a and b signed."""
    lab = np.empty(linear.shape, np.float32)
    _write_lab([linear[..., channel] for channel in range(3)], lab)
    return lab


def linear_from_lab(lab: FloatArray) -> FloatArray:
    """Convert Lab `(..., 3)` to linear sRGB `(..., 3)`, outside [0, 1] where out of gamut."""
    y = (lab[..., 0] + np.float32(16)) * np.float32(1 / 116)
    x = y + lab[..., 1] * np.float32(1 / 500)
    z = y - lab[..., 2] * np.float32(1 / 200)
    relative_xyz = [relative_from_root(root) for root in (x, y, z)]
    return np.stack(_mixed(relative_xyz, XYZ_TO_RGB * WHITE_XYZ), axis=-1)


def lab_from_srgb(srgb: FloatArray) -> FloatArray:
    """Convert sRGB code values in [0, 1], `(..., 3)`, to Lab `(..., 3)`."""
    return lab_from_linear(linear_from_srgb(srgb))


def srgb_from_lab(lab: FloatArray) -> FloatArray:
    """Convert Lab `(..., 3)` to sRGB code values, clipped to [0, 1]."""
    return srgb_from_linear(np.clip(linear_from_lab(lab), 0, 1))


def lab_from_srgb8(srgb: NDArray[np.uint8]) -> FloatArray:
    """Convert 8-bit sRGB `(..., 3)` to Lab `(..., 3)`, by a table for the transfer curve."""
    lab = np.empty(srgb.shape, np.float32)
    colors, results = srgb.reshape(-1, 3), lab.reshape(-1, 3)
    linear = _linear_of_codes()
    for start in range(0, len(colors), CACHED_PIXELS):
        part = slice(start, start + CACHED_PIXELS)
        # Plane by plane: interleaved channels take three times as long.
        planes = [linear.take(colors[part, channel]) for channel in range(3)]
        _write_lab(planes, results[part])
    return lab


def lightness_from_luminance(luminance: FloatArray) -> FloatArray:
    """Convert relative luminance Y in [0, 1] to L in [0, 100]."""
    return np.float32(116) * _root(luminance) - np.float32(16)


def luminance_from_lightness(lightness: FloatArray) -> FloatArray:
    """Convert L in [0, 100] to relative luminance Y in [0, 1]."""
    root = lightness + np.float32(16)
    root *= np.float32(1 / 116)
    return relative_from_root(root)


def relative_from_root(root: FloatArray) -> FloatArray:
    """Convert what Lab makes of X, Y or Z (CIE 15:2018) back to parts of their white."""
    relative = np.asarray(np.multiply(root, root, order="C"))
    relative *= root
    # By index, as few pixels are so dark: `where` takes ten times as long as the cube.
    dark = np.flatnonzero(root <= np.float32(6 / 29))
    if dark.size:
        line = np.float32(116) * root.ravel()[dark] - np.float32(16)
        relative.reshape(-1)[dark] = line * np.float32(1 / LAB_KAPPA)
    return relative


def network_input(lightness: FloatArray) -> FloatArray:
    """Bring L in [0, 100] into the range in which networks see it, [-1, 1]."""
    return lightness * np.float32(1 / LIGHTNESS_HALF_RANGE) - np.float32(1)


def ab_from_network(color: FloatArray) -> FloatArray:
    """Return a and b `(N, 2, H, W)` from a network's colour: two channels of ab or three of RGB."""
    if color.shape[1] == 2:
        return color * np.float32(AB_RANGE)
    srgb = np.clip((np.moveaxis(color, 1, -1) + np.float32(1)) * np.float32(0.5), 0, 1)
    ab = lab_from_srgb(srgb)[..., 1:]
    return np.ascontiguousarray(np.moveaxis(ab, -1, 1))


def _write_lab(linear: Sequence[FloatArray], lab: FloatArray) -> None:
    x, y, z = (_root(plane) for plane in _mixed(linear, RGB_TO_XYZ / WHITE_XYZ[:, None]))
    x -= y
    np.subtract(y, z, out=z)
    np.multiply(x, np.float32(500), out=lab[..., 1])
    np.multiply(z, np.float32(200), out=lab[..., 2])
    y *= np.float32(116)
    np.subtract(y, np.float32(16), out=lab[..., 0])


def _mixed(planes: Sequence[FloatArray], matrix: NDArray[np.float64]) -> list[FloatArray]:
    """Multiply colours, given as three planes, by a matrix; the planes of the product.

    Not as a matrix product: BLAS would start threads of its own inside those of the caller.
    """
    first, second, third = planes
    mixed = []
    for row in matrix.astype(np.float32):
        total = row[0] * first
        total += row[1] * second
        total += row[2] * third
        mixed.append(total)
    return mixed


def _linear_of_codes() -> FloatArray:
    return linear_from_srgb(np.arange(256, dtype=np.float32) / np.float32(255))


def _root(relative: FloatArray) -> FloatArray:
    root = np.asarray(np.cbrt(relative, order="C"))
    dark = np.flatnonzero(relative <= np.float32(LAB_EPSILON))
    if dark.size:
        line = relative.ravel()[dark] * np.float32(LAB_KAPPA / 116)
        root.reshape(-1)[dark] = line + np.float32(16 / 116)
    return root
