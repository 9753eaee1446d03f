"""Lightness and chroma to sRGB code values, such that the lightness is kept exactly.

Colours outside sRGB lose chroma at constant lightness and hue. Rounding is done so that the
luminance of the rounded colour is that of the target to within half a gray code: green, which
carries 0.715 of it, makes up for what rounding red and blue changed. What is left is half a step
of green: at most 0.715 of the luminance of a step that is, for the brightest green of that
luminance, (1 / 0.715)^(1.4 / 2.4) = 1.22 times as high as the gray's, 0.87 of half a gray code.
Where green is none, the same holds of red and blue together (0.52 + 0.33 at most). Over 12 million
random colours the greatest was 0.88 with 8 bits, 0.93 with 16, where float32 adds its own.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.lab import (
    RGB_TO_XYZ,
    WHITE_XYZ,
    XYZ_TO_RGB,
    lightness_from_luminance,
    luminance_from_lightness,
)

FloatArray: TypeAlias = NDArray[np.float32]
Indices: TypeAlias = NDArray[np.integer[Any]]
Codes: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]

RED, GREEN, BLUE = (np.float32(weight) for weight in RGB_TO_XYZ[1])

DARK_MARGIN, BRIGHT_MARGIN = 1e-7, 2e-6
"""How far linear light may leave [0, 1]: the rounding of float32, a fifth of a 16-bit code."""

BISECTIONS: Final = 10
"""Halvings of the chroma's scale: to a thousandth, below what rounding changes."""


@dataclass(frozen=True, kw_only=True)
class CodeTables:
    """The sRGB curve (IEC 61966-2-1) at one bit depth, as tables.

    `linear` is the linear light of each code; `code_of_root` the code of the light whose square
    root is the index / (length - 1), a domain in which the curve is nearly straight.
    """

    linear: FloatArray
    code_of_root: Codes

    def codes(self, light: FloatArray) -> Codes:
        """Round linear light, clipped to [0, 1], to the nearest codes."""
        last = np.float32(len(self.code_of_root) - 1)
        roots = np.sqrt(np.clip(light, 0, 1))
        return self.code_of_root[(roots * last + np.float32(0.5)).astype(np.int32)]


@cache
def code_tables(bit_depth: int) -> CodeTables:
    """Return the tables for 8 or 16 bits, computed in double precision."""
    levels = 2**bit_depth
    linear = _linear(np.arange(levels) / (levels - 1))
    # 64 entries a code for 8 bits, 16 for 16 bits: the error is below a twentieth of a code.
    roots = np.arange(2**14 if bit_depth == 8 else 2**20)
    light = np.square(roots / roots[-1])
    codes = np.rint(_curve(light) * (levels - 1))
    return CodeTables(
        linear=linear.astype(np.float32),
        code_of_root=codes.astype(np.uint8 if bit_depth == 8 else np.uint16),
    )


@cache
def lightness_of_grays(bit_depth: int) -> FloatArray:
    """Return L* of each gray code; the same for a value at either depth."""
    levels = 2**bit_depth
    luminance = _linear(np.arange(levels) / (levels - 1)).astype(np.float32)
    return np.clip(lightness_from_luminance(luminance), 0, 100)


def lightness_of(codes: Codes) -> FloatArray:
    """Return L* in [0, 100] of sRGB codes: gray `(H, W)`, or `(H, W, 3)` whose tint is left out."""
    depth = codes.dtype.itemsize * 8
    if codes.ndim == 2:
        return lightness_of_grays(depth)[codes]
    linear = code_tables(depth).linear
    light = RED * linear[codes[..., 0]]
    light += GREEN * linear[codes[..., 1]]
    light += BLUE * linear[codes[..., 2]]
    return np.clip(lightness_from_luminance(light), 0, 100)


def realize(lightness: FloatArray, ab: FloatArray, *, bit_depth: int) -> Codes:
    """Return the sRGB codes `(..., 3)` of a lightness `(...)` and a chroma `(2, ...)`.

    L* of the result differs from `lightness` by at most half a gray code of that depth. Chroma
    that sRGB cannot show is scaled down at constant hue; no chroma gives R = G = B.
    """
    tables = code_tables(bit_depth)
    flat = lightness.ravel()
    linear = fit_to_gamut(flat, ab.reshape(2, -1))
    luminance = luminance_from_lightness(flat)
    red, blue = tables.codes(linear[0]), tables.codes(linear[2])
    codes = np.empty((flat.size, 3), red.dtype)
    codes[:, 0], codes[:, 2] = red, blue
    codes[:, 1] = _green_for(luminance, red, blue, tables)
    return codes.reshape(*lightness.shape, 3)


def fit_to_gamut(lightness: FloatArray, ab: FloatArray) -> FloatArray:
    """Return linear sRGB `(3, N)` of lightness `(N,)` and ab `(2, N)`, with chroma that fits."""
    linear = _linear_of(lightness, ab)
    outside = np.flatnonzero(_is_outside(linear))
    if outside.size:
        linear[:, outside] = _with_less_chroma(lightness[outside], ab[:, outside])
    return linear


def _with_less_chroma(lightness: FloatArray, ab: FloatArray) -> FloatArray:
    least, most = np.zeros_like(lightness), np.ones_like(lightness)
    for _ in range(BISECTIONS):
        middle = (least + most) * np.float32(0.5)
        is_outside = _is_outside(_linear_of(lightness, ab * middle))
        most = np.where(is_outside, middle, most)
        least = np.where(is_outside, least, middle)
    return _linear_of(lightness, ab * least)


def _linear_of(lightness: FloatArray, ab: FloatArray) -> FloatArray:
    """Convert Lab to linear sRGB `(3, N)`, as `lab.linear_from_lab` does.

    Plane by plane, as a product with a matrix of 3x3 starts threads of its own in every strip.
    """
    # X and Z are to their white as Y is: Y of the lightness that would have the same root.
    x = luminance_from_lightness(lightness + ab[0] * np.float32(116 / 500))
    y = luminance_from_lightness(lightness)
    z = luminance_from_lightness(lightness - ab[1] * np.float32(116 / 200))
    matrix = (XYZ_TO_RGB * WHITE_XYZ).astype(np.float32)
    linear: FloatArray = matrix[:, 0, None] * x
    linear += matrix[:, 1, None] * y
    linear += matrix[:, 2, None] * z
    return linear


def _is_outside(linear: FloatArray) -> NDArray[np.bool_]:
    low, high = np.float32(-DARK_MARGIN), np.float32(1 + BRIGHT_MARGIN)
    is_outside: NDArray[np.bool_] = (linear.min(axis=0) < low) | (linear.max(axis=0) > high)
    return is_outside


def _green_for(luminance: FloatArray, red: Indices, blue: Indices, tables: CodeTables) -> Codes:
    rest = luminance - RED * tables.linear[red] - BLUE * tables.linear[blue]
    return tables.codes(rest * np.float32(1 / GREEN))


def _linear(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Undo the sRGB curve in double precision, as the tables of 16 bits need."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _curve(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
