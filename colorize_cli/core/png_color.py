"""The colour space that a PNG file states without an ICC profile: its gAMA, cHRM and cICP.

Source: the PNG specification, third edition (W3C 2025), 4.3 (cICP before iCCP before sRGB before
gAMA and cHRM), 11.3.2 and 13.13. The codes of cICP are those of ITU-T H.273.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.image_samples import Codes, Samples
from colorize_cli.core.lab import FloatArray, lab_from_srgb, srgb_from_linear
from colorize_cli.core.png_chunks import chunks_before_data

NEAR_SRGB: Final = 4.0
"""Difference of L* up to which a gamma is taken for sRGB: the usual 1/2.2 differs by 3.3.

The same as for gray ICC profiles (`core.color_profiles`).
"""

SENSIBLE_GAMMAS: Final = (0.1, 10.0)
"""Beyond these a gAMA chunk is a mistake of its writer: scanners and screens are within."""

SRGB_CHROMATICITIES: Final = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
CHROMATICITY_TOLERANCE: Final = 0.01

CICP_SRGB: Final = ((1, 13), (1, 1), (1, 6), (1, 14))
"""Primaries and transfer function of sRGB, and of video whose curve is near and shown like it."""

CICP_HDR: Final = (16, 18)


def in_png_color(
    samples: Samples, info: Mapping[Any, Any], data: bytes
) -> tuple[Samples, bytes | None]:
    """Apply what a PNG file says of its colours; return its ICC profile if that still counts.

    `info` is Pillow's of the loaded image. What cannot be honoured is said in the warnings.
    """
    profile = info.get("icc_profile")
    cicp = chunks_before_data(data).get(b"cICP")
    if cicp is not None and len(cicp) == 4:
        if _is_srgb(cicp):
            return samples, None
        return _warned(samples, _cicp_remark(cicp, has_profile=bool(profile))), profile
    if profile or "srgb" in info:
        return samples, profile
    return _by_gamma(_checked_chromaticity(samples, info), info.get("gamma")), None


def _is_srgb(cicp: bytes) -> bool:
    primaries, transfer, matrix, is_full_range = cicp
    return (primaries, transfer) in CICP_SRGB and matrix == 0 and is_full_range == 1


def _cicp_remark(cicp: bytes, *, has_profile: bool) -> str:
    space = f"its cICP colour space ({'-'.join(map(str, cicp))})"
    if cicp[1] in CICP_HDR:
        space = f"its high dynamic range {space.removeprefix('its ')}"
    taken = "its ICC profile is used instead" if has_profile else "it is taken for sRGB"
    return f"{space} is not known here: {taken}"


def _checked_chromaticity(samples: Samples, info: Mapping[Any, Any]) -> Samples:
    stated = info.get("chromaticity")
    if not stated or samples.codes.ndim == 2:
        return samples
    distances = np.abs(np.subtract(stated, SRGB_CHROMATICITIES))
    if distances.max() <= CHROMATICITY_TOLERANCE:
        return samples
    return _warned(samples, "its primaries (cHRM) are not sRGB's, and are taken for them")


def _by_gamma(samples: Samples, gamma: float | None) -> Samples:
    if gamma is None or _is_near_srgb(gamma):
        return samples
    low, high = SENSIBLE_GAMMAS
    if not low <= gamma <= high:
        return _warned(samples, f"its gamma (gAMA {gamma:g}) makes no sense, and is left out")
    return replace(samples, codes=_table(samples.codes.dtype, gamma)[samples.codes])


def _is_near_srgb(gamma: float) -> bool:
    if gamma <= 0:
        return False
    ramp = np.linspace(0, 1, 256, dtype=np.float32)
    difference = _lightness(srgb_from_linear(_light(ramp, gamma))) - _lightness(ramp)
    return bool(np.abs(difference).max() <= NEAR_SRGB)


def _lightness(srgb: FloatArray) -> FloatArray:
    lightness: FloatArray = lab_from_srgb(np.repeat(srgb[:, None], 3, axis=1))[:, 0]
    return lightness


def _light(codes: FloatArray, gamma: float) -> FloatArray:
    """Return the linear light of codes in [0, 1]; gAMA is the exponent that encoded them."""
    light = codes.astype(np.float64) ** (1 / gamma)
    return light.astype(np.float32)


def _table(kind: np.dtype[Any], gamma: float) -> Codes:
    """Return the sRGB code of each code that was encoded with a gamma, as deep."""
    last = int(np.iinfo(kind).max)
    ramp: NDArray[np.float32] = (np.arange(last + 1) / last).astype(np.float32)
    table: Codes = np.rint(srgb_from_linear(_light(ramp, gamma)) * last).astype(kind)
    return table


def _warned(samples: Samples, remark: str) -> Samples:
    return replace(samples, warnings=(*samples.warnings, remark))
