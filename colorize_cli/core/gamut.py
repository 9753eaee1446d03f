"""Lightness and chroma to sRGB code values, such that the lightness is kept exactly.

Colours outside sRGB lose chroma at constant lightness and hue. Rounding is done so that the
luminance of the rounded colour is that of the target to within half a gray code: green, which
carries 0.715 of it, makes up for what rounding red and blue changed. What is left is half a step
of green: at most 0.715 of the luminance of a step that is, for the brightest green of that
luminance, (1 / 0.715)^(1.4 / 2.4) = 1.22 times as high as the gray's, 0.87 of half a gray code.
Where green is none, the same holds of red and blue together (0.52 + 0.33 at most). Over 12 million
random colours the greatest was 0.88 with 8 bits, 0.93 with 16, where float32 adds its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.color_constants import (
    BISECTIONS,
    BRIGHT_MARGIN,
    CODE_ROOTS,
    DARK_MARGIN,
    LAB_EPSILON,
    LAB_KAPPA,
)
from colorize_cli.core.compiled import kernels, space_of
from colorize_cli.core.compiled_library import Space
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

LIGHTNESS_OF_AB: Final = np.array([[116 / 500], [-116 / 200]], np.float32)
"""How far X's and Z's lightness lies from that of Y, in parts of a and of b."""

FROM_RELATIVE_XYZ: Final = (XYZ_TO_RGB * WHITE_XYZ).astype(np.float32).T[..., None]
"""Linear sRGB of X, of Y and of Z, in parts of their white: columns."""


@dataclass(frozen=True, kw_only=True)
class CodeTables:
    """The sRGB curve (IEC 61966-2-1) at one bit depth, as tables.

    `linear` is the linear light of each code; `code_of_root` the code of the light whose square
    root is the index / (length - 1), a domain in which the curve is nearly straight.
    """

    linear: FloatArray
    code_of_root: Codes

    @cached_property
    def luminances(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """What each code of red, of green and of blue adds to the luminance."""
        return RED * self.linear, GREEN * self.linear, BLUE * self.linear

    @cached_property
    def space(self) -> Space:
        """What the compiled loops have to know of these tables, and the constants of all."""
        red, _, blue = self.luminances
        return space_of(
            *LIGHTNESS_OF_AB.ravel(),
            tuple(FROM_RELATIVE_XYZ[..., 0].T.ravel()),
            *(np.float32(-DARK_MARGIN), np.float32(1 + BRIGHT_MARGIN), np.float32(1 / GREEN)),
            *(np.float32(6 / 29), np.float32(1 / LAB_KAPPA), np.float32(1 / 116)),
            *(len(self.code_of_root) - 1, BISECTIONS),
            tables=(self.code_of_root, red, blue),
        )

    def codes(self, light: FloatArray) -> Codes:
        """Round linear light, clipped to [0, 1], to the nearest codes."""
        roots = np.clip(light, 0, 1)
        np.sqrt(roots, out=roots)
        roots *= np.float32(len(self.code_of_root) - 1)
        roots += np.float32(0.5)
        return self.code_of_root.take(roots.astype(np.intp))


@cache
def code_tables(bit_depth: int) -> CodeTables:
    """Return the tables for 8 or 16 bits, computed in double precision."""
    levels = 2**bit_depth
    linear = linear_light(np.arange(levels) / (levels - 1))
    roots = np.arange(CODE_ROOTS[bit_depth])
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
    luminance = linear_light(np.arange(levels) / (levels - 1)).astype(np.float32)
    # In double precision: libraries of mathematics round float32 each in its own way.
    root = np.cbrt(luminance.astype(np.float64)).astype(np.float32)
    dark = luminance <= np.float32(LAB_EPSILON)
    root[dark] = luminance[dark] * np.float32(LAB_KAPPA / 116) + np.float32(16 / 116)
    root *= np.float32(116)
    root -= np.float32(16)
    return np.clip(root, 0, 100, out=root)


def lightness_of(codes: Codes) -> FloatArray:
    """Return L* in [0, 100] of sRGB codes: gray `(H, W)`, or `(H, W, 3)` whose tint is left out."""
    depth = codes.dtype.itemsize * 8
    if codes.ndim == 2:
        return lightness_of_grays(depth).take(codes)
    red, green, blue = code_tables(depth).luminances
    light = red.take(codes[..., 0])
    light += green.take(codes[..., 1])
    light += blue.take(codes[..., 2])
    lightness = lightness_from_luminance(light)
    return np.clip(lightness, 0, 100, out=lightness)


def realize(lightness: FloatArray, ab: FloatArray, *, bit_depth: int) -> Codes:
    """Return the sRGB codes `(..., 3)` of a lightness `(...)` and a chroma `(2, ...)`.

    L* of the result differs from `lightness` by at most half a gray code of that depth. Chroma
    that sRGB cannot show is scaled down at constant hue; no chroma gives R = G = B.
    """
    flat = lightness.ravel()
    codes = np.empty((flat.size, 3), code_tables(bit_depth).code_of_root.dtype)
    parts = CodesInParts(codes)
    parts.write(Colors(lightness=flat, ab=ab.reshape(2, -1)), first=0)
    parts.finish()
    return codes.reshape(*lightness.shape, 3)


@dataclass(frozen=True, kw_only=True)
class Colors:
    """Colours as lightness `(N,)` and ab `(2, N)`."""

    lightness: FloatArray
    ab: FloatArray


@dataclass(frozen=True, kw_only=True)
class OutsideColors:
    """Colours that sRGB cannot show, to be realized together: few of each part of a picture."""

    places: NDArray[np.intp]
    colors: Colors

    @classmethod
    def joined(cls, parts: Sequence["OutsideColors"]) -> "OutsideColors":
        """Return those of several parts as one, whose places are all in the same picture."""
        return cls(
            places=np.concatenate([part.places for part in parts]),
            colors=Colors(
                lightness=np.concatenate([part.colors.lightness for part in parts]),
                ab=np.concatenate([part.colors.ab for part in parts], axis=1),
            ),
        )

    def realize_into(self, codes: Codes) -> None:
        """Write the codes of these colours, their chroma scaled down, to their places."""
        if self.places.size:
            linear = _with_less_chroma(self.colors)
            fitting = np.empty((self.places.size, 3), codes.dtype)
            _write_codes(linear, _luminance(self.colors), fitting)
            codes[self.places] = fitting


class CodesInParts:
    """Codes `(N, 3)` of colours that come in parts; what is out of gamut in all of them, at once.

    NumPy takes as long for few colours as for some more.
    """

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._outside: list[OutsideColors] = []

    def write(self, colors: Colors, *, first: int) -> None:
        """Write the codes of these colours from the place `first` on."""
        codes = self._codes[first : first + colors.lightness.size]
        if compiled := kernels():
            space = code_tables(codes.itemsize * 8).space
            compiled.realize(space, colors.lightness, colors.ab, codes)
        else:
            self._outside.append(_realize_but_outside(colors, codes, first))

    def finish(self) -> None:
        """Write what was left for the end."""
        if self._outside:
            OutsideColors.joined(self._outside).realize_into(self._codes)
            self._outside.clear()


def _realize_but_outside(colors: Colors, codes: Codes, first: int) -> OutsideColors:
    """Write the codes `(N, 3)` of the colours that sRGB can show; return the others."""
    luminance = _luminance(colors)
    linear = _linear_of(colors, luminance)
    outside = np.flatnonzero(_is_outside(linear))
    _write_codes(linear, luminance, codes)
    return OutsideColors(
        places=outside + first,
        colors=Colors(lightness=colors.lightness[outside], ab=colors.ab.take(outside, axis=1)),
    )


def _write_codes(linear: FloatArray, luminance: FloatArray, codes: Codes) -> None:
    """Write codes `(N, 3)` of about this linear sRGB `(3, N)` and of just this luminance `(N,)`."""
    tables = code_tables(codes.dtype.itemsize * 8)
    red, blue = tables.codes(linear[0]), tables.codes(linear[2])
    codes[:, 0], codes[:, 2] = red, blue
    codes[:, 1] = _green_for(luminance, red, blue, tables)


def fit_to_gamut(lightness: FloatArray, ab: FloatArray) -> FloatArray:
    """Return linear sRGB `(3, N)` of lightness `(N,)` and ab `(2, N)`, with chroma that fits."""
    colors = Colors(lightness=lightness, ab=ab)
    linear = _linear_of(colors, _luminance(colors))
    outside = np.flatnonzero(_is_outside(linear))
    if outside.size:
        colors = Colors(lightness=lightness[outside], ab=ab[:, outside])
        linear[:, outside] = _with_less_chroma(colors)
    return linear


def _with_less_chroma(colors: Colors) -> FloatArray:
    """Return linear sRGB with the chroma scaled down, by bisection, to what sRGB can show."""
    luminance = _luminance(colors)
    scale = np.zeros_like(luminance)
    for step in range(1, BISECTIONS + 1):
        tried = scale + np.float32(2**-step)
        scaled = Colors(lightness=colors.lightness, ab=colors.ab * tried)
        np.copyto(scale, tried, where=~_is_outside(_linear_of(scaled, luminance)))
    scaled = Colors(lightness=colors.lightness, ab=colors.ab * scale)
    return _linear_of(scaled, luminance)


def _luminance(colors: Colors) -> FloatArray:
    return luminance_from_lightness(colors.lightness)


def _linear_of(colors: Colors, luminance: FloatArray) -> FloatArray:
    """Convert Lab, whose luminance is known, to linear sRGB `(3, N)`, as `lab.linear_from_lab`.

    Plane by plane, as a product with a matrix of 3x3 starts threads of its own in every strip.
    """
    # X and Z are to their white as Y is: Y of the lightness that would have the same root.
    alike = colors.ab * LIGHTNESS_OF_AB
    alike += colors.lightness
    x, z = luminance_from_lightness(alike)
    linear: FloatArray = FROM_RELATIVE_XYZ[0] * x
    linear += FROM_RELATIVE_XYZ[1] * luminance
    linear += FROM_RELATIVE_XYZ[2] * z
    return linear


def _is_outside(linear: FloatArray) -> NDArray[np.bool_]:
    low, high = np.float32(-DARK_MARGIN), np.float32(1 + BRIGHT_MARGIN)
    is_outside: NDArray[np.bool_] = linear.min(axis=0) < low
    is_outside |= linear.max(axis=0) > high
    return is_outside


def _green_for(luminance: FloatArray, red: Indices, blue: Indices, tables: CodeTables) -> Codes:
    of_red, _, of_blue = tables.luminances
    rest = luminance - of_red.take(red)
    rest -= of_blue.take(blue)
    rest *= np.float32(1 / GREEN)
    return tables.codes(rest)


def linear_light(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Undo the sRGB curve in double precision, as the tables of 16 bits need."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _curve(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
