"""How different two colours look: CIEDE2000.

Source: Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula: implementation notes,
supplementary test data, and mathematical observations", Color Research and Application 30 (2005);
ISO/CIE 11664-6. With all parametric factors 1.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64Array: TypeAlias = NDArray[np.float64]

STRIP_PIXELS: Final = 2**14
"""Pixels worked on at once: some thirty arrays of double precision fit the processor's cache."""

_CHROMA_POWER: Final = 25.0**7


def ciede2000(lab: NDArray[np.floating], other: NDArray[np.floating]) -> Float64Array:
    """Return the CIEDE2000 difference of Lab colours `(..., 3)`, in double precision.

    0 is equal; about 1 is just noticeable side by side; black and white differ by 100.
    Symmetric.
    """
    first, second = lab.reshape(-1, 3), other.reshape(-1, 3)
    differences = np.empty(len(first))
    for start in range(0, len(first), STRIP_PIXELS):
        part = slice(start, start + STRIP_PIXELS)
        differences[part] = _differences(first[part], second[part])
    return differences.reshape(lab.shape[:-1])


def _differences(lab: NDArray[np.floating], other: NDArray[np.floating]) -> Float64Array:
    """Do the steps of section 2 of the paper for colours `(N, 3)`."""
    (l1, a1, b1), (l2, a2, b2) = (np.ascontiguousarray(c.T, np.float64) for c in (lab, other))
    stretch = _red_green_stretch((_length(a1, b1) + _length(a2, b2)) / 2)
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = _length(a1, b1), _length(a2, b2)
    hue, turn = _hues(a1, b1, a2, b2)
    # Where one colour is gray this is 0, whatever its hue is taken for.
    hue_difference = 2 * np.sqrt(c1 * c2) * np.sin(turn / 2)
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    in_lightness = (l2 - l1) / _lightness_weight(lightness)
    in_chroma = (c2 - c1) / (1 + 0.045 * chroma)
    in_hue = hue_difference / (1 + 0.015 * chroma * _hue_factor(hue))
    squares = in_lightness**2 + in_chroma**2 + in_hue**2
    squares += _blue_rotation(chroma, hue) * in_chroma * in_hue
    # Equal colours may come out a rounding below 0.
    differences: Float64Array = np.sqrt(np.maximum(squares, 0))
    return differences


def _length(a: Float64Array, b: Float64Array) -> Float64Array:
    # Faster than hypot, whose care for huge numbers Lab has no need of.
    length: Float64Array = np.sqrt(a * a + b * b)
    return length


def _red_green_stretch(chroma: Float64Array) -> Float64Array:
    """Return 1 + G: grays and near-grays get their a enlarged by half (equations 4 and 5)."""
    return 1.5 - 0.5 * np.sqrt(_chroma_share(chroma))


def _chroma_share(chroma: Float64Array) -> Float64Array:
    power = chroma * chroma
    power = power * power * power * chroma
    return power / (power + _CHROMA_POWER)


def _hues(
    a1: Float64Array, b1: Float64Array, a2: Float64Array, b2: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Return the mean hue in [0, 2 pi) and the shorter turn from the first hue to the second.

    Of opposite hues the mean is that of their angles in [0, 2 pi), as in the paper's table.
    """
    first, second = _angle(a1, b1), _angle(a2, b2)
    turn = second - first
    turn = np.where(turn > np.pi, turn - 2 * np.pi, turn)
    turn = np.where(turn < -np.pi, turn + 2 * np.pi, turn)
    return np.mod(first + turn / 2, 2 * np.pi), turn


def _angle(a: Float64Array, b: Float64Array) -> Float64Array:
    angle = np.arctan2(b, a)
    return np.where(angle < 0, angle + 2 * np.pi, angle)


def _lightness_weight(lightness: Float64Array) -> Float64Array:
    square = (lightness - 50) ** 2
    return 1 + 0.015 * square / np.sqrt(20 + square)


def _hue_factor(hue: Float64Array) -> Float64Array:
    """Return T (equation 15)."""
    factor: Float64Array = (
        1
        - 0.17 * np.cos(hue - np.deg2rad(30))
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + np.deg2rad(6))
        - 0.20 * np.cos(4 * hue - np.deg2rad(63))
    )
    return factor


def _blue_rotation(chroma: Float64Array, hue: Float64Array) -> Float64Array:
    """Return R_T (equations 16, 17 and 21), which tilts the ellipses of blue."""
    angle = np.deg2rad(30) * np.exp(-(((np.rad2deg(hue) - 275) / 25) ** 2))
    rotation: Float64Array = -2 * np.sqrt(_chroma_share(chroma)) * np.sin(2 * angle)
    return rotation
