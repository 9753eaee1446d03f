"""Lightness and chroma to sRGB code values, such that the lightness is kept exactly.

Colours outside sRGB lose chroma at constant lightness and hue. Rounding is done so that the
luminance of the rounded colour is that of the target to within half a gray code: green, which
carries 0.715 of it, makes up for what rounding red and blue changed.
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

HALF_CODE: Final = 0.47
"""Half a code, less a margin for the curvature of L* between codes and for float32."""

REPAIRS: Final = tuple(
    sorted(
        ((red, blue) for red in (-1, 0, 1) for blue in range(-3, 4)),
        key=lambda steps: 3 * abs(steps[0]) + abs(steps[1]),
    )
)[1:]
"""Steps of red and blue that change the luminance by all tenths of a gray code, least first."""


@dataclass(frozen=True, kw_only=True)
class CodeTables:
    """The sRGB curve (IEC 61966-2-1) at one bit depth, as tables.

    `linear` is the linear light of each code; `code_of_root` the code of the light whose square
    root is the index / (length - 1), a domain in which the curve is nearly straight;
    `tolerance` is half the step of luminance from each gray code to its nearer neighbour.
    """

    linear: FloatArray
    code_of_root: Codes
    tolerance: FloatArray

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
    steps = np.diff(linear)
    nearer = np.minimum(np.append(steps, steps[-1]), np.insert(steps, 0, steps[0]))
    # 64 entries a code for 8 bits, 16 for 16 bits: the error is below a twentieth of a code.
    roots = np.arange(2**14 if bit_depth == 8 else 2**20)
    light = np.square(roots / roots[-1])
    codes = np.rint(_curve(light) * (levels - 1))
    return CodeTables(
        linear=linear.astype(np.float32),
        code_of_root=codes.astype(np.uint8 if bit_depth == 8 else np.uint16),
        tolerance=(HALF_CODE * nearer).astype(np.float32),
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
    _repair(codes, luminance, tables)
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


def _luminance_of(red: Codes, green: Codes, blue: Codes, linear: FloatArray) -> FloatArray:
    light: FloatArray = RED * linear[red] + GREEN * linear[green] + BLUE * linear[blue]
    return light


def _repair(codes: Codes, luminance: FloatArray, tables: CodeTables) -> None:
    """Change the colours, in place, whose luminance is still too far from the target.

    That happens where green lies far above the gray, where its codes are coarser.
    """
    missed = _missed(slice(None), codes, luminance, tables)
    red, blue = codes[missed, 0].astype(np.int32), codes[missed, 2].astype(np.int32)
    for red_step, blue_step in REPAIRS:
        if not missed.size:
            return
        _recolor(missed, (red + red_step, blue + blue_step), codes, luminance, tables)
        still = _missed(missed, codes, luminance, tables)
        missed, red, blue = missed[still], red[still], blue[still]
    codes[missed] = tables.codes(luminance[missed])[:, None]


def _recolor(
    where: NDArray[np.intp],
    red_and_blue: tuple[NDArray[np.int32], NDArray[np.int32]],
    codes: Codes,
    luminance: FloatArray,
    tables: CodeTables,
) -> None:
    last = len(tables.linear) - 1
    red, blue = (np.clip(channel, 0, last) for channel in red_and_blue)
    codes[where, 0], codes[where, 2] = red, blue
    codes[where, 1] = _green_for(luminance[where], red, blue, tables)


def _missed(
    where: NDArray[np.intp] | slice, codes: Codes, luminance: FloatArray, tables: CodeTables
) -> NDArray[np.intp]:
    """Return which of the given pixels, by place, have a luminance not within tolerance."""
    target = luminance[where]
    red, green, blue = (codes[where, channel] for channel in range(3))
    error = np.abs(_luminance_of(red, green, blue, tables.linear) - target)
    return np.flatnonzero(error > tables.tolerance[tables.codes(target)])


def _linear(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Undo the sRGB curve in double precision, as the tables of 16 bits need."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _curve(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
