"""Colour that a photograph would not have: in black, in white, and one hue over everything.

Both corrections only ever scale chroma down, so that hues stay and no new colour appears. Their
figures are of photos at 128 pixels: `general` are 3,326 scenes and objects, of which constants
were chosen on one half of 1,663 and tried on the other; `birds` are 374 that a first model
of that name did not learn from, and that had a say in BLACK. "Its error" is the mean ab error of
that model. On 540 photos that `natural` did not learn from and that chose nothing here, its error
falls by 0.07 (0.05 to 0.09) by both ends and by 0.04 (0.01 to 0.09) by the guard against tints,
which touches 12, from 14.6 to 12.9 there.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.color_constants import (
    BLACK,
    GREATEST_EVENNESS,
    LEAST_EVENNESS,
    MID_TONES,
    RARE,
    TINT_LEFT,
    WHITE,
)

FloatArray: TypeAlias = NDArray[np.float32]


def neutral_ends(ab: FloatArray, lightness: FloatArray) -> FloatArray:
    """Fade the chroma of ab `(2, h, w)` out where L* `(h, w)` is near black or near white.

    Mid-tones stay as they are, bit for bit; the hue stays everywhere.
    """
    from_black = _smooth_step(lightness * np.float32(1 / BLACK))
    from_white = _smooth_step((np.float32(100) - lightness) * np.float32(1 / (100 - WHITE)))
    return ab * (from_black * from_white)


def without_cast(ab: FloatArray, lightness: FloatArray) -> FloatArray:
    """Reduce a global tint of ab `(2, h, w)` at L* `(h, w)`; return anything else unchanged.

    A tint is colour whose `evenness` hardly any real photo has: it lies on shadows and lights, on
    sky and ground alike. The reduction sets in smoothly, so that similar pictures stay similar.

    A guard against models that drift more than a gain: of the predictions of `birds` for general
    photos it touches 1 in 70, for birds 1 in 50, and there the error falls from 26.3 to 25.3
    (24 chosen on), from 22.3 to 21.5 (21 tried on) and from 14.4 to 11.1 (7 birds). Of 46 press
    photos of 1935 to 1944 it touches none. Done to the truth itself, it costs an error of 0.1.
    """
    span = GREATEST_EVENNESS - LEAST_EVENNESS
    is_tint = _smooth_step(np.float32((evenness(ab, lightness) - LEAST_EVENNESS) / span))
    return ab if is_tint == 0 else ab * (1 - np.float32(1 - TINT_LEFT) * is_tint)


def evenness(ab: FloatArray, lightness: FloatArray) -> float:
    """Return how evenly one hue lies over a picture: 1 for a constant ab, 0 or less for none.

    Of the part of each mid-tone pixel's ab that lies along their mean, the RARE quantile, over the
    mean chroma.
    """
    colors = ab[:, (lightness > MID_TONES[0]) & (lightness < MID_TONES[1])]
    if not colors.size:
        return 0.0
    a, b = colors.mean(axis=1, dtype=np.float64)
    chroma = float(np.hypot(colors[0], colors[1]).mean(dtype=np.float64))
    scale = float(np.hypot(a, b)) * chroma
    if scale <= np.finfo(np.float32).tiny:
        return 0.0
    return _quantile(a * colors[0] + b * colors[1], RARE) / scale


def _quantile(values: NDArray[np.float64], share: float) -> float:
    """Return what `np.quantile` does, bit for bit, which imports masked arrays for it."""
    place = share * (values.size - 1)
    below = int(place)
    above = min(below + 1, values.size - 1)
    parted = np.partition(values, (below, above))
    low, high, weight = float(parted[below]), float(parted[above]), place - below
    step = high - low
    return low + step * weight if weight < 0.5 else high - step * (1 - weight)


def _smooth_step(values: FloatArray | np.float32) -> FloatArray:
    """Rise from 0 at 0 to 1 at 1, level at both (the cubic 3t^2 - 2t^3)."""
    t = np.clip(values, np.float32(0), np.float32(1))
    return np.asarray(t * t * (3 - 2 * t), np.float32)
