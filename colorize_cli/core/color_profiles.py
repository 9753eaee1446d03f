"""ICC profiles to sRGB, through LittleCMS; samples without one are taken for sRGB.

Relative colorimetric with black point compensation, as is usual for photographs. A profile that
is sRGB itself leaves the samples as they are, to the last bit.
"""

from dataclasses import replace
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from colorize_cli.core.image_samples import Samples, to_8_bits
from colorize_cli.core.lab import lab_from_srgb8
from colorize_cli.core.matrix_profiles import MatrixProfile, convert, gray_codes, matrix_profile
from colorize_cli.core.tone_profiles import with_tone_curve_of

IDENTITY_TOLERANCE: Final = 1
"""Codes by which LittleCMS itself may round a transform from sRGB to sRGB."""

NEAR_SRGB: Final = 4.0
"""Difference of L* up to which a gray profile is near sRGB: gamma 2.2 differs by 3.3."""

RAMP: Final = np.arange(256, dtype=np.uint8)

PROFILE_MODES: Final = {"GRAY": "L", "Lab": "LAB"}
"""Pillow's names of the colour spaces of profiles, where they differ."""

PROFILE_SPACES: Final = {"L": ("GRAY", "RGB"), "RGB": ("RGB",), "CMYK": ("CMYK",)}
"""Which profiles fit which samples; gray is often tagged with an RGB profile."""


def to_srgb(samples: Samples, profile: bytes | None) -> Samples:
    """Convert samples to sRGB by their profile, if any; gray stays `(H, W)`.

    Gray whose tone curve is near that of sRGB is not converted, which would round it, but keeps
    its codes and gets a profile for them. Colour of 16 bits stays that deep where its profile is
    a matrix and curves, and is then converted in its place. A profile that is broken or does not
    fit is left out and said in the warnings.
    """
    if samples.mode == "LAB":
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return _converted(samples, lab, lab.tobytes())
    opened = _opened(profile, samples.mode) if profile else None
    if profile and opened is not None:
        tone_profile = _tone_profile(profile, opened) if samples.mode == "L" else None
        if tone_profile:
            return replace(samples, profile=tone_profile)
        return _converted(samples, opened, profile)
    if profile:
        samples = _warned(samples, "its ICC profile is broken or does not fit, and is left out")
    return _without_profile(samples)


def _opened(profile: bytes, mode: str) -> ImageCms.ImageCmsProfile | None:
    """Return the profile if LittleCMS can use it for samples of this kind."""
    try:
        opened = ImageCms.ImageCmsProfile(BytesIO(profile))
        space = opened.profile.xcolor_space.strip()
        _transform(opened, PROFILE_MODES.get(space, space))
    except (OSError, ValueError, ImageCms.PyCMSError):
        return None
    return opened if space in PROFILE_SPACES[mode] else None


def _without_profile(samples: Samples) -> Samples:
    if samples.mode != "CMYK":
        return samples
    codes = np.asarray(Image.fromarray(samples.codes, "CMYK").convert("RGB"))
    remark = "CMYK without an ICC profile: its colours are those of the plain formula"
    return _warned(replace(samples, codes=codes, mode="RGB"), remark)


def _converted(samples: Samples, opened: ImageCms.ImageCmsProfile, profile: bytes) -> Samples:
    if samples.mode == "L":
        return _gray_converted(samples, opened, profile)
    transform = _transform(opened, samples.mode)
    if samples.mode == "RGB" and _is_identity(transform):
        return samples
    if samples.codes.dtype == np.uint16:
        exact = matrix_profile(profile) if samples.mode == "RGB" else None
        if exact:
            return _converted_exactly(samples, exact)
        samples = _reduced(samples)
    image = Image.fromarray(samples.codes, samples.mode)
    codes = np.asarray(ImageCms.applyTransform(image, transform))
    return replace(samples, codes=codes, mode="RGB")


def _converted_exactly(samples: Samples, profile: MatrixProfile) -> Samples:
    codes = np.require(samples.codes, np.uint16, "W")
    convert(codes, profile)
    return replace(samples, codes=codes)


def _tone_profile(profile: bytes, opened: ImageCms.ImageCmsProfile) -> bytes | None:
    """Return an RGB profile for the codes of a gray one, if those may stay as they are."""
    if opened.profile.xcolor_space.strip() != "GRAY":
        return None
    table = _table_of_grays(opened)
    if _differs_little(table, RAMP):
        return None
    grays = np.stack([table, RAMP])[..., None].repeat(3, axis=-1)
    lightness = lab_from_srgb8(grays)[..., 0]
    is_near = np.abs(lightness[0] - lightness[1]).max() <= NEAR_SRGB
    return with_tone_curve_of(profile) if is_near else None


def _gray_converted(samples: Samples, opened: ImageCms.ImageCmsProfile, profile: bytes) -> Samples:
    """Convert by a table of grays; of 256, interpolated, where 16 bits have no formula."""
    table = _table_of_grays(opened)
    if _differs_little(table, RAMP):
        return samples
    if samples.codes.dtype == np.uint8:
        return replace(samples, codes=table[samples.codes])
    exact = gray_codes(profile)
    if exact is None:
        fine = np.interp(np.arange(65536) / 257, RAMP, table.astype(np.float64)) * 257
        exact = np.rint(fine).astype(np.uint16)
    return replace(samples, codes=exact[samples.codes])


def _table_of_grays(profile: ImageCms.ImageCmsProfile) -> NDArray[np.uint8]:
    """Return the sRGB code of each 8-bit gray of a profile."""
    mode = PROFILE_MODES.get(profile.profile.xcolor_space.strip(), "RGB")
    ramp = Image.fromarray(RAMP[None]).convert(mode)
    converted = np.asarray(ImageCms.applyTransform(ramp, _transform(profile, mode)))
    table: NDArray[np.uint8] = converted[0, :, 1]
    return table


def _reduced(samples: Samples) -> Samples:
    codes, alpha = to_8_bits(samples.codes), samples.alpha
    alpha = None if alpha is None else to_8_bits(alpha)
    remark = "16-bit colour is reduced to 8 bits to convert its ICC profile, which has tables"
    return _warned(replace(samples, codes=codes, alpha=alpha), remark)


def _transform(profile: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


def _is_identity(transform: ImageCms.ImageCmsTransform) -> bool:
    steps = np.arange(0, 256, 17, dtype=np.uint8)
    colors = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    converted = np.asarray(ImageCms.applyTransform(Image.fromarray(colors), transform))
    return _differs_little(converted, colors)


def _differs_little(codes: NDArray[np.uint8], others: NDArray[np.uint8]) -> bool:
    differences = np.abs(codes.astype(np.int16) - others)
    return bool(differences.max() <= IDENTITY_TOLERANCE)


def _warned(samples: Samples, remark: str) -> Samples:
    return replace(samples, warnings=(*samples.warnings, remark))
