"""ICC profiles of a matrix and three curves, at the depth of the samples.

LittleCMS converts 8 bits alone as Pillow calls it. Nearly all RGB profiles (Display P3, Adobe
RGB, ProPhoto) are three curves and a matrix, whose arithmetic is short. Source: ICC.1:2022
(9.2 and F.3 for the model, 10.6 and 10.18 for the curves, 10.31 for XYZ).
"""

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms

from colorize_cli.core.lab import srgb_from_linear
from colorize_cli.core.tone_profiles import COLOR_CURVES, GRAY_CURVE, tags_of

FloatArray: TypeAlias = NDArray[np.float64]

COLORANTS: Final = (b"rXYZ", b"gXYZ", b"bXYZ")
TABLES: Final = frozenset({b"A2B0", b"A2B1"})
"""What a profile has that is more than a matrix: LittleCMS then goes by these."""

CODES: Final = 65536
STRIP_PIXELS: Final = 2**17
"""Pixels converted at once: their intermediate arrays fit the processor's cache."""

BLACKEST: Final = 1e-4
"""Light of code 0 above which black point compensation would matter, which is not done here."""

NEUTRAL_TOLERANCE: Final = 1e-3
"""By how much rows of a matrix miss 1 for the rounding of its 16.16 numbers alone."""

PARAMETERS: Final = (1, 3, 4, 5, 7)
"""How many numbers each type of parametric curve has (10.18)."""


@dataclass(frozen=True, kw_only=True)
class MatrixProfile:
    """Light `(65536,)` of each code of red, green and blue, and what mixes it into sRGB's."""

    lights: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
    to_srgb: FloatArray


def matrix_profile(profile: bytes) -> MatrixProfile | None:
    """Read a profile of a matrix and curves; None if it is of another kind."""
    try:
        tags = tags_of(profile)
        if TABLES & tags.keys():
            return None
        curves = [_curve(tags[name]) for name in COLOR_CURVES]
        to_srgb: FloatArray = np.linalg.inv(_srgb_colorants()) @ _colorants(tags)
    except (struct.error, LookupError, ValueError, np.linalg.LinAlgError):
        return None
    if not all(_is_usable(curve) for curve in curves):
        return None
    first, second, third = (curve.astype(np.float32) for curve in curves)
    return MatrixProfile(lights=(first, second, third), to_srgb=_neutral(to_srgb))


def gray_codes(profile: bytes) -> NDArray[np.uint16] | None:
    """Return the sRGB code of each of the 65,536 grays of a profile; None if it has tables.

    Of an RGB profile these are the codes of its neutral colours, whose curves are the same.
    """
    try:
        tags = tags_of(profile)
        if TABLES & tags.keys():
            return None
        names = (GRAY_CURVE,) if GRAY_CURVE in tags else COLOR_CURVES
        curves = [_curve(tags[name]) for name in names]
    except (struct.error, LookupError, ValueError):
        return None
    are_equal = all(np.array_equal(curve, curves[0]) for curve in curves)
    return _encoded(curves[0].astype(np.float32)) if are_equal and _is_usable(curves[0]) else None


def convert(codes: NDArray[np.uint16], profile: MatrixProfile) -> None:
    """Convert colours `(H, W, 3)` to sRGB in their place: a copy of 100 megapixels is 600 MB.

    What lies outside sRGB is cut off, as LittleCMS does.
    """
    rows = max(1, STRIP_PIXELS // codes.shape[1])
    for start in range(0, len(codes), rows):
        strip = codes[start : start + rows]
        lights = [table[strip[..., channel]] for channel, table in enumerate(profile.lights)]
        for channel, weights in enumerate(profile.to_srgb.astype(np.float32)):
            strip[..., channel] = _encoded(
                weights[0] * lights[0] + weights[1] * lights[1] + weights[2] * lights[2]
            )


def _encoded(light: NDArray[np.float32]) -> NDArray[np.uint16]:
    srgb = srgb_from_linear(np.clip(light, 0, 1))
    codes: NDArray[np.uint16] = np.rint(srgb * np.float32(CODES - 1)).astype(np.uint16)
    return codes


def _is_usable(curve: FloatArray) -> bool:
    return bool(np.isfinite(curve).all()) and abs(curve[0]) <= BLACKEST


def _neutral(matrix: FloatArray) -> FloatArray:
    """Let neutral stay neutral where only the rounding of the profile keeps it from that."""
    sums = matrix.sum(axis=1, keepdims=True)
    return matrix / sums if np.abs(sums - 1).max() <= NEUTRAL_TOLERANCE else matrix


def _colorants(tags: dict[bytes, bytes]) -> FloatArray:
    numbers = [struct.unpack_from(">4s4x3i", tags[name]) for name in COLORANTS]
    if any(kind != b"XYZ " for kind, *_ in numbers):
        raise ValueError("colorants of another type")
    return np.array([xyz for _, *xyz in numbers], np.float64).T / 65536


@lru_cache(maxsize=1)
def _srgb_colorants() -> FloatArray:
    return _colorants(tags_of(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()))


def _curve(content: bytes) -> FloatArray:
    """Return the light of each of 65,536 codes. Raises ValueError for an unknown curve."""
    codes = np.linspace(0, 1, CODES)
    if content[:4] == b"curv":
        return _sampled(content, codes)
    if content[:4] == b"para":
        (kind,) = struct.unpack_from(">H", content, 8)
        if kind < len(PARAMETERS):
            numbers = struct.unpack_from(f">{PARAMETERS[kind]}i", content, 12)
            return _parametric(kind, [number / 65536 for number in numbers], codes)
    raise ValueError("unknown curve")


def _sampled(content: bytes, codes: FloatArray) -> FloatArray:
    """Return a curve of no number (the line), one (an exponent), or a table (10.6)."""
    (count,) = struct.unpack_from(">I", content, 8)
    numbers = np.frombuffer(content, ">u2", count, 12).astype(np.float64)
    if count == 0:
        return codes
    if count == 1:
        return np.power(codes, float(numbers[0]) / 256)
    return np.interp(codes, np.linspace(0, 1, count), numbers / 65535)


def _parametric(kind: int, numbers: list[float], codes: FloatArray) -> FloatArray:
    """Return a curve of type 0 to 4: a power of a line, and below it another line (10.18)."""
    g, a, b, c, d, e, f = numbers + [0.0] * (7 - len(numbers))
    if kind == 0:
        a = 1.0
    elif kind in {1, 2}:
        # Their c is what the type 4 calls e and f; the power starts where its line is at 0.
        c, d, e, f = 0.0, -b / a if a else 0.0, c, c
    power: FloatArray = np.maximum(a * codes + b, 0) ** g + e
    light: FloatArray = np.where(codes >= d, power, c * codes + f)
    return light
